/** Arithmetic of trees. */
import { array, grad, run, static_, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import { key } from 'freegrad/random'
import * as T from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { tagOf } from '../support/reason.js'

const f32 = array([[1, 2]], { dtype: 'float32' })
const tree = { _tag: 'Dense', W: f32, b: [array([3, 4]), 5], n: static_(2) } as const

describe('trees as vectors', () => {
  it('ravel has an inverse, which keeps shapes, dtypes and what is static', () => {
    const [vector, unravel] = T.ravel(tree)
    expect(run(vector).toNested()).toEqual([1, 2, 3, 4, 5])
    const back = run(unravel(np.mul(2, vector)))
    expect([back._tag, back.n, back.W.dtype, back.W.toNested(), back.b[1].item()]).toEqual([
      'Dense',
      static_(2),
      'float32',
      [[2, 4]],
      10
    ])
    expect(run(T.ravel({ a: null })[0]).shape).toEqual([0])
    expect(tagOf(() => unravel(array([1])))).toBe('ShapeError')
    const gradient = run(grad((v: Tensor) => T.vdot(unravel(v), unravel(v)))(vector))
    expect(gradient.toNested()).toEqual([2, 4, 6, 8, 10])
  })

  it('add, scale, vdot and norm are those of the vectors', () => {
    expect(run(T.ravel(T.add(tree, T.scale(2, tree)))[0]).toNested()).toEqual([3, 6, 9, 12, 15])
    expect([run(T.vdot(tree, tree)).item(), run(T.norm({ a: array([3]), b: 4 })).item()]).toEqual([55, 5])
    expect(run(grad((x: { a: Tensor; b: Tensor }) => T.norm(x))({ a: 0, b: 0 })).a.item()).toBe(0)
    expect(run(T.scale(2, tree)).W.dtype).toBe('float32')
    expect(tagOf(() => T.vdot({ a: array([1, 2]) }, { a: 1 }))).toBe('ShapeError')
    expect(tagOf(() => T.add({ a: 1 } as { a: number; b?: number }, { a: 1, b: 2 }))).toBe('TreeError')
  })

  it('zerosLike, random and reduce', () => {
    expect(run(T.ravel(T.zerosLike(tree))[0]).toNested()).toEqual([0, 0, 0, 0, 0])
    const drawn = run(T.random(key(1), tree))
    expect([drawn.W.shape, drawn.W.dtype, drawn.b[0].shape]).toEqual([[1, 2], 'float32', [2]])
    expect(new Set(run(T.ravel(drawn)[0]).toNested() as number[]).size).toBe(5)
    expect(T.reduce((n, x) => n + x, { a: 1, b: [2, 3] }, 0)).toBe(6)
  })
})
