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
 * Calls a function with a module of Node. Releases before 20.16 cannot give it at once and give it later; where a policy
 * forbids it, or what the function does, nothing happens.
 */
const withModule = <M>(name: string, use: (module: M) => void): void => {
  try {
    const get = engine.process?.getBuiltinModule
    if (get !== undefined) use(get(name) as M)
    // Written as a text, it concerns no bundler.
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

/** Starts a thread that runs a text with some data and keeps no process alive. Where there are none nothing happens. */
export const startWorker = (source: string, data: object): void =>
  isNode() ? startInNode(source, data) : startInPage(source, data)

// --- combinators
/** Whether threads may share memory: a page that is not isolated has such memory, but cannot send it to a worker. */
export const mayShare = (): boolean => engine.SharedArrayBuffer !== undefined && engine.crossOriginIsolated !== false

/** Milliseconds since some beginning, by a clock that is there: `performance` Node makes when it is first asked for it. */
export const milliseconds = (): number => {
  if (engine.process?.hrtime === undefined) return engine.performance.now()
  const [seconds, nanoseconds] = engine.process.hrtime()
  return 1e3 * seconds + 1e-6 * nanoseconds
}

// More would rather wait for memory than work.
const mostThreads = 16
let known: number | undefined

/** How many threads can usefully run at a time. */
export const parallelism = (): number => {
  if (known === undefined) {
    known = engine.navigator?.hardwareConcurrency ?? 2
    if (isNode())
      withModule<{ availableParallelism?: () => number }>('node:os', ({ availableParallelism }) => {
        known = availableParallelism?.() ?? known
      })
  }
  return Math.min(known, mostThreads)
}
