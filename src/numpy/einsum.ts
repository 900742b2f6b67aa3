/** Einsum: sums of products of tensors written as labels for axes, `'ij,jk->ik'`. */
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import * as S from '../language/data/shape.js'
import type { Like } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import { common } from '../ops/promote.js'
import { reshaped } from '../ops/shape.js'
import { arranged, contract, type Labelled, sizeOf, sumOut } from './contraction.js'
import { diagonalOf } from './diagonal.js'
import { parseFailure } from './source.js'

// --- model
/** The labels of a tensor's axes as written; `dots` is where an ellipsis stands for axes without a label. */
type Subscript = Readonly<{ labels: ReadonlyArray<string>; dots: number | undefined; at: number }>

/** What a specification says; without `->` the output is left to the convention. */
type Spec = Readonly<{ inputs: ReadonlyArray<Subscript>; output: Subscript | undefined }>

// --- constructors
const wrong = (text: string, at: number, problem: string, hint: string): never =>
  parseFailure('np.einsum', text, at, { problem, hint })

const parse = (text: string): Spec => {
  const arrow = text.indexOf('->')
  const left = arrow < 0 ? text : text.slice(0, arrow)
  let at = 0
  const inputs = left.split(',').map((part) => {
    const subscript = parseSubscript(text, at, at + part.length)
    at += part.length + 1
    return subscript
  })
  if (arrow < 0) return { inputs, output: undefined }
  const output = parseSubscript(text, arrow + 2, text.length)
  const twice = output.labels.findIndex((label, k) => output.labels.indexOf(label) !== k)
  if (twice >= 0)
    wrong(text, text.lastIndexOf(output.labels[twice]), 'a label occurs twice in the output', 'name each axis once')
  const unknown = output.labels.find((label) => !inputs.some(({ labels }) => labels.includes(label)))
  if (unknown !== undefined)
    wrong(
      text,
      text.lastIndexOf(unknown),
      `the output's label ${unknown} does not occur in any operand`,
      'the size of an output axis comes from an operand'
    )
  return { inputs, output }
}

const parseSubscript = (text: string, start: number, end: number): Subscript => {
  const labels: Array<string> = []
  let dots: number | undefined
  for (let at = start; at < end; at++) {
    const c = text[at]
    if (c === ' ') continue
    if (/[A-Za-z]/.test(c)) labels.push(c)
    else if (text.startsWith('...', at) && dots === undefined) {
      dots = labels.length
      at += 2
    } else
      wrong(
        text,
        at,
        `${JSON.stringify(c)} is not a label`,
        "labels are letters, '...' is allowed once for each operand"
      )
  }
  return { labels, dots, at: start }
}

// --- combinators
// The axes that an ellipsis stands for are labelled from the last one back, so that they align as in broadcasting.
const ellipsis = (rank: number): ReadonlyArray<string> => S.range(rank).map((i) => `...${rank - 1 - i}`)

const label = (text: string, x: Tensor, { labels, dots, at }: Subscript, k: number): Labelled => {
  const rank = x.type.shape.length
  const more = rank - labels.length
  if (more < 0 || (more > 0 && dots === undefined))
    wrong(
      text,
      at,
      `${labels.length} labels stand for the ${rank} axes of operand ${k}`,
      "give each axis a label, or write '...'"
    )
  return { x, labels: dots === undefined ? labels : labels.toSpliced(dots, 0, ...ellipsis(more)) }
}

/** The output by convention: the axes of ellipses, then in alphabetical order the labels that stand only once. */
const implicit = (inputs: ReadonlyArray<Subscript>): ReadonlyArray<string> => {
  const all = inputs.flatMap(({ labels }) => labels)
  return all.filter((each) => all.indexOf(each) === all.lastIndexOf(each)).sort()
}

// A label that stands twice in one operand means the diagonal along its axes.
const withDiagonals = ({ x, labels }: Labelled): Labelled => {
  const second = labels.findIndex((each, axis) => labels.indexOf(each) !== axis)
  if (second < 0) return { x, labels }
  const first = labels.indexOf(labels[second])
  const rest = labels.filter((_, axis) => axis !== first && axis !== second)
  return withDiagonals({ x: diagonalOf(x, first, second), labels: [...rest, labels[second]] })
}

// Checks that a label has one size; an axis of size 1 where others are larger is left out, since it is broadcast.
const aligned = (text: string, operands: ReadonlyArray<Labelled>): ReadonlyArray<Labelled> => {
  const sizes = new Map<string, number>()
  for (const { x, labels } of operands)
    labels.forEach((each, axis) => {
      const [n, before] = [x.type.shape[axis], sizes.get(each) ?? 1]
      if (n !== before && n !== 1 && before !== 1)
        fail('ShapeError', 'np.einsum', `in '${text}' the label ${each} has the sizes ${before} and ${n}`, {
          operands: operands.map((operand) => operand.x.type),
          hint: 'axes with the same label must have the same size'
        })
      sizes.set(each, n === 1 ? before : n)
    })
  return operands.map(({ x, labels }) => {
    const isRepeated = (each: string) => labels.indexOf(each) !== labels.lastIndexOf(each)
    const stays = labels.map((each, axis) => x.type.shape[axis] === sizes.get(each) || isRepeated(each))
    return stays.every(Boolean)
      ? { x, labels }
      : {
          x: reshaped(
            x,
            x.type.shape.filter((_, axis) => stays[axis])
          ),
          labels: labels.filter((_, axis) => stays[axis])
        }
  })
}

/**
 * The sum of products that the labels describe: axes with the same label are matched, labels that are not in the output
 * are summed over, a label that occurs twice in an operand selects its diagonal, and `...` matches axes that broadcast.
 * Without `->` the output has the labels that occur once, in alphabetical order. With more than two operands, the pair
 * with the smallest product is multiplied first.
 * @example
 * import { run } from 'freegrad'
 * import * as np from 'freegrad/numpy'
 * const x = [[1, 2], [3, 4]]
 * assert.deepStrictEqual(run(np.einsum('ij,j->i', x, [1, 1])).toNested(), [3, 7])
 * assert.strictEqual(run(np.einsum('ii', x)).item(), 5)
 * assert.deepStrictEqual(run(np.einsum('...ij->...ji', x)).toNested(), [[1, 3], [2, 4]])
 */
export const einsum = (spec: string, ...xs: ReadonlyArray<Like>): Tensor => {
  if (typeof spec !== 'string')
    fail('TreeError', 'np.einsum', `the formula is ${describe(spec)}, not text`, {
      hint: "the formula comes first: np.einsum('ij,jk->ik', a, b)"
    })
  const { inputs, output } = parse(spec)
  if (inputs.length !== xs.length)
    wrong(
      spec,
      0,
      `${inputs.length} operands have labels, but ${xs.length} are given`,
      'write a comma between operands'
    )
  const named = common('np.einsum', xs).map((x, k) => label(spec, x, inputs[k], k))
  const widest = Math.max(...named.map(({ labels }) => labels.filter((each) => each.startsWith('.')).length))
  const order = output === undefined ? [...ellipsis(widest), ...implicit(inputs)] : expand(spec, output, widest)
  const operands = aligned(spec, named).map(withDiagonals)
  const isOutput = (each: string) => order.includes(each)
  return arranged(sumOut(greedily(operands, isOutput), isOutput), order)
}

const expand = (spec: string, { labels, dots, at }: Subscript, widest: number): ReadonlyArray<string> => {
  if (dots !== undefined) return labels.toSpliced(dots, 0, ...ellipsis(widest))
  if (widest > 0) wrong(spec, at, "the axes of '...' are missing in the output", "write '...' in the output too")
  return labels
}

// Two operands at a time, those whose product is smallest first, until one is left.
const greedily = (operands: ReadonlyArray<Labelled>, isOutput: (label: string) => boolean): Labelled => {
  if (operands.length === 1) return operands[0]
  const others = (i: number, j: number) => operands.filter((_, k) => k !== i && k !== j)
  const isKept = (i: number, j: number) => {
    const elsewhere = new Set(others(i, j).flatMap(({ labels }) => labels))
    return (each: string) => isOutput(each) || elsewhere.has(each)
  }
  const pairs = operands.flatMap((_, j) => S.range(j).map((i) => [i, j] as const))
  const cost = ([i, j]: readonly [number, number]) => sizeOf(operands[i], operands[j], isKept(i, j))
  const [i, j] = pairs.reduce((best, pair) => (cost(pair) < cost(best) ? pair : best))
  return greedily([...others(i, j), contract(operands[i], operands[j], isKept(i, j))], isOutput)
}
