/** Branches: only the function chosen runs, and a mistake is told where it is made. */
import * as fc from 'fast-check'
import {
  array,
  axisIndex,
  branch,
  cond,
  cost,
  defineOp,
  grad,
  hessian,
  jet,
  jvp,
  pointwise,
  run,
  type Tag,
  type Tensor,
  tensor,
  valueAndGrad,
  vmap,
  whileLoop
} from 'freegrad'
import * as ops from 'freegrad/ops'
import { add, convert, exp, gt, lt, mul, sin, sqrt, sum } from 'freegrad/ops'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { reason } from '../support/reason.js'

const wrong = (x: unknown): never => x as never
const forEver = (x: Tensor): Tensor =>
  whileLoop(
    (u) => lt(mul(u, 0), 1),
    (u) => add(u, 1),
    x
  )

describe('a branch not taken', () => {
  it('does not run, even if it would never end', () => {
    const f = (x: Tensor) => cond(gt(x, 0), sin, forEver, x)
    expect(run([f(tensor(2)), jvp(f)([2], [1])[1]]).map((y) => y.item())).toEqual([Math.sin(2), Math.cos(2)])
    expect(run(vmap(f)(array([1, 2]))).toNested()).toEqual([Math.sin(1), Math.sin(2)])
    const shared = vmap((x: Tensor) =>
      cond(
        true,
        () => x,
        () => forEver(x)
      )
    )
    expect(run(shared(array([1, 2]))).toNested()).toEqual([1, 2])
  })

  it('of a taken branch, computes only the results that are used', () => {
    const [first] = cond(
      true,
      () => [exp(0), forEver(tensor(1))],
      () => [2, 3]
    )
    expect(run(first).item()).toBe(1)
  })

  it('captures tensors without arguments', () => {
    const f = (x: Tensor) => {
      const y = exp(x)
      return cond(
        gt(x, 0),
        () => mul(y, x),
        () => forEver(y)
      )
    }
    expect(run(valueAndGrad(f)(1)).map((y) => y.item())).toEqual([Math.E, 2 * Math.E])
    expect(
      run(
        grad((x: Tensor) =>
          cond(
            gt(x, 0),
            () => mul(exp(x), x),
            () => sin(x)
          )
        )(1)
      ).item()
    ).toBe(2 * Math.E)
  })

  it('runs in no lane if no lane takes it, and otherwise with the operands of a lane that does', () => {
    const f = (x: Tensor) =>
      cond(
        gt(x, 0),
        () => firstPower(add(1, x)),
        () => 0
      )
    const firstPower = (base: Tensor) =>
      whileLoop(
        (u) => lt(u, 100),
        (u) => mul(u, base),
        1
      )
    expect(run(vmap(f)(array([0, 1, 2, -1]))).toNested()).toEqual([0, 128, 243, 0])
    expect(run(vmap(f)(array([0, -1]))).toNested()).toEqual([0, 0])
    expect(
      run(
        vmap(vmap(f))(
          array([
            [0, -1],
            [1, 0]
          ])
        )
      ).toNested()
    ).toEqual([
      [0, 0],
      [128, 0]
    ])
  })

  it('runs a loop in lanes only as long as a lane that takes the branch needs', () => {
    let steps = 0
    const counting = defineOp({
      name: 'counting',
      arity: 1,
      type: ([x]) => x,
      evaluate: ([x]) => {
        steps++
        return x
      },
      jvp: 'linear',
      transpose: [(ct) => ct],
      batch: pointwise
    })
    const loop = (n: Tensor): Tensor =>
      whileLoop(
        ({ i }) => lt(i, n),
        ({ i }) => ({ i: counting(add(i, 1)) }),
        { i: tensor(0, { dtype: 'int32' }) }
      ).i
    const lane = fc.tuple(fc.nat(3), fc.nat(5))
    const law = fc.property(
      fc.array(lane, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 2, max: 4 }),
      (lanes, count) => {
        const arms = Array.from({ length: count }, () => loop)
        const ints = (xs: number[]) => array(xs, { dtype: 'int32' })
        const counts = lanes.map(([, n]) => n)
        const chosen = lanes.map(([i]) => Math.min(i, count - 1))
        steps = 0
        expect(run(vmap((i: Tensor, n: Tensor) => branch(i, arms, n))(ints(chosen), ints(counts))).toNested()).toEqual(
          counts
        )
        const longest = arms.map((_, k) => Math.max(0, ...counts.filter((_, lane) => chosen[lane] === k)))
        expect(steps).toBe(longest.reduce((sum, n) => sum + n, 0))
        steps = 0
        const isFirst = array(chosen.map((k) => k === 0))
        run(vmap((p: Tensor, n: Tensor) => cond(p, loop, loop, n))(isFirst, ints(counts)))
        const longestOf = (first: boolean) => Math.max(0, ...counts.filter((_, lane) => (chosen[lane] === 0) === first))
        expect(steps).toBe(longestOf(true) + longestOf(false))
      }
    )
    fc.assert(law, { numRuns: fc.readConfigureGlobal().numRuns ?? 10 })
  })

  it('moves a result only if it moves it in some branch', () => {
    const moves = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(moves, { minLength: 1, maxLength: 3 }), fc.nat(2), (all, at) => {
        const f = (x: Tensor) =>
          branch(
            tensor(at, { dtype: 'int32' }),
            all.map((moving) => () => moving.map((does, r) => (does ? sin(mul(r + 1, x)) : tensor(r))))
          )
        const taken = all[Math.min(at, all.length - 1)]
        const [, along] = jvp(f)([2], [1])
        const [, series] = jet(f)([2], [[1, 0]])
        // What is not moved is a zero that no branch makes.
        along.forEach((dy, r) => {
          expect(cost(() => dy)().operations.branch ?? 0).toBe(all.some((moving) => moving[r]) ? 1 : 0)
          expect(run(dy).item()).toBeCloseTo(taken[r] ? (r + 1) * Math.cos(2 * (r + 1)) : 0, 12)
          expect(run(series[1][r]).item()).toBeCloseTo(taken[r] ? -((r + 1) ** 2) * Math.sin(2 * (r + 1)) : 0, 12)
        })
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 20 }
    )
  })

  it('knows the lanes of a vmap if any of the branches names its axis', () => {
    const lanes = array([3, 5])
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }), fc.nat(2), (named, at) => {
        const f = (x: Tensor) => {
          const index = tensor(at, { dtype: 'int32' })
          const arms = named.map((is) => () => (is ? convert(axisIndex('i'), { dtype: 'float64' }) : tensor(7)))
          return add(mul(x, 10), branch(index, arms))
        }
        const isNamed = named[Math.min(at, named.length - 1)]
        const want = isNamed ? [30, 51] : [37, 57]
        expect(run(vmap(f, { axisName: 'i' })(lanes)).toNested()).toEqual(want)
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 20 }
    )
  })

  it('does not affect derivatives under vmap: the slope of sqrt at 0', () => {
    const f = (x: Tensor) => cond(gt(x, 0), sqrt, () => 0, x)
    const x = array([4, 0])
    const total = (x: Tensor) => sum(vmap(f)(x), { axes: [0] })
    expect(run(vmap(grad(f))(x)).toNested()).toEqual([0.25, 0])
    expect(run(grad(total)(x)).toNested()).toEqual([0.25, 0])
    expect(run(vmap(grad(grad(f)))(x)).toNested()).toEqual([-1 / 32, 0])
    expect(run(vmap(grad(grad(grad(f))))(x)).toNested()).toEqual([3 / 256, 0])
    expect(run(jvp((x: Tensor) => grad(total)(x))([x], [array([1, 1])])[1]).toNested()).toEqual([-1 / 32, 0])
    expect(run(sum(hessian(total)(x), { axes: [0] })).toNested()).toEqual([-1 / 32, 0])
  })

  it('gives gradient 0 to tensors that only it uses', () => {
    const f = (x: Tensor) => {
      const root = sqrt(x)
      return cond(
        gt(x, 0),
        () => root,
        () => 3
      )
    }
    expect(run(grad(f)(0)).item()).toBe(0)
    expect(run(vmap(grad(f))(array([4, 0]))).toNested()).toEqual([0.25, 0])
  })
})

describe('an index', () => {
  const f = (i: Tensor | number) => branch(i, [(x) => mul(x, 1), (x) => mul(x, 10), (x) => mul(x, 100)], 7)
  it('is clamped to the first or last branch', () => {
    const all = [-3, 0, 1, 2, 3, 1e12]
    expect(all.map((i) => run(f(i)).item())).toEqual([7, 7, 70, 700, 700, 700])
    expect(run(vmap(f)(array([-3, 0, 1, 2, 3], { dtype: 'int32' }))).toNested()).toEqual([7, 7, 70, 700, 700])
    expect(run(f(tensor(2, { dtype: 'uint32' }))).item()).toBe(700)
  })
})

const integer = tensor(1, { dtype: 'int32' })
const mistakes: ReadonlyArray<readonly [what: string, tag: Tag, make: () => unknown, says: RegExp]> = [
  [
    'a number for a predicate',
    'DTypeError',
    () =>
      cond(
        tensor(1),
        () => 1,
        () => 2
      ),
    /cond: the predicate is not a bool/
  ],
  [
    'several predicates',
    'ShapeError',
    () =>
      cond(
        gt([1, 2], 1),
        () => 1,
        () => 2
      ),
    /not a scalar.*bool\[2\]/
  ],
  [
    'results of different trees',
    'TreeError',
    () =>
      cond(
        true,
        () => ({ a: 1, b: 2 }),
        wrong(() => ({ a: 1 }))
      ),
    /onFalse differs from that of onTrue.*b/s
  ],
  [
    'results of different dtypes',
    'DTypeError',
    () =>
      cond(
        true,
        () => ({ a: [1, integer] }),
        () => ({ a: [1, sqrt(2)] })
      ),
    /onFalse.* at \.a\[1\]: int32\[\], float64\[\]/
  ],
  [
    'results of different shapes',
    'ShapeError',
    () =>
      cond(
        true,
        () => array([1, 2]),
        () => 1
      ),
    /float64\[2\], float64\[\]/
  ],
  [
    'a fraction among integers',
    'DTypeError',
    () =>
      cond(
        true,
        () => integer,
        () => 2.5
      ),
    /int32\[\], float64\[\]/
  ],
  ['an index that is no integer', 'DTypeError', () => branch(1.5, [() => 1]), /index is not an integer.*float64/],
  ['a bool for an index', 'DTypeError', () => branch(true, [() => 1]), /cond/],
  ['several indices', 'ShapeError', () => branch(array([1, 2], { dtype: 'int32' }), [() => 1]), /not a scalar/],
  ['no branches', 'TreeError', () => branch(0, []), /array of branches is empty/],
  [
    'a third branch of another type',
    'ShapeError',
    () => branch(0, [() => sqrt(1), () => sqrt(2), () => sqrt([1, 2])]),
    /branches\[2\].*branches\[0\]/
  ]
]

describe('a mistake', () => {
  it.each(mistakes)('%s is a %s', (_, tag, make, says) => {
    const found = reason(make)
    expect(found._tag).toBe(tag)
    expect(() => make()).toThrow(says)
  })
})

describe('types', () => {
  it('follow from the operands and the first branch', () => {
    const tree = cond(
      true,
      (p, x) => ({ y: mul(p.w, x), n: 1 }),
      (p) => ({ y: p.w, n: 2 }),
      { w: tensor(2) },
      3
    )
    expectTypeOf(tree).toEqualTypeOf<{ readonly y: Tensor; readonly n: Tensor }>()
    const pair = branch(0, [(x) => [x, 1], (x) => [mul(x, x), 2]], 3)
    expectTypeOf(pair).toEqualTypeOf<readonly [Tensor, Tensor]>()
    expectTypeOf(cond(true, sin, exp, 1)).toEqualTypeOf<Tensor>()
    expectTypeOf(
      branch(
        0,
        [1, 2].map((n) => (x: Tensor) => mul(x, n)),
        3
      )
    ).toEqualTypeOf<Tensor>()
    const mutable: [Tensor, { b: Tensor[] }] = [tensor(1), { b: [tensor(2)] }]
    const either = cond(
      true,
      () => mutable,
      () => [3, { b: [4] }]
    )
    expectTypeOf(either).toEqualTypeOf<[Tensor, { b: Tensor[] }]>()
    const [a, b, weight] = [() => ({ a: 1 }), () => ({ b: 1 }), (x: { w: Tensor }) => x.w]
    const misuses = [
      // @ts-expect-error the branches return different trees
      () => cond(true, a, b),
      // @ts-expect-error a branch takes the operands
      () => cond(true, weight, weight, 3)
    ]
    expectTypeOf(misuses).toBeArray()
  })

  it('are weak where every branch is', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }), (weak) => {
        const branches = weak.map((is) => ({
          parameters: [],
          outputs: [is ? tensor(1) : tensor(1, { dtype: 'float64' })],
          oldest: 0
        }))
        const tuple = ops.branchBlock([tensor(0, { dtype: 'int32' })], { branches })
        expect(tuple.type.parts).toEqual([{ dtype: 'float64', shape: [], weak: weak.every((is) => is) }])
      })
    )
  })

  it('a bare number takes the type of the other result', () => {
    const narrow = tensor(2, { dtype: 'float32' })
    expect(
      cond(
        true,
        () => 1,
        () => narrow
      ).type.dtype
    ).toBe('float32')
    expect(
      cond(
        true,
        () => integer,
        () => 0
      ).type.dtype
    ).toBe('int32')
    expect(
      cond(
        true,
        () => 1,
        () => 2
      ).type.weak
    ).toBe(true)
    for (const index of [0, 1])
      expect(
        branch(index, [() => 1, () => tensor(2, { dtype: 'float64' })]).type.weak,
        'weak only where all branches are'
      ).toBe(false)
    expect(
      run(
        cond(
          false,
          () => convert(narrow, { dtype: 'float32' }),
          () => 0.5
        )
      ).dtype
    ).toBe('float32')
  })
})
