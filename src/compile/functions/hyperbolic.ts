/** Hyperbolic functions and their inverses, by exponentials and logarithms (DLMF 4.28, 4.37). */
import type { Vector, Vectors } from '../wasm/vectors.js'
import { both, type Definitions, inFloat64, powerOfTwo } from './definition.js'
import { reduced } from './exponential.js'

// --- model
// `(tanh x / x - 1)/x²` for |x| ≤ 0.6, and `(sinh x / x - 1)/x²` for |x| ≤ 1, in powers of x².
const tanhRest = [
  -1.718074226046125e-5, 7.931719343080139e-5, -0.0002303988236987731, 0.0005871889370175055, -0.001455215360761144,
  0.003592037340035647, -0.008863226766470066, 0.021869488001096362, -0.05396825394919211, 0.13333333333299305,
  -0.3333333333333312
]
const tanhRest32 = [
  -0.0058998968452215195, 0.020800143480300903, -0.05378509685397148, 0.13331939280033112, -0.33333298563957214
]
const sinhRest = [
  4.420998513320708e-15, 7.581135625977607e-13, 1.6060161067945112e-10, 2.5052098436572166e-8, 2.7557319273633615e-6,
  0.0001984126984113355, 0.008333333333333519, 0.16666666666666666
]
const sinhRest32 = [0.00020379398483783007, 0.008330181241035461, 0.16666719317436218]
// From here on 1 + x is x.
const large = 2 ** 54

// --- combinators
/** Half of `e^|x|` and half of `e^-|x|`. */
const halves = (v: Vectors, x: Vector): readonly [Vector, Vector] => {
  const { n, r, rest } = reduced(v, v.least(v.abs(x), v.isNarrow ? 90 : 711))
  const half = v.nearest(v.mul(n, 0.5))
  const power = v.mul(v.add(1, v.add(r, rest)), powerOfTwo(v, half))
  const grown = v.mul(power, powerOfTwo(v, v.sub(v.sub(n, half), 1)))
  return [grown, v.div(0.25, grown)]
}

const sinh = (v: Vectors, x: Vector): Vector => {
  const z = v.mul(x, x)
  const near = v.add(x, v.mul(v.mul(x, z), v.polynomial(v.isNarrow ? sinhRest32 : sinhRest, z)))
  const [grown, shrunk] = halves(v, x)
  return v.or(v.select(v.lt(v.abs(x), 1), near, v.sub(grown, shrunk)), v.sign(x))
}

const cosh = (v: Vectors, x: Vector): Vector => {
  const [grown, shrunk] = halves(v, x)
  return v.add(grown, shrunk)
}

/** `log(1 + near)`, but `log(2x)` for a large `x`. */
const logOf = (v: Vectors, x: Vector, near: Vector): Vector => {
  const isLarge = v.gt(x, large)
  return v.add(v.call('log1p', v.select(isLarge, x, near)), v.and(isLarge, Math.LN2))
}

const asinh = (v: Vectors, x: Vector): Vector => {
  const size = v.abs(x)
  const square = v.mul(x, x)
  const near = v.add(size, v.div(square, v.add(1, v.sqrt(v.add(1, square)))))
  return v.or(logOf(v, size, near), v.sign(x))
}

const acosh = (v: Vectors, x: Vector): Vector => {
  const t = v.sub(x, 1)
  const near = v.add(t, v.sqrt(v.add(v.add(t, t), v.mul(t, t))))
  return v.select(v.lt(x, 1), Number.NaN, logOf(v, x, near))
}

const atanh = (v: Vectors, x: Vector): Vector => {
  const size = v.abs(x)
  const quotient = v.div(v.add(size, size), v.sub(1, size))
  return v.or(v.mul(0.5, v.call('log1p', quotient)), v.sign(x))
}

// --- instances
export const hyperbolic: Definitions = {
  // given e^-2|x|
  'tanh at': both((v, x, e) => {
    const z = v.mul(x, x)
    const near = v.add(x, v.mul(v.mul(x, z), v.polynomial(v.isNarrow ? tanhRest32 : tanhRest, z)))
    const far = v.div(v.sub(1, e), v.add(1, e))
    return v.or(v.select(v.lt(v.abs(x), 0.55), near, far), v.sign(x))
  }, 2),
  sinh: both(sinh),
  cosh: both(cosh),
  asinh: inFloat64(asinh),
  acosh: inFloat64(acosh),
  atanh: inFloat64(atanh)
}
