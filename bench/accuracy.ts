/**
 * The accuracy of compiled functions in float32: `node scripts/run.mjs bench/accuracy.ts [--every=N] [NAME...]`. All 2^32
 * numbers, or every N-th one, go through each function; the reference is the same function in float64, which the tests
 * hold to mpmath. The sweep is a compiled program itself. Prints the largest distance in units in the last place.
 */
import { array, compile, type Tensor } from 'freegrad'
import {
  abs,
  add,
  and,
  bitcast,
  convert,
  eq,
  iota,
  lt,
  max,
  mul,
  ne,
  or,
  select,
  signature,
  sub,
  sum
} from 'freegrad/ops'

// --- model
// Those that have formulas of their own in float32 come first; the others are computed in float64 and rounded.
const names = [
  'exp',
  'expm1',
  'log',
  'log1p',
  'rsqrt',
  'logistic',
  'sin',
  'cos',
  'tanh',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'erf',
  'cbrt',
  'tan',
  'asinh',
  'acosh',
  'atanh',
  'erfc',
  'lgamma',
  'digamma'
] as const
const chunk = 2 ** 20
const far = 2 ** 30

// --- combinators
/** The largest distance, and how many are not the nearest number, among `chunk` numbers from some bits on. */
const distances = (f: (x: Tensor) => Tensor, every: number) => (start: Tensor) => {
  const bits = add(start, mul(every, iota({ dtype: 'int32', shape: [chunk], axis: 0 })))
  const x = bitcast(bits, { dtype: 'float32' })
  const got = f(x)
  const want = convert(f(convert(x, { dtype: 'float64' })), { dtype: 'float32' })
  // Places of numbers in order: both zeros are at 0, and are told apart.
  const [a, b] = [got, want].map((y) => bitcast(y, { dtype: 'int32' }))
  const place = (y: Tensor): Tensor => select(lt(y, 0), sub(-(2 ** 31), y), y)
  const steps = abs(sub(place(a), place(b)))
  const areNaN = and(ne(got, got), ne(want, want))
  const isOneNaN = ne(ne(got, got), ne(want, want))
  const areZeros = and(eq(steps, 0), ne(a, b))
  const distance = select(areNaN, 0, select(or(isOneNaN, areZeros), far, steps))
  return [max(distance, { axes: [0] }), sum(convert(ne(distance, 0), { dtype: 'int32' }), { axes: [0] })] as const
}

const measure = (name: (typeof names)[number], every: number): string => {
  const sweep = compile(distances(signature.get(name) as unknown as (x: Tensor) => Tensor, every), { threads: 1 })
  let [worst, off, all] = [0, 0, 0]
  for (let start = 0; start < 2 ** 32; start += chunk * every) {
    const [largest, count] = sweep(array(start | 0, { dtype: 'int32' }))
    worst = Math.max(worst, largest.item())
    off += count.item()
    all += chunk
  }
  const share = ((100 * off) / all).toFixed(2)
  return `${name.padEnd(10)} ${String(worst).padStart(8)} ulp  ${share.padStart(6)} % not nearest`
}

const chosen = process.argv.slice(3).filter((text) => !text.startsWith('--'))
const every = Number(process.argv.find((text) => text.startsWith('--every='))?.slice(8) ?? 1)
for (const name of names) if (chosen.length === 0 || chosen.includes(name)) console.log(measure(name, every))
