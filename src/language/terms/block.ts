/**
 * Blocks: operations with several results, most of them with sub-programs. A block yields a tuple that projections take
 * apart, and each of its rules speaks of all its operands and results at once. What a rule wants done to a sub-program,
 * the handler that asks lends it.
 */
import type { NDArray } from '../data/array.js'
import { describe } from '../data/describe.js'
import { fail } from '../data/error.js'
import { itemAt } from '../data/items.js'
import { onceForEach } from '../data/once.js'
import * as T from '../data/type.js'
import type { Body } from './body.js'
import type { Wants } from './fold.js'
import type { Live } from './live.js'
import type { Builder, Lowered } from './lowering.js'
import type { AnyOp } from './op.js'
import { checkParams, type ParamKinds } from './params.js'
import { isTensors, node, type Params, type Tensor } from './term.js'

// --- model
/** Terms and the nodes that they are terms of, as a function of arrays. */
export type Interpret = (body: Body) => (values: ReadonlyArray<NDArray>) => ReadonlyArray<NDArray>

/** The tangents of a body's terms when some nodes move by theirs, `undefined` for a node that is held; zeros too. */
export interface Push {
  (
    outputs: ReadonlyArray<Tensor>,
    seeds: ReadonlyMap<Tensor, Tensor | undefined>,
    oldest: number
  ): ReadonlyArray<Tensor | undefined>
  /** What becomes of the tangents: they are computed as they stand (forward mode), or only transposed (reverse mode). */
  readonly mode: Mode
  readonly pull: Pull
}

export type Mode = 'forward' | 'reverse'

/** The Taylor coefficients of a term that moves, from that of `t` on; `undefined` is a zero. To the order 1, its tangent. */
export type Coefficients = ReadonlyArray<Tensor | undefined>

/** The coefficients of a body's terms when some nodes move by theirs, `undefined` for a node that is held. */
export type PushSeries = (
  outputs: ReadonlyArray<Tensor>,
  seeds: ReadonlyMap<Tensor, Coefficients | undefined>,
  oldest: number
) => ReadonlyArray<Coefficients | undefined>

/** A cotangent, and where it is live: everywhere, or but for what a `select` has zeroed. */
export interface Cotangent {
  readonly ct: Tensor
  readonly live: Live | undefined
}

/** The cotangents of `variables` for those of a body's terms, which are linear in them; what is `held` is not. */
export type Pull = (
  outputs: ReadonlyArray<Tensor>,
  cotangents: ReadonlyArray<Cotangent | undefined>,
  variables: ReadonlyArray<Tensor>,
  held: ReadonlyArray<Tensor>,
  oldest: number
) => ReadonlyArray<Cotangent | undefined>

/** A term for all lanes: with the batch axis in front, or without one if it is the same in all. */
export interface Lane {
  readonly term: Tensor
  readonly batched: boolean
}

/** A batch under way, and the same batch of other terms: each seed stands for its lane, `undefined` for one that is kept. */
export interface Batching {
  readonly size: number
  readonly axisName: string | undefined
  /** When the batch began: no older node depends on its lanes. */
  readonly began: number
  readonly batch: (
    outputs: ReadonlyArray<Tensor>,
    seeds: ReadonlyMap<Tensor, Lane | undefined>,
    oldest: number
  ) => ReadonlyArray<Lane>
}

/** Terms of a sub-program with some of their nodes replaced as the rest of the program's are, but for what is `held`. */
export interface Rewrite {
  (terms: ReadonlyArray<Tensor>, held: ReadonlyArray<Tensor>): ReadonlyArray<Tensor>
  /** Nodes that become parameters of every body, the last ones, since a rule in it may name them. */
  readonly captured?: ReadonlyArray<Tensor>
  /** What takes the place of which nodes, if that is so wherever they are named. */
  readonly replaced?: ReadonlyMap<Tensor, Tensor>
}

/** A body's terms in the words of loops, from what its parameters are in them. */
export type Inline = (body: Body) => (values: ReadonlyArray<Lowered>) => ReadonlyArray<Lowered>

/** The rules of an operation with several results. */
export interface Block<P> {
  readonly name: string
  /** The kinds of the params, which are checked when a node is made. */
  readonly params?: ParamKinds
  readonly results: (types: ReadonlyArray<T.Type>, params: P, name: string) => ReadonlyArray<T.Type>
  /** The values of the results; one that nothing `wants` may be left out. */
  readonly evaluate: (
    xs: ReadonlyArray<NDArray>,
    params: P,
    context: Readonly<{ interpret: Interpret; wants: Wants; results: ReadonlyArray<T.Type> }>
  ) => ReadonlyArray<NDArray | undefined>
  /** The tangents of the results; it is asked only when some operand moves. */
  readonly jvp: (
    y: Tensor,
    tangents: ReadonlyArray<Tensor | undefined>,
    push: Push,
    params: P
  ) => ReadonlyArray<Tensor | undefined>
  /** The coefficients of the results to an order, if they are cheaper than what follows from `jvp`. */
  readonly series?: SeriesRule<P>
  /** The cotangents of the operands in which it is linear. */
  readonly transpose: (
    y: Tensor,
    cotangents: ReadonlyArray<Cotangent | undefined>,
    isLinear: ReadonlyArray<boolean>,
    pull: Pull,
    params: P
  ) => ReadonlyArray<Cotangent | undefined>
  readonly batch: (y: Tensor, operands: ReadonlyArray<Lane>, batching: Batching, params: P) => ReadonlyArray<Lane>
  /**
   * Its sub-programs, and how often one evaluation runs each: for handlers that look, show and count. If it is said which
   * results are wanted, then what they need of them.
   */
  readonly bodies: (params: P, types: ReadonlyArray<T.Type>, wants?: Wants) => ReadonlyArray<SubProgram>
  /** Whether it may go on for ever although its sub-programs end. */
  readonly unbounded?: boolean
  /** Params whose terms are rewritten: for a fold that eliminates a variable which a sub-program or a rule may name. */
  readonly rewrite?: (params: P, rewrite: Rewrite) => Params
  /** Whether a node depends on the lanes of a `vmap`, which may name its axis, although no operand does. */
  readonly names?: (params: P, axis: string | undefined) => boolean
  /** When its rule was made, if it is one that is called later: it may refer to any older node, whatever the operands. */
  readonly made?: (params: P) => number
  /** Nodes that its rule cannot refer to, although they are older, since others have taken their place in it. */
  readonly without?: (params: P) => ReadonlyArray<Tensor>
  /** What it is in the words of loops; without it `compile` refuses a program that has it. */
  readonly lower?: (b: Builder, xs: ReadonlyArray<Lowered>, params: P, inline: Inline) => ReadonlyArray<Lowered>
  readonly transparent?: undefined
}

type SeriesRule<P> = (
  y: Tensor,
  operands: ReadonlyArray<Coefficients | undefined>,
  order: number,
  push: PushSeries,
  params: P
) => ReadonlyArray<Coefficients | undefined>

/** What is declared of it: how it moves along a direction, or along a path, of which that is the first order. */
export type Declared<P> = Omit<Block<P>, 'jvp' | 'series'> &
  (Pick<Block<P>, 'jvp'> | { readonly series: SeriesRule<P> })

/**
 * A sub-program with a name for printing, and how often it is run. Its first `carries` parameters are values that the
 * block makes itself; the others are operands of it, or parts of them.
 */
export interface SubProgram {
  readonly name: string
  readonly body: Body
  readonly times: number
  readonly carries?: number
}

/** A block as it is called: with all its operands and its params. */
export interface BlockOp<P> extends AnyOp {
  (operands: ReadonlyArray<Tensor>, params: P): Tensor
  readonly rules: Block<P>
}

// --- constructors
/** Declares an operation with several results. */
export const defineBlock = <P>(declaration: Declared<P>): BlockOp<P> => {
  const { name, params: kinds, results } = declaration
  const rules: Block<P> = 'jvp' in declaration ? declaration : { ...declaration, jvp: toFirstOrder(declaration.series) }
  const call = (operands: ReadonlyArray<Tensor>, params: P): Tensor => {
    if (!isTensors(operands))
      fail('TreeError', name, `the operands are ${describe(operands)}`, { hint: 'give an array of tensors' })
    if (kinds !== undefined) checkParams(name, kinds, params)
    const types = results(
      operands.map((x) => x.type),
      params,
      name
    )
    return node(op, params as Params, operands, T.tuple(types))
  }
  const op: BlockOp<P> = Object.defineProperties(call, {
    name: { value: name },
    rules: { value: rules, enumerable: true }
  }) as unknown as BlockOp<P>
  return op
}

const toFirstOrder =
  <P>(series: SeriesRule<P>): Block<P>['jvp'] =>
  (y, tangents, push, params) => {
    const pushSeries: PushSeries = (outputs, seeds, oldest) =>
      push(outputs, new Map([...seeds].map(([x, moves]) => [x, moves?.[0]])), oldest).map(once)
    return series(y, tangents.map(once), 1, pushSeries, params).map((moves) => moves?.[0])
  }

const once = (dx: Tensor | undefined): Coefficients | undefined => (dx === undefined ? undefined : [dx])

/** The operation that takes one part of a tuple. */
export const project: AnyOp = {
  name: 'project',
  rules: {
    name: 'project',
    arity: 1,
    params: { index: 'natural' },
    type: ([type], { index }: { index: number }) => partOf(type, index),
    evaluate: ([x], { index }) => (x as unknown as TupleValue).part(index),
    jvp: 'flat',
    batch: 'pointwise',
    flops: () => 0
  }
}

// A part is one node, so that it is found again in what was derived from it.
const projected = onceForEach((_: Tensor): Array<Tensor> => [])

/** One part of a tuple. */
export const projection = (tuple: Tensor, index: number): Tensor => {
  const parts = projected(tuple)
  const part = parts[index] ?? node(project, { index }, [tuple], partOf(tuple.type, index))
  parts[index] = part
  return part
}

const partOf = (tuple: T.Type | undefined, index: number): T.Type =>
  itemAt(tuple?.parts ?? fail('TreeError', 'project', 'the operand is not a tuple', { hint: 'give a block' }), index)

/** All parts of a tuple. */
export const projections = (tuple: Tensor): Array<Tensor> =>
  (tuple.type.parts as ReadonlyArray<T.Type>).map((_, index) => projection(tuple, index))

// --- combinators
export const isBlock = (op: AnyOp): op is BlockOp<unknown> => op.rules.results !== undefined

/** The value of a tuple. A result that was not requested is computed by running the block again. */
export class TupleValue {
  constructor(
    private known: ReadonlyArray<NDArray | undefined>,
    private readonly again: () => ReadonlyArray<NDArray | undefined>
  ) {}

  part(index: number): NDArray {
    if (this.known[index] === undefined) this.known = this.again()
    return this.known[index] as NDArray
  }
}
