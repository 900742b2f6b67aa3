/**
 * Ranges: kernels whose work can be divided into blocks, which any thread may execute in any order. The blocks are fixed
 * when a program is compiled, so no result depends on the number of threads.
 */
import type { Code, Local, ValueType } from '../wasm/code.js'

// --- model
/**
 * The code of a kernel. Without a range it is a function of the arena's address. With a range it is a function of
 * `rangeParameters` that executes the steps from `from` up to, not including, `to`.
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
  /** The total cost of all steps, in additions of single numbers. */
  readonly work: number
  /** A function of the arena's address to be called after the last block. */
  readonly after?: Code
}

/** The arena's address, the first step, and the one after the last. */
export const rangeParameters: ReadonlyArray<ValueType> = ['i32', 'i32', 'i32']
export const rangeLocals: Readonly<Record<'base' | 'from' | 'to', Local>> = { base: 0, from: 1, to: 2 }

export const mostBlocks = 64

/**
 * The least work worth sharing, in additions: waking a thread takes as long as `job`, taking a block a fraction of
 * `block`. The `first` run of a kernel needs more, since threads of the JavaScript engine are optimizing its machine code
 * meanwhile, and all threads wait for a block that is interrupted for that.
 */
export const worth = { job: 100_000, block: 10_000, first: 500_000 }

// --- combinators
/** Whether several threads execute the blocks: there are several, and together they take long enough. */
export const isShared = ({ extent, block, work }: Range): boolean => extent > block && work >= worth.job

/**
 * The number of steps in a block, a multiple of `unit`, so that there are neither too few nor too many blocks; all steps
 * if the work is not worth sharing.
 */
export const blockOf = (extent: number, work: number, unit = 1): number => {
  const blocks = work < worth.job ? 1 : Math.max(1, Math.min(mostBlocks, Math.floor(work / worth.block)))
  return Math.ceil(extent / blocks / unit) * unit
}
