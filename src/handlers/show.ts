/** Show: the handlers whose carrier is text: a term as lines, as a Mermaid diagram, or as a DOT graph. */
import { NDArray } from '../language/array.js'
import { layout } from '../language/fold.js'
import { type Tensor, Variable } from '../language/term.js'
import * as T from '../language/type.js'

// --- model
type Drawn = Readonly<{ name: string; label: string; from: ReadonlyArray<string>; isLeaf: boolean; type: T.Type }>

// --- combinators
/** Terms as text: a line for each operation, operands first, a shared node once; the last line names the results. */
export const showTerms = (roots: ReadonlyArray<Tensor>): string => {
  const { drawn, names } = draw(roots)
  const lines = drawn
    .filter(({ isLeaf }) => !isLeaf)
    .map(({ name, label, from, type }) => `${name}: ${T.show(type)} = ${[label, ...from].join(' ')}`)
  const results = roots.map((root) => names.get(root) as string)
  const last = drawn[drawn.length - 1]
  return lines.length > 0 && results.length === 1 && last.name === results[0]
    ? lines.join('\n')
    : [...lines, results.join(', ')].join('\n')
}

/** Terms as a Mermaid flowchart. */
export const mermaidTerms = (roots: ReadonlyArray<Tensor>): string =>
  graph(roots, 'flowchart TD', mermaidNode, ' --> ', '')

/** Terms as a Graphviz graph. */
export const dotTerms = (roots: ReadonlyArray<Tensor>): string => graph(roots, 'digraph {', dotNode, ' -> ', '\n}')

const mermaidNode = (id: string, { label, type, isLeaf }: Drawn): string => {
  const text = `"${label.replaceAll('"', '#quot;')}<br/>${T.show(type)}"`
  return isLeaf ? `${id}(${text})` : `${id}[${text}]`
}

const dotNode = (id: string, { label, type, isLeaf }: Drawn): string =>
  `${id} [label=${JSON.stringify(`${label}\n${T.show(type)}`)}${isLeaf ? ', shape=box' : ''}]`

const graph = (
  roots: ReadonlyArray<Tensor>,
  head: string,
  show: (id: string, node: Drawn) => string,
  arrow: string,
  tail: string
): string => {
  const { drawn } = draw(roots)
  const ids = new Map(drawn.map(({ name }, i) => [name, `n${i}`]))
  const nodes = drawn.map((node) => `  ${show(ids.get(node.name) as string, node)}`)
  const edges = drawn.flatMap(({ name, from }) => from.map((x) => `  ${ids.get(x)}${arrow}${ids.get(name)}`))
  return [head, ...nodes, ...edges].join('\n') + tail
}

// Names every node in order: variables by their own names, small constants by their values, operations by letters.
const draw = (roots: ReadonlyArray<Tensor>): { drawn: ReadonlyArray<Drawn>; names: ReadonlyMap<Tensor, string> } => {
  const names = new Map<Tensor, string>()
  const taken = new Set<string>()
  const drawn: Array<Drawn> = []
  let letters = 0
  const fresh = (wanted: string): string => {
    let name = wanted
    for (let k = 2; taken.has(name); k++) name = `${wanted}${k}`
    taken.add(name)
    return name
  }
  const nextLetter = (): string => {
    let name = letter(letters++)
    while (taken.has(name)) name = letter(letters++)
    taken.add(name)
    return name
  }
  const { nodes } = layout(roots, () => true)
  for (const x of nodes) if (x.head instanceof Variable) names.set(x, fresh(x.head.name))
  for (const x of nodes) {
    const { head, type } = x
    if (head instanceof Variable) {
      const name = names.get(x) as string
      drawn.push({ name, label: name, from: [], isLeaf: true, type })
    } else if (head instanceof NDArray) {
      const text = constantText(head)
      const known = taken.has(text)
      names.set(x, text)
      taken.add(text)
      if (!known) drawn.push({ name: text, label: text, from: [], isLeaf: true, type })
    } else if (head.rules.transparent) names.set(x, names.get(x.operands[0]) as string)
    else {
      const name = nextLetter()
      const from = x.operands.map((operand) => names.get(operand) as string)
      names.set(x, name)
      drawn.push({ name, label: `${head.name}${paramsText(x.params)}`, from, isLeaf: false, type })
    }
  }
  return { drawn, names }
}

const constantText = (x: NDArray): string => {
  const text = x.toString()
  return x.ndim === 0 ? text.slice(text.indexOf(' ') + 1) : text
}

const paramsText = (params: Readonly<Record<string, unknown>>): string => {
  const parts = Object.entries(params).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`]
  )
  return parts.length === 0 ? '' : `[${parts.join(' ')}]`
}

// a, b, ..., z, aa, ab, ...
const letter = (n: number): string =>
  (n >= 26 ? letter(Math.floor(n / 26) - 1) : '') + String.fromCharCode(97 + (n % 26))
