/**
 * Nests: in what order the loops of a kernel stand, and along which of them elements are computed several at a time.
 * Axes of size 1 are left out, and neighbours that every access strides through as if they were one are one.
 */
import { itemSize } from '../language/dtype.js'
import { type Access, type Loop, type Statement, type Value, valuesOf } from './kernel.js'

// --- model
/** A loop: `runs` says that its iterations depend on each other, so that it is inside of all others. */
export interface Dimension {
  readonly size: number
  readonly kind: 'kept' | 'reduced' | 'run'
}

/** A kernel's loops from the outside in. */
export interface Nest {
  readonly dimensions: ReadonlyArray<Dimension>
  readonly statements: ReadonlyArray<Statement>
  readonly values: ReadonlyArray<Value>
  /** Strides by these loops, in elements, of an access or an index. */
  readonly stridesOf: (x: Access | Value) => ReadonlyArray<number>
  /** The loop whose iterations are done `lanes` at a time; -1 for none. */
  readonly vector: number
  readonly lanes: 1 | 2 | 4
}

// --- combinators
const strided = (value: Value): ReadonlyArray<number> | undefined =>
  value.kind === 'load' || value.kind === 'gather'
    ? value.access.strides
    : value.kind === 'index'
      ? value.strides
      : undefined

/** The loops of a kernel. */
export const nestOf = (loop: Loop): Nest => {
  const { domain, statements } = loop
  const values = valuesOf(loop)
  const kindOf = (axis: number): Dimension['kind'] =>
    statements.some((each) => each.kind === 'reduce' && each.axes.includes(axis))
      ? 'reduced'
      : statements.some((each) => each.kind === 'run' && each.run.axis === axis)
        ? 'run'
        : 'kept'
  const axes = domain.flatMap((size, axis) => {
    const kind = kindOf(axis)
    return size === 1 && kind !== 'run' ? [] : [{ axis, size, kind }]
  })
  const order = [...axes.filter(({ kind }) => kind === 'kept'), ...axes.filter(({ kind }) => kind !== 'kept')]
  const all: Array<ReadonlyArray<number>> = []
  for (const value of values) {
    const strides = strided(value)
    if (strides !== undefined) all.push(strides)
  }
  for (const { to } of statements) all.push(to.strides)
  // Groups of axes that are one loop; an axis joins the group before it if all strides allow.
  const groups: Array<Array<(typeof order)[number]>> = []
  for (const each of order) {
    const group = groups[groups.length - 1]
    const before = group?.[group.length - 1]
    const joins =
      before !== undefined &&
      before.kind === each.kind &&
      each.kind !== 'run' &&
      all.every((strides) => strides[before.axis] === strides[each.axis] * each.size)
    if (joins) group.push(each)
    else groups.push([each])
  }
  const dimensions = groups.map((group) => ({
    size: group.reduce((n, { size }) => n * size, 1),
    kind: group[0].kind
  }))
  const inner = groups.map((group) => group[group.length - 1].axis)
  const cache = new Map<ReadonlyArray<number>, ReadonlyArray<number>>()
  const stridesOf = (x: Access | Value): ReadonlyArray<number> => {
    const strides = 'buffer' in x ? x.strides : (strided(x) ?? [])
    const known = cache.get(strides)
    if (known !== undefined) return known
    const fresh = inner.map((axis) => strides[axis] ?? 0)
    cache.set(strides, fresh)
    return fresh
  }
  const lanes = lanesOf(statements, values)
  const vector = lanes === 1 ? -1 : vectorOf(dimensions, statements, values, stridesOf, lanes)
  return { dimensions, statements, values, stridesOf, vector, lanes: vector < 0 ? 1 : lanes }
}

// Two lanes if a float64 is among the values, else four.
const lanesOf = (statements: ReadonlyArray<Statement>, values: ReadonlyArray<Value>): 1 | 2 | 4 =>
  statements.some(({ kind }) => kind === 'run' || kind === 'scatter')
    ? 1
    : values.some(({ node }) => itemSize[node.dtype] === 8)
      ? 2
      : 4

// The last kept loop or the last reduced one, whichever has the more accesses side by side.
const vectorOf = (
  dimensions: ReadonlyArray<Dimension>,
  statements: ReadonlyArray<Statement>,
  values: ReadonlyArray<Value>,
  stridesOf: (x: Access | Value) => ReadonlyArray<number>,
  lanes: number
): number => {
  const score = (at: number): number => {
    let sum = 0
    const weigh = (stride: number, weight: number): void => {
      sum += weight * (stride === 1 ? 2 : stride === 0 ? 1 : -2)
    }
    for (const value of values) if (value.kind === 'load' || value.kind === 'gather') weigh(stridesOf(value)[at], 1)
    for (const each of statements) if (each.kind === 'store') weigh(stridesOf(each.to)[at], 1)
    return sum
  }
  let best = -1
  let most = Number.NEGATIVE_INFINITY
  for (const kind of ['reduced', 'kept'] as const) {
    const at = dimensions.findLastIndex((each) => each.kind === kind)
    if (at < 0 || dimensions[at].size < lanes) continue
    const here = score(at)
    if (here > most) [best, most] = [at, here]
  }
  return best
}
