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
export type Sharing = Readonly<{ job: number; block: number; first: number }>
export const usualSharing: Sharing = { job: 100_000, block: 10_000, first: 500_000 }

// --- combinators
/**
 * The range of so many steps that together take so much work, in blocks of a multiple of `unit` steps, so that there are
 * neither too few nor too many; none if it is not worth sharing.
 */
export const rangeOf = (sharing: Sharing, extent: number, work: number, unit = 1): Range | undefined => {
  if (work < sharing.job) return undefined
  const blocks = Math.max(1, Math.min(mostBlocks, Math.floor(work / sharing.block)))
  const block = Math.ceil(extent / blocks / unit) * unit
  return extent > block ? { extent, block, work } : undefined
}
