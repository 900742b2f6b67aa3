/** Shared rules of operations with sub-programs. */

import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import {
  type Batching,
  type Coefficients,
  type Cotangent,
  isBlock,
  type Lane,
  type Pull,
  type PushSeries,
  project,
  projection,
  projections
} from '../language/terms/block.js'
import { type Body, close, insideOf, usedIn } from '../language/terms/body.js'
import type { Wants } from '../language/terms/fold.js'
import { type Live, liveFrom, liveIn, maskOf } from '../language/terms/live.js'
import type { AnyOp } from '../language/terms/op.js'
import { isOperation, type Tensor, variable } from '../language/terms/term.js'
import { broadcastLanes, fill } from './broadcast.js'
import { gather } from './indexing.js'
import { everywhere, nowhere } from './live.js'
import { argmax } from './reduction.js'
import { select } from './select.js'
import { reshaped } from './shape.js'

// --- model
/** A parameter of a body and its operand. */
export type Pair = readonly [parameter: Tensor, operand: Tensor]

// --- constructors
/** A variable of a type, made strong: inside a body, an operand is a value like any other. */
export const fresh = (type: T.Type, name: string): Tensor => variable(T.of(type.dtype, type.shape), name)

/** A lane with a batch axis, added if it has none. */
export const widen = ({ term, batched }: Lane, size: number): Tensor => (batched ? term : broadcastLanes(term, size))

/** Bodies that share their parameters: first those of `kept`, then those of `pairs` that some body uses, then captures. */
export const closeAll = (
  kept: ReadonlyArray<Pair>,
  pairs: ReadonlyArray<Pair>,
  outputs: ReadonlyArray<ReadonlyArray<Tensor>>,
  oldest: number
): { readonly bodies: ReadonlyArray<Body>; readonly operands: ReadonlyArray<Tensor> } => {
  const all = outputs.flat()
  const used = usedIn({ parameters: pairs.map(([x]) => x), outputs: all, oldest })
  const given = [...kept, ...pairs.filter(([x]) => used.has(x))]
  const { body, operands } = close(
    given.map(([x]) => x),
    given.map(([, operand]) => operand),
    all,
    oldest
  )
  return { bodies: outputs.map((each) => ({ ...body, outputs: each })), operands }
}

/** Bodies that share their parameters as one: its outputs are those of the first, then of the second, ... */
export const joined = (bodies: ReadonlyArray<Body>): Body => ({
  ...bodies[0],
  outputs: bodies.flatMap(({ outputs }) => outputs)
})

// --- combinators
/** A body with only the wanted outputs. */
export const wantedOf = (body: Body, wants: Wants): Body => {
  const outputs = body.outputs.filter((_, k) => wants(k))
  return outputs.length === body.outputs.length ? body : { ...body, outputs }
}

/** The nodes of a body that `keeps` accepts: results of its operations, and all parts of results that are tuples. */
export const madeIn = (body: Body, keeps: (op: AnyOp, x: Tensor) => boolean): Array<Tensor> => {
  const given = new Set(body.parameters)
  return insideOf(body).flatMap((x) => {
    const op = x.head as AnyOp
    if (given.has(x) || !isOperation(x) || op === project || !keeps(op, x)) return []
    return isBlock(op) ? projections(x) : [x]
  })
}

/** The values that a block keeps of its body, its last outputs, as new parameters of bodies derived from it. */
export const keptPairs = (y: Tensor, { parameters, outputs }: Body, kept: number): Array<Pair> =>
  outputs.flatMap((x, k) =>
    k >= outputs.length - kept && outputs.indexOf(x) === k && !parameters.includes(x) ? [[x, projection(y, k)]] : []
  )

/** A coefficient of a moving value: which value, and the power of `t`, counted from 0 for `t` itself. */
export type Place = readonly [of: number, power: number]

/** The moving values of a body. */
export interface Moving {
  /** Variables for the nonzero coefficients of the parameters, and the operands for them. */
  readonly pairs: (of: (parameter: number) => boolean) => ReadonlyArray<Pair>
  readonly places: (of: (parameter: number) => boolean) => ReadonlyArray<Place>
  /** The coefficients of the outputs, and which outputs have nonzero ones. */
  readonly dy: (place: Place) => Tensor | undefined
  readonly live: (of: (output: number) => boolean) => ReadonlyArray<Place>
}

/**
 * The coefficients of a body's parameters and outputs, up to an order, given the coefficients of its operands. The first
 * `carries` outputs are passed on to the next step: a carry moves if it moves at the start or if a step makes it move.
 */
export const movingIn = (
  { parameters, outputs, oldest }: Body,
  carries: number,
  operands: ReadonlyArray<Coefficients | undefined>,
  order: number,
  push: PushSeries
): Moving => {
  const powers = S.range(order)
  const moving = parameters.map((x, k) =>
    powers.map((j) => (operands[k]?.[j] === undefined ? undefined : fresh(x.type, 'dx')))
  )
  let dys: ReadonlyArray<Coefficients | undefined> = []
  const dy = ([k, j]: Place): Tensor | undefined => dys[k]?.[j]
  const placesIn = (count: number, holds: (place: Place) => boolean): ReadonlyArray<Place> =>
    S.range(count).flatMap((k) => powers.map((j): Place => [k, j]).filter(holds))
  for (let more: ReadonlyArray<Place> | undefined; more === undefined || more.length > 0; ) {
    for (const [k, j] of more ?? []) moving[k][j] = fresh(parameters[k].type, 'dx')
    dys = push(outputs, new Map(parameters.map((x, k) => [x, ifAny(moving[k])])), oldest)
    more = placesIn(carries, (place) => moving[place[0]][place[1]] === undefined && dy(place) !== undefined)
  }
  const places: Moving['places'] = (of) => placesIn(parameters.length, ([k, j]) => of(k) && moving[k][j] !== undefined)
  return {
    dy,
    live: (of) => placesIn(outputs.length, (place) => of(place[0]) && dy(place) !== undefined),
    places,
    pairs: (of) =>
      places(of).map(([k, j]): Pair => [moving[k][j] as Tensor, operands[k]?.[j] ?? fill(parameters[k].type, 0)])
  }
}

/** The coefficients of so many results of a block, of which those at some places are parts of a tuple, in order. */
export const coefficientsAt = (
  count: number,
  order: number,
  parts: ReadonlyArray<readonly [Place, Tensor]>
): ReadonlyArray<Coefficients | undefined> => {
  const results = S.range(count).map(() => S.range(order).map((): Tensor | undefined => undefined))
  for (const [[k, j], part] of parts) results[k][j] = part
  return results.map(ifAny)
}

const ifAny = (moves: Coefficients): Coefficients | undefined =>
  moves.some((dx) => dx !== undefined) ? moves : undefined

/** A variable for a mask, and the mask that is its operand if something uses it. */
export type MaskPair = readonly [parameter: Tensor, operand: Live]

/** The masks that terms of a body use. */
export const usedMasks = (
  masks: ReadonlyArray<MaskPair>,
  outputs: ReadonlyArray<Tensor>,
  oldest: number
): ReadonlyArray<Pair> => {
  if (masks.length === 0) return []
  const used = usedIn({ parameters: masks.map(([x]) => x), outputs, oldest })
  return masks.flatMap(([x, operand]) => (used.has(x) ? [[x, maskOf(operand)] as const] : []))
}

/** A variable for a mask of a tensor's shape. */
export const freshMask = ({ shape }: T.Type): Tensor => fresh(T.of('bool', shape), 'live')

/** The backward pass through bodies that share their parameters. */
export interface WayBack {
  /** Variables for the arriving cotangents, and the parameters that are held constant, with their operands. */
  readonly cts: ReadonlyArray<Pair>
  readonly held: ReadonlyArray<Pair>
  readonly masks: ReadonlyArray<MaskPair>
  /** The parameters that a cotangent reaches, by number, each with its cotangent in every body. */
  readonly reached: ReadonlyArray<readonly [parameter: number, inBodies: ReadonlyArray<Cotangent | undefined>]>
}

/** The cotangents of the parameters in which bodies are linear, pulled back from the cotangents of their outputs. */
export const wayBack = (
  bodies: ReadonlyArray<Body>,
  operands: ReadonlyArray<Tensor>,
  cotangents: ReadonlyArray<Cotangent | undefined>,
  isLinear: ReadonlyArray<boolean>,
  pull: Pull
): WayBack => {
  const [{ parameters, outputs, oldest }] = bodies
  const linear = S.range(parameters.length).filter((k) => isLinear[k])
  const held = S.range(parameters.length).filter((k) => !isLinear[k])
  const live = S.range(outputs.length).filter((r) => cotangents[r] !== undefined)
  const received = live.map((r) => cotangents[r] as Cotangent)
  const cts = live.map((r) => fresh(outputs[r].type, 'ct'))
  const masks = received.map((given) => (given.live === undefined ? undefined : freshMask(given.ct.type)))
  const pulled = bodies.map((each) =>
    pull(
      live.map((r) => each.outputs[r]),
      cts.map((ct, at) => ({ ct, live: masks[at] && liveIn(masks[at]) })),
      linear.map((k) => parameters[k]),
      held.map((k) => parameters[k]),
      oldest
    )
  )
  return {
    cts: cts.map((ct, at): Pair => [ct, received[at].ct]),
    held: held.map((k): Pair => [parameters[k], operands[k]]),
    masks: masks.flatMap((x, at) => (x === undefined ? [] : [[x, received[at].live as Live] as const])),
    reached: linear.flatMap((k, at) => {
      const inBodies = pulled.map((found) => found[at])
      return inBodies.some((ct) => ct !== undefined) ? [[k, inBodies] as const] : []
    })
  }
}

/**
 * The cotangents of a block's operands, some of which are reached. `block` builds a tuple from the bodies, given masks
 * and other parameters; it is called for the cotangents, and again for the masks if they are used. An operand that one
 * body reaches and another does not has a zero cotangent, which is not live, in the latter.
 */
export const pulledBack = (
  { cts, held, masks, reached }: WayBack,
  { parameters, oldest }: Body,
  count: number,
  block: (pairs: ReadonlyArray<Pair>, outputs: ReadonlyArray<ReadonlyArray<Tensor>>) => Tensor
): ReadonlyArray<Cotangent | undefined> => {
  const bodies = S.range(reached[0]?.[1].length ?? 0)
  const each = (make: (found: Cotangent | undefined, parameter: Tensor) => Tensor) =>
    bodies.map((b) => reached.map(([k, inBodies]) => make(inBodies[b], parameters[k])))
  const given = each((found, { type }) => found?.ct ?? fill(type, 0))
  const dx = block([...cts, ...usedMasks(masks, given.flat(), oldest), ...held], given)
  const live = liveFrom(
    masks.map(([, operand]) => operand),
    () => {
      const lives = each((found, { type: { shape } }) =>
        found === undefined ? nowhere(shape) : found.live === undefined ? everywhere(shape) : maskOf(found.live)
      )
      return block([...usedMasks(masks, lives.flat(), oldest), ...held], lives)
    }
  )
  const found: Array<Cotangent | undefined> = S.range(count).map(() => undefined)
  reached.forEach(([k, inBodies], place) => {
    const isWhole = inBodies.every((ct) => ct !== undefined && ct.live === undefined)
    const part = liveFrom([live], ([tuple]) => projection(tuple, place))
    found[k] = { ct: projection(dx, place), live: isWhole ? undefined : part }
  })
  return found
}

/**
 * A body for all lanes. A parameter becomes a variable with a batch axis if its operand has one, or if a batched output
 * is `fedBack` to it.
 */
export const lanesOf = (
  { parameters, outputs, oldest }: Body,
  operands: ReadonlyArray<Lane>,
  { size, batch }: Batching,
  fedBack: (output: number) => number | undefined
): { readonly lanes: ReadonlyArray<Lane>; readonly parameters: ReadonlyArray<Tensor> } => {
  const wide = parameters.map((x, k) => (operands[k].batched ? lane(x, size) : x))
  for (;;) {
    const seeds = new Map(
      parameters.map((x, k) => [x, wide[k] === x ? undefined : { term: wide[k], batched: true }] as const)
    )
    const lanes = batch(outputs, seeds, oldest)
    const more = outputs.flatMap((_, output) => {
      const k = fedBack(output)
      return k !== undefined && lanes[output].batched && wide[k] === parameters[k] ? [k] : []
    })
    if (more.length === 0) return { lanes, parameters: wide }
    for (const k of more) wide[k] = lane(parameters[k], size)
  }
}

const lane = (x: Tensor, size: number): Tensor => variable(T.withShape(x.type, [size, ...x.type.shape]), 'x')

/**
 * The operands of all lanes, with the operand of an active lane in place of inactive ones. So a loop that might not end
 * on the operand of an inactive lane ends when the active lane does.
 */
export const standIn = (x: Tensor, taking: Tensor): Tensor => {
  const [size, ...shape] = x.type.shape
  if (size === 0) return x
  const one = gather(x, argmax(taking, { axis: 0 }), { axis: 0, batch: 0 })
  return select(reshaped(taking, [size, ...shape.map(() => 1)]), x, one)
}
