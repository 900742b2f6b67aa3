/**
 * The benchmark of `compile`: `npm run bench:compile`. Each workload is checked against `run`, then timed beside the same
 * numbers computed by TypeScript written by hand; a ratio above 1 is faster than that. Then what compiling costs.
 */
import { array, compile, grad, hessian, type NDArray, run, scan, type Tensor, valueAndGrad, vmap } from 'freegrad'
import * as np from 'freegrad/numpy'
import { add, exp, integerPow, log, logistic, mul, neg, select, sin, slice, sub, sum, tanh } from 'freegrad/ops'
import * as hand from './hand.js'

// --- model
interface Workload {
  readonly name: string
  readonly compiled: () => unknown
  readonly byHand: () => unknown
  /** Both sides' numbers, to be compared before they are timed. */
  readonly check: () => readonly [ReadonlyArray<number>, ReadonlyArray<number>]
  /** Microseconds that the compiled one must reach. */
  readonly wanted: number
}

// --- combinators
let sink = 0
const keep = (x: unknown): void => {
  sink += typeof x === 'number' ? x : x === undefined ? 0 : 1
}

/** Microseconds a call: the median of a few stretches of some milliseconds each. */
const micro = (work: () => unknown): number => {
  for (let k = 0; k < 20; k++) keep(work())
  let calls = 1
  const stretch = (): number => {
    const start = performance.now()
    for (let k = 0; k < calls; k++) keep(work())
    return performance.now() - start
  }
  while (stretch() < 20 && calls < 1e7) calls *= 2
  const times = Array.from({ length: 9 }, () => (stretch() / calls) * 1000)
  return times.sort((a, b) => a - b)[4]
}

const numbers = (n: number, seed: number): Float32Array => {
  let x = seed
  return Float32Array.from({ length: n }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    return x / 2 ** 31
  })
}

const f32 = (data: Float32Array, shape: ReadonlyArray<number> = [data.length]): NDArray =>
  array(data, { shape, dtype: 'float32' })

const near = ([a, b]: readonly [ReadonlyArray<number>, ReadonlyArray<number>]): boolean =>
  a.length === b.length && a.every((x, k) => Math.abs(x - b[k]) <= 1e-3 * Math.max(1, Math.abs(x)))

// --- workloads
const polynomial = (): Workload => {
  const p = (x: Tensor) => sub(add(integerPow(x, { n: 3 }), mul(2, integerPow(x, { n: 2 }))), sub(mul(3, x), 1))
  const slope = compile(grad(p))
  let x = 0
  const next = (): number => {
    x += 1e-6
    return x
  }
  return {
    name: 'derivative of x^3+2x^2-3x+1',
    compiled: () => slope(next()).item(),
    byHand: () => hand.polynomialSlope(next()),
    check: () => [[slope(1.5).item()], [hand.polynomialSlope(1.5)]],
    wanted: 0.15
  }
}

const regression = (): Workload => {
  const inputs = f32(hand.regressionInputs, [4, 3])
  const targets = array(hand.regressionTargets)
  const loss = (W: Tensor, b: Tensor) => {
    const predictions = logistic(np.add(np.dot(inputs, W), b))
    return neg(sum(log(select(targets, predictions, sub(1, predictions))), { axes: [0] }))
  }
  const compiled = compile(valueAndGrad(loss, { argnums: [0, 1] }))
  const W = numbers(3, 1)
  const [w, b] = [f32(W), array(0.25, { dtype: 'float32' })]
  return {
    name: 'logistic regression 4x3, value and gradient',
    compiled: () => compiled(w, b)[0].item(),
    byHand: () => hand.regression(W, 0.25)[0],
    check: () => {
      const [value, [dW, db]] = compiled(w, b)
      return [[value.item(), ...dW.data, db.item()], hand.regression(W, 0.25)]
    },
    wanted: 1
  }
}

const rosenbrock = (): Workload => {
  const n = 20
  const f = (x: Tensor) => {
    const part = (start: number) => slice(x, { starts: [start], limits: [start + n - 1], strides: [1] })
    const [head, tail] = [part(0), part(1)]
    const steep = mul(100, integerPow(sub(tail, mul(head, head)), { n: 2 }))
    return sum(add(steep, integerPow(sub(1, head), { n: 2 })), { axes: [0] })
  }
  const compiled = compile(hessian(f))
  const x = numbers(n, 3)
  const point = f32(x)
  return {
    name: 'Hessian of Rosenbrock, n = 20',
    compiled: () => compiled(point).data[0],
    byHand: () => hand.rosenbrockHessian(x)[0],
    check: () => [Array.from(compiled(point).data), Array.from(hand.rosenbrockHessian(x))],
    wanted: 2
  }
}

const lotkaVolterra = (): Workload => {
  const h = 0.01
  const steps = 1000
  type State = readonly [Tensor, Tensor]
  const loss = (a: Tensor, b: Tensor, c: Tensor, d: Tensor) => {
    const rates = ([x, y]: State): State => [sub(mul(a, x), mul(b, mul(x, y))), sub(mul(d, mul(x, y)), mul(c, y))]
    const along = ([x, y]: State, by: number, [dx, dy]: State): State => [add(x, mul(by, dx)), add(y, mul(by, dy))]
    const step = (z: State) => {
      const k1 = rates(z)
      const k2 = rates(along(z, h / 2, k1))
      const k3 = rates(along(z, h / 2, k2))
      const k4 = rates(along(z, h, k3))
      return [along(along(z, h / 6, along(k1, 1, k4)), h / 3, along(k2, 1, k3)), null] as const
    }
    const [[x, y]] = scan(step, [1, 1], null, { length: steps })
    return add(x, y)
  }
  const compiled = compile(valueAndGrad(loss, { argnums: [0, 1, 2, 3] }))
  const parameters = [1.5, 1, 3, 1] as const
  const numbersOf = () => {
    const [value, slopes] = compiled(...parameters)
    return [value, ...slopes].map((x) => x.item())
  }
  const byHand = () => hand.lotkaVolterra(parameters, [1, 1], h, steps)
  return {
    name: '1000 steps of Lotka-Volterra, reverse mode, float64',
    compiled: numbersOf,
    byHand,
    check: () => [numbersOf(), byHand()],
    wanted: 130
  }
}

const batchedSlope = (): Workload => {
  const n = 100_000
  const f = (x: Tensor) => mul(sin(x), mul(x, x))
  const compiled = compile(vmap(grad(f)))
  const x = numbers(n, 5)
  const points = f32(x)
  return {
    name: 'vmap(grad(sin(x) x^2)) over 100,000',
    compiled: () => compiled(points).data[0],
    byHand: () => hand.batchedSlope(x)[0],
    check: () => [Array.from(compiled(points).data), Array.from(hand.batchedSlope(x))],
    wanted: 500
  }
}

const longSum = (): Workload => {
  const n = 1_000_000
  const f = (x: Tensor) => {
    const square = mul(x, x)
    return sum(add(mul(tanh(x), exp(neg(square))), log(add(1, square))), { axes: [0] })
  }
  const compiled = compile(valueAndGrad(f))
  const x = numbers(n, 7)
  const points = f32(x)
  return {
    name: 'sum(tanh(x) exp(-x^2) + log(1+x^2)), 1e6, value and gradient',
    compiled: () => compiled(points)[0].item(),
    byHand: () => hand.longSum(x)[0],
    check: () => {
      const [value, gradient] = compiled(points)
      const [expected, slope] = hand.longSum(x)
      return [
        [value.item(), ...gradient.data],
        [expected, ...slope]
      ]
    },
    wanted: 5500
  }
}

const plainSum = (): Workload => {
  const x = numbers(1e7, 9)
  const points = f32(x)
  const compiled = compile((x: Tensor) => sum(x, { axes: [0] }))
  return {
    name: 'sum of 1e7',
    compiled: () => compiled(points).item(),
    byHand: () => hand.plainSum(x),
    check: () => [[compiled(points).item()], [hand.plainSum(x)]],
    wanted: 2200
  }
}

const plainAdd = (): Workload => {
  const [x, y] = [numbers(1e7, 9), numbers(1e7, 11)]
  const [a, b] = [f32(x), f32(y)]
  // What was kept before lends its memory to what is kept now.
  const compiled = compile((x: Tensor, y: Tensor, _: Tensor) => add(x, y), { donate: 2 })
  let kept = f32(new Float32Array(x.length))
  const next = (): NDArray => {
    kept = compiled(a, b, kept)
    return kept
  }
  return {
    name: 'a + b of 1e7, kept',
    compiled: next,
    byHand: () => hand.plainAdd(x, y),
    check: () => [Array.from(next().data.slice(0, 100)), Array.from(hand.plainAdd(x, y).slice(0, 100))],
    wanted: 4000
  }
}

// --- compiling
const chain = (n: number) => (x: Tensor) => {
  let y = x
  for (let k = 0; k < n / 2; k++) y = add(mul(y, 0.999), x)
  return y
}

const compiling = (n: number): string => {
  let first = 0
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now()
    first = compile(chain(n))(0.5).item()
    return performance.now() - start
  }).sort((a, b) => a - b)
  const expected = n <= 2000 ? run(chain(n)(0.5 as never)).item() : first
  if (Math.abs(first - expected) > 1e-9 * Math.abs(expected)) throw new Error(`${n}: ${first} is not ${expected}`)
  return `${String(n).padStart(7)} operations: ${times[2].toFixed(2).padStart(8)} ms, ${((times[2] / n) * 1000).toFixed(2)} us each`
}

console.log(`node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
const only = process.argv.find((text) => text.startsWith('--only='))?.slice(7)
for (const make of [polynomial, regression, rosenbrock, lotkaVolterra, batchedSlope, longSum, plainSum, plainAdd]) {
  if (only !== undefined && make.name !== only) continue
  const { name, compiled, byHand, check, wanted } = make()
  if (!near(check())) throw new Error(`${name}: the numbers differ`)
  const [ours, theirs] = [micro(compiled), micro(byHand)]
  const verdict = ours <= wanted ? '' : `  (wanted ${wanted})`
  console.log(
    `${name.padEnd(62)} ${ours.toFixed(3).padStart(10)} us   by hand ${theirs.toFixed(3).padStart(10)} us   ratio ${(theirs / ours).toFixed(2)}${verdict}`
  )
}
if (only === undefined) for (const n of [10, 100, 1000, 5000, 20000]) console.log(compiling(n))
if (Number.isNaN(sink)) console.log('a workload gave no number')
