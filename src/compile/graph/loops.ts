/**
 * Control: loops and branches as nodes with sub-graphs. A sub-graph is part of the program's graph and refers to holes,
 * so it shares nodes with the program and is simplified with it. A node that does not depend on the holes is not part of
 * the sub-graph.
 */
import { cast } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import * as T from '../../language/data/type.js'
import type { Along, Builder, Lowered } from '../../language/terms/lowering.js'
import type { Graph, Node } from './graph.js'
import type { Again, Residuals } from './residuals.js'
import type { Updates } from './updates.js'

// --- model
type View = (x: Node, shape: S.Shape, along: ReadonlyArray<Along>) => Node

// Sequences of up to this many instructions are computed in the step, not for all steps beforehand.
const cheap = 8

// --- combinators
const nodesOf = (xs: ReadonlyArray<Lowered>): ReadonlyArray<Node> => xs as unknown as ReadonlyArray<Node>

const isEmpty = ({ shape }: Node): boolean => S.size(shape) === 0

const identityFrom = (first: number, rank: number): Array<Along> =>
  S.range(rank).map((axis) => ({ axis: axis + first, start: 0, step: 1 }))

/** The builder's methods for loops and branches. */
export const controlOf = (
  graph: Graph,
  view: View,
  updates: Updates,
  residuals: Residuals,
  again: Again
): Pick<Builder, 'iterate' | 'repeat' | 'branch'> => {
  /** The element of a sequence that is not stored, as a term of the step number, if it depends on nothing else. */
  const elementIn = (sequence: Node, step: Node): Node | undefined => {
    const shape = sequence.shape.slice(1)
    const type = T.of(sequence.dtype, shape)
    if (sequence.kind === 'literal' || S.size(shape) === 0)
      return graph.literal(sequence.kind === 'literal' ? sequence.detail : 0, type)
    if (sequence.kind === 'index')
      return sequence.detail === 0 ? view(step, shape, []) : graph.index(type, sequence.detail - 1)
    if (sequence.kind === 'map' && sequence.cost <= cheap) {
      const operands = sequence.operands.map((x) => elementIn(x, step))
      return operands.every((x) => x !== undefined) ? graph.map(sequence.detail.name, operands, type.dtype) : undefined
    }
    // A view that is the same at every step.
    if (sequence.kind !== 'view' || sequence.detail.some(({ axis, step }) => axis === 0 && step !== 0)) return undefined
    const along = sequence.detail.map(({ axis, start, step }) => ({ axis: axis - 1, start, step }))
    return view(sequence.operands[0], shape, along)
  }

  const elementAt = (sequence: Node, i: number): Node =>
    view(sequence, sequence.shape.slice(1), [
      { axis: -1, start: i, step: 0 },
      ...identityFrom(0, sequence.shape.length - 1)
    ])

  const stackedOne = (x: Node): Node => stacked(x, 1)
  const stacked = (x: Node, length: number): Node => view(x, [length, ...x.shape], identityFrom(1, x.shape.length))

  /**
   * The states that change, as holes. A state that equals its initial value before the loop and after every step is
   * replaced by that value. `make` returns the next states, and is called again as long as the number of changing states
   * shrinks.
   */
  const changing = <R>(
    first: ReadonlyArray<Node>,
    make: (states: ReadonlyArray<Node>) => Readonly<{ next: ReadonlyArray<Node>; made: R }>
  ): Readonly<{ changes: ReadonlyArray<number>; states: ReadonlyArray<Node>; next: ReadonlyArray<Node>; made: R }> => {
    const holes = first.map((x, k) => (isEmpty(x) ? x : graph.hole(`s${k}`, x.type)))
    for (;;) {
      const { next, made } = make(holes)
      const still = S.range(holes.length).filter(
        (k) => holes[k] !== first[k] && (next[k] === holes[k] || next[k] === first[k])
      )
      const changes = S.range(holes.length).filter((k) => holes[k] !== first[k])
      if (still.length === 0)
        return { changes, states: changes.map((k) => holes[k]), next: changes.map((k) => next[k]), made }
      for (const k of still) holes[k] = first[k]
    }
  }

  return {
    iterate: ({ length, reverse, states, sequences, step }) => {
      const first = nodesOf(states)
      const stacks = nodesOf(sequences)
      const call = residuals.begin()
      if (length === 1) {
        const { next, outputs } = step(
          first,
          stacks.map((x) => elementAt(x, 0))
        )
        return { last: next, outputs: nodesOf(outputs).map(stackedOne), before: first.map(stackedOne) }
      }
      // The step number is one more state, which is omitted if nothing uses it.
      const number = graph.hole('i', T.of('int32', []))
      // More steps than an int32 counts are refused later.
      const count = (x: number): Node => graph.literal(cast('int32', x), number.type)
      const found = stacks.map((x) => elementIn(x, number))
      const elements = stacks.map((x, k) => found[k] ?? graph.hole(`x${k}`, T.of(x.dtype, x.shape.slice(1))))
      // If the loop that made a sequence also stacked a pick of its elements, the pick is an element of that stack.
      const picked = stacks.flatMap((x, k) => {
        if (found[k] !== undefined) return []
        return residuals.keptOf(x).flatMap(({ pick, stack }, at) => {
          const known = pick(elements[k], number, again)
          if (known === undefined) return []
          const hole = graph.hole(`p${k}_${at}`, T.of(stack.dtype, stack.shape.slice(1)))
          return graph.replace(known, hole) ? [{ hole, stack }] : []
        })
      })
      const loop = changing(first, (holes) => {
        const { next, outputs } = step(holes, elements)
        return { next: nodesOf(next), made: nodesOf(outputs) }
      })
      const { changes, made: outputs } = loop
      if (length === 0) {
        const none = (x: Node): Node => graph.literal(0, T.of(x.dtype, [0, ...x.shape]))
        return { last: first, outputs: outputs.map(none), before: first.map(none) }
      }
      const start = count(reverse ? length - 1 : 0)
      const isFirst = (): Node => graph.map('eq', [number, start], 'bool')
      const next = loop.next.map((x, at) => updates(x, loop.states[at], first[changes[at]], isFirst))
      const varying = S.range(stacks.length).filter((k) => found[k] === undefined)
      // An output that equals an element of a sequence, or is the same in every step, needs no computation.
      const known = outputs.map((x) =>
        x.kind === 'literal' || isEmpty(x) ? stacked(x, length) : stacks[varying.find((k) => elements[k] === x) ?? -1]
      )
      const kept = S.range(outputs.length).filter((k) => known[k] === undefined)
      const kinds = residuals.of(call).flatMap(({ state, pick }) => {
        const x = loop.states[state] === undefined ? undefined : pick(loop.states[state], number, again)
        return x === undefined ? [] : [{ state, pick, x }]
      })
      const parts = graph.iterate(
        [...changes.map((k) => first[k]), start],
        [...varying.map((k) => stacks[k]), ...picked.map(({ stack }) => stack)],
        {
          length,
          reverse,
          states: [...loop.states, number],
          elements: [...varying.map((k) => elements[k]), ...picked.map(({ hole }) => hole)],
          next: [...next, graph.map('add', [number, count(reverse ? -1 : 1)], 'int32')],
          outputs: [...kept.map((k) => outputs[k]), ...kinds.map(({ x }) => x)]
        }
      )
      residuals.note(parts[0].operands[0], call)
      const stateAt = new Map(changes.map((k, at) => [k, at]))
      const outputAt = new Map(kept.map((k, at) => [k, changes.length + 1 + at]))
      const part = (at: number | undefined, otherwise: () => Node): Node => (at === undefined ? otherwise() : parts[at])
      const hidden = changes.length + 1 + kept.length + kinds.length
      kinds.forEach(({ state, pick }, at) => {
        residuals.keep(parts[hidden + state], pick, parts[hidden - kinds.length + at])
      })
      return {
        last: first.map((x, k) => part(stateAt.get(k), () => x)),
        outputs: known.map((x, k) => part(outputAt.get(k), () => x)),
        before: first.map((x, k) => {
          const at = stateAt.get(k)
          return part(at === undefined ? undefined : hidden + at, () => stacked(x, length))
        })
      }
    },

    repeat: ({ states, test, step }) => {
      const first = nodesOf(states)
      const {
        changes,
        states: holes,
        next,
        made
      } = changing(first, (holes) => ({
        next: nodesOf(step(holes)),
        made: test(holes) as unknown as Node
      }))
      if (made.kind === 'literal' && made.detail === 0) return first
      // Whether a step is the first one is one more state, if anything uses it.
      const flag = graph.hole('first', T.of('bool', []))
      let isAsked = false
      const isFirst = (): Node => {
        isAsked = true
        return flag
      }
      const after = next.map((x, at) => updates(x, holes[at], first[changes[at]], isFirst))
      const more = (x: Node): ReadonlyArray<Node> => (isAsked ? [x] : [])
      const parts = graph.repeat([...changes.map((k) => first[k]), ...more(graph.literal(1, flag.type))], {
        states: [...holes, ...more(flag)],
        test: made,
        next: [...after, ...more(graph.literal(0, flag.type))]
      })
      const last = [...first]
      changes.forEach((k, at) => {
        last[k] = parts[at]
      })
      return last
    },

    branch: (index, arms) => {
      const [at] = nodesOf([index])
      const clamped = (i: number): number => Math.min(Math.max(i, 0), arms.length - 1)
      if (arms.length === 1) return arms[0]()
      if (at.kind === 'literal') return arms[clamped(at.detail)]()
      const made = arms.map((arm) => nodesOf(arm()))
      const differ = S.range(made[0].length).filter(
        (k) => !isEmpty(made[0][k]) && made.some((arm) => arm[k] !== made[0][k])
      )
      const parts = graph.branch(
        at,
        made.map((arm) => differ.map((k) => arm[k]))
      )
      const all = [...made[0]]
      differ.forEach((k, at) => {
        all[k] = parts[at]
      })
      return all
    }
  }
}
