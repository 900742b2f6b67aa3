/** The laws of operations, for the operations of arithmeticRows. */

import { arithmeticRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(arithmeticRows)
