/** Scans as users call them: what they cost, that they are the unrolled loop, and what their mistakes say. */
import * as fc from 'fast-check'
import {
  array,
  associativeScan,
  checkGrads,
  checkpoint,
  cost,
  defineOp,
  foriLoop,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  mapLoop,
  pointwise,
  run,
  scan,
  show,
  stage,
  type Tag,
  type Tensor,
  tensor,
  vmap
} from 'freegrad'
import {
  add,
  concatenate,
  cos,
  cumsum,
  div,
  elementwise,
  exp,
  floating,
  iota,
  mul,
  neg,
  reshape,
  sameAsOperand,
  sin,
  slice,
  sum,
  tanh
} from 'freegrad/ops'
import { effect, perform, runProgram } from 'freegrad/program'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { reason, tagOf } from '../support/reason.js'

const total = (x: Tensor): Tensor => sum(x, { axes: x.type.shape.map((_, axis) => axis) })
const nested = (x: Tensor) => run(x).toNested()
const ones = (n: number): Tensor => cos(mul(0, iota({ dtype: 'float64', shape: [n], axis: 0 })))

describe('a scan', () => {
  it('passes the carry on and stacks the outputs', () => {
    const [last, ys] = run(scan((c, x) => [add(c, x), mul(c, x)], 1, array([1, 2, 3])))
    expect([last.item(), ys.toNested()]).toEqual([7, [1, 4, 12]])
  })

  it('goes over trees', () => {
    const init = { count: tensor(0, { dtype: 'int32' }), sums: [0, new Map([['a', array([0, 0])]])] as const }
    const xs = [
      array([1, 2, 3]),
      {
        x: array([
          [1, 2],
          [3, 4],
          [5, 6]
        ])
      }
    ] as const
    const [last, ys] = scan(
      ({ count, sums: [s, m] }, [a, { x }]) => [
        { count: add(count, 1), sums: [add(s, a), new Map([['a', add(m.get('a') as Tensor, x)]])] },
        { both: [a, x], none: null }
      ],
      init,
      xs
    )
    expectTypeOf(last.count).toEqualTypeOf<Tensor>()
    expectTypeOf(last.sums[0]).toEqualTypeOf<Tensor>()
    expectTypeOf(ys.both).toEqualTypeOf<readonly [Tensor, Tensor]>()
    expectTypeOf(ys.none).toEqualTypeOf<null>()
    const { count, sums } = run(last)
    expect([count.item(), sums[0].item(), sums[1].get('a')?.toNested()]).toEqual([3, 6, [9, 12]])
    expect(run(ys.both[1]).toNested()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6]
    ])
  })

  it('infers its types from the first carry and the sequences', () => {
    const plain = scan((c, x) => [add(c, x), null], 0, array([1]))
    expectTypeOf(plain).toEqualTypeOf<[Tensor, null]>()
    const pair = scan(([a, b]) => [[b, add(a, b)], a], [0, 1], null, { length: 10 })
    expectTypeOf(pair).toEqualTypeOf<[readonly [Tensor, Tensor], Tensor]>()
    expect(nested(pair[1])).toEqual([0, 1, 1, 2, 3, 5, 8, 13, 21, 34])
    expectTypeOf(mapLoop((x: Tensor) => ({ y: x }), array([1]))).toEqualTypeOf<{ readonly y: Tensor }>()
    expectTypeOf(foriLoop(0, 1, (_, { c }) => ({ c }), { c: 1 })).toEqualTypeOf<{ readonly c: Tensor }>()
    expectTypeOf(associativeScan(([a], [b]) => [mul(a, b)], [array([1])])).toEqualTypeOf<readonly [Tensor]>()
    type Pair = readonly [Tensor, Tensor]
    const swap = ([a, b]: Pair, x: Tensor): [Pair, Tensor] => [[b, a], mul(a, x)]
    expectTypeOf(scan(swap, [0, 1], array([1]))).toEqualTypeOf<[readonly [Tensor, Tensor], Tensor]>()
    const both = ([a]: Pair, [_, b]: Pair): Pair => [a, b]
    expectTypeOf(associativeScan(both, [array([1]), array([2])])).toEqualTypeOf<readonly [Tensor, Tensor]>()
    // @ts-expect-error: a carry is a tree like the first one
    expect(tagOf(() => scan((c) => [{ c }, null], 0, null, { length: 1 }))).toBe('TreeError')
  })

  it('of length 0 gives the first carry and empty outputs', () => {
    const scanned = (xs: Tensor, c: Tensor) => scan((c, x) => [mul(c, sin(x)), [x, c]], c, xs)
    const none = tensor(array([], { shape: [0, 2] }))
    const [last, [a, b]] = run(scanned(none, tensor([1, 2])))
    expect([last.toNested(), a.shape, b.shape]).toEqual([
      [1, 2],
      [0, 2],
      [0, 2]
    ])
    const [dxs, dc] = run(
      grad((xs: Tensor, c: Tensor) => total(scanned(xs, c)[0]), { argnums: [0, 1] })(none, array([1, 2]))
    )
    expect([dxs.shape, dc.toNested()]).toEqual([
      [0, 2],
      [1, 1]
    ])
  })

  it('keeps the types of its carry: bare numbers are float64, or take the type of the carry', () => {
    const narrow = { dtype: 'float32' } as const
    expect(run(scan((c, x) => [add(c, x), c], 0, tensor([1, 2], narrow)))[0].dtype).toBe('float64')
    expect(run(scan((c) => [1, c], tensor(0, narrow), null, { length: 2 }))[0].dtype).toBe('float32')
    expect(run(scan((c) => [1, c], tensor(0, { dtype: 'int32' }), null, { length: 2 }))[0].dtype).toBe('int32')
  })

  it('calls its step once, and again for each step that is unrolled', () => {
    const calls = (unroll: number | boolean) => {
      let count = 0
      scan(
        (c, x) => {
          count++
          return [add(c, x), c]
        },
        0,
        ones(7),
        { unroll }
      )
      return count
    }
    expect([1, 2, 3, 7, 9, true, false].map(calls)).toEqual([1, 3, 4, 7, 7, 7, 1])
  })
})

describe('scan = the unrolled loop', () => {
  const step = (w: Tensor) => (c: Tensor, x: Tensor) => [tanh(add(mul(w, c), x)), mul(c, sin(x))] as const
  const course = fc.record({
    checkpoint: fc.constantFrom(false, 2, 3),
    n: fc.integer({ min: 1, max: 7 }),
    reverse: fc.boolean(),
    unroll: fc.integer({ min: 1, max: 8 })
  })
  const byHand = (w: Tensor, c: Tensor, xs: Tensor, n: number, reversed: boolean): Tensor => {
    const rows: Array<Tensor> = []
    let carry = c
    for (let k = 0; k < n; k++) {
      const i = reversed ? n - 1 - k : k
      const [next, y] = step(w)(
        carry,
        reshape(slice(xs, { starts: [i], limits: [i + 1], strides: [1] }), { shape: [] })
      )
      carry = next
      rows[i] = reshape(y, { shape: [1] })
    }
    return add(carry, total(mul(concatenate(...rows, { axis: 0 }), xs)))
  }
  const transforms = (f: (w: Tensor, c: Tensor, xs: Tensor) => Tensor, xs: Tensor): ReadonlyArray<Tensor> => {
    const all = grad(f, { argnums: [0, 1, 2] })
    const along = (w: Tensor, c: Tensor, x: Tensor) => jvp(f)([w, c, x], [1, 2, x])[1]
    return [
      f(tensor(0.5), tensor(0.25), xs),
      ...all(0.5, 0.25, xs),
      along(tensor(0.5), tensor(0.25), xs),
      ...grad(along, { argnums: [0, 1, 2] })(0.5, 0.25, xs),
      ...hvp(f)([0.5, 0.25, xs], [1, -1, xs]),
      ...vmap(all, { inAxes: [0, null, null] })(array([0.5, 0.75]), 0.25, xs)
    ]
  }

  it('under every transform, unrolled in part or not, from either end', () => {
    fc.assert(
      fc.property(course, ({ n, reverse, unroll, checkpoint }) => {
        const xs = sin(iota({ dtype: 'float64', shape: [n], axis: 0 }))
        const scanned = (w: Tensor, c: Tensor, x: Tensor): Tensor => {
          const [last, ys] = scan(step(w), c, x, { reverse, unroll, checkpoint })
          return add(last, total(mul(ys, x)))
        }
        const got = run(transforms(scanned, xs))
        const want = run(transforms((w, c, x) => byHand(w, c, x, n, reverse), xs))
        want.forEach((value, k) => {
          expect(got[k].shape).toEqual(value.shape)
          value.data.forEach((y, i) => void expect(got[k].data[i]).toBeCloseTo(y, 11))
        })
      }),
      { numRuns: 25 }
    )
  })

  it('for linear scans with counters, transposed', () => {
    // The counter is held, and its entering values have a scan of their own.
    const f = (x: Tensor) =>
      scan(
        ({ i, c }) => {
          const next = mul(c, add(1, mul(0.5, i)))
          return [{ i: add(i, 1), c: next }, next]
        },
        { i: 0, c: x },
        null,
        { length: 3 }
      )[1]
    expect(nested(grad((x: Tensor) => total(f(x)))(2))).toBe(1 + 1.5 + 3)
  })
})

describe('derivatives to second order', () => {
  const w = array([0.5, -0.25, 0.75])
  const cases: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    scan: (x) =>
      scan(
        (c, y) => [sin(mul(c, y)), add(c, x)],
        x,
        tensor([
          [1, 2, 3],
          [4, 5, 6]
        ])
      )[1],
    'a scan in a scan': (x) => scan((c, y) => [c, scan((d, z) => [tanh(mul(d, z)), null], y, c)[0]], x, x)[1],
    'a scan that keeps little': (x) => scan((c) => [sin(mul(c, x)), null], x, null, { length: 5, checkpoint: true })[0],
    mapLoop: (x) => mapLoop((y) => exp(sin(y)), x),
    foriLoop: (x) => foriLoop(0, 3, (i, c) => mul(sin(c), add(x, i)), x),
    associativeScan: (x) => associativeScan((a, b) => mul(a, b), x),
    checkpoint: checkpoint((x: Tensor) => tanh(mul(sin(x), x)))
  }
  it.each(Object.entries(cases))('of %s are the slopes', (_, f) => checkGrads(f, { order: 2 })(w))

  it.each(Object.entries(cases))('of %s are the same by columns, by rows, and linearized', (_, f) => {
    const [forward, reverse] = run([jacfwd(f)(w), jacrev(f)(w)])
    forward.data.forEach((x, i) => void expect(x).toBeCloseTo(reverse.data[i], 12))
    const along = run([linearize(f)(w)[1](w), jvp(f)([w], [w])[1]])
    along[0].data.forEach((x, i) => void expect(x).toBeCloseTo(along[1].data[i], 12))
    const square = run(hessian((x: Tensor) => total(f(x)))(w))
    const product = run(hvp((x: Tensor) => total(f(x)))([w], [w])[0])
    product.data.forEach((x, i) => {
      const row = [0, 1, 2].reduce((sum, j) => sum + square.data[3 * i + j] * w.data[j], 0)
      expect(x).toBeCloseTo(row, 10)
    })
  })
})

describe('the cost of a scan', () => {
  // Ten operations a step.
  const model = (n: number) => (w: Tensor) => {
    const step = (c: Tensor, x: Tensor) => {
      const a = sin(mul(c, w))
      const b = tanh(add(a, x))
      const d = exp(neg(mul(b, b)))
      return [div(add(d, b), 2), null] as const
    }
    return scan(step, w, ones(n))[0]
  }
  const nodes = (f: (w: Tensor) => Tensor): number => show(stage(f)(0.5)).split('\n').length

  it('is a program whose size does not depend on the length', () => {
    for (const f of [(n: number) => grad(model(n)), (n: number) => grad(grad(model(n)))])
      expect(nodes(f(100_000))).toBe(nodes(f(10)))
  })

  it('is linear in the length', () => {
    const flops = (n: number) => cost(grad(model(n)))(0.5).flops
    expect((flops(100_000) - flops(50_000)) / (flops(50_000) - flops(25_000))).toBeCloseTo(2, 6)
    expect(flops(1000) / cost(model(1000))(0.5).flops).toBeLessThan(5)
  })

  it('differentiates 100,000 steps of ten operations', () => {
    // The carry converges, so that its slope is that of the last hundred steps.
    const [long, short] = [100_000, 100].map((n) => run(grad(model(n))(0.5)).item())
    expect(long).toBeCloseTo(short, 12)
  })

  it('runs no step of the scan itself twice, at any order', () => {
    let scans = 0
    const seen: Array<string> = []
    // An identity that counts its evaluations, and whose derivative does not need its value.
    const counted = defineOp({
      name: 'counted',
      arity: 1,
      type: sameAsOperand(floating),
      evaluate: (xs, _, type) => {
        scans++
        return elementwise((x) => x)(xs, undefined, type)
      },
      jvp: [(dx) => dx],
      batch: pointwise
    })
    const f = (w: Tensor) => scan((c, x) => [counted(mul(sin(c), add(w, x))), null], w, ones(10))[0]
    const nest = (w: Tensor) => scan((c) => [mul(cos(c), f(c)), null], w, null, { length: 5 })[0]
    const ordersOf = (g: (w: Tensor) => Tensor) =>
      [g, grad(g), grad(grad(g)), grad(grad(grad(g)))] as ReadonlyArray<(w: Tensor) => Tensor>
    const orders = ordersOf(f)
    for (const g of orders) {
      scans = 0
      run(g(tensor(0.5)))
      seen.push(String(scans))
    }
    expect(seen).toEqual(['10', '10', '10', '10'])
    // Nor of one inside of it.
    const inner = ordersOf(nest).map((g) => {
      scans = 0
      run(g(tensor(0.5)))
      return scans
    })
    expect(inner).toEqual([50, 50, 50, 50])
    // The number of scans doubles with each order: the value and the tangent of all before.
    const count = (g: (w: Tensor) => Tensor) => cost(g)(0.5).operations.scan
    expect(orders.map(count)).toEqual([1, 2, 4, 8])
  })
})

describe('loops written with scan', () => {
  it('mapLoop is vmap, one element after the other', () => {
    const xs = array([1, 2, 3])
    expect(nested(mapLoop((x) => sin(x), xs))).toEqual(nested(vmap((x: Tensor) => sin(x))(xs)))
    expect(nested(grad((x: Tensor) => total(mapLoop((y) => mul(y, y), x)))(xs))).toEqual([2, 4, 6])
  })

  it('foriLoop counts, in int32', () => {
    expect(nested(foriLoop(2, 6, (i, c) => mul(c, i), tensor(1, { dtype: 'int32' })))).toBe(120)
    expect(nested(foriLoop(3, 3, (_, c) => mul(c, 2), 5))).toBe(5)
    expect(nested(foriLoop(5, 2, (_, c) => mul(c, 2), 5))).toBe(5)
    expect(nested(grad((x: Tensor) => foriLoop(0, 4, (_, y) => mul(y, x), 1))(2))).toBe(32)
  })

  it('foriLoop accepts a tensor as its bound, supports forward mode then, and stops each lane separately', () => {
    const power = (n: Tensor | number, x: Tensor | number) =>
      foriLoop(0, n, (_, { y }) => ({ y: mul(y, x) }), { y: 1 }).y
    const three = tensor(3, { dtype: 'int32' })
    expect(nested(power(three, 2))).toBe(8)
    expect(run(jvp((x: Tensor) => power(three, x))([2], [1])[1]).item()).toBe(12)
    expect(nested(vmap((n: Tensor) => power(n, 2))(array([0, 3, 5], { dtype: 'int32' })))).toEqual([1, 8, 32])
    expect(tagOf(() => grad((x: Tensor) => power(three, x))(2))).toBe('NotDifferentiable')
    expect(nested(foriLoop(three, 6, (i, c) => mul(c, i), tensor(1, { dtype: 'int32' })))).toBe(60)
  })

  it('associativeScan is the scan of an associative function', () => {
    const affine = ([a, b]: readonly [Tensor, Tensor], [c, d]: readonly [Tensor, Tensor]) =>
      [mul(a, c), add(mul(c, b), d)] as const
    const course = fc.record({
      checkpoint: fc.constantFrom(false, 2, 3),
      n: fc.integer({ min: 0, max: 17 }),
      backwards: fc.boolean()
    })
    fc.assert(
      fc.property(course, ({ n, backwards }) => {
        const k = iota({ dtype: 'float64', shape: [n], axis: 0 })
        const xs = [cos(k), sin(k)] as const
        const want = scan(
          (c, x) => {
            const next = affine(c, x)
            return [next, next]
          },
          [1, 0],
          xs,
          { reverse: backwards }
        )[1]
        const got = associativeScan(affine, xs, { reverse: backwards })
        const [a, b, c, d] = run([...got, ...want])
        a.data.forEach((y, i) => void expect(y).toBeCloseTo(c.data[i], 12))
        b.data.forEach((y, i) => void expect(y).toBeCloseTo(d.data[i], 12))
      })
    )
  })

  it('associativeScan works along any axis, calls its function twice for each halving, and is differentiable', () => {
    const x = array([
      [1, 2, 3],
      [4, 5, 6]
    ])
    expect(nested(associativeScan(add, x, { axis: -1 }))).toEqual(nested(cumsum(x, { axis: 1, reverse: false })))
    expect(nested(associativeScan(add, x, { axis: 1, reverse: true }))).toEqual(
      nested(cumsum(x, { axis: 1, reverse: true }))
    )
    let calls = 0
    const counting = (a: Tensor, b: Tensor): Tensor => {
      calls++
      return mul(a, b)
    }
    associativeScan(counting, ones(1024))
    expect(calls).toBeLessThanOrEqual(20)
    const product = (y: Tensor) => total(associativeScan(mul, y))
    expect(nested(grad(product)(array([2, 3, 4])))).toEqual([1 + 3 + 12, 2 + 8, 6])
  })
})

describe('errors', () => {
  const Ask = effect<void, number>()('ask')
  const wrong = (x: unknown): never => x as never
  const two = array([1, 2])
  const mistakes: ReadonlyArray<readonly [what: string, tag: Tag, make: () => unknown, says: RegExp]> = [
    [
      'a carry that changes its shape',
      'ShapeError',
      () =>
        scan(
          ({ h, n }, x) => [{ h: add(h, x), n }, null],
          { h: 0, n: 0 },
          array([two.toNested(), [3, 4]] as number[][])
        ),
      /scan: the carry changes from float64\[\] to float64\[2\] in a step at carry\.h/
    ],
    [
      'a carry that changes its dtype',
      'DTypeError',
      () =>
        scan(([i]) => [[mul(i, tensor(0.5, { dtype: 'float64' }))], null], [tensor(1, { dtype: 'int32' })], null, {
          length: 2
        }),
      /from int32\[\] to float64\[\] in a step at carry\[0\]/
    ],
    [
      'a carry that is another tree',
      'TreeError',
      () =>
        scan(
          wrong(({ h }: { h: Tensor }) => [{ k: h }, null]),
          { h: 0 },
          two
        ),
      /the carry that the step returns.*h is missing/s
    ],
    [
      'a step that returns no pair',
      'TreeError',
      () =>
        scan(
          wrong((c: Tensor) => c),
          0,
          two
        ),
      /object of class Tensor, not a pair.*return \[carry, y\]/s
    ],
    [
      'a step that returns a triple',
      'TreeError',
      () =>
        scan(
          wrong((c: Tensor) => [c, c, c]),
          0,
          two
        ),
      /an array of 3, not a pair/
    ],
    [
      'a step that performs an effect',
      'UnhandledEffect',
      () =>
        runProgram(
          wrong(
            scan(
              wrong(() => perform(Ask)),
              0,
              two
            )
          )
        ),
      /the effect ask is performed inside of a loop or branch, but nothing handles it/
    ],
    [
      'sequences of different lengths',
      'ShapeError',
      () => scan((c) => [c, null], 0, { a: two, b: array([1, 2, 3]) }),
      /3 elements, but the number of steps is 2 at xs\.b/
    ],
    [
      'a length that is not that of the sequences',
      'ShapeError',
      () => scan((c) => [c, null], 0, two, { length: 3 }),
      /2 elements, but the number of steps is 3/
    ],
    [
      'a sequence without an axis',
      'AxisError',
      () => scan((c) => [c, null], 0, [two, 1]),
      /no axis to scan over at xs\[1\]/
    ],
    [
      'nothing that says how many steps',
      'AxisError',
      () => scan((c) => [c, null], 0, null),
      /number of steps is unknown.*length/s
    ],
    ['a negative length', 'ShapeError', () => scan((c) => [c, null], 0, null, { length: -1 }), /-1 steps/],
    ['half an unrolling', 'ShapeError', () => scan((c) => [c, null], 0, two, { unroll: 1.5 }), /unroll is 1\.5/],
    ['bounds that are not integers', 'DTypeError', () => foriLoop(0, 1.5, (_, c) => c, 0), /0 and 1\.5/],
    ['a bound that is no integer', 'DTypeError', () => foriLoop(0, tensor(2.5), (_, c) => c, 0), /integer scalar/],
    [
      'a bound that is no scalar',
      'ShapeError',
      () => foriLoop(0, array([2], { dtype: 'int32' }), (_, c) => c, 0),
      /scalar/
    ],
    [
      'a loop with a bound that changes its carry',
      'ShapeError',
      () => foriLoop(0, tensor(2, { dtype: 'int32' }), (_, { c }) => ({ c: add(c, two) }), { c: 0 }),
      /foriLoop: the carry changes.*at carry\.c/
    ],
    [
      'an element that is mapped to an effect',
      'UnhandledEffect',
      () =>
        runProgram(
          wrong(
            mapLoop(
              wrong(() => perform(Ask)),
              two
            )
          )
        ),
      /the effect ask is performed inside of a loop or branch, but nothing handles it/
    ],
    [
      'a counted loop that changes its carry',
      'ShapeError',
      () => foriLoop(0, 2, (_, c) => add(c, two), 0),
      /foriLoop: the carry changes/
    ],
    ['a combination of another shape', 'ShapeError', () => associativeScan((a) => total(a), two), /associativeScan/],
    [
      'combined sequences of different lengths',
      'ShapeError',
      () => associativeScan((a) => a, [two, array([1])]),
      /xs\[1\]/
    ],
    ['an axis that is not there', 'AxisError', () => associativeScan(add, two, { axis: 1 }), /axis 1/]
  ]
  it.each(mistakes)('%s', (_, tag, make, says) => {
    const error = reason(make)
    expect(error._tag).toBe(tag)
    expect(`${error.op}: ${error.problem} at ${error.path} hint: ${error.hint}`).toMatch(says)
  })
})
