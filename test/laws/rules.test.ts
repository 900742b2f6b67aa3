/** The laws of functions with rules: a true rule changes nothing in random programs. */

import { indistinguishable, scriptPoints, verify } from 'freegrad/laws'
import { describe, it } from 'vitest'

describe('a rule that states the true derivative', () => {
  for (const law of indistinguishable)
    it(law.name, () => verify(law, scriptPoints('smooth', { most: 8 }), { runs: 20 }))
})
