/** The laws of functions with rules: those of operations, and that a true rule changes nothing in random programs. */

import { indistinguishable, ruleRows, scriptPoints, verify } from 'freegrad/laws'
import { describe, it } from 'vitest'
import { describeRows } from './describe.js'

describeRows(ruleRows)

describe('a rule that states the true derivative', () => {
  for (const law of indistinguishable)
    it(law.name, () => verify(law, scriptPoints('smooth', { most: 8 }), { runs: 20 }))
})
