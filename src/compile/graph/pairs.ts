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
  products,
  type Recurrent,
  stored
} from '../../language/terms/complex.js'
import type { Builder, Lower, Lowered, States } from '../../language/terms/lowering.js'
import { listed } from '../../language/terms/op.js'

// --- model
/** A complex value: the nodes of its parts, and of its elements if they are in memory. */
export class Complex implements Lowered, Pair<Lowered> {
  constructor(
    readonly type: T.Type,
    readonly re: Lowered,
    readonly im: Lowered,
    readonly stored?: Lowered
  ) {}
}

type Axes = readonly [left: S.Axes, right: S.Axes]
/** The params of a sum of products. */
type Contraction = Readonly<{ contract: Axes; batch: Axes; gate?: unknown }>

type Part = 're' | 'im'
const parts: ReadonlyArray<Part> = ['re', 'im']

// --- constructors
/** The real type of a complex type's elements in memory: a last axis has the two parts. */
export const storedType = ({ dtype, shape }: T.Type): T.Type => T.of(partOf(dtype), [...shape, 2])

const partType = ({ dtype, shape }: T.Type): T.Type => T.of(partOf(dtype), shape)

/** A complex value from its elements in memory. */
export const fromStored = (b: Builder, elements: Lowered, type: T.Type): Complex => {
  const rank = type.shape.length
  const axes = S.range(rank).map((axis) => ({ axis, start: 0, step: 1 }))
  const [re, im] = [0, 1].map((start) => b.view(elements, type.shape, [...axes, { axis: rank, start, step: 0 }]))
  return new Complex(type, re, im, elements)
}

/** The elements of a complex value as memory has them. */
export const toStored = (b: Builder, { type, re, im, stored: known }: Complex): Lowered => {
  if (known !== undefined) return known
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
  if (rule === stored) {
    const xs = operands.map((x) => (x instanceof Complex ? toStored(b, x) : x))
    return fromStored(b, lower(b, listed(xs), params, storedType(type)), type)
  }
  const of = (xs: ReadonlyArray<Lowered>): Lowered => lower(b, listed(xs), params, partType(type))
  if (rule === partwise) {
    const [re, im] = parts.map((part) => of(operands.map((x) => partIn(x, part))))
    return new Complex(type, re, im)
  }
  if (rule === products) {
    const [x, y] = operands
    const byVector = productByVector(b, x as Complex, y as Complex, params as Contraction, type)
    if (byVector !== undefined) return byVector
    const [ac, bd, ad, bc] = (['re re', 'im im', 're im', 'im re'] as const).map((each) => {
      const [i, j] = each.split(' ') as [Part, Part]
      return of([partIn(x, i), partIn(y, j)])
    })
    return new Complex(type, b.sub(ac, bd), b.add(ad, bc))
  }
  if (typeof rule === 'object' && 'recurrence' in rule) return recurrent(b, rule, operands, params, type)
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

// Smaller products do not read their operands often enough for their order in memory to matter.
const largeMatrix = 4096

/**
 * The product of a large matrix in memory, whose parts stand in turn, and a vector. It takes as long as the matrix is read, so the
 * matrix is read as real numbers, once for each part of the vector or of the result, and not four times with every other element
 * left out.
 */
const productByVector = (
  b: Builder,
  x: Complex,
  y: Complex,
  { contract, batch, gate }: Contraction,
  type: T.Type
): Complex | undefined => {
  const pair = [x, y] as const
  const freeIn = (side: 0 | 1): ReadonlyArray<number> =>
    S.removeAxes(pair[side].type.shape, contract[side].concat(batch[side]))
  const side = S.size(freeIn(1)) === 1 ? 0 : S.size(freeIn(0)) === 1 ? 1 : undefined
  if (side === undefined || gate !== undefined) return undefined
  const [matrix, vector] = side === 0 ? [x, y] : [y, x]
  const { stored } = matrix
  const rank = matrix.type.shape.length
  if (stored === undefined || S.size(matrix.type.shape) < largeMatrix || S.size(freeIn(side)) === 1) return undefined
  const times = (part: Lowered, axes: Axes): Lowered =>
    side === 0 ? b.dot(stored, part, axes, batch) : b.dot(part, stored, axes, batch)
  if (contract[side].at(-1) === rank - 1) {
    // The parts are one more contracted axis: (a + ib)(c + id) is a·c + b·(-d), and i times a·d + b·c.
    const last = vector.type.shape.length
    const both = (first: Lowered, second: Lowered): Lowered =>
      b.concatenate(
        [first, second].map((each) => b.reshape(each, [...each.type.shape, 1])),
        last
      )
    const added = [contract[0].concat(side === 0 ? rank : last), contract[1].concat(side === 0 ? last : rank)] as const
    const [re, im] = [both(vector.re, b.neg(vector.im)), both(vector.im, vector.re)].map((each) => times(each, added))
    return new Complex(type, re, im)
  }
  if (contract[side].includes(rank - 1) || batch[side].includes(rank - 1)) return undefined
  // The parts are one more axis of the result, behind the matrix's own.
  const axis = side === 0 ? type.shape.length - freeIn(1).length : type.shape.length
  const [byRe, byIm] = [times(vector.re, contract), times(vector.im, contract)]
  const partOfProduct = (product: Lowered, start: number): Lowered =>
    b.view(
      product,
      type.shape,
      product.type.shape.map((_, k) =>
        k === axis ? { axis: -1, start, step: 0 } : { axis: k < axis ? k : k - 1, start: 0, step: 1 }
      )
    )
  return new Complex(
    type,
    b.sub(partOfProduct(byRe, 0), partOfProduct(byIm, 1)),
    b.add(partOfProduct(byRe, 1), partOfProduct(byIm, 0))
  )
}

// Of a recurrence only the first state is a result, so there is one for each part.
const recurrent = (
  b: Builder,
  { recurrence }: Recurrent<unknown>,
  operands: ReadonlyArray<Lowered>,
  params: unknown,
  type: T.Type
): Lowered => {
  const { axis, reverse } = params as Readonly<{ axis: number; reverse: boolean }>
  const m = arithmeticOf(b)
  const wide = (x: Lowered): Lowered => b.convert(x, 'float64')
  const pairs = (xs: ReadonlyArray<Lowered>) =>
    listed(operands.map((_, k): Pair<Lowered> => ({ re: wide(xs[2 * k]), im: wide(xs[2 * k + 1]) })))
  const [re, im] = parts.map((part, at) => {
    const other = parts[1 - at]
    const states = (z: Pair<Lowered>): States => [z[part], z[other]]
    const running = b.scan(
      operands.flatMap(flat),
      { axis, reverse },
      {
        first: (xs) => states(recurrence(m, undefined, pairs(xs), params)),
        next: (before, xs) => {
          const z = { [part]: before[0], [other]: before[1] } as unknown as Pair<Lowered>
          return states(recurrence(m, z, pairs(xs), params))
        }
      }
    )
    return b.convert(running, partOf(type.dtype))
  })
  return new Complex(type, re, im)
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
