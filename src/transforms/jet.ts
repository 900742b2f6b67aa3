/** Jet: Taylor mode, which computes all derivatives of a function along a path, up to an order, at once. */

import { pushSeries } from '../handlers/jet.js'
import { NDArray } from '../language/data/array.js'
import { callable } from '../language/data/callable.js'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import { isDense } from '../language/data/lists.js'
import { type Series, seriesOf } from '../language/terms/series.js'
import type { Tensor } from '../language/terms/term.js'
import type { Arguments } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import { mul } from '../ops/arithmetic.js'
import { conform, give, moves, onLeaves, take, takeTuple, takingTrees } from './arguments.js'
import { materialize } from './linearize.js'
import { atNames } from './moving.js'
import type { Outcome, Returned, Tensors } from './types.js'

// --- model
/** For each argument, the derivatives of its path: first, second, and so on, each a tree like the argument. */
export type PathOf<A extends ReadonlyArray<unknown>> = {
  readonly [K in keyof A]: ReadonlyArray<Arguments<A>[K & number]>
}

/** The value, and its derivatives along the path: first, second, and so on. */
export type JetResult<R> = [Tensors<Returned<R>>, Array<Tensors<Returned<R>>>]

// --- combinators
/**
 * `[out, series]`: the value of `f` at `primals`, and the derivatives of the value along a path of arguments that begins
 * there. The path is given by its own derivatives at the beginning: for each argument a list of trees like it. For
 * example, `[[x1, x2, x3]]` is the path `x(t)` with `x'(0) = x1`, `x''(0) = x2`, `x'''(0) = x3`. So the series `[[1, 0,
 * 0]]` gives the first three derivatives of a function of one number. Integer and boolean arguments stay constant,
 * whatever their series. The cost grows with the square of the order, whereas each nested `jvp` doubles it.
 *
 * Throws `TreeError` for lists of different lengths or a series whose tree differs from its argument, and `ShapeError`
 * for a leaf of another shape.
 *
 * @example
 * import { jet, run } from 'freegrad'
 * import { exp, mul } from 'freegrad/ops'
 * const [y, derivatives] = run(jet((x) => exp(mul(2, x)))([0], [[1, 0, 0]]))
 * assert.deepStrictEqual([y, ...derivatives].map((each) => each.item()), [1, 2, 4, 8])
 */
export const jet = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(f: (...args: A) => R) => {
  callable('jet', 'f', f)
  return takingTrees((primals: Readonly<Arguments<A>>, series: PathOf<A>): Outcome<R, JetResult<R>> => {
    const inputs = takeTuple('jet', 'primals', primals)
    const order = orderOf(primals.length, series)
    const paths = Tree.paths(inputs.structure)
    const derivatives = Array.from({ length: order }, (_, k) => {
      const given = take(
        'jet',
        series.map((terms) => terms[k])
      )
      Tree.expectSame('jet', inputs.structure, given.structure, 'the series')
      return zipped(inputs.leaves, given.leaves).map(([x, along], i) => {
        const derivative = moves(x) ? conform('jet', 'series', paths[i], x, along) : undefined
        return isZero(along) ? undefined : derivative
      })
    })
    return atNames(inputs.leaves, onLeaves(f, inputs), (names, value) => {
      const seeds = new Map<Tensor, Series>()
      names.forEach((x, i) => {
        if (moves(x))
          seeds.set(
            x,
            seriesOf(x, (k) => scaled(derivatives[k - 1]?.[i], 1 / factorial(k)))
          )
      })
      const outputs = take('jet', value)
      const lines = pushSeries(outputs.leaves, seeds, order)
      const terms = Array.from({ length: order }, (_, k) => {
        const coefficients = lines.map((line) => scaled(line?.at(k + 1), factorial(k + 1)))
        return give(outputs.structure, materialize(outputs.leaves, coefficients))
      })
      return [give(outputs.structure, outputs.leaves), terms]
    }) as never
  })
}

const isZero = ({ head }: Tensor): boolean => head instanceof NDArray && head.data.every((x) => x === 0)

// Coefficients are derivatives over factorials.
const scaled = (x: Tensor | undefined, by: number): Tensor | undefined => (x === undefined || by === 1 ? x : mul(by, x))
const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1))

const howTo = 'give each argument a list of as many derivatives: [[x1, x2], [y1, y2]]'

const orderOf = (count: number, series: ReadonlyArray<ReadonlyArray<unknown>>): number => {
  if (!isDense(series) || !series.every(isDense))
    return fail('TreeError', 'jet', `the series are ${describe(series)}`, { hint: howTo })
  const lengths = series.map((terms) => terms.length)
  if (lengths.length !== count || new Set(lengths).size > 1)
    fail('TreeError', 'jet', `series of ${lengths.join(', ')} terms were given for ${count} arguments`, {
      hint: howTo
    })
  return lengths[0] ?? 0
}
