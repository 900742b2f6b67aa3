/** The page: all tests of `compile`, told line by line on the console. */
import '../compile/control.test.js'
import '../compile/functions.test.js'
import '../compile/loops.test.js'
import '../compile/operations.test.js'
import '../compile/products.test.js'
import '../compile/programs.test.js'
import '../compile/sharing.test.js'
import '../compile/threads.test.js'
import '../compile/values.test.js'
import '../compile/versions.test.js'
import * as fc from 'fast-check'
import { runAll } from './vitest.js'

// The same code runs in Node with all its cases: here it is the browser that is tested.
fc.configureGlobal({ numRuns: 4 })

const { crossOriginIsolated } = globalThis as unknown as { crossOriginIsolated: boolean }
console.log(JSON.stringify({ isolated: crossOriginIsolated }))
await runAll((outcome) => console.log(JSON.stringify(outcome)))
console.log(JSON.stringify({ done: true }))
