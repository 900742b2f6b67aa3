/** The laws of operations, for the operations of iterationRows. */

import { iterationRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(iterationRows)
