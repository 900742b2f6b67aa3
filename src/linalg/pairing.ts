/** Pairing: the eigenvalues of a real matrix are real, or come in pairs of conjugates. Rounding hides that, up to its size. */
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { reshaped } from '../ops/shape.js'
import { at, identity, places } from './matrices.js'

// --- model
/** The place of the value closest to the conjugate of each, its own if no other is closer, and whether that holds both ways. */
type Conjugates = Readonly<{ partner: Tensor; isPair: Tensor }>

// --- combinators
export const conjugates = (values: Tensor): Conjugates => {
  const n = values.type.shape[0]
  const distances = ops.abs(ops.sub(reshaped(values, [n, 1]), ops.conj(values)))
  const own = ops.mul(2, ops.abs(ops.imag(values)))
  const others = ops.select(ops.gt(identity(distances, n), 0), Infinity, distances)
  const isAlone = ops.le(own, ops.min(others, { axes: [1] }))
  const partner = ops.select(isAlone, places(n), ops.argmin(others, { axis: 1 }))
  return { partner, isPair: ops.eq(at(partner, partner), places(n)) }
}

/** The values with the imaginary parts of real ones gone, and conjugates made exact. */
export const paired = (values: Tensor): Tensor => {
  const { partner, isPair } = conjugates(values)
  const mean = ops.mul(0.5, ops.add(values, ops.conj(at(values, partner))))
  return ops.select(isPair, mean, values)
}
