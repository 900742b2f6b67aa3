/** Windows by NumPy's names: vectors of weights for samples, which fall off towards both ends. */
import { array } from '../language/array.js'
import * as S from '../language/shape.js'
import { constant, type Tensor } from '../language/term.js'
import { countOf } from './operands.js'

// --- constructors
// A window by its height at each place, told from -1 at one end to 1 at the other; one element alone is 1.
const windowOf =
  (name: string, height: (place: number) => number) =>
  (n: number): Tensor => {
    const places = S.range(countOf(name, 'n', n, 'elements'))
    return constant(array(Float64Array.from(places, (k) => (n === 1 ? 1 : height((2 * k) / (n - 1) - 1)))))
  }

const cosine = (place: number): number => Math.cos(Math.PI * place)

/**
 * Bartlett's window of n elements: a triangle.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * assert.deepStrictEqual(run(np.bartlett(5)).toNested(), [0, 0.5, 1, 0.5, 0])
 */
export const bartlett: (n: number) => Tensor = windowOf('np.bartlett', (place) => 1 - Math.abs(place))
/** Hann's window of n elements: a raised cosine. */
export const hanning: (n: number) => Tensor = windowOf('np.hanning', (place) => 0.5 + 0.5 * cosine(place))
/** Hamming's window of n elements: a raised cosine with 0.08 at the ends. */
export const hamming: (n: number) => Tensor = windowOf('np.hamming', (place) => 0.54 + 0.46 * cosine(place))
/** Blackman's window of n elements: a sum of two cosines. */
export const blackman: (n: number) => Tensor = windowOf(
  'np.blackman',
  (place) => 0.42 + 0.5 * cosine(place) + 0.08 * cosine(2 * place)
)
