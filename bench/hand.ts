/** By hand: the benchmark's workloads as one would write them in TypeScript, loops over typed arrays. */

export const polynomialSlope = (x: number): number => 3 * x * x + 4 * x - 3

const regressionInputs = Float32Array.of(0.52, 1.12, 0.77, 0.88, -1.08, 0.15, 0.52, 0.06, -1.3, 0.74, -2.49, 1.39)
const regressionTargets = [true, true, false, true]

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

/** z² + c, with real and imaginary parts in turn. */
export const complexStep = (z: Float32Array, c: Float32Array): Float32Array => {
  const out = new Float32Array(z.length)
  for (let i = 0; i < z.length; i += 2) {
    const x = z[i]
    const y = z[i + 1]
    out[i] = x * x - y * y + c[i]
    out[i + 1] = 2 * x * y + c[i + 1]
  }
  return out
}

/** The gradient of the sum of |z² + c|², in JAX's convention. */
export const complexSlope = (z: Float32Array, c: Float32Array): Float32Array => {
  const out = new Float32Array(z.length)
  for (let i = 0; i < z.length; i += 2) {
    const x = z[i]
    const y = z[i + 1]
    const u = x * x - y * y + c[i]
    const v = 2 * x * y + c[i + 1]
    out[i] = 4 * (u * x + v * y)
    out[i + 1] = 4 * (u * y - v * x)
  }
  return out
}

/**
 * Prey and predators, x' = a x - b x y and y' = d x y - c y, by so many steps of Runge and Kutta: the sum of both in the
 * end, and its slopes in a, b, c and d. The way back computes again what a step computed on the way there.
 */
export const lotkaVolterra = (
  [a, b, c, d]: ReadonlyArray<number>,
  start: ReadonlyArray<number>,
  h: number,
  steps: number
): Array<number> => {
  const xs = new Float64Array(steps + 1)
  const ys = new Float64Array(steps + 1)
  let [x, y] = start
  for (let n = 0; n <= steps; n++) {
    xs[n] = x
    ys[n] = y
    const k1x = a * x - b * x * y
    const k1y = d * x * y - c * y
    const x1 = x + (h / 2) * k1x
    const y1 = y + (h / 2) * k1y
    const k2x = a * x1 - b * x1 * y1
    const k2y = d * x1 * y1 - c * y1
    const x2 = x + (h / 2) * k2x
    const y2 = y + (h / 2) * k2y
    const k3x = a * x2 - b * x2 * y2
    const k3y = d * x2 * y2 - c * y2
    const x3 = x + h * k3x
    const y3 = y + h * k3y
    x += (h / 6) * (k1x + 2 * k2x + 2 * k3x + (a * x3 - b * x3 * y3))
    y += (h / 6) * (k1y + 2 * k2y + 2 * k3y + (d * x3 * y3 - c * y3))
  }
  let [da, db, dc, dd] = [0, 0, 0, 0]
  let [px, py] = [1, 1]
  for (let n = steps - 1; n >= 0; n--) {
    x = xs[n]
    y = ys[n]
    const x1 = x + (h / 2) * (a * x - b * x * y)
    const y1 = y + (h / 2) * (d * x * y - c * y)
    const x2 = x + (h / 2) * (a * x1 - b * x1 * y1)
    const y2 = y + (h / 2) * (d * x1 * y1 - c * y1)
    const x3 = x + h * (a * x2 - b * x2 * y2)
    const y3 = y + h * (d * x2 * y2 - c * y2)
    let u = (h / 6) * px
    let v = (h / 6) * py
    const g4x = u * (a - b * y3) + v * d * y3
    const g4y = v * (d * x3 - c) - u * b * x3
    da += u * x3
    db -= u * x3 * y3
    dc -= v * y3
    dd += v * x3 * y3
    u = (h / 3) * px + h * g4x
    v = (h / 3) * py + h * g4y
    const g3x = u * (a - b * y2) + v * d * y2
    const g3y = v * (d * x2 - c) - u * b * x2
    da += u * x2
    db -= u * x2 * y2
    dc -= v * y2
    dd += v * x2 * y2
    u = (h / 3) * px + (h / 2) * g3x
    v = (h / 3) * py + (h / 2) * g3y
    const g2x = u * (a - b * y1) + v * d * y1
    const g2y = v * (d * x1 - c) - u * b * x1
    da += u * x1
    db -= u * x1 * y1
    dc -= v * y1
    dd += v * x1 * y1
    u = (h / 6) * px + (h / 2) * g2x
    v = (h / 6) * py + (h / 2) * g2y
    px += g2x + g3x + g4x + u * (a - b * y) + v * d * y
    py += g2y + g3y + g4y + v * (d * x - c) - u * b * x
    da += u * x
    db -= u * x * y
    dc -= v * y
    dd += v * x * y
  }
  return [xs[steps] + ys[steps], da, db, dc, dd]
}

/** The product of an m by k and a k by n matrix; `transposed` says that the first is stored k by m. */
export const product = (
  a: Float32Array,
  b: Float32Array,
  m: number,
  k: number,
  n: number,
  transposed = false
): Float32Array => {
  const out = new Float32Array(m * n)
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++) {
      const x = transposed ? a[p * m + i] : a[i * k + p]
      for (let j = 0; j < n; j++) out[i * n + j] += x * b[p * n + j]
    }
  return out
}

/** As `regression`, of many rows: the loss, the slope in b, and the slopes in W. */
export const largeRegression = (
  x: Float32Array,
  targets: Float32Array,
  W: Float32Array,
  b: number
): [number, number, Float32Array] => {
  const columns = W.length
  const dW = new Float32Array(columns)
  let [value, db] = [0, 0]
  for (let i = 0; i < targets.length; i++) {
    let z = b
    for (let j = 0; j < columns; j++) z += x[i * columns + j] * W[j]
    const p = 1 / (1 + Math.exp(-z))
    value -= Math.log(targets[i] === 1 ? p : 1 - p)
    const slope = p - targets[i]
    for (let j = 0; j < columns; j++) dW[j] += slope * x[i * columns + j]
    db += slope
  }
  return [value, db, dW]
}

/** Layers with tanh between them and the mean cross entropy of the last: the loss, its slopes in the biases, in the weights. */
export const perceptron = (
  batch: number,
  sizes: ReadonlyArray<number>,
  x: Float32Array,
  labels: Float32Array,
  W: ReadonlyArray<Float32Array>,
  b: ReadonlyArray<Float32Array>
): Array<number | Float32Array> => {
  const outputs = [x]
  for (let l = 0; l < W.length; l++) {
    const n = sizes[l + 1]
    const y = product(outputs[l], W[l], batch, sizes[l], n)
    for (let i = 0; i < y.length; i++) {
      y[i] += b[l][i % n]
      if (l < W.length - 1) y[i] = Math.tanh(y[i])
    }
    outputs.push(y)
  }
  // The slopes in what each layer gives before its tanh, from the last one back.
  const classes = sizes[sizes.length - 1]
  const logits = outputs[W.length]
  let ct = new Float32Array(logits.length)
  let value = 0
  for (let i = 0; i < batch; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes)
    const most = Math.max(...row)
    const total = row.reduce((sum, z) => sum + Math.exp(z - most), 0)
    for (let j = 0; j < classes; j++) {
      const label = labels[i * classes + j]
      const logarithm = row[j] - most - Math.log(total)
      value -= (label * logarithm) / batch
      ct[i * classes + j] = (Math.exp(logarithm) - label) / batch
    }
  }
  const dW: Array<Float32Array> = []
  const db: Array<Float32Array> = []
  for (let l = W.length - 1; l >= 0; l--) {
    const [m, n] = [sizes[l], sizes[l + 1]]
    const input = outputs[l]
    dW[l] = product(input, ct, m, batch, n, true)
    db[l] = new Float32Array(n)
    for (let i = 0; i < ct.length; i++) db[l][i % n] += ct[i]
    if (l === 0) break
    const back = new Float32Array(batch * m)
    for (let i = 0; i < batch; i++)
      for (let p = 0; p < m; p++) {
        let sum = 0
        for (let j = 0; j < n; j++) sum += ct[i * n + j] * W[l][p * n + j]
        back[i * m + p] = sum * (1 - input[i * m + p] * input[i * m + p])
      }
    ct = back
  }
  return [value, ...db, ...dW]
}
