/** Elementwise functions against JavaScript's own arithmetic on each pair of elements. */
import * as fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { array, grad, hessian, type Like, run, type Tensor } from '../../src/index.js'
import type { DType } from '../../src/language/data/dtype.js'
import * as np from '../../src/numpy/index.js'
import { arrayOf, arrays, check, derivative, expectNear, expectSame, failure, tabulate } from './support.js'

const doubles = fc.oneof(
  fc.double({ noNaN: false }),
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom(0, -0, 0.5, Infinity, -Infinity, NaN)
)
const words: fc.Arbitrary<number> = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer())
const bits: fc.Arbitrary<number> = fc.oneof(fc.nat(40), fc.integer({ min: 0, max: 2 ** 32 - 1 }))

const pairs = (values: fc.Arbitrary<number>) => fc.array(fc.tuple(values, values), { maxLength: 8 })

/** That a function does to the elements of two arrays of a dtype what `law` does to each pair. */
const agrees = (
  f: np.Binary,
  law: (x: number, y: number) => number | boolean,
  values: fc.Arbitrary<number>,
  dtype: DType
) =>
  check(pairs(values), (list) => {
    const [x, y] = [0, 1].map((k) =>
      array(
        list.map((pair) => pair[k]),
        { dtype, shape: [list.length] }
      )
    )
    const want = list.map(([a, b]) => Number(law(a, b)))
    expectSame(f(x, y), array(want, { shape: [list.length] }))
    expectSame(pipe(x, f(y)), f(x, y))
  })

type Laws = Readonly<Record<string, readonly [np.Binary, (x: number, y: number) => number | boolean]>>

describe('comparison and logic', () => {
  const laws: Laws = {
    equal: [np.equal, (x, y) => x === y],
    notEqual: [np.notEqual, (x, y) => x !== y],
    less: [np.less, (x, y) => x < y],
    lessEqual: [np.lessEqual, (x, y) => x <= y],
    greater: [np.greater, (x, y) => x > y],
    greaterEqual: [np.greaterEqual, (x, y) => x >= y],
    logicalAnd: [np.logicalAnd, (x, y) => x !== 0 && y !== 0],
    logicalOr: [np.logicalOr, (x, y) => x !== 0 || y !== 0],
    logicalXor: [np.logicalXor, (x, y) => (x !== 0) !== (y !== 0)]
  }
  it.each(Object.entries(laws))('%s is that of JavaScript', (_, [f, law]) => agrees(f, law, doubles, 'float64'))

  it('where picks by any condition, 0 being false', () =>
    check(fc.array(fc.tuple(doubles, doubles, doubles)), (list) => {
      const [c, x, y] = [0, 1, 2].map((k) =>
        array(
          list.map((each) => each[k]),
          { shape: [list.length] }
        )
      )
      expectSame(
        np.where(c, x, y),
        array(
          list.map(([a, b, d]) => (a !== 0 ? b : d)),
          { shape: [list.length] }
        )
      )
      expectSame(
        np.logicalNot(c),
        array(
          list.map(([a]) => Number(a === 0)),
          { shape: [list.length] }
        )
      )
    }))

  it('select takes the first choice whose condition is true, and isin finds what is listed', () =>
    check(arrays({ max: 2 }), (x) => {
      const [low, middle] = [np.less(x, -3), np.less(x, 4)]
      expectSame(np.select([low, middle], [x, 9], -1), np.where(low, x, np.where(middle, 9, -1)))
      expectSame(np.select([low], [x]), np.where(low, x, 0))
      expectSame(
        np.isin(x, [
          [3, -2],
          [0, 3]
        ]),
        tabulate(x.shape, (place) => Number([3, -2, 0].includes(x.at(...place))))
      )
    }))

  it('fmax and fmin leave NaN to the other', () =>
    check(pairs(doubles), (list) => {
      const [x, y] = [0, 1].map((k) =>
        array(
          list.map((pair) => pair[k]),
          { shape: [list.length] }
        )
      )
      const law = (f: (...xs: Array<number>) => number) =>
        array(
          list.map((pair) => {
            const numbers = pair.filter((each) => !Number.isNaN(each))
            return numbers.length === 0 ? NaN : f(...numbers)
          }),
          { shape: [list.length] }
        )
      expectSame(np.fmax(x, y), law(Math.max))
      expectSame(np.fmin(x, y), law(Math.min))
    }))

  it('tells NaN and infinities, also of integers', () =>
    check(fc.array(doubles), (list) => {
      const x = array(list, { shape: [list.length] })
      const tell = (f: (x: Like) => Tensor, law: (x: number) => boolean) =>
        expectSame(
          f(x),
          array(
            list.map((each) => Number(law(each))),
            { shape: [list.length] }
          )
        )
      tell(np.isnan, Number.isNaN)
      tell(np.isinf, (each) => Math.abs(each) === Infinity)
      tell(np.isposinf, (each) => each === Infinity)
      tell(np.isneginf, (each) => each === -Infinity)
      tell(np.isfinite, Number.isFinite)
      tell(np.signbit, (each) => each < 0 || Object.is(each, -0))
      const whole = array([1, 2], { dtype: 'int32' })
      expectSame(
        np.stack([np.isnan(whole), np.isinf(whole), np.isfinite(whole)]),
        array([
          [0, 0],
          [0, 0],
          [1, 1]
        ])
      )
    }))

  it('is close within tolerances, an infinity only to itself', () => {
    const [x, y] = [
      [1, 1, Infinity, Infinity, 1, NaN],
      [1 + 1e-6, 1.1, Infinity, -Infinity, Infinity, NaN]
    ]
    expectSame(np.isclose(x, y), array([1, 0, 1, 0, 0, 0]))
    expectSame(np.isclose(x, y, { equalNan: true, atol: 0.2 }), array([1, 1, 1, 0, 0, 1]))
    expectSame(np.allclose([1, 2], [1, 2]), array(1))
    expectSame(np.arrayEqual([1, 2], [1, 2]), array(1))
    expectSame(np.arrayEqual([1, 2], [[1, 2]]), array(0))
    expectSame(np.arrayEqual([NaN], [NaN]), array(0))
    expectSame(np.arrayEqual([NaN], [NaN], { equalNan: true }), array(1))
  })
})

describe('bits', () => {
  const signed: Laws = {
    bitwiseAnd: [np.bitwiseAnd, (x, y) => x & y],
    bitwiseOr: [np.bitwiseOr, (x, y) => x | y],
    bitwiseXor: [np.bitwiseXor, (x, y) => x ^ y],
    leftShift: [np.leftShift, (x, y) => (y >= 0 && y < 32 ? x << y : 0)],
    rightShift: [np.rightShift, (x, y) => (y >= 0 && y < 32 ? x >> y : x < 0 ? -1 : 0)]
  }
  it.each(Object.entries(signed))('%s of int32 is that of JavaScript', (_, [f, law]) => agrees(f, law, words, 'int32'))

  it('rightShift of uint32 brings in zeros', () =>
    agrees(np.rightShift, (x, y) => (y < 32 ? x >>> y : 0), bits, 'uint32'))

  it('bools are shifted as integers', () => {
    const [t, f] = [true, false]
    expect(run(np.leftShift([t, f], [t, t])).toString()).toBe('int32[2] [2, 0]')
    expect(run(np.leftShift([t, f], 3)).toString()).toBe('int32[2] [8, 0]')
    expect(run(np.rightShift(array([6, 5], { dtype: 'uint32' }), [t, f])).toString()).toBe('uint32[2] [3, 5]')
  })

  it('bitwiseNot undoes itself', () =>
    check(arrays({ max: 2 }), (x) => {
      const whole = np.astype(x, 'int32')
      expectSame(np.bitwiseNot(np.bitwiseNot(whole)), whole)
      expectSame(np.bitwiseNot(whole), np.sub(np.neg(whole), 1))
    }))
})

describe('arithmetic', () => {
  const laws: Laws = {
    add: [np.add, (x, y) => x + y],
    sub: [np.sub, (x, y) => x - y],
    mul: [np.mul, (x, y) => x * y],
    div: [np.div, (x, y) => x / y],
    rem: [np.rem, (x, y) => x % y],
    maximum: [np.maximum, Math.max],
    minimum: [np.minimum, Math.min]
  }
  it.each(Object.entries(laws))('%s of floats is that of JavaScript', (_, [f, law]) =>
    agrees(f, law, doubles, 'float64')
  )

  it('rem and abs take bools', () => {
    expect(run(np.rem([true, false], [true, true])).toString()).toBe('int32[2] [0, 0]')
    expect(run(np.abs([true, false])).toString()).toBe('bool[2] [true, false]')
  })

  const whole: Laws = {
    add: [np.add, (x, y) => (x + y) | 0],
    mul: [np.mul, Math.imul],
    mod: [np.mod, (x, y) => (y === 0 ? 0 : ((x % y) + y) % y)],
    'floorDiv by a number that is not 0': [
      ((...xs: ReadonlyArray<Like>) =>
        xs.length === 1 ? np.floorDiv(nonzero(xs[0])) : np.floorDiv(xs[0], nonzero(xs[1]))) as np.Binary,
      (x, y) => Math.floor(x / (y === 0 ? 1 : y)) | 0
    ]
  }
  const nonzero = (y: Like) => np.where(np.equal(y, 0), 1, y)
  it.each(Object.entries(whole))('%s of int32 is that of JavaScript', (_, [f, law]) => agrees(f, law, words, 'int32'))

  it('floorDiv and mod split a number: the quotient is whole, the rest has the sign of the divisor', () =>
    check(pairs(fc.integer({ min: -99, max: 99 })), (list) => {
      const [x, y] = [0, 1].map((k) =>
        array(
          list.map((each) => each[k] / 4),
          { shape: [list.length] }
        )
      )
      const divisor = np.where(np.equal(y, 0), 0.75, y)
      const [quotient, rest] = [np.floorDiv(x, divisor), np.mod(x, divisor)]
      expectSame(np.add(np.mul(quotient, divisor), rest), x)
      expectSame(np.floor(quotient), quotient)
      expectSame(np.floor(np.div(x, divisor)), quotient)
      expectSame(np.less(np.mul(rest, divisor), 0), np.zeros(list.length))
      expectSame(np.less(np.abs(rest), np.abs(divisor)), np.ones(list.length))
    }))

  it('a whole power is the repeated product, of integers too', () =>
    check(fc.tuple(arrays({ max: 2 }), fc.nat(6)), ([x, n]) => {
      const product = Array.from({ length: n }).reduce<Tensor>((y) => np.mul(y, x), np.onesLike(x))
      expectSame(np.pow(x, n), product)
      for (const dtype of ['int32', 'float32'] as const) {
        const power = np.pow(np.astype(x, dtype), n)
        expect(power.type.dtype).toBe(dtype)
        expectSame(power, product)
      }
      expectSame(np.pow(np.astype(x, 'int32'), np.full(x.shape, n, { dtype: 'int32' })), product)
      expectSame(np.square(x), np.pow(x, 2))
    }))

  it('a power by an integer tensor wraps, and is cut off to 0 where the exponent is negative', () => {
    const power = (x: number, n: number) =>
      run(np.pow(array([x], { dtype: 'int32' }), array([n], { dtype: 'int32' }))).data[0]
    expect(power(3, 40)).toBe(Number(BigInt.asIntN(32, 3n ** 40n)))
    expect([power(2, -1), power(-1, -3), power(1, -5), power(-1, -2), power(0, 0)]).toEqual([0, -1, 1, 1, 1])
    expect(run(np.pow(2, array([3, 4], { dtype: 'uint32' }))).toString()).toBe('uint32[2] [8, 16]')
    expect(run(np.pow(array([true, false]), 2)).toString()).toBe('int32[2] [1, 0]')
  })

  it('a fractional power makes floats', () => {
    expect(run(np.pow(array([4, 9], { dtype: 'int32' }), 0.5)).toString()).toBe('float64[2] [2, 3]')
    expect(failure(() => np.pow(array([2], { dtype: 'int32' }), -1)).slice(0, 2)).toEqual(['DTypeError', 'np.pow'])
  })

  it.each([0, 1, 2, 3])('the power %s is differentiable at 0 to third order', (n) => {
    const slopes = [0, 1, 2, 3].map((order) => derivative(np.pow(n), order)(0))
    expect(slopes).toEqual([0, 1, 2, 3].map((order) => (order === n ? [1, 1, 2, 6][n] : 0)))
  })

  it('clip keeps between bounds, either of which may be missing', () =>
    check(
      fc.tuple(arrays({ max: 2 }), fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 })),
      ([x, a, b]) => {
        const same = (got: Tensor, f: (v: number) => number) =>
          expectSame(
            got,
            tabulate(x.shape, (place) => f(x.at(...place)))
          )
        for (const t of [x, np.astype(x, 'int32')]) {
          same(np.clip(t, a, b), (v) => Math.min(Math.max(v, a), b))
          same(np.clip(t, a), (v) => Math.max(v, a))
          same(np.clip(t, null, b), (v) => Math.min(v, b))
          same(np.clip(t), (v) => v)
        }
      }
    ))

  it('clip has slope 1 inside, 0 outside and at the bounds', () => {
    const slope = grad((x: Like) => np.sum(np.clip(x, -1, 1)))
    expectSame(slope(array([-2, -1, 0, 1, 2])), array([0, 0, 1, 0, 0]))
  })

  it('hypot neither overflows nor underflows, and is smooth where its operands are equal', () => {
    const [huge, tiny] = [2 ** 700, 2 ** -700]
    expectSame(np.hypot([3 * huge, 3 * tiny], [4 * huge, 4 * tiny]), array([5 * huge, 5 * tiny]))
    expectSame(np.hypot([0, Infinity], [0, NaN]), array([0, Infinity]))
    expectSame(grad((x: Like) => np.hypot(x, 0))(0), array(0))
    const second = hessian((x: Tensor) => np.hypot(np.at(x, 0), np.at(x, 1)))(array([1, 1]))
    const s = 1 / (2 * Math.SQRT2)
    expectNear(
      second,
      array([
        [s, -s],
        [-s, s]
      ])
    )
  })

  it('copysign and heaviside see the sign of zero', () => {
    expect(Array.from(run(np.copysign([1, -1, 0], [-0, 0, -1])).data)).toEqual([-1, 1, -0])
    expectSame(np.heaviside([-2, 0, 2, NaN], 0.5), array([0, 0.5, 1, NaN]))
  })

  it('nanToNum replaces what is no number', () => {
    const x = [NaN, Infinity, -Infinity, 1]
    expectSame(np.nanToNum(x), array([0, Number.MAX_VALUE, -Number.MAX_VALUE, 1]))
    expectSame(np.nanToNum(x, { nan: 5, posinf: 6, neginf: 7 }), array([5, 6, 7, 1]))
    const single = run(np.nanToNum(array([Infinity], { dtype: 'float32' })))
    expect(single.data[0]).toBe((2 - 2 ** -23) * 2 ** 127)
  })

  it.each([
    ['np.mod', () => np.mod([1, 2], [1, 2, 3])],
    ['np.floorDiv', () => np.floorDiv([1, 2], [1, 2, 3])],
    ['np.hypot', () => np.hypot([1, 2], [1, 2, 3])],
    ['np.equal', () => np.equal([1, 2], [1, 2, 3])],
    ['np.logicalOr', () => np.logicalOr([1, 2], [1, 2, 3])],
    ['np.where', () => np.where([1, 2], [1, 2, 3], 0)],
    ['np.clip', () => np.clip([1, 2], [1, 2, 3], 9)]
  ] as const)('%s refuses shapes that do not broadcast', (name, make) => {
    expect(failure(make).slice(0, 2)).toEqual(['ShapeError', name])
  })
})

describe('rounding', () => {
  const steps: Readonly<Record<string, readonly [(x: Like) => Tensor, (x: number) => number]>> = {
    floor: [np.floor, Math.floor],
    ceil: [np.ceil, Math.ceil],
    trunc: [np.trunc, Math.trunc],
    fix: [np.fix, Math.trunc],
    round: [(x) => np.round(x), (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))]
  }
  it.each(Object.entries(steps))('%s is that of JavaScript', (_, [f, law]) =>
    check(fc.array(fc.integer({ min: -40, max: 40 }).map((n) => n / 4)), (list) => {
      expectSame(f(array(list, { shape: [list.length] })), array(list.map(law), { shape: [list.length] }))
      const whole = array(list, { dtype: 'int32', shape: [list.length] })
      expect(f(whole).type.dtype).toBe('int32')
      expectSame(f(whole), whole)
    })
  )

  it('round keeps some decimals, before the point too', () => {
    expectSame(np.round([1234.5678, -0.125], { decimals: 2 }), array([1234.57, -0.12]))
    expectSame(np.round([1250, 1350], { decimals: -2 }), array([1200, 1400]))
  })
})

describe('functions of a real number', () => {
  const f64 = fc.double({ min: -20, max: 20, noNaN: true })
  const laws: Readonly<Record<string, readonly [(x: Like) => Tensor, (x: number) => number]>> = {
    exp2: [np.exp2, (x) => 2 ** x],
    log2: [np.log2, Math.log2],
    log10: [np.log10, Math.log10],
    degrees: [np.degrees, (x) => (x / Math.PI) * 180],
    radians: [np.radians, (x) => (x / 180) * Math.PI],
    reciprocal: [np.reciprocal, (x) => 1 / x],
    sinc: [np.sinc, (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))]
  }
  it.each(Object.entries(laws))('%s is its formula', (_, [f, law]) =>
    check(f64, (x) => {
      expectNear(f(x), array(law(x)))
    })
  )

  it.each(Object.entries(laws))('%s takes integers and bools as float64', (_, [f]) => {
    for (const dtype of ['int32', 'uint32', 'bool'] as const)
      expectSame(f(array([1, 0, 1], { dtype })), f(array([1, 0, 1])))
  })

  it('exp2 is exact for whole numbers', () =>
    check(fc.integer({ min: -1000, max: 1000 }), (n) => expectSame(np.exp2(n), array(2 ** n))))

  it('logaddexp2 is log2 of a sum of powers of 2', () =>
    check(fc.tuple(f64, f64), ([x, y]) => expectNear(np.logaddexp2(x, y), array(Math.log2(2 ** x + 2 ** y)))))

  it('logaddexp2 takes integers and bools as float64', () => {
    for (const dtype of ['int32', 'uint32', 'bool'] as const)
      expectSame(np.logaddexp2(array([1, 0], { dtype }), array(1, { dtype })), np.logaddexp2([1, 0], 1))
  })

  it('sinc keeps the digits of its derivatives near 0, where its series is Σ (-1)^k (πx)^2k / (2k+1)!', () => {
    // The n-th derivative of the series at a small x, term by term.
    const series = (n: number, x: number): number => {
      let sum = 0
      let coefficient = 1
      for (let k = 0; k < 30; k++) {
        let falling = 1
        for (let j = 0; j < n; j++) falling *= 2 * k - j
        if (2 * k >= n) sum += coefficient * Math.PI ** (2 * k) * falling * x ** (2 * k - n)
        coefficient /= -(2 * k + 2) * (2 * k + 3)
      }
      return sum
    }
    for (const x of [0, 1e-9, 1e-4, 0.03, 0.3, 0.47, 0.48, 0.6])
      for (let n = 0; n <= 4; n++) {
        const want = series(n, x)
        expect(Math.abs(derivative(np.sinc, n)(x) - want), `order ${n} at ${x}`).toBeLessThan(
          1e-12 * Math.max(1, Math.PI ** n)
        )
      }
  })
})

describe('creation of operands', () => {
  it('keeps a dtype beside bare numbers', () =>
    check(arrayOf([3]), (x) => {
      const single = np.astype(x, 'float32')
      for (const f of [
        np.add,
        np.mul,
        np.div,
        np.pow,
        np.mod,
        np.floorDiv,
        np.hypot,
        np.maximum,
        np.atan2,
        np.logaddexp
      ])
        expect(f(single, 2).type.dtype).toBe('float32')
    }))
})
