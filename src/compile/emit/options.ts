/** Options: what the code of a program depends on beside the program. */
import type { Sharing } from './range.js'
import type { RegisterLimits } from './small.js'

// --- model
export type EmitOptions = Readonly<{
  /** Whether its memory is shared between threads. */
  sharesMemory: boolean
  /** Whether its loops burn fuel. */
  isLimited: boolean
  /** Whether sums of products add a product in the same instruction, which may not round it. */
  isFused: boolean
  /** What is worth sharing between threads. */
  sharing: Sharing
  /** Which loops and branches keep their states in local variables. */
  registers: RegisterLimits
}>
