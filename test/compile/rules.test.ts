/** What a `lower` gives the builder is checked, and results that share the bytes of other arrays have their own type. */
import { array, compile, defineOp, type Lower, type Lowered, pointwise, run, type Tensor } from 'freegrad'
import { add, bitcast, elementwise, floating, sameAsOperand } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const lowered = (lower: Lower<undefined>) =>
  defineOp({
    name: 'lowered',
    arity: 1,
    type: sameAsOperand(floating),
    evaluate: elementwise((x) => x),
    jvp: [(dx) => dx],
    batch: pointwise,
    lower
  })

const x = array([
  [1, 2, 3],
  [4, 5, 6]
])
const same: Lowered = { type: x.type }

describe('the builder refuses', () => {
  it.each<readonly [name: string, lower: Lower<undefined>, problem: RegExp]>([
    ['an axis that is not there', (b, [x]) => b.reduce('sum', x, [7]), /b\.reduce, and the axes are \[7\]/],
    ['a negative axis', (b, [x]) => b.reduce('sum', x, [-1]), /b\.reduce/],
    ['an axis twice', (b, [x]) => b.reduce('sum', x, [1, 1]), /b\.reduce/],
    ['a view that describes no axis', (b, [x]) => b.view(x, [2, 3], []), /0 axes are described of 2/],
    [
      'a view beyond the end',
      (b, [x]) =>
        b.view(
          x,
          [2, 3],
          [
            { axis: 0, start: 0, step: 1 },
            { axis: 1, start: 1, step: 1 }
          ]
        ),
      /axis 1 is read from 1 to 3/
    ],
    [
      'a view before the start',
      (b, [x]) =>
        b.view(
          x,
          [2, 3],
          [
            { axis: 0, start: 0, step: -1 },
            { axis: 1, start: 0, step: 1 }
          ]
        ),
      /axis 0 is read from 0 to -1/
    ],
    ['a concatenation along no axis', (b, [x]) => b.concatenate([x, x], 3), /b\.concatenate, and axis 3/],
    ['parts of other sizes', (b, [x]) => b.concatenate([x, b.reduce('sum', x, [0])], 0), /differ in dtype, or in size/],
    ['a reshape to another size', (b, [x]) => b.reshape(x, [7]), /b\.reshape/],
    ['a sort along no axis', (b, [x]) => b.convert(b.argsort(x, 2), 'float64'), /b\.argsort/],
    ['a routine of another kind', (b, [x]) => b.routine({ name: 'fourier' }, x, '', () => array([1])), /b\.routine/],
    ['a product over axes of other sizes', (b, [x]) => b.dot(x, x, [[1], [0]], [[], []]), /b\.dot/],
    [
      'a gather after more batch axes than there are',
      (b, [x]) => b.gather(x, b.constant(0, 'int32'), 0, 1),
      /b\.gather/
    ],
    [
      'a pad whose fill has another dtype',
      (b, [x]) => b.pad(x, b.constant(0, 'int32'), [2, 3], [0, 0], [1, 1]),
      /b\.pad/
    ],
    [
      'a recurrence along no axis',
      (b, [x]) => b.scan([x], { axis: 2 }, { first: ([x]) => [x], next: ([s]) => [s] }),
      /b\.scan/
    ],
    [
      'states that change their type',
      (b, [x]) =>
        b.iterate({
          length: 2,
          reverse: false,
          states: [x],
          sequences: [],
          step: ([s]) => ({ next: [b.convert(s, 'float32')], outputs: [] })
        }).last[0],
      /b\.iterate, and a step gives states of other types/
    ],
    [
      'a test that is not one bool',
      (b, [x]) => b.repeat({ states: [x], test: ([s]) => s, step: (s) => s })[0],
      /b\.repeat/
    ],
    ['a branch by a float', (b, [x]) => b.branch(b.constant(0.5, 'float64'), [() => [x], () => [x]])[0], /b\.branch/],
    ['what it did not make', (b) => b.reshape(same, [3, 2]), /which its builder did not make/]
  ])('%s', (_, lower, problem) => {
    const error = reason(() => compile((x: Tensor) => lowered(lower)(x))(x))
    expect(error.op).toBe('compile')
    expect(error.problem).toMatch(problem)
  })
})

describe('a bitcast of many elements', () => {
  const doubles = array(Float64Array.from({ length: 1500 }, (_, i) => Math.sin(i) * 10 ** ((i % 600) - 300)))
  const bits = (x: Tensor) => bitcast(x, { dtype: 'uint32' })

  it.each<readonly [name: string, f: (x: Tensor) => ReadonlyArray<Tensor>]>([
    ['of an argument', (x) => [bits(x)]],
    ['of what is computed', (x) => [bits(add(x, x))]],
    ['of what is a result too', (x) => [add(x, x), bits(add(x, x)), add(x, x)].map((y) => y)],
    ['and back', (x) => [bitcast(bits(x), { dtype: 'float64' })]]
  ])('is that of run: %s', (_, f) => {
    const got = compile(f)(doubles)
    const want = run(f(doubles as never))
    got.forEach((y, k) => {
      expect(y.data.constructor).toBe(want[k].data.constructor)
      expect(y).toEqual(want[k])
    })
    // What comes next finds it in memory.
    const bit = got.find(({ dtype }) => dtype === 'uint32')
    if (bit !== undefined) expect(compile((x: Tensor) => add(x, 1))(bit)).toEqual(run(add(bit, 1)))
  })
})
