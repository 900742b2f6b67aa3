/** Inside: the one check of plans that always runs. */
import { broken } from '../graph/checked.js'
import { bufferName } from '../kernels/kernel.js'
import { bytesOf, type Planned } from './plan.js'

// --- combinators
/** Checks that every buffer of a plan, or the pointer to it, is inside of the arena: machine code trusts it. */
export const checkInside = (pass: string, { places, arena }: Planned): void => {
  for (const [buffer, place] of places) {
    const from = place.kind === 'arena' ? place.offset : 4 * place.slot
    const end = from + (place.kind === 'arena' ? bytesOf(buffer) : 4)
    if (!(from >= 0 && end <= arena))
      broken(pass, bufferName(buffer), `stands from ${from} to ${end}, outside of the arena of ${arena} bytes`)
  }
}
