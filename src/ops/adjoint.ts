/** Adjoints: pullbacks in the tangents of reverse mode, which wait to be transposed. */

import * as E from 'fp-ts/lib/Either.js'
import { attempt } from '../language/data/error.js'
import { type BlockOp, type Cotangent, defineBlock, type Pull } from '../language/terms/block.js'
import type { Body } from '../language/terms/body.js'
import { liveFrom } from '../language/terms/live.js'
import { replaceNodes } from '../language/terms/replace.js'
import { type Tensor, variable } from '../language/terms/term.js'
import { onlyIf, somewhere } from './anyLive.js'
import { fill } from './broadcast.js'

// --- model
/** `body` computes the result of the pullback from cotangents. */
export interface Adjoint {
  readonly body: Body
  /** The number of the body's parameters that are cotangents; the others are captured, and are the last operands. */
  readonly count: number
}

// --- constructors
/**
 * The linear map whose transpose is a pullback. Its operands are tangents and then the tensors that the pullback
 * captured. It replaces the tangents of a function in reverse mode, and only transposition ever sees it.
 */
export const adjoint: BlockOp<Adjoint> = defineBlock<Adjoint>({
  name: 'adjoint',
  results: (_, { body, count }) => body.parameters.slice(0, count).map((x) => x.type),
  evaluate: () => onlyTransposed(),
  jvp: () => onlyTransposed(),
  transpose: (y, cts, _, pull, { body, count }) => {
    const captured = body.parameters.slice(count)
    const isMasked = cts.some((ct) => ct?.live !== undefined)
    const plain = (): Cotangents => pulledBack(body, count, cts).map((ct) => onlyIf(somewhere(cts), ct))
    const pulled = isMasked ? E.getOrElse(plain)(attempt(() => maskedBack(body, count, cts, pull))) : plain()
    const given = y.operands.slice(y.arity - captured.length)
    const moved = captured.flatMap((x, k) => (x === given[k] ? [] : [[x, given[k]] as const]))
    const back = moved.length === 0 ? pulled : replaced(pulled, new Map(moved))
    return [...back, ...captured.map(() => undefined)]
  },
  batch: () => onlyTransposed(),
  bodies: ({ body }) => [{ name: 'pullback', body, times: 1 }],
  rewrite: () => onlyTransposed()
})

// --- combinators
const onlyTransposed = (): never => {
  throw new Error('adjoint: the tangents of reverse mode are transposed, and nothing else')
}

type Cotangents = ReadonlyArray<Cotangent | undefined>

const pulledBack = ({ parameters, outputs }: Body, count: number, given: Cotangents): ReadonlyArray<Tensor> =>
  replaceNodes(
    outputs,
    new Map(parameters.slice(0, count).map((x, k) => [x, given[k]?.ct ?? fill(x.type, 0)] as const))
  )

const replaced = (given: Cotangents, replacements: ReadonlyMap<Tensor, Tensor>): Cotangents => {
  const cts = replaceNodes(
    given.flatMap((each) => each?.ct ?? []),
    replacements
  )
  let next = 0
  return given.map(
    (each) =>
      each && {
        ct: cts[next++],
        live: each.live && liveFrom([each.live], (masks) => replaceNodes(masks, replacements)[0])
      }
  )
}

// The products that a user's rule writes ignore masks; two transpositions give the same products with masks.
const maskedBack = (
  { parameters, outputs, oldest }: Body,
  count: number,
  given: Cotangents,
  pull: Pull
): Cotangents => {
  const [variables, captured] = [parameters.slice(0, count), parameters.slice(count)]
  const dxs = outputs.map((x) => variable(x.type, 'dx'))
  const dys = pull(
    outputs,
    dxs.map((ct) => ({ ct, live: undefined })),
    variables,
    captured,
    oldest
  )
  const reached = dys.flatMap((dy, k) => (dy === undefined ? [] : [{ dy: dy.ct, given: given[k] }]))
  return pull(
    reached.map(({ dy }) => dy),
    reached.map(({ given }) => given),
    dxs,
    captured,
    oldest
  )
}
