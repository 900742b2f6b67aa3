/** Values: the elements that a loop nest computes, built from nodes and from the indices at which they are read. */

import type { DType } from '../../language/data/dtype.js'
import { ListMap } from '../../language/data/listMap.js'
import * as S from '../../language/data/shape.js'
import type { Along } from '../../language/terms/lowering.js'
import { composeViews, type Node, type NodeOf } from '../graph/graph.js'
import {
  type Access,
  type Buffer,
  type Loop,
  literalOf,
  loadOf,
  type Statement,
  type Value,
  valuesOf
} from './kernel.js'

// --- model
type Map_ = ReadonlyArray<Along>

const none: ReadonlyArray<never> = []

/** A node to convert to a value, at the elements that `at` gives; `undefined` means every element at its own index. */
type Wanted = Readonly<{ node: Node; at: Map_ | undefined }>

/** The nodes in memory, and their places. */
interface Stored {
  isThere(node: Node): boolean
  bufferOf(node: Node): Buffer
  /** A new buffer for temporaries of a kernel that computes a node. */
  temporary(node: Node, dtype: DType, size: number): Buffer
}

// --- constructors
/** The values of one loop nest. Equal values are a single value. */
export class Values {
  private readonly own = new Map<Node, Value>()
  private readonly views = new ListMap<Value>()

  constructor(
    private readonly domain: S.Shape,
    private readonly stored: Stored
  ) {}

  /** The value of a node that has the shape of the domain; holes and values computed from them are scalars. */
  of(node: Node): Value {
    return this.build({ node, at: undefined }, false)
  }

  /** The same, computed even if the node is in memory, because it is about to be stored. */
  root(node: Node): Value {
    return this.build({ node, at: undefined }, true)
  }

  /** A scalar at every index. */
  spread(node: Node): Value {
    return this.build({ node, at: [] }, false)
  }

  viewed(node: Node, at: Map_): Value {
    return this.build({ node, at }, false)
  }

  literal(value: number, { dtype }: Node): Value {
    return literalOf(value, dtype)
  }

  private known({ node, at }: Wanted): Value | undefined {
    return at === undefined ? this.own.get(node) : this.views.get(keyOf(node, at))
  }

  private keep({ node, at }: Wanted, value: Value): Value {
    if (at === undefined) this.own.set(node, value)
    else this.views.set(keyOf(node, at), value)
    return value
  }

  // An explicit stack, since a chain of operations may be long.
  private build(wanted: Wanted, anew: boolean): Value {
    const root = anew ? wanted : unviewed(wanted)
    const stack: Array<{ wanted: Wanted; anew: boolean; parts: ReadonlyArray<Wanted>; next: number }> = []
    const push = (each: Wanted, anew: boolean): void => {
      stack.push({ wanted: each, anew, parts: this.partsOf(each, anew), next: 0 })
    }
    if (this.known(root) === undefined) push(root, anew)
    while (stack.length > 0) {
      const top = stack[stack.length - 1]
      if (top.next < top.parts.length) {
        const part = top.parts[top.next++]
        if (this.known(part) === undefined) push(part, false)
      } else {
        stack.pop()
        this.keep(top.wanted, this.make(top.wanted, top.anew, top.parts))
      }
    }
    return this.known(root) as Value
  }

  // The operands of a value.
  private partsOf({ node, at }: Wanted, anew: boolean): ReadonlyArray<Wanted> {
    if (!anew && this.stored.isThere(node) && !isFree(node)) return none
    switch (node.kind) {
      case 'map':
        return node.operands.map((operand) => unviewed({ node: operand, at }))
      case 'view':
        return [
          unviewed({ node: node.operands[0], at: at === undefined ? node.detail : composeViews(node.detail, at) })
        ]
      case 'gather':
        return [unviewed({ node: node.operands[1], at: indicesAt(node, at) })]
      default:
        return none
    }
  }

  private make(wanted: Wanted, anew: boolean, parts: ReadonlyArray<Wanted>): Value {
    const { node, at } = wanted
    const { dtype } = node
    const operands = parts.map((part) => this.known(part) as Value)
    if (node.kind === 'literal') return literalOf(node.detail, dtype)
    if (!anew && this.stored.isThere(node)) return loadOf(accessAt({ node, at }, this.domain.length, this.stored))
    switch (node.kind) {
      case 'hole':
        return { kind: 'hole', dtype, hole: node, operands: none }
      case 'map':
        return { kind: 'map', dtype, name: node.detail.name, cost: node.detail.cost, operands }
      case 'view':
        return operands[0]
      case 'index': {
        const strides = new Array<number>(this.domain.length).fill(0)
        const { axis, start, step } = at === undefined ? { axis: node.detail, start: 0, step: 1 } : at[node.detail]
        if (step !== 0) strides[axis] = step
        return { kind: 'index', dtype, start, strides, operands: none }
      }
      case 'gather':
        return this.gathered(node, at, operands)
      default:
        throw new Error(`compile: a ${node.kind} is needed before it is there`)
    }
  }

  // The elements of the indexed operand: its other axes are the result's, and the index selects along the indexed axis.
  private gathered(node: NodeOf<'gather'>, at: Map_ | undefined, operands: ReadonlyArray<Value>): Value {
    const [x, indices] = node.operands
    const { axis, batch } = node.detail
    const own = indices.shape.length - batch
    const result = at ?? identity(node.shape)
    const places = x.shape.map(
      (_, k): Along =>
        k === axis ? { axis: this.domain.length, start: 0, step: 1 } : result[k < axis ? k : k - 1 + own]
    )
    const rank = this.domain.length
    const access = accessAt(unviewed({ node: x, at: places }), rank + 1, this.stored)
    return {
      kind: 'gather',
      dtype: node.dtype,
      access: { ...access, strides: access.strides.slice(0, rank) },
      stride: access.strides[rank],
      most: x.shape[axis] - 1,
      operands
    }
  }

  /** Divides statements into loops of at most this many values; values that a later loop needs are stored in between. */
  loops(statements: ReadonlyArray<Statement>, most: number): ReadonlyArray<Loop> {
    return divide({ kind: 'loop', domain: this.domain, statements }, most, this.stored)
  }
}

// --- combinators
const identity = (shape: S.Shape): Map_ => shape.map((_, axis) => ({ axis, start: 0, step: 1 }))

// Literals are not in memory.
const isFree = ({ kind }: Node): boolean => kind === 'literal'

const keyOf = ({ id }: Node, at: Map_): ReadonlyArray<number> => {
  const key = [id]
  for (const { axis, start, step } of at) key.push(axis, start, step)
  return key
}

// Looks through views, which have no memory of their own unless they were stored.
const unviewed = (wanted: Wanted): Wanted => {
  let { node, at } = wanted
  if (node.kind !== 'view') return wanted
  while (node.kind === 'view') {
    at = at === undefined ? node.detail : composeViews(node.detail, at)
    node = node.operands[0]
  }
  return { node, at }
}

// The access of a node in memory, by the given number of indices.
const accessAt = ({ node, at }: Wanted, rank: number, stored: Stored): Access => {
  const buffer = stored.bufferOf(node)
  const steps = S.strides(node.shape)
  const { dtype } = node
  if (at === undefined) return { buffer, dtype, offset: 0, strides: steps }
  const strides = new Array<number>(rank).fill(0)
  let offset = 0
  for (let k = 0; k < at.length; k++) {
    const { axis, start, step } = at[k]
    offset += start * steps[k]
    if (step !== 0) strides[axis] += step * steps[k]
  }
  return { buffer, dtype, offset, strides }
}

/** The access of a node in memory, by its own indices. */
export const accessOf = (node: Node, stored: Stored): Access =>
  accessAt(unviewed({ node, at: undefined }), node.shape.length, stored)

const indicesAt = (node: NodeOf<'gather'>, at: Map_ | undefined): Map_ => {
  const [, indices] = node.operands
  const { axis, batch } = node.detail
  const result = at ?? identity(node.shape)
  return indices.shape.map((_, k) => result[k < batch ? k : axis + k - batch])
}

const divide = (loop: Loop, most: number, stored: Stored): ReadonlyArray<Loop> => {
  const values = valuesOf(loop)
  if (values.length <= most || loop.statements.some(({ kind }) => kind === 'run' || kind === 'scatter')) return [loop]
  return cut(loop, values, most, stored)
}

const cut = (
  { domain, statements }: Loop,
  values: ReadonlyArray<Value>,
  most: number,
  stored: Stored
): ReadonlyArray<Loop> => {
  const place = new Map(values.map((value, k) => [value, k]))
  const parts: Array<Array<Statement>> = S.range(Math.ceil(values.length / most)).map(() => [])
  const strides = S.strides(domain)
  const { node } = statements[0].to.buffer
  const at = (value: Value): number => place.get(value) as number
  const partOf = (k: number): number => Math.floor(k / most)
  // Values replaced by loads of what an earlier loop has stored.
  const renamed = values.slice()
  const carried: Array<Access | undefined> = new Array(values.length)
  const carry = (k: number): Access => {
    const value = renamed[k]
    const { dtype } = value
    const access: Access = { buffer: stored.temporary(node, dtype, S.size(domain)), dtype, offset: 0, strides }
    carried[k] = access
    parts[partOf(k)].push({ kind: 'store', value, to: access })
    return access
  }
  const loads = new Map<number, Value>()
  const inPart = (k: number, part: number): Value => {
    if (partOf(k) === part || renamed[k].kind !== 'map') return renamed[k]
    const known = loads.get(k)
    if (known !== undefined) return known
    const load = loadOf(carried[k] ?? carry(k))
    loads.set(k, load)
    return load
  }
  for (let k = 0; k < values.length; k++) {
    if (k % most === 0) loads.clear()
    const value = values[k]
    const operands = value.operands.map((operand) => inPart(at(operand), partOf(k)))
    if (operands.some((operand, j) => operand !== value.operands[j])) renamed[k] = { ...value, operands } as Value
  }
  for (const statement of statements) {
    if (statement.kind !== 'store' && statement.kind !== 'reduce') continue
    const k = at(statement.value)
    parts[partOf(k)].push({ ...statement, value: renamed[k] })
  }
  return parts.filter((each) => each.length > 0).map((part) => ({ kind: 'loop', domain, statements: part }))
}
