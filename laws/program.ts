/** The laws of programs: what any function of tensors owes to every handler, for random programs and for one's own. */

import * as fc from 'fast-check'
import { arraysOf } from './arrays.js'
import { batching, batchingOfDerivatives, type Lanes, lanesOf } from './batching.js'
import { adjoint, firstOrder, oneOrderUp, secondOrder, slopesBy } from './differentiation.js'
import { between } from './domains.js'
import { evaluation } from './evaluation.js'
import { type Law, type Property, property } from './law.js'
import { type Masked, masked, maskedBranches } from './masking.js'
import type { Point } from './point.js'

// --- combinators
/** Every law of programs that only evaluate. */
export const evaluationLaws = (points: fc.Arbitrary<Point>): ReadonlyArray<Property> => [
  ...evaluation.map((law) => property(law, points)),
  ...batching.map((law) => property(law, points.chain(lanesAround)))
]

/**
 * Every law of first and second derivatives that programs keep wherever their derivatives are finite. Programs that are
 * in parts of float32 keep them `narrowly`.
 */
export const derivativeLaws = (
  points: fc.Arbitrary<Point>,
  to: <A>(law: Law<A>) => Law<A> = (law) => law
): ReadonlyArray<Property> => {
  const hold = <A>(law: Law<A>, cases: fc.Arbitrary<A>) => property(to(law), cases)
  return [
    ...[...firstOrder, ...oneOrderUp(adjoint), ...secondOrder].map((law) => hold(law, points)),
    ...batchingOfDerivatives.map((law) => hold(law, points.chain(lanesAround))),
    ...maskedBranches.map((law) => hold(law, points.chain(poisoned)))
  ]
}

/** The laws of slopes, for programs that are smooth. */
export const slopeLaws = (points: fc.Arbitrary<Point>): ReadonlyArray<Property> =>
  [slopesBy(8), ...oneOrderUp(slopesBy(8))].map((law) => property(law, points))

// Three lanes: the point and two more, in a domain where random programs may be called.
const lanesAround = ({ f, x, seed }: Point): fc.Arbitrary<Lanes> => {
  const others = fc.tuple(...x.map(({ dtype, shape }) => arraysOf(dtype, shape, between(-2, 2))))
  return fc
    .tuple(others, others, fc.array(fc.nat(30), { minLength: 4, maxLength: 4 }))
    .map(([second, third, choices]) => lanesOf(f, [x, second, third], choices, seed))
}

const poisoned = ({ f, x, seed }: Point): fc.Arbitrary<Masked> =>
  fc.tuple(...x.map(({ dtype, shape }) => arraysOf(dtype, shape))).map((values) => masked(f, x, values, seed))
