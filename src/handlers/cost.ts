/** Cost: the handler that counts what evaluating terms takes. Each shared node counts once. */

import { itemSize } from '../language/data/dtype.js'
import { zipped } from '../language/data/items.js'
import * as S from '../language/data/shape.js'
import type { Type } from '../language/data/type.js'
import { isBlock, project } from '../language/terms/block.js'
import { type Body, layoutOf } from '../language/terms/body.js'
import { type Layout, layout, placeAt, placesOf, wantedOf } from '../language/terms/fold.js'
import type { AnyOp } from '../language/terms/op.js'
import { rulesOf } from '../language/terms/op.js'
import { isConstant, isOperation, type Tensor } from '../language/terms/term.js'

// --- model
/**
 * Floating-point operations, bytes read and written, the number of times that each operation runs, and the largest number
 * of bytes held at a time: arguments and constants throughout, and each result from its computation to its last use. A
 * sub-program counts as often as it runs; the one of a `whileLoop` counts once. `steps` is the number of runs of sub-programs,
 * such as the steps of scans. `elements` is the size of the largest array.
 */
export interface Cost {
  readonly flops: number
  readonly bytes: number
  readonly operations: Readonly<Record<string, number>>
  readonly peak: number
  readonly steps: number
  readonly elements: number
}

/** Results of nodes that are held for some time: the bytes of each, and the place of its last use. */
interface Held {
  readonly bytes: number
  last: number
}

/** What a node makes, and what it stands for: an alias makes nothing, nor does the part of a tuple. */
type Result = Readonly<{ made: ReadonlyArray<Held>; is: ReadonlyArray<Held | undefined> }>

// --- combinators
/** What `evaluate` does for these terms: an addition is one operation, and exp and its like are ten. */
export const costOf = (roots: ReadonlyArray<Tensor>): Cost => {
  const laid = layout(roots)
  const own = laid.nodes.filter((x) => !isOperation(x))
  return measure(laid, roots, bytesOfAll(own), new Map())
}

const bytesOf = ({ dtype, shape }: Type): number => itemSize[dtype] * S.size(shape)
const bytesOfAll = (xs: ReadonlyArray<Tensor>): number => xs.reduce((sum, { type }) => sum + bytesOf(type), 0)

// One run of a sub-program. Its parameters are parts of what the block is given, but for the carries that it makes itself.
const costOfBody = (body: Body, carries: number, known: Map<Body, Cost>): Cost => {
  const before = known.get(body)
  if (before !== undefined) return before
  const { parameters, outputs } = body
  const laid = layoutOf(body)
  const own = [...parameters.slice(0, carries), ...laid.nodes.filter(isConstant)]
  const cost = measure(laid, outputs, bytesOfAll(own), known, new Set(parameters))
  known.set(body, cost)
  return cost
}

const noneGiven: ReadonlySet<Tensor> = new Set()

const measure = (
  laid: Layout,
  roots: ReadonlyArray<Tensor>,
  held: number,
  known: Map<Body, Cost>,
  given: ReadonlySet<Tensor> = noneGiven
): Cost => {
  const wanted = wantedOf(laid)
  const results = holding(laid, roots, given, wanted)
  const ending = new Map<number, number>()
  let flops = 0
  let bytes = 0
  let live = held
  let peak = held
  let steps = 0
  let elements = 0
  const operations = new Map<string, number>()
  const count = (name: string, times: number): void => {
    operations.set(name, (operations.get(name) ?? 0) + times)
  }
  zipped(laid.nodes, results).forEach(([x, { made }], i) => {
    const { head } = x
    // Of a tuple there is what projections take.
    if (x.type.parts === undefined) elements = Math.max(elements, S.size(x.type.shape))
    if (given.has(x) || !isOperation(x) || head === project) return
    const op = head as AnyOp
    const types = x.operands.map((operand) => operand.type)
    let within = 0
    if (isBlock(op)) {
      for (const { body, times, carries = 0 } of op.rules.bodies(
        x.params,
        types,
        (part) => wanted.get(x)?.has(part) ?? false
      )) {
        if (times === 0) continue
        const inner = costOfBody(body, carries, known)
        flops += times * inner.flops
        bytes += times * inner.bytes
        steps += times * (1 + inner.steps)
        elements = Math.max(elements, inner.elements)
        for (const [name, n] of Object.entries(inner.operations)) count(name, times * n)
        within = Math.max(within, inner.peak)
      }
      bytes += made.reduce((sum, each) => sum + each.bytes, 0)
    } else {
      const rules = rulesOf(op)
      flops += rules.flops === undefined ? S.size(x.type.shape) : rules.flops(types, x.params, x.type)
      bytes += bytesOf(x.type)
    }
    bytes += types.reduce((sum, type) => sum + bytesOf(type), 0)
    count(op.name, 1)
    for (const result of made) {
      live += result.bytes
      ending.set(result.last, (ending.get(result.last) ?? 0) + result.bytes)
    }
    peak = Math.max(peak, live + within)
    live -= ending.get(i) ?? 0
  })
  return { flops, bytes, operations: Object.fromEntries(operations), peak, steps, elements }
}

/** What each node of a layout makes, and until when that is held. */
const holding = (
  laid: Layout,
  roots: ReadonlyArray<Tensor>,
  given: ReadonlySet<Tensor>,
  wanted: ReadonlyMap<Tensor, ReadonlySet<number>>
): ReadonlyArray<Result> => {
  const { nodes } = laid
  const ends = placesOf(laid, roots)
  const nothing: Result = { made: [], is: [] }
  const results: Array<Result> = []
  nodes.forEach((x, i) => {
    const { head } = x
    const operands = S.range(x.arity).map((k) => results[placeAt(laid, i, k)] ?? nothing)
    if (given.has(x) || !isOperation(x)) results.push(nothing)
    else if (head === project) {
      const part = operands[0]?.is[x.params.index as number]
      results.push({ made: [], is: [part] })
    } else {
      for (const { is } of operands) for (const each of is) if (each !== undefined) each.last = i
      if ((head as AnyOp).rules.transparent) results.push({ made: [], is: operands.flatMap(({ is }) => is) })
      else if (x.type.parts === undefined) {
        const made = [{ bytes: bytesOf(x.type), last: i }]
        results.push({ made, is: made })
      } else {
        const is = x.type.parts.map((type, part) =>
          wanted.get(x)?.has(part) ? { bytes: bytesOf(type), last: i } : undefined
        )
        results.push({ made: is.filter((part) => part !== undefined), is })
      }
    }
  })
  for (const end of ends) for (const each of results[end]?.is ?? []) if (each !== undefined) each.last = nodes.length
  return results
}
