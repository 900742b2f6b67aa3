/** Branches and loops of random programs are what they run. */

import { alternatives, choosing, looping, repetitions, verify } from 'freegrad/laws'
import { describe, it } from 'vitest'

describe('branches of random programs', () => {
  for (const law of choosing) it(law.name, () => verify(law, alternatives))
})

describe('loops of random programs', () => {
  for (const law of looping) it(law.name, () => verify(law, repetitions))
})
