/** Run within a transform: an array is a constant, so that nothing becomes one which is being differentiated. */
import * as fc from 'fast-check'
import {
  array,
  checkpoint,
  cond,
  customJvp,
  customVjp,
  foriLoop,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jet,
  jvp,
  linearize,
  linearTranspose,
  type NDArray,
  run,
  scan,
  stopGradient,
  type Tensor,
  tensor,
  tryRun,
  valueAndGrad,
  vjp,
  vmap
} from 'freegrad'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { chain, gen, inspect, map, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'
import { reason, tagOf } from '../support/reason.js'

// --- model
type Fn = (x: Tensor) => Tensor

/** Functions whose value loses a slope, or has none, when it becomes an array. */
const functions: ReadonlyArray<readonly [string, Fn]> = [
  ['sin', ops.sin],
  ['x', (x) => x],
  ['a square', (x) => ops.mul(x, x)],
  ['floor', ops.floor],
  ['a comparison', (x) => ops.convert(ops.gt(x, 0), { dtype: 'float64' })],
  ['rounded to int32', (x) => ops.convert(x, { dtype: 'int32' })],
  ['stopGradient', (x) => stopGradient(ops.mul(x, x))],
  ['stopGradient in part', (x) => ops.mul(x, stopGradient(x))],
  ['times 0', (x) => ops.mul(0, x)],
  ['a rule', customJvp(ops.exp as Fn, ([x], [dx]) => [ops.exp(x), ops.mul(dx, ops.exp(x))])],
  [
    'a rule of reverse mode',
    customVjp(ops.exp as Fn, { forward: (x) => [ops.exp(x), x], backward: (x, ct) => [ops.mul(ct, ops.exp(x))] })
  ],
  ['a loop', (x) => foriLoop(0, 3, (_, y) => ops.mul(y, x), 1)],
  ['a branch', (x) => cond(ops.gt(x, 0), ops.sin as Fn, ops.cos as Fn, x)],
  ['a derivative', (x) => grad(ops.sin as Fn)(x)],
  ['checkpoint', checkpoint(ops.sin as Fn)],
  ['lanes', (x) => ops.sum(vmap((y: Tensor) => ops.mul(x, y))(array([1, 2])), { axes: [0] })]
]

/** Ways to differentiate a function of one number. */
const derivatives: ReadonlyArray<readonly [string, (f: Fn) => unknown]> = [
  ['grad', (f) => grad(f)(1.5)],
  ['grad of grad', (f) => grad(grad(f))(1.5)],
  ['valueAndGrad', (f) => valueAndGrad(f)(1.5)],
  ['vjp', (f) => vjp(f)(1.5)[1](1)],
  ['jvp', (f) => jvp(f)([1.5], [1])],
  ['linearize', (f) => linearize(f)(1.5)[1](1)],
  ['jet', (f) => jet(f)([1.5], [[1, 0]])],
  ['jacfwd', (f) => jacfwd(f)(1.5)],
  ['jacrev', (f) => jacrev(f)(1.5)],
  ['hessian', (f) => hessian(f)(1.5)],
  ['hvp', (f) => hvp(f)([1.5], [1])],
  ['grad of jvp', (f) => grad((x) => jvp(f)([x], [1])[1])(1.5)]
]

const text = (tree: unknown): string => JSON.stringify(run(tree))

describe('run within a derivative', () => {
  it('gives the same derivative as the tensor would, or throws NotDifferentiable', () =>
    fc.assert(
      fc.property(fc.constantFrom(...derivatives), fc.constantFrom(...functions), ([, d], [, g]) => {
        const want = text(d((x) => ops.mul(x, g(x))))
        const got = tryRun(() => d((x) => ops.mul(x, run(g(x)))))
        expect(got._tag === 'Left' ? got.left._tag : JSON.stringify(got.right)).toBe(
          got._tag === 'Left' ? 'NotDifferentiable' : want
        )
      }),
      { numRuns: 60 }
    ))

  it.each(derivatives)('throws NotDifferentiable in %s', (_, d) => {
    const error = reason(() => d((x) => ops.mul(x, run(ops.sin(x)))))
    expect(error).toMatchObject({ _tag: 'NotDifferentiable', op: 'run' })
    expect(error.hint).toMatch(/stopGradient/)
  })

  it('is allowed with stopGradient', () => {
    expect(run(grad((x: Tensor) => np.mul(x, run(stopGradient(np.sin(x)))))(1)).item()).toBe(Math.sin(1))
    expect(run(hessian((x: Tensor) => np.mul(np.mul(x, x), run(stopGradient(x))))(3)).item()).toBe(6)
  })

  it('may read a locally constant value, to branch on it', () => {
    const f = (x: Tensor): Tensor => (run(np.greater(x, 0)).item() ? np.square(x) : np.neg(x))
    expect([2, -2].map((x) => run(grad(f)(x)).item())).toEqual([4, -1])
  })

  it('may read a value that depends on another function`s argument, or on none', () => {
    expect(run(grad((x: Tensor, y: Tensor) => np.mul(x, run(y)))(3, 2)).item()).toBe(2)
    let kept: Tensor = tensor(0)
    grad((x: Tensor) => {
      kept = x
      return x
    })(4)
    expect(run(grad((x: Tensor) => np.mul(x, run(np.square(kept))))(3)).item()).toBe(16)
  })

  it('is detected through trees, lanes and intermediate functions', () => {
    const inside: ReadonlyArray<Fn> = [
      (x) => np.mul(x, run({ a: [1, np.sin(x)] }).a[1]),
      (x) => vmap((y: Tensor) => np.mul(y, run(np.sin(x))))(array([1, 2])),
      (x) => vmap((y: Tensor) => np.mul(y, run(np.mul(x, y))))(array([1, 2])),
      (x) => scan((c, y) => [np.add(c, np.mul(y, run(x))), null], tensor(0), array([1, 2]))[0],
      (x) =>
        cond(
          true,
          (y: Tensor) => np.mul(y, run(x)),
          (y: Tensor) => y,
          1
        ),
      (x) => checkpoint((y: Tensor) => np.mul(y, run(x)))(1),
      (x) => grad((y: Tensor) => np.mul(y, run(x)))(1),
      (x) =>
        customJvp(
          (y: Tensor) => np.mul(y, run(x)),
          ([y], [dy]) => [y, dy]
        )(1)
    ]
    for (const f of inside) expect(tagOf(() => grad((x: Tensor) => np.sum(f(x)))(3))).toBe('NotDifferentiable')
  })

  it('throws for an argument of a sub-program, which has no number', () => {
    const inside: ReadonlyArray<Fn> = [
      (x) => scan((c) => [np.mul(c, run(c)), null], x, null, { length: 2 })[0],
      (x) => checkpoint((y: Tensor) => np.mul(y, run(y)))(x),
      (x) => vmap((y: Tensor) => np.mul(y, run(y)))(np.stack([x, x]))
    ]
    for (const f of inside)
      expect(['NotDifferentiable', 'FreeVariable']).toContain(tagOf(() => grad((x: Tensor) => np.sum(f(x)))(3)))
    expect(tagOf(() => linearTranspose((x: Tensor) => np.mul(x, run(x)))(1)(1))).toBe('FreeVariable')
  })

  it('throws between the effects of a program, where inspect must be used', () => {
    const read = (x: Tensor) => map((v: NDArray) => np.mul(x, v))(inspect(x))
    expect(run(runProgram(grad(read)(3))).item()).toBe(3)
    const between = (x: Tensor) => chain(() => map(() => np.mul(x, run(x)))(inspect(x)))(inspect(x))
    const written = (x: Tensor) =>
      gen(function* () {
        yield* inspect(x)
        return np.mul(x, run(np.sin(x)))
      })
    for (const f of [between, written]) {
      expect(tagOf(() => runProgram(grad(f)(3)))).toBe('NotDifferentiable')
      expect(tagOf(() => runProgram(vmap(grad(f))(array([1, 2]))))).toBe('NotDifferentiable')
    }
  })

  it('is a Left in tryRun, and later derivatives are correct', () => {
    const inner = (x: Tensor): Tensor => np.mul(x, tryRun(() => np.sin(x))._tag === 'Left' ? 2 : 3)
    expect(run(grad(inner)(1)).item()).toBe(2)
    expect(run(grad(np.sin as Fn)(0)).item()).toBe(1)
    expect(run(np.sin(1)).item()).toBe(Math.sin(1))
  })
})

describe('the number of a tensor', () => {
  it('can be read with inspect', () => {
    const error = reason(() => grad((x: Tensor) => (Number(x) > 0 ? x : np.neg(x)))(1))
    expect(error).toMatchObject({ _tag: 'NotANumber' })
    expect(error.hint).toMatch(/cond, where or inspect\(x\); outside of transforms, run\(x\)/)
  })
})
