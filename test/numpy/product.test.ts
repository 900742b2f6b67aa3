/** Products and einsum, against loops over every place of every label. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array, type NDArray, run, type Tensor } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import { arrayOf, arrays, check, expectSame, failure, shapes, tabulate, total, withAxis } from './support.js'

// --- the meaning of einsum
type Labelled = readonly [labels: string, x: NDArray]

/** The sum over all labels but the output's of the products, by loops; an axis of size 1 is broadcast. */
const summed = (operands: ReadonlyArray<Labelled>, output: string): NDArray => {
  const labels = [...new Set(operands.flatMap(([own]) => [...own]))]
  const size = (label: string) =>
    Math.max(...operands.flatMap(([own, x]) => [...own].flatMap((l, axis) => (l === label ? [x.shape[axis]] : []))))
  const free = operands.some(([, x]) => x.size === 0) ? undefined : labels.filter((label) => !output.includes(label))
  return tabulate([...output].map(size), (place) => {
    if (free === undefined) return 0
    const terms = tabulate(free.map(size), (inner) => {
      const at = (label: string) => (output.includes(label) ? place[output.indexOf(label)] : inner[free.indexOf(label)])
      return operands.reduce(
        (product, [own, x]) => product * x.at(...[...own].map((l, axis) => (x.shape[axis] === 1 ? 0 : at(l)))),
        1
      )
    })
    return total(Array.from(terms.data))
  })
}

/** One to four operands with labels of one size each, and an output. */
const specs = fc
  .tuple(
    fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
    fc.array(fc.array(fc.constantFrom(...'abcd'), { maxLength: 3 }), { minLength: 1, maxLength: 4 })
  )
  .chain(([sizes, terms]) => {
    const shapeOf = (labels: ReadonlyArray<string>) => labels.map((label) => sizes['abcd'.indexOf(label)])
    return fc.tuple(
      fc.constant(terms.map((labels) => labels.join(''))),
      fc.tuple(...terms.map((labels) => arrayOf(shapeOf(labels), fc.integer({ min: -3, max: 3 })))),
      fc.shuffledSubarray([...new Set(terms.flat())]).map((labels) => labels.join(''))
    )
  })

describe('einsum', () => {
  it('is the sum of products over the labels that are not in the output', () =>
    check(specs, ([terms, xs, output]) => {
      const want = summed(
        terms.map((labels, k) => [labels, xs[k]] as const),
        output
      )
      expectSame(np.einsum(`${terms.join(',')}->${output}`, ...xs), want)
    }))

  it('without an output has the labels that stand once, in alphabetical order', () =>
    check(specs, ([terms, xs]) => {
      const all = terms.join('')
      const once = [...all].filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort()
      expectSame(np.einsum(terms.join(','), ...xs), np.einsum(`${terms.join(',')}->${once.join('')}`, ...xs))
    }))

  it('broadcasts the axes of ellipses, which stand where they are written', () =>
    check(
      fc.tuple(shapes({ max: 2, least: 1 }), fc.nat(3), fc.boolean()).chain(([batch, mask, left]) => {
        const narrow = batch.map((n, axis) => ((mask >> axis) & 1 ? n : 1)).slice(left ? 1 : 0)
        return fc.tuple(arrayOf([...batch, 2, 3]), arrayOf([...narrow, 3, 2]), fc.constant(batch.length))
      }),
      ([x, y, rank]) => {
        const lanes = 'xyz'.slice(0, rank)
        const short = lanes.slice(rank - (y.ndim - 2))
        const want = (output: string) =>
          summed(
            [
              [`${lanes}ij`, x],
              [`${short}jk`, y]
            ],
            output
          )
        expectSame(np.einsum('...ij,...jk->...ik', x, y), want(`${lanes}ik`))
        expectSame(np.einsum('...ij,...jk', x, y), want(`${lanes}ik`))
        expectSame(np.einsum('...ij,...jk->i...k', x, y), want(`i${lanes}k`))
        expectSame(np.einsum('...ij, ...jk -> k...', x, y), want(`k${lanes}`))
        expectSame(np.einsum('...ij,...jk->...ik', x, y), np.matmul(x, y))
      }
    ))

  it.each([
    ['ij', [[1]], '2 labels stand for the 1 axes of operand 0\n  ij\n  ^'],
    ['i', [[[1]]], '1 labels stand for the 2 axes of operand 0\n  i\n  ^'],
    ['i,j', [[1]], '2 operands have labels, but 1 are given\n  i,j\n  ^'],
    ['i->k', [[1]], "the output's label k does not occur in any operand\n  i->k\n     ^"],
    ['i->ii', [[1]], 'a label occurs twice in the output\n  i->ii\n      ^'],
    ['i,1', [[1], [1]], '"1" is not a label\n  i,1\n    ^'],
    ['i->j->i', [[1]], '"-" is not a label\n  i->j->i\n      ^'],
    ['...i...', [[1]], '"." is not a label\n  ...i...\n      ^'],
    ['...i->i', [[[1]]], "the axes of '...' are missing in the output\n  ...i->i\n        ^"]
  ] as const)('refuses %s, pointing at the mistake', (spec, xs, problem) => {
    expect(failure(() => np.einsum(spec, ...xs))).toEqual(['ParseError', 'np.einsum', problem])
  })

  it.each([
    [
      'ij,jk->ik',
      [
        [2, 3],
        [2, 3]
      ]
    ],
    ['ii', [[2, 3]]],
    ['i,i', [[2], [3]]]
  ] as const)('refuses sizes that differ under one label: %s', (spec, sizes) => {
    const xs = sizes.map((shape) => np.ones(shape))
    expect(failure(() => np.einsum(spec, ...xs)).slice(0, 2)).toEqual(['ShapeError', 'np.einsum'])
  })

  it('multiplies the smallest product first', () => {
    const [x, y, z] = [np.ones([1, 50]), np.ones([50, 40]), np.ones([40, 1])]
    const wide = np.einsum('ij,jk,kl->il', x, y, z)
    expect(Math.max(...sizesBelow(wide))).toBe(50 * 40)
    expect(sizesBelow(wide).filter((n) => n === 50 * 40)).toHaveLength(1)
  })
})

/** The sizes of all nodes of a term but those that only repeat a number. */
const sizesBelow = (x: Tensor): ReadonlyArray<number> => [S.size(x.type.shape), ...x.operands.flatMap(sizesBelow)]

describe('products of matrices', () => {
  const factors = fc
    .tuple(shapes({ max: 2, least: 1 }), fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(15))
    .chain(([batch, m, k, n, mask]) => {
      const narrow = (bits: number) => batch.map((size, axis) => ((bits >> axis) & 1 ? size : 1))
      const left = narrow(mask).slice(mask % (batch.length + 1))
      return fc.tuple(arrayOf([...left, m, k]), arrayOf([...narrow(mask >> 2), k, n]))
    })

  it('are sums over the inner axis, lane by lane', () =>
    check(factors, ([x, y]) => {
      const lanes = np.matmul(x, y).type.shape.slice(0, -2)
      const k = x.shape[x.ndim - 1]
      const at = (t: NDArray, place: ReadonlyArray<number>, i: number, j: number) => {
        const own = t.shape.slice(0, -2)
        const lane = own.map((n, axis) => (n === 1 ? 0 : place[axis + lanes.length - own.length]))
        return t.at(...lane, i, j)
      }
      const want = tabulate([...lanes, x.shape[x.ndim - 2], y.shape[y.ndim - 1]], (place) => {
        const [i, j] = place.slice(-2)
        return total(S.range(k).map((l) => at(x, place, i, l) * at(y, place, l, j)))
      })
      expectSame(np.matmul(x, y), want)
    }))

  it('take vectors as rows and columns', () =>
    check(
      fc.tuple(fc.nat(3), fc.nat(3)).chain(([m, n]) => fc.tuple(arrayOf([m]), arrayOf([m, n]), arrayOf([n]))),
      ([x, y, z]) => {
        expectSame(np.matmul(x, y), np.ravel(np.matmul(np.expandDims(x, 0), y)))
        expectSame(np.matmul(y, z), np.ravel(np.matmul(y, np.expandDims(z, 1))))
        expectSame(np.matmul(z, z), np.vdot(z, z))
        expectSame(np.dot(x, y), np.matmul(x, y))
      }
    ))

  it('matvec and vecmat take vectors in every lane, and broadcast the lanes', () =>
    check(factors, ([x, y]) => {
      const product = np.matmul(x, y)
      for (const [j, column] of np.unstack(y, { axis: -1 }).entries())
        expectSame(np.matvec(x, column), np.take(product, j, { axis: -1 }))
      for (const [i, row] of np.unstack(x, { axis: -2 }).entries())
        expectSame(np.vecmat(row, y), np.take(product, i, { axis: -2 }))
    }))

  it('dot sums over the last axis and the last but one', () =>
    check(fc.tuple(arrays({ max: 2 }), arrays({ max: 2 }), fc.nat(3)), ([a, b, k]) => {
      const x = np.broadcastTo(np.expandDims(a, -1), [...a.shape, k])
      const [front, back] = [b.shape.slice(0, -1), b.shape.slice(-1)]
      const y = np.broadcastTo(np.reshape(b, [...front, 1, ...back]), [...front, k, ...back])
      expectSame(np.dot(x, y), np.tensordot(x, y, { axes: [-1, b.ndim === 0 ? 0 : -2] }))
      expectSame(np.inner(x, x), np.tensordot(x, x, { axes: [-1, -1] }))
      expectSame(np.dot(a, 2), np.mul(a, 2))
    }))

  it.each([
    ['np.matmul', () => np.matmul(np.ones([2, 3]), np.ones([2, 3])), 'the inner axes differ'],
    ['np.matmul', () => np.matmul(2, np.ones([2, 2])), 'an operand is a scalar'],
    ['np.matmul', () => np.matmul(np.ones([2, 1, 1]), np.ones([3, 1, 1])), 'the batch axes do not broadcast together'],
    ['np.matvec', () => np.matvec([1, 2], [1, 2]), 'the operand is not a matrix'],
    ['np.matvec', () => np.matvec(np.ones([2, 2]), 2), 'the operand is a scalar, not a vector'],
    ['np.vecmat', () => np.vecmat([1, 2], [[1, 2]]), 'the inner axes differ'],
    ['np.dot', () => np.dot([1, 2], [1, 2, 3]), 'the inner axes differ'],
    ['np.inner', () => np.inner([1, 2], [1, 2, 3]), 'the last axes differ'],
    ['np.vdot', () => np.vdot([1, 2], [1, 2, 3]), 'the numbers of elements differ'],
    ['np.tensordot', () => np.tensordot([1], [1, 2], { axes: 1 }), 'axes [0] and [0] do not have the same sizes'],
    ['np.cross', () => np.cross([1], [2]), 'the vectors have not both two or three elements']
  ] as const)('%s rejects sizes that do not match', (name, make, problem) => {
    expect(failure(make)).toEqual(['ShapeError', name, problem])
  })
})

describe('other products', () => {
  it('tensordot sums over pairs of axes', () =>
    check(
      fc
        .tuple(shapes({ max: 2 }), shapes({ max: 2 }), shapes({ max: 2 }))
        .chain(([a, k, b]) => fc.tuple(arrayOf([...a, ...k]), arrayOf([...k, ...b]), fc.constant(k.length))),
      ([x, y, n]) => {
        const letters = (from: number, count: number) => 'abcdefgh'.slice(from, from + count)
        const [free, inner] = [x.ndim - n, letters(4, n)]
        const want = summed(
          [
            [letters(0, free) + inner, x],
            [inner + letters(6, y.ndim - n), y]
          ],
          letters(0, free) + letters(6, y.ndim - n)
        )
        expectSame(np.tensordot(x, y, { axes: n }), want)
        const pairs = [S.range(x.ndim, free).reverse(), S.range(n).reverse()] as const
        expectSame(np.tensordot(x, y, { axes: pairs }), want)
      }
    ))

  it('tensordot sums over no more axes than there are', () => {
    for (const axes of [3, -1, 0.5])
      expect(failure(() => np.tensordot(np.zeros([2, 2]), np.zeros([2, 2]), { axes }))).toEqual([
        'AxisError',
        'np.tensordot',
        `${axes} axes to sum over are more than an operand has`
      ])
  })

  it('outer and vdot flatten', () =>
    check(fc.tuple(arrays({ max: 2 }), arrays({ max: 2 })), ([x, y]) => {
      expectSame(np.outer(x, y), np.einsum('i,j->ij', np.ravel(x), np.ravel(y)))
      expectSame(np.vdot(x, x), np.sum(np.mul(x, x)))
    }))

  it('vecdot sums over one axis of both', () =>
    check(
      withAxis({ max: 3 }).chain(([x, axis, from]) =>
        fc.tuple(fc.constant([x, axis, from] as const), arrayOf(x.shape))
      ),
      ([[x, axis], y]) => expectSame(np.vecdot(x, y, { axis }), np.sum(np.mul(x, y), { axis }))
    ))

  it('kron puts a block for each element', () =>
    check(fc.tuple(arrays({ max: 2 }), arrays({ max: 2 })), ([x, y]) => {
      const rank = Math.max(x.ndim, y.ndim)
      const wide = (t: NDArray) => run(np.reshape(t, [...new Array<number>(rank - t.ndim).fill(1), ...t.shape]))
      const [a, b] = [wide(x), wide(y)]
      const want = tabulate(
        a.shape.map((n, axis) => n * b.shape[axis]),
        (place) =>
          a.at(...place.map((i, axis) => Math.floor(i / b.shape[axis]))) *
          b.at(...place.map((i, axis) => i % b.shape[axis]))
      )
      expectSame(np.kron(x, y), want)
    }))

  it('cross is orthogonal to both, and turns with their order', () =>
    check(fc.tuple(arrayOf([2, 3]), arrayOf([2, 3])), ([x, y]) => {
      const z = np.cross(x, y)
      expectSame(np.sum(np.mul(x, z), { axis: 1 }), array([0, 0]))
      expectSame(np.cross(y, x), np.neg(z))
      expectSame(np.cross(np.transpose(x), np.transpose(y), { axis: 0 }), np.transpose(z))
    }))

  it('cross of unit vectors is the third; in the plane it is the area', () => {
    expectSame(np.cross([1, 0, 0], [0, 1, 0]), array([0, 0, 1]))
    expectSame(np.cross([2, 0], [5, 3]), array(6))
  })

  it('of bools counts in int32', () => {
    const x = array([true, true, false])
    for (const y of [np.dot(x, x), np.vdot(x, x), np.einsum('i,i', x, x), np.matmul(x, x)])
      expect(run(y).toString()).toBe('int32[] 2')
  })
})
