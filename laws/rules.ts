/** Rules: functions whose derivative is stated by a rule, and the law that nobody can tell them from the others. */

import * as fc from 'fast-check'
import {
  checkpoint,
  cond,
  customJvp,
  customLinearSolve,
  customRoot,
  customVjp,
  foriLoop,
  jvp,
  scan,
  type Tensor,
  vjp,
  vmap
} from 'freegrad'
import { onesLike, zerosLike } from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { add, cos, div, exp, ge, lt, mul, select, sin, stopGradient, sub, sum, tanh } from 'freegrad/ops'
import { between, type Domain, smallOf } from './domains.js'
import { equation, type Law } from './law.js'
import { type Fn, type Point, point, pulled, pushed, results } from './point.js'
import { type Call, operand, type Row, row } from './row.js'
import { shapes } from './shapes.js'

// --- model
/** A way to state a function's derivative, which is the true one. */
export type Stated = (f: Fn) => Fn

// --- constructors
/** By forward mode: the function's own. */
export const byJvp: Stated = (f) =>
  customJvp(f, (xs, dxs) => {
    const [ys, dys] = jvp(f)(xs, dxs)
    return [ys, dys]
  })

/** By reverse mode: the function's own, with the pullback itself as what `forward` leaves to `backward`. */
export const byVjp: Stated = (f) =>
  customVjp(f, {
    forward: (...xs: Tensor[]) => vjp(f)(...xs),
    backward: (pullback, cts) => pullback(cts)
  })

/** By a rule that calls the function that it is the rule of. */
export const byItself: Stated = (f) => {
  const again: Fn = customVjp(f, {
    forward: (...xs: Tensor[]) => [again(...xs), xs],
    backward: (xs, cts) => vjp(f)(...xs)[1](cts)
  })
  return again
}

/** By a rule of a function that has a rule. */
export const byBoth: Stated = (f) => byJvp(byVjp(f))

/** One way or another. */
export const stated: ReadonlyArray<readonly [name: string, Stated]> = [
  ['customJvp', byJvp],
  ['customVjp', byVjp],
  ['customVjp of itself', byItself],
  ['customJvp of customVjp', byBoth]
]

/** A function whose derivative is stated is that function, to every transform and to second order. */
export const indistinguishable: ReadonlyArray<Law<Point>> = stated.flatMap(([name, by]) => {
  const ways: ReadonlyArray<readonly [string, (p: Point) => Point]> = [
    ['itself', (p) => p],
    ['its pushforward', pushed],
    ['its pullback', pulled],
    ['the pushforward of its pushforward', (p) => pushed(pushed(p))],
    ['the pushforward of its pullback', (p) => pushed(pulled(p))],
    ['the pullback of its pushforward', (p) => pulled(pushed(p))],
    ['the pullback of its pullback', (p) => pulled(pulled(p))]
  ]
  return ways.map(([what, way]) =>
    equation<Point>(
      `${name} of the true derivative is the function: ${what}`,
      (p) => results(way(point(by(p.f), p.x, p.seed))),
      (p) => results(way(p))
    )
  )
})

const product = customJvp(
  (x: Tensor, y: Tensor) => mul(sin(x), y),
  ([x, y], [dx, dy]) => [mul(sin(x), y), add(mul(dx, mul(cos(x), y)), mul(dy, sin(x)))]
)

// The same, by rules that name what the function was given.
const namedForward = (x: Tensor, y: Tensor): Tensor =>
  customJvp(
    (a: Tensor, b: Tensor) => mul(sin(a), b),
    ([a, b], [da, db]) => [mul(sin(a), b), add(mul(da, mul(cos(x), y)), mul(db, sin(x)))]
  )(x, y)
const namedReverse = (x: Tensor, y: Tensor): Tensor =>
  customVjp((a: Tensor, b: Tensor) => mul(sin(a), b), {
    forward: (a, b) => [mul(sin(a), b), b],
    backward: (b, ct) => [mul(ct, mul(cos(x), b)), mul(ct, sin(x))]
  })(x, y)

// z with z³ + z = s, by Newton's method.
const cubicRoot = (s: Tensor): Tensor =>
  customRoot(
    (z: Tensor) => sub(add(mul(z, mul(z, z)), z), s),
    zerosLike(s),
    (f, guess) => foriLoop(0, 12, (_, z) => sub(z, div(f(z), add(mul(3, mul(z, z)), 1))), guess),
    (g, y) => div(y, g(onesLike(y)))
  )

// The system of a triangular matrix of diagonal d, and of its transpose.
const triangular = (d: Tensor, x: Tensor, b: Tensor) =>
  customLinearSolve(
    ({ u, v }: Pair) => ({ u: add(mul(d, u), mul(x, v)), v: mul(d, v) }),
    { u: b, v: tanh(b) },
    (_, { u, v }) => ({ u: div(sub(u, mul(x, div(v, d))), d), v: div(v, d) }),
    (_, { u, v }) => ({ u: div(u, d), v: div(sub(v, mul(x, div(u, d))), d) })
  )
type Pair = Readonly<{ u: Tensor; v: Tensor }>

// Functions of two tensors that are alike, with rules that are called in every place there is.
const plain: Fn = (x, y) => [add(mul(sin(x), y), x), exp(mul(y, 0.5))]
const kinds: Readonly<Record<string, Fn>> = {
  forward: byJvp(plain),
  reverse: byVjp(plain),
  itself: byItself(plain),
  both: byBoth(plain),
  'reverse of forward': byVjp(byJvp(plain)),
  chained: (x, y) => [product(product(x, y), byVjp(plain)(y, x)[1])],
  'linear in an argument': (x, y) => [jvp((x: Tensor) => product(sin(x), x))([x], [y])[1]],
  'captured and held': (x, y) => {
    const held = stopGradient(exp(y))
    const by: Fn = (x) => [mul(sin(x), held)]
    return [mul(byJvp(by)(x)[0], y), mul(byVjp(by)(x)[0], stopGradient(y))]
  },
  'captured by the rule': (x, y) => [namedForward(tanh(x), y), namedReverse(x, sub(x, y))],
  'of several results, some of which do not move': (x, y) => {
    const held = customJvp(
      (x: Tensor) => [stopGradient(x), sin(x), zerosLike(x), exp(x)] as const,
      ([x], [dx]) =>
        [
          [x, sin(x), zerosLike(x), exp(x)],
          [zerosLike(x), mul(cos(x), dx), zerosLike(x), mul(exp(x), dx)]
        ] as const
    )
    return [...held(mul(x, y))]
  },
  'in a batch': (x, y) => {
    const alike = x.type.shape.length > 0
    return [namedForward, namedReverse].map((f) => (alike ? vmap(f)(x, y) : f(x, y)))
  },
  // The rule names what its function does not use.
  'in a checkpoint': checkpoint((x: Tensor, y: Tensor) => {
    const sine: (z: Tensor) => Tensor = customJvp(
      (z: Tensor) => sin(z),
      ([z], [dz]) => [sine(z), select(ge(y, 0), mul(dz, cos(z)), mul(cos(z), dz))]
    )
    return [mul(sine(mul(x, y)), sine(x))]
  }),
  // So does the rule of a branch.
  'in a branch': (x, y) => {
    const sine = (z: Tensor): Tensor =>
      customJvp(
        (z: Tensor) => sin(z),
        ([z], [dz]) => [sin(z), select(ge(y, 0), mul(dz, cos(z)), mul(cos(z), dz))]
      )(z)
    const isFirst = lt(sum(y, { axes: y.type.shape.map((_, axis) => axis) }), 4)
    return [cond(isFirst, sine, (z) => sine(mul(z, 2)), mul(x, y))]
  },
  'in a scan': (x, y) =>
    [namedForward, namedReverse].map(
      (f) =>
        scan(([a, b]: readonly [Tensor, Tensor]) => [[f(b, a), add(a, y)], null], [x, y], null, { length: 3 })[0][0]
    ),
  'a root': (x, y) => [mul(cubicRoot(mul(x, y)), y)],
  'a linear solve': (x, y) => {
    const { u, v } = triangular(add(2, sin(x)), y, x)
    return [u, mul(v, y)]
  }
}

const calls = (domain: (dtype: 'float64' | 'float32') => Domain, wide: boolean): fc.Arbitrary<Call> =>
  fc
    .record({
      kind: fc.constantFrom(...Object.keys(kinds)),
      shape: shapes({ most: 2, empty: false }),
      dtype: fc.constantFrom(...(wide ? (['float64'] as const) : (['float64', 'float32'] as const)))
    })
    .map(({ kind, shape, dtype }) => ({
      params: kind,
      operands: [operand(dtype, shape, domain(dtype)), operand(dtype, shape, domain(dtype))]
    }))

// --- instances
/** Functions with rules of many kinds. */
export const ruleRows: ReadonlyArray<Row> = [
  row(ops.customBlock, {
    calls: calls(smallOf, false),
    smooth: calls(() => between(-1.5, 1.5), true),
    slope: false,
    call: (kind) => kinds[kind as string]
  })
]
