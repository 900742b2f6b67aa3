/** Fingerprints: texts that two programs have in common exactly if the same machine code does for both. */
import * as T from '../language/type.js'
import { isNode, type Node } from './graph.js'
import type { Program } from './lower.js'

// --- combinators
/** The text of a program's graph: all of it but the elements of constants, for which machine code has pointers. */
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

// Whatever a detail consists of is in its text, so that none can be forgotten.
const textOf = (detail: unknown): string => {
  if (typeof detail !== 'object' || detail === null) return Object.is(detail, -0) ? '-0' : String(detail)
  if (isNode(detail)) return `#${detail.id}`
  let text = ''
  if (Array.isArray(detail)) for (const each of detail) text += `${textOf(each)},`
  else for (const [name, each] of Object.entries(detail)) text += `${name}:${textOf(each)},`
  return `(${text})`
}
