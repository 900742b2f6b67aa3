/** Branch: one of several sub-programs, chosen by an index; only that one runs. */

import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import {
  type Batching,
  type BlockOp,
  defineBlock,
  type Lane,
  projection,
  projections
} from '../language/terms/block.js'
import { type Body, isUnbounded, namesIn, rewriteBody } from '../language/terms/body.js'
import type { Tensor } from '../language/terms/term.js'
import {
  closeAll,
  coefficientsAt,
  fresh,
  joined,
  lanesOf,
  movingIn,
  type Pair,
  type Place,
  pulledBack,
  standIn,
  wantedOf,
  wayBack,
  widen
} from './bodies.js'
import { any, fill } from './broadcast.js'
import { ge } from './comparison.js'
import { and, not } from './logic.js'

import { select } from './select.js'
import { reshaped } from './shape.js'

// --- model
/** The branches have the same parameters, and outputs of the same types. */
export interface Branch {
  readonly branches: ReadonlyArray<Body>
}

/** A branch under construction: its index, parameters with their operands, and the outputs of each branch. */
export interface BranchParts {
  readonly index: Tensor
  readonly pairs: ReadonlyArray<Pair>
  readonly outputs: ReadonlyArray<ReadonlyArray<Tensor>>
  readonly oldest: number
}

// --- constructors
/** A branch of the parts that some of its branches use. */
export const branchOf = ({ index, pairs, outputs, oldest }: BranchParts): Tensor => {
  const { bodies, operands } = closeAll([], pairs, outputs, oldest)
  return branchBlock([index, ...operands], { branches: bodies })
}

/**
 * The outputs of one branch: the one at `index`, clamped to the first and last branch as in JAX's switch. A bool chooses
 * between two. The other operands are the operands of the parameters. The other branches do not run.
 */
export const branchBlock: BlockOp<Branch> = defineBlock<Branch>({
  name: 'branch',
  params: { branches: 'bodies' },
  results: ([index], { branches: [first, ...others] }) => {
    if (index === undefined || index.shape.length > 0)
      fail('ShapeError', 'branch', 'the index is not a scalar', {
        operands: index === undefined ? [] : [index],
        hint: 'use np.where to choose between elements, or vmap'
      })
    return first.outputs.map(({ type: { dtype, shape, weak } }, r) =>
      T.of(dtype, shape, weak && others.every(({ outputs }) => outputs[r].type.weak))
    )
  },
  evaluate: ([index, ...xs], { branches }, { interpret, wants }) => {
    const taken = branches[Math.min(Math.max(index.first, 0), branches.length - 1)]
    const made = interpret(wantedOf(taken, wants))(xs)
    let at = 0
    return taken.outputs.map((_, r) => (wants(r) ? made[at++] : undefined))
  },
  // The coefficients of the taken branch; a zero where it does not move and another branch would.
  series: (y, [, ...operands], order, push, { branches }) => {
    const whole = joined(branches)
    const { pairs, dy, live } = movingIn(whole, 0, operands, order, push)
    const count = branches[0].outputs.length
    const all = live(() => true)
    const moving = S.range(count).flatMap((r) =>
      S.range(order).flatMap(
        (j): ReadonlyArray<Place> => (all.some(([k, i]) => k % count === r && i === j) ? [[r, j]] : [])
      )
    )
    if (moving.length === 0) return S.range(count).map(() => undefined)
    const tuple = branchOf({
      index: y.operand(0),
      pairs: [...whole.parameters.map((x, k): Pair => [x, y.operand(k + 1)]), ...pairs(() => true)],
      outputs: branches.map((_, b) => moving.map(([r, j]) => dy([b * count + r, j]) ?? fill(whole.outputs[r].type, 0))),
      oldest: whole.oldest
    })
    return coefficientsAt(
      count,
      order,
      moving.map((place, at) => [place, projection(tuple, at)])
    )
  },
  // The cotangents of the taken branch. An operand that only other branches use gets a zero, which is not live, because
  // it belongs to branches that were not taken.
  // made by belongs to branches that were not taken.
  transpose: (y, cotangents, isLinear, pull, { branches }) => {
    const [index, ...operands] = y.operands
    const way = wayBack(branches, operands, cotangents, isLinear.slice(1), pull)
    const [first] = branches
    const block = (pairs: ReadonlyArray<Pair>, outputs: ReadonlyArray<ReadonlyArray<Tensor>>): Tensor =>
      branchOf({ index, pairs, outputs, oldest: first.oldest })
    return [undefined, ...pulledBack(way, first, operands.length, block)]
  },
  batch: (_, [index, ...operands], batching, { branches }) => {
    if (index.batched) return selected(index.term, operands, batching, branches)
    const whole = joined(branches)
    const { lanes, parameters } = lanesOf(whole, operands, batching, () => undefined)
    const each = perBranch(lanes, branches)
    const batched = each[0].map((_, r) => each.some((outputs) => outputs[r].batched))
    const z = branchOf({
      index: index.term,
      pairs: parameters.map((x, k) => [x, operands[k].term]),
      outputs: each.map((outputs) => outputs.map((lane, r) => (batched[r] ? widen(lane, batching.size) : lane.term))),
      oldest: whole.oldest
    })
    return batched.map((isBatched, r) => ({ term: projection(z, r), batched: isBatched }))
  },
  bodies: ({ branches }, _, wants = () => true) =>
    branches.map((body, k) => ({ name: `branch ${k}`, body: wantedOf(body, wants), times: 1 })),
  rewrite: ({ branches }, rewrite) => ({ branches: branches.map((body) => rewriteBody(body, rewrite)) }),
  names: ({ branches }, axis) => branches.some((body) => namesIn(body, axis)),
  lower: (b, [index, ...xs], { branches }, inline) =>
    b.branch(
      index,
      branches.map((body) => () => inline(body)(xs))
    )
})

// --- combinators
// What there is for every output of all branches, branch by branch.
const perBranch = <A>(all: ReadonlyArray<A>, branches: ReadonlyArray<Body>): ReadonlyArray<ReadonlyArray<A>> => {
  const size = all.length / branches.length
  return branches.map((_, k) => all.slice(k * size, (k + 1) * size))
}

// If lanes choose differently, every branch runs in all lanes and each lane selects. The masks of `select` keep branches
// that were not taken out of the gradient.
// what a branch not taken holds out of the gradient.
const selected = (
  index: Tensor,
  operands: ReadonlyArray<Lane>,
  batching: Batching,
  branches: ReadonlyArray<Body>
): ReadonlyArray<Lane> => {
  const isFrom = (k: number): Tensor => (index.type.dtype === 'bool' ? index : ge(index, k))
  const takes = (k: number): Tensor =>
    k === 0 ? not(isFrom(1)) : k === branches.length - 1 ? isFrom(k) : and(isFrom(k), not(isFrom(k + 1)))
  const all = branches.map((body, k) =>
    branches.length > 1 && isUnbounded(body)
      ? guarded(body, operands, batching, takes(k))
      : batching.batch(body.outputs, seedsFor(body.parameters, operands), body.oldest)
  )
  return branches[0].outputs.map(({ type: { shape } }, r) => {
    const column = (x: Tensor): Tensor => reshaped(x, [batching.size, ...shape.map(() => 1)])
    const choose = (rest: Lane, lane: Lane, k: number): Lane => ({
      term: select(column(isFrom(k)), lane.term, rest.term),
      batched: true
    })
    return all.map((lanes) => lanes[r]).reduce(choose)
  })
}

const seedsFor = (
  parameters: ReadonlyArray<Tensor>,
  operands: ReadonlyArray<Lane>
): ReadonlyMap<Tensor, Lane | undefined> => {
  const isItself = (x: Tensor, { term, batched }: Lane): boolean => term === x && !batched
  return new Map(parameters.map((x, k) => [x, isItself(x, operands[k]) ? undefined : operands[k]]))
}

// A branch that may not end runs only if a lane takes it; lanes that do not take it use the operands of one that does.
const guarded = (
  { parameters, outputs, oldest }: Body,
  operands: ReadonlyArray<Lane>,
  { size, batch }: Batching,
  taking: Tensor
): ReadonlyArray<Lane> => {
  const taken = fresh(taking.type, 'taken')
  const given = operands.map(({ term }) => fresh(term.type, 'x'))
  const standIns = operands.map(({ batched }, k) => ({
    term: batched ? standIn(given[k], taken) : given[k],
    batched
  }))
  const lanes = batch(outputs, seedsFor(parameters, standIns), oldest).map((lane) => widen(lane, size))
  const z = branchOf({
    index: any(taking, { axes: [0] }),
    pairs: [[taken, taking], ...given.map((x, k): Pair => [x, operands[k].term])],
    outputs: [lanes.map(({ type }) => fill(type, 0)), lanes],
    oldest
  })
  return projections(z).map((term) => ({ term, batched: true }))
}
