/** Reductions that ignore NaN, by NumPy's names. */

import { type Known, known } from '../language/data/options.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import {
  type Cumulative,
  cumulativeOptions,
  isNumeric,
  type Reduction,
  reductionOptions,
  type Search,
  searchOptions
} from './operands.js'
import { cumulative, extreme as extremeOf, position as positionOf, quantifier, total } from './reduction.js'
import { meanOf, stdOf, varianceOf } from './statistics.js'

// --- constructors
/** The elements, and which of them are numbers, if NaN may be among them. */
const numbersOf = (name: string, x: Like): readonly [Tensor, Readonly<{ where?: Tensor }>] => {
  const t = lift(name, x)
  return [t, isNumeric(t) ? { where: ops.eq(t, t) } : {}]
}

// A reduction of numbers alone.
const ofNumbers =
  <Options extends Reduction>(
    name: string,
    reduce: (x: Like, options: Options & Readonly<{ where?: Like }>) => Tensor,
    read: Known<Options>
  ) =>
  (x: Like, options?: Options): Tensor => {
    const given = read(name, options)
    const [t, numbers] = numbersOf(name, x)
    return reduce(t, { ...given, ...numbers })
  }

/**
 * The sum over `axis` of the elements that are not NaN.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.strictEqual(run(np.nansum([1, NaN, 3])).item(), 4)
 */
export const nansum: (x: Like, options?: Reduction) => Tensor = ofNumbers(
  'np.nansum',
  total('np.nansum', ops.sum, ops.add, 0),
  reductionOptions
)
/** The product over `axis` of the elements that are not NaN. */
export const nanprod: (x: Like, options?: Reduction) => Tensor = ofNumbers(
  'np.nanprod',
  total('np.nanprod', ops.prod, ops.mul, 1),
  reductionOptions
)
/** The mean over `axis` of the elements that are not NaN; NaN if there is none. */
export const nanmean: (x: Like, options?: Reduction) => Tensor = ofNumbers(
  'np.nanmean',
  (x, options) => meanOf('np.nanmean', x, options),
  reductionOptions
)

// Running totals with `neutral` in place of NaN.
const running =
  (name: string, op: typeof ops.cumsum, neutral: number) =>
  (x: Like, options?: Cumulative): Tensor => {
    const given = cumulativeOptions(name, options)
    const [t, { where }] = numbersOf(name, x)
    return cumulative(name, op)(where === undefined ? t : ops.select(where, t, neutral), given)
  }

/** The cumulative sums of the elements that are not NaN; see `cumsum`. */
export const nancumsum: (x: Like, options?: Cumulative) => Tensor = running('np.nancumsum', ops.cumsum, 0)
/** The cumulative products of the elements that are not NaN; see `cumprod`. */
export const nancumprod: (x: Like, options?: Cumulative) => Tensor = running('np.nancumprod', ops.cumprod, 1)

type Spread = Reduction & Readonly<{ ddof?: number }>
const spreadOptions = known<Spread>({ axis: 'checked', keepdims: 'boolean', ddof: 'number' })

/** The variance over `axis` of the elements that are not NaN; NaN if there are at most `ddof` of them. */
export const nanvar: (x: Like, options?: Spread) => Tensor = ofNumbers(
  'np.nanvar',
  (x, options) => varianceOf('np.nanvar', x, options),
  spreadOptions
)
/** The standard deviation over `axis` of the elements that are not NaN, the square root of `nanvar`. */
export const nanstd: (x: Like, options?: Spread) => Tensor = ofNumbers(
  'np.nanstd',
  (x, options) => stdOf('np.nanstd', x, options),
  spreadOptions
)

// What is found with `worst` in place of NaN; `none` where there is no number.
const foundAmong =
  <Options extends Reduction>(
    name: string,
    find: (x: Like, options: Options) => Tensor,
    worst: number,
    none: number,
    read: Known<Options>
  ) =>
  (x: Like, options?: Options): Tensor => {
    const given = read(name, options)
    const [t, { where }] = numbersOf(name, x)
    if (where === undefined) return find(t, given)
    return ops.select(
      quantifier(name, ops.all, 1)(ops.not(where), given),
      none,
      find(ops.select(where, t, worst), given)
    )
  }

const extreme = (name: string, op: typeof ops.max, join: typeof ops.maximum, worst: number) =>
  foundAmong<Reduction>(name, extremeOf(name, op, join), worst, Number.NaN, reductionOptions)
const position = (name: string, op: typeof ops.argmax, worst: number) =>
  foundAmong<Search>(name, positionOf(name, op), worst, -1, searchOptions)

/** The index along `axis`, or among all elements, of the largest that is not NaN; -1 if there is none. */
export const nanargmax: (x: Like, options?: Search) => Tensor = position('np.nanargmax', ops.argmax, -Infinity)
/** The index along `axis`, or among all elements, of the smallest that is not NaN; -1 if there is none. */
export const nanargmin: (x: Like, options?: Search) => Tensor = position('np.nanargmin', ops.argmin, Infinity)

/** The largest element over `axis` that is not NaN; NaN if all are NaN. Throws `ShapeError` if there are no elements. */
export const nanmax: (x: Like, options?: Reduction) => Tensor = extreme('np.nanmax', ops.max, ops.maximum, -Infinity)
/** The smallest element over `axis` that is not NaN; see `nanmax`. */
export const nanmin: (x: Like, options?: Reduction) => Tensor = extreme('np.nanmin', ops.min, ops.minimum, Infinity)
