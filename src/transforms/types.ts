/** Types of transforms: a function over a tree gives functions over the same tree, with leaves accepted and tensors returned. */

import type { Program } from '../language/program.js'
import type { Tensor } from '../language/term.js'
import type { Asked, Handed, Leaf, Leaves, static_ } from '../language/tree.js'

/** A tree with tensors for leaves. */
export type Tensors<T> = Leaves<T, Tensor>

/** What a function gives in the end, directly or by a program. */
export type Returned<R> = [R] extends [Program<unknown, infer A>] ? A : R

/** The output of a function that returns `[output, aux]` if `Aux`, or the output alone. */
export type Output<R, Aux extends boolean> = Aux extends true
  ? Returned<R> extends readonly [infer Out, unknown]
    ? Out
    : 'with hasAux the function returns [output, aux]'
  : Returned<R>

/** The auxiliary data of such a function. */
export type AuxOf<R> = Returned<R> extends readonly [unknown, infer Aux] ? Aux : never

/** A result; if the function returns a program, then a program of it with the same effects. */
export type Outcome<R, X> = [R] extends [Program<infer E, unknown>] ? Program<E, X> : X

/** Any leaves in a tree like `T`, readonly or not: what a function returns that another has to agree with. */
export type Alike<T> = Frozen<Leaves<T, Leaf>>
type Frozen<T> = T extends Leaf
  ? T
  : T extends static_<infer V>
    ? static_<Widened<V>>
    : T extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<K, Frozen<V>>
      : { readonly [K in keyof T]: Frozen<T[K]> }
type Widened<V> = V extends number ? number : V extends boolean ? boolean : V extends string ? string : V

/** Arguments as a function is handed them that is called inside the language. */
export type Operands<A extends ReadonlyArray<unknown>> = { [K in keyof A]: Handed<A[K]> }

/** The arguments of a function as its rules are handed them. */
export type Point<A extends ReadonlyArray<unknown>> = { [K in keyof A]: Handed<Asked<A[K], Tensor>> }

/** What belongs to the arguments of a function and is made of tensors: its gradients, its cotangents. */
export type Gradients<A extends ReadonlyArray<unknown>> = { -readonly [K in keyof A]: Asked<A[K], Tensor> }
