/** The laws of operations, for the operations of complexRows. */

import { complexRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(complexRows)
