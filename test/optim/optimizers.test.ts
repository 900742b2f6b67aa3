/** Optimizers against laws: what a state is, and that every transform works through a step. Numbers are JAX's (test/jax). */
import * as fc from 'fast-check'
import { array, checkGrads, compile, grad, jvp, type NDArray, run, scan, static_, type Tensor, vmap } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as optim from 'freegrad/optim'
import { leaves, map, structure, unflatten } from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { arrayOf, expectNear } from '../numpy/support.js'
import { reason } from '../support/reason.js'

// --- model
type Params = { readonly a: Tensor; readonly b: readonly [Tensor] }
type Rated = Readonly<{ name: string; make: (rate: optim.Rate) => optim.Optimizer }>

const matrices = ({ type }: Tensor): boolean => type.shape.length > 1

const local: ReadonlyArray<Rated> = [
  { name: 'sgd', make: optim.sgd },
  { name: 'sgd with momentum', make: (rate) => optim.sgd(rate, { momentum: 0.5, nesterov: true }) },
  { name: 'momentum', make: optim.momentum },
  { name: 'adam', make: (rate) => optim.adam(rate, { eps: 0.1 }) },
  { name: 'adam, as Nesterov', make: (rate) => optim.adam(rate, { eps: 0.1, nesterov: true }) },
  { name: 'adamw', make: (rate) => optim.adamw(rate, { eps: 0.1, weightDecay: 0.1, mask: matrices }) },
  { name: 'rmsprop', make: (rate) => optim.rmsprop(rate, { eps: 0.1, momentum: 0.5 }) },
  { name: 'adagrad', make: optim.adagrad },
  { name: 'lion', make: optim.lion },
  { name: 'clip', make: (rate) => optim.chain(optim.clip(2.5), optim.scale(0.5), optim.sgd(rate)) }
]
const all: ReadonlyArray<Rated> = [
  ...local,
  { name: 'clipByGlobalNorm', make: (rate) => optim.chain(optim.clipByGlobalNorm(0.7), optim.adam(rate, { eps: 0.1 })) }
]

// --- generators
const values = fc.integer({ min: -99, max: 99 }).map((n) => n / 32)

/** The parameters, and a gradient for each of three steps, stacked. */
const points = fc
  .tuple(arrayOf([2], values), arrayOf([2, 2], values), arrayOf([3, 2], values), arrayOf([3, 2, 2], values))
  .map(([a, b, as, bs]) => ({ params: { a, b: [b] as const }, gradients: { a: as, b: [bs] as const } }))

const narrow = <T>(tree: T) => map((x) => np.astype(x as NDArray, 'float32'), tree)

// --- combinators
/** That a law holds for some values; each is a training, of many operations. */
const check = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void): void =>
  fc.assert(
    fc.property(arbitrary, (value) => {
      law(value)
    }),
    { numRuns: 6 }
  )

const three = ({ make }: Rated, rate: optim.Rate, params: unknown, gradients: unknown): [unknown, unknown] => {
  const optimizer = make(rate)
  let now: [unknown, unknown] = [params, optimizer.init(params)]
  for (let k = 0; k < 3; k++)
    now = optim.step(optimizer, map((g) => np.at(g as NDArray, k), gradients) as never, now[1], now[0])
  return now
}

const flat = (tree: unknown): Tensor =>
  np.concatenate(leaves(tree).map((x) => np.ravel(np.astype(x as Tensor, 'float64'))))
const same = (got: unknown, want: unknown, ulps = 64): void => {
  expect(structure(got)).toEqual(structure(want))
  expect(leaves(got).map((x) => (x as Tensor).type ?? x)).toEqual(leaves(want).map((x) => (x as Tensor).type ?? x))
  expectNear(flat(got), run(flat(want)), ulps)
}

describe.each(all)('$name', (each) => {
  it('keeps the dtypes of the parameters, and counts in int32', () =>
    check(points, ({ params, gradients }) => {
      const [wide, state] = three(each, 0.1, params, gradients)
      expect(leaves(wide).map((x) => (x as Tensor).type.dtype)).toEqual(['float64', 'float64'])
      const [single, remembered] = three(each, array(0.1), narrow(params), narrow(gradients))
      expect(leaves(single).map((x) => (x as Tensor).type.dtype)).toEqual(['float32', 'float32'])
      const dtypes = leaves(remembered).map((x) => (x as Tensor).type)
      for (const { dtype, shape } of dtypes) expect(dtype).toBe(shape.length === 0 ? 'int32' : 'float32')
      expect(structure(remembered)).toEqual(structure(state))
      expectNear(flat(single), run(flat(wide)), 2 ** 36)
    }))

  it('works as the step of a scan', () =>
    check(points, ({ params, gradients }) => {
      const optimizer = each.make(0.1)
      const init = [params, optimizer.init(params) as null] as const
      const [last] = scan(
        ([p, state], g) => [optim.step(optimizer, g, state, p) as [Params, null], null],
        init,
        gradients
      )
      same(last, three(each, 0.1, params, gradients))
    }))

  it('compiles', () => {
    const compiled = compile((params: unknown, gradients: unknown) => three(each, 0.1, params, gradients))
    check(points, ({ params, gradients }) =>
      expectNear(flat(compiled(params as never, gradients as never)), run(flat(three(each, 0.1, params, gradients))))
    )
  })

  it('continues from a state stored as JSON', () =>
    check(points, ({ params, gradients }) => {
      const optimizer = each.make(optim.linear(1, 0, 3))
      const g = map((x) => np.at(x as NDArray, 0), gradients)
      const [at, state] = optim.step(optimizer, g, optimizer.init(params), params)
      const text = JSON.stringify(leaves(run(state as Params)))
      const read = (JSON.parse(text) as Array<{ dtype: 'int32'; shape: number[]; data: number[] }>).map(
        ({ dtype, shape, data }) => array(data, { dtype, shape })
      )
      same(optim.step(optimizer, g, unflatten(structure(state), read), at), optim.step(optimizer, g, state, at), 0)
    }))

  it('runs under vmap with a rate for each lane', () => {
    const runs = points.chain((one) => points.map((other) => [one, other] as const))
    check(runs, ([one, other]) => {
      const rates = array([0.1, 0.5])
      const stacked = map((x, y) => np.stack([x as NDArray, y as NDArray]), one, other)
      const lanes = vmap((rate: Tensor, { params, gradients }: { params: Params; gradients: Params }) =>
        flat(three(each, rate, params, gradients)[0])
      )(rates, stacked as never)
      const loop = [one, other].map(({ params, gradients }, k) =>
        flat(three(each, [0.1, 0.5][k], params, gradients)[0])
      )
      expectNear(lanes, run(np.stack(loop)))
    })
  })

  it("uses the schedule's value at each step", () =>
    check(points, ({ params, gradients }) => {
      const scheduled = three(each, optim.piecewiseConstant(0.5, [0], [0.5]), params, gradients)[0]
      same(scheduled, three(each, 0.25, params, gradients)[0])
    }))
})

describe.each(local)('$name', (each) => {
  it('treats each leaf independently', () =>
    check(points, ({ params, gradients }) => {
      const [together] = three(each, 0.1, params, gradients)
      const [a] = three(each, 0.1, params.a, gradients.a)
      const [b] = three(each, 0.1, params.b[0], gradients.b[0])
      same(together, { a, b: [b] })
    }))
})

describe('derivatives', () => {
  const smooth = all.filter(({ name }) => !['lion', 'clip'].includes(name))
  it.each(smooth)('of the steps of $name are correct to second order, also in its rate', (each) => {
    const [params, gradients] = [
      array([0.5, -1]),
      array([
        [1, 0.5],
        [-0.75, 2],
        [1.5, 1]
      ])
    ]
    checkGrads((rate, p, g) => flat(three(each, rate, p, g)[0]), { order: 2, rtol: 1e-4 })(0.2, params, gradients)
  })

  // An optimizer of a number whose gradient is the number times a scale.
  const trained = (optimizer: optim.Optimizer) => (scale: Tensor) => {
    let at = array([0, 0]) as NDArray | Tensor
    let state = optimizer.init(at)
    for (let k = 0; k < 3; k++) [at, state] = optim.step(optimizer, np.mul(at, scale), state, at)
    return np.sum(at)
  }

  it.each([
    ['adam', optim.adam(0.1)],
    ['adam, as Nesterov', optim.adam(0.1, { nesterov: true })],
    ['rmsprop', optim.rmsprop(0.1)],
    ['adagrad', optim.adagrad(0.1, { initialAccumulatorValue: 0 })],
    ['clipByGlobalNorm', optim.clipByGlobalNorm(1)],
    ['clipByGlobalNorm to nothing', optim.clipByGlobalNorm(0)]
  ] as ReadonlyArray<readonly [string, optim.Optimizer]>)('of %s are numbers where a gradient is 0', (_, optimizer) => {
    const f = trained(optimizer)
    expect(run(f(np.asarray(2))).item()).toBe(0)
    expect(run(grad(f)(2)).item()).toBe(0)
    expect(run(jvp(f)([2], [1])[1]).item()).toBe(0)
    expect(run(grad(grad(f))(2)).item()).toBe(0)
    const ofGradient = grad((g: Tensor) => np.sum(optimizer.update(g, optimizer.init(g))[0]))
    for (const slope of run(ofGradient(array([0, 0]))).data) expect(slope).not.toBeNaN()
  })

  it('of the norm of zeros are 0', () => {
    expect(run(grad((x: Tensor) => optim.globalNorm([x, { b: x }]))(array([0, 0]))).toNested()).toEqual([0, 0])
    expect(run(optim.globalNorm([])).item()).toBe(0)
  })
})

describe('a chain', () => {
  const parts = [optim.clip(2), optim.trace(0.5), optim.scaleByRms()] as const
  it('is associative', () =>
    check(points, ({ params, gradients }) => {
      const [a, b, c] = parts
      const results = [optim.chain(a, b, c), optim.chain(optim.chain(a, b), c), optim.chain(a, optim.chain(b, c))].map(
        (chained) => run(flat(three({ name: '', make: () => chained }, 0, params, gradients)[0])).toNested()
      )
      expect(results[1]).toEqual(results[0])
      expect(results[2]).toEqual(results[0])
    }))

  it('without parts returns the gradients', () => {
    expect(run(optim.chain().update(array([1, 2]), [])[0]).toNested()).toEqual([1, 2])
  })
})

describe('clipping', () => {
  it('limits the norm, and keeps gradients within the limit unchanged', () =>
    check(points, ({ params }) => {
      const clipped = optim.clipByGlobalNorm(2).update(params, null)[0]
      const [before, after] = run([optim.globalNorm(params), optim.globalNorm(clipped)])
      expect(before.item()).toBeCloseTo(Math.hypot(...run(flat(params)).data), 12)
      if (before.item() < 2)
        same(
          clipped,
          map((x) => np.asarray(x as NDArray), params),
          0
        )
      else expect(after.item()).toBeCloseTo(2, 12)
    }))
})

it('the step count stops at the largest int32', () => {
  const optimizer = optim.sgd(1)
  const state = [null, { count: array(2 ** 31 - 2, { dtype: 'int32' }) }] as const
  const [, next] = optimizer.update(1, state)
  const [, last] = optimizer.update(1, next)
  expect([next, last].map((each) => run(each)[1].count.item())).toEqual([2 ** 31 - 1, 2 ** 31 - 1])
})

describe('a mistake', () => {
  const wrong = (x: unknown): never => x as never
  const ints = array([1, 2], { dtype: 'int32' })
  const x = array([1, 2])
  const { init, update } = optim.adam(0.1)
  const cases: ReadonlyArray<readonly [what: string, tag: string, make: () => unknown, says: RegExp]> = [
    ['integers to train', 'DTypeError', () => init({ n: ints }), /not a real or complex number/],
    ['gradients in another tree', 'TreeError', () => update({ a: x }, init({ b: x }) as never), /mu are not like the/],
    [
      'gradients of another shape',
      'ShapeError',
      () => update(array([1]), init(x)),
      /in shape from the leaf of the gradients/
    ],
    ['a state that is missing', 'TreeError', () => update(x, wrong(undefined)), /state is undefined/],
    ['a state of another chain', 'TreeError', () => update(x, wrong([null])), /not one of 2 parts/],
    ['parameters that are missing', 'TreeError', () => optim.addDecayedWeights(1).update(x, null), /are missing/],
    [
      'updates in another tree',
      'TreeError',
      () => optim.applyUpdates({ a: 1 }, wrong({ b: 1 })),
      /updates are not like/
    ],
    ['what is no optimizer', 'TreeError', () => optim.chain(wrong(optim.sgd)), /part 0 is a function/],
    ['a rate that is missing', 'DTypeError', () => optim.adam(wrong(undefined)), /undefined/],
    ['a rate for each element', 'ShapeError', () => optim.sgd(x), /rate is not a scalar/],
    ['a rate that is an integer', 'DTypeError', () => optim.sgd(array(1, { dtype: 'int32' })), /rate is not a real/],
    ['no steps', 'ShapeError', () => optim.linear(1, 0, 0), /number of steps is 0/],
    ['a wait before the start', 'ShapeError', () => optim.linear(1, 0, 9, { begin: -1 }), /begin is -1/],
    ['a boundary too many', 'ShapeError', () => optim.piecewiseConstant(1, [1, 2], [0.5]), /1 where 2/],
    ['a schedule that is none', 'TreeError', () => optim.joinSchedules([wrong(1)], []), /schedule 0 is the number 1/]
  ]
  it.each(cases)('%s is a %s', (_, tag, make, says) => {
    const { _tag, problem, hint } = reason(make)
    expect(_tag).toBe(tag)
    expect(problem).toMatch(says)
    expect(hint).not.toBe('')
  })
})

describe('training', () => {
  const loss = (p: { w: Tensor }, x: Tensor, y: Tensor) => np.square(np.sub(np.mul(p.w, x), y))

  it('equals a loop over steps, and returns the loss before each step', () => {
    const optimizer = optim.adam(0.1)
    const { start, step } = optim.training(loss, optimizer)
    let at = start({ w: 1 })
    let params: { w: Tensor } = { w: array(1) }
    let state = optimizer.init(params)
    expect(at.loss).toBeUndefined()
    for (let k = 1; k < 4; k++) {
      const before = run(loss(params, array(k), array(3))).item()
      at = step(at, k, 3)
      ;[params, state] = run(optim.step(optimizer, grad(loss)(params, k, 3), state, params))
      expect([at.params.w.item(), at.loss?.item()]).toEqual([run(params).w.item(), before])
    }
  })

  it('keeps static values, and names leaves that it cannot train', () => {
    const flagged = optim.training(
      (p: { w: Tensor; act: string }, x: Tensor, twice: boolean) => np.mul(np.mul(p.w, x), twice ? 2 : 1),
      optim.sgd(1)
    )
    const { params } = flagged.step(flagged.start({ w: 1, act: 'none' }), 3, static_(true))
    expect([params.w.item(), params.act]).toEqual([-5, 'none'])
    expect(reason(() => optim.training(3 as never, optim.sgd(1)))).toMatchObject({ _tag: 'TreeError', op: 'training' })
    const whole = optim.training(loss, optim.sgd(1))
    expect(reason(() => whole.step(whole.start({ w: array(1, { dtype: 'int32' }) }), 1, 1))._tag).toBe(
      'NotDifferentiable'
    )
  })
})
