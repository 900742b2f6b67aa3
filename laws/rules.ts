/** Rules: functions whose derivative is stated by a rule, and the law that nobody can tell them from the others. */

import * as fc from 'fast-check'
import { customJvp, customVjp, jvp, type Tensor, vjp, vmap } from 'freegrad'
import * as ops from 'freegrad/ops'
import { between, type Domain, smallOf } from './domains.js'
import { equation, type Law } from './law.js'
import { type Fn, type Point, point, pulled, pushed, results } from './point.js'
import { type Call, operand, type Row, row } from './row.js'
import { shapes } from './shapes.js'

// --- model
/** A way to state a function's derivative, which is the true one. */
export type Stated = (f: Fn) => Fn

const { add, cos, exp, mul, sin, stopGradient, sub, tanh } = ops

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

// Functions of two tensors that are alike, with rules that are called in every place there is.
const plain: Fn = (x, y) => [add(mul(sin(x), y), x), exp(mul(y, 0.5))]
const scaled = customJvp(
  (x: Tensor, y: Tensor) => mul(sin(x), y),
  ([x, y], [dx, dy]) => [mul(sin(x), y), add(mul(dx, mul(cos(x), y)), mul(dy, sin(x)))]
)
const kinds: Readonly<Record<string, Fn>> = {
  forward: byJvp(plain),
  reverse: byVjp(plain),
  itself: byItself(plain),
  both: byBoth(plain),
  'reverse of forward': byVjp(byJvp(plain)),
  chained: (x, y) => [scaled(scaled(x, y), byVjp(plain)(y, x)[1])],
  'linear in an argument': (x, y) => [jvp((x: Tensor) => scaled(sin(x), x))([x], [y])[1]],
  'captured and held': (x, y) => {
    const held = stopGradient(exp(y))
    const by: Fn = (x) => [mul(sin(x), held)]
    // The slopes in y are those of the other factor alone.
    return [mul(byJvp(by)(x)[0], y), mul(byVjp(by)(x)[0], stopGradient(y))]
  },
  'captured by the rule': (x, y) => {
    // The rule names what the function was given from outside.
    const product = customJvp(
      (a: Tensor, b: Tensor) => mul(a, b),
      ([a, b], [da, db]) => [mul(a, b), add(mul(da, y), mul(db, a))]
    )
    const difference = customVjp((a: Tensor, b: Tensor) => sub(mul(a, a), mul(b, b)), {
      forward: (a, b) => [sub(mul(a, a), mul(b, b)), b],
      backward: (b, ct) => [mul(ct, mul(2, x)), mul(ct, mul(-2, b))]
    })
    return [product(tanh(x), y), difference(x, y)]
  },
  'in a batch': (x, y) => {
    const one = (a: Tensor, b: Tensor) => {
      const own = customVjp((c: Tensor, d: Tensor) => mul(sin(c), d), {
        forward: (c, d) => [mul(sin(c), d), d],
        backward: (d, ct) => [mul(ct, mul(cos(a), d)), mul(ct, sin(a))]
      })
      return own(a, b)
    }
    const inLanes = (a: Tensor, b: Tensor) => (a.type.shape.length === 0 ? one(a, b) : vmap(one)(a, b))
    return [inLanes(x, y)]
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
  row(ops.custom, {
    calls: calls(smallOf, false),
    smooth: calls(() => between(-1.5, 1.5), true),
    slope: false,
    call: (kind) => kinds[kind as string]
  })
]
