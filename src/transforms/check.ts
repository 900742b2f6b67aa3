/** CheckGrads: derivatives compared with finite differences, in both modes, to any order. */

import { evaluate } from '../handlers/evaluate.js'
import { allocate } from '../language/data/allocate.js'
import { NDArray } from '../language/data/array.js'
import { callable } from '../language/data/callable.js'
import { type Complex, showComplex } from '../language/data/complex.js'
import { describe } from '../language/data/describe.js'
import { type Data, type DType, isComplex, partOf } from '../language/data/dtype.js'
import { fail, raise } from '../language/data/error.js'
import { itemAt, numberAt, zipped } from '../language/data/items.js'
import { isArray, isTexts } from '../language/data/lists.js'
import { known } from '../language/data/options.js'
import * as S from '../language/data/shape.js'
import { constant, type Tensor } from '../language/terms/term.js'
import type { Arguments } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import { type Lifted, moves, onLeaves, take, takeTuple } from './arguments.js'
import { type Corners, cornersOf, type Difference, extrapolated } from './differences.js'
import { expectComplexInputs, expectComplexOutputs } from './holomorphic.js'
import { jvp } from './jvp.js'
import { vjp } from './vjp.js'

// --- model
export type Mode = 'fwd' | 'rev'

/**
 * `eps` is the step of the differences; `atol` and `rtol` default by dtype as in JAX. `holomorphic` demands that the function has a
 * complex derivative.
 */
export type CheckOptions = Readonly<{
  order?: number
  modes?: ReadonlyArray<Mode>
  eps?: number
  atol?: number
  rtol?: number
  holomorphic?: boolean
}>
const checkOptions = known<CheckOptions>({
  order: 'integer',
  modes: 'checked',
  eps: 'number',
  atol: 'number',
  rtol: 'number',
  holomorphic: 'boolean'
})

// The tolerances are those of jax.test_util. Its step is 1e-4 whatever the dtype, in float32 mostly rounding error; here
// that is the cube root of the dtype's precision, at which truncation and rounding are of one size.
const tolerance = { float64: 1e-5, float32: 2e-3 } as const
const step = { float64: 1e-4, float32: 4e-3 } as const

/** Higher derivatives are compared no further. */
const highest = 6

type Settings = Readonly<{
  eps: number | undefined
  atol: number | undefined
  rtol: number | undefined
  modes: ReadonlyArray<Mode>
}>
type Flat = (leaves: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>

// --- combinators
/**
 * Compares the derivatives of `f` at the arguments with central finite differences along pseudorandom directions, in forward
 * and in reverse mode, and, up to `order`, does the same for the derivatives. From the second order on, derivatives are
 * also compared with mixed differences of the value itself, because a rule that is right only at the given point is
 * consistent with itself nearby. These differences are extrapolated, and fail only beyond their own error estimate. Integer
 * and boolean leaves are held constant, and complex ones move in both parts. With `holomorphic`, the slopes of the value along the
 * real and the imaginary axis must be the same (the Cauchy-Riemann equations), else the error names the point and both. Returns nothing, or throws `GradientMismatch` with the mode and order, the argument
 * and path, and the expected and actual derivative.
 *
 * @example
 * import { checkGrads } from 'freegrad'
 * import { mul, sin } from 'freegrad/ops'
 * checkGrads((x) => mul(sin(x), x), { order: 2 })(1)
 */
export const checkGrads: {
  <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
    f: (...args: A) => R,
    options?: CheckOptions
  ): (...args: Arguments<NoInfer<A>>) => void
  /** @deprecated Call what `checkGrads(f, options)` returns, as that of every transform: `checkGrads(f, options)(...args)`. */
  <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
    f: (...args: A) => R,
    args: Readonly<Arguments<NoInfer<A>>>,
    options?: CheckOptions
  ): void
} = (f: Fn, second?: ReadonlyArray<unknown> | CheckOptions, third?: CheckOptions): ((...args: unknown[]) => void) => {
  const isAtOnce = isArray(second) || third !== undefined
  const checkAt = checker(f, isAtOnce ? third : (second as CheckOptions | undefined))
  if (isAtOnce) checkAt(second)
  return (...args) => checkAt(args)
}

type Fn = (...args: never) => unknown

const checker = (f: Fn, options: CheckOptions | undefined): ((args: unknown) => void) => {
  const {
    order = 1,
    modes = ['fwd', 'rev'],
    eps,
    atol,
    rtol,
    holomorphic = false
  } = checkOptions('checkGrads', options)
  callable('checkGrads', 'f', f)
  if (!isTexts(modes) || !modes.every((mode) => mode === 'fwd' || mode === 'rev'))
    fail('TreeError', 'checkGrads', `the option modes is ${describe(modes)}`, { hint: "give ['fwd'], ['rev'] or both" })
  if (order > highest)
    fail('ArgnumError', 'checkGrads', `the order ${order} is too high`, {
      hint: `the work is several times as much for each order: at most ${highest}`
    })
  const settings = { eps, atol, rtol, modes }
  return (args) => {
    const inputs = takeTuple('checkGrads', 'arguments', args)
    const flat: Flat = (leaves) => take('checkGrads', onLeaves(f, inputs)(leaves)).leaves
    const values = evaluate(inputs.leaves).map((value) => constant(value))
    const point = { leaves: values, structure: inputs.structure }
    if (holomorphic) checkHolomorphic(flat, point, settings)
    check(flat, point, order, '', settings)
    for (let k = 2; k <= order; k++) checkByValue(flat, point, k, settings)
  }
}

const check = (f: Flat, point: Lifted, order: number, prefix: string, settings: Settings): void => {
  if (order < 1) return
  for (const mode of settings.modes) {
    const label = `${prefix}${mode}`
    if (mode === 'fwd') forward(f, point, label, settings)
    else reverse(f, point, label, settings)
    const derivative: Flat =
      mode === 'fwd'
        ? (leaves) => pushed(f, leaves, directions(leaves, seedOf(label)))[1]
        : (leaves) => pulled(f, leaves, seeded(label))
    check(derivative, point, order - 1, `${label} of `, settings)
  }
}

const pushed = (f: Flat, leaves: ReadonlyArray<Tensor>, dxs: ReadonlyArray<Tensor>) =>
  jvp((...xs: Tensor[]) => f(xs) as Tensor[])(leaves as Tensor[], dxs as Tensor[]) as unknown as [Tensor[], Tensor[]]

type Cotangents = (out: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>

const pulled = (f: Flat, leaves: ReadonlyArray<Tensor>, cotangents: Cotangents): ReadonlyArray<Tensor> => {
  const [out, pullback] = vjp((...xs: Tensor[]) => f(xs) as Tensor[])(...(leaves as Tensor[])) as unknown as [
    Tensor[],
    (cts: ReadonlyArray<Tensor>) => Tensor[]
  ]
  return pullback(cotangents(out))
}

const seeded =
  (label: string): Cotangents =>
  (out) =>
    directions(out, seedOf(label) + 1)

// Both modes move one leaf of the arguments at a time, so that a mismatch can name it.
const eachDirection = (
  { leaves }: Lifted,
  label: string,
  check: (k: number, dxs: ReadonlyArray<NDArray>) => void
): void => {
  const all = evaluate(directions(leaves, seedOf(label)))
  leaves.forEach((x, k) => {
    if (moves(x)) check(k, alone(all, k))
  })
}

// One of some directions, the others being zero.
const alone = (dxs: ReadonlyArray<NDArray>, k: number): ReadonlyArray<NDArray> =>
  dxs.map((dx, j) => (j === k ? dx : new NDArray(dx.type, allocate(dx.dtype, dx.size))))

// The Cauchy-Riemann equations: a step that is turned by i changes the value by i times as much. Where it does not along some
// direction, the element of which that is true is looked for.
const checkHolomorphic = (f: Flat, point: Lifted, settings: Settings): void => {
  const { leaves } = point
  expectComplexInputs('checkGrads', leaves.filter(moves))
  const outputs = f(leaves)
  expectComplexOutputs('checkGrads', outputs)
  const slopes = (dxs: ReadonlyArray<NDArray>): Slopes | undefined => {
    const along = difference(f, leaves, dxs, settings.eps)
    const across = difference(f, leaves, dxs.map(turned), settings.eps)
    return unequal(along, across, outputs, settings)
  }
  eachDirection(point, 'holomorphic', (k, dxs) => {
    const found = slopes(dxs)
    if (found === undefined) return
    const { type } = itemAt(leaves, k)
    for (let i = 0; i < 2 * S.size(type.shape); i += 2) {
      const at = slopes(dxs.map((dx, j) => unit(dx, j === k ? i : -1)))
      if (at !== undefined) notHolomorphic(point, k, i, at)
    }
    notHolomorphic(point, k, 0, found)
  })
}

// The slopes of one number along the real axis and along the imaginary axis, which is divided by i.
type Slopes = Readonly<{ real: Complex; imaginary: Complex }>

const turned = (dx: NDArray): NDArray => {
  const out = allocate(dx.dtype, dx.size)
  if (isComplex(dx.dtype))
    for (let i = 0; i < out.length; i += 2) {
      out[i] = -numberAt(dx.data, i + 1)
      out[i + 1] = numberAt(dx.data, i)
    }
  return new NDArray(dx.type, out)
}

// Zeros, and 1 at a place.
const unit = (dx: NDArray, place: number): NDArray => {
  const out = allocate(dx.dtype, dx.size)
  if (place >= 0) out[place] = 1
  return new NDArray(dx.type, out)
}

const unequal = (
  along: ReadonlyArray<Float64Array>,
  across: ReadonlyArray<Float64Array>,
  outputs: ReadonlyArray<Tensor>,
  settings: Settings
): Slopes | undefined => {
  for (const [j, { type }] of outputs.entries()) {
    const [dx, dy] = [itemAt(along, j), itemAt(across, j)]
    for (let i = 0; i < dx.length; i += 2) {
      const real = { re: numberAt(dx, i), im: numberAt(dx, i + 1) }
      const imaginary = { re: numberAt(dy, i + 1), im: -numberAt(dy, i) }
      const size = Math.hypot(real.re, real.im)
      const distance = Math.hypot(real.re - imaginary.re, real.im - imaginary.im)
      if (!near(size + distance, size, type.dtype, settings)) return { real, imaginary }
    }
  }
  return undefined
}

const notHolomorphic = (point: Lifted, k: number, place: number, { real, imaginary }: Slopes): never => {
  const written = (z: Complex): string => showComplex(z, String)
  const value = itemAt(evaluate([itemAt(point.leaves, k)]), 0)
  const at = written({ re: numberAt(value.data, place), im: numberAt(value.data, place + 1) })
  const [expected, got] =
    Math.abs(real.re - imaginary.re) > Math.abs(real.im - imaginary.im)
      ? [real.re, imaginary.re]
      : [real.im, imaginary.im]
  return mismatched(
    `the function is not holomorphic: at ${at} its slope is ${written(real)} along the real axis and ${written(imaginary)} along the imaginary axis`,
    point,
    k,
    expected,
    got,
    'np.conj, np.real, np.imag, np.abs and np.angle have no complex derivative: leave out holomorphic; wirtinger has both derivatives'
  )
}

// J dx by differences against the pushforward, element by element.
const forward = (f: Flat, point: Lifted, label: string, settings: Settings): void => {
  eachDirection(point, label, (k, dxs) => {
    const got = evaluate(
      pushed(
        f,
        point.leaves,
        dxs.map((dx) => constant(dx))
      )[1]
    )
    for (const [dy, differences] of zipped(got, difference(f, point.leaves, dxs, settings.eps)))
      dy.data.forEach((value, i) => {
        const expected = numberAt(differences, i)
        if (!near(value, expected, dy.dtype, settings)) mismatch(label, point, k, expected, value)
      })
  })
}

// <ct, J dx> by differences against <Jᵀ ct, dx> by the pullback.
const reverse = (f: Flat, point: Lifted, label: string, settings: Settings): void => {
  const cts = evaluate(directions(f(point.leaves), seedOf(label) + 1))
  const gradients = evaluate(pulled(f, point.leaves, seeded(label)))
  eachDirection(point, label, (k, dxs) => {
    const dys = difference(f, point.leaves, dxs, settings.eps)
    const expected = zipped(dys, cts).reduce((sum, [dy, ct]) => sum + dotOf(paired(ct), dy), 0)
    const gradient = itemAt(gradients, k)
    const got = dotOf(paired(gradient), itemAt(dxs, k).data)
    if (!near(got, expected, gradient.dtype, settings)) mismatch(label, point, k, expected, got)
  })
}

// What a cotangent is paired with: the real part of a product of complex numbers is that of parts, the imaginary ones subtracted.
const paired = ({ data, dtype }: NDArray): ArrayLike<number> & Iterable<number> =>
  isComplex(dtype) ? Float64Array.from(data, (x, i) => (i % 2 === 0 ? x : -x)) : (data as Data)

const dotOf = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += numberAt(a, i) * numberAt(b, i)
  return sum
}

// Central differences along dx: (f(x + eps dx) - f(x - eps dx)) / 2 eps, in float64 from values in f's own dtype.
const difference = (
  f: Flat,
  leaves: ReadonlyArray<Tensor>,
  dxs: ReadonlyArray<NDArray>,
  eps: number | undefined
): Array<Float64Array> => {
  const narrow = leaves.some(isNarrow)
  const h = eps ?? (narrow ? step.float32 : step.float64)
  const values = evaluate(leaves)
  const shifted = (sign: number) => evaluate(f(moved(leaves, values, (k, i) => sign * h * elementOf(dxs, k, i))))
  return zipped(shifted(1), shifted(-1)).map(([above, below]) =>
    Float64Array.from(above.data, (value, i) => (value - numberAt(below.data, i)) / (2 * h))
  )
}

// The derivative of `order`, along as many directions, against mixed differences of the value. The last direction moves one
// leaf at a time only if the derivative along all leaves differs, so that most points cost a few evaluations.
const checkByValue = (f: Flat, point: Lifted, order: number, settings: Settings): void => {
  const vectorsOf = (k: number): ReadonlyArray<NDArray> => evaluate(directions(point.leaves, seedOf(`value ${k}`)))
  const others = Array.from({ length: order - 1 }, (_, k) => vectorsOf(k))
  const last = vectorsOf(order - 1)
  const moving = point.leaves.flatMap((x, k) => (moves(x) ? [k] : []))
  for (const mode of settings.modes) {
    const differs = (along: ReadonlyArray<NDArray>) => differenceByValue(f, point.leaves, others, along, mode, settings)
    const all = differs(last)
    if (all === undefined) continue
    const label = `${new Array<Mode>(order).fill(mode).join(' of ')}, against differences of the value`
    for (const k of moving) {
      const one = differs(alone(last, k))
      if (one !== undefined) mismatch(label, point, k, one.expected, one.got, nearby)
    }
    mismatch(label, point, itemAt(moving, 0), all.expected, all.got, nearby)
  }
}

const nearby =
  'a derivative rule is wrong near this point, although it may be right at it, or the function is not smooth here; eps, atol and rtol adjust the check'

// How many steps are tried, each half of the one before, down to `eps`.
const steps = 7

/** An element of a derivative. */
type Element = Readonly<{ got: number; dtype: DType }>

// An element in which a derivative differs from the differences of the value, by two series of steps.
const differenceByValue = (
  f: Flat,
  leaves: ReadonlyArray<Tensor>,
  others: ReadonlyArray<ReadonlyArray<NDArray>>,
  last: ReadonlyArray<NDArray>,
  mode: Mode,
  settings: Settings
): Readonly<{ expected: number; got: number }> | undefined => {
  const { elements, read } = derivativeAlong(f, leaves, others, last, mode)
  const narrow = leaves.some(isNarrow)
  const smallest = settings.eps ?? (narrow ? step.float32 : step.float64)
  const precision = narrow || elements.some(({ dtype }) => partOf(dtype) === 'float32') ? 2 ** -23 : 2 ** -52
  const vectors = [...others, last]
  const order = vectors.length
  const values = evaluate(leaves)
  const largest = zipped(leaves, values).reduce(
    (most, [x, { data }]) => (moves(x) ? data.reduce(larger, most) : most),
    0
  )
  const at = (h: number): ReadonlyArray<Difference> => {
    const corners = read(cornersOf(order, (signs) => valuesAt(f, leaves, values, vectors, h, signs)))
    return Array.from(corners.sum, (sum, i) => ({
      value: sum / (2 * h) ** order,
      noise: (8 * precision * (numberAt(corners.size, i) + (largest * numberAt(corners.spread, i)) / h)) / h ** order
    }))
  }
  // The elements that no step has confirmed yet, with their estimates.
  const doubted = (largest: number): ReadonlyMap<Element, number> => {
    let open = elements.flatMap((element, place) =>
      Number.isFinite(element.got) ? [{ element, place, found: [] as Difference[] }] : []
    )
    for (let k = 0, h = largest; k < steps && open.length > 0; k++, h /= 2) {
      const differences = at(h)
      for (const { place, found } of open) found.push(itemAt(differences, place))
      open = open.filter(({ element: { got, dtype }, found }) => !near(got, extrapolated(found).value, dtype, settings))
    }
    return new Map(
      open.flatMap(({ element, found }) => {
        const { value, error } = extrapolated(found)
        const isFar = !near(element.got, value, element.dtype, settings, 10 * error)
        return isFar ? [[element, value]] : []
      })
    )
  }
  const first = doubted(smallest * 2 ** (steps - 1))
  if (first.size === 0) return undefined
  for (const [element, expected] of doubted(smallest * 2 ** (steps - 1) * 0.7)) {
    const before = first.get(element)
    if (before !== undefined && Math.abs(before - expected) < 0.1 * Math.abs(element.got - expected))
      return { expected, got: element.got }
  }
  return undefined
}

const larger = (most: number, x: number): number => Math.max(most, Math.abs(x))

// The derivative along vectors in one mode: element by element, or, in reverse mode, of the sum of all elements with a
// cotangent; and how the same is read from differences of all elements.
const derivativeAlong = (
  f: Flat,
  leaves: ReadonlyArray<Tensor>,
  others: ReadonlyArray<ReadonlyArray<NDArray>>,
  last: ReadonlyArray<NDArray>,
  mode: Mode
): Readonly<{ elements: ReadonlyArray<Element>; read: (corners: Corners) => Corners }> => {
  const terms = others.map((dxs) => dxs.map((dx) => constant(dx)))
  if (mode === 'fwd') {
    const derivative = [...terms, last.map((dx) => constant(dx))].reduce<Flat>(
      (g, dxs) => (xs) => pushed(g, xs, dxs)[1],
      f
    )
    const arrays = evaluate(floating(f(leaves), derivative(leaves)))
    return {
      elements: arrays.flatMap(({ data, dtype }) => Array.from(data, (got) => ({ got, dtype }))),
      read: (corners) => corners
    }
  }
  const outputs = floating(f(leaves))
  const cts = evaluate(directions(outputs, seedOf('value')))
  const flat = cts.flatMap((ct) => [...paired(ct)])
  const gradient: Flat = (xs) =>
    pulled(
      (xs) => floating(f(xs)),
      xs,
      () => cts.map((ct) => constant(ct))
    )
  const gradients = evaluate(terms.reduce<Flat>((g, dxs) => (xs) => pulled(g, xs, () => dxs), gradient)(leaves))
  const narrow = [...outputs, ...leaves].some(isNarrow)
  const sizes = flat.map(Math.abs)
  const got = zipped(leaves, zipped(gradients, last)).reduce(
    (sum, [x, [gradient, dx]]) => (moves(x) ? sum + dotOf(paired(gradient), dx.data) : sum),
    0
  )
  return {
    elements: [{ got, dtype: narrow ? 'float32' : 'float64' }],
    read: ({ sum, size, spread }) => ({
      sum: Float64Array.of(dotOf(flat, sum)),
      size: Float64Array.of(dotOf(sizes, size)),
      spread: Float64Array.of(dotOf(sizes, spread))
    })
  }
}

// Of the results those that move, or what stands beside them.
const floating = (ys: ReadonlyArray<Tensor>, beside = ys): ReadonlyArray<Tensor> =>
  beside.filter((_, k) => moves(itemAt(ys, k)))

// All floating elements of the value at a corner of a cube around the point.
const valuesAt = (
  f: Flat,
  leaves: ReadonlyArray<Tensor>,
  values: ReadonlyArray<NDArray>,
  vectors: ReadonlyArray<ReadonlyArray<NDArray>>,
  h: number,
  signs: ReadonlyArray<number>
): Float64Array => {
  const along = zipped(vectors, signs)
  const there = moved(leaves, values, (k, i) =>
    along.reduce((sum, [dxs, sign]) => sum + sign * h * elementOf(dxs, k, i), 0)
  )
  return Float64Array.from(evaluate(floating(f(there))).flatMap((y) => [...y.data]))
}

const isNarrow = ({ dtype }: Tensor): boolean => partOf(dtype) === 'float32'

const elementOf = (xs: ReadonlyArray<NDArray>, k: number, i: number): number => numberAt(itemAt(xs, k).data, i)

// The leaves that move, each element with so much added; the others as they are.
const moved = (
  leaves: ReadonlyArray<Tensor>,
  values: ReadonlyArray<NDArray>,
  by: (leaf: number, element: number) => number
): ReadonlyArray<Tensor> =>
  zipped(leaves, values).map(([leaf, { type, dtype, size, data }], k) => {
    if (!moves(leaf)) return leaf
    const there = allocate(dtype, size)
    data.forEach((x, i) => {
      there[i] = x + by(k, i)
    })
    return constant(new NDArray(type, there))
  })

const near = (got: number, expected: number, dtype: DType, { atol, rtol }: Settings, more = 0): boolean => {
  const standard = partOf(dtype) === 'float32' ? tolerance.float32 : tolerance.float64
  if (Number.isNaN(got) && Number.isNaN(expected)) return true
  const most = (atol ?? standard) + (rtol ?? standard) * Math.abs(expected) + more
  return got === expected || Math.abs(got - expected) <= most
}

const mismatch = (
  label: string,
  point: Lifted,
  k: number,
  expected: number,
  got: number,
  hint = 'a derivative rule is wrong, or the function is not smooth here; eps, atol and rtol adjust the check'
): never => mismatched(`${label}: expected ${expected}, got ${got}`, point, k, expected, got, hint)

const mismatched = (
  problem: string,
  { leaves, structure }: Lifted,
  k: number,
  expected: number,
  got: number,
  hint: string
): never => {
  const path = itemAt(Tree.paths(structure), k)
  return raise({
    _tag: 'GradientMismatch',
    op: 'checkGrads',
    problem,
    hint,
    operands: [itemAt(leaves, k).type],
    path,
    argument: Number(/^\[(\d+)\]/.exec(path)?.[1] ?? 0),
    expected,
    got
  })
}

// Directions: fixed pseudorandom numbers in (-1, 1) by a 32-bit mixing function, so that a failure repeats itself.
const directions = (leaves: ReadonlyArray<Tensor>, seed: number): Array<Tensor> => {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 31 - 1
  }
  return leaves.map((x) => {
    const data = allocate(
      x.type.dtype,
      x.type.shape.reduce((n, size) => n * size, 1)
    )
    if (moves(x)) for (let i = 0; i < data.length; i++) data[i] = next()
    return constant(new NDArray({ ...x.type, weak: false }, data))
  })
}

const seedOf = (label: string): number => [...label].reduce((h, c) => (Math.imul(h, 31) + c.charCodeAt(0)) | 0, 7)
