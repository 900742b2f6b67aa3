/** The elementwise operations and reductions against real JAX: value, jvp, vjp and second derivative of every case. */
import { array, jvp, type NDArray, run, type Tensor, tensor, vjp } from 'freegrad'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { label, type Mode, type OpCase, type OpFamily, opCases, opFamilies, type Recorded } from './fixtures.js'

type Callable = (...args: ReadonlyArray<unknown>) => Tensor

// The operations under JAX's names.
const renamed: Readonly<Record<string, Callable>> = {
  max: ops.maximum as Callable,
  min: ops.minimum as Callable,
  square: (x) => ops.mul(x as Tensor, x as Tensor)
}
const callable = (op: string): Callable | undefined => renamed[op] ?? (ops.signature.get(op) as unknown as Callable)

// Where the two differ on purpose, or JAX has no digits left: the derivatives at these inputs are not compared here.
// The first group is what freegrad improves (see docs/architecture.md); each of those has a test of its own.
const elsewhere: Readonly<Record<string, (...xs: ReadonlyArray<number>) => boolean>> = {
  abs: (x) => x === 0 || Number.isNaN(x), // the subgradient of least norm; NaN stays NaN
  pow: (x) => x === 0, // right at 0, where JAX has NaN
  logaddexp: (x, y) => Math.abs(x) > 100 || Math.abs(y) > 100, // the limits; JAX takes exp of a rounded difference
  expm1: (x) => x < -5, // JAX: exp(x) - 1 + 1 loses its digits
  tanh: (x) => Math.abs(x) > 2, // JAX: 1 - tanh² loses its digits
  logistic: (x) => x > 3, // JAX: 1 - y loses its digits
  acosh: (x) => x <= 1 || x > 1e9, // not real below 1, where JAX gives a number
  // Infinite or cancelling intermediates, in one of the two or both.
  div: (x, y) => Math.abs(x) > 1e14 || Math.abs(y) > 1e14,
  atan2: (x, y) => Math.abs(x) > 1e9 || Math.abs(y) > 1e9 || Math.abs(Math.abs(x) - Math.abs(y)) < 0.1,
  cbrt: (x) => x === 0 || !Number.isFinite(x),
  atan: (x) => Math.abs(x) > 1e9,
  atanh: (x) => Math.abs(x) >= 1,
  // JAX's own errors grow near the poles, and beyond 1e6.
  lgamma: (x) => x <= 0 || !(x < 1e6),
  digamma: (x) => x <= 0 || !(x < 1e6)
}

// Relative errors, of JAX's float error mostly. Some have few digits near zeros: values of lgamma and digamma, and second
// derivatives that are odd in x, where one of the two takes a difference of numbers near 1.
const relative: Readonly<Record<Mode, number>> = { x32: 5e-6, x64: 2e-13 }
const nearZeros: Readonly<Record<Mode, number>> = { x32: 5e-6, x64: 1e-14 }
const cancelling = new Set(['lgamma', 'digamma', 'asin', 'acos', 'tanh', 'atanh', 'logistic', 'logaddexp', 'atan2'])
const smallest: Readonly<Record<Mode, number>> = { x32: 1e-37, x64: 4e-307 } // XLA flushes what is smaller

const from = ({ data, shape, dtype }: Recorded): Tensor => tensor(array(data, { shape, dtype }))

const expectNear = (what: string, { op, mode, inputs }: OpCase, got: NDArray, want: Recorded): void => {
  expect([what, got.dtype, got.shape]).toEqual([what, want.dtype, want.shape])
  const atol = cancelling.has(op) ? nearZeros[mode] : smallest[mode]
  const skip = what === 'value' ? undefined : elsewhere[op]
  const far = Array.from(want.data, (expected, i) => {
    const x = got.data[i]
    const at = inputs.map((input) => input.data[input.data.length === want.data.length ? i : 0])
    const same = Object.is(x, expected) || x === expected
    const near = same || Math.abs(x - expected) <= atol + relative[mode] * Math.abs(expected)
    return near || skip?.(...at) ? '' : `at ${at}: ${x}, JAX ${expected}`
  }).filter((text) => text !== '')
  expect([what, far]).toEqual([what, []])
}

const families: ReadonlyArray<OpFamily> = ['unary', 'binary', 'ternary', 'broadcasting']
const cases = families
  .flatMap((family) => (opFamilies[family] as ReadonlyArray<Mode>).flatMap((mode) => opCases(family, mode)))
  .filter(({ op }) => callable(op) !== undefined)

describe('operations agree with JAX', () => {
  it('on all that both have', () => {
    expect(cases.length).toBeGreaterThan(300)
  })

  it.each(cases.map((each) => [label(each), each] as const))('%s', (_, each) => {
    const op = callable(each.op) as Callable
    const params = Object.keys(each.params).length === 0 ? [] : [each.params]
    const f = (...xs: Tensor[]): Tensor => op(...xs, ...params)
    const xs = each.inputs.map(from)
    expectNear('value', each, run(f(...xs)), each.value)
    const { derivatives } = each
    if (derivatives === null) return
    const along = (directions: ReadonlyArray<Recorded | null>) =>
      directions.map((d, k) => (d === null ? xs[k] : from(d)))
    const push = (...at: Tensor[]): Tensor => jvp(f)(at, along(derivatives.tangents))[1]
    expectNear('jvp', each, run(push(...xs)), derivatives.jvp)
    expectNear('second', each, run(jvp(push)(xs, along(derivatives.seconds))[1]), derivatives.second)
    const cotangents = run(vjp(f)(...xs)[1](from(derivatives.cotangent)))
    derivatives.vjp.forEach((want, k) => {
      if (want !== null) expectNear(`vjp ${k}`, each, cotangents[k], want)
    })
  })
})
