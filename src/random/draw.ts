/** What all draws share: the shape and dtype asked for, and parameters that are tensors of that dtype. */
import { shapeIn } from '../language/data/array.js'
import { written } from '../language/data/describe.js'
import { type ComplexDType, type DType, isComplex, isFloating } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { type Known, known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import { literal, type Tensor } from '../language/terms/term.js'
import { convert } from '../ops/convert.js'

// --- model
/** The dtypes that real numbers are drawn in. The same key gives unrelated numbers in each. */
export type Floating = 'float64' | 'float32'

/** The dtypes that normal numbers are drawn in: real or complex. */
export type Inexact = Floating | ComplexDType

/** The dtype of a draw of real or complex numbers, by default float64. */
export type InexactOptions = Readonly<{ dtype?: Inexact }>

/** The dtype of a draw of real numbers, by default float64. */
export type FloatOptions = Readonly<{ dtype?: Floating }>

// --- constructors
export const floatOptions: Known<FloatOptions> = known<FloatOptions>({ dtype: 'checked' })
export const inexactOptions: Known<InexactOptions> = known<InexactOptions>({ dtype: 'checked' })

// --- combinators
/** `dtype` if it is one of real numbers, otherwise a `DTypeError`. */
export const checkFloating = (name: string, dtype: DType): Floating =>
  dtype === 'float64' || dtype === 'float32'
    ? dtype
    : fail('DTypeError', name, `the dtype ${written(dtype)} is not a dtype of real numbers`, {
        hint: "draw 'float64' or 'float32'"
      })

/** `dtype` if it is one of real or complex numbers, otherwise a `DTypeError`. */
export const checkInexact = (name: string, dtype: DType): Inexact =>
  isComplex(dtype) ? (dtype as ComplexDType) : checkFloating(name, dtype)

/** `shape` if it is one whose elements can be counted, otherwise a `ShapeError`. */
export const checkShape = (name: string, shape: S.Shape): S.Shape => {
  const sizes = shapeIn(name, shape)
  if (S.size(sizes) >= 2 ** 32)
    fail('ShapeError', name, `[${sizes.join(',')}] has 2^32 elements or more`, {
      hint: 'draw in parts, from split keys'
    })
  return sizes
}

/** A parameter of a distribution in the dtype of the draw. */
export const parameter = (name: string, x: Like, dtype: DType): Tensor => {
  if (typeof x === 'number') return literal(x, dtype)
  const lifted = lift(name, x)
  return lifted.type.dtype === dtype ? lifted : convert(lifted, { dtype })
}

/** A probability, whose dtype is that of the uniform numbers it is compared with; `DTypeError` for what is not real. */
export const probability = (name: string, p: Like): Tensor => {
  const given = lift(name, p)
  return isFloating(given.type.dtype)
    ? given
    : fail('DTypeError', name, 'the probability is not a real number', {
        operands: [given.type],
        hint: "convert it first: tensor(p, { dtype: 'float64' })"
      })
}

/** The shape asked for, to which the parameters broadcast; if none is, the one in which the parameters meet. */
export const drawShape = (name: string, shape: S.Shape | undefined, parameters: ReadonlyArray<Tensor>): S.Shape => {
  const asked = checkShape(name, shape ?? [])
  let met: S.Shape | undefined = asked
  for (const { type } of parameters) met = met === undefined ? undefined : S.broadcast(met, type.shape)
  if (met === undefined || (shape !== undefined && !S.equals(met, asked)))
    return fail(
      'ShapeError',
      name,
      `the parameters do not broadcast to ${shape === undefined ? 'one shape' : `[${asked.join(',')}]`}`,
      {
        operands: parameters.map((x) => x.type),
        hint: 'aligned at the last axis, each size of a parameter must be 1 or the size of the shape'
      }
    )
  return checkShape(name, met)
}
