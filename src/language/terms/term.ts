/**
 * Terms: the free monad over the op signature. A `Tensor` is a variable, a constant array, or an operation applied to
 * tensors. Variables are the unit of the monad, and substitution (handlers/substitute) is its bind.
 */

import { NDArray, type Nested, scalar, showNested } from '../data/array.js'
import type { Complex } from '../data/complex.js'
import { brand } from '../data/copies.js'
import { describe } from '../data/describe.js'
import { cast, type DType } from '../data/dtype.js'
import { fail } from '../data/error.js'
import { outside } from '../data/items.js'
import { isList } from '../data/lists.js'
import type * as S from '../data/shape.js'
import * as T from '../data/type.js'
import type { AnyOp } from './op.js'

// --- model
/** A typed variable: the unit of the monad. Two variables are the same only if they are the same object. */
export class Variable {
  readonly type: T.Type
  readonly name: string
  constructor(type: T.Type, name: string) {
    this.type = type
    this.name = name
  }
}

/** The static arguments of an operation. */
export type Params = Readonly<Record<string, unknown>>

/** The kind of a node: a variable, a constant, or an operation. */
export type Head = Variable | NDArray | AnyOp

const none: ReadonlyArray<never> = []
export const noParams: Params = Object.freeze({})
let created = 0

/** The field that holds a node's operands. It is not part of the type, so that an array is assignable to a tensor. */
type Kept = Readonly<{ left: Tensor | undefined; right: Tensor | undefined }>

const noNumbers = (name: string, { type }: { readonly type: T.Type }): never =>
  fail('NotANumber', name, 'a tensor is a program and has no numbers yet', {
    operands: [type],
    hint: `run(x).${name}() evaluates it first; in a program inspect(x) does`
  })

/**
 * A node of the op language. In types an `NDArray` is a `Tensor`, a constant, so that a function of tensors can be called
 * with arrays. A node's type is checked when it is built. Handlers share work by the node's identity. Its creation number
 * only grows, so an operand is always older than its operation.
 *
 * A program may have tens of millions of nodes, so almost all nodes, which have at most two operands and no params, take
 * only six words; the others are `Wide`.
 */
export class Tensor {
  readonly head: Head
  readonly type: T.Type
  readonly created: number
  /** The node's place in the layout that reached it last; only `layout` in terms/fold reads or writes it. */
  place = -1

  constructor(head: Head, operands: ReadonlyArray<Tensor>, type: T.Type) {
    if (type.shape.length > 0 && !T.isCountable(type)) uncountable(head, operands, type)
    this.head = head
    this.type = type
    this.created = created++
    const kept: { -readonly [K in keyof Kept]: Kept[K] } = this as unknown as Kept
    kept.left = operands[0]
    kept.right = operands.length > 1 ? operands[1] : undefined
  }

  get shape(): S.Shape {
    return this.type.shape
  }
  get dtype(): DType {
    return this.type.dtype
  }
  get ndim(): number {
    return this.type.shape.length
  }

  /** The only element of an array. Throws `NotANumber` for any other tensor, which is a program. */
  item<X extends number | Complex = number>(this: NDArray): X {
    return noNumbers('item', this)
  }

  /** The elements of an array as nested arrays. Throws `NotANumber` for any other tensor, which is a program. */
  toNested(this: NDArray): Nested {
    return noNumbers('toNested', this)
  }

  get params(): Params {
    return noParams
  }

  get operands(): ReadonlyArray<Tensor> {
    const { left, right } = this as unknown as Kept
    return right === undefined ? (left === undefined ? none : [left]) : [left as Tensor, right]
  }

  /** The number of operands. */
  get arity(): number {
    const { left, right } = this as unknown as Kept
    return right === undefined ? (left === undefined ? 0 : 1) : 2
  }

  /** `operands[k]`, without creating the array of operands. */
  operand(k: number): Tensor {
    const { left, right } = this as unknown as Kept
    return (k === 0 ? left : right) as Tensor
  }

  get [brand](): true {
    return true
  }

  get _tag(): 'Tensor' | 'NDArray' {
    return 'Tensor'
  }

  /** Throws `NotANumber` for `x * 2`, `Math.sin(x)` and `x > 0`, which cannot have their usual meaning. */
  [Symbol.toPrimitive](hint: string): string | number {
    if (hint === 'string') return this.toString()
    return fail(
      'NotANumber',
      'tensor',
      'a tensor was used in a JavaScript operator or Math function, but it has no number',
      {
        operands: [this.type],
        hint: 'use mul(x, 2), sin(x), greater(x, 0) or expr`...`; to branch on the number use cond, where or inspect(x); outside of transforms, run(x) returns it'
      }
    )
  }

  /** `float64[3] mul(sin(x), 2)`: the type, and the term down to a few levels. */
  toString(): string {
    return `${T.show(this.type)} ${sketch(this, 3)}`
  }

  toJSON(): unknown {
    return fail('NotANumber', 'tensor', 'a tensor is a program, not data', {
      operands: [this.type],
      hint: 'run(x) returns an NDArray, which converts to JSON; show(x) prints the program'
    })
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

// A node with params, or with more than two operands.
class Wide extends Tensor {
  private readonly given: Params
  private readonly all: ReadonlyArray<Tensor>

  constructor(head: Head, params: Params, operands: ReadonlyArray<Tensor>, type: T.Type) {
    super(head, operands, type)
    this.given = params
    this.all = operands
  }

  override get params(): Params {
    return this.given
  }
  override get operands(): ReadonlyArray<Tensor> {
    return this.all
  }
  override get arity(): number {
    return this.all.length
  }
  override operand(k: number): Tensor {
    return nodeAt(this.all, k)
  }
}

// --- constructors
/** A fresh variable as a term. */
export const variable = (type: T.Type, name = 'x'): Tensor => {
  if (!T.isType(type) || typeof name !== 'string')
    fail(
      'ShapeError',
      'variable',
      `${describe(T.isType(type) ? name : type)} came where ${T.isType(type) ? 'a name' : 'a type'} is wanted`,
      {
        hint: "variable({ shape: [2], dtype: 'float64', weak: false }, 'x')"
      }
    )
  return new Tensor(new Variable(type, name), none, type)
}

export const constant = (value: NDArray): Tensor => new Tensor(value, none, value.type)

/** An operation applied to operands that its type rule has accepted. */
export const node = (op: AnyOp, params: Params, operands: ReadonlyArray<Tensor>, type: T.Type): Tensor =>
  params === noParams && operands.length <= 2 ? new Tensor(op, operands, type) : new Wide(op, params, operands, type)

// Literals such as 0, 1/2 and 2 stand in almost every formula; sharing their nodes keeps programs small.
const literals = new Map<string, Map<number, Tensor>>()
const mostLiterals = 256

/** A number as a constant scalar of `dtype`. Constants of one value are shared. */
export const literal = (value: number, dtype: DType = 'float64', weak = false): Tensor => {
  const key = weak ? `${dtype}~` : dtype
  const table = literals.get(key) ?? new Map<number, Tensor>()
  if (table.size === 0) literals.set(key, table)
  // A Map takes 0 and -0 for one key.
  const known = Object.is(value, -0) ? undefined : table.get(value)
  if (known !== undefined) return known
  const fresh = constant(scalar(dtype, cast(dtype, value), weak))
  if (table.size < mostLiterals && !Object.is(value, -0)) table.set(value, fresh)
  return fresh
}

// --- combinators
const uncountable = (head: Head, operands: ReadonlyArray<Tensor>, { shape }: T.Type): never =>
  fail('ShapeError', head instanceof NDArray ? 'array' : head.name, `no tensor has the shape ${shapeText(shape)}`, {
    operands: operands.map((x) => x.type),
    hint: `sizes are non-negative integers, at most ${T.mostAxes} of them, and the number of bytes is below 2^53`
  })

const shapeText = (shape: T.Type['shape']): string =>
  `[${shape.slice(0, 8).join(',')}${shape.length > 8 ? `, ... ${shape.length} sizes` : ''}]`

export const isVariable = (x: Tensor): boolean => x.head instanceof Variable
export const isConstant = (x: Tensor): boolean => x.head instanceof NDArray
export const isOperation = (x: Tensor): boolean => !isVariable(x) && !isConstant(x)
/** The number of nodes created so far: a node created from now on is younger than all existing ones. */
export const now = (): number => created

/** The term at a place of a list that has it: `itemAt` for lists of terms, for which engines specialize it. */
export const nodeAt = (terms: ReadonlyArray<Tensor>, place: number): Tensor => terms[place] ?? outside(terms, place)

// A term in a few words: what lies deeper than `depth` is left out.
const sketch = (x: Tensor, depth: number): string => {
  const { head } = x
  if (head instanceof Variable) return head.name
  if (head instanceof NDArray) return head.ndim === 0 ? showNested(head) : T.show(head.type)
  if (head.rules.transparent) return sketch(x.operand(0), depth)
  if (depth === 0) return '...'
  return `${head.name}(${x.operands.map((operand) => sketch(operand, depth - 1)).join(', ')})`
}

/** Whether a value that a caller gives is an array of tensors. */
export const isTensors = (x: unknown): x is ReadonlyArray<Tensor> => isList(x, isTensor)

/** Whether a value that a caller gives is a tensor: one that only has the prototype has no type. */
export const isTensor = (x: unknown): x is Tensor => {
  try {
    return x instanceof Tensor && x.type !== undefined
  } catch {
    return false
  }
}
