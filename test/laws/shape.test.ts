/** The laws of operations, for the operations of shapeRows. */

import { shapeRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(shapeRows)
