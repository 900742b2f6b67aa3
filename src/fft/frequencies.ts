/** Frequencies: the frequency of each element of a Fourier transform, and their order. */
import { countOf } from '../language/data/count.js'
import { known } from '../language/data/options.js'
import type * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { axesOf } from '../numpy/operands.js'
import { roll } from '../numpy/shape.js'
import * as ops from '../ops/index.js'

// --- model
type Spacing = Readonly<{ d?: Like }>
const spacingOptions = known<Spacing>({ d: 'checked' })

type Axes = Readonly<{ axes?: number | S.Axes }>
const axesOptions = known<Axes>({ axes: 'checked' })

/** A function that moves numbers of any dtype along some axes, or along all. */
export type Shift = (x: Like, options?: Axes) => Tensor

// --- constructors
/**
 * The frequencies of the elements of `fft` of n samples at distance `d` (1), in cycles per unit of d: first 0 and the
 * positive ones, then the negative ones.
 * @example
 * import { run } from 'freegrad'
 * import { fftfreq } from 'freegrad/fft'
 * assert.deepStrictEqual(run(fftfreq(4, { d: 0.5 })).toNested(), [0, 0.5, -1, -0.5])
 */
export const fftfreq = (n: number, options?: Spacing): Tensor =>
  frequencies(
    'fft.fftfreq',
    n,
    options,
    (n) => n,
    (k) => ops.select(ops.lt(ops.mul(2, k), n), k, ops.sub(k, n))
  )

/** The frequencies of the elements of `rfft`: from 0 up to half of the sampling rate. */
export const rfftfreq = (n: number, options?: Spacing): Tensor =>
  frequencies(
    'fft.rfftfreq',
    n,
    options,
    (n) => Math.floor(n / 2) + 1,
    (k) => k
  )

const shift =
  (name: string, middle: (half: number) => number): Shift =>
  (x, options) => {
    const { axes = null } = axesOptions(name, options)
    const t = lift(name, x)
    const all = axesOf(name, t, axes)
    const steps = all.map((axis) => middle(t.type.shape[axis] / 2))
    return all.length === 0 ? t : roll(t, steps, { axis: all })
  }

const frequencies = (
  name: string,
  n: number,
  options: Spacing | undefined,
  many: (n: number) => number,
  cycles: (index: Tensor) => Tensor
): Tensor => {
  const { d = 1 } = spacingOptions(name, options)
  const shape = [many(countOf(name, 'n', n, 'samples', { least: 1 }))]
  return ops.div(ops.div(cycles(ops.iota({ dtype: 'float64', shape, axis: 0 })), n), d)
}

// --- combinators
/**
 * Moves the frequency 0 to the middle, along some axes or all; for real or complex numbers.
 * @example
 * import { run } from 'freegrad'
 * import { fftfreq, fftshift } from 'freegrad/fft'
 * assert.deepStrictEqual(run(fftshift(fftfreq(4))).toNested(), [-0.5, -0.25, 0, 0.25])
 */
export const fftshift: Shift = shift('fft.fftshift', Math.floor)

/** The inverse of `fftshift`. */
export const ifftshift: Shift = shift('fft.ifftshift', Math.ceil)
