/** Lanes: how `vmap` handles the effects of a program: lane by lane, or once for the whole batch. */

import * as E from 'fp-ts/lib/Either.js'
import { evaluate } from '../handlers/evaluate.js'
import { pushTangents } from '../handlers/jvp.js'
import * as Handler from '../handlers/vmap.js'
import { array, NDArray, type TypedArray } from '../language/data/array.js'
import { countOf, mostTerms } from '../language/data/count.js'
import { attempt, fail } from '../language/data/error.js'
import { itemAt } from '../language/data/items.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import {
  type Batch,
  chain,
  of,
  type Program,
  perform,
  suspend,
  traverse,
  type View,
  view
} from '../language/programs/program.js'
import { asked, type Scope, scoped } from '../language/programs/step.js'
import { withinAxis } from '../language/terms/axes.js'
import { isBlock, type Lane } from '../language/terms/block.js'
import { latestRule } from '../language/terms/body.js'
import { fold, layout, oneOf } from '../language/terms/fold.js'
import type { AnyOp } from '../language/terms/op.js'
import { replaceNodes } from '../language/terms/replace.js'
import { constant, node, now, type Tensor, variable } from '../language/terms/term.js'
import * as Tree from '../language/trees/tree.js'
import { answerTo } from '../ops/answer.js'
import { broadcastLanes } from '../ops/broadcast.js'
import { axisIndex } from '../ops/collective.js'
import { concatenateAll } from '../ops/concatenate.js'
import { iota } from '../ops/creation.js'
import { alias } from '../ops/identity.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { give, type Lifted, moves, take } from './arguments.js'
import { mapTensors, tensorsOf } from './data.js'
import { isResumable } from './moving.js'
import { inLanes, type Lanes } from './scoped.js'

// --- model
/** A batch in progress. Answers for the whole batch become new seeds. */
export interface LaneScope extends Handler.BatchScope {
  readonly seeds: Map<Tensor, Lane>
}

type Effects = Program<unknown, unknown>

/**
 * The context of a clause for a batched effect: whether the payload differs between lanes, and the standard ways to
 * answer.
 */
export interface BatchContext {
  readonly batched: boolean
  readonly size: number
  readonly split: () => Effects
  /** Performs the effect once, with the payload of one lane, which must be the same in all lanes. */
  readonly once: () => Effects
  readonly whole: () => Effects
}

// --- combinators
/**
 * The program for all lanes. An effect with `split` runs each lane to its end separately, in lane order, and the results
 * are stacked. An effect with `whole` is performed once, with the batched payload, and its answer is batched too.
 */
export const batchProgram = (program: Effects, scope: LaneScope, finish: (value: unknown) => unknown): Effects =>
  batched(program, scope, finish, new Map())

/** The questions that were asked for the whole batch, and the term of each within a lane. */
type Questions = Map<Tensor, Tensor>

const batched = (
  program: Effects,
  scope: LaneScope,
  finish: (value: unknown) => unknown,
  questions: Questions
): Effects =>
  suspend(() => {
    const seen = withinAxis(scope, () => view(program))
    if (seen._tag === 'Pure') return of(finish(seen.value))
    const { effect, payload } = seen
    const ask = (question: unknown): Effects => perform(effect as never, question as never)
    const go = (answer: unknown): Effects => batched(seen.resume(answer as never), scope, finish, questions)
    const context: BatchContext = {
      batched: tensorsOf(payload).some((x) => laneIn(x, scope).batched),
      size: scope.size,
      once: () => chain(go)(ask(mapTensors(payload, (x) => sameInAll(x, scope)))),
      whole: () => {
        const question = mapTensors(
          payload,
          (x) => {
            const all = allLanes(x, scope)
            questions.set(all, x)
            return all
          },
          (x) => evaluate([allLanes(constantOf(x), scope)])[0]
        )
        return chain((answer: unknown) => go(answerOf(answer, effect.name, questions, scope)))(ask(question))
      },
      split: () =>
        chain((values: ReadonlyArray<Lifted>) => of(finish(stack(values, scope))))(splitLanes(program, scope))
    }
    if (effect === scoped) return chain(go)(ask(inLanes(payload as Scope, lanesIn(scope, questions))))
    const { batch } = effect as { readonly batch: Batch }
    return batch === 'split'
      ? context.split()
      : batch === 'whole'
        ? context.whole()
        : (batch as Clause)(payload, context)
  })

// How a loop or branch of one lane becomes one of all lanes.
const lanesIn = (scope: LaneScope, questions: Questions): Lanes => ({
  differing: (x) => {
    const { term, batched } = laneIn(x, scope)
    return batched ? term : undefined
  },
  all: (x) => allLanes(x, scope),
  same: (x) => sameInAll(x, scope),
  one: (all) => lane(all, scope),
  answered: (result, name, names) =>
    names
      .filter((x) => x.created >= scope.oldest)
      .reduce((y, x) => answerTo(y, x, { effect: name, began: scope.oldest }), result),
  batched: (call, finish) =>
    batched(
      suspend(() => call() as never),
      scope,
      finish,
      questions
    ) as never,
  pure: (call) => withinAxis(scope, call)
})

type Clause = (payload: unknown, context: BatchContext) => Effects

const constantOf = (x: NDArray | TypedArray): Tensor => constant(x instanceof NDArray ? x : array(x))

const laneIn = (x: Tensor, scope: LaneScope): Lane => Handler.batchTerms([x], scope)[0] ?? { term: x, batched: false }

// A term that is the same in all lanes may still use a collective over all lanes.
const sameInAll = (x: Tensor, scope: LaneScope): Tensor => {
  const { term, batched } = laneIn(x, scope)
  return batched ? x : term
}

const allLanes = (x: Tensor, scope: LaneScope): Tensor => {
  const { term, batched } = laneIn(x, scope)
  return batched ? term : broadcastLanes(term, scope.size)
}

const splitLanes = (program: Effects, scope: LaneScope): Program<unknown, ReadonlyArray<Lifted>> =>
  traverse((lane: number) => runLane(program, scope, lane))(
    S.range(countOf('vmap', 'the size of the axis', scope.size, 'lanes of a program', { most: mostTerms }))
  )

// Runs one lane to its end. Every payload and the result are rewritten to terms of this lane only.
const runLane = (program: Effects, scope: LaneScope, lane: number): Program<unknown, Lifted> => {
  const within = (next: Effects): View<unknown, unknown> => withinAxis(scope, () => view(next))
  const follow = (seen: View<unknown, unknown>, own: Own): Program<unknown, Lifted> => {
    if (seen._tag === 'Pure') {
      const { leaves, structure } = take('vmap', seen.value)
      return of({ leaves: leaves.map(own.inLane), structure })
    }
    if (seen.effect === scoped) whole(asked(seen.effect, seen.payload))
    const question = mapTensors(seen.payload, own.inLane)
    return chain((answer: unknown) =>
      suspend(() => follow(within(seen.resume(mapTensors(answer, own.together) as never)), own))
    )(perform(seen.effect as never, question as never) as Effects)
  }
  return suspend(() => {
    const seen = within(program)
    return follow(seen, only(scope, lane, now()))
  })
}

const whole = (problem: string): never =>
  fail('UnhandledEffect', 'vmap', `${problem}, but an effect before it has split the lanes`, {
    hint: 'handle the effects inside of vmap, or declare the first one with a batch that keeps the lanes together'
  })

/**
 * Rewrites terms of all lanes to terms of one lane (`inLane`), and terms of one lane back to terms of all (`together`).
 */
interface Own {
  readonly inLane: (x: Tensor) => Tensor
  readonly together: (x: Tensor) => Tensor
}

/**
 * Terms of all lanes, rewritten to terms of one lane. Terms created `since` the split cannot use collectives. Rewritten
 * terms are cached, so that terms that grow from effect to effect are rewritten step by step. `together` expresses an
 * answer in terms of what was asked, so that derivatives of the answer with respect to the question are correct.
 */
const only = (scope: LaneScope, lane: number, since: number): Own => {
  const { seeds, oldest, axisName } = scope
  const ofLane = (term: Tensor, x: Tensor): Tensor => reshaped(sliceAxis(term, 0, lane, lane + 1), x.type.shape)
  const own = new Map<Tensor, Tensor>()
  for (const [x, { term }] of seeds) own.set(x, ofLane(term, x))
  const rewrite = (terms: ReadonlyArray<Tensor>, known: Map<Tensor, Tensor>, until: number): Array<Tensor> => {
    const apply = (x: Tensor, op: AnyOp, operands: ReadonlyArray<Tensor>): Tensor => {
      // After the split, the dependence of an answer on its question is visible again.
      if (op === answerTo && x.params.began === oldest) return itemAt(operands, 0)
      // An alias at which a derivative within the batch was taken: each lane has its own copy, as if it ran alone.
      if (op === alias && isResumable(x)) {
        const y = node(op, x.params, operands, x.type)
        known.set(x, y)
        return y
      }
      const named = (op.rules.names?.(x.params as never, axisName) ?? false) || latestRule(x) >= oldest
      const unchanged = !named && operands.every((operand, k) => operand === x.operand(k))
      const y = named ? inLane(x, op, operands) : unchanged ? x : node(op, x.params, operands, x.type)
      known.set(x, y)
      return y
    }
    const inLane = (x: Tensor, op: AnyOp, operands: ReadonlyArray<Tensor>): Tensor => {
      if (op === axisIndex) return laneIndex(lane)
      if (isBlock(op) && op.rules.rewrite !== undefined) {
        // A node in a sub-program differs from step to step, so it must not be cached for the whole lane.
        const params = op.rules.rewrite(x.params, (terms, held) =>
          rewrite(terms, new Map([...own, ...held.map((x) => [x, x] as const)]), 0)
        )
        return node(op, params, operands, x.type)
      }
      if (x.created >= until) return apart(op)
      const { term, batched } = laneIn(x, scope)
      return batched ? ofLane(term, x) : term
    }
    return fold<Tensor>({ variable: (v) => v, constant: (c) => c, apply }, terms, (y) =>
      y.created < oldest ? y : known.get(y)
    )
  }
  const known = new Map(own)
  const asked = new Map<Tensor, Tensor>()
  return {
    inLane: (x) => {
      const y = itemAt(rewrite([x], known, since), 0)
      if (y !== x) asked.set(y, x)
      return y
    },
    together: (x) => {
      const isAsked = oneOf(asked)
      const { nodes } = layout([x], (y) => y.created >= oldest, isAsked)
      const used = new Map(nodes.flatMap((y) => (isAsked(y) ? [[y, asked.get(y) as Tensor] as const] : [])))
      if (used.size === 0) return x
      const y = replaceNodes([x], used)[0]
      asked.set(x, y)
      known.set(y, x)
      return y
    }
  }
}

const apart = ({ name }: AnyOp): never =>
  fail('AxisError', 'vmap', `${name} needs all lanes of the batch, but an effect has split them`, {
    hint: 'use collectives before the first effect that splits lanes, such as inspect; a derivative inside the lanes uses them again when the program ends, so take it outside (the gradient of the sum of vmap(f)), or replace inspect by np.where or cond'
  })

const laneIndex = (lane: number): Tensor =>
  reshaped(sliceAxis(iota({ dtype: 'int32', shape: [lane + 1], axis: 0 }), 0, lane, lane + 1), [])

// The stacked results of all lanes, as seen from within one lane.
const stack = (lanes: ReadonlyArray<Lifted>, scope: LaneScope): unknown => {
  const [first] = lanes
  if (first === undefined)
    return fail('AxisError', 'vmap', 'an effect splits an empty batch', {
      hint: 'without a lane the types of the results are unknown: give a batch of at least one'
    })
  const { leaves, structure } = first
  lanes.forEach((other, lane) => {
    Tree.expectSame('vmap', structure, other.structure, `lane ${lane} returns another tree than lane 0`)
  })
  const columns = leaves.map(({ type }, k) =>
    lanes.map((other, lane) => {
      const x = itemAt(other.leaves, k)
      if (!S.equals(x.type.shape, type.shape))
        fail('ShapeError', 'vmap', `lane ${lane} returns another shape than lane 0`, {
          operands: [type, x.type],
          path: Tree.paths(structure)[k],
          hint: 'lanes may branch differently, but their results are stacked and must have the same shape'
        })
      return reshaped(x, [1, ...x.type.shape])
    })
  )
  return give(
    structure,
    columns.map((column) => lane(concatenateAll(column, 0), scope))
  )
}

// The value of all lanes, as seen from within one lane: a fresh variable that represents a slice of it.
const lane = (x: Tensor, { seeds }: LaneScope): Tensor => {
  const slice = variable(T.withShape(x.type, x.type.shape.slice(1)))
  seeds.set(slice, { term: x, batched: true })
  return slice
}

// The answer for the whole batch, as seen from within one lane. A derivative within the lane cannot know how the answer
// depends on the question.
const answerOf = (answer: unknown, name: string, questions: Questions, scope: LaneScope): unknown => {
  const isQuestion = oneOf(questions)
  const inLane = (x: Tensor): Tensor => {
    if (x.type.shape[0] !== scope.size)
      fail('ShapeError', 'vmap', `the answer to ${name} does not have an element for each of ${scope.size} lanes`, {
        operands: [x.type],
        hint: 'the effect is performed once for the whole batch: the first axis of the answer must be the lanes, as in the payload'
      })
    // A state may have kept any earlier question of this batch.
    return layout([x], (y) => y.created >= scope.oldest, isQuestion)
      .nodes.filter((y) => isQuestion(y) && movesWith(x, y))
      .reduce(
        (y, all) => answerTo(y, questions.get(all) as Tensor, { effect: name, began: scope.oldest }),
        lane(x, scope)
      )
  }
  return mapTensors(answer, inLane, (x) => inLane(constantOf(x)))
}

const movesWith = (x: Tensor, from: Tensor): boolean => {
  if (!moves(from)) return false
  const pushed = attempt(() => pushTangents([x], new Map([[from, from]])))
  return E.isLeft(pushed) || pushed.right[0] !== undefined
}
