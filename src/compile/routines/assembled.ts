/**
 * Assembled: the bytes of the routines' module. To write them takes some milliseconds, so the build puts them in the place
 * of this file (`scripts/build.mjs`).
 */
import type { Code } from '../wasm/code.js'
import { ModuleWriter } from '../wasm/module.js'
import type { Float } from '../wasm/write.js'
import { multiplyCode } from './multiply.js'
import { packCode } from './pack.js'
import { partCode, stripCode, tileColumns, tileRows } from './tile.js'
import { columnsCode, rowsCode } from './vector.js'

const floats: ReadonlyArray<Float> = ['float32', 'float64']

// --- constructors
/**
 * The bytes of the module, whose functions have the names of routines. `shared` says whether its memory is, and `isFused`
 * whether products are added in the same instruction.
 */
export const assembled = (shared: boolean, isFused: boolean): Uint8Array => {
  const writer = new ModuleWriter(shared)
  for (const dtype of floats) {
    const add = (name: string, code: Code): number => writer.add(code, `${name} ${dtype}`)
    add('packLeft', packCode(dtype, tileRows))
    add('packRight', packCode(dtype, tileColumns(dtype)))
    const part = writer.add(partCode(dtype))
    add('multiplyRows', multiplyCode(dtype, 'rows', writer.add(stripCode(dtype, 'rows', part, isFused))))
    add('multiplyPanels', multiplyCode(dtype, 'panels', writer.add(stripCode(dtype, 'panels', part, isFused))))
    add('vectorRows', rowsCode(dtype, isFused))
    add('vectorColumns', columnsCode(dtype, isFused))
  }
  return writer.done()
}
