/** Lower: the handler whose carrier is nodes of a graph, and the first pass of `compile`. */
import { algebra } from '../../handlers/evaluate.js'
import { NDArray, partOfData } from '../../language/data/array.js'
import { describe } from '../../language/data/describe.js'
import { isComplex, partOf } from '../../language/data/dtype.js'
import { fail } from '../../language/data/error.js'
import * as S from '../../language/data/shape.js'
import * as T from '../../language/data/type.js'
import { type BlockOp, type Inline, isBlock, project, TupleValue } from '../../language/terms/block.js'
import { insideOf, layoutOf } from '../../language/terms/body.js'
import { type Layout, layout, placeAt, placesOf } from '../../language/terms/fold.js'
import type { Builder, Lower, Lowered } from '../../language/terms/lowering.js'
import { type AnyOp, listed, rulesOf } from '../../language/terms/op.js'
import { isOperation, type Tensor, Variable } from '../../language/terms/term.js'
import { type BuilderOptions, builderOf, isUniform } from './builder.js'
import { Graph, isNode, type Node, type NodeOf } from './graph.js'
import { Complex, fromStored, lowerComplex, pairedBuilder, storedType, toStored } from './pairs.js'
import { Residuals, residualsOf } from './residuals.js'
import { checkedBuilder } from './rules.js'

// --- model
/** A closed program as a graph. */
export interface Program {
  readonly graph: Graph
  readonly inputs: ReadonlyArray<Node>
  readonly constants: ReadonlyArray<NodeOf<'constant'>>
  readonly outputs: ReadonlyArray<Node>
}

// The value of a term: a node of the graph, or two if it is complex.
type Value = Node | Complex

// The carrier of a term: its value, or an array while it is constant; a tuple has its parts.
type Carrier = Value | NDArray | ReadonlyArray<Value> | TupleValue

// Constant nodes are computed at compile time, unless the result is much larger than its operands or takes long.
const mostGrowth = 4096
const mostWork = 10_000

// --- combinators
const missing = (x: Tensor, op: AnyOp): never =>
  fail('MissingClause', 'compile', `the operation ${op.name} has no lower rule`, {
    operands: Array.from({ length: x.arity }, (_, k) => x.operand(k).type),
    hint: 'give its declaration a `lower`'
  })

const free = ({ name, type }: Variable): never =>
  fail('FreeVariable', 'compile', `the variable ${name} is not a parameter of the function`, {
    operands: [type],
    hint: 'pass the tensor as an argument; captured tensors must have values when the function is compiled'
  })

// The lowering must have the type of its node, since machine code addresses elements by that type.
const agreed = (op: AnyOp, operands: ReadonlyArray<Lowered>, made: unknown, type: T.Type): Lowered => {
  const { dtype, shape } = type
  const own = made instanceof Complex || isNode(made) ? made.type : undefined
  if (own?.dtype === dtype && S.equals(own.shape, shape)) return made as Value
  const given = own === undefined ? describe(made) : T.show(T.of(own.dtype, own.shape))
  return fail(
    own?.dtype === dtype ? 'ShapeError' : 'DTypeError',
    'compile',
    `the lower of ${op.name} gives ${given}, and its type is ${T.show(T.of(dtype, shape))}`,
    {
      operands: operands.map((x) => x.type),
      hint: 'lower must return the type of the type rule: b.convert changes the dtype, b.view repeats a scalar to a shape'
    }
  )
}

// Roughly the number of elements that the sub-programs of a node compute.
const workIn = (x: Tensor): number => {
  const { rules } = x.head as AnyOp
  if (rules.results === undefined) return 0
  if (rules.unbounded) return Number.POSITIVE_INFINITY
  const types = x.operands.map(({ type }) => type)
  return rules.bodies(x.params as never, types).reduce((sum, { body, times }) => {
    const inside = insideOf(body).filter((x) => isOperation(x) && !body.parameters.includes(x))
    return inside.reduce((work, x) => work + times * (S.size(x.type.shape) + workIn(x)), sum)
  }, 0)
}

/** A closed program in terms of the builder, simplified while it is built. */
export const lowerProgram = (
  parameters: ReadonlyArray<Tensor>,
  roots: ReadonlyArray<Tensor>,
  options: BuilderOptions
): Program => {
  const lowered = (residuals: Residuals): Program => {
    const graph = new Graph()
    const lowering = new Lowering(graph, checkedBuilder(builderOf(graph, options, residuals)))
    const inputs = parameters.map(({ type }, k) => graph.input(k, isComplex(type.dtype) ? storedType(type) : type))
    const known = new Map(parameters.map((parameter, k) => [parameter, lowering.given(inputs[k], parameter.type)]))
    const outputs = lowering.terms(layout(roots), known, roots).map((x) => lowering.stored(x))
    return { graph, inputs, constants: graph.nodes.filter(isConstant), outputs }
  }
  const residuals = new Residuals()
  const program = lowered(residuals)
  const wanted = residualsOf(program, residuals)
  return wanted.size === 0 ? program : lowered(new Residuals(wanted))
}

const isConstant = (node: Node): node is NodeOf<'constant'> => node.kind === 'constant'

class Lowering {
  constructor(
    private readonly graph: Graph,
    private readonly builder: Builder
  ) {}

  /** The value of a parameter, from its elements in memory. */
  given(input: Node, type: T.Type): Value {
    return isComplex(type.dtype) ? fromStored(this.builder, input, type) : input
  }

  /** The node of a result's elements as memory has them. */
  stored(x: Value): Node {
    return x instanceof Complex ? (toStored(this.builder, x) as Node) : x
  }

  /** Lowers a layout of terms, some of whose nodes are known. */
  terms(laid: Layout, known: ReadonlyMap<Tensor, Value>, roots: ReadonlyArray<Tensor>): ReadonlyArray<Value> {
    const { nodes } = laid
    const ends = placesOf(laid, roots)
    const seeds = [...known.keys()]
    const carriers: Array<Carrier> = new Array(nodes.length)
    placesOf(laid, seeds).forEach((place, k) => {
      if (place >= 0) carriers[place] = known.get(seeds[k]) as Value
    })
    const nodeAt = (place: number): Value => {
      const carrier = carriers[place]
      if (!(carrier instanceof NDArray)) return carrier as Value
      const node = this.constant(carrier)
      carriers[place] = node
      return node
    }
    for (let i = 0; i < nodes.length; i++) {
      if (carriers[i] !== undefined) continue
      const x = nodes[i]
      const { head } = x
      if (head instanceof Variable) free(head)
      else if (head instanceof NDArray) carriers[i] = head
      else if (head === project) {
        const tuple = carriers[placeAt(laid, i, 0)]
        const index = x.params.index as number
        carriers[i] = tuple instanceof TupleValue ? tuple.part(index) : (tuple as ReadonlyArray<Value>)[index]
      } else {
        if (head.rules.lower === undefined) missing(x, head)
        const { arity } = x
        let isKnown = arity > 0
        for (let k = 0; k < arity && isKnown; k++) isKnown = carriers[placeAt(laid, i, k)] instanceof NDArray
        const value = isKnown
          ? this.value(
              x,
              head,
              S.range(arity).map((k) => carriers[placeAt(laid, i, k)] as NDArray)
            )
          : undefined
        if (value !== undefined) carriers[i] = value
        else {
          const operands = new Array<Value>(arity)
          for (let k = 0; k < arity; k++) operands[k] = nodeAt(placeAt(laid, i, k))
          carriers[i] = isBlock(head) ? this.block(x, head, operands) : this.node(x, head, operands)
        }
      }
    }
    return ends.map(nodeAt)
  }

  private node(x: Tensor, op: AnyOp, operands: ReadonlyArray<Value>): Value {
    const lower = op.rules.lower as unknown as Lower<unknown>
    const { complex } = rulesOf(op)
    const isPair = isComplex(x.type.dtype) || operands.some((each) => each instanceof Complex)
    const made =
      complex !== undefined && isPair
        ? lowerComplex(this.builder, lower, complex, operands, x.params, x.type)
        : lower(this.builder, listed(operands), x.params, x.type)
    return agreed(op, operands, made, x.type) as Value
  }

  private block(x: Tensor, op: BlockOp<unknown>, operands: ReadonlyArray<Value>): ReadonlyArray<Value> {
    const lower = op.rules.lower as NonNullable<typeof op.rules.lower>
    const types = x.type.parts as ReadonlyArray<T.Type>
    const made = lower(pairedBuilder(this.builder), listed(operands), x.params, this.inline)
    return types.map((type, k) => agreed(op, operands, made[k], type) as Value)
  }

  // The array that an operation on arrays returns, if it is worth computing at compile time.
  private value(x: Tensor, op: AnyOp, operands: ReadonlyArray<NDArray>): NDArray | TupleValue | undefined {
    const size = operands.reduce((sum, array) => sum + 4 * array.size, mostGrowth)
    const results = x.type.parts ?? [x.type]
    if (results.some(({ shape }) => S.size(shape) > size) || workIn(x) > mostWork) return undefined
    return algebra.apply(x, op, operands, () => true)
  }

  private constant(value: NDArray): Value {
    const { graph } = this
    const { type, data } = value
    if (isComplex(type.dtype)) {
      const partType = T.of(partOf(type.dtype), type.shape)
      const parts = ([0, 1] as const).map((part) => new NDArray(partType, partOfData(data, type.dtype, part)))
      if (!parts.some(isUniform)) return this.given(this.constant(new NDArray(storedType(type), data)) as Node, type)
      // A part that is the same number everywhere is a literal, so that what it is used for can be simplified.
      const [re, im] = parts.map((part) => this.constant(part) as Node)
      return new Complex(type, re, im)
    }
    if (value.size === 0) return graph.literal(0, value.type)
    return value.size === 1 || isUniform(value) ? graph.literal(value.first, value.type) : graph.constant(value)
  }

  // A body is laid out anew each time, since the last layout that reached a node sets its index.
  private readonly inline: Inline = (body) => (values) => {
    const known = new Map(body.parameters.map((parameter, k) => [parameter, values[k] as Value]))
    return this.terms(layoutOf(body), known, body.outputs)
  }
}
