/** Creation: tensors without operands. */
import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import { cast, type DType } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { defineOp, flat, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import { broadcastLanes } from './broadcast.js'
import { movement } from './cost.js'

/** The index along one axis: `iota({ dtype: 'int32', shape: [3], axis: 0 })` is `[0, 1, 2]`. */
export const iota: Op<0, { dtype: DType; shape: S.Shape; axis: number }> = defineOp({
  name: 'iota',
  arity: 0,
  params: { dtype: 'dtype', shape: ranged('naturals'), axis: 'integer' },
  type: (_, { dtype, shape, axis }: { dtype: DType; shape: S.Shape; axis: number }, name) => {
    if (!(axis >= 0 && axis < shape.length))
      fail('AxisError', name, `axis ${axis} is out of bounds for the shape [${shape.join(',')}]`, {
        hint: 'axes count from 0'
      })
    return T.of(dtype, shape)
  },
  evaluate: (_, { shape, axis }, type) => {
    const out = allocate(type.dtype, S.size(shape))
    const step = S.strides(shape)[axis]
    for (let i = 0; i < out.length; i++) out[i] = cast(type.dtype, Math.floor(i / step) % shape[axis])
    return new NDArray(type, out)
  },
  jvp: flat,
  batch: (_xs, params, { size }) => broadcastLanes(iota(params), size),
  flops: movement,
  lower: (b, _, { axis }, type) => b.iota(type, axis)
})
