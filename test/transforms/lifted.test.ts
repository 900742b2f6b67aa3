/** What a rule, a clause or a solver returns is a tensor, or an array that becomes one: never a silent mistake. */
import {
  array,
  compile,
  customJvp,
  customLinearSolve,
  customRoot,
  customVjp,
  FreegradError,
  grad,
  jvp,
  type NDArray,
  run,
  scan,
  type Tensor,
  tensor,
  vmap,
  whileLoop
} from 'freegrad'
import * as np from 'freegrad/numpy'
import { effect, handle, map, perform, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'

const wrong = (x: unknown): never => x as never
const three = array(3)
const Ask = effect<Tensor, Tensor>()('ask')
const AskAll = effect<Tensor, Tensor>()('askAll', { batch: 'whole' })

/** Functions of a number in which something returns an array, a number or a nested array for a tensor, and the slope at 2. */
const returning: Readonly<Record<string, readonly [f: (given: unknown) => (x: Tensor) => Tensor, slope: number]>> = {
  'the value of customJvp': [
    (given) => (x) =>
      customJvp(
        (_: Tensor): Tensor => wrong(given),
        ([y], [dy]) => [np.mul(y, 1), dy]
      )(x),
    1
  ],
  'the tangent of customJvp': [
    (given) => (x) =>
      customJvp(
        (y: Tensor) => np.sin(y),
        ([y], [dy]) => [np.sin(y), np.mul(dy, wrong(given))]
      )(x),
    3
  ],
  'the value of a forward': [
    (given) => (x) =>
      customVjp((_: Tensor) => tensor(3), { forward: () => [wrong(given), null], backward: (_, ct) => [ct] })(x),
    1
  ],
  'the cotangent of a backward': [
    (given) => (x) =>
      customVjp((y: Tensor) => np.sin(y), { forward: (y) => [np.sin(y), null], backward: () => [wrong(given)] })(x),
    3
  ],
  'the residual of a forward': [
    (given) => (x) =>
      customVjp((y: Tensor) => np.sin(y), {
        forward: (y) => [np.sin(y), wrong(given)] as readonly [Tensor, Tensor],
        backward: (r: Tensor, ct) => [np.mul(r, ct)]
      })(x),
    3
  ],
  'the solution of customLinearSolve': [
    (given) => (x) =>
      np.mul(
        x,
        customLinearSolve(
          (y: Tensor) => np.mul(2, y),
          tensor(6),
          () => wrong(given),
          { symmetric: true }
        )
      ),
    3
  ],
  'the solution of customRoot': [
    (given) => (x) =>
      np.mul(
        x,
        customRoot(
          (y: Tensor) => np.sub(y, 3),
          tensor(1),
          () => wrong(given),
          (g, y: Tensor) => np.div(y, g(tensor(1)))
        )
      ),
    3
  ],
  'the answer of a clause': [
    (given) => (x) =>
      runProgram(
        handle(Ask)(map((a: Tensor) => np.mul(x, a))(perform(Ask, x)), { perform: (_, resume) => resume(wrong(given)) })
      ),
    3
  ],
  'the carry of a scan': [
    (given) => (x) => np.mul(x, scan((_: Tensor, y: Tensor) => [wrong(given), y], tensor(1), np.ones([2]))[0]),
    3
  ],
  'the carry of a whileLoop': [
    (given) => (x) =>
      np.mul(
        x,
        whileLoop(
          (c: Tensor) => np.less(c, 3),
          () => wrong(given),
          tensor(1)
        )
      ),
    3
  ]
}

const mistakes: ReadonlyArray<readonly [what: string, given: unknown]> = [
  ['an array of another shape', array([3, 3, 3])],
  ['undefined', undefined],
  ['a string', 'three']
]

/** What is right for some of them: an answer has any shape, and a cotangent that is left out is 0. */
const allowed: Readonly<Record<string, string>> = {
  'the answer of a clause': 'an array of another shape',
  'the cotangent of a backward': 'undefined'
}

describe.each(Object.entries(returning))('%s', (name, [f, slope]) => {
  it.each([
    ['an array', three],
    ['a number', 3]
  ])('may be %s', (_, given) => {
    const g = f(given)
    expect(run(grad(g)(2)).item()).toBe(slope)
    expect(run(vmap(grad(g))(array([2, 2]))).toNested()).toEqual([slope, slope])
    expect(compile(grad(g))(2).item()).toBe(slope)
  })

  it.each(mistakes.filter(([what]) => allowed[name] !== what))('is a typed error if it is %s', (_, given) => {
    const g = f(given)
    expect(() => run([np.sum(g(tensor(2))), grad((x: Tensor) => np.sum(g(x)))(2)])).toThrow(FreegradError)
  })
})

describe('the answer to a whole batch', () => {
  it('may be an array, which is split among the lanes, in every transform', () => {
    const f = (x: Tensor) => map((a: Tensor) => np.mul(x, a))(perform(AskAll, x))
    const answered = (xs: Tensor): Tensor =>
      runProgram(handle(AskAll)(vmap(f)(xs), { perform: (_, resume) => resume(wrong(array([3, 4]))) }))
    const xs = array([1, 2])
    const product = (got: NDArray, want: ReadonlyArray<number>) => expect(got.toNested()).toEqual(want)
    product(run(answered(tensor(xs))), [3, 8])
    product(run(grad((x: Tensor) => np.sum(answered(x)))(xs)), [3, 4])
    product(run(jvp(answered)([xs], [xs])[1]), [3, 8])
    product(compile(answered)(xs), [3, 8])
  })
})
