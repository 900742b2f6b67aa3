/** The laws of operations, for the operations of choiceRows. */

import { choiceRows } from 'freegrad/laws'
import { describeRows } from './describe.js'

describeRows(choiceRows)
