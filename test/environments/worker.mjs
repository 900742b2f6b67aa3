/** The suite in a worker of a process. */

import { parentPort } from 'node:worker_threads'
import { failures } from './suite.mjs'

parentPort.postMessage(await failures(true))
