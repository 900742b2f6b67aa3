/** Nesting: derivatives within derivatives, of captured variables too, against derivatives of formulas by the rules of school. */

import * as fc from 'fast-check'
import { grad, hvp, jacfwd, jvp, linearize, type Tensor, tensor, vjp, vmap } from 'freegrad'
import { add, cos, mul, neg, reshape, sin } from 'freegrad/ops'
import { equation, type Law } from './law.js'

// --- model
/**
 * Formulas over a stack of variables, the innermost one 0. `Slope` binds one: the derivative of `body` by it, where it
 * is `at`, taken by one of several transforms.
 */
export type Formula =
  | Readonly<{ _tag: 'Variable'; depth: number }>
  | Readonly<{ _tag: 'Number'; value: number }>
  | Readonly<{ _tag: 'Add' | 'Mul'; left: Formula; right: Formula }>
  | Readonly<{ _tag: 'Sin' | 'Cos'; of: Formula }>
  | Readonly<{ _tag: 'Slope'; body: Formula; at: Formula; by: number }>

// --- constructors
const variable = (depth: number): Formula => ({ _tag: 'Variable', depth })
const number = (value: number): Formula => ({ _tag: 'Number', value })
const plus = (left: Formula, right: Formula): Formula => ({ _tag: 'Add', left, right })
const times = (left: Formula, right: Formula): Formula => ({ _tag: 'Mul', left, right })

/** Formulas in one variable, with derivatives nested in them up to three deep. */
export const formulas: fc.Arbitrary<Formula> = fc.nat(3).chain((slopes) => formula(4, slopes, 1))

const formula = (size: number, slopes: number, scope: number): fc.Arbitrary<Formula> => {
  const leaf = fc.oneof(
    { weight: 3, arbitrary: fc.nat(scope - 1).map(variable) },
    { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }).map(number) }
  )
  if (size === 0) return leaf
  const smaller = (within = scope, left = slopes) => formula(size - 1, left, within)
  const binary = fc
    .tuple(fc.constantFrom('Add' as const, 'Mul' as const), smaller(), smaller())
    .map(([_tag, left, right]): Formula => ({ _tag, left, right }))
  const unary = fc
    .tuple(fc.constantFrom('Sin' as const, 'Cos' as const), smaller())
    .map(([_tag, of]): Formula => ({ _tag, of }))
  const slope = fc
    .tuple(smaller(scope + 1, slopes - 1), smaller(scope, slopes - 1), fc.nat(6))
    .map(([body, at, by]): Formula => ({ _tag: 'Slope', body, at, by }))
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 1, arbitrary: leaf },
    { weight: 3, arbitrary: binary },
    { weight: 1, arbitrary: unary },
    { weight: slopes > 0 ? 5 : 0, arbitrary: slopes > 0 ? slope : leaf }
  )
}

/** A formula's derivative at a number, and by which transform the outermost derivative is taken. */
export type Nested = Readonly<{ formula: Formula; x: number; by: number }>

/** Random formulas with derivatives within derivatives, and where to take them. */
export const nested: fc.Arbitrary<Nested> = fc
  .record({ formula: formulas, x: fc.integer({ min: -8, max: 8 }).map((k) => k / 4), by: fc.nat(6) })
  .map((given) =>
    Object.defineProperty(given, fc.toStringMethod, {
      value: () => `d${given.by}[${shown(given.formula)}](${given.x})`
    })
  )

/** freegrad's slope of a formula with nested derivatives equals the slope after calculus has removed the derivatives. */
export const nestedSlopes: Law<Nested> = equation(
  'nested derivatives are those of the formulas',
  ({ formula: f, x, by }) => slopeBy(by, (y) => interpreted(f, [y]), tensor(x, { dtype: 'float64' })),
  ({ formula: f, x }) => tensor(value(derivative(plain(f), 0), [x]), { dtype: 'float64' })
)

// --- combinators
/** A formula as text, `d[...](at)` for a derivative. */
export const shown = (f: Formula): string => {
  switch (f._tag) {
    case 'Variable':
      return `v${f.depth}`
    case 'Number':
      return String(f.value)
    case 'Add':
      return `(${shown(f.left)} + ${shown(f.right)})`
    case 'Mul':
      return `${shown(f.left)}·${shown(f.right)}`
    case 'Sin':
    case 'Cos':
      return `${f._tag.toLowerCase()}(${shown(f.of)})`
    case 'Slope':
      return `d${f.by}[${shown(f.body)}](${shown(f.at)})`
  }
}

/** A formula as a term, its derivatives by the transforms. */
export const interpreted = (f: Formula, scope: ReadonlyArray<Tensor>): Tensor => {
  switch (f._tag) {
    case 'Variable':
      return scope[f.depth]
    case 'Number':
      return tensor(f.value, { dtype: 'float64' })
    case 'Add':
      return add(interpreted(f.left, scope), interpreted(f.right, scope))
    case 'Mul':
      return mul(interpreted(f.left, scope), interpreted(f.right, scope))
    case 'Sin':
      return sin(interpreted(f.of, scope))
    case 'Cos':
      return cos(interpreted(f.of, scope))
    case 'Slope':
      return slopeBy(f.by, (y) => interpreted(f.body, [y, ...scope]), interpreted(f.at, scope))
  }
}

// The derivative of a function of one number in as many ways as there are.
const slopeBy = (by: number, f: (x: Tensor) => Tensor, x: Tensor): Tensor => {
  switch (by % 7) {
    case 0:
      return grad(f)(x)
    case 1:
      return jvp(f)([x], [1])[1]
    case 2:
      return vjp(f)(x)[1](1)[0]
    case 3:
      return jacfwd(f)(x)
    case 4:
      return linearize(f)(x)[1](1)
    case 5:
      return reshape(vmap(grad(f))(reshape(x, { shape: [1] })), { shape: [] })
    default:
      // The second derivative of x·f(x), less f's: 2 f' + x f'' - x f''.
      return hvpSlope(f, x)
  }
}

const hvpSlope = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => {
  const [twice] = hvp((y: Tensor) => mul(y, f(y)))([x], [1])
  const curvature = grad(grad(f))(x)
  return mul(0.5, add(twice, neg(mul(x, curvature))))
}

/** The formula without derivatives that it means, by the rules of calculus. */
export const plain = (f: Formula): Formula => {
  switch (f._tag) {
    case 'Variable':
    case 'Number':
      return f
    case 'Add':
    case 'Mul':
      return { ...f, left: plain(f.left), right: plain(f.right) }
    case 'Sin':
    case 'Cos':
      return { ...f, of: plain(f.of) }
    case 'Slope':
      return put(derivative(plain(f.body), 0), 0, plain(f.at))
  }
}

const derivative = (f: Formula, by: number): Formula => {
  switch (f._tag) {
    case 'Variable':
      return number(f.depth === by ? 1 : 0)
    case 'Number':
      return number(0)
    case 'Add':
      return plus(derivative(f.left, by), derivative(f.right, by))
    case 'Mul':
      return plus(times(derivative(f.left, by), f.right), times(f.left, derivative(f.right, by)))
    case 'Sin':
      return times(derivative(f.of, by), { _tag: 'Cos', of: f.of })
    case 'Cos':
      return times(derivative(f.of, by), times(number(-1), { _tag: 'Sin', of: f.of }))
    case 'Slope':
      return derivative(plain(f), by)
  }
}

// A formula in the place of a variable, whose binder goes away. There are no binders left inside.
const put = (f: Formula, depth: number, by: Formula): Formula => {
  switch (f._tag) {
    case 'Variable':
      return f.depth === depth ? by : f.depth > depth ? variable(f.depth - 1) : f
    case 'Number':
      return f
    case 'Add':
    case 'Mul':
      return { ...f, left: put(f.left, depth, by), right: put(f.right, depth, by) }
    case 'Sin':
    case 'Cos':
      return { ...f, of: put(f.of, depth, by) }
    case 'Slope':
      return put(plain(f), depth, by)
  }
}

const value = (f: Formula, scope: ReadonlyArray<number>): number => {
  switch (f._tag) {
    case 'Variable':
      return scope[f.depth]
    case 'Number':
      return f.value
    case 'Add':
      return value(f.left, scope) + value(f.right, scope)
    case 'Mul':
      return value(f.left, scope) * value(f.right, scope)
    case 'Sin':
      return Math.sin(value(f.of, scope))
    case 'Cos':
      return Math.cos(value(f.of, scope))
    case 'Slope':
      return value(plain(f), scope)
  }
}
