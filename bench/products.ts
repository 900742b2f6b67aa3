/**
 * The benchmark of matrix products and large reductions: `npm run bench:products`. Numbers are compared with sums written
 * out by hand before anything is timed. Prints GFLOP/s for every layout on one thread and on two, then what is bound by
 * memory in GB/s, then batches of tiny matrices beside a loop by hand, then a sweep of sizes with the worst drop between
 * neighbours. `--only=products,fused,vectors,batches,sweep` picks.
 */
import { array, compile, grad, type NDArray, type Shape, type Tensor, tensor, valueAndGrad } from 'freegrad'
import * as np from 'freegrad/numpy'
import { logistic, sum } from 'freegrad/ops'

// --- model
type Layout = 'NN' | 'NT' | 'TN' | 'TT'
type DType = 'float32' | 'float64'

const layouts: ReadonlyArray<Layout> = ['NN', 'NT', 'TN', 'TT']

// --- combinators
const numbers = (n: number, seed: number): Float64Array => {
  let x = seed
  return Float64Array.from({ length: n }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    return x / 2 ** 31
  })
}

const filled = (shape: Shape, dtype: DType, seed: number): NDArray =>
  array(
    numbers(
      shape.reduce((n, size) => n * size, 1),
      seed
    ),
    { shape, dtype }
  )

/** Milliseconds a call: the least of many, since neighbours on the machine only ever slow it down. */
const least = (work: () => unknown, milliseconds = 400): number => {
  let best = Number.POSITIVE_INFINITY
  let calls = 1
  const end = performance.now() + milliseconds
  for (let k = 0; k < 5 || performance.now() < end; k++) {
    const start = performance.now()
    for (let call = 0; call < calls; call++) work()
    const time = performance.now() - start
    best = Math.min(best, time / calls)
    if (time < 0.2) calls *= 2
  }
  return best
}

const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A product of matrices, either of which may be transposed. */
const productOf =
  (layout: Layout) =>
  (x: Tensor, y: Tensor): Tensor =>
    np.matmul(layout[0] === 'T' ? np.transpose(x) : x, layout[1] === 'T' ? np.transpose(y) : y)

const checked = (result: NDArray, x: NDArray, y: NDArray, layout: Layout, n: number): void => {
  const tolerance = x.dtype === 'float32' ? 1e-4 : 1e-11
  for (let trial = 0; trial < 50; trial++) {
    const [i, j] = [(trial * 7919) % n, (trial * 104729) % n]
    let expected = 0
    for (let k = 0; k < n; k++)
      expected += x.data[layout[0] === 'T' ? k * n + i : i * n + k] * y.data[layout[1] === 'T' ? j * n + k : k * n + j]
    if (!(Math.abs(expected - result.data[i * n + j]) <= tolerance * Math.sqrt(n)))
      throw new Error(`${layout} ${n}: ${result.data[i * n + j]} is not ${expected}`)
  }
}

const rateOf = (n: number, layout: Layout, dtype: DType, threads: number, milliseconds?: number): number => {
  const [x, y] = [filled([n, n], dtype, 1), filled([n, n], dtype, 2)]
  const f = compile(productOf(layout), { threads })
  checked(f(x, y), x, y, layout, n)
  return (2 * n ** 3) / least(() => f(x, y), milliseconds) / 1e6
}

// --- parts
const products = (): void => {
  console.log('matrix products, GFLOP/s on one thread and on two')
  for (const dtype of ['float32', 'float64'] as const)
    for (const n of [256, 512, 1024, 2048]) {
      const cells = layouts.map((layout) => {
        const [one, two] = [1, 2].map((threads) => rateOf(n, layout, dtype, threads, n > 1024 ? 2000 : 500))
        return `${layout} ${one.toFixed(1)} ${two.toFixed(1)} (${(two / one).toFixed(2)})`
      })
      console.log(`  ${dtype} ${String(n).padStart(4)}   ${cells.join('   ')}`)
    }
}

/** What `fastMath` gains where the engine multiplies and adds in one instruction; the two are timed in turn. */
const fused = (): void => {
  console.log('with fastMath, one thread: GFLOP/s without and with, and the median of the ratios')
  const tell = (name: string, flops: number, f: (...xs: Tensor[]) => Tensor, ...xs: NDArray[]): void => {
    const works = [false, true].map((fastMath) => {
      const g = compile(f, { fastMath, threads: 1 })
      return () => g(...xs)
    })
    const [plain, fast] = [[], []] as [number[], number[]]
    const calls = Math.ceil(2e7 / flops)
    const end = performance.now() + 6000
    for (let k = 0; k < 9 || performance.now() < end; k++)
      works.forEach((work, at) => {
        const start = performance.now()
        for (let call = 0; call < calls; call++) work()
        ;[plain, fast][at].push((performance.now() - start) / calls)
      })
    const ratios = plain.map((time, k) => time / fast[k]).sort((a, b) => a - b)
    const rates = [plain, fast].map((times) => (flops / Math.min(...times) / 1e6).toFixed(1))
    console.log(`  ${name.padEnd(28)} ${rates.join('  ')}  ${ratios[ratios.length >> 1].toFixed(2)}`)
  }
  for (const dtype of ['float32', 'float64'] as const) {
    for (const n of [512, 1024])
      tell(`${dtype} ${n}`, 2 * n ** 3, (x, y) => np.matmul(x, y), filled([n, n], dtype, 1), filled([n, n], dtype, 2))
    const [x, y] = [filled([4096], dtype, 3), filled([4096], dtype, 4)]
    const sumOfProducts = (p: Tensor, q: Tensor): Tensor => np.sum(np.mul(np.add(p, 1), q))
    tell(`${dtype} sum of 4096 products`, 3 * 4096, sumOfProducts, x, y)
    const [a, v] = [filled([256, 1024], dtype, 5), filled([1024], dtype, 6)]
    tell(`${dtype} matrix times vector`, 2 * a.size, (p, q) => np.matmul(p, q), a, v)
  }
}

const vectors = (): void => {
  console.log('bound by memory, ms on one thread and on two')
  const tell = (name: string, bytes: number, works: ReadonlyArray<() => unknown>): void => {
    const cells = works.map((work) => {
      const time = least(work, 1000)
      return `${time.toFixed(2)} ms ${(bytes / time / 1e6).toFixed(1)} GB/s`
    })
    console.log(`  ${name.padEnd(40)} ${cells.join('   ')}`)
  }
  const both = (f: (...xs: Tensor[]) => Tensor | Tensor[], ...xs: Array<NDArray>): Array<() => unknown> =>
    [1, 2].map((threads) => {
      const g = compile<Tensor[], Tensor | Tensor[]>(f, { threads })
      return () => g(...xs)
    })
  const x = filled([10_000, 784], 'float32', 3)
  const [w, r] = [filled([784], 'float32', 4), filled([10_000], 'float32', 5)]
  const targets = array(r, { dtype: 'float32' })
  const bytes = 4 * x.size
  tell(
    'matrix (10,000 x 784) times vector',
    bytes,
    both((p, q) => np.matmul(p, q), x, w)
  )
  tell(
    'vector times matrix',
    bytes,
    both((p, q) => np.matmul(q, p), x, r)
  )
  const loss = (inputs: Tensor) => (weights: Tensor) => {
    const p = logistic(np.matmul(inputs, np.div(weights, 28)))
    return np.neg(np.sum(np.log(np.where(np.greater(tensor(targets), 0), p, np.sub(1, p)))))
  }
  tell(
    'logistic regression, value and gradient',
    bytes,
    both((inputs, weights) => valueAndGrad(loss(inputs))(weights), x, w)
  )
  const long = filled([10_000_000], 'float32', 6)
  tell(
    'sum of 1e7',
    4 * long.size,
    both((p) => sum(p, { axes: [0] }), long)
  )
  tell(
    'row sums (10,000 x 784)',
    bytes,
    both((p) => sum(p, { axes: [1] }), x)
  )
  tell(
    'column sums',
    bytes,
    both((p) => sum(p, { axes: [0] }), x)
  )
  tell(
    'column extremes',
    bytes,
    both((p) => np.max(p, { axis: 0 }), x)
  )
  const narrow = filled([2_500_000, 3], 'float32', 7)
  tell(
    'column sums (2,500,000 x 3)',
    4 * narrow.size,
    both((p) => sum(p, { axes: [0] }), narrow)
  )
  const deep = filled([100, 784, 100], 'float32', 8)
  tell(
    'sums over the middle (100 x 784 x 100)',
    bytes,
    both((p) => sum(p, { axes: [1] }), deep)
  )
}

const mlp = (): void => {
  const sizes = [784, 256, 128, 10]
  const inputs = filled([128, 784], 'float32', 9)
  const labels = array(
    Float32Array.from({ length: 1280 }, (_, k) => ((k - Math.floor(k / 10)) % 10 === 0 ? 1 : 0)),
    {
      shape: [128, 10]
    }
  )
  const weights = [0, 1, 2].map((k) =>
    array(
      numbers(sizes[k] * sizes[k + 1], 10 + k).map((x) => x / Math.sqrt(sizes[k])),
      { shape: [sizes[k], sizes[k + 1]], dtype: 'float32' }
    )
  )
  const biases = [0, 1, 2].map((k) => filled([sizes[k + 1]], 'float32', 13 + k))
  const loss = ({ W, b }: { W: Tensor[]; b: Tensor[] }): Tensor => {
    const first = np.tanh(np.add(np.matmul(tensor(inputs), W[0]), b[0]))
    const second = np.tanh(np.add(np.matmul(first, W[1]), b[1]))
    const logits = np.add(np.matmul(second, W[2]), b[2])
    return np.div(np.neg(np.sum(np.mul(tensor(labels), np.logSoftmax(logits)))), 128)
  }
  const cells = [1, 2].map((threads) => {
    const f = compile(valueAndGrad(loss), { threads })
    const time = least(() => f({ W: weights, b: biases } as never), 1000)
    return `${time.toFixed(2)} ms ${(129 / time).toFixed(1)} GFLOP/s`
  })
  console.log(`  ${'MLP 784-256-128-10, batch 128'.padEnd(40)} ${cells.join('   ')}`)
}

/** Products of many tiny matrices, and their gradient, on one thread. */
const batches = (): void => {
  console.log(
    'a quarter of a million elements in square matrices, float32, ms: products, by hand, gradient of their squares'
  )
  for (const n of [2, 3, 4, 6, 8, 16]) {
    const lanes = Math.round(2 ** 18 / n ** 2)
    const [x, y] = [1, 2].map((seed) => filled([lanes, n, n], 'float32', seed))
    const product = (p: Tensor, q: Tensor): Tensor => np.matmul(p, q)
    const gradient = grad((p: Tensor, q: Tensor) => np.sum(np.square(np.matmul(p, q))))
    const [a, b] = [x.data, y.data]
    const byHand = (): Float32Array => {
      const result = new Float32Array(lanes * n * n)
      for (let lane = 0; lane < lanes; lane++)
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0
            for (let k = 0; k < n; k++) sum += a[(lane * n + i) * n + k] * b[(lane * n + k) * n + j]
            result[(lane * n + i) * n + j] = sum
          }
      return result
    }
    const [f, g] = [product, gradient].map((each) => compile(each, { threads: 1 }))
    const wanted = byHand()
    if (!f(x, y).data.every((z, k) => Math.abs(z - wanted[k]) <= 1e-5)) throw new Error(`batches of ${n} are wrong`)
    const times = [() => f(x, y), byHand, () => g(x, y)].map((work) => least(work).toFixed(2))
    console.log(`  ${lanes} of ${n} by ${n}`.padEnd(24), times.join('  '))
  }
}

/** Rates of square products by size; a cliff is a size under half the rate of a neighbour. */
const sweep = (): void => {
  const sizes = new Set<number>()
  for (let n = 1; n <= 72; n++) sizes.add(n)
  for (const centre of [96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024])
    for (const n of [centre - 1, centre, centre + 1]) sizes.add(n)
  for (const n of [1500, 2047, 2048, 2049, 3000, 4095, 4096]) sizes.add(n)
  console.log('a sweep of sizes, float32, GFLOP/s on one thread')
  let before = 0
  let worst = { drop: 1, n: 0 }
  const line: Array<string> = []
  for (const n of sizes) {
    const rate = rateOf(n, 'NN', 'float32', 1, n > 1000 ? 1 : 60)
    if (before > 0 && n > 2) {
      const drop = Math.min(rate / before, before / rate)
      if (rate < before && drop < worst.drop) worst = { drop, n }
    }
    before = rate
    line.push(`${n}: ${rate.toFixed(n < 10 ? 3 : 1)}`)
  }
  for (let k = 0; k < line.length; k += 10) console.log(`  ${line.slice(k, k + 10).join('  ')}`)
  console.log(`  the worst drop is at ${worst.n}: ${worst.drop.toFixed(2)} of its neighbour's rate`)
}

const only = process.argv.find((text) => text.startsWith('--only='))?.slice(7)
console.log(`node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
// A first shared product, so that the workers are there.
compile(productOf('NN'), { threads: 2 })(filled([512, 512], 'float32', 1), filled([512, 512], 'float32', 2))
await soon(500)
if (only === undefined || only.includes('products')) products()
if (only === undefined || only.includes('fused')) fused()
if (only === undefined || only.includes('vectors')) {
  vectors()
  mlp()
}
if (only === undefined || only.includes('batches')) batches()
if (only === undefined || only.includes('sweep')) sweep()
