/** Leaves: what may stand at the leaves of a tree, and the type of a tree with its leaves replaced. */
import type { NonEmptyArray } from 'fp-ts/lib/NonEmptyArray.js'
import type { None, Some } from 'fp-ts/lib/Option.js'
import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import type { NDArray, TypedArray } from './array.js'
import type { Like } from './op.js'
import type { Tensor } from './term.js'

// --- model
/** What may stand at a leaf of a tree. A plain JavaScript array is a container there, never a leaf. */
export type Leaf = number | boolean | TypedArray | NDArray | Tensor

/**
 * The registered classes whose instances `Leaves` keeps as they are. A class of public fields needs no entry: its
 * fields are followed as those of a record. One with private fields does, for a mapped type would lose them:
 *
 *     declare module 'freegrad/tree' {
 *       interface Registered { Affine: Affine }
 *     }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is open for declaration merging
export interface Registered {}

/** What `Leaves` leaves alone: functions, classes, registered instances, and what can be no part of a tree. */
type Opaque =
  | ((...args: never[]) => unknown)
  | (abstract new (
      ...args: never[]
    ) => unknown)
  | Registered[keyof Registered]
  | PromiseLike<unknown>
  | ReadonlySet<unknown>
  | Date

// --- combinators
/**
 * A tree type with its leaves replaced by `To`: records, tuples, arrays, `Map`, `null`, `undefined` and fp-ts `Option`
 * keep their form. `Like`, what an operation takes, counts as one leaf, so that a function of the library is
 * differentiated like one of the user. `unknown` and `any` stay what they are.
 */
export type Leaves<T, To> = Within<T, To, []>

type Within<T, To, Depth extends ReadonlyArray<unknown>> = unknown extends T
  ? T
  : [Like] extends [T]
    ? To | Each<Exclude<T, Like>, To, Depth>
    : Each<T, To, Depth>

type Each<T, To, Depth extends ReadonlyArray<unknown>> = T extends Leaf
  ? To
  : T extends ReadonlyMap<infer K, infer V>
    ? T extends Map<K, V>
      ? Map<K, Leaves<V, To>>
      : ReadonlyMap<K, Leaves<V, To>>
    : T extends Opaque | None
      ? T
      : T extends Some<infer A>
        ? Some<Leaves<A, To>>
        : T extends ReadonlyArray<infer U>
          ? Items<T, U, To, Depth>
          : T extends object
            ? { [K in keyof T]: Leaves<T[K], To> }
            : T

// TypeScript looks into an array type that is written out only when it must, but into a mapped tuple at once. So that
// `type Rose = Tensor | Rose[]` ends, arrays are written out, and so are tuples within tuples beyond a depth of eight.
type Items<T extends ReadonlyArray<unknown>, U, To, Depth extends ReadonlyArray<unknown>> =
  Array<U> extends T
    ? As<T, Array<Leaves<U, To>>, ReadonlyArray<Leaves<U, To>>>
    : NonEmptyArray<U> extends T
      ? As<T, NonEmptyArray<Leaves<U, To>>, ReadonlyNonEmptyArray<Leaves<U, To>>>
      : Depth['length'] extends 8
        ? T extends readonly [infer A, infer B]
          ? As<T, [Leaves<A, To>, Leaves<B, To>], readonly [Leaves<A, To>, Leaves<B, To>]>
          : As<T, Array<Leaves<U, To>>, ReadonlyArray<Leaves<U, To>>>
        : { [K in keyof T]: Within<T[K], To, [...Depth, K]> }

type As<T, Mutable, Immutable> = T extends Array<unknown> ? Mutable : Immutable

/** The kinds of leaf that a tree type has: what the function given to `map` meets. `Leaf` where nothing is known. */
export type LeafOf<T> = LeafWithin<T, []>

// A recursive type has leaves at every depth, and what lies more than ten containers deep adds no new kind in practice.
type LeafWithin<T, Depth extends ReadonlyArray<unknown>> = unknown extends T
  ? 0 extends 1 & T
    ? T
    : Leaf
  : Depth['length'] extends 10
    ? never
    : T extends Leaf
      ? T
      : T extends ReadonlyMap<infer _, infer V>
        ? LeafWithin<V, [...Depth, V]>
        : T extends Registered[keyof Registered]
          ? Leaf
          : T extends Opaque | None
            ? never
            : T extends ReadonlyArray<infer U>
              ? LeafWithin<U, [...Depth, U]>
              : T extends object
                ? { [K in keyof T]-?: LeafWithin<T[K], [...Depth, K]> }[keyof T]
                : never

/** The arguments that a transformed function takes where the function took `A`: the same trees over any leaves. */
export type Arguments<A extends ReadonlyArray<unknown>> = { [K in keyof A]: Leaves<A[K], Leaf> }

type Reversed<A extends ReadonlyArray<unknown>> = A extends readonly [infer H, ...infer R] ? [...Reversed<R>, H] : []
type Nth<A extends ReadonlyArray<unknown>, I extends string> = I extends keyof A
  ? A[I]
  : number extends A['length']
    ? A[number]
    : never

/** The argument at `I`, a negative number counting from the end; `never` where there is none. */
export type At<A extends ReadonlyArray<unknown>, I> = I extends number
  ? number extends I
    ? A[number]
    : `${I}` extends `-${infer N}`
      ? number extends A['length']
        ? A[number]
        : Nth<[never, ...Reversed<Required<A>>], N>
      : Nth<A, `${I}`>
  : never

/** What `argnums` picks, as tensors: one argument for a number, a tuple in the order of `argnums` for a tuple. */
export type Select<A extends ReadonlyArray<unknown>, I> =
  I extends ReadonlyArray<number> ? { -readonly [K in keyof I]: Leaves<At<A, I[K]>, Tensor> } : Leaves<At<A, I>, Tensor>
