/** Leaves: the values allowed at the leaves of a tree, and the type of a tree with its leaves replaced. */
import type { NonEmptyArray } from 'fp-ts/lib/NonEmptyArray.js'
import type { None, Some } from 'fp-ts/lib/Option.js'
import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import type { NDArray, TypedArray } from '../data/array.js'
import type { Like } from '../terms/op.js'
import type { Tensor } from '../terms/term.js'
import type { Static } from './static.js'

// --- model
/** The values allowed at a leaf of a tree. A plain JavaScript array is a container there, never a leaf. */
export type Leaf = number | boolean | TypedArray | NDArray | Tensor

/**
 * The registered classes whose instances `Leaves` keeps unchanged. A class with public fields needs no entry, because its
 * fields are mapped like the fields of a record. A class with private fields does, because a mapped type would lose them:
 *
 *     declare module 'freegrad/tree' {
 *       interface Registered { Affine: Affine }
 *     }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is open for declaration merging
export interface Registered {}

/**
 * The type that a transformed function requires where the original function takes a flag, a tag or a size instead of a
 * tensor: the value in `static_(...)`. Its name appears in error messages.
 */
export interface static_<out T> {
  readonly value: T
  readonly isStatic: true
}

/** Values that stay unchanged at any leaf: structure, and opaque types. */
type Kept = string | symbol | null | undefined | None | static_<unknown> | Registered[keyof Registered]

/** Types that are not allowed in a tree, and the reason. */
type Refused<T> = T extends bigint
  ? 'a bigint has no place in a tree: convert it with Number(...), or make it static: static_(n)'
  : T extends Date
    ? 'a Date has no place in a tree: convert it with getTime(), or make it static: static_(date)'
    : T extends PromiseLike<unknown>
      ? 'a promise has no place in a tree: await it first'
      : T extends ReadonlySet<unknown>
        ? 'a Set has no place in a tree: use an array, or a Map from names'
        : T extends ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown)
          ? 'a function has no place in a tree: call it, reach it by closure, or make it static: static_(f)'
          : never

type Strange =
  | bigint
  | Date
  | PromiseLike<unknown>
  | ReadonlySet<unknown>
  | ((...args: never[]) => unknown)
  | (abstract new (
      ...args: never[]
    ) => unknown)

// --- leaves replaced
/**
 * A tree type with its leaves replaced by `To`. Records, tuples, arrays, `Map`, `null`, `undefined`, strings and fp-ts
 * `Option` keep their form, and so do static values. `Like`, the operand type of operations, counts as one leaf, so
 * library functions are differentiated like functions of the user. `unknown` and `any` stay unchanged. A type that is not
 * allowed in a tree becomes a sentence that explains it.
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
    : T extends Kept
      ? T
      : T extends Strange
        ? Refused<T>
        : T extends Some<infer A>
          ? Some<Leaves<A, To>>
          : T extends ReadonlyArray<infer U>
            ? Items<T, U, To, Depth>
            : T extends object
              ? { [K in keyof T]: Leaves<T[K], To> }
              : T

// TypeScript looks into an array type that is written out only when it must, but into a mapped tuple at once. So that
// `type Rose = Tensor | Rose[]` ends, arrays are written out, and so are tuples within tuples beyond a depth of eight.
// The depth is a tuple of zeros, so that TypeScript knows a type again that it has met at the same depth.
type Items<T extends ReadonlyArray<unknown>, U, To, Depth extends ReadonlyArray<unknown>> =
  Array<U> extends T
    ? As<T, Array<Leaves<U, To>>, ReadonlyArray<Leaves<U, To>>>
    : NonEmptyArray<U> extends T
      ? As<T, NonEmptyArray<Leaves<U, To>>, ReadonlyNonEmptyArray<Leaves<U, To>>>
      : Depth['length'] extends 8
        ? T extends readonly [infer A, infer B]
          ? As<T, [Leaves<A, To>, Leaves<B, To>], readonly [Leaves<A, To>, Leaves<B, To>]>
          : As<T, Array<Leaves<U, To>>, ReadonlyArray<Leaves<U, To>>>
        : { [K in keyof T]: Within<T[K], To, [...Depth, 0]> }

type As<T, Mutable, Immutable> = T extends Array<unknown> ? Mutable : Immutable

// --- the kinds of leaf
/** The kinds of leaves in a tree type, as the function passed to `map` receives them; `Leaf` if nothing is known. */
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
        ? LeafWithin<V, [...Depth, 0]>
        : T extends Registered[keyof Registered]
          ? Leaf
          : T extends Kept | Strange
            ? never
            : T extends ReadonlyArray<infer U>
              ? LeafWithin<U, [...Depth, 0]>
              : T extends object
                ? { [K in keyof T]-?: LeafWithin<T[K], [...Depth, 0]> }[keyof T]
                : never

// --- what a function is handed
/** A tree as a function receives it: tensors as leaves, and static values without `static_`. */
export type Handed<T> = HandedWithin<T, []>

type HandedWithin<T, Depth extends ReadonlyArray<unknown>> = unknown extends T
  ? T
  : [Like] extends [T]
    ? Tensor | HandedEach<Exclude<T, Like>, Depth>
    : HandedEach<T, Depth>

type HandedEach<T, Depth extends ReadonlyArray<unknown>> = T extends Leaf
  ? Tensor
  : T extends static_<infer V>
    ? V
    : T extends ReadonlyMap<infer K, infer V>
      ? T extends Map<K, V>
        ? Map<K, Handed<V>>
        : ReadonlyMap<K, Handed<V>>
      : T extends Kept
        ? T
        : T extends Strange
          ? Refused<T>
          : T extends Some<infer A>
            ? Some<Handed<A>>
            : T extends ReadonlyArray<infer U>
              ? HandedItems<T, U, Depth>
              : T extends object
                ? { [K in keyof T]: Handed<T[K]> }
                : T

type HandedItems<T extends ReadonlyArray<unknown>, U, Depth extends ReadonlyArray<unknown>> =
  Array<U> extends T
    ? As<T, Array<Handed<U>>, ReadonlyArray<Handed<U>>>
    : NonEmptyArray<U> extends T
      ? As<T, NonEmptyArray<Handed<U>>, ReadonlyNonEmptyArray<Handed<U>>>
      : Depth['length'] extends 8
        ? T extends readonly [infer A, infer B]
          ? As<T, [Handed<A>, Handed<B>], readonly [Handed<A>, Handed<B>]>
          : As<T, Array<Handed<U>>, ReadonlyArray<Handed<U>>>
        : { [K in keyof T]: HandedWithin<T[K], [...Depth, 0]> }

// --- what a transformed function takes
/**
 * The tree over leaves `To` that a transformed function takes or returns where the original function has `T`. If `T` can
 * hold a tensor, there is a leaf. If it cannot, a number or boolean must be passed as `static_(...)`, because it cannot
 * become a tensor.
 */
export type Asked<T, To> = AskedWithin<T, To, number extends To ? 'argument' : 'result', []>

/** Whether a type describes arguments, which may be readonly, or results, which contain static values. */
type Form = 'argument' | 'result' | 'operand'

type AskedWithin<T, To, F extends Form, Depth extends ReadonlyArray<unknown>> = unknown extends T
  ? T
  : [Like] extends [T]
    ? To | AskedEach<Exclude<T, Like>, To, F, Depth>
    : [Tensor] extends [T]
      ? To | AskedEach<Exclude<T, Leaf>, To, F, Depth>
      : Flag<Extract<T, number | boolean>, F> | AskedEach<Exclude<T, number | boolean>, To, F, Depth>

type Flag<T, F extends Form> = [T] extends [never] ? never : F extends 'result' ? Static<T> : static_<T>

type AskedEach<T, To, F extends Form, Depth extends ReadonlyArray<unknown>> = T extends NDArray | TypedArray
  ? 'a transform hands the function a Tensor here: declare the parameter as Tensor, which an NDArray is too'
  : T extends Static<infer _>
    ? 'a transform hands the function the value itself here: declare the parameter as that, without Static'
    : T extends static_<infer V>
      ? Flag<V, F>
      : T extends ReadonlyMap<infer K, infer V>
        ? F extends 'argument'
          ? ReadonlyMap<K, AskedWithin<V, To, F, []>>
          : T extends Map<K, V>
            ? Map<K, AskedWithin<V, To, F, []>>
            : ReadonlyMap<K, AskedWithin<V, To, F, []>>
        : T extends Kept
          ? T
          : T extends Strange
            ? Refused<T>
            : T extends Some<infer A>
              ? Some<AskedWithin<A, To, F, []>>
              : T extends ReadonlyArray<infer U>
                ? F extends 'argument'
                  ? Readonly<AskedItems<T, U, To, F, Depth>>
                  : AskedItems<T, U, To, F, Depth>
                : T extends object
                  ? { [K in keyof T]: AskedWithin<T[K], To, F, []> }
                  : T

type AskedItems<T extends ReadonlyArray<unknown>, U, To, F extends Form, Depth extends ReadonlyArray<unknown>> =
  Array<U> extends T
    ? As<T, Array<AskedWithin<U, To, F, []>>, ReadonlyArray<AskedWithin<U, To, F, []>>>
    : NonEmptyArray<U> extends T
      ? As<T, NonEmptyArray<AskedWithin<U, To, F, []>>, ReadonlyNonEmptyArray<AskedWithin<U, To, F, []>>>
      : Depth['length'] extends 8
        ? T extends readonly [infer A, infer B]
          ? As<
              T,
              [AskedWithin<A, To, F, []>, AskedWithin<B, To, F, []>],
              readonly [AskedWithin<A, To, F, []>, AskedWithin<B, To, F, []>]
            >
          : As<T, Array<AskedWithin<U, To, F, []>>, ReadonlyArray<AskedWithin<U, To, F, []>>>
        : { [K in keyof T]: AskedWithin<T[K], To, F, [...Depth, 0]> }

/**
 * The arguments of a transformed function whose original has arguments `A`: the same trees over any leaves, with every
 * value that is not a tensor in `static_(...)`.
 */
export type Arguments<A extends ReadonlyArray<unknown>> = { [K in keyof A]: Asked<A[K], Leaf> }

/** The parameters of a function that is transformed again in place of one with parameters `A`. */
export type Composed<A extends ReadonlyArray<unknown>> = { [K in keyof A]: AskedWithin<A[K], Tensor, 'operand', []> }

// --- argnums
type Reversed<A extends ReadonlyArray<unknown>> = A extends readonly [infer H, ...infer R] ? [...Reversed<R>, H] : []
type Nth<A extends ReadonlyArray<unknown>, I extends string> = I extends keyof A
  ? A[I]
  : number extends A['length']
    ? A[number]
    : never

/** The argument at `I`, where a negative number counts from the end; `never` if it does not exist. */
export type At<A extends ReadonlyArray<unknown>, I> = I extends number
  ? number extends I
    ? A[number]
    : `${I}` extends `-${infer N}`
      ? number extends A['length']
        ? A[number]
        : Nth<[never, ...Reversed<Required<A>>], N>
      : Nth<A, `${I}`>
  : never

/**
 * The arguments selected by `argnums`, as tensors: one argument for a number, a tuple in the order of `argnums` for a
 * tuple.
 */
export type Select<A extends ReadonlyArray<unknown>, I> =
  I extends ReadonlyArray<number> ? { -readonly [K in keyof I]: Asked<At<A, I[K]>, Tensor> } : Asked<At<A, I>, Tensor>

/** The arguments of a function with a given `argnums`; a sentence if an argument it selects is static. */
export type MovingArguments<A extends ReadonlyArray<unknown>, I> =
  true extends IsStatic<A, I extends ReadonlyArray<number> ? I[number] : I>
    ? {
        [K in keyof A]: 'argnums names an argument that is no tensor, and has no derivative: declare it Tensor, or leave it out'
      }
    : Arguments<A>

type IsStatic<A extends ReadonlyArray<unknown>, I> = I extends number
  ? [Exclude<At<A, I>, undefined>] extends [number | boolean | string | static_<unknown>]
    ? [At<A, I>] extends [never]
      ? false
      : true
    : false
  : false
