/**
 * Own routines: functions that an operation brings along, so that programs without the operation do not contain them. The module of a
 * compiled program has those that it calls.
 */
import type { Shape } from '../../language/data/shape.js'
import type { Routine } from '../../language/terms/lowering.js'
import type { Code } from '../wasm/code.js'
import type { Float } from '../wasm/write.js'
import type { Parameters } from './parameters.js'

// --- model
/** What a routine computes: a result `to` from an operand `x` of the same type and from constants. An `A` is a place in memory. */
export interface Work<A> {
  readonly dtype: Float
  readonly shape: Shape
  readonly x: A
  readonly constants: A
  readonly to: A
  /** A place so many elements behind another one. */
  readonly behind: (at: A, elements: number) => A
  /** Memory for so many elements. */
  readonly fresh: (elements: number) => A
}

/** A call: its arguments by name, what it reads and writes, and in how many blocks it works, which together cost so much. */
export interface OwnCall<A> {
  readonly args: Readonly<Record<string, A | number>>
  readonly reads: ReadonlyArray<A>
  readonly writes: ReadonlyArray<A>
  readonly blocks: number
  readonly work: number
}

/** A routine as a compiler sees it. */
export class Own implements Routine {
  constructor(
    readonly name: string,
    readonly parameters: Parameters,
    /** The calls that compute a result, in order. */
    readonly calls: <A>(work: Work<A>) => ReadonlyArray<OwnCall<A>>,
    /** What the code of a call depends on, as a text. */
    readonly keyOf: (args: OwnCall<unknown>['args']) => string,
    /** Writes the function that a call needs. `add` gives a function its number. */
    readonly write: (dtype: Float, args: OwnCall<unknown>['args'], add: (code: Code) => number) => number
  ) {}
}
