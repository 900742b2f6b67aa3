import {
  array,
  checkGrads,
  cost,
  customLinearSolve,
  customRoot,
  customVjp,
  foriLoop,
  grad,
  hessian,
  jvp,
  linearTranspose,
  run,
  type Tensor,
  tensor,
  vjp,
  vmap
} from 'freegrad'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

const nested = (x: Tensor) => run(x).toNested()

describe('customRoot', () => {
  const newton = (f: (x: Tensor) => Tensor, guess: Tensor) =>
    foriLoop(0, 30, (_, x) => np.sub(x, np.div(f(x), np.mul(2, x))), guess)
  const sqrt = (a: Tensor) =>
    customRoot(
      (x: Tensor) => np.sub(np.mul(x, x), a),
      1,
      newton,
      (g, y) => np.div(y, g(1))
    )

  it('returns the root, with the derivatives of the implicit function theorem, also under vmap', () => {
    expect(run(sqrt(tensor(9))).item()).toBe(3)
    expect(run(grad(sqrt)(9)).item()).toBeCloseTo(1 / 6, 15)
    expect(nested(vmap(sqrt)(array([4, 16])))).toEqual([2, 4])
    expect(nested(vmap(grad(grad(sqrt)))(array([1, 4])))).toEqual([-1 / 4, -1 / 32])
    checkGrads(sqrt, { order: 3 })(2)
    checkGrads((x: Tensor) => np.sum(np.mul(vmap(sqrt)(x), x)), { order: 2 })(array([1, 2, 3]))
  })

  it('runs its loop once, however it is differentiated', () => {
    const scans = (f: (x: Tensor) => unknown) => cost(f)(2).operations.scan
    expect(scans(sqrt)).toBe(1)
    expect(scans((x) => vjp(sqrt)(x)[1](1))).toBe(1)
    expect(scans((x) => jvp(sqrt)([x], [1]))).toBe(1)
    expect(scans((x) => grad(grad(sqrt))(x))).toBe(1)
  })

  it('accepts trees, and the guess has derivative 0', () => {
    // u² = a, u·v = b.
    const f = (a: Tensor, b: Tensor, from: Tensor) => {
      const { u, v } = customRoot(
        ({ u, v }) => ({ u: np.sub(np.mul(u, u), a), v: np.sub(np.mul(u, v), b) }),
        { u: from, v: from },
        (f, x) =>
          foriLoop(
            0,
            40,
            (_, { u, v }) => {
              const y = f({ u, v })
              return { u: np.sub(u, np.div(y.u, np.mul(2, u))), v: np.sub(v, np.div(y.v, u)) }
            },
            x
          ),
        (g, y) => {
          // The system is triangular: u alone, then v.
          const one = g({ u: 1, v: 0 })
          const u = np.div(y.u, one.u)
          return { u, v: np.div(np.sub(y.v, np.mul(one.v, u)), g({ u: 0, v: 1 }).v) }
        }
      )
      return np.add(np.mul(u, v), v)
    }
    expect(run(f(tensor(4), tensor(3), tensor(1))).item()).toBeCloseTo(4.5, 12)
    expect(run(grad(f, { argnums: 2 })(4, 3, 1)).item()).toBe(0)
    checkGrads((a: Tensor, b: Tensor) => f(a, b, tensor(1)), { order: 2 })(2, 3)
  })

  it('names the wrong leaf in errors', () => {
    const pair = { p: tensor(1), q: tensor([1, 2]) }
    type Pair = typeof pair
    const root = (f: (x: Pair) => unknown, solve: (x: Pair) => unknown = (x) => x, tangent: unknown = 0) => {
      const w = tensor(2)
      const scaled = (x: Pair) => {
        const y = f(x) as Pair
        return { ...y, p: np.mul(y.p, w) }
      }
      return customRoot(scaled as never, pair, ((_: unknown, x: Pair) => solve(x)) as never, (() => tangent) as never)
    }
    expect(reason(() => root(({ p }) => ({ p, q: p })))).toMatchObject({
      _tag: 'ShapeError',
      op: 'customRoot',
      path: '.q'
    })
    expect(
      reason(() =>
        root(
          (x) => x,
          ({ p }) => p
        )
      )
    ).toMatchObject({ _tag: 'TreeError', op: 'customRoot' })
    expect(
      reason(() =>
        customRoot(
          (x) => x,
          array(1, { dtype: 'int32' }),
          (_, x) => x,
          (_, y) => y
        )
      )
    ).toMatchObject({
      _tag: 'DTypeError'
    })
    const wrong = (w: Tensor) =>
      customRoot(
        (x) => np.sub(x, w),
        array([1, 2]),
        () => np.stack([w, w]),
        () => 0
      )
    expect(reason(() => jvp(wrong)([1], [1]))).toMatchObject({ _tag: 'ShapeError', op: 'customRoot' })
  })
})

describe('customLinearSolve', () => {
  const dot = (a: Tensor, b: Tensor) => np.sum(np.mul(a, b))
  const ratio = (a: Tensor, b: Tensor) => np.where(np.greater(b, 0), np.div(a, np.where(np.greater(b, 0), b, 1)), 0)

  /** Conjugate gradients, for symmetric positive definite systems. */
  const conjugateGradients = (matvec: (x: Tensor) => Tensor, b: Tensor): Tensor =>
    foriLoop(
      0,
      8,
      (_, { x, r, p, rr }) => {
        const ap = matvec(p)
        const alpha = ratio(rr, dot(p, ap))
        const rest = np.sub(r, np.mul(alpha, ap))
        const left = dot(rest, rest)
        return { x: np.add(x, np.mul(alpha, p)), r: rest, p: np.add(rest, np.mul(ratio(left, rr), p)), rr: left }
      },
      { x: np.zerosLike(b), r: b, p: b, rr: dot(b, b) }
    ).x

  const w = array([
    [1, 0.3, 0.2],
    [0.1, 2, 0.5],
    [0.4, 0, 1]
  ])
  const b = array([1, 2, 3])
  const definite = (w: Tensor) => np.add(np.matmul(w, np.transpose(w)), np.eye(3))
  const solve = (a: Tensor, b: Tensor) =>
    customLinearSolve((x: Tensor) => np.matmul(a, x), b, conjugateGradients, { symmetric: true })
  const f = (w: Tensor, b: Tensor) => np.sum(np.sin(solve(definite(w), b)))

  it('solves, and differentiates in both modes, in batches, and to higher orders', () => {
    const a = definite(tensor(w))
    const back = run(np.matmul(a, solve(a, tensor(b))))
    b.data.forEach((value, k) => {
      expect(back.data[k]).toBeCloseTo(value, 12)
    })
    checkGrads(f, { order: 2 })(w, b)
    const rows = array([
      [1, 2, 3],
      [0, 1, -1]
    ])
    checkGrads((w: Tensor) => np.sum(vmap((b: Tensor) => f(w, b))(rows)), { order: 2 })(w)
    checkGrads((b: Tensor) => np.sum(vmap(f, { inAxes: [0, null] })(np.stack([w, np.mul(w, 2)]), b)), { order: 2 })(b)
  })

  it('solves the transposed system for a cotangent', () => {
    // By the normal equations, in either direction.
    type Matvec = (x: Tensor) => Tensor
    const normal = (m: Matvec, transposed: Matvec) => (_: unknown, b: Tensor) =>
      conjugateGradients((x) => transposed(m(x)), transposed(b))
    const g = (w: Tensor, b: Tensor) => {
      const m = (x: Tensor) => np.matmul(w, x)
      const t = (x: Tensor) => np.matmul(np.transpose(w), x)
      return np.sum(np.sin(customLinearSolve(m, b, normal(m, t), normal(t, m))))
    }
    checkGrads(g, { order: 2 })(w, b)
  })

  it('passes the transposed system to the solver', () => {
    const seen: Array<unknown> = []
    const upper = tensor([
      [2, 1],
      [0, 4]
    ])
    const solveBy = (matvec: (x: Tensor) => Tensor, b: Tensor): Tensor => {
      const columns = vmap(matvec)(np.eye(2))
      seen.push(nested(np.transpose(columns)))
      const at = (i: number, k: number) => np.at(columns, k, i)
      const det = np.sub(np.mul(at(0, 0), at(1, 1)), np.mul(at(0, 1), at(1, 0)))
      const [p, q] = [np.at(b, 0), np.at(b, 1)]
      return np.stack([
        np.div(np.sub(np.mul(at(1, 1), p), np.mul(at(0, 1), q)), det),
        np.div(np.sub(np.mul(at(0, 0), q), np.mul(at(1, 0), p)), det)
      ])
    }
    const g = (b: Tensor) => customLinearSolve((x: Tensor) => np.matmul(upper, x), b, solveBy, solveBy)
    const [y, back] = vjp(g)(array([4, 4]))
    expect([nested(y), nested(back(array([2, 0]))[0])]).toEqual([
      [1.5, 1],
      [1, -0.25]
    ])
    expect(seen).toContainEqual([
      [2, 1],
      [0, 4]
    ])
    expect(seen).toContainEqual([
      [2, 0],
      [1, 4]
    ])
  })

  it('is linear inside a backward of customVjp, so that forward mode is its transpose', () => {
    // twice the derivative of the solution, in both modes
    const f = (w: Tensor, b: Tensor) => solve(definite(w), b)
    const twice = customVjp(f, {
      forward: (w, b) => [f(w, b), { w, b }],
      backward: ({ w, b }, ct) => vjp(f)(w, b)[1](np.mul(2, ct))
    })
    const point: [Tensor, Tensor] = [tensor(w), tensor(b)]
    const [, pushed] = jvp(twice)(point, point)
    expect(nested(np.max(np.abs(np.sub(pushed, np.mul(2, jvp(f)(point, point)[1])))))).toBeLessThan(1e-12)
    const [, pull] = vjp(twice)(...point)
    const [, back] = pull(tensor(b))
    expect(nested(np.max(np.abs(np.sub(linearTranspose((ct: Tensor) => pull(ct)[1])(b)(b)[0], back))))).toBeLessThan(
      1e-12
    )
  })

  it('runs its loop once for the value, and once for each direction', () => {
    const scans = (f: (b: Tensor) => unknown) => cost(f)(b).operations.scan
    expect(scans((b) => f(tensor(w), b))).toBe(1)
    expect(scans((b) => jvp((b: Tensor) => f(tensor(w), b))([b], [b]))).toBe(2)
    expect(scans((b) => grad((b: Tensor) => f(tensor(w), b))(b))).toBe(2)
  })

  it('names a missing solver in the error', () => {
    const g = (b: Tensor) =>
      np.sum(
        customLinearSolve(
          (x) => np.mul(2, x),
          b,
          (_, b) => np.div(b, 2)
        )
      )
    expect(nested(jvp((b: Tensor) => g(b))([b], [b])[1])).toBe(3)
    expect(reason(() => grad(g)(b))).toMatchObject({ _tag: 'NotDifferentiable', op: 'customLinearSolve' })
    const unlike = () =>
      customLinearSolve(
        (x: Tensor) => np.sum(x),
        tensor(b),
        (_, b) => b
      )
    expect(reason(unlike)).toMatchObject({ _tag: 'ShapeError', op: 'customLinearSolve' })
    expect(reason(() => hessian((b: Tensor) => g(np.mul(b, b)))(b))).toMatchObject({ _tag: 'NotDifferentiable' })
  })
})

// More tensors than a JavaScript call takes arguments. They are computed, because a constant is not captured.
describe('with 130,000 captured tensors', () => {
  const xs = Array.from({ length: 130_000 }, () => np.cos(tensor(0)))
  const total = np.sum(np.stack(xs))
  const f = (y: Tensor) => np.sub(np.mul(y, 2), np.sum(np.stack(xs)))

  it('customRoot returns the root', () => {
    const root = customRoot(
      f,
      1,
      (f, y) => np.sub(y, np.div(f(y), 2)),
      (g, y) => np.div(y, g(1))
    )
    expect(run(root).item()).toBe(65_000)
  })

  it('customLinearSolve returns the solution', () => {
    const scaled = (x: Tensor) => np.mul(x, np.sum(np.stack(xs)))
    const solved = customLinearSolve(scaled, total, (_, b) => np.div(b, total), { symmetric: true })
    expect(run(solved).item()).toBe(1)
  })
})
