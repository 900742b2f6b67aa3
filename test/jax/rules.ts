/** The functions of family `rules`, in freegrad: those with rules of their own, roots and linear solves. */

import {
  array,
  customJvp,
  customLinearSolve,
  customRoot,
  customVjp,
  foriLoop,
  grad,
  jvp,
  scan,
  type Tensor,
  vmap
} from 'freegrad'
import * as np from 'freegrad/numpy'

// --- model
type Fn = (...xs: Tensor[]) => Tensor
type Matvec = (x: Tensor) => Tensor

// --- combinators
const flat = (...xs: ReadonlyArray<Tensor>): Tensor => np.concatenate(xs.map((x) => np.reshape(x, [-1])))
const gradient =
  (f: Fn): Fn =>
  (...xs) =>
    flat(...grad((...ys: Tensor[]) => np.sum(f(...ys)), { argnums: xs.map((_, n) => n) })(...xs))

/** The same, lane by lane of the last operand wherever the first has no axis to share it with. */
const inLanes =
  (f: Fn, rank: number): Fn =>
  (x, y) =>
    y.type.shape.length > rank ? vmap(f, { inAxes: [null, 0] })(x, y) : f(x, y)

// --- functions with rules
const log1pexp: Fn = customJvp(
  (x) => np.log1p(np.exp(x)),
  ([x], [dx]) => [log1pexp(x), np.mul(dx, np.sub(1, np.div(1, np.add(1, np.exp(x)))))]
)

const through: Fn = customJvp(
  (x) => np.round(x),
  ([x], [dx]) => [through(x), dx]
)

const untrue: Fn = customJvp(
  (x: Tensor, y: Tensor) => np.mul(np.sin(x), y),
  ([x, y], [dx, dy]) => [untrue(x, y), np.add(np.mul(np.mul(dx, x), y), np.mul(dy, np.exp(x)))]
)

const product: Fn = customVjp((x: Tensor, y: Tensor) => np.mul(x, np.sin(y)), {
  forward: (x, y) => [product(x, y), { x, y }],
  backward: ({ x, y }, ct) => [np.mul(ct, np.sin(y)), np.mul(np.mul(ct, x), np.cos(y))]
})

const untrueBackward: Fn = customVjp((x: Tensor, y: Tensor) => np.mul(np.sin(x), y), {
  forward: (x, y) => [np.mul(np.sin(x), y), { x, y }],
  backward: ({ x, y }, ct) => [np.mul(np.mul(ct, x), y), np.mul(ct, np.exp(x))]
})

const clipped = customVjp((x) => x, { forward: (x) => [x, null], backward: (_, ct) => [np.clip(ct, -1, 1)] })

const inside =
  (f: Fn): Fn =>
  (c, xs) =>
    flat(...scan((c, x) => [np.add(f(c, x), np.mul(0.5, c)), f(x, c)], c, xs))

// --- implicit functions
const cubic: Fn = (s, w) =>
  customRoot(
    (x: Tensor) => np.sub(np.add(np.mul(x, np.mul(x, x)), x), np.mul(s, w)),
    np.zerosLike(s),
    (f, x) => foriLoop(0, 20, (_, x) => np.sub(x, np.div(f(x), np.add(np.mul(3, np.mul(x, x)), 1))), x),
    (g, y) => np.div(y, g(np.onesLike(y)))
  )

/** The solution by Cramer's rule, of two equations. */
const dense = (matvec: Matvec, b: Tensor): Tensor => {
  const columns = vmap(matvec)(np.eye(2, { dtype: b.type.dtype }))
  const at = (i: number, k: number): Tensor => np.at(columns, k, i)
  const det = np.sub(np.mul(at(0, 0), at(1, 1)), np.mul(at(0, 1), at(1, 0)))
  const [p, q] = [np.at(b, 0), np.at(b, 1)]
  const first = np.sub(np.mul(at(1, 1), p), np.mul(at(0, 1), q))
  const second = np.sub(np.mul(at(0, 0), q), np.mul(at(1, 0), p))
  return np.div(np.stack([first, second]), det)
}

const system: Fn = (w, s) =>
  customRoot(
    (x: Tensor) => np.sub(np.add(np.add(np.matmul(w, x), np.pow(x, 3)), np.mul(4, x)), s),
    np.zerosLike(s),
    (f, x) => {
      const step = (x: Tensor) =>
        np.sub(
          x,
          dense((v) => jvp((x: Tensor) => f(x))([x], [v])[1], f(x))
        )
      return foriLoop(0, 20, (_, x) => step(x), x)
    },
    dense
  )

const plus = (scale: number, a: Tensor): Tensor => np.add(a, np.mul(scale, np.eye(2, { dtype: a.type.dtype })))

const solution: Fn = (w, b) => customLinearSolve((x: Tensor) => np.matmul(plus(4, w), x), b, dense, dense)

const symmetric: Fn = (w, b) => {
  const a = plus(1, np.matmul(w, np.transpose(w)))
  return customLinearSolve((x: Tensor) => np.matmul(a, x), b, dense, { symmetric: true })
}

// --- instances
export const rules: Readonly<Record<string, (params: never) => Fn>> = {
  log1pexp: () => log1pexp,
  through: () => (x, y) => np.mul(through(np.mul(x, 3)), y),
  untrue: () => (x, y) => (x.type.shape.length === 0 ? inLanes(untrue, 0)(x, y) : untrue(x, y)),
  product: () => (x, y) => gradient(x.type.shape.length === 0 ? inLanes(product, 0) : product)(x, y),
  false: () => gradient(untrueBackward),
  clipped: () =>
    gradient((x, y) => np.mul(clipped(np.mul(np.sin(x), y)), array([0.5, 3, -2, 0.25], { dtype: x.type.dtype }))),
  scanned: ({ body }: { body: string }) => (body === 'untrue' ? inside(untrue) : gradient(inside(product))),
  falseScanned: () => gradient(inside(untrueBackward)),
  cubic: () => (s, w) => (s.type.shape.length === 0 ? cubic(s, w) : vmap(cubic, { inAxes: [0, null] })(s, w)),
  system: () => inLanes(system, 1),
  solution: () => inLanes(solution, 1),
  symmetric: () => inLanes(symmetric, 1)
}
