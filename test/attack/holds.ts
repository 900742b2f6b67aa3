/** A door under test: a property of the numbers of its inputs, from a fixed seed. */
import * as fc from 'fast-check'
import { type Door, flawsOf, randomOf } from './engine.js'

/** Holds if so many inputs of a door have no flaw; the counterexample is the number of an input. */
export const holds = (
  door: Door,
  { runs, seed = 20261130 }: Readonly<{ runs: number; seed?: number }>
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.nat(), async (index) => {
      const flaws = flawsOf(await door(randomOf(seed, index), index, () => {}))
      if (flaws.length > 0) throw new Error(`input ${index} of seed ${seed}:\n${flaws.join('\n')}`)
    }),
    { seed, numRuns: runs }
  )
