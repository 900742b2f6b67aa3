/** Shapes: generators of small ones, with axes of size 1 and 0 among them, and of shapes that broadcast together. */

import * as fc from 'fast-check'
import type { Shape } from 'freegrad'

// --- constructors
/** The least and the largest number of axes, and whether they may be empty. */
export type ShapeOptions = Readonly<{ least?: number; most?: number; empty?: boolean }>

const axis = (empty: boolean): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 2, max: 3 }) },
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: empty ? 1 : 0, arbitrary: fc.constant(0) }
  )

/** Shapes of `least` to `most` axes of size 1 to 3, and with `empty` now and then of size 0. */
export const shapes = ({ least = 0, most = 3, empty = true }: ShapeOptions = {}): fc.Arbitrary<Shape> =>
  fc.array(axis(empty), { minLength: least, maxLength: most })

/** `count` shapes that broadcast together: axes of one shape left out in front or shrunk to size 1. */
export const broadcastable = (count: number, options?: ShapeOptions): fc.Arbitrary<ReadonlyArray<Shape>> =>
  fc
    .tuple(shapes(options), fc.array(fc.nat(63), { minLength: count, maxLength: count }))
    .map(([shape, choices]) => choices.map((choice) => narrowed(shape, choice)))

// An even choice keeps the shape; the bits of an odd one say how many axes go and which of the others shrink.
const narrowed = (shape: Shape, choice: number): Shape =>
  choice % 2 === 0
    ? shape
    : shape.slice((choice >> 1) % (shape.length + 1)).map((n, i) => ((choice >> (i + 3)) % 2 === 1 ? 1 : n))

/** A subset of the axes of a shape, in order. */
export const axesOf = (shape: Shape, least = 0): fc.Arbitrary<ReadonlyArray<number>> =>
  fc.subarray(
    shape.map((_, i) => i),
    { minLength: Math.min(least, shape.length) }
  )

/** One axis of a shape that has one. */
export const axisOf = (shape: Shape): fc.Arbitrary<number> => fc.nat(shape.length - 1)

/** An order of the axes of a shape. */
export const permutationOf = (shape: Shape): fc.Arbitrary<ReadonlyArray<number>> =>
  fc.shuffledSubarray(
    shape.map((_, i) => i),
    { minLength: shape.length, maxLength: shape.length }
  )

// --- combinators
/** The number of elements of a shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((n, size) => n * size, 1)
