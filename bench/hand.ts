/** By hand: the benchmark's workloads as one would write them in TypeScript, loops over typed arrays. */

export const polynomialSlope = (x: number): number => 3 * x * x + 4 * x - 3

export const regressionInputs = Float32Array.of(
  0.52,
  1.12,
  0.77,
  0.88,
  -1.08,
  0.15,
  0.52,
  0.06,
  -1.3,
  0.74,
  -2.49,
  1.39
)
export const regressionTargets = [true, true, false, true]

/** The loss, its slopes in W and its slope in b. */
export const regression = (W: Float32Array, b: number): Array<number> => {
  const out = [0, 0, 0, 0, 0]
  for (let i = 0; i < 4; i++) {
    let z = b
    for (let j = 0; j < 3; j++) z += regressionInputs[3 * i + j] * W[j]
    const p = 1 / (1 + Math.exp(-z))
    const target = regressionTargets[i]
    out[0] -= Math.log(target ? p : 1 - p)
    const slope = target ? p - 1 : p
    for (let j = 0; j < 3; j++) out[1 + j] += slope * regressionInputs[3 * i + j]
    out[4] += slope
  }
  return out
}

export const rosenbrockHessian = (x: Float32Array): Float32Array => {
  const n = x.length
  const out = new Float32Array(n * n)
  for (let i = 0; i < n - 1; i++) {
    out[i * n + i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2
    out[i * n + i + 1] -= 400 * x[i]
    out[(i + 1) * n + i] -= 400 * x[i]
    out[(i + 1) * n + i + 1] += 200
  }
  return out
}

export const batchedSlope = (x: Float32Array): Float32Array => {
  const out = new Float32Array(x.length)
  for (let i = 0; i < x.length; i++) out[i] = Math.cos(x[i]) * x[i] * x[i] + 2 * x[i] * Math.sin(x[i])
  return out
}

export const longSum = (x: Float32Array): [number, Float32Array] => {
  let value = 0
  const slope = new Float32Array(x.length)
  for (let i = 0; i < x.length; i++) {
    const square = x[i] * x[i]
    const t = Math.tanh(x[i])
    const e = Math.exp(-square)
    value += t * e + Math.log(1 + square)
    slope[i] = (1 - t * t) * e - 2 * x[i] * t * e + (2 * x[i]) / (1 + square)
  }
  return [value, slope]
}

export const plainSum = (x: Float32Array): number => {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i]
  return sum
}

export const plainAdd = (x: Float32Array, y: Float32Array): Float32Array => {
  const out = new Float32Array(x.length)
  for (let i = 0; i < x.length; i++) out[i] = x[i] + y[i]
  return out
}
