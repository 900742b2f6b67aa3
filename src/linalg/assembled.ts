/**
 * Products `U·diag(g)·Vᴴ` of singular vectors, and of eigenvectors. They do not depend on the choice of vectors where values
 * are equal, if g does not, and so have derivatives that the vectors have not.
 */

import { pushForward } from '../handlers/jvp.js'
import { isComplex } from '../language/data/dtype.js'
import * as T from '../language/data/type.js'
import { layout } from '../language/terms/fold.js'
import { type Tensor, Variable } from '../language/terms/term.js'
import { diagonalOf as diagonalFrom } from '../numpy/diagonal.js'
import { conjugated } from '../numpy/operands.js'
import { fill } from '../ops/broadcast.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { customJvp } from '../transforms/custom.js'
import { vmap } from '../transforms/vmap.js'
import { adjoint, adjointTimes, flipped, identity, times } from './matrices.js'
import { polar } from './polar.js'

// --- model
/** A matrix, its factors, and what scales them: values, and how these move with the singular values. */
type Assembly = readonly [u: Tensor, s: Tensor, vt: Tensor, g: Tensor, slopes: Tensor, a: Tensor]

// Where two values are nearer than this part of them, the mean slope is closer to that between them than their difference.
const nearness = { float64: 2 ** -17, float32: 2 ** -8 } as const

// --- constructors
const product = (u: Tensor, g: Tensor, vt: Tensor): Tensor => times(ops.mul(u, g), vt)

/** The matrix itself, from its factors. */
const whole: (u: Tensor, s: Tensor, vt: Tensor, a: Tensor) => Tensor = customJvp(
  (u: Tensor, s: Tensor, vt: Tensor, _: Tensor) => product(u, s, vt),
  ([u, s, vt, a], [, , , da]) => [whole(u, s, vt, a), da]
)

/**
 * With `S = Uᴴ·dA·V`, the tangent of `U·diag(g)·Vᴴ` is `U·X·Vᴴ`: on the diagonal of X is dg; elsewhere the symmetric part
 * of S times the slope of g between two values, `(g_j - g_i) / (s_j - s_i)`, and the antisymmetric part times `(g_j + g_i)
 * / (s_j + s_i)`, which a complex S has on its diagonal too. What dA has orthogonal to U or V is multiplied by `g / s`.
 */
const assembledAs = (isSymmetric: boolean): ((...parts: Assembly) => Tensor) => {
  const assembled: (...parts: Assembly) => Tensor = customJvp(
    (u: Tensor, _s: Tensor, vt: Tensor, g: Tensor, _slopes: Tensor, _a: Tensor) => product(u, g, vt),
    ([u, s, vt, g, slopes, a], [, , , dg, , da]) => {
      const [m, n] = a.type.shape
      const k = s.type.shape[0]
      const v = adjoint(vt)
      const moved = times(da, v)
      const half = ops.mul(0.5, adjointTimes(u, moved))
      const isOwn = ops.gt(identity(s, k), 0)
      const turned = ops.mul(slopesBetween(s, g, slopes), ops.add(half, adjoint(half)))
      const twist = isSymmetric ? undefined : ops.gatedMul(ops.sub(half, adjoint(half)), sumsOver(s, g, slopes))
      const own = twist && isComplex(a.type.dtype) ? ops.add(dg, twist) : dg
      const x = ops.select(isOwn, own, twist ? ops.add(turned, twist) : turned)
      const dy = times(times(u, x), vt)
      if (isSymmetric || (m === k && n === k)) return [assembled(u, s, vt, g, slopes, a), dy]
      const ratio = ratioOf(s, g, slopes)
      const apart = (x: Tensor, q: Tensor, ratio: Tensor): Tensor =>
        ops.gatedMul(ops.sub(x, times(q, adjointTimes(q, x))), ratio)
      const outside =
        m > k ? times(apart(moved, u, ratio), vt) : times(u, adjoint(apart(adjointTimes(da, u), v, conjugated(ratio))))
      return [assembled(u, s, vt, g, slopes, a), ops.add(dy, outside)]
    }
  )
  return assembled
}
const assembled = { symmetric: assembledAs(true), general: assembledAs(false) }

// --- combinators
const column = (x: Tensor): Tensor => reshaped(x, [x.type.shape[0], 1])

// The slope of g between two values; where these are near to each other, the mean of those at both.
const slopesBetween = (s: Tensor, g: Tensor, slopes: Tensor): Tensor => {
  const gap = ops.sub(s, column(s))
  const change = ops.sub(g, column(g))
  const size = ops.maximum(ops.abs(s), ops.abs(column(s)))
  const isNear = ops.le(ops.abs(gap), ops.mul(nearness[s.type.dtype as 'float64' | 'float32'], size))
  const mean = ops.mul(0.5, ops.add(slopes, flipped(slopes)))
  // One function of each value has the same slope for both; what differs by more depends on the order of the vectors.
  const spread = ops.abs(ops.sub(change, ops.mul(mean, gap)))
  const most = ops.mul(ops.add(ops.abs(ops.mul(mean, size)), ops.add(ops.abs(g), ops.abs(column(g)))), roundingOf(s))
  const isSame = ops.or(ops.ne(gap, 0), ops.le(ops.abs(ops.sub(slopes, mean)), ops.mul(ops.abs(mean), roundingOf(s))))
  const isOne = ops.and(ops.le(spread, most), isSame)
  return ops.select(isNear, ops.select(isOne, mean, NaN), ops.div(change, gap))
}

const roundingOf = (s: Tensor): number => (s.type.dtype === 'float32' ? 2 ** -10 : 2 ** -24)

const sumsOver = (s: Tensor, g: Tensor, slopes: Tensor): Tensor => {
  const [sums, total] = [s, g].map((x) => ops.add(x, column(x)))
  return ops.select(ops.and(ops.eq(sums, 0), ops.eq(total, 0)), slopes, ops.div(total, sums))
}

const ratioOf = (s: Tensor, g: Tensor, slopes: Tensor): Tensor =>
  ops.select(ops.and(ops.eq(s, 0), ops.eq(g, 0)), diagonalFrom(slopes, 0, 1), ops.div(g, s))

/**
 * `∂g_i/∂s_i - ∂g_i/∂s_j`, with the first alone on the diagonal: by how much the slope of g along a value differs from that
 * along another. NaN if g depends on the matrix in other ways than by `s`, since those are not seen.
 */
const slopesOf = (g: Tensor, s: Tensor, a: Tensor): Tensor => {
  const k = s.type.shape[0]
  const zero = fill(T.of(g.type.dtype, [k, k]), 0)
  if (dependsOtherwise(g, s, a)) return ops.add(zero, NaN)
  const along = (ds: Tensor): Tensor => pushForward([g], new Map([[s, ds]]), s.created)[0] ?? fill(g.type, 0)
  const jacobian = flipped(vmap(along)(identity(s, k)) as Tensor)
  const own = column(diagonalFrom(jacobian, 0, 1))
  return ops.select(ops.gt(identity(s, k), 0), own, ops.sub(own, jacobian))
}

// Whether g is made of something that the matrix is made of too, but for the values. That is older than the values.
const dependsOtherwise = (g: Tensor, s: Tensor, a: Tensor): boolean => {
  const isSource = (x: Tensor): boolean => x.created < s.created && (x.head instanceof Variable || x.arity > 0)
  const sources = layout([g], undefined, (x) => x === s).nodes.filter(isSource)
  if (sources.length === 0) return false
  const below = new Set(layout([a]).nodes)
  return sources.some((x) => below.has(x))
}

/** A product of the factors of a singular value decomposition, scaled by a vector or not. */
export const assembly = (
  tuple: Tensor,
  [u, s, vt]: readonly [u: Tensor, s: Tensor, vt: Tensor],
  g: Tensor | undefined,
  kind: 'symmetric' | 'general'
): Tensor => {
  const a = tuple.operand(0)
  if (g === s) return whole(u, s, vt, a)
  if (g === undefined && kind === 'general') return polar(u, s, vt, a)
  const scale = g ?? fill(s.type, 1)
  return assembled[kind](u, s, vt, scale, slopesOf(scale, s, a), a)
}
