import {
  array,
  checkGrads,
  compile,
  cond,
  cost,
  customJvp,
  customVjp,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jet,
  jvp,
  linearize,
  type NDArray,
  run,
  scan,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop
} from 'freegrad'
import * as np from 'freegrad/numpy'
import { inspect, map, runProgram } from 'freegrad/program'
import { leaves } from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

type Fn1 = (x: Tensor | number) => Tensor
const nested = (x: Tensor) => run(x).toNested()
const square = (x: Tensor) => np.mul(x, x)

describe('a rule is called', () => {
  const counted = () => {
    const calls = { rule: 0, forward: 0, backward: 0 }
    const byJvp: Fn1 = customJvp(
      (x) => np.sin(x),
      ([x], [dx]) => {
        calls.rule++
        return [byJvp(x), np.mul(dx, np.cos(x))]
      }
    )
    const byVjp: Fn1 = customVjp((x) => np.sin(x), {
      forward: (x) => {
        calls.forward++
        return [byVjp(x), x]
      },
      backward: (x, ct) => {
        calls.backward++
        return [np.mul(ct, np.cos(x))]
      }
    })
    return { calls, byJvp, byVjp }
  }

  it('never when the function is called, batched, printed, counted or run', () => {
    const { calls, byJvp, byVjp } = counted()
    const f = (x: Tensor) => np.add(byJvp(x), byVjp(x))
    run(vmap(vmap(f))(array([[1, 2]])))
    run(f(tensor(1)))
    cost(f)(1)
    expect(calls).toEqual({ rule: 0, forward: 0, backward: 0 })
  })

  it('once for each derivative, however often the pullback is called', () => {
    const { calls, byJvp, byVjp } = counted()
    const [, pullJ] = vjp(byJvp)(1)
    const [, pullV] = vjp(byVjp)(1)
    for (let k = 0; k < 3; k++) run([pullJ(1), pullV(1)])
    expect(calls).toEqual({ rule: 1, forward: 1, backward: 1 })
    run(jvp(byJvp)([1], [1]))
    expect(calls.rule).toBe(2)
  })

  it('and reuses the value if it calls the function at its own point', () => {
    const { byJvp, byVjp } = counted()
    for (const f of [byJvp, byVjp]) {
      expect(cost((x: Tensor) => valueAndGrad(f)(x))(1).operations.custom).toBe(1)
      const both = (x: Tensor) => valueAndGrad((y: Tensor) => np.sum(vmap(f)(y)))(x)
      expect(cost(both)(array([1, 2])).operations.custom).toBe(1)
    }
  })
})

describe('customJvp', () => {
  it('differentiates by its rule in both modes, in batches, and to higher orders', () => {
    const log1pexp = customJvp(
      (x) => np.log1p(np.exp(x)),
      ([x], [dx]) => [np.log1p(np.exp(x)), np.mul(dx, np.div(1, np.add(1, np.exp(np.neg(x)))))]
    )
    const xs = array([-1000, 0, 1000])
    expect(nested(vmap(grad(log1pexp))(xs))).toEqual([0, 0.5, 1])
    expect(nested(grad((x: Tensor) => np.sum(vmap(log1pexp)(x)))(xs))).toEqual([0, 0.5, 1])
    expect(nested(jvp((x: Tensor) => vmap(log1pexp)(x))([xs], [array([1, 1, 1])])[1])).toEqual([0, 0.5, 1])
    checkGrads(log1pexp, { order: 3 })(0.3)
  })

  it('accepts trees, and integers have a tangent of zero', () => {
    const f = customJvp(
      ({ w, n }: { w: readonly [Tensor, Tensor]; n: Tensor }, flag: Tensor) => ({
        y: np.mul(w[0], np.pow(w[1], 2)),
        n: np.add(n, flag)
      }),
      ([{ w, n }, flag], [d, dflag]) => {
        expect([d.n.type.dtype, dflag.type.dtype, d.n.type.shape]).toEqual(['float64', 'float64', [2]])
        const dy = np.add(np.mul(d.w[0], np.pow(w[1], 2)), np.mul(d.w[1], np.mul(2, np.mul(w[0], w[1]))))
        return [
          { y: np.mul(w[0], np.pow(w[1], 2)), n: np.add(n, flag) },
          { y: dy, n: 0 }
        ]
      }
    )
    const n = array([1, 2], { dtype: 'int32' })
    const loss = (w: readonly [Tensor, Tensor]) => f({ w, n }, array(true)).y
    expect(run(grad(loss)([3, 5])).map((x) => x.item())).toEqual([25, 30])
    expect(nested(f({ w: [3, 5], n }, array(1, { dtype: 'int32' })).n)).toEqual([2, 3])
  })

  it('keeps a bare number as weak as the function keeps it', () => {
    const twice = customJvp(
      (x) => np.mul(x, 2),
      ([x], [dx]) => [np.mul(x, 2), np.mul(dx, 2)]
    )
    const x = array([1, 2], { dtype: 'float32' })
    expect(np.mul(twice(3), x).type.dtype).toBe('float32')
    expect(run(grad((y: Tensor) => np.sum(np.mul(twice(y), x)))(3)).item()).toBe(6)
  })

  it('can be transposed if it is linear, through its body', () => {
    const third: Fn1 = customJvp(
      (x) => np.div(x, 3),
      ([x], [dx]) => [third(x), third(dx)]
    )
    expect(run(grad(third)(5)).item()).toBeCloseTo(1 / 3, 15)
    expect(run(grad((x: Tensor) => third(square(x)))(6)).item()).toBe(4)
    checkGrads((x: Tensor) => third(square(x)), { order: 2 })(2)
  })
})

describe('customVjp', () => {
  const product = customVjp((x, y) => np.mul(x, np.sin(y)), {
    forward: (x, y) => [np.mul(x, np.sin(y)), { x, y, note: 'anything' }],
    backward: ({ x, y }, ct) => [np.mul(ct, np.sin(y)), np.mul(np.mul(ct, x), np.cos(y))]
  })

  it('differentiates by its rule in both modes, in batches, and to higher orders', () => {
    checkGrads(product, { order: 3 })(0.5, 1.2)
    const xs = array([0.5, 1])
    checkGrads((x: Tensor, y: Tensor) => vmap(product)(x, y), { order: 2 })(xs, array([1, 2]))
    checkGrads((x: Tensor, y: Tensor) => vmap(product, { inAxes: [0, null] })(x, y), { order: 2 })(xs, 1)
    const f = (x: Tensor) => np.sum(vmap(product)(x, x))
    expect(nested(jacfwd(f)(xs))).toEqual(nested(jacrev(f)(xs)))
    const [forward, reverse] = [run(hessian(f)(xs)), run(jacrev(jacrev(f))(xs))]
    forward.data.forEach((value, k) => {
      expect(value).toBeCloseTo(reverse.data[k], 14)
    })
  })

  it('may have a backward that is not the derivative of any function', () => {
    const clipped = customVjp((x) => x, { forward: (x) => [x, null], backward: (_, ct) => [np.clip(ct, -1, 1)] })
    const loss = (x: Tensor) => np.sum(np.mul(clipped(x), array([10, 0.5, -7])))
    expect(nested(grad(loss)(array([1, 2, 3])))).toEqual([1, 0.5, -1])
    const quartic = (x: Tensor) => np.pow(clipped(x), 4)
    expect(run(grad(grad(quartic))(0.25)).item()).toBeCloseTo(12 * 0.25 ** 2, 12)
    expect(run(grad(quartic)(2)).item()).toBe(1)
    // No linear map has such a transpose: forward mode is that of the function.
    expect(run(jvp(clipped)([1], [3])[1]).item()).toBe(3)
    expect(run(hessian(quartic)(0.25)).item()).toBeCloseTo(12 * 0.25 ** 2, 12)
    expect(run(hessian(quartic)(2)).item()).toBe(0)
  })

  it('gives no cotangent for null, and ignores the cotangent of an integer', () => {
    const pick = customVjp((x: Tensor, i: Tensor) => np.take(x, i), {
      forward: (x, i) => [np.take(x, i), { x, i }],
      backward: ({ x, i }, ct) => [np.where(np.equal(np.arange(3), i), ct, np.zerosLike(x)), null]
    })
    const at = array(1, { dtype: 'int32' })
    expect(nested(grad((x: Tensor) => pick(x, at))(array([4, 5, 6])))).toEqual([0, 1, 0])
  })

  it('does not affect gradients in a branch that is not taken, even if its rule returns NaN there', () => {
    const reciprocal = customVjp((x) => np.div(1, x), {
      forward: (x) => [np.div(1, x), x],
      backward: (x, ct) => [np.mul(ct, np.div(-1, square(x)))]
    })
    const safe = (x: Tensor) => np.where(np.greater(x, 0), reciprocal(x), 0)
    expect(run(grad(safe)(0)).item()).toBe(0)
    expect(run(grad(grad(safe))(0)).item()).toBe(0)
  })
})

describe('a rule may refer to values around it', () => {
  // The derivative of x² by a rule that names the lane c, which is 1, 2 and 3.
  const lanes = array([1, 2, 3])
  const byJvp = (c: Tensor) =>
    customJvp(
      (x) => square(x),
      ([x], [dx]) => [square(x), np.mul(np.mul(dx, x), c)]
    )
  const byVjp = (c: Tensor) =>
    customVjp((x) => square(x), {
      forward: (x) => [square(x), x],
      backward: (x, ct) => [np.mul(np.mul(ct, x), c)]
    })

  it.each([
    ['customJvp', byJvp],
    ['customVjp', byVjp]
  ])('%s: a lane of an enclosing batch, even if the argument is the same in all lanes', (_, by) => {
    const f = (x: Tensor) => np.sum(vmap((c: Tensor) => by(c)(x))(lanes))
    expect(run(grad(f)(2)).item()).toBe(12)
    expect(run(jacfwd(f)(2)).item()).toBe(12)
    expect(run(grad(grad(f))(2)).item()).toBe(6)
    const own = (x: Tensor) => np.sum(vmap((c: Tensor, y: Tensor) => by(c)(y))(lanes, x))
    expect(nested(grad(own)(array([1, 1, 2])))).toEqual([1, 2, 6])
    const twice = (x: Tensor) =>
      np.sum(vmap((c: Tensor) => vmap((d: Tensor) => by(np.mul(np.sin(c), d))(x))(lanes))(lanes))
    expect(run(grad(twice)(2)).item()).toBeCloseTo(12 * (Math.sin(1) + Math.sin(2) + Math.sin(3)), 12)
    const outer = (x: Tensor) => vmap((c: Tensor) => grad((y: Tensor) => np.sum(vmap(by(c))(y)))(x))(lanes)
    expect(nested(outer(tensor([1, 2])))).toEqual([
      [1, 2],
      [2, 4],
      [3, 6]
    ])
  })

  it.each([
    ['customJvp', byJvp],
    ['customVjp', byVjp]
  ])('%s: a lane of a batch that an effect has split', (_, by) => {
    const f = (x: Tensor) => np.sum(runProgram(vmap((c: Tensor) => map(() => by(c)(x))(inspect(c)))(lanes)))
    expect(run(grad(f)(2)).item()).toBe(12)
  })

  // sin with a slope that is not true, so that nothing else can be mistaken for it: x·d².
  const liar = (d: Tensor) =>
    customJvp(
      (x: Tensor) => np.sin(x),
      ([x], [dx]) => [np.sin(x), np.mul(dx, np.mul(x, square(d)))]
    )
  const rules: Readonly<Record<string, (d: Tensor) => (x: Tensor) => Tensor>> = {
    customJvp: liar,
    customVjp: (d) =>
      customVjp((x: Tensor) => np.sin(x), {
        forward: (x) => [np.sin(x), x],
        backward: (x, ct) => [np.mul(ct, np.mul(x, square(d)))]
      }),
    'a rule whose function has a rule': (d) => {
      const inner = liar(d)
      return customJvp(
        (x: Tensor) => np.sin(x),
        ([x], [dx]) => [np.sin(x), np.mul(dx, inner(x))]
      )
    },
    'a rule that makes a function with a rule': (d) =>
      customVjp((x: Tensor) => np.sin(x), {
        forward: (x) => [np.sin(x), x],
        backward: (x, ct) => [np.mul(ct, liar(d)(x))]
      })
  }

  it.each(Object.entries(rules))('%s: a carry or an element of a scan, which equals its unrolled steps', (_, by) => {
    const model = (name: 'carry' | 'element' | 'outside', unroll: boolean) => (c0: Tensor, d0: Tensor, xs: Tensor) => {
      const [[c, d], ys] = scan(
        ([c, d], x) => {
          const named = { carry: d, element: x, outside: d0 }[name]
          return [[np.add(by(named)(c), x), np.mul(d, 0.9)], square(c)]
        },
        [c0, d0],
        xs,
        { unroll }
      )
      return np.add(np.mul(c, d), np.sum(square(ys)))
    }
    const [c, d, xs] = [tensor(0.7), tensor(1.3), tensor([0.5, -1.2, 0.3])]
    const [cs, ds] = [tensor([0.7, -0.2]), tensor([1, 2])]
    type Model = ReturnType<typeof model>
    const ways: Readonly<Record<string, (f: Model) => unknown>> = {
      jvp: (f) => jvp(f)([c, d, xs], [0.3, 0.2, array([1, 2, 3])]),
      grad: (f) => grad(f, { argnums: [0, 1, 2] })(c, d, xs),
      hessian: (f) => hessian(f, { argnums: [0, 1, 2] })(c, d, xs),
      'reverse over reverse': (f) => jacrev(jacrev(f, { argnums: 2 }), { argnums: 1 })(c, d, xs),
      'forward over forward': (f) => jacfwd(jacfwd(f, { argnums: 2 }), { argnums: 1 })(c, d, xs),
      'reverse over forward': (f) => jacrev(jacfwd(f, { argnums: 2 }), { argnums: 1 })(c, d, xs),
      'a third derivative': (f) => grad((d: Tensor) => np.sum(jacrev(jacrev(f, { argnums: 2 }))(c, d, xs)))(d),
      'a batch that names differ in': (f) =>
        hessian((c: Tensor) => np.sum(vmap(f, { inAxes: [null, 0, null] })(c, ds, xs)))(c),
      'a batch of functions': (f) => jacrev((c: Tensor) => vmap(f, { inAxes: [0, null, null] })(c, d, xs))(cs),
      'a batch of gradients': (f) => vmap(grad(f, { argnums: 1 }), { inAxes: [null, 0, null] })(c, ds, xs)
    }
    for (const [way, take] of Object.entries(ways))
      for (const name of ['carry', 'element', 'outside'] as const) {
        const numbers = (unroll: boolean) =>
          leaves(run(take(model(name, unroll)))).flatMap((x) => Array.from((x as NDArray).data))
        const expected = numbers(true)
        numbers(false).forEach((value, k) => {
          expect(value, `${way} of ${name}`).toBeCloseTo(expected[k], 10)
        })
      }
  })

  it.each(Object.entries(rules))('%s: an operand of a branch or a loop, which equal their unrolled steps', (_, by) => {
    type Model = (c: Tensor, d: Tensor) => Tensor
    const taken: Model = (c, d) => np.add(by(d)(np.mul(c, 2)), c)
    const given: Model = (c, d) =>
      np.add(
        cond(
          np.greater(d, 0),
          (c: Tensor, d: Tensor) => by(d)(np.mul(c, 2)),
          (c: Tensor) => np.mul(c, 3),
          c,
          d
        ),
        c
      )
    const captured: Model = (c, d) =>
      np.add(
        cond(
          np.greater(d, 0),
          () => by(d)(np.mul(c, 2)),
          () => np.mul(c, 3)
        ),
        c
      )
    const counted: Model = (c, d) =>
      whileLoop(
        ({ i }) => np.less(i, 3),
        ({ i, c, d }) => ({ i: np.add(i, 1), c: by(d)(c), d: np.mul(d, 1.1) }),
        { i: array(0, { dtype: 'int32' }), c, d }
      ).c
    const written: Model = (c, d) =>
      [0, 1, 2].reduce(([c, d]) => [by(d)(c), np.mul(d, 1.1)] as const, [c, d] as const)[0]

    const [c, d, cs, ds] = [tensor(0.7), tensor(1.3), tensor([0.7, -0.2]), tensor([1, 2])]
    const both = { argnums: [0, 1] } as const
    const forward: ReadonlyArray<(f: Model) => unknown> = [
      (f) => jvp(f)([c, d], [0.3, 0.2]),
      (f) => jacfwd(jacfwd(f, both), both)(c, d),
      (f) => jacfwd((c: Tensor) => vmap(f, { inAxes: [null, 0] })(c, ds))(c),
      (f) => jacfwd((c: Tensor) => vmap(f, { inAxes: [0, null] })(c, d))(cs)
    ]
    const reverse: ReadonlyArray<(f: Model) => unknown> = [
      (f) => grad(f, both)(c, d),
      (f) => hessian(f, both)(c, d),
      (f) => jacrev(jacrev(f, both), both)(c, d),
      (f) => hessian((d: Tensor) => np.sum(vmap(f, { inAxes: [null, 0] })(c, d)))(ds),
      (f) => hessian((c: Tensor) => np.sum(vmap(f, { inAxes: [0, null] })(c, d)))(cs),
      (f) => vmap(grad(f, { argnums: 1 }), { inAxes: [null, 0] })(c, ds)
    ]
    const agree = (ways: typeof forward, f: Model, g: Model) => {
      for (const way of ways) {
        const [left, right] = [f, g].map((model) =>
          leaves(run(way(model))).flatMap((x) => Array.from((x as NDArray).data))
        )
        left.forEach((value, k) => {
          expect(value).toBeCloseTo(right[k], 10)
        })
      }
    }
    agree([...forward, ...reverse], given, taken)
    agree([...forward, ...reverse], captured, taken)
    agree(forward, counted, written)
  })

  it.each(Object.entries(rules))('%s: a value that moves along the path of a jet, in a scan too', (_, by) => {
    const models: ReadonlyArray<(t: Tensor) => Tensor> = [
      (t) => by(np.exp(t))(square(t)),
      (t) => {
        const d = np.exp(t)
        return scan((c) => [by(d)(c), null], square(t), null, { length: 2 })[0]
      }
    ]
    for (const f of models) {
      const nest = (g: (t: Tensor) => Tensor) => (t: Tensor) => jvp(g)([t], [1])[1]
      const [first, second, third] = [nest(f), nest(nest(f)), nest(nest(nest(f)))]
      const expected = run([first, second, third].map((g) => g(tensor(0.6))))
      run(jet(f)([0.6], [[1, 0, 0]])[1]).forEach((value, k) => {
        expect(value.item()).toBeCloseTo(expected[k].item(), 9)
      })
    }
  })

  it.each([
    ['customJvp', byJvp],
    ['customVjp', byVjp]
  ])('%s: the tangent of an enclosing rule, which is not an operand of the scan', (_, by) => {
    const outer = (unroll: boolean, outside: boolean) =>
      customJvp(
        (x) => x,
        ([x], [dx]) => {
          const f = by(dx)
          const step = (c: Tensor) => [np.mul((outside ? f : by(dx))(c), 0.5), null] as const
          return [x, np.mul(dx, scan(step, np.mul(x, dx), null, { length: 2, unroll })[0])]
        }
      )
    const slopes = (unroll: boolean, outside: boolean) => {
      const [, push] = linearize(outer(unroll, outside))(3)
      const slope = grad((t: Tensor) => push(t))
      return run([slope(2), grad(slope)(2), jacfwd(slope)(2), vmap(grad(slope))(array([2, 1]))]).map(String)
    }
    for (const outside of [false, true]) expect(slopes(false, outside)).toEqual(slopes(true, outside))
  })

  it.each([
    ['customJvp', byJvp],
    ['customVjp', byVjp]
  ])('%s: the tangent of an enclosing rule', (_, by) => {
    // The tangent of the outer function is x², of which the inner rule thinks that its slope is dx·x.
    const outer = customJvp(
      (x) => x,
      ([x], [dx]) => [x, np.mul(dx, by(dx)(np.mul(x, 1)))]
    )
    const [, push] = linearize(outer)(3)
    const slope = (dx: number) => grad((s: Tensor) => jvp((x: Tensor) => push(x))([s], [1])[0])(dx)
    expect(run(push(2)).item()).toBe(18)
    expect(run(slope(2)).item()).toBe(9)
  })

  it('including functions with rules that another rule creates in its backward', () => {
    // What moves `inner` is read by no value, and named by the rule of the innermost function only.
    const f = (y: Tensor): Tensor =>
      grad((x: Tensor) => {
        const outer = customVjp((x: Tensor) => np.mul(0, x), {
          forward: (x) => [np.mul(0, x), x],
          backward: (x, ct) => {
            const inner = customVjp((y: Tensor) => np.mul(0, y), {
              forward: (y) => [np.mul(0, y), null],
              backward: (_, c) => [
                np.mul(
                  customJvp(
                    (w: Tensor) => np.mul(w, w),
                    ([w], [dw]) => [np.mul(w, w), dw]
                  )(x),
                  c
                )
              ]
            })
            return [np.mul(inner(y), ct)]
          }
        })
        return np.mul(2, outer(x))
      })(3)
    expect([grad(f)(1), jvp(f)([1], [1])[1], vmap(grad(f))(array([1, 2]))].map(nested)).toEqual([18, 18, [18, 18]])
    expect(compile(grad(f))(1).item()).toBe(18)
  })

  it('but a captured value under differentiation must be an argument, or wrapped in stopGradient', () => {
    const scaled = (by: (x: Tensor) => Tensor) => (w: Tensor) => {
      const v = by(w)
      const f = customJvp(
        (x) => np.mul(v, x),
        ([x], [dx]) => [np.mul(v, x), np.mul(v, dx)]
      )
      return np.mul(f(3), w)
    }
    const moving = scaled((w) => np.exp(w))
    expect(run(moving(tensor(0))).item()).toBe(0)
    const error = reason(() => grad(moving)(1))
    expect(error).toMatchObject({ _tag: 'NotDifferentiable', op: 'customJvp' })
    expect(error.hint).toContain('stopGradient')
    expect(run(grad(scaled((w) => stopGradient(np.exp(w))))(0)).item()).toBe(3)
    const within = (w: Tensor) =>
      customVjp((x: Tensor) => np.mul(stopGradient(w), x), {
        forward: (x) => [np.mul(stopGradient(w), x), null],
        backward: (_, ct) => [np.mul(w, ct)]
      })(np.mul(w, 2))
    expect(run(grad(within)(5)).item()).toBe(10)
  })
})

describe('a rule that returns a wrong value', () => {
  const withTangent = (tangent: (dx: Tensor) => unknown, value: (x: Tensor) => unknown = (x) => ({ y: x })) =>
    customJvp(
      function pass(x: Tensor) {
        return { y: np.mul(x, 1) }
      },
      (([x]: [Tensor], [dx]: [Tensor]) => [value(x), tangent(dx)]) as never
    )
  const pushing = (f: (x: Tensor) => unknown, x: unknown) => reason(() => jvp(f as never)([x] as never, [x] as never))

  it('throws an error that names the rule and the leaf', () => {
    const x = array([1, 2])
    expect(
      pushing(
        withTangent(() => ({ y: 0 })),
        x
      )
    ).toMatchObject({
      _tag: 'ShapeError',
      op: 'customJvp(pass)',
      path: '.y'
    })
    expect(
      pushing(
        withTangent((dx) => ({ y: tensor(dx, { dtype: 'float32' }) })),
        x
      )
    ).toMatchObject({
      _tag: 'DTypeError',
      op: 'customJvp(pass)',
      path: '.y'
    })
    expect(
      pushing(
        withTangent((dx) => dx),
        x
      )
    ).toMatchObject({ _tag: 'TreeError', op: 'customJvp(pass)' })
    expect(
      pushing(
        withTangent(
          (dx) => ({ y: dx }),
          () => ({ y: 1 })
        ),
        x
      )
    ).toMatchObject({
      _tag: 'ShapeError',
      path: '.y'
    })
    const single = customJvp((x: Tensor) => x, (([x]: [Tensor]) => x) as never)
    expect(pushing(single, x)).toMatchObject({ _tag: 'TreeError', op: 'customJvp' })
  })

  it('throws in reverse mode too', () => {
    const withBackward = (backward: (ct: Tensor) => unknown, forward: (x: Tensor) => unknown = (x) => [x, null]) =>
      customVjp((x: Tensor, p: { w: Tensor }) => np.mul(x, p.w), {
        forward: forward as never,
        backward: ((_: unknown, ct: Tensor) => backward(ct)) as never
      })
    const pulling = (f: (x: Tensor, p: { w: Tensor }) => Tensor) =>
      reason(() => vjp(f)(array([1, 2]), { w: array([1, 2]) }))
    expect(pulling(withBackward((ct) => [ct]))).toMatchObject({ _tag: 'TreeError', op: 'customVjp' })
    expect(pulling(withBackward((ct) => [ct, ct]))).toMatchObject({ _tag: 'TreeError' })
    expect(pulling(withBackward((ct) => [ct, { w: np.sum(ct) }]))).toMatchObject({ _tag: 'ShapeError', path: '.w' })
    expect(
      pulling(
        withBackward(
          (ct) => [ct, { w: ct }],
          (x) => x
        )
      )
    ).toMatchObject({ _tag: 'TreeError' })
    expect(
      pulling(
        withBackward(
          (ct) => [ct, { w: ct }],
          (x) => [np.sum(x), null]
        )
      )
    ).toMatchObject({
      _tag: 'ShapeError'
    })
  })

  it('throws only when a derivative is taken', () => {
    expect(nested(withTangent(() => null)(array([1])).y)).toEqual([1])
  })
})
