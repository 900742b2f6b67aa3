/** What linear algebra refuses, at the line of the caller, and what it makes of integers. */
import { array, run } from 'freegrad'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const [tall, vector, pair] = [np.ones([3, 2]), np.ones([3]), np.eye(2)]

const refused: ReadonlyArray<readonly [name: string, make: () => unknown, problem: string]> = [
  ['cholesky', () => linalg.cholesky(tall), 'a matrix of 3 rows and 2 columns is not square'],
  ['cholesky', () => linalg.cholesky(vector), 'a matrix is wanted'],
  ['choSolve', () => linalg.choSolve(pair, vector), '2 equations have a right side of 3 rows'],
  ['det', () => linalg.det(2), 'a matrix is wanted'],
  ['eigh', () => linalg.eigh(tall), 'a matrix of 3 rows and 2 columns is not square'],
  ['eigvalsh', () => linalg.eigvalsh(vector), 'a matrix is wanted'],
  ['expm', () => linalg.expm(tall), 'a matrix of 3 rows and 2 columns is not square'],
  ['inv', () => linalg.inv(tall), 'a matrix of 3 rows and 2 columns is not square'],
  ['lstsq', () => linalg.lstsq(tall, [1, 2]), '3 equations have a right side of 2 rows'],
  ['lu', () => linalg.lu(vector), 'a matrix is wanted'],
  ['matrixNorm', () => linalg.matrixNorm(vector), 'a matrix is wanted'],
  ['multiDot', () => linalg.multiDot([pair]), 'at least two matrices are wanted'],
  ['multiDot', () => linalg.multiDot([pair, vector, pair]), 'operand 1 has 1 axes'],
  ['multiDot', () => linalg.multiDot([pair, tall]), 'operands 0 and 1 do not follow each other'],
  ['pinv', () => linalg.pinv(vector), 'a matrix is wanted'],
  ['qr', () => linalg.qr(vector), 'a matrix is wanted'],
  ['slogdet', () => linalg.slogdet(tall), 'a matrix of 3 rows and 2 columns is not square'],
  ['solve', () => linalg.solve(tall, vector), 'a matrix of 3 rows and 2 columns is not square'],
  ['solve', () => linalg.solve(pair, vector), '2 equations have a right side of 3 rows'],
  ['solve', () => linalg.solve(pair, 1), 'the right side is a scalar'],
  ['solve', () => linalg.solve(np.ones([2, 1, 1]), np.ones([3, 1, 1])), 'the batch axes do not broadcast together'],
  ['svd', () => linalg.svd(vector), 'a matrix is wanted'],
  ['solveTriangular', () => linalg.solveTriangular(pair, np.ones([2, 3, 1])), '2 equations have a right side of 3 rows']
]

describe('linear algebra', () => {
  it.each(refused)('%s refuses what does not fit', (name, make, problem) => {
    const error = reason(make)
    expect([error._tag, error.op, error.problem]).toEqual(['ShapeError', `linalg.${name}`, problem])
    expect(error.hint).not.toBe('')
  })

  it('refuses powers, orders and axes that there are not', () => {
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
      ['DTypeError', 'the power 0.5 is no integer'],
      ['TreeError', 'the order of a norm of matrices is the number 3'],
      ['TreeError', 'nuc is an order of matrices, and not of vectors'],
      ['AxisError', 'the norm of order 1 is one of vectors or matrices'],
      ['AxisError', 'there is no axis 2'],
      ['TreeError', 'the order of a norm of matrices is the number 0']
    ])
  })

  it('takes integers for float64, and beside float32 for float32', () => {
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
