/** Complex: the values of operations on complex numbers, derived from what they say of pairs and from their real values. */
import { allocate } from '../language/data/allocate.js'
import { NDArray, partOfData } from '../language/data/array.js'
import { isComplex, partOf, type ReadonlyData } from '../language/data/dtype.js'
import { itemAt, numberAt } from '../language/data/items.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import {
  type ComplexRule,
  type Formula,
  type Pair,
  partwise,
  products,
  type Recurrent,
  stored
} from '../language/terms/complex.js'
import { type Declaration, listed } from '../language/terms/op.js'
import { type Block, blockLength, blocksOf, write } from '../ops/blocks.js'
import { aligned, rowsAlong } from '../ops/kernel.js'
import { numbers } from '../ops/numbers.js'

// --- combinators
/** Whether an operand or the result of an operation is complex. */
export const isOfComplex = (xs: ReadonlyArray<NDArray>, type: T.Type): boolean =>
  isComplex(type.dtype) || xs.some((x) => isComplex(x.dtype))

/** The value of an operation of which an operand or the result is complex. */
export const evaluateComplex = (
  rules: Declaration<unknown>,
  rule: ComplexRule<unknown>,
  xs: ReadonlyArray<NDArray>,
  params: unknown,
  type: T.Type
): NDArray => {
  if (rule === stored) return rules.evaluate(listed(xs), params, type)
  const part = T.withDtype(type, partOf(type.dtype), type.weak)
  const real = (operands: ReadonlyArray<NDArray>): NDArray => rules.evaluate(listed(operands), params, part)
  if (rule === partwise)
    return joined(real(xs.map((x) => partOfArray(x, 0))), real(xs.map((x) => partOfArray(x, 1))), type)
  if (rule === products) {
    const product = (i: Part, j: Part): ReadonlyData =>
      real([partOfArray(itemAt(xs, 0), i), partOfArray(itemAt(xs, 1), j)]).data
    return new NDArray(type, combined(product(0, 0), product(1, 1), product(0, 1), product(1, 0), type))
  }
  if (typeof rule === 'object' && 'recurrence' in rule) return recurrent(rule, xs, params, type)
  return typeof rule === 'object'
    ? elementwise(rule.wide, false, xs, params, type)
    : elementwise(rule, xs.some(isNarrow), xs, params, type)
}

type Part = 0 | 1

/** The real or the imaginary part of a complex array; an array that is not complex, such as indices, stands for both. */
const partOfArray = (x: NDArray, part: Part): NDArray =>
  isComplex(x.dtype)
    ? new NDArray(T.withDtype(x.type, partOf(x.dtype), x.type.weak), partOfData(x.data, x.dtype, part))
    : x

const joined = (re: NDArray, im: NDArray, type: T.Type): NDArray => {
  const out = allocate(type.dtype, S.size(type.shape))
  for (let i = 0; i < re.data.length; i++) {
    out[2 * i] = numberAt(re.data, i)
    out[2 * i + 1] = numberAt(im.data, i)
  }
  return new NDArray(type, out)
}

// Of (a + bi)(c + di): ac, bd, ad and bc.
const combined = (
  ac: ReadonlyData,
  bd: ReadonlyData,
  ad: ReadonlyData,
  bc: ReadonlyData,
  type: T.Type
): ReadonlyData => {
  const out = allocate(type.dtype, S.size(type.shape))
  for (let i = 0; i < ac.length; i++) {
    out[2 * i] = numberAt(ac, i) - numberAt(bd, i)
    out[2 * i + 1] = numberAt(ad, i) + numberAt(bc, i)
  }
  return out
}

const isNarrow = ({ dtype }: NDArray): boolean => partOf(dtype) === 'float32'

// A formula, block by block, in float32 or float64.
const elementwise = (
  formula: Formula<unknown>,
  narrow: boolean,
  xs: ReadonlyArray<NDArray>,
  params: unknown,
  type: T.Type
): NDArray => {
  const size = S.size(type.shape)
  const out = allocate(type.dtype, size)
  const length = Math.min(size, blockLength)
  const { arithmetic, begin, read } = blocksOf(narrow, length)
  const sources = xs.map((x) => sourceOf(x, type.shape))
  const isPair = isComplex(type.dtype)
  for (let at = 0; at < size; at += length) {
    // The last block begins earlier if it had fewer elements.
    const from = Math.min(at, size - length)
    begin()
    const zs = sources.map(
      ({ re, im, step, imStep, ahead }): Pair<Block> => ({
        re: read(re, step * from, step),
        im: read(im, imStep * from + ahead, imStep)
      })
    )
    const value = formula(arithmetic, listed(zs), params)
    if (isPair) {
      const { re, im } = value as Pair<Block>
      write(re, out, 2 * from, 2)
      write(im, out, 2 * from + 1, 2)
    } else write(value as Block, out, from, 1)
  }
  return new NDArray(type, out)
}

/**
 * The elements of an operand: element i has its real part at `step * i`, its imaginary part at `imStep * i + ahead`. The imaginary
 * parts of a real operand are a single 0.
 */
type Source = Readonly<{ re: ReadonlyData; im: ReadonlyData; step: number; imStep: number; ahead: number }>

const sourceOf = (x: NDArray, shape: S.Shape): Source => {
  if (!isComplex(x.dtype)) return { re: aligned(x, shape), im: zero, step: 1, imStep: 0, ahead: 0 }
  if (S.equals(x.shape, shape)) return { re: x.data, im: x.data, step: 2, imStep: 2, ahead: 1 }
  const part = (k: Part): ReadonlyData => aligned(partOfArray(x, k), shape)
  return { re: part(0), im: part(1), step: 1, imStep: 1, ahead: 0 }
}

const zero: ReadonlyData = new Float64Array(1)

const recurrent = (
  { recurrence }: Recurrent<unknown>,
  xs: ReadonlyArray<NDArray>,
  params: unknown,
  type: T.Type
): NDArray => {
  const out = allocate(type.dtype, S.size(type.shape))
  const { axis, reverse } = params as Readonly<{ axis: number; reverse: boolean }>
  const { starts, length, move } = rowsAlong(type.shape, axis, reverse)
  for (const first of starts) {
    let running: Pair<number> | undefined
    for (let k = 0, at = first; k < length; k++, at += move) {
      const zs = xs.map(
        ({ data }): Pair<number> => ({
          re: numberAt(data, 2 * at),
          im: numberAt(data, 2 * at + 1)
        })
      )
      running = recurrence(numbers, running, listed(zs), params)
      out[2 * at] = running.re
      out[2 * at + 1] = running.im
    }
  }
  return new NDArray(type, out)
}
