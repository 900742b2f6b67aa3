/** Execute: runs a compiled program: copies arguments in, calls its function, and reads the results. */
import { filled, NDArray } from '../language/array.js'
import { type Data, itemSize } from '../language/dtype.js'
import * as S from '../language/shape.js'
import { emit } from './emit/index.js'
import type { Imports, Instance } from './engine.js'
import * as Heap from './heap.js'
import * as Memory from './memory.js'
import type { Planned } from './plan.js'
import { routinesIn } from './routines/index.js'
import * as Team from './team.js'
import type { Pointed, Wired, Wiring } from './wiring.js'

// --- model
/** An argument: a number, an array, or elements that belong to the caller and may change later. */
export type Argument = number | NDArray | Data

/** A program that can run: a function from its arguments to its results. */
export type Executable = (args: ReadonlyArray<Argument>) => ReadonlyArray<NDArray>

/** The machine code of a program, without the elements of its constants, in which equal programs may differ. */
export interface Machine {
  readonly bytes: Uint8Array
  readonly imports: Imports
  readonly wiring: Wiring
  /** What is made of an instance of its module. */
  readonly enter: (instance: Instance) => Entry
  /** That, once there is one. */
  entry?: Entry
}

/** The function of a module, and the bytes of arena that it needs. */
export type Entry = Readonly<{ main: (base: number) => void; arena: number }>

// A result, of what a call had.
type Result = (args: ReadonlyArray<Argument>, base: number, residents: ReadonlyArray<Heap.Resident>) => NDArray

// --- constructors
/** A planned program as machine code. */
export const machineOf = (planned: Planned, wiring: Wiring, threads: number): Machine => {
  const { bytes, routines, shared, arena } = emit(planned, Memory.isShared())
  const several = shared.length === 0 || !Memory.isShared() ? 1 : threads
  if (several > 1) Team.start(several)
  const memory = Memory.theMemory()
  const known = routines ? routinesIn(memory, Memory.isShared()) : undefined
  const kernels: Array<Team.Kernel> = []
  const share = Team.sharing({ bytes, routines: known?.bytes, kernels, ranges: shared, threads: several })
  const enter = ({ exports }: Instance): Entry => {
    for (let k = 0; k < shared.length; k++) kernels[k] = exports[k] as Team.Kernel
    return { main: exports.main as Entry['main'], arena }
  }
  return { bytes, imports: { m: { m: memory }, f: { share }, r: known?.exports ?? {} }, wiring, enter }
}

/** Machine code with constants, as an executable. The memory of donated arguments is lost after a run. */
export const executableOf = (
  { main, arena }: Entry,
  { copied, pointed, results: wired, donated: lent }: Wiring,
  constants: ReadonlyArray<NDArray>
): Executable => {
  const results = wired.map((result) => resultOf(result, constants))
  const copyIn = (args: ReadonlyArray<Argument>, base: number): void => {
    for (let k = 0; k < copied.length; k++) {
      const { index, dtype, offset, size } = copied[k]
      const argument = args[index]
      const elements = Memory.elementsOf(dtype)
      const at = (base + offset) / itemSize[dtype]
      if (typeof argument === 'number') elements[at] = argument
      else if (size === 1) elements[at] = argument instanceof NDArray ? argument.first : argument[0]
      else {
        const data = argument instanceof NDArray ? argument.data : argument
        if (size <= 32) for (let i = 0; i < size; i++) elements[at + i] = data[i]
        else elements.set(data as never, at)
      }
    }
  }
  const overwritten = new Set(pointed.map((each) => (each.kind === 'result' ? each.over : -1)))
  const given = new Set(wired.flatMap((result) => (result.kind === 'argument' ? [result.index] : [])))
  // An argument that is returned unchanged stays usable.
  const donated = lent.filter((index) => !given.has(index))
  if (pointed.length === 0)
    return (args) => {
      const base = Heap.arenaOf(arena)
      copyIn(args, base)
      main(base)
      return results.map((result) => result(args, base, none))
    }
  return (args) => {
    Heap.begin()
    const residents: Array<Heap.Resident> = []
    // The resources to release when the call has ended or failed: copies of the caller's elements, and unused results.
    const passing: Array<Heap.Resident> = []
    try {
      if (donated.length > 0) for (const list of [args, constants]) for (const x of list) if (isArray(x)) Heap.count(x)
      const base = Heap.arenaOf(arena)
      copyIn(args, base)
      pointed.forEach((each, k) => {
        residents.push(pointedBy(each, overwritten.has(k), args, constants, residents, passing))
      })
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
      for (const index of donated) {
        const x = args[index]
        const taken = isArray(x) ? Heap.takenOf(x) : undefined
        if (taken !== undefined) Heap.lose(taken)
      }
      return made
    } finally {
      for (const each of passing) Heap.leave(each)
    }
  }
}

const none: ReadonlyArray<Heap.Resident> = []

const isArray = (x: Argument): x is NDArray => x instanceof NDArray

// The resident behind a pointer. If a result overwrites it, this call must own it.
const pointedBy = (
  each: Pointed,
  isOverwritten: boolean,
  args: ReadonlyArray<Argument>,
  constants: ReadonlyArray<NDArray>,
  residents: ReadonlyArray<Heap.Resident>,
  passing: Array<Heap.Resident>
): Heap.Resident => {
  if (each.kind === 'constant') return Heap.residentOf(constants[each.index])
  if (each.kind === 'result') {
    if (each.over >= 0) return residents[each.over]
    return passed(Heap.fresh(each.dtype, each.size), passing)
  }
  const argument = args[each.index] as NDArray | Data
  if (!isArray(argument)) return passed(new Heap.Resident(each.dtype, argument.length, argument), passing)
  const resident = Heap.residentOf(argument)
  if (!isOverwritten || Heap.takenOf(argument) !== undefined) return resident
  return passed(Heap.copyOf(resident), passing)
}

const passed = (resident: Heap.Resident, passing: Array<Heap.Resident>): Heap.Resident => {
  passing.push(resident)
  return resident
}

const resultOf = (wired: Wired, constants: ReadonlyArray<NDArray>): Result => {
  const { type } = wired
  const isScalar = type.shape.length === 0
  switch (wired.kind) {
    case 'argument': {
      const { index, isAlone } = wired
      return (args) => {
        const argument = args[index]
        if (typeof argument === 'number') return new NDArray(type, argument)
        if (!(argument instanceof NDArray)) return new NDArray(type, argument.slice())
        if (argument.type !== type) return new NDArray(type, argument.data)
        if (!isAlone) Heap.share(argument)
        return argument
      }
    }
    case 'constant':
    case 'literal': {
      const value = wired.kind === 'constant' ? constants[wired.index] : filled(type, wired.value)
      return () => new NDArray(type, isScalar ? value.first : value.data)
    }
    case 'arena': {
      const { dtype, offset } = wired
      const size = S.size(type.shape)
      return isScalar
        ? (_, base) => new NDArray(type, Memory.elementsOf(dtype)[(base + offset) / itemSize[dtype]])
        : (_, base) => new NDArray(type, Memory.read(base + offset, dtype, size))
    }
    case 'pointed': {
      const { slot, isOwn } = wired
      return (_args, _base, residents) => Heap.arrayOf(type, isOwn ? residents[slot] : Heap.copyOf(residents[slot]))
    }
  }
}
