/** Explain: the text shows what the options of `compile` change, and refuses what `compile` refuses. */
import { array, compile, explain, type Tensor, whileLoop } from 'freegrad'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const n = 300_000
const large = array(new Float64Array(n))
const step = (x: Tensor, g: Tensor): Tensor => np.sub(x, np.mul(0.1, g))

/** What a pass gave, by the line that starts with its name. */
const section = (text: string, pass: string): string =>
  text.split(/\n(?=\w)/).find((part) => part.startsWith(pass)) ?? ''

describe('explain', () => {
  it('shows which result may have the memory of a donated argument', () => {
    const plan = (donate?: number) => section(explain(step, { donate })(large, large), 'plan')
    expect(plan(0)).toMatch(
      new RegExp(`^ {2}b\\d+: ${8 * n} bytes behind pointer 2, in the memory of input0 if that is donated$`, 'm')
    )
    expect(plan(1)).toMatch(/in the memory of input1/)
    expect(plan(-1)).toBe(plan(1))
    expect(plan()).not.toMatch(/donated/)
    expect(section(explain((x: Tensor) => np.mul(x, 2), { donate: 0 })(array([1, 2])), 'plan')).not.toMatch(/donated/)
    expect(section(explain((x: Tensor) => [x, np.mul(x, 2)], { donate: 0 })(large), 'plan')).not.toMatch(/donated/)
  })

  it('shows what threads share, in which blocks', () => {
    const emit = (threads?: number) => section(explain(step, { threads })(large, large), 'emit')
    expect(emit()).toMatch(/, 1 shared by threads\n {2}shared 0: \d+ blocks of up to \d+ steps$/)
    expect(emit(1)).toMatch(/1 shared by one thread$/m)
    expect(emit(3)).toMatch(/1 shared by up to 3 threads$/m)
    expect(section(explain(step, { threads: 3 })(1, 2), 'emit')).not.toMatch(/shared/)
  })

  it('shows the limit of steps', () => {
    const f = (x: Tensor) =>
      whileLoop(
        (y) => np.less(y, 10),
        (y) => np.add(y, 1),
        x
      )
    expect(explain(f, { steps: 7 })(1)).toMatch(/at most 7 steps of while loops in a call$/)
    expect(explain(f)(1)).not.toMatch(/steps/)
  })

  it.each([
    ['threads', { threads: 0 }],
    ['threads', { threads: 1.5 }],
    ['donate', { donate: 'x' as unknown as number }],
    ['donate', { donate: 2 }],
    ['steps', { steps: -1 }]
  ])('refuses what compile refuses: %s, %j', (_, options) => {
    const [wanted, found] = [compile, explain].map((f) => reason(() => f(step, options)(1, 2)))
    expect(found).toEqual({ ...wanted, op: 'explain' })
  })
})
