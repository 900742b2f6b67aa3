/** The workloads as one would write them with TensorFlow.js on its WebAssembly backend. */

import { availableParallelism } from 'node:os'
import * as tf from '@tensorflow/tfjs'
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm'
import * as data from './data.mjs'

export const name = 'tfjs wasm'
export const ready = async () => {
  setThreadsCount(availableParallelism())
  await tf.setBackend('wasm')
  await tf.ready()
}

const f32 = (x, shape = [x.length]) => tf.tensor(x, shape, 'float32')
const read = (x) => x.dataSync()

// The value and the gradients of a function of several tensors, read and let go.
const valueAndGrads = (f, args) => {
  const g = tf.valueAndGrads(f)
  return () => {
    const { value, grads } = tf.tidy(() => g(args))
    const out = [read(value)[0], ...grads.map(read)]
    tf.dispose([value, grads])
    return out
  }
}

const regressionLoss = (inputs, targets) => (W, b) => {
  const p = tf.sigmoid(tf.add(tf.reshape(tf.matMul(inputs, tf.reshape(W, [-1, 1])), [-1]), b))
  return tf.neg(tf.sum(tf.log(tf.where(targets, p, tf.sub(1, p)))))
}

/** The same loss, or a multiple of it: another program, which takes as long. */
const weighted = (loss, weight) => (weight === undefined ? loss : (...args) => tf.mul(loss(...args), weight))

const matmul = (n, transposed) => {
  const { a, b } = data.matrices(n)
  const [x, y] = [f32(a, [n, n]), f32(b, [n, n])]
  return () => {
    const z = tf.matMul(x, y, transposed ?? false)
    const out = read(z)
    z.dispose()
    return out
  }
}

export const workloads = {
  slope: () => {
    const g = tf.grad((x) => tf.add(tf.sub(tf.add(tf.mul(tf.mul(x, x), x), tf.mul(2, tf.mul(x, x))), tf.mul(3, x)), 1))
    return (x) => tf.tidy(() => [read(g(tf.scalar(x)))[0]])
  },
  regression: (weight) => {
    const { inputs, targets, W, b } = data.tutorial
    const loss = regressionLoss(f32(inputs, [4, 3]), tf.greater(f32(targets), 0.5))
    const f = valueAndGrads(weighted(loss, weight), [f32(W), tf.scalar(b)])
    return () => {
      const [value, dW, db] = f()
      return [value, ...dW, db[0]]
    }
  },
  // No second derivative of a slice: the Hessian is built row by row from the gradient's formula.
  rosenbrock: undefined,
  batched: () => {
    const g = tf.grad((x) => tf.sum(tf.mul(tf.sin(x), tf.mul(x, x))))
    const x = f32(data.batched.x)
    return () => tf.tidy(() => read(g(x)))
  },
  longSum: () => {
    const f = (x) => {
      const square = tf.mul(x, x)
      return tf.sum(tf.add(tf.mul(tf.tanh(x), tf.exp(tf.neg(square))), tf.log(tf.add(1, square))))
    }
    return valueAndGrads(f, [f32(data.longSum.x)])
  },
  largeRegression: () => {
    const { rows, columns, x, targets, W, b } = data.largeRegression
    const loss = regressionLoss(f32(x, [rows, columns]), tf.greater(f32(targets), 0.5))
    const f = valueAndGrads(loss, [f32(W), tf.scalar(b)])
    return () => {
      const [value, dW, db] = f()
      return [value, db[0], dW]
    }
  },
  mlp: (weight) => {
    const { batch, layers, x, labels, weights, biases } = data.mlp
    const inputs = f32(x, [batch, 784])
    const targets = f32(labels, [batch, 10])
    const loss = (W0, W1, W2, b0, b1, b2) => {
      const first = tf.tanh(tf.add(tf.matMul(inputs, W0), b0))
      const second = tf.tanh(tf.add(tf.matMul(first, W1), b1))
      return tf.div(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(tf.add(tf.matMul(second, W2), b2))))), batch)
    }
    const W = weights.map((w, k) => f32(w, [layers[k], layers[k + 1]]))
    const f = valueAndGrads(weighted(loss, weight), [...W, ...biases.map((each) => f32(each))])
    return () => {
      const [value, dW0, dW1, dW2, db0, db1, db2] = f()
      return [value, db0, db1, db2, dW0, dW1, dW2]
    }
  },
  matmul256: () => matmul(256),
  matmul512: () => matmul(512),
  matmul1024: () => matmul(1024),
  matmul2048: () => matmul(2048),
  transposed1024: () => matmul(1024, true),
  sum: () => {
    const x = f32(data.vectors.a)
    return () => tf.tidy(() => [read(tf.sum(x))[0]])
  },
  add: () => {
    const [x, y] = [f32(data.vectors.a), f32(data.vectors.b)]
    let kept
    const step = () => {
      kept?.dispose()
      kept = tf.add(x, y)
      return []
    }
    step.numbers = () => tf.tidy(() => [read(tf.add(x, y))])
    return step
  }
}
