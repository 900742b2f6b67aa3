/** The laws of operations, for the operations of realRows. */

import { realRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(realRows)
