/**
 * Limits: checks a plan. Machine code counts in 32 bits and does not check the addresses of buffers, so a program that
 * exceeds these limits is rejected before anything runs.
 */
import { fail } from '../../language/data/error.js'
import * as S from '../../language/data/shape.js'
import { type Fused, insideOf, type Kernel } from '../kernels/kernel.js'
import { checkInside } from '../plan/inside.js'
import { bytesOf, type Planned } from '../plan/plan.js'
import { refuse } from './memory.js'

// --- model
/** The largest number of elements of a loop nest, and of steps of a loop. */
export const mostSteps = 2 ** 31 - 1
/** The largest size of an arena in bytes; the partial results of threads are stored behind it. */
const mostBytes = 2 ** 32 - 2 ** 24

// --- combinators
const tooLong = (what: string, count: number): never =>
  fail('StagingError', 'compile', `${what} ${count}, but compiled loops count up to ${mostSteps}`, {
    hint: 'split the work into several parts, or nest loops'
  })

const checkKernels = (kernels: ReadonlyArray<Kernel>): void => {
  for (const kernel of kernels) {
    if (kernel.kind === 'iterate' && kernel.length > mostSteps) tooLong('the number of steps is', kernel.length)
    if (kernel.kind === 'loop' && S.size(kernel.domain) > mostSteps)
      tooLong('the number of elements is', S.size(kernel.domain))
    for (const inside of insideOf(kernel)) checkKernels(inside)
  }
}

/** Checks that the loops and buffers of kernels are within the limits. */
export const countable = <F extends Fused>(fused: F): F => {
  for (const buffer of fused.buffers) if (!(bytesOf(buffer) <= mostBytes)) refuse(bytesOf(buffer))
  checkKernels(fused.kernels)
  return fused
}

/** Checks that every buffer of a plan is inside an arena within the limits. */
export const placed = (planned: Planned): Planned => {
  if (!(planned.arena <= mostBytes)) refuse(planned.arena)
  checkInside('plan', planned)
  return planned
}
