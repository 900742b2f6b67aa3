/** Sorting: the order of the elements along an axis, by merging runs that are in order already. */
import { isFloating, itemSize } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import type { Comparison } from '../../language/terms/instructions.js'
import type { Access, Sort } from '../kernels/kernel.js'
import { load } from '../wasm/access.js'
import { Code, type Local } from '../wasm/code.js'
import { instruct } from '../wasm/instruct.js'
import {
  advance,
  before,
  both,
  choice,
  constant,
  define,
  either,
  type Integer,
  loaded,
  not,
  notBefore,
  plus,
  push,
  repeat,
  set,
  shifted,
  store,
  times,
  when
} from '../wasm/write.js'
import type { PlaceOf } from './place.js'

// --- combinators
/**
 * The function that writes the order of every row of a sort: a merge sort from the bottom up, between two lists of
 * indices. It is stable, and a NaN comes after everything else.
 */
export const sortCode = ({ node, x, to, scratch }: Sort, placeOf: PlaceOf): Code => {
  const code = new Code(['i32'])
  const axis = node.detail
  const { shape } = node
  const { dtype } = x
  const size = itemSize[dtype]
  const [zero, one, length] = [constant(0), constant(1), constant(shape[axis])]
  const baseOf = (access: Access): Local => {
    const place = placeOf(access.buffer)
    const offset = (place.kind === 'arena' ? place.offset : 0) + access.offset * itemSize[access.dtype]
    return define(code, plus(place.kind === 'pointer' ? loaded(0, 4 * place.slot) : 0, constant(offset)))
  }
  const [source, target, lists] = [baseOf(x), baseOf(to), baseOf(scratch)]
  const [from, into, width, left, middle, right, i, j, k, swap, a, b, row, out] = Array.from({ length: 14 }, () =>
    code.local('i32')
  )

  const at = (list: Local, index: Local): Integer => plus(list, shifted(index, constant(2)))
  const key = (index: Local): void => {
    push(code, plus(row, times(index, constant(x.strides[axis] * size))))
    load(code, dtype, 0)
  }
  const compare = (name: Comparison, p: Local, q: Local): void => {
    key(p)
    key(q)
    instruct(code, () => false, name, dtype, 'bool', 2, 1)
  }
  // Whether what stands at b belongs before what stands at a.
  const isBefore: Integer = () => {
    compare('lt', b, a)
    if (!isFloating(dtype)) return
    compare('ne', a, a)
    compare('eq', b, b)
    code.op('i32.and')
    code.op('i32.or')
  }
  const take = (index: Local, value: Local): void => {
    store(code, at(into, k), value)
    advance(code, index, one)
    advance(code, k, one)
  }
  const readAt = (index: Local, value: Local): void => set(code, value, loaded(at(from, index)))
  const asLongAs = (condition: Integer, body: () => void): void =>
    code.loop(() =>
      when(code, condition, () => {
        body()
        code.br(1)
      })
    )

  // Merges the run from left to middle with that from middle to right.
  const merge = (): void => {
    set(code, i, left)
    set(code, j, middle)
    set(code, k, left)
    asLongAs(either(before(i, middle), before(j, right)), () => {
      // From the first run, unless it is at its end or the second one's next comes before.
      set(code, swap, both(before(j, right), notBefore(i, middle)))
      when(code, both(before(i, middle), before(j, right)), () => {
        readAt(i, a)
        readAt(j, b)
        set(code, swap, isBefore)
      })
      when(code, swap, () => {
        readAt(j, b)
        take(j, b)
      })
      when(code, not(swap), () => {
        readAt(i, a)
        take(i, a)
      })
    })
  }

  const sortRow = (): void => {
    set(code, i, zero)
    set(code, from, lists)
    set(code, into, plus(lists, constant(4 * shape[axis])))
    repeat(code, before(i, length), () => {
      store(code, at(from, i), i)
      advance(code, i, one)
    })
    set(code, width, one)
    asLongAs(before(width, length), () => {
      set(code, left, zero)
      repeat(code, before(left, length), () => {
        for (const [end, start] of [
          [middle, left],
          [right, middle]
        ]) {
          set(code, end, plus(start, width))
          set(code, end, choice(before(length, end), length, end))
        }
        merge()
        set(code, left, right)
      })
      set(code, swap, from)
      set(code, from, into)
      set(code, into, swap)
      set(code, width, shifted(width, one))
    })
    set(code, i, zero)
    repeat(code, before(i, length), () => {
      store(code, plus(out, times(i, constant(to.strides[axis] * 4))), loaded(at(from, i)))
      advance(code, i, one)
    })
  }

  // The rows: loops over all other axes.
  const rows = (axes: ReadonlyArray<number>, read: Integer, written: Integer): void => {
    const [first, ...rest] = axes
    if (first === undefined) {
      set(code, row, read)
      set(code, out, written)
      sortRow()
      return
    }
    const [reading, writing, count] = Array.from({ length: 3 }, () => code.local('i32'))
    for (const local of [reading, writing, count]) set(code, local, zero)
    repeat(code, before(count, constant(shape[first])), () => {
      rows(rest, plus(read, reading), plus(written, writing))
      advance(code, reading, constant(x.strides[first] * size))
      advance(code, writing, constant(to.strides[first] * 4))
      advance(code, count, one)
    })
  }
  rows(S.otherAxes(shape.length, [axis]), source, target)
  return code
}
