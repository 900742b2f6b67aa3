/** Costs: floating-point operations, counted as the additions and multiplications a good kernel makes. */

import { isComplex } from '../language/data/dtype.js'
import * as S from '../language/data/shape.js'
import type { Type } from '../language/data/type.js'
import type { Declaration } from '../language/terms/op.js'

type Flops = NonNullable<Declaration<unknown>['flops']>

/** `n` operations for every element of the result. */
export const perElement =
  (n: number): Flops =>
  (_types: ReadonlyArray<Type>, _params: unknown, type: Type): number =>
    n * S.size(type.shape)

/** `n` operations for every element of the result, if the first operand is complex, and otherwise one. */
export const perComplex =
  (n: number): Flops =>
  ([x], _, type) =>
    (isComplex(x.dtype) ? n : 1) * S.size(type.shape)

/** One operation for every element of the first operand: a reduction. */
export const perOperand: Flops = ([x]) => S.size(x.shape)

/** Only memory moves. */
export const movement: Flops = () => 0

/** exp, sin, pow and their like: a range reduction and a polynomial of about ten terms; of a complex number four of them. */
export const elementary: Flops = ([x], _, type) => (isComplex(x.dtype) ? 40 : 10) * S.size(type.shape)

/** erf, lgamma and their like: several polynomials. */
export const special: Flops = perElement(30)
