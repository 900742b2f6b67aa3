/**
 * Transpose: the handler that turns a linear term round. Pulls cotangents of results back to its variables.
 *
 * The carrier of a node is its cotangent, and a mask of where that is live. Elsewhere a `select` has zeroed it: there a
 * coefficient that is infinite or NaN belongs to a branch that was not taken, and must not reach the gradient.
 */

import { NDArray } from '../language/data/array.js'
import { fail } from '../language/data/error.js'
import { itemAt } from '../language/data/items.js'
import { type BlockOp, type Cotangent, type Pull, project } from '../language/terms/block.js'
import { isRead } from '../language/terms/body.js'
import { layout, oldestOf, oneOf, placeAt, placesOf } from '../language/terms/fold.js'
import { type Live, liveFrom } from '../language/terms/live.js'
import { type AnyOp, bilinear, type Declaration, rulesOf, type Transpose } from '../language/terms/op.js'
import { replaceNodes } from '../language/terms/replace.js'
import { nodeAt, type Tensor, Variable } from '../language/terms/term.js'
import { add } from '../ops/arithmetic.js'
import { fill } from '../ops/broadcast.js'
import { leavingProducts } from '../ops/factors.js'
import { either } from '../ops/live.js'

import { expectZero, isLinearIn } from '../ops/zero.js'
import { pulledBy } from './live.js'

// --- combinators
/**
 * The cotangents of `variables` for cotangents of `roots`, which are terms linear in them; `undefined` is a zero.
 * Throws `NotLinear` where a root is not linear.
 */
export const pullCotangents = (
  roots: ReadonlyArray<Tensor>,
  cotangents: ReadonlyArray<Tensor | undefined>,
  variables: ReadonlyArray<Tensor>
): Array<Tensor | undefined> =>
  pull(
    roots,
    cotangents.map((ct) => (ct === undefined ? undefined : { ct, live: undefined })),
    variables,
    [],
    oldestOf(variables)
  ).map((pulled) => pulled?.ct)

/** As `pullCotangents`, for terms of which some nodes are `held`, and whose cotangents may be live only in part. */
export const pull: Pull = (roots, cotangents, variables, held, oldest) => {
  const isLeaf = oneOf(new Set([...variables, ...held]))
  const laid = layout(roots, (x) => x.created >= oldest || isLeaf(x), isLeaf)
  const ends = placesOf(laid, roots)
  const sources = placesOf(laid, variables)
  const { nodes } = laid

  const depends = new Uint8Array(nodes.length)
  const isSource = new Uint8Array(nodes.length)
  // Reading beside a typed array, at -1, is slow.
  const isMoving = (place: number): boolean => place >= 0 && depends[place] === 1
  for (const place of sources) if (place >= 0) depends[place] = isSource[place] = 1
  let isNamed = false
  for (let i = 0; i < nodes.length; i++) {
    const x = nodeAt(nodes, i)
    for (let k = 0; k < x.arity; k++)
      if (isMoving(placeAt(laid, i, k)))
        if (isRead(x, k)) depends[i] = 1
        else isNamed = true
  }

  const cts: Array<Tensor | undefined> = []
  for (let i = 0; i < nodes.length; i++) cts.push(undefined)
  const lives = new Map<number, Live>()
  const tuples = new Map<number, Array<Cotangent | undefined>>()
  const receive = (place: number, { ct, live }: Cotangent): void => {
    const before = cts[place]
    cts[place] = before === undefined ? ct : add(before, ct)
    const all = before === undefined ? live : either(lives.get(place), live)
    if (all !== undefined) lives.set(place, all)
    else if (before !== undefined) lives.delete(place)
  }
  ends.forEach((place, k) => {
    const given = cotangents[k]
    if (given === undefined) return
    if (place >= 0 && depends[place]) receive(place, given)
    else expectZero(itemAt(roots, k), 'the function')
  })

  for (let i = nodes.length - 1; i >= 0; i--) {
    const x = nodeAt(nodes, i)
    const { head } = x
    if (isSource[i] || head instanceof Variable || head instanceof NDArray) continue
    const parts = tuples.get(i)
    const ct = cts[i]
    if (ct === undefined && parts === undefined) continue
    const isLinear = (k: number): boolean => isMoving(placeAt(laid, i, k)) && isRead(x, k)
    if (parts !== undefined) {
      const { rules } = head as BlockOp<unknown>
      const linear = x.operands.map((_, k) => isLinear(k))
      leavingProducts(() => rules.transpose(x, parts, linear, pull, x.params)).forEach((pulled, k) => {
        if (linear[k] && pulled !== undefined) receive(placeAt(laid, i, k), pulled)
      })
    } else if (head === project) {
      const place = placeAt(laid, i, 0)
      const received = tuples.get(place) ?? []
      const index = x.params.index as number
      received[index] = { ct: ct as Tensor, live: lives.get(i) }
      tuples.set(place, received)
    } else {
      const rules = rulesOf(head)
      const given: Cotangent = { ct: ct as Tensor, live: lives.get(i) }
      let linearIn = 0
      for (let k = 0; k < x.arity; k++) {
        if (!isLinear(k)) {
          if (rules.jvp !== bilinear && isLinearIn(rules, k)) expectZero(x.operand(k), head.name)
          continue
        }
        const transpose = transposeOf(x, head, rules, k)
        if (++linearIn > 1 && rules.jvp === bilinear) notLinear(x, head)
        receive(placeAt(laid, i, k), pulledBy(x, rules, transpose, k, given))
      }
    }
    // A cotangent is used once; letting it go keeps a long chain small.
    cts[i] = undefined
    lives.delete(i)
  }
  const found = sources.map((place) => {
    const ct = place < 0 ? undefined : cts[place]
    return ct === undefined ? undefined : { ct, live: lives.get(place) }
  })
  return isNamed ? withoutNames(found, variables) : found
}

// What a rule may name, although no value depends on it, is still an operand: the variables are gone, and a zero will do.
const withoutNames = (
  found: ReadonlyArray<Cotangent | undefined>,
  variables: ReadonlyArray<Tensor>
): Array<Cotangent | undefined> => {
  const zeros = new Map(variables.map((x) => [x, fill(x.type, 0)]))
  const cts = replaceNodes(
    found.flatMap((each) => each?.ct ?? []),
    zeros
  )
  let next = 0
  const without = (live: Live): Live => liveFrom([live], (masks) => replaceNodes(masks, zeros)[0])
  return found.map((each) => each && { ct: itemAt(cts, next++), live: each.live && without(each.live) })
}

const transposeOf = (x: Tensor, op: AnyOp, { transpose, arity }: Declaration<unknown>, k: number): Transpose<unknown> =>
  transpose?.[arity === 'many' ? 0 : k] ?? notLinear(x, op)

const notLinear = (x: Tensor, op: AnyOp): never =>
  fail('NotLinear', 'transpose', `${op.name} is not linear in the transposed arguments`, {
    operands: x.operands.map((operand) => operand.type),
    hint: 'linearTranspose requires a linear function (use vjp for any other), and a rule of customJvp must be linear in the tangents'
  })
