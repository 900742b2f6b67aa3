/**
 * The benchmark of complex numbers: `npm run bench:complex`. Programs of complex numbers are timed beside loops by hand over the
 * parts, and beside real programs of the same form. All contestants of a row take turns in one process, and a figure is the least of
 * many calls, so that other work on the machine matters little. Numbers are compared before anything is timed. Results stay where
 * they were computed; loops by hand write to the same arrays again and again. `--only=elementwise,products,programs,compiling,run`
 * picks.
 */
import { array, compile, foriLoop, grad, type NDArray, run, type Shape, type Tensor, tensor } from 'freegrad'
import * as np from 'freegrad/numpy'

// --- model
type Parts = Float32Array | Float64Array
type Width = 'complex128' | 'complex64'
type Contestants = Readonly<Record<string, () => unknown>>
type Program = (...xs: Tensor[]) => Tensor

const widths: ReadonlyArray<Width> = ['complex128', 'complex64']
const partOf = { complex128: 'float64', complex64: 'float32' } as const

// --- combinators
const storage = (width: Width, size: number): Parts =>
  width === 'complex64' ? new Float32Array(size) : new Float64Array(size)

/** Numbers between -1 and 1, the same ones each time. */
const numbers = (size: number, seed: number): Float64Array => {
  let x = seed
  return Float64Array.from({ length: size }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    return x / 2 ** 31
  })
}

const sizeOf = (shape: Shape): number => shape.reduce((n, size) => n * size, 1)

const filled = (width: Width, shape: Shape, seed: number): NDArray => {
  const data = storage(width, 2 * sizeOf(shape))
  data.set(numbers(data.length, seed))
  return array(data, { shape, dtype: width })
}

const realFilled = (width: Width, shape: Shape, seed: number): NDArray =>
  array(numbers(sizeOf(shape), seed), { shape, dtype: partOf[width] })

const dataOf = (x: NDArray): Parts => x.data as Parts

/** The real or the imaginary parts. */
const halfOf = (data: Parts, part: 0 | 1): Parts => data.filter((_, k) => k % 2 === part)

// Finalizers run between jobs, and give the memory of dropped results back.
const between = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
const collect = (globalThis as unknown as { gc?: () => void }).gc

/** The least milliseconds of each contestant, who take turns. */
const race = async (contestants: Contestants, milliseconds = 3000): Promise<Record<string, number>> => {
  const all = Object.entries(contestants)
  const best: Record<string, number> = {}
  const end = performance.now() + milliseconds
  for (let k = 0; k < 20 || performance.now() < end; k++) {
    for (const [name, work] of all) {
      const start = performance.now()
      work()
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, performance.now() - start)
    }
    if (k % 8 === 0) collect?.()
    await between()
  }
  return best
}

const tell = (row: string, cells: Readonly<Record<string, string>>): void =>
  console.log(
    `  ${row.padEnd(44)} ${Object.entries(cells)
      .map(([name, cell]) => `${name} ${cell}`)
      .join('   ')}`
  )

const ms = (time: number): string => `${time < 0.1 ? time.toFixed(4) : time.toFixed(2)} ms`

const close = (name: string, x: ArrayLike<number>, y: ArrayLike<number>, width: Width): void => {
  const tolerance = width === 'complex64' ? 1e-4 : 1e-11
  for (let k = 0; k < y.length; k++)
    if (!(Math.abs(x[k] - y[k]) <= tolerance * (1 + Math.abs(y[k])))) throw new Error(`${name}: ${x[k]} is not ${y[k]}`)
}

/** Times a program on one thread and on two beside its real twin and loops by hand, of which the faster one counts. */
const beside = async (
  name: string,
  f: Program,
  xs: ReadonlyArray<NDArray>,
  byHand: Contestants,
  real?: () => unknown
): Promise<void> => {
  const [one, two] = [1, 2].map((threads) => compile(f, { threads }))
  const best = await race({ ours: () => one(...xs), two: () => two(...xs), ...byHand, ...(real ? { real } : {}) })
  const hand = Math.min(...Object.keys(byHand).map((each) => best[each]))
  tell(name, {
    compiled: ms(best.ours),
    'two threads': ms(best.two),
    ...(Number.isFinite(hand) ? { 'by hand': `${ms(hand)} (${(best.ours / hand).toFixed(2)} of it)` } : {}),
    ...(real ? { real: `${ms(best.real)} (${(best.ours / best.real).toFixed(2)} of it)` } : {})
  })
}

// --- programs
const squaredSize = (w: Tensor): Tensor => np.real(np.mul(w, np.conj(w)))
const step: Program = (z, c) => np.add(np.mul(z, z), c)
const slope: Program = (z, c) => grad((x: Tensor) => np.sum(squaredSize(step(x, c))))(z)

/** Iterations of z² + c; numbers that grow beyond every bound stay as they are. */
const mandelbrot =
  (steps: number): Program =>
  (c) =>
    foriLoop(
      0,
      steps,
      (_, z: Tensor) => np.where(np.less(squaredSize(z), 4), np.add(np.mul(z, z), c), z),
      np.zerosLike(c)
    )

/**
 * The probability of an outcome of a circuit: layers of turns of every qubit, and signs that entangle neighbours. In the real twin
 * the turns are about another axis, whose matrices are real.
 */
const circuit =
  (qubits: number, layers: number, width: Width, isReal = false): Program =>
  (angles) => {
    const signs = array(
      Float64Array.from({ length: 2 ** qubits }, (_, k) => {
        let pairs = 0
        for (let q = 0; q + 1 < qubits; q++) pairs += (k >> q) & (k >> (q + 1)) & 1
        return pairs % 2 === 0 ? 1 : -1
      }),
      { dtype: partOf[width] }
    )
    const half = np.mul(0.5, angles)
    const [cosine, sine] = [np.cos(half), np.sin(half)]
    // Turns about an axis: [[c, -i s], [-i s, c]]; about the other one [[c, -s], [s, c]].
    const off = isReal ? np.neg(sine) : np.mul({ re: 0, im: -1 }, sine)
    const start = storage(width, 2 ** qubits * (isReal ? 1 : 2))
    start[0] = 1
    let state: Tensor = tensor(array(start, { dtype: isReal ? partOf[width] : width }))
    for (let layer = 0; layer < layers; layer++) {
      for (let q = 0; q < qubits; q++) {
        const [c, s] = [np.at(cosine, layer, q), np.at(off, layer, q)]
        const halves = np.reshape(state, [2 ** q, 2, 2 ** (qubits - 1 - q)])
        const [zero, one] = [np.at(halves, ':', 0), np.at(halves, ':', 1)]
        const other = np.mul(s, zero)
        const turned = [np.add(np.mul(c, zero), np.mul(s, one)), (isReal ? np.sub : np.add)(np.mul(c, one), other)]
        state = np.reshape(np.stack(turned, { axis: 1 }), [2 ** qubits])
      }
      state = np.mul(state, signs)
    }
    const last = np.at(state, 2 ** qubits - 1)
    return isReal ? np.square(last) : squaredSize(last)
  }

// --- parts
const elementwise = async (): Promise<void> => {
  const n = 1_000_000
  console.log(`${n} complex numbers, elementwise, one thread`)
  for (const width of widths) {
    const [z, c] = [filled(width, [n], 1), filled(width, [n], 2)]
    const [zs, cs] = [dataOf(z), dataOf(c)]
    const [zr, zi, cr, ci] = [halfOf(zs, 0), halfOf(zs, 1), halfOf(cs, 0), halfOf(cs, 1)]
    const [out, outR, outI] = [storage(width, 2 * n), storage(width, n), storage(width, n)]
    const stepInTurn = (): Parts => {
      for (let i = 0; i < 2 * n; i += 2) {
        const a = zs[i]
        const b = zs[i + 1]
        out[i] = a * a - b * b + cs[i]
        out[i + 1] = 2 * a * b + cs[i + 1]
      }
      return out
    }
    const stepApart = (): void => {
      for (let i = 0; i < n; i++) {
        const a = zr[i]
        const b = zi[i]
        outR[i] = a * a - b * b + cr[i]
        outI[i] = 2 * a * b + ci[i]
      }
    }
    const slopeInTurn = (): Parts => {
      for (let i = 0; i < 2 * n; i += 2) {
        const a = zs[i]
        const b = zs[i + 1]
        const [u, v] = [a * a - b * b + cs[i], 2 * a * b + cs[i + 1]]
        out[i] = 4 * (u * a + v * b)
        out[i + 1] = 4 * (u * b - v * a)
      }
      return out
    }
    const slopeApart = (): void => {
      for (let i = 0; i < n; i++) {
        const a = zr[i]
        const b = zi[i]
        const u = a * a - b * b + cr[i]
        const v = 2 * a * b + ci[i]
        outR[i] = 4 * (u * a + v * b)
        outI[i] = 4 * (u * b - v * a)
      }
    }
    close('step', dataOf(compile(step)(z, c)), stepInTurn(), width)
    close('slope', dataOf(compile(slope)(z, c)), slopeInTurn(), width)
    const twin = compile((x: Tensor, y: Tensor) => np.add(np.mul(x, x), y), { threads: 1 })
    const [x, y] = [realFilled(width, [2 * n], 1), realFilled(width, [2 * n], 2)]
    await beside(`${width} z*z + c`, step, [z, c], { stepInTurn, stepApart }, () => twin(x, y))
    await beside(`${width} gradient of its sum of squares`, slope, [z, c], { slopeInTurn, slopeApart })
  }
  const m = 100_000
  for (const width of widths) {
    const [z, c] = [filled(width, [m], 1), filled(width, [m], 2)]
    const [x, y] = [realFilled(width, [2 * m], 1), realFilled(width, [2 * m], 2)]
    const others: ReadonlyArray<readonly [string, Program]> = [
      ['a quotient', (z, c) => np.div(z, c)],
      ['a real multiple', (z, c) => np.mul(z, np.real(c))],
      ['a real quotient', (z, c) => np.div(z, np.real(c))],
      ['abs', (z) => np.abs(z)],
      ['exp', (z) => np.exp(z)],
      ['log', (z) => np.log(z)],
      ['sqrt', (z) => np.sqrt(z)],
      ['exp(-|z|) z / (1 + c)', (z, c) => np.div(np.mul(z, np.exp(np.neg(np.abs(z)))), np.add(1, c))],
      ['exp(z) / |c|', (z, c) => np.div(np.exp(z), np.abs(c))]
    ]
    for (const [name, f] of others) {
      const twin = compile(f, { threads: 1 })
      await beside(`${width} ${m}: ${name}`, f, [z, c], {}, () => twin(x, y))
    }
  }
}

const products = async (): Promise<void> => {
  console.log('products, GFLOP/s: 8 n^3 of complex, 2 n^3 of real numbers')
  for (const width of widths)
    for (const n of [64, 256, 512]) {
      const [x, y] = [filled(width, [n, n], 1), filled(width, [n, n], 2)]
      const [a, b] = [realFilled(width, [n, n], 1), realFilled(width, [n, n], 2)]
      const [one, two] = [1, 2].map((threads) => compile((p: Tensor, q: Tensor) => np.matmul(p, q), { threads }))
      const best = await race({
        complex: () => one(x, y),
        real: () => one(a, b),
        'complex, two threads': () => two(x, y),
        'real, two threads': () => two(a, b)
      })
      const cells = Object.entries(best).map(([name, time]) => {
        const flops = (name.startsWith('complex') ? 8 : 2) * n ** 3
        return [name, (flops / time / 1e6).toFixed(1)] as const
      })
      tell(`${width} ${n}`, { ...Object.fromEntries(cells), share: ((best.real * 4) / best.complex).toFixed(2) })
    }
}

const programs = async (): Promise<void> => {
  console.log('programs, one thread')
  for (const width of widths) {
    const [A, v] = [filled(width, [1000, 1000], 1), filled(width, [1000], 2)]
    const [B, w] = [realFilled(width, [1000, 1000], 1), realFilled(width, [1000], 2)]
    const product: Program = (p, q) => np.matmul(p, q)
    const twin = compile(product, { threads: 1 })
    await beside(`${width} matrix of 1000 times vector`, product, [A, v], {}, () => twin(B, w))
    const [U, s] = [filled(width, [10_000, 2, 2], 1), filled(width, [10_000, 2, 2], 2)]
    const [V, t] = [realFilled(width, [10_000, 2, 2], 1), realFilled(width, [10_000, 2, 2], 2)]
    await beside(`${width} 10,000 products of 2 by 2`, product, [U, s], {}, () => twin(V, t))
    const angles = array(numbers(50, 3), { shape: [5, 10], dtype: partOf[width] })
    const [chance, twinOfChance] = [false, true].map((isReal) => circuit(10, 5, width, isReal))
    const [realChance, realSlope] = [twinOfChance, grad(twinOfChance)].map((f) => compile(f, { threads: 1 }))
    await beside(`${width} circuit of 10 qubits, 5 layers`, chance, [angles], {}, () => realChance(angles))
    await beside(
      `${width} its gradient`,
      (x) => grad(chance)(x),
      [angles],
      {},
      () => realSlope(angles)
    )
    const n = 100_000
    const c = filled(width, [n], 4)
    const cs = dataOf(c)
    const out = storage(width, 2 * n)
    const byHand = (): Parts => {
      for (let i = 0; i < 2 * n; i += 2) {
        let a = 0
        let b = 0
        for (let k = 0; k < 50 && a * a + b * b < 4; k++) {
          const c = a
          a = a * a - b * b + cs[i]
          b = 2 * c * b + cs[i + 1]
        }
        out[i] = a
        out[i + 1] = b
      }
      return out
    }
    const stepByStep = (): Parts => {
      out.fill(0)
      for (let k = 0; k < 50; k++)
        for (let i = 0; i < 2 * n; i += 2) {
          const a = out[i]
          const b = out[i + 1]
          if (!(a * a + b * b < 4)) continue
          out[i] = a * a - b * b + cs[i]
          out[i + 1] = 2 * a * b + cs[i + 1]
        }
      return out
    }
    if (width === 'complex128') close('mandelbrot', dataOf(compile(mandelbrot(50))(c)), byHand(), 'complex64')
    await beside(`${width} 50 steps of z*z + c over 1e5`, mandelbrot(50), [c], { stepByStep, numberByNumber: byHand })
  }
}

/** From the call that compiles to the first result, each time of a program that has not been there. */
const compiling = (): void => {
  console.log('compile and first call, ms: complex, real of the same form, their ratio')
  let fresh = 0
  const leastOf = (make: (by: number) => Program, xs: ReadonlyArray<NDArray>): number => {
    const times = Array.from({ length: 31 }, () => {
      const f = make(1 + 2 ** -20 * ++fresh)
      const start = performance.now()
      compile(f, { threads: 1 })(...xs)
      return performance.now() - start
    })
    return Math.min(...times)
  }
  const z = [filled('complex128', [64], 1), filled('complex128', [64], 2)]
  const x = [realFilled('complex128', [64], 1), realFilled('complex128', [64], 2)]
  const all: ReadonlyArray<readonly [string, (by: number) => Program]> = [
    ['z*z + c', (by) => (z, c) => np.add(np.mul(z, np.mul(by, z)), c)],
    ['gradient of its sum of squares', (by) => (z, c) => np.mul(by, slope(z, c))],
    ['chain with exp, abs and a quotient', (by) => (z, c) => np.div(np.exp(np.mul(by, z)), np.add(np.abs(c), z))],
    [
      'chain of 100 products and sums',
      (by) => (z, c) => Array.from({ length: 50 }).reduce<Tensor>((w) => np.add(np.mul(w, z), c), np.mul(by, z))
    ]
  ]
  for (let warm = 0; warm < 2; warm++)
    for (const [name, make] of all) {
      const [complex, real] = [leastOf(make, z), leastOf(make, x)]
      if (warm > 0) tell(name, { '': `${complex.toFixed(2)}, ${real.toFixed(2)}, ${(complex / real).toFixed(1)}` })
    }
}

/** What `run` takes for complex arrays beside real arrays of as many numbers. */
const evaluated = async (): Promise<void> => {
  console.log('run, ms: complex, real arrays of twice the size, their ratio')
  const n = 100_000
  const [z, c] = [filled('complex128', [n], 1), filled('complex128', [n], 2)]
  const [x, y] = [realFilled('complex128', [2 * n], 1), realFilled('complex128', [2 * n], 2)]
  const [A, B] = [filled('complex128', [100, 100], 1), filled('complex128', [100, 100], 2)]
  const [P, Q] = [realFilled('complex128', [100, 100], 1), realFilled('complex128', [100, 100], 2)]
  const all: ReadonlyArray<readonly [string, Program, ReadonlyArray<NDArray>, ReadonlyArray<NDArray>]> = [
    ['sum of two', (p, q) => np.add(p, q), [z, c], [x, y]],
    ['product', (p, q) => np.mul(p, q), [z, c], [x, y]],
    ['quotient', (p, q) => np.div(p, q), [z, c], [x, y]],
    ['exp', (p) => np.exp(p), [z], [x]],
    ['sum of all', (p) => np.sum(p), [z], [x]],
    ['z*z + c', step, [z, c], [x, y]],
    ['reversed', (p) => np.flip(p), [z], [x]],
    ['conj', (p) => np.conj(np.neg(p)), [z], [x]],
    ['matrix product of 100 (four real ones)', (p, q) => np.matmul(p, q), [A, B], [P, Q]]
  ]
  for (const [name, f, zs, xs] of all) {
    const best = await race({ complex: () => run(f(...zs)), real: () => run(f(...xs)) }, 1000)
    tell(name, { '': `${ms(best.complex)}, ${ms(best.real)}, ${(best.complex / best.real).toFixed(1)}` })
  }
}

// --- the run
const only = process.argv.find((text) => text.startsWith('--only='))?.slice(7)
console.log(`node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
for (const [name, part] of Object.entries({ elementwise, products, programs, compiling, run: evaluated }))
  if (only === undefined || only.split(',').includes(name)) await part()
process.exit(0)
