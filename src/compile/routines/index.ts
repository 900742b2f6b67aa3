/**
 * Routines: functions that compiled programs call and that do not depend on the program, in a module of their own. It is
 * assembled when the first program needs it, and machine code for it is made once.
 */
import type { Code } from '../emit/code.js'
import { ModuleWriter } from '../emit/module.js'
import { engine, type Memory } from '../engine.js'
import { multiplyArity, multiplyCode } from './multiply.js'
import { packArity, packCode } from './pack.js'
import { stripCode, tileColumns, tileRows } from './tile.js'
import { columnsArity, columnsCode, rowsArity, rowsCode } from './vector.js'
import type { Float } from './write.js'

// --- model
/** A routine takes 32-bit integers: addresses, sizes and strides, and last the blocks from which to before which it works. */
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

const floats: ReadonlyArray<Float> = ['float32', 'float64']

// --- constructors
/** The bytes of the module; `shared` says whether its memory is. */
export const routineBytes = (shared: boolean): Uint8Array => {
  const writer = new ModuleWriter(shared)
  for (const dtype of floats) {
    const add = (name: keyof typeof arities, code: Code): number => writer.add(code, `${name} ${dtype}`)
    add('packLeft', packCode(dtype, tileRows))
    add('packRight', packCode(dtype, tileColumns(dtype)))
    add('multiplyRows', multiplyCode(dtype, 'rows', writer.add(stripCode(dtype, 'rows'))))
    add('multiplyPanels', multiplyCode(dtype, 'panels', writer.add(stripCode(dtype, 'panels'))))
    add('vectorRows', rowsCode(dtype))
    add('vectorColumns', columnsCode(dtype))
  }
  return writer.done()
}

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
  const bytes = routineBytes(shared)
  const { exports } = new engine.Instance(new engine.Module(bytes), { m: { m: memory } })
  known = { bytes, exports: exports as Routines['exports'] }
  return known
}
