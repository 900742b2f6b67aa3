/** Operands as users of the NumPy functions give them: options, axes, and operations under NumPy's names. */

import { checkDType, elementsOf, isTypedArray, NDArray, shapeIn } from '../language/data/array.js'
import { describe, passOn } from '../language/data/describe.js'
import { type DType, isComplex, isInexact } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { isArray, isDense } from '../language/data/lists.js'
import { isA } from '../language/data/looking.js'
import { type Known, known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { applyAs, type Like, lift, type Op } from '../language/terms/op.js'
import { literal, Tensor } from '../language/terms/term.js'
import { mul } from '../ops/arithmetic.js'
import { broadcastTo } from '../ops/broadcast.js'
import { ne } from '../ops/comparison.js'
import { complex, conj, imag, real } from '../ops/complex.js'
import { convertNode } from '../ops/convert.js'
import { floats } from '../ops/promote.js'
import { checkAxes } from '../ops/rules.js'
import { select } from '../ops/select.js'
import { reshaped } from '../ops/shape.js'

export { applyAs } from '../language/terms/op.js'

// --- model
/** One axis, several, or all of them (`null` or omitted); negative axes count from the end. */
export type Axis = number | ReadonlyArray<number> | null

/** The axes of a reduction, and whether they stay as axes of size 1. */
export type Reduction = Readonly<{ axis?: Axis; keepdims?: boolean }>

/** One axis. */
export type Along = Readonly<{ axis?: number }>

/** One axis, or `null` for all elements in row-major order. */
export type AlongOrFlat = Readonly<{ axis?: number | null }>

/** Options of cumulative functions: an axis, or all elements, and whether to start from the end. */
export type Cumulative = AlongOrFlat & Readonly<{ reverse?: boolean }>

/** Options of a search: an axis, or all elements, and whether the axis stays as an axis of size 1. */
export type Search = AlongOrFlat & Readonly<{ keepdims?: boolean }>

/** Which elements count, as truth values that broadcast to the operand; by default all. */
export type Counted = Readonly<{ where?: Like }>

/** A function of two operands. Called with only the second, it returns a function of the first: `pipe(x, np.div(2))`. */
export interface Binary {
  (y: Like): (x: Like) => Tensor
  // Stands last, since TypeScript infers a function argument's type from its last overload.
  (x: Like, y: Like): Tensor
}

// --- constructors
export const reductionOptions: Known<Reduction> = known<Reduction>({ axis: 'checked', keepdims: 'boolean' })
export const alongOptions: Known<Along> = known<Along>({ axis: 'checked' })
export const alongOrFlatOptions: Known<AlongOrFlat> = known<AlongOrFlat>({ axis: 'checked' })
export const cumulativeOptions: Known<Cumulative> = known<Cumulative>({ axis: 'checked', reverse: 'boolean' })
export const searchOptions: Known<Search> = known<Search>({ axis: 'checked', keepdims: 'boolean' })
export const countedOptions: Known<Reduction & Counted> = known<Reduction & Counted>({
  axis: 'checked',
  keepdims: 'boolean',
  where: 'checked'
})

/** The function `name` of two operands made to work in `pipe` too. */
export const binary = (name: string, f: (x: Like, y: Like) => Tensor): Binary =>
  ((...operands: ReadonlyArray<Like>) =>
    operands.length === 1
      ? (x: Like) => f(x, operands[0])
      : operands.length === 2 || isReduced(operands)
        ? f(operands[0], operands[1])
        : notTwo(name, operands)) as Binary

// `xs.reduce(np.add)` gives the place of the second operand and all of them too.
const isReduced = ([, y, place, all]: ReadonlyArray<unknown>): boolean =>
  isArray(all) && typeof place === 'number' && Object.is(all[place], y)

const notTwo = (name: string, operands: ReadonlyArray<unknown>): never =>
  fail('TreeError', name, `${operands.length} operands are given, and it takes two`, {
    hint: `write ${name}(x, y), or pipe(x, ${name}(y)); nest the calls for more operands; there are no options`
  })

// --- combinators
/** The operation `op` as a function of two operands under the name `name`. */
export const binaryAs = (name: string, op: Op<2>): Binary => binary(name, (x, y) => applyAs(name, op, [x, y]))

/** The axes a reduction runs over, from the front and in order; `AxisError` for one that is not there. */
export const axesOf = (name: string, x: Tensor, axis: Axis | undefined): Array<number> =>
  axis === undefined || axis === null
    ? S.range(x.type.shape.length)
    : checkAxes(name, listOf(name, 'axis', axis), x.type)

/** Axes from the front, in the order in which they are named; `AxisError` for one that is not there, or named twice. */
export const axesInOrder = (name: string, x: Tensor, axes: number | ReadonlyArray<number>, what = 'axis'): S.Axes => {
  const named = listOf(name, what, axes)
  checkAxes(name, named, x.type)
  return named.map((axis) => axisOf(name, x, axis))
}

/** One axis from the front; `AxisError` if it is not there. */
export const axisOf = (name: string, x: Tensor, axis: number): number => checkAxes(name, [axis], x.type)[0]

/** A number or a list of numbers, as a list; `TreeError` for anything else. */
export const listOf = (name: string, what: string, x: number | ReadonlyArray<number>): ReadonlyArray<number> => {
  if (typeof x === 'number') return [x]
  try {
    return isTypedArray(x) ? Array.from(elementsOf(name, x)) : isNumbers(x) ? x : notNumbers(name, what, x)
  } catch (thrown) {
    return passOn(x, thrown, () => notNumbers(name, what, x))
  }
}

const notNumbers = (name: string, what: string, x: unknown): never => {
  const at = isArray(x) ? x.findIndex((n) => typeof n !== 'number') : -1
  const wrong: unknown = at < 0 ? x : (x as ReadonlyArray<unknown>)[at]
  return fail('TreeError', name, `the ${what}${at < 0 ? '' : `[${at}]`} is ${describe(wrong)}`, {
    hint:
      isA(wrong, Tensor) || isA(wrong, NDArray)
        ? `the ${what} must be known while a program is built: give a JavaScript number, such as run(n).item()`
        : 'give a number, or an array of numbers'
  })
}

// `every` would pass over the holes of a sparse array.
const isNumbers = (x: unknown): boolean => isArray(x) && x.findIndex((n) => typeof n !== 'number') < 0

/** An array of operands; `TreeError` for anything else. */
export const operandsOf = (name: string, xs: ReadonlyArray<Like>): ReadonlyArray<Like> =>
  isDense(xs)
    ? (xs as ReadonlyArray<Like>)
    : fail('TreeError', name, isArray(xs) ? 'an operand is missing' : 'the operand is not an array of tensors', {
        hint: 'give the tensors as an array without holes: [x, y]'
      })

/** A shape given as a number or a list; `ShapeError` for one that is none. */
export const shapeOf = (name: string, shape: number | S.Shape): S.Shape => {
  const sizes = listOf(name, 'shape', shape)
  return shapeIn(name, sizes)
}

/** The shape of `x` with `axes` of size 1. */
export const keptShape = (x: Tensor, axes: S.Axes): S.Shape =>
  x.type.shape.map((n, axis) => (axes.includes(axis) ? 1 : n))

/** The result of a reduction of `x` over `axes`, with the axes put back as axes of size 1 if they are to be kept. */
export const kept = (result: Tensor, x: Tensor, axes: S.Axes, keepdims: boolean | undefined): Tensor =>
  keepdims === true ? reshaped(result, keptShape(x, axes)) : result

/** Where elements of `x` count, in its shape. */
export const maskOf = (name: string, x: Tensor, where: Like): Tensor =>
  broadcastTo(asBool(name, where), x.type.shape, name)

/** The elements that count, and `otherwise` in place of the rest. */
export const counted = (name: string, x: Tensor, where: Like | undefined, otherwise: number): Tensor =>
  where === undefined ? x : select(maskOf(name, x, where), x, literal(otherwise, x.type.dtype))

/** The operand as truth values: true where it is not 0. */
export const asBool = (name: string, x: Like): Tensor => {
  const t = lift(name, x)
  return t.type.dtype === 'bool' ? t : ne(t, 0)
}

/** Operands broadcast to the shape in which they meet; `ShapeError` if they meet in none. */
export const together = (name: string, xs: ReadonlyArray<Tensor>): ReadonlyArray<Tensor> => {
  let shape: S.Shape | undefined = []
  for (const { type } of xs) shape = shape === undefined ? undefined : S.broadcast(shape, type.shape)
  const met =
    shape ??
    fail('ShapeError', name, 'the shapes do not broadcast together', {
      operands: xs.map((x) => x.type),
      hint: 'aligned at their last axis, sizes must be equal or 1; np.expandDims inserts an axis of size 1'
    })
  return xs.map((x) => broadcastTo(x, met, name))
}

/** The operand as numbers: a bool is 0 or 1 in int32. */
export const asNumber = (name: string, x: Like): Tensor => {
  const t = lift(name, x)
  return t.type.dtype === 'bool' ? convertNode(t, 'int32') : t
}

/** Operands as real numbers of one dtype: integers and bools become float64. Throws `DTypeError` for complex numbers. */
export const reals = (name: string, xs: ReadonlyArray<Like>): ReadonlyArray<Tensor> => {
  const given = floats(name, xs)
  if (given.some(({ type }) => isComplex(type.dtype)))
    fail('DTypeError', name, 'the function takes real numbers only', {
      operands: given.map((x) => x.type),
      hint: 'take the real or the imaginary part first (np.real, np.imag), or the absolute value (np.abs)'
    })
  return given
}

/** The operand as real numbers. Throws `DTypeError` for complex numbers. */
export const asReal = (name: string, x: Like): Tensor => reals(name, [x])[0]

/** The operand as real or complex numbers: integers and bools become float64. */
export const asFloat = (name: string, x: Like): Tensor => floats(name, [x])[0]

/** Whether the elements are real or complex numbers, not integers or bools. */
export const isNumeric = (x: Tensor): boolean => isInexact(x.type.dtype)

/** The conjugate of complex numbers; a real term as it is, without another node. */
export const conjugated = (x: Tensor): Tensor => (isComplex(x.type.dtype) ? conj(x) : x)

/** The real part of complex numbers; a real term as it is, without another node. */
export const realOf = (x: Tensor): Tensor => (isComplex(x.type.dtype) ? real(x) : x)

/** A function of real numbers, of both parts of complex ones. */
export const ofParts = (x: Tensor, f: (x: Tensor) => Tensor): Tensor =>
  isComplex(x.type.dtype) ? complex(f(real(x)), f(imag(x))) : f(x)

/** The operand converted to a dtype if one is named, unless it has it already. `DTypeError` for one that is none. */
export const inDType = (name: string, x: Tensor, dtype: DType | undefined): Tensor => {
  if (dtype === undefined) return x
  checkDType(name, dtype)
  return x.type.dtype === dtype && !x.type.weak ? x : convertNode(x, dtype)
}

/** All elements along one axis. */
export const flat = (x: Tensor): Tensor => reshaped(x, [S.size(x.type.shape)])

/** Each element times a real number: of a complex one part by part, half as many products, and no infinite part makes a NaN. */
export const scaledBy = (x: Tensor, factor: Tensor | number): Tensor =>
  isComplex(x.type.dtype) ? complex(mul(real(x), factor), mul(imag(x), factor)) : mul(x, factor)
