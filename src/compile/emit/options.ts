/** Options: what the code of a program depends on beside the program. */
import { type Sharing, usualSharing } from './range.js'

// --- model
export type EmitOptions = Readonly<{
  /** Whether its memory is shared between threads. */
  sharesMemory: boolean
  /** Whether its loops burn fuel. */
  isLimited: boolean
  /** What is worth sharing between threads. */
  sharing: Sharing
}>

export const usualOptions: EmitOptions = { sharesMemory: true, isLimited: false, sharing: usualSharing }
