/** Threads: what this JavaScript engine offers of them. Node and browsers are asked by name, and no module is imported. */

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
  }
  readonly navigator?: { readonly hardwareConcurrency?: number }
  readonly Worker?: new (url: string) => WebWorker
  readonly Blob?: new (parts: ReadonlyArray<string>, options: object) => object
  readonly URL?: { createObjectURL(blob: object): string }
}

const engine = globalThis as unknown as Engine

// --- constructors
const isNode = (): boolean => engine.process?.versions?.node !== undefined

/** Calls a function with a module of Node. Releases that cannot give it at once give it later, or never. */
const withModule = <M>(name: string, use: (module: M) => void): void => {
  const get = engine.process?.getBuiltinModule
  if (get !== undefined) use(get(name) as M)
  // Node before 20.16. Written as a text, it concerns no bundler.
  else (new Function('name', 'return import(name)') as (name: string) => Promise<M>)(name).then(use, () => undefined)
}

/** Starts a thread that runs a text with some data and keeps no process alive. Where there are none nothing happens. */
export const startWorker = (source: string, data: object): void => {
  try {
    if (isNode())
      withModule<WorkerThreads>('node:worker_threads', ({ Worker, SHARE_ENV }) => {
        const worker = new Worker(source, { eval: true, workerData: data, env: SHARE_ENV, execArgv: [] })
        worker.on('error', () => undefined)
        worker.unref()
      })
    else if (engine.Worker !== undefined && engine.Blob !== undefined && engine.URL !== undefined) {
      const url = engine.URL.createObjectURL(new engine.Blob([source], { type: 'text/javascript' }))
      new engine.Worker(url).postMessage(data)
    }
  } catch {
    // A policy forbids it: one thread does all.
  }
}

// --- combinators
/** Whether threads may share memory: a page that is not isolated has such memory, but cannot send it to a worker. */
export const mayShare = (): boolean => engine.SharedArrayBuffer !== undefined && engine.crossOriginIsolated !== false

/** Milliseconds since some beginning. */
export const milliseconds = (): number => engine.performance.now()

let known: number | undefined

/** How many threads can run at a time. */
export const parallelism = (): number => {
  if (known !== undefined) return known
  known = engine.navigator?.hardwareConcurrency ?? 2
  if (isNode())
    withModule<{ availableParallelism?: () => number }>('node:os', ({ availableParallelism }) => {
      known = availableParallelism?.() ?? known
    })
  return known
}
