/** Random nests of transforms, loops, rules and handlers: freegrad and an interpreter of tagged dual numbers agree. */
import * as fc from 'fast-check'
import { compile, run, type Tensor } from 'freegrad'
import { describe, expect, it } from 'vitest'
import { program } from './built.js'
import { type Case, caseOf } from './cases.js'
import { interpreted, TooLong } from './dual.js'
import { shown, simpler } from './language.js'

const { numRuns = 250, seed = 1 } = fc.readConfigureGlobal()

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))

/** How a case goes wrong; `undefined` if it does not, `null` if it is too long or too large to tell. */
const wrong = ({ expr, x }: Case, also: boolean): string | null | undefined => {
  let want: number
  try {
    want = interpreted(expr, x)
  } catch (error) {
    if (error instanceof TooLong) return null
    throw error
  }
  if (!(Math.abs(want) < 1e6)) return null
  try {
    const got = [run(program(expr)(run(x as never) as never)).item()]
    if (also) got.push(compile((y: Tensor) => program(expr)(y))(x).item())
    return got.every((each) => near(each, want)) ? undefined : `${want} was expected, ${got} came`
  } catch (error) {
    return `${want} was expected, and this came: ${error instanceof Error ? error.stack : String(error)}`
  }
}

/** The simplest case of the kind that goes wrong. */
const simplest = (given: Case): Case => {
  const less = simpler(given.expr).find((expr) => {
    try {
      return typeof wrong({ ...given, expr }, true) === 'string'
    } catch {
      return false
    }
  })
  return less === undefined ? given : simplest({ ...given, expr: less })
}

describe('random nests of transforms', { timeout: 30_000 + 100 * numRuns }, () => {
  it('agree with tagged dual numbers', () => {
    let told = 0
    for (let k = 0; k < numRuns; k++) {
      const given = caseOf(seed * 1_000_003 + k)
      const problem = wrong(given, k % 4 === 0)
      if (typeof problem === 'string') {
        const least = simplest(given)
        expect.fail(`case ${k}: ${shown(least.expr)} at ${least.x}: ${wrong(least, true)}`)
      }
      if (problem === undefined) told++
    }
    expect(told).toBeGreaterThan(numRuns / 2)
  })
})
