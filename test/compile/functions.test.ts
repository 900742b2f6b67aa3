/** Functions of real numbers, compiled: how far from the correctly rounded value, and what they are where nothing is smooth. */
import { array, compile, type DType, type NDArray, run, type Tensor } from 'freegrad'
import { integerPow, polygamma, signature } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { misses, mixed, reference, ulps } from '../math/ulp.js'

// --- model
/** The units in the last place by which a function may miss the correctly rounded value in float64. */
const bounds = {
  exp: 1,
  expm1: 2,
  log: 1,
  log1p: 2,
  rsqrt: 1,
  cbrt: 1,
  logistic: 2,
  sin: 2,
  cos: 2,
  tan: 2,
  asin: 2,
  acos: 2,
  atan: 2,
  sinh: 2,
  cosh: 2,
  tanh: 2,
  asinh: 2,
  acosh: 3,
  atanh: 2,
  atan2: 2,
  pow: 2,
  erf: 2,
  erfc: 2,
  erfInv: 2
}

const table = reference('functions')
const functions = Object.entries(bounds)
const names: ReadonlyArray<string> = [...Object.keys(bounds), 'lgamma', 'digamma']
const unary = names.filter((name) => table[name][0].length === 2)
const binary = names.filter((name) => table[name][0].length === 3)

const huge = [1e5, 1e16, 1e22, 1e300, 1.7976931348623157e308]
const ordinary = [
  0,
  5e-324,
  2 ** -149,
  2 ** -127,
  2 ** -126,
  1e-20,
  0.5,
  1,
  2,
  3,
  20,
  27.3,
  87,
  88.8,
  103,
  171,
  708,
  711,
  746
]
const edges = [...ordinary, ...huge, Number.POSITIVE_INFINITY].flatMap((x) => [x, -x]).concat(Number.NaN)

// --- combinators
type Elementwise = (...xs: ReadonlyArray<Tensor | NDArray>) => Tensor
const operation = (name: string): Elementwise => signature.get(name) as unknown as Elementwise

const valuesOf = (name: string, xs: ReadonlyArray<NDArray>): ReadonlyArray<number> => [
  ...(compile(operation(name))(...xs) as NDArray).data
]

const column = (xs: ReadonlyArray<number>, dtype: DType): NDArray => array([...xs], { dtype })

/** Numbers of float32 all over their range: their bits, some thousands of steps apart. */
const sampled = (): Float32Array => new Float32Array(Int32Array.from({ length: 2 ** 16 }, (_, k) => k * 65521).buffer)

const view = new DataView(new ArrayBuffer(4))
const placeNarrow = (x: number): number => {
  view.setFloat32(0, Math.abs(x))
  return x < 0 ? -view.getInt32(0) : view.getInt32(0)
}

/** Steps of float32 between two of them; infinite between NaN and a number, and between the zeros. */
const narrowDistance = (a: number, b: number): number =>
  Object.is(a, b)
    ? 0
    : Number.isNaN(a) || Number.isNaN(b) || a === b
      ? Infinity
      : Math.abs(placeNarrow(a) - placeNarrow(b))

describe('in float64, against mpmath', () => {
  it.each(functions)('%s is within %i ulp', (name, bound) => {
    const rows = table[name]
    const xs = rows[0].slice(0, -1).map((_, k) =>
      column(
        rows.map((row) => row[k]),
        'float64'
      )
    )
    const values = valuesOf(name, xs)
    let at = 0
    expect(misses(() => values[at++], rows, ulps(bound))).toEqual([])
  })
})

describe('in float64, to a stated bound', () => {
  /** Where negative, terms of these sizes cancel. */
  const scale = (want: number, [x]: ReadonlyArray<number>): number =>
    x > 0 ? Math.abs(want) : Math.max(1, Math.abs(want), Math.abs(x) * Math.log(Math.abs(x)))

  it.each([
    ['lgamma', 8e-16],
    ['digamma', 2e-15]
  ] as const)('%s is within %f of them', (name, bound) => {
    const rows = table[name]
    const values = valuesOf(name, [
      column(
        rows.map(([x]) => x),
        'float64'
      )
    ])
    let at = 0
    expect(misses(() => values[at++], rows, mixed(bound, scale))).toEqual([])
  })

  it.each([1, 2, 3, 7])('polygamma of order %i equals run', (n) => {
    const xs = column([...edges, ...table.digamma.map(([x]) => x)], 'float64')
    const f = (x: Tensor | NDArray) => polygamma(x, { n })
    const values = (compile(f)(xs) as NDArray).data
    const expected = run(f(xs)).data
    const far = Array.from(xs.data, (x, k) => [x, values[k], expected[k]]).filter(
      ([, a, b]) => !Object.is(a, b) && !(Math.abs(a - b) <= 1e-14 * Math.abs(b))
    )
    expect(far).toEqual([])
  })
})

describe('in float32, against evaluation in float64', () => {
  it.each(unary.filter((name) => name !== 'erfInv'))('%s is within 2 ulp', (name) => {
    const xs = sampled()
    const values = valuesOf(name, [array(xs, { dtype: 'float32' })])
    const exact = run(operation(name)(array(Float64Array.from(xs)))).data
    const far = Array.from(xs, (x, k) => [x, values[k], Math.fround(exact[k])]).filter(
      ([, a, b]) => narrowDistance(a, b) > 2
    )
    expect(far).toEqual([])
  })
})

/** The value is that of evaluation to a few units in the last place, zeros and all. Where digamma's terms cancel, of theirs. */
const isSame = (a: number, b: number, dtype: DType, name = ''): boolean =>
  Object.is(a, b) ||
  (b !== 0 &&
    Math.abs(a - b) <= (dtype === 'float64' ? 1e-15 : 3e-7) * Math.max(Math.abs(b), name === 'digamma' ? 1 : 0))

describe.each(['float64', 'float32'] as const)('at the edges of %s', (dtype) => {
  it.each(unary)('%s equals run', (name) => {
    const xs = column(edges, dtype)
    const values = valuesOf(name, [xs])
    const expected = [...run(operation(name)(xs)).data]
    expect(edges.map((x, k) => [x, values[k], expected[k]]).filter(([, a, b]) => !isSame(a, b, dtype, name))).toEqual(
      []
    )
  })

  it.each(unary)('%s of a single number equals the same number in an array', (name) => {
    const xs = column(edges, dtype)
    const alone = compile(operation(name))
    expect(edges.map((x) => (alone(array(x, { dtype })) as NDArray).item())).toEqual(valuesOf(name, [xs]))
  })

  it.each(binary)('%s equals run, for all pairs', (name) => {
    const pairs = edges.flatMap((x) => edges.map((y) => [x, y]))
    const [xs, ys] = [0, 1].map((k) =>
      column(
        pairs.map((pair) => pair[k]),
        dtype
      )
    )
    const values = valuesOf(name, [xs, ys])
    const expected = [...run(operation(name)(xs, ys)).data]
    expect(
      pairs.map((pair, k) => [...pair, values[k], expected[k]]).filter(([, , a, b]) => !isSame(a, b, dtype))
    ).toEqual([])
  })
})

describe('the same bits as run', () => {
  const some = (seed: number): NDArray => {
    const bits = Int32Array.from(
      { length: 2 ** 14 },
      (_, k) => Math.imul(k + seed, 0x9e3779b1) ^ Math.imul(k, 0x85ebca6b)
    )
    return array(new Float32Array(bits.buffer), { dtype: 'float32' })
  }
  const between = array(
    Float32Array.from({ length: 2 ** 14 }, (_, k) => (k - 2 ** 13) / 2 ** 13 + k / 2 ** 30),
    { dtype: 'float32' }
  )
  const [x, y, z] = [1, 2, 3].map(some)
  const wide = (a: NDArray): NDArray => array(Float64Array.from(a.data, (value, k) => value * (1 + k * 2 ** -40)))
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<NDArray>]> = [
    ['erfInv', [between]],
    ['erfInvXla', [between]],
    ['rem', [x, y]],
    ['rem', [wide(x), wide(y)]],
    ['fma', [x, y, z]],
    ['fma', [wide(x), wide(y), wide(z)]],
    ['fma', [wide(x), wide(y), array(Float64Array.from(x.data, (value, k) => -value * y.data[k]))]]
  ]
  it.each(cases)('has %s', (name, xs) => {
    expect(valuesOf(name, xs)).toEqual([...run(operation(name)(...xs)).data])
  })
})

describe('a large whole power', () => {
  it('keeps the parity of the written number, in either precision', () => {
    for (const dtype of ['float64', 'float32'] as const)
      for (const n of [2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1]) {
        const power = (x: Tensor | NDArray) => integerPow(x, { n })
        const x = array([-1, 1, -0, 0, Number.NEGATIVE_INFINITY, 2, -2, 0.5], { dtype })
        expect(compile(power)(x).data).toEqual(run(power(x)).data)
      }
  })
})
