/**
 * Threads: the threading features of this JavaScript engine. Node and browsers are detected at run time, without imports.
 */

import { once } from '../../language/data/once.js'

// --- model
interface WorkerThreads {
  readonly Worker: new (
    source: string,
    options: object
  ) => { unref(): void; on(event: string, listener: () => void): void }
  readonly SHARE_ENV: symbol
}

interface WebWorker {
  postMessage(message: unknown): void
}

interface Engine {
  readonly crossOriginIsolated?: boolean
  readonly SharedArrayBuffer?: unknown
  readonly performance: { now(): number }
  readonly process?: {
    readonly versions?: { readonly node?: string }
    readonly getBuiltinModule?: (name: string) => unknown
    readonly hrtime?: () => readonly [seconds: number, nanoseconds: number]
  }
  readonly navigator?: { readonly hardwareConcurrency?: number }
  readonly Worker?: new (url: string) => WebWorker
  readonly Blob?: new (parts: ReadonlyArray<string>, options: object) => object
  readonly URL?: { createObjectURL(blob: object): string }
}

const engine = globalThis as unknown as Engine

// --- constructors
const isNode = (): boolean => engine.process?.versions?.node !== undefined

/**
 * Calls a function with a Node module. Before Node 20.16 the module is loaded asynchronously. If a policy forbids it, or
 * the function throws, nothing happens.
 */
const withModule = <M>(name: string, use: (module: M) => void): void => {
  try {
    const get = engine.process?.getBuiltinModule
    if (get !== undefined) use(get(name) as M)
    // Written as a string, so that bundlers do not see the import.
    else
      (new Function('name', 'return import(name)') as (name: string) => Promise<M>)(name)
        .then(use)
        .catch(() => undefined)
  } catch {}
}

const startInNode = (source: string, data: object): void =>
  withModule<WorkerThreads>('node:worker_threads', ({ Worker, SHARE_ENV }) => {
    const worker = new Worker(source, { eval: true, workerData: data, env: SHARE_ENV, execArgv: [] })
    worker.on('error', () => undefined)
    worker.unref()
  })

const startInPage = (source: string, data: object): void => {
  const { Worker, Blob, URL } = engine
  if (Worker === undefined || Blob === undefined || URL === undefined) return
  try {
    new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))).postMessage(data)
  } catch {}
}

/**
 * Starts a thread that runs source text with some data and does not keep the process alive. Does nothing without thread
 * support.
 */
export const startWorker = (source: string, data: object): void =>
  isNode() ? startInNode(source, data) : startInPage(source, data)

// --- combinators
/**
 * Whether threads can share memory: a page without cross-origin isolation has such memory, but cannot send it to a
 * worker.
 */
export const mayShare = (): boolean => engine.SharedArrayBuffer !== undefined && engine.crossOriginIsolated !== false

/** Milliseconds since some point in time. It avoids `performance` in Node, which is created at its first use. */
export const milliseconds = (): number => {
  if (engine.process?.hrtime === undefined) return engine.performance.now()
  const [seconds, nanoseconds] = engine.process.hrtime()
  return 1e3 * seconds + 1e-6 * nanoseconds
}

// Beyond this, threads are limited by memory bandwidth.
const mostThreads = 16

// Node may know better, and before Node 20.16 it says so later.
const known = once(() => {
  const found = { cores: engine.navigator?.hardwareConcurrency ?? 2 }
  if (isNode())
    withModule<{ availableParallelism?: () => number }>('node:os', ({ availableParallelism }) => {
      found.cores = availableParallelism?.() ?? found.cores
    })
  return found
})

const cores = (): number => known().cores

/** The number of threads that can usefully run at a time. */
export const parallelism = (): number => Math.min(cores(), mostThreads)

/** How many threads are started of so many that are asked for: each takes 5 MB, so never many more than there are cores. */
export const granted = (threads: number): number => Math.min(threads, Math.max(cores(), mostThreads))
