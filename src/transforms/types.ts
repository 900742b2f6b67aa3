/**
 * Types of transforms: functions over a tree become functions over the same tree, which accept leaves and return tensors.
 */

import type { Program } from '../language/programs/program.js'
import type { Tensor } from '../language/terms/term.js'
import type { Asked, Handed, Leaf, Leaves, static_ } from '../language/trees/tree.js'

/** A tree whose leaves are tensors. */
export type Tensors<T> = Leaves<T, Tensor>

/** The result of a function, returned directly or by a program. */
export type Returned<R> = [R] extends [Program<unknown, infer A>] ? A : R

/** The second of the pair that a function returns, directly or by a program. */
export type Second<R> = Returned<R> extends readonly [unknown, infer Y] ? Y : never

/** The output of a function that returns `[output, aux]` if `Aux`, or the output alone. */
export type Output<R, Aux extends boolean> = Aux extends true
  ? Returned<R> extends readonly [infer Out, unknown]
    ? Out
    : 'with hasAux the function returns [output, aux]'
  : Returned<R>

/** The auxiliary data of such a function. */
export type AuxOf<R> = Second<R>

/** A result; for a function that returns a program, a program of that result with the same effects. */
export type Outcome<R, X> = [R] extends [never] ? X : [R] extends [Program<infer E, unknown>] ? Program<E, X> : X

/** A tree like `T` with leaves of any kind, readonly or not: the result of a function that must match another tree. */
export type Alike<T> = Frozen<Leaves<T, Leaf>>
type Frozen<T> = T extends Leaf
  ? T
  : T extends static_<infer V>
    ? static_<Widened<V>>
    : T extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<K, Frozen<V>>
      : { readonly [K in keyof T]: Frozen<T[K]> }
type Widened<V> = V extends number ? number : V extends boolean ? boolean : V extends string ? string : V

/** The arguments as a function receives them when a transform calls it. */
export type Operands<A extends ReadonlyArray<unknown>> = { [K in keyof A]: Handed<A[K]> }

/** The arguments of a function as its rules receive them. */
export type Point<A extends ReadonlyArray<unknown>> = { [K in keyof A]: Handed<Asked<A[K], Tensor>> }

/** Tensors that belong to the arguments of a function: its gradients or its cotangents. */
export type Gradients<A extends ReadonlyArray<unknown>> = { -readonly [K in keyof A]: Asked<A[K], Tensor> }
