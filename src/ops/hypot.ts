/** The length and direction of a vector of two numbers, elementwise, without overflow or underflow of squares. */

import { onceForEach } from '../language/data/once.js'
import type { Builder, Lowered } from '../language/terms/lowering.js'
import { defineOp, type Op, pointwise } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { hypotRange as range, direction as scalarDirection, hypot as scalarHypot } from '../math/elementary.js'
import { add, div, integerPow, mul, neg } from './arithmetic.js'
import { eq } from './comparison.js'
import { perElement } from './cost.js'
import { elementwise } from './kernel.js'
import { floats } from './promote.js'
import { floating, sameOperands } from './rules.js'
import { select } from './select.js'

// --- model
const square = (x: Tensor): Tensor => integerPow(x, { n: 2 })

// --- constructors
/**
 * `√(x² + y²)`; ∞ if either operand is infinite. Its partial derivatives are `direction`. At the origin they are 0, and
 * the second derivatives of the square are correct.
 */
export const hypot: Op<2> = defineOp({
  name: 'hypot',
  arity: 2,
  prepare: floats,
  type: sameOperands(floating),
  evaluate: elementwise(scalarHypot),
  jvp: [(dx, [x, y]) => mul(dx, direction(x, y)), (dy, [x, y]) => mul(dy, direction(y, x))],
  square: ([x, y]) => add(square(x), square(y)),
  batch: pointwise,
  flops: perElement(8),
  lower: (b, [x, y], _, { dtype }) => {
    const { length, back } = scaled(b, b.convert(x, 'float64'), b.convert(y, 'float64'))
    const isInfinite = b.or(b.eq(b.abs(x), Infinity), b.eq(b.abs(y), Infinity))
    return b.select(isInfinite, b.constant(Infinity, dtype), b.convert(b.mul(length, back), dtype))
  }
})

/**
 * `d = x / √(x² + y²)`, and at the origin `x`, which is 0. With `t = y / √(x² + y²)` its partial derivatives are `t² /
 * hypot` and `-d t / hypot`. They are accurate if one operand is much larger than the other.
 */
export const direction: Op<2> = defineOp({
  name: 'direction',
  arity: 2,
  prepare: floats,
  type: sameOperands(floating),
  evaluate: elementwise(scalarDirection),
  jvp: [(dx, _, d) => mul(dx, turned(d, partsOf(d).across, Infinity)), (dy, _, d) => mul(dy, neg(turned(d, d, 0)))],
  batch: pointwise,
  flops: perElement(8),
  lower: (b, [x, y], _, { dtype }) => {
    const [p, q] = [b.convert(x, 'float64'), b.convert(y, 'float64')]
    const isInfinite = b.or(b.eq(b.abs(p), Infinity), b.eq(b.abs(q), Infinity))
    const end = (z: Lowered) => b.select(b.eq(b.abs(z), Infinity), b.sign(z), b.constant(0, 'float64'))
    const [u, v] = [b.select(isInfinite, end(p), p), b.select(isInfinite, end(q), q)]
    const { first, length } = scaled(b, u, v)
    return b.convert(b.select(b.eq(length, 0), u, b.div(first, length)), dtype)
  }
})

// What both partial derivatives of a direction are made of, built once for each.
const partsOf = onceForEach((d: Tensor) => {
  const [x, y] = d.operands
  const [across, length] = [direction(y, x), hypot(x, y)]
  return { across, isOrigin: eq(length, 0), rate: div(across, length) }
})

// The part of the rate, a quotient first, so that no square leaves the range; at the origin what the slope is instead.
const turned = (d: Tensor, part: Tensor, value: number): Tensor => {
  const { isOrigin, rate } = partsOf(d)
  return select(isOrigin, value, mul(part, rate))
}

// The length in a measure in which squares are numbers, and what takes it back.
const scaled = (b: Builder, x: Lowered, y: Lowered) => {
  const largest = b.max(b.abs(x), b.abs(y))
  const [isLarge, isSmall] = [b.gt(largest, range.most), b.lt(largest, range.least)]
  const [down, up, one] = [range.down, range.up, 1].map((value) => b.constant(value, 'float64'))
  const factor = b.select(isLarge, down, b.select(isSmall, up, one))
  const [p, q] = [b.mul(x, factor), b.mul(y, factor)]
  return {
    first: p,
    length: b.sqrt(b.add(b.mul(p, p), b.mul(q, q))),
    back: b.select(isLarge, up, b.select(isSmall, down, one))
  }
}
