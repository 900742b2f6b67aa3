/** Writing: closed programs become forms, with each node once. A part without a form throws an error that names it. */
import { NDArray } from '../language/data/array.js'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { project } from '../language/terms/block.js'
import { type Body, layoutOf } from '../language/terms/body.js'
import { layout, oneOf } from '../language/terms/fold.js'
import type { AnyOp } from '../language/terms/op.js'
import { type Params, type Tensor, Variable } from '../language/terms/term.js'
import { joined } from '../ops/bodies.js'
import { customBlock } from '../ops/custom.js'
import { blocks } from './blocks.js'
import type { BodyForm, ConstantForm, OperationForm } from './form.js'
import { plainJson } from './plain.js'
import { type ArrayJson, arrayJson } from './tensor.js'
import type { Json } from './tree.js'
import { type TypeJson, type } from './type.js'

// --- model
/** The operations that a codec knows, by name. */
export type Operations = ReadonlyMap<string, AnyOp>

/** The state of writing: the constants met so far, with their numbers. */
type Writing = Readonly<{ operations: Operations; constants: Map<NDArray, number> }>

type Written = BodyForm<TypeJson, Json>

// --- constructors
/** The nodes of a program, and the constants among them. */
export const writeProgram = (
  operations: Operations,
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>
): Readonly<{ body: Written; constants: ReadonlyArray<ArrayJson> }> => {
  const writing: Writing = { operations, constants: new Map() }
  const { nodes } = layout(outputs, () => true, oneOf(new Set(parameters)))
  const body = write(writing, parameters, nodes, [outputs])
  return { body, constants: Array.from(writing.constants.keys(), arrayJson) }
}

// --- combinators
const write = (
  writing: Writing,
  parameters: ReadonlyArray<Tensor>,
  nodes: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<ReadonlyArray<Tensor>>
): Written => {
  const numbers = new Map(parameters.map((x, k) => [x, k]))
  const inner = nodes.filter((x) => !numbers.has(x))
  for (const x of inner) numbers.set(x, numbers.size)
  const numberOf = (x: Tensor): number => numbers.get(x) as number
  return {
    parameters: parameters.map((x) => ({
      name: x.head instanceof Variable ? x.head.name : 'x',
      type: type.encode(x.type)
    })),
    nodes: inner.map((x) => writeNode(writing, x, numberOf)),
    outputs: outputs.map((each) => each.map(numberOf))
  }
}

const writeNode = (
  writing: Writing,
  x: Tensor,
  numberOf: (x: Tensor) => number
): ConstantForm | OperationForm<TypeJson, Json> => {
  const { head } = x
  if (head instanceof NDArray) {
    const { constants } = writing
    if (!constants.has(head)) constants.set(head, constants.size)
    return { constant: constants.get(head) as number }
  }
  if (head instanceof Variable)
    return fail('FreeVariable', 'closed', `the variable ${head.name} is not a parameter of the program`, {
      operands: [x.type],
      hint: 'a program that was staged inside of another function has captured its argument: pass it as an argument'
    })
  const { name } = head
  const block = blocks.get(name)
  if (head !== project && (head === customBlock || writing.operations.get(name) !== head)) return unwritten(x, head)
  const { bodies, rest } = block?.apart(x.params) ?? { bodies: [], rest: x.params }
  const params = plainJson(rest, (value, path) => paramUnwritten(name, value, path)) as Readonly<Record<string, Json>>
  return {
    op: name,
    operands: x.operands.map(numberOf),
    type: type.encode(x.type),
    ...(Object.keys(params).length === 0 ? {} : { params }),
    ...(block === undefined ? {} : { body: writeBodies(writing, bodies) })
  }
}

const writeBodies = (writing: Writing, bodies: ReadonlyArray<Body>): Written =>
  write(
    writing,
    bodies[0].parameters,
    layoutOf(joined(bodies)).nodes,
    bodies.map(({ outputs }) => outputs)
  )

const unwritten = (x: Tensor, op: AnyOp): never => {
  const operands = x.operands.map((operand) => operand.type)
  return op === customBlock
    ? fail('MissingClause', 'closed', `${(x.params as Params).name} has a derivative that is a function`, {
        operands,
        hint: 'functions have no JSON form: stage the formula without its rule'
      })
    : fail('MissingClause', 'closed', `the operation ${op.name} is not known to the codec`, {
        operands,
        hint: `give it to the codec, for writing and for reading: closedOf({ operations: [${op.name}] })`
      })
}

const paramUnwritten = (op: string, value: unknown, path: string): never =>
  fail('MissingClause', 'closed', `the operation ${op} has params without a JSON form: ${describe(value)}`, {
    path,
    hint:
      op === 'checkpoint' && path === '.policy'
        ? 'a policy that is a function cannot be written: use a named policy'
        : 'use numbers, strings, arrays, lists and records of them'
  })
