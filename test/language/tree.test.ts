import assert from 'node:assert'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { array, type Reason, Static, static_ } from 'freegrad'
import * as T from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'
import { alike, numbers, Pair, trees, unlike } from './trees.js'

// --- helpers
/** The reason for which `make` throws a `TreeError`. */
const reasonOf = (make: () => unknown): Reason => {
  const found = reason(make)
  expect(found._tag).toBe('TreeError')
  return found
}

/** Whether two lists hold the same values, objects by identity. */
const same = (xs: ReadonlyArray<unknown>, ys: ReadonlyArray<unknown>): boolean =>
  xs.length === ys.length && xs.every((x, i) => Object.is(x, ys[i]))

const sizeOf = (tree: unknown): number => T.structure(tree).size

/** The same tree with the keys of its records, and of its `Map`s whose keys have an order, put in the other way round. */
const reordered = (tree: unknown): unknown => {
  if (Array.isArray(tree)) return tree.map(reordered)
  if (tree instanceof Pair) return new Pair(reordered(tree.left), reordered(tree.right), tree.label)
  if (tree instanceof Map) {
    const entries = Array.from(tree, ([key, value]) => [key, reordered(value)] as const)
    const ordered = entries.every(([key]) => typeof key === 'string' || typeof key === 'number')
    return new Map(ordered ? entries.reverse() : entries)
  }
  if (T.isLeaf(tree) || tree instanceof Static || typeof tree !== 'object' || tree === null) return tree
  return Object.fromEntries(
    Object.entries(tree)
      .reverse()
      .map(([key, value]) => [key, reordered(value)])
  )
}

/** What a path leads to. */
const follow = (tree: unknown, path: string): unknown => {
  const pattern = /\.get\(("(?:[^\\"]|\\.)*"|[^)]*)\)|\.([\p{ID_Continue}$]+)|\[("(?:[^\\"]|\\.)*"|\d+)\]/uy
  let at = tree
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path)
    if (match === null) throw new Error(`the path ${path} cannot be read`)
    const [, key, name, index] = match
    if (key !== undefined)
      at = (at as ReadonlyMap<unknown, unknown>).get(key.startsWith('"') ? JSON.parse(key) : Number(key))
    else at = (at as Readonly<Record<string, unknown>>)[name ?? JSON.parse(index)]
  }
  return at
}

// Each container that can be around a tree.
const wraps: ReadonlyArray<readonly [string, (x: unknown) => unknown]> = [
  ['an array', (x) => [x]],
  ['a record', (x) => ({ a: x, b: null })],
  ['a Map', (x) => new Map([['a', x]])],
  ['an Option', (x) => O.some(x)],
  ['a registered class', (x) => new Pair(x, null, 'deep')]
]

const deep = 100_000
/** A leaf under a hundred thousand containers, every kind in turn. */
const nested = (leaf: unknown): unknown => {
  let tree = leaf
  for (let i = 0; i < deep; i++) tree = wraps[i % wraps.length][1](tree)
  return tree
}

// --- tests
describe('flatten and unflatten', () => {
  it('put together what they took apart', () => {
    fc.assert(
      fc.property(trees(), (tree) => assert.deepStrictEqual(T.unflatten(T.structure(tree), T.leaves(tree)), tree))
    )
  })

  it('take apart what they put together', () => {
    fc.assert(
      fc.property(trees(), (tree) => {
        const [leaves, structure] = T.flatten(tree)
        const [again, alike] = T.flatten(T.unflatten(structure, leaves))
        expect(leaves.length).toBe(structure.size)
        expect(same(again, leaves)).toBe(true)
        expect(T.equals(structure, alike)).toBe(true)
      })
    )
  })

  it('do not depend on the order of keys', () => {
    fc.assert(
      fc.property(trees(), (tree) => {
        const [leaves, structure] = T.flatten(tree)
        const [others, other] = T.flatten(reordered(tree))
        expect(T.equals(structure, other)).toBe(true)
        expect(same(others, leaves)).toBe(true)
      })
    )
  })

  it('list a record by its sorted keys, a Map by its sorted numbers and then text', () => {
    expect(T.leaves({ b: 1, a: 2, B: 3, 10: 4, 9: 5 })).toEqual([4, 5, 3, 2, 1])
    const map = new Map<string | number, number>([
      ['b', 1],
      [10, 2],
      ['a', 3],
      [9, 4],
      [Number.NaN, 5],
      [-1, 6]
    ])
    expect(T.leaves(map)).toEqual([6, 4, 2, 5, 3, 1])
  })

  it('list a Map with other keys as it was filled', () => {
    const [a, b] = [{}, {}]
    expect(
      T.leaves(
        new Map([
          [b, 1],
          [a, 2]
        ])
      )
    ).toEqual([1, 2])
    const [ab, ba] = [
      new Map([
        [a, 0],
        [b, 0]
      ]),
      new Map([
        [b, 0],
        [a, 0]
      ])
    ]
    expect(T.equals(T.structure(ab), T.structure(ba))).toBe(false)
  })

  it('keep arrays whole, but not plain arrays', () => {
    expect(T.leaves([array([1, 2]), Float32Array.of(1, 2)])).toHaveLength(2)
    expect(T.leaves([[1, 2], [3]])).toEqual([1, 2, 3])
  })

  it('reject another number of leaves', () => {
    fc.assert(
      fc.property(trees(), fc.integer({ min: -3, max: 3 }), (tree, more) => {
        const structure = T.structure(tree)
        const count = structure.size + more
        fc.pre(more !== 0 && count >= 0)
        const reason = reasonOf(() => T.unflatten(structure, new Array(count).fill(0)))
        expect(reason.op).toBe('unflatten')
        expect(reason.problem).toContain(`${count} leaves for a structure of ${structure.size}`)
      })
    )
  })

  it('take a record of another realm, or without a prototype, for a record', () => {
    expect(T.show(T.structure(runInNewContext('({ b: [1, 2], a: null })')))).toBe('{a: null, b: [*, *]}')
    expect(T.map((x) => x, Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 })
  })

  it('keep a key named __proto__', () => {
    const tree = JSON.parse('{"__proto__": [1, 2]}')
    const again = T.map((x: number) => x + 1, tree)
    expect(Object.keys(again)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(again)).toBe(Object.prototype)
  })

  it('take an fp-ts Option only in its exact form', () => {
    expect(T.show(T.structure([O.none, O.some(1)]))).toBe('[none, some(*)]')
    expect(T.show(T.structure({ value: 1 }))).toBe('{value: *}')
    expect(T.show(T.structure({ _tag: 'Some', value: 1, more: 2 }))).toBe('{_tag: "Some", more: *, value: *}')
  })

  it('take strings, symbols and what static_ gave for structure', () => {
    const relu = Symbol('relu')
    const tree = { _tag: 'Dense', W: [1, 2], f: relu, size: static_(3), name: undefined }
    const [leaves, structure] = T.flatten(tree)
    expect(leaves).toEqual([1, 2])
    expect(T.show(structure)).toBe('{W: [*, *], _tag: "Dense", f: Symbol(relu), name: undefined, size: static_(3)}')
    expect(T.unflatten(structure, ['x', 'y'])).toStrictEqual({ ...tree, W: ['x', 'y'] })
    expect(T.equals(structure, T.structure({ ...tree, size: static_(3) }))).toBe(true)
    expect(T.equals(T.structure(static_({ k: [1, 2] })), T.structure(static_({ k: [1, 2] })))).toBe(true)
    for (const other of [
      { _tag: 'Conv' },
      { f: Symbol('relu') },
      { size: static_(4) },
      { size: 3 },
      { size: 'static_(3)' }
    ])
      expect(T.equals(structure, T.structure({ ...tree, ...other }))).toBe(false)
  })

  it('take Either and These for what they are: records with a tag', () => {
    const both = { _tag: 'Both', left: 1, right: 2 } as const
    expect(T.map((x) => 2 * x, [E.left(1), E.right({ W: 2 }), both])).toStrictEqual([
      E.left(2),
      E.right({ W: 4 }),
      { _tag: 'Both', left: 2, right: 4 }
    ])
    const reason = reasonOf(() => T.map((x, y) => [x, y], E.left(1), E.right(1) as E.Either<number, number>))
    expect(reason.problem).toContain('expected record {_tag: "Left", left}, got record {_tag: "Right", right}')
  })

  it('tell where what is static differs', () => {
    const differ = (x: unknown, y: unknown) => reasonOf(() => T.map((a: unknown) => a, x, y))
    expect(differ({ _tag: 'Dense', W: 1 }, { _tag: 'Conv', W: 1 })).toMatchObject({
      path: '._tag',
      problem: 'tree 2 differs from tree 1: expected "Dense", got "Conv"'
    })
    expect(differ([static_(2)], [2])).toMatchObject({ path: '[0]', hint: expect.stringContaining('static_(value)') })
  })
})

describe('flattenWith', () => {
  it('counts as a leaf whatever isLeaf says', () => {
    const [leaves] = T.flattenWith({ isLeaf: (x) => x === null || x === undefined })([null, { b: undefined, a: 1 }])
    expect(leaves).toEqual([null, 1, undefined])
    expect(T.flattenWith({ isLeaf: Array.isArray })([1, 2])[0]).toEqual([[1, 2]])
  })

  it('names its operation', () => {
    expect(reasonOf(() => T.flattenWith({ op: 'grad' })([1n])).op).toBe('grad')
  })
})

describe('map', () => {
  it('is the identity for the identity', () => {
    fc.assert(
      fc.property(trees(), (tree) =>
        assert.deepStrictEqual(
          T.map((x) => x, tree),
          tree
        )
      )
    )
  })

  it('composes', () => {
    const f = (x: unknown) => Number(x) + 1
    const g = (x: unknown) => [x]
    fc.assert(
      fc.property(trees(numbers), (tree) =>
        assert.deepStrictEqual(
          T.map(g, T.map(f, tree)),
          T.map((x) => g(f(x)), tree)
        )
      )
    )
  })

  it('meets the corresponding leaves of all its trees', () => {
    fc.assert(
      fc.property(alike(3), ([a, b, c]) => {
        const met: Array<ReadonlyArray<unknown>> = []
        T.map((...leaves) => met.push(leaves), a, b, c)
        const wanted = T.leaves(a).map((x, i) => [x, T.leaves(b)[i], T.leaves(c)[i]])
        assert.deepStrictEqual(met, wanted)
        assert.deepStrictEqual(
          T.zip(a, b),
          wanted.map(([x, y]) => [x, y])
        )
      })
    )
  })

  it('gives each leaf its path', () => {
    fc.assert(
      fc.property(trees(fc.constant(0)), (tree) => {
        const seen: Array<string> = []
        T.mapWithPath((path) => seen.push(path), tree)
        expect(seen).toEqual(T.paths(tree))
      })
    )
  })
})

describe('paths', () => {
  it('lead to the leaves', () => {
    fc.assert(
      fc.property(trees(), (tree) => {
        const found = T.paths(tree)
        // A Map's key that is neither text nor a number can be shown, but not read back.
        fc.pre(found.every((path) => !/\.get\((?!"|-?\d|-?Infinity|NaN)/.test(path)))
        const met = found.map((path) => follow(tree, path))
        expect(same(met, T.leaves(tree))).toBe(true)
      })
    )
  })

  it('are as one would write them', () => {
    const tree = {
      params: [{ W: 1, 'a b': 2 }],
      m: new Map<unknown, unknown>([
        ['a', 3],
        [4, O.some(5)]
      ]),
      p: new Pair(6, [7], 0)
    }
    expect(T.paths(tree)).toEqual([
      '.m.get(4).value',
      '.m.get("a")',
      '.p.left',
      '.p.right[0]',
      '.params[0].W',
      '.params[0]["a b"]'
    ])
    expect(T.paths(1)).toEqual([''])
    expect(T.paths(T.structure(tree))).toEqual(T.paths(tree))
    expect(reasonOf(() => T.leaves([T.structure(tree)])).hint).toContain('unflatten')
  })
})

describe('structures', () => {
  it('are equal exactly when no place differs, and the error names the place', () => {
    fc.assert(
      fc.property(unlike, ({ first, second, path }) => {
        const [a, b] = [T.structure(first), T.structure(second)]
        expect(T.equals(a, b)).toBe(false)
        expect(T.equals(b, a)).toBe(false)
        expect(T.Eq.equals(a, T.structure(first))).toBe(true)
        const reason = reasonOf(() => T.expectSame('jvp', a, b, 'the tangent'))
        expect(reason.path ?? '').toBe(path)
        expect(reason.problem).toMatch(/^the tangent: expected .+, got .+$/)
        expect(reasonOf(() => T.map((x) => x, first, second)).path ?? '').toBe(path)
        expect(reasonOf(() => T.zip(first, second)).path ?? '').toBe(path)
      })
    )
  })

  it('are composed associatively, and a leaf is the unit', () => {
    fc.assert(
      fc.property(trees(), trees(), trees(), (x, y, z) => {
        const [a, b, c] = [T.structure(x), T.structure(y), T.structure(z)]
        expect(T.equals(T.compose(a, T.compose(b, c)), T.compose(T.compose(a, b), c))).toBe(true)
        expect(T.equals(T.compose(T.structure(0), a), a)).toBe(true)
        expect(T.equals(T.compose(a, T.structure(0)), a)).toBe(true)
        expect(T.compose(a, b).size).toBe(a.size * b.size)
      })
    )
  })

  it('are composed as trees are nested', () => {
    fc.assert(
      fc.property(trees(), trees(), (x, y) => {
        const nestedTree = T.unflatten(
          T.structure(x),
          T.leaves(x).map(() => y)
        )
        expect(T.equals(T.structure(nestedTree), T.compose(T.structure(x), T.structure(y)))).toBe(true)
      })
    )
  })

  it('print as the tree with its leaves taken out', () => {
    const tree = {
      W: [1, [], {}],
      'a b': null,
      m: new Map([['k', undefined]]),
      o: [O.none, O.some(2)],
      p: new Pair(1, 2, 'relu')
    }
    expect(T.Show.show(T.structure(tree))).toBe(
      `{W: [*, [], {}], "a b": null, m: Map {"k": undefined}, o: [none, some(*)], p: Pair({left: *, right: *}; "relu")}`
    )
  })

  it('print alike when they are equal', () => {
    fc.assert(
      fc.property(trees(), (tree) => {
        expect(T.show(T.structure(reordered(tree)))).toBe(T.show(T.structure(tree)))
      })
    )
  })
})

describe('a mismatch', () => {
  const unlikeness = (a: unknown, b: unknown) => reasonOf(() => T.map((x) => x, a, b))

  it('says what was expected and what came', () => {
    const error = unlikeness([{ params: { W: 1, b: 2 } }], [{ params: [1, 2] }])
    expect(error.problem).toBe('tree 2 differs from tree 1: expected record {W, b}, got tuple of 2')
    expect(error.path).toBe('[0].params')
  })

  it.each<[string, unknown, unknown, RegExp]>([
    ['a missing key', { W: 1, b: 2 }, { W: 1 }, /^b is missing$/],
    ['one key too many', { W: 1 }, { W: 1, c: 2 }, /^c is not expected$/],
    ['a misspelt key', { bias: 1 }, { bais: 1 }, /^bias is missing; bais is not expected$/],
    ['a plain array for a vector', 1, [1, 2], /container.*array\(\[1, 2\]\)/],
    ['another alternative of an Option', O.some(1), O.none, /none and some/],
    ['undefined for null', null, undefined, /null and undefined/],
    ['other data in a registered class', new Pair(1, 2, { rate: 1 }), new Pair(1, 2, { rate: 2 }), /equal in both/]
  ])('helps with %s', (_, a, b, hint) => {
    expect(unlikeness(a, b).hint).toMatch(hint)
  })

  it('shortens a list of many keys and a very long path', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 1]))
    expect(unlikeness(many, {}).problem).toContain('(100 in all)')
    const { path = '' } = unlikeness(nested(1), nested([]))
    expect(path).toContain('(99960 more)')
    // Forty steps of at most nine characters, and how many were left out.
    expect(path.length).toBeLessThan(40 * 9 + 30)
  })
})

describe('transpose', () => {
  const outerAndInner = fc.tuple(trees(fc.constant(0)), trees(fc.constant(0)))

  it('is an involution', () => {
    fc.assert(
      fc.property(outerAndInner, ([x, y]) => {
        const [outer, inner] = [T.structure(x), T.structure(y)]
        const both = T.compose(outer, inner)
        const tree = T.unflatten(
          both,
          Array.from({ length: both.size }, (_, i) => i)
        )
        assert.deepStrictEqual(T.transpose(inner, outer, T.transpose(outer, inner, tree)), tree)
      })
    )
  })

  it('moves the leaf at an outer and an inner path to the inner and the outer path', () => {
    fc.assert(
      fc.property(outerAndInner, ([x, y]) => {
        const [outer, inner] = [T.structure(x), T.structure(y)]
        const names = T.mapWithPath((o) => T.mapWithPath((i) => o.length * 1000 + i.length, y), x)
        const turned = T.mapWithPath((i) => T.mapWithPath((o) => o.length * 1000 + i.length, x), y)
        assert.deepStrictEqual(T.transpose(outer, inner, names), turned)
      })
    )
  })

  it('rejects a tree that is not an outer of inners', () => {
    const [outer, inner] = [T.structure([0, 0]), T.structure({ a: 0 })]
    const reason = reasonOf(() => T.transpose(outer, inner, [{ a: 1 }, { b: 1 }]))
    expect([reason.op, reason.path]).toEqual(['transpose', '[1]'])
  })
})

describe('prefix', () => {
  it('repeats each leaf of the prefix for all that is below it', () => {
    fc.assert(
      fc.property(
        trees(fc.constant(0)),
        fc.infiniteStream(trees(fc.constant(0))),
        fc.infiniteStream(fc.constantFrom(0, -1, 2, null)),
        (tree, subtrees, axes) => {
          const structure = T.structure(tree)
          const subtree = Array.from({ length: structure.size }, () => subtrees.next().value)
          const axis = Array.from({ length: structure.size }, () => axes.next().value)
          const whole = T.structure(T.unflatten(structure, subtree))
          expect(T.prefix(T.unflatten(structure, axis), whole)).toEqual(
            axis.flatMap((each, i) => new Array(sizeOf(subtree[i])).fill(each))
          )
        }
      )
    )
  })

  it('names the place at which it is no prefix', () => {
    const isNumber = (x: unknown) => typeof x === 'number'
    fc.assert(
      fc.property(unlike, ({ first, second, path, there }) => {
        fc.pre(typeof there !== 'number')
        const reason = reasonOf(() => T.prefix(first, T.structure(second), 'inAxes', isNumber))
        expect([reason.op, reason.path ?? '']).toEqual(['inAxes', path])
        expect(reason.problem).toMatch(/ is no prefix of /)
      })
    )
  })

  it('says that it goes too deep, and what cannot be its leaf', () => {
    const structure = T.structure([1, { W: 2 }])
    expect(reasonOf(() => T.prefix([[0], 0], structure)).hint).toContain('goes deeper')
    expect(reasonOf(() => T.prefix([0, { W: true }], structure)).path).toBe('[1].W')
    expect(reasonOf(() => T.prefix([0, { W: array(1) }], structure)).path).toBe('[1].W')
    expect(reasonOf(() => T.prefix([0, { W: 'i' }], structure)).path).toBe('[1].W')
    expect(reasonOf(() => T.prefix([undefined, 0], structure)).path).toBe('[0]')
  })
})

describe('what has no place in a tree', () => {
  class Affine {
    constructor(
      readonly W: number,
      readonly b: number
    ) {}
  }
  class Sub extends Pair {}
  class List<A> extends Array<A> {}
  const hole = [1, 2, 3]
  delete hole[1]

  it.each<[string, unknown, RegExp]>([
    ['a bigint', 1n, /Number\(/],
    ['a function', Math.sin, /closure/],
    ['a class', Affine, /closure/],
    ['a promise', Promise.resolve(1), /await/],
    ['a Set', new Set([1]), /no order/],
    ['a WeakMap', new WeakMap(), /use a Map/],
    ['a WeakSet', new WeakSet(), /use a Map/],
    ['a Date', new Date(0), /getTime/],
    ['an array of bigints', new BigInt64Array(2), /Float64Array/],
    ['a buffer', new ArrayBuffer(8), /Float64Array/],
    ['a data view', new DataView(new ArrayBuffer(8)), /Float64Array/],
    ['an iterator', [1, 2].values(), /\[\.\.\.x\]/],
    ['an instance of an unregistered class', new Affine(1, 2), /register\(Affine, .*\{ W: x\.W, b: x\.b \}/],
    ['an instance of a subclass', new Sub(1, 2, 3), /register Sub too: it extends the registered Pair/],
    ['an instance of a subclass of Array', List.from([1]), /register\(List/],
    ['an object with a prototype of its own', Object.create({ a: 1 }), /plain record/],
    ['a regular expression', /x/, /register/],
    ['an error', new Error('x'), /register/]
  ])('%s is a TreeError with its path and a hint', (_, x, hint) => {
    const reason = reasonOf(() => T.flatten({ params: [1, x] }))
    expect(reason.path).toBe('.params[1]')
    expect(reason.hint).toMatch(hint)
    expect(reasonOf(() => T.flatten(x)).path).toBeUndefined()
    expect(reasonOf(() => T.prefix([x], T.structure([1]))).path).toBe('[0]')
  })

  it('includes the hole of a sparse array, but not undefined', () => {
    expect(reasonOf(() => T.flatten({ xs: hole })).path).toBe('.xs[1]')
    expect(T.leaves([1, undefined, 3])).toEqual([1, 3])
  })

  it('includes a symbol as the key of a record', () => {
    expect(reasonOf(() => T.flatten([{ [Symbol('s')]: 1 }])).path).toBe('[0]')
  })
})

describe('a tree that contains itself', () => {
  it('is a TreeError that names the way around', () => {
    const tree = { layers: [1, { parent: null as unknown }] }
    tree.layers[1] = { parent: tree.layers }
    const reason = reasonOf(() => T.flatten([tree]))
    expect(reason.path).toBe('[0].layers[1].parent')
    expect(reason.problem).toBe('the tree contains itself: this is [0].layers again')
  })

  it.each(wraps)('is found through %s', (_, wrap) => {
    const cycle: Array<unknown> = []
    cycle.push(wrap([cycle]))
    expect(reasonOf(() => T.flatten(cycle)).problem).toContain('contains itself: this is the tree again')
  })

  it('is found at the bottom of a deep one', () => {
    const cycle: Array<unknown> = []
    cycle.push(cycle)
    expect(reasonOf(() => T.flatten(nested(cycle))).problem).toContain('contains itself')
  })

  it('is another thing than one that contains a tree twice, however deep', () => {
    const shared = nested(1)
    expect(T.leaves([shared, { again: shared }])).toEqual([1, 1])
  })
})

describe('a tree a hundred thousand deep', () => {
  const tree = nested(1)
  const [leaves, structure] = T.flatten(tree)
  const leaf = T.structure(0)

  it.each<[string, () => unknown, unknown]>([
    ['flatten', () => leaves, [1]],
    ['unflatten', () => T.equals(T.structure(T.unflatten(structure, [2])), structure), true],
    ['map', () => T.leaves(T.map((x) => Number(x) + 1, tree)), [2]],
    ['paths', () => T.paths(tree).length, 1],
    ['show', () => T.show(structure).length > deep, true],
    ['compose', () => T.compose(structure, structure).size, 1],
    ['transpose', () => T.leaves(T.transpose(structure, leaf, tree)), [1]],
    ['prefix', () => T.prefix(tree, structure), [1]],
    ['a mismatch', () => typeof reasonOf(() => T.zip(tree, nested(null))).path, 'string']
  ])('does not overflow the stack in %s', (_, got, wanted) => {
    expect(got()).toEqual(wanted)
  })
})

describe('register', () => {
  it('rejects a class twice, classes that trees know, and what is no class', () => {
    const node = { flatten: () => [null, undefined] as const, unflatten: () => undefined as never }
    expect(reasonOf(() => T.register(Pair, node)).problem).toContain('Pair is registered already')
    for (const Class of [Object, Array, Map, Float64Array, Uint8Array]) {
      expect(reasonOf(() => T.register<unknown, unknown>(Class, node)).problem).toContain(
        'has a meaning in trees already'
      )
    }
    expect(reasonOf(() => T.register<unknown, unknown>(() => 1, node)).problem).toContain('is not a class')
  })

  it('takes a class whose constructor is private, and whose children are any tree', () => {
    class Stack {
      readonly #layers: ReadonlyArray<number>
      private constructor(layers: ReadonlyArray<number>) {
        this.#layers = layers
      }
      static of = (...layers: ReadonlyArray<number>): Stack => new Stack(layers)
      static read = (stack: Stack): ReadonlyArray<number> => stack.#layers
    }
    T.register(Stack, { flatten: (x) => [Stack.read(x), undefined], unflatten: (layers) => Stack.of(...layers) })
    expect(Stack.read(T.map((x) => 2 * Number(x), { s: Stack.of(1, 2) }).s as unknown as Stack)).toEqual([2, 4])
    expect(T.paths({ s: Stack.of(1, 2) })).toEqual(['.s[0]', '.s[1]'])
  })

  it('tells classes of one name apart', () => {
    const make = () => {
      class Twin {
        x = 1
      }
      T.register(Twin, { flatten: ({ x }) => [x, undefined], unflatten: (x) => Object.assign(new Twin(), { x }) })
      return new Twin()
    }
    expect(reasonOf(() => T.zip(make(), make())).problem).toContain('expected Twin, got another class Twin')
  })

  it('says what is wrong with a flatten that gives no pair', () => {
    class Broken {}
    T.register<Broken, unknown>(Broken, { flatten: () => [1] as never, unflatten: () => new Broken() })
    const reason = reasonOf(() => T.flatten([new Broken()]))
    expect([reason.path, reason.problem]).toEqual(['[0]', 'flatten of the registered class Broken gave an array of 1'])
  })
})
