/**
 * Blocks: elementwise arithmetic on stretches of arrays, in which formulas of complex numbers are evaluated. Each step of a formula
 * is a loop over the elements of a block, which takes less time than a call for each element.
 */
import type { Data, ReadonlyData } from '../language/data/dtype.js'
import { fail } from '../language/data/error.js'
import type { Arithmetic } from '../language/terms/complex.js'
import { functions } from './numbers.js'

// --- model
/** As many numbers as a block has elements; a bool is 0 or 1. Elements of float32 are rounded as they are stored. */
export type Block = Float64Array | Float32Array

/** Arithmetic on blocks of one length. */
export interface Blocks {
  readonly arithmetic: Arithmetic<Block>
  /** Begins the next block, which takes the memory of the one before. */
  readonly begin: () => void
  /** A block of elements `step` apart. */
  readonly read: (data: ReadonlyData, from: number, step: number) => Block
}

/** The most elements of a block: its intermediate results stay in the processor's cache. */
export const blockLength = 256

// --- constructors
// By whether it is of float32. A formula calls nothing that evaluates another one, so one block of one element is enough.
const singles = new Map<boolean, Blocks>()

/** Arithmetic in float32 or float64 on blocks of a length. That on single numbers is kept, since making it takes longer than using it. */
export const blocksOf = (isNarrow: boolean, length: number): Blocks => {
  const known = length === 1 ? singles.get(isNarrow) : undefined
  const blocks = known ?? made(isNarrow, length)
  if (length === 1) singles.set(isNarrow, blocks)
  return blocks
}

const made = (isNarrow: boolean, length: number): Blocks => {
  const all: Array<Block> = []
  let next = 0
  const fresh = (): Block => {
    if (next === all.length) all.push(isNarrow ? new Float32Array(length) : new Float64Array(length))
    return all[next++]
  }
  const full = (x: Block | number): Block => {
    if (typeof x !== 'number') return x
    const out = fresh()
    for (let i = 0; i < out.length; i++) out[i] = x
    return out
  }
  type Loop = (out: Block, x: Block, y: Block) => void
  const one =
    (loop: Loop) =>
    (x: Block): Block => {
      const out = fresh()
      loop(out, x, x)
      return out
    }
  const two =
    (loop: Loop) =>
    (x: Block | number, y: Block | number): Block => {
      const [a, b, out] = [full(x), full(y), fresh()]
      loop(out, a, b)
      return out
    }
  // Each loop is written out, so that JavaScript's compiler has one for each operation.
  const least = two((out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.min(x[i], y[i])
  })
  const most = two((out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.max(x[i], y[i])
  })
  const eq = two((out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] === y[i] ? 1 : 0
  })
  const lt = two((out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] < y[i] ? 1 : 0
  })
  const le = two((out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] <= y[i] ? 1 : 0
  })
  const arithmetic: Arithmetic<Block> = {
    neg: one((out, x) => {
      for (let i = 0; i < out.length; i++) out[i] = -x[i]
    }),
    abs: one((out, x) => {
      for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i])
    }),
    sqrt: one((out, x) => {
      for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i])
    }),
    add: two((out, x, y) => {
      for (let i = 0; i < out.length; i++) out[i] = x[i] + y[i]
    }),
    sub: two((out, x, y) => {
      for (let i = 0; i < out.length; i++) out[i] = x[i] - y[i]
    }),
    mul: two((out, x, y) => {
      for (let i = 0; i < out.length; i++) out[i] = x[i] * y[i]
    }),
    div: two((out, x, y) => {
      for (let i = 0; i < out.length; i++) out[i] = x[i] / y[i]
    }),
    min: least,
    max: most,
    and: least,
    or: most,
    eq,
    ne: (x, y) => eq(eq(x, y), 0),
    not: (x) => eq(x, 0),
    lt,
    le,
    gt: (x, y) => lt(y, x),
    ge: (x, y) => le(y, x),
    same: two((out, x, y) => {
      for (let i = 0; i < out.length; i++) out[i] = Object.is(x[i], y[i]) ? 1 : 0
    }),
    select: (predicate, x, y) => {
      const [a, b, out] = [full(x), full(y), fresh()]
      for (let i = 0; i < out.length; i++) out[i] = predicate[i] !== 0 ? a[i] : b[i]
      return out
    },
    number: (value) => full(value),
    call: (name, x, y = x) => {
      const f = functions[name]
      if (f === undefined)
        fail('MissingClause', name, 'no formula of complex numbers may call this function', {
          hint: 'add it to the functions of ops/numbers'
        })
      const out = fresh()
      for (let i = 0; i < out.length; i++) out[i] = f(x[i], y[i])
      return out
    }
  }
  return {
    arithmetic,
    begin: () => {
      next = 0
    },
    read: (data, from, step) => {
      const out = fresh()
      for (let i = 0; i < out.length; i++) out[i] = data[from + step * i]
      return out
    }
  }
}

// --- combinators
/** Writes a block to elements `step` apart. */
export const write = (block: Block, to: Data, from: number, step: number): void => {
  for (let i = 0; i < block.length; i++) to[from + step * i] = block[i]
}
