/** List maps are maps by the numbers of their keys. */

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ListMap } from '../../src/language/data/listMap.js'

it('finds what was last set for a list of the same numbers', () => {
  const number = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.maxSafeInteger())
  const entries = fc.array(fc.tuple(fc.array(number, { maxLength: 3 }), fc.nat()), { maxLength: 50 })
  fc.assert(
    fc.property(entries, (entries) => {
      const [table, reference] = [new ListMap<number>(), new Map<string, number>()]
      for (const [key, value] of entries) {
        expect(table.get(key)).toBe(reference.get(String(key)))
        table.set(key, value)
        reference.set(String(key), value)
      }
      for (const [key] of entries) expect(table.get([...key])).toBe(reference.get(String(key)))
    })
  )
})

it('tells lists with the same hash apart', () => {
  // Numbers are hashed by their lowest 32 bits.
  const table = new ListMap<string>().set([1], 'a').set([1 + 2 ** 32], 'b')
  expect([table.get([1]), table.get([1 + 2 ** 32]), table.get([1 + 2 ** 33])]).toEqual(['a', 'b', undefined])
})
