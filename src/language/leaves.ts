/** Leaves: the types of trees, and what a transform makes of them at compile time. */
import type { None, Option, Some } from 'fp-ts/lib/Option.js'
import type { NDArray, TypedArray } from './array.js'
import type { Tensor } from './term.js'

// --- model
/** A leaf of a tree. A plain array is a container there, never a leaf. */
export type Leaf = number | boolean | TypedArray | NDArray | Tensor

/** Classes registered as containers, to be extended by declaration merging: `interface Registered { Model: Model }`. */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be merged into
export interface Registered {}

type AnyLeaf = Leaf

// --- combinators
/**
 * A tree's type with `To` for its leaves. `Tensor extends T` holds for a `Tensor` leaf and for one that accepts more,
 * so that a library function such as `tanh: (x: Like) => Tensor` is a function of a tensor.
 */
export type Leaves<T, To> = Tensor extends T
  ? To
  : T extends AnyLeaf
    ? To
    : T extends (...args: never[]) => unknown
      ? T
      : T extends Registered[keyof Registered]
        ? T
        : T extends Option<infer A>
          ? Option<Leaves<A, To>>
          : T extends ReadonlyMap<infer K, infer V>
            ? ReadonlyMap<K, Leaves<V, To>>
            : T extends object
              ? { [K in keyof T]: Leaves<T[K], To> }
              : T

/** What a function over the leaves of a tree is given; `Leaf` where the tree's type does not tell. */
export type LeafOf<T> = unknown extends T ? Leaf : LeafIn<T>

type LeafIn<T> = T extends AnyLeaf
  ? T
  : T extends null | undefined | None | ((...args: never[]) => unknown)
    ? never
    : T extends Registered[keyof Registered]
      ? Leaf
      : T extends ReadonlyArray<infer A>
        ? LeafOf<A>
        : T extends Some<infer A>
          ? LeafOf<A>
          : T extends ReadonlyMap<unknown, infer V>
            ? LeafOf<V>
            : T extends object
              ? LeafOf<T[keyof T]>
              : never

// A number from the end as TypeScript can count it.
type FromEnd<A extends ReadonlyArray<unknown>, N extends string> = A extends readonly [...infer Rest, infer Last]
  ? N extends '1'
    ? Last
    : FromEnd<Rest, Before<N>>
  : A[number]

type Before<N extends string> = N extends '2'
  ? '1'
  : N extends '3'
    ? '2'
    : N extends '4'
      ? '3'
      : N extends '5'
        ? '4'
        : '1'

/** The argument at an index; negative ones count from the end. */
export type At<A extends ReadonlyArray<unknown>, I> = I extends number
  ? `${I}` extends `-${infer N}`
    ? FromEnd<A, N>
    : A[I]
  : never

/** What a gradient with these argnums looks like: a tree like the argument, or a tuple in the order of a tuple. */
export type Select<A extends ReadonlyArray<unknown>, I> =
  I extends ReadonlyArray<number> ? { -readonly [K in keyof I]: Leaves<At<A, I[K]>, Tensor> } : Leaves<At<A, I>, Tensor>
