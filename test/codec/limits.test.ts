/** A budget for programs of strangers: what a decoded program may cost, and how one that runs is stopped. */
import * as E from 'fp-ts/lib/Either.js'
import {
  array,
  type CompileOptions,
  compile,
  compileAsync,
  cost,
  foriLoop,
  grad,
  jvp,
  mapLoop,
  type NDArray,
  type RunOptions,
  run,
  scan,
  stage,
  type Tensor,
  tryRun,
  unstage,
  vmap,
  whileLoop
} from 'freegrad'
import { type ClosedOptions, closed, closedOf, decode, type Limits } from 'freegrad/codec'
import * as np from 'freegrad/numpy'
import { allGather } from 'freegrad/ops'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { reason, tagOf } from '../support/reason.js'
import { read, refusal, sent } from './support.js'

const trusting = closedOf({
  limits: { nodes: Infinity, elements: Infinity, flops: Infinity, steps: Infinity, bytes: Infinity, nesting: Infinity }
})
const written = (f: (x: Tensor) => unknown, x: unknown = 1): unknown =>
  sent(closed.encode(stage(f as never)(x as never)))
const step = (c: Tensor): Tensor => np.sin(c)
const repeat = (n: number, f: (x: Tensor) => Tensor) => (x: Tensor) =>
  foriLoop(0, n, (_: unknown, c: Tensor) => f(c), x)

describe('a program beyond a limit is refused before it is evaluated', () => {
  const doubled = (x: Tensor): Tensor => {
    let y = np.reshape(x, [1])
    for (let k = 0; k < 40; k++) y = np.concatenate([y, y])
    return np.sum(y)
  }
  it.each<[string, keyof Limits, (x: Tensor) => Tensor]>([
    ['a scan of 10^15 steps', 'steps', repeat(1e15, step)],
    ['loops in loops', 'steps', repeat(1e5, repeat(1e5, repeat(1e5, step)))],
    ['a broadcast to 2^40', 'elements', (x) => np.sum(np.broadcastTo(x, [2 ** 20, 2 ** 20]))],
    ['forty doublings', 'elements', doubled],
    ['an iota of 2^40', 'elements', () => np.sum(np.arange(2 ** 40))],
    [
      'many large products',
      'flops',
      repeat(1e4, (x) => np.sum(np.matmul(np.full([2e3, 2e3], x), np.ones([2e3, 2e3]))))
    ],
    ['many moves', 'flops', repeat(1e5, (x) => np.max(np.flip(np.full([2 ** 24], x))))],
    [
      'many large arrays',
      'bytes',
      (x) => np.sum(np.matmul(np.full([2 ** 14, 2 ** 14], x), np.full([2 ** 14, 2 ** 14], x)))
    ],
    ['twenty loops in each other', 'nesting', new Array(20).fill(0).reduce((f) => repeat(1, f), step)]
  ])('%s', (_, limit, f) => {
    const json = written(f)
    expect(refusal(closed, json)[1]).toMatch(new RegExp(`beyond a limit: ${limit} `))
    expect(E.isRight(decode(trusting)(json))).toBe(true)
  })

  it('if it has more nodes than are allowed, those of sub-programs included', () => {
    const json = written(repeat(3, (x) => np.add(np.sin(x), np.cos(x))))
    expect(E.isRight(decode(closedOf({ limits: { nodes: 20 } }))(json))).toBe(true)
    expect(refusal(closedOf({ limits: { nodes: 3 } }), json)[1]).toMatch(/nodes \d+, where 3 are allowed/)
  })

  it('and its cost tells which', () => {
    const { steps, elements } = cost(repeat(7, (x) => np.sum(np.full([3, 5], x))))(1)
    expect([steps, elements]).toEqual([7, 15])
    expect(
      cost((x: Tensor) => scan((c: Tensor) => [np.mul(c, 2), c] as const, x, undefined, { length: 9 })[0])(1).elements
    ).toBe(1)
  })

  it('but one within its limits is not', () => {
    const json = written((x) => mapLoop((y: Tensor) => np.sin(y), np.full([1000], x)))
    expect(E.isRight(decode(closed)(json))).toBe(true)
  })

  it.each([{ steps: 0 }, { steps: -1 }, { flops: Number.NaN }, { flop: 1 }, { nodes: '1' }, 3])(
    '%j are no limits',
    (limits) => {
      expect(tagOf(() => closedOf({ limits: limits as never }))).toBe('TreeError')
    }
  )
})

describe('a loop that runs is stopped after so many steps', () => {
  const until = (n: number) => (x: Tensor) =>
    whileLoop(
      (c: Tensor) => np.less(np.max(c), n),
      (c: Tensor) => np.add(c, 1),
      x
    )
  const wide = (f: (x: Tensor) => Tensor) => (x: Tensor) => np.sum(f(np.full([100], x)))
  const loops: ReadonlyArray<readonly [string, (n: number) => (x: Tensor) => Tensor]> = [
    ['a loop', until],
    ['a loop over an array', (n) => wide(until(n))],
    ['loops one after another', (n) => (x) => np.add(until(Math.ceil(n / 2))(x), until(Math.floor(n / 2))(x))],
    ['a loop in the steps of a scan', (n) => (x) => repeat(n / 10, (c) => until(10)(np.mul(c, 0)))(x)],
    [
      'a loop in a loop',
      (n) => (x) =>
        whileLoop(
          (c: Tensor) => np.less(c, n / 20),
          (c: Tensor) => np.add(c, np.div(until(19)(np.zeros([])), 19)),
          x
        )
    ],
    ['a loop of lanes', (n) => (x) => np.sum(vmap(until(n))(np.stack([x, x])))],
    ['its forward derivative', (n) => (x) => np.add(...jvp(until(n))([x], [1]))],
    ['a loop of constants alone', (n) => (x) => np.add(x, until(n)(np.zeros([])))]
  ]
  const ways: ReadonlyArray<readonly [string, (f: (x: Tensor) => Tensor, steps: number) => unknown]> = [
    ['compiled', (f, steps) => (compile(f, { steps }) as unknown as (x: number) => NDArray)(0)],
    [
      'run',
      (f, steps) => {
        const result = tryRun(() => f(np.zeros([])), { steps })
        if (E.isLeft(result)) throw result.left
      }
    ]
  ]
  describe.each(ways)('%s', (_, does) => {
    it.each(loops)('%s', (_, loop) => {
      does(loop(40), 40)
      expect(reason(() => does(loop(40), 39))).toMatchObject({
        _tag: 'StagingError',
        problem: 'the loops took more than 39 steps'
      })
      does(loop(40), 40)
    })
  })

  it('where WebAssembly is missing', () => {
    vi.stubGlobal('WebAssembly', undefined)
    const f = (x: Tensor) => until(40)(x)
    expect(compile(f, { fallback: 'run', steps: 40 })(0).item()).toBe(40)
    expect(tagOf(() => compile(f, { fallback: 'run', steps: 39 })(0))).toBe('StagingError')
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('and the program without a limit goes on', async () => {
    const f = until(1000)
    expect(compile(f)(0).item()).toBe(1000)
    expect(tagOf(() => compile(f, { steps: 10 })(0))).toBe('StagingError')
    expect(compile(f)(0).item()).toBe(1000)
    await expect(compileAsync(f, { steps: 10 })(0)).rejects.toMatchObject({ _tag: 'StagingError' })
    expect(run(f(np.zeros([]))).item()).toBe(1000)
  })

  it('even if it would never end, after it came as JSON', () => {
    const endless = (x: Tensor): Tensor =>
      whileLoop(
        () => np.less(0, 1),
        (c: Tensor) => np.sin(c),
        x
      )
    const f = unstage<[Tensor], Tensor>(read(closed, written(endless)))
    expect(tagOf(() => compile(f, { steps: 1e6 })(1))).toBe('StagingError')
  })

  it.each([0, -1, 1.5, Number.NaN, 2 ** 31, Infinity])('%s is no number of steps', (steps) => {
    expect(tagOf(() => compile(until(1), { steps }))).toBe('StagingError')
    expect(tagOf(() => tryRun(() => 1, { steps }))).toBe('StagingError')
  })
})

describe('what was staged for some lanes', () => {
  const f = unstage<[Tensor], Tensor>(
    read(
      closed,
      written((x) => allGather(x, { axisName: 'i', axis: 0, size: 3 }))
    )
  )
  const lanes = (n: number) => vmap(f, { axisName: 'i' })(run(np.arange(n, { dtype: 'float64' })))
  it('takes that many', () => {
    expect(run(lanes(3)).shape).toEqual([3, 3])
    expect(tagOf(() => lanes(2))).toBe('ShapeError')
    expect(tagOf(() => allGather(array([1]), { axisName: 'i', axis: 2, size: 3 }))).toBe('AxisError')
  })
})

describe('the types', () => {
  it('of the options', () => {
    expectTypeOf<NonNullable<ClosedOptions['limits']>>().toEqualTypeOf<Partial<Limits>>()
    expectTypeOf<CompileOptions['steps']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<RunOptions>().toEqualTypeOf<{ readonly steps?: number }>()
    // @ts-expect-error a limit is known by its name
    expect(tagOf(() => closedOf({ limits: { flop: 1 } }))).toBe('TreeError')
    // @ts-expect-error steps are a number
    expect(tagOf(() => compile(step, { steps: '1' }))).toBe('TreeError')
    expectTypeOf(compile((x: Tensor) => grad(np.sin)(x), { steps: 1 })(1)).toEqualTypeOf<NDArray>()
  })
})
