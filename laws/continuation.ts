/** Reverse mode by continuation, as the textbooks have it: a handler that works after its continuation returns. */

import * as fc from 'fast-check'
import { type Tensor, tensor, vjp } from 'freegrad'
import * as ops from 'freegrad/ops'
import { chain, type Effect, effect, extract, map, of, type Program, perform, suspend, view } from 'freegrad/program'
import { equation, type Law } from './law.js'

// --- model
/** A number that a handler keeps account of: told from others by its identity. */
export class Cell {
  constructor(readonly value: number) {}
}

/** What each number contributes to the result: a cotangent for each cell that has one. */
export type Adjoints = ReadonlyMap<Cell, number>

type Name = 'add' | 'mul' | 'neg' | 'sin' | 'cos' | 'tanh' | 'exp'
type Numbers = ReadonlyArray<Cell>

/** What an operation is on numbers, what its slopes are in each operand, and which operation of the signature it is. */
type Meaning = Readonly<{
  arity: number
  value: (xs: ReadonlyArray<number>) => number
  slopes: (xs: ReadonlyArray<number>, y: number) => ReadonlyArray<number>
  op: (...xs: Tensor[]) => Tensor
}>

/** A straight-line program: each step an operation of earlier numbers, counted from the last. */
export type Line = Readonly<{ inputs: ReadonlyArray<number>; steps: ReadonlyArray<readonly [Name, number, number]> }>

// --- constructors
const meanings: Readonly<Record<Name, Meaning>> = {
  add: { arity: 2, value: ([a, b]) => a + b, slopes: () => [1, 1], op: ops.add as Meaning['op'] },
  mul: { arity: 2, value: ([a, b]) => a * b, slopes: ([a, b]) => [b, a], op: ops.mul as Meaning['op'] },
  neg: { arity: 1, value: ([a]) => -a, slopes: () => [-1], op: ops.neg as Meaning['op'] },
  sin: { arity: 1, value: ([a]) => Math.sin(a), slopes: ([a]) => [Math.cos(a)], op: ops.sin as Meaning['op'] },
  cos: { arity: 1, value: ([a]) => Math.cos(a), slopes: ([a]) => [-Math.sin(a)], op: ops.cos as Meaning['op'] },
  tanh: { arity: 1, value: ([a]) => Math.tanh(a), slopes: (_, y) => [1 - y * y], op: ops.tanh as Meaning['op'] },
  exp: { arity: 1, value: ([a]) => Math.exp(a), slopes: (_, y) => [y], op: ops.exp as Meaning['op'] }
}

const names = Object.keys(meanings) as ReadonlyArray<Name>

/** Each operation is an effect: its operands are the payload, its result the answer. */
export const effects: Readonly<Record<Name, Effect<Name, Numbers, Cell>>> = Object.fromEntries(
  names.map((name) => [name, effect<Numbers, Cell>()(name)])
) as unknown as Record<Name, Effect<Name, Numbers, Cell>>

/** Random straight-line programs of one to forty operations. What may grow is taken back by a sine. */
export const lines: fc.Arbitrary<Line> = fc.record({
  inputs: fc.array(
    fc.integer({ min: -8, max: 8 }).map((k) => k / 4),
    { minLength: 1, maxLength: 3 }
  ),
  steps: fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(8), fc.nat(8)), {
    minLength: 1,
    maxLength: 40,
    size: 'max'
  })
})

const pick = <A>(values: ReadonlyArray<A>, source: number): A => values[values.length - 1 - (source % values.length)]

const withSines = (steps: Line['steps']): Line['steps'] =>
  steps.flatMap((step) => (['mul', 'add', 'exp'].includes(step[0]) ? [step, ['sin', 0, 0] as const] : [step]))

/** The program that performs each step of a line and gives the last number. */
export const performed = ({ steps }: Line, inputs: Numbers): Program<Name, Cell> =>
  map((cells: Numbers) => cells[cells.length - 1])(
    withSines(steps).reduce<Program<Name, Numbers>>(
      (before, [name, first, second]) =>
        chain((cells: Numbers) => {
          const operands = [pick(cells, first), pick(cells, second)].slice(0, meanings[name].arity)
          return map((cell: Cell) => [...cells, cell])(perform(effects[name], operands))
        })(before),
      of(inputs)
    )
  )

/** The same program as a term. */
export const termOf =
  ({ steps }: Line) =>
  (...inputs: Tensor[]): Tensor => {
    const values = inputs.slice()
    for (const [name, first, second] of withSines(steps))
      values.push(meanings[name].op(...[pick(values, first), pick(values, second)].slice(0, meanings[name].arity)))
    return values[values.length - 1]
  }

/**
 * The adjoints of a program's numbers, by one deep handler of all the operations: it computes one, lets the rest of the
 * program run, and when that has come back with the adjoints of all later numbers, adds what the operation passes on to
 * its operands (Wang et al., Demystifying Differentiable Programming, 2019). A handler for each would not do, for what one
 * does after its continuation belongs to the continuation of the next.
 */
export const reverseMode = <E extends Name>(program: Program<E, Cell>): Program<Exclude<E, Name>, Adjoints> =>
  suspend(() => {
    const seen = view(program)
    if (seen._tag === 'Pure') return of(new Map([[seen.value, 1]]))
    const { slopes, value } = meanings[seen.effect.name as Name]
    const operands = seen.payload as Numbers
    const xs = operands.map((cell) => cell.value)
    const result = new Cell(value(xs))
    return map((later: Adjoints) => {
      const ct = later.get(result) ?? 0
      const partials = slopes(xs, result.value)
      return operands.reduce((sums, cell, k) => plus(sums, cell, ct * partials[k]), later)
    })(reverseMode(seen.resume(result as never)))
  })

const plus = (adjoints: Adjoints, cell: Cell, more: number): Adjoints =>
  new Map(adjoints).set(cell, (adjoints.get(cell) ?? 0) + more)

/** Textbook reverse mode finds the value and the gradient that `vjp` finds. */
export const textbook: Law<Line> = equation(
  'reverse mode by continuation = vjp',
  (line) => {
    const cells = line.inputs.map((x) => new Cell(x))
    const adjoints = extract(reverseMode(performed(line, cells)))
    return cells.map((cell) => tensor(adjoints.get(cell) ?? 0, { dtype: 'float64' }))
  },
  (line) => vjp(termOf(line))(...line.inputs.map((x) => tensor(x, { dtype: 'float64' })))[1](1)
)
