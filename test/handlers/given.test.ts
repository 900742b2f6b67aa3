/** A declared operation whose rule gives another type than the type rule is refused, whichever rule and handler it is. */
import * as fc from 'fast-check'
import {
  array,
  type Declaration,
  defineOp,
  grad,
  jet,
  jvp,
  linear,
  pointwise,
  run,
  type Tensor,
  vjp,
  vmap
} from 'freegrad'
import { zeros } from 'freegrad/numpy'
import { add, convert, elementwise, floating, mul, neg, reshape, sameAsOperand, sameOperands, sum } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import type { Series } from '../../src/language/terms/series.js'
import { reason } from '../support/reason.js'

type Unary = Declaration<undefined>

const x = array([1, 2, 3])
const ones = array([1, 1, 1])
const all = (y: Tensor) => sum(y, { axes: [0] })
const narrow = (y: Tensor) => convert(y, { dtype: 'float32' })
const rows = (y: Tensor) => reshape(y, { shape: [1, ...y.type.shape] })

// The operation x ↦ -x as a formula of its partial derivative, and as a linear operation; one rule of each lies.
const nonlinear = (lie: object) =>
  defineOp<1>({
    name: 'opposite',
    arity: 1,
    type: sameAsOperand(floating),
    evaluate: elementwise((a) => -a),
    jvp: [(dx) => neg(dx)],
    batch: ([a]) => neg(a),
    ...lie
  })
const linearly = (lie: object) => nonlinear({ jvp: linear, transpose: [(ct: Tensor) => neg(ct)], ...lie })

const evaluated = (lie: Unary['evaluate']) => () => run(nonlinear({ evaluate: lie })(x))
const pushed = (lie: (dx: Tensor) => Tensor) => () => run(jvp(nonlinear({ jvp: [lie] }))([x], [ones])[1])
const reversed = (lie: (dx: Tensor) => Tensor) => () => run(grad((y) => all(nonlinear({ jvp: [lie] })(y)))(x))
const pulled = (lie: (ct: Tensor) => Tensor) => () => run(vjp(linearly({ transpose: [lie] }))(x)[1](ones))
const batched = (lie: Unary['batch']) => () => run(vmap(nonlinear({ batch: lie }))(array([[1, 2, 3]])))
const expanded = (lie: (dx: Tensor) => Tensor) => () =>
  run(
    jet(nonlinear({ taylor: (k: number, [a]: readonly [Series]) => lie(a.at(k) as Tensor) }))([x], [[ones, ones]])[1][1]
  )

describe('a rule that returns', () => {
  it.each([
    ['evaluate', evaluated(() => array([[1, 2, 3]])), evaluated(() => array([1, 2, 3], { dtype: 'float32' }))],
    ['evaluate', evaluated(() => array(1)), evaluated(() => array([1, 2, 3], { dtype: 'int32' }))],
    ['jvp', pushed(all), pushed(narrow)],
    ['jvp', pushed(rows), pushed((dx) => convert(dx, { dtype: 'int32' }))],
    ['jvp', reversed(all), reversed(narrow)],
    ['transpose', pulled(all), pulled(narrow)],
    ['transpose', pulled(rows), pulled((ct) => convert(ct, { dtype: 'int32' }))],
    ['batch', batched(([a]) => reshape(a, { shape: [3] })), batched(([a]) => narrow(a))],
    ['batch', batched(([a]) => ({ same: a })), batched(([a]) => ({ same: narrow(reshape(a, { shape: [3] })) }))],
    ['taylor', expanded(all), expanded(narrow)]
  ] as const)('another shape or dtype: %s', (rule, shape, dtype) => {
    for (const [tag, lie] of [
      ['ShapeError', shape],
      ['DTypeError', dtype]
    ] as const) {
      const failure = reason(lie)
      expect(failure).toMatchObject({ _tag: tag, op: 'opposite' })
      expect(failure.problem).toContain(`the ${rule} rule returns `)
    }
  })

  it.each([
    ['evaluate', () => run(nonlinear({ evaluate: () => 1 as never })(x))],
    ['jvp', pushed(() => 1 as never)],
    ['batch', batched(() => 1 as never)]
  ] as const)('no tensor: %s', (rule, lie) => {
    expect(reason(lie)).toMatchObject({ _tag: 'DTypeError', op: 'opposite', problem: expect.stringContaining(rule) })
  })

  it('a batch that is not pointwise although the rule says so', () => {
    const first = defineOp<1>({
      name: 'total',
      arity: 1,
      type: ([a]) => ({ ...a, shape: [] }),
      evaluate: ([a], _, type) =>
        elementwise(() => a.data.reduce((s, v) => s + v, 0))([array(0)] as never, undefined, type),
      jvp: [(dx) => all(dx)],
      batch: pointwise
    })
    expect(reason(() => vmap(first)(array([[1, 2, 3]])))).toMatchObject({ _tag: 'ShapeError', op: 'total' })
  })
})

describe('a pointwise operation that broadcasts its operands', () => {
  const plus = defineOp<2>({
    name: 'plus',
    arity: 2,
    type: sameOperands(floating),
    evaluate: elementwise((a, b) => a + b),
    jvp: [(dx) => dx, (dx) => dx],
    batch: pointwise
  })

  it('may give tangents and cotangents of the smaller operand', () => {
    expect(run(jvp((s: Tensor) => plus(s, x))([5], [2])[1]).toNested()).toEqual([2, 2, 2])
    expect(run(grad((s: Tensor) => all(mul(x, plus(s, x))))(5)).item()).toBe(6)
    expect(run(vmap((s: Tensor) => plus(s, x))(array([1, 2]))).toNested()).toEqual([
      [2, 3, 4],
      [3, 4, 5]
    ])
    expect(run(grad((s: Tensor) => all(add(plus(s, x), plus(x, s))))(5)).item()).toBe(6)
  })
})

describe('a tangent of a pointwise operation', () => {
  const sizes = fc.constantFrom(1, 2, 3)
  const shapes = fc.array(sizes, { maxLength: 3 })
  // Aligned at the last axes, each size is 1 or the size that it meets.
  const broadcasts = (from: ReadonlyArray<number>, to: ReadonlyArray<number>): boolean =>
    from.length <= to.length && from.every((n, k) => n === 1 || n === to[to.length - from.length + k])

  it('has a shape to which the operand broadcasts and which broadcasts to the result, and no other', () => {
    const law = fc.property(shapes, shapes, shapes, (least, rest, given) => {
      const most = broadcasts(least, rest) ? rest : least
      const whole = defineOp<2>({
        name: 'pair',
        arity: 2,
        type: sameOperands(floating),
        evaluate: elementwise((a, b) => a + b),
        jvp: [() => zeros(given), (dx) => dx],
        batch: pointwise
      })
      const tangent = () => jvp((y: Tensor) => whole(y, zeros(most)))([run(zeros(least))], [run(zeros(least))])[1]
      if (broadcasts(least, given) && broadcasts(given, most)) expect(run(tangent()).shape).toEqual(most)
      else expect(reason(tangent)).toMatchObject({ _tag: 'ShapeError', op: 'pair' })
    })
    fc.assert(law)
  })
})
