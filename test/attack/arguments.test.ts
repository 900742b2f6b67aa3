/** Hostile arguments: whatever a public function is given, it returns, or it throws an error of the union with a hint. */
import {
  array,
  branch,
  checkpoint,
  compile,
  defineOp,
  grad,
  jet,
  NDArray,
  psum,
  run,
  static_,
  Tensor,
  tensor,
  unstage
} from 'freegrad'
import { closedOf, mapOf, tensorOf, treeOf } from 'freegrad/codec'
import * as fft from 'freegrad/fft'
import { fold } from 'freegrad/handlers'
import * as linalg from 'freegrad/linalg'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import {
  adam,
  cosineDecay,
  exponentialDecay,
  joinSchedules,
  linear,
  sgd,
  step,
  training,
  warmupCosine
} from 'freegrad/optim'
import { chain, effect, extract, gen, handle, inspect, of, perform, suspend } from 'freegrad/program'
import { choice, key, normal } from 'freegrad/random'
import * as tree from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { attack, bundled } from '../../scripts/attack/attack.mjs'
import { publicModules } from '../../scripts/exports.mjs'
import { reason, tagOf } from '../support/reason.js'
import { modules } from './functions.js'

// --- model
type Loose = (...args: ReadonlyArray<unknown>) => unknown

// A mistake is made on purpose: the types would not let it pass.
const wrong = (x: unknown): never => x as never
const deep = (x: unknown): unknown => {
  let inside = x
  for (let i = 0; i < 20_000; i++) inside = [inside]
  return inside
}
const cyclic: Array<unknown> = [1]
cyclic.push(cyclic)
const detached = new Float64Array(2)
structuredClone(detached.buffer, { transfer: [detached.buffer] })
const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()
// A compiled function that has read an argument, and knows the form of the next one.
const again = (first: unknown, second: unknown): unknown => {
  const f = compile((x: unknown) => x) as Loose
  f(first)
  return f(second)
}
const revokedOf = (x: object): object => {
  const { proxy, revoke } = Proxy.revocable(x, {})
  revoke()
  return proxy
}
const forged = (fields: object): never => wrong(Object.assign(Object.create(NDArray.prototype), fields))
const transferred = (): NDArray => {
  const x = array([1, 2])
  const { buffer } = x.data as Float64Array<ArrayBuffer>
  structuredClone(buffer, { transfer: [buffer] })
  return x
}
const indexed = (index: Tensor): unknown => {
  const block = branch(0, [np.sin, np.sin], 1).operand(0)
  return (ops.branchBlock as unknown as Loose)([index, ...block.operands.slice(1)], block.params)
}
const forgedLength = (): never => wrong(Object.defineProperty(new Float64Array([0.5]), 'length', { value: 1e9 }))
const container = { flatten: () => [[], null], unflatten: () => null } as never
const bare = Object.create(null) as never
const tagged = (tag: string): never =>
  wrong(Object.defineProperty(new Float64Array(2), Symbol.toStringTag, { value: tag }))
const Ask = effect<string, number>()('ask')
const numbers = new Float64Array(1)
const sparse: Array<number> = []
sparse.length = 2 ** 31

const mistakes: ReadonlyArray<readonly [what: string, make: () => unknown, says: RegExp]> = [
  [
    'params that are missing',
    () => (ops.sum as Loose)([1]),
    /params are undefined.*axes: an array of non-negative whole numbers/s
  ],
  ['a param of another kind', () => ops.sum([1], wrong({ axes: 0 })), /param axes is the number 0/],
  ['a symbol for an axis', () => np.take([1], 0, { axis: wrong(Symbol('s')) }), /symbol/],
  ['arrays 20,000 deep', () => np.sin(wrong(deep(1))), /more than 64 deep/],
  ['an array that contains itself', () => array(wrong(cyclic)), /more than 64 deep|ragged/],
  ['a detached buffer', () => np.sin(detached), /elements.*gone.*transferred/s],
  ['a detached buffer for a shape', () => np.zeros(wrong(detached)), /gone/],
  ['a revoked proxy', () => np.sin(wrong(revoked)), /cannot be looked at/],
  ['a revoked proxy in a tree', () => run({ a: revoked }), /cannot be looked at/],
  ['a revoked proxy to inspect', () => inspect(wrong(revoked)), /cannot be looked at/],
  ['a revoked proxy for an effect', () => handle(wrong(revoked)), /cannot be looked at/],
  ['a revoked proxy for clauses', () => handle(Ask)(perform(Ask, 'x'), wrong(revoked)), /perform is undefined/],
  ['a revoked array, compiled', () => again([1], revokedOf([1])), /cannot be looked at/],
  ['a revoked vector, compiled', () => again(array([1, 2]), revoked), /cannot be looked at/],
  ['an array that was transferred', () => run(np.sin(transferred())), /2 elements has 0/],
  ['a detached buffer to train', () => training((x: Tensor) => x, sgd(1)).start(detached), /gone/],
  ['a detached array to train', () => training((x: Tensor[]) => x[0], sgd(1)).start([transferred()]), /has 0/],
  [
    'an array without elements',
    () => run(ops.convert(forged({ dtype: 'float64', shape: [2] }), { dtype: 'int32' })),
    /2 elements has 0/
  ],
  [
    'an array of too few elements',
    () => run(ops.select(true, forged({ dtype: 'float64', shape: [2], data: numbers }), 1)),
    /2 elements has 1/
  ],
  [
    'an array of another dtype',
    () => ops.select(true, forged({ dtype: 'x', shape: [1], data: numbers }), 1),
    /dtype is "x"/
  ],
  [
    'an array without a shape',
    () => ops.convert(forged({ dtype: 'bool', shape: 'abc' }), { dtype: 'int32' }),
    /not a shape/
  ],
  ['no number of steps', () => linear(0, 1, bare), /steps is an object of class null/],
  ['no number of steps of a decay', () => exponentialDecay(1, bare, 1), /steps is an object/],
  ['no number of steps of a cosine', () => cosineDecay(1, bare), /steps is an object/],
  ['no number of steps in all', () => warmupCosine(0, 1, 2, bare), /steps is an object/],
  ['a class for a function', () => checkpoint(wrong(class Layer {})), /f is the class Layer/],
  ['an array of two billion holes', () => np.stack(sparse), /without holes/],
  ['a missing operand', () => np.stack([1, wrong(undefined)]), /without holes/],
  ['a name that records inherit', () => checkpoint(np.sin, { policy: wrong('constructor') })(1), /"constructor"/],
  ['three operands', () => (np.add as Loose)(1, 1, 1), /3 operands.*two/s],
  ['no axis', () => psum(1, wrong(undefined)), /axis is undefined.*axisName/s],
  ['a series that is none', () => jet(np.sin)([1], wrong(1)), /series are the number 1/],
  ['no program', () => unstage(wrong({})), /closed program/],
  ['no declaration', () => defineOp(wrong(undefined)), /name is undefined/],
  ['no formula', () => (np.expr as Loose)('x'), /tag/],
  ['a formula that is too deep', () => np.expr(wrong([`${'('.repeat(20_000)}1`])), /500 deep/],
  ['no effect', () => perform(wrong(null)), /null came where an effect/],
  ['a number instead of a program', () => chain(of)(wrong(1)), /number 1 was given instead of a program/],
  [
    'a continuation that returns a non-program',
    () => extract(wrong(chain(wrong((x: unknown) => x))(of(1)))),
    /program/
  ],
  ['a program that is never made', () => extract(wrong(suspend(wrong(() => 1)))), /instead of a program/],
  ['a body that is not a generator', () => extract(wrong(gen(wrong(() => 1)))), /not a generator/],
  ['no optimizer', () => step(wrong({}), 1, wrong(null), 1), /not an optimizer/],
  ['no schedules', () => joinSchedules(wrong(1), [1]), /schedules are the number 1/],
  ['a revoked proxy in a list of numbers', () => np.split([1], wrong([revoked])), /cannot be looked at/],
  ['a revoked proxy for a complex number', () => fft.fft(wrong(revoked)), /cannot be looked at/],
  ['a revoked proxy for a shape', () => np.zeros(wrong(revoked)), /cannot be looked at/],
  ['a revoked proxy for an algebra', () => fold(wrong(revoked), []), /variable is undefined/],
  ['a revoked proxy that is static', () => static_(wrong(revokedOf([]))), /cannot be looked at/],
  ['a revoked state', () => adam(0.1).update([1], wrong(revoked)), /cannot be looked at/],
  ['an object with the prototype of a tensor', () => np.isnan(wrong(Object.create(Tensor.prototype))), /not a tensor/],
  ['a tensor instead of params', () => (ops.iota as Loose)(tensor(1)), /params are an object of class Tensor/],
  ['a missing operand of three', () => (ops.select as Loose)(true), /undefined/],
  ['a typed array under the name of an object', () => np.sin(tagged('constructor')), /not a tensor/],
  ['a text with 20,000 brackets for a dtype', () => normal(key(0), [], { dtype: wrong(deep(1)) }), /an array of 1/],
  ['a symbol for an index', () => array([1]).at(wrong(Symbol('s'))), /a symbol/],
  ['blocks 20,000 deep', () => np.block(wrong(deep(1))), /more than 64 deep/],
  ['blocks that contain themselves', () => np.block(wrong(cyclic)), /not nested to the same depth/],
  ['a class for a policy', () => checkpoint(np.sin, { policy: wrong(Map) })(1), /policy is the class Map/],
  [
    'two billion holes for argnums',
    () => grad(np.sin, { argnums: wrong(sparse) })(1),
    /argnums are an array of 2147483648/
  ],
  ['two billion holes for a shape', () => tensorOf({ shape: wrong(sparse) }), /not a shape/],
  ['no class for a codec', () => closedOf({ classes: [wrong(1)] }), /number 1 is not registered/],
  ['a class that is missing', () => closedOf({ classes: [wrong(undefined)] }), /without holes/],
  [
    'a class for a rule',
    () => ops.realFunction('f', Math.sin, (dx) => dx, { flops: wrong(Map) }),
    /rule flops of f is the class Map/
  ],
  ['no function of real numbers', () => ops.realFunction('f', wrong(1), (dx) => dx), /f is the number 1/],
  ['a branch whose index is a vector', () => indexed(tensor([0, 1])), /index is not a scalar/],
  [
    'a revoked proxy for a class',
    () => tree.register(wrong(revokedOf(class {})), container),
    /cannot be looked at|not a class/
  ],
  ['a revoked proxy for a container', () => tree.register(class {}, wrong(revoked)), /flatten is undefined/],
  ['an example that only has the prototype of a tensor', () => treeOf(Object.create(Tensor.prototype)), /not a tensor/],
  ['a shape with a forged length', () => choice(key(0), 5, forgedLength()), /not a shape/],
  ['no codec', () => mapOf(wrong(1), wrong(null)), /number 1, not a codec/],
  ['a factorization of a million rows', () => linalg.lu(np.zeros([2 ** 20, 2 ** 20])), /1048576 rows and columns/],
  ['no structure', () => tree.unflatten(wrong({}), []), /structure is wanted/],
  ['a static that contains itself', () => static_(wrong(cyclic)), /contains itself/],
  ['a static with holes', () => static_(sparse), /hole/]
]

describe('by causes', () => {
  it.each(mistakes)('%s', (_, make, says) => {
    const error = reason(make)
    expect(`${error.problem} ${error.hint}`).toMatch(says)
    expect(error.hint).not.toBe('')
  })

  it('what a getter, a trap or a callback of the caller throws passes through', () => {
    const own = new Error('mine')
    const mine = (): never => {
      throw own
    }
    expect(() => run(Object.defineProperty({}, 'a', { get: mine, enumerable: true }))).toThrow(own)
    expect(() => np.sum([1], wrong(Object.defineProperty({}, 'axis', { get: mine, enumerable: true })))).toThrow(own)
    expect(() => np.sin(wrong(new Proxy([1], { get: mine })))).toThrow(own)
    expect(() => checkpoint(mine)()).toThrow(own)
  })

  it('a deep result of a compiled function is written without recursion, as it is read', () => {
    const f = compile(wrong((x: unknown) => x)) as Loose
    for (let k = 0; k < 2; k++) expect(String(tree.structure(f(deep(1)))).length).toBeGreaterThan(0)
  })

  it('a map or an array of two billion holes is decoded to a Left at once', () => {
    for (const codec of [mapOf(tensorOf(), tensorOf()), tensorOf()]) expect(codec.decode(sparse)._tag).toBe('Left')
  })

  it('an operation reads no more operands than it has', () => {
    expect(run((ops.sin as Loose)(0, revoked) as Tensor).item()).toBe(0)
  })

  it('a sum of two operands is still taken by `reduce`', () => {
    const total = [tensor(1), tensor(2), tensor(3)].reduce(np.add as (a: Tensor, b: Tensor) => Tensor)
    expect(run(total).item()).toBe(6)
  })

  it('a formula may be long', () => {
    const long = Array.from({ length: 5000 }, () => '1').join(' + ')
    expect(run(np.expr(wrong([long]))).item()).toBe(5000)
    expect(tagOf(() => np.expr(wrong([`1 + ${long} +`])))).toBe('ParseError')
  })
})

describe('the sweep', () => {
  it('calls the functions of every public module but the laws, which only tests call', () => {
    expect(Object.keys(modules).sort()).toEqual(publicModules().map(([subpath]) => subpath))
    expect(Object.keys(modules).filter((path) => modules[path] === null)).toEqual(['./laws'])
  })

  it('finds no untyped error and no call that does not end in a few thousand calls', async () => {
    const { tried, flaws } = await attack(await bundled(), { door: 'arguments', seed: 20261130, inputs: 4000 })
    expect({ tried, flaws }).toEqual({ tried: 4000, flaws: [] })
  }, 120_000)

  it('stops an input that does not end, goes on behind one that ends the process, and names both', async () => {
    const broken = await bundled('test/attack/broken.ts')
    const { flaws, ends } = await attack(broken, { door: 'broken', seed: 1, inputs: 9, patience: 300 })
    expect(flaws.map(({ index, input, flaw }) => [index, input, flaw.split('\n')[0]])).toEqual([
      [2, 'input 2', 'takes longer than 0.3 s'],
      [5, 'input 5', expect.stringMatching(/^the process died/)],
      [7, 'input 7', expect.stringMatching(/^TypeError: untyped/)]
    ])
    expect(ends).toMatchObject({ died: 2, untyped: 1 })
  }, 60_000)
})
