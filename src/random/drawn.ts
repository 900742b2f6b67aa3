/** Draws of real numbers with parameters: the key, shape and dtype that were asked for, and what is drawn with them. */

import type * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { checkFloating, drawShape, type Floating, type FloatOptions, floatOptions, parameter } from './draw.js'
import { asKey } from './key.js'

// --- model
/** The numbers of a draw, from its key, shape and dtype, and its parameters in that dtype. */
export type Formula = (
  key: Tensor,
  size: S.Shape,
  options: Readonly<{ dtype: Floating }>,
  ...parameters: ReadonlyArray<Tensor>
) => Tensor

// --- combinators
/** A draw by a formula; the parameters broadcast to the shape, and without one to each other. */
export const drawn = (
  name: string,
  key: Like,
  parameters: ReadonlyArray<Like>,
  shape: S.Shape | undefined,
  options: FloatOptions | undefined,
  formula: Formula
): Tensor => {
  const { dtype = 'float64' } = floatOptions(name, options)
  const floating = checkFloating(name, dtype)
  const given = parameters.map((x) => parameter(name, x, floating))
  return formula(asKey(name, key), drawShape(name, shape, given), { dtype: floating }, ...given)
}
