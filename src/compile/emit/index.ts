/** Emit: the pass that writes the kernels of a planned program as one WebAssembly module. */
import { type DType, isFloating } from '../../language/dtype.js'
import { type HostFunction, host } from '../host.js'
import { type Access, type Dot, type Kernel, type Loop, valuesOf } from '../kernel.js'
import { nestOf } from '../nest.js'
import type { Place, Planned } from '../plan.js'
import { Code, type ValueType } from './code.js'
import type { Call } from './element.js'
import { loopCode } from './loop.js'
import { ModuleWriter } from './module.js'
import { productLoop } from './product.js'
import { sortCode } from './sort.js'

// --- model
/** The bytes of a module that exports `main`, which takes the arena's address, and the functions it imports. */
export interface Emitted {
  readonly bytes: Uint8Array
  readonly imports: Readonly<Record<string, HostFunction>>
  /** The number of functions, and the bytes of the largest one. */
  readonly functions: number
  readonly largest: number
}

// --- combinators
/** The name of the host function that an instruction of a dtype is, if it is one. */
const hostName = (name: string, dtype: DType): string | undefined =>
  !isFloating(dtype)
    ? undefined
    : dtype === 'float32' && `${name}32` in host
      ? `${name}32`
      : name in host
        ? name
        : undefined

/** The module of a planned program; `shared` says whether its memory is. */
export const emit = (planned: Planned, shared: boolean): Emitted => {
  const writer = new ModuleWriter(shared)
  const imports: Record<string, HostFunction> = {}
  const numbers = new Map<string, number>()
  const use = (name: string, dtype: DType, arity: number): void => {
    const found = hostName(name, dtype)
    if (found === undefined || numbers.has(found)) return
    const parameters = new Array<ValueType>(arity).fill('f64')
    numbers.set(found, writer.import({ name: found, parameters, results: ['f64'] }))
    imports[found] = host[found]
  }
  // Imported functions have the first numbers, so they are found before any code is written.
  const kernels = planned.kernels.map((kernel) => (kernel.kind === 'dot' ? productLoop(kernel) : kernel))
  for (const kernel of kernels)
    if (kernel.kind === 'loop')
      for (const value of valuesOf(kernel))
        if (value.kind === 'map') use(value.name, value.operands[0].node.dtype, value.operands.length)
  const call: Call = (code, name, dtype, arity, lanes) => {
    const number = numbers.get(hostName(name, dtype) ?? '')
    if (lanes > 1 || number === undefined) return false
    callHost(code, number, dtype, arity)
    return true
  }
  const placeOf = ({ buffer }: Access): Place => planned.places.get(buffer) as Place
  const codes = kernels.map((kernel) => codeOf(kernel, placeOf, call))
  const indices = codes.map((code) => writer.add(code))
  writer.add(mainOf(indices), 'main')
  const largest = codes.reduce((most, code) => Math.max(most, code.bytes.length), 0)
  return { bytes: writer.done(), imports, functions: codes.length, largest }
}

const codeOf = (kernel: Exclude<Kernel, Dot>, placeOf: (access: Access) => Place, call: Call): Code =>
  kernel.kind === 'loop' ? loopCode(nestOf(kernel), placeOf, call) : sortCode(kernel, placeOf)

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

const mainOf = (indices: ReadonlyArray<number>): Code => {
  const code = new Code(['i32'])
  for (const index of indices) {
    code.get(0)
    code.call(index)
  }
  return code
}

export type { Loop }
