/** Differentiation: what forward and reverse mode owe each other, and both owe finite differences. */

import { grad, jvp, linearize, type NDArray, type Tensor, vjp } from 'freegrad'
import { add, mul } from 'freegrad/ops'
import { directions, inner, narrow } from './arrays.js'
import { contramap, equation, type Law, narrowly } from './law.js'
import { cotangent, type Point, point, pull, pulled, push, pushed, results, slope, tangent } from './point.js'

// --- constructors
/** Forward mode is the slope that finite differences see, with steps of so many sizes. */
export const slopesBy = (levels: number): Law<Point> =>
  equation(
    'J·dx = the slope along dx',
    (p) => push(p, tangent(p)),
    (p) => slope(p, tangent(p), levels),
    'differences'
  )

/** Forward mode is the slope that finite differences see. */
export const slopes: Law<Point> = slopesBy(4)

/** The derivatives keep the value they are taken at. */
export const primals: Law<Point> = equation(
  'jvp, vjp and linearize give the value',
  ({ f, x, ...p }) => {
    const dx = tangent({ f, x, ...p })
    return [jvp(f)([...x], [...dx])[0], vjp(f)(...x)[0], linearize(f)(...x)[0]]
  },
  (p) => [results(p), results(p), results(p)],
  'identical'
)

/** A pushforward is linear. */
export const pushforwardIsLinear: Law<Point> = equation(
  'J·(dx + 3·dy) = J·dx + 3·J·dy',
  (p) => push(p, plusThrice(tangent(p), tangent(p, 1))),
  (p) => plusThrice(push(p, tangent(p)), push(p, tangent(p, 1)))
)

/** A pullback is linear, and may be called again and again. */
export const pullbackIsLinear: Law<Point> = equation(
  'Jᵀ·(ct + 3·du) = Jᵀ·ct + 3·Jᵀ·du',
  (p) => pull(p, plusThrice(cotangent(p), cotangent(p, 1))),
  (p) => {
    const [, back] = vjp(p.f)(...p.x)
    return plusThrice(back([...cotangent(p)]), back([...cotangent(p, 1)]))
  }
)

/** Reverse mode is the adjoint of forward mode. */
export const adjoint: Law<Point> = equation(
  '⟨ct, J·dx⟩ = ⟨Jᵀ·ct, dx⟩',
  (p) => inner(push(p, tangent(p)), cotangent(p)),
  (p) => inner(pull(p, cotangent(p)), tangent(p))
)

/** A linearization is the pushforward, without running the function again. */
export const linearization: Law<Point> = equation(
  'linearize = jvp',
  (p) => linearize(p.f)(...p.x)[1](...tangent(p)),
  (p) => push(p, tangent(p))
)

/** The tangent of a result has the type of the result, and the cotangent of an argument has the type of the argument. */
export const derivativeTypes: Law<Point> = equation(
  'J·dx has the type of the result, Jᵀ·ct that of the argument',
  (p) => [push(p, tangent(p)).map(typeOf), pull(p, cotangent(p)).map(typeOf)],
  (p) => [
    directions(
      0,
      results(p).map(({ type }) => type)
    ).map(typeOf),
    p.x.map(typeOf)
  ]
)

/** In float32 the derivatives are those of float64, to its digits. */
export const precision: Law<Point> = narrowly(
  equation(
    'values and derivatives are those of float64',
    (p) => values(point(p.f, p.x.map(narrow), p.seed)),
    (p) => values(p)
  )
)

const values = (p: Point): Tensor[] => [...results(p), ...push(p, tangent(p)), ...pull(p, cotangent(p))]

/** The Hessian of a covector with the results, times a direction: forward over reverse is reverse over forward. */
export const forwardOverReverse: Law<Point> = equation(
  'H·dx: forward over reverse = reverse over forward',
  (p) => jvp(gradient(p))([...p.x], [...tangent(p)])[1],
  (p) => gradientOf((...xs) => jvp(weighted(p))(xs, [...tangent(p)])[1], p)
)

/** And forward over reverse is reverse over reverse. */
export const reverseOverReverse: Law<Point> = equation(
  'H·dx: forward over reverse = reverse over reverse',
  (p) => jvp(gradient(p))([...p.x], [...tangent(p)])[1],
  (p) => gradientOf((...xs) => inner(gradient(p)(...xs), tangent(p)), p)
)

/** Second derivatives commute, by forward mode twice and by the Hessian. */
export const symmetry: Law<Point> = equation(
  '⟨dy, H·dx⟩ = ⟨dx, H·dy⟩, and forward over forward alike',
  (p) => {
    const along = (xs: Tensor[]) => jvp(weighted(p))(xs, [...tangent(p)])[1]
    const second = jvp((...xs: Tensor[]) => along(xs))([...p.x], [...tangent(p, 1)])[1]
    return [inner(jvp(gradient(p))([...p.x], [...tangent(p)])[1], tangent(p, 1)), second]
  },
  (p) => {
    const product = inner(jvp(gradient(p))([...p.x], [...tangent(p, 1)])[1], tangent(p))
    return [product, product]
  }
)

// --- combinators
/** A law of points, held to the pushforward and the pullback as functions of their own: one order up. */
export const oneOrderUp = (law: Law<Point>): ReadonlyArray<Law<Point>> => [
  contramap(pushed, (name) => `${name}, of the pushforward`)(law),
  contramap(pulled, (name) => `${name}, of the pullback`)(law)
]

/** The laws of first derivatives that hold at every point with finite derivatives, also where conventions choose one. */
export const firstOrder: ReadonlyArray<Law<Point>> = [
  primals,
  pushforwardIsLinear,
  pullbackIsLinear,
  adjoint,
  linearization,
  derivativeTypes
]

/** Those of them that forward mode meets alone. */
export const forwardOrder: ReadonlyArray<Law<Point>> = [primals, pushforwardIsLinear, linearization]

/** The laws of second derivatives. */
export const secondOrder: ReadonlyArray<Law<Point>> = [forwardOverReverse, reverseOverReverse, symmetry]

const weighted =
  (p: Point) =>
  (...xs: Tensor[]): Tensor =>
    inner(p.f(...xs), cotangent(p))

const gradient =
  (p: Point) =>
  (...xs: Tensor[]): Tensor[] =>
    grad(weighted(p), { argnums: p.x.map((_, n) => n) })(...xs)

const gradientOf = (f: (...xs: Tensor[]) => Tensor, p: Point): Tensor[] =>
  grad(f, { argnums: p.x.map((_, n) => n) })(...p.x)

const plusThrice = (xs: ReadonlyArray<NDArray | Tensor>, ys: ReadonlyArray<NDArray | Tensor>): Tensor[] =>
  xs.map((x, k) => add(x, mul(3, ys[k])))

const typeOf = ({ type: { dtype, shape } }: NDArray | Tensor): string => `${dtype}[${shape.join(',')}]`
