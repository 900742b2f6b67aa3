/** Fingerprints: texts that are equal for two programs exactly if the same machine code computes both. */
import * as T from '../language/data/type.js'
import { isNode, type Node } from './graph/graph.js'
import type { Program } from './graph/lower.js'

// --- combinators
/** The text of a program's graph, without the elements of constants, which machine code reaches through pointers. */
export const fingerprintOf = ({ graph, outputs }: Program): string => {
  let text = ''
  for (const node of graph.nodes) text += `${node.kind} ${detailOf(node)} ${T.show(node.type)}${listed(node.operands)};`
  return text + listed(outputs)
}

const listed = (nodes: ReadonlyArray<Node>): string => {
  let text = ''
  for (const { id } of nodes) text += ` ${id}`
  return text
}

const detailOf = (node: Node): string =>
  node.kind === 'constant' ? '' : node.kind === 'map' ? node.detail.name : textOf(node.detail)

// The text includes every field of a detail, so that no field can be left out by mistake.
const textOf = (detail: unknown): string => {
  if (typeof detail !== 'object' || detail === null) return Object.is(detail, -0) ? '-0' : String(detail)
  if (isNode(detail)) return `#${detail.id}`
  let text = ''
  if (Array.isArray(detail)) for (const each of detail) text += `${textOf(each)},`
  else for (const [name, each] of Object.entries(detail)) text += `${name}:${textOf(each)},`
  return `(${text})`
}
