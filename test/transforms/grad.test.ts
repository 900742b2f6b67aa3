import * as fc from 'fast-check'
import {
  array,
  foriLoop,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  linearTranspose,
  type NDArray,
  run,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap
} from 'freegrad'
import {
  abs,
  add,
  clamp,
  concatenate,
  cumprod,
  div,
  dot,
  exp,
  gt,
  integerPow,
  log,
  logaddexp,
  logistic,
  max,
  maximum,
  minimum,
  mul,
  pow,
  prod,
  select,
  sin,
  slice,
  sqrt,
  sub,
  sum,
  tanh
} from 'freegrad/ops'
import { inspect, map, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'

const at = (f: (x: Tensor) => Tensor, x: number): number => run(f(tensor(x))).item()
const iterate = (f: (x: Tensor) => Tensor, order: number): ((x: Tensor) => Tensor) =>
  order === 0 ? f : iterate((x) => grad(f)(x), order - 1)
const total = (x: Tensor): Tensor => sum(x, { axes: x.type.shape.map((_, axis) => axis) })
const relative = (got: number, want: number): number => Math.abs(got - want) / Math.abs(want)

describe('grad', () => {
  it('differentiates with respect to argnums, in their order', () => {
    const f = (a: Tensor, b: Tensor, c: Tensor) => add(mul(a, b), mul(b, c))
    const numbers = (xs: ReadonlyArray<NDArray>) => xs.map((x) => x.item())
    expect(run(grad(f, { argnums: -1 })(2, 3, 5)).item()).toBe(3)
    expect(numbers(run(grad(f, { argnums: [2, 0, -2] })(2, 3, 5)))).toEqual([3, 3, 7])
    expect(numbers(run(grad(f, { argnums: [1] })(2, 3, 5)))).toEqual([7])
  })

  it('passes auxiliary data through', () => {
    const f = (x: Tensor) => [mul(x, x), { half: div(x, 2), note: null }] as const
    const [slope, aux] = run(grad(f, { hasAux: true })(6))
    expect([slope.item(), aux.half.item(), aux.note]).toEqual([12, 3, null])
    const [[value, again], gradient] = run(valueAndGrad(f, { hasAux: true })(6))
    expect([value.item(), again.half.item(), gradient.item()]).toEqual([36, 3, 12])
    const [y, pullback, extra] = vjp(f, { hasAux: true })(6)
    expect([run(y).item(), run(pullback(1))[0].item(), run(extra.half).item()]).toEqual([36, 12, 3])
  })

  it('keeps the dtype of each leaf', () => {
    const f = (p: { a: Tensor; b: Tensor }) => total(mul(p.a, p.b))
    const gradient = run(grad(f)({ a: Float32Array.of(1, 2), b: Float64Array.of(3, 4) }))
    expect([gradient.a.dtype, gradient.b.dtype]).toEqual(['float32', 'float64'])
  })

  it('gives float64 zeros for integer leaves of a pullback', () => {
    const [, pullback] = vjp((x: Tensor, n: Tensor) => mul(x, n))(2, array([3, 4], { dtype: 'int32' }))
    const [dx, dn] = run(pullback(array([1, 1])))
    expect([dx.item(), dn.dtype, dn.toNested()]).toEqual([7, 'float64', [0, 0]])
  })

  it('does not confuse perturbations of nested derivatives', () => {
    // d/dx [x · d/dy (x + y)] = 1 and d/dx [x · d/dy (x·y)] = 2x
    expect(at((x) => grad((x) => mul(x, grad((y) => add(x, y))(1)))(x), 5)).toBe(1)
    expect(at((x) => grad((x) => mul(x, grad((y) => mul(x, y))(1)))(x), 5)).toBe(10)
    expect(at((x) => grad((x) => grad((y) => mul(x, mul(y, y)))(x))(x), 5)).toBe(20)
    const tangent = (x: Tensor) => jvp((y) => mul(x, y))([x], [1])[1]
    expect(at((x) => jvp(tangent)([x], [1])[1], 7)).toBe(1)
  })

  it('treats the result of stopGradient as a constant', () => {
    expect(at((x) => grad((x) => mul(x, stopGradient(x)))(x), 3)).toBe(3)
  })

  it('takes a number as float64, whatever its value', () => {
    const ints = array(3, { dtype: 'int32' })
    expect(run(grad((x) => mul(x, ints))(2)).dtype).toBe('float64')
  })
})

describe('derivatives at kinks, in tails and at zeros', () => {
  it('take the subgradient of least norm', () => {
    expect(at(iterate(abs, 1), 0)).toBe(0)
    expect(at((x) => grad((x) => maximum(x, 2))(x), 2)).toBe(0.5)
    expect(at((x) => grad((x) => minimum(x, 2))(x), 2)).toBe(0.5)
    expect(at((x) => grad((x) => clamp(0, x, 1))(x), 1)).toBe(0)
    expect(run(grad((x) => max(x, { axes: [0] }))(array([3, 1, 3, 3]))).toNested()).toEqual([1 / 3, 0, 1 / 3, 1 / 3])
    expect(
      run(
        grad((x) => max(x, { axes: [0, 1] }))(
          array([
            [3, 1],
            [3, 3]
          ])
        )
      ).toNested()
    ).toEqual([
      [1 / 3, 0],
      [1 / 3, 1 / 3]
    ])
  })

  it('are accurate in the tails', () => {
    expect(relative(at(iterate(logistic, 1), 40), Math.exp(-40))).toBeLessThan(1e-15)
    expect(relative(at(iterate(logistic, 1), -700), Math.exp(-700))).toBeLessThan(1e-13)
    expect(relative(at(iterate(tanh, 1), 20), 4 * Math.exp(-40))).toBeLessThan(1e-14)
    expect(relative(at(iterate(tanh, 2), 20), -8 * Math.exp(-40))).toBeLessThan(1e-14)
    expect(at(iterate(tanh, 3), 800)).toBe(0)
    const softplus = (x: Tensor) => logaddexp(x, 0)
    expect([-1000, 1000].map((x) => at(softplus, x))).toEqual([0, 1000])
    expect([-1000, 1000].map((x) => at(iterate(softplus, 1), x))).toEqual([0, 1])
    expect([-1000, 1000].map((x) => at(iterate(softplus, 2), x))).toEqual([0, 0])
  })

  it('of powers are correct at 0 to third order', () => {
    for (const n of [0, 1, 2, 3, 4])
      for (const order of [0, 1, 2, 3]) {
        const want = order === n ? [1, 1, 2, 6, 24][n] : 0
        expect([
          n,
          order,
          at(
            iterate((x) => integerPow(x, { n }), order),
            0
          )
        ]).toEqual([n, order, want])
        expect([
          n,
          order,
          at(
            iterate((x) => pow(x, n), order),
            0
          )
        ]).toEqual([n, order, want])
      }
  })

  it('of a product with a zero are products of the other factors, to third order', () => {
    const cases = [
      [0, 2, 3],
      [0, 0, 3],
      [0, 0, 0],
      [5, 2, 3]
    ]
    for (const xs of cases) {
      const others = xs.map((_, i) => xs.reduce((p, x, k) => (k === i ? p : p * x), 1))
      expect(run(grad((x) => prod(x, { axes: [0] }))(array(xs))).toNested()).toEqual(others)
      const cumulative = run(jacrev((x) => cumprod(x, { axis: 0, reverse: false }))(array(xs))).toNested()
      expect(cumulative).toEqual(
        xs.map((_, r) =>
          xs.map((_, i) => (i > r ? 0 : xs.slice(0, r + 1).reduce((p, x, k) => (k === i ? p : p * x), 1)))
        )
      )
    }
    const third = (x: Tensor) => hessian((x) => prod(x, { axes: [0] }))(x)
    const tensor3 = run(jacfwd(third)(array([0, 0, 0]))).toNested() as number[][][]
    expect(tensor3.flat(2).filter((d) => d !== 0)).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('are not affected by a branch that was not taken', () => {
    const safe = (x: Tensor) => total(select(gt(x, 0), sqrt(x), 0))
    const xs = array([0, 4, -1])
    for (const order of ['value', 'first', 'second', 'third'] as const) {
      const derivative = {
        value: safe,
        first: (x: Tensor) => total(grad(safe)(x)),
        second: (x: Tensor) => total(grad((x) => total(grad(safe)(x)))(x)),
        third: (x: Tensor) => total(grad((x) => total(grad((x) => total(grad(safe)(x)))(x)))(x))
      }[order]
      expect([order, at((x) => derivative(mul(x, xs)), 1)]).toEqual([
        order,
        { value: 2, first: 0.25, second: -1 / 32, third: 3 / 256 }[order]
      ])
    }
    const weights = array([
      [1, 2, 3],
      [Number.NaN, 1, 1],
      [4, 5, 6]
    ])
    const mask = array([true, false, true])
    const masked = (x: Tensor) =>
      total(select(mask, dot(weights, log(x), { contract: [[1], [0]], batch: [[], []] }), 0))
    const reverse = run(grad(masked)(array([1, 2, 4]))).toNested()
    expect(reverse).toEqual([5, 3.5, 2.25])
    expect(run(jacfwd(masked)(array([1, 2, 4]))).toNested()).toEqual(reverse)
    for (const J of [jacrev, jacfwd]) {
      const hessianBlock = run(J(grad(masked))(array([1, 2, 4])))
      expect(Array.from(hessianBlock.data, (x) => x + 0)).toEqual([-5, 0, 0, 0, -1.75, 0, 0, 0, -0.5625])
    }
  })
})

describe('the other transforms', () => {
  const vector = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 })
  const f = (x: Tensor) => total(mul(sin(x), exp(mul(x, 0.5))))

  it('hvp is the Hessian times the vector', () => {
    fc.assert(
      fc.property(vector, vector, (x, v) => {
        const H = run(hessian(f)(array(x))).toNested() as number[][]
        const [product] = run(hvp(f)([array(x)], [array(v)]))
        H.map((row) => row.reduce((s, h, k) => s + h * v[k], 0)).forEach((want, i) => {
          expect(product.at(i)).toBeCloseTo(want, 9)
        })
      })
    )
  })

  it('Jacobians are trees: output leaves by input leaves', () => {
    const g = (p: { a: Tensor; b: Tensor }) => ({ sum: add(p.a, total(p.b)), twice: mul(2, p.b) })
    const p = { a: 1, b: array([2, 3]) }
    for (const J of [run(jacfwd(g)(p)), run(jacrev(g)(p))]) {
      expect([J.sum.a.toNested(), J.sum.b.toNested()]).toEqual([1, [1, 1]])
      expect([J.twice.a.toNested(), J.twice.b.toNested()]).toEqual([
        [0, 0],
        [
          [2, 0],
          [0, 2]
        ]
      ])
    }
  })

  it('Jacobians and Hessians go through programs', () => {
    const half = (x: Tensor) =>
      map((y: NDArray) => (y.item() > 0 ? mul(x, mul(x, x)) : x))(inspect(sum(x, { axes: [0] })))
    const f = (x: Tensor) => map((y: Tensor) => sum(y, { axes: [0] }))(half(x))
    for (const J of [jacfwd, jacrev]) {
      expect(run(runProgram(J(half)(array([1, 2])))).toNested()).toEqual([
        [3, 0],
        [0, 12]
      ])
      expect(run(runProgram(J(half)(array([1, -2])))).toNested()).toEqual([
        [1, 0],
        [0, 1]
      ])
    }
    expect(run(runProgram(hessian(f)(array([1, 2])))).toNested()).toEqual([
      [6, 0],
      [0, 12]
    ])
    expect(run(runProgram(hvp(f)([array([1, 2])], [array([1, 1])]))[0]).toNested()).toEqual([6, 12])
    const pair = (x: Tensor, y: Tensor) => map(() => ({ product: mul(x, y), x }))(inspect(x))
    const [dx, dy] = run(runProgram(jacrev(pair, { argnums: [0, 1] })(2, 3))).product
    expect([dx.item(), dy.item()]).toEqual([3, 2])
  })

  it('a pushforward and a pullback can be used again, and batched', () => {
    const [, push] = linearize((x: Tensor) => mul(x, x))(array([1, 2, 3]))
    const [, pullback] = vjp((x: Tensor) => mul(x, x))(array([1, 2, 3]))
    const unit = array([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1]
    ])
    expect(run(vmap((t: Tensor) => push(t))(unit)).toNested()).toEqual([
      [2, 0, 0],
      [0, 4, 0],
      [0, 0, 6]
    ])
    expect(run(vmap((t: Tensor) => pullback(t)[0])(unit)).toNested()).toEqual([
      [2, 0, 0],
      [0, 4, 0],
      [0, 0, 6]
    ])
    expect(run(push(array([1, 1, 1]))).toNested()).toEqual([2, 4, 6])
  })

  it('linearTranspose accepts functions that contain zeros in any form', () => {
    const mask = array([true, false])
    const zero = array([0, 0])
    const forms: ReadonlyArray<(x: Tensor) => Tensor> = [
      (x) => select(mask, x, 0),
      (x) => select(mask, x, zero),
      (x) => add(select(mask, x, mul(0, tensor([1, 2]))), zero),
      (x) => sub(select(mask, x, stopGradient(zero)), mul(0, 3)),
      (x) =>
        concatenate(
          slice(x, { starts: [0], limits: [1], strides: [1] }),
          slice(zero, { starts: [0], limits: [1], strides: [1] }),
          { axis: 0 }
        ),
      (x) => foriLoop(0, 1, (_, c: Tensor) => add(c, select(mask, x, 0)), tensor(zero))
    ]
    for (const f of forms) expect(run(linearTranspose(f)(zero)(array([2, 3]))[0]).toNested()).toEqual([2, 0])
  })

  it('linearTranspose is the transposed matrix', () => {
    const A = array([
      [1, 2, 3],
      [4, 5, 6]
    ])
    const [ct] = linearTranspose((x: Tensor) => dot(A, x, { contract: [[1], [0]], batch: [[], []] }))(array([0, 0, 0]))(
      array([1, 10])
    )
    expect(run(ct).toNested()).toEqual([41, 52, 63])
  })
})
