/** Random programs of all operations meet the laws that each operation meets, up to second order. */

import { derivativeLaws, evaluationLaws, narrowly, type Property, scriptPoints, slopeLaws } from 'freegrad/laws'
import { describe, it } from 'vitest'

const hold = (laws: ReadonlyArray<Property>): void => {
  for (const { name, verify } of laws) it(name, () => verify())
}

describe('programs of every dtype, within and beyond the domains of their operations', () => {
  hold(evaluationLaws(scriptPoints('wild', { dtypes: ['float64', 'float32'] })))
})

describe('programs with kinks, ties and branches', () => {
  hold(derivativeLaws(scriptPoints('kinked')))
})

describe('smooth programs', () => {
  hold(slopeLaws(scriptPoints('smooth')))
  hold(derivativeLaws(scriptPoints('smooth')))
})

describe('smooth programs, in parts of float32', () => {
  hold(derivativeLaws(scriptPoints('smooth', { dtypes: ['float64', 'float32'] }), narrowly))
})
