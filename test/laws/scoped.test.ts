/** Programs of loops and branches within each other, whose functions perform an effect. */
import { reversible, scopedLaws, scopedPrograms, scopedReversibleLaws, verify } from 'freegrad/laws'
import { describe, it } from 'vitest'

describe('loops and branches whose functions are programs', () => {
  for (const law of scopedLaws) it(law.name, () => verify(law, scopedPrograms))
  for (const law of scopedReversibleLaws) it(law.name, () => verify(law, reversible))
})
