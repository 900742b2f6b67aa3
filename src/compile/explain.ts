/** Explain: what each pass made of a program, as text. */

import { showTerms } from '../handlers/show.js'
import type { Tensor } from '../language/term.js'
import * as T from '../language/type.js'
import { emit } from './emit/index.js'
import { fuse } from './fuse.js'
import type { Graph, Node } from './graph.js'
import { type Access, type Buffer, type Fused, type Kernel, rootsOf, type Statement, type Value } from './kernel.js'
import { lowerProgram, type Program } from './lower.js'
import { bytesOf, type Planned, plan } from './plan.js'
import { products } from './products.js'

// --- combinators
/** The program, its graph, its loop nests, its memory and its code, a section each. */
export const explainProgram = (
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  options: Readonly<{ fastMath: boolean }>
): string => {
  const program = lowerProgram(parameters, outputs, options)
  const fused = products(fuse(program))
  const planned = plan(fused)
  const emitted = emit(planned, true)
  const code = `${emitted.functions} functions, ${emitted.bytes.length} bytes`
  return [
    `program\n${indented(showTerms(outputs))}`,
    `simplify\n${indented(showGraph(program))}`,
    `fuse\n${indented(showKernels(fused))}`,
    `plan\n${indented(showPlan(planned))}`,
    `emit\n  ${code}`
  ].join('\n')
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')

const nameOf = (node: Node): string =>
  node.kind === 'input' ? `input${node.detail}` : node.kind === 'literal' ? String(node.detail) : `n${node.id}`

const detailOf = (node: Node): string => {
  switch (node.kind) {
    case 'map':
      return node.detail.name.replace('.', '')
    case 'view':
      return `view[${node.detail.map(({ axis, start, step }) => (step === 0 ? `${start}` : `${start === 0 ? '' : `${start}+`}${step === 1 ? '' : `${step}*`}i${axis}`)).join(', ')}]`
    case 'reduce':
      return `${node.detail.combine}[${node.detail.axes}]`
    case 'run':
      return `${node.detail.last ? 'fold' : 'scan'}[${node.detail.axis}]`
    case 'index':
      return `index[${node.detail}]`
    case 'dot':
      return `dot[${node.detail.contract.map((axes) => `[${axes}]`).join(' ')}]`
    default:
      return node.kind
  }
}

/** The nodes that are needed, a line each; inputs and literals stand where they are used. */
const showGraph = ({ graph, outputs }: Program): string => {
  const needed = neededOf(graph, outputs)
  const lines = graph.nodes
    .filter((node) => needed.has(node) && node.kind !== 'input' && node.kind !== 'literal')
    .map(
      (node) => `${nameOf(node)}: ${T.show(node.type)} = ${[detailOf(node), ...node.operands.map(nameOf)].join(' ')}`
    )
  return [...lines, outputs.map(nameOf).join(', ')].join('\n')
}

const neededOf = (graph: Graph, outputs: ReadonlyArray<Node>): ReadonlySet<Node> => {
  const needed = new Set(outputs)
  for (let id = graph.nodes.length - 1; id >= 0; id--)
    if (needed.has(graph.nodes[id])) for (const operand of graph.nodes[id].operands) needed.add(operand)
  return needed
}

const showBuffer = ({ node, id }: Buffer): string => (node.kind === 'input' ? nameOf(node) : `b${id}`)

const letters = 'ijklmnopqrstuvw'
const showAccess = ({ buffer, offset, strides }: Access): string => {
  const terms = strides.flatMap((stride, k) =>
    stride === 0 ? [] : [stride === 1 ? letters[k] : `${stride}${letters[k]}`]
  )
  if (offset !== 0) terms.push(String(offset))
  return `${showBuffer(buffer)}[${terms.length === 0 ? '0' : terms.join(' + ')}]`
}

const showValue = (value: Value): string => {
  const operands = value.operands.map(showValue)
  switch (value.kind) {
    case 'load':
      return showAccess(value.access)
    case 'gather':
      return `${showAccess(value.access)}@(${operands[0]})`
    case 'literal':
      return String(value.value)
    case 'index':
      return `(${[value.start, ...value.strides.flatMap((stride, k) => (stride === 0 ? [] : [`${stride}${letters[k]}`]))].join(' + ')})`
    case 'hole':
      return String(value.node.detail)
    case 'map':
      return `${value.name.replace('.', '')}(${operands.join(', ')})`
  }
}

const shortly = (text: string): string => (text.length <= 160 ? text : `${text.slice(0, 157)}...`)

const showStatement = (statement: Statement): string => {
  const values = rootsOf(statement).map(showValue).join('; ')
  const to = showAccess(statement.to)
  switch (statement.kind) {
    case 'store':
      return shortly(`${to} = ${values}`)
    case 'reduce':
      return shortly(`${to} = ${statement.combine} ${values}`)
    case 'scatter':
      return shortly(`${to} += ${values}`)
    case 'run':
      return shortly(`${to} = ${statement.run.last ? 'fold' : 'scan'} ${values}`)
  }
}

const showKernel = (kernel: Kernel): string => {
  if (kernel.kind === 'call') {
    const of = (accesses: ReadonlyArray<Access>): string => accesses.map(({ buffer }) => showBuffer(buffer)).join(' ')
    return `${of(kernel.writes)} = ${kernel.routine} ${of(kernel.reads)}`
  }
  if (kernel.kind === 'sort') return `${showBuffer(kernel.to.buffer)} = argsort ${showBuffer(kernel.x.buffer)}`
  const head = `for ${kernel.domain.map((size, k) => `${letters[k]} < ${size}`).join(', ')}`
  const body = kernel.statements.map((each) => `${kernel.domain.length > 0 ? '  ' : ''}${showStatement(each)}`)
  return kernel.domain.length === 0 ? body.join('\n') : [head, ...body].join('\n')
}

const showKernels = ({ kernels }: Fused): string => kernels.map(showKernel).join('\n')

const showPlan = ({ places, arena, apart }: Planned): string => {
  const lines = [...places].map(([buffer, place]) => {
    const where = place.kind === 'arena' ? `at ${place.offset}` : `behind pointer ${place.slot}`
    return `${showBuffer(buffer)}: ${bytesOf(buffer)} bytes ${where}`
  })
  return [...lines, `${arena} bytes; temporaries apart would take ${apart}`].join('\n')
}
