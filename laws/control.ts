/** Control flow: a branch is the function that it takes, and a loop its steps one after the other. */

import * as fc from 'fast-check'
import { array, branch, grad, jvp, type NDArray, run, type Tensor, vmap, whileLoop } from 'freegrad'
import { add, lt, sin, sum } from 'freegrad/ops'
import { inner, stack } from './arrays.js'
import { equation, type Law } from './law.js'
import { cotangent, type Fn, type Point, point, pull, push, pushed, results, sketch, tangent } from './point.js'
import { arranged, interpret, type Script, scripts } from './scripts.js'

// --- model
/** Functions with results of one type, the place of one of them, and a point at which they are taken. */
export interface Alternatives {
  readonly arms: ReadonlyArray<Fn>
  readonly taken: number
  readonly x: ReadonlyArray<NDArray>
  readonly seed: number
}

/** A function from tensors to tensors like them, how often it is done, and a point at which it begins. */
export interface Repetition {
  readonly step: Fn
  readonly times: number
  readonly x: ReadonlyArray<NDArray>
  readonly seed: number
}

// --- constructors
/** Random programs to choose among. */
export const alternatives: fc.Arbitrary<Alternatives> = fc
  .tuple(fc.array(scripts('smooth', { most: 6 }), { minLength: 1, maxLength: 3 }), fc.nat(2), fc.nat(1000))
  .map(([all, taken, seed]) => {
    const arms = all.map(
      (script): Fn =>
        (...xs) => [total(applied(script, xs))]
    )
    const a = { arms, taken: taken % arms.length, x: all[0].inputs, seed }
    return Object.defineProperty(a, fc.toStringMethod, {
      value: () => `taken ${a.taken} of ${arms.map((arm) => sketch(arm, a.x)).join('\nor\n')}\nseed ${seed}`
    })
  })

/** Random programs to repeat. */
export const repetitions: fc.Arbitrary<Repetition> = fc
  .tuple(scripts('smooth', { most: 6 }), fc.nat(3), fc.nat(1000))
  .map(([script, times, seed]) => {
    const step: Fn = (...xs) => {
      const ys = applied(script, xs)
      return xs.map((x, k) => sin(arranged(ys[k % ys.length], x.type.shape)))
    }
    const r = { step, times, x: script.inputs, seed }
    return Object.defineProperty(r, fc.toStringMethod, {
      value: () => `${times} times ${sketch(step, r.x)}\nseed ${seed}`
    })
  })

/** A branch is the function taken: its value, both derivatives, the derivative of those, and in lanes. */
export const branchIsTaken: Law<Alternatives> = equation(
  'branch = the function taken, under every transform',
  ({ arms, taken, x, seed }) => everything(point((...xs) => [...chosen(arms, index(taken), xs)], x, seed)),
  ({ arms, taken, x, seed }) => everything(point(arms[taken], x, seed))
)

/** Where each lane chooses for itself, it has what it would have alone. */
export const lanesChoose: Law<Alternatives> = equation(
  'vmap(grad(branch)) and grad(vmap(branch)) = the gradient of what each lane takes',
  ({ arms, x, seed }) => {
    const lanes = arms.map((_, k) => index(k))
    const [first, ...rest] = x.map((value) =>
      stack(
        arms.map(() => value),
        0
      )
    )
    const one = (i: Tensor, ...xs: Tensor[]): Tensor => chosen(arms, i, xs)[0]
    const all = (i: Tensor, ...xs: Tensor[]): Tensor => sum(vmap(one)(i, ...xs), { axes: [0] })
    const i = stack(lanes, 0)
    return [vmap(grad(one, { argnums: 1 }))(i, first, ...rest), grad(all, { argnums: 1 })(i, first, ...rest), seed]
  },
  ({ arms, x, seed }) => {
    const alone = run(arms.map((arm) => grad((...xs: Tensor[]) => arm(...xs)[0])(...x)))
    return [stack(alone, 0), stack(alone, 0), seed]
  }
)

/** A loop is its steps, one after the other: its value, its pushforward and the pushforward of that, and in lanes. */
export const loopIsUnrolled: Law<Repetition> = equation(
  'whileLoop = its steps one after the other, under every transform but the way back',
  ({ step, times, x, seed }) => forwards(point((...xs) => looped(step, index(times), xs), x, seed)),
  ({ step, times, x, seed }) => forwards(point((...xs) => unrolled(step, times, xs), x, seed))
)

/** Lanes that stop apart have what they would have alone. */
export const lanesStop: Law<Repetition> = equation(
  'vmap(jvp(whileLoop)) = the steps of each lane, one after the other',
  ({ step, times, x, seed }) => {
    const dx = tangent(point(step, x, seed))
    const counts = [times, 0, 1]
    return vmap((n: Tensor, xs: Tensor[]) => jvp((...ys: Tensor[]) => looped(step, n, ys))(xs, [...dx]), {
      inAxes: [0, null]
    })(stack(counts.map(index), 0), [...x])
  },
  ({ step, times, x, seed }) => {
    const dx = tangent(point(step, x, seed))
    const rows = run([times, 0, 1].map((n) => jvp((...ys: Tensor[]) => unrolled(step, n, ys))([...x], [...dx])))
    return [0, 1].map((part) =>
      x.map((_, k) =>
        stack(
          rows.map((row) => row[part][k]),
          0
        )
      )
    )
  }
)

// --- combinators
/** The laws of branches. */
export const choosing: ReadonlyArray<Law<Alternatives>> = [branchIsTaken, lanesChoose]

/** The laws of loops. */
export const looping: ReadonlyArray<Law<Repetition>> = [loopIsUnrolled, lanesStop]

const index = (k: number): NDArray => array(k, { dtype: 'int32' })

const total = (ys: ReadonlyArray<Tensor>): Tensor =>
  ys.map((y) => sum(y, { axes: y.type.shape.map((_, axis) => axis) })).reduce((all, y) => add(all, y))

// A program of other inputs, which are made of these.
const applied = (script: Script, xs: ReadonlyArray<Tensor>): Tensor[] =>
  interpret(script)(...script.inputs.map(({ shape }, k) => arranged(xs[k % xs.length], shape)))

const chosen = (arms: ReadonlyArray<Fn>, i: NDArray | Tensor, xs: ReadonlyArray<Tensor>): ReadonlyArray<Tensor> =>
  branch(i, arms, ...xs)

const looped = (step: Fn, n: NDArray | Tensor, xs: ReadonlyArray<Tensor>): Tensor[] =>
  whileLoop(
    ({ i }) => lt(i, n),
    ({ i, xs }) => ({ i: add(i, 1), xs: step(...xs) }),
    { i: index(0), xs }
  ).xs.slice()

const unrolled = (step: Fn, times: number, xs: ReadonlyArray<Tensor>): Tensor[] =>
  times === 0 ? xs.slice() : unrolled(step, times - 1, step(...xs))

const forwards = (p: Point): unknown => {
  const twice = pushed(p)
  const lanes = p.x.map((value) => stack([value, value], 0))
  return [results(p), push(p, tangent(p)), push(twice, tangent(twice)), vmap((...xs) => p.f(...xs))(...lanes)]
}

const everything = (p: Point): unknown => {
  const gradient = grad((...xs: Tensor[]) => inner(p.f(...xs), cotangent(p)))
  const second = jvp((...xs: Tensor[]) => gradient(...xs))([...p.x], [...tangent(p)])[1]
  const lanes = p.x.map((value) => stack([value, value], 0))
  return [forwards(p), pull(p, cotangent(p)), second, vmap(gradient)(...lanes)]
}
