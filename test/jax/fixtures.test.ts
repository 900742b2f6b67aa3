/** The JAX fixtures keep their own laws: what is recorded is whole, typed, and agrees with itself. */

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dtypes, isComplex, isInexact, itemSize, partOf, realDTypes } from '../../src/language/data/dtype.js'
import {
  decode,
  encode,
  label,
  modes,
  type OpCase,
  type Operands,
  type OpFamily,
  opCases,
  opFamilies,
  promotions,
  type Recorded,
  randomCases,
  tutorial
} from './fixtures.js'

// --- model
/** What each family must hold in each of its modes. */
const required: Readonly<Record<OpFamily, string>> = {
  unary: `neg abs sign floor ceil round sqrt rsqrt cbrt exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh
    asinh acosh atanh logistic erf erfc erfInv lgamma digamma square isFinite integerPow`,
  binary: 'add sub mul div rem pow atan2 max min logaddexp eq ne lt le gt ge',
  ternary: 'select clamp',
  broadcasting: 'add sub mul div pow atan2 max min lt select',
  integers: `neg abs sign add sub mul div rem pow integerPow max min eq ne lt le gt ge and or xor bitwiseNot logicalNot
    shiftLeft shiftRightLogical shiftRightArithmetic select clamp`,
  subnormal: 'neg sqrt add mul eq',
  reductions: 'sum prod max min argmax argmin',
  cumulative: 'cumsum cumprod cummax cummin',
  statistics: 'mean var std logsumexp softmax logSoftmax norm',
  products: 'dot matmul einsum tensordot outer vdot',
  linalg: `cholesky choSolve det inv lu slogdet solve solveTriangular qr lstsq pinv svdvals ofSingularValues matrixNorm
    eigvalsh ofEigenvalues cond matrixRank matrixPower multiDot trace vectorNorm expm`,
  fourier: `fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft fft.fftn fft.ifftn fft.rfftn fft.irfftn fft.fft2 fft.ifft2
    fft.rfft2 fft.irfft2`,
  complex: `neg conj real imag abs sign square reciprocal sqrt rsqrt exp expm1 log log1p sin cos tan asin acos atan sinh cosh
    tanh asinh acosh atanh logistic add sub mul div pow integerPow complex eq ne select sum mean var std cumsum matmul vdot inner
    outer einsum transpose concatenate take flip roll tril diag`,
  corners: 'abs sqrt exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh',
  shapes: `reshape transpose broadcast squeeze concatenate pad slice reverse iota roll tile repeat tril triu diag meshgrid
    linspace arange split moveaxis flip stack expandDims`,
  indexing: 'take takeAlongAxis sort argsort',
  conversions: 'convert bitcast',
  iteration: 'scan foriLoop mapLoop associativeScan',
  branching: 'cond branch whileLoop pushLoop',
  collectives: 'psum pmean pmax allGather nested nestedGrad',
  rules: 'log1pexp through untrue product false clipped scanned falseScanned cubic system solution symmetric',
  jets: 'jet',
  optim: 'sgd momentum adam adamw rmsprop adagrad lion linear exponentialDecay cosineDecay joinSchedules',
  special: `expit logit entr gamma gammasgn loggamma factorial ndtr logNdtr ndtri i0 i1 i0e i1e exp1 multigammaln polygamma
    xlogy xlog1py relEntr klDiv beta betaln comb gammainc gammaincc betainc zeta`,
  activations: 'relu elu selu celu gelu silu softplus leakyRelu hardTanh huberLoss sigmoidBinaryCrossEntropy',
  nn: 'glu standardize oneHot softmaxCrossEntropy glorotUniform heNormal varianceScaling'
}

/** Operations on floats whose derivatives JAX does not state, or not to any accuracy, or not as freegrad does. */
const withoutDerivatives = [
  'copysign',
  'heaviside',
  'sinc',
  'pmax',
  'jet',
  'whileLoop',
  'pushLoop',
  'falseScanned',
  'polygamma',
  'exp1'
]

/** JAX takes `dx + dx·y` for a tail of tanh, where `y` is near -1: right to the rounding of `dx`, not of the slope. */
const cancelling = ['tanh']

const families = Object.entries(opFamilies).flatMap(([family, recorded]) =>
  recorded.map((mode) => ({ family: family as OpFamily, mode }))
)

// --- combinators
const typeOf = ({ dtype, shape }: Recorded): string => `${dtype}[${shape.join(',')}]`

/** The types of the floating operands in their places: what tangents and gradients must have. */
const floatingTypes = (xs: Operands): ReadonlyArray<string | null> =>
  xs.map((x) => (x !== null && isInexact(x.dtype) ? typeOf(x) : null))

const derivativesOf = (cases: ReadonlyArray<OpCase>) =>
  cases.flatMap((each) => (each.derivatives === null ? [] : [{ name: label(each), ...each, ...each.derivatives }]))

const total = (xs: ReadonlyArray<number>): number => xs.reduce((sum, x) => sum + x, 0)

/** The families in which element i of a result depends on elements i of the operands alone. */
const elementwise: ReadonlyArray<OpFamily> = ['unary', 'binary', 'ternary', 'integers', 'subnormal', 'special']

/**
 * The terms of the inner product of two lists of arrays; of an elementwise operation, one list of terms an element,
 * since there a NaN in one element says nothing of the others.
 */
const inner = (family: OpFamily, size: number, xs: Operands, ys: Operands): ReadonlyArray<ReadonlyArray<number>> => {
  // The real part of a product of complex numbers: without a conjugate, as JAX pairs them.
  const signOf = (x: Recorded, j: number): number => (isComplex(x.dtype) && j % 2 === 1 ? -1 : 1)
  const terms = xs.flatMap((x, i) =>
    x === null ? [] : [Array.from(x.data, (v, j) => signOf(x, j) * v * (ys[i]?.data[j] ?? 0))]
  )
  const aligned = elementwise.includes(family) && terms.every((each) => each.length === size)
  return aligned ? Array.from({ length: size }, (_, j) => terms.map((each) => each[j])) : [terms.flat()]
}

const numbers = ({ data }: Recorded): ReadonlyArray<number> => Array.from(data)

// --- laws
describe('an encoded array', () => {
  const recorded = fc
    .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(3), { maxLength: 3 }))
    .chain(([dtype, shape]) => {
      const bytes = shape.reduce((n, size) => n * size, itemSize[dtype])
      const hex = fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((each) => Buffer.from(each).toString('hex'))
      return hex.map((digits) => ({ dtype, shape, hex: digits }))
    })

  it('keeps every bit, NaN payloads and negative zeros too', () => {
    fc.assert(
      fc.property(recorded, (stored) => {
        expect(encode(decode(stored))).toEqual(stored)
      })
    )
  })

  it('is little-endian and row-major', () => {
    expect(decode({ dtype: 'float32', shape: [2], hex: '0000803f000000c0' }).data).toEqual(Float32Array.of(1, -2))
    expect(decode({ dtype: 'uint32', shape: [1, 1], hex: '01020000' }).data).toEqual(Uint32Array.of(0x201))
    expect(decode({ dtype: 'bool', shape: [], hex: '01' }).data).toEqual(Uint8Array.of(1))
  })

  it('is refused when its bytes do not fill its shape', () => {
    const digits = fc.tuple(recorded, fc.constantFrom('0', '00', 'zz'))
    fc.assert(
      fc.property(digits, ([x, more]) => {
        expect(() => decode({ ...x, hex: x.hex + more })).toThrow('digits')
      })
    )
  })
})

describe.each(families)('family $family in mode $mode', ({ family, mode }) => {
  const cases = opCases(family, mode)
  const derived = derivativesOf(cases)

  it('records every operation it must', () => {
    const recorded = new Set(cases.map(({ op }) => op))
    expect(required[family].split(/\s+/).filter((op) => !recorded.has(op))).toEqual([])
  })

  it('has no two cases of one name', () => {
    expect(new Set(cases.map(label)).size).toBe(cases.length)
  })

  it('differentiates whatever is floating', () => {
    const missing = cases.filter(
      ({ op, inputs, value, derivatives }) =>
        (derivatives === null) === (isInexact(value.dtype) && inputs.some(({ dtype }) => isInexact(dtype))) &&
        !(withoutDerivatives.includes(op) || / (at edges|in a)$/.test(op)) &&
        !['subnormal', 'corners'].includes(family) &&
        !(family === 'complex' && op === 'sign')
    )
    expect(missing.map(label)).toEqual([])
  })

  it('gives tangents and gradients the types of operands, pushforwards and cotangents that of the value', () => {
    for (const { name, inputs, value, tangents, jvp, seconds, second, cotangent, vjp } of derived) {
      const wanted = floatingTypes(inputs)
      for (const each of [tangents, seconds, vjp])
        expect(
          each.map((x) => x && typeOf(x)),
          name
        ).toEqual(wanted)
      expect([jvp, second, cotangent].map(typeOf), name).toEqual(Array(3).fill(typeOf(value)))
    }
  })

  it('has pullbacks adjoint to pushforwards, where both are finite', () => {
    const gaps = derived.flatMap(({ name, op, value, tangents, jvp, cotangent, vjp }) => {
      const [epsilon, tiny] = partOf(value.dtype) === 'float32' ? [2 ** -23, 2 ** -126] : [2 ** -52, 2 ** -1022]
      const slack = cancelling.includes(op) ? 32 : 0
      const forward = inner(family, value.data.length, [cotangent], [jvp])
      const reverse = inner(family, value.data.length, tangents, vjp)
      return (forward.length === reverse.length ? forward : [forward.flat()]).flatMap((left, i) => {
        const right = forward.length === reverse.length ? reverse[i] : reverse.flat()
        const scale = total([...left, ...right].map(Math.abs))
        const close = Math.abs(total(left) - total(right)) <= epsilon * (64 * scale + slack) + 64 * tiny
        return close || !Number.isFinite(scale) ? [] : [{ name, i, left: total(left), right: total(right) }]
      })
    })
    expect(gaps).toEqual([])
  })
})

describe.each(modes)('promotion.%s', (mode) => {
  const table = new Map(promotions(mode).map((each) => [[each.op, each.left, each.right].join(), each]))

  it.each(['add', 'sub', 'mul', 'div', 'max', 'eq', 'select'])('%s takes its operands in either order', (op) => {
    for (const { left, right, dtype, weak } of promotions(mode).filter((each) => each.op === op))
      expect(table.get([op, right, left].join())).toEqual({ op, left: right, right: left, dtype, weak })
  })

  it('keeps the dtype of an operand that meets its like', () => {
    for (const dtype of realDTypes.filter((each) => mode === 'x64' || each !== 'float64'))
      expect(table.get(['add', dtype, dtype].join())).toMatchObject({ dtype, weak: false })
  })
})

describe.each(modes)('random.%s', (mode) => {
  const cases = randomCases(mode)
  const find = (op: string, key: readonly [number, number], params: object): Recorded => {
    const found = cases.find(
      (each) => each.op === op && `${each.key}` === `${key}` && JSON.stringify(each.params) === JSON.stringify(params)
    )
    if (found === undefined) throw new Error(`no case of ${op} from ${key} with ${JSON.stringify(params)}`)
    return found.value
  }

  it('has the known first words of key 0', () => {
    expect(numbers(find('split', [0, 0], { shape: 2 }))).toEqual([1797259609, 2579123966, 928981903, 3453687069])
    const words = mode === 'x32' ? { shape: [7], width: 32 } : { shape: [7], width: 64 }
    const first = mode === 'x32' ? [4070199207, 4202968722] : [1797259609, 2579123966]
    expect(numbers(find('bits', [0, 0], words)).slice(0, 2)).toEqual(first)
  })

  it('splits a key into what folding in 0, 1, ... gives', () => {
    const keys = cases.flatMap(({ op, key, params }) => (op === 'split' && params.shape === 5 && key ? [key] : []))
    expect(keys.length).toBeGreaterThan(5)
    for (const key of keys)
      for (const data of [0, 1, 4])
        expect(numbers(find('foldIn', key, { data }))).toEqual(
          numbers(find('split', key, { shape: 5 })).slice(2 * data, 2 * data + 2)
        )
  })

  it('draws within the range', () => {
    for (const { op, params, value } of cases)
      if (op === 'uniform' && Number(params.min) < Number(params.max)) {
        const [min, max] = [Number(params.min), Number(params.max)].map((end) =>
          value.dtype === 'float32' ? Math.fround(end) : end
        )
        expect(numbers(value).filter((x) => x < min || x >= max)).toEqual([])
      }
  })
})

describe('the tutorial', () => {
  // name, float32, float64: what JAX prints
  const printed: ReadonlyArray<readonly [string, number | ReadonlyArray<number>, number | ReadonlyArray<number>]> = [
    ['tanh 1', 0.07065081596374512, 0.07065082485316443],
    ['tanh 2', -0.13621868193149567, -0.13621868742711296],
    ['tanh 3', 0.2526540458202362, 0.25265406509806265],
    ['cubic 1', 4, 4],
    ['cubic 2', 10, 10],
    ['cubic 3', 6, 6],
    ['cubic 4', 0, 0],
    ['key', [1797259609, 2579123966], [1797259609, 2579123966]],
    ['W_key', [928981903, 3453687069], [928981903, 3453687069]],
    ['b_key', [4146024105, 2718843009], [4146024105, 2718843009]],
    [
      'W',
      [-2.442455768585205, -2.0356805324554443, 0.20554423332214355],
      [-1.400884102827668, 1.4321449977776874, 0.6248106961344603]
    ],
    ['b', 1.2956359386444092, 0.39051537445161943],
    [
      'W_grad',
      [-0.43314599990844727, -0.7354605197906494, -1.259892225265503],
      [-1.4580235593994582, 3.2354229950402047, -1.9265852395829055]
    ],
    ['b_grad', -0.6900177597999573, -1.766292308117811],
    ['loss', 2.972918748855591, 6.226650288550507],
    ['b_grad_numerical', -0.6890296936035156, -1.766292308111872],
    ['second key', [4165894930, 804218099], [4165894930, 804218099]],
    ['subkey', [1353695780, 2116000888], [1353695780, 2116000888]],
    [
      'vec',
      [-1.2574776411056519, -0.40160441398620605, -1.1213600635528564],
      [0.44320975123016443, 0.6988291983375856, -1.5191307536772471]
    ],
    [
      'unitvec',
      [-0.7260069251060486, -0.2318670153617859, -0.6474192142486572],
      [0.2562053586146616, 0.4039707720182761, -0.8781608221573601]
    ],
    ['W_dirderiv_numerical', 1.3041496276855469, 2.6253145541677014],
    ['W_dirderiv_autodiff', 1.3006744384765625, 2.62531455415587],
    ['check_grads 2', 1, 1],
    ['check_grads 3', 0, 1]
  ]

  it.each(modes)('%s has the numbers shown in the tutorial', (mode) => {
    const held = tutorial(mode)
    const shown = printed.map(([name, x32, x64]) => [name, [mode === 'x32' ? x32 : x64].flat()])
    expect(
      shown.map(([name]) => [name, numbers(held.get(String(name)) ?? decode({ dtype: 'bool', shape: [0], hex: '' }))])
    ).toEqual(shown)
  })

  it.each(modes)(
    '%s gives the same gradient whether asked for alone, together, in a tree or with the value',
    (mode) => {
      const held = tutorial(mode)
      for (const how of ['both', 'tree', 'value'])
        for (const name of ['W_grad', 'b_grad']) expect(held.get(`${how} ${name}`)).toEqual(held.get(name))
      expect(held.get('value')).toEqual(held.get('loss'))
    }
  )
})
