import * as fc from 'fast-check'
import * as O from 'fp-ts/lib/Option.js'
import { array } from 'freegrad'
import * as Tree from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

class Interval {
  constructor(
    readonly low: unknown,
    readonly high: unknown,
    readonly unit: { readonly name: string }
  ) {}
}
Tree.register(Interval, {
  flatten: ({ low, high, unit }) => [[low, high], unit],
  unflatten: ([low, high], unit) => new Interval(low, high, unit)
})

// Trees of numbers, and others of the same structure: what they share, and the numbers at their leaves.
const { tree: anyTree } = fc.letrec<{ tree: unknown; container: unknown }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.integer(), fc.boolean(), tie('container')),
  container: fc.oneof(
    fc.constantFrom(null, undefined, O.none),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('W', 'b', 'c', 'x y'), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
    fc
      .array(fc.tuple(fc.constantFrom('k', 'l', 'm'), tie('tree')), { maxLength: 3 })
      .map((entries) => new Map(entries)),
    tie('tree').map(O.some),
    fc.tuple(tie('tree'), tie('tree')).map(([low, high]) => new Interval(low, high, { name: 'm' }))
  )
}))

describe('trees', () => {
  it('are put together again as they were', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        const [leaves, structure] = Tree.flatten(tree)
        expect(Tree.unflatten(structure, leaves)).toEqual(tree)
        expect(Tree.paths(structure)).toHaveLength(leaves.length)
        expect(Tree.equals(structure, Tree.structure(tree))).toBe(true)
      })
    )
  })

  it('map by identity and composition', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        const double = (x: unknown) => Number(x) * 2
        const next = (x: unknown) => Number(x) + 1
        expect(Tree.map((x) => x, tree)).toEqual(tree)
        expect(Tree.map(next, Tree.map(double, tree))).toEqual(Tree.map((x) => next(double(x)), tree))
      })
    )
  })

  it('turned inside out twice are themselves', () => {
    fc.assert(
      fc.property(anyTree, anyTree, (a, b) => {
        const outer = Tree.structure(a)
        const inner = Tree.structure(b)
        fc.pre(Tree.leaves(a).length > 0 && Tree.leaves(b).length > 0)
        const both = Tree.map(() => Tree.map((x) => x, b), a)
        const turned = Tree.transpose(outer, inner, both)
        expect(Tree.transpose(inner, outer, turned)).toEqual(both)
      })
    )
  })

  it('do not depend on the order of keys', () => {
    expect(Tree.flatten({ b: 1, a: 2 })).toEqual(Tree.flatten({ a: 2, b: 1 }))
    const maps = [new Map([['b', 1], ['a', 2]]), new Map([['a', 2], ['b', 1]])] // biome-ignore format: side by side
    expect(Tree.flatten(maps[0])).toEqual(Tree.flatten(maps[1]))
    expect(Tree.leaves({ b: [1, 2], a: 3 })).toEqual([3, 1, 2])
  })

  it('name the path of each leaf', () => {
    const tree = { params: [{ W: 1 }, O.some(2)], table: new Map([['k', 3]]), at: new Interval(4, [5], { name: 's' }) }
    expect(Tree.paths(Tree.structure(tree))).toEqual([
      '.at.Interval[0]',
      '.at.Interval[1][0]',
      '.params[0].W',
      '.params[1].value',
      '.table.get("k")'
    ])
  })

  it('keep arrays whole, but not plain arrays', () => {
    expect(Tree.leaves([array([1, 2]), Float32Array.of(1)])).toHaveLength(2)
    expect(Tree.leaves([[1, 2], [3]])).toEqual([1, 2, 3])
  })

  it('of other structures are told apart where they first differ', () => {
    const differ: ReadonlyArray<readonly [a: unknown, b: unknown, path: string, says: RegExp]> = [
      [{ a: [1, 2] }, { a: [1] }, '.a', /a tuple of 2.*a tuple of 1/],
      [{ a: { W: 1, b: 2 } }, { a: { W: 1 } }, '.a', /a record \{W, b\}.*a record \{W\}/],
      [[1, null], [1, undefined], '[1]', /null.*undefined/],
      [O.some(1), O.none, 'the root', /some.*none/],
      [1, [1], 'the root', /a leaf.*a tuple/],
      [new Interval(1, 2, { name: 'm' }), new Interval(1, 2, { name: 's' }), 'the root', /Interval/]
    ]
    for (const [a, b, path, says] of differ) {
      expect(Tree.equals(Tree.structure(a), Tree.structure(b))).toBe(false)
      expect(reason(() => Tree.map((x: unknown) => x, a, b))).toMatchObject({ _tag: 'TreeError', path })
      expect(reason(() => Tree.map((x: unknown) => x, a, b)).problem).toMatch(says)
    }
  })

  it('refuse what is neither leaf nor container, with its path and what to do', () => {
    const cyclic: Array<unknown> = []
    cyclic.push(cyclic)
    const bad: ReadonlyArray<readonly [tree: unknown, path: string | RegExp, hint: RegExp]> = [
      [{ a: ['x'] }, '.a[0]', /Number\(/],
      [[1, Promise.resolve(2)], '[1]', /await/],
      [{ n: 1n }, '.n', /Number\(/],
      [[() => 1], '[0]', /closure/],
      [{ s: new Set([1]) }, '.s', /order/],
      [[new Date(0)], '[0]', /register/],
      [Array(2), /\[0\]/, /fill/],
      [cyclic, /\[0\]\[0\]/, /contain itself/]
    ]
    for (const [tree, path, hint] of bad) {
      const { _tag, path: where, hint: help } = reason(() => Tree.flatten(tree))
      expect(_tag).toBe('TreeError')
      expect(where).toMatch(path)
      expect(help).toMatch(hint)
    }
    expect(reason(() => Tree.unflatten(Tree.structure([1, 2]), [1]))).toMatchObject({ _tag: 'TreeError' })
    expect(
      reason(() =>
        Tree.register(Interval, { flatten: () => [[], 0], unflatten: () => new Interval(0, 0, { name: '' }) })
      )
    ).toMatchObject({
      _tag: 'TreeError'
    })
  })

  it('have prefixes', () => {
    const s = Tree.structure({ a: [1, 2], b: 3 })
    expect(Tree.prefix(0, s, 'inAxes')).toEqual([0, 0, 0])
    expect(Tree.prefix({ a: null, b: 1 }, s, 'inAxes')).toEqual([null, null, 1])
    expect(Tree.prefix({ a: [0, null], b: 1 }, s, 'inAxes')).toEqual([0, null, 1])
    expect(reason(() => Tree.prefix({ a: [0], b: 1 }, s, 'inAxes'))).toMatchObject({
      _tag: 'TreeError',
      op: 'inAxes',
      path: '.a'
    })
  })
})
