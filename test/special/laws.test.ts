/** What holds of every special function: derivatives, lanes, compiled programs, dtypes, errors. */
import * as fc from 'fast-check'
import { array, checkGrads, compile, jvp, type NDArray, run, type Tensor, vjp, vmap } from 'freegrad'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { expectNear } from '../numpy/support.js'
import { reason } from '../support/reason.js'
import { type Fn, type Row, rows } from './functions.js'

// --- generators
/** Operands of a function: vectors of three numbers of its domain each. */
const operands = ({ domain }: Row): fc.Arbitrary<ReadonlyArray<NDArray>> =>
  fc
    .tuple(...domain.map((numbers) => fc.array(numbers, { minLength: 3, maxLength: 3 })))
    .map((columns) => columns.map((column) => array(column)))

/** Every run has another seed: few points at a time are enough. */
const check = (row: Row, law: (xs: ReadonlyArray<NDArray>) => void): void =>
  fc.assert(
    fc.property(operands(row), (xs) => {
      law(xs)
    }),
    { numRuns: 1 }
  )

const inSingle = (xs: ReadonlyArray<NDArray>): ReadonlyArray<NDArray> => xs.map((x) => run(np.astype(x, 'float32')))

/** The value, and all cotangents of a cotangent of ones. */
const withCotangents = (f: Fn) => (xs: ReadonlyArray<Tensor>) => {
  const [y, pull] = vjp(f as (...xs: Tensor[]) => Tensor)(...xs)
  return [y, ...pull(np.onesLike(y))]
}

const tensors = (xs: ReadonlyArray<NDArray>): Array<Tensor> => xs.map((x) => np.asarray(x))

// --- tests
describe.each(rows)('$name', (row) => {
  const { f } = row

  it('has derivatives that agree with finite differences, to second order', () =>
    check(row, (xs) => {
      checkGrads(f as (...xs: Tensor[]) => Tensor, { order: 2, modes: ['rev'], rtol: 1e-4 })(...tensors(xs))
      checkGrads(f as (...xs: Tensor[]) => Tensor, { modes: ['fwd'], rtol: 1e-4 })(...tensors(xs))
    }))

  it('gives the same results under vmap as element by element', () =>
    check(row, (xs) => {
      const lanes = vmap((...each: Tensor[]) => withCotangents(f)(each))(...tensors(xs)) as Array<Tensor>
      const whole = withCotangents(f)(tensors(xs))
      lanes.forEach((lane, k) => {
        expectNear(lane, run(whole[k]), 4)
      })
    }))

  it('gives the same results compiled as in run, with its derivatives', () =>
    check(row, (xs) => {
      const program = compile((...each: Tensor[]) => withCotangents(f)(each))
      const compiled = program(...tensors(xs)) as unknown as ReadonlyArray<NDArray>
      const whole = withCotangents(f)(tensors(xs))
      compiled.forEach((each, k) => {
        expectNear(np.asarray(each), run(whole[k]), 256)
      })
    }))

  it('returns float32 for float32, and so do its derivatives', () =>
    check(row, (xs) => {
      const single = inSingle(xs)
      const double = single.map((x) => run(np.astype(x, 'float64')))
      const [got, want] = [single, double].map((each) => withCotangents(f)(tensors(each)))
      got.forEach((each, k) => {
        expect(each.type.dtype).toBe('float32')
        expectNear(np.astype(each, 'float64'), run(want[k]), 2 ** 29)
      })
    }))

  it('names itself in the error for an invalid operand', () => {
    const { _tag, op } = reason(() => f(...row.domain.map(() => 'x' as never)))
    expect([_tag, op]).toEqual(['DTypeError', op])
    expect(row.name.toLowerCase()).toContain(op.toLowerCase().replace('lgamma', 'gamma'))
  })
})

describe.each(rows.filter(({ domain }) => domain.length > 1))('$name of several operands', ({ name, f, domain }) => {
  const wide = (size: number) => array(Array.from({ length: size }, () => 0.5))

  it('broadcasts its operands', () => {
    const first = array([[0.25], [0.5]])
    const rest = domain.slice(1).map(() => wide(3))
    expect(f(first, ...rest).type.shape).toEqual([2, 3])
    const [, , ...more] = domain
    expect(jvp((x: Tensor) => f(x, ...rest))([first], [first])[1].type.shape).toEqual([2, 3])
    expect(f(0.5, wide(2), ...more.map(() => 0.5)).type.shape).toEqual([2])
  })

  it('rejects operands that do not broadcast', () => {
    const { _tag, op } = reason(() => f(wide(2), ...domain.slice(1).map(() => wide(3))))
    expect([_tag, op]).toEqual(['ShapeError', name])
  })

  it('keeps float32 beside numbers, and converts integers to float64', () => {
    const rest = domain.slice(1).map(() => 0.5)
    expect(f(array([0.5], { dtype: 'float32' }), ...rest).type.dtype).toBe('float32')
    expect(f(array([1], { dtype: 'int32' }), ...rest).type.dtype).toBe('float64')
    expect(f(0.5, ...rest).type).toMatchObject({ dtype: 'float64', weak: true })
  })
})
