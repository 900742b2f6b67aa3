/** Transforms along an axis: which, of how many numbers, and by what they are divided. */

import { countOf, mostNumbers } from '../language/data/count.js'
import { fail } from '../language/data/error.js'
import { type Known, known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import type { Tensor } from '../language/terms/term.js'
import { axesInOrder, axisOf, listOf, scaledBy } from '../numpy/operands.js'
import { moveAxis } from '../ops/shape.js'
import { padAxis, sliceAxis } from '../ops/slice.js'
import { inverse, transform } from './discrete.js'
import { inverseReal, transformReal } from './real.js'

// --- model
/** Where the factor 1/n goes: into the inverse, half into each as 1/√n, or into the forward transform. */
export type Norm = 'backward' | 'ortho' | 'forward'

/**
 * Options of a transform: the axis (the last), the number of elements to use (fewer are cut off, more are filled with
 * zeros), and the norm (`'backward'`).
 */
export type Along = Readonly<{ n?: number; axis?: number; norm?: Norm }>

/** The same for several axes: by default all, or as many of the last axes as there are sizes in `s`. */
export type AlongAll = Readonly<{ s?: S.Shape; axes?: S.Axes; norm?: Norm }>

/** A transform of `n` numbers along `axis`. */
export type Course = Readonly<{ axis: number; n: number; norm: Norm }>

// --- constructors
const norms: ReadonlyArray<Norm> = ['backward', 'ortho', 'forward']
export const alongOptions: Known<Along> = known<Along>({ n: 'checked', axis: 'checked', norm: norms })
export const alongAllOptions: Known<AlongAll> = known<AlongAll>({ s: 'checked', axes: 'checked', norm: norms })

/** How many numbers there are by themselves, where so many stand along the axis. */
type Size = (along: number) => number
const same: Size = (along) => along
/** Real numbers, of whose transform the first half stands along the axis. */
export const twice: Size = (along) => 2 * (along - 1)

/** The one course of a transform; `AxisError` for no such axis, `ShapeError` for no numbers. */
export const courseOf = (name: string, x: Tensor, { n, axis = -1, norm = 'backward' }: Along, size = same): Course => {
  const at = axisOf(name, x, axis)
  return { axis: at, n: pointsOf(name, x, n ?? size(x.type.shape[at])), norm }
}

/** The courses along several axes: `usual` ones if neither they nor their number is said. */
export const coursesOf = (
  name: string,
  x: Tensor,
  { s, axes, norm = 'backward' }: AlongAll,
  usual: S.Axes = S.range(x.type.shape.length),
  size = same
): ReadonlyArray<Course> => {
  const sizes = s === undefined ? undefined : listOf(name, 's', s)
  // The last one that is named is that of the real numbers.
  const all = axesInOrder(name, x, axes ?? (sizes === undefined ? usual : S.range(0, -sizes.length)), 'axes')
  if (all.length === 0)
    fail('AxisError', name, 'the list of axes is empty', { operands: [x.type], hint: 'give at least one axis' })
  if (sizes !== undefined && sizes.length !== all.length)
    fail('ShapeError', name, `${sizes.length} sizes for ${all.length} axes`, {
      operands: [x.type],
      hint: 'give a size for each axis'
    })
  return all.map((axis, k) => {
    const along = x.type.shape[axis]
    return { axis, n: pointsOf(name, x, sizes?.[k] ?? (k === all.length - 1 ? size(along) : along)), norm }
  })
}

// The roots of unity of a transform are numbers that are written down.
const pointsOf = (name: string, x: Tensor, n: number): number =>
  countOf(name, 'the size n', n, 'numbers', { least: 1, most: mostNumbers, operands: [x.type] })

// --- combinators
/** A transform of complex or real numbers along a course. */
export type Transform = (x: Tensor, course: Course) => Tensor

/** The transform along a course. */
export const forward: Transform = (z, course) => given(transform(taken(z, course, course.n)), course, false)

/** The inverse transform. */
export const backward: Transform = (z, course) => given(inverse(taken(z, course, course.n)), course, true)

/** The first half of the transform of real numbers. */
export const forwardReal: Transform = (x, course) => given(transformReal(taken(x, course, course.n)), course, false)

/** The real numbers of whose transform the first half is given. */
export const backwardReal: Transform = (z, course) =>
  given(inverseReal(taken(z, course, Math.floor(course.n / 2) + 1), course.n), course, true)

// So many of the numbers along the axis, or all and zeros after them, moved to the last axis.
const taken = (x: Tensor, { axis }: Course, n: number): Tensor => {
  const along = x.type.shape[axis]
  const sized = along === n ? x : along > n ? sliceAxis(x, axis, 0, n) : padAxis(x, 0, axis, 0, n - along)
  return moveAxis(sized, axis, last(x))
}

const last = ({ type }: Tensor): number => type.shape.length - 1

// Moved back, and divided by as much as the norm says.
const given = (x: Tensor, { axis, n, norm }: Course, isInverse: boolean): Tensor => {
  const share = norm === 'ortho' ? 1 / Math.sqrt(n) : (norm === 'forward') !== isInverse ? 1 / n : 1
  return moveAxis(share === 1 ? x : scaledBy(x, share), last(x), axis)
}
