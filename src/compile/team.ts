/**
 * The team: worker threads that share the work of compiled programs. A job is a kernel of some blocks. It is posted in
 * the memory that all share, each thread takes the next block by an atomic addition, and who posted it waits until all are
 * done. Workers sleep in between. They start when the first job comes, and until they are there, one thread does it all.
 *
 * A module reaches a worker by its bytes in memory, not by a message: for that the worker would have to stop waiting. It is
 * told of a module as soon as there is one, by a job of no blocks, and makes an instance while the arguments are copied in.
 */
import { type Range, worth } from './emit/range.js'
import * as Heap from './heap.js'
import * as Memory from './memory.js'
import { milliseconds, startWorker } from './threads.js'

// --- model
export type Kernel = (base: number, from: number, to: number) => void

/** A program whose kernels are shared. */
export interface Shared {
  readonly bytes: Uint8Array
  /** The module of the routines that it imports, if it does. */
  readonly routines: Uint8Array | undefined
  readonly kernels: ReadonlyArray<Kernel>
  readonly ranges: ReadonlyArray<Range>
  /** How many threads may take part. */
  readonly threads: number
}

/** The words of the job, of which there is one at a time. */
const word = {
  /** The number of the job, and in the lowest bits the number of its next block. */
  ticket: 0,
  /** How many blocks are done, and whether one of them failed. */
  done: 1,
  failed: 2,
  /** How many workers have come. */
  workers: 3,
  module: 4,
  bytes: 5,
  length: 6,
  kernel: 7,
  base: 8,
  extent: 9,
  block: 10,
  threads: 11,
  /** Where the module of routines is, if the program needs it. */
  routines: 12,
  routinesLength: 13
} as const

const address = 64
const blockBits = 10
const blockMask = 2 ** blockBits - 1
// So long a thread looks again and again before it sleeps; to wake it takes about as long.
const spinMilliseconds = 0.05
// A worker lets go of the module that it has had longest when it has more.
const mostModules = 256

// --- constructors
// What a worker does. A text, since a function that a bundler has touched may need what is not there.
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
  let routines
  const take = (number) => {
    const [id, bytes, length, kernel, base, extent, block, threads] = [
      ${['module', 'bytes', 'length', 'kernel', 'base', 'extent', 'block', 'threads']
        .map((name) => `get(${word[name as keyof typeof word]})`)
        .join(', ')}
    ]
    const blocks = Math.ceil(extent / block)
    // Words and bytes that have been read are the job's if it is still there.
    const isThere = (ticket) => ticket >>> ${blockBits} === number
    if (index >= threads || !isThere(get(${word.ticket}))) return
    if (!modules.has(id)) {
      const copy = bytesAt(bytes, length)
      const others = routines === undefined ? bytesAt(get(${word.routines}), get(${word.routinesLength})) : []
      if (!isThere(get(${word.ticket}))) return
      if (others.length > 0)
        routines = new WebAssembly.Instance(new WebAssembly.Module(others), { m: { m: memory } }).exports
      const module = new WebAssembly.Module(copy)
      const f = {}
      for (const { module: from, name } of WebAssembly.Module.imports(module)) if (from === 'f') f[name] = () => {}
      if (modules.size >= ${mostModules}) modules.delete(modules.keys().next().value)
      modules.set(id, new WebAssembly.Instance(module, { m: { m: memory }, f, r: routines ?? {} }).exports)
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

let job: Int32Array | undefined
let started = 0
let jobs = 0
let programs = 0
let mayWait = true

const words = (): Int32Array => {
  job ??= new Int32Array(Memory.theMemory().buffer, address, 16)
  return job
}

/** Starts the workers that so many threads need besides this one. */
export const start = (threads: number): void => {
  if (!Memory.isShared()) return
  for (; started < threads - 1; started++) startWorker(source, { memory: Memory.theMemory(), index: started + 1 })
}

// Where the bytes stand of the module that the workers were told of last, and those of the routines.
const board = new Heap.Stretch()
const routines = new Heap.Stretch()
let told = -1
let toldRoutines = false

// --- combinators
/** How many workers have come so far. */
export const present = (): number => (started === 0 ? 0 : Atomics.load(words(), word.workers))

/**
 * The function that does a kernel of a program, by its place, for the arena's address. The workers that are there are told
 * of the program at once.
 */
export const sharing = (program: Shared): ((kernel: number, base: number) => void) => {
  const id = programs++
  if (program.threads > 1 && present() > 0) post(program, id, { extent: 0, block: 1 })
  // Which kernels have not been done yet.
  const isNew = program.ranges.map(() => true)
  return (kernel, base) => {
    const range = program.ranges[kernel]
    const { extent, block, work } = range
    const run = program.kernels[kernel]
    const blocks = Math.ceil(extent / block)
    const each = (at: number): void => run(base, at * block, Math.min(at * block + block, extent))
    const isAlone = isNew[kernel] && work < worth.first
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

// Posts a job, a kernel of a program.
const post = (
  program: Shared,
  id: number,
  { extent, block }: Pick<Range, 'extent' | 'block'>,
  kernel = 0,
  base = 0
): void => {
  const now = words()
  const put = (at: number, value: number): void => {
    Atomics.store(now, at, value)
  }
  jobs = (jobs + 1) % 2 ** (32 - blockBits)
  const ticket = jobs << blockBits
  // The lowest bits say that there is no block to be had while the words of the job are written.
  put(word.ticket, ticket | blockMask)
  if (told !== id) tell(program, id, put)
  put(word.kernel, kernel)
  put(word.base, base)
  put(word.extent, extent)
  put(word.block, block)
  put(word.threads, program.threads)
  put(word.done, 0)
  put(word.ticket, ticket)
  Atomics.notify(now, word.ticket)
}

// Writes a program's module for the workers to read.
const tell = ({ bytes, routines: others }: Shared, id: number, put: (at: number, value: number) => void): void => {
  const address = board.of(bytes.length)
  Memory.write(address, 'bool', bytes)
  put(word.module, id)
  put(word.bytes, address)
  put(word.length, bytes.length)
  if (others !== undefined && !toldRoutines) {
    const address = routines.of(others.length)
    Memory.write(address, 'bool', others)
    put(word.routines, address)
    put(word.routinesLength, others.length)
    toldRoutines = true
  }
  told = id
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
      // The main thread of a browser must not.
      mayWait = false
    }
  }
}
