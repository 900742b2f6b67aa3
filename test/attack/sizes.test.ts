/** Sizes: a number that is no count is refused, and too large a one too, before anything of its size is made. */
import { spawnSync } from 'node:child_process'
import { array, run, tensor } from 'freegrad'
import * as fft from 'freegrad/fft'
import * as np from 'freegrad/numpy'
import { split } from 'freegrad/random'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/files.mjs'
import { reason } from '../support/reason.js'

describe('a number of the user', () => {
  it('ends neither the process nor the patience of who waits, wherever it stands', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--max-old-space-size=512', 'scripts/run.mjs', 'test/attack/sizes.ts'],
      { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }
    )
    const lines = stdout.trimEnd().split('\n')
    expect(lines.filter((line) => line.startsWith('FAULT'))).toEqual([])
    expect({ status, last: lines.at(-1) }).toEqual({ status: 0, last: expect.stringMatching(/^\d+ calls$/) })
  })

  it('is named with the function and the limit', () => {
    const { op, problem, hint } = reason(() => np.arraySplit([1, 2], 2 ** 31))
    expect([op, problem, hint]).toEqual([
      'np.arraySplit',
      '2147483648 parts are too many',
      'the number of parts is a whole number from 1 to 262144'
    ])
    expect(reason(() => np.split([1, 2], 0.5)).problem).toBe('there are no 0.5 parts')
    expect(reason(() => split(tensor([0, 1], { dtype: 'uint32' }), -1)).problem).toBe('there are no -1 keys in a list')
  })

  it('costs nothing where the numbers follow from their places', () => {
    for (const x of [np.bartlett(2 ** 40), np.hanning(2 ** 40), fft.fftfreq(2 ** 40), np.vander([1], { n: 2 ** 40 })])
      expect(x.type.shape).toContain(2 ** 40)
    expect(fft.rfftfreq(2 ** 40).type.shape).toEqual([2 ** 39 + 1])
  })

  it('may be that of each of many elements to repeat', () => {
    const counts = Array.from({ length: 100 }, (_, i) => i % 3)
    const repeated = run(np.repeat(np.arange(100), counts)).toNested()
    expect(repeated).toEqual(counts.flatMap((times, i) => new Array(times).fill(i)))
  })
})

describe('an array whose buffer was transferred', () => {
  const gone = () => {
    const x = array([1])
    const { buffer } = x.data as Float64Array<ArrayBuffer>
    structuredClone(buffer, { transfer: [buffer] })
    return x
  }

  it.each([
    ['item', () => gone().item()],
    ['at', () => gone().at(0)],
    ['toNested', () => gone().toNested()],
    ['toJSON', () => gone().toJSON()]
  ])('has no elements for %s', (_, read) => {
    expect(reason(read).problem).toMatch(/an array of 1 elements has 0: its buffer was transferred/)
  })

  it('is no number', () => {
    expect(reason(() => Number(gone())).problem).toMatch(/transferred/)
  })
})
