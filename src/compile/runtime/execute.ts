/** Execute: runs a compiled program: copies arguments in, calls its function, and reads the results. */
import { filled, NDArray } from '../../language/data/array.js'
import { type Data, itemSize, type ReadonlyData } from '../../language/data/dtype.js'
import { copyOf, expectSize } from '../../language/data/elements.js'
import * as S from '../../language/data/shape.js'
import { outOfFuel } from '../../language/terms/fuel.js'
import { emit } from '../emit/index.js'
import type { Planned } from '../plan/plan.js'
import type { Copied, Pointed, Wired, Wiring } from '../plan/wiring.js'
import { routinesIn } from '../routines/index.js'
import type { Imports, Instance } from '../wasm/engine.js'
import * as Heap from './heap.js'
import * as Memory from './memory.js'
import * as Team from './team.js'
import { granted } from './threads.js'

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

/** The function of a module, the bytes of arena that it needs, and the fuel of its loops if that is limited. */
export type Entry = Readonly<{ main: (base: number) => void; arena: number; fuel: { value: number } | undefined }>

// A result that stands in memory when a call has run.
type Result = (base: number, residents: ReadonlyArray<Heap.Resident>) => NDArray

// A result that is an argument or a constant, by its place among the results.
type Given = Wired & { readonly kind: 'argument' | 'constant' }
type Returned = Readonly<{ place: number; wired: Given }>

// --- constructors
/** A planned program as machine code. */
export const machineOf = (planned: Planned, wiring: Wiring, threads: number, limited: boolean): Machine => {
  const { bytes, routines, shared, arena } = emit(planned, Memory.isShared(), limited)
  const several = shared.length === 0 || !Memory.isShared() ? 1 : granted(threads)
  if (several > 1) Team.start(several)
  const memory = Memory.theMemory()
  const known = routines ? routinesIn(memory, Memory.isShared()) : undefined
  const kernels: Array<Team.Kernel> = []
  const share = Team.sharing({ bytes, routines: known?.bytes, kernels, ranges: shared, threads: several })
  const enter = ({ exports }: Instance): Entry => {
    for (let k = 0; k < shared.length; k++) kernels[k] = exports[k] as Team.Kernel
    return { main: exports.main as Entry['main'], arena, fuel: exports.fuel as Entry['fuel'] }
  }
  return { bytes, imports: { m: { m: memory }, f: { share }, r: known?.exports ?? {} }, wiring, enter }
}

/**
 * Machine code with constants as something that runs. What it takes of donated arguments is lost when it has run.
 *
 * A call has two halves. The first asks arguments for their elements, which may run code of the caller (getters, proxies,
 * custom sources), and that code may call compiled functions. The second writes to the memory that all programs share, and
 * runs no code but ours.
 */
export const executableOf = (
  entry: Entry,
  { copied, pointed, results: wired, donated: lent }: Wiring,
  constants: ReadonlyArray<NDArray>,
  steps?: number
): Executable => {
  const { arena } = entry
  const main = steps === undefined ? entry.main : limitedTo(steps, entry)
  const returned: Array<Returned> = []
  const made: Array<readonly [number, Result]> = []
  wired.forEach((each, place) => {
    if (each.kind === 'argument' || each.kind === 'constant') returned.push({ place, wired: each })
    else made.push([place, resultOf(each)])
  })
  const overwritten = new Set(pointed.map((each) => (each.kind === 'result' ? each.over : -1)))
  const given = new Set(returned.flatMap(({ wired }) => (wired.kind === 'argument' ? [wired.index] : [])))
  // An argument that is returned unchanged stays usable.
  const donated = lent.filter((index) => !given.has(index))
  if (pointed.length === 0)
    return (args) => {
      const elements =
        copied.length === 1 ? [elementsOf(copied[0], args)] : copied.map((each) => elementsOf(each, args))
      const results = resultsOf(wired.length, returned, args, constants)
      const base = Heap.arenaOf(arena)
      copyIn(copied, elements, base)
      main(base)
      for (let k = 0; k < made.length; k++) results[made[k][0]] = made[k][1](base, none)
      return results
    }
  return (args) => {
    const elements = copied.map((each) => elementsOf(each, args))
    const behind = pointed.map((each) => residentBehind(each, args, constants))
    const results = resultsOf(wired.length, returned, args, constants)
    const counted = donated.length === 0 ? none : [...args, ...constants].flatMap(sourcesOf)
    const gone = donated.flatMap((index) => sourcesOf(args[index]))

    Heap.begin()
    const residents: Array<Heap.Resident> = []
    // The resources to release when the call has ended or failed: copies of the caller's elements, and unused results.
    const passing = new Set<Heap.Resident>()
    const passed = (resident: Heap.Resident): Heap.Resident => {
      passing.add(resident)
      return resident
    }
    try {
      for (const each of counted) Heap.count(each)
      const base = Heap.arenaOf(arena)
      copyIn(copied, elements, base)
      pointed.forEach((each, k) => {
        const resident = behind[k]
        if (each.kind === 'result')
          residents.push(each.over >= 0 ? residents[each.over] : passed(Heap.fresh(each.dtype, each.size)))
        else if (resident === undefined) {
          residents.push(passed(new Heap.Resident(each.dtype, each.size, args[each.index] as Data)))
        } else if (each.kind === 'constant' || !overwritten.has(k) || Heap.isTaken(resident)) residents.push(resident)
        // A resident that a result is written over is the call's to lose.
        else residents.push(passed(Heap.copyOf(resident, resident.dtype)))
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
        } else passing.delete(residents[k])
      })
      for (const [place, result] of made) results[place] = result(base, residents)
      for (const each of gone) if (Heap.isTaken(each)) Heap.lose(each)
      return results
    } finally {
      for (const each of passing) Heap.leave(each)
    }
  }
}

const limitedTo =
  (steps: number, { main, fuel }: Entry): Entry['main'] =>
  (base) => {
    if (fuel === undefined) throw new Error('compile: a limited program has no fuel')
    fuel.value = steps
    main(base)
    if (fuel.value < 0) outOfFuel('compile', steps)
  }

const none: ReadonlyArray<Heap.Resident> = []

const isArray = (x: Argument): x is NDArray => x instanceof NDArray

// --- the first half: arguments are asked
// The elements of an argument that is copied into the arena, or its one number.
const elementsOf = ({ index, dtype, size }: Copied, args: ReadonlyArray<Argument>): number | ReadonlyData => {
  const argument = args[index]
  if (typeof argument === 'number') return argument
  if (!isArray(argument)) return argument
  const first: unknown = size === 1 ? argument.first : undefined
  return typeof first === 'number' ? first : Heap.genuine(argument.data, dtype)
}

// The resident behind a pointer, if there is one before the call: elements of the caller's have none.
const residentBehind = (
  each: Pointed,
  args: ReadonlyArray<Argument>,
  constants: ReadonlyArray<NDArray>
): Heap.Resident | undefined => {
  if (each.kind === 'result') return undefined
  const array = each.kind === 'constant' ? constants[each.index] : (args[each.index] as NDArray | Data)
  if (!isArray(array)) return undefined
  const resident = Heap.residentOf(array)
  if (resident.size !== each.size) expectSize('compile', resident.read(), each.size)
  return resident
}

const sourcesOf = (x: Argument): ReadonlyArray<Heap.Resident> => {
  const source = isArray(x) ? Heap.sourceOf(x) : undefined
  return source === undefined ? none : [source]
}

// Results, of which those are there that are arguments or constants.
const resultsOf = (
  count: number,
  returned: ReadonlyArray<Returned>,
  args: ReadonlyArray<Argument>,
  constants: ReadonlyArray<NDArray>
): Array<NDArray> => {
  const results = new Array<NDArray>(count)
  for (const { place, wired } of returned) results[place] = givenBy(wired, args, constants)
  return results
}

// An argument of the right type is returned as it is. Anything else is copied, since a caller may transfer a result's elements.
const givenBy = (wired: Given, args: ReadonlyArray<Argument>, constants: ReadonlyArray<NDArray>): NDArray => {
  const { type, kind, index } = wired
  const given = kind === 'argument' ? args[index] : constants[index]
  if (typeof given === 'number') return new NDArray(type, given)
  if (kind === 'argument' && isArray(given) && given.type === type) {
    const source = wired.isAlone ? undefined : Heap.sourceOf(given)
    if (source !== undefined) source.isOwned = false
    if (given.source === undefined) expectSize('compile', given.data, S.size(type.shape))
    return given
  }
  const data = isArray(given) ? given.data : given
  expectSize('compile', data, S.size(type.shape))
  return new NDArray(type, copyOf('compile', data, type.dtype))
}

// --- the second half: memory is written
const few = 32

const copyIn = (copied: ReadonlyArray<Copied>, elements: ReadonlyArray<number | ReadonlyData>, base: number): void => {
  for (let k = 0; k < copied.length; k++) {
    const { dtype, offset, size } = copied[k]
    const data = elements[k]
    const to = Memory.elementsOf(dtype)
    const at = (base + offset) / itemSize[dtype]
    if (typeof data === 'number') to[at] = data
    else {
      expectSize('compile', data, size)
      if (size <= few) for (let i = 0; i < size; i++) to[at + i] = data[i]
      else to.set(data as never, at)
    }
  }
}

const resultOf = (wired: Exclude<Wired, Given>): Result => {
  const { type } = wired
  const isScalar = type.shape.length === 0
  switch (wired.kind) {
    case 'literal':
      return () => filled(type, wired.value)
    case 'arena': {
      const { dtype, offset } = wired
      const size = S.size(type.shape)
      return isScalar
        ? (base) => new NDArray(type, Memory.elementsOf(dtype)[(base + offset) / itemSize[dtype]])
        : (base) => new NDArray(type, Memory.read(base + offset, dtype, size))
    }
    case 'pointed': {
      const { slot, isOwn } = wired
      return (_base, residents) =>
        Heap.arrayOf(type, isOwn ? residents[slot] : Heap.copyOf(residents[slot], type.dtype))
    }
  }
}
