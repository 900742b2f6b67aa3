/** Shape functions, joining and padding, against plain loops over places. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { array } from '../../src/index.js'
import * as S from '../../src/language/data/shape.js'
import * as np from '../../src/numpy/index.js'
import { arrayOf, arrays, check, expectSame, failure, shapes, tabulate, withAxis } from './support.js'

const permuted = arrays().chain((x) =>
  fc.tuple(fc.constant(x), fc.shuffledSubarray(S.range(x.ndim), { minLength: x.ndim, maxLength: x.ndim }))
)

describe('reshape', () => {
  it('keeps the elements in row-major order', () =>
    check(arrays(), (x) => {
      expectSame(np.reshape(np.ravel(x), x.shape), x)
      expect(np.ravel(x).type.shape).toEqual([x.size])
    }))

  it('finds the size that is -1', () =>
    check(fc.tuple(arrays({ min: 1, least: 1 }), fc.nat()), ([x, k]) => {
      const at = k % x.ndim
      expectSame(np.reshape(np.ravel(x), x.shape.with(at, -1)), x)
    }))

  it.each([
    [[2], [3, -1]],
    [[4], [-1, -1]],
    [[0], [0, -1]],
    [[4], [3]],
    [[4], [-2, -2]],
    [[4], [1.5]]
  ])('refuses %s as %s', (from, to) => {
    expect(failure(() => np.reshape(np.zeros(from), to)).slice(0, 2)).toEqual(['ShapeError', 'np.reshape'])
  })
})

describe('axes', () => {
  it('are permuted by transpose, whose inverse is the transpose by the inverse permutation', () =>
    check(permuted, ([x, axes]) => {
      const y = np.transpose(x, axes)
      expectSame(
        y,
        tabulate(
          axes.map((axis) => x.shape[axis]),
          (place) => x.at(...S.invert(axes).map((i) => place[i]))
        )
      )
      expectSame(np.transpose(y, S.invert(axes)), x)
    }))

  it('are reversed by transpose without a permutation, which undoes itself', () =>
    check(arrays(), (x) => {
      expectSame(np.transpose(np.transpose(x)), x)
      expect(np.transpose(x).type.shape).toEqual(x.shape.toReversed())
    }))

  it('go by moveaxis where they are told, the others in order', () =>
    check(permuted, ([x, axes]) => {
      const to = axes.slice(0, axes.length / 2)
      const from = axes.toReversed().slice(0, to.length)
      const moved = np.moveaxis(x, from, to)
      expectSame(np.moveaxis(moved, to, from), x)
      from.forEach((axis, k) => {
        expect(moved.type.shape[to[k]]).toBe(x.shape[axis])
      })
    }))

  it('change places by swapaxes, from either end', () =>
    check(fc.tuple(withAxis(), fc.nat()), ([[x, axis, from], k]) => {
      const other = k % x.ndim
      const order = S.range(x.ndim).with(from, other).with(other, from)
      expectSame(np.swapaxes(x, axis, other), np.transpose(x, order))
    }))

  it('of size 1 come by expandDims and go by squeeze', () =>
    check(fc.tuple(arrays({ max: 3 }), fc.integer({ min: -4, max: 3 })), ([x, axis]) => {
      const from = axis < 0 ? axis + x.ndim + 1 : axis
      if (from < 0 || from > x.ndim) {
        expect(failure(() => np.expandDims(x, axis)).slice(0, 2)).toEqual(['AxisError', 'np.expandDims'])
        return
      }
      const wide = np.expandDims(x, axis)
      expect(wide.type.shape).toEqual(x.shape.toSpliced(from, 0, 1))
      expectSame(np.squeeze(wide, { axis: from }), x)
    }))

  it('of size 1 all go by squeeze alone, and no others', () =>
    check(arrays(), (x) => {
      expect(np.squeeze(x).type.shape).toEqual(x.shape.filter((n) => n !== 1))
      const wide = x.shape.findIndex((n) => n !== 1)
      if (wide >= 0)
        expect(failure(() => np.squeeze(x, { axis: wide })).slice(0, 2)).toEqual(['ShapeError', 'np.squeeze'])
    }))

  it('are an AxisError where they are not', () =>
    check(fc.tuple(arrays(), fc.integer({ min: -7, max: 7 })), ([x, axis]) => {
      fc.pre(axis < -x.ndim || axis >= x.ndim)
      const functions: Readonly<Record<string, () => unknown>> = {
        'np.sum': () => np.sum(x, { axis }),
        'np.mean': () => np.mean(x, { axis }),
        'np.argmax': () => np.argmax(x, { axis }),
        'np.cumsum': () => np.cumsum(x, { axis }),
        'np.flip': () => np.flip(x, { axis }),
        'np.roll': () => np.roll(x, 1, { axis }),
        'np.sort': () => np.sort(x, { axis }),
        'np.concatenate': () => np.concatenate([x, x], { axis }),
        'np.split': () => np.split(x, 1, { axis }),
        'np.squeeze': () => np.squeeze(x, { axis }),
        'np.swapaxes': () => np.swapaxes(x, axis, 0),
        'np.moveaxis': () => np.moveaxis(x, axis, 0),
        'np.take': () => np.take(x, 0, { axis }),
        'np.softmax': () => np.softmax(x, { axis })
      }
      for (const [name, make] of Object.entries(functions))
        expect(failure(make as () => number).slice(0, 2)).toEqual(['AxisError', name])
    }))
})

describe('repeated elements', () => {
  it('are broadcast together', () => {
    const [x, y] = np.broadcastArrays([1, 2], [[3], [4]])
    expectSame(
      x,
      array([
        [1, 2],
        [1, 2]
      ])
    )
    expectSame(
      y,
      array([
        [3, 3],
        [4, 4]
      ])
    )
    expect(failure(() => np.broadcastArrays([1, 2], [1, 2, 3])[0])).toEqual([
      'ShapeError',
      'np.broadcastArrays',
      'the shapes do not broadcast together'
    ])
  })

  it('are broadcast as NumPy does', () =>
    check(fc.tuple(shapes({ max: 3 }), fc.nat(7)), ([shape, mask]) => {
      const from = shape.map((n, axis) => ((mask >> axis) & 1 ? n : 1)).slice(mask % (shape.length + 1))
      const x = tabulate(from, (place) => 1 + place.reduce((sum, i) => 10 * sum + i, 0))
      const lead = shape.length - from.length
      expectSame(
        np.broadcastTo(x, shape),
        tabulate(shape, (place) => x.at(...from.map((n, axis) => (n === 1 ? 0 : place[lead + axis]))))
      )
    }))

  it('are those of the whole by tile, and of each by repeat', () =>
    check(fc.tuple(withAxis({ max: 3 }), fc.nat(3)), ([[x, axis, from], times]) => {
      const shape = x.shape.with(from, x.shape[from] * times)
      const at = (f: (i: number) => number) => tabulate(shape, (place) => x.at(...place.with(from, f(place[from]))))
      const reps = x.shape.map((_, i) => (i === from ? times : 1))
      expectSame(
        np.tile(x, reps),
        at((i) => i % x.shape[from])
      )
      expectSame(
        np.repeat(x, times, { axis }),
        at((i) => Math.floor(i / times))
      )
      expectSame(np.repeat(x, new Array<number>(x.shape[from]).fill(times), { axis }), np.repeat(x, times, { axis }))
      expectSame(np.repeat(x, [times], { axis }), np.repeat(x, times, { axis }))
      expectSame(np.repeat(x, times), np.repeat(np.ravel(x), times, { axis: 0 }))
    }))

  it('are tiled along axes that the operand lacks', () => {
    expectSame(
      np.tile([1, 2], [2, 2]),
      np.asarray([
        [1, 2, 1, 2],
        [1, 2, 1, 2]
      ])
    )
    expect(np.tile(5, 3).type.shape).toEqual([3])
  })
})

describe('order', () => {
  it('is turned by flip, which undoes itself', () =>
    check(withAxis(), ([x, axis, from]) => {
      const n = x.shape[from]
      expectSame(
        np.flip(x, { axis }),
        tabulate(x.shape, (place) => x.at(...place.with(from, n - 1 - place[from])))
      )
      expectSame(np.flip(np.flip(x)), x)
    }))

  it('is turned upside down and left to right, and by quarters', () =>
    check(
      arrays({ min: 2, max: 3 }).chain((x) =>
        fc.tuple(
          fc.constant(x),
          fc.shuffledSubarray(S.range(x.ndim), { minLength: 2, maxLength: 2 }),
          fc.integer({ min: -3, max: 3 })
        )
      ),
      ([x, [from, to], k]) => {
        expectSame(np.flipud(x), np.at(x, '::-1'))
        expectSame(np.fliplr(x), np.at(x, ':', '::-1'))
        const axes = [from, to] as const
        expectSame(np.rot90(np.rot90(x, { k, axes }), { axes }), np.rot90(x, { k: k + 1, axes }))
        expectSame(np.rot90(x, { axes }), np.flip(np.swapaxes(x, from, to), { axis: from }))
        expectSame(np.rot90(x, { k: 4, axes }), x)
        expectSame(np.matrixTranspose(x), np.swapaxes(x, -1, -2))
      }
    ))

  it('is rolled on by any number of places', () =>
    check(fc.tuple(withAxis(), fc.integer({ min: -8, max: 8 })), ([[x, axis, from], by]) => {
      const n = x.shape[from]
      const source = (i: number) => (((i - by) % n) + n) % n
      expectSame(
        np.roll(x, by, { axis }),
        tabulate(x.shape, (place) => x.at(...place.with(from, source(place[from]))))
      )
      expectSame(np.roll(np.roll(x, by), -by), x)
    }))

  it('is not rolled or tiled by fractions', () => {
    expect(failure(() => np.roll([1, 2], 0.5)).slice(0, 2)).toEqual(['ShapeError', 'np.roll'])
    expect(failure(() => np.tile([1, 2], 1.5)).slice(0, 2)).toEqual(['ShapeError', 'np.tile'])
  })

  it('is rolled along several axes at once', () =>
    check(arrays({ min: 2, max: 2 }), (x) => {
      expectSame(np.roll(x, [1, 2], { axis: [0, 1] }), np.roll(np.roll(x, 1, { axis: 0 }), 2, { axis: 1 }))
      expectSame(np.roll(x, 1, { axis: [0, 1] }), np.roll(x, [1, 1], { axis: [0, 1] }))
    }))
})

describe('joining', () => {
  const parts = withAxis({ max: 3 }).chain(([x, axis, from]) =>
    fc.tuple(
      fc.constant(axis),
      fc.constant(from),
      fc.array(
        fc.nat(2).chain((n) => arrayOf(x.shape.with(from, n))),
        { minLength: 1, maxLength: 3 }
      )
    )
  )

  it('end to end is undone by splitting between the parts', () =>
    check(parts, ([axis, from, xs]) => {
      const joined = np.concatenate(xs, { axis })
      const bounds = xs.map((_, k) => xs.slice(0, k + 1).reduce((n, x) => n + x.shape[from], 0))
      np.split(joined, bounds.slice(0, -1), { axis }).forEach((part, k) => {
        expectSame(part, xs[k])
      })
    }))

  it('on top of each other is undone by indexing', () =>
    check(fc.tuple(arrays({ max: 3 }), fc.nat()), ([x, k]) => {
      const axis = k % (x.ndim + 1)
      const xs = [x, np.mul(x, 2), np.neg(x)]
      const stacked = np.stack(xs, { axis })
      xs.forEach((each, i) => {
        expectSame(np.take(stacked, i, { axis }), np.asarray(each))
      })
      expectSame(np.stack(xs, { axis: axis - x.ndim - 1 }), stacked)
    }))

  it('atleast1d, atleast2d and atleast3d add axes of size 1 where NumPy does', () =>
    check(arrays(), (x) => {
      const { shape: s, ndim: n } = x
      expect(np.atleast1d(x).shape).toEqual(n > 0 ? s : [1])
      expect(np.atleast2d(x).shape).toEqual(n > 1 ? s : [1, x.size])
      expect(np.atleast3d(x).shape).toEqual(n > 2 ? s : n === 2 ? [...s, 1] : [1, x.size, 1])
      for (const wide of [np.atleast1d(x), np.atleast2d(x), np.atleast3d(x)]) expectSame(np.ravel(wide), np.ravel(x))
    }))

  it('by stack is undone by unstack', () =>
    check(withAxis(), ([x, axis]) => {
      const parts = np.unstack(x, { axis })
      expect(parts).toHaveLength(x.shape.at(axis) ?? 0)
      if (parts.length > 0) expectSame(np.stack(parts, { axis }), x)
    }))

  it('by vstack and hstack makes rows of vectors, and of matrices', () => {
    expectSame(
      np.vstack([
        [1, 2],
        [3, 4]
      ]),
      np.asarray([
        [1, 2],
        [3, 4]
      ])
    )
    expectSame(np.hstack([[1, 2], [3]]), np.asarray([1, 2, 3]))
    expectSame(
      np.hstack([
        [[1], [2]],
        [[3], [4]]
      ]),
      np.asarray([
        [1, 3],
        [2, 4]
      ])
    )
    expectSame(np.hstack([1, 2]), np.asarray([1, 2]))
  })

  it('by columnStack and dstack makes columns, and what stands behind each other', () =>
    check(
      arrays({ min: 1, max: 1 }).chain((x) => fc.tuple(fc.constant(x), arrayOf(x.shape), arrayOf([...x.shape, 2]))),
      ([x, y, z]) => {
        expectSame(np.columnStack([x, y]), np.stack([x, y], { axis: 1 }))
        expectSame(np.columnStack([x, z]), np.concatenate([np.expandDims(x, 1), z], { axis: 1 }))
        expectSame(np.dstack([x, y]), np.expandDims(np.stack([x, y], { axis: 1 }), 0))
        expectSame(np.dstack([z, z]), np.stack([z, z], { axis: 2 }))
        expectSame(np.append(x, z), np.concatenate([x, np.ravel(z)]))
        expectSame(np.append(z, z, { axis: -1 }), np.concatenate([z, z], { axis: 1 }))
        expect(np.append(np.astype(x, 'int32'), 2).type.dtype).toBe('int32')
      }
    ))

  it('splits into equal parts, or into parts that differ by one', () =>
    check(fc.tuple(withAxis(), fc.integer({ min: 1, max: 4 })), ([[x, axis, from], n]) => {
      const size = x.shape[from]
      const sizes = np.arraySplit(x, n, { axis }).map((part) => part.type.shape[from])
      expect(sizes).toEqual(S.range(n).map((i) => Math.max(0, Math.ceil((size - i) / n))))
      expectSame(np.concatenate(np.arraySplit(x, n, { axis }), { axis }), x)
      if (size % n === 0) expect(np.split(x, n, { axis }).map((part) => part.type.shape[from])).toEqual(sizes)
      else expect(failure(() => np.split(x, n, { axis })[0]).slice(0, 2)).toEqual(['ShapeError', 'np.split'])
    }))

  it.each([
    ['np.stack', () => np.stack([[1], [1, 2]]), 'the shapes differ'],
    ['np.stack', () => np.stack([]), 'the array of tensors is empty'],
    ['np.concatenate', () => np.concatenate([[[1]], [[1, 2]]]), 'the shapes differ in axes other than 0'],
    ['np.vstack', () => np.vstack([[1], [1, 2]]), 'the shapes differ in axes other than 0']
  ])('%s refuses what does not fit', (name, make, problem) => {
    expect(failure(make)).toEqual(['ShapeError', name, problem])
  })
})

describe('pad', () => {
  const widths = arrays({ max: 3, least: 1 }).chain((x) => {
    const pair = fc.tuple(fc.nat(5), fc.nat(5))
    return fc.tuple(fc.constant(x), fc.array(pair, { minLength: x.ndim, maxLength: x.ndim }))
  })

  // Walks outward from the elements one step at a time.
  const source: Readonly<Record<string, (n: number) => (i: number) => number>> = {
    edge: (n) => (i) => Math.min(Math.max(i, 0), n - 1),
    wrap: (n) => (i) => (i < 0 ? source.wrap(n)(i + n) : i >= n ? source.wrap(n)(i - n) : i),
    reflect: (n) => (i) =>
      n === 1 ? 0 : i < 0 ? source.reflect(n)(-i) : i >= n ? source.reflect(n)(2 * n - 2 - i) : i,
    symmetric: (n) => (i) => (i < 0 ? source.symmetric(n)(-1 - i) : i >= n ? source.symmetric(n)(2 * n - 1 - i) : i)
  }

  it.each(['edge', 'reflect', 'symmetric', 'wrap'] as const)('%s repeats the elements outward', (mode) =>
    check(widths, ([x, pairs]) => {
      const shape = x.shape.map((n, axis) => n + pairs[axis][0] + pairs[axis][1])
      const from = (place: ReadonlyArray<number>) =>
        place.map((i, axis) => source[mode](x.shape[axis])(i - pairs[axis][0]))
      expectSame(
        np.pad(x, pairs, { mode }),
        tabulate(shape, (place) => x.at(...from(place)))
      )
    })
  )

  it('constant puts a number around the elements', () =>
    check(fc.tuple(widths, fc.integer()), ([[x, pairs], value]) => {
      const shape = x.shape.map((n, axis) => n + pairs[axis][0] + pairs[axis][1])
      const inner = (place: ReadonlyArray<number>) => place.map((i, axis) => i - pairs[axis][0])
      const isInside = (place: ReadonlyArray<number>) => place.every((i, axis) => i >= 0 && i < x.shape[axis])
      expectSame(
        np.pad(x, pairs, { value }),
        tabulate(shape, (place) => (isInside(inner(place)) ? x.at(...inner(place)) : value))
      )
    }))

  it('takes one width for all sides, or one pair for all axes', () => {
    const x = np.ones([2, 2])
    expectSame(
      np.pad(x, 1),
      np.pad(x, [
        [1, 1],
        [1, 1]
      ])
    )
    expectSame(
      np.pad(x, [1, 2]),
      np.pad(x, [
        [1, 2],
        [1, 2]
      ])
    )
  })

  it('keeps the dtype of integers', () => {
    expect(np.pad(np.ones(2, { dtype: 'int32' }), 1).type.dtype).toBe('int32')
  })

  it('has nothing to pad an empty axis with but a constant', () => {
    expect(failure(() => np.pad(np.zeros(0), 1, { mode: 'edge' })).slice(0, 2)).toEqual(['ShapeError', 'np.pad'])
    expect(failure(() => np.pad([1], [[1, -1]])).slice(0, 2)).toEqual(['ShapeError', 'np.pad'])
  })
})
