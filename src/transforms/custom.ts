/** Custom rules: functions whose derivative the user states. */

import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import { known } from '../language/data/options.js'
import type { Tensor } from '../language/terms/term.js'
import type { Arguments, Asked, Handed, Leaf } from '../language/trees/leaves.js'
import type { Product, Rule } from '../ops/custom.js'
import { handTo, zeroLike } from './arguments.js'
import { type Given, type RuleCall, sameAsValue, vectorsLike, withRules } from './rules.js'
import type { Point, Tensors } from './types.js'

// --- model
/**
 * The reverse mode of a function. `forward` returns the value and the residuals: any data that `backward` needs besides
 * the cotangent. `backward` returns a cotangent for each argument, or `null` for an argument without one.
 */
export interface VjpRule<A extends ReadonlyArray<unknown>, R, S> {
  readonly forward: (...args: A) => readonly [out: Given<R>, residuals: S]
  readonly backward: (residuals: S, cotangent: Handed<R>) => Cotangents<A>
}

const vjpRule = known<VjpRule<never, unknown, unknown>>({ forward: 'function', backward: 'function' })

/** A cotangent for each argument, or `null`. */
export type Cotangents<A extends ReadonlyArray<unknown>> = {
  readonly [K in keyof A]: Asked<A[K], Leaf> | null | undefined
}

// --- constructors
/**
 * A function with a custom derivative in both modes. `rule` takes the tuple of primals and the tuple of tangents, and
 * returns the value and its tangent, which must be linear in the tangents. The function itself computes the value, so the
 * value may come from a loop, a table, or a formula whose own derivative is inaccurate.
 *
 * The rule is called when a derivative is taken, under any nesting of transforms. It is itself differentiated for higher
 * derivatives, and it may call the function. The tangent of an integer or boolean argument is a float64 zero, and the
 * rule's tangent for an integer or boolean result is ignored. Throws `NotDifferentiable` if a tensor that the function
 * captured is under differentiation: pass it as an argument, or wrap it in `stopGradient`. Throws `TreeError`,
 * `ShapeError` or `DTypeError` if the rule's value or tangent does not match the function's value.
 *
 * @example
 * import { customJvp, grad, run } from 'freegrad'
 * import { add, div, exp, log1p, mul, neg } from 'freegrad/ops'
 * const log1pexp = customJvp(
 *   (x) => log1p(exp(x)),
 *   ([x], [dx]) => [log1p(exp(x)), mul(dx, div(1, add(1, exp(neg(x)))))]
 * )
 * assert.strictEqual(run(grad(log1pexp)(1000)).item(), 1)
 */
export const customJvp = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  rule: (
    primals: Point<NoInfer<A>>,
    tangents: Point<NoInfer<A>>
  ) => readonly [out: Given<NoInfer<R>>, tangent: Given<NoInfer<R>>]
): ((...args: Arguments<A>) => Tensors<R>) => {
  callable('customJvp', 'f', f)
  callable('customJvp', 'rule', rule)
  return withRules(nameOf('customJvp', f), f as never, (call) => ({
    pushforward: pushforward(call, rule as unknown as (primals: unknown, tangents: unknown) => unknown)
  })) as never
}

/**
 * A function with a custom reverse mode. `forward` returns its value and residuals. `backward` takes the residuals and a
 * cotangent of the value, and returns a tuple of cotangents, one for each argument, or `null` for none. Residuals are
 * data of any kind; tensors among them are ordinary parts of the program.
 *
 * Both functions are called when a derivative is taken, and are themselves differentiated for higher derivatives, in
 * either mode. They may call the function. Forward mode is the transpose of `backward`. If `backward` is not linear in
 * the cotangent (for example because it clips), it has no transpose, and forward mode differentiates the function itself.
 * Throws the errors of `customJvp`.
 *
 * @example
 * import { array, customVjp, grad, run, type Tensor } from 'freegrad'
 * import { clamp, mul, sum } from 'freegrad/ops'
 * const clipped = customVjp((x) => x, {
 *   forward: (x) => [x, null],
 *   backward: (_, ct) => [clamp(-1, ct, 1)]
 * })
 * const loss = (x: Tensor) => sum(mul(clipped(x), array([10, 0.5])), { axes: [0] })
 * assert.deepStrictEqual(run(grad(loss)(array([1, 2]))).toNested(), [1, 0.5])
 */
export const customVjp = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor, S = unknown>(
  f: (...args: A) => R,
  rule: VjpRule<A, R, S>
): ((...args: Arguments<A>) => Tensors<R>) => {
  callable('customVjp', 'f', f)
  const { forward, backward } = vjpRule('customVjp', rule as never)
  callable('customVjp', 'forward', forward)
  callable('customVjp', 'backward', backward)
  return withRules(nameOf('customVjp', f), f as never, (call) => ({ pullback: pullback(call, rule as never) })) as never
}

/** As `customJvp`, for a function whose results have products with derivatives of their own. */
export const customFactors = <A extends ReadonlyArray<Tensor>, R>(
  name: string,
  f: (...args: A) => R,
  rule: (primals: A, tangents: A) => readonly [out: R, tangent: R],
  product: Product
): ((...args: A) => R) =>
  withRules(name, f as never, (call) => ({ pushforward: pushforward(call, rule as never), product })) as never

// --- combinators
const nameOf = (kind: string, { name }: { readonly name: string }): string => (name === '' ? kind : `${kind}(${name})`)

/** The rule of a `customJvp` on leaves. */
const pushforward =
  ({ name, inputs, outputs, at }: RuleCall, rule: (primals: unknown, tangents: unknown) => unknown): Rule =>
  (xs, ys) =>
  (dxs) => {
    const tangents = zipped(xs, dxs).map(([x, dx]) => dx ?? zeroLike(x))
    const pair = at(xs, ys, () => rule(handTo(rule, inputs, xs), handTo(rule, inputs, tangents)))
    if (!Array.isArray(pair) || pair.length !== 2)
      return fail('TreeError', name, 'the rule does not return a pair', { hint: 'return [value, tangent]' })
    sameAsValue(name, 'the value returned by the rule', outputs, ys, pair[0])
    return vectorsLike(name, 'the tangent returned by the rule', outputs, ys, pair[1])
  }

/** The rule of a `customVjp` on leaves. */
const pullback =
  ({ name, inputs, outputs, at }: RuleCall, rule: VjpRule<ReadonlyArray<unknown>, unknown, unknown>): Rule =>
  (xs, ys) => {
    const pair: unknown = at(xs, ys, () =>
      rule.forward(...(handTo(rule.forward, inputs, xs) as ReadonlyArray<unknown>))
    )
    if (!Array.isArray(pair) || pair.length !== 2)
      return fail('TreeError', name, 'forward does not return a pair', { hint: 'return [value, residuals]' })
    sameAsValue(name, 'the value that forward gives', outputs, ys, pair[0])
    return (cts) => {
      const cotangent = handTo(
        rule.backward,
        outputs,
        ys.map((y, k) => cts[k] ?? zeroLike(y))
      )
      const tuple: unknown = at(xs, ys, () => rule.backward(pair[1], cotangent))
      const count = inputs.children.length
      if (!Array.isArray(tuple) || tuple.length !== count)
        return fail('TreeError', name, `backward does not return a tuple of ${count} cotangents`, {
          hint: 'return an array with a cotangent for each argument, or null for an argument without one'
        })
      let first = 0
      return inputs.children.flatMap((structure, n) => {
        const own = xs.slice(first, first + structure.size)
        first += structure.size
        return tuple[n] === null || tuple[n] === undefined
          ? own.map(() => undefined)
          : vectorsLike(name, `the cotangent that backward gives for argument ${n}`, structure, own, tuple[n])
      })
    }
  }
