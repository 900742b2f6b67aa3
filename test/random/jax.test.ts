/** Every draw against JAX's recorded ones: bit for bit, but where a distribution goes through functions of the platform. */

import { convert, mul, reverse, sub } from 'freegrad/ops'
import * as R from 'freegrad/random'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/handlers/evaluate.js'
import { array, type NDArray } from '../../src/language/data/array.js'
import type { Tensor } from '../../src/language/terms/term.js'
import { erf } from '../../src/math/erf.js'
import { type Mode, modes, type RandomCase, type Recorded, randomCases } from '../jax/fixtures.js'
import { ulpDistance } from '../math/ulp.js'

// --- model
type Options = Readonly<Record<string, never>>

// --- combinators
const value = ({ data, shape, dtype }: Recorded): NDArray => array(data, { shape, dtype })

/** Draws that are one function of a uniform number. */
const quantiles = {
  exponential: R.exponential,
  gumbel: R.gumbel,
  laplace: R.laplace,
  logistic: R.logistic,
  cauchy: R.cauchy
}

/** JAX's default float width in a mode, in which it draws where nobody gave a dtype. */
const width = { x32: 'float32', x64: 'float64' } as const

/** A bound as recorded: a number, or '-inf' and 'inf', which JSON lacks. */
const bound = (x: number | string): number => Number(String(x).replace('inf', 'Infinity'))

/** What freegrad draws for a recorded case. */
const draw = ({ op, mode, key, params, inputs }: RandomCase): Tensor => {
  const word = key === null ? [] : array(key, { dtype: 'uint32' })
  const { seed, shape, data, dtype, min, max, lower, upper, n, axis, replace } = params as Record<string, never>
  const given = inputs.map(value)
  const options = { dtype } as Options
  switch (op) {
    case 'key':
      // In 32-bit mode JAX reads a seed as an int32.
      return mode === 'x32' ? R.key(array(seed, { dtype: 'int32' })) : R.key(seed)
    case 'split':
      return R.split(word, typeof shape === 'number' ? [shape] : shape)
    case 'foldIn':
      return R.foldIn(word, data)
    case 'bits':
      return params.width === 64
        ? reverse(R.bits(word, shape, { width: 64 }), { axes: [(shape as ReadonlyArray<number>).length] })
        : R.bits(word, shape, { width: params.width } as never)
    case 'uniform':
      return R.uniform(word, shape, { min, max, ...options })
    case 'truncatedNormal':
      return R.truncatedNormal(word, bound(lower), bound(upper), shape, options)
    case 'bernoulli':
      return R.bernoulli(word, given[0] ?? array(params.p as number, { dtype: width[mode] }), shape)
    case 'rademacher':
      return mode === 'x64'
        ? R.rademacher(word, shape)
        : sub(mul(2, convert(R.bernoulli(word, array(0.5, { dtype: 'float32' }), shape), { dtype })), 1)
    case 'randint':
      return R.randint(word, shape, min, max, options)
    case 'categorical':
      return R.categorical(word, given[0], { axis, ...(shape === null ? {} : { shape }) })
    case 'permutation':
      return R.permutation(word, given[0] ?? n, axis === undefined ? {} : { axis })
    case 'choice': {
      const p = params.p === true ? { p: given[0] } : {}
      return R.choice(word, n ?? given[0], shape, { replace, ...p, ...(axis === undefined ? {} : { axis }) })
    }
    case 'normal':
      return R.normal(word, shape, options)
    default:
      if (!(op in quantiles)) throw new Error(`no draw is named ${op}`)
      return quantiles[op as keyof typeof quantiles](word, shape, options)
  }
}

const unit = { x32: 2 ** -23, x64: 2 ** -52 } as const

// log, log1p and tan of float32 differ by a few units; JAX's float64 log1p misfits around -0.41, by up to 130.
const slack = { x32: 4, x64: 160 } as const

/** How far a draw may be from JAX's. */
const near = (mode: Mode, op: string, got: number, want: number): boolean => {
  if (Object.is(got, want)) return true
  if (op === 'normal') return mode === 'x64' && ulpDistance(got, want) <= 4
  const distance = Math.abs(got - want)
  if (op in quantiles) return distance <= slack[mode] * unit[mode] * Math.max(1, Math.abs(want))
  if (op !== 'truncatedNormal') return false
  // The bounds go through erf; its last bit counts for much in the tail of the inverse.
  const uniform = Math.abs(erf(got / Math.SQRT2) - erf(want / Math.SQRT2))
  return uniform <= 2 * unit[mode] && distance <= 100 * unit[mode] * Math.max(1, Math.abs(want))
}

describe.each(modes)('draws of JAX in mode %s', (mode) => {
  const cases = randomCases(mode)
  const names = [...new Set(cases.map(({ op }) => op))]
  it.each(names)('%s', (op) => {
    const mine = cases.filter((each) => each.op === op)
    const results = evaluate(mine.map(draw))
    const misses = mine.flatMap(({ params, value: want }, i) => {
      const { dtype, shape, data } = results[i]
      const wrong = Array.from(data).flatMap((x, k) => (near(mode, op, x, want.data[k]) ? [] : [[k, x, want.data[k]]]))
      const same = dtype === want.dtype && String(shape) === String(want.shape) && data.length === want.data.length
      return same && wrong.length === 0 ? [] : [{ params, dtype, shape, count: wrong.length, first: wrong.slice(0, 3) }]
    })
    expect(misses).toEqual([])
  })
})
