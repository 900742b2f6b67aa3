/** The types of functions over trees: a map keeps the tree's type and tells its function what the leaves are. */
import type * as E from 'fp-ts/lib/Either.js'
import type { NonEmptyArray } from 'fp-ts/lib/NonEmptyArray.js'
import * as O from 'fp-ts/lib/Option.js'
import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { array, type Like, type NDArray, run, type Static, type Tensor, tensor } from 'freegrad'
import { mul } from 'freegrad/ops'
import {
  type Arguments,
  type At,
  flatten,
  type Leaf,
  type LeafOf,
  type Leaves,
  leaves,
  map,
  mapWithPath,
  register,
  type Select,
  type Structure,
  type static_,
  structure,
  transpose,
  unflatten,
  zip
} from 'freegrad/tree'
import { describe, expectTypeOf, it } from 'vitest'

const layers: ReadonlyArray<Readonly<{ W: Tensor; b: readonly [Tensor, O.Option<Tensor>] }>> = [
  { W: tensor([1, 2]), b: [tensor(3), O.some(tensor(4))] }
]

type Params = { W: Tensor; b: readonly [Tensor, Tensor]; m: ReadonlyMap<string, Tensor> }

class Secret {
  readonly #x: number
  constructor(x: number) {
    this.#x = x
  }
  get x(): number {
    return this.#x
  }
}

declare module 'freegrad/tree' {
  interface Registered {
    Secret: Secret
  }
}

describe('the types of functions over trees', () => {
  it('map keeps the containers and changes the leaves', () => {
    const doubled = map((x) => mul(2, x), layers)
    expectTypeOf(doubled).toEqualTypeOf<
      ReadonlyArray<Readonly<{ W: Tensor; b: readonly [Tensor, O.Option<Tensor>] }>>
    >()
    expectTypeOf(map((x) => x.toNested().toString(), run(doubled))[0].W).toEqualTypeOf<string>()
  })

  it('map tells what the leaves are, of every tree', () => {
    map((x) => expectTypeOf(x).toEqualTypeOf<Tensor>(), layers)
    map(
      (x, y, z) => {
        expectTypeOf(x).toEqualTypeOf<Tensor>()
        expectTypeOf(y).toEqualTypeOf<NDArray>()
        expectTypeOf(z).toEqualTypeOf<number>()
      },
      { a: tensor(1) },
      { a: array(2) },
      { a: 3 }
    )
    map((x) => expectTypeOf(x).toEqualTypeOf<number | NDArray>(), { a: 1, b: array(2), c: null })
    map((x) => expectTypeOf(x).toEqualTypeOf<Leaf>(), { a: 1 } as unknown)
    mapWithPath(
      (path, x) => {
        expectTypeOf(path).toEqualTypeOf<string>()
        expectTypeOf(x).toEqualTypeOf<number>()
      },
      [1, { a: 2 }]
    )
    expectTypeOf(map((x) => String(x), { a: 1, b: [2, 3] })).toEqualTypeOf<{ a: string; b: Array<string> }>()
  })

  it('flatten and unflatten remember the tree', () => {
    const [xs, s] = flatten({ a: 1, b: [array(2), null] as const })
    expectTypeOf(xs).toEqualTypeOf<Array<number | NDArray>>()
    expectTypeOf(unflatten(s, ['x', 'y'])).toEqualTypeOf<{ a: string; b: readonly [string, null] }>()
    expectTypeOf(leaves([1, true])).toEqualTypeOf<Array<number | boolean>>()
    expectTypeOf(zip([1], [array(1)])).toEqualTypeOf<Array<[number, NDArray]>>()
    expectTypeOf(unflatten(s as Structure, [1, 2])).toBeUnknown()
  })

  it('transpose turns the type inside out', () => {
    const turned = transpose(structure([0, 0]), structure({ x: 0, y: 0 }), [
      { x: array(1), y: array(2) },
      { x: array(3), y: array(4) }
    ])
    expectTypeOf(turned).toEqualTypeOf<{ x: Array<NDArray>; y: Array<NDArray> }>()
  })

  it('register infers children and other data', () => {
    class Affine {
      private constructor(
        readonly W: Leaf,
        readonly b: Leaf,
        readonly name: string
      ) {}
      static of = (W: Leaf, b: Leaf, name: string): Affine => new Affine(W, b, name)
    }
    register(Affine, {
      flatten: (x) => {
        expectTypeOf(x).toEqualTypeOf<Affine>()
        return [[x.W, x.b], x.name]
      },
      unflatten: ([W, b], name) => {
        expectTypeOf(W).toEqualTypeOf<Leaf>()
        expectTypeOf(name).toEqualTypeOf<string>()
        return Affine.of(W, b, name)
      }
    })
    class Other {
      readonly kind = 'other'
      x = 1
    }
    // @ts-expect-error unflatten gives an instance of the class
    register(Other, { flatten: ({ x }) => [[x], null], unflatten: ([x]) => x })
  })
})

describe('Leaves', () => {
  it('replaces leaves and keeps containers', () => {
    expectTypeOf<Leaves<Params, NDArray>>().toEqualTypeOf<{
      W: NDArray
      b: readonly [NDArray, NDArray]
      m: ReadonlyMap<string, NDArray>
    }>()
    expectTypeOf<Leaves<number | boolean, 'to'>>().toEqualTypeOf<'to'>()
    expectTypeOf<Leaves<[NDArray, Float64Array, Float32Array, Uint8Array, 3, true], 'to'>>().toEqualTypeOf<
      ['to', 'to', 'to', 'to', 'to', 'to']
    >()
    expectTypeOf<Leaves<O.Option<[Tensor, number]>, 'to'>>().toEqualTypeOf<O.Option<['to', 'to']>>()
    expectTypeOf<Leaves<Map<number, Tensor[]>, 'to'>>().toEqualTypeOf<Map<number, Array<'to'>>>()
    expectTypeOf<Leaves<{ readonly a?: Tensor; b: Tensor | null }, 'to'>>().toEqualTypeOf<{
      readonly a?: 'to'
      b: 'to' | null
    }>()
    expectTypeOf<Leaves<Record<string, Tensor>, 'to'>>().toEqualTypeOf<Record<string, 'to'>>()
  })

  it('keeps arrays and tuples of every form', () => {
    expectTypeOf<Leaves<[x: Tensor, y?: number], 'to'>>().toEqualTypeOf<[x: 'to', y?: 'to']>()
    expectTypeOf<Leaves<[Tensor, ...number[]], 'to'>>().toEqualTypeOf<['to', ...Array<'to'>]>()
    expectTypeOf<Leaves<readonly [...number[], Tensor], 'to'>>().toEqualTypeOf<readonly [...Array<'to'>, 'to']>()
    expectTypeOf<Leaves<readonly [], 'to'>>().toEqualTypeOf<readonly []>()
    expectTypeOf<Leaves<readonly number[], 'to'>>().toEqualTypeOf<ReadonlyArray<'to'>>()
    expectTypeOf<Leaves<NonEmptyArray<Tensor>, 'to'>>().toEqualTypeOf<NonEmptyArray<'to'>>()
    expectTypeOf<Leaves<ReadonlyNonEmptyArray<Tensor>, 'to'>>().toEqualTypeOf<ReadonlyNonEmptyArray<'to'>>()
    expectTypeOf<Leaves<readonly [[Tensor, [Tensor]], readonly [Tensor]], 'to'>>().toEqualTypeOf<
      readonly [['to', ['to']], readonly ['to']]
    >()
  })

  it('says of what has no place in a tree why', () => {
    type Odd = { f: (x: Tensor) => string; n: bigint; d: Date; p: Promise<Tensor>; s: Set<number>; c: typeof Secret }
    expectTypeOf<
      Leaves<Odd, 'to'>['f']
    >().toEqualTypeOf<'a function has no place in a tree: call it, reach it by closure, or make it static: static_(f)'>()
    expectTypeOf<
      Leaves<Odd, 'to'>['n']
    >().toEqualTypeOf<'a bigint has no place in a tree: convert it with Number(...), or make it static: static_(n)'>()
    expectTypeOf<Leaves<Odd, 'to'>[keyof Odd]>().toExtend<string>()
  })

  it('leaves alone strings, symbols, what static_ gave, registered classes, and what is not known', () => {
    expectTypeOf<Leaves<{ s: Secret; k: Static<2>; x: symbol; u?: undefined }, 'to'>>().toEqualTypeOf<{
      s: Secret
      k: Static<2>
      x: symbol
      u?: undefined
    }>()
    expectTypeOf<Leaves<E.Either<Tensor, number>, 'to'>>().toEqualTypeOf<E.Either<'to', 'to'>>()
    expectTypeOf<Leaves<unknown, 'to'>>().toBeUnknown()
    expectTypeOf<Leaves<{ x: unknown }, 'to'>>().toEqualTypeOf<{ x: unknown }>()
    // biome-ignore lint/suspicious/noExplicitAny: it is about any
    expectTypeOf<Leaves<any, 'to'>>().toBeAny()
    expectTypeOf<Leaves<never, 'to'>>().toBeNever()
    expectTypeOf<Leaves<'text' | null, 'to'>>().toEqualTypeOf<'text' | null>()
  })

  it('takes what an operation takes for one leaf', () => {
    expectTypeOf<Leaves<Like, 'to'>>().toEqualTypeOf<'to'>()
    expectTypeOf<Leaves<Like | null, 'to'>>().toEqualTypeOf<'to' | null>()
    expectTypeOf<Leaves<Leaf, 'to'>>().toEqualTypeOf<'to'>()
  })

  it('ends for recursive types', () => {
    type List = null | { head: Tensor; tail: List }
    type ListTo = null | { head: 'to'; tail: ListTo }
    expectTypeOf<Leaves<List, 'to'>>().toEqualTypeOf<ListTo>()
    type Rose = Tensor | ReadonlyArray<Rose>
    expectTypeOf<Extract<Leaves<Rose, 'to'>, string>>().toEqualTypeOf<'to'>()
    expectTypeOf<'to'[][][]>().toExtend<Leaves<Rose, 'to'>>()
    expectTypeOf<boolean[][][]>().not.toExtend<Leaves<Rose, 'to'>>()
    type Cons = null | readonly [Tensor, Cons]
    expectTypeOf<['to', ['to', null]]>().toExtend<Leaves<Cons, 'to'>>()
    expectTypeOf<['to', ['to', 'to']]>().not.toExtend<Leaves<Cons, 'to'>>()
    type Nest = Tensor | ReadonlyMap<string, Nest>
    expectTypeOf<Map<string, Map<string, 'to'>>>().toExtend<Leaves<Nest, 'to'>>()
    type Even = readonly [Tensor, Odd | null]
    type Odd = [Even]
    expectTypeOf<['to', [['to', null]]]>().toExtend<Leaves<Even, 'to'>>()
    type Maybe = { x: Tensor; rest: O.Option<Maybe> }
    expectTypeOf<Leaves<Maybe, 'to'>['rest']>().toEqualTypeOf<O.Option<Leaves<Maybe, 'to'>>>()
    expectTypeOf<LeafOf<List | Rose | Cons | Nest | Even | Maybe>>().toEqualTypeOf<Tensor>()
  })

  it('stays open within generic functions', () => {
    const evaluated = <T extends Tensor>(x: { a: T }): NDArray => run(x).a as NDArray
    expectTypeOf(evaluated).returns.toEqualTypeOf<NDArray>()
    const same = <T>(x: T): Leaves<T, NDArray> => run(x)
    expectTypeOf(same(layers)[0].W).toEqualTypeOf<NDArray>()
  })
})

describe('arguments', () => {
  type A = [W: Tensor, b: { c: Tensor }, xs: readonly [Tensor, number]]

  it('are the same trees over any leaves, by their names', () => {
    expectTypeOf<Arguments<A>>().toEqualTypeOf<[W: Leaf, b: { c: Leaf }, xs: readonly [Leaf, static_<number>]]>()
    expectTypeOf<Arguments<[x: Like, y?: Tensor]>>().toEqualTypeOf<[x: Leaf, y?: Leaf]>()
  })

  it('are counted from either end', () => {
    expectTypeOf<At<A, 0>>().toEqualTypeOf<Tensor>()
    expectTypeOf<At<A, -1>>().toEqualTypeOf<readonly [Tensor, number]>()
    expectTypeOf<At<A, -3>>().toEqualTypeOf<Tensor>()
    expectTypeOf<At<A, 3>>().toBeNever()
    expectTypeOf<At<A, -4>>().toBeNever()
    expectTypeOf<At<Tensor[], -2>>().toEqualTypeOf<Tensor>()
    expectTypeOf<At<[Tensor, x?: number], -1>>().toEqualTypeOf<number>()
    expectTypeOf<At<A, number>>().toEqualTypeOf<A[number]>()
  })

  it('are selected in the order of argnums, as tensors', () => {
    expectTypeOf<Select<A, 1>>().toEqualTypeOf<{ c: Tensor }>()
    expectTypeOf<Select<A, readonly [-1, 0]>>().toEqualTypeOf<[readonly [Tensor, Static<number>], Tensor]>()
  })
})
