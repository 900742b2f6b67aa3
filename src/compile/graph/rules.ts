/**
 * The rules of the builder's methods. Calls from a `lower` are checked, because machine code addresses memory by the axes,
 * shapes and types that these calls give. The compiler itself calls the methods without the checks.
 */
import { describe } from '../../language/data/describe.js'
import { isFloating, itemSize } from '../../language/data/dtype.js'
import { fail } from '../../language/data/error.js'
import * as S from '../../language/data/shape.js'
import type * as T from '../../language/data/type.js'
import type { Builder, Lowered, Recurrence } from '../../language/terms/lowering.js'
import { Own } from '../routines/own.js'
import { asNode } from './builder.js'
import { areAxes, areSame, isIndex, isInside, shapeAt, shapeOfProduct } from './shapes.js'

// --- combinators
const refuse = (method: string, problem: string, xs: ReadonlyArray<Lowered>): never =>
  fail('ShapeError', 'compile', `a lower calls b.${method}, and ${problem}`, {
    operands: xs.map(({ type }) => type),
    hint: 'axes count from 0, and what a method reads lies inside its operands; see the methods of Builder'
  })

const nodes = (xs: ReadonlyArray<Lowered>): ReadonlyArray<Lowered> => xs.map(asNode)

/** Throws what `problem` says, unless `holds`. */
type Check = (holds: boolean, problem: string) => void

/** The check of a method for some operands, each of which the builder must have made. */
const checking = (method: string, xs: ReadonlyArray<Lowered>): Check => {
  nodes(xs)
  return (holds, problem) => {
    if (!holds) refuse(method, problem, xs)
  }
}

const isShape = (shape: S.Shape): boolean => Array.isArray(shape) && shape.every((n) => Number.isInteger(n) && n >= 0)
const typesOf = (xs: ReadonlyArray<Lowered>): ReadonlyArray<T.Type> => xs.map(({ type }) => type)
const differ = (a: ReadonlyArray<Lowered>, b: ReadonlyArray<Lowered>): boolean => !areSame(typesOf(a), typesOf(b))

/** A builder for the `lower` of an operation: the methods of another one, with their arguments checked. */
export const checkedBuilder = (b: Builder): Builder => ({
  ...b,
  convert: (x, dtype) => {
    checking('convert', [x])(Object.hasOwn(itemSize, dtype), `the dtype is ${describe(dtype)}`)
    return b.convert(x, dtype)
  },
  bitcast: (x, type) => {
    const bytes = (t: T.Type): number => S.size(t.shape) * itemSize[t.dtype]
    checking('bitcast', [x])(bytes(x.type) === bytes(type), 'the two types do not have the same number of bytes')
    return b.bitcast(x, type)
  },
  iota: (type, axis) => {
    checking('iota', [])(isShape(type.shape) && isIndex(axis, type.shape.length), `axis ${axis} is not one of its type`)
    return b.iota(type, axis)
  },
  reshape: (x, shape) => {
    checking('reshape', [x])(isShape(shape) && S.size(shape) === S.size(x.type.shape), `[${shape}] has another size`)
    return b.reshape(x, shape)
  },
  view: (x, shape, along) => {
    const check = checking('view', [x])
    const from = x.type.shape
    check(isShape(shape), `the shape is [${shape}]`)
    check(along.length === from.length, `${along.length} axes are described of ${from.length}`)
    if (S.size(shape) > 0)
      along.forEach(({ axis, start, step }, k) => {
        const isStill = step === 0 || from[k] === 1
        check(isStill || isIndex(axis, shape.length), `axis ${k} is read along axis ${axis}, which is not there`)
        const last = isStill ? start : start + step * (shape[axis] - 1)
        check(isInside(start, last - start, 2, from[k]), `axis ${k} is read from ${start} to ${last}`)
      })
    return b.view(x, shape, along)
  },
  pad: (x, fill, shape, starts, steps) => {
    const check = checking('pad', [x, fill])
    const rank = x.type.shape.length
    check(isShape(shape) && [shape, starts, steps].every(({ length }) => length === rank), 'the ranks differ')
    check(starts.every(Number.isInteger) && steps.every((n) => Number.isInteger(n) && n > 0), 'a step is not positive')
    check(fill.type.shape.length === 0 && fill.type.dtype === x.type.dtype, 'the fill is not a scalar of the dtype')
    return b.pad(x, fill, shape, starts, steps)
  },
  concatenate: (xs, axis) => {
    const check = checking('concatenate', xs)
    check(xs.length > 0 && isIndex(axis, xs[0].type.shape.length), `axis ${axis} is not there`)
    const [{ type }] = xs
    const isOther = ({ type: other }: Lowered): boolean =>
      other.dtype !== type.dtype ||
      other.shape.length !== type.shape.length ||
      type.shape.some((n, k) => k !== axis && n !== other.shape[k])
    check(!xs.some(isOther), 'the operands differ in dtype, or in size along another axis')
    return b.concatenate(xs, axis)
  },
  gather: (x, indices, axis, batch) => {
    const check = checking('gather', [x, indices])
    const [from, at] = [x.type.shape, indices.type.shape]
    check(shapeAt(from, at, axis, batch) !== undefined, `axis ${axis} is not there after ${batch} shared batch axes`)
    check(S.size(at) === 0 || from[axis] > 0, `axis ${axis} is empty`)
    return b.gather(x, indices, axis, batch)
  },
  scatterAdd: (x, indices, shape, axis, batch) => {
    const check = checking('scatterAdd', [x, indices])
    const at = indices.type.shape
    check(isShape(shape), `the shape is [${shape}]`)
    const wanted = shapeAt(shape, at, axis, batch)
    check(wanted !== undefined, `axis ${axis} is not there after ${batch} shared batch axes`)
    check(wanted !== undefined && S.equals(x.type.shape, wanted), `the operand's shape is not [${wanted}]`)
    return b.scatterAdd(x, indices, shape, axis, batch)
  },
  argsort: (x, axis) => {
    checking('argsort', [x])(isIndex(axis, x.type.shape.length), `axis ${axis} is not there`)
    return b.argsort(x, axis)
  },
  routine: (routine, x, key, constants) => {
    checking('routine', [x])(routine instanceof Own, `the routine is ${describe(routine)}`)
    return b.routine(routine, x, key, constants)
  },
  reduce: (combine, x, axes) => {
    checking('reduce', [x])(areAxes(axes, x.type.shape.length), `the axes are [${axes}]`)
    return b.reduce(combine, x, axes)
  },
  scan: (xs, direction, recurrence) => {
    checkRecurrence('scan', xs, direction.axis)
    return b.scan(xs, direction, checkedStates('scan', xs, recurrence))
  },
  fold: (xs, direction, recurrence) => {
    checkRecurrence('fold', xs, direction.axis)
    return b.fold(xs, direction, checkedStates('fold', xs, recurrence))
  },
  dot: (x, y, contract, batch, gate) => {
    const check = checking('dot', [x, y])
    check(x.type.dtype === y.type.dtype, 'the dtypes differ')
    check(
      shapeOfProduct(x.type.shape, y.type.shape, contract, batch) !== undefined,
      `the axes [${contract[0]}] and [${contract[1]}], or [${batch[0]}] and [${batch[1]}], do not fit together`
    )
    return b.dot(x, y, contract, batch, gate)
  },
  iterate: (iteration) => {
    const { length, states, sequences, step } = iteration
    const check = checking('iterate', [...states, ...sequences])
    check(Number.isSafeInteger(length) && length >= 0, `the length is ${describe(length)}`)
    check(
      sequences.every(({ type }) => type.shape[0] === length),
      `a sequence does not have ${length} elements`
    )
    return b.iterate({
      ...iteration,
      step: (before, elements) => {
        const made = step(before, elements)
        nodes([...made.next, ...made.outputs])
        check(!differ(made.next, states), 'a step gives states of other types')
        return made
      }
    })
  },
  repeat: ({ states, test, step }) => {
    const check = checking('repeat', states)
    return b.repeat({
      states,
      test: (before) => {
        const [made] = nodes([test(before)])
        check(made.type.dtype === 'bool' && made.type.shape.length === 0, 'the test does not give one bool')
        return made
      },
      step: (before) => {
        const made = nodes(step(before))
        check(!differ(made, states), 'a step gives states of other types')
        return made
      }
    })
  },
  branch: (index, arms) => {
    const check = checking('branch', [index])
    check(!isFloating(index.type.dtype) && index.type.shape.length === 0, 'the index is not one integer or bool')
    check(arms.length > 0, 'there are no arms')
    let first: ReadonlyArray<Lowered> | undefined
    return b.branch(
      index,
      arms.map((arm) => () => {
        const made = nodes(arm())
        first ??= made
        check(!differ(made, first), 'the arms give results of different types')
        return made
      })
    )
  }
})

const checkRecurrence = (method: string, xs: ReadonlyArray<Lowered>, axis: number): void => {
  const check = checking(method, xs)
  check(xs.length > 0 && isIndex(axis, xs[0].type.shape.length), `axis ${axis} is not there`)
  check(
    xs.every(({ type }) => S.equals(type.shape, xs[0].type.shape)),
    'the shapes differ'
  )
}

const checkedStates = (method: string, xs: ReadonlyArray<Lowered>, { first, next }: Recurrence): Recurrence => {
  const check = checking(method, xs)
  let states: ReadonlyArray<Lowered> = []
  const areStates = (made: ReadonlyArray<Lowered>): boolean =>
    made.length > 0 && made.every(({ type }) => type.shape.length === 0)
  return {
    first: (elements, i) => {
      states = nodes(first(elements, i))
      check(areStates(states), 'the first states are not scalars')
      return states
    },
    next: (before, elements, i) => {
      const made = nodes(next(before, elements, i))
      check(!differ(made, states), 'the next states have other types than the first ones')
      return made
    }
  }
}
