/** The parts of a scan: its params, and a scan under construction, for rules that build scans from scans. */
import type * as T from '../language/data/type.js'
import { isBlock, projection } from '../language/terms/block.js'
import type { Body } from '../language/terms/body.js'
import type { Tensor } from '../language/terms/term.js'
import { closeAll, madeIn, type Pair } from './bodies.js'

// --- model
/**
 * The body's parameters are the carries, one element of each sequence, and the values that are the same in every step.
 * Its outputs are the next carries, one element of each output, and finally the values `kept` for the derivative: the
 * results of sub-programs in the step, so that these do not run again.
 */
export interface Scan {
  readonly body: Body
  readonly carries: number
  readonly sequences: number
  readonly kept: number
  readonly length: number
  /** Whether it runs from the last element of the sequences to the first. */
  readonly reverse: boolean
}

/** A scan under construction: parameters with their operands, and the results of the step. */
export interface ScanParts {
  readonly carries: ReadonlyArray<Pair>
  readonly sequences: ReadonlyArray<Pair>
  readonly rest: ReadonlyArray<Pair>
  readonly next: ReadonlyArray<Tensor>
  readonly ys: ReadonlyArray<Tensor>
  /** The number of last outputs that are kept for the derivative, if it is known. */
  readonly kept?: number
  readonly length: number
  readonly reverse: boolean
  readonly oldest: number
}

// --- combinators
/** The params and operands of a scan of the parts that its step uses. */
export const closedScan = ({
  carries,
  sequences,
  rest,
  next,
  ys,
  kept,
  length,
  reverse,
  oldest
}: ScanParts): { readonly operands: ReadonlyArray<Tensor>; readonly params: Scan } => {
  const parameters = [...carries, ...sequences, ...rest].map(([x]) => x)
  const more = kept === undefined ? madeIn({ parameters, outputs: [...next, ...ys], oldest }, isBlock) : []
  const { bodies, operands } = closeAll(carries, [...sequences, ...rest], [[...next, ...ys, ...more]], oldest)
  const [body] = bodies
  const elements = new Set(sequences.map(([x]) => x))
  return {
    operands,
    params: {
      body,
      carries: carries.length,
      sequences: body.parameters.filter((x) => elements.has(x)).length,
      kept: kept ?? more.length,
      length,
      reverse
    }
  }
}

/** The types of the results of a scan. */
export const resultsOf = (y: Tensor): ReadonlyArray<T.Type> => y.type.parts as ReadonlyArray<T.Type>

/** The stacked values of a carry when it entered each step: these are the last results of a scan. */
export const enteringAt = (y: Tensor, carries: number, k: number): Tensor =>
  projection(y, resultsOf(y).length - carries + k)
