/** Windows by NumPy's names: vectors of weights for samples, which fall off towards both ends. */

import { countOf } from '../language/data/count.js'
import * as T from '../language/data/type.js'
import type { Tensor } from '../language/terms/term.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'

// --- constructors
// A window by its height at each place, told from -1 at one end to 1 at the other; one element alone is 1.
const windowOf =
  (name: string, height: (place: Tensor) => Tensor) =>
  (n: number): Tensor => {
    if (countOf(name, 'n', n, 'elements') === 1) return fill(T.of('float64', [1]), 1)
    const index = ops.iota({ dtype: 'float64', shape: [n], axis: 0 })
    return height(ops.sub(ops.div(ops.mul(2, index), n - 1), 1))
  }

const cosine = (place: Tensor): Tensor => ops.cos(ops.mul(Math.PI, place))

/**
 * Bartlett's window of n elements: a triangle.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.bartlett(5)).toNested(), [0, 0.5, 1, 0.5, 0])
 */
export const bartlett: (n: number) => Tensor = windowOf('np.bartlett', (place) => ops.sub(1, ops.abs(place)))
/** Hann's window of n elements: a raised cosine. */
export const hanning: (n: number) => Tensor = windowOf('np.hanning', (place) =>
  ops.add(0.5, ops.mul(0.5, cosine(place)))
)
/** Hamming's window of n elements: a raised cosine with 0.08 at the ends. */
export const hamming: (n: number) => Tensor = windowOf('np.hamming', (place) =>
  ops.add(0.54, ops.mul(0.46, cosine(place)))
)
/** Blackman's window of n elements: a sum of two cosines. */
export const blackman: (n: number) => Tensor = windowOf('np.blackman', (place) =>
  ops.add(ops.add(0.42, ops.mul(0.5, cosine(place))), ops.mul(0.08, cosine(ops.mul(2, place))))
)
