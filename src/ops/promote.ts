/** Promotion: the common dtype of mixed operands, as in JAX, and the dtype of bare numbers. */

import { NDArray } from '../language/data/array.js'
import { cast, complexOf, type DType, isComplex, isInexact, isInteger, join } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import { type Like, lift, type Prepare } from '../language/terms/op.js'
import { isTensor, literal, type Tensor } from '../language/terms/term.js'
import { convert, convertNode } from './convert.js'

// --- combinators
/**
 * Converts operands to their common dtype, the highest of bool < uint32 < int32 < weak float64 < float32 < float64 <
 * complex64 < complex128, where float64 and complex64 meet in complex128. A weak complex number makes real operands complex. A
 * bare number takes the dtype of integer operands if it is integral and in range, and is a `DTypeError` otherwise.
 */
export const common: Prepare = (name, raws) => meet(name, raws, false)

/** As `common`, but integers and booleans become float64: for functions of a real or complex number. */
export const floats: Prepare = (name, raws) => meet(name, raws, true)

/** As `common` from the second operand on; the first is left alone. */
export const branches: Prepare = (name, raws) => [lift(name, raws[0]), ...meet(name, raws.slice(1), false)]

const meet = (name: string, raws: ReadonlyArray<Like>, floating: boolean): ReadonlyArray<Tensor> => {
  const [x, y] = raws
  if (raws.length === 1 && isTensor(x) && (!floating || isInexact(x.type.dtype))) return raws as [Tensor]
  if (raws.length === 2 && isTensor(x) && isTensor(y)) {
    const { dtype } = x.type
    if (dtype === y.type.dtype && (!floating || isInexact(dtype))) return raws as [Tensor, Tensor]
  }
  const lifted = raws.map((raw) => (typeof raw === 'number' ? raw : lift(name, raw)))
  const dtype = shared(lifted, floating)
  return lifted.map((operand) =>
    typeof operand === 'number' ? number(name, operand, dtype, lifted) : to(operand, dtype)
  )
}

/** A weak term converted to a floating dtype, and a whole number to an integer dtype; any other term unchanged. */
export const giveWay = (x: Tensor, dtype: DType): Tensor => {
  if (!x.type.weak || x.type.dtype === dtype) return x
  if (isComplex(x.type.dtype) && !isComplex(dtype)) return x
  if (isInexact(dtype)) return convertNode(x, dtype)
  const value = x.head instanceof NDArray && x.head.ndim === 0 ? x.head.first : Number.NaN
  return isInteger(dtype) && cast(dtype, value) === value ? literal(value, dtype) : x
}

type Met = Readonly<{ dtype: DType; weak: boolean }>

const shared = (operands: ReadonlyArray<number | Tensor>, floating: boolean): Met => {
  let strong: DType | undefined
  let weak = false
  let numbers = false
  let isPair = false
  for (const operand of operands) {
    if (typeof operand === 'number') numbers = true
    else if (operand.type.weak) {
      weak = true
      isPair ||= isComplex(operand.type.dtype)
    } else strong = strong === undefined ? operand.type.dtype : join(strong, operand.type.dtype)
  }
  const number = isPair ? 'complex128' : 'float64'
  if (strong === undefined) return { dtype: number, weak: true }
  if (isInexact(strong)) return { dtype: isPair ? complexOf(strong) : strong, weak: false }
  // Only weak numbers lie between the integers and float32; a bare number asks for one unless integers are there.
  if (weak || (numbers && strong === 'bool')) return { dtype: number, weak: true }
  return floating ? { dtype: 'float64', weak: false } : { dtype: strong, weak: false }
}

const to = (x: Tensor, { dtype, weak }: Met): Tensor =>
  x.type.dtype === dtype ? x : weak ? convert(x, { dtype, weak }) : convertNode(x, dtype)

const number = (
  name: string,
  value: number,
  { dtype, weak }: Met,
  operands: ReadonlyArray<number | Tensor>
): Tensor => {
  if (isInteger(dtype) && cast(dtype, value) !== value)
    fail('DTypeError', name, `the number ${value} is not a valid ${dtype}`, {
      operands: operands.flatMap((x) => (typeof x === 'number' ? [] : [x.type])),
      hint: `convert the tensor first: tensor(x, { dtype: 'float64' })`
    })
  return literal(value, dtype, weak)
}
