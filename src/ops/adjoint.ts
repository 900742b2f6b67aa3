/** Adjoints: pullbacks as they stand in the tangents of reverse mode, waiting to be transposed. */
import * as E from 'fp-ts/lib/Either.js'
import { type BlockOp, type Cotangent, defineBlock, type Pull } from '../language/block.js'
import type { Body } from '../language/body.js'
import { attempt } from '../language/error.js'
import { replaceNodes } from '../language/replace.js'
import { type Tensor, variable } from '../language/term.js'
import { fill } from './shape.js'

// --- model
/** `body` is what the pullback makes of cotangents. */
export interface Adjoint {
  readonly body: Body
  /** How many of the body's parameters are the cotangents; the others are captured, and the last operands. */
  readonly count: number
}

// --- constructors
/**
 * The linear map whose transpose is a pullback, of tangents and then of what the pullback captured. It stands for the
 * tangents of a function in reverse mode, and nothing but the transposition ever meets it.
 */
export const adjoint: BlockOp<Adjoint> = defineBlock<Adjoint>({
  name: 'adjoint',
  results: (_, { body, count }) => body.parameters.slice(0, count).map((x) => x.type),
  evaluate: () => onlyTransposed(),
  jvp: () => onlyTransposed(),
  transpose: (y, cts, _, pull, { body, count }) => {
    const captured = body.parameters.slice(count)
    const gated = cts.some((ct) => ct?.gated)
    const plain = (): ReadonlyArray<Tensor> => pulledBack(body, count, cts)
    const pulled = gated ? E.getOrElse(plain)(attempt(() => gatedBack(body, count, cts, pull))) : plain()
    const given = y.operands.slice(y.arity - captured.length)
    const moved = captured.flatMap((x, k) => (x === given[k] ? [] : [[x, given[k]] as const]))
    const back = moved.length === 0 ? pulled : replaceNodes(pulled, new Map(moved))
    return [...back.map((ct) => ({ ct, gated })), ...captured.map(() => undefined)]
  },
  batch: () => onlyTransposed(),
  bodies: ({ body }) => [{ name: 'pullback', body, times: 1 }],
  rewrite: () => onlyTransposed()
})

// --- combinators
const onlyTransposed = (): never => {
  throw new Error('adjoint: the tangents of reverse mode are transposed, and nothing else')
}

type Given = ReadonlyArray<Cotangent | undefined>

const pulledBack = ({ parameters, outputs }: Body, count: number, given: Given): ReadonlyArray<Tensor> =>
  replaceNodes(
    outputs,
    new Map(parameters.slice(0, count).map((x, k) => [x, given[k]?.ct ?? fill(x.type, 0)] as const))
  )

// The products that a rule has written do not know of gates; those that two transpositions make of them do.
const gatedBack = (
  { parameters, outputs, oldest }: Body,
  count: number,
  given: Given,
  pull: Pull
): ReadonlyArray<Tensor> => {
  const [variables, captured] = [parameters.slice(0, count), parameters.slice(count)]
  const dxs = outputs.map((x) => variable(x.type, 'dx'))
  const dys = pull(
    outputs,
    dxs.map((ct) => ({ ct, gated: false })),
    variables,
    captured,
    oldest
  )
  const live = dys.flatMap((dy, k) => (dy === undefined ? [] : [{ dy: dy.ct, given: given[k] }]))
  const pulled = pull(
    live.map(({ dy }) => dy),
    live.map(({ given }) => given),
    dxs,
    captured,
    oldest
  )
  return dxs.map((dx, k) => pulled[k]?.ct ?? fill(dx.type, 0))
}
