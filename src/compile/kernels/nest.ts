/**
 * Nests: the order of a kernel's loops, and the loop that is vectorized. Axes of size 1 are omitted, and neighbouring
 * axes are merged if the strides of every access allow it.
 */
import { itemSize } from '../../language/data/dtype.js'
import { type Loop, type Statement, type Value, valuesOf } from './kernel.js'

// --- model
/** A loop. The kind `run` means that its iterations depend on each other, so it is the innermost loop. */
export interface Dimension {
  readonly size: number
  readonly kind: 'kept' | 'reduced' | 'run'
}

/** An access or an index. */
type Strided = Readonly<{ strides: ReadonlyArray<number> }>

/** A kernel's loops from the outside in. */
export interface Nest {
  readonly dimensions: ReadonlyArray<Dimension>
  readonly statements: ReadonlyArray<Statement>
  readonly values: ReadonlyArray<Value>
  /** Strides by these loops, in elements. */
  readonly stridesOf: (x: Strided) => ReadonlyArray<number>
  /** The loop whose iterations are done `lanes` at a time; -1 for none. */
  readonly vector: number
  readonly lanes: 1 | 2 | 4
}

// --- combinators
/** The loops of a kernel. */
export const nestOf = (loop: Loop): Nest => {
  const { domain, statements } = loop
  const values = valuesOf(loop)
  const all: Array<ReadonlyArray<number>> = []
  for (const value of values) {
    const strides = stridesIn(value)
    if (strides !== undefined) all.push(strides)
  }
  for (const { to } of statements) all.push(to.strides)
  const kinds = kindsOf(loop)
  const dimensions: Array<Dimension> = []
  // The innermost axis of each loop.
  const inner: Array<number> = []
  for (const isKept of [true, false])
    for (let axis = 0; axis < domain.length; axis++) {
      const [size, kind] = [domain[axis], kinds[axis]]
      if ((kind === 'kept') !== isKept || (size === 1 && kind !== 'run')) continue
      // An axis joins the loop before it if all strides allow.
      const last = inner.length - 1
      const joins =
        last >= 0 &&
        dimensions[last].kind === kind &&
        kind !== 'run' &&
        all.every((strides) => strides[inner[last]] === strides[axis] * size)
      if (joins) {
        dimensions[last] = { size: dimensions[last].size * size, kind }
        inner[last] = axis
      } else {
        dimensions.push({ size, kind })
        inner.push(axis)
      }
    }
  const known = new Map<ReadonlyArray<number>, ReadonlyArray<number>>()
  for (const strides of all)
    known.set(
      strides,
      inner.map((axis) => strides[axis] ?? 0)
    )
  const stridesOf = ({ strides }: Strided): ReadonlyArray<number> => known.get(strides) as ReadonlyArray<number>
  const lanes = lanesOf(values)
  const vector = vectorOf(dimensions, statements, values, inner, lanes)
  return { dimensions, statements, values, stridesOf, vector, lanes: vector < 0 ? 1 : lanes }
}

const stridesIn = (value: Value): ReadonlyArray<number> | undefined =>
  value.kind === 'load' || value.kind === 'gather'
    ? value.access.strides
    : value.kind === 'index'
      ? value.strides
      : undefined

// By axis.
const kindsOf = ({ domain, statements }: Loop): ReadonlyArray<Dimension['kind']> => {
  const kinds = new Array<Dimension['kind']>(domain.length).fill('kept')
  for (const each of statements)
    if (each.kind === 'reduce') for (const axis of each.axes) kinds[axis] = 'reduced'
    else if (each.kind === 'run') kinds[each.run.axis] = 'run'
  return kinds
}

// Two lanes if a float64 is among the values, else four.
const lanesOf = (values: ReadonlyArray<Value>): 2 | 4 => {
  for (const { dtype } of values) if (itemSize[dtype] === 8) return 2
  return 4
}

// Whether neighbours along an axis are added to neighbouring elements at a computed index.
const areSideBySide = (
  { to, index }: Extract<Statement, { kind: 'scatter' }>,
  values: ReadonlyArray<Value>,
  axis: number
): boolean => {
  if (to.strides[axis] !== 1) return false
  const varying = new Set<Value>()
  for (const value of values) {
    const stride = stridesIn(value)?.[axis] ?? 0
    if (stride !== 0 || value.operands.some((operand) => varying.has(operand))) varying.add(value)
  }
  return !varying.has(index)
}

// The last kept loop or the last reduced loop, whichever has more accesses to adjacent elements.
const vectorOf = (
  dimensions: ReadonlyArray<Dimension>,
  statements: ReadonlyArray<Statement>,
  values: ReadonlyArray<Value>,
  inner: ReadonlyArray<number>,
  lanes: number
): number => {
  // Every other element is half of two vectors.
  const weightOf = (stride: number): number => (stride === 1 ? 2 : stride === 0 || stride === 2 ? 1 : -2)
  const score = (axis: number): number => {
    let sum = 0
    for (const value of values)
      if (value.kind === 'load' || value.kind === 'gather') sum += weightOf(value.access.strides[axis])
    for (const each of statements) if (each.kind !== 'reduce') sum += weightOf(each.to.strides[axis])
    return sum
  }
  let best = -1
  // A loop whose iterations depend on each other runs one by one if its accesses are far apart.
  const isOrdered = statements.some(({ kind }) => kind === 'run' || kind === 'scatter')
  let most = isOrdered ? 0 : Number.NEGATIVE_INFINITY
  for (const kind of ['reduced', 'kept'] as const) {
    const at = dimensions.findLastIndex((each) => each.kind === kind)
    if (at < 0 || dimensions[at].size < lanes) continue
    if (statements.some((each) => each.kind === 'scatter' && !areSideBySide(each, values, inner[at]))) continue
    const here = score(inner[at])
    if (here > most) [best, most] = [at, here]
  }
  return best
}
