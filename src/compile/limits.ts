/**
 * Limits: the checker of a plan. Machine code counts in 32 bits and trusts the places of buffers, so that a program which
 * would go beyond is refused before anything runs.
 */
import { fail } from '../language/error.js'
import * as S from '../language/shape.js'
import { type Fused, insideOf, type Kernel } from './kernel.js'
import * as Memory from './memory.js'
import { bytesOf, type Planned } from './plan.js'

// --- model
/** So many elements has a loop nest at most, and so many steps a loop. */
export const mostSteps = 2 ** 31 - 1
/** The bytes of an arena, behind which there is room for the partial results of threads. */
const mostBytes = 2 ** 32 - 2 ** 24

// --- combinators
const tooLong = (what: string, count: number): never =>
  fail('StagingError', 'compile', `${what} ${count}: compiled loops count to ${mostSteps}`, {
    hint: 'do it in several parts, or in a loop within a loop'
  })

const checkKernels = (kernels: ReadonlyArray<Kernel>): void => {
  for (const kernel of kernels) {
    if (kernel.kind === 'iterate' && kernel.length > mostSteps) tooLong('the number of steps is', kernel.length)
    if (kernel.kind === 'loop' && S.size(kernel.domain) > mostSteps)
      tooLong('the number of elements is', S.size(kernel.domain))
    for (const inside of insideOf(kernel)) checkKernels(inside)
  }
}

/** Kernels whose loops can be counted, of buffers that memory can have. */
export const countable = <F extends Fused>(fused: F): F => {
  for (const buffer of fused.buffers) if (!(bytesOf(buffer) <= mostBytes)) Memory.refuse(bytesOf(buffer))
  checkKernels(fused.kernels)
  return fused
}

/** A plan all of whose places lie inside of an arena that memory can have. */
export const placed = (planned: Planned): Planned => {
  const { places, arena } = planned
  if (!(arena <= mostBytes)) Memory.refuse(arena)
  for (const [buffer, place] of places) {
    const from = place.kind === 'arena' ? place.offset : 4 * place.slot
    const end = from + (place.kind === 'arena' ? bytesOf(buffer) : 4)
    if (!(from >= 0 && end <= arena))
      throw new Error(`compile: a buffer from ${from} to ${end} is outside of the arena`)
  }
  return planned
}
