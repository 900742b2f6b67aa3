/** Emit: the pass that writes the kernels of a planned program as one WebAssembly module. */
import { type DType, isFloating } from '../../language/dtype.js'
import { type HostFunction, host } from '../host.js'
import { type Access, type Leaf, type Loop, valuesOf } from '../kernel.js'
import { nestOf } from '../nest.js'
import type { Place, Planned } from '../plan.js'
import { arityOf, type RoutineName } from '../routines/index.js'
import { callsOf, isWritten, linkOf } from './calls.js'
import { Code, type ValueType } from './code.js'
import { Conductor, leavesOf } from './control.js'
import type { Call } from './element.js'
import { loopCode, partialsOf } from './loop.js'
import { ModuleWriter } from './module.js'
import type { KernelCode, Range } from './range.js'
import { routineCode } from './routine.js'
import { sortCode } from './sort.js'

// --- model
/** The bytes of a module that exports `main`, which takes the arena's address, and the functions it imports. */
export interface Emitted {
  readonly bytes: Uint8Array
  readonly imports: Readonly<Record<string, HostFunction>>
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
/** The name of the host function that an instruction of a dtype is, if it is one. */
const hostName = (name: string, dtype: DType): string | undefined =>
  !isFloating(dtype) || isWritten(name)
    ? undefined
    : dtype === 'float32' && `${name}32` in host
      ? `${name}32`
      : name in host
        ? name
        : undefined

/** The module of a planned program; `sharesMemory` says whether its memory is shared between threads. */
export const emit = (planned: Planned, sharesMemory: boolean): Emitted => {
  const writer = new ModuleWriter(sharesMemory)
  // Imported functions have the first numbers, so they are found before any function is added.
  const share = writer.import({ from: 'f', name: 'share', parameters: ['i32', 'i32'], results: [] })
  const imports: Record<string, HostFunction> = {}
  const numbers = new Map<string, number>()
  const use = (name: string, dtype: DType, arity: number): void => {
    const found = hostName(name, dtype)
    if (found === undefined || numbers.has(found)) return
    const parameters = new Array<ValueType>(arity).fill('f64')
    numbers.set(found, writer.import({ from: 'f', name: found, parameters, results: ['f64'] }))
    imports[found] = host[found]
  }
  const placeOf = ({ buffer }: Access): Place => planned.places.get(buffer) as Place
  const leaves = leavesOf(planned.kernels, placeOf)
  const routines = new Map<RoutineName, number>()
  for (const kernel of leaves.all)
    if (kernel.kind === 'call') {
      const { routine } = kernel
      const parameters = new Array<ValueType>(arityOf(routine)).fill('i32')
      routines.set(routine, writer.import({ from: 'r', name: routine, parameters, results: [] }))
    } else if (kernel.kind === 'loop')
      for (const value of valuesOf(kernel))
        if (value.kind === 'map') use(value.name, value.operands[0].node.dtype, value.operands.length)
  const written = callsOf(linkOf(writer))
  const call: Call = (code, name, dtype, arity, lanes) => {
    if (written(code, name, dtype, arity, lanes)) return true
    const number = numbers.get(hostName(name, dtype) ?? '')
    if (lanes > 1 || number === undefined) return false
    callHost(code, number, dtype, arity)
    return true
  }
  const callsHost = (kernel: Leaf): boolean =>
    kernel.kind === 'loop' &&
    valuesOf(kernel).some((x) => x.kind === 'map' && hostName(x.name, x.operands[0].node.dtype) !== undefined)
  // Behind the arena's buffers stand the partial results of one kernel, and behind them the threads' scratch memory.
  let arena = planned.arena
  const codes = new Map<Leaf, KernelCode>()
  for (const kernel of leaves.all) {
    if (kernel.kind === 'sort') codes.set(kernel, { code: sortCode(kernel, placeOf) })
    else if (kernel.kind === 'call')
      codes.set(kernel, routineCode(kernel, placeOf, routines.get(kernel.routine) as number))
    else {
      const nest = nestOf(kernel)
      const emitted = loopCode(nest, placeOf, call, planned.arena, callsHost(kernel))
      if (emitted.range?.after !== undefined) arena = Math.max(arena, planned.arena + partialsOf(nest))
      codes.set(kernel, emitted)
    }
  }
  const conductor = new Conductor(writer, codes, leaves, placeOf, share, arena)
  const main = new Code(['i32'])
  conductor.run(main, planned.kernels)
  writer.add(main, 'main')
  const scratch = [...codes.values()].reduce((most, { range }) => Math.max(most, range?.scratch ?? 0), 0)
  const { shared, functions, largest } = conductor
  return { bytes: writer.done(), imports, routines: routines.size > 0, shared, arena, scratch, functions, largest }
}

// Host functions take and give float64.
const callHost = (code: Code, number: number, dtype: DType, arity: number): void => {
  if (dtype === 'float64') {
    code.call(number)
    return
  }
  const rest = Array.from({ length: arity - 1 }, () => code.local('f32'))
  for (const local of rest) code.set(local)
  code.op('f64.promote_f32')
  for (const local of rest.reverse()) {
    code.get(local)
    code.op('f64.promote_f32')
  }
  code.call(number)
  code.op('f32.demote_f64')
  for (const local of rest) code.release(local)
}

export type { Loop }
