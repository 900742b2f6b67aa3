/** Places in code: the addresses of buffers, whose places the plan has given. */
import type { Buffer } from '../kernels/kernel.js'
import type { Place } from '../plan/plan.js'
import type { Code, Local } from '../wasm/code.js'

// --- model
export type PlaceOf = (buffer: Buffer) => Place

// --- combinators
export const isSamePlace = (a: Place, b: Place): boolean =>
  a.kind === 'arena' ? b.kind === 'arena' && a.offset === b.offset : b.kind === 'pointer' && a.slot === b.slot

/** The address of a place on the stack, from the arena's in a local. */
export const address = (code: Code, place: Place, base: Local): void => {
  code.get(base)
  if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
  else {
    code.i32(place.offset)
    code.op('i32.add')
  }
}
