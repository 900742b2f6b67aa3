/** Permutations: random orders, and choices with and without replacement. */

import { isFloating } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { type Like, lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { add, mul, neg, sub } from '../ops/arithmetic.js'
import { fill } from '../ops/broadcast.js'
import { lt } from '../ops/comparison.js'
import { convert } from '../ops/convert.js'
import { iota } from '../ops/creation.js'
import { cumsum } from '../ops/cumulative.js'
import { log } from '../ops/exponential.js'
import { alongAxis, argsort, gather } from '../ops/indexing.js'
import { and } from '../ops/logic.js'
import { checkAxes } from '../ops/rules.js'
import { select } from '../ops/select.js'
import { reshape } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { bits, fraction } from './bits.js'
import { gumbel } from './continuous.js'
import { checkFloating, checkShape } from './draw.js'
import { randint } from './integers.js'
import { asKey, split } from './key.js'

// --- model
// What is chosen from: so many elements, along an axis of a tensor or, without one, the indices themselves.
type Population = Readonly<{ count: number; from?: Readonly<{ x: Tensor; axis: number }> }>

type PermutationOptions = Readonly<{ axis?: number; independent?: boolean }>
const permutationOptions = known<PermutationOptions>({ axis: 'checked', independent: 'boolean' })

type ChoiceOptions = Readonly<{ replace?: boolean; p?: Like; axis?: number }>
const choiceOptions = known<ChoiceOptions>({ replace: 'boolean', p: 'checked', axis: 'checked' })

// --- combinators
/**
 * The integers below a number, or the elements of an array along `axis`, in random order. Rows of an array stay together,
 * unless `independent` shuffles each separately. Sorts by random keys, as JAX does.
 * axes stay together, unless `independent` says to shuffle each on its own. Sorts by random keys, as JAX does.
 *
 * @example
 * import { run } from 'freegrad'
 * import { key, permutation } from 'freegrad/random'
 * assert.deepStrictEqual(run(permutation(key(0), 8)).toNested(), [0, 1, 5, 6, 4, 3, 2, 7])
 */
export const permutation = (key: Like, nOrArray: Like, options?: PermutationOptions): Tensor => {
  const { axis = 0, independent = false } = permutationOptions('permutation', options)
  const from = asKey('permutation', key)
  const population = populationOf('permutation', nOrArray, axis)
  return independent && population.from !== undefined
    ? shuffle(from, population.from.x, population.from.axis)
    : taken(population, shuffledIndices(from, population.count))
}

/**
 * Random elements of the integers below a number, or of an array along `axis`, which the axes of `shape` replace; by
 * default a single one. With `replace` (the default) an element may be drawn again. `p` gives the probability of each;
 * the sum must be positive but does not have to be 1. Equal to JAX's with 32-bit integers.
 *
 * Throws `ShapeError` for an empty population, too few elements without replacement, or a `p` of another size.
 *
 * @example
 * import { run } from 'freegrad'
 * import { choice, key } from 'freegrad/random'
 * assert.deepStrictEqual(run(choice(key(0), 5, [3], { replace: false })).toNested(), [0, 1, 4])
 * assert.strictEqual(run(choice(key(0), 3, [], { p: [0, 1, 0] })).item(), 1)
 */
export const choice = (key: Like, nOrArray: Like, given: S.Shape = [], options?: ChoiceOptions): Tensor => {
  const { replace = true, p, axis = 0 } = choiceOptions('choice', options)
  const from = asKey('choice', key)
  const population = populationOf('choice', nOrArray, axis)
  const { count } = population
  const shape = checkShape('choice', given)
  const draws = S.size(shape)
  if (draws > 0 && (count === 0 || (!replace && draws > count)))
    fail(
      'ShapeError',
      'choice',
      `${draws} of ${count} elements cannot be chosen${replace ? '' : ' without replacement'}`,
      {
        hint: count === 0 ? 'there are no elements to choose from' : 'choose fewer, or use { replace: true }'
      }
    )
  if (draws === 0) return taken(population, fill({ dtype: 'int32', shape, weak: false }, 0))
  const weights = p === undefined ? undefined : weightsOf(p, count)
  if (replace)
    return taken(population, weights === undefined ? randint(from, shape, 0, count) : weighted(from, shape, weights))
  const order = weights === undefined ? shuffledIndices(from, count) : weightedOrder(from, weights)
  return taken(population, reshape(sliceAxis(order, 0, 0, draws), { shape }))
}

const populationOf = (name: string, nOrArray: Like, axis: number): Population => {
  if (typeof nOrArray === 'number') {
    if (!Number.isInteger(nOrArray) || nOrArray < 0 || nOrArray >= 2 ** 31)
      fail('ShapeError', name, `the number of elements is ${nOrArray}`, {
        hint: 'give a non-negative integer or an array'
      })
    return { count: nOrArray }
  }
  const x = lift(name, nOrArray)
  if (x.type.shape.length === 0)
    fail('ShapeError', name, 'a scalar tensor has no elements', {
      operands: [x.type],
      hint: 'give an array, or the number of elements as a JavaScript number, because a shape depends on it'
    })
  const [along] = checkAxes(name, [axis], x.type)
  return { count: x.type.shape[along], from: { x, axis: along } }
}

const taken = ({ from }: Population, indices: Tensor): Tensor =>
  from === undefined ? indices : gather(from.x, indices, { axis: from.axis, batch: 0 })

const shuffledIndices = (key: Tensor, n: number): Tensor =>
  shuffle(key, iota({ dtype: 'int32', shape: [n], axis: 0 }), 0)

// Sorted by 32 random bits an element, as often as makes two equal ones unlikely to stay in order: rounds where
// size^3 <= (2^32 - 1)^rounds.
const shuffle = (key: Tensor, x: Tensor, axis: number): Tensor => {
  const { shape } = x.type
  const rounds = Math.ceil((3 * Math.log(Math.max(1, S.size(shape)))) / Math.log(2 ** 32 - 1))
  let shuffled = x
  let rest = key
  for (let round = 0; round < rounds; round++) {
    const [next, here] = split(rest)
    rest = next
    shuffled = alongAxis(shuffled, argsort(bits(here, shape), { axis }), axis)
  }
  return shuffled
}

const weightsOf = (p: Like, count: number): Tensor => {
  const lifted = lift('choice', p)
  if (!S.equals(lifted.type.shape, [count]))
    fail('ShapeError', 'choice', `p does not have ${count} probabilities`, {
      operands: [lifted.type],
      hint: 'p is a vector with one probability for each element to choose from'
    })
  return isFloating(lifted.type.dtype) ? lifted : convert(lifted, { dtype: 'float64' })
}

// Where a uniform number of (0, sum] falls among the running sums of the weights.
const weighted = (key: Tensor, shape: S.Shape, weights: Tensor): Tensor => {
  const sums = cumsum(weights, { axis: 0, reverse: false })
  const n = weights.type.shape[0]
  const total = reshape(sliceAxis(sums, 0, n - 1, n), { shape: [] })
  const u = fraction('choice', key, shape, checkFloating('choice', weights.type.dtype))
  return below(sums, mul(total, sub(1, u)))
}

// How many of ascending numbers are below each of `x`, by bisection: bit by bit, from the highest.
const below = (ascending: Tensor, x: Tensor): Tensor => {
  const n = ascending.type.shape[0]
  let found = fill({ dtype: 'int32', shape: x.type.shape, weak: false }, 0)
  for (let step = 2 ** Math.floor(Math.log2(n)); step >= 1; step /= 2) {
    const next = add(found, step)
    const last = gather(ascending, sub(next, 1), { axis: 0, batch: 0 })
    found = select(and(lt(sub(next, 1), n), lt(last, x)), next, found)
  }
  return found
}

// Descending by log weight with Gumbel noise: the order in which elements would be drawn without replacement.
const weightedOrder = (key: Tensor, weights: Tensor): Tensor => {
  const noise = gumbel(key, weights.type.shape, { dtype: checkFloating('choice', weights.type.dtype) })
  return argsort(neg(add(noise, log(weights))), { axis: 0 })
}
