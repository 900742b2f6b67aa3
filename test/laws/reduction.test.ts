/** The laws of operations, for the operations of reductionRows. */

import { reductionRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(reductionRows)
