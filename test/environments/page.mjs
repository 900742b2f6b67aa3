/** The suite in a page and in a module worker of it, which prints what failed. The page's address says what it may do. */

import { failures } from './suite.mjs'

const { search } = location
const inWorker = () =>
  new Promise((resolve, reject) => {
    // An address that no bundler sees.
    const script = ['', 'pageWorker.js'].join('/') + search
    const worker = new Worker(script, { type: 'module' })
    worker.onerror = ({ message }) => reject(new Error(message || 'the worker does not start'))
    worker.onmessage = ({ data }) => (data.length === 0 ? resolve() : reject(new Error(data.join('\n'))))
  })

failures(search !== '?forbidden', { 'works in a module worker': inWorker }).then((failed) =>
  console.log(JSON.stringify({ failed }))
)
