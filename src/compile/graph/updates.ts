/**
 * Updates: states of a loop of which a step changes only a few elements. If the next state is computed from the state and
 * scatters, and equals the state wherever the scatters are 0, only the elements that the scatters point to are computed.
 */
import * as S from '../../language/data/shape.js'
import * as T from '../../language/data/type.js'
import { areDistinct, isUniformNode } from './bounds.js'
import type { Graph, Node, NodeOf } from './graph.js'
import { isNeverMinus0 } from './identities.js'
import type { Picks, Words } from './picks.js'

// --- model
/**
 * Values to be added to zeros at distinct positions in row-major order. Two rows, or two sets with one value for each
 * lane, overlap only in elements with the same number.
 */
type Sparse = Readonly<{ at: Node; values: Node; kind: 'one' | 'row' | 'lanes' | 'many' }>

/** States of up to so many elements, and states of which more than one `part`-th changes, are computed as a whole. */
export type UpdateLimits = Readonly<{ elements: number; part: number }>
export const usualUpdates: UpdateLimits = { elements: 64, part: 2 }

const mostNodes = 64

// --- constructors
/**
 * The next value of a state, `hole`, as an update of the state if that is cheaper. `first` is the state before the loop;
 * `isFirst` returns whether a step is the first one. `x + 0` equals `x` except for -0, which does not survive the first
 * step.
 */
export const updatesOf = (
  graph: Graph,
  { map, view, reshape }: Words,
  { gather, clamped }: Picks,
  limits: UpdateLimits
) => {
  const zero = (x: Node): Node => graph.literal(0, x.type)

  // Scatters of one part, of one number in each lane, or of numbers along the only axis, in row-major order.
  const sparseOf = (x: NodeOf<'scatter'>): Sparse | undefined => {
    const [updates, indices] = x.operands
    const { axis, batch } = x.detail
    const count = S.size(indices.shape.slice(batch))
    const lanes = S.size(x.shape.slice(0, axis))
    const width = S.size(x.shape.slice(axis + 1))
    const size = S.size(updates.shape)
    const rows = clamped(indices, x.shape[axis] - 1)
    const values = reshape(updates, [size])
    const integer = (value: number): Node => graph.literal(value, T.of('int32', []))
    const counted = (n: number): Node => graph.index(T.of('int32', [n]), 0)
    const isOneEach = count === 1 && (batch === 0 || batch === axis)
    if (isOneEach && lanes === 1) {
      if (width === 1) return { at: reshape(rows, [1]), values, kind: 'one' }
      const from = map('mul', [reshape(rows, []), integer(width)], 'int32')
      return { at: map('add', [from, counted(width)], 'int32'), values, kind: 'row' }
    }
    if (isOneEach && width === 1) {
      const from = map('mul', [counted(lanes), integer(x.shape[axis])], 'int32')
      return { at: map('add', [from, reshape(rows, batch === 0 ? [] : [lanes])], 'int32'), values, kind: 'lanes' }
    }
    if (x.shape.length > 1) return undefined
    const at = reshape(rows, [size])
    return areDistinct(at) ? { at, values, kind: 'many' } : undefined
  }

  const scatterIn = (x: Node): NodeOf<'scatter'> | undefined =>
    x.kind === 'scatter' ? x : x.kind === 'reshape' && x.operands[0].kind === 'scatter' ? x.operands[0] : undefined

  // Rebuilds the expression of the next state with each leaf replaced.
  const rebuilt = (root: Node, leaf: (x: Node) => Node | undefined): Node | undefined => {
    const known = new Map<Node, Node | undefined>()
    const of = (x: Node): Node | undefined => {
      if (known.has(x)) return known.get(x)
      let made: Node | undefined
      if (x.kind === 'map' && known.size < mostNodes) {
        const operands = x.operands.map(of)
        if (operands.every((y) => y !== undefined)) made = map(x.detail.name, operands, x.dtype)
      } else if (x.kind !== 'map') made = leaf(x)
      known.set(x, made)
      return made
    }
    return of(root)
  }

  return (next: Node, hole: Node, first: Node, isFirst: () => Node): Node => {
    const size = S.size(hole.shape)
    if (next.kind !== 'map' || size <= limits.elements) return next
    const scatters = new Map<Node, Sparse | undefined>()
    const untouched = rebuilt(next, (x) => {
      const scatter = scatterIn(x)
      if (scatter === undefined) return x
      scatters.set(x, sparseOf(scatter))
      return zero(x)
    })
    const plusZero = hole.dtype === 'bool' ? hole : map('add', [hole, zero(hole)], hole.dtype)
    if (scatters.size === 0 || untouched === undefined || (untouched !== hole && untouched !== plusZero)) return next
    const sparse: Array<Sparse> = []
    for (const each of scatters.values())
      if (each === undefined) return next
      else sparse.push(each)
    const places = [...new Map(sparse.map((each) => [each.at, each])).values()]
    if (places.some(({ at }) => clamped(at, size - 1) !== at)) return next
    if (places.reduce((sum, { at }) => sum + S.size(at.shape), 0) * limits.part > size) return next
    const valuesAt = (place: Sparse): Node | undefined =>
      rebuilt(next, (x) => {
        const { at } = place
        const { shape } = at
        if (x.kind === 'literal') return graph.literal(x.detail, T.of(x.dtype, shape))
        if (x.kind === 'view' && isUniformNode(x)) return view(x.operands[0], shape, x.detail)
        const other = scatters.get(x)
        if (other !== undefined) return valueAt(other, place)
        const isThere = x.kind === 'hole' || x.kind === 'input' || x.kind === 'constant' || x.kind === 'part'
        return isThere || x.kind === 'index' ? gather(reshape(x, [size]), at, 0, 0) : undefined
      })
    const values: Array<Node> = []
    for (const place of places) {
      const value = valuesAt(place)
      if (value === undefined) return next
      values.push(value)
    }
    const vectors = places.map(({ at }) => at)
    if (untouched === hole) return graph.update(hole, vectors, values, undefined)
    if (!values.every((value) => isNeverMinus0(value))) return next
    return graph.update(hole, vectors, values, isNeverMinus0(first) ? undefined : isFirst())
  }

  // The values of a scatter at the positions of another: sums start at 0.
  function valueAt({ at, values, kind }: Sparse, place: Sparse): Node | undefined {
    const value = map('add', [zero(values), values], values.dtype)
    if (at === place.at) return value
    if (kind === 'many' || kind !== place.kind || !S.equals(at.shape, place.at.shape)) return undefined
    return map('select', [map('eq', [at, place.at], 'bool'), value, zero(values)], values.dtype)
  }
}

export type Updates = ReturnType<typeof updatesOf>
