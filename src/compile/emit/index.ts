/** Emit: the pass that writes the kernels of a planned program as one WebAssembly module. */
import { type Access, type Buffer, buffersOf, type Leaf } from '../kernel.js'
import { nestOf } from '../nest.js'
import type { Place, Planned } from '../plan.js'
import { arityOf, type RoutineName } from '../routines/index.js'
import { callsOf, linkOf } from './calls.js'
import { Code, type ValueType } from './code.js'
import { Conductor, leavesOf } from './control.js'
import { loopCode, partialsOf } from './loop/index.js'
import { ModuleWriter } from './module.js'
import type { KernelCode, Range } from './range.js'
import { registerCode, type Together } from './registers.js'
import { routineCode } from './routine.js'
import { sortCode } from './sort.js'

// --- model
/** The bytes of a module that exports `main`, which takes the arena's address. */
export interface Emitted {
  readonly bytes: Uint8Array
  /** Whether it imports routines. */
  readonly routines: boolean
  /** The kernels that threads share: functions that the module exports by their places here. */
  readonly shared: ReadonlyArray<Range>
  /** The bytes that the arena needs, without the threads' scratch memory behind it, and of that how many a thread needs. */
  readonly arena: number
  readonly scratch: number
  /** The number of functions, and the bytes of the largest one. */
  readonly functions: number
  readonly largest: number
}

// --- combinators
/** The module of a planned program; `sharesMemory` says whether its memory is shared between threads. */
export const emit = (planned: Planned, sharesMemory: boolean): Emitted => {
  const writer = new ModuleWriter(sharesMemory)
  // Imported functions have the first numbers, so they are found before any function is added.
  const share = writer.import({ from: 'f', name: 'share', parameters: ['i32', 'i32'], results: [] })
  const placeOf = ({ buffer }: Access): Place => planned.places.get(buffer) as Place
  const leaves = leavesOf(planned.kernels, placeOf)
  const routines = new Map<RoutineName, number>()
  for (const kernel of leaves.all)
    if (kernel.kind === 'call') {
      const { routine } = kernel
      const parameters = new Array<ValueType>(arityOf(routine)).fill('i32')
      routines.set(routine, writer.import({ from: 'r', name: routine, parameters, results: [] }))
    }
  const calls = callsOf(linkOf(writer))
  // Behind the arena's buffers stand the partial results of one kernel, and behind them the threads' scratch memory.
  let arena = planned.arena
  const codes = new Map<Leaf, KernelCode>()
  for (const kernel of leaves.apart) {
    if (kernel.kind === 'sort') codes.set(kernel, { code: sortCode(kernel, placeOf) })
    else if (kernel.kind === 'call')
      codes.set(kernel, routineCode(kernel, placeOf, routines.get(kernel.routine) as number))
    else {
      const nest = nestOf(kernel)
      const emitted = loopCode(nest, placeOf, calls, planned.arena)
      if (emitted.range?.after !== undefined) arena = Math.max(arena, planned.arena + partialsOf(nest))
      codes.set(kernel, emitted)
    }
  }
  const isOutside = outsideOf(planned)
  const together = (kernel: Together): Code => registerCode(kernel, placeOf, isOutside(kernel), calls.written)
  const conductor = new Conductor(writer, codes, leaves, placeOf, together, share, arena)
  const main = new Code(['i32'])
  conductor.run(main, planned.kernels)
  writer.add(main, 'main')
  const scratch = [...codes.values()].reduce((most, { range }) => Math.max(most, range?.scratch ?? 0), 0)
  const { shared, functions, largest } = conductor
  return { bytes: writer.done(), routines: routines.size > 0, shared, arena, scratch, functions, largest }
}

// Whether something outside of a loop or branch reads or writes a buffer.
const outsideOf = ({ kernels, outputs }: Planned): ((inside: Together) => (x: Buffer) => boolean) => {
  const count = (buffers: ReadonlyArray<Buffer | undefined>): ReadonlyMap<Buffer | undefined, number> => {
    const counts = new Map<Buffer | undefined, number>()
    for (const buffer of buffers) counts.set(buffer, (counts.get(buffer) ?? 0) + 1)
    return counts
  }
  const all = count([...buffersOf(kernels), ...outputs])
  return (inside) => {
    const own = count(buffersOf([inside]))
    return (x) => x.role !== 'computed' || all.get(x) !== own.get(x)
  }
}
