/** Routines: kernels that are calls of a function which does not depend on the program. */
import { itemSize } from '../../language/data/dtype.js'
import type { Access, Call } from '../kernels/kernel.js'
import { inOrder, orderedBy } from '../routines/index.js'
import type { Code } from '../wasm/code.js'
import type { PlaceOf } from './place.js'
import { rangeLocals } from './range.js'

// --- combinators
/** Puts the arguments of a call on the stack, but for the blocks that it is to do. */
export const pushArguments = (code: Code, call: Call, placeOf: PlaceOf): void => {
  const args = 'own' in call ? orderedBy<Access>(call.own.parameters, call.args) : inOrder<Access>(call)
  for (const arg of args)
    if (typeof arg === 'number') code.i32(arg)
    else {
      const place = placeOf(arg.buffer)
      const offset = arg.offset * itemSize[arg.dtype] + (place.kind === 'arena' ? place.offset : 0)
      code.get(rangeLocals.base)
      if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
      if (offset === 0) continue
      code.i32(offset)
      code.op('i32.add')
    }
}
