/** Masks: what a select has zeroed stays 0 in a gradient, in scans, in functions with rules and in contractions. */
import * as fc from 'fast-check'
import { array, cost, grad, run, scan, type Tensor, tensor } from 'freegrad'
import { byVjp } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

// --- model
/** A value of a step: one of the two carries, the element or the captured number, or what is made of these. */
type Value = Readonly<{ by: 'itself' | 'sum' | 'product' | 'root'; of: readonly [number, number] }>

/** A scan at numbers where roots have infinite slopes, and which of its results are used, under a select and taken. */
interface Case {
  readonly next: readonly [Value, Value]
  readonly y: Value
  readonly used: ReadonlyArray<number>
  readonly masked: ReadonlyArray<boolean>
  readonly taken: ReadonlyArray<boolean>
  readonly at: readonly [a: number, b: number, w: number]
  readonly xs: ReadonlyArray<number>
}

type Step = readonly [next: readonly [Tensor, Tensor], y: Tensor]
type Loss = (a: Tensor, b: Tensor, xs: Tensor, w: Tensor) => Tensor

// --- constructors
const value: fc.Arbitrary<Value> = fc.record({
  by: fc.constantFrom('itself', 'sum', 'product', 'root', 'root'),
  of: fc.tuple(fc.nat(3), fc.nat(3))
})
const three = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })
const number = fc.constantFrom(0, 0, 1, 4)
const cases: fc.Arbitrary<Case> = fc.record({
  next: fc.tuple(value, value),
  y: value,
  used: fc.subarray([0, 1, 2], { minLength: 1 }),
  masked: three,
  taken: three,
  at: fc.tuple(number, number, number),
  xs: fc.array(number, { minLength: 1, maxLength: 3 })
})

const made = ({ by, of: [i, j] }: Value, given: ReadonlyArray<Tensor>): Tensor => {
  if (by === 'itself') return given[i]
  return by === 'root' ? np.sqrt(given[i]) : (by === 'sum' ? np.add : np.mul)(given[i], given[j])
}

// --- combinators
const stepOf =
  ({ next, y }: Case, w: Tensor) =>
  ([a, b]: readonly [Tensor, Tensor], x: Tensor): Step => {
    const given = [a, b, x, w]
    return [[made(next[0], given), made(next[1], given)], made(y, given)]
  }

const lossOf = ({ used, masked, taken }: Case, results: ReadonlyArray<Tensor>): Tensor =>
  used.reduce<Tensor>(
    (sum, k) => np.add(sum, np.sum(masked[k] ? np.where(taken[k], results[k], 0) : results[k])),
    tensor(0)
  )

const scanned =
  (each: Case): Loss =>
  (a, b, xs, w) => {
    const [last, ys] = scan(stepOf(each, w), [a, b] as const, xs)
    return lossOf(each, [...last, ys])
  }

const unrolled =
  (each: Case): Loss =>
  (a, b, xs, w) => {
    const ys: Tensor[] = []
    let carry: readonly [Tensor, Tensor] = [a, b]
    for (let k = 0; k < each.xs.length; k++) {
      const [next, y] = stepOf(each, w)(carry, np.at(xs, k).get())
      carry = next
      ys.push(y)
    }
    return lossOf(each, [...carry, np.stack(ys)])
  }

const gradient = (loss: Loss, { at: [a, b, w], xs }: Case): ReadonlyArray<Tensor> =>
  grad(loss, { argnums: [0, 1, 2, 3] })(a, b, array([...xs]), w)

const numRuns = fc.readConfigureGlobal().numRuns ?? 60

describe('a scan', () => {
  it('has the gradient of the unrolled loop, NaN and infinity too, if a result is under a select', () => {
    const law = fc.property(cases, (each) => {
      fc.pre(each.used.some((k) => each.masked[k]))
      const [found, wanted] = [scanned(each), unrolled(each)].map((loss) => run([...gradient(loss, each)]))
      const near = (x: number): unknown => (Number.isFinite(x) ? expect.closeTo(x, 9) : x)
      expect(found.map(({ data }) => [...data])).toEqual(wanted.map(({ data }) => Array.from(data, near)))
    })
    fc.assert(law, { numRuns: 2 * numRuns })
  })

  it('has no masks in its gradient if no result is under a select', () => {
    const law = fc.property(cases, (some) => {
      const each = { ...some, masked: [false, false, false] }
      const { operations } = cost(() => [...gradient(scanned(each), each)])()
      expect([operations.select, operations.or, operations.and]).toEqual([undefined, undefined, undefined])
    })
    fc.assert(law, { numRuns })
  })
})

const near = (x: number): unknown => (Number.isFinite(x) ? expect.closeTo(x, 9) : x)
const numbers = (xs: ReadonlyArray<Tensor>): ReadonlyArray<number> => run([...xs]).flatMap(({ data }) => [...data])

describe('a function with a rule', () => {
  it('has the gradient of the function, NaN and infinity too, if a result is under a select', () => {
    const law = fc.property(cases, (each) => {
      fc.pre(each.masked[0] || each.masked[1])
      const [a, b] = each.at
      const plain = (...xs: Tensor[]) => each.next.map((value) => made(value, [...xs, ...xs]))
      const [found, wanted] = [byVjp(plain), plain].map((f) =>
        grad((a: Tensor, b: Tensor) => lossOf({ ...each, used: [0, 1] }, f(a, b)), { argnums: [0, 1] })(a, b)
      )
      expect(numbers(found)).toEqual(numbers(wanted).map(near))
    })
    fc.assert(law, { numRuns })
  })
})

describe('a product', () => {
  it('of a tensor with itself is live where one of its factors is', () => {
    const law = fc.property(
      fc.array(number, { minLength: 2, maxLength: 2 }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      (xs, taken) => {
        const masked = (products: (r: Tensor) => Tensor) => (z: Tensor) =>
          np.sum(np.where(array(taken, { shape: [2, 2] }), products(np.sqrt(z)), 0))
        const one = masked((r) => ops.dot(r, r, { contract: [[], []], batch: [[], []] }))
        const other = masked((r) => np.mul(np.reshape(r, [2, 1]), r))
        expect(numbers([grad(one)(array(xs))])).toEqual(numbers([grad(other)(array(xs))]).map(near))
      }
    )
    fc.assert(law, { numRuns })
  })

  it('with a literal has a mask only if the literal is not finite', () => {
    const under = (c: number) => (x: Tensor, p: boolean) => np.where(p, np.mul(x, c), 0)
    const selects = (c: number) => cost(() => grad((x: Tensor) => under(c)(x, false))(2))().operations.select ?? 0
    for (const c of [2, -0.5, 0, Infinity, NaN]) {
      expect(
        numbers([grad((x: Tensor) => under(c)(x, false))(2), grad((x: Tensor) => under(c)(x, true))(2)]).map(
          (x) => x + 0
        )
      ).toEqual([0, c])
      expect(selects(c)).toBe(Number.isFinite(c) ? selects(2) : selects(2) + 1)
    }
  })

  it('with several numbers has a mask if one of them is not finite', () => {
    const f = (x: Tensor) => np.sum(np.where(false, np.mul(x, array([2, Infinity])), 0))
    expect(numbers([grad(f)(array([1, 1]))]).map((x) => x + 0)).toEqual([0, 0])
  })

  it('that is gated drops what a factor 0 meets', () => {
    for (const x of [0, 2])
      for (const z of [0, 4]) {
        const slope = grad((z: Tensor) => ops.gatedMul(x, ops.sqrt(z)))(z)
        expect(numbers([slope])[0] + 0).toBe(x === 0 ? 0 : 1 / Math.sqrt(z))
      }
  })
})
