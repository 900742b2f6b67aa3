/** The tutorial's results: the numbers of docs/tutorial.md by name, in float32 or float64. */
import {
  array,
  checkGrads,
  grad,
  type Leaf,
  type Like,
  type NDArray,
  run,
  type Tensor,
  tensor,
  valueAndGrad
} from 'freegrad'
import * as np from 'freegrad/numpy'
import { key, normal, split } from 'freegrad/random'

// --- model
export type Precision = 'float32' | 'float64'
export type Result = readonly [name: string, value: NDArray]

/** Functions of the weights and the bias. */
export type Regression = Readonly<{ predict: (W: Tensor, b: Tensor) => Tensor; loss: (W: Tensor, b: Tensor) => Tensor }>

type Params = Readonly<{ W: Tensor; b: Tensor }>

const { expr } = np

// --- constructors
/** The logistic function, `1 / (1 + e^-x)`, by way of tanh. */
export const sigmoid = (x: Like): Tensor => expr`0.5 * (tanh(${x} / 2) + 1)`

export const cubic = (x: Like): Tensor => expr`${x}**3 + 2*${x}**2 - 3*${x} + 1`

/** A logistic regression on four examples: the probability of each, and their negative log-likelihood. */
export const regression = (dtype: Precision): Regression => {
  const rows = [
    [0.52, 1.12, 0.77],
    [0.88, -1.08, 0.15],
    [0.52, 0.06, -1.3],
    [0.74, -2.49, 1.39]
  ]
  const inputs = array(rows, { dtype })
  const targets = array([true, true, false, true])
  const predict = (W: Tensor, b: Tensor): Tensor => sigmoid(expr`${inputs} @ ${W} + ${b}`)
  const loss = (W: Tensor, b: Tensor): Tensor => {
    const predictions = predict(W, b)
    return expr`-sum(log(${predictions} * ${targets} + (1 - ${predictions}) * (1 - ${targets})))`
  }
  return { predict, loss }
}

// --- combinators
/** The first derivatives of a function at a point, from the first to the `n`-th. */
const derivatives = (n: number, f: (x: Leaf) => Tensor, x: Leaf): ReadonlyArray<Tensor> =>
  n === 0 ? [] : [grad(f)(x), ...derivatives(n - 1, grad(f), x)]

const numbered = (name: string, values: ReadonlyArray<Tensor>): ReadonlyArray<readonly [string, Tensor]> =>
  values.map((value, i) => [`${name} ${i + 1}`, value])

/** All results in the order of the tutorial. Throws `GradientMismatch` if the loss fails its check. */
export const results = (dtype: Precision): ReadonlyArray<Result> => {
  const scalar = (x: number) => tensor(x, { dtype })
  const { predict, loss } = regression(dtype)
  const [rest, W_key, b_key] = split(key(0), 3) as [Tensor, Tensor, Tensor]
  const W = normal(W_key, [3], { dtype })
  const b = normal(b_key, [], { dtype })
  const W_grad = grad(loss, { argnums: 0 })(W, b)
  const b_grad = grad(loss, { argnums: 1 })(W, b)
  const both = grad(loss, { argnums: [0, 1] })(W, b)
  const [value, gradient] = valueAndGrad(loss, { argnums: [0, 1] })(W, b)
  const tree = grad((params: Params) => loss(params.W, params.b))({ W, b })

  const step = 1e-4
  const slope = (f: (distance: number) => Tensor) => np.div(np.sub(f(step / 2), f(-step / 2)), step)
  const [second, subkey] = split(rest) as [Tensor, Tensor]
  const vec = normal(subkey, [3], { dtype })
  const unitvec = np.div(vec, np.sqrt(np.vdot(vec, vec)))

  checkGrads(loss, { order: 2 })(W, b)

  const all: ReadonlyArray<readonly [string, Tensor]> = [
    ...numbered('tanh', derivatives(3, np.tanh, scalar(2))),
    ...numbered('cubic', derivatives(4, cubic, scalar(1))),
    ['key', rest],
    ['W_key', W_key],
    ['b_key', b_key],
    ['W', W],
    ['b', b],
    ['predictions', predict(W, b)],
    ['loss', loss(W, b)],
    ['W_grad', W_grad],
    ['b_grad', b_grad],
    ['both W_grad', both[0]],
    ['both b_grad', both[1]],
    ['tree W_grad', tree.W],
    ['tree b_grad', tree.b],
    ['value', value],
    ['value W_grad', gradient[0]],
    ['value b_grad', gradient[1]],
    ['b_grad_numerical', slope((distance) => loss(W, np.add(b, distance)))],
    ['second key', second],
    ['subkey', subkey],
    ['vec', vec],
    ['unitvec', unitvec],
    ['W_dirderiv_numerical', slope((distance) => loss(expr`${W} + ${distance} * ${unitvec}`, b))],
    ['W_dirderiv_autodiff', np.vdot(W_grad, unitvec)]
  ]
  const values = run(all.map(([, value]) => value))
  return all.map(([name], i) => [name, values[i] as NDArray])
}
