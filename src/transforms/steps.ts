/** Steps: a step on leaves done again and again, as one operation, one after the other, or so that little is remembered. */

import { itemAt, zipped } from '../language/data/items.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { projections } from '../language/terms/block.js'
import { now, type Tensor } from '../language/terms/term.js'
import { fresh } from '../ops/bodies.js'
import { concatenateAll } from '../ops/concatenate.js'
import { scanOf } from '../ops/scan.js'
import { reshaped } from '../ops/shape.js'
import { sliceAxis } from '../ops/slice.js'
import { strong } from './arguments.js'
import { remembering } from './checkpoint.js'

// --- model
type Tensors = ReadonlyArray<Tensor>

/** A step: the next carries, and the outputs. */
export type Step = (carries: Tensors, elements: Tensors) => Readonly<{ next: Tensors; ys: Tensors }>

/**
 * How often and from which end a step is done, how many become one step, and how many carries are kept at each level of a
 * recursive schedule, if there is one.
 */
export type Course = Readonly<{ length: number; reverse: boolean; unroll: number; keep: number | undefined }>

/** So many times `size` steps, which `many` does together: its sequences and outputs have an axis for them, if not 1. */
type Part = Readonly<{ size: number; count: number; many: Step }>

// --- combinators
/** All steps of a course along the first axes of sequences. */
export const goThrough = (step: Step, carries: Tensors, xs: Tensors, course: Course): ReturnType<Step> => {
  const { length, reverse, unroll, keep } = course
  if (keep !== undefined && length > keep) return inParts(sparing(step, course, keep), carries, xs, reverse)
  return unroll === 1
    ? loop(step, carries, xs, length, reverse)
    : inParts(unrolling(step, course), carries, xs, reverse)
}

// `unroll` steps become one as often as they fit, and so does the rest.
const unrolling = (step: Step, { length, reverse, unroll }: Course): ReadonlyArray<Part> => {
  const times = Math.floor(length / unroll)
  const rest = length - times * unroll
  const part = (size: number, count: number): Part => ({
    size,
    count,
    many: size === 1 ? step : (entering, elements) => unrolled(step, entering, elements, size, reverse)
  })
  return [part(unroll, times), ...(rest === 0 ? [] : [part(rest, 1)])]
}

/**
 * The digits of the length to the base `keep`, the highest first: a digit stands for as many scans of a power of the base.
 * On the way back each of them is run again, with the carries that enter its `keep` parts kept, and so on within them:
 * the carries kept at a time are as many as the digits' sum at most, and each step is done once more at each level.
 */
const sparing = (step: Step, course: Course, keep: number): ReadonlyArray<Part> => {
  const { reverse } = course
  const parts: Array<Part> = []
  let many = step
  let size = 1
  for (let left = course.length; left > 0; left = Math.floor(left / keep)) {
    if (left % keep > 0) parts.unshift({ size, count: left % keep, many })
    const within = { size, count: keep, many }
    const innermost = { ...course, length: keep, keep: undefined }
    const all: Step =
      size === 1
        ? (entering, elements) => goThrough(step, entering, elements, innermost)
        : (entering, elements) => inParts([within], entering, elements, reverse)
    many = forgetting(all)
    size *= keep
  }
  return parts
}

/** Parts one after the other, in the order in which the sequences are gone through. */
const inParts = (parts: ReadonlyArray<Part>, carries: Tensors, xs: Tensors, reverse: boolean): ReturnType<Step> => {
  const rows: Array<Tensors> = []
  let next = carries
  let at = 0
  for (const { size, count, many } of parts) {
    const steps = size * count
    const lead = [...(count === 1 ? [] : [count]), ...(size === 1 ? [] : [size])]
    const own = xs.map((x) => {
      const from = reverse ? S.sizeAt(x.type.shape, 0) - at - steps : at
      return reshaped(sliceAxis(x, 0, from, from + steps), [...lead, ...x.type.shape.slice(1)])
    })
    const done = count === 1 ? many(next, own) : loop(many, next, own, count, reverse)
    next = done.next
    rows.push(done.ys.map((y) => reshaped(strong(y), [steps, ...y.type.shape.slice(lead.length)])))
    at += steps
  }
  return { next, ys: joined(reverse ? rows.reverse() : rows) }
}

/** The steps as one operation. */
const loop = (step: Step, carries: Tensors, xs: Tensors, length: number, reverse: boolean): ReturnType<Step> => {
  const oldest = now()
  const entering = carries.map((x) => fresh(x.type, 'carry'))
  const elements = xs.map((x) => fresh(T.withShape(x.type, x.type.shape.slice(1)), 'x'))
  const { next, ys } = step(entering, elements)
  const results = projections(
    scanOf({
      carries: zipped(entering, carries),
      sequences: zipped(elements, xs),
      rest: [],
      next,
      ys,
      length,
      reverse,
      oldest
    })
  )
  return { next: results.slice(0, carries.length), ys: results.slice(carries.length, carries.length + ys.length) }
}

/** The steps one after the other. */
const unrolled = (step: Step, carries: Tensors, xs: Tensors, length: number, reverse: boolean): ReturnType<Step> => {
  const order = reverse ? S.range(length).reverse() : S.range(length)
  let next = carries
  const rows: Array<Tensors> = []
  for (const i of order) {
    const done = step(
      next,
      xs.map((x) => reshaped(sliceAxis(x, 0, i, i + 1), x.type.shape.slice(1)))
    )
    next = done.next
    rows[i] = done.ys.map((y) => reshaped(strong(y), [1, ...y.type.shape]))
  }
  return { next, ys: joined(rows) }
}

// Outputs of some steps after those of others.
const joined = (rows: ReadonlyArray<Tensors>): Tensors => {
  const [first = [], ...others] = rows
  if (others.length === 0) return first
  return first.map((x, k) => concatenateAll([x, ...others.map((row) => itemAt(row, k))], 0))
}

/** A step of which the way back keeps nothing. */
const forgetting =
  (step: Step): Step =>
  (carries, elements) => {
    const results = remembering(
      [...carries, ...elements],
      (given) => {
        const { next, ys } = step(given.slice(0, carries.length), given.slice(carries.length))
        return [...next, ...ys]
      },
      'nothingSaveable'
    )
    return { next: results.slice(0, carries.length), ys: results.slice(carries.length) }
  }
