/**
 * Routines: functions that compiled programs call and that do not depend on the program. They are a separate module,
 * compiled once.
 */

import type { ValueType } from '../wasm/code.js'
import { engine, type Memory } from '../wasm/engine.js'
import type { Float } from '../wasm/write.js'
import { assembled } from './assembled.js'
import { multiplyParameters } from './multiply.js'
import { packParameters } from './pack.js'
import { type Arguments, type Parameters, typesOf } from './parameters.js'
import { columnsParameters, rowsParameters } from './vector.js'

// --- model
/** A routine takes 32-bit integers: addresses, sizes and strides, and finally a range of blocks. */
export type Routine = (...args: ReadonlyArray<number>) => void

/** The parameters of routines, by the first word of a name; the second is the dtype. */
const routines = {
  packLeft: packParameters,
  packRight: packParameters,
  multiplyRows: multiplyParameters,
  multiplyPanels: multiplyParameters,
  vectorRows: rowsParameters,
  vectorColumns: columnsParameters
} as const

type Routines = typeof routines
type Word = keyof Routines

export type RoutineName = `${Word} ${Float}`

/** A routine with its arguments, where an address is an `A`. */
export type Called<A> = {
  readonly [K in Word]: { readonly routine: `${K} ${Float}`; readonly args: Arguments<Routines[K], A> }
}[Word]

/** The routines as they work in one memory, and the bytes of their module. */
export interface Instantiated {
  readonly isFused: boolean
  readonly bytes: Uint8Array
  readonly exports: Readonly<Record<string, Routine>>
}

// --- combinators
const parametersOf = (name: RoutineName) => routines[name.split(' ')[0] as Word]

/** The types of the arguments of a routine. */
export const argumentTypes = (name: RoutineName): ReadonlyArray<ValueType> => typesOf(parametersOf(name))

/** The arguments of a routine in the order in which it takes them, without its range of blocks. */
export const inOrder = <A>({ routine, args }: Called<A>): ReadonlyArray<A | number> =>
  orderedBy(parametersOf(routine), args)

/** Arguments by name in the order of parameters. */
export const orderedBy = <A>(
  parameters: Parameters,
  args: Readonly<Record<string, A | number>>
): ReadonlyArray<A | number> => Object.keys(parameters).map((name) => args[name])

/**
 * All routines, working in a memory. `shared` says whether it is, and `isFused` whether products are added in the same
 * instruction.
 */
export const routinesIn = (memory: Memory, shared: boolean, isFused: boolean): Instantiated => {
  const bytes = assembled(shared, isFused)
  const { Instance, Module } = engine()
  const { exports } = new Instance(new Module(bytes), { m: { m: memory } })
  return { isFused, bytes, exports: exports as Instantiated['exports'] }
}
