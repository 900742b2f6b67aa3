/**
 * Forms: closed programs as data. Nodes refer to earlier nodes by number: first the parameters, then the nodes in order.
 * A sub-program has its own numbering, and refers to nothing outside except the constants.
 */
import type * as t from 'io-ts'
import * as io from 'io-ts'
import type { NDArray } from '../language/data/array.js'
import type * as T from '../language/data/type.js'
import { fieldsOf, listOf } from './containers.js'
import { natural } from './params.js'
import { plain } from './plain.js'
import { type Codec, codecOf, untyped } from './refusal.js'
import type { ArrayJson } from './tensor.js'
import { tensorOf } from './tensor.js'
import type { Json } from './tree.js'
import { type TypeJson, tensorType, type } from './type.js'

// --- model
/** A parameter: a variable's name and type. */
export type ParameterForm<Type> = Readonly<{ name: string; type: Type }>

/** A constant, by its number among the constants of the whole program. */
export type ConstantForm = Readonly<{ constant: number }>

/** An operation applied to nodes. Its sub-programs, if any, are one body, in which they share nodes. */
export type OperationForm<Type, Params> = Readonly<{
  op: string
  operands: ReadonlyArray<number>
  type: Type
  params?: Params
  body?: BodyForm<Type, Params>
}>

/** Parameters, nodes, and the results of each sub-program among them. */
export type BodyForm<Type, Params> = Readonly<{
  parameters: ReadonlyArray<ParameterForm<Type>>
  nodes: ReadonlyArray<ConstantForm | OperationForm<Type, Params>>
  outputs: ReadonlyArray<ReadonlyArray<number>>
}>

/** A closed program as JSON, in the format of a version. */
export type ClosedJson = Readonly<{
  format: 'freegrad.closed'
  version: 1
  inputs: Json
  outputs: Json
  constants: ReadonlyArray<ArrayJson>
  body: BodyForm<TypeJson, Json>
}>

/** A decoded body. */
export type Body = BodyForm<T.Type, unknown>

// --- constructors
const numbers = listOf(natural)

const constantForm = fieldsOf('constant', { constant: natural })
const bodyForm: Codec = io.recursion<unknown>('body', () =>
  fieldsOf('body', {
    parameters: listOf(fieldsOf('parameter', { name: untyped(io.string), type: untyped(tensorType) })),
    nodes: listOf(nodeForm),
    outputs: listOf(numbers)
  })
)
const operationForm = fieldsOf(
  'operation',
  { op: untyped(io.string), operands: numbers, type: untyped(type) },
  { params: plain, body: bodyForm }
)
const nodeForm: Codec = codecOf<unknown, unknown>(
  'node',
  (u): u is unknown => constantForm.is(u) || operationForm.is(u),
  (u, context) =>
    (typeof u === 'object' && u !== null && 'constant' in u ? constantForm : operationForm).validate(u, context),
  (x) => x
)

/** A decoded program, without its trees. */
export type ClosedForm = Readonly<{
  inputs: unknown
  outputs: unknown
  constants: ReadonlyArray<NDArray>
  body: Body
}>

/** The parts of a program that are decoded before its nodes are built. */
export const closedForm = fieldsOf('program', {
  format: untyped(io.literal('freegrad.closed')),
  version: untyped(io.literal(1)),
  inputs: untyped(io.unknown),
  outputs: untyped(io.unknown),
  constants: listOf(untyped(tensorOf())),
  body: bodyForm
}) as unknown as t.Type<ClosedForm, unknown, unknown>
