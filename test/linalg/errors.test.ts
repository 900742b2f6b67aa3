/** What linear algebra refuses, at the line of the caller, and what it makes of integers. */
import { array, run } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const [tall, vector, pair] = [np.ones([3, 2]), np.ones([3]), np.eye(2)]

const refused: ReadonlyArray<readonly [name: string, make: () => unknown, problem: string]> = [
  ['cholesky', () => linalg.cholesky(tall), 'the matrix has 3 rows and 2 columns, but must be square'],
  ['cholesky', () => linalg.cholesky(vector), 'the operand is not a matrix'],
  ['choSolve', () => linalg.choSolve(pair, vector), 'the matrix has 2 rows, but the right-hand side has 3'],
  ['det', () => linalg.det(2), 'the operand is not a matrix'],
  ['eigh', () => linalg.eigh(tall), 'the matrix has 3 rows and 2 columns, but must be square'],
  ['eigvalsh', () => linalg.eigvalsh(vector), 'the operand is not a matrix'],
  ['expm', () => linalg.expm(tall), 'the matrix has 3 rows and 2 columns, but must be square'],
  ['inv', () => linalg.inv(tall), 'the matrix has 3 rows and 2 columns, but must be square'],
  ['lstsq', () => linalg.lstsq(tall, [1, 2]), 'the matrix has 3 rows, but the right-hand side has 2'],
  ['lu', () => linalg.lu(vector), 'the operand is not a matrix'],
  ['matrixNorm', () => linalg.matrixNorm(vector), 'the operand is not a matrix'],
  ['multiDot', () => linalg.multiDot([pair]), 'multiDot needs at least two matrices'],
  ['multiDot', () => linalg.multiDot([pair, vector, pair]), 'operand 1 has 1 axes'],
  ['multiDot', () => linalg.multiDot([pair, tall]), 'operands 0 and 1 cannot be multiplied'],
  ['pinv', () => linalg.pinv(vector), 'the operand is not a matrix'],
  ['qr', () => linalg.qr(vector), 'the operand is not a matrix'],
  ['slogdet', () => linalg.slogdet(tall), 'the matrix has 3 rows and 2 columns, but must be square'],
  ['solve', () => linalg.solve(tall, vector), 'the matrix has 3 rows and 2 columns, but must be square'],
  ['solve', () => linalg.solve(pair, vector), 'the matrix has 2 rows, but the right-hand side has 3'],
  ['solve', () => linalg.solve(pair, 1), 'the right-hand side is a scalar'],
  ['solve', () => linalg.solve(np.ones([2, 1, 1]), np.ones([3, 1, 1])), 'the batch axes do not broadcast together'],
  ['svd', () => linalg.svd(vector), 'the operand is not a matrix'],
  [
    'solveTriangular',
    () => linalg.solveTriangular(pair, np.ones([2, 3, 1])),
    'the matrix has 2 rows, but the right-hand side has 3'
  ]
]

describe('linear algebra', () => {
  it.each(refused)('%s rejects operands that do not match', (name, make, problem) => {
    const error = reason(make)
    expect([error._tag, error.op, error.problem]).toEqual(['ShapeError', `linalg.${name}`, problem])
    expect(error.hint).not.toBe('')
  })

  it('rejects unknown powers, orders and axes', () => {
    const problems = [
      () => linalg.matrixPower(pair, 0.5),
      () => linalg.norm(pair, { ord: 3 }),
      () => linalg.norm(vector, { ord: 'nuc' }),
      () => linalg.norm(np.ones([2, 2, 2]), { ord: 1 }),
      () => linalg.norm(pair, { axis: 2 }),
      () => linalg.cond(pair, { p: 0 })
    ].map((make) => {
      const { _tag, problem } = reason(make)
      return [_tag, problem]
    })
    expect(problems).toEqual([
      ['DTypeError', 'the power 0.5 is not an integer'],
      ['TreeError', 'the order of the matrix norm is the number 3'],
      ['TreeError', 'the order nuc exists for matrices only, not for vectors'],
      ['AxisError', 'the norm of order 1 requires a vector or a matrix'],
      ['AxisError', 'axis 2 is out of bounds'],
      ['TreeError', 'the order of the matrix norm is the number 0']
    ])
  })

  it('converts integers to float64, or to float32 beside float32', () => {
    const whole = array(
      [
        [2, 0],
        [0, 4]
      ],
      { dtype: 'int32' }
    )
    const narrow = array([2, 4], { dtype: 'float32' })
    expect(run(linalg.solve(whole, array([2, 4], { dtype: 'int32' }))).toString()).toBe('float64[2] [1, 1]')
    expect(run(linalg.det(whole)).toString()).toBe('float64[] 8')
    expect(
      run(
        linalg.solve(
          [
            [2, 0],
            [0, 4]
          ],
          narrow
        )
      ).dtype
    ).toBe('float64')
    expect(run(linalg.solve(array(whole, { dtype: 'float32' }), narrow)).toString()).toBe('float32[2] [1, 1]')
  })
})
