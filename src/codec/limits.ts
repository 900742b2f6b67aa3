/** Limits: what a decoded program may cost, checked before anything of it is evaluated. */
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { costOf } from '../handlers/cost.js'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import type { Tensor } from '../language/terms/term.js'
import type { Body } from './form.js'
import { refuse, within } from './refusal.js'

// --- model
/**
 * What one evaluation of a decoded program may cost. A `whileLoop` counts as one step, since its steps are known only when
 * it runs: `compile(f, { steps })` and `tryRun(make, { steps })` limit them.
 */
export interface Limits {
  /** The nodes of the program, those of sub-programs included: 1,000,000 by default. */
  readonly nodes: number
  /** The elements of its largest array: 2^28 by default. */
  readonly elements: number
  /** The operations: floating-point operations, elements read and written, and nodes evaluated: 10^12 by default. */
  readonly flops: number
  /** The runs of sub-programs, such as steps of scans: 10^8 by default. */
  readonly steps: number
  /** The bytes that are held at a time: 2^32 by default. */
  readonly bytes: number
  /** How deep loops nest, where a `whileLoop` counts as two: 12 by default. Each level may double the work of a transform. */
  readonly nesting: number
}

const defaults: Limits = { nodes: 1e6, elements: 2 ** 28, flops: 1e12, steps: 1e8, bytes: 2 ** 32, nesting: 12 }

const limitsOptions = known<Partial<Limits>>({
  nodes: 'number',
  elements: 'number',
  flops: 'number',
  steps: 'number',
  bytes: 'number',
  nesting: 'number'
})

// --- constructors
/** The limits that were given, and the default of each other. Throws `TreeError` for one that is not a positive number. */
export const limitsOf = (given: Partial<Limits> | undefined): Limits => {
  const read = limitsOptions('closedOf', given)
  const names = Object.keys(defaults) as Array<keyof Limits>
  const odd = names.find((name) => read[name] !== undefined && !((read[name] as number) > 0))
  if (odd !== undefined)
    fail('TreeError', 'closedOf', `the limit ${odd} is ${describe(read[odd])}`, {
      hint: 'give a positive number, or Infinity for no limit'
    })
  const all = names.map((name) => [name, read[name] ?? defaults[name]])
  return Object.fromEntries(all) as Record<keyof Limits, number>
}

// --- combinators
/** Refuses a program with too many nodes, or with loops that nest too deep, before they are built. */
export const moderate = (limits: Limits, body: Body, context: t.Context): t.Validation<Body> =>
  checked(
    limits,
    [
      ['nodes', nodesIn(body)],
      ['nesting', nestingOf(body)]
    ],
    body,
    context
  )

/** Refuses terms that cost too much to evaluate. */
export const affordable = (
  limits: Limits,
  outputs: ReadonlyArray<Tensor>,
  context: t.Context
): t.Validation<ReadonlyArray<Tensor>> => {
  const { flops, bytes, steps, elements, peak, operations } = costOf(outputs)
  const evaluated = Object.values(operations).reduce((sum, n) => sum + n, 0)
  const costs = [
    ['elements', elements],
    ['steps', steps],
    ['bytes', peak],
    ['flops', flops + bytes / 8 + evaluated]
  ] as const
  return checked(limits, costs, outputs, context)
}

const checked = <A>(
  limits: Limits,
  costs: ReadonlyArray<readonly [name: keyof Limits, cost: number]>,
  value: A,
  context: t.Context
): t.Validation<A> => {
  // Not a number is beyond a limit too: infinitely often nothing.
  const beyond = costs.find(([name, cost]) => !(cost <= limits[name]))
  if (beyond === undefined) return E.right(value)
  const [name, cost] = beyond
  return refuse(
    value,
    within(context, 'body'),
    `the program is beyond a limit: ${name} ${cost}, where ${limits[name]} are allowed`,
    `a program that is trusted may have more: closedOf({ limits: { ${name}: Infinity } })`
  )
}

const nestingOf = ({ nodes }: Body): number =>
  nodes.reduce((most, node) => {
    if (!('body' in node) || node.body === undefined) return most
    return Math.max(most, nestingOf(node.body) + (node.op === 'while' ? 2 : node.op === 'scan' ? 1 : 0))
  }, 0)

const nodesIn = ({ nodes }: Body): number =>
  nodes.reduce((sum, node) => sum + ('body' in node && node.body !== undefined ? nodesIn(node.body) : 0), nodes.length)
