/** Explain: the result of each compiler pass, as text. */

import { showTerms } from '../handlers/show.js'
import * as T from '../language/data/type.js'
import type { Tensor } from '../language/terms/term.js'
import type { Emitted } from './emit/index.js'
import { isControl, operandsOf, rootsOf } from './graph/demand.js'
import type { Control, Node } from './graph/graph.js'
import type { Program } from './graph/lower.js'
import type { Access, Buffer, Kernel, Move, Statement, Value } from './kernels/kernel.js'
import * as K from './kernels/kernel.js'
import { type Scope, scopesOf } from './kernels/scopes.js'
import { emitted, lowered, type ProgramOptions, planned } from './passes.js'
import { bytesOf, type Planned } from './plan/plan.js'
import { type Runtime, standard } from './runtime/runtime.js'

// --- combinators
/** The program, its graph, its loop nests, its memory and its code, a section each. */
export const explainProgram = (
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  options: ProgramOptions,
  { limits }: Runtime = standard
): string => {
  const program = lowered(parameters, outputs, options, limits)
  const kernels = planned(program, options)
  return [
    `program\n${indented(showTerms(outputs))}`,
    `simplify\n${indented(showGraph(program))}`,
    `fuse\n${indented(showKernels(kernels.kernels))}`,
    `plan\n${indented(showPlan(kernels))}`,
    `emit\n${indented(showCode(emitted(kernels, options, limits, true), options))}`
  ].join('\n')
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')

const nameOf = (node: Node): string =>
  node.kind === 'input'
    ? `input${node.detail}`
    : node.kind === 'literal'
      ? String(node.detail)
      : node.kind === 'part'
        ? `${nameOf(node.operands[0])}.${node.detail}`
        : node.kind === 'hole'
          ? `${node.detail}_${node.id}`
          : `n${node.id}`

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
    case 'iterate':
      return `${node.detail.length} times${node.detail.reverse ? ' from the end' : ''}`
    case 'dot':
      return `dot[${node.detail.contract.map((axes) => `[${axes}]`).join(' ')}]`
    default:
      return node.kind
  }
}

/** The needed nodes, one line each, scope by scope. Inputs and literals are printed where they are used. */
const showGraph = (program: Program): string => {
  const scopes = scopesOf(program)
  const line = (x: Node): string =>
    `${nameOf(x)}: ${T.show(x.type)} = ${[detailOf(x), ...operandsOf(x, scopes.demand).map(nameOf)].join(' ')}`
  const lines = (scope: Scope): Array<string> =>
    scope.nodes
      .filter(({ kind }) => kind !== 'input' && kind !== 'literal' && kind !== 'part' && kind !== 'hole')
      .flatMap((x) => (isControl(x) ? [line(x), ...inside(x)] : [line(x)]))
  const inside = (control: Control): Array<string> => {
    const roots = rootsOf(control, scopes.demand)
    return scopes
      .partsOf(control)
      .flatMap((scope, k) => [...lines(scope), roots[k].map(nameOf).join(', ')].map((text) => `  ${text}`))
  }
  return [...lines(scopes.root), program.outputs.map(nameOf).join(', ')].join('\n')
}

const showBuffer = ({ node, id, role }: Buffer): string =>
  node.kind === 'input' && role === 'input' ? nameOf(node) : `b${id}`

const letters = 'ijklmnopqrstuvw'
const showAccess = ({ buffer, offset, strides }: Access): string => {
  const terms = strides.flatMap((stride, k) =>
    stride === 0 ? [] : [stride === 1 ? letters[k] : `${stride}${letters[k]}`]
  )
  if (offset !== 0) terms.push(String(offset))
  return `${showBuffer(buffer)}[${terms.length === 0 ? '0' : terms.join(' + ')}]`
}

// A value as text, cut off after `most` characters, since shared parts are printed every time they occur.
const showValue = (value: Value, most = mostLetters): string => {
  if (most <= 0) return '...'
  const operands: Array<string> = []
  for (let k = 0, left = most - 4; k < value.operands.length; k++) {
    operands.push(showValue(value.operands[k], left))
    left -= operands[k].length + 2
  }
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
      return value.hole.detail
    case 'map':
      return `${value.name.replace('.', '')}(${operands.join(', ')})`
  }
}

const mostLetters = 160
const shortly = (text: string): string => (text.length <= mostLetters ? text : `${text.slice(0, mostLetters - 3)}...`)

const showStatement = (statement: Statement): string => {
  const values = K.rootsOf(statement)
    .map((value) => showValue(value))
    .join('; ')
  const to = showAccess(statement.to)
  switch (statement.kind) {
    case 'store':
      return shortly(`${to} = ${values}`)
    case 'reduce':
      return shortly(`${to} = ${statement.combine} ${values}`)
    case 'scatter':
      return shortly(`${to} ${statement.how === 'add' ? '+=' : '='} ${values}`)
    case 'run':
      return shortly(`${to} = ${statement.run.last ? 'fold' : 'scan'} ${values}`)
  }
}

const showAll = (accesses: ReadonlyArray<Access>): string => accesses.map(({ buffer }) => showBuffer(buffer)).join(' ')

const showKernel = (kernel: Kernel): string => {
  const part = (head: string, kernels: ReadonlyArray<Kernel>): Array<string> =>
    kernels.length === 0 ? [] : [head, indented(showKernels(kernels))]
  switch (kernel.kind) {
    case 'call':
      return `${showAll(kernel.writes)} = ${kernel.routine} ${showAll(kernel.reads)}`
    case 'sort':
      return `${showBuffer(kernel.to.buffer)} = argsort ${showBuffer(kernel.x.buffer)}`
    case 'loop': {
      const { domain, statements } = kernel
      const body = statements.map(showStatement)
      const head = `for ${domain.map((size, k) => `${letters[k]} < ${size}`).join(', ')}`
      return (domain.length === 0 ? body : [head, ...body.map(indented)]).join('\n')
    }
    case 'iterate': {
      const windows = kernel.slides.map(
        ({ window, whole, step }) => `${showBuffer(window)} on ${showAccess({ ...whole, strides: [step] })}`
      )
      const moves = kernel.moves.map(showMove)
      const head = `${kernel.length} times${kernel.reverse ? ' from the end' : ''}${windows.length === 0 ? '' : `, ${windows.join(', ')}`}`
      return [...part('at first', kernel.enter), ...part(head, kernel.body), ...moves.map(indented)].join('\n')
    }
    case 'repeat':
      return [
        ...part('at first', kernel.enter),
        ...part(`while ${showBuffer(kernel.condition.buffer)}, which is`, kernel.test),
        ...part('do', kernel.body),
        ...kernel.moves.map(showMove).map(indented)
      ].join('\n')
    case 'branch':
      return kernel.arms
        .flatMap((arm, k) => part(`${k === 0 ? 'if' : 'or if'} ${showBuffer(kernel.index.buffer)} is ${k}`, arm))
        .join('\n')
  }
}

const showMove = ({ from, to }: Move): string => `${showBuffer(to)} = ${showBuffer(from)}`

const showKernels = (kernels: ReadonlyArray<Kernel>): string => kernels.map(showKernel).join('\n')

const showPlan = ({ places, arena, apart, over }: Planned): string => {
  const lines = [...places].map(([buffer, place]) => {
    const where = place.kind === 'arena' ? `at ${place.offset}` : `behind pointer ${place.slot}`
    const donated = over.get(buffer)
    const memory = donated === undefined ? '' : `, in the memory of ${showBuffer(donated)} if that is donated`
    return `${showBuffer(buffer)}: ${bytesOf(buffer)} bytes ${where}${memory}`
  })
  return [...lines, `${arena} bytes; temporaries apart would take ${apart}`].join('\n')
}

const showCode = ({ functions, bytes, shared }: Emitted, { threads, steps }: ProgramOptions): string => {
  const by = threads === undefined ? 'threads' : threads === 1 ? 'one thread' : `up to ${threads} threads`
  const parts = [`${functions} functions`, `${bytes.length} bytes`]
  if (shared.length > 0) parts.push(`${shared.length} shared by ${by}`)
  if (steps !== undefined) parts.push(`at most ${steps} steps of while loops in a call`)
  const kernels = shared.map(({ extent, block }, k) => {
    const blocks = Math.ceil(extent / block)
    return `shared ${k}: ${blocks} ${blocks === 1 ? 'block' : 'blocks'} of up to ${block} steps`
  })
  return [parts.join(', '), ...kernels].join('\n')
}
