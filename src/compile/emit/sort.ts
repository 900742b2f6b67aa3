/** Sorting: the order of the elements along an axis, by merging runs that are in order already. */
import { isFloating, itemSize } from '../../language/dtype.js'
import * as S from '../../language/shape.js'
import type { Access, Sort } from '../kernel.js'
import type { Place } from '../plan.js'
import { load } from './access.js'
import { Code, type Local } from './code.js'
import { instruct } from './element.js'

// --- combinators
/**
 * The function that writes the order of every row of a sort: a merge sort from the bottom up, between two lists of
 * indices. It is stable, and a NaN comes after everything else.
 */
export const sortCode = ({ node, x, to, scratch }: Sort, placeOf: (access: Access) => Place): Code => {
  const code = new Code(['i32'])
  const axis = node.detail
  const { shape } = node
  const length = shape[axis]
  const { dtype } = x
  const size = itemSize[dtype]
  const i32 = (): Local => code.local('i32')
  const op = (name: string): void => code.op(name)
  const baseOf = (access: Access): Local => {
    const place = placeOf(access)
    const local = i32()
    code.get(0)
    if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
    code.i32((place.kind === 'arena' ? place.offset : 0) + access.offset * itemSize[access.dtype])
    op('i32.add')
    code.set(local)
    return local
  }
  const [source, target, lists] = [baseOf(x), baseOf(to), baseOf(scratch)]
  const [from, into, width, left, middle, right, i, j, k, swap, a, b] = Array.from({ length: 12 }, i32)
  const row = i32()
  const out = i32()

  const put = (local: Local, value: () => void): void => {
    value()
    code.set(local)
  }
  const plus = (local: Local, amount: number): void =>
    put(local, () => {
      code.get(local)
      code.i32(amount)
      op('i32.add')
    })
  /** `start + 4 · index`. */
  const at = (start: Local, index: Local): void => {
    code.get(start)
    code.get(index)
    code.i32(2)
    op('i32.shl')
    op('i32.add')
  }
  const key = (index: Local): void => {
    code.get(row)
    code.get(index)
    code.i32(x.strides[axis] * size)
    op('i32.mul')
    op('i32.add')
    load(code, dtype, 0)
  }
  const compare = (name: string, p: Local, q: Local): void => {
    key(p)
    key(q)
    instruct(code, () => false, name, dtype, 'bool', 2, 1)
  }
  // Whether what stands at b belongs before what stands at a.
  const isBefore = (): void => {
    compare('lt', b, a)
    if (!isFloating(dtype)) return
    compare('ne', a, a)
    compare('eq', b, b)
    op('i32.and')
    op('i32.or')
  }
  const least = (local: Local): void => {
    code.i32(length)
    code.get(local)
    code.i32(length)
    code.get(local)
    op('i32.lt_u')
    op('select')
    code.set(local)
  }
  const take = (index: Local, value: Local): void => {
    at(into, k)
    code.get(value)
    code.memory('i32.store', 0, 4)
    plus(index, 1)
    plus(k, 1)
  }
  const readAt = (index: Local, value: Local): void =>
    put(value, () => {
      at(from, index)
      code.memory('i32.load', 0, 4)
    })
  const lessThan = (p: Local, q: Local): void => {
    code.get(p)
    code.get(q)
    op('i32.lt_u')
  }

  // Merges the run from left to middle with that from middle to right.
  const merge = (): void => {
    for (const [local, start] of [
      [i, left],
      [j, middle],
      [k, left]
    ])
      put(local, () => code.get(start))
    code.loop(() => {
      lessThan(i, middle)
      lessThan(j, right)
      op('i32.or')
      code.if(() => {
        // From the first run, unless it is at its end or the second one's next comes before.
        put(swap, () => {
          lessThan(j, right)
          code.get(i)
          code.get(middle)
          op('i32.ge_u')
          op('i32.and')
        })
        lessThan(i, middle)
        lessThan(j, right)
        op('i32.and')
        code.if(() => {
          readAt(i, a)
          readAt(j, b)
          put(swap, isBefore)
        })
        code.get(swap)
        code.if(() => {
          readAt(j, b)
          take(j, b)
        })
        code.get(swap)
        op('i32.eqz')
        code.if(() => {
          readAt(i, a)
          take(i, a)
        })
        code.br(1)
      })
    })
  }

  const sortRow = (): void => {
    put(i, () => code.i32(0))
    put(from, () => code.get(lists))
    put(into, () => {
      code.get(lists)
      code.i32(4 * length)
      op('i32.add')
    })
    code.loop(() => {
      at(from, i)
      code.get(i)
      code.memory('i32.store', 0, 4)
      plus(i, 1)
      code.get(i)
      code.i32(length)
      op('i32.lt_u')
      code.brIf(0)
    })
    put(width, () => code.i32(1))
    code.loop(() => {
      code.get(width)
      code.i32(length)
      op('i32.lt_u')
      code.if(() => {
        put(left, () => code.i32(0))
        code.loop(() => {
          for (const [local, start] of [
            [middle, left],
            [right, middle]
          ]) {
            put(local, () => {
              code.get(start)
              code.get(width)
              op('i32.add')
            })
            least(local)
          }
          merge()
          put(left, () => code.get(right))
          code.get(left)
          code.i32(length)
          op('i32.lt_u')
          code.brIf(0)
        })
        put(swap, () => code.get(from))
        put(from, () => code.get(into))
        put(into, () => code.get(swap))
        put(width, () => {
          code.get(width)
          code.i32(1)
          op('i32.shl')
        })
        code.br(1)
      })
    })
    put(i, () => code.i32(0))
    code.loop(() => {
      code.get(out)
      code.get(i)
      code.i32(to.strides[axis] * 4)
      op('i32.mul')
      op('i32.add')
      at(from, i)
      code.memory('i32.load', 0, 4)
      code.memory('i32.store', 0, 4)
      plus(i, 1)
      code.get(i)
      code.i32(length)
      op('i32.lt_u')
      code.brIf(0)
    })
  }

  // The rows: loops over all other axes.
  const rows = (axes: ReadonlyArray<number>, offsets: ReadonlyArray<Local>): void => {
    const [first, ...rest] = axes
    if (first === undefined) {
      for (const [local, start, place] of [
        [row, source, 0],
        [out, target, 1]
      ] as const)
        put(local, () => {
          code.get(start)
          for (let n = place; n < offsets.length; n += 2) {
            code.get(offsets[n])
            op('i32.add')
          }
        })
      sortRow()
      return
    }
    const counters = [i32(), i32()]
    const count = i32()
    for (const local of [...counters, count]) put(local, () => code.i32(0))
    code.loop(() => {
      rows(rest, [...offsets, ...counters])
      plus(counters[0], x.strides[first] * size)
      plus(counters[1], to.strides[first] * 4)
      plus(count, 1)
      code.get(count)
      code.i32(shape[first])
      op('i32.lt_u')
      code.brIf(0)
    })
  }
  rows(S.otherAxes(shape.length, [axis]), [])
  return code
}
