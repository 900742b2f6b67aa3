/** Threads: what they share they do as one does it alone, and they come and go without notice. */
import { array, type DType, grad, type NDArray, run, type Tensor, tensor, valueAndGrad, vmap } from 'freegrad'
import {
  compilationBy,
  operations,
  pulled,
  samplesOf,
  scriptPoints,
  threadingBy,
  verify,
  wholePointOf
} from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { beforeAll, describe, expect, it } from 'vitest'
import { usualSharing } from '../../src/compile/emit/range.js'
import { type Runtime, runtimeOf } from '../../src/compile/runtime/runtime.js'
import { compileOn } from '../../src/transforms/compile.js'

// --- model
type Case = readonly [name: string, shape: ReadonlyArray<number>, dtype: DType, f: (x: Tensor) => ReadonlyArray<Tensor>]

// --- combinators
const input = (shape: ReadonlyArray<number>, dtype: DType): NDArray => {
  const size = shape.reduce((n, k) => n * k, 1)
  const data = Float64Array.from({ length: size }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 30)
  return array(data, { shape, dtype })
}

const all = (x: Tensor): ReadonlyArray<number> => x.type.shape.map((_, axis) => axis)
const floats: ReadonlyArray<DType> = ['float32', 'float64']
const numbers: ReadonlyArray<DType> = [...floats, 'int32', 'uint32']

const each = (
  name: string,
  shapes: ReadonlyArray<ReadonlyArray<number>>,
  dtypes: ReadonlyArray<DType>,
  f: Case[3]
): ReadonlyArray<Case> => shapes.flatMap((shape) => dtypes.map((dtype): Case => [name, shape, dtype, f]))

const long = [[262_144], [200_003], [131, 4099]]
const wide = [
  [4, 100_001],
  [1031, 517],
  [7, 130, 257]
]
const wave = (x: Tensor): Tensor => ops.div(ops.mul(x, x), ops.sqrt(ops.add(1, ops.mul(x, x))))

const cases: ReadonlyArray<Case> = [
  ...each('elements', [...long, ...wide], numbers, (x) => [ops.add(ops.mul(x, 3), 1)]),
  ...each('sums of all', [...long, ...wide], numbers, (x) => [ops.sum(x, { axes: all(x) })]),
  ...each('extremes of all', long, numbers, (x) => [ops.max(x, { axes: all(x) }), ops.min(x, { axes: all(x) })]),
  ...each('quantifiers', long, ['float32'], (x) => [
    ops.any(ops.gt(x, 4), { axes: all(x) }),
    ops.all(ops.lt(x, 3.9), { axes: all(x) })
  ]),
  ...each('sums of rows', wide, floats, (x) => [np.sum(x, { axis: -1 }), np.mul(x, 2)]),
  ...each('sums of columns', wide, floats, (x) => [np.sum(x, { axis: 0 })]),
  ...each('slopes', long, floats, (x) => [...valueAndGrad((y: Tensor) => ops.sum(wave(y), { axes: all(y) }))(x)]),
  ...each('slopes one by one', [[200_003]], floats, (x) => [vmap(grad(wave))(x)]),
  ...each('products', [[300, 517]], floats, (x) => {
    const t = np.transpose(x)
    const v = ops.slice(t, { starts: [0, 0], limits: [517, 1], strides: [1, 1] })
    return [np.matmul(x, t), np.matmul(t, x), np.matmul(x, v), np.matmul(ops.reshape(v, { shape: [1, 517] }), t)]
  }),
  ...each('transposes', [[1031, 517]], floats, (x) => [np.add(np.transpose(x), 1)]),
  ...each('running sums', [[1031, 517]], floats, (x) => [
    ops.cumsum(x, { axis: 1, reverse: false }),
    ops.cumsum(x, { axis: 0, reverse: true })
  ]),
  ...each('reversals', long, ['float64'], (x) => [ops.sub(ops.reverse(x, { axes: [0] }), x)])
]

/** The first byte in which arrays differ, or -1. */
const difference = (xs: ReadonlyArray<NDArray>, ys: ReadonlyArray<NDArray>): number => {
  const bytes = ({ data }: NDArray) => {
    const { buffer, byteOffset, byteLength } = data.slice()
    return new Uint8Array(buffer, byteOffset, byteLength)
  }
  for (let k = 0; k < xs.length; k++) {
    const [x, y] = [bytes(xs[k]), bytes(ys[k])]
    const at = x.length === y.length ? x.findIndex((byte, i) => byte !== y[i]) : 0
    if (at >= 0) return at
  }
  return -1
}

/** A runtime whose two workers are ready, if its memory can be shared. */
const started = async (runtime: Runtime): Promise<number> => {
  const start = Date.now()
  const { team, memory } = runtime
  team.start(3)
  while (memory.isShared() && team.present() < 2 && Date.now() - start < 20_000)
    await new Promise((resolve) => setTimeout(resolve, 10))
  return team.present()
}

describe('programs of several threads', () => {
  const runtime = runtimeOf({ sharing: { ...usualSharing, first: 0 } })
  const compile = compileOn(runtime)

  // Where memory cannot be shared, one thread does all.
  it('start their workers', async () => expect(await started(runtime)).toBe(runtime.memory.isShared() ? 2 : 0))

  it.each(cases)('give the results of one thread: %s of %j %s', (_, shape, dtype, f) => {
    const x = input(shape, dtype)
    const [one, two, three] = [1, 2, 3].map((threads) => compile(f, { threads })(x))
    expect(difference(two, one)).toBe(-1)
    expect(difference(three, one)).toBe(-1)
    run(f(tensor(x))).forEach((expected, k) => {
      expect(one[k].type).toEqual(expected.type)
      const tolerance = dtype === 'float32' ? 1e-5 : 1e-12
      const wanted = Array.from(expected.data)
      const scale = wanted.reduce((most, y) => Math.max(most, Math.abs(y)), 1)
      const off = wanted.findIndex((y, i) => !(Math.abs(y - one[k].data[i]) <= tolerance * scale))
      expect(off).toBe(-1)
    })
  })

  describe('share even the smallest loop if the threshold is lowered', () => {
    const eager = runtimeOf({ sharing: { job: 0, block: 1, first: 0 } })
    const compilation = compilationBy(compileOn(eager))
    const threading = threadingBy(compileOn(eager))
    beforeAll(() => started(eager))

    const points = {
      'smooth programs': scriptPoints('smooth'),
      'programs with kinks': scriptPoints('kinked'),
      pullbacks: scriptPoints('smooth').map(pulled)
    }
    it.each(Object.entries(points))('%s', (_, each) => {
      verify(threading, each, { runs: 40 })
      verify(compilation, each, { runs: 40 })
    })

    it.each(operations.map((row, k) => [row.op.name, k] as const))('%s, row %i', (_, k) => {
      const row = operations[k]
      verify(threading, samplesOf(row, row.calls).map(wholePointOf), { runs: 5 })
      verify(compilation, samplesOf(row, row.calls).map(wholePointOf), { runs: 5 })
    })
  })

  it('work repeatedly', () => {
    const x = input([50_000], 'float64')
    const f = compile((y: Tensor) => [ops.sum(wave(y), { axes: [0] }), ops.sum(ops.sqrt(ops.abs(y)), { axes: [0] })])
    const first = f(x).map((y) => y.item())
    for (let k = 0; k < 2000; k++) expect(f(x).map((y) => y.item())).toEqual(first)
  })
})
