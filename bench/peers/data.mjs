/** The numbers that every library's workloads start from. */

/**
 * Pseudo-random numbers from -1 to 1, the same for every library.
 * @param {number} n
 * @param {number} seed
 * @returns {Float32Array}
 */
export const numbers = (n, seed) => {
  let x = seed
  return Float32Array.from({ length: n }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    return x / 2 ** 31
  })
}

/** The tutorial's four rows, and whether each is wanted. */
export const tutorial = {
  inputs: Float32Array.of(0.52, 1.12, 0.77, 0.88, -1.08, 0.15, 0.52, 0.06, -1.3, 0.74, -2.49, 1.39),
  targets: Float32Array.of(1, 1, 0, 1),
  W: numbers(3, 1),
  b: 0.25
}

export const rosenbrock = { n: 20, x: numbers(20, 3) }

/** Prey and predators: `x' = a x - b x y`, `y' = -c y + d x y`, in so many steps of such a size. */
export const lotkaVolterra = { parameters: [1.5, 1, 3, 1], start: [1, 1], step: 0.01, steps: 1000 }

export const batched = { n: 100_000, x: numbers(100_000, 5) }

export const longSum = { n: 1_000_000, x: numbers(1_000_000, 7) }

/** Logistic regression: rows of pixels, and whether each is wanted. */
export const largeRegression = {
  rows: 10_000,
  columns: 784,
  x: numbers(10_000 * 784, 13),
  targets: numbers(10_000, 17).map((x) => (x > 0 ? 1 : 0)),
  W: numbers(784, 19).map((x) => x / 28),
  b: 0.1
}

/** Layers of 784, 256, 128 and 10, with tanh between them; labels are one-hot. */
const layers = [784, 256, 128, 10]
export const mlp = {
  batch: 128,
  layers,
  x: numbers(128 * 784, 23),
  labels: Float32Array.from({ length: 1280 }, (_, k) => ((k - Math.floor(k / 10)) % 10 === 0 ? 1 : 0)),
  weights: [0, 1, 2].map((k) => numbers(layers[k] * layers[k + 1], 29 + k).map((x) => x / Math.sqrt(layers[k]))),
  biases: [0, 1, 2].map((k) => numbers(layers[k + 1], 37 + k))
}

/**
 * Two square matrices.
 * @param {number} n
 */
export const matrices = (n) => ({ n, a: numbers(n * n, 41), b: numbers(n * n, 43) })

/**
 * So many complex numbers, whose parts stand in turn.
 * @param {number} n
 */
export const complexes = (n) => Float64Array.from(numbers(2 * n, 47))

export const vectors = { n: 10_000_000, a: numbers(10_000_000, 9), b: numbers(10_000_000, 11) }

/** Complex numbers, real and imaginary parts in turn. */
export const complex = { n: 1_000_000, z: numbers(2_000_000, 47), c: numbers(2_000_000, 53) }

/**
 * Square complex matrices, and a vector.
 * @param {number} n
 */
export const complexMatrices = (n) => ({ a: numbers(2 * n * n, 59), b: numbers(2 * n * n, 61), v: numbers(2 * n, 67) })
