/** Small: which loops and branches become a single function that keeps arrays in local variables. */
import * as S from '../../language/data/shape.js'
import { insideOf, type Kernel, movesOf, valuesOf } from '../kernels/kernel.js'

// --- model
/** The most instructions in a function, and the most elements of an array in local variables. */
export type RegisterLimits = Readonly<{ instructions: number; elements: number }>
export const usualRegisters: RegisterLimits = { instructions: 500, elements: 16 }

// --- combinators
/** Whether a loop or branch is small enough to be one function. */
export const isSmall = (kernel: Kernel, { instructions }: RegisterLimits): boolean =>
  instructionsOf([kernel], instructions) <= instructions

// The number of instructions of kernels with all loop nests unrolled; infinity if there are too many or they cannot be.
const instructionsOf = (kernels: ReadonlyArray<Kernel>, most: number): number => {
  let sum = 0
  for (const kernel of kernels) {
    switch (kernel.kind) {
      case 'loop': {
        const { domain, statements } = kernel
        const isPlain = statements.every(({ kind }) => kind === 'store' || kind === 'reduce')
        if (!isPlain || S.size(domain) > most) return Number.POSITIVE_INFINITY
        const values = valuesOf(kernel).filter(({ kind }) => kind === 'map' || kind === 'gather')
        sum += S.size(domain) * (values.length + statements.length)
        break
      }
      case 'sort':
      case 'call':
        return Number.POSITIVE_INFINITY
      default:
        for (const inside of insideOf(kernel)) sum += instructionsOf(inside, most)
        for (const { to } of movesOf(kernel)) sum += to.size
    }
    if (sum > most) return Number.POSITIVE_INFINITY
  }
  return sum
}
