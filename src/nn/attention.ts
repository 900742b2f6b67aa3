/** Attention: means of values, weighted by how well their keys match a query. */
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { tri } from '../numpy/diagonal.js'
import { einsum } from '../numpy/einsum.js'
import { asBool, reals } from '../numpy/operands.js'
import { repeat } from '../numpy/shape.js'
import { softmax } from '../numpy/softmax.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'

// --- model
/**
 * `bias` is added to the logits; `mask` selects the logits that count; `isCausal` limits a query to keys up to its own
 * position; `scale` multiplies the logits.
 */
type Attention = Readonly<{ bias?: Like; mask?: Like; isCausal?: boolean; scale?: Like }>
const attentionOptions = known<Attention>({ bias: 'checked', mask: 'checked', isCausal: 'boolean', scale: 'checked' })

// JAX's stand-in for -∞, of which a row without any key makes equal weights instead of NaN.
const hidden = -0.7 * (2 - 2 ** -23) * 2 ** 127

// --- combinators
/**
 * `softmax(scale·Q·Kᵀ + bias)·V` for each head (A. Vaswani et al., "Attention Is All You Need", 2017). `query` is
 * `[batch, targets, heads, size]`; `key` and `value` are `[batch, sources, heads, size]`; all may omit the batch axis.
 * `key` and `value` may have fewer heads, each of which then serves a group of adjacent heads of the query. `bias` and
 * `mask` broadcast to `[batch, heads, targets, sources]`. `scale` is `1/√size` by default.
 * @example
 * import { run } from 'freegrad'
 * import { dotProductAttention } from 'freegrad/nn'
 * const rows = [[[1, 0]], [[0, 1]]]
 * const attended = run(dotProductAttention(rows, rows, rows, { isCausal: true, scale: 100 }))
 * assert.deepStrictEqual([attended.at(0, 0, 0), attended.at(0, 0, 1)], [1, 0])
 */
export const dotProductAttention = (query: Like, key: Like, value: Like, options?: Attention): Tensor => {
  const name = 'nn.dotProductAttention'
  const { bias, mask, isCausal = false, scale } = attentionOptions(name, options)
  const given = reals(name, [query, key, value])
  const [q, k, v] = batches(name, given)
  const [, targets, heads, size] = q.type.shape
  const sources = k.type.shape[1]
  const scores = ops.mul(scale ?? 1 / Math.sqrt(size), einsum('btnh,bsnh->bnts', q, shared(k, heads)))
  const biased = bias === undefined ? scores : ops.add(scores, bias)
  const counted = mask === undefined ? biased : ops.select(asBool(name, mask), biased, hidden)
  const seen = isCausal ? ops.select(asBool(name, tri(targets, { columns: sources })), counted, hidden) : counted
  const attended = einsum('bnts,bsnh->btnh', softmax(seen), shared(v, heads))
  return given[0].type.shape.length === 4 ? attended : reshaped(attended, attended.type.shape.slice(1))
}

// Each head for as many of the query's as there are for each.
const shared = (x: Tensor, heads: number): Tensor =>
  x.type.shape[2] === heads ? x : repeat(x, heads / x.type.shape[2], { axis: 2 })

/** Queries, keys and values with a batch axis, which fit together. */
const batches = (name: string, given: ReadonlyArray<Tensor>): ReadonlyArray<Tensor> => {
  const operands = given.map(({ type }) => type)
  const rank = operands[0].shape.length
  const whole = operands.map(({ shape }) => (rank === 3 ? [1, ...shape] : shape))
  const [q, k, v] = whole
  const fits =
    (rank === 3 || rank === 4) &&
    operands.every(({ shape }) => shape.length === rank) &&
    q[0] === k[0] &&
    q[3] === k[3] &&
    k.slice(0, 3).every((n, axis) => n === v[axis]) &&
    q[2] % k[2] === 0
  if (!fits)
    fail('ShapeError', name, 'the shapes of query, key and value do not match', {
      operands,
      hint: 'query is [batch, targets, heads, size], key and value are [batch, sources, heads, size]; all may omit the batch'
    })
  return given.map((x, i) => (rank === 3 ? reshaped(x, whole[i]) : x))
}
