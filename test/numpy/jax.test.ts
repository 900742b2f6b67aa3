/**
 * NumPy's functions against JAX's: values, first and second derivatives, on the fixtures that record functions of
 * `jax.numpy`. Where freegrad means something else than JAX, on purpose, the case stands in `differs` with the reason.
 */
import { describe, expect, it } from 'vitest'
import { array, jvp, type NDArray, run, type Tensor, vjp } from '../../src/index.js'
import * as np from '../../src/numpy/index.js'
import {
  label,
  type Mode,
  type OpCase,
  type Operands,
  type OpFamily,
  opCases,
  type Params,
  type Recorded
} from '../jax/fixtures.js'

// --- model
type Fn = (...xs: Array<Tensor>) => Tensor
type Call = (params: never) => Fn
type K = Readonly<{ k: number }>
type Along = Readonly<{ axis: number }>
type Shaped = Readonly<{ shape: Array<number> }>
type Reduced = Readonly<{ axes: Array<number> | null; keepdims?: boolean; ddof?: number }>
type Normed = Reduced & Readonly<{ ord: number | string | null }>

const over = ({ axes, ...rest }: Reduced) => ({ axis: axes, ...rest })
const order = (ord: number | string | null) => (ord === 'inf' ? Infinity : ord === '-inf' ? -Infinity : (ord as number))

/** By what freegrad answers to an operation of a family. */
const calls: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  unary: {
    square: () => np.square,
    reciprocal: () => np.reciprocal,
    log2: () => np.log2,
    log10: () => np.log10,
    sinc: () => np.sinc,
    round: () => (x) => np.round(x),
    isNaN: () => np.isnan,
    isInf: () => np.isinf,
    isFinite: () => np.isfinite,
    signbit: () => np.signbit
  },
  binary: {
    hypot: () => np.hypot,
    mod: () => np.mod,
    floorDiv: () => np.floorDiv,
    copysign: () => np.copysign,
    heaviside: () => np.heaviside
  },
  integers: {
    square: () => np.square,
    mod: () => np.mod,
    floorDiv: () => np.floorDiv,
    pow: () => np.pow,
    integerPow: ({ n }: { n: number }) => np.pow(n),
    logicalNot: () => np.logicalNot
  },
  statistics: {
    mean: (params: Reduced) => (x) => np.mean(x, over(params)),
    var: (params: Reduced) => (x) => np.var(x, over(params)),
    std: (params: Reduced) => (x) => np.std(x, over(params)),
    logsumexp: (params: Reduced) => (x) => np.logsumexp(x, over(params)),
    softmax: (params: Along) => (x) => np.softmax(x, params),
    logSoftmax: (params: Along) => (x) => np.logSoftmax(x, params),
    norm:
      ({ ord, axes }: Normed) =>
      (x) =>
        np.norm(x, { axis: axes, ord: order(ord) })
  },
  products: {
    matmul: () => np.matmul,
    einsum:
      ({ spec }: { spec: string }) =>
      (...xs) =>
        np.einsum(spec, ...xs),
    tensordot: (params: { axes: number }) => (x, y) => np.tensordot(x, y, params),
    outer: () => np.outer,
    inner: () => np.inner,
    vdot: () => np.vdot
  },
  shapes: {
    reshape: (params: Shaped) => (x) => np.reshape(x, params.shape),
    transpose: (params: { permutation: Array<number> }) => (x) => np.transpose(x, params.permutation),
    broadcastTo: (params: Shaped) => (x) => np.broadcastTo(x, params.shape),
    squeeze: (params: Reduced) => (x) => np.squeeze(x, over(params)),
    expandDims: (params: Along) => (x) => np.expandDims(x, params.axis),
    concatenate:
      (params: Along) =>
      (...xs) =>
        np.concatenate(xs, params),
    stack:
      (params: Along) =>
      (...xs) =>
        np.stack(xs, params),
    flip: (params: Along) => (x) => np.flip(x, params),
    roll: (params: Along & { shift: number }) => (x) => np.roll(x, params.shift, params),
    tile: (params: { reps: Array<number> }) => (x) => np.tile(x, params.reps),
    repeat: (params: Along & { repeats: number }) => (x) => np.repeat(x, params.repeats, params),
    tril: (params: K) => (x) => np.tril(x, params),
    triu: (params: K) => (x) => np.triu(x, params),
    diag: (params: K) => (x) => np.diag(x, params),
    trace: () => (x) => np.trace(x),
    meshgrid:
      ({ indexing, part }: { indexing: 'xy' | 'ij'; part: number }) =>
      (...xs) =>
        np.meshgrid(xs, { indexing })[part],
    split: (params: Along & { sections: number; part: number }) => (x) =>
      np.split(x, params.sections, params)[params.part],
    moveaxis: (params: { source: number; destination: number }) => (x) =>
      np.moveaxis(x, params.source, params.destination),
    swapaxes: (params: { axis1: number; axis2: number }) => (x) => np.swapaxes(x, params.axis1, params.axis2),
    linspace: (params: { num: number; endpoint: boolean }) => (x, y) => np.linspace(x, y, params.num, params),
    arange: (params: { start: number; stop: number; step: number; dtype: 'float32' }) => () =>
      np.arange(params.start, params.stop, params.step, params),
    eye: (params: K & { rows: number; columns: number; dtype: 'float32' }) => () => np.eye(params.rows, params)
  },
  indexing: {
    // Mode 'clip' of jnp.take takes negative indices to 0, where freegrad counts from the end as x[i] does.
    take: (params: Along & { mode: string }) => (x, i) =>
      np.take(x, params.mode === 'clip' ? np.maximum(i, 0) : i, params),
    takeAlongAxis: (params: Along) => (x, i) => np.takeAlongAxis(x, i, params),
    sort: (params: Along) => (x) => np.sort(x, params),
    argsort: (params: Along) => (x) => np.argsort(x, params)
  }
}

// --- what differs
const has = (x: Recorded, holds: (value: number) => boolean): boolean => x.data.some((value) => holds(value))

/** Cases of which freegrad means something else than JAX. */
const differs = ({ op, params, inputs, value }: OpCase): boolean =>
  // jnp.take fills what is outside with NaN or wraps it; freegrad takes it to the nearest end, as x[i] does.
  op === 'take' && params.mode !== 'clip' && inputs.length > 1
    ? has(inputs[1], (i) => i < -value.data.length || i >= inputs[0].shape[Number(params.axis)])
    : false

/**
 * Whether derivatives of element `i` are JAX's. They are not at kinks, where freegrad has the subgradient of least norm
 * and JAX NaN or one side, nor where JAX's own formula fails: sinc cancels near 0, and hypot chooses the larger operand.
 */
const isComparable = ({ op, inputs, params }: OpCase, i: number): boolean => {
  const [x, y] = inputs.map(({ data }) => Number(data[i]))
  if (op === 'sinc') return Math.abs(x) >= 0.5
  if (op === 'hypot') return Math.abs(x) !== Math.abs(y) && Math.abs(x + y) < Infinity && x !== 0 && y !== 0
  if (op === 'norm') return !has(inputs[0], (value) => value === 0) || Number(params.ord) === 3
  return true
}

/**
 * Whether there is a slope for JAX to have: of a spread that is 0, where freegrad has the least subgradient, there is
 * not, and where there are too few elements for one freegrad has a constant NaN and JAX the slope of one.
 */
const isSmooth = ({ op, inputs, value }: OpCase): boolean => {
  const undefinedSpread = has(value, Number.isNaN) && !has(inputs[0], (x) => !Number.isFinite(x))
  return op === 'var' ? !undefinedSpread : op === 'std' ? !undefinedSpread && !has(value, (s) => s === 0) : true
}

// --- comparison
const epsilon = { float64: 2 ** -52, float32: 2 ** -23 } as const
const smallest = { float64: 2 ** -1022, float32: 2 ** -126 } as const

const largest = (arrays: ReadonlyArray<Recorded>): number =>
  Math.max(0, ...arrays.flatMap(({ data }) => Array.from(data, Math.abs).filter(Number.isFinite)))

/** The size of the terms of which derivative `part` of an element is the sum, where they may cancel. */
const cancelled = ({ op, derivatives }: OpCase, part: string, i: number): number => {
  const moved = (xs: Operands) => xs.reduce((sum, x) => sum + Math.abs(Number(x?.data[i] ?? 0)), 0)
  if (derivatives === null || part === 'value' || (op !== 'hypot' && op !== 'sinc')) return 0
  const first = part.startsWith('vjp') ? Math.abs(Number(derivatives.cotangent.data[i])) : moved(derivatives.tangents)
  // The first derivative of hypot is at most 1, the first two of sinc are at most π²/3.
  return first * (part === 'second' ? moved(derivatives.seconds) : 1) * (op === 'sinc' ? 4 : 1)
}

/**
 * Elements are as far from JAX's as rounding takes them: 8 units of the last place of each element where the function
 * works element by element, and 32 of the largest one where it sums.
 */
const expectClose = (each: OpCase, part: string, got: NDArray, want: Recorded): void => {
  const what = `${label(each)} ${part}`
  expect(`${got.type.dtype}[${got.shape}]`, what).toBe(`${want.dtype}[${want.shape}]`)
  const { dtype } = want
  if (dtype !== 'float64' && dtype !== 'float32') {
    expect(Array.from(got.data), what).toEqual(Array.from(want.data))
    return
  }
  // XLA on a CPU takes subnormal numbers for zeros, and so what comes of them by a small factor.
  const flushed = (x: number) => (Math.abs(x) < 4 * smallest[dtype] ? 0 : x)
  const [xs, ys] = [got, want].map(({ data }) => Array.from(data, flushed))
  const isElementwise = each.family === 'unary' || each.family === 'binary'
  const scale = largest(part === 'second' && each.derivatives !== null ? [want, each.derivatives.jvp] : [want])
  const far = xs.flatMap((x, i) => {
    const allowed = isElementwise ? 8 * Math.max(Math.abs(ys[i]), cancelled(each, part, i)) : 32 * scale
    const isClose = Object.is(x, ys[i]) || x === ys[i] || Math.abs(x - ys[i]) <= epsilon[dtype] * allowed
    return isClose || (part !== 'value' && !isComparable(each, i)) ? [] : [`[${i}] is ${x}, not ${ys[i]}`]
  })
  expect(far, what).toEqual([])
}

const given = ({ dtype, shape, data }: Recorded): NDArray => array(data, { dtype, shape })

const check = (each: OpCase, f: Fn): void => {
  const xs = each.inputs.map(given)
  expectClose(each, 'value', run(f(...(xs as unknown as Array<Tensor>))), each.value)
  const { derivatives } = each
  if (derivatives === null || !isSmooth(each)) return
  const moving = xs.flatMap((_, i) => (derivatives.tangents[i] === null ? [] : [i]))
  const pick = (list: ReadonlyArray<Recorded | null>) => moving.map((i) => given(list[i] as Recorded))
  const primals = moving.map((i) => xs[i])
  const held: Fn = (...ys) =>
    f(...xs.map((x, i) => (moving.includes(i) ? ys[moving.indexOf(i)] : (x as unknown as Tensor))))
  const push: Fn = (...ys) => jvp(held)(ys, pick(derivatives.tangents))[1]
  expectClose(each, 'jvp', run(jvp(held)(primals, pick(derivatives.tangents))[1]), derivatives.jvp)
  expectClose(each, 'second', run(jvp(push)(primals, pick(derivatives.seconds))[1]), derivatives.second)
  const cotangents = run(vjp(held)(...primals)[1](given(derivatives.cotangent)))
  moving.forEach((i, k) => {
    expectClose(each, `vjp ${i}`, cotangents[k], derivatives.vjp[i] as Recorded)
  })
}

// --- tests
const runs = Object.keys(calls).flatMap((family) =>
  (family === 'integers' ? (['x32'] as const) : (['x32', 'x64'] as const)).map((mode: Mode) => ({ family, mode }))
)

describe.each(runs)('$family.$mode', ({ family, mode }) => {
  const cases = opCases(family as OpFamily, mode)

  it.each(Object.entries(calls[family]))('%s is what JAX computes', (op, call) => {
    const compared = cases.filter((each) => each.op === op && !differs(each))
    expect(compared.length).toBeGreaterThan(0)
    for (const each of compared) check(each, call(each.params as Params as never))
  })
})
