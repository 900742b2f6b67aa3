/** The workloads as one would write them with jax-js: every function consumes its arguments, `ref` keeps one. */

import { grad, hessian, init, jit, nn, numpy as np, valueAndGrad, vmap } from '@jax-js/jax'
import * as data from './data.mjs'

export const name = 'jax-js jit'
export const ready = () => init('wasm')

const f32 = (x, shape = [x.length]) => np.array(x).reshape(shape)
const read = (x) => x.dataSync()

const regressionLoss = (inputs, targets) => (W, b) => {
  const p = nn.sigmoid(np.dot(inputs.ref, W).add(b))
  const q = np.where(targets.ref, p.ref, np.subtract(1, p))
  return np.log(q).sum().neg()
}

/** The same loss, or a multiple of it: another program, which takes as long. */
const weighted = (loss, weight) => (weight === undefined ? loss : (...args) => loss(...args).mul(weight))

const matmul = (n, transposed) => {
  const { a, b } = data.matrices(n)
  const [x, y] = [f32(a, [n, n]), f32(b, [n, n])]
  const f = jit((x, y) => np.matmul(transposed ? x.transpose() : x, y))
  return () => read(f(x.ref, y.ref))
}

/** What each workload computes, as a function that gives all of its numbers in one list. */
export const workloads = {
  slope: () => {
    const f = jit(grad((x) => x.ref.mul(x.ref).mul(x.ref).add(x.ref.mul(x.ref).mul(2)).sub(x.mul(3)).add(1)))
    return (x) => [read(f(x))[0]]
  },
  regression: (weight) => {
    const { inputs, targets, W, b } = data.tutorial
    const loss = regressionLoss(f32(inputs, [4, 3]), f32(targets).greater(0.5))
    const f = jit(valueAndGrad(weighted(loss, weight), { argnums: [0, 1] }))
    const w = f32(W)
    const bias = np.array(b)
    return () => {
      const [value, [dW, db]] = f(w.ref, bias.ref)
      return [read(value)[0], ...read(dW), read(db)[0]]
    }
  },
  rosenbrock: () => {
    const { n, x } = data.rosenbrock
    const f = jit(
      hessian((x) => {
        const head = x.ref.slice([0, n - 1])
        const tail = x.slice([1, n])
        const rise = tail.sub(head.ref.mul(head.ref))
        const rest = np.subtract(1, head)
        return rise.ref.mul(rise).mul(100).add(rest.ref.mul(rest)).sum()
      })
    )
    const point = f32(x)
    return () => read(f(point.ref))
  },
  batched: () => {
    const f = jit(vmap(grad((x) => np.sin(x.ref).mul(x.ref.mul(x)))))
    const x = f32(data.batched.x)
    return () => read(f(x.ref))
  },
  longSum: () => {
    const f = jit(
      valueAndGrad((x) => {
        const square = x.ref.mul(x.ref)
        return np
          .tanh(x)
          .mul(np.exp(square.ref.neg()))
          .add(np.log(square.add(1)))
          .sum()
      })
    )
    const x = f32(data.longSum.x)
    return () => {
      const [value, slope] = f(x.ref)
      return [read(value)[0], read(slope)]
    }
  },
  largeRegression: () => {
    const { rows, columns, x, targets, W, b } = data.largeRegression
    const f = jit(valueAndGrad(regressionLoss(f32(x, [rows, columns]), f32(targets).greater(0.5)), { argnums: [0, 1] }))
    const w = f32(W)
    const bias = np.array(b)
    return () => {
      const [value, [dW, db]] = f(w.ref, bias.ref)
      return [read(value)[0], read(db)[0], read(dW)]
    }
  },
  mlp: (weight) => {
    const { batch, layers, x, labels, weights, biases } = data.mlp
    const inputs = f32(x, [batch, 784])
    const targets = f32(labels, [batch, 10])
    const loss = ({ W, b }) => {
      const first = np.tanh(np.matmul(inputs.ref, W[0]).add(b[0]))
      const second = np.tanh(np.matmul(first, W[1]).add(b[1]))
      return nn.logSoftmax(np.matmul(second, W[2]).add(b[2]), -1).mul(targets.ref).sum().neg().div(batch)
    }
    const f = jit(valueAndGrad(weighted(loss, weight)))
    const W = weights.map((w, k) => f32(w, [layers[k], layers[k + 1]]))
    const b = biases.map((each) => f32(each))
    return () => {
      const [value, slopes] = f({ W: W.map((w) => w.ref), b: b.map((each) => each.ref) })
      return [read(value)[0], ...slopes.b.map(read), ...slopes.W.map(read)]
    }
  },
  matmul256: () => matmul(256),
  matmul512: () => matmul(512),
  matmul1024: () => matmul(1024),
  matmul2048: () => matmul(2048),
  transposed1024: () => matmul(1024, true),
  sum: () => {
    const f = jit((x) => x.sum())
    const x = f32(data.vectors.a)
    return () => [read(f(x.ref))[0]]
  },
  add: () => {
    const f = jit((x, y) => x.add(y))
    const [x, y] = [f32(data.vectors.a), f32(data.vectors.b)]
    // Kept as an array of the library's own.
    let kept
    const step = () => {
      kept?.dispose()
      kept = f(x.ref, y.ref)
      // One element is read, since a result that nobody looks at is not computed yet.
      return [read(kept.ref.slice([0, 1]))[0]]
    }
    step.numbers = () => [read(f(x.ref, y.ref))]
    return step
  }
}
