/** The workloads with freegrad: functions of tensors, compiled. Float32 arrays go in and arrays come out. */

import { fft } from '../../dist/src/fft/index.js'
import { array, compile, grad, hessian, scan, valueAndGrad, vmap } from '../../dist/src/index.js'
import * as np from '../../dist/src/numpy/index.js'
import { logistic } from '../../dist/src/ops/index.js'
import * as data from './data.mjs'

export const name = 'freegrad'
export const ready = async () => {}

const f32 = (x, shape = [x.length]) => array(x, { shape })
const scalar = (x) => array(x, { dtype: 'float32' })

const regressionLoss = (inputs, targets) => (W, b) => {
  const p = logistic(np.add(np.dot(inputs, W), b))
  return np.neg(np.sum(np.log(np.where(targets, p, np.sub(1, p)))))
}

/** The same loss, or a multiple of it: another program, which takes as long. */
const weighted = (loss, weight) => (weight === undefined ? loss : (...args) => np.mul(loss(...args), weight))

const matmul = (n, transposed) => {
  const { a, b } = data.matrices(n)
  const f = compile((x, y) => np.matmul(transposed ? np.transpose(x) : x, y))
  const [x, y] = [f32(a, [n, n]), f32(b, [n, n])]
  return () => f(x, y).data
}

const complex = (x, shape = [x.length / 2]) => array(x, { shape, dtype: 'complex64' })

/** A function of two arrays. Its result before is donated, as the other libraries let go of theirs. */
const kept = (f, x, y) => {
  const g = compile((x, y, _) => f(x, y), { donate: 2 })
  let last = compile(f)(x, y)
  const step = () => {
    last = g(x, y, last)
    return [last.at(0)]
  }
  step.numbers = () => {
    step()
    return [last.data]
  }
  return step
}

const complexStep = (z, c) => np.add(np.mul(z, z), c)
const squaredSize = (w) => np.real(np.mul(w, np.conj(w)))

const fourier = (n) => {
  const f = compile((x) => fft(x))
  const x = array(data.complexes(n), { dtype: 'complex128' })
  return () => f(x).data
}

/** What each workload computes, as a function that gives all of its numbers in one list. */
export const workloads = {
  slope: () => {
    const f = compile(grad((x) => np.add(np.sub(np.add(np.pow(x, 3), np.mul(2, np.pow(x, 2))), np.mul(3, x)), 1)))
    return (x) => [f(x).item()]
  },
  regression: (weight) => {
    const { inputs, targets, W, b } = data.tutorial
    const loss = regressionLoss(f32(inputs, [4, 3]), np.greater(f32(targets), 0.5))
    const f = compile(valueAndGrad(weighted(loss, weight), { argnums: [0, 1] }))
    const [w, bias] = [f32(W), scalar(b)]
    return () => {
      const [value, [dW, db]] = f(w, bias)
      return [value.item(), ...dW.data, db.item()]
    }
  },
  rosenbrock: () => {
    const f = compile(
      hessian((x) => {
        const [head, tail] = [np.at(x, ':-1'), np.at(x, '1:')]
        const rise = np.sub(tail, np.mul(head, head))
        return np.sum(np.add(np.mul(100, np.mul(rise, rise)), np.pow(np.sub(1, head), 2)))
      })
    )
    const x = f32(data.rosenbrock.x)
    return () => f(x).data
  },
  lotkaVolterra: () => {
    const { parameters, start, step: h, steps } = data.lotkaVolterra
    const loss = (p) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((k) => np.at(p, k))
      const rates = (z) => {
        const [x, y] = [np.at(z, 0), np.at(z, 1)]
        const met = np.mul(x, y)
        return np.stack([np.sub(np.mul(a, x), np.mul(b, met)), np.sub(np.mul(d, met), np.mul(c, y))])
      }
      const along = (z, by, dz) => np.add(z, np.mul(by, dz))
      const step = (z) => {
        const k1 = rates(z)
        const k2 = rates(along(z, h / 2, k1))
        const k3 = rates(along(z, h / 2, k2))
        const k4 = rates(along(z, h, k3))
        return [along(z, h / 6, np.add(np.add(k1, np.mul(2, k2)), np.add(np.mul(2, k3), k4))), null]
      }
      return np.sum(scan(step, array(start), null, { length: steps })[0])
    }
    const f = compile(valueAndGrad(loss))
    const p = array(parameters)
    return () => {
      const [value, gradient] = f(p)
      return [value.item(), ...gradient.data]
    }
  },
  batched: () => {
    const f = compile(vmap(grad((x) => np.mul(np.sin(x), np.mul(x, x)))))
    const x = f32(data.batched.x)
    return () => f(x).data
  },
  longSum: () => {
    const f = compile(
      valueAndGrad((x) => {
        const square = np.mul(x, x)
        return np.sum(np.add(np.mul(np.tanh(x), np.exp(np.neg(square))), np.log(np.add(1, square))))
      })
    )
    const x = f32(data.longSum.x)
    return () => {
      const [value, slope] = f(x)
      return [value.item(), slope.data]
    }
  },
  largeRegression: () => {
    const { rows, columns, x, targets, W, b } = data.largeRegression
    const inputs = f32(x, [rows, columns])
    const wanted = np.greater(f32(targets), 0.5)
    const f = compile((inputs, W, b) => valueAndGrad(regressionLoss(inputs, wanted), { argnums: [0, 1] })(W, b))
    const [w, bias] = [f32(W), scalar(b)]
    return () => {
      const [value, [dW, db]] = f(inputs, w, bias)
      return [value.item(), db.item(), dW.data]
    }
  },
  mlp: (weight) => {
    const { batch, layers, x, labels, weights, biases } = data.mlp
    const inputs = f32(x, [batch, 784])
    const targets = f32(labels, [batch, 10])
    const loss = ({ W, b }) => {
      const first = np.tanh(np.add(np.matmul(inputs, W[0]), b[0]))
      const second = np.tanh(np.add(np.matmul(first, W[1]), b[1]))
      const logits = np.add(np.matmul(second, W[2]), b[2])
      return np.div(np.neg(np.sum(np.mul(targets, np.logSoftmax(logits)))), batch)
    }
    const f = compile(valueAndGrad(weighted(loss, weight)))
    const W = weights.map((w, k) => f32(w, [layers[k], layers[k + 1]]))
    const b = biases.map((each) => f32(each))
    return () => {
      const [value, slopes] = f({ W, b })
      return [value.item(), ...slopes.b.map((each) => each.data), ...slopes.W.map((each) => each.data)]
    }
  },
  matmul256: () => matmul(256),
  matmul512: () => matmul(512),
  matmul1024: () => matmul(1024),
  matmul2048: () => matmul(2048),
  transposed1024: () => matmul(1024, true),
  fft1024: () => fourier(1024),
  fft65536: () => fourier(65536),
  fft1048576: () => fourier(1048576),
  fft10007: () => fourier(10007),
  sum: () => {
    const f = compile((x) => np.sum(x))
    const x = f32(data.vectors.a)
    return () => [f(x).item()]
  },
  add: () => kept(np.add, f32(data.vectors.a), f32(data.vectors.b)),
  complexStep: () => kept(complexStep, complex(data.complex.z), complex(data.complex.c)),
  complexSlope: () => {
    const slope = (z, c) => grad((z) => np.sum(squaredSize(complexStep(z, c))))(z)
    return kept(slope, complex(data.complex.z), complex(data.complex.c))
  },
  complexMatmul512: () => {
    const { a, b } = data.complexMatrices(512)
    const f = compile((x, y) => np.matmul(x, y))
    const [x, y] = [complex(a, [512, 512]), complex(b, [512, 512])]
    return () => f(x, y).data
  },
  complexVector: () => {
    const { a, v } = data.complexMatrices(1000)
    const f = compile((x, y) => np.matmul(x, y))
    const [x, y] = [complex(a, [1000, 1000]), complex(v)]
    return () => f(x, y).data
  }
}
