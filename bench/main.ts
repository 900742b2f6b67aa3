/**
 * The benchmark of terms and their reference evaluation: `npm run bench`. Prints what a node costs in time and memory,
 * what the gradient of a chain costs from a thousand to six million operations, and what loops cost that differentiate
 * or inspect at every step. Each figure per operation should stay flat down its column.
 */
import { grad, run, type Tensor, tensor } from 'freegrad'
import { add, mul, sin } from 'freegrad/ops'
import { chain as bind, inspect, of, type Program, runProgram } from 'freegrad/program'

// --- model
type Row = Readonly<Record<string, string | number>>

// --- combinators
const seconds = (work: () => unknown): number => {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

const collect = (globalThis as { gc?: () => void }).gc
const heap = (): number => {
  collect?.()
  return process.memoryUsage().heapUsed
}

const sines = (n: number) => (x: Tensor) => {
  let y = x
  for (let i = 0; i < n; i++) y = sin(y)
  return y
}

const micro = (s: number, n: number): string => ((s / n) * 1e6).toFixed(2)

const print = (title: string, rows: ReadonlyArray<Row>): void => {
  console.log(`\n${title}`)
  const columns = Object.keys(rows[0])
  const width = (c: string) => Math.max(c.length, ...rows.map((row) => String(row[c]).length))
  for (const line of [Object.fromEntries(columns.map((c) => [c, c])), ...rows])
    console.log(columns.map((c) => String(line[c]).padStart(width(c) + 2)).join(''))
}

// --- benchmarks
const building = (): Row => {
  const n = 1e6
  const before = heap()
  let y: Tensor = tensor(0.5)
  const s = seconds(() => {
    for (let i = 0; i < n / 2; i++) y = sin(add(y, 1))
  })
  const bytes = (heap() - before) / n
  return {
    nodes: n,
    'million nodes/s': (n / s / 1e6).toFixed(2),
    'bytes/node': bytes.toFixed(0),
    term: String(y).length > 0 ? 'kept' : ''
  }
}

const gradientOfChain = (n: number): Row => {
  collect?.()
  let gradient: Tensor = tensor(0)
  const built = seconds(() => {
    gradient = grad(sines(n))(0.5)
  })
  let value = 0
  const ran = seconds(() => {
    value = run(gradient).item()
  })
  return {
    operations: n,
    'built (s)': built.toFixed(2),
    'evaluated (s)': ran.toFixed(2),
    'built (us/op)': micro(built, n),
    'evaluated (us/op)': micro(ran, n),
    gradient: value.toExponential(3)
  }
}

// Each step differentiates a function of a captured value that has a long history.
const gradientInside = (n: number): Row => {
  const s = seconds(() => {
    let x: Tensor = tensor(1)
    for (let i = 0; i < n; i++) {
      const captured = x
      x = mul(0.5, grad((t) => mul(sin(t), captured))(captured))
    }
    return run(x)
  })
  return { steps: n, seconds: s.toFixed(2), 'us/step': micro(s, n) }
}

const newton = (n: number): Row => {
  const step = (x: Tensor, k: number): Program<'inspect', Tensor> =>
    bind((_: unknown) => (k === 0 ? of(x) : step(add(x, mul(0.1, sin(x))), k - 1)))(inspect(x))
  const s = seconds(() => run(runProgram(step(tensor(1), n))))
  return { inspects: n, seconds: s.toFixed(2), 'us/inspect': micro(s, n) }
}

console.log(`node ${process.version}, ${new Date().toISOString().slice(0, 10)}`)
gradientOfChain(1e5) // warms the compiler up
print('terms built and type-checked', [building()])
print('the gradient of a chain of sines', [1e3, 1e4, 1e5, 1e6, 6e6].map(gradientOfChain))
print('a loop with grad inside, on captured values', [1e3, 1e4, 1e5].map(gradientInside))
print('a loop that inspects at every step', [1e3, 1e4, 1e5].map(newton))
