/** Draws of no numbers: an empty shape, and a batch of no keys, under every transform. JAX gives the same shapes and dtypes. */
import { array, compile, type DType, grad, jvp, type Like, run, type Tensor, tensor, vmap } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as R from 'freegrad/random'
import { describe, expect, it } from 'vitest'

// --- model
type Shape = ReadonlyArray<number>

/** A draw, its parameters, and the dtype and the shape of what it draws for each place of the shape that is asked for. */
type Row = Readonly<{
  draw: (key: Like, shape: Shape, ...parameters: ReadonlyArray<Like>) => Tensor
  parameters?: ReadonlyArray<Like>
  dtype?: DType
  each?: Shape
}>

// --- constructors
const real =
  (f: (key: Like, shape?: Shape) => Tensor): Row['draw'] =>
  (key, shape) =>
    f(key, shape)
const one =
  (f: (key: Like, a: Like, shape?: Shape) => Tensor): Row['draw'] =>
  (key, shape, a) =>
    f(key, a, shape)
const two =
  (f: (key: Like, a: Like, b: Like, shape?: Shape) => Tensor): Row['draw'] =>
  (key, shape, a, b) =>
    f(key, a, b, shape)

const rows: Readonly<Record<Exclude<keyof typeof R, 'key' | 'split' | 'foldIn' | 'permutation'>, Row>> = {
  bernoulli: { draw: one(R.bernoulli), parameters: [0.3], dtype: 'bool' },
  beta: { draw: two(R.beta), parameters: [2, 3] },
  bits: { draw: real(R.bits), dtype: 'uint32' },
  categorical: { draw: (k, shape, x) => R.categorical(k, x, { shape }), parameters: [[0.5, -1]], dtype: 'int32' },
  cauchy: { draw: real(R.cauchy) },
  chisquare: { draw: one(R.chisquare), parameters: [5] },
  choice: { draw: (k, shape, x) => R.choice(k, x, shape), parameters: [[0.5, 1.5]] },
  dirichlet: { draw: one(R.dirichlet), parameters: [[1, 2, 3]], each: [3] },
  doubleSidedMaxwell: { draw: two(R.doubleSidedMaxwell), parameters: [1, 2] },
  exponential: { draw: real(R.exponential) },
  gamma: { draw: one(R.gamma), parameters: [2.5] },
  geometric: { draw: one(R.geometric), parameters: [0.3], dtype: 'int32' },
  gumbel: { draw: real(R.gumbel) },
  laplace: { draw: real(R.laplace) },
  loggamma: { draw: one(R.loggamma), parameters: [2.5] },
  logistic: { draw: real(R.logistic) },
  lognormal: { draw: one(R.lognormal), parameters: [0.5] },
  maxwell: { draw: real(R.maxwell) },
  // biome-ignore format: a matrix
  multivariateNormal: { draw: two(R.multivariateNormal), parameters: [[1, -2], [[2, 1], [1, 3]]], each: [2] },
  normal: { draw: real(R.normal) },
  pareto: { draw: one(R.pareto), parameters: [2] },
  poisson: { draw: one(R.poisson), parameters: [3], dtype: 'int32' },
  rademacher: { draw: real(R.rademacher), dtype: 'int32' },
  randint: { draw: (k, shape) => R.randint(k, shape, -5, 20), dtype: 'int32' },
  rayleigh: { draw: one(R.rayleigh), parameters: [2] },
  t: { draw: one(R.t), parameters: [5] },
  truncatedNormal: { draw: two(R.truncatedNormal), parameters: [-1, 2] },
  uniform: { draw: (k, shape, min, max) => R.uniform(k, shape, { min, max }), parameters: [-1, 2] },
  weibullMin: { draw: two(R.weibullMin), parameters: [2, 1.5] }
}

// --- laws
const key = R.key(3)
const shapes: ReadonlyArray<Shape> = [[0], [3, 0], [0, 2]]

describe.each(Object.entries(rows))('%s', (_, { draw, parameters = [], dtype = 'float64', each = [] }) => {
  const given = parameters.map((x) => run(tensor(x)))

  it('of an empty shape is empty, and of an empty batch of keys or parameters an empty batch', () => {
    const none = array([], { shape: [0, 2], dtype: 'uint32' })
    const empty = given.map((x) => array([], { shape: [0, ...x.shape] }))
    const all = (key: Tensor, keys: Tensor, given: ReadonlyArray<Tensor>, empty: ReadonlyArray<Tensor>) => [
      ...shapes.map((shape) => draw(key, shape, ...given)),
      vmap((key: Tensor) => draw(key, [2], ...given))(keys),
      vmap((...xs: Tensor[]) => draw(key, [2], ...xs), { axisSize: 0 })(...empty),
      vmap((k: Tensor) => draw(k, [0], ...given))(R.split(key, [3]))
    ]
    const wanted = [...shapes, [0, 2], [0, 2], [3, 0]].map((shape) => array([], { shape: [...shape, ...each], dtype }))
    const drawn = all(
      key,
      tensor(none),
      given.map((x) => tensor(x)),
      empty.map((x) => tensor(x))
    )
    expect(drawn.map((x) => [x.dtype, x.shape])).toEqual(wanted.map((x) => [x.dtype, x.shape]))
    expect(run(drawn)).toEqual(wanted)
    expect(compile(all)(run(key), none, given, empty)).toEqual(wanted)
  })

  if (dtype === 'float64' && parameters.length > 0)
    it('of no numbers has gradient 0 in its parameters', () => {
      const total = (...xs: Tensor[]) => np.sum(draw(key, [0], ...xs))
      const slopes = (...xs: Tensor[]) =>
        grad(total, { argnums: given.map((_, k) => k) })(...xs).map((slope) => np.add(slope, 0))
      const zeros = given.map(({ shape }) => run(np.zeros(shape)))
      expect(run(slopes(...given.map((x) => tensor(x))))).toEqual(zeros)
      expect(run(jvp(total)(given, given)[1]).item()).toBe(0)
    })
})

it('an empty array has one permutation', () => {
  expect(run(R.permutation(key, 0))).toEqual(array([], { dtype: 'int32' }))
  expect(run(R.permutation(key, np.zeros([0, 2])))).toEqual(array([], { shape: [0, 2] }))
  expect(run(R.choice(key, 7, [0], { replace: false }))).toEqual(array([], { dtype: 'int32' }))
})
