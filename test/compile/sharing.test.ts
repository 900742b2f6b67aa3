/** Sharing: programs that are equal but for the elements of their constants have one module, and no others do. */
import * as fc from 'fast-check'
import { array, branch, compile, compileAsync, type NDArray, scan, type Tensor } from 'freegrad'
import { agrees, point, scriptPoints, verify } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'

// How many modules some work makes.
const modulesOf = (work: () => void): number => {
  const engine = (globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } }).WebAssembly
  const { Module } = engine
  let count = 0
  engine.Module = class extends Module {
    constructor(bytes: Uint8Array) {
      super(bytes)
      count++
    }
  }
  try {
    work()
  } finally {
    engine.Module = Module
  }
  return count
}

const backwards = (x: NDArray): NDArray => array([...x.data].reverse(), { dtype: x.dtype, shape: x.shape })

/** A function of its first argument, made anew, in which the others are constants. */
const shared = agrees('compile, when other constants have been there before,', (f) => (x, ...rest) => {
  const over = (constants: ReadonlyArray<NDArray>): unknown =>
    compile((y: Tensor) => f(y, ...constants.map((c) => np.asarray(c))))(x)
  over(rest.map(backwards))
  return over(rest)
})

const alike = agrees(
  'compile',
  (f) =>
    (...xs) =>
      compile((...ys: Tensor[]) => f(...ys))(...xs)
)

/** Whether a function of one tensor, compiled, gives what run gives. */
const expectAlike = (f: (x: Tensor) => Tensor | ReadonlyArray<Tensor>, x: NDArray): void =>
  verify(alike, fc.constant(point((y) => [f(y)].flat(), [x])), { runs: 1 })

describe('an equal program compiled again', () => {
  const slope = (c: NDArray) => (x: Tensor) => np.sum(np.mul(np.exp(np.mul(c, x)), 0.75))
  const numbers = (n: number, by: number): NDArray =>
    array(Float64Array.from({ length: n }, (_, k) => Math.sin(k * by)))

  it.each([3, 30, 3000])('reuses the module, with its own constants: %i numbers', (n) => {
    const [first, ...others] = [1, 2, 3].map((by) => numbers(n, by))
    // The first program of all also makes a module that tries whether the engine has vectors.
    expectAlike((x) => np.exp(x), array(1))
    expect(modulesOf(() => expectAlike(slope(first), array(2)))).toBe(1)
    for (const c of others) expect(modulesOf(() => expectAlike(slope(c), array(2)))).toBe(0)
  })

  it('returns its own constants if they are results', () => {
    for (const by of [1, 2]) expectAlike((x) => [np.asarray(numbers(7, by)), np.add(x, 7.25)], array(1))
  })

  it('may be compiled concurrently', async () => {
    const made = [4, 5, 6].map((by) => numbers(11, by))
    const results = await Promise.all(made.map((c) => compileAsync(slope(c))(1.5)))
    expect(results).toEqual(made.map((c) => compile(slope(c))(1.5)))
  })

  it('has the results of run: smooth programs', () => verify(shared, scriptPoints('smooth'), { runs: 40 }))

  it('has the results of run: programs of any dtype', () => verify(shared, scriptPoints('wild'), { runs: 40 }))
})

describe('two programs that differ in one detail', () => {
  const row = array([0.5, -1, 2, 3])
  const x = array(
    Array.from({ length: 12 }, (_, k) => k - 4),
    { shape: [3, 4] }
  )
  type F = (x: Tensor) => Tensor | ReadonlyArray<Tensor>
  const cube = (x: Tensor): Tensor => np.reshape(x, [2, 2, 3])
  const wide = (x: Tensor): Tensor => np.add(x, 0.5)
  const sums =
    (options: { reverse?: boolean; length?: number }): F =>
    (x) =>
      scan((sum: Tensor, _) => [np.add(np.mul(0.5, sum), np.sum(x)), sum], np.asarray(0.25), null, {
        length: 3,
        ...options
      })
  const counting =
    (reverse: boolean): F =>
    (x) =>
      scan((sum: Tensor, y: Tensor) => [np.add(np.mul(0.5, sum), y), null], np.asarray(row), x, { reverse })[0]
  const arms =
    (...fs: ReadonlyArray<(x: Tensor) => Tensor>): F =>
    (x) =>
      branch(np.argmax(np.at(x, 0)), fs, x)
  const pairs: ReadonlyArray<readonly [string, F, F]> = [
    ['a number', (x) => np.mul(x, 3.5), (x) => np.mul(x, 3.25)],
    ['the sign of zero', (x) => np.copysign(x, np.mul(0, x)), (x) => np.copysign(x, np.mul(-0, x))],
    ['an operation', (x) => np.sinh(x), (x) => np.cosh(x)],
    ['the order of operands', (x) => np.sub(x, row), (x) => np.sub(row, x)],
    ['the axis of a sum', (x) => np.sum(cube(x), { axis: 0 }), (x) => np.sum(cube(x), { axis: 1 })],
    ['what is combined', (x) => np.max(x, { axis: 0 }), (x) => np.min(x, { axis: 0 })],
    ['where a slice begins', (x) => np.at(np.ravel(x), '1:7:2'), (x) => np.at(np.ravel(x), '2:8:2')],
    ['the step of a slice', (x) => np.at(np.ravel(x), '1:4'), (x) => np.at(np.ravel(x), '1:7:2')],
    ['a dtype', (x) => np.astype(wide(x), 'float32'), (x) => np.astype(wide(x), 'int32')],
    ['a shape', (x) => np.reshape(wide(x), [2, 6]), (x) => np.reshape(wide(x), [6, 2])],
    ['weakness', () => np.asarray(2.5), () => np.asarray(2.5, { dtype: 'float64' })],
    ['the order of results', (x) => [np.sin(x), np.cos(x)], (x) => [np.cos(x), np.sin(x)]],
    ['what is contracted', (x) => np.einsum('ij,kj->ik', x, wide(x)), (x) => np.einsum('ij,ik->jk', x, wide(x))],
    ['what lanes are', (x) => np.einsum('ij,ij->i', x, wide(x)), (x) => np.einsum('ij,ij->j', x, wide(x))],
    ['where parts stand', (x) => np.concatenate([x, wide(x)]), (x) => np.concatenate([wide(x), x])],
    ['the axis of an order', (x) => np.argsort(np.sin(x), { axis: 0 }), (x) => np.argsort(np.sin(x), { axis: 1 })],
    ['the axis of running sums', (x) => np.cumsum(x, { axis: 0 }), (x) => np.cumsum(x, { axis: 1 })],
    ['the axis of rows', (x) => np.take(x, [1, 0], { axis: 0 }), (x) => np.take(x, [1, 0], { axis: 1 })],
    ['the direction of a loop', counting(false), counting(true)],
    ['the length of a loop', sums({}), sums({ length: 4 })],
    ['the order of arms', arms(np.sin, np.cos), arms(np.cos, np.sin)]
  ]

  it.each(pairs)('give the results of run: %s', (_, f, g) => {
    for (const each of [f, g, f]) expectAlike(each, x)
  })
})
