/** Show: the handlers whose carrier is text: a term as lines, as a Mermaid diagram, or as a DOT graph. */
import { NDArray } from '../language/data/array.js'
import * as T from '../language/data/type.js'
import { isBlock, project } from '../language/terms/block.js'
import { type Body, layoutOf } from '../language/terms/body.js'
import { layout } from '../language/terms/fold.js'
import type { AnyOp } from '../language/terms/op.js'
import { type Tensor, Variable } from '../language/terms/term.js'

// --- model
/** A node as it is drawn: `from` names the nodes that its operands are, or are parts of, and `text` writes it out. */
type Drawn = Readonly<{
  name: string
  label: string
  operands: ReadonlyArray<Reference>
  isLeaf: boolean
  type: T.Type
}>

/** How an operand is written, and the drawn node that it is, or is a part of. */
type Reference = Readonly<{ text: string; node: string }>

/** A program, or a sub-program with its name and its parameters. */
type Drawing = Readonly<{
  name: string
  parameters: ReadonlyArray<string>
  drawn: ReadonlyArray<Drawn>
  results: ReadonlyArray<Reference>
}>

// --- combinators
/**
 * Terms as text: one line for each operation, operands first, shared nodes once; the last line names the results.
 * Sub-programs are printed before their first use, each once, with their parameters; `c.0` is the first result of `c`.
 */
export const showTerms = (roots: ReadonlyArray<Tensor>): string => {
  const { bodies, main } = draw(roots)
  const lines = linesOf(main)
  const isLast = lines.length > 0 && textOf(main.results) === main.drawn.at(-1)?.name
  return [...bodies.map(showBody), ...lines, ...(isLast ? [] : [textOf(main.results)])].join('\n')
}

const showBody = (drawing: Drawing): string =>
  [
    `${drawing.name}(${drawing.parameters.join(', ')}):`,
    ...[...linesOf(drawing), textOf(drawing.results)].map((line) => `  ${line}`)
  ].join('\n')

const textOf = (references: ReadonlyArray<Reference>): string => references.map(({ text }) => text).join(', ')

const linesOf = ({ drawn }: Drawing): ReadonlyArray<string> =>
  drawn
    .filter(({ isLeaf }) => !isLeaf)
    .map(
      ({ name, label, operands, type }) =>
        `${name}: ${T.show(type)} = ${[label, ...operands.map(({ text }) => text)].join(' ')}`
    )

/** Terms as a Mermaid flowchart; a sub-program is a subgraph. */
export const mermaidTerms = (roots: ReadonlyArray<Tensor>): string =>
  graph(roots, { head: 'flowchart TD', node: mermaidNode, arrow: ' --> ', tail: '', open: 'subgraph ', close: 'end' })

/** Terms as a Graphviz graph; a sub-program is a cluster. */
export const dotTerms = (roots: ReadonlyArray<Tensor>): string =>
  graph(roots, { head: 'digraph {', node: dotNode, arrow: ' -> ', tail: '\n}', open: 'subgraph cluster_', close: '}' })

type Syntax = Readonly<{
  head: string
  node: (id: string, node: Drawn) => string
  arrow: string
  tail: string
  open: string
  close: string
}>

const mermaidNode = (id: string, { label, type, isLeaf }: Drawn): string => {
  const text = `"${label.replaceAll('"', '#quot;')}<br/>${T.show(type)}"`
  return isLeaf ? `${id}(${text})` : `${id}[${text}]`
}

const dotNode = (id: string, { label, type, isLeaf }: Drawn): string =>
  `${id} [label=${JSON.stringify(`${label}\n${T.show(type)}`)}${isLeaf ? ', shape=box' : ''}]`

const graph = (roots: ReadonlyArray<Tensor>, { head, node, arrow, tail, open, close }: Syntax): string => {
  let count = 0
  const linesIn = ({ drawn }: Drawing): ReadonlyArray<string> => {
    const ids = new Map(drawn.map(({ name }) => [name, `n${count++}`]))
    const nodes = drawn.map((each) => `  ${node(ids.get(each.name) as string, each)}`)
    const edges = drawn.flatMap(({ name, operands }) =>
      operands.map((x) => `  ${ids.get(x.node)}${arrow}${ids.get(name)}`)
    )
    return [...nodes, ...edges]
  }
  const titled = (name: string): string =>
    `  ${open}${name}${close === '}' ? ` {\n    label=${JSON.stringify(name)}` : ''}`
  const { bodies, main } = draw(roots)
  const inner = bodies.flatMap((body) => [titled(body.name), ...linesIn(body).map((line) => `  ${line}`), `  ${close}`])
  return [head, ...inner, ...linesIn(main)].join('\n') + tail
}

/**
 * Names every node in order: variables by their own names, small constants by their values, operations by letters. The
 * sub-programs are in an order in which those inside others come before them.
 */
const draw = (roots: ReadonlyArray<Tensor>): Readonly<{ bodies: ReadonlyArray<Drawing>; main: Drawing }> => {
  const taken = new Set<string>()
  const bodies = new Map<Body, string>()
  const drawings: Array<Drawing> = []
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
  const nameOf = (name: string, body: Body): string => {
    const known = bodies.get(body)
    if (known !== undefined) return known
    const own = fresh(name)
    bodies.set(body, own)
    drawings.push(program(own, body.outputs, body))
    return own
  }
  const labelOf = (x: Tensor, op: AnyOp): string => {
    if (!isBlock(op)) return `${op.name}${paramsText(x.params)}`
    const types = x.operands.map((operand) => operand.type)
    const subs = op.rules.bodies(x.params, types).map(({ name, body }) => nameOf(name, body))
    return `${op.name}${paramsText(x.params, subs)}`
  }
  const program = (own: string, outputs: ReadonlyArray<Tensor>, body?: Body): Drawing => {
    const names = new Map<Tensor, Reference>()
    const drawn: Array<Drawn> = []
    const constants = new Set<string>()
    const leaf = (x: Tensor, name: string): void => {
      names.set(x, { text: name, node: name })
      drawn.push({ name, label: name, operands: [], isLeaf: true, type: x.type })
    }
    const parameters = (body?.parameters ?? []).map((x) => {
      const name = x.head instanceof Variable ? fresh(x.head.name) : nextLetter()
      leaf(x, name)
      return name
    })
    const { nodes } = body === undefined ? layout(outputs) : layoutOf(body)
    for (const x of nodes) if (x.head instanceof Variable && !names.has(x)) leaf(x, fresh(x.head.name))
    for (const x of nodes) {
      const { head, type } = x
      if (names.has(x) || head instanceof Variable) continue
      if (head instanceof NDArray) {
        const text = constantText(head)
        if (constants.has(text)) names.set(x, { text, node: text })
        else leaf(x, text)
        constants.add(text)
        taken.add(text)
      } else if (head.rules.transparent) names.set(x, names.get(x.operand(0)) as Reference)
      else if (head === project) {
        const { text, node } = names.get(x.operand(0)) as Reference
        names.set(x, { text: `${text}.${x.params.index}`, node })
      } else {
        const label = labelOf(x, head)
        const name = nextLetter()
        const operands = x.operands.map((operand) => names.get(operand) as Reference)
        names.set(x, { text: name, node: name })
        drawn.push({ name, label, operands, isLeaf: false, type })
      }
    }
    return { name: own, parameters, drawn, results: outputs.map((x) => names.get(x) as Reference) }
  }
  const main = program('', roots)
  return { bodies: drawings, main }
}

const constantText = (x: NDArray): string => {
  const text = x.toString()
  return x.ndim === 0 ? text.slice(text.indexOf(' ') + 1) : text
}

// Sub-programs by their names, then what can be written out; functions and the sub-programs themselves cannot.
const paramsText = (params: Readonly<Record<string, unknown>>, subs: ReadonlyArray<string> = []): string => {
  const parts = Object.entries(params).flatMap(([key, value]) =>
    isData(value) ? [`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`] : []
  )
  const all = [...subs, ...parts]
  return all.length === 0 ? '' : `[${all.join(' ')}]`
}

const isData = (x: unknown): boolean =>
  Array.isArray(x) ? x.every(isData) : x === null || ['string', 'number', 'boolean'].includes(typeof x)

// a, b, ..., z, aa, ab, ...
const letter = (n: number): string =>
  (n >= 26 ? letter(Math.floor(n / 26) - 1) : '') + String.fromCharCode(97 + (n % 26))
