/** The graph: a program in terms of the builder's operations, where equal nodes are a single node. */
import type { NDArray } from '../../language/data/array.js'
import type { DType } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import * as T from '../../language/data/type.js'
import type { Elementwise } from '../../language/terms/instructions.js'
import type { Along, Combine, Lowered } from '../../language/terms/lowering.js'
import type { Own } from '../routines/own.js'
import { type Instruction, instruction } from './instructions.js'
import { Table } from './table.js'

// --- model
/** The positions of the parts of a join: `starts + steps · index`. */
export type Placement = Readonly<{ starts: ReadonlyArray<number>; steps: ReadonlyArray<number> }>

/**
 * A recurrence along an axis. Holes represent the previous states, the elements and the position; `first` and `next`
 * express the states in terms of them. With `last`, only the state after the last element counts, and the axis
 * disappears.
 */
export interface Run {
  readonly axis: number
  readonly reverse: boolean
  readonly last: boolean
  readonly before: ReadonlyArray<Node>
  readonly elements: ReadonlyArray<Node>
  readonly position: Node
  readonly first: ReadonlyArray<Node>
  readonly next: ReadonlyArray<Node>
}

/**
 * A step repeated `length` times. Holes represent the states and one element of each sequence; the operands are the
 * initial states and the sequences. `next` and `outputs` are expressed in terms of the holes. The results are the last
 * states and the stacked outputs and states before each step.
 */
export interface Steps {
  readonly length: number
  readonly reverse: boolean
  readonly states: ReadonlyArray<Node>
  readonly elements: ReadonlyArray<Node>
  readonly next: ReadonlyArray<Node>
  readonly outputs: ReadonlyArray<Node>
}

/**
 * A step repeated while `test` is true; both use holes for the states. The operands are the first states, the results the
 * last.
 */
export interface Repeats {
  readonly states: ReadonlyArray<Node>
  readonly test: Node
  readonly next: ReadonlyArray<Node>
}

/** The results of each arm of a branch. */
export type Arms = ReadonlyArray<ReadonlyArray<Node>>

/** The contracted axes and the lane axes. Where the operand named by `gate` is -0, the product counts as 0. */
export type Contraction = Readonly<{
  contract: readonly [S.Axes, S.Axes]
  batch: readonly [S.Axes, S.Axes]
  gate: 0 | 1 | 'both' | undefined
}>

/** The detail of each kind of node, besides its operands and type. */
export interface Details {
  /** A parameter, by its number. */
  readonly input: number
  /** The same number everywhere. */
  readonly literal: number
  readonly constant: NDArray
  /** An instruction, element by element, on operands of the same shape. */
  readonly map: Instruction
  /** The operand's elements at other positions: for each of its axes, the axis of the view. */
  readonly view: ReadonlyArray<Along>
  readonly reshape: undefined
  /** The first operand as a node that shares nothing with it, computed only after the other operands. */
  readonly barrier: undefined
  /** The index along an axis. */
  readonly index: number
  readonly reduce: Readonly<{ combine: Combine; axes: S.Axes }>
  readonly run: Run
  /** A value that is known only within a recurrence or a loop. */
  readonly hole: string
  readonly iterate: Steps
  readonly repeat: Repeats
  /** The arm at the index of the operand, a scalar integer. The index is clamped to the first and last arm. */
  readonly branch: Arms
  /** One of the results of a loop or branch. */
  readonly part: number
  /** Parts at their positions; one additional operand is a scalar for all other positions. */
  readonly join: ReadonlyArray<Placement>
  readonly gather: Readonly<{ axis: number; batch: number }>
  readonly scatter: Readonly<{ axis: number; batch: number }>
  /**
   * The first operand with other elements at some positions in row-major order. The next operands are vectors of
   * positions, and then a vector of values for each. One additional operand says whether 0 is first added to all
   * elements.
   */
  readonly update: Readonly<{ vectors: number }>
  readonly sort: number
  /** A routine by its name, and a key of the constants, which are the second operand. */
  readonly routine: Readonly<{ name: string; key: string }>
  /** The bytes, read as a type of another width. */
  readonly bits: undefined
  readonly dot: Contraction
}

export type Kind = keyof Details

class Cell<K extends Kind> implements Lowered {
  constructor(
    readonly id: number,
    readonly kind: K,
    readonly operands: ReadonlyArray<Node>,
    readonly type: T.Type,
    readonly detail: Details[K],
    /** The cost of recomputing one element, in instructions. */
    readonly cost: number
  ) {}

  get shape(): S.Shape {
    return this.type.shape
  }
  get dtype(): DType {
    return this.type.dtype
  }
}

/** A node of a kind. Its operands are older, so ids are a topological order. */
export type NodeOf<K extends Kind> = Cell<K>
export type Node = { [K in Kind]: Cell<K> }[Kind]

/** A node with sub-graphs. */
export type Control = NodeOf<'iterate'> | NodeOf<'repeat'> | NodeOf<'branch'>

/** Whether a value is a node of a graph. */
export const isNode = (x: unknown): x is Node => x instanceof Cell

// --- constructors
const mostCost = 1e6

const alongText = (along: ReadonlyArray<Along>): string => {
  let text = ''
  for (const { axis, start, step } of along) text += `${axis}:${start}:${step},`
  return text
}

const keyOf = (kind: Kind, operands: ReadonlyArray<Node>, { dtype, shape }: T.Type, text: string): string => {
  let key = `${kind} ${text} ${dtype}${listed(shape)}:`
  for (const { id } of operands) key += ` ${id}`
  return key
}

// Joins numbers to a key; faster than the methods of arrays.
const listed = (xs: ReadonlyArray<number>): string => {
  let text = ''
  for (const x of xs) text += ` ${x}`
  return text
}

/** A graph under construction. A constructor returns the existing node if there is an equal one. */
export class Graph {
  readonly nodes: Array<Node> = []
  /** The nodes with sub-graphs. */
  readonly controls: Array<Control> = []
  /** The routines that operations brought along, by their names. */
  readonly routines = new Map<string, Own>()
  private readonly maps = new Table(this.nodes)
  private readonly scalars = new Map<string, Node>()
  private readonly others = new Map<string, Node>()

  private add<K extends Kind>(
    kind: K,
    operands: ReadonlyArray<Node>,
    type: T.Type,
    detail: Details[K],
    cost: number
  ): Node {
    const node = new Cell(this.nodes.length, kind, operands, type, detail, Math.min(cost, mostCost)) as unknown as Node
    this.nodes.push(node)
    return node
  }

  private shared<K extends Kind>(
    kind: K,
    operands: ReadonlyArray<Node>,
    type: T.Type,
    detail: Details[K],
    cost: number,
    text: string
  ): Node {
    const key = keyOf(kind, operands, type, text)
    const known = this.others.get(key)
    if (known !== undefined) return known
    const fresh = this.add(kind, operands, type, detail, cost)
    this.others.set(key, fresh)
    return fresh
  }

  input(index: number, type: T.Type): Node {
    return this.add('input', [], type, index, 1)
  }

  constant(value: NDArray): Node {
    return this.add('constant', [], value.type, value, 1)
  }

  literal(value: number, type: T.Type): Node {
    const text = Object.is(value, -0) ? '-0' : String(value)
    if (type.shape.length > 0) return this.shared('literal', [], T.of(type.dtype, type.shape), value, 0, text)
    const key = `${text} ${type.dtype}`
    const known = this.scalars.get(key)
    if (known !== undefined) return known
    const fresh = this.add('literal', [], T.of(type.dtype, []), value, 0)
    this.scalars.set(key, fresh)
    return fresh
  }

  /** An instruction of operands of one shape, which the result has too. */
  map(name: Elementwise, operands: ReadonlyArray<Node>, dtype: DType): Node {
    const detail = instruction(name)
    const known = this.maps.find(detail, operands, dtype)
    if (known !== undefined) return known
    const [x] = operands
    let { cost } = detail
    for (const operand of operands) cost += operand.cost
    const type = x.dtype === dtype && !x.type.weak ? x.type : T.of(dtype, x.shape)
    const node = this.add('map', operands, type, detail, cost)
    this.maps.add(node as NodeOf<'map'>)
    return node
  }

  view(x: Node, shape: S.Shape, along: ReadonlyArray<Along>): Node {
    return this.shared('view', [x], T.of(x.dtype, shape), along, x.cost, alongText(along))
  }

  reshape(x: Node, shape: S.Shape): Node {
    return this.shared('reshape', [x], T.of(x.dtype, shape), undefined, 1, '')
  }

  barrier(x: Node, after: ReadonlyArray<Node>): Node {
    return this.add('barrier', [x, ...after], x.type, undefined, 1)
  }

  index(type: T.Type, axis: number): Node {
    if (type.shape[axis] === 1) return this.literal(0, type)
    return this.shared('index', [], T.of(type.dtype, type.shape), axis, 1, `${axis}`)
  }

  reduce(x: Node, combine: Combine, axes: S.Axes): Node {
    const type = T.of(x.dtype, S.removeAxes(x.shape, axes))
    return this.shared('reduce', [x], type, { combine, axes }, 1, combine + listed(axes))
  }

  hole(name: string, type: T.Type): Node {
    return this.add('hole', [], T.of(type.dtype, type.shape), name, 1)
  }

  iterate(states: ReadonlyArray<Node>, sequences: ReadonlyArray<Node>, detail: Steps): ReadonlyArray<Node> {
    const stacked = (x: Node): T.Type => T.of(x.dtype, [detail.length, ...x.shape])
    const types = [...states.map(({ type }) => type), ...detail.outputs.map(stacked), ...states.map(stacked)]
    return this.control('iterate', [...states, ...sequences], types, detail)
  }

  repeat(states: ReadonlyArray<Node>, detail: Repeats): ReadonlyArray<Node> {
    const types = states.map(({ type }) => type)
    return this.control('repeat', states, types, detail)
  }

  branch(index: Node, arms: Arms): ReadonlyArray<Node> {
    const types = arms[0].map(({ type }) => type)
    return this.control('branch', [index], types, arms)
  }

  // A node with sub-graphs, which is never equal to another one, and its results.
  private control<K extends Control['kind']>(
    kind: K,
    operands: ReadonlyArray<Node>,
    types: ReadonlyArray<T.Type>,
    detail: Details[K]
  ): ReadonlyArray<Node> {
    const parts = types.map(({ dtype, shape }) => T.of(dtype, shape))
    const node = this.add(kind, operands, T.tuple(parts), detail, 1)
    this.controls.push(node as Control)
    return parts.map((type, k) => this.add('part', [node], type, k, 1))
  }

  run(xs: ReadonlyArray<Node>, type: T.Type, detail: Run): Node {
    return this.add('run', xs, type, detail, 1)
  }

  join(parts: ReadonlyArray<Node>, fill: Node | undefined, shape: S.Shape, placements: ReadonlyArray<Placement>): Node {
    const type = T.of((fill ?? parts[0]).dtype, shape)
    const operands = fill === undefined ? parts : [...parts, fill]
    const text = placements.map(({ starts, steps }) => `${starts}/${steps}`).join(';')
    return this.shared('join', operands, type, placements, 1, text)
  }

  /** From now on, `by` replaces a gather or a view, which are the only nodes that can be replaced. */
  replace(x: Node, by: Node): boolean {
    if (x.kind !== 'gather' && x.kind !== 'view') return false
    const text = x.kind === 'view' ? alongText(x.detail) : `${x.detail.axis} ${x.detail.batch}`
    this.others.set(keyOf(x.kind, x.operands, x.type, text), by)
    return true
  }

  gather(x: Node, indices: Node, shape: S.Shape, axis: number, batch: number): Node {
    const type = T.of(x.dtype, shape)
    return this.shared('gather', [x, indices], type, { axis, batch }, indices.cost + 4, `${axis} ${batch}`)
  }

  scatter(x: Node, indices: Node, shape: S.Shape, axis: number, batch: number): Node {
    return this.shared('scatter', [x, indices], T.of(x.dtype, shape), { axis, batch }, 1, `${axis} ${batch}`)
  }

  update(x: Node, places: ReadonlyArray<Node>, values: ReadonlyArray<Node>, addsZero: Node | undefined): Node {
    const operands = [x, ...places, ...values, ...(addsZero === undefined ? [] : [addsZero])]
    return this.add('update', operands, T.of(x.dtype, x.shape), { vectors: places.length }, 1)
  }

  sort(x: Node, axis: number): Node {
    return this.shared('sort', [x], T.of('int32', x.shape), axis, 1, `${axis}`)
  }

  routine(routine: Own, x: Node, constants: Node, key: string): Node {
    const { name } = routine
    this.routines.set(name, routine)
    return this.shared('routine', [x, constants], T.of(x.dtype, x.shape), { name, key }, 1, `${name} ${key}`)
  }

  bits(x: Node, type: T.Type): Node {
    return this.shared('bits', [x], T.of(type.dtype, type.shape), undefined, 1, '')
  }

  dot(x: Node, y: Node, shape: S.Shape, detail: Contraction): Node {
    const { contract, batch, gate } = detail
    const text = `${listed(contract[0])}/${listed(contract[1])}/${listed(batch[0])}/${listed(batch[1])}/${gate}`
    return this.shared('dot', [x, y], T.of(x.dtype, shape), detail, 1, text)
  }
}

// --- combinators
/** Composes two views: `outer` gives the positions in the operand that `inner` views. */
export const composeViews = (inner: ReadonlyArray<Along>, outer: ReadonlyArray<Along>): ReadonlyArray<Along> =>
  inner.map(({ axis, start, step }) => {
    if (step === 0 || axis < 0) return { axis: -1, start, step: 0 }
    const { axis: to, start: from, step: by } = outer[axis]
    return { axis: by === 0 ? -1 : to, start: start + step * from, step: step * by }
  })
