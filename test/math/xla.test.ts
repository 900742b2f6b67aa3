/** The functions that imitate XLA, against what JAX 0.10.2 computes (`xla_reference.py` prints it). */

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { erfInv } from '../../src/math/erf.js'
import { threefry2x32 } from '../../src/math/threefry.js'
import { erfInvXla32, erfInvXla64, log1pXla32, logXla32 } from '../../src/math/xla.js'
import { ulpDistance } from './ulp.js'

const view = new DataView(new ArrayBuffer(8))

/** The number whose float32 (float64) bits are given. */
const float32 = (bits: number): number => {
  view.setUint32(0, bits)
  return view.getFloat32(0)
}
const float64 = (high: number, low: number): number => {
  view.setUint32(0, high)
  view.setUint32(4, low)
  return view.getFloat64(0)
}
const bits32 = (x: number): number => {
  view.setFloat32(0, x)
  return view.getUint32(0)
}

const draw = (seed: number, i: number): readonly [number, number] => {
  const out = new Uint32Array(2)
  threefry2x32(0, seed, 0, i, out, 0)
  return [out[0], out[1]]
}

const uniform32 = (seed: number, i: number): number => {
  const [high, low] = draw(seed, i)
  return float32(((high ^ low) >>> 9) | 0x3f800000) - 1
}
const uniform64 = (seed: number, i: number): number => {
  const [high, low] = draw(seed, i)
  return float64((high >>> 12) | 0x3ff00000, (high << 20) | (low >>> 12)) - 1
}

// the next number above -1
const least32 = Math.fround(-1 + 2 ** -24)
const least64 = -1 + 2 ** -53
const normal32 = (seed: number, i: number): number => {
  const u = Math.max(least32, Math.fround(2 * uniform32(seed, i) + least32))
  return Math.fround(Math.fround(Math.SQRT2) * erfInvXla32(u))
}
const normal64 = (seed: number, i: number): number =>
  Math.SQRT2 * erfInvXla64(Math.max(least64, 2 * uniform64(seed, i) + least64))

const first = (count: number, f: (i: number) => number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => f(i))

/** The hash that `xla_reference.py` prints, of 100,000 float32 numbers. */
const digest = (f: (i: number) => number): string => {
  let hash = 0
  for (let i = 0; i < 100_000; i++) hash = (Math.imul(hash, 31) + bits32(f(i))) >>> 0
  return hash.toString(16).padStart(8, '0')
}

const unit32 = fc.float({ min: -1, max: 1, noNaN: true })

describe('draws', () => {
  it('uniform float32 and float64 have the bits of JAX', () => {
    expect(first(5, (i) => bits32(uniform32(0, i)))).toEqual([
      0x3f729a4e, 0x3f7a8436, 0x3eaa221c, 0x3eeff550, 0x3f11e43a
    ])
    expect(first(5, (i) => uniform64(0, i))).toEqual([
      float64(0x3fdac800, 0x56666e90),
      float64(0x3fcbaf91, 0xc7e6ed88),
      float64(0x3feee3e9, 0xd53441c8),
      float64(0x3fe2624e, 0xf17c9d1a),
      float64(0x3fe107ff, 0xd8233b78)
    ])
  })
  it('normal float32 has the bits of JAX', () => {
    expect(first(5, (i) => bits32(normal32(0, i)))).toEqual([
      0x3fcfb2bd, 0x40019df0, 0xbede0017, 0xbda10222, 0x3e34512c
    ])
    expect(first(5, (i) => normal32(1193674498, i))).toEqual(
      [0.60535985, -0.786003, -1.2520535, -0.20597291, 0.12061446].map(Math.fround)
    )
  })
  it('normal float32 has the bits of JAX in 100,000 draws', () =>
    expect(digest((i) => normal32(3, i))).toBe('19ae1ddf'))
  it('normal float64 is within 4 ulp of JAX', () => {
    const want = [-0.2058421394796434, -0.7847657764467411, 1.8160866726679836, 0.1878440128937887, 0.08086788103743275]
    expect(Math.max(...want.map((x, i) => ulpDistance(normal64(0, i), x)))).toBeLessThanOrEqual(4)
  })
})

describe('float32', () => {
  it('log has the bits of JAX', () => expect(digest((i) => logXla32((i + 1) / 4096))).toBe('2b17a492'))
  it('log1p has the bits of JAX', () =>
    expect(digest((i) => log1pXla32(Math.fround(i / 50_000 - 0.99)))).toBe('cc5bb826'))
  it('erfInv has the bits of JAX', () =>
    expect(digest((i) => erfInvXla32(Math.fround(i / 50_000 - 1)))).toBe('6e37efe4'))
  it('log and log1p are within a few units of the truth', () =>
    fc.assert(
      fc.property(fc.float({ min: Math.fround(1e-37), noNaN: true, noDefaultInfinity: true }), (x) => {
        const near = (got: number, want: number): boolean => Math.abs(got - want) <= 2 ** -22 * Math.abs(want)
        return near(logXla32(x), Math.log(x)) && near(log1pXla32(x), Math.log1p(x))
      })
    ))
  it('erfInv is odd', () => fc.assert(fc.property(unit32, (x) => Object.is(erfInvXla32(-x), -erfInvXla32(x)))))
  it('gives float32 numbers', () =>
    fc.assert(
      fc.property(fc.float(), (x) =>
        [logXla32, log1pXla32, erfInvXla32].every((f) => Object.is(f(x), Math.fround(f(x))))
      )
    ))
  it('meets JAX at the edges', () => {
    expect([0, -0, -1, Infinity, NaN].map(logXla32)).toEqual([-Infinity, -Infinity, NaN, Infinity, NaN])
    expect([-1, -2, -0, Infinity, NaN].map(log1pXla32)).toEqual([-Infinity, NaN, -0, Infinity, NaN])
    expect([1, -1, -0, 2, NaN].map(erfInvXla32)).toEqual([Infinity, -Infinity, -0, NaN, NaN])
  })
})

/** Arguments and JAX's `erf_inv` of them. */
const erfInv64: ReadonlyArray<readonly [number, number]> = [
  [-0.999, -2.3267537655135273],
  [-0.8965384615384615, -1.1513811411473565],
  [-0.7940769230769231, -0.8943880096032085],
  [-0.6916153846153846, -0.7202713082052162],
  [-0.5891538461538461, -0.5815285013338736],
  [-0.48669230769230765, -0.4622328618271951],
  [-0.38423076923076926, -0.3548653657866317],
  [-0.28176923076923077, -0.2551413347255996],
  [-0.17930769230769228, -0.1602690270111732],
  [-0.07684615384615379, -0.06820876212976651],
  [0.025615384615384706, 0.022704944524746442],
  [0.1280769230769231, 0.11399710896016314],
  [0.23053846153846147, 0.20723836059782028],
  [0.3330000000000001, 0.3042461029341062],
  [0.43546153846153846, 0.40737376838994827],
  [0.5379230769230771, 0.5200283922806851],
  [0.6403846153846154, 0.6477792591555517],
  [0.7428461538461538, 0.8012537058777135],
  [0.8453076923076924, 1.0063199154013749],
  [0.9477692307692308, 1.372654660630822],
  [0.9990234375, 2.331467773621948],
  [0.999755859375, 2.593900513134488],
  [0.99993896484375, 2.8346302855713943],
  [0.9999847412109375, 3.0581795818509163],
  [0.9999961853027344, 3.267703778589618],
  [0.9999990463256836, 3.4655050258033313],
  [0.9999997615814209, 3.653322423990244],
  [0.9999999403953552, 3.8325068569007104],
  [0.9999999850988388, 4.004131885114474],
  [0.9999999962747097, 4.1690670866841755],
  [0.9999999990686774, 4.328028275748485],
  [0.9999999997671694, 4.481612907106162],
  [0.9999999999417923, 4.63032567502689],
  [0.9999999999854481, 4.774597423656005],
  [0.999999999996362, 4.914799385923868],
  [0.9999999999990905, 5.051254085249347],
  [0.9999999999997726, 5.184243807099834],
  [0.9999999999999432, 5.314017270169744],
  [0.9999999999999858, 5.440794942976844],
  [0.9999999999999964, 5.564773326996244],
  [0.9999999999999991, 5.686128441310392],
  [0.9999999999999998, 5.805018683193453]
]

describe('float64', () => {
  it('erfInvXla64 is within 4 ulp of JAX', () =>
    expect(erfInv64.filter(([x, y]) => ulpDistance(erfInvXla64(x), y) > 4)).toEqual([]))
  it('erfInvXla64 is near erfInv where the square of the argument is far from 1', () =>
    fc.assert(
      fc.property(
        fc.double({ min: -0.99, max: 0.99, noNaN: true }),
        (x) => ulpDistance(erfInvXla64(x), erfInv(x)) <= 30
      )
    ))
  it('erfInvXla64 is within 1e-10 of erfInv everywhere', () =>
    fc.assert(
      fc.property(fc.double({ min: -1 + 2 ** -53, max: 1 - 2 ** -53, noNaN: true }), (x) => {
        return Math.abs(erfInvXla64(x) - erfInv(x)) <= 1e-10 * Math.abs(erfInv(x)) + Number.MIN_VALUE
      })
    ))
  it('erfInvXla64 is odd, infinite at ±1 and NaN beyond', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (x) => Object.is(erfInvXla64(-x), -erfInvXla64(x))))
    expect([1, -1, -0, 2, NaN].map(erfInvXla64)).toEqual([Infinity, -Infinity, -0, NaN, NaN])
  })
})
