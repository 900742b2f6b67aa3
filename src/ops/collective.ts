/**
 * Collectives: operations over all lanes of a `vmap`, by the name of its axis. They exist until the `vmap` that binds the
 * name combines its lanes. A gradient taken inside is the gradient of the sum over all lanes.
 */

import { fail } from '../language/data/error.js'
import * as T from '../language/data/type.js'
import { unbound } from '../language/terms/axes.js'
import { partwise } from '../language/terms/complex.js'
import { type Declaration, defineOp, flat, linear, type Op } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { div } from './arithmetic.js'
import { broadcastLanes, sum } from './broadcast.js'
import { eq, ne } from './comparison.js'
import { convertNode } from './convert.js'
import { movement } from './cost.js'
import { iota } from './creation.js'
import { gather } from './indexing.js'
import { counted } from './live.js'
import { max } from './reduction.js'
import { numeric, sameAsOperand } from './rules.js'
import { select } from './select.js'
import { moveAxis } from './shape.js'

// --- model
/** The name of the axis. */
export type Named = Readonly<{ axisName: string }>

/** The name of the axis, how many lanes it has, and where they stand in the result. */
export type Gathered = Named & Readonly<{ axis: number; size: number }>

// --- constructors
/** The common rules of collectives: `all` computes the result from the lanes, which are axis 0 of the operand. */
const collective = <P extends Named>(
  name: string,
  all: (lanes: Tensor, params: P) => Tensor,
  within: (x: Tensor, params: P) => Tensor
): Pick<Declaration<P>, 'evaluate' | 'names' | 'batch' | 'lower'> => ({
  evaluate: (_, { axisName }) => unbound(name, axisName),
  names: ({ axisName }, axis) => axisName === axis,
  batch: ([x], params, { batched, size, axisName }) =>
    params.axisName === axisName ? { same: all(batched[0] ? x : broadcastLanes(x, size), params) } : within(x, params),
  lower: (_b, _xs, { axisName }) => unbound(name, axisName)
})

/** The index of the lane along the named axis of the innermost `vmap` that binds it: an int32 scalar. */
export const axisIndex: Op<0, Named> = defineOp({
  name: 'axisIndex',
  arity: 0,
  params: { axisName: 'string' },
  type: () => T.of('int32', []),
  evaluate: (_, { axisName }) => unbound('axisIndex', axisName),
  jvp: flat,
  names: ({ axisName }, axis) => axisName === axis,
  batch: (_xs, _params, { size }) => iota({ dtype: 'int32', shape: [size], axis: 0 }),
  flops: movement,
  lower: (_b, _xs, { axisName }) => unbound('axisIndex', axisName)
})

/** The sum over all lanes, the same in each. It is its own transpose, since every lane's cotangent reaches every lane. */
export const psum: Op<1, Named> = defineOp({
  name: 'psum',
  arity: 1,
  params: { axisName: 'string' },
  type: sameAsOperand(numeric),
  jvp: linear,
  transpose: [(ct, _, params) => psum(ct, params)],
  live: (live, _, params) => ne(psum(counted(live), params), 0),
  complex: partwise,
  ...collective<Named>(
    'psum',
    (lanes) => sum(lanes, { axes: [0] }),
    (x, params) => psum(x, params)
  )
})

/** The maximum over all lanes, element by element; lanes that tie share the gradient equally. */
export const pmax: Op<1, Named> = defineOp({
  name: 'pmax',
  arity: 1,
  params: { axisName: 'string' },
  type: sameAsOperand(numeric),
  jvp: [
    (dx, [x], y, params) => {
      const ties = eq(x, y)
      return div(psum(select(ties, dx, 0), params), psum(convertNode(ties, dx.type.dtype), params))
    }
  ],
  ...collective<Named>(
    'pmax',
    (lanes) => max(lanes, { axes: [0] }),
    (x, params) => pmax(x, params)
  )
})

/**
 * All lanes along a new axis, the same in each. The cotangent of a lane is the sum of the cotangents that all lanes have
 * for it.
 */
export const allGather: Op<1, Gathered> = defineOp({
  name: 'allGather',
  arity: 1,
  params: { axisName: 'string', axis: 'integer', size: 'integer' },
  type: ([x], { axis, size }: Gathered, name) => {
    if (!(Number.isInteger(axis) && axis >= 0 && axis <= x.shape.length))
      fail('AxisError', name, `there is no place ${axis} for the lanes`, {
        operands: [x],
        hint: `use an integer from 0 to ${x.shape.length}`
      })
    return T.of(x.dtype, x.shape.toSpliced(axis, 0, size))
  },
  jvp: linear,
  transpose: [
    (ct, _, { axisName, axis }) => gather(psum(ct, { axisName }), axisIndex({ axisName }), { axis, batch: 0 })
  ],
  live: (live, _, { axisName, axis }) =>
    gather(ne(psum(counted(live), { axisName }), 0), axisIndex({ axisName }), { axis, batch: 0 }),
  flops: movement,
  complex: partwise,
  ...collective<Gathered>(
    'allGather',
    (lanes, { axis, axisName, size }) => {
      if (lanes.shape[0] !== size)
        fail('ShapeError', 'allGather', `the axis ${axisName} has ${lanes.shape[0]} lanes, not ${size}`, {
          operands: [lanes.type],
          hint: 'a program that was staged for so many lanes takes that many'
        })
      return moveAxis(lanes, 0, axis)
    },
    (x, params) => allGather(x, { ...params, axis: params.axis + 1 })
  )
})
