/**
 * Butterflies: the transforms of a few complex numbers each that a stage of a Fourier transform consists of. A vector has one number
 * of float64, or two of float32.
 */
import type { Code, Local } from '../wasm/code.js'
import {
  advance,
  both,
  constant,
  define,
  equal,
  type Float,
  plus,
  push,
  quotient,
  remainder,
  set,
  shifted,
  sizeOf,
  times,
  upTo,
  vectorOf,
  when
} from '../wasm/write.js'
import { functionOf, integers } from './parameters.js'

// --- model
/**
 * A stage reads numbers that are `jump` apart and writes them `jumpTo` apart, in two loops. For each loop there are a count and the
 * bytes by which a step moves where it reads, where it writes and where its factors are. `quarter` has the signs of a quarter turn.
 */
export const stageParameters = {
  ...integers('from', 'to', 'factors', 'jump', 'jumpTo'),
  ...integers('outer', 'outerFrom', 'outerTo', 'outerFactors', 'inner', 'innerFrom', 'innerTo', 'innerFactors'),
  quarter: 'vector'
} as const

/** The same for any radix, whose roots follow the factors. */
export const anyStageParameters = { ...stageParameters, ...integers('radix', 'roots') } as const

/** Bytes of a factor. */
export const factorBytes = 32

type Vector = Local

/** Arithmetic on vectors in locals. */
export class Vectors {
  readonly type: 'f32x4' | 'f64x2'
  constructor(
    readonly code: Code,
    readonly dtype: Float,
    readonly quarter: Local
  ) {
    this.type = vectorOf(dtype)
  }
  private made(write: () => void): Vector {
    write()
    const local = this.code.local('v128')
    this.code.set(local)
    return local
  }
  /** The number at an address; half a vector if it stands alone. */
  load(address: Local, isAlone: boolean, offset = 0): Vector {
    return this.made(() => {
      this.code.get(address)
      this.code.memory(isAlone ? 'v128.load64_zero' : 'v128.load', offset)
    })
  }
  store(address: Local, x: Vector, isAlone: boolean, offset = 0): void {
    this.code.get(address)
    this.code.get(x)
    if (isAlone) this.code.memoryLane('v128.store64_lane', offset, 0)
    else this.code.memory('v128.store', offset)
  }
  private two(name: 'add' | 'sub' | 'mul', x: Vector, y: Vector): Vector {
    return this.made(() => {
      this.code.get(x)
      this.code.get(y)
      this.code.op(`${this.type}.${name}`)
    })
  }
  add(x: Vector, y: Vector): Vector {
    return this.two('add', x, y)
  }
  sub(x: Vector, y: Vector): Vector {
    return this.two('sub', x, y)
  }
  private splat(x: number): void {
    if (this.dtype === 'float32') this.code.f32(x)
    else this.code.f64(x)
    this.code.op(`${this.type}.splat`)
  }
  /** `Σ xs[k] · by[k]`. */
  sum(xs: ReadonlyArray<Vector>, by: ReadonlyArray<number>): Vector {
    return this.made(() => {
      xs.forEach((x, k) => {
        this.code.get(x)
        if (by[k] !== 1) {
          this.splat(by[k])
          this.code.op(`${this.type}.mul`)
        }
        if (k > 0) this.code.op(`${this.type}.add`)
      })
    })
  }
  scaled(x: Vector, by: number): Vector {
    return this.sum([x], [by])
  }
  private exchange(x: Vector): void {
    this.code.get(x)
    this.code.get(x)
    const part = this.dtype === 'float32' ? [4, 5, 6, 7, 0, 1, 2, 3] : []
    this.code.shuffle(
      this.dtype === 'float32'
        ? [...part, ...part.map((k) => k + 8)]
        : [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]
    )
  }
  /** A quarter turn back, or on if the transform is the inverse one. */
  turned(x: Vector): Vector {
    return this.made(() => {
      this.exchange(x)
      this.code.get(this.quarter)
      this.code.op('v128.xor')
    })
  }
  /** The product with the factor at an address. */
  times(x: Vector, at: Local, offset: number): Vector {
    return this.made(() => {
      this.code.get(x)
      this.code.get(at)
      this.code.memory('v128.load', offset)
      this.code.op(`${this.type}.mul`)
      this.exchange(x)
      this.code.get(at)
      this.code.memory('v128.load', offset + 16)
      this.code.op(`${this.type}.mul`)
      this.code.op(`${this.type}.add`)
    })
  }
}

type Butterfly = (v: Vectors, xs: ReadonlyArray<Vector>) => ReadonlyArray<Vector>

const butterflies: Readonly<Record<number, Butterfly>> = {
  2: (v, [a, b]) => [v.add(a, b), v.sub(a, b)],
  3: (v, [a, b, c]) => {
    const sum = v.add(b, c)
    const middle = v.sum([a, sum], [1, -0.5])
    const side = v.sum([v.turned(v.sub(b, c))], [Math.sqrt(0.75)])
    return [v.add(a, sum), v.add(middle, side), v.sub(middle, side)]
  },
  4: (v, [a, b, c, d]) => {
    const [even, odd] = [v.add(a, c), v.add(b, d)]
    const [other, turned] = [v.sub(a, c), v.turned(v.sub(b, d))]
    return [v.add(even, odd), v.add(other, turned), v.sub(even, odd), v.sub(other, turned)]
  },
  8: (v, [a, b, c, d, e, f, g, h]) => {
    const even = butterflies[4](v, [a, c, e, g])
    const odd = butterflies[4](v, [b, d, f, h])
    const [, second, third, fourth] = odd
    const half = Math.sqrt(0.5)
    const turned = [
      odd[0],
      v.scaled(v.add(second, v.turned(second)), half),
      v.turned(third),
      v.scaled(v.sub(v.turned(fourth), fourth), half)
    ]
    return [...even.map((x, k) => v.add(x, turned[k])), ...even.map((x, k) => v.sub(x, turned[k]))]
  },
  5: (v, [a, b, c, d, e]) => {
    const [p, q] = [v.add(b, e), v.add(c, d)]
    const [r, s] = [v.turned(v.sub(b, e)), v.turned(v.sub(c, d))]
    const [c1, c2] = [(Math.sqrt(5) - 1) / 4, (-Math.sqrt(5) - 1) / 4]
    const [s1, s2] = [Math.sqrt((5 + Math.sqrt(5)) / 8), Math.sqrt((5 - Math.sqrt(5)) / 8)]
    const [near, far] = [v.sum([a, p, q], [1, c1, c2]), v.sum([a, p, q], [1, c2, c1])]
    const [nearSide, farSide] = [v.sum([r, s], [s1, s2]), v.sum([r, s], [s2, -s1])]
    return [
      v.sum([a, p, q], [1, 1, 1]),
      v.add(near, nearSide),
      v.add(far, farSide),
      v.sub(far, farSide),
      v.sub(near, nearSide)
    ]
  }
}

// --- constructors
/** The function of a stage of a radix of its own. */
export const stageCode = (dtype: Float, radix: number, isTurned: boolean): Code => {
  const [code, p] = functionOf(stageParameters)
  const jumps = [p.jump, p.jumpTo].map((jump) =>
    Array.from({ length: radix }, (_, k) => (k < 2 ? jump : define(code, times(jump, constant(k)))))
  )
  loops(code, dtype, p, (from, to, factors, isAlone, vectors) => {
    const first = code.locals.length
    const reads = jumps[0].map((jump, k) => (k === 0 ? from : define(code, plus(from, jump))))
    const writes = jumps[1].map((jump, k) => (k === 0 ? to : define(code, plus(to, jump))))
    for (let vector = 0; vector < vectors; vector++) {
      const v = new Vectors(code, dtype, p.quarter)
      const made = code.locals.length
      const xs = reads.map((read) => v.load(read, isAlone, 16 * vector))
      butterflies[radix](v, xs).forEach((y, k) => {
        const turned = isTurned && k > 0 ? v.times(y, factors, factorBytes * (k - 1)) : y
        v.store(writes[k], turned, isAlone, 16 * vector)
      })
      releaseFrom(code, made)
    }
    releaseFrom(code, first, 'i32')
  })
  return code
}

/** The function of a stage of any radix: sums of products with the roots. */
export const anyStageCode = (dtype: Float): Code => {
  const [code, p] = functionOf(anyStageParameters)
  const [j, k, index, read, write, turn, root] = Array.from({ length: 7 }, () => code.local('i32'))
  loops(code, dtype, p, (from, to, factors, isAlone, vectors) => {
    const v = new Vectors(code, dtype, p.quarter)
    const first = code.locals.length
    const sum = code.local('v128')
    const keep = (x: Local): void => {
      code.get(x)
      code.set(sum)
    }
    for (let offset = 0; offset < 16 * vectors; offset += 16) {
      set(code, write, to)
      set(code, turn, plus(factors, constant(-factorBytes)))
      set(code, k, constant(0))
      upTo(code, k, p.radix, constant(1), () => {
        keep(v.load(from, isAlone, offset))
        set(code, read, from)
        set(code, index, constant(0))
        set(code, j, constant(1))
        upTo(code, j, p.radix, constant(1), () => {
          set(code, read, plus(read, p.jump))
          set(code, index, remainder(plus(index, k), p.radix))
          set(code, root, plus(p.roots, shifted(index, constant(5))))
          keep(v.add(sum, v.times(v.load(read, isAlone, offset), root, 0)))
        })
        when(code, k, () => keep(v.times(sum, turn, 0)))
        v.store(write, sum, isAlone, offset)
        set(code, write, plus(write, p.jumpTo))
        advance(code, turn, constant(factorBytes))
      })
    }
    releaseFrom(code, first)
  })
  return code
}

// Locals that were made since are free again.
const releaseFrom = (code: Code, first: number, type: 'i32' | 'v128' = 'v128'): void => {
  for (let k = first; k < code.locals.length; k++) if (code.locals[k] === type) code.release(code.parameters.length + k)
}

type Body = (from: Local, to: Local, factors: Local, isAlone: boolean, vectors: number) => void

// Both loops; numbers that stand side by side are taken in pairs.
const loops = (
  code: Code,
  dtype: Float,
  p: Readonly<Record<Exclude<keyof typeof stageParameters, 'quarter'>, Local>>,
  body: Body
): void => {
  const [from, to, factors, left] = Array.from({ length: 4 }, () => code.local('i32'))
  const run = (isAlone: boolean, vectors = 1): void =>
    code.loop(() => {
      set(code, from, p.from)
      set(code, to, p.to)
      set(code, factors, p.factors)
      set(code, left, p.inner)
      code.loop(() => {
        body(from, to, factors, isAlone, vectors)
        advance(code, from, p.innerFrom)
        advance(code, to, p.innerTo)
        advance(code, factors, p.innerFactors)
        advance(code, left, constant(-1))
        push(code, left)
        code.brIf(0)
      })
      advance(code, p.from, p.outerFrom)
      advance(code, p.to, p.outerTo)
      advance(code, p.factors, p.outerFactors)
      advance(code, p.outer, constant(-1))
      push(code, p.outer)
      code.brIf(0)
    })
  const element = 2 * sizeOf(dtype)
  const inPairs = both(
    both(equal(p.innerFrom, constant(element)), equal(p.innerTo, constant(element))),
    both(equal(p.innerFactors, constant(0)), equal(remainder(p.inner, constant(2)), constant(0)))
  )
  when(
    code,
    inPairs,
    () => {
      set(code, p.innerFrom, constant(2 * element))
      set(code, p.innerTo, constant(2 * element))
      set(code, p.inner, quotient(p.inner, constant(2)))
      run(false, element / 8)
    },
    () => run(dtype === 'float32')
  )
}
