/** The transpose of a scan: a scan in the opposite direction, whose carries are the cotangents of the carries. */

import * as S from '../language/data/shape.js'
import type * as T from '../language/data/type.js'
import { type BlockOp, type Cotangent, type Pull, projection } from '../language/terms/block.js'
import { type Body, dependsOn, usedIn } from '../language/terms/body.js'
import { type Live, liveFrom, liveIn, maskOf } from '../language/terms/live.js'
import type { Tensor } from '../language/terms/term.js'
import { add } from './arithmetic.js'
import { fresh, freshMask, type MaskPair, type Pair, usedMasks } from './bodies.js'
import { fill } from './broadcast.js'
import { either, everywhere, nowhere } from './live.js'
import { or } from './logic.js'
import { enteringAt, type Scan, type ScanParts } from './scanParts.js'

import { expectZero } from './zero.js'

// --- model
type ScanOf = (parts: ScanParts) => Tensor

/** A mask that steps pass on, from the last step to the first: its variable, its start, and its next value. */
interface MaskCarry {
  readonly mask: Tensor
  readonly start: Live
  readonly next: Live
}

interface Arrivals {
  /** The variable for the cotangent of a next carry or an output, with a mask if it is only partly live in some step. */
  readonly arrived: ReadonlyMap<number, Cotangent>
  /** The result of pulling these back through a step: cotangents of its parameters. */
  readonly back: ReadonlyMap<number, Cotangent>
}

// --- combinators
/**
 * The cotangents of the operands of a scan, which are results of scans that `scanOf` builds. Only results that a cotangent
 * reaches, and masks that are used, are computed.
 */
export const scanBack =
  (scanOf: ScanOf): BlockOp<Scan>['rules']['transpose'] =>
  (y, cotangents, isLinear, pull, { body, carries, sequences, length, reverse }) => {
    const { parameters, outputs, oldest } = body
    const linear = linearParameters(body, carries, isLinear)
    S.range(carries).forEach((k) => {
      if (linear.has(parameters[k]) && !isLinear[k]) expectZero(y.operands[k], 'scan')
    })
    const linearAt = (from: number, to: number) => S.range(to).filter((k) => k >= from && linear.has(parameters[k]))
    const heldAt = (from: number, to: number): Array<Pair> =>
      S.range(to).flatMap((k) =>
        k >= from && !linear.has(parameters[k]) ? [[parameters[k], y.operands[k]] as const] : []
      )
    const hidden = outputs.length
    const stacks = heldStacks(scanOf, y, body, { carries, sequences, length, reverse }, linear)

    const linearCarries = linearAt(0, carries)
    const elementsBack = linearAt(carries, carries + sequences)
    const restBack = linearAt(carries + sequences, parameters.length)
    const outputsBack = S.range(hidden).filter((k) => k >= carries && cotangents[k] !== undefined)
    const { arrived, back } = arrivals(body, carries, cotangents, [linearCarries, elementsBack, restBack], pull)
    const carriesBack = linearCarries.filter((k) => arrived.has(k))
    const elements = elementsBack.filter((k) => back.has(k))
    const rest = length === 0 ? [] : restBack.filter((k) => back.has(k))
    const entering = new Map(
      carriesBack.flatMap((k) => {
        const given = cotangents[hidden + k]
        return given === undefined ? [] : [[k, standingFor(parameters[k].type, given.live !== undefined)] as const]
      })
    )
    const backOf = (k: number): Cotangent => back.get(k) as Cotangent
    const arrivedOf = (k: number): Cotangent => arrived.get(k) as Cotangent
    const next = (k: number): Cotangent | undefined => total([back.get(k), entering.get(k)])
    const nextOf = (k: number): Cotangent => next(k) ?? dead(parameters[k].type)
    const backwards = (parts: Pick<ScanParts, 'carries' | 'sequences' | 'next' | 'ys'>): Tensor =>
      scanOf({
        ...parts,
        sequences: [...parts.sequences, ...heldAt(carries, carries + sequences), ...stacks],
        rest: heldAt(carries + sequences, parameters.length),
        length,
        reverse: !reverse,
        oldest
      })

    const masked = carriesBack.filter((k) => arrivedOf(k).live !== undefined)
    const handedOn = masked.map((k): MaskCarry => {
      const start = cotangents[k] ?? dead(parameters[k].type)
      return { mask: maskIn(arrivedOf(k)), start: liveOf(start), next: liveOf(nextOf(k)) }
    })
    const elementwise = [
      ...outputsBack.flatMap((k) => masksFor(arrivedOf(k), cotangents[k])),
      ...[...entering].flatMap(([k, given]) => masksFor(given, cotangents[hidden + k]))
    ]

    const totals = rest.map((k) => fresh(parameters[k].type, 'ct'))
    const sums = [...carriesBack.map((k) => nextOf(k).ct), ...rest.map((k, at) => add(totals[at], backOf(k).ct))]
    const ys = elements.map((k) => backOf(k).ct)
    const used = usedCarries(handedOn, [...sums, ...ys], oldest)
    const steps = used.map((each) => maskOf(each.next))
    const dx = backwards({
      carries: [
        ...carriesBack.map((k): Pair => [arrivedOf(k).ct, cotangents[k]?.ct ?? fill(parameters[k].type, 0)]),
        ...rest.map((k, at): Pair => [totals[at], fill(parameters[k].type, 0)]),
        ...used.map((each): Pair => [each.mask, maskOf(each.start)])
      ],
      sequences: [
        ...outputsBack.map((k): Pair => [arrivedOf(k).ct, (cotangents[k] as Cotangent).ct]),
        ...[...entering].map(([k, { ct }]): Pair => [ct, (cotangents[hidden + k] as Cotangent).ct]),
        ...usedMasks(elementwise, [...sums, ...steps, ...ys], oldest)
      ],
      next: [...sums, ...steps],
      ys
    })

    // The masks of all cotangents, if they are used: a scan of masks alone.
    const partly = (k: number): boolean => backOf(k).live !== undefined
    const [restLive, elementsLive] = [rest.filter(partly), elements.filter(partly)]
    const lives = liveFrom([...handedOn.map(({ start }) => start), ...elementwise.map(([, live]) => live)], () => {
      const found = restLive.map((k) => freshMask(parameters[k].type))
      const nexts = [
        ...handedOn.map((each) => maskOf(each.next)),
        ...restLive.map((k, at) => or(found[at], maskOf(liveOf(backOf(k)))))
      ]
      const stacked = elementsLive.map((k) => maskOf(liveOf(backOf(k))))
      return backwards({
        carries: [
          ...handedOn.map((each): Pair => [each.mask, maskOf(each.start)]),
          ...found.map((x): Pair => [x, nowhere(x.type.shape)])
        ],
        sequences: usedMasks(elementwise, [...nexts, ...stacked], oldest),
        next: nexts,
        ys: stacked
      })
    })
    const places = [...masked, ...restLive, ...elementsLive]
    const results: Array<Cotangent | undefined> = parameters.map(() => undefined)
    for (const [at, k] of [...carriesBack, ...rest].entries()) results[k] = { ct: projection(dx, at), live: undefined }
    for (const [at, k] of elements.entries())
      results[k] = { ct: projection(dx, carriesBack.length + rest.length + used.length + at), live: undefined }
    for (const [at, k] of places.entries())
      results[k] = { ct: (results[k] as Cotangent).ct, live: liveFrom([lives], ([tuple]) => projection(tuple, at)) }
    return results
  }

// What stands for a cotangent in a step.
const standingFor = (type: T.Type, isMasked: boolean): Cotangent => ({
  ct: fresh(type, 'ct'),
  live: isMasked ? liveIn(freshMask(type)) : undefined
})

// A zero, for a parameter that no cotangent reaches.
const dead = (type: T.Type): Cotangent => ({ ct: fill(type, 0), live: liveFrom([], () => nowhere(type.shape)) })

const total = (given: ReadonlyArray<Cotangent | undefined>): Cotangent | undefined =>
  given.reduce((a, b) =>
    a === undefined ? b : b === undefined ? a : { ct: add(a.ct, b.ct), live: either(a.live, b.live) }
  )

const liveOf = ({ ct, live }: Cotangent): Live => live ?? liveFrom([], () => everywhere(ct.type.shape))
const maskIn = (standing: Cotangent): Tensor => maskOf(standing.live as Live)
const masksFor = (standing: Cotangent, given: Cotangent | undefined): ReadonlyArray<MaskPair> =>
  standing.live === undefined || given === undefined ? [] : [[maskIn(standing), liveOf(given)]]

// The masks that some outputs use, and those that the next of those use.
const usedCarries = (
  all: ReadonlyArray<MaskCarry>,
  outputs: ReadonlyArray<Tensor>,
  oldest: number
): ReadonlyArray<MaskCarry> => {
  const parameters = all.map(({ mask }) => mask)
  for (let used: ReadonlyArray<MaskCarry> = []; ; ) {
    const found = usedIn({ parameters, outputs: [...outputs, ...used.map(({ next }) => maskOf(next))], oldest })
    const more = all.filter(({ mask }) => found.has(mask))
    if (more.length === used.length) return used
    used = more
  }
}

/**
 * The cotangents that arrive in a step. The cotangent of a carry comes from outside or from a later step; if there is
 * none, nothing is computed. A cotangent that is only partly live in some step has a mask in all steps.
 */
const arrivals = (
  { parameters, outputs, oldest }: Body,
  carries: number,
  cotangents: ReadonlyArray<Cotangent | undefined>,
  linear: ReadonlyArray<ReadonlyArray<number>>,
  pull: Pull
): Arrivals => {
  const variables = linear.flat()
  const held = parameters.filter((_, k) => !variables.includes(k))
  const isMasked = cotangents.some((ct) => ct?.live !== undefined)
  const entering = (k: number): Cotangent | undefined => (k < carries ? cotangents[outputs.length + k] : undefined)
  const arrived = new Map<number, Cotangent>()
  const arrive = (k: number, masked: boolean): boolean => {
    const before = arrived.get(k)
    if (before !== undefined && (before.live !== undefined || !masked)) return false
    arrived.set(k, standingFor(outputs[k].type, masked))
    return true
  }
  // A zero that stands where nothing comes from outside is not live, if that is asked of anything.
  const starts = (k: number): boolean => (cotangents[k] === undefined ? isMasked : cotangents[k].live !== undefined)
  for (const k of S.range(outputs.length))
    if (k >= carries || linear[0].includes(k))
      if (cotangents[k] !== undefined || entering(k) !== undefined) arrive(k, starts(k))
  for (;;) {
    const from = [...arrived]
    const pulled = pull(
      from.map(([k]) => outputs[k]),
      from.map(([, ct]) => ct),
      variables.map((k) => parameters[k]),
      held,
      oldest
    )
    const back = new Map(variables.flatMap((k, at) => (pulled[at] === undefined ? [] : [[k, pulled[at]] as const])))
    const reached = linear[0].filter((k) => arrived.has(k) || back.has(k))
    const isMaskedIn = (k: number): boolean => {
      const next = [back.get(k), entering(k)].filter((ct) => ct !== undefined)
      return starts(k) || (next.length === 0 ? isMasked : next.every(({ live }) => live !== undefined))
    }
    if (reached.filter((k) => arrive(k, isMaskedIn(k))).length === 0) return { arrived, back }
  }
}

// The parameters in which a step is linear: the requested ones, and the carries that they reach.
const linearParameters = (body: Body, carries: number, isLinear: ReadonlyArray<boolean>): ReadonlySet<Tensor> => {
  const linear = new Set(body.parameters.filter((_, k) => isLinear[k]))
  for (let before = -1; before < linear.size; ) {
    before = linear.size
    dependsOn(body, linear).forEach((depends, k) => {
      if (depends && k < carries) linear.add(body.parameters[k])
    })
  }
  return linear
}

// The entering carries that a linear scan holds fixed, such as a counter, are computed by a separate scan.
const heldStacks = (
  scanOf: ScanOf,
  y: Tensor,
  { parameters, outputs, oldest }: Body,
  { carries, sequences, length, reverse }: Omit<Scan, 'body' | 'kept'>,
  linear: ReadonlySet<Tensor>
): ReadonlyArray<Pair> => {
  const held = S.range(carries).filter((k) => !linear.has(parameters[k]))
  if (held.length === 0) return []
  const pairs = parameters.map((x, k): Pair => [x, y.operands[k]])
  const isHeld = ([x]: Pair): boolean => !linear.has(x)
  const own = scanOf({
    carries: held.map((k) => pairs[k]),
    sequences: pairs.slice(carries, carries + sequences).filter(isHeld),
    rest: pairs.slice(carries + sequences).filter(isHeld),
    next: held.map((k) => outputs[k]),
    ys: [],
    length,
    reverse,
    oldest
  })
  return held.map((k, at) => [parameters[k], enteringAt(own, held.length, at)])
}
