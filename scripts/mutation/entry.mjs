/** What a worker imports first of the bundle. */

import * as ops from 'freegrad/ops'
import { provide } from './switch.mjs'

export { activate, hits } from './switch.mjs'
export { collect, failure } from './vitest.mjs'

provide(ops)
