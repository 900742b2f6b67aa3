/** Lanes: what `vmap` does to a program's effects: performs them lane by lane, or once for the whole batch. */
import { batchTerms } from '../handlers/vmap.js'
import { fold } from '../language/fold.js'
import type { AnyOp } from '../language/op.js'
import { type Batch, chain, of, type Program, perform, suspend, traverse, view } from '../language/program.js'
import * as S from '../language/shape.js'
import { node, Tensor, variable } from '../language/term.js'
import * as T from '../language/type.js'
import { iota } from '../ops/creation.js'
import { broadcastLanes, concatenate, reshaped, sliceAxis } from '../ops/shape.js'
import { give, take } from './arguments.js'

// --- model
/** A batch under way: what stands for its lanes, and how many there are. */
export interface Scope {
  readonly seeds: Map<Tensor, Tensor>
  readonly size: number
  readonly oldest: number
  readonly axisName: string | undefined
}

type Effects = Program<unknown, unknown>

/** What a clause for a batched effect is told: whether its payload differs between lanes, and the two standard answers. */
export interface BatchContext {
  readonly batched: boolean
  readonly size: number
  readonly split: () => Effects
  /** Performs the effect once, with the payload of one lane, which must be that of all. */
  readonly once: () => Effects
  readonly whole: () => Effects
}

// --- combinators
/**
 * The program for all lanes. An effect that is `split` sends each lane on its own way to the end, in lane order, and the
 * results are stacked; one that is `whole` is performed once, with the batched payload, for a batched answer.
 */
export const batchProgram = (program: Effects, scope: Scope, finish: (value: unknown) => unknown): Effects =>
  suspend(() => {
    const seen = view(program)
    if (seen._tag === 'Pure') return of(finish(seen.value))
    const { effect, payload } = seen
    const resume = seen.resume as (answer: unknown) => Effects
    const ask = (question: unknown): Effects => perform(effect as never, question as never)
    const go = (next: Effects): Effects => batchProgram(next, scope, finish)
    const context: BatchContext = {
      batched: tensorsOf(payload).some((x) => batched(x, scope) !== undefined),
      size: scope.size,
      once: () => chain((answer: unknown) => go(resume(answer)))(ask(payload)),
      whole: () =>
        chain((answer: unknown) => go(resume(laneOf(answer, scope))))(
          ask(mapTensors(payload, (x) => batched(x, scope) ?? broadcastLanes(x, scope.size)))
        ),
      split: () =>
        chain((values: ReadonlyArray<unknown>) => of(finish(laneOf(stack(values), scope))))(splitLanes(program, scope))
    }
    const { batch } = effect as { readonly batch: Batch }
    return batch === 'split'
      ? context.split()
      : batch === 'whole'
        ? context.whole()
        : (batch as Clause)(payload, context)
  })

type Clause = (payload: unknown, context: BatchContext) => Effects

const batched = (x: Tensor, { seeds, size, oldest, axisName }: Scope): Tensor | undefined =>
  batchTerms([x], seeds, size, oldest, axisName)[0]

const splitLanes = (program: Effects, scope: Scope): Program<unknown, ReadonlyArray<unknown>> =>
  traverse((lane: number) => runLane(program, only(scope, lane)))(S.range(scope.size)) as Program<
    unknown,
    ReadonlyArray<unknown>
  >

// One lane to its end: every payload and the result speak of this lane only.
const runLane = (program: Effects, inLane: (x: Tensor) => Tensor): Effects =>
  suspend(() => {
    const seen = view(program)
    if (seen._tag === 'Pure') return of(mapTensors(seen.value, inLane))
    const resume = seen.resume as (answer: unknown) => Effects
    const question = mapTensors(seen.payload, inLane)
    return chain((answer: unknown) => runLane(resume(answer), inLane))(
      perform(seen.effect as never, question as never) as Effects
    )
  })

/**
 * Terms of all lanes as those of one. What has been rewritten is remembered, so that terms that grow from effect to
 * effect are rewritten step by step.
 */
const only = ({ seeds, oldest, axisName }: Scope, lane: number): ((x: Tensor) => Tensor) => {
  const known = new Map<Tensor, Tensor>()
  for (const [x, all] of seeds) known.set(x, reshaped(sliceAxis(all, 0, lane, lane + 1), x.type.shape))
  const apply = (x: Tensor, op: AnyOp, operands: ReadonlyArray<Tensor>): Tensor => {
    const isIndex = axisName !== undefined && op.rules.names?.(x.params as never) === axisName
    const unchanged = !isIndex && operands.every((operand, k) => operand === x.operand(k))
    const y = isIndex ? laneIndex(lane) : unchanged ? x : node(op, x.params, operands, x.type)
    known.set(x, y)
    return y
  }
  return (x) =>
    fold<Tensor>({ variable: (v) => v, constant: (c) => c, apply }, [x], (y) =>
      y.created < oldest ? y : known.get(y)
    )[0]
}

const laneIndex = (lane: number): Tensor =>
  reshaped(sliceAxis(iota({ dtype: 'int32', shape: [lane + 1], axis: 0 }), 0, lane, lane + 1), [])

// Results of all lanes as a tree of tensors with a batch axis in front.
const stack = (values: ReadonlyArray<unknown>): unknown => {
  const parts = values.map((value) => take('vmap', value))
  const { structure } = parts[0]
  const columns = parts[0].leaves.map((_, k) => parts.map(({ leaves }) => leaves[k]))
  return give(
    structure,
    columns.map((column) => concatenate(...column.map((x) => reshaped(x, [1, ...x.type.shape])), { axis: 0 }))
  )
}

// A batched tree as seen from within a lane: each tensor a fresh variable that stands for its slices.
const laneOf = (tree: unknown, { seeds }: Scope): unknown =>
  mapTensors(tree, (x) => {
    const lane = variable(T.withShape(x.type, x.type.shape.slice(1)))
    seeds.set(lane, x)
    return lane
  })

// Payloads and answers are any data: the tensors in arrays and plain records are found, the rest is left alone.
const mapTensors = (data: unknown, f: (x: Tensor) => Tensor): unknown => {
  if (data instanceof Tensor) return f(data)
  if (Array.isArray(data)) return data.map((x) => mapTensors(x, f))
  if (data instanceof Map) return new Map([...data].map(([key, x]) => [key, mapTensors(x, f)]))
  if (data !== null && typeof data === 'object' && Object.getPrototypeOf(data) === Object.prototype)
    return Object.fromEntries(Object.entries(data).map(([key, x]) => [key, mapTensors(x, f)]))
  return data
}

const tensorsOf = (data: unknown): ReadonlyArray<Tensor> => {
  const found: Array<Tensor> = []
  mapTensors(data, (x) => {
    found.push(x)
    return x
  })
  return found
}
