/** Hostile programs: a few of the inputs that `npm run attack` gives to the door of decoding. */
import { describe, it } from 'vitest'
import { decoding } from './decoding.js'
import { holds } from './holds.js'

describe('a program from a stranger', () => {
  it('decodes or is refused, and what decodes can be used', () => holds(decoding, { runs: 300 }))
})
