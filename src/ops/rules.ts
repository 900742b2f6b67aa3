/** Standard type rules of operations. */
import { written, writtenList } from '../language/data/describe.js'
import { type DType, isComplex, isFloating, isInexact, isInteger, partOf } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import type { TypeRule } from '../language/terms/op.js'

// --- model
/** A set of dtypes, named for error messages. */
export interface Kind {
  readonly name: string
  readonly has: (dtype: DType) => boolean
}

/** The dtypes of real numbers. */
export const floating: Kind = { name: 'a floating dtype', has: isFloating }
/** The dtypes of real and of complex numbers. */
export const inexact: Kind = { name: 'a floating or complex dtype', has: isInexact }
/** The dtypes of integers. */
export const integral: Kind = { name: 'an integer dtype', has: isInteger }
/** All dtypes but bool. */
export const numeric: Kind = { name: 'a numeric dtype', has: (dtype) => dtype !== 'bool' }
/** The dtypes of integers, and bool. */
export const discrete: Kind = { name: 'an integer or bool dtype', has: (dtype) => !isInexact(dtype) }
/** bool alone. */
export const boolean: Kind = { name: 'dtype bool', has: (dtype) => dtype === 'bool' }
/** The dtypes whose elements have an order: all but the complex ones. */
export const ordered: Kind = {
  name: 'a dtype with an order, which complex numbers have not',
  has: (dtype) => !isComplex(dtype)
}
/** All dtypes. */
export const anything: Kind = { name: 'any dtype', has: () => true }

// --- constructors
/** One operand of a kind; the result has its type. */
export const sameAsOperand =
  (kind: Kind): TypeRule<unknown> =>
  (types, _, name) => {
    checkDtype(name, kind, types[0], types)
    return types[0]
  }

/** One operand of a kind; the result has its shape, and the dtype of its parts if it is complex. */
export const partsOfOperand =
  (kind: Kind): TypeRule<unknown> =>
  (types, params, name) => {
    const x = sameAsOperand(kind)(types, params, name)
    return T.withDtype(x, partOf(x.dtype), x.weak)
  }

/** Operands of one dtype that broadcast together; the result has that dtype and the shape in which they meet. */
export const sameOperands =
  (kind: Kind): TypeRule<unknown> =>
  (types, _, name) => {
    checkDtype(name, kind, types[0], types)
    let result = types[0]
    for (let i = 1; i < types.length; i++) result = meet(name, result, types[i], types)
    return result
  }

/** As `sameOperands`, but the result is bool. */
export const comparison =
  (kind: Kind): TypeRule<unknown> =>
  (types, params, name) =>
    T.of('bool', sameOperands(kind)(types, params, name).shape)

/** One operand of a kind; the result is bool of the same shape. */
export const predicate =
  (kind: Kind): TypeRule<unknown> =>
  (types, _, name) => {
    checkDtype(name, kind, types[0], types)
    return T.of('bool', types[0].shape)
  }

/** A reduction of an operand of a kind over `axes`, which disappear. */
export const reduced =
  (kind: Kind, nonEmpty = false) =>
  (types: ReadonlyArray<T.Type>, { axes }: Readonly<{ axes: S.Axes }>, name: string): T.Type => {
    const [x] = types
    checkDtype(name, kind, x, types)
    expectAxes(name, axes, x)
    if (nonEmpty) for (const axis of axes) if (x.shape[axis] === 0) empty(name, x)
    return T.withShape(x, S.removeAxes(x.shape, axes))
  }

/** Throws `ShapeError` for a reduction that needs an element, over axes that have none. */
export const empty = (name: string, x: T.Type): never =>
  fail('ShapeError', name, 'there are no elements to choose from', {
    operands: [x],
    hint: 'reduce only axes of size 1 or more'
  })

// --- combinators
/** Throws `DTypeError` if a type has a dtype of another kind; `types` are the types of all operands. */
export const checkDtype = (name: string, kind: Kind, type: T.Type, types: ReadonlyArray<T.Type>): void => {
  if (type === undefined) fail('DTypeError', name, 'the operands are missing', { hint: 'give at least one tensor' })
  if (!kind.has(type.dtype))
    fail('DTypeError', name, `the operand must have ${kind.name}`, {
      operands: types,
      hint: `convert it first: tensor(x, { dtype: ${kind === floating ? "'float64'" : kind === boolean ? "'bool'" : "'int32'"} })`
    })
}

const meet = (name: string, a: T.Type, b: T.Type, types: ReadonlyArray<T.Type>): T.Type => {
  if (a === b) return a
  if (a.dtype !== b.dtype)
    fail('DTypeError', name, 'the dtypes differ', { operands: types, hint: 'convert one: tensor(x, { dtype })' })
  const shape = S.broadcast(a.shape, b.shape)
  if (shape === undefined)
    return fail('ShapeError', name, 'the shapes do not broadcast together', {
      operands: types,
      hint: 'aligned at their last axis, sizes must be equal or 1; reshape or np.expandDims inserts an axis of size 1'
    })
  const weak = a.weak && b.weak
  if (weak === a.weak && S.equals(shape, a.shape)) return a
  return weak === b.weak && S.equals(shape, b.shape) ? b : T.of(a.dtype, shape, weak)
}

/** Checks that every axis exists and occurs once; returns the axes counted from the front, in order. */
export const checkAxes = (name: string, axes: S.Axes, type: T.Type): Array<number> => {
  const rank = type.shape.length
  const from: Array<number> = []
  for (const axis of axes) {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
      fail('AxisError', name, `axis ${written(axis)} is out of bounds`, {
        operands: [type],
        hint: rank === 0 ? 'a scalar has no axes' : `use an integer from ${-rank} to ${rank - 1}`
      })
    const each = axis < 0 ? axis + rank : axis
    if (from.includes(each))
      fail('AxisError', name, `an axis occurs twice in ${writtenList(axes)}`, {
        operands: [type],
        hint: 'give each axis once'
      })
    from.push(each)
  }
  return from.length > 1 ? from.sort((a, b) => a - b) : from
}

/** Checks that the axes of an operation are in range and not negative: evaluation rules do not convert them. */
export const expectAxes = (name: string, axes: S.Axes, type: T.Type): void => {
  checkAxes(name, axes, type)
  for (const axis of axes)
    if (axis < 0)
      fail('AxisError', name, `the axis ${axis} is counted from the end`, {
        operands: [type],
        hint: `operations count axes from the front: ${axis + type.shape.length}; functions of freegrad/numpy take either`
      })
}

/** Checks a shape that is a param: at most 64 sizes, each a non-negative integer. */
export const checkShape = (name: string, shape: S.Shape, x: T.Type): void => {
  if (shape.length > T.mostAxes)
    fail('ShapeError', name, `a shape of ${shape.length} axes`, {
      operands: [x],
      hint: `a tensor has ${T.mostAxes} axes at most`
    })
  for (const n of shape)
    if (!Number.isInteger(n) || n < 0)
      fail('ShapeError', name, `[${shape.join(',')}] is not a shape`, {
        operands: [x],
        hint: 'sizes are non-negative integers'
      })
}
