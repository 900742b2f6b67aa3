/** Compiled loops that are long enough for ranges, tiles, vectors and their rests give what few elements give. */

import * as fc from 'fast-check'
import { compile } from 'freegrad'
import { manyLanes, operations, samplesOf, verify, wholeLanesOf } from 'freegrad/laws'
import { describe, it } from 'vitest'

describe('any operation', () => {
  const lanes = fc.constantFrom(...operations).chain((row) => samplesOf(row, row.calls).map(wholeLanesOf))

  it.each([7, 1031])('compiles to the same results in %i lanes', (count) =>
    verify(
      manyLanes(
        count,
        (f) =>
          (...xs) =>
            compile(f)(...xs)
      ),
      lanes,
      { runs: 25 }
    )
  )

  it('compiles to the same results on two threads', () =>
    verify(
      manyLanes(
        20_011,
        (f) =>
          (...xs) =>
            compile(f, { threads: 2 })(...xs)
      ),
      lanes.filter(({ lanes: [x] }) => x.every(({ size }) => size < 4)),
      { runs: 5 }
    ))
})
