/** Public functions of complex numbers: each accepts what JAX accepts, with JAX's values, except where a reason is given. */

import { readFileSync } from 'node:fs'
import { type NDArray, run } from 'freegrad'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'
import { calls } from './calls.js'

// --- model
type Answer = Readonly<{ dtype: string; shape: ReadonlyArray<number>; data: ReadonlyArray<number | string | boolean> }>

const answers: Readonly<Record<string, Answer | null>> = JSON.parse(
  readFileSync(new URL('./jax.json', import.meta.url), 'utf8')
)

/** What JAX accepts and freegrad refuses. */
const refused: Readonly<Record<string, ReadonlyArray<string>>> = {
  'JAX orders complex numbers by their real parts first; here only sorting does': [
    ...['less', 'less equal', 'greater', 'greater equal', 'maximum', 'minimum', 'fmax', 'fmin', 'max', 'min', 'ptp'],
    ...['cumulative maximum', 'nanmax', 'pmax', 'digitize', 'histogram', 'relu', 'relu6', 'leaky relu', 'elu', 'selu'],
    ...['celu', 'hard tanh', 'hard sigmoid', 'hard silu']
  ],
  'JAX rounds both parts': ['round'],
  'JAX has a formula of its own, and NumPy refuses': ['arctan2'],
  'JAX drops the imaginary part, with a warning': [
    'set a complex number in a real array',
    'pad a real array by a complex number'
  ],
  'JAX drops the imaginary part of the scores': ['attention'],
  'JAX makes the real reduction complex': ['real sum from a complex initial', 'real product from a complex initial']
}

/** Where JAX's value is wrong: it takes `1i` for false. */
const mistaken = ['any']

// --- combinators
const near = (name: string, { dtype, shape, data }: NDArray, answer: Answer): void => {
  expect([dtype, shape]).toEqual([answer.dtype, answer.shape])
  const precision = dtype === 'float64' || dtype === 'complex128' ? 1e-13 : 1e-6
  answer.data.map(Number).forEach((value, i) => {
    const isNear = Object.is(value, data[i]) || Math.abs(value - data[i]) <= precision * Math.max(1, Math.abs(value))
    expect(isNear, `${name}: ${data[i]} where JAX has ${value}, at ${i}`).toBe(true)
  })
}

const names = Object.keys(answers)
const exceptions = Object.values(refused).flat()

// --- laws
describe('a function of complex numbers', () => {
  it('is one of those that JAX has answered', () => {
    expect(Object.keys(calls).sort()).toEqual([...names].sort())
  })

  it.each(names)('accepts what JAX accepts, with its values: %s', (name) => {
    const answer = answers[name]
    if (answer === null || exceptions.includes(name)) {
      expect(answer === null && exceptions.includes(name)).toBe(false)
      expect(['DTypeError', 'TreeError', 'ShapeError']).toContain(reason(() => run(calls[name]()))._tag)
    } else if (mistaken.includes(name)) expect(run(calls[name]()).data).not.toEqual(answer.data)
    else near(name, run(calls[name]()), answer)
  })
})
