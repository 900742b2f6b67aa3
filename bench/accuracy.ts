/**
 * The accuracy of compiled functions in float32: `node scripts/run.mjs bench/accuracy.ts [--every=N] [NAME...]`. All 2^32
 * numbers, or every N-th one, go through each function; the reference is the same function in float64, which the tests
 * hold to mpmath. Prints the largest distance in units in the last place, and where it is.
 */
import { array, compile, type NDArray, type Tensor } from 'freegrad'
import { signature } from 'freegrad/ops'

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
  'cbrt',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'asinh',
  'acosh',
  'atanh',
  'erf',
  'erfc',
  'lgamma',
  'digamma'
] as const
// So many that results are small arrays, which stand nowhere but in JavaScript.
const chunk = 512

// --- combinators
const isNaNs = (bits: number): boolean => (bits & 0x7fffffff) > 0x7f800000
const placeOf = (bits: number): number => (bits < 0 ? -(bits & 0x7fffffff) : bits)

/** Steps of float32 from one to another, by their bits; infinite between NaN and a number, and between the zeros. */
const between = (a: number, b: number): number => {
  if (isNaNs(a) || isNaNs(b)) return isNaNs(a) && isNaNs(b) ? 0 : Number.POSITIVE_INFINITY
  const steps = Math.abs(placeOf(a) - placeOf(b))
  return steps === 0 ? Number.POSITIVE_INFINITY : steps
}

const measure = (name: (typeof names)[number], every: number): string => {
  const op = signature.get(name) as unknown as (x: Tensor | NDArray) => Tensor
  const [compiled, exact] = [compile(op, { threads: 1 }), compile(op, { threads: 1 })]
  const bits = new Int32Array(chunk)
  const xs = new Float32Array(bits.buffer)
  const wide = new Float64Array(chunk)
  const got = new Float32Array(chunk)
  const want = new Float32Array(chunk)
  const [gotBits, wantBits] = [new Int32Array(got.buffer), new Int32Array(want.buffer)]
  let [worst, off] = [0, 0]
  let place = ''
  for (let start = 0; start < 2 ** 32; start += chunk * every) {
    for (let k = 0; k < chunk; k++) bits[k] = start + k * every
    wide.set(xs)
    got.set((compiled(array(xs, { dtype: 'float32' })) as NDArray).data)
    want.set((exact(array(wide)) as NDArray).data)
    for (let k = 0; k < chunk; k++) {
      if (gotBits[k] === wantBits[k]) continue
      const distance = between(gotBits[k], wantBits[k])
      if (distance > 0) off++
      if (distance <= worst) continue
      worst = distance
      place = `at ${xs[k]}: ${got[k]}, nearest is ${want[k]}`
    }
  }
  const share = ((100 * off * every) / 2 ** 32).toFixed(2)
  return `${name.padEnd(10)} ${String(worst).padStart(8)} ulp  ${share.padStart(6)} % not nearest   ${place}`
}

const chosen = process.argv.slice(3).filter((text) => !text.startsWith('--'))
const every = Number(process.argv.find((text) => text.startsWith('--every='))?.slice(8) ?? 1)
for (const name of names) if (chosen.length === 0 || chosen.includes(name)) console.log(measure(name, every))
