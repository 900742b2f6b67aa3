/** Promotion against JAX's: the dtype of an operation on each pair of dtypes and bare numbers, and where it is another. */

import { array, type DType, type Like, type Tensor, tryRun } from 'freegrad'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { modes, type Promotion, promotions } from './fixtures.js'

// --- model
const operations: Readonly<Record<string, (x: Like, y: Like) => Tensor>> = {
  add: np.add,
  sub: np.sub,
  mul: np.mul,
  div: np.div,
  pow: np.pow,
  max: np.maximum,
  eq: np.equal,
  select: (x, y) => np.where(array([true, false]), x, y)
}

// A JavaScript number is an integer if it is integral.
const scalars: Readonly<Record<string, Like>> = {
  'python bool': true,
  'python int': 1,
  'python float': 1.5,
  'python complex': { re: 0, im: 1 }
}

const operand = (name: string): Like => scalars[name] ?? array([1, 1], { dtype: name as DType })

const isNumber = (name: string): boolean => ['python int', 'python float', 'python complex'].includes(name)
const isBool = (name: string): boolean => name.endsWith('bool')
const isComplex = (name: string): boolean => name.includes('complex')
const isFloat = (name: string): boolean => name.startsWith('float')

// --- combinators
/** What freegrad gives, in words. */
const given = ({ op, left, right }: Promotion): string => {
  const result = tryRun(() => [operations[op](operand(left), operand(right))])
  if (result._tag === 'Left') return result.left.error._tag
  const { dtype, weak } = operations[op](operand(left), operand(right)).type
  return weak ? `weak ${dtype}` : dtype
}

/** What it is to give: JAX's dtype, but for the rules that docs/architecture.md states. */
const meant = ({ op, left, right, dtype, weak }: Promotion): string => {
  const names = [left, right]
  if (dtype === null) return 'DTypeError'
  // Complex numbers have no order.
  if (names.some(isComplex) && op === 'max') return 'DTypeError'
  if (names.some((name) => isComplex(name) && !isNumber(name))) return dtype
  if (names.some(isFloat)) return weak && op !== 'eq' ? `weak ${dtype}` : dtype
  // A bare complex number is one of float64, and widens nothing.
  if (names.some(isComplex)) return op === 'eq' ? 'bool' : 'weak complex128'
  // A bare number is a real number that widens nothing, unless it is integral and meets integers.
  const isBare = names.some(isNumber) && names.every((name) => isNumber(name) || isBool(name))
  const isWholePower = op === 'pow' && !names.includes('python float') && names.some(isBool)
  if (isBare && !isWholePower) return op === 'eq' ? 'bool' : 'weak float64'
  // The one width of floats that integers become is float64.
  if (op === 'div' || (op === 'pow' && names.includes('python float'))) return 'float64'
  if (names.includes('python float')) return 'DTypeError'
  // There are no integers of 64 bits.
  return dtype === 'int64' ? 'int32' : dtype
}

describe.each(modes)('in mode %s', (mode) => {
  it.each(Object.keys(operations))('%s of every pair of dtypes is as in JAX, or as stated', (op) => {
    const cases = promotions(mode).filter((each) => each.op === op)
    expect(cases.length).toBeGreaterThan(40)
    const named = (f: (each: Promotion) => string) => cases.map((each) => [each.left, each.right, f(each)].join(' '))
    expect(named(given)).toEqual(named(meant))
  })

  it('compares every operation that is recorded', () => {
    expect([...new Set(promotions(mode).map(({ op }) => op))].sort()).toEqual(Object.keys(operations).sort())
  })
})
