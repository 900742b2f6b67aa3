/** Transforms: how derivatives compose, and the forms in which they come agree. */

import * as fc from 'fast-check'
import {
  cost,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  linearTranspose,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp
} from 'freegrad'
import { add, dot, mul, sum } from 'freegrad/ops'
import { inner } from './arrays.js'
import { equation, type Law } from './law.js'
import { cotangent, type Fn, type Point, point, pull, push, results, sketch, tangent } from './point.js'
import { arranged, interpret, type Script, scripts } from './scripts.js'

// --- model
/** A point of one function, and a second function that takes its results. */
export interface Composed {
  readonly p: Point
  readonly g: Fn
}

// --- constructors
/** Random programs after random programs. */
export const compositions: fc.Arbitrary<Composed> = fc
  .tuple(scripts('smooth', { most: 8 }), scripts('smooth', { most: 8 }), fc.nat(1000))
  .map(([first, second, seed]) => composed(point(interpret(first), first.inputs, seed), second))

const composed = (p: Point, script: Script): Composed => {
  const g: Fn = (...ys) => interpret(script)(...script.inputs.map(({ shape }, k) => arranged(ys[k % ys.length], shape)))
  return Object.defineProperty({ p, g }, fc.toStringMethod, {
    value: () => `\n${sketch(p.f, p.x)}\nthen:\n${sketch(interpret(script), script.inputs)}`
  })
}

const both = ({ p: { f, x, seed }, g }: Composed): Point => point((...xs) => g(...f(...xs)), x, seed)

/** Forward mode is a functor: it takes compositions to compositions. */
export const forwardChainRule: Law<Composed> = equation(
  'jvp(g ∘ f) = jvp(g) ∘ jvp(f)',
  (c) => push(both(c), tangent(c.p)),
  ({ p, g }) => {
    const [y, dy] = jvp(p.f)([...p.x], [...tangent(p)])
    return jvp(g)(y, dy)[1]
  }
)

/** Reverse mode composes in reverse: the pullback of `g ∘ f` is the pullback of `g`, followed by the pullback of `f`. */
export const reverseChainRule: Law<Composed> = equation(
  'vjp(g ∘ f) = vjp(f) after vjp(g)',
  (c) => pull(both(c), cotangent(both(c))),
  (c) => {
    const [y, pullF] = vjp(c.p.f)(...c.p.x)
    const [, pullG] = vjp(c.g)(...y)
    return pullF(pullG([...cotangent(both(c))]))
  }
)

/** What a function captures is a constant to its derivative, also if it was made of the same variable outside. */
export const capture: Law<Composed> = equation(
  'the derivative of g(x, captured f(x)) is the partial one',
  ({ p, g }) => {
    const outside = (...xs: Tensor[]): Tensor => {
      const captured = p.f(...xs)
      return inner(grad(product(g, captured), { argnums: p.x.map((_, n) => n) })(...xs), tangent(p))
    }
    return grad(outside, { argnums: p.x.map((_, n) => n) })(...p.x)
  },
  ({ p, g }) => {
    // d/dx ∂₁h(x, y)·v at y = f(x) is ∂₁(∂₁h·v) and f's pullback of ∂₂(∂₁h·v), with x and y apart.
    const n = p.x.length
    const partial = (...xys: Tensor[]): Tensor => {
      const slopes = grad(product(g, xys.slice(n)), { argnums: p.x.map((_, k) => k) })(...xys.slice(0, n))
      return inner(slopes, tangent(p))
    }
    const [y, back] = vjp(p.f)(...p.x)
    const all = grad(partial, { argnums: [...p.x, ...y].map((_, k) => k) })(...p.x, ...y)
    const through = back(all.slice(n))
    return all.slice(0, n).map((direct, k) => add(direct, through[k]))
  }
)

// A scalar that depends on x and on what is captured, and mixes them.
const product =
  (g: Fn, captured: ReadonlyArray<Tensor>) =>
  (...xs: Tensor[]): Tensor =>
    mul(total(g(...xs)), total(g(...captured)))

const total = (ys: ReadonlyArray<Tensor>): Tensor =>
  ys.map((y) => sum(y, { axes: y.type.shape.map((_, axis) => axis) })).reduce((all, y) => add(all, y))

/** The identity's tangent is the direction. */
export const identity: Law<Point> = equation(
  'jvp(identity)(x, dx) = (x, dx)',
  (p) => jvp((...xs: Tensor[]) => xs)([...p.x], [...tangent(p)]),
  (p) => [p.x, tangent(p)],
  'identical'
)

/** The Jacobian by columns and by rows. */
export const jacobians: Law<Point> = equation(
  'jacfwd = jacrev',
  (p) => jacfwd(p.f, { argnums: every(p) })(...p.x),
  (p) => jacrev(p.f, { argnums: every(p) })(...p.x)
)

/** The Jacobian times a direction, all axes of the argument contracted. */
export const jacobianProduct: Law<Point> = equation(
  'Σ jacrev · dx = jvp',
  (p) =>
    jacrev(p.f, { argnums: every(p) })(...p.x).map((row) =>
      (row as unknown as ReadonlyArray<Tensor>)
        .map((block, k) => contract(block, tensor(tangent(p)[k])))
        .reduce((a, b) => add(a, b))
    ),
  (p) => push(p, tangent(p))
)

/** The Hessian is its own transpose, and `hvp` its product with a direction. */
export const hessians: Law<Point> = equation(
  'hessian · dx = hvp(dx) = dx · hessian',
  (p) => {
    const blocks = hessian(scalar(p), { argnums: every(p) })(...p.x) as unknown as ReadonlyArray<ReadonlyArray<Tensor>>
    const dx = tangent(p).map((d) => tensor(d))
    const rows = blocks.map((row) => row.map((block, k) => contract(block, dx[k])).reduce((a, b) => add(a, b)))
    const columns = dx.map((_, k) => blocks.map((row, j) => contractLeft(dx[j], row[k])).reduce((a, b) => add(a, b)))
    return [rows, columns]
  },
  (p) => {
    const product = hvp(scalar(p))([...p.x], [...tangent(p)])
    return [product, product]
  }
)

/** The pullback is the pushforward transposed. */
export const transposition: Law<Point> = equation(
  'linearTranspose(pushforward) = pullback',
  (p) => linearTranspose(linearize(p.f)(...p.x)[1])(...p.x)([...cotangent(p)]),
  (p) => pull(p, cotangent(p))
)

/** And transposed again it is itself. */
export const involution: Law<Point> = equation(
  'linearTranspose(linearTranspose(pushforward)) = pushforward',
  (p) => {
    const back = linearTranspose(linearize(p.f)(...p.x)[1])(...p.x)
    return linearTranspose((...ct: Tensor[]) => back(ct))(...results(p))([...tangent(p)])
  },
  (p) => push(p, tangent(p))
)

/** `grad` is `vjp` at 1, with the value or without. */
export const gradients: Law<Point> = equation(
  'valueAndGrad = [f, grad(f)] = vjp(f) at 1',
  (p) => [valueAndGrad(scalar(p), { argnums: every(p) })(...p.x), grad(scalar(p), { argnums: every(p) })(...p.x)],
  (p) => {
    const [value, back] = vjp(scalar(p))(...p.x)
    const gradient = back(tensor(1))
    return [[value, gradient], gradient]
  }
)

/** A stopped factor counts as a constant, and does not change the value. */
export const stopping: Law<Point> = equation(
  'the derivative of f · stopGradient(f) is f times that of f',
  (p) => {
    const y = scalar(p)
    return valueAndGrad((...xs) => mul(y(...xs), stopGradient(y(...xs))), { argnums: every(p) })(...p.x)
  },
  (p) => {
    const [value, slopes] = valueAndGrad(scalar(p), { argnums: every(p) })(...p.x)
    return [mul(value, value), slopes.map((slope) => mul(value, slope))]
  }
)

/**
 * Reverse mode costs at most five times the function of one output, however many inputs it has (Baur and Strassen 1983).
 * Moving elements counts for nothing, but what it repeats is summed by the transpose: the law is one of programs that use
 * what they repeat.
 */
export const cheapGradient: Law<Point> = equation(
  'cost of value and gradient ≤ 5 · cost of the value',
  (p) => {
    const ratio = costRatio(p)
    return ratio <= 5 ? 'at most 5' : `${ratio} times`
  },
  () => 'at most 5'
)

// --- combinators
/** How many times the operations of a scalar of a point's results its value and gradient take together. */
export const costRatio = (p: Point): number => {
  const y = (...xs: Tensor[]) => total(p.f(...xs).slice(-1))
  const alone = cost(y)(...p.x).flops
  return alone === 0 ? 0 : cost(valueAndGrad(y, { argnums: every(p) }))(...p.x).flops / alone
}

/** The laws of derivatives of compositions. */
export const composition: ReadonlyArray<Law<Composed>> = [forwardChainRule, reverseChainRule, capture]

/** The laws by which the forms of a derivative agree. */
export const forms: ReadonlyArray<Law<Point>> = [
  identity,
  jacobians,
  jacobianProduct,
  hessians,
  transposition,
  involution,
  gradients,
  stopping
]

const every = ({ x }: Point): number[] => x.map((_, n) => n)

const scalar =
  (p: Point) =>
  (...xs: Tensor[]): Tensor =>
    inner(p.f(...xs), cotangent(p))

// The last axes of a block, or its first ones, with all the axes of a direction.
const contract = (block: Tensor, d: Tensor): Tensor => {
  const lead = block.type.shape.length - d.type.shape.length
  const axes = d.type.shape.map((_, axis) => axis)
  return dot(block, d, { contract: [axes.map((axis) => axis + lead), axes], batch: [[], []] })
}

const contractLeft = (d: Tensor, block: Tensor): Tensor => {
  const axes = d.type.shape.map((_, axis) => axis)
  return dot(d, block, { contract: [axes, axes], batch: [[], []] })
}
