/** The suite in a process of Node, Deno or Bun: itself, in a worker, and by `require`. */

import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { Tensor } from 'freegrad'
import { failures } from './suite.mjs'

const inWorker = () =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.mjs', import.meta.url))
    worker.on('error', reject)
    worker.on('message', (failed) => {
      worker.terminate()
      if (failed.length === 0) resolve()
      else reject(new Error(failed.join('\n')))
    })
  })

const required = () => {
  const { Tensor: same, result } = createRequire(import.meta.url)('./required.cjs')
  if (result !== 12) throw new Error(`the required copy gives ${result}`)
  if (same !== Tensor) throw new Error('what is required is another copy')
}

const failed = await failures(true, { 'works in a worker': inWorker, 'is required': required })
for (const failure of failed) console.log(failure)
process.exit(failed.length === 0 ? 0 : 1)
