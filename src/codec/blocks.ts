/** Blocks: operations with sub-programs, divided into the sub-programs and the other params, and rebuilt from them. */

import { isFloating } from '../language/data/dtype.js'
import * as T from '../language/data/type.js'
import type { BlockOp } from '../language/terms/block.js'
import type { Body } from '../language/terms/body.js'
import type { Params, Tensor } from '../language/terms/term.js'
import { branchBlock } from '../ops/branch.js'
import { checkpointBlock } from '../ops/checkpoint.js'
import { scanBlock } from '../ops/scan.js'
import type { Scan } from '../ops/scanParts.js'
import { whileBlock } from '../ops/while.js'

// --- model
type Types = ReadonlyArray<T.Type>
type Bodies = ReadonlyArray<Body>

/** An operation with sub-programs, all of which have the same parameters. */
export interface BlockForm {
  readonly op: BlockOp<never>
  readonly apart: (params: Params) => Readonly<{ bodies: Bodies; rest: Params }>
  readonly together: (bodies: Bodies, rest: Params) => unknown
  /** A reason why the decoded parts do not form a valid operation, if there is one. */
  readonly problem: (bodies: Bodies, rest: Params, operands: Types) => string | undefined
}

// --- combinators
const typesOf = (xs: ReadonlyArray<Tensor>): Types => xs.map(({ type }) => type)

const differ = (what: string, expected: Types, given: Types): string | undefined => {
  if (expected.length !== given.length) return `there are ${given.length} ${what}, not ${expected.length}`
  const odd = expected.findIndex((type, k) => !T.equals(type, given[k]))
  return odd < 0 ? undefined : `of the ${what}, ${odd} is ${T.show(given[odd])}, not ${T.show(expected[odd])}`
}

const isCount = (what: string, expected: number, given: number): string | undefined =>
  given === expected ? undefined : `there are ${given} ${what}, not ${expected}`

const isAtMost = (what: string, given: number, most: number): string | undefined =>
  given <= most ? undefined : `${what} are ${given}, which is more than the ${most} that there are`

// --- instances
const scanForm: BlockForm = {
  op: scanBlock,
  apart: ({ body, ...rest }) => ({ bodies: [body as Body], rest }),
  together: ([body], rest) => ({ body, ...rest }),
  problem: (bodies, rest, operands) => {
    const count = isCount('sub-programs', 1, bodies.length)
    if (count !== undefined) return count
    const { carries, sequences, kept, length } = rest as unknown as Omit<Scan, 'body'>
    const parameters = typesOf(bodies[0].parameters)
    const outputs = typesOf(bodies[0].outputs)
    const isElement = (k: number): boolean => k >= carries && k < carries + sequences
    const given = parameters.map((type, k) => (isElement(k) ? T.of(type.dtype, [length, ...type.shape]) : type))
    return (
      isAtMost('carries and sequences', carries + sequences, parameters.length) ??
      isAtMost('carries and what is kept', carries + kept, outputs.length) ??
      differ('operands', given, operands) ??
      differ('next carries', parameters.slice(0, carries), outputs.slice(0, carries))
    )
  }
}

const whileForm: BlockForm = {
  op: whileBlock,
  apart: ({ test, step }) => ({ bodies: [test as Body, step as Body], rest: {} }),
  together: ([test, step]) => ({ test, step }),
  problem: (bodies, _, operands) => {
    const count = isCount('sub-programs', 2, bodies.length)
    if (count !== undefined) return count
    const [test, step] = bodies
    const parameters = typesOf(step.parameters)
    const next = typesOf(step.outputs)
    return (
      isAtMost('carries', next.length, parameters.length) ??
      differ('tests', [T.of('bool', [])], typesOf(test.outputs)) ??
      differ('operands', parameters, operands) ??
      differ('next carries', parameters.slice(0, next.length), next)
    )
  }
}

const branchForm: BlockForm = {
  op: branchBlock,
  apart: ({ branches }) => ({ bodies: branches as Bodies, rest: {} }),
  together: (branches) => ({ branches }),
  problem: (bodies, _, [index, ...operands]) => {
    if (bodies.length === 0) return 'there are no branches'
    if (index === undefined || index.shape.length > 0 || isFloating(index.dtype))
      return 'the first operand is not an index (an integer or a bool)'
    const [first, ...others] = bodies.map(({ outputs }) => typesOf(outputs))
    const unlike = others.map((types) => differ('outputs of a branch', first, types)).find((each) => each !== undefined)
    return unlike ?? differ('operands behind the index', typesOf(bodies[0].parameters), operands)
  }
}

const checkpointForm: BlockForm = {
  op: checkpointBlock,
  apart: ({ body, ...rest }) => ({ bodies: [body as Body], rest }),
  together: ([body], rest) => ({ body, ...rest }),
  problem: (bodies, { kept, waits = 0 }, operands) => {
    const count = isCount('sub-programs', 1, bodies.length)
    if (count !== undefined) return count
    const [{ parameters, outputs }] = bodies
    return (
      isAtMost('outputs that are kept', kept as number, outputs.length) ??
      isAtMost('operands that it waits for', waits as number, parameters.length) ??
      differ('operands', typesOf(parameters), operands)
    )
  }
}

/** Every operation with sub-programs that has a JSON form, by its name. */
export const blocks: ReadonlyMap<string, BlockForm> = new Map(
  [branchForm, checkpointForm, scanForm, whileForm].map((form) => [form.op.name, form])
)
