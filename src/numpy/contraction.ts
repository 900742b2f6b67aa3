/** Contraction: products of tensors whose axes carry labels, summed over the labels that are not kept. */

import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import * as ops from '../ops/index.js'
import { common } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { asNumber } from './operands.js'

// --- model
/** A tensor with a label for each axis, no two alike. */
export type Labelled = Readonly<{ x: Tensor; labels: ReadonlyArray<string> }>

// --- constructors
/** Operands of a product of sums: in one dtype, bools as int32. */
export const factors = (name: string, xs: ReadonlyArray<Like>): ReadonlyArray<Tensor> =>
  common(name, xs).map((x) => asNumber(name, x))

// --- combinators
/** Summed over the labels that are not kept; bools are counted in int32. */
export const sumOut = ({ x, labels }: Labelled, isKept: (label: string) => boolean): Labelled => {
  const axes = labels.flatMap((label, axis) => (isKept(label) ? [] : [axis]))
  return axes.length === 0 ? { x, labels } : { x: ops.sum(asNumber('sum', x), { axes }), labels: labels.filter(isKept) }
}

/** The axes in the order of `labels`, which are all of them. */
export const arranged = ({ x, labels }: Labelled, order: ReadonlyArray<string>): Tensor => {
  const permutation = order.map((label) => labels.indexOf(label))
  return permutation.every((axis, i) => axis === i) ? x : ops.transpose(x, { permutation })
}

/** The product of two tensors, axes of one label matched, summed over the labels that are not kept. */
export const contract = (left: Labelled, right: Labelled, isKept: (label: string) => boolean): Labelled => {
  const a = sumOut(left, (label) => isKept(label) || right.labels.includes(label))
  const b = sumOut(right, (label) => isKept(label) || left.labels.includes(label))
  const shared = a.labels.filter((label) => b.labels.includes(label))
  const summed = shared.filter((label) => !isKept(label))
  if (summed.length === 0) return multiply(a, b)
  const matched = shared.filter(isKept)
  const axes = ({ labels }: Labelled, wanted: ReadonlyArray<string>) => wanted.map((label) => labels.indexOf(label))
  const free = ({ labels }: Labelled) => labels.filter((label) => !shared.includes(label))
  const [p, q] = factors('dot', [a.x, b.x])
  const x = ops.dot(p, q, {
    contract: [axes(a, summed), axes(b, summed)],
    batch: [axes(a, matched), axes(b, matched)]
  })
  return { x, labels: [...matched, ...free(a), ...free(b)] }
}

// Without a label to sum over, the product is elementwise, the axes that one operand lacks being of size 1 in it.
const multiply = (a: Labelled, b: Labelled): Labelled => {
  const labels = [...a.labels, ...b.labels.filter((label) => !a.labels.includes(label))]
  const inB = labels.filter((label) => b.labels.includes(label))
  const sizes = ({ x, labels: own }: Labelled) =>
    labels.map((label) => (own.includes(label) ? x.type.shape[own.indexOf(label)] : 1))
  const [p, q] = common('mul', [reshaped(a.x, sizes(a)), reshaped(arranged(b, inB), sizes(b))])
  return { x: ops.mul(p, q), labels }
}

/** Number of elements that the product of two would have. */
export const sizeOf = (left: Labelled, right: Labelled, isKept: (label: string) => boolean): number => {
  const sizes = new Map<string, number>()
  for (const { x, labels } of [left, right])
    labels.forEach((label, axis) => {
      if (isKept(label)) sizes.set(label, x.type.shape[axis])
    })
  return S.size([...sizes.values()])
}
