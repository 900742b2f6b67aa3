/** Evaluation: what a term's type promises, its value keeps; and whoever evaluates it, finds the same value. */

import {
  cost,
  evaluateAlgebra,
  fold,
  handler,
  NDArray,
  run,
  show,
  stage,
  type Tensor,
  tensor,
  type Value
} from 'freegrad'
import { equation, type Law, type Nearness } from './law.js'
import { type Fn, type Point, results } from './point.js'
import { sizeOf } from './shapes.js'

// --- constructors
/** The type rule says what evaluation does. */
export const typeRule: Law<Point> = equation(
  'the value has the type of its term',
  (p) => results(p).map((y) => described(run(y))),
  (p) =>
    results(p).map(({ type: { dtype, shape, weak } }) => ({
      weak,
      dtype,
      shape: shape.join(),
      elements: sizeOf(shape),
      values: true
    }))
)

const storage = {
  Float64Array: 'float64',
  Float32Array: 'float32',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  Uint8Array: 'bool'
} as const

const described = ({ type, data, shape }: NDArray) => ({
  weak: type.weak,
  dtype: storage[data.constructor.name as keyof typeof storage] === type.dtype ? type.dtype : data.constructor.name,
  shape: shape.join(),
  elements: data.length,
  values: type.dtype !== 'bool' || data.every((x) => x === 0 || x === 1)
})

/** Evaluation written by a user, as a handler with a clause for all operations, agrees with `run`. */
export const userHandler: Law<Point> = equation(
  'a handler of one’s own that evaluates = run',
  (p) => evaluator(...results(p)),
  (p) => results(p),
  'identical'
)

const evaluator = handler<Value>('evaluate', {
  variable: ({ name }) => {
    throw new Error(`the variable ${name} has no value`)
  },
  constant: (value) => value,
  operations: [],
  otherwise: (operands, op, x) => evaluateAlgebra.apply(x, op, operands, () => true)
})

/** Folding is a homomorphism: in an environment of values, a program means what it means on the values themselves. */
export const environment: Law<Point> = equation(
  'evaluate in an environment = f of the values',
  ({ f, x }) => {
    const { parameters, outputs } = stage(f)(...x)
    const values = new Map(parameters.map((parameter, k) => [parameter.head, x[k]]))
    const variable = (_: Tensor, head: unknown) => values.get(head as never) as NDArray
    return fold({ ...evaluateAlgebra, variable }, outputs)
  },
  (p) => results(p),
  'identical'
)

/** A program's text and its cost are found without running it, and no number of its arguments is in them. */
export const onlyTypesAreSeen: Law<Point> = equation(
  'show and cost depend on the types of the arguments alone',
  ({ f, x }) => [show(stage(f)(...x)), cost(f)(...x).flops],
  ({ f, x }) => {
    const others = x.map(({ type, size }) => new NDArray(type, run(zeros(type, size)).data))
    return [show(stage(f)(...others)), cost(f)(...others).flops]
  }
)

const zeros = ({ dtype }: NDArray['type'], size: number): Tensor => tensor(new Array<number>(size).fill(0), { dtype })

/** A weak number gives way to those it meets: what is made of it is weak only if all of its operands are. */
export const weakness: Law<Point> = equation(
  'a result is weak where all operands are',
  ({ f, x }) => mixtures(x).map((xs) => f(...xs.map((value) => tensor(value))).map(({ type }) => type.weak)),
  ({ f, x }) => mixtures(x).map((xs) => results({ f, x, seed: 0 }).map(() => xs.every(({ type }) => type.weak)))
)

// The same numbers: all of them weak, one of them, and none.
const mixtures = (x: ReadonlyArray<NDArray>): ReadonlyArray<ReadonlyArray<NDArray>> => {
  const weak = x.map(({ type, data }) => new NDArray({ ...type, weak: true }, data))
  return [weak, ...weak.map((one, k) => x.map((value, i) => (i === k ? one : value))), x]
}

/** Another way to execute a function, such as compiling it, agrees with evaluation. */
export const agrees = (
  name: string,
  execute: (f: Fn) => (...xs: ReadonlyArray<NDArray>) => unknown,
  nearness?: Nearness
): Law<Point> =>
  equation(
    `${name} = run`,
    ({ f, x }) => execute(f)(...x),
    (p) => results(p),
    nearness
  )

// --- combinators
/** The laws of every program. */
export const evaluation: ReadonlyArray<Law<Point>> = [typeRule, userHandler, environment, onlyTypesAreSeen]
