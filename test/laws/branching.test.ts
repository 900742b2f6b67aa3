/** The laws of operations, for the operations of branchingRows. */

import { branchingRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(branchingRows)
