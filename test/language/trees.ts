/** Generators of trees: nested at will, every kind of container, awkward keys, any leaves. */
import * as fc from 'fast-check'
import * as O from 'fp-ts/lib/Option.js'
import { static_ } from 'freegrad'
import * as T from 'freegrad/tree'
import { array } from '../../src/language/data/array.js'
import * as Type from '../../src/language/data/type.js'
import { constant, variable } from '../../src/language/terms/term.js'

// --- model
/** A registered class with private state: two subtrees, and a label that is part of the structure. */
export class Pair {
  readonly left: unknown
  readonly right: unknown
  readonly #label: unknown
  constructor(left: unknown, right: unknown, label: unknown) {
    this.left = left
    this.right = right
    this.#label = label
  }
  get label(): unknown {
    return this.#label
  }
}

T.register(Pair, {
  flatten: (pair) => [{ left: pair.left, right: pair.right }, pair.label],
  unflatten: ({ left, right }, label) => new Pair(left, right, label)
})

// --- constructors
/** Numbers that show a difference: 0 and -0, NaN and infinities among them. */
export const numbers: fc.Arbitrary<number> = fc.double()

/** Leaves of every kind. */
export const leaves: fc.Arbitrary<T.Leaf> = fc.oneof(
  numbers,
  fc.boolean(),
  fc.float64Array({ maxLength: 2 }),
  fc.float32Array({ maxLength: 2 }),
  fc.int32Array({ maxLength: 2 }),
  fc.uint32Array({ maxLength: 2 }),
  fc.uint8Array({ maxLength: 2 }),
  fc.array(fc.double(), { maxLength: 2 }).map((xs) => array(xs)),
  fc.double().map((x) => constant(array(x))),
  fc.constantFrom('x', 'y').map((name) => variable(Type.of('float64', []), name))
)

/** Keys of records: names, numerals, and those that a careless library trips over. */
export const keys: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('W', 'b', '_tag', 'value', 'length', '0', '10', '9', '', 'a b', "it's", '__proto__', 'constructor'),
  fc.string({ maxLength: 3 })
)

/** Keys of a `Map`: text and numbers, which are sorted, and objects, which are not. */
export const mapKeys: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: keys },
  { weight: 2, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(Symbol.iterator, leaves, null, true) }
)

/** Trees over `leaf`. */
export const trees = (leaf: fc.Arbitrary<unknown> = leaves): fc.Arbitrary<unknown> =>
  fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.constantFrom(null, undefined, O.none, 'relu', '', Symbol.iterator, static_(2), static_({ rate: [0.1] })),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(keys, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      fc.array(fc.tuple(mapKeys, tie('tree')), { maxLength: 3 }).map((entries) => new Map(entries)),
      tie('tree').map(O.some),
      fc
        .tuple(tie('tree'), tie('tree'), fc.constantFrom<unknown>(undefined, 'relu', { rate: 0.1 }))
        .map(([left, right, label]) => new Pair(left, right, label))
    )
  })).tree

/** A tree and others of the same structure over `leaf`. */
export const alike = (count: number, leaf: fc.Arbitrary<unknown> = leaves): fc.Arbitrary<ReadonlyArray<unknown>> =>
  trees(fc.constant(0)).chain((tree) => {
    const structure = T.structure(tree)
    const filled = fc.array(leaf, { minLength: structure.size, maxLength: structure.size })
    return fc.tuple(...Array.from({ length: count }, () => filled.map((xs) => T.unflatten(structure, xs))))
  })

// Nodes of which no two are alike.
const roots: ReadonlyArray<(x: unknown) => unknown> = [
  (x) => x,
  () => [],
  (x) => [x],
  (x) => [x, x],
  () => ({}),
  (x) => ({ W: x }),
  (x) => ({ b: x }),
  (x) => ({ W: x, b: x }),
  (x) => new Map([['W', x]]),
  (x) => new Map([['b', x]]),
  (x) => new Map([[1, x]]),
  () => null,
  () => undefined,
  () => O.none,
  (x) => O.some(x),
  (x) => new Pair(x, x, 'relu'),
  (x) => new Pair(x, x, 'tanh')
]

/** Two trees that are alike but for one place, the path of that place, and what the first has there. */
export type Unlike = Readonly<{ first: unknown; second: unknown; path: string; there: unknown }>

/** Trees that differ in structure at one place, where different nodes stand; below and beside it they are alike. */
export const unlike: fc.Arbitrary<Unlike> = fc
  .tuple(
    trees(fc.constant(0)).filter((tree) => T.structure(tree).size > 0),
    fc.nat(),
    fc.uniqueArray(fc.nat({ max: roots.length - 1 }), { minLength: 2, maxLength: 2 })
  )
  .map(([tree, n, [a, b]]) => {
    const structure = T.structure(tree)
    const place = n % structure.size
    const plant = (root: (x: unknown) => unknown) =>
      T.unflatten(
        structure,
        Array.from({ length: structure.size }, (_, i) => (i === place ? root(0) : 0))
      )
    return { first: plant(roots[a]), second: plant(roots[b]), path: T.paths(tree)[place], there: roots[a](0) }
  })
