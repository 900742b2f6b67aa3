/** Padding: a border around a tensor, of one number or of the tensor's own elements. */

import { array } from '../language/data/array.js'
import { countOf, mostNumbers } from '../language/data/count.js'
import { written, writtenList } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { isArray } from '../language/data/lists.js'
import { named } from '../language/data/named.js'
import { known } from '../language/data/options.js'
import { type Like, lift } from '../language/terms/op.js'
import { constant, type Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'

// --- model
/** The width of the border before and after the elements: the same for all axes, or for each axis. */
export type Width = number | readonly [number, number] | ReadonlyArray<readonly [number, number]>

/** The contents of the border, shown for the elements `a b c`. */
export type Mode =
  /** `0 0 a b c 0 0`, or another number: `value` */
  | 'constant'
  /** `a a a b c c c` */
  | 'edge'
  /** `c b a b c b a`: mirrored at the outermost elements */
  | 'reflect'
  /** `b a a b c c b`: mirrored behind the outermost elements */
  | 'symmetric'
  /** `b c a b c a b`: again from the other end */
  | 'wrap'

// --- combinators
const modulo = (i: number, n: number): number => ((i % n) + n) % n
const mirrored = (i: number, period: number): number => {
  const at = modulo(i, period)
  return Math.min(at, period - at)
}

/** The place in an axis of size `n` of the element that stands `i` places after the first, outside too. */
const places: Readonly<Record<Exclude<Mode, 'constant'>, (i: number, n: number) => number>> = {
  edge: (i, n) => Math.min(n - 1, Math.max(0, i)),
  reflect: (i, n) => (n === 1 ? 0 : mirrored(i, 2 * (n - 1))),
  symmetric: (i, n) => Math.min(modulo(i, 2 * n), 2 * n - 1 - modulo(i, 2 * n)),
  wrap: modulo
}

type Border = Readonly<{ mode?: Mode; value?: Like }>
const modes = ['constant', ...Object.keys(places)] as ReadonlyArray<Mode>
const borderOptions = known<Border>({ mode: modes, value: 'checked' })

/**
 * Adds a border around the elements: `width` on every side, `[before, after]` on every axis, or a pair for each axis.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.pad([1, 2, 3], 1)).toNested(), [0, 1, 2, 3, 0])
 * assert.deepStrictEqual(run(np.pad([1, 2, 3], [2, 0], { mode: 'reflect' })).toNested(), [3, 2, 1, 2, 3])
 */
export const pad = named('np.pad', (x: Like, width: Width, options?: Border): Tensor => {
  const { mode = 'constant', value = 0 } = borderOptions('np.pad', options)
  const t = lift('np.pad', x)
  const widths = widthsOf(t, width)
  if (mode === 'constant')
    return ops.pad(t, ops.convert(value, { dtype: t.type.dtype, weak: t.type.weak }), {
      low: widths.map(([low]) => low),
      high: widths.map(([, high]) => high),
      interior: widths.map(() => 0)
    })
  return widths.reduce((y, [low, high], axis) => {
    const n = y.type.shape[axis]
    if (low === 0 && high === 0) return y
    countOf('np.pad', 'the size of the axis', low + n + high, 'elements', { most: mostNumbers, operands: [t.type] })
    const from = Int32Array.from({ length: low + n + high }, (_, i) => places[mode](i - low, n))
    if (n === 0)
      fail('ShapeError', 'np.pad', `axis ${axis} is empty, so there are no elements to pad with`, {
        operands: [t.type],
        hint: "mode 'constant' pads an empty axis"
      })
    return ops.gather(y, constant(array(from)), { axis, batch: 0 })
  }, t)
})

const widthsOf = (x: Tensor, width: Width): ReadonlyArray<readonly [number, number]> => {
  const { shape } = x.type
  const pair = (list: Width): list is readonly [number, number] =>
    isArray(list) && list.length === 2 && list.every((n) => typeof n === 'number')
  const widths =
    typeof width === 'number'
      ? shape.map(() => [width, width] as const)
      : pair(width)
        ? shape.map(() => width)
        : (width as ReadonlyArray<readonly [number, number]>)
  const isWidth = (w: unknown) =>
    isArray(w) && w.length === 2 && w.every((n) => Number.isInteger(n) && (n as number) >= 0)
  const fits = isArray(widths) && widths.length === shape.length && widths.every(isWidth)
  if (!fits)
    fail('ShapeError', 'np.pad', `the width is ${isArray(width) ? writtenList(width) : written(width)}`, {
      operands: [x.type],
      hint: 'give a non-negative integer, [before, after], or such a pair for each axis'
    })
  return widths
}
