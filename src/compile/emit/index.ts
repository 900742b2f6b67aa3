/** Emit: the pass that writes the kernels of a planned program as one WebAssembly module. */
import { type Buffer, buffersOf, insideOf, type Kernel, type Nested } from '../kernels/kernel.js'
import type { Place, Planned } from '../plan/plan.js'
import { argumentTypes, type RoutineName } from '../routines/index.js'
import { Code } from '../wasm/code.js'
import { ModuleWriter } from '../wasm/module.js'
import { callsOf, linkOf } from './calls.js'
import { Conductor } from './control.js'
import { fuel } from './fuel.js'
import type { EmitOptions } from './options.js'
import type { PlaceOf } from './place.js'
import type { Range } from './range.js'
import { registerCode } from './registers.js'

// --- model
/** The bytes of a module that exports `main`, which takes the arena's address. */
export interface Emitted {
  readonly bytes: Uint8Array
  /** Whether it imports routines. */
  readonly routines: boolean
  /** Whether these add products in the same instruction. */
  readonly isFused: boolean
  /** The kernels that threads share: functions that the module exports by their places here. */
  readonly shared: ReadonlyArray<Range>
  /** The bytes that the arena needs. */
  readonly arena: number
  /** How many functions it has. */
  readonly functions: number
}

// --- combinators
/** The module of a planned program. */
export const emit = (planned: Planned, options: EmitOptions): Emitted => {
  const { isLimited } = options
  const writer = new ModuleWriter(options.sharesMemory)
  if (isLimited) writer.counter(fuel)
  // Imported functions have the first numbers, so they are found before any function is added.
  const share = writer.import({ from: 'f', name: 'share', parameters: ['i32', 'i32'], results: [] })
  const routines = new Map<RoutineName, number>()
  importRoutines(planned.kernels, writer, routines)
  const calls = callsOf(linkOf(writer))
  const placeOf: PlaceOf = (buffer) => planned.places.get(buffer) as Place
  const isOutside = outsideOf(planned)
  const together = (kernel: Nested): Code => registerCode(kernel, placeOf, isOutside(kernel), calls.written, options)
  const conductor = new Conductor(writer, placeOf, { share, routines }, calls, together, planned.arena, options)
  const main = new Code(['i32'])
  conductor.run(main, planned.kernels)
  writer.add(main, 'main')
  return {
    bytes: writer.done(),
    routines: routines.size > 0,
    isFused: options.isFused,
    shared: conductor.shared,
    arena: planned.arena + conductor.partials,
    functions: writer.functions
  }
}

const importRoutines = (
  kernels: ReadonlyArray<Kernel>,
  writer: ModuleWriter,
  numbers: Map<RoutineName, number>
): void => {
  for (const kernel of kernels)
    if (kernel.kind === 'call') {
      if ('own' in kernel || numbers.has(kernel.routine)) continue
      const { routine } = kernel
      numbers.set(routine, writer.import({ from: 'r', name: routine, parameters: argumentTypes(routine), results: [] }))
    } else for (const inside of insideOf(kernel)) importRoutines(inside, writer, numbers)
}

// Whether something outside of a loop or branch reads or writes a buffer.
const outsideOf = ({ kernels, outputs }: Planned): ((inside: Nested) => (x: Buffer) => boolean) => {
  const count = (buffers: ReadonlyArray<Buffer | undefined>): ReadonlyMap<Buffer | undefined, number> => {
    const counts = new Map<Buffer | undefined, number>()
    for (const buffer of buffers) counts.set(buffer, (counts.get(buffer) ?? 0) + 1)
    return counts
  }
  let all: ReadonlyMap<Buffer | undefined, number> | undefined
  return (inside) => {
    all ??= count([...buffersOf(kernels), ...outputs])
    const everywhere = all
    const own = count(buffersOf([inside]))
    return (x) => x.role !== 'computed' || everywhere.get(x) !== own.get(x)
  }
}
