/** The laws of operations: all that an operation owes to every handler, verified from its row. */

import type * as fc from 'fast-check'
import { flat } from 'freegrad'
import { batching, batchingOfDerivatives, batchingOfPushforwards, type Lanes, pulledLanes } from './batching.js'
import {
  adjoint,
  firstOrder,
  forwardOrder,
  oneOrderUp,
  precision,
  primals,
  pushforwardIsLinear,
  secondOrder,
  slopes
} from './differentiation.js'
import { evaluation, weakness } from './evaluation.js'
import { contramap, type Law, type Property, property } from './law.js'
import { maskedBackwards, maskedBranches, maskedPushforwards, takenBranches } from './masking.js'
import { isWide, type Point } from './point.js'
import { digits } from './precision.js'
import { references } from './reference.js'
import {
  type Call,
  isAwayFrom0,
  isReference,
  maskedBehindOf,
  maskedOf,
  maskedRoughlyOf,
  movingLanesOf,
  pointOf,
  type Row,
  samplesOf,
  singularOf,
  wholeLanesOf,
  wholePointOf
} from './row.js'

// --- model
// There are some thirty laws for each of a hundred operations.
const few = { runs: 20 }
const fewer = { runs: 10 }

// --- combinators
/**
 * Every law of operations for one of them: evaluation and batching on all its calls; where it is smooth, first and
 * second derivatives, those again of its pushforward and pullback, their batching, float32, and branches not taken;
 * where a convention chooses its derivative, all of these but the slope; and in the tails the digits of each number.
 */
export const operationLaws = (row: Row): ReadonlyArray<Property> => {
  const { op, calls, smooth, kinks, tails, reverse, reference = references[op.name] } = row
  const whole = samplesOf(row, calls)
  return [
    ...evaluation.map((law) => property(law, whole.map(wholePointOf), few)),
    ...batching.map((law) => property(law, whole.map(wholeLanesOf), few)),
    ...(reference === undefined ? [] : [property(isReference(reference), samplesOf(row, calls, 1), few)]),
    ...(smooth === undefined || !isPlain(row) ? [] : [property(weakness, samplesOf(row, smooth).map(pointOf), few)]),
    ...(smooth === undefined ? [] : reverse === false ? forwardLaws(row, smooth) : smoothLaws(row, smooth)),
    ...(kinks === undefined ? [] : kinkLaws(row, kinks)),
    ...(tails === undefined ? [] : [property(digits, samplesOf(row, tails, 1).map(pointOf), few)])
  ]
}

// Whether it is called with its operands alone, and keeps the dtype.
const isPlain = ({ op, call }: Row): boolean => call === undefined && op.name !== 'convert'

// What an operation without a way back owes: forward mode to second order, in lanes and in branches not taken.
const forwardLaws = (row: Row, calls: fc.Arbitrary<Call>): ReadonlyArray<Property> => {
  const samples = samplesOf(row, calls)
  const points = samples.map(pointOf)
  const wide = points.filter(isWide)
  const lanes = samples.map(movingLanesOf)
  const up = (law: Law<Point>) => oneOrderUp(law).slice(0, 1)
  return [
    ...[slopes, ...up(slopes)].map((law) => property(law, wide, few)),
    ...[...forwardOrder, ...up(pushforwardIsLinear)].map((law) => property(law, points, few)),
    ...batchingOfPushforwards.map((law) => property(law, lanes, few)),
    ...maskedPushforwards.map((law) => property(law, samples.chain(maskedOf), fewer))
  ]
}

const smoothLaws = (row: Row, calls: fc.Arbitrary<Call>): ReadonlyArray<Property> => {
  const samples = samplesOf(row, calls)
  const points = samples.map(pointOf)
  const wide = points.filter(isWide)
  const lanes = samples.map(movingLanesOf)
  const atPoints = (laws: ReadonlyArray<Law<Point>>) => laws.map((law) => property(law, points, few))
  return [
    ...(row.slope !== false ? [slopes, ...oneOrderUp(slopes)].map((law) => property(law, wide, few)) : []),
    ...atPoints([...firstOrder, ...oneOrderUp(adjoint), ...oneOrderUp(pushforwardIsLinear), ...secondOrder, precision]),
    ...oneOrderUp(precision).map((law) => property(law, points, few)),
    ...batchingOfDerivatives.map((law) => property(law, lanes, few)),
    ...batchingOfDerivatives.slice(0, 2).map((law) => property(secondLanes(law), lanes, fewer)),
    ...maskedBranches.map((law) => property(law, samples.chain(maskedOf), fewer)),
    property(takenBranches, samples.chain(singularOf), few),
    ...(row.op.rules.jvp === flat ? [] : maskedBranches).map((law) => ({
      ...property(law, samples.filter(isAwayFrom0).chain(maskedRoughlyOf), fewer),
      name: `${law.name}, of what has no slope there`
    })),
    ...maskedBackwards.map((law) => ({
      ...property(law, samples.chain(maskedBehindOf), fewer),
      name: `${law.name}, behind what has no slope there`
    }))
  ]
}

// A law of lanes, held to the pullback as a function of its own.
const secondLanes = contramap<Lanes, Lanes>(pulledLanes, (name) => `${name}, of the pullback`)

const kinkLaws = (row: Row, calls: fc.Arbitrary<Call>): ReadonlyArray<Property> => {
  const samples = samplesOf(row, calls)
  const atKinks = (law: Law<Point>): Property => {
    const { verify, name } = property(law, samples.map(pointOf), few)
    return { name: `${name}, at kinks`, verify }
  }
  return [
    ...[...firstOrder.filter((law) => law !== primals), ...oneOrderUp(adjoint), ...secondOrder].map(atKinks),
    ...batchingOfDerivatives.map((law) => ({
      ...property(law, samples.map(movingLanesOf), few),
      name: `${law.name}, at kinks`
    }))
  ]
}
