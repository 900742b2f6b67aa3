/** Optimizers of complex parameters, beside optax 0.2 with the conjugates of gradients. */

import { array, compile, grad, type NDArray, run, scan, type Tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as optim from 'freegrad/optim'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const target = array([
  { re: 3, im: 4 },
  { re: -1, im: 0.5 }
])
const start = array([
  { re: 0.5, im: -1 },
  { re: 0, im: 2 }
])
const loss = (p: Tensor): Tensor =>
  np.add(np.sum(np.mul([1, 2], np.square(np.abs(np.sub(p, target))))), np.mul(0.1, np.sum(np.real(np.mul(p, p)))))
const { adagrad, adam, adamw, chain, clip, clipByGlobalNorm, lion, momentum, rmsprop, sgd } = optim

/** The parameters after five steps. */
const optax: ReadonlyArray<readonly [string, optim.Optimizer, ReadonlyArray<number>]> = [
  ['sgd', sgd(0.1), [2.0842202544, 2.4259719648000004, -0.889870784, 0.6613248384]],
  ['momentum', momentum(0.1), [4.1629919424, 7.178392588800001, -1.616785664, -0.5850026496]],
  [
    'nesterov',
    momentum(0.1, { nesterov: true }),
    [3.6672616222366563, 6.593476773987552, -1.07545903572416, 0.22792552748121614]
  ],
  ['adam', adam(0.1), [0.7225124933269584, -0.5531668487335446, -0.2872692763451501, 1.595084928716715]],
  ['adamw', adamw(0.1), [0.722483826322804, -0.5531262352663202, -0.28726612255030953, 1.5949957616984836]],
  ['rmsprop', rmsprop(0.1), [0.9547601102810821, -0.07581314010736123, -0.5313768904680354, 1.234799574881167]],
  ['adagrad', adagrad(0.5), [1.1696147383535707, 0.3726244919739079, -0.7136983634182632, 0.9554874563616972]],
  ['lion', lion(0.1), [0.7221664031842047, -0.5518057790394688, -0.28846590812276984, 1.5907304694931077]],
  [
    'clipByGlobalNorm',
    chain(clipByGlobalNorm(1), sgd(0.1)),
    [0.6900973790307828, -0.6173532333221134, -0.15027384879110361, 1.7882603105785337]
  ]
]

describe.each(optax)('%s', (_, optimizer, expected) => {
  const five = (p: Tensor): Tensor =>
    scan(
      ([x, state]) => [optim.step(optimizer, grad(loss)(x), state as never, x) as never, null],
      [p, optimizer.init(p)] as const,
      null,
      {
        length: 5
      }
    )[0][0] as Tensor

  it('moves complex parameters as optax does, in run and compile', () => {
    const near = ({ dtype, data }: NDArray): void => {
      expect(dtype).toBe('complex128')
      expected.forEach((x, i) => {
        expect(data[i]).toBeCloseTo(x, 12)
      })
    }
    near(run(five(np.array(start) as never)))
    near(compile(five)(start))
  })

  it('keeps complex64, and makes the loss smaller', () => {
    const single = array(Float32Array.from(start.data as Float64Array), { dtype: 'complex64', shape: [2] })
    const slope = (p: Tensor) => grad((q: Tensor) => np.sum(np.square(np.abs(q))))(p)
    const [moved] = optim.step(
      optimizer,
      slope(np.asarray(single)),
      optimizer.init(np.asarray(single)) as never,
      np.asarray(single)
    )
    const size = (p: Tensor | NDArray) => run(np.sum(np.square(np.abs(p)))).item()
    expect(run(moved).dtype).toBe('complex64')
    expect(size(moved)).toBeLessThan(size(single))
  })
})

describe('training', () => {
  it('descends by complex and real parameters together', () => {
    type Params = { z: Tensor; x: Tensor }
    const { start: begin, step } = optim.training(
      ({ z, x }: Params) => np.add(np.square(np.abs(np.sub(np.mul(z, x), { re: 0, im: 2 }))), np.square(np.sub(x, 1))),
      sgd(0.1)
    )
    let state = begin({ z: array({ re: 1, im: 0 }), x: 0.5 })
    for (let k = 0; k < 100; k++) state = step(state)
    expect(state.loss?.item()).toBeLessThan(1e-4)
    expect([state.params.z.dtype, state.params.x.dtype]).toEqual(['complex128', 'float64'])
  })

  it('has no order to clip complex gradients by', () => {
    expect(reason(() => clip(1).update(np.asarray(start), null))._tag).toBe('DTypeError')
    expect(run(optim.globalNorm({ z: array({ re: 3, im: 4 }), x: 12 })).item()).toBe(13)
  })
})
