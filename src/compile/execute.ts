/** Execute: the pass that runs a program: arguments go in, its one function is called, results come out. */
import { filled, NDArray } from '../language/array.js'
import { type Data, type DType, itemSize } from '../language/dtype.js'
import { fail } from '../language/error.js'
import * as S from '../language/shape.js'
import type * as T from '../language/type.js'
import { type Emitted, emit } from './emit/index.js'
import type { Imports, Instance } from './engine.js'
import type { Node } from './graph.js'
import * as Heap from './heap.js'
import type { Buffer } from './kernel.js'
import * as Memory from './memory.js'
import type { Planned } from './plan.js'
import { routinesIn } from './routines/index.js'
import * as Team from './team.js'

// --- model
/** An argument: a number, an array, or elements that belong to the caller, who may write to them later. */
export type Argument = number | NDArray | Data

/** A program that can be run: from its arguments to its results. */
export type Executable = (args: ReadonlyArray<Argument>) => ReadonlyArray<NDArray>

/** A program in machine code, which needs an instance of its module to run. */
export interface Assembled {
  readonly bytes: Uint8Array
  readonly imports: Imports
  readonly executable: (instance: Instance) => Executable
}

/** What stands behind a pointer: a constant, an argument, or a result, which may take an argument's place. */
type Pointed =
  | Readonly<{ kind: 'constant'; value: NDArray }>
  | Readonly<{ kind: 'input'; index: number; dtype: DType }>
  | Readonly<{ kind: 'result'; dtype: DType; size: number; over: number }>

// How a result is had: it is an argument, it is always the same, or it stands in memory.
type Result = (args: ReadonlyArray<Argument>, base: number, residents: ReadonlyArray<Heap.Resident>) => NDArray

// --- constructors
/**
 * A planned program, assembled. Results have the types that their terms had. The arguments that are donated are lost when
 * it has run.
 */
export const assembled = (
  planned: Planned,
  inputs: ReadonlyArray<Node>,
  outputs: ReadonlyArray<Node>,
  types: ReadonlyArray<T.Type>,
  { threads, donated }: Readonly<{ threads: number; donated: ReadonlyArray<number> }>
): Assembled => {
  const { places, pointers, over } = planned
  const { bytes, imports, started } = linked(emit(planned, Memory.isShared()), threads)
  const indexOf = new Map(inputs.map((node, k) => [node, k]))
  const copies: Array<readonly [index: number, dtype: DType, offset: number, size: number]> = []
  for (const [{ role, node, dtype, size }, place] of places)
    if (role === 'input' && place.kind === 'arena')
      copies.push([indexOf.get(node) as number, dtype, place.offset / itemSize[dtype], size])
  const pointed = pointers.map((buffer): Pointed => {
    const { role, node, dtype, size } = buffer
    if (role === 'constant') return { kind: 'constant', value: node.detail as NDArray }
    if (role === 'input') return { kind: 'input', index: indexOf.get(node) as number, dtype }
    return { kind: 'result', dtype, size, over: pointers.indexOf(over.get(buffer) as Buffer) }
  })
  const results = outputs.map((output, k) => resultOf(output, k, planned, types[k], donated))
  const copyIn = (args: ReadonlyArray<Argument>, base: number): void => {
    for (let k = 0; k < copies.length; k++) {
      const [index, dtype, offset, size] = copies[k]
      const argument = args[index]
      const elements = Memory.elementsOf(dtype)
      const at = base / itemSize[dtype] + offset
      if (typeof argument === 'number') elements[at] = argument
      else if (size === 1) elements[at] = argument instanceof NDArray ? argument.first : argument[0]
      else {
        const data = argument instanceof NDArray ? argument.data : argument
        if (size <= 32) for (let i = 0; i < size; i++) elements[at + i] = data[i]
        else elements.set(data as never, at)
      }
    }
  }
  const none: ReadonlyArray<Heap.Resident> = []
  const direct =
    ({ main, arena }: Started): Executable =>
    (args) => {
      const base = Heap.arenaOf(arena)
      copyIn(args, base)
      main(base)
      return results.map((result) => result(args, base, none))
    }
  const pointing =
    ({ main, arena }: Started): Executable =>
    (args) => {
      Heap.begin()
      const residents: Array<Heap.Resident> = []
      // What is of no use when the call has ended or failed: copies of the caller's elements, and results.
      const passing: Array<Heap.Resident> = []
      try {
        if (donated.length > 0) checkDonated(args, donated, pointed)
        const base = Heap.arenaOf(arena)
        copyIn(args, base)
        for (const each of pointed) residents.push(pointedBy(each, args, residents, passing))
        const addresses = residents.map(Heap.addressOf)
        const slots = Memory.elementsOf('uint32')
        for (let k = 0; k < addresses.length; k++) slots[base / 4 + k] = addresses[k]
        main(base)
        pointed.forEach((each, k) => {
          if (each.kind !== 'result') return
          if (each.over >= 0) {
            residents[k] = new Heap.Resident(each.dtype, each.size)
            Heap.hand(residents[each.over], residents[k])
          } else passing.splice(passing.indexOf(residents[k]), 1)
        })
        const made = results.map((result) => result(args, base, residents))
        for (const index of donated) loseArgument(args[index])
        return made
      } finally {
        for (const each of passing) Heap.leave(each)
      }
    }
  const isDirect = pointed.length === 0 && donated.length === 0
  return { bytes, imports, executable: (instance) => (isDirect ? direct : pointing)(started(instance)) }
}

// The resident behind a pointer.
const pointedBy = (
  each: Pointed,
  args: ReadonlyArray<Argument>,
  residents: ReadonlyArray<Heap.Resident>,
  passing: Array<Heap.Resident>
): Heap.Resident => {
  if (each.kind === 'constant') return Heap.residentOf(each.value)
  if (each.kind === 'result') {
    if (each.over >= 0) return residents[each.over]
    const fresh = Heap.fresh(each.dtype, each.size)
    passing.push(fresh)
    return fresh
  }
  const argument = args[each.index] as NDArray | Data
  if (argument instanceof NDArray) return Heap.residentOf(argument)
  const copy = new Heap.Resident(each.dtype, argument.length, argument)
  passing.push(copy)
  return copy
}

// The module's one function, and the bytes of arena that it needs.
type Started = Readonly<{ main: (base: number) => void; arena: number }>

// What a module imports, and what is made of its instance.
const linked = ({ bytes, routines, shared, arena }: Emitted, threads: number) => {
  const several = shared.length === 0 || !Memory.isShared() ? 1 : threads
  if (several > 1) Team.start(several)
  const memory = Memory.theMemory()
  const known = routines ? routinesIn(memory, Memory.isShared()) : undefined
  const kernels: Array<Team.Kernel> = []
  const share = Team.sharing({ bytes, routines: known?.bytes, kernels, ranges: shared, threads: several })
  const started = ({ exports }: Instance): Started => {
    for (let k = 0; k < shared.length; k++) kernels.push(exports[k] as Team.Kernel)
    return { main: exports.main as Started['main'], arena }
  }
  return { bytes, imports: { m: { m: memory }, f: { share }, r: known?.exports ?? {} }, started }
}

const resultOf = (
  output: Node,
  at: number,
  { places, pointers, outputs }: Planned,
  type: T.Type,
  donated: ReadonlyArray<number>
): Result => {
  if (output.kind === 'input') {
    const index = output.detail
    const isLost = donated.includes(index)
    return (args) => {
      const argument = args[index]
      if (typeof argument === 'number') return new NDArray(type, argument)
      if (!(argument instanceof NDArray)) return new NDArray(type, argument.slice())
      return !isLost && argument.type === type ? argument : new NDArray(type, argument.data.slice())
    }
  }
  // Each call has an array of its own, since one may be donated; the elements are the same.
  if (output.kind === 'constant' || output.kind === 'literal') {
    const value = output.kind === 'constant' ? output.detail : filled(type, output.detail)
    return () => new NDArray(type, type.shape.length === 0 ? value.first : value.data)
  }
  const buffer = outputs[at] as Buffer
  const place = places.get(buffer)
  const { dtype } = output
  const size = S.size(output.shape)
  if (place?.kind === 'arena') {
    const offset = place.offset / itemSize[dtype]
    if (type.shape.length === 0)
      return (_, base) => new NDArray(type, Memory.elementsOf(dtype)[base / itemSize[dtype] + offset])
    return (_, base) => new NDArray(type, Memory.read(base + place.offset, dtype, size))
  }
  const slot = pointers.indexOf(buffer)
  // It is not its own if it is an argument or a constant in another shape, or the same as another result.
  const isOwn = buffer.role === 'computed' && outputs.indexOf(buffer) === at
  return (_args, _base, residents) => Heap.arrayOf(type, isOwn ? residents[slot] : Heap.copyOf(residents[slot]))
}

// --- donation
const checkDonated = (
  args: ReadonlyArray<Argument>,
  donated: ReadonlyArray<number>,
  pointed: ReadonlyArray<Pointed>
): void => {
  for (const index of donated) {
    const argument = args[index]
    if (!(argument instanceof NDArray)) continue
    const isElsewhere =
      args.some((other, k) => k !== index && isSame(other, argument)) ||
      pointed.some((each) => each.kind === 'constant' && isSame(each.value, argument))
    if (isElsewhere)
      fail('ArgnumError', 'compile', 'a donated array is also another argument, or captured by the function', {
        operands: [argument.type],
        hint: 'donate an array that nothing else uses, or a copy of it'
      })
  }
}

const isSame = (x: Argument, y: NDArray): boolean =>
  x === y || (x instanceof NDArray && x.source !== undefined && x.source === y.source)

// Elements of the caller's stay, for they have been copied.
const loseArgument = (argument: Argument): void => {
  if (argument instanceof NDArray) Heap.lose(Heap.residentOf(argument))
}
