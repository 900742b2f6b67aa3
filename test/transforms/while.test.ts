/** Loops that end when a test says so: forward mode goes through them, reverse mode tells what to use instead. */
import { array, cond, grad, jacfwd, jvp, run, type Tag, type Tensor, tensor, vjp, vmap, whileLoop } from 'freegrad'
import { add, convert, div, eq, exp, gt, le, lt, mul, rem, sqrt, sub } from 'freegrad/ops'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { reason, tagOf } from '../support/reason.js'

const wrong = (x: unknown): never => x as never
const int = (n: number) => tensor(n, { dtype: 'int32' })

// Heron's root: twice differentiable, with as many steps as it takes.
const root = (a: Tensor): Tensor =>
  whileLoop(
    (x) => gt(mul(sub(mul(x, x), a), sub(mul(x, x), a)), 1e-24),
    (x) => mul(0.5, add(x, div(a, x))),
    a
  )

const collatz = (n: Tensor): Tensor =>
  whileLoop(
    ({ n }) => gt(n, 1),
    ({ n, steps }) => ({
      n: cond(
        eq(rem(n, 2), 0),
        () => div(n, 2),
        () => add(mul(3, n), 1)
      ),
      steps: add(steps, 1)
    }),
    { n, steps: int(0) }
  ).steps

describe('a loop', () => {
  it('runs while its test is true', () => {
    expect(run(collatz(tensor(27))).item()).toBe(111)
    expect(run(collatz(tensor(1))).item()).toBe(0)
  })

  it('gives the same results in lanes that stop at different steps as alone', () => {
    expect(run(vmap(collatz)(array([1, 2, 3, 6, 7, 27]))).toNested()).toEqual([0, 1, 7, 8, 16, 111])
    const captured = (a: Tensor) =>
      whileLoop(
        (x) => lt(x, 10),
        (x) => add(x, a),
        0
      )
    expect(run(vmap(captured)(array([1, 2, 3, 20]))).toNested()).toEqual([10, 10, 12, 20])
    const shared = (x: Tensor) =>
      whileLoop(
        ([i]) => lt(i, 3),
        ([i, x]) => [add(i, 1), mul(x, 2)],
        [int(0), x]
      )[1]
    expect(run(vmap(shared)(array([1, 2]))).toNested()).toEqual([8, 16])
    expect(run(vmap(root)(array([], { shape: [0] }))).shape).toEqual([0])
  })

  it('inside another loop ends in every lane, even in lanes where the outer loop has stopped and the inner test stays true', () => {
    const nested = (a: Tensor) =>
      whileLoop(
        ([i]) => gt(i, 0),
        ([i, t]) => [
          sub(i, 1),
          whileLoop(
            (u) => le(u, mul(t, 2)),
            (u) => add(u, i),
            t
          )
        ],
        [a, 1]
      )[1]
    expect(run(vmap(nested)(array([1, 2, 3, 4]))).toNested()).toEqual([3, 7, 21, 47])
    expect(run(vmap(jacfwd(nested))(array([1, 2, 3, 4]))).toNested()).toEqual([2, 5, 15, 33])
  })

  it('gives a bare number as a float64 that meets other dtypes as one, also after no step', () => {
    const last = (limit: number) =>
      whileLoop(
        (x) => lt(x, limit),
        (x) => add(x, 1),
        3
      )
    expect(run([last(0), last(9)]).map(({ type: { dtype, weak } }) => [dtype, weak])).toEqual([
      ['float64', false],
      ['float64', false]
    ])
    expect(run(add(run(last(0)), tensor(1, { dtype: 'float32' }))).dtype).toBe('float64')
  })

  it('inside another loop returns an empty batch for an empty batch', () => {
    const nested = (x: Tensor): Tensor =>
      whileLoop(
        (y) => lt(y, 9),
        (y) => add(y, root(x)),
        x
      )
    expect(run(vmap(nested)(new Float64Array(0))).shape).toEqual([0])
  })

  it('stops a lane before the step, or its derivative, would be infinite', () => {
    const halves = (x: Tensor) =>
      whileLoop(
        (x) => gt(x, 0),
        (x) => sub(x, sqrt(x)),
        x
      )
    expect(run(vmap((x: Tensor) => jvp(halves)([x], [1])[1])(array([1, 0]))).toNested()).toEqual([0.5, 1])
  })
})

describe('forward mode', () => {
  it('carries tangents along, to any order and in every lane', () => {
    const near = (x: number) => expect.closeTo(x, 12)
    expect(run(jacfwd(root)(4)).item()).toEqual(near(1 / 4))
    expect(run(jacfwd((a: Tensor) => jacfwd(root)(a))(4)).item()).toEqual(near(-1 / 32))
    expect(run(vmap(jacfwd(root))(array([4, 9, 100]))).toNested()).toEqual([near(1 / 4), near(1 / 6), near(1 / 20)])
  })
})

describe('reverse mode', () => {
  it('throws if a value under differentiation goes through the loop, but only when the gradient is taken', () => {
    const found = reason(() => grad(root)(2))
    expect(found._tag).toBe('NotDifferentiable')
    expect(found.hint).toMatch(/foriLoop.*scan.*customRoot.*jvp/)
    const [y, pullback] = vjp(root)(4)
    expect(run(y).item()).toBeCloseTo(2, 12)
    expect(tagOf(() => pullback(1))).toBe('NotDifferentiable')
  })

  it('works if no value under differentiation goes through the loop: counters, captured constants, and unchanged states', () => {
    expect(run(grad((x: Tensor) => mul(x, root(tensor(4))))(3)).item()).toBeCloseTo(2, 12)
    const steps = (x: Tensor) =>
      whileLoop(
        (n) => lt(convert(n, { dtype: 'float64' }), x),
        (n) => add(n, 1),
        int(0)
      )
    expect(run(grad((x: Tensor) => mul(x, steps(x)))(2.5)).item()).toBe(3)
    const along = (x: Tensor) =>
      whileLoop(
        ({ n }) => lt(n, 3),
        ({ n, x }) => ({ n: add(n, 1), x }),
        { n: int(0), x }
      )
    expect(run(grad((x: Tensor) => exp(along(x).x))(0)).item()).toBe(1)
  })
})

const mistakes: ReadonlyArray<readonly [what: string, tag: Tag, make: () => unknown, says: RegExp]> = [
  [
    'a test that gives a number',
    'DTypeError',
    () =>
      whileLoop(
        (x) => x,
        (x) => x,
        1
      ),
    /the test is not a bool: float64/
  ],
  [
    'a test of every element',
    'ShapeError',
    () =>
      whileLoop(
        (x) => gt(x, 0),
        (x) => x,
        array([1, 2])
      ),
    /not a scalar.*bool\[2\]/
  ],
  [
    'a test that gives a tree',
    'TreeError',
    () =>
      whileLoop(
        wrong((x: Tensor) => [gt(x, 0), x]),
        (x) => x,
        1
      ),
    /array of tensors/
  ],
  [
    'a step that returns another tree',
    'TreeError',
    () =>
      whileLoop(
        ({ x }) => gt(x, 0),
        wrong(({ x }: { x: Tensor }) => [x]),
        { x: 1 }
      ),
    /the step returns.*record \{x\}.*tuple/s
  ],
  [
    'a carry that becomes wider',
    'DTypeError',
    () =>
      whileLoop(
        ([i]) => lt(i, 3),
        ([i, x]) => [add(i, 1), mul(x, sqrt(2))],
        [int(0), int(1)]
      ),
    /changes from int32\[\] to float64\[\] in a step at carry\[1\]/
  ],
  [
    'a carry that grows',
    'ShapeError',
    () =>
      whileLoop(
        () => true,
        ({ x }) => ({ x: mul(x, array([1, 2])) }),
        { x: 1 }
      ),
    /changes from float64\[\] to float64\[2\] in a step at carry\.x/
  ]
]

describe('a mistake', () => {
  it.each(mistakes)('%s is a %s', (_, tag, make, says) => {
    expect(tagOf(make)).toBe(tag)
    expect(() => make()).toThrow(says)
  })
})

describe('types', () => {
  const positive = (carry: { n: Tensor }) => gt(carry.n, 0)
  const leaf = (carry: { n: Tensor }) => carry.n

  it('of the carry are kept', () => {
    const last = whileLoop(
      ({ n }) => lt(n, 3),
      ({ n, p }) => ({ n: add(n, 1), p: [p[1], p[0]] }),
      { n: 0, p: [1, 2] }
    )
    expectTypeOf(last).toEqualTypeOf<{ readonly n: Tensor; readonly p: readonly [Tensor, Tensor] }>()
    expect(run(last).p.map((x) => x.item())).toEqual([2, 1])
    const pair: [Tensor, Tensor] = [tensor(1), tensor(5)]
    const swapped = whileLoop(
      ([a, b]) => lt(a, b),
      ([a, b]) => [b, a],
      pair
    )
    expectTypeOf(swapped).toEqualTypeOf<[Tensor, Tensor]>()
    // @ts-expect-error the step returns another tree
    expect(tagOf(() => whileLoop(positive, leaf, { n: 1 }))).toBe('TreeError')
  })
})
