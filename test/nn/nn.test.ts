/** Functions for networks against laws; values and slopes are JAX's (test/jax), and here what JAX has no numbers for. */
import * as fc from 'fast-check'
import { array, checkGrads, compile, grad, type Like, run, type Tensor, tensor, vmap } from 'freegrad'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import { key, split, uniform } from 'freegrad/random'
import { describe, expect, it } from 'vitest'
import { arrayOf, check, expectNear, expectSame } from '../numpy/support.js'
import { reason } from '../support/reason.js'

// --- model
type Activation = Readonly<{ name: string; f: (x: Like) => Tensor; left: number; right: number }>

/** Each with its slopes far to the left and to the right. */
const activations: ReadonlyArray<Activation> = [
  { name: 'relu', f: nn.relu, left: 0, right: 1 },
  { name: 'relu6', f: nn.relu6, left: 0, right: 0 },
  { name: 'leakyRelu', f: (x) => nn.leakyRelu(x, { negativeSlope: 0.25 }), left: 0.25, right: 1 },
  { name: 'elu', f: (x) => nn.elu(x), left: 0, right: 1 },
  { name: 'selu', f: nn.selu, left: 0, right: 1.0507009873554805 },
  { name: 'celu', f: (x) => nn.celu(x, { alpha: 2 }), left: 0, right: 1 },
  { name: 'gelu', f: (x) => nn.gelu(x), left: 0, right: 1 },
  { name: 'gelu by erf', f: (x) => nn.gelu(x, { approximate: false }), left: 0, right: 1 },
  { name: 'silu', f: nn.silu, left: 0, right: 1 },
  { name: 'sigmoid', f: nn.sigmoid, left: 0, right: 0 },
  { name: 'logSigmoid', f: nn.logSigmoid, left: 1, right: 0 },
  { name: 'softplus', f: nn.softplus, left: 0, right: 1 },
  { name: 'softSign', f: nn.softSign, left: 0, right: 0 },
  { name: 'hardTanh', f: nn.hardTanh, left: 0, right: 0 },
  { name: 'hardSigmoid', f: nn.hardSigmoid, left: 0, right: 0 },
  { name: 'hardSilu', f: nn.hardSilu, left: 0, right: 1 },
  { name: 'squareplus', f: (x) => nn.squareplus(x), left: 0, right: 1 },
  { name: 'mish', f: nn.mish, left: 0, right: 1 }
]

const total = (f: (x: Tensor) => Tensor) => (x: Tensor) => np.sum(f(x))
const values = arrayOf(
  [2, 3],
  fc.integer({ min: -99, max: 99 }).map((n) => n / 16 + 1 / 64)
)

describe.each(activations)('$name', ({ f, left, right }) => {
  const compiled = compile((x: Tensor) => [f(x), grad(total(f))(x)] as const)

  it('compiles, works under vmap, and has derivatives that agree with finite differences', () => {
    check(values, (x) => {
      const [y, slope] = compiled(x)
      expectNear(tensor(y), run(f(x)))
      expectNear(tensor(slope), run(grad(total(f))(x)))
      expectNear(vmap(f)(x), run(f(x)), 2)
    })
    checkGrads(f, { order: 2 })(array([-7.3, -2.1, -0.4, 0.3, 1.7, 2.6, 7.9]))
  })

  it('keeps float32, and converts integers to float64', () => {
    expect(run(f(array([1, -2], { dtype: 'float32' }))).dtype).toBe('float32')
    expectSame(f(array([1, -2], { dtype: 'int32' })), run(f(array([1, -2]))))
  })

  it('has finite first and second derivatives in the tails', () => {
    const slopes = (x: number) => [grad(f)(x), grad(grad(f))(x)] as const
    for (const far of [1e4, 1e30, 1e160, 1e300])
      for (const [x, slope] of [
        [-far, left],
        [far, right]
      ]) {
        const [first, second] = run(slopes(x))
        expect(first.item(), `${x}`).toBeCloseTo(slope, 6)
        expect(second.item(), `${x}`).toBeCloseTo(0, 6)
      }
    const narrow = array([-1e30, 1e30, -3e38, 3e38], { dtype: 'float32' })
    const [a, b, c, d] = run(grad(total(f))(narrow)).data
    for (const [got, want] of [
      [a, left],
      [b, right],
      [c, left],
      [d, right]
    ])
      expect(got).toBeCloseTo(want, 6)
  })

  it('returns NaN for NaN', () => expect(run(f(Number.NaN)).item()).toBeNaN())
})

it('squareplus is accurate where it is small', () => {
  expect(run(nn.squareplus([-1e10, -1e300, 0])).toNested()).toEqual([1e-10, 1e-300, 1])
  expect(run(nn.squareplus(-1e5, { b: 1 })).item()).toBeCloseTo(0.25e-5, 14)
})

it('huberLoss has second derivative 1 where prediction and target are equal', () => {
  const f = (x: Tensor) => nn.huberLoss(x, 2, { delta: 0.5 })
  expect(run([f(tensor(2)), grad(f)(2), grad(grad(f))(2), grad(f)(9)]).map((y) => y.item())).toEqual([0, 0, 1, 0.5])
})

describe('derivatives at kinks', () => {
  it.each([
    ['relu', nn.relu, 0, 0],
    ['relu6', nn.relu6, 6, 0],
    ['leakyRelu', (x: Tensor) => nn.leakyRelu(x), 0, 1],
    ['hardTanh', nn.hardTanh, 1, 1],
    ['elu', (x: Tensor) => nn.elu(x, { alpha: 0.5 }), 0, 0.5],
    ['celu', (x: Tensor) => nn.celu(x, { alpha: 0.5 }), 0, 1]
  ] as const)('that of %s is JAX`s', (_, f, at, slope) => {
    expect(run(grad(f)(at)).item()).toBe(slope)
  })
})

describe('classes', () => {
  it('a cross-entropy with integer labels equals the one with one-hot vectors', () =>
    check(fc.tuple(arrayOf([3, 4]), arrayOf([3], fc.nat(3)), fc.boolean()), ([logits, labels, turned]) => {
      const whole = np.astype(labels, 'int32')
      const [x, axis] = turned ? [np.transpose(logits), 0] : [logits, -1]
      const hot = nn.oneHot(whole, 4, { axis })
      expectNear(
        nn.softmaxCrossEntropyWithIntegerLabels(x, whole, { axis }),
        run(nn.softmaxCrossEntropy(x, hot, { axis }))
      )
    }))

  it('a binary cross-entropy equals a cross-entropy of two classes', () =>
    check(
      fc.tuple(
        arrayOf([4]),
        arrayOf(
          [4],
          fc.integer({ min: 0, max: 8 }).map((n) => n / 8)
        )
      ),
      ([x, p]) => {
        const logits = np.stack([x, np.zeros(4)], { axis: -1 })
        const two = nn.softmaxCrossEntropy(logits, np.stack([p, np.sub(1, p)], { axis: -1 }))
        expectNear(nn.sigmoidBinaryCrossEntropy(x, p), run(two))
      }
    ))

  it('a huge logit has a finite loss and derivative', () => {
    const f = (x: Tensor) => nn.sigmoidBinaryCrossEntropy(x, 1)
    expect(run([f(tensor(-1e300)), grad(f)(-1e300), f(tensor(1e300)), grad(f)(1e300)]).map((y) => y.item())).toEqual([
      1e300, -1, 0, 0
    ])
  })
})

describe('standardize', () => {
  it('gives mean 0 and variance 1 for any mean', () => {
    const x = run(np.add(1e6, uniform(key(3), [4, 50])))
    const y = nn.standardize(x, { epsilon: 0 })
    expectNear(np.mean(y, { axis: -1 }), run(np.zeros(4)), 2 ** 24)
    expectNear(np.var(y, { axis: -1 }), run(np.ones(4)), 2 ** 24)
  })

  it('is differentiable where all elements are equal', () => {
    expect(run(grad((x: Tensor) => np.sum(np.square(nn.standardize(x))))(array([2, 2]))).toNested()).toEqual([0, 0])
  })
})

describe('attention', () => {
  const [first, second, third] = split(key(5), 3)
  const [q, k, v] = run([uniform(first, [2, 3, 4, 2]), uniform(second, [2, 5, 4, 2]), uniform(third, [2, 5, 4, 2])])
  const attend = (q: Like, k: Like, v: Like) => nn.dotProductAttention(q, k, v)

  it('is the plain mean of the values if all keys are equal', () => {
    const same = attend(q, np.ones([2, 5, 4, 2]), v)
    expectNear(same, run(np.broadcastTo(np.mean(v, { axis: 1, keepdims: true }), [2, 3, 4, 2])))
  })

  it('gives the same results in a batch as alone', () => {
    expectNear(attend(q, k, v), run(vmap(attend)(q, k, v)))
  })

  it('repeats keys and values that have fewer heads', () => {
    const few = (x: Like) => np.at(x, ':', ':', ':2')
    const each = (x: Like) => np.take(x, array([0, 0, 1, 1], { dtype: 'int32' }), { axis: 2 })
    expectNear(attend(q, few(k), few(v)), run(attend(q, each(k), each(v))))
  })

  it('uses only unmasked keys, and no later keys if it is causal', () => {
    const all = np.ones([3, 5], { dtype: 'bool' })
    const causal = nn.dotProductAttention(q, k, v, { isCausal: true })
    expectNear(causal, run(nn.dotProductAttention(q, k, v, { mask: np.tril(all) })), 2)
    const slope = grad((v: Tensor) => np.sum(np.at(nn.dotProductAttention(q, k, v, { isCausal: true }), ':', 0)))(v)
    const own = run(np.sum(np.abs(slope), { axis: [0, 2, 3] }))
    expect(own.at(0)).toBeGreaterThan(1)
    expect(Array.from(own.data).slice(1)).toEqual([0, 0, 0, 0])
  })

  it('has derivatives that agree with finite differences', () => {
    const one = (x: Like) => np.at(x, 0, ':', ':1')
    checkGrads((q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true }), { order: 2 })(one(q), one(k), one(v))
  })
})

describe('initializers', () => {
  it('have the stated variance, for any input and output axes', () => {
    const shape = [3, 50, 60]
    const variance = (x: Tensor) => run(np.var(x)).item()
    const { glorotUniform, heNormal, lecunNormal } = nn.initializers
    expect(variance(glorotUniform(key(1), shape)) * 3 * 55).toBeCloseTo(1, 1)
    expect(variance(heNormal(key(2), shape, { inAxis: 2, outAxis: 1 })) * 3 * 60).toBeCloseTo(2, 1)
    expect(variance(lecunNormal(key(3), shape, { batchAxis: 0 })) * 50).toBeCloseTo(1, 1)
  })
})

describe('a mistake', () => {
  const wrong = (x: unknown): never => x as never
  const x = array([1, 2, 3])
  const two = array([0, 1], { dtype: 'int32' })
  const cases: ReadonlyArray<readonly [what: string, tag: string, make: () => unknown, says: RegExp]> = [
    ['halves of an odd axis', 'ShapeError', () => nn.glu(x), /the odd size 3/],
    ['classes that are real', 'DTypeError', () => nn.oneHot(x, 2), /not integers/],
    ['less than no classes', 'ShapeError', () => nn.oneHot(1, -1), /no -1 classes/],
    ['a column of targets', 'ShapeError', () => nn.squaredError(x, [[1], [2], [3]]), /different shapes/],
    [
      'a label for no row',
      'ShapeError',
      () => nn.softmaxCrossEntropyWithIntegerLabels(x, two),
      /do not match the rows/
    ],
    ['keys of another size', 'ShapeError', () => nn.dotProductAttention([[[1]]], [[[1, 2]]], [[[1]]]), /do not match/],
    ['vectors to attend to', 'ShapeError', () => nn.dotProductAttention(x, x, x), /do not match/],
    ['a vector of weights', 'ShapeError', () => nn.initializers.heNormal(key(0), [3]), /no axes for inputs/],
    [
      'a distribution that is not there',
      'TreeError',
      () => nn.initializers.varianceScaling(key(0), [2, 2], { distribution: wrong('cauchy') }),
      /"cauchy"/
    ],
    [
      'integers to begin with',
      'DTypeError',
      () => nn.initializers.zeros(key(0), [2], { dtype: wrong('int32') }),
      /int32/
    ]
  ]
  it.each(cases)('%s is a %s', (_, tag, make, says) => {
    const { _tag, problem, hint } = reason(make)
    expect(_tag).toBe(tag)
    expect(problem).toMatch(says)
    expect(hint).not.toBe('')
  })
})
