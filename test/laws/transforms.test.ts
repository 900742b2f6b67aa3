/** Derivatives compose, nest and come in forms that agree. */

import { grad, run, vmap } from 'freegrad'
import {
  cheapGradient,
  composition,
  compositions,
  forms,
  lines,
  nested,
  nestedSlopes,
  operations,
  pointOf,
  samplesOf,
  scriptPoints,
  textbook,
  verify
} from 'freegrad/laws'
import { add, mul } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

describe('compositions of random programs', () => {
  for (const law of composition) it(law.name, () => verify(law, compositions))
})

describe('the forms of a derivative, of random programs', () => {
  for (const law of forms) it(law.name, () => verify(law, scriptPoints('smooth', { most: 12 })))
})

describe('reverse mode', () => {
  it(textbook.name, () => verify(textbook, lines))

  const free = ['broadcast', 'gather', 'pad']
  const rows = operations.filter(({ op, cheap }) => !free.includes(op.name) && cheap !== false)
  it(cheapGradient.name, () => verify(cheapGradient, scriptPoints('smooth', { rows }), { runs: 300 }))

  it.each(
    rows.flatMap((row) =>
      row.smooth === undefined || row.reverse === false ? [] : [{ row, smooth: row.smooth, name: row.op.name }]
    )
  )('costs at most five times $name and the sum of its results', ({ row, smooth }) => {
    const points = samplesOf(row, smooth)
      .map(pointOf)
      .filter(({ x }) => x.every(({ size }) => size > 0))
    verify(cheapGradient, points)
  })
})

describe('perturbations are never confused', () => {
  it(nestedSlopes.name, () => verify(nestedSlopes, nested, { runs: 300 }))

  it('in d/dx [x · d/dy (x + y)] = 1', () => {
    const f = (x: Parameters<typeof add>[0]) => mul(x, grad((y) => add(x, y))(1))
    expect(run(grad(f)(1)).item()).toBe(1)
    expect(run(vmap(grad(f))(Float64Array.of(1, 2))).toNested()).toEqual([1, 1])
  })
})
