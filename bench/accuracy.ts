/**
 * The accuracy of compiled functions in float32: `node scripts/run.mjs bench/accuracy.ts [--every=N] [NAME...]`. All 2^32
 * numbers, or every N-th one, go through each function; the reference is evaluation in float64. Prints the largest distance
 * in units in the last place, and where it is.
 */
import { array, compile, type NDArray, run, type Tensor } from 'freegrad'
import { signature } from 'freegrad/ops'

// --- model
const names = [
  'exp',
  'expm1',
  'log',
  'log1p',
  'rsqrt',
  'cbrt',
  'logistic',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'erf',
  'erfc',
  'erfInv',
  'lgamma',
  'digamma'
] as const
const chunk = 2 ** 16

// --- combinators
/** Places of float32 numbers in order; NaNs are one, and so are the zeros. */
const place = (bits: number): number => {
  const size = bits & 0x7fffffff
  return size > 0x7f800000 ? Number.NaN : bits < 0 ? -size : size
}

const measure = (name: (typeof names)[number], every: number): string => {
  const op = signature.get(name) as unknown as (x: Tensor | NDArray) => Tensor
  const compiled = compile(op)
  let worst = -1
  let at = 0
  let got = 0
  let want = 0
  let off = 0
  const bits = new Int32Array(chunk)
  const xs = new Float32Array(bits.buffer)
  const results = new Float32Array(2)
  const resultBits = new Int32Array(results.buffer)
  for (let start = 0; start < 2 ** 32; start += chunk * every) {
    for (let k = 0; k < chunk; k++) bits[k] = start + k * every
    const ours = compiled(array(xs, { dtype: 'float32' })) as NDArray
    const theirs = run(op(array(Float64Array.from(xs))))
    for (let k = 0; k < chunk; k++) {
      results[0] = ours.data[k]
      results[1] = theirs.data[k]
      if (resultBits[0] === resultBits[1]) continue
      const [a, b] = [place(resultBits[0]), place(resultBits[1])]
      if (Number.isNaN(a) && Number.isNaN(b)) continue
      const sameZero = results[0] === 0 && results[1] === 0
      const distance = sameZero || Number.isNaN(a) || Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.abs(a - b)
      off++
      if (distance > worst) [worst, at, got, want] = [distance, xs[k], results[0], results[1]]
    }
  }
  const share = ((100 * off * every) / 2 ** 32).toFixed(2)
  return `${name.padEnd(10)} ${String(Math.max(0, worst)).padStart(8)} ulp  ${share.padStart(6)} % not nearest   at ${at}: ${got}, nearest is ${want}`
}

const chosen = process.argv.slice(3).filter((text) => !text.startsWith('--'))
const every = Number(process.argv.find((text) => text.startsWith('--every='))?.slice(8) ?? 1)
for (const name of names) if (chosen.length === 0 || chosen.includes(name)) console.log(measure(name, every))
