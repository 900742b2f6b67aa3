/** The laws of operations, for the operations of productRows. */

import { productRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(productRows)
