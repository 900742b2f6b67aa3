/**
 * Routines: functions that compiled programs call and that do not depend on the program. They are a separate module,
 * compiled once.
 */

import { engine, type Memory } from '../wasm/engine.js'
import type { Float } from '../wasm/write.js'
import { assembled } from './assembled.js'
import { multiplyArity } from './multiply.js'
import { packArity } from './pack.js'
import { columnsArity, rowsArity } from './vector.js'

// --- model
/** A routine takes 32-bit integers: addresses, sizes and strides, and finally a range of blocks. */
export type Routine = (...args: ReadonlyArray<number>) => void

/** How many arguments a routine takes, by the first word of its name; the second is its dtype. */
const arities = {
  packLeft: packArity,
  packRight: packArity,
  multiplyRows: multiplyArity,
  multiplyPanels: multiplyArity,
  vectorRows: rowsArity,
  vectorColumns: columnsArity
} as const

export type RoutineName = `${keyof typeof arities} ${Float}`

interface Routines {
  readonly bytes: Uint8Array
  readonly exports: Readonly<Record<string, Routine>>
}

let known: Routines | undefined

// --- combinators
export const arityOf = (name: RoutineName): number => arities[name.split(' ')[0] as keyof typeof arities]

/** All routines, working in the one memory. */
export const routinesIn = (memory: Memory, shared: boolean): Routines => {
  if (known !== undefined) return known
  const bytes = assembled(shared)
  const { Instance, Module } = engine()
  const { exports } = new Instance(new Module(bytes), { m: { m: memory } })
  known = { bytes, exports: exports as Routines['exports'] }
  return known
}
