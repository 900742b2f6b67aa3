/** Execute: runs a compiled program: copies arguments in, calls its function, and reads the results. */
import { allocate } from '../../language/data/allocate.js'
import { filled, NDArray } from '../../language/data/array.js'
import { type Data, isComplex, itemSize, partOf, type ReadonlyData } from '../../language/data/dtype.js'
import { copyOf, expectSize } from '../../language/data/elements.js'
import * as S from '../../language/data/shape.js'
import * as T from '../../language/data/type.js'
import { outOfFuel } from '../../language/terms/fuel.js'
import type { Emitted } from '../emit/index.js'
import type { Copied, Pointed, Wired, Wiring } from '../plan/wiring.js'
import type { Imports, Instance } from '../wasm/engine.js'
import { arrayOf, genuine, type Heap, Resident, sourceOf } from './heap.js'
import type { Memory } from './memory.js'
import type { Runtime } from './runtime.js'
import type { Kernel } from './team.js'
import { granted } from './threads.js'

// --- model
/** An argument: a number, an array, or elements that belong to the caller and may change later. */
export type Argument = number | NDArray | Data

/** A program that can run: a function from its arguments to its results. */
export type Executable = (args: ReadonlyArray<Argument>) => ReadonlyArray<NDArray>

/** The machine code of a program, without the elements of its constants, in which equal programs may differ. */
export interface Machine {
  readonly runtime: Runtime
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
type Result = (base: number, residents: ReadonlyArray<Resident>) => NDArray

// A result that is an argument or a constant, by its place among the results.
type Given = Wired & { readonly kind: 'argument' | 'constant' }
type Returned = Readonly<{ place: number; wired: Given }>

// --- constructors
/** Machine code that runs on a runtime, on up to so many threads. */
export const machineOf = (runtime: Runtime, emitted: Emitted, wiring: Wiring, threads: number): Machine => {
  const { memory, team } = runtime
  const { bytes, routines, isFused, shared, arena } = emitted
  const several = shared.length === 0 || !memory.isShared() ? 1 : granted(threads)
  if (several > 1) team.start(several)
  const known = routines ? runtime.routines(isFused) : undefined
  const kernels: Array<Kernel> = []
  const share = team.sharing({ bytes, routines: known, kernels, ranges: shared, threads: several })
  const enter = ({ exports }: Instance): Entry => {
    for (let k = 0; k < shared.length; k++) kernels[k] = exports[k] as Kernel
    return { main: exports.main as Entry['main'], arena, fuel: exports.fuel as Entry['fuel'] }
  }
  return { runtime, bytes, imports: { m: { m: memory.pages() }, f: { share }, r: known?.exports ?? {} }, wiring, enter }
}

/**
 * Machine code with constants as something that runs. What it takes of donated arguments is lost when it has run.
 *
 * A call has two halves. The first asks arguments for their elements, which may run code of the caller (getters, proxies,
 * custom sources), and that code may call compiled functions. The second writes to the memory that all programs share, and
 * runs no code but ours.
 */
export const executableOf = (
  { runtime, wiring }: Machine,
  entry: Entry,
  constants: ReadonlyArray<NDArray>,
  steps?: number
): Executable => {
  const { heap, memory } = runtime
  const { copied, pointed, results: wired, donated: lent } = wiring
  const { arena } = entry
  const main = steps === undefined ? entry.main : limitedTo(steps, entry)
  const returned: Array<Returned> = []
  const made: Array<readonly [number, Result]> = []
  wired.forEach((each, place) => {
    if (each.kind === 'argument' || each.kind === 'constant') returned.push({ place, wired: each })
    else made.push([place, resultOf(heap, each)])
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
      const base = heap.arenaOf(arena)
      copyIn(memory, copied, elements, base)
      main(base)
      for (let k = 0; k < made.length; k++) results[made[k][0]] = made[k][1](base, none)
      return results
    }
  return (args) => {
    const elements = copied.map((each) => elementsOf(each, args))
    const behind = pointed.map((each) => residentBehind(heap, each, args, constants))
    const results = resultsOf(wired.length, returned, args, constants)
    const sources = (x: Argument): ReadonlyArray<Resident> => sourcesOf(heap, x)
    const counted = donated.length === 0 ? none : [...args, ...constants].flatMap(sources)
    const gone = donated.flatMap((index) => sources(args[index]))

    heap.begin()
    const residents: Array<Resident> = []
    // The resources to release when the call has ended or failed: copies of the caller's elements, and unused results.
    const passing = new Set<Resident>()
    const passed = (resident: Resident): Resident => {
      passing.add(resident)
      return resident
    }
    try {
      for (const each of counted) heap.count(each)
      const base = heap.arenaOf(arena)
      copyIn(memory, copied, elements, base)
      pointed.forEach((each, k) => {
        const resident = behind[k]
        if (each.kind === 'result')
          residents.push(each.over >= 0 ? residents[each.over] : passed(heap.fresh(each.dtype, each.size)))
        else if (resident === undefined) {
          residents.push(passed(new Resident(heap, each.dtype, each.size, args[each.index] as Data)))
        } else if (each.kind === 'constant' || !overwritten.has(k) || heap.isTaken(resident)) residents.push(resident)
        // A resident that a result is written over is the call's to lose.
        else residents.push(passed(heap.copyOf(resident, resident.dtype)))
      })
      const addresses = residents.map(heap.addressOf)
      const slots = memory.elementsOf('uint32')
      for (let k = 0; k < addresses.length; k++) slots[base / 4 + k] = addresses[k]
      main(base)
      pointed.forEach((each, k) => {
        if (each.kind !== 'result') return
        if (each.over >= 0) {
          residents[k] = new Resident(heap, each.dtype, each.size)
          heap.hand(residents[each.over], residents[k])
        } else passing.delete(residents[k])
      })
      for (const [place, result] of made) results[place] = result(base, residents)
      for (const each of gone) if (heap.isTaken(each)) heap.lose(each)
      return results
    } finally {
      for (const each of passing) heap.leave(each)
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

const none: ReadonlyArray<Resident> = []

const isArray = (x: Argument): x is NDArray => x instanceof NDArray

// --- the first half: arguments are asked
// The elements of an argument that is copied into the arena, or its one number.
const elementsOf = ({ index, dtype, size }: Copied, args: ReadonlyArray<Argument>): number | ReadonlyData => {
  const argument = args[index]
  if (typeof argument === 'number') return argument
  if (!isArray(argument)) return argument
  const first: unknown = size === 1 ? argument.first : undefined
  return typeof first === 'number' ? first : genuine(argument.data, dtype)
}

// The resident behind a pointer, if there is one before the call: elements of the caller's have none.
const residentBehind = (
  heap: Heap,
  each: Pointed,
  args: ReadonlyArray<Argument>,
  constants: ReadonlyArray<NDArray>
): Resident | undefined => {
  if (each.kind === 'result') return undefined
  const array = each.kind === 'constant' ? constants[each.index] : (args[each.index] as NDArray | Data)
  if (!isArray(array)) return undefined
  const resident = heap.residentOf(array)
  if (resident.size !== each.size) expectSize('compile', resident.read(), each.size)
  return resident
}

// A result from another heap is not this one's to reuse.
const sourcesOf = (heap: Heap, x: Argument): ReadonlyArray<Resident> => {
  const source = isArray(x) ? sourceOf(x) : undefined
  return source?.heap === heap ? [source] : none
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
    const source = wired.isAlone ? undefined : sourceOf(given)
    if (source !== undefined) source.isOwned = false
    if (given.source === undefined) expectSize('compile', given.data, T.lengthOf(type))
    return given
  }
  const data = isArray(given) ? given.data : given
  expectSize('compile', data, T.lengthOf(type))
  return new NDArray(type, copyOf('compile', data, partOf(type.dtype)))
}

// --- the second half: memory is written
const few = 32

const copyIn = (
  memory: Memory,
  copied: ReadonlyArray<Copied>,
  elements: ReadonlyArray<number | ReadonlyData>,
  base: number
): void => {
  for (let k = 0; k < copied.length; k++) {
    const { dtype, offset, size } = copied[k]
    const data = elements[k]
    const to = memory.elementsOf(dtype)
    const at = (base + offset) / itemSize[dtype]
    if (typeof data === 'number') to[at] = data
    else {
      expectSize('compile', data, size)
      if (size <= few) for (let i = 0; i < size; i++) to[at + i] = data[i]
      else to.set(data as never, at)
    }
  }
}

const resultOf = (heap: Heap, wired: Exclude<Wired, Given>): Result => {
  const { memory } = heap
  const { type } = wired
  const isScalar = T.lengthOf(type) === 1 && type.shape.length === 0
  switch (wired.kind) {
    case 'literal':
      return () =>
        isComplex(type.dtype)
          ? new NDArray(type, allocate(type.dtype, S.size(type.shape)).fill(wired.value))
          : filled(type, wired.value)
    case 'arena': {
      const { dtype, offset } = wired
      const size = T.lengthOf(type)
      return isScalar
        ? (base) => new NDArray(type, memory.elementsOf(dtype)[(base + offset) / itemSize[dtype]])
        : (base) => new NDArray(type, memory.read(base + offset, dtype, size))
    }
    case 'pointed': {
      const { slot, isOwn } = wired
      return (_base, residents) =>
        arrayOf(type, isOwn ? residents[slot] : heap.copyOf(residents[slot], partOf(type.dtype)))
    }
  }
}
