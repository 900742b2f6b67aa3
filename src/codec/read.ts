/** Reading: forms become closed programs. Every node is rebuilt and its type is derived again, so no input is trusted. */
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { NDArray } from '../language/data/array.js'
import * as T from '../language/data/type.js'
import { project, projection } from '../language/terms/block.js'
import type { Declaration } from '../language/terms/op.js'
import { type AnyOp, rebuild } from '../language/terms/op.js'
import { constant, node, now, type Params, type Tensor, variable } from '../language/terms/term.js'
import { signature } from '../ops/signature.js'
import { type BlockForm, blocks } from './blocks.js'
import type { Body, OperationForm } from './form.js'
import { paramsOf } from './params.js'
import { refuse, refuseThrown, within } from './refusal.js'
import type { Operations } from './write.js'

// --- model
type Operation = OperationForm<T.Type, unknown>
type Read<A> = t.Validation<A>

/** The state of reading: the known operations, and the constants of the whole program. */
type Reading = Readonly<{ operations: Operations; constants: ReadonlyArray<Tensor> }>

/** A body as terms: its variables, its results, and its creation number. */
export type Made = Readonly<{
  parameters: ReadonlyArray<Tensor>
  outputs: ReadonlyArray<ReadonlyArray<Tensor>>
  oldest: number
}>

// --- constructors
/** The terms of a program. */
export const readProgram = (
  operations: Operations,
  constants: ReadonlyArray<NDArray>,
  body: Body,
  context: t.Context
): Read<Made> => {
  return readBody({ operations, constants: constants.map(constant) }, body, within(context, 'body'))
}

// --- combinators
const readBody = (reading: Reading, { parameters, nodes, outputs }: Body, context: t.Context): Read<Made> => {
  const oldest = now()
  const variables = parameters.map(({ name, type }) => variable(type, name))
  const terms: Array<Tensor> = variables.slice()
  for (const [k, form] of nodes.entries()) {
    const at = within(context, 'nodes', k)
    const made = 'constant' in form ? readConstant(reading, form.constant, at) : readNode(reading, form, terms, at)
    if (E.isLeft(made)) return made
    terms.push(made.right)
  }
  const read: Array<ReadonlyArray<Tensor>> = []
  for (const [k, numbers] of outputs.entries()) {
    const each = tensorsAt(terms, numbers, within(context, 'outputs', k))
    if (E.isLeft(each)) return each
    read.push(each.right)
  }
  return E.right({ parameters: variables, outputs: read, oldest })
}

const readConstant = ({ constants }: Reading, number: number, context: t.Context): Read<Tensor> =>
  number < constants.length
    ? E.right(constants[number])
    : refuse(number, within(context, 'constant'), `unknown constant ${number}`, `there are ${constants.length}`)

const termsAt = (
  terms: ReadonlyArray<Tensor>,
  numbers: ReadonlyArray<number>,
  context: t.Context
): Read<ReadonlyArray<Tensor>> => {
  const odd = numbers.findIndex((number) => number >= terms.length)
  return odd < 0
    ? E.right(numbers.map((number) => terms[number]))
    : refuse(
        numbers[odd],
        within(context, odd),
        `${numbers[odd]} is not one of the ${terms.length} nodes before`,
        'a node comes after its operands, so that there are no cycles'
      )
}

// Only a projection accepts a tuple.
const tensorsAt = (
  terms: ReadonlyArray<Tensor>,
  numbers: ReadonlyArray<number>,
  context: t.Context
): Read<ReadonlyArray<Tensor>> => {
  const each = termsAt(terms, numbers, context)
  const tuple = E.isLeft(each) ? -1 : each.right.findIndex(({ type }) => type.parts !== undefined)
  return tuple < 0
    ? each
    : refuse(
        numbers[tuple],
        within(context, tuple),
        'the operand is a tuple, not a tensor',
        'project takes one of its parts'
      )
}

const readNode = (
  reading: Reading,
  form: Operation,
  terms: ReadonlyArray<Tensor>,
  context: t.Context
): Read<Tensor> => {
  const op = form.op === project.name ? project : reading.operations.get(form.op)
  const block = blocks.get(form.op)
  if (op === undefined || (op.rules.results !== undefined && block === undefined))
    return refuse(
      form.op,
      within(context, 'op'),
      `unknown operation ${JSON.stringify(form.op)}`,
      'operations of your own are given to the codec: closedOf({ operations: [triple] })'
    )
  if ((block === undefined) !== (form.body === undefined))
    return refuse(
      form.body,
      within(context, 'body'),
      `${form.op} has ${block ? 'a' : 'no'} body`,
      'those of scan, branch, while and checkpoint do'
    )
  const operands = (op === project ? termsAt : tensorsAt)(terms, form.operands, within(context, 'operands'))
  if (E.isLeft(operands)) return operands
  const params = readParams(op, form, context)
  if (E.isLeft(params)) return params
  const made =
    op === project
      ? readProjection(form, operands.right, params.right, context)
      : block === undefined
        ? readOperation(op, form, operands.right, params.right, context)
        : readBlock(reading, block, form, operands.right, params.right, context)
  if (E.isLeft(made)) return made
  const { type } = made.right
  return T.equals(type, form.type)
    ? E.right(made.right)
    : refuse(
        form.type,
        within(context, 'type'),
        `${form.op} gives ${T.show(type)}, not ${T.show(form.type)}`,
        'the type is that of the result'
      )
}

const readParams = (op: AnyOp, { params = {} }: Operation, context: t.Context): Read<Params> => {
  const at = within(context, 'params')
  const isOurs = op === project || signature.get(op.name) === op
  if (isOurs) return paramsOf(op).validate(params, at) as Read<Params>
  return E.right(params as Params)
}

const readProjection = (
  { operands: [number] }: Operation,
  operands: ReadonlyArray<Tensor>,
  { index }: Params,
  context: t.Context
): Read<Tensor> => {
  const parts = operands.length === 1 ? operands[0].type.parts : undefined
  if (parts === undefined)
    return refuse(
      number,
      within(context, 'operands'),
      'the operand is not a tuple',
      'the results of scan and branch are tuples'
    )
  return (index as number) < parts.length
    ? E.right(projection(operands[0], index as number))
    : refuse(index, within(context, 'params', 'index'), `unknown part ${index}`, `there are ${parts.length}`)
}

const readOperation = (
  op: AnyOp,
  { operands: numbers, type }: Operation,
  operands: ReadonlyArray<Tensor>,
  params: Params,
  context: t.Context
): Read<Tensor> => {
  const { arity } = op.rules as Declaration<unknown>
  const at = within(context, 'operands')
  if (arity !== 'many' && arity !== operands.length)
    return refuse(numbers, at, `${op.name} takes ${arity} operands, not ${operands.length}`, 'give as many as it takes')
  const built = E.tryCatch(
    () => rebuild(op, operands, Object.keys(params).length === 0 ? undefined : params),
    (thrown) => thrown
  )
  if (E.isLeft(built)) return refuseThrown(built.left, undefined, context)
  const y = built.right
  const converted = operands.findIndex((x, k) => y.operands[k] !== x)
  if (converted >= 0)
    return refuse(
      numbers[converted],
      within(at, converted),
      `${op.name} does not take ${T.show(operands[converted].type)} as it is`,
      'operands are converted where a program is built, not where it is read'
    )
  return E.right(
    y.type.weak === type.weak ? y : node(op, y.params, operands, T.of(y.type.dtype, y.type.shape, type.weak))
  )
}

const readBlock = (
  reading: Reading,
  { op, together, problem }: BlockForm,
  { op: name, body }: Operation,
  operands: ReadonlyArray<Tensor>,
  rest: Params,
  context: t.Context
): Read<Tensor> => {
  const made = readBody(reading, body as Body, within(context, 'body'))
  if (E.isLeft(made)) return made
  const { parameters, outputs, oldest } = made.right
  const bodies = outputs.map((each) => ({ parameters, outputs: each, oldest }))
  const found = problem(
    bodies,
    rest,
    operands.map(({ type }) => type)
  )
  if (found !== undefined)
    return refuse(body, context, `the ${name} does not fit: ${found}`, 'its parameters stand for its operands')
  const built = E.tryCatch(
    () => op(operands, together(bodies, rest) as never),
    (thrown) => thrown
  )
  return E.isLeft(built) ? refuseThrown(built.left, undefined, context) : built
}
