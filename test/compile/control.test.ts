/** Loops and branches: what is computed once, what is not computed at all, and how deep they nest. */
import * as fc from 'fast-check'

import {
  array,
  branch,
  compile,
  cond,
  type DType,
  explain,
  foriLoop,
  grad,
  hessian,
  jvp,
  type NDArray,
  run,
  scan,
  type Tensor,
  tensor,
  vmap,
  whileLoop
} from 'freegrad'
import {
  arraysOf,
  between,
  compilation,
  compilationBy,
  type Law,
  operations,
  type Point,
  point,
  pulled,
  samplesOf,
  scriptPoints,
  verify,
  wholePointOf
} from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { leaves } from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { usualRegisters } from '../../src/compile/emit/small.js'
import { runtimeOf } from '../../src/compile/runtime/runtime.js'
import { compileOn } from '../../src/transforms/compile.js'
import { reason, tagOf } from '../support/reason.js'

// --- model
type Fn = (...xs: ReadonlyArray<Tensor>) => unknown

const points = (f: Fn, shapes: ReadonlyArray<ReadonlyArray<number>>, dtype: DType = 'float64'): fc.Arbitrary<Point> =>
  fc
    .tuple(...shapes.map((shape) => arraysOf(dtype, shape, between(-1, 1))))
    .map((xs) => point((...ys) => leaves(f(...ys)) as Array<Tensor>, xs))

const { add, sub, mul, div, sin, cos, exp, gt } = ops
const total = (x: Tensor): Tensor => np.sum(x)

// --- examples
const recurrence = (a: Tensor, xs: Tensor) => {
  const [last, ys] = scan((c, x) => [add(mul(c, a), sin(x)), mul(c, x)], mul(a, 2), xs)
  return [last, ys]
}

const network = (w: Tensor, xs: Tensor) => {
  const [last, ys] = scan(
    (h, x) => {
      const next = np.tanh(add(np.matmul(h, exp(sin(w))), x))
      return [next, { sum: total(h), next }]
    },
    np.sum(w, { axis: 0 }),
    xs,
    { reverse: true }
  )
  return [last, ys.sum, ys.next]
}

const nested = (a: Tensor, xs: Tensor) => {
  const [last, ys] = scan(
    ([c, d], row) => {
      const [e, zs] = scan((e, x) => [add(mul(e, mul(c, 0.1)), mul(x, exp(a))), mul(e, d)], d, row)
      return [[d, e], add(zs, c)]
    },
    [a, mul(a, 3)],
    xs
  )
  return [...last, ys]
}

// Newton's steps towards the root of y^2 = x.
const root = (x: Tensor): Tensor => {
  const positive = add(mul(x, x), 0.5)
  return whileLoop(
    ({ y, before }) => gt(np.abs(sub(y, before)), 1e-9),
    ({ y }) => ({ y: mul(0.5, add(y, div(positive, y))), before: y }),
    { y: positive, before: mul(2, positive) }
  ).y
}

const chosen = (x: Tensor): Tensor =>
  branch(
    ops.convert(mul(x, 4), { dtype: 'int32' }),
    [
      (y) => mul(y, 2),
      (y) => sin(mul(y, x)),
      (y) =>
        add(
          y,
          cond(
            gt(y, 0.7),
            () => exp(y),
            () => cos(y)
          )
        )
    ],
    x
  )

// What is in no memory for those around an arm, is put there for the arm.
const backwards = (x: Tensor): ReadonlyArray<Tensor> => {
  const places = ops.iota({ dtype: 'int32', shape: [5], axis: 0 })
  const at = (k: Tensor): Tensor => ops.gather(ops.reverse(places, { axes: [0] }), k, { axis: 0, batch: 0 })
  const found = () => ops.convert(at(ops.convert(mul(x, 5), { dtype: 'int32' })), { dtype: 'float64' })
  return [add(places, 1), cond(gt(x, 0), found, () => exp(x))]
}

const bitsOf = (x: Tensor): ReadonlyArray<Tensor> => {
  const [held] = scan((_, y) => [tensor(0.3), y], x, ops.reshape(x, { shape: [1] }))
  const words = ops.convert(ops.bitcast(held, { dtype: 'uint32' }), { dtype: 'float64' })
  const low = ops.gather(words, tensor(0, { dtype: 'int32' }), { axis: 0, batch: 0 })
  return [
    ops.maximum(x, 0.3),
    cond(
      gt(x, 0),
      () => ops.digamma(low),
      () => exp(x)
    )
  ]
}

const cases = (law: Law<Point>): void => {
  const holds = (name: string, f: Fn, ...shapes: ReadonlyArray<ReadonlyArray<number>>): void => {
    it(name, () => verify(law, points(f, shapes), { runs: 10 }))
  }
  holds('a scan of scalars', recurrence, [], [10])
  holds(
    'its gradient',
    (a, xs) => grad((a: Tensor, xs: Tensor) => add(...sums(recurrence(a, xs))), { argnums: [0, 1] })(a, xs),
    [],
    [10]
  )
  holds('in lanes', (a, xs) => vmap(recurrence, { inAxes: [null, 0] })(a, xs), [], [3, 10])
  holds('in lanes of columns', (a, xs) => vmap(recurrence, { inAxes: [0, 1] })(a, xs), [5], [10, 5])
  holds('a scan of vectors', network, [3, 3], [6, 3])
  holds(
    'its gradient, a batch of them',
    (w, xs) =>
      vmap(
        grad((w: Tensor, xs: Tensor) => add(...sums(network(w, xs)))),
        { inAxes: [0, null] }
      )(w, xs),
    [2, 3, 3],
    [6, 3]
  )
  holds('scans in scans', nested, [], [6, 4])
  holds(
    'their gradients',
    (a, xs) => grad((a: Tensor, xs: Tensor) => add(...sums(nested(a, xs))), { argnums: [0, 1] })(a, xs),
    [],
    [6, 4]
  )
  holds(
    'the Hessian of a scan',
    (x) => hessian((x: Tensor) => scan((c, y) => [mul(c, sin(y)), null], total(x), x)[0])(x),
    [4]
  )
  holds('a loop until it converges', (x) => root(x), [])
  holds('its tangent', (x, t) => jvp(root)([x], [t]), [], [])
  holds('in lanes that end apart', (x) => vmap(root)(x), [5])
  holds('branches', (x) => chosen(x), [])
  holds('their slopes', (x) => grad(chosen)(x), [])
  holds('in lanes that choose apart', (x) => vmap(grad(chosen))(x), [7])
  holds('an iota that an arm reads from its end', backwards, [])
  holds('a number whose bits an arm reads', bitsOf, [])
  holds(
    'loops in branches in loops',
    (x, xs) =>
      scan(
        (c, y) => [
          cond(
            gt(y, 0),
            () => root(mul(c, y)),
            () => foriLoop(0, 3, (i, z) => mul(z, add(y, i)), c)
          ),
          c
        ],
        x,
        xs
      ),
    [],
    [8]
  )
}

describe('compile = run, in registers', () => cases(compilation))

describe('compile = run, kernel by kernel', () => {
  const runtime = runtimeOf({ registers: { ...usualRegisters, instructions: -1 } })
  const apart = compilationBy(compileOn(runtime))
  cases(apart)
  const rows = operations.filter(({ op }) => op.rules.results !== undefined)
  it.each(rows.map((row, k) => [row.op.name, k] as const))('%s, row %i', (_, k) => {
    verify(apart, samplesOf(rows[k], rows[k].calls).map(wholePointOf), { runs: 20 })
  })
  it('pullbacks of random programs', () => verify(apart, scriptPoints('smooth').map(pulled), { runs: 40 }))
})

describe('the compiler passes', () => {
  const xs = array([1, 2, 3])
  const fused = (f: Fn, ...args: ReadonlyArray<NDArray | number>): string => {
    const text = explain(f as (...args: ReadonlyArray<unknown>) => Tensor)(...args)
    return text.slice(text.indexOf('fuse'), text.indexOf('plan'))
  }

  it('compute a loop over constants at compile time', () => {
    expect(fused((x) => mul(x, scan((c, y) => [mul(c, y), null], 1, xs)[0]), 2)).not.toContain('times')
  })

  it('compute loop invariants once', () => {
    const text = fused((x, ys) => scan((c, y) => [add(mul(c, exp(x)), y), null], 1, ys)[0], 2, xs)
    expect(text.indexOf('exp')).toBeLessThan(text.indexOf('times'))
  })

  it('hoist loops out of loops', () => {
    const inner = (x: Tensor) => scan((c, y) => [mul(c, add(x, y)), null], 1, xs)[0]
    const text = fused((x, ys) => scan((c, y) => [add(mul(c, inner(x)), y), null], 1, ys)[0], 2, xs)
    expect(text).not.toContain('    3 times')
  })

  it('omit unused states and outputs', () => {
    const step = ([a, b]: readonly [Tensor, Tensor], y: Tensor) => [[add(a, y), sin(mul(b, a))], cos(y)] as const
    expect(fused((x, ys) => scan(step, [x, x], ys)[0][0], 2, xs)).not.toMatch(/sin|cos/)
  })

  it('never hoist a loop that may not end out of its branch', () => {
    const endless = (x: Tensor) =>
      whileLoop(
        (y) => gt(y, -1),
        (y) => add(y, 1),
        x
      )
    const f = compile(
      (p: Tensor, x: Tensor) =>
        scan(
          (c) => [
            add(
              c,
              cond(
                p,
                () =>
                  cond(
                    p,
                    () => endless(x),
                    () => x
                  ),
                () => x
              )
            ),
            null
          ],
          0,
          null,
          { length: 3 }
        )[0]
    )
    expect(f(false, 2).item()).toBe(6)
  })

  it('keep empty arrays', () => {
    const step = (x: Tensor) => (c: Tensor, y: Tensor) => [add(c, y), x] as const
    const f = (x: Tensor, y: Tensor) => [
      ...scan(step(x), y, array([1, 2])),
      cond(
        gt(y, 0),
        () => x,
        () => mul(x, 2)
      ),
      scan(step(x), x, ops.reshape(x, { shape: [2, 0] }))[0]
    ]
    const [x, y] = [array([]), 3]
    expect(compile(f)(x, y).map(String)).toEqual(run(f(tensor(x), tensor(y))).map(String))
  })

  it('execute the exact number of steps', () => {
    const f = compile((x: Tensor) => foriLoop(0, 100_000, (i, [a, b]) => [b, sub(add(a, i), b)], [x, x]))
    const [a, b] = run(foriLoop(0, 100_000, (i, [a, b]) => [b, sub(add(a, i), b)], [tensor(3), tensor(3)]))
    expect(f(3).map((y) => y.item())).toEqual([a.item(), b.item()])
  })
})

const sums = (xs: ReadonlyArray<Tensor>): [Tensor, Tensor] => {
  const [first, ...others] = xs.map(total)
  return [first, others.reduce((a, b) => add(mul(a, 1.5), b), first)]
}

describe('a size beyond 32 bits', () => {
  const large = 2 ** 31 + 8
  const total = (x: Tensor) => np.sum(np.broadcastTo(x, [2 ** 16, 2 ** 16, 2]))
  const steps = (x: Tensor) => foriLoop(0, 2 ** 32 + 3, (_, c: Tensor) => np.add(c, x), x)
  it.each<readonly [string, (x: Tensor) => Tensor, string]>([
    ['a sum', total, 'the number of elements is 8589934592'],
    ['a largest number', (x) => np.max(np.add(np.arange(large), x)), `the number of elements is ${large}`],
    ['a place', (x) => np.argmax(np.add(np.arange(large), x)), `the number of elements is ${large}`],
    ['a loop', steps, 'the number of steps is 4294967299'],
    ['the way back', grad((x: Tensor) => np.mul(x, steps(x))), 'the number of steps is 4294967299']
  ])('is refused before anything runs: %s', (_, f, problem) => {
    const failure = reason(() => compile(f)(1))
    expect(failure._tag).toBe('StagingError')
    expect(failure.problem).toContain(problem)
  })

  it('throws OutOfMemory for temporaries', () => {
    expect(tagOf(() => compile((x: Tensor) => np.sum(np.cumsum(np.broadcastTo(x, [2 ** 30]))))(1))).toBe('OutOfMemory')
  })
})
