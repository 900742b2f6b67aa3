/** Initializers: random initial parameters from a key, the same numbers as JAX's. */

import { isComplex, partOf } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { type Kinds, known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { listOf } from '../numpy/operands.js'
import { mul, neg, sub } from '../ops/arithmetic.js'
import { fill } from '../ops/broadcast.js'
import { complex } from '../ops/complex.js'
import { log, sqrt } from '../ops/exponential.js'
import { checkAxes } from '../ops/rules.js'
import { cos, sin } from '../ops/trigonometric.js'

import {
  checkInexact,
  checkShape,
  type Floating,
  type FloatOptions,
  type InexactOptions,
  inexactOptions
} from '../random/draw.js'
import { split } from '../random/key.js'
import { normal as drawNormal } from '../random/normal.js'
import { truncatedNormal as drawTruncated } from '../random/truncated.js'
import { uniform as drawUniform } from '../random/uniform.js'

// --- model
type Initializer<O> = (key: Like, shape: S.Shape, options?: O) => Tensor

type Uniform = FloatOptions & Readonly<{ scale?: Like }>
const uniformOptions = known<Uniform>({ dtype: 'checked', scale: 'checked' })

type Normal = InexactOptions & Readonly<{ stddev?: Like }>
const normalOptions = known<Normal>({ dtype: 'checked', stddev: 'checked' })

/**
 * Which axes of the parameters belong to the inputs (by default the second to last), to the outputs (the last), and to a
 * batch of several layers (none). All others are positions of a receptive field, with the same inputs and outputs at
 * each.
 */
export type Fans = InexactOptions &
  Readonly<{
    inAxis?: number | ReadonlyArray<number>
    outAxis?: number | ReadonlyArray<number>
    batchAxis?: number | ReadonlyArray<number>
  }>
const fansKinds: Kinds<Fans> = { dtype: 'checked', inAxis: 'checked', outAxis: 'checked', batchAxis: 'checked' }
const fansOptions = known<Fans>(fansKinds)

const modes = ['fanIn', 'fanOut', 'fanAvg'] as const
const distributions = ['truncatedNormal', 'normal', 'uniform'] as const
type Mode = (typeof modes)[number]
type Distribution = (typeof distributions)[number]

/** The variance is `scale` divided by the number of inputs, the number of outputs, or the mean of both. */
export type Scaling = Fans & Readonly<{ scale?: number; mode?: Mode; distribution?: Distribution }>
const scalingOptions = known<Scaling>({ ...fansKinds, scale: 'number', mode: modes, distribution: distributions })

// The standard deviation of the normal distribution between -2 and 2, and of the complex one within a distance of 2 from 0.
const truncated = 0.8796256610342398
const truncatedDisk = 0.9531116438049121

// --- constructors
const constant =
  (name: string, value: number): Initializer<InexactOptions> =>
  (_, shape, options) => {
    const { dtype = 'float64' } = inexactOptions(name, options)
    return fill(T.of(checkInexact(name, dtype), checkShape(name, shape)), value)
  }

/** Zeros, for any key. */
export const zeros: Initializer<InexactOptions> = constant('initializers.zeros', 0)

/** Ones, for any key. */
export const ones: Initializer<InexactOptions> = constant('initializers.ones', 1)

// --- combinators
/** Uniform numbers from 0 to `scale`, 0.01 by default. */
export const uniform = (key: Like, shape: S.Shape, options?: Uniform): Tensor => {
  const { dtype, scale = 0.01 } = uniformOptions('initializers.uniform', options)
  return mul(drawUniform(key, shape, { dtype }), scale)
}

/** Normal numbers with standard deviation `stddev`, 0.01 by default. */
export const normal = (key: Like, shape: S.Shape, options?: Normal): Tensor => {
  const { dtype, stddev = 0.01 } = normalOptions('initializers.normal', options)
  return mul(drawNormal(key, shape, { dtype }), stddev)
}

/**
 * Random numbers with variance `scale` (1) divided by `mode`: the number of inputs (`'fanIn'`, the default), the number
 * of outputs (`'fanOut'`), or their mean (`'fanAvg'`). The distribution is the normal distribution truncated at two
 * standard deviations, or the one that is given. Complex numbers have the same variance; truncated and uniform ones lie in a disk. Throws `ShapeError` for a shape with fewer than two axes.
 * @example
 * import { run } from 'freegrad'
 * import { initializers } from 'freegrad/nn'
 * import { key } from 'freegrad/random'
 * const weights = run(initializers.varianceScaling(key(0), [25, 3], { scale: 3, distribution: 'uniform' }))
 * assert.ok(weights.data.every((x) => Math.abs(x) <= 0.6))
 */
export const varianceScaling = (key: Like, shape: S.Shape, options?: Scaling): Tensor =>
  scaled('initializers.varianceScaling', key, shape, scalingOptions('initializers.varianceScaling', options))

const scaled = (name: string, key: Like, shape: S.Shape, options: Scaling): Tensor => {
  const { dtype = 'float64', scale = 1, mode = 'fanIn', distribution = 'truncatedNormal' } = options
  // As JAX computes the scale, in the dtype of the numbers.
  const part = partOf(checkInexact(name, dtype)) as Floating
  const rounded = part === 'float32' ? Math.fround : Number
  const variance = rounded(scale / fan(name, shape, mode, options))
  const deviation = rounded(Math.sqrt(variance))
  switch (distribution) {
    case 'truncatedNormal':
      return isComplex(dtype)
        ? mul(inDisk(key, shape, part, truncatedRadius), rounded(deviation / rounded(truncatedDisk)))
        : mul(drawTruncated(key, -2, 2, shape, { dtype: part }), rounded(deviation / rounded(truncated)))
    case 'normal':
      return mul(drawNormal(key, shape, { dtype }), deviation)
    case 'uniform':
      return isComplex(dtype)
        ? mul(inDisk(key, shape, part, uniformRadius), deviation)
        : mul(drawUniform(key, shape, { dtype: part, min: -1 }), rounded(Math.sqrt(rounded(3 * variance))))
  }
}

// Complex numbers whose angles are uniform, and whose distances from 0 are a function of uniform numbers, as JAX draws them.
const inDisk = (key: Like, shape: S.Shape, dtype: Floating, radius: (u: Tensor) => Tensor): Tensor => {
  const [ofRadius, ofAngle] = split(key)
  const r = radius(drawUniform(ofRadius, shape, { dtype }))
  const angle = mul(2 * Math.PI, drawUniform(ofAngle, shape, { dtype }))
  return complex(mul(r, cos(angle)), mul(r, sin(angle)))
}

const uniformRadius = (u: Tensor): Tensor => sqrt(mul(2, u))
const truncatedRadius = (u: Tensor): Tensor => sqrt(neg(log(sub(1, mul(1 - Math.exp(-4), u)))))

const fan = (name: string, given: S.Shape, mode: Mode, { inAxis = -2, outAxis = -1, batchAxis = [] }: Fans): number => {
  const shape = checkShape(name, given)
  const type = T.of('float64', shape)
  if (shape.length < 2)
    fail('ShapeError', name, 'the shape has no axes for inputs and outputs', {
      operands: [type],
      hint: 'give a shape with at least two axes; initialize a bias with zeros'
    })
  const count = (what: string, axes: number | ReadonlyArray<number>): number =>
    checkAxes(name, listOf(name, what, axes), type).reduce((n, axis) => n * shape[axis], 1)
  const [inputs, outputs] = [count('inAxis', inAxis), count('outAxis', outAxis)]
  const places = S.size(shape) / inputs / outputs / count('batchAxis', batchAxis)
  const sizes: Readonly<Record<Mode, number>> = { fanIn: inputs, fanOut: outputs, fanAvg: (inputs + outputs) / 2 }
  return places * sizes[mode]
}

const named =
  (name: string, scale: number, mode: Mode, distribution: Distribution): Initializer<Fans> =>
  (key, shape, options) =>
    scaled(`initializers.${name}`, key, shape, {
      ...fansOptions(`initializers.${name}`, options),
      scale,
      mode,
      distribution
    })

/** Uniform, with variance 1 over the mean number of inputs and outputs (X. Glorot and Y. Bengio, 2010). */
export const glorotUniform: Initializer<Fans> = named('glorotUniform', 1, 'fanAvg', 'uniform')
/** Truncated normal, with variance 1 over the mean number of inputs and outputs. */
export const glorotNormal: Initializer<Fans> = named('glorotNormal', 1, 'fanAvg', 'truncatedNormal')
/** Uniform, with variance 2 over the number of inputs, for rectifiers (K. He et al., 2015). */
export const heUniform: Initializer<Fans> = named('heUniform', 2, 'fanIn', 'uniform')
/** Truncated normal, with variance 2 over the number of inputs. */
export const heNormal: Initializer<Fans> = named('heNormal', 2, 'fanIn', 'truncatedNormal')
/** Uniform, with variance 1 over the number of inputs (Y. LeCun et al., 1998). */
export const lecunUniform: Initializer<Fans> = named('lecunUniform', 1, 'fanIn', 'uniform')
/** Truncated normal, with variance 1 over the number of inputs. */
export const lecunNormal: Initializer<Fans> = named('lecunNormal', 1, 'fanIn', 'truncatedNormal')
