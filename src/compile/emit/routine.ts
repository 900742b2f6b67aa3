/** Routines: kernels that are calls of a function which does not depend on the program. */
import { itemSize } from '../../language/dtype.js'
import type { Access, Call } from '../kernel.js'
import type { Place } from '../plan.js'
import { Code } from './code.js'
import { blockOf, type KernelCode, rangeLocals, rangeParameters } from './range.js'

// --- combinators
/** The function of a call of the imported function with a number. */
export const routineCode = (
  { args, blocks, work }: Call,
  placeOf: (access: Access) => Place,
  number: number
): KernelCode => {
  const code = new Code(rangeParameters)
  for (const arg of args)
    if (typeof arg === 'number') code.i32(arg)
    else {
      const place = placeOf(arg)
      const offset = arg.offset * itemSize[arg.dtype] + (place.kind === 'arena' ? place.offset : 0)
      code.get(rangeLocals.base)
      if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
      if (offset === 0) continue
      code.i32(offset)
      code.op('i32.add')
    }
  code.get(rangeLocals.from)
  code.get(rangeLocals.to)
  code.call(number)
  return { code, range: { extent: blocks, block: blockOf(blocks, work), work } }
}
