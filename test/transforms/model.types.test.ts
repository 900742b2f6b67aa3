/** The types of models: what is trained goes where a model goes, and helpers over any tree need no casts. */
import { array, compile, grad, type NDArray, run, type Tensor, tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as T from 'freegrad/tree'
import { describe, expect, expectTypeOf, it } from 'vitest'

interface Model {
  readonly w: Tensor
  readonly layers: ReadonlyArray<{ W: Tensor; b: Tensor }>
}
const predict = (model: Model, x: Tensor): Tensor =>
  model.layers.reduce((y, { W, b }) => np.add(np.mul(W, y), b), np.mul(model.w, x))
const loss = (model: Model, x: Tensor, y: Tensor): Tensor => np.mean(np.square(np.sub(predict(model, x), y)))

describe('a model', () => {
  it('of arrays is assignable to a model of tensors', () => {
    const start = { w: array(1), layers: [{ W: array(1), b: array(0) }] }
    expectTypeOf<NDArray>().toExtend<Tensor>()
    expectTypeOf<Tensor>().not.toExtend<NDArray>()
    expect(run(predict(start, array([1, 2]))).toNested()).toEqual([1, 2])
    const trained: { w: NDArray } & Model = compile(grad(loss))(start, array([1, 2]), array([3, 5]))
    expectTypeOf(run(predict(trained, tensor(1)))).toEqualTypeOf<NDArray>()
    const stepped = T.map((p, g) => np.sub(p, np.mul(0.1, g)), start, grad(loss)(start, array([1, 2]), array([3, 5])))
    expectTypeOf(predict(stepped, array(1))).toEqualTypeOf<Tensor>()
  })
})
