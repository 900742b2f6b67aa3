/**
 * Along axes: derivatives of operations along axes where JAX's are not what freegrad means, by plain loops: ties share a
 * slope equally, and a spread or a norm that is 0 has the slope 0.
 */

import type { OpCase, Recorded } from './fixtures.js'

// --- model
type Numbers = ReadonlyArray<number>

/** The derivatives of what is made of one line of elements. */
interface Line {
  readonly jvp: (x: Numbers, t: Numbers) => Numbers
  readonly vjp: (x: Numbers, ct: Numbers) => Numbers
}

type Part = 'value' | 'jvp' | 'second' | 'vjp'

// --- instances
/** Running extremes: the slope is shared by all that are the best so far; NaN has none. */
const extreme = (better: (...xs: Numbers) => number): Line => {
  const share = (x: Numbers, k: number, j: number): number => {
    const seen = x.slice(0, k + 1)
    const first = seen.findIndex(Number.isNaN)
    const best = better(...(first < 0 ? seen : seen.slice(0, first)))
    if (first >= 0) return j >= first || x[j] === best ? Number.NaN : 0
    return x[j] === best ? 1 / seen.filter((value) => value === best).length : 0
  }
  return {
    jvp: (x, t) => x.map((_, k) => x.slice(0, k + 1).reduce((sum, _, j) => sum + share(x, k, j) * t[j], 0)),
    vjp: (x, ct) => x.map((_, j) => x.reduce((sum, _, k) => sum + (k < j ? 0 : share(x, k, j) * ct[k]), 0))
  }
}

/** Sorted elements: the slope of each place is shared by all that are equal to what stands there; NaN is equal to nothing. */
const sorted: Line = (() => {
  const shares = (x: Numbers): ReadonlyArray<ReadonlyMap<number, number>> => {
    const order = x
      .map((_, i) => i)
      .sort((i, j) => x[i] - x[j] || Number(Number.isNaN(x[i])) - Number(Number.isNaN(x[j])))
    return order.map((i) => {
      const ties = order.filter((j) => j === i || x[j] === x[i])
      return new Map(ties.map((j) => [j, 1 / ties.length]))
    })
  }
  return {
    jvp: (x, t) => shares(x).map((share) => [...share].reduce((sum, [j, part]) => sum + part * t[j], 0)),
    vjp: (x, ct) => {
      const all = shares(x)
      return x.map((_, j) => all.reduce((sum, share, k) => sum + (share.get(j) ?? 0) * ct[k], 0))
    }
  }
})()

const running: Readonly<Record<string, Line>> = { cummax: extreme(Math.max), cummin: extreme(Math.min), sort: sorted }

/** The gradients of norms by their orders, where they have kinks: 0 at 0, and shared by equals. */
const normGradients: Readonly<Record<string, (x: Numbers) => Numbers>> = {
  1: (x) => x.map(Math.sign),
  inf: (x) => shared(x, Math.max(...x.map(Math.abs))),
  '-inf': (x) => shared(x, Math.min(...x.map(Math.abs)))
}

const shared = (x: Numbers, size: number): Numbers => {
  const ties = x.filter((value) => Math.abs(value) === size).length
  return x.map((value) => (Math.abs(value) === size ? Math.sign(value) / ties : 0))
}

const products = (x: Numbers): Numbers => {
  let product = 1
  return x.map((value) => (product *= value))
}

// --- combinators
/** The elements that a derivative of a case is to have by such a loop; undefined where JAX's count. */
export const alongAxes = (each: OpCase, part: Part): ArrayLike<number> | undefined => {
  const { op, inputs, derivatives, value } = each
  const [x] = inputs
  // In float64 whatever the dtype, so that what is too large for it in the middle is not lost at the end.
  if (part === 'value' && op === 'cumprod') return alongLines(each, [x], ([line]) => products(line))
  if (derivatives === null || part === 'value') return undefined
  const { tangents, cotangent } = derivatives
  const zeros = new Float64Array(part === 'vjp' ? x.data.length : value.data.length)
  if (op in running)
    return part === 'second'
      ? zeros
      : alongLines(each, [x, part === 'vjp' ? cotangent : (tangents[0] as Recorded)], ([line, direction]) =>
          running[op][part](line, direction)
        )
  if (hasNoSpread(each) || (op === 'norm' && part !== 'second' && x.data.every((element) => element === 0)))
    return zeros
  const gradient = op === 'norm' && x.shape.length === 1 ? normGradients[String(each.params.ord)] : undefined
  if (gradient === undefined) return undefined
  const slopes = gradient(Array.from(x.data))
  if (part === 'second') return zeros
  if (part === 'vjp') return slopes.map((slope) => slope * cotangent.data[0])
  return [slopes.reduce((sum, slope, k) => sum + slope * (tangents[0] as Recorded).data[k], 0)]
}

/** Where a norm is 0, and its slope, but not its curvature. */
export const isAtKink = (each: OpCase): boolean =>
  (each.op === 'std' && hasNoSpread(each)) || (each.op === 'norm' && each.inputs[0].data.every((x) => x === 0))

/** Where all elements are equal, or there are too few for a spread, which is then NaN whatever they are. */
const hasNoSpread = ({ op, inputs, value }: OpCase): boolean => {
  if (op !== 'std' && op !== 'var') return false
  const isUndefined = value.data.some(Number.isNaN) && inputs[0].data.every(Number.isFinite)
  return isUndefined || (op === 'std' && value.data.some((spread) => spread === 0))
}

/** Applies a function to the lines of arrays along an axis, in the direction that the case has. */
const alongLines = (
  { params, inputs: [{ shape }] }: OpCase,
  arrays: ReadonlyArray<Recorded>,
  f: (lines: ReadonlyArray<Numbers>) => Numbers
): Float64Array => {
  const axis = Number(params.axis)
  const n = shape[axis]
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const out = new Float64Array(arrays[0].data.length)
  for (let start = 0; start < out.length; start++) {
    if (Math.floor(start / stride) % n !== 0) continue
    const places = Array.from({ length: n }, (_, k) => start + stride * (params.reverse === true ? n - 1 - k : k))
    const line = f(arrays.map(({ data }) => places.map((place) => data[place])))
    places.forEach((place, k) => {
      out[place] = line[k]
    })
  }
  return out
}
