/** Runtime: what compiled programs share while they run. Programs of different runtimes share nothing. */
import { once } from '../../language/data/once.js'
import { type Sharing, usualSharing } from '../emit/range.js'
import { type RegisterLimits, usualRegisters } from '../emit/small.js'
import { type UpdateLimits, usualUpdates } from '../graph/updates.js'
import { type Instantiated, routinesIn } from '../routines/index.js'
import { type Heap, heapOf } from './heap.js'
import { type Memory, memoryOf } from './memory.js'
import { type Team, teamOf } from './team.js'

// --- model
/** What a runtime does, and its programs, from which size on. No result depends on it but for rounding. */
export interface Limits {
  /** The bytes of arrays that stay in memory. */
  readonly heap: number
  /** The work that is shared between threads. */
  readonly sharing: Sharing
  /** The loops and branches that keep their states in local variables. */
  readonly registers: RegisterLimits
  /** The loops that update their state in place. */
  readonly updates: UpdateLimits
}

/** The memory of compiled programs, the arrays in it, and the threads that work on them. */
export interface Runtime {
  readonly limits: Limits
  readonly memory: Memory
  readonly heap: Heap
  readonly team: Team
  /** The routines that its programs call, those that add products in the same instruction, or those that do not. */
  readonly routines: (isFused: boolean) => Instantiated
}

const usual: Limits = { heap: 512 * 2 ** 20, sharing: usualSharing, registers: usualRegisters, updates: usualUpdates }

// --- constructors
/** A runtime of its own. Its memory and its threads are created when a program needs them. */
export const runtimeOf = (given: Partial<Limits> = {}): Runtime => {
  const limits = { ...usual, ...given }
  const memory = memoryOf()
  const heap = heapOf(memory, limits.heap)
  const team = teamOf(heap, limits.sharing.first)
  const [fused, plain] = [true, false].map((each) => once(() => routinesIn(memory.pages(), memory.isShared(), each)))
  return { limits, memory, heap, team, routines: (isFused) => (isFused ? fused : plain)() }
}

/** The runtime of all programs for which no other is given. */
export const standard: Runtime = runtimeOf()
