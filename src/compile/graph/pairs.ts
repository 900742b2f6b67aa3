/**
 * Pairs: complex values in the graph, as two real nodes. What an operation means on complex numbers, its declaration says; later
 * passes meet real numbers only. In memory a complex array is a real one with a last axis of two parts.
 */
import { isComplex, partOf } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import * as T from '../../language/data/type.js'
import {
  type Arithmetic,
  type ComplexRule,
  type Formula,
  type Pair,
  partwise,
  products
} from '../../language/terms/complex.js'
import type { Builder, Lower, Lowered } from '../../language/terms/lowering.js'
import { listed } from '../../language/terms/op.js'

// --- model
/** A complex value: the nodes of its parts. */
export class Complex implements Lowered, Pair<Lowered> {
  constructor(
    readonly type: T.Type,
    readonly re: Lowered,
    readonly im: Lowered
  ) {}
}

type Part = 're' | 'im'
const parts: ReadonlyArray<Part> = ['re', 'im']

// --- constructors
/** The real type of a complex type's elements in memory: a last axis has the two parts. */
export const storedType = ({ dtype, shape }: T.Type): T.Type => T.of(partOf(dtype), [...shape, 2])

const partType = ({ dtype, shape }: T.Type): T.Type => T.of(partOf(dtype), shape)

/** A complex value from its elements in memory. */
export const fromStored = (b: Builder, stored: Lowered, type: T.Type): Complex => {
  const rank = type.shape.length
  const axes = S.range(rank).map((axis) => ({ axis, start: 0, step: 1 }))
  const [re, im] = [0, 1].map((start) => b.view(stored, type.shape, [...axes, { axis: rank, start, step: 0 }]))
  return new Complex(type, re, im)
}

/** The elements of a complex value as memory has them. */
export const toStored = (b: Builder, { type, re, im }: Complex): Lowered => {
  const { shape } = type
  return b.concatenate(
    [re, im].map((part) => b.reshape(part, [...shape, 1])),
    shape.length
  )
}

// --- combinators
/** An operation of which an operand or the result is complex, by what its declaration says of pairs. */
export const lowerComplex = (
  b: Builder,
  lower: Lower<unknown>,
  rule: ComplexRule<unknown>,
  operands: ReadonlyArray<Lowered>,
  params: unknown,
  type: T.Type
): Lowered => {
  const of = (xs: ReadonlyArray<Lowered>): Lowered => lower(b, listed(xs), params, partType(type))
  if (rule === partwise) {
    const [re, im] = parts.map((part) => of(operands.map((x) => partIn(x, part))))
    return new Complex(type, re, im)
  }
  if (rule === products) {
    const [x, y] = operands
    const [ac, bd, ad, bc] = (['re re', 'im im', 're im', 'im re'] as const).map((each) => {
      const [i, j] = each.split(' ') as [Part, Part]
      return of([partIn(x, i), partIn(y, j)])
    })
    return new Complex(type, b.sub(ac, bd), b.add(ad, bc))
  }
  const isWide = typeof rule === 'object' && operands.some((x) => partOf(x.type.dtype) === 'float32')
  const formula: Formula<unknown> = typeof rule === 'object' ? rule.wide : rule
  const pair = (x: Lowered): Pair<Lowered> =>
    x instanceof Complex ? { re: widened(x.re), im: widened(x.im) } : { re: widened(x), im: undefined as never }
  const widened = (x: Lowered): Lowered => (isWide ? b.convert(x, 'float64') : x)
  const finished = (x: Lowered): Lowered =>
    spread(b, x.type.dtype === partOf(type.dtype) ? x : b.convert(x, partOf(type.dtype)), type.shape)
  const made = formula<Lowered>(arithmeticOf(b), listed(operands.map(pair)), params)
  if (!isComplex(type.dtype)) return finished(made as Lowered)
  const { re, im } = made as Pair<Lowered>
  return new Complex(type, finished(re), finished(im))
}

// What is not complex, such as indices, stands for both parts.
const partIn = (x: Lowered, part: Part): Lowered => (x instanceof Complex ? x[part] : x)

// A formula broadcasts its operands as it goes, and may leave out those that do not matter.
const spread = (b: Builder, x: Lowered, shape: S.Shape): Lowered => {
  const own = x.type.shape
  if (S.equals(own, shape)) return x
  const lead = shape.length - own.length
  const along = own.map((n, axis) => ({ axis: axis + lead, start: 0, step: n === 1 ? 0 : 1 }))
  return b.view(x, shape, along)
}

const arithmeticOf = (b: Builder): Arithmetic<Lowered> => ({
  neg: b.neg,
  abs: b.abs,
  sqrt: b.sqrt,
  not: b.not,
  add: b.add,
  sub: b.sub,
  mul: b.mul,
  div: b.div,
  min: b.min,
  max: b.max,
  and: b.and,
  or: b.or,
  eq: b.eq,
  ne: b.ne,
  lt: b.lt,
  le: b.le,
  gt: b.gt,
  ge: b.ge,
  same: b.same,
  select: b.select,
  call: b.call,
  number: (value, like) => b.constant(value, like.type.dtype)
})

/** A builder whose loops and branches take complex values: for blocks, which hand on what they are given. */
export const pairedBuilder = (b: Builder): Builder => ({
  ...b,
  barrier: (x, after) => {
    const all = after.flatMap(flat)
    return x instanceof Complex ? new Complex(x.type, b.barrier(x.re, all), b.barrier(x.im, all)) : b.barrier(x, all)
  },
  iterate: ({ length, reverse, states, sequences, step }) => {
    let outputs: ReadonlyArray<Lowered> = []
    const made = b.iterate({
      length,
      reverse,
      states: states.flatMap(flat),
      sequences: sequences.flatMap(flat),
      step: (now, elements) => {
        const out = step(regrouped(now, states), regrouped(elements, sequences, 1))
        outputs = out.outputs
        return { next: out.next.flatMap(flat), outputs: outputs.flatMap(flat) }
      }
    })
    return {
      last: regrouped(made.last, states),
      outputs: regrouped(made.outputs, outputs, 0, length),
      before: regrouped(made.before, states, 0, length)
    }
  },
  repeat: ({ states, test, step }) =>
    regrouped(
      b.repeat({
        states: states.flatMap(flat),
        test: (now) => test(regrouped(now, states)),
        step: (now) => step(regrouped(now, states)).flatMap(flat)
      }),
      states
    ),
  branch: (index, arms) => {
    let results: ReadonlyArray<Lowered> = []
    const made = b.branch(
      index,
      arms.map((arm) => () => {
        results = arm()
        return results.flatMap(flat)
      })
    )
    return regrouped(made, results)
  }
})

const flat = (x: Lowered): ReadonlyArray<Lowered> => (x instanceof Complex ? [x.re, x.im] : [x])

/** Nodes as values like others: without their first axis (`drop` 1), or with one of that `length`. */
const regrouped = (
  nodes: ReadonlyArray<Lowered>,
  like: ReadonlyArray<Lowered>,
  drop = 0,
  length?: number
): ReadonlyArray<Lowered> => {
  let next = 0
  return like.map((x) => {
    if (!(x instanceof Complex)) return nodes[next++]
    const shape = [...(length === undefined ? [] : [length]), ...x.type.shape.slice(drop)]
    return new Complex(T.of(x.type.dtype, shape), nodes[next++], nodes[next++])
  })
}
