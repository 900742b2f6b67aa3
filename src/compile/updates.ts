/**
 * Updates: a state of a loop that changes in few places. Where the next state is an instruction of the state and of
 * scatters, and is the state itself wherever the scatters are 0, only the places where they point are computed.
 */
import * as S from '../language/shape.js'
import * as T from '../language/type.js'
import { areDistinct, isUniformNode } from './bounds.js'
import type { Graph, Node, NodeOf } from './graph.js'
import { isNeverMinus0 } from './identities.js'
import type { Picks, Words } from './picks.js'

// --- model
/** Numbers in zeros, in row-major order: where they are added. */
type Sparse = Readonly<{ at: Node; values: Node }>

/** States of fewer elements are computed as a whole, as are those of which a large part changes. Tests set it lower. */
export const worth = { elements: 64, part: 2 }

const mostNodes = 64

// --- constructors
/**
 * The next value of a state, `hole`, as an update of it where that is cheaper. `first` is the state before the loop, and
 * `isFirst` gives whether a step is the first one: `x + 0` is `x`, but for -0, which does not outlive that step.
 */
export const updatesOf = (graph: Graph, { map, view, reshape }: Words, { gather, clamped }: Picks) => {
  const zero = (x: Node): Node => graph.literal(0, x.type)

  // Scatters along the first axis, of one part or of numbers, as numbers in row-major order.
  const sparseOf = (x: NodeOf<'scatter'>): Sparse | undefined => {
    const [updates, indices] = x.operands
    const { axis, batch } = x.detail
    const count = S.size(indices.shape)
    if (axis !== 0 || batch !== 0 || (x.shape.length > 1 && count !== 1)) return undefined
    const rows = clamped(indices, x.shape[0] - 1)
    const size = S.size(updates.shape)
    if (x.shape.length === 1) return { at: reshape(rows, [size]), values: reshape(updates, [size]) }
    const width = graph.literal(size, T.of('int32', []))
    const from = map('mul', [reshape(rows, []), width], 'int32')
    return {
      at: map('add', [from, graph.index(T.of('int32', [size]), 0)], 'int32'),
      values: reshape(updates, [size])
    }
  }

  const scatterIn = (x: Node): NodeOf<'scatter'> | undefined =>
    x.kind === 'scatter' ? x : x.kind === 'reshape' && x.operands[0].kind === 'scatter' ? x.operands[0] : undefined

  // The instructions between the next state and what it is made of, with something else in the place of each leaf.
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
    if (next.kind !== 'map' || size <= worth.elements) return next
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
      if (each === undefined || !areDistinct(each.at)) return next
      else sparse.push(each)
    const places = [...new Set(sparse.map(({ at }) => at))]
    if (places.some((at) => clamped(at, size - 1) !== at)) return next
    if (places.reduce((sum, at) => sum + S.size(at.shape), 0) * worth.part > size) return next
    const valuesAt = (at: Node): Node | undefined =>
      rebuilt(next, (x) => {
        const shape = at.shape
        if (x.kind === 'literal') return graph.literal(x.detail, T.of(x.dtype, shape))
        if (x.kind === 'view' && isUniformNode(x)) return view(x.operands[0], shape, x.detail)
        const other = scatters.get(x)
        if (other !== undefined) return valueAt(other, at)
        const isThere = x.kind === 'hole' || x.kind === 'input' || x.kind === 'constant' || x.kind === 'part'
        return isThere || x.kind === 'index' ? gather(reshape(x, [size]), at, 0, 0) : undefined
      })
    const values: Array<Node> = []
    for (const at of places) {
      const value = valuesAt(at)
      if (value === undefined) return next
      values.push(value)
    }
    if (untouched === hole) return graph.update(hole, places, values, undefined)
    if (!values.every((value) => isNeverMinus0(value))) return next
    return graph.update(hole, places, values, isNeverMinus0(first) ? undefined : isFirst())
  }

  // What the numbers of a scatter are at the places of another: sums begin with 0.
  function valueAt({ at, values }: Sparse, place: Node): Node | undefined {
    const value = map('add', [zero(values), values], values.dtype)
    if (at === place) return value
    if (S.size(at.shape) !== 1 || S.size(place.shape) !== 1) return undefined
    return map('select', [map('eq', [at, place], 'bool'), value, zero(values)], values.dtype)
  }
}

export type Updates = ReturnType<typeof updatesOf>
