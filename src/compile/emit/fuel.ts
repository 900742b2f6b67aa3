/** Fuel in machine code: a counter of the module, which a limited loop decreases at each step. */
import type { Code } from '../wasm/code.js'

// --- model
/** The name by which the module exports the counter; below 0 it has run out. */
export const fuel = 'fuel'

// --- combinators
/**
 * Takes the fuel of one step, and leaves the block at a depth if there is none. When it has run out no loop takes a step
 * any more, so that the program ends soon; its caller sees the counter and throws.
 */
export const burn = (code: Code, depth: number): void => {
  code.getCounter()
  code.i32(0)
  code.op('i32.lt_s')
  code.brIf(depth)
  code.getCounter()
  code.i32(1)
  code.op('i32.sub')
  code.setCounter()
  code.getCounter()
  code.i32(0)
  code.op('i32.lt_s')
  code.brIf(depth)
}
