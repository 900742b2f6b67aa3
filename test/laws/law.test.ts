/** Laws tell apart what they must, and a law that fails says at once which, along what, and what both its sides are. */

import * as fc from 'fast-check'
import { array, customJvp, defineOp, type Tensor, tensor } from 'freegrad'
import {
  contramap,
  difference,
  elementwiseRow,
  equation,
  magnitudes,
  type Nearness,
  operationLaws,
  point,
  slopes,
  verify
} from 'freegrad/laws'
import { mul, sub, tanh } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

/** The first line of the error of a law held to one case. */
const firstLine = <A>(law: Parameters<typeof verify<A>>[0], x: A): string => {
  try {
    verify(law, fc.constant(x), { runs: 1 })
  } catch (error) {
    return (error as Error).message.split('\n')[0]
  }
  return 'it holds'
}

describe('the first line of a failing law shows', () => {
  const constant = (left: unknown, right: unknown) =>
    equation<null>(
      'x + y = y + x',
      () => left,
      () => right
    )

  it('both sides, by name', () => {
    expect(firstLine(constant(1, 2), null)).toBe('x + y = y + x: x + y is 1 and y + x is 2')
    expect(firstLine(constant([1, array([3, 4])], [1, array([3, 5])]), null)).toBe(
      'x + y = y + x: x + y is 4 and y + x is 5 in element 1 at .1'
    )
    expect(firstLine(constant(array([1]), array([[1]])), null)).toBe(
      'x + y = y + x: x + y is float64[1] and y + x is float64[1,1]'
    )
  })

  it('and the direction, for a derivative', () => {
    const wrong = customJvp(
      (x: Tensor) => mul(x, x),
      ([x], [dx]) => [mul(x, x), mul(x, dx)]
    )
    const p = point((x) => [wrong(x)], [array(3)])
    expect(firstLine(slopes, p)).toBe(
      'J·dx = the slope along dx: along dx = 1: J·dx is 3 and the slope along dx is 6 at .0'
    )
    const up = contramap<typeof p, typeof p>(
      (x) => x,
      (name) => `${name}, of the pullback`
    )(slopes)
    expect(firstLine(up, p)).toContain('J·dx is 3 and the slope along dx is 6')
  })

  it('the thrown error, if a side throws', () => {
    const law = equation<null>(
      'f = g',
      () => {
        throw new TypeError('no f')
      },
      () => 1
    )
    expect(firstLine(law, null)).toBe('f = g: no f')
  })
})

describe('numbers agree', () => {
  const agree = (nearness: Nearness, x: unknown, y: unknown): boolean =>
    difference(
      equation<null>(
        '',
        () => x,
        () => y,
        nearness
      ),
      null
    ) === undefined
  const all: ReadonlyArray<Nearness> = ['rounding', 'signed', 'relative', 'differences', 'identical']
  const where = (x: unknown, y: unknown) => all.filter((nearness) => agree(nearness, x, y))

  it('including the sign of zero in the modes identical and signed', () => {
    expect(where(0, -0)).toEqual(['rounding', 'relative', 'differences'])
    expect(where(array([-0]), array([0]))).toEqual(['rounding', 'relative', 'differences'])
    expect(where(Number.NaN, Number.NaN)).toEqual(all)
  })

  it('within rounding of the largest element, or of each element', () => {
    const near = [array([1, 1e-20]), array([1, 2e-20])] as const
    expect(where(...near)).toEqual(['rounding', 'signed', 'differences'])
    expect(where(array([1e-20 * (1 + 1e-14)]), array([1e-20]))).toContain('relative')
    expect(where(5e-324, 0)).not.toContain('identical')
    expect(where(Number.POSITIVE_INFINITY, 1)).toEqual([])
  })

  it('including their types, and weakness in the mode identical', () => {
    expect(where(tensor(1), tensor(1, { dtype: 'float64' }))).not.toContain('identical')
    expect(where(tensor(1), tensor(1, { dtype: 'float64' }))).toContain('rounding')
    expect(where(tensor(1), tensor(1, { dtype: 'float32' }))).toEqual([])
  })
})

describe('the laws of an operation find', () => {
  it('a correct derivative that is inaccurate in the tails', () => {
    const cancelling = defineOp({
      ...tanh.rules,
      arity: 1,
      name: 'cancelling',
      jvp: [(dx, _, y) => mul(dx, sub(1, mul(y, y)))]
    })
    const failing = operationLaws(elementwiseRow(cancelling, 1, { tails: [magnitudes(-2, 6)] })).filter(
      ({ verify }) => {
        try {
          verify()
          return false
        } catch {
          return true
        }
      }
    )
    expect(failing.map(({ name }) => name)).toEqual(['each number in float32 has the digits of float64'])
  })
})
