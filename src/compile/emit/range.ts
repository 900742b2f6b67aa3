/**
 * Ranges: kernels whose work can be cut into blocks, which any thread may do and in any order. Where blocks begin is
 * fixed when a program is compiled, so that no result depends on how many threads there are.
 */
import type { Code, Local, ValueType } from './code.js'

// --- model
/**
 * The code of a kernel. Without a range it is a function of the arena's address. With one it is a function of
 * `rangeParameters` that does the steps from `from` to before `to`: all of them, or a block.
 */
export interface KernelCode {
  readonly code: Code
  readonly range?: Range
}

export interface Range {
  /** How many steps there are. */
  readonly extent: number
  /** How many steps a block has; the last one may have fewer. */
  readonly block: number
  /** What all steps cost together, in additions of numbers one by one. */
  readonly work: number
  /** A function of the arena's address to be called after the last block. */
  readonly after?: Code
}

/** The arena's address, the first step and the one behind the last. */
export const rangeParameters: ReadonlyArray<ValueType> = ['i32', 'i32', 'i32']
export const rangeLocals: Readonly<Record<'base' | 'from' | 'to', Local>> = { base: 0, from: 1, to: 2 }

export const mostBlocks = 64

/**
 * From what on work is shared, in additions: to wake a thread takes as long as a job, to take a block a part of a block.
 * The `first` time that a kernel is done more is needed, since threads of the JavaScript engine make better machine code of
 * it meanwhile: all wait for the one whose block such a thread interrupts.
 */
export const worth = { job: 100_000, block: 10_000, first: 500_000 }

// --- combinators
/** Whether blocks are done by several threads: there are several, and together they take long enough. */
export const isShared = ({ extent, block, work }: Range): boolean => extent > block && work >= worth.job

/**
 * How many steps a block should have so that there are neither too few blocks nor too many: a multiple of `unit`, and
 * all of them where the work is not worth sharing.
 */
export const blockOf = (extent: number, work: number, unit = 1): number => {
  const blocks = work < worth.job ? 1 : Math.max(1, Math.min(mostBlocks, Math.floor(work / worth.block)))
  return Math.ceil(extent / blocks / unit) * unit
}
