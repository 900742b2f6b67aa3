/** Products: contractions of every layout, size and dtype, whichever routine they are done by. */
import * as fc from 'fast-check'
import { array, compile, type DType, type NDArray, type Shape, type Tensor } from 'freegrad'
import { compilation, type Point, point, verify } from 'freegrad/laws'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { argumentTypes, inOrder } from '../../src/compile/routines/index.js'

// --- model
type Axes = ReadonlyArray<number>

/** Sizes of the axes of a contraction, and the order in which they stand in each operand. */
interface Layout {
  readonly lanes: Axes
  readonly rows: Axes
  readonly columns: Axes
  readonly depth: Axes
  readonly orders: readonly [ReadonlyArray<number>, ReadonlyArray<number>]
  /** What has been done to each operand: nothing, reversed, every other element, or repeated along its first axis. */
  readonly views: readonly [number, number]
}

const floats: ReadonlyArray<DType> = ['float32', 'float64']
const complex: ReadonlyArray<DType> = ['complex128', 'complex64']
const numbers: ReadonlyArray<DType> = [...floats, 'int32', 'uint32', ...complex]

// --- combinators
const product = (sizes: Axes): number => sizes.reduce((n, size) => n * size, 1)

/** Numbers between -1 and 1, or small integers; some are something else. */
const filled = (dtype: DType, shape: Shape, seed: number, special?: number): NDArray => {
  let x = seed + 1
  const next = (): number => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    return (x >>> 8) / 2 ** 24
  }
  const isInteger = dtype === 'int32' || dtype === 'uint32'
  const element = isInteger ? () => Math.floor(next() * 100) : () => 2 * next() - 1
  const data = Float64Array.from({ length: product(shape) * (complex.includes(dtype) ? 2 : 1) }, element)
  if (special !== undefined && data.length > 0) data[Math.floor(next() * data.length)] = special
  return array(data, { shape, dtype })
}

const viewed = (x: Tensor, view: number): Tensor => {
  const { shape } = x.type
  if (view === 0 || shape.length === 0) return x
  if (view === 1) return ops.reverse(x, { axes: [shape.length - 1] })
  if (view === 2)
    return ops.slice(x, { starts: shape.map(() => 0), limits: shape, strides: shape.map((n) => (n > 1 ? 2 : 1)) })
  if (shape[0] === 0) return x
  const thin = ops.slice(x, { starts: shape.map(() => 0), limits: [1, ...shape.slice(1)], strides: shape.map(() => 1) })
  return ops.broadcast(ops.reshape(thin, { shape: shape.slice(1) }), { shape, axes: [0] })
}

type Gate = 0 | 1 | 'both'

const pointOf = (layout: Layout, dtype: DType, seed: number, special?: number, gate?: Gate): Point => {
  const { lanes, rows, columns, depth, orders, views } = layout
  const operand = (own: Axes, side: 0 | 1) => {
    const sizes = [...lanes, ...own, ...depth]
    const order = orders[side].filter((axis) => axis < sizes.length)
    const grown = order.map((axis) => (views[side] === 2 && sizes[axis] > 1 ? 2 * sizes[axis] : sizes[axis]))
    const place = (axis: number): number => order.indexOf(axis)
    return {
      value: filled(dtype, grown, seed + side, special),
      batch: lanes.map((_, k) => place(k)),
      contract: depth.map((_, k) => place(lanes.length + own.length + k))
    }
  }
  const [left, right] = [operand(rows, 0), operand(columns, 1)]
  return point(
    (x, y) => [
      ops.dot(viewed(x, views[0]), viewed(y, views[1]), {
        contract: [left.contract, right.contract],
        batch: [left.batch, right.batch],
        gate
      })
    ],
    gate === undefined ? [left.value, right.value] : [left.value, right.value].map(sparse),
    seed
  )
}

/** The same array with every third element 0. */
const sparse = ({ data, shape, dtype }: NDArray): NDArray =>
  array(
    Array.from(data, (x, k) => (k % 3 === 0 ? 0 : x)),
    { shape, dtype }
  )

const near = (...sizes: ReadonlyArray<number>): fc.Arbitrary<number> => fc.constantFrom(...sizes)

/** Layouts of at most so many axes of each kind, with sizes of a generator. */
const layouts = (size: fc.Arbitrary<number>, most: Readonly<{ lanes: number; axes: number }>): fc.Arbitrary<Layout> => {
  const axes = (count: number): fc.Arbitrary<Axes> => fc.array(size, { maxLength: count })
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6, maxLength: 6 })
  return fc.record({
    lanes: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: most.lanes }),
    rows: axes(most.axes),
    columns: axes(most.axes),
    depth: axes(most.axes),
    orders: fc.tuple(order, order),
    views: fc.tuple(fc.nat(3), fc.nat(3))
  })
}

const points = (layout: fc.Arbitrary<Layout>, dtypes: ReadonlyArray<DType>, special?: number): fc.Arbitrary<Point> =>
  fc
    .tuple(layout, fc.constantFrom(...dtypes), fc.nat(1000))
    .map(([each, dtype, seed]) => pointOf(each, dtype, seed, special))

const matrices = (m: number, k: number, n: number, transposed: readonly [boolean, boolean]): Layout => ({
  lanes: [],
  rows: [m],
  columns: [n],
  depth: [k],
  orders: [transposed[0] ? [1, 0] : [0, 1], transposed[1] ? [0, 1] : [1, 0]],
  views: [0, 0]
})

const edges = near(1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65, 70)

describe('compile = run', () => {
  it('for contractions of a few axes', () =>
    verify(compilation, points(layouts(fc.integer({ min: 1, max: 9 }), { lanes: 2, axes: 2 }), numbers), { runs: 300 }))

  it('for matrices of sizes around those of tiles', () =>
    verify(compilation, points(layouts(edges, { lanes: 1, axes: 1 }), [...floats, ...complex]), { runs: 300 }))

  it('for many tiny matrices', () => {
    const few = layouts(near(1, 2, 3, 4, 6, 7), { lanes: 0, axes: 1 })
    const many = fc.tuple(few, near(65, 256, 700)).map(([layout, lanes]) => ({ ...layout, lanes: [lanes] }))
    verify(compilation, points(many, floats), { runs: 100 })
  })

  it('for integers', () => verify(compilation, points(layouts(edges, { lanes: 1, axes: 1 }), ['int32', 'uint32'])))

  it('for empty axes', () =>
    verify(compilation, points(layouts(near(0, 1, 20), { lanes: 1, axes: 1 }), numbers), { runs: 60 }))

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])(
    'with %s among the elements',
    (special) =>
      verify(compilation, points(layouts(edges, { lanes: 1, axes: 1 }), [...floats, ...complex], special), { runs: 60 })
  )

  it.each([0, 1, 'both'] as const)('where the operand %s gates infinities', (gate) =>
    verify(
      compilation,
      fc
        .tuple(layouts(edges, { lanes: 1, axes: 1 }), fc.constantFrom(...floats), fc.nat(1000))
        .map(([layout, dtype, seed]) =>
          pointOf(layout, dtype, seed, seed % 3 === 0 ? undefined : Number.POSITIVE_INFINITY, gate)
        ),
      { runs: 60 }
    )
  )

  const layoutsOf = [false, true].flatMap((x) => [false, true].map((y) => [x, y] as const))
  const large = [
    [131, 263, 300],
    [260, 517, 9],
    [5, 1030, 270],
    [1, 1200, 700],
    [900, 800, 1],
    [1, 300, 5000],
    [3, 20_011, 1]
  ] as const
  it.each(large)('for products of %i by %i by %i', (m, k, n) => {
    for (const dtype of floats)
      for (const transposed of layoutsOf)
        verify(compilation, fc.constant(pointOf(matrices(m, k, n, transposed), dtype, m)), { runs: 1 })
  })

  it('for large complex matrices and vectors, in every order of their axes', () => {
    const sizes = near(1, 3, 17)
    const vectors = fc
      .tuple(layouts(sizes, { lanes: 1, axes: 2 }), fc.boolean())
      .map(([layout, first]) => (first ? { ...layout, columns: [] } : { ...layout, rows: [1] }))
    verify(compilation, points(vectors, complex), { runs: 60 })
  })

  it('for every size up to 70', () => {
    for (let n = 1; n <= 70; n++)
      for (const dtype of floats)
        verify(compilation, fc.constant(pointOf(matrices(n, n, n, [n % 3 === 0, n % 2 === 0]), dtype, n)), { runs: 1 })
  })
})

describe('long sums of products', () => {
  // Parts of the contracted axis are summed on their own, so that errors grow with its length over 256.
  it.each([
    [4, 4],
    [40, 40],
    [1, 40],
    [40, 1]
  ])('of %i rows and %i columns', (rows, columns) => {
    const depth = 100_000
    const x = array(new Float32Array(rows * depth).fill(0.1), { shape: [rows, depth] })
    const y = array(new Float32Array(depth * columns).fill(0.1), { shape: [depth, columns] })
    const dot = (p: Tensor, q: Tensor) => ops.dot(p, q, { contract: [[1], [0]], batch: [[], []] })
    const exact = depth * Math.fround(0.1) ** 2
    for (const value of compile(dot)(x, y).data) expect(Math.abs(value / exact - 1)).toBeLessThan(3e-6)
  })
})

describe('the arguments of a routine', () => {
  const args = { lane: 7, column: 6, row: 5, columns: 4, rows: 3, target: 'to', source: 'from' }

  it('are passed in its order, whatever the order of their names', () => {
    expect(inOrder<string>({ routine: 'packLeft float32', args })).toEqual(['from', 'to', 3, 4, 5, 6, 7])
    expect(argumentTypes('packLeft float32')).toEqual(new Array(9).fill('i32'))
  })

  it('have names and kinds, so that a missing or misspelt one is a type error', () => {
    // @ts-expect-error an argument is misspelt
    inOrder<string>({ routine: 'packLeft float32', args: { ...args, lanes: 7 } })
    // @ts-expect-error an address is missing
    inOrder<string>({ routine: 'packLeft float32', args: { ...args, target: 0 } })
  })
})
