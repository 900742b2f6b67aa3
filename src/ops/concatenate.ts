/** Concatenation: tensors joined along an axis. */

import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import { fail } from '../language/data/error.js'
import { onceForEach } from '../language/data/once.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { partwise } from '../language/terms/complex.js'
import { applyAs, defineOp, linear, moved, type Op } from '../language/terms/op.js'
import { ranged } from '../language/terms/params.js'
import type { Tensor } from '../language/terms/term.js'
import { broadcastLanes } from './broadcast.js'
import { imag, real } from './complex.js'
import { movement } from './cost.js'
import { common } from './promote.js'
import { expectAxes } from './rules.js'
import { reshape } from './shape.js'
import { sliceAxis } from './slice.js'

// --- constructors
/** Concatenates tensors along `axis`; their other axes must be equal. */
export const concatenate: Op<'many', { axis: number }> = defineOp({
  name: 'concatenate',
  arity: 'many',
  params: { axis: ranged('natural') },
  prepare: common,
  type: (types, { axis }: { axis: number }, name) => {
    if (types.length === 0)
      fail('ShapeError', name, 'the array of tensors is empty', { hint: 'give at least one tensor' })
    const [first] = types
    expectAxes(name, [axis], first)
    const fits = types.every((t) => S.equals(S.removeAxes(t.shape, [axis]), S.removeAxes(first.shape, [axis])))
    if (!fits || types.some((t) => t.shape.length !== first.shape.length))
      fail('ShapeError', name, `the shapes differ in axes other than ${axis}`, {
        operands: types,
        hint: 'only the sizes along the axis may differ; np.stack joins along a new axis'
      })
    const total = types.reduce((n, t) => n + t.shape[axis], 0)
    const weak = types.every((t) => t.weak)
    return T.of(
      first.dtype,
      first.shape.map((n, i) => (i === axis ? total : n)),
      weak
    )
  },
  evaluate: (xs, { axis }, type) => {
    const out = allocate(type.dtype, S.size(type.shape))
    const inner = S.size(type.shape.slice(axis + 1))
    const outer = S.size(type.shape.slice(0, axis))
    let offset = 0
    for (const x of xs) {
      const run = x.shape[axis] * inner
      for (let i = 0; i < outer; i++)
        out.set(x.data.subarray(i * run, (i + 1) * run) as typeof out, i * type.shape[axis] * inner + offset)
      offset += run
    }
    return new NDArray(type, out)
  },
  jvp: linear,
  transpose: [
    (ct, xs, { axis }, { operand }) => {
      const starts = startsOf(xs, axis)
      return sliceAxis(ct, axis, starts[operand], starts[operand + 1])
    }
  ],
  live: moved,
  batch: (xs, { axis }, { batched, size }) =>
    concatenateAll(
      xs.map((x, k) => (batched[k] ? x : broadcastLanes(x, size))),
      axis + 1
    ),
  moves: true,
  flops: movement,
  complex: partwise,
  lower: (b, xs, { axis }) => b.concatenate(xs, axis)
})

// Where each of some tensors that are joined begins along an axis, and where the last one ends: found once for all of them.
const startsOf = (xs: ReadonlyArray<Tensor>, axis: number): ReadonlyArray<number> => {
  const known = startsByAxis(xs)
  const before = known.get(axis)
  if (before !== undefined) return before
  const starts = [0]
  for (let k = 0; k < xs.length; k++) starts.push(starts[k] + xs[k].type.shape[axis])
  known.set(axis, starts)
  return starts
}
const startsByAxis = onceForEach((_: ReadonlyArray<Tensor>) => new Map<number, ReadonlyArray<number>>())

// --- combinators
/** The real and imaginary parts of complex numbers along a new last axis: real numbers of the same size. */
export const partsOf = (z: Tensor): Tensor => {
  const shape = [...z.type.shape, 1]
  return concatenateAll([reshape(real(z), { shape }), reshape(imag(z), { shape })], shape.length - 1)
}

/** `concatenate` of a list of any length, which does not need to be spread into a call. */
export const concatenateAll = (xs: ReadonlyArray<Tensor>, axis: number): Tensor =>
  applyAs('concatenate', concatenate, xs, { axis })
