/**
 * Simplify: builds the graph of a program. Equal nodes become one, constants are computed, unused nodes are not built,
 * and operations that only move elements become views.
 */
import type { NDArray } from '../../language/data/array.js'
import { describe } from '../../language/data/describe.js'
import { cast, type DType, isFloating, itemSize } from '../../language/data/dtype.js'
import { fail } from '../../language/data/error.js'
import * as S from '../../language/data/shape.js'
import * as T from '../../language/data/type.js'
import {
  type Binary,
  type Comparison,
  combining,
  type Elementwise,
  type InstructionName,
  instructions,
  type Row,
  type Unary
} from '../../language/terms/instructions.js'
import type { Along, Builder, Lowered, Recurrence } from '../../language/terms/lowering.js'
import { functionCalled } from '../functions/index.js'
import type { Own } from '../routines/own.js'
import { isUniformNode } from './bounds.js'
import { expansions } from './expand.js'
import { type Contraction, composeViews, type Graph, isNode, type Node, type Placement } from './graph.js'
import { type Identities, simplified } from './identities.js'
import { fits, instruction } from './instructions.js'
import { controlOf } from './loops.js'
import { picksOf } from './picks.js'
import type { Residuals } from './residuals.js'
import { shapeAt } from './shapes.js'
import { type UpdateLimits, updatesOf, usualUpdates } from './updates.js'

// --- model
export type BuilderOptions = Identities & Readonly<{ updates?: UpdateLimits }>

// Up to this many instructions are recomputed rather than stored.
const cheap = 8

// --- combinators
/** A node of the graph. Throws `DTypeError` for anything that the builder did not make. */
export const asNode = (x: Lowered | number | undefined): Node =>
  isNode(x)
    ? x
    : fail('DTypeError', 'compile', `a lower uses ${describe(x)}, which its builder did not make`, {
        hint: 'a lower receives as many operands as its operation has; a bare number is allowed only beside an operand, otherwise use b.constant'
      })

const misfit = (tag: 'ShapeError' | 'DTypeError', name: Elementwise, xs: ReadonlyArray<Node>, problem: string): never =>
  fail(tag, 'compile', `a lower gives ${name.replace('.', '')} ${problem}`, {
    operands: xs.map(({ type }) => type),
    hint: 'operands of one instruction have one dtype, and shapes that broadcast: b.convert, b.view'
  })

const integers = (indices: Lowered): Node => {
  const node = asNode(indices)
  return node.dtype === 'int32' || node.dtype === 'uint32'
    ? node
    : fail('DTypeError', 'compile', 'the indices of a lower are not integers', {
        operands: [node.type],
        hint: "b.convert(indices, 'int32')"
      })
}

/** A reshape that only adds and removes axes of size 1, as a view. */
const asView = (from: S.Shape, to: S.Shape): ReadonlyArray<Along> | undefined => {
  const along: Array<Along> = []
  let axis = 0
  for (const size of from) {
    if (size !== 1) while (to[axis] === 1) axis++
    if (size !== 1 && to[axis] !== size) return undefined
    along.push(size === 1 ? { axis: -1, start: 0, step: 0 } : { axis: axis++, start: 0, step: 1 })
  }
  while (to[axis] === 1) axis++
  return axis === to.length ? along : undefined
}

/** Records where axes of an operand are: adjacent, from an axis of the view on. */
const place = (along: Array<Along>, axes: S.Axes, first: number): void => {
  for (let k = 0; k < axes.length; k++) along[axes[k]] = { axis: first + k, start: 0, step: 1 }
}

/** The builder's methods as nodes of a graph. */
export const builderOf = (graph: Graph, options: BuilderOptions, residuals: Residuals): Builder => {
  const map = (name: Elementwise, xs: ReadonlyArray<Node>, dtype: DType): Node => {
    if (!fits(instruction(name), xs, dtype)) return misfit('DTypeError', name, xs, 'operands that it does not take')
    let { shape } = xs[0]
    let isOne = true
    for (let k = 1; k < xs.length; k++) {
      isOne &&= S.equals(xs[k].shape, shape)
      const wider = S.broadcast(shape, xs[k].shape)
      if (wider === undefined) return misfit('ShapeError', name, xs, 'operands whose shapes do not broadcast')
      shape = wider
    }
    if (S.size(shape) === 0) return graph.literal(0, T.of(dtype, shape))
    const operands = isOne ? xs : xs.map((x) => broadcastTo(x, shape))
    return simplified(graph, options, name, operands, dtype)
  }

  const view = (x: Node, shape: S.Shape, along: ReadonlyArray<Along>): Node => {
    if (x.kind === 'literal') return graph.literal(x.detail, T.of(x.dtype, shape))
    if (S.size(shape) === 0) return graph.literal(0, T.of(x.dtype, shape))
    const clean: Array<Along> = []
    let isSame = S.equals(x.shape, shape)
    for (let k = 0; k < along.length; k++) {
      const { axis, start, step } = along[k]
      const isStill = x.shape[k] === 1 || step === 0 || shape[axis] === 1
      clean.push(isStill ? { axis: -1, start, step: 0 } : along[k])
      isSame &&= start === 0 && (x.shape[k] === 1 || (!isStill && axis === k && step === 1))
    }
    if (x.kind === 'view') return view(x.operands[0], shape, composeViews(x.detail, clean))
    return isSame ? x : graph.view(x, shape, clean)
  }

  const broadcastTo = (x: Node, shape: S.Shape): Node => {
    if (S.equals(x.shape, shape)) return x
    const lead = shape.length - x.shape.length
    return view(
      x,
      shape,
      x.shape.map((n, axis) => (n === 1 ? { axis: -1, start: 0, step: 0 } : { axis: axis + lead, start: 0, step: 1 }))
    )
  }

  const barrier = (x: Node, after: ReadonlyArray<Node>): Node =>
    x.kind === 'literal' || x.kind === 'index'
      ? x
      : x.kind === 'view'
        ? graph.view(barrier(x.operands[0], after), x.shape, x.detail)
        : graph.barrier(x, after)

  const reshape = (x: Node, shape: S.Shape): Node => {
    if (S.equals(x.shape, shape)) return x
    if (x.kind === 'literal') return graph.literal(x.detail, T.of(x.dtype, shape))
    if (x.kind === 'reshape') return reshape(x.operands[0], shape)
    const along = asView(x.shape, shape)
    if (along !== undefined) return view(x, shape, along)
    if (x.kind === 'view' && isUniformNode(x)) return view(x.operands[0], shape, x.detail)
    if (x.kind === 'map' && x.cost <= cheap)
      return graph.map(
        x.detail.name,
        x.operands.map((operand) => reshape(operand, shape)),
        x.dtype
      )
    return graph.reshape(x, shape)
  }

  const pair = (x: Lowered | number, y: Lowered | number): [Node, Node] => {
    const { dtype } = asNode(typeof x === 'number' ? y : x)
    return [scalar(x, dtype), scalar(y, dtype)]
  }
  const scalar = (x: Lowered | number, dtype: DType): Node =>
    typeof x === 'number' ? graph.literal(cast(dtype, x), T.of(dtype, [])) : asNode(x)

  const convert = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : map('convert', [x], dtype))

  const recur = (
    xs: ReadonlyArray<Lowered>,
    { axis, reverse = false }: Readonly<{ axis: number; reverse?: boolean }>,
    { first, next }: Recurrence,
    last: boolean
  ): Node => {
    const operands = xs.map(asNode)
    const [x] = operands
    const elements = operands.map(({ dtype }, k) => graph.hole(`x${k}`, T.of(dtype, [])))
    const position = graph.hole('i', T.of('int32', []))
    const start = first(elements, position).map(asNode)
    const shape = last ? S.removeAxes(x.shape, [axis]) : x.shape
    const type = T.of(start[0].dtype, shape)
    if (S.size(x.shape) === 0) return graph.literal(start[0].kind === 'literal' ? start[0].detail : 1, type)
    const before = start.map(({ dtype }, k) => graph.hole(`s${k}`, T.of(dtype, [])))
    const after = next(before, elements, position).map(asNode)
    return graph.run(operands, type, { axis, reverse, last, before, elements, position, first: start, next: after })
  }

  const wordsOfArrays = { map, view, reshape }
  const picks = picksOf(graph, wordsOfArrays)
  // By the name of a routine and their key.
  const constantsOf = new Map<string, Node>()

  // The method of an instruction of one or two operands, which on bools may be that of another.
  const wordOf = (name: InstructionName, { operands: arity, gives, ofBools }: Row): unknown => {
    if (arity === 1)
      return (x: Lowered) => {
        const operand = asNode(x)
        return operand.dtype === 'bool' && ofBools === undefined ? operand : map(name, [operand], operand.dtype)
      }
    return (x: Lowered | number, y: Lowered | number) => {
      const operands = pair(x, y)
      const { dtype } = operands[0]
      return map(dtype === 'bool' ? (ofBools ?? name) : name, operands, gives === 'bool' ? 'bool' : dtype)
    }
  }
  const words: Record<string, unknown> = {}
  for (const [name, row] of Object.entries(instructions) as ReadonlyArray<[InstructionName, Row]>)
    words[name] = wordOf(name, row)

  const structure: Omit<Builder, Unary | Binary | Comparison> = {
    select: (predicate, x, y) => {
      const branches = pair(x, y)
      return map('select', [asNode(predicate), ...branches], branches[0].dtype)
    },
    fma: (x, y, z) => map('fma', [x, y, z].map(asNode), asNode(x).dtype),
    call: (name, ...xs) => {
      const expand = Object.hasOwn(expansions, name) ? expansions[name] : undefined
      if (expand === undefined && functionCalled(`${name} f64x2`) === undefined)
        fail('MissingClause', 'compile', `there is no machine code for the function ${name}`, {
          operands: xs.map(({ type }) => type),
          hint: 'give its operation a `lower` in terms of other functions'
        })
      // An expansion has two parameters in front of its operands.
      if (expand !== undefined && expand.length - 2 !== xs.length)
        misfit('DTypeError', `.${name}`, xs.map(asNode), 'operands that it does not take')
      const part = (own: string, ...parts: ReadonlyArray<Lowered>): Lowered =>
        map(`.${own}`, parts.map(asNode), asNode(parts[0]).dtype)
      return expand === undefined ? part(name, ...xs) : expand(b, part, ...xs)
    },
    convert: (x, dtype) => convert(asNode(x), dtype),
    bitcast: (x, type) => {
      const operand = asNode(x)
      if (type.dtype === operand.dtype) return x
      if (S.size(type.shape) === 0) return graph.literal(0, type)
      return itemSize[type.dtype] === itemSize[operand.dtype]
        ? map('bitcast', [operand], type.dtype)
        : graph.bits(operand, type)
    },
    constant: (value, dtype) => graph.literal(cast(dtype, value), T.of(dtype, [])),
    iota: (type, axis) => {
      if (S.size(type.shape) === 0) return graph.literal(0, type)
      return convert(graph.index({ ...type, dtype: 'int32' }, axis), type.dtype)
    },
    barrier: (x, after) => barrier(asNode(x), after.map(asNode)),
    reshape: (x, shape) => reshape(asNode(x), shape),
    view: (x, shape, along) => view(asNode(x), shape, along),
    pad: (x, fill, shape, starts, steps) => {
      const part = asNode(x)
      const [kept, placement] = inside(part, shape, starts, steps)
      const [value] = [asNode(fill)]
      if (S.size(shape) === 0 || (value.kind === 'literal' && S.size(kept) === 0)) return view(value, shape, [])
      if (S.size(kept) === 0) return view(value, shape, [])
      const cut = view(
        part,
        kept,
        part.shape.map((_, axis) => ({ axis, start: (placement.starts[axis] - starts[axis]) / steps[axis], step: 1 }))
      )
      if (cut.kind === 'literal' && value.kind === 'literal' && Object.is(cut.detail, value.detail))
        return view(value, shape, [])
      return S.equals(kept, shape) ? cut : graph.join([cut], value, shape, [placement])
    },
    concatenate: (xs, axis) => {
      const parts = xs.map(asNode).filter(({ shape }) => S.size(shape) > 0)
      const size = xs.reduce((sum, { type }) => sum + type.shape[axis], 0)
      const shape = xs[0].type.shape.map((n, k) => (k === axis ? size : n))
      if (parts.length === 0) return graph.literal(0, T.of(xs[0].type.dtype, shape))
      if (parts.length === 1) return parts[0]
      let at = 0
      const placements = parts.map((part) => {
        const starts = shape.map((_, k) => (k === axis ? at : 0))
        at += part.shape[axis]
        return { starts, steps: shape.map(() => 1) }
      })
      return graph.join(parts, undefined, shape, placements)
    },
    gather: (x, indices, axis, batch) => {
      const [from, at] = [asNode(x), integers(indices)]
      const shape = shapeAt(from.shape, at.shape, axis, batch) as S.Shape
      return S.size(shape) === 0 ? graph.literal(0, T.of(from.dtype, shape)) : picks.gather(from, at, axis, batch)
    },
    scatterAdd: (x, indices, shape, axis, batch) => {
      const updates = asNode(x)
      if (S.size(updates.shape) === 0 || S.size(shape) === 0) return graph.literal(0, T.of(updates.dtype, shape))
      return graph.scatter(updates, integers(indices), shape, axis, batch)
    },
    argsort: (x, axis) =>
      S.size(x.type.shape) === 0 ? graph.literal(0, T.of('int32', x.type.shape)) : graph.sort(asNode(x), axis),
    routine: (routine, x, key, constants) => {
      const own = `${routine.name} ${key}`
      const known = constantsOf.get(own) ?? graph.constant(constants())
      constantsOf.set(own, known)
      return graph.routine(routine as Own, asNode(x), known, key)
    },
    reduce: (combine, x, axes) => {
      const operand = asNode(x)
      const shape = S.removeAxes(x.type.shape, axes)
      if (S.size(operand.shape) === 0) return graph.literal(combine === 'and' ? 1 : 0, T.of(operand.dtype, shape))
      const kind = operand.dtype === 'bool' ? instructions[combining[combine]].ofBools : combine
      const many = axes.filter((axis) => operand.shape[axis] !== 1)
      // A sum starts at 0, and 0 + -0 is 0.
      if (many.length === 0) return reshape(kind === 'sum' ? asNode(b.add(operand, 0)) : operand, shape)
      if (many.length < axes.length) {
        const rest = axes.filter((axis) => !many.includes(axis))
        const thin = reshape(operand, S.removeAxes(operand.shape, rest))
        const left = many.map((axis) => axis - rest.filter((each) => each < axis).length)
        return graph.reduce(thin, kind, left)
      }
      return graph.reduce(
        operand,
        kind,
        axes.slice().sort((a, b) => a - b)
      )
    },
    scan: (xs, direction, recurrence) => recur(xs, direction, recurrence, false),
    fold: (xs, direction, recurrence) => recur(xs, direction, recurrence, true),
    ...controlOf(graph, view, updatesOf(graph, wordsOfArrays, picks, options.updates ?? usualUpdates), residuals, {
      graph,
      ...wordsOfArrays,
      gather: picks.gather
    }),
    dot: (x, y, contract, batch, gate) => dotOf(asNode(x), asNode(y), contract, batch, gate)
  }
  const b = Object.assign(words, structure) as unknown as Builder

  const gated = (x: Node, y: Node, gate: 0 | 1 | 'both'): Lowered =>
    gate === 'both' ? b.or(b.same(x, -0), b.same(y, -0)) : b.same(gate === 0 ? x : y, -0)

  const dotOf = (
    x: Node,
    y: Node,
    contract: Contraction['contract'],
    batch: Contraction['batch'],
    wanted: Contraction['gate']
  ): Node => {
    // An integer times 0 is always 0.
    const gate = isFloating(x.dtype) && !options.fastMath ? wanted : undefined
    const freeX = S.otherAxes(x.shape.length, contract[0].concat(batch[0]))
    const freeY = S.otherAxes(y.shape.length, contract[1].concat(batch[1]))
    const depth = contract[0].map((axis) => x.shape[axis])
    const shape = batch[0].concat(freeX).map((axis) => x.shape[axis])
    for (const axis of freeY) shape.push(y.shape[axis])
    if (S.size(shape) === 0 || S.size(depth) === 0) return graph.literal(0, T.of(x.dtype, shape))
    const work = S.size(shape) * S.size(depth)
    const each = work / S.size(batch[0].map((axis) => x.shape[axis]))
    if (work > smallProduct && each > tinyProduct && freeX.length + freeY.length > 0 && S.size(depth) > 1)
      return graph.dot(x, y, shape, { contract, batch, gate })
    // A small contraction is a sum of products of views, and fuses with neighbouring operations.
    const domain = [...shape, ...depth]
    const operand = (node: Node, side: 0 | 1, free: S.Axes, first: number): Node => {
      const along: Array<Along> = []
      place(along, batch[side], 0)
      place(along, free, first)
      place(along, contract[side], shape.length)
      return view(node, domain, along)
    }
    const left = operand(x, 0, freeX, batch[0].length)
    const right = operand(y, 1, freeY, batch[0].length + freeX.length)
    const product = gate === undefined ? b.mul(left, right) : b.select(gated(left, right, gate), 0, b.mul(left, right))
    return asNode(b.reduce('sum', product, S.range(domain.length, shape.length)))
  }
  return b
}

// Products of up to this many multiplications are ordinary loops, and so are any number of small products, because a
// routine call takes longer before it multiplies.
const smallProduct = 4096
const tinyProduct = 256

/** The part of a padded operand that is inside the result: its shape, and its position. */
const inside = (
  x: Node,
  shape: S.Shape,
  starts: ReadonlyArray<number>,
  steps: ReadonlyArray<number>
): [S.Shape, Placement] => {
  const first = x.shape.map((_, k) => Math.max(0, Math.ceil(-starts[k] / steps[k])))
  const kept = x.shape.map((n, k) => Math.max(0, Math.min(n, Math.ceil((shape[k] - starts[k]) / steps[k])) - first[k]))
  return [kept, { starts: x.shape.map((_, k) => starts[k] + first[k] * steps[k]), steps }]
}

/** Whether an array is the same number everywhere, bit for bit. */
export const isUniform = ({ data }: NDArray): boolean => {
  const value = data[0]
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], value)) return false
  return true
}
