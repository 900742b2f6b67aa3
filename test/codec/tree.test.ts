/** Trees come back from JSON as they were, and only those that are like the example do. */

import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { array, type NDArray, run, type Tensor, tensor } from 'freegrad'
import { mapOf, optionOf, type Stored, tensorOf, treeOf } from 'freegrad/codec'
import { arrays, trees } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import * as T from 'freegrad/tree'
import * as t from 'io-ts'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { reason } from '../support/reason.js'
import { bits, read, refusal, returned, sent } from './support.js'

class Affine {
  constructor(
    readonly W: NDArray | number,
    readonly b: NDArray | number,
    readonly name: string
  ) {}
}
T.register(Affine, {
  flatten: ({ W, b, name }) => [{ W, b }, name],
  unflatten: ({ W, b }, name) => new Affine(W, b, name)
})

const leaves = fc.oneof(arrays(), fc.double(), fc.boolean())

describe('a tree comes back', () => {
  it('by the codec of itself, bit for bit', () => {
    fc.assert(
      fc.property(trees(leaves), (tree) => {
        const codec = treeOf(tree)
        expect(codec.is(tree)).toBe(true)
        const back = returned(codec, tree)
        expect(T.equals(T.structure(back), T.structure(tree))).toBe(true)
        expect(T.leaves(back).map(bits)).toEqual(T.leaves(tree).map(bits))
      })
    )
  })

  it('by the codec of a tree like it, but for others', () => {
    fc.assert(
      fc.property(trees(arrays('float64')), trees(arrays('float64')), (example, tree) => {
        const typesOf = (x: unknown) => T.leaves(x).map((leaf) => (leaf as NDArray).shape.join())
        const isLike =
          T.equals(T.structure(example), T.structure(tree)) && typesOf(example).join(';') === typesOf(tree).join(';')
        const codec = treeOf(example)
        expect(codec.is(tree)).toBe(isLike)
        // JSON has one form for a Map without entries and an empty list.
        const back = codec.decode(sent(treeOf(tree).encode(tree)))
        if (isLike) expect(E.isRight(back)).toBe(true)
        else expect(E.isLeft(back) || codec.is(back.right)).toBe(true)
      })
    )
  })

  it('whatever it is made of', () => {
    const model = {
      none: O.none,
      some: O.some(array([1, 2])),
      map: new Map<string | number, NDArray>([
        ['b', array(1)],
        [2, array(2)]
      ]),
      layer: new Affine(array([[1]]), 2, 'first'),
      typed: [new Float32Array([1, Number.NaN]), new Uint8Array([255])],
      nothing: [null, undefined],
      missing: undefined,
      'a b': 1,
      '': true
    }
    const codec = treeOf(model)
    const back = returned(codec, model)
    expect(back).toEqual(model)
    expect(back.layer).toBeInstanceOf(Affine)
    expect(back.typed[1]).toBeInstanceOf(Uint8Array)
    expect(codec.is(back)).toBe(true)
    expect(read(codec, model)).toEqual(model)
  })

  it('with a key that is no name', () => {
    const tree = JSON.parse('{"__proto__": 1, "a b": [2]}')
    const back = returned(treeOf(tree), tree) as object
    expect(Object.entries(back)).toEqual(Object.entries(tree))
  })

  it('with arrays where the example has tensors', () => {
    const init = { W: np.zeros([2, 2]), b: tensor(0, { dtype: 'float32' }), rate: 0.1 }
    const codec = treeOf(init)
    expectTypeOf<t.TypeOf<typeof codec>>().toEqualTypeOf<{ W: NDArray; b: NDArray; rate: number }>()
    const back = returned(codec, { ...run({ W: init.W, b: init.b }), rate: 0.5 })
    expect([back.W.shape, back.b.dtype, back.rate]).toEqual([[2, 2], 'float32', 0.5])
  })
})

describe('a tree that is not like the example is a Left with the path', () => {
  const codec = treeOf({
    layers: [{ W: array([1, 2]), b: 0 }],
    on: true,
    map: new Map([['a', 1]]),
    some: O.some(1),
    none: O.none
  })
  const good = {
    layers: [{ W: [1, 2], b: 0 }],
    on: true,
    map: [['a', 1]],
    some: { _tag: 'Some', value: 1 },
    none: { _tag: 'None' }
  }

  it.each([
    ['a missing field', { layers: [{ W: [1, 2] }] }, '.layers[0].b', /undefined is not a number/],
    ['a field more', { layers: [{ W: [1, 2], b: 0, c: 1 }] }, '.layers[0].c', /not expected/],
    ['a list more', { layers: [{ W: [1, 2], b: 0 }, 1] }, '.layers', /an array of 2 is not a tuple of 1/],
    ['no list', { layers: {} }, '.layers', /is not a tuple of 1/],
    ['no record', { layers: [3] }, '.layers[0]', /the number 3 is not a record/],
    ['another shape', { layers: [{ W: [1, 2, 3], b: 0 }] }, '.layers[0].W', /float64\[3\] is not float64\[2\]/],
    ['an array for a number', { layers: [{ W: [1, 2], b: [0] }] }, '.layers[0].b', /not a number/],
    ['a number for a boolean', { on: 1 }, '.on', /the number 1 is not of type boolean/],
    ['no pairs', { map: { a: 1 } }, '.map', /not of type Map/],
    ['another key', { map: [['b', 1]] }, '.map[0][0]', /the key is not expected/],
    [
      'a key that comes twice',
      {
        map: [
          ['a', 1],
          ['a', 1]
        ]
      },
      '.map[1][0]',
      /comes twice/
    ],
    ['a key that is missing', { map: [] }, '.map', /"a" is missing/],
    ['another value', { map: [['a', 'x']] }, '.map[0][1]', /"x" is not a number/],
    ['none for some', { some: { _tag: 'None' } }, '.some', /none was given where some/],
    ['some for none', { none: { _tag: 'Some', value: 1 } }, '.none.value', /not of type never/],
    ['no option', { some: 1 }, '.some', /the number 1 is not an Option/]
  ] as const)('%s', (_, change, path, problem) => {
    const [where, why] = refusal(codec, { ...good, ...change })
    expect(where).toBe(path)
    expect(why).toMatch(problem)
  })

  it('and the others decode', () => expect(E.isRight(codec.decode(good))).toBe(true))

  it('an instance that carries other data', () => {
    const affine = treeOf(new Affine(1, 2, 'first'))
    expect(affine.is(new Affine(1, 2, 'second'))).toBe(false)
    expect(refusal(affine, new Affine(1, 2, 'second'))[1]).toMatch(/other data/)
    expect(refusal(affine, { W: 1 })[0]).toBe('.b')
  })

  it('a number that its typed array has not', () => {
    expect(refusal(treeOf(new Uint8Array(1)), [256])).toEqual(['.data[0]', '256 is out of range'])
  })

  it('an example that is no tree is a mistake', () => {
    expect(reason(() => treeOf({ at: new Date(0) })).path).toBe('.at')
    expect(reason(() => treeOf(new Map([[{}, 1]])))._tag).toBe('TreeError')
    expect(reason(() => treeOf(new Map([[Number.NaN, 1]])))._tag).toBe('TreeError')
  })
})

describe('codecs compose with those of io-ts', () => {
  const layer = t.type({ W: tensorOf({ shape: [null, null] }), b: tensorOf({ shape: [null] }) })
  const model = t.type({
    layers: t.array(layer),
    scales: t.record(t.string, tensorOf({ shape: [] })),
    pair: t.tuple([tensorOf(), t.number]),
    either: t.union([tensorOf({ dtype: 'int32' }), t.string]),
    both: t.intersection([t.type({ x: tensorOf() }), t.type({ y: tensorOf() })]),
    momentum: optionOf(tensorOf({ shape: [] })),
    byName: mapOf(t.string, layer)
  })
  type Model = t.TypeOf<typeof model>
  const W = array([[1, 2]])
  const b = array([3])
  const one: Model = {
    layers: [{ W, b }],
    scales: { a: array(1) },
    pair: [W, 1],
    either: array([1], { dtype: 'int32' }),
    both: { x: b, y: W },
    momentum: O.some(array(0.5)),
    byName: new Map([['first', { W, b }]])
  }

  it('into codecs of whole models, with their types', () => {
    expectTypeOf<Model['layers'][number]['W']>().toEqualTypeOf<NDArray>()
    expectTypeOf<Model['momentum']>().toEqualTypeOf<O.Option<NDArray>>()
    expectTypeOf<Model['byName']>().toEqualTypeOf<Map<string, { W: NDArray; b: NDArray }>>()
    expect(model.is(one)).toBe(true)
    expect(bits(returned(model, one))).toEqual(bits(one))
    expect(returned(model, { ...one, either: 'none', momentum: O.none })).toMatchObject({
      either: 'none',
      momentum: O.none
    })
  })

  it('whose errors have one path through all of them', () => {
    const json = sent(model.encode(one)) as Record<string, unknown>
    const path = (change: object) => refusal(model, { ...json, ...change })[0]
    expect(path({ byName: [['first', { W: [[1]], b: ['x'] }]] })).toBe('.byName[0][1].b[0]')
    expect(path({ momentum: { _tag: 'Some', value: [1] } })).toBe('.momentum.value')
    expect(path({ either: ['x'] })).toBe('.either[0]')
    expect(path({ both: { x: 1, y: ['z'] } })).toBe('.both.y[0]')
    expect(
      path({
        byName: [
          ['a', { W, b }],
          ['a', { W, b }]
        ]
      })
    ).toBe('.byName[1][0]')
    expect(path({ scales: { 'a b': 'x' } })).toBe('.scales["a b"]')
  })

  it('and what is not ours is told too', () => {
    expect(refusal(t.type({ n: t.number }), {})).toEqual(['.n', 'undefined is not of type number'])
  })
})

describe('the type of what is stored', () => {
  it('is that of the tree, with arrays for tensors', () => {
    type Tree = {
      a: Tensor
      n: number
      rest: ReadonlyArray<Tensor>
      o: O.Option<Tensor>
      m: Map<string, Tensor>
      t: [Tensor, 1]
    }
    expectTypeOf<Stored<Tree>>().toEqualTypeOf<{
      a: NDArray
      n: number
      rest: ReadonlyArray<NDArray>
      o: O.Option<NDArray>
      m: Map<string, NDArray>
      t: [NDArray, number]
    }>()
    expectTypeOf<Stored<Affine>['name']>().toEqualTypeOf<string>()
  })
})
