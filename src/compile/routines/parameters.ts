/** Parameters: the arguments of routines by name, and the functions of WebAssembly that take them. */
import { Code, type Local, type ValueType } from '../wasm/code.js'
import { type Integer, push } from '../wasm/write.js'

// --- model
/**
 * What an argument is: the address of an element, the same or 0 for none, a 32-bit integer (a size, or a distance in
 * bytes), or a vector.
 */
export type Kind = 'address' | 'optional' | 'integer' | 'vector'

/** The parameters of a function in their order. */
export type Parameters = Readonly<Record<string, Kind>>

/** The arguments of a function, where an address is an `A`. */
export type Arguments<P extends Parameters, A> = {
  readonly [K in keyof P]: P[K] extends 'address' ? A : P[K] extends 'optional' ? A | 0 : number
}

/** The arguments of a function as what writes them in another one. */
type Written<P extends Parameters> = { readonly [K in keyof P]: Integer }

/** Their locals in the function. */
type Locals<P extends Parameters> = { readonly [K in keyof P]: Local }

/** The blocks that a routine executes: from the first up to, not including, the last. They follow all other arguments. */
const range = { from: 'integer', to: 'integer' } as const

// --- constructors
/** Parameters that are integers. */
export const integers = <N extends string>(...names: ReadonlyArray<N>): Readonly<Record<N, 'integer'>> =>
  Object.fromEntries(names.map((name) => [name, 'integer'])) as Record<N, 'integer'>

/** A routine without its code: a function of the parameters and of a range of blocks. */
export const routineOf = <P extends Parameters>(
  parameters: P
): readonly [code: Code, locals: Locals<P & typeof range>] => functionOf({ ...parameters, ...range })

/** A function without its code. */
export const functionOf = <P extends Parameters>(parameters: P): readonly [code: Code, locals: Locals<P>] => {
  const locals = Object.fromEntries(Object.keys(parameters).map((name, k) => [name, k])) as Locals<P>
  return [new Code(Object.values(parameters).map(typeOf)), locals]
}

const typeOf = (kind: Kind): ValueType => (kind === 'vector' ? 'v128' : 'i32')

// --- combinators
/** The types of a routine's arguments. */
export const typesOf = (parameters: Parameters): ReadonlyArray<ValueType> =>
  Object.values({ ...parameters, ...range }).map(typeOf)

/** Calls the function with that number. */
export const callWith = <P extends Parameters>(code: Code, number: number, parameters: P, args: Written<P>): void => {
  for (const name of Object.keys(parameters)) push(code, args[name])
  code.call(number)
}
