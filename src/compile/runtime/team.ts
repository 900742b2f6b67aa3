/**
 * The team: worker threads that share the work of a runtime's compiled programs. A job is a kernel divided into blocks. It is posted
 * in shared memory, each thread takes the next block by an atomic addition, and the thread that posted it waits until all
 * blocks are done. Workers sleep in between. They start with the first job, and until they are ready one thread does all
 * the work.
 *
 * A worker reads a module's bytes from shared memory. A message would not reach it, because it would have to stop
 * waiting. An empty job announces a new module, and the workers instantiate it while the arguments are copied in.
 */
import { once } from '../../language/data/once.js'
import type { Range } from '../emit/range.js'
import type { Instantiated } from '../routines/index.js'
import { type Heap, stretchOf } from './heap.js'
import { milliseconds, startWorker } from './threads.js'

// --- model
export type Kernel = (base: number, from: number, to: number) => void

/** A program whose kernels are shared. */
export interface Shared {
  readonly bytes: Uint8Array
  /** The routines that it imports, if it does. */
  readonly routines: Pick<Instantiated, 'isFused' | 'bytes'> | undefined
  readonly kernels: ReadonlyArray<Kernel>
  readonly ranges: ReadonlyArray<Range>
  /** The largest number of threads that may take part. */
  readonly threads: number
}

/** The workers of a memory. */
export interface Team {
  /** Starts enough workers for this many threads, including the current one. */
  readonly start: (threads: number) => void
  /** The number of workers that are ready. */
  readonly present: () => number
  /**
   * The function that runs a kernel of a program, by its number, for the arena's address. Workers that are ready learn of
   * the program at once.
   */
  readonly sharing: (program: Shared) => (kernel: number, base: number) => void
}

/** The layout of a job in memory. There is one job at a time. */
const word = {
  /** The number of the job, and in the lowest bits the number of its next block. */
  ticket: 0,
  /** The number of finished blocks, and whether one of them failed. */
  done: 1,
  failed: 2,
  /** The number of workers that are ready. */
  workers: 3,
  module: 4,
  bytes: 5,
  length: 6,
  kernel: 7,
  base: 8,
  extent: 9,
  block: 10,
  threads: 11,
  /** Where the module of routines is, if the program needs it, and which of the two it is. */
  routines: 12,
  routinesLength: 13,
  areFused: 14
} as const

const address = 64
const blockBits = 10
const blockMask = 2 ** blockBits - 1
// A thread spins this long before it sleeps, about as long as waking takes.
const spinMilliseconds = 0.05
// The most modules that a worker keeps; beyond it, the oldest is dropped.
const mostModules = 256

// --- constructors
// The code of a worker. A string: a bundled function could refer to helpers that do not exist in the worker.
const source = `
const { process } = globalThis
const milliseconds = () => {
  if (process?.hrtime === undefined) return performance.now()
  const [seconds, nanoseconds] = process.hrtime()
  return 1e3 * seconds + 1e-6 * nanoseconds
}
const work = ({ memory, index }) => {
  const job = new Int32Array(memory.buffer, ${address}, 16)
  const get = (at) => Atomics.load(job, at)
  const modules = new Map()
  const bytesAt = (address, length) => new Uint8Array(memory.buffer, address >>> 0, length).slice()
  const routines = []
  const take = (number) => {
    const [id, bytes, length, kernel, base, extent, block, threads] = [
      ${['module', 'bytes', 'length', 'kernel', 'base', 'extent', 'block', 'threads']
        .map((name) => `get(${word[name as keyof typeof word]})`)
        .join(', ')}
    ]
    const blocks = Math.ceil(extent / block)
    // Data that was read belongs to the job only if the job's number is still the same.
    const isThere = (ticket) => ticket >>> ${blockBits} === number
    if (index >= threads || !isThere(get(${word.ticket}))) return
    if (!modules.has(id)) {
      const copy = bytesAt(bytes, length)
      const kind = get(${word.areFused})
      const others = routines[kind] ? [] : bytesAt(get(${word.routines}), get(${word.routinesLength}))
      if (!isThere(get(${word.ticket}))) return
      if (others.length > 0)
        routines[kind] = new WebAssembly.Instance(new WebAssembly.Module(others), { m: { m: memory } }).exports
      const module = new WebAssembly.Module(copy)
      const f = {}
      for (const { module: from, name } of WebAssembly.Module.imports(module)) if (from === 'f') f[name] = () => {}
      if (modules.size >= ${mostModules}) modules.delete(modules.keys().next().value)
      modules.set(id, new WebAssembly.Instance(module, { m: { m: memory }, f, r: routines[kind] ?? {} }).exports)
    }
    const kernels = modules.get(id)
    for (;;) {
      const ticket = get(${word.ticket})
      const at = ticket & ${blockMask}
      if (!isThere(ticket) || at >= blocks) return
      if (Atomics.compareExchange(job, ${word.ticket}, ticket, ticket + 1) !== ticket) continue
      try {
        kernels[kernel](base, at * block, Math.min(at * block + block, extent))
      } catch {
        Atomics.store(job, ${word.failed}, 1)
      }
      if (Atomics.add(job, ${word.done}, 1) + 1 === blocks) Atomics.notify(job, ${word.done})
    }
  }
  let seen = get(${word.ticket}) >>> ${blockBits}
  Atomics.add(job, ${word.workers}, 1)
  for (;;) {
    const start = milliseconds()
    for (;;) {
      const ticket = get(${word.ticket})
      const number = ticket >>> ${blockBits}
      if (number !== seen && (ticket & ${blockMask}) !== ${blockMask}) {
        seen = number
        break
      }
      if (milliseconds() - start > ${spinMilliseconds}) Atomics.wait(job, ${word.ticket}, ticket)
    }
    try {
      take(seen)
    } catch {}
  }
}
if (typeof require === 'function') work(require('node:worker_threads').workerData)
else onmessage = ({ data }) => work(data)
`

/** A team for the programs of a heap. The first run of a kernel is shared only if it takes so much work. */
export const teamOf = ({ memory, take }: Heap, first: number): Team => {
  // The memory for the bytes of the last announced module, and of the routines.
  const board = stretchOf(memory, take)
  const routinesBoards = [stretchOf(memory, take), stretchOf(memory, take)]
  const words = once(() => new Int32Array(memory.pages().buffer, address, 16))
  const put = (at: number, value: number): void => {
    Atomics.store(words(), at, value)
  }
  let started = 0
  let jobs = 0
  let programs = 0
  let mayWait = true
  let told = -1
  const addresses: Array<number | undefined> = []

  const present = (): number => (started === 0 ? 0 : Atomics.load(words(), word.workers))

  // Writes a program's module for the workers to read.
  const tell = ({ bytes, routines }: Shared, id: number): void => {
    const address = board(bytes.length)
    memory.write(address, 'bool', bytes)
    put(word.module, id)
    put(word.bytes, address)
    put(word.length, bytes.length)
    const { length } = routines?.bytes ?? []
    const kind = Number(routines?.isFused ?? false)
    if (routines !== undefined && addresses[kind] === undefined) {
      const address = routinesBoards[kind](length)
      memory.write(address, 'bool', routines.bytes)
      addresses[kind] = address
    }
    put(word.routines, addresses[kind] ?? 0)
    put(word.routinesLength, length)
    put(word.areFused, kind)
    told = id
  }

  // Posts a job: a kernel of a program.
  const post = (
    program: Shared,
    id: number,
    { extent, block }: Pick<Range, 'extent' | 'block'>,
    kernel = 0,
    base = 0
  ): void => {
    jobs = (jobs + 1) % 2 ** (32 - blockBits)
    const ticket = jobs << blockBits
    // While the words of the job are written, the lowest bits say that there is no block to take.
    put(word.ticket, ticket | blockMask)
    if (told !== id) tell(program, id)
    put(word.kernel, kernel)
    put(word.base, base)
    put(word.extent, extent)
    put(word.block, block)
    put(word.threads, program.threads)
    put(word.done, 0)
    put(word.ticket, ticket)
    Atomics.notify(words(), word.ticket)
  }

  const wait = (now: Int32Array, blocks: number): void => {
    const begun = milliseconds()
    for (;;) {
      const done = Atomics.load(now, word.done)
      if (done === blocks) return
      if (!mayWait || milliseconds() - begun < spinMilliseconds) continue
      try {
        Atomics.wait(now, word.done, done)
      } catch {
        // The main thread of a browser must not wait.
        mayWait = false
      }
    }
  }

  return {
    present,
    start: (threads) => {
      if (!memory.isShared()) return
      for (; started < threads - 1; started++) startWorker(source, { memory: memory.pages(), index: started + 1 })
    },
    sharing: (program) => {
      const id = programs++
      if (program.threads > 1 && present() > 0) post(program, id, { extent: 0, block: 1 })
      // Which kernels have not run yet.
      const isNew = program.ranges.map(() => true)
      return (kernel, base) => {
        const range = program.ranges[kernel]
        const { extent, block, work } = range
        const run = program.kernels[kernel]
        const blocks = Math.ceil(extent / block)
        const each = (at: number): void => run(base, at * block, Math.min(at * block + block, extent))
        const isAlone = isNew[kernel] && work < first
        isNew[kernel] = false
        if (program.threads === 1 || isAlone || present() === 0) {
          for (let at = 0; at < blocks; at++) each(at)
          return
        }
        post(program, id, range, kernel, base)
        const now = words()
        for (;;) {
          const at = Atomics.add(now, word.ticket, 1) & blockMask
          if (at >= blocks) break
          each(at)
          Atomics.add(now, word.done, 1)
        }
        wait(now, blocks)
        if (Atomics.exchange(now, word.failed, 0) !== 0) throw new Error('compile: a thread could not do its part')
      }
    }
  }
}
