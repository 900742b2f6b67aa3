/** Calls: what freegrad answers to each operation that the fixtures record, by the name and params it has there. */

import {
  associativeScan,
  branch,
  cond,
  type DType,
  foriLoop,
  jvp,
  type Like,
  mapLoop,
  scan,
  type Tensor,
  vmap,
  whileLoop
} from 'freegrad'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import * as sp from 'freegrad/special'
import { collectives } from './collectives.js'
import type { OpCase, OpFamily } from './fixtures.js'
import { fourier } from './fourier.js'
import { jets } from './jets.js'
import { algebra } from './linalg.js'
import { activations, functions } from './nn.js'
import { optimizers } from './optim.js'
import { rules } from './rules.js'

// --- model
export type Fn = (...xs: Array<Tensor>) => Tensor
type Call = (params: never) => Fn
export type Calls = Readonly<Record<string, Call>>
type K = Readonly<{ k: number }>
type Along = Readonly<{ axis: number }>
type Axes = Readonly<{ axes: ReadonlyArray<number> }>
type Shaped = Readonly<{ shape: Array<number> }>
type Typed = Readonly<{ dtype: DType }>
type Reduced = Readonly<{ axes: Array<number> | null; keepdims?: boolean; ddof?: number }>
type Normed = Reduced & Readonly<{ ord: number | string | null }>

// --- constructors
/** Operations that the signature has under the same name and with the same params. */
const named = (names: string): Calls =>
  Object.fromEntries(
    names.split(/\s+/).map((name) => {
      const op = ops.signature.get(name) as unknown as (...args: ReadonlyArray<unknown>) => Tensor
      return [
        name,
        (params: unknown) =>
          (...xs) =>
            op(...xs, params)
      ] as const
    })
  )

const over = ({ axes, ...rest }: Reduced) => ({ axis: axes, ...rest })
const order = (ord: number | string | null) => (ord === 'inf' ? Infinity : ord === '-inf' ? -Infinity : (ord as number))

/** JAX's mode `fill` of `take`: NaN for what is outside, where `np.take` takes it to the nearest end. */
const takeOrFill = (x: Tensor, i: Tensor, axis: number): Tensor => {
  const n = x.type.shape[axis]
  const isInside = np.logicalAnd(np.greaterEqual(i, -n), np.less(i, n))
  const behind = x.type.shape.slice(axis + 1).map((_, k) => k + i.type.shape.length)
  return np.where(np.expandDims(isInside, behind), np.take(x, i, { axis }), NaN)
}

/** The indices of a part of `x` that begins at `start`, or as far before as it must to fit. */
const windowAt = (x: Tensor, start: Tensor, size: number): Tensor =>
  np.add(
    np.clip(np.where(np.less(start, 0), np.add(start, x.type.shape[0]), start), 0, x.type.shape[0] - size),
    np.arange(size, { dtype: 'int32' })
  )

// --- instances
const unary: Calls = {
  ...named(`neg abs sign floor ceil sqrt rsqrt cbrt exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh asinh
    acosh atanh logistic erf erfc erfInv lgamma digamma integerPow isFinite`),
  round: () => (x) => np.round(x),
  square: () => np.square,
  reciprocal: () => np.reciprocal,
  exp2: () => np.exp2,
  log2: () => np.log2,
  log10: () => np.log10,
  sinc: () => np.sinc,
  isNaN: () => np.isnan,
  isInf: () => np.isinf,
  signbit: () => np.signbit,
  softplus: () => (x) => np.logaddexp(x, 0),
  logSigmoid: () => (x) => np.neg(np.logaddexp(np.neg(x), 0)),
  relu: () => (x) => np.clip(x, 0),
  silu: () => (x) => np.mul(x, ops.logistic(x))
}

const binary: Calls = {
  ...named('add sub mul div rem pow atan2 logaddexp eq ne lt le gt ge'),
  max: () => np.maximum,
  min: () => np.minimum,
  hypot: () => np.hypot,
  mod: () => np.mod,
  floorDiv: () => np.floorDiv,
  copysign: () => np.copysign,
  heaviside: () => np.heaviside
}

const ternary: Calls = named('select clamp')

const integers: Calls = {
  ...binary,
  ...named('neg abs sign clamp select integerPow and or xor shiftLeft shiftRightLogical shiftRightArithmetic'),
  square: () => np.square,
  bitwiseNot: () => np.bitwiseNot,
  logicalNot: () => np.logicalNot,
  div: () => ops.quotient,
  pow: () => np.pow
}

const reductions: Calls = named('sum prod max min argmax argmin all any')

const statistics: Calls = {
  mean: (params: Reduced) => (x) => np.mean(x, over(params)),
  var: (params: Reduced) => (x) => np.var(x, over(params)),
  std: (params: Reduced) => (x) => np.std(x, over(params)),
  logsumexp:
    ({ where, ...params }: Reduced & Readonly<{ where?: Like }>) =>
    (x) =>
      np.logsumexp(x, { ...over(params), ...(where === undefined ? {} : { where }) }),
  logsumexpOf: (params: Reduced) => (x, b) => np.logsumexp(x, { ...over(params), b: np.abs(b) }),
  cumlogsumexp: (params: Parameters<typeof np.cumlogsumexp>[1]) => (x) => np.cumlogsumexp(x, params),
  softmax: (params: Along) => (x) => np.softmax(x, params),
  logSoftmax: (params: Along) => (x) => np.logSoftmax(x, params),
  norm:
    ({ ord, axes }: Normed) =>
    (x) =>
      np.norm(x, { axis: axes, ord: order(ord) })
}

const products: Calls = {
  ...named('dot'),
  matmul: () => np.matmul,
  einsum:
    ({ spec }: { spec: string }) =>
    (...xs) =>
      np.einsum(spec, ...xs),
  tensordot: (params: { axes: number }) => (x, y) => np.tensordot(x, y, params),
  outer: () => np.outer,
  inner: () => np.inner,
  vdot: () => np.vdot
}

const shapes: Calls = {
  ...named('reshape transpose pad slice reverse'),
  broadcast:
    ({ shape, dims }: { shape: ReadonlyArray<number>; dims: ReadonlyArray<number> }) =>
    (x) => {
      const sizes = shape.map((_, axis) => (dims.includes(axis) ? x.type.shape[dims.indexOf(axis)] : 1))
      return np.broadcastTo(np.reshape(x, sizes), shape)
    },
  broadcastTo: (params: Shaped) => (x) => np.broadcastTo(x, params.shape),
  squeeze:
    ({ axes }: Axes) =>
    (x) =>
      np.squeeze(x, { axis: axes }),
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
  roll:
    ({ shift, ...options }: Along & { shift: number }) =>
    (x) =>
      np.roll(x, shift, options),
  tile: (params: { reps: Array<number> }) => (x) => np.tile(x, params.reps),
  repeat:
    ({ repeats, ...options }: Along & { repeats: number | Array<number> }) =>
    (x) =>
      np.repeat(x, repeats, options),
  tril: (params: K) => (x) => np.tril(x, params),
  triu: (params: K) => (x) => np.triu(x, params),
  diag: (params: K) => (x) => np.diag(x, params),
  trace: () => (x) => np.trace(x),
  meshgrid:
    ({ indexing, part }: { indexing: 'xy' | 'ij'; part: number }) =>
    (...xs) =>
      np.meshgrid(xs, { indexing })[part],
  split:
    ({ sections, part, ...options }: Along & { sections: number; part: number }) =>
    (x) =>
      np.split(x, sections, options)[part],
  moveaxis: (params: { source: number; destination: number }) => (x) =>
    np.moveaxis(x, params.source, params.destination),
  swapaxes: (params: { axis1: number; axis2: number }) => (x) => np.swapaxes(x, params.axis1, params.axis2),
  linspace:
    ({ num, ...options }: { num: number; endpoint: boolean; dtype?: DType }) =>
    (x, y) =>
      np.linspace(x, y, num, options),
  arange:
    ({ start, stop, step, dtype }: { start: number; stop: number; step: number; dtype: 'float32' }) =>
    () =>
      np.arange(start, stop, step, { dtype }),
  eye:
    ({ rows, ...options }: K & { rows: number; columns: number; dtype: 'float32' }) =>
    () =>
      np.eye(rows, options),
  iota: (params: Along & Typed & Shaped) => () => ops.iota(params)
}

const indexing: Calls = {
  take:
    ({ axis, mode }: Along & { mode: 'clip' | 'fill' | 'wrap' }) =>
    (x, i) =>
      mode === 'fill'
        ? takeOrFill(x, i, axis)
        : // JAX clips negative indices to 0, where freegrad counts them from the end as x[i] does.
          np.take(x, mode === 'clip' ? np.maximum(i, 0) : np.mod(i, x.type.shape[axis]), { axis }),
  takeAlongAxis: (params: Along) => (x, i) => np.takeAlongAxis(x, i, params),
  sort: (params: Along) => (x) => np.sort(x, params),
  argsort: (params: Along) => (x) => np.argsort(x, params),
  searchsorted: (params: { side: 'left' | 'right' }) => (sorted, x) => np.searchsorted(sorted, x, params),
  dynamicSlice:
    ({ sizes }: { sizes: ReadonlyArray<number> }) =>
    (x, start) =>
      np.take(x, windowAt(x, start, sizes[0]), { axis: 0 })
}

/** A function of its last operand, where the others were recorded as params. */
const ofLast =
  (f: (...xs: Array<Like>) => Tensor, names: ReadonlyArray<string>) =>
  (params: Readonly<Record<string, number>>): Fn =>
  (...xs) =>
    f(...names.flatMap((name) => params[name] ?? []), ...xs)

const inFirst = (f: (a: Like, x: Like) => Tensor) => (): Fn => (a, x) =>
  jvp((a: Tensor) => f(a, x))([a], [np.onesLike(a)])[1]

const special: Calls = {
  ...Object.fromEntries(
    Object.entries(sp).flatMap(([name, f]) =>
      [name, `${name} at edges`].map((op) => [op, () => f as unknown as Fn] as const)
    )
  ),
  multigammaln: (params: { d: number }) => (x) => sp.multigammaln(x, params.d),
  polygamma: (params: { n: number }) => (x) => sp.polygamma(params.n, x),
  gammainc: ofLast(sp.gammainc as never, ['a']),
  gammaincc: ofLast(sp.gammaincc as never, ['a']),
  'gammainc in a': inFirst(sp.gammainc),
  'gammaincc in a': inFirst(sp.gammaincc),
  betainc: ofLast(sp.betainc as never, ['a', 'b'])
}

/** All elements of some tensors in a row. */
const flat = (...xs: ReadonlyArray<Tensor>): Tensor => np.concatenate(xs.map((x) => np.reshape(x, [-1])))

type Scanned = Readonly<{ body: string; reverse?: boolean }>

const scans: Readonly<Record<string, (options: Omit<Scanned, 'body'>) => Fn>> = {
  linear: (options) => (h, xs) => flat(...scan((c, x) => [np.add(np.mul(c, 0.5), x), np.sub(c, x)], h, xs, options)),
  pendulum: () => (a, s, xs) => {
    const step = ([angle, speed]: readonly [Tensor, Tensor], x: Tensor) => {
      const next = np.add(np.sub(speed, np.mul(0.125, np.sin(angle))), x)
      return [[np.add(angle, np.mul(0.125, next)), next], np.cos(angle)] as const
    }
    const [last, ys] = scan(step, [a, s], xs)
    return flat(...last, ys)
  },
  rnn: () => (w, u, h, xs) => {
    const step = (c: Tensor, x: Tensor) => {
      const y = np.tanh(np.add(np.matmul(w, c), np.mul(u, x)))
      return [y, np.mul(y, c)] as const
    }
    return flat(...scan(step, h, xs))
  },
  counter: () => (h, xs) => {
    const step = ({ i, c }: { i: Tensor; c: Tensor }, x: Tensor) =>
      [{ i: np.add(i, 1), c: np.sin(np.add(np.mul(c, np.add(i, 1)), x)) }, np.mul(c, c)] as const
    const [last, ys] = scan(step, { i: ops.convert(0, { dtype: 'int32' }), c: h }, xs)
    return flat(last.c, ys)
  },
  nested: () => (h, xs) => {
    const step = (c: Tensor, row: Tensor) => {
      const [d, ys] = scan((c, x) => [np.add(np.mul(c, x), h), np.mul(c, c)], c, row, { reverse: true })
      return [np.sin(d), ys] as const
    }
    return flat(...scan(step, h, xs))
  },
  gated: () => (h, xs) => {
    const step = (c: Tensor, x: Tensor) => {
      const isOpen = np.greater(x, 0)
      return [np.where(isOpen, np.mul(c, x), np.add(c, x)), np.where(isOpen, c, np.exp(x))] as const
    }
    return flat(...scan(step, h, xs))
  }
}

const affine = ([a, b]: readonly [Tensor, Tensor], [c, d]: readonly [Tensor, Tensor]) =>
  [np.mul(a, c), np.add(np.mul(c, b), d)] as const

const iteration: Calls = {
  scan: ({ body, ...options }: Scanned) => scans[body](options),
  foriLoop: () => (x) => foriLoop(2, 6, (i, c) => np.add(np.cos(np.mul(c, x)), i), x),
  mapLoop: () => (xs) => mapLoop((x: Tensor) => np.mul(np.sin(x), np.sum(x)), xs),
  associativeScan: (options: { reverse: boolean }) => (a, b) =>
    flat(...associativeScan(affine, [a, b] as const, options))
}

type Branched = Readonly<{ body: string; lanes?: boolean }>

const conds: Readonly<Record<string, Fn>> = {
  pieces: (x) =>
    cond(
      np.greater(x, 0),
      (x) => np.mul(np.sin(x), x),
      (x) => np.sub(np.exp(x), 1),
      x
    ),
  captured: (x, w) => {
    const y = np.tanh(np.matmul(w, x))
    return cond(
      np.greater(np.sum(x), 0),
      () => np.mul(y, x),
      () => np.add(np.cos(y), np.take(w, 0, { axis: 0 }))
    )
  },
  several: (x, y) =>
    flat(
      ...cond(
        np.greater(np.take(x, 0), np.take(y, 0)),
        (a, b) => [np.mul(a, b), np.onesLike(a)],
        (a, b) => [b, np.sin(a)],
        x,
        y
      )
    ),
  gated: (h, xs) => {
    const step = (c: Tensor, x: Tensor) =>
      cond(
        np.greater(x, 0),
        () => [np.mul(c, x), c],
        () => [np.add(c, x), np.exp(x)]
      )
    return flat(...scan(step, h, xs))
  }
}

const choice: Fn = (i, x, w) =>
  branch(i, [(x) => np.mul(np.sin(x), w), (x) => np.sub(np.exp(w), x), (x) => np.mul(x, x), () => w], x)

/** Loops, and how many of their arguments move, which are the last ones. */
const loops: Readonly<Record<string, Readonly<{ f: Fn; moving: number }>>> = {
  root: {
    f: (a) =>
      whileLoop(
        (x) => np.greater(np.abs(np.sub(np.mul(x, x), a)), 1e-3),
        (x) => np.mul(0.5, np.add(x, np.div(a, x))),
        a
      ),
    moving: 1
  },
  power: {
    f: (n, x, w) =>
      whileLoop(
        ({ i }) => np.less(i, n),
        ({ i, x }) => ({ i: np.add(i, 1), x: np.add(np.sin(np.mul(x, w)), x) }),
        { i: ops.convert(0, { dtype: 'int32' }), x }
      ).x,
    moving: 2
  },
  collatz: {
    f: (n) =>
      whileLoop(
        ([n]) => np.greater(n, 1),
        ([n, steps]) => [
          cond(
            np.equal(np.mod(n, 2), 0),
            () => np.floorDiv(n, 2),
            () => np.add(np.mul(3, n), 1)
          ),
          np.add(steps, 1)
        ],
        [n, ops.convert(0, { dtype: 'int32' })]
      )[1],
    moving: 0
  }
}

const inLanes = (f: Fn, lanes = false): Fn => (lanes ? (...xs) => vmap(f)(...xs) : f)

const branching: Calls = {
  cond: ({ body, lanes }: Branched) => inLanes(conds[body], lanes),
  branch: ({ lanes }: Branched) => inLanes(choice, lanes),
  whileLoop: ({ body, lanes }: Branched) => inLanes(loops[body].f, lanes),
  // The value, its tangent, and the tangent of that: the arguments that move, their directions, and those that do not.
  pushLoop: ({ body, lanes }: Branched) => {
    const { f, moving } = loops[body]
    return (...args) => {
      const [xs, dxs, held] = [args.slice(0, moving), args.slice(moving, 2 * moving), args.slice(2 * moving)]
      const at: Fn = (...xs) => inLanes(f, lanes)(...held, ...xs)
      const push: Fn = (...xs) => jvp(at)(xs, dxs)[1]
      return flat(at(...xs), push(...xs), jvp(push)(xs, dxs)[1])
    }
  }
}

/** Functions of complex numbers, most of which are those of real ones. */
const complex: Calls = {
  ...unary,
  ...binary,
  ...reductions,
  ...statistics,
  ...products,
  ...shapes,
  ...indexing,
  ...named('complex select cumsum'),
  conj: () => np.conj,
  real: () => np.real,
  imag: () => np.imag
}

const calls: Readonly<Record<OpFamily, Calls>> = {
  unary,
  binary,
  ternary,
  broadcasting: { ...binary, ...ternary },
  integers,
  subnormal: { ...unary, ...binary },
  reductions,
  cumulative: named('cumsum cumprod cummax cummin'),
  statistics,
  products,
  linalg: algebra,
  shapes,
  indexing,
  conversions: named('convert bitcast'),
  iteration,
  branching,
  collectives,
  fourier,
  complex,
  corners: unary,
  rules,
  jets,
  optim: optimizers,
  special,
  activations,
  nn: functions
}

// --- combinators
/** The recorded operation of a case in freegrad, as a function of the operands alone; `undefined` if there is none. */
export const callOf = ({ family, op, params }: Pick<OpCase, 'family' | 'op' | 'params'>): Fn | undefined =>
  calls[family][op]?.(params as never)
