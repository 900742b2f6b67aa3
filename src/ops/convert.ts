/** Conversions: the same numbers in another dtype, or the same bits read as another. */
import { allocate } from '../language/data/allocate.js'
import { checkDType, convertData, NDArray } from '../language/data/array.js'
import { type Data, type DType, isComplex, itemSize, partOf } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as T from '../language/data/type.js'
import { partwise } from '../language/terms/complex.js'
import { defineOp, flat, kept, linear, type Op, pointwise } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { asComplex } from './complex.js'
import { movement } from './cost.js'

/**
 * The operand converted to another dtype. Floats are truncated to integers and saturate at the ends of the range (NaN
 * becomes 0), as in JAX on a CPU; anything but 0 becomes true. Linear between floating dtypes, otherwise flat. A `weak`
 * result takes the dtype of other operands, like a bare number.
 */
export const convert: Op<1, { dtype: DType; weak?: boolean }> = defineOp({
  name: 'convert',
  arity: 1,
  params: { dtype: 'dtype', weak: 'boolean?' },
  type: ([x], { dtype, weak }, name) => {
    checkDType(name, dtype)
    if (isComplex(x.dtype) && !isComplex(dtype))
      fail('DTypeError', name, `a complex number is not an element of dtype ${dtype}`, {
        operands: [x],
        hint: 'take its real part (np.real), its imaginary part (np.imag) or its absolute value (np.abs)'
      })
    return T.withDtype(x, dtype, weak)
  },
  // A real number becomes complex by the operation that makes one of its parts.
  instead: ([x], { dtype, weak }) =>
    isComplex(dtype) && !isComplex(x.type.dtype) ? asComplex(asPart(x, partOf(dtype), weak)) : undefined,
  complex: partwise,
  evaluate: ([x], _, type) => new NDArray(type, convertData(x.data, x.dtype, type.dtype)),
  jvp: linear,
  transpose: [(ct, [x]) => convert(ct, { dtype: x.type.dtype })],
  live: kept,
  batch: pointwise,
  flops: movement,
  lower: (b, [x], _, { dtype }) => b.convert(x, dtype)
})

const asPart = (x: Tensor, dtype: DType, weak: boolean | undefined): Tensor =>
  x.type.dtype === dtype && x.type.weak === (weak === true)
    ? x
    : convert(x, weak === undefined ? { dtype } : { dtype, weak })

/** `convert` as a plain function, for promotion. */
export const convertNode = (x: Tensor, dtype: DType): Tensor => convert(x, { dtype })

/**
 * The operand's bits reinterpreted as another dtype. Between different widths a last axis appears or disappears: float64
 * of shape `[n]` is uint32 of shape `[n, 2]`, low word first, as in XLA's bitcast-convert. Bools are not allowed.
 */
export const bitcast: Op<1, { dtype: DType }> = defineOp({
  name: 'bitcast',
  arity: 1,
  params: { dtype: 'dtype' },
  type: ([x], { dtype }: { dtype: DType }, name) => {
    const from = itemSize[x.dtype]
    const to = itemSize[dtype]
    if (x.dtype === 'bool' || dtype === 'bool')
      fail('DTypeError', name, 'the bits of a bool cannot be read', {
        operands: [x],
        hint: 'convert it to int32 first'
      })
    if (from < to && x.shape[x.shape.length - 1] !== to / from)
      fail('ShapeError', name, `the last axis must have size ${to / from} to read a ${dtype}`, {
        operands: [x],
        hint: `put the ${to / from} words of ${x.dtype} along the last axis`
      })
    const shape = from === to ? x.shape : from > to ? [...x.shape, from / to] : x.shape.slice(0, -1)
    return T.of(dtype, shape)
  },
  evaluate: ([x], _, type) => {
    const out = allocate(type.dtype, x.data.byteLength / itemSize[type.dtype])
    const { buffer, byteOffset, byteLength } = x.data as Data
    new Uint8Array(out.buffer).set(new Uint8Array(buffer, byteOffset, byteLength))
    return new NDArray(type, out)
  },
  jvp: flat,
  batch: ([x], { dtype }) => bitcast(x, { dtype }),
  lower: (b, [x], _, type) => b.bitcast(x, type)
})
