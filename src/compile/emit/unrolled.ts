/** Unrolled: small loop nests as straight-line code, with their statements repeated for each index. */
import { itemSize } from '../../language/data/dtype.js'
import { ListMap } from '../../language/data/listMap.js'
import * as S from '../../language/data/shape.js'
import { combining } from '../../language/terms/instructions.js'
import { type Access, type Loop, type Statement, type Value, valuesOf } from '../kernels/kernel.js'
import { clampIndex, load } from '../wasm/access.js'
import type { Code, Local } from '../wasm/code.js'
import { constant, typeOf } from '../wasm/element.js'
import { type Call, instruct, stacked } from '../wasm/instruct.js'

// --- model
/** Where elements are read and written. */
export interface Elements {
  readonly read: (access: Access, index: ReadonlyArray<number>) => void
  readonly write: (access: Access, index: ReadonlyArray<number>, value: () => void) => void
  /** Pushes an address, and gives the offset from it. */
  readonly base: (access: Access, index: ReadonlyArray<number>) => number
}

// --- constructors
/** Writes the statements of a loop nest for every index of its domain. */
export const unrolled = (code: Code, call: Call, kernel: Loop, elements: Elements): void =>
  new Unrolled(code, call, kernel, elements).run()

// --- combinators
/** Every index of a domain, the last axis first. */
const indicesOf = (domain: S.Shape): ReadonlyArray<ReadonlyArray<number>> => {
  const strides = S.strides(domain)
  return S.range(S.size(domain)).map((i) => domain.map((size, axis) => Math.floor(i / strides[axis]) % size))
}

/** The element of a buffer that an access finds at an index. */
export const elementAt = ({ offset, strides }: Access, index: ReadonlyArray<number>): number =>
  strides.reduce((at, stride, k) => at + stride * (index[k] ?? 0), offset)

class Unrolled {
  private readonly made = new Map<Value, ListMap<Local>>()
  private readonly varies = new Map<Value, ReadonlyArray<number>>()
  private readonly uses = new Map<Value, number>()
  private readonly kept: Array<Local> = []

  constructor(
    private readonly code: Code,
    private readonly call: Call,
    private readonly kernel: Loop,
    private readonly elements: Elements
  ) {
    for (const value of valuesOf(kernel)) {
      this.varies.set(value, this.axesOf(value))
      for (const operand of value.operands) this.count(operand)
    }
    for (const { value } of kernel.statements as ReadonlyArray<{ value: Value }>) this.count(value)
  }

  private count(value: Value): void {
    this.uses.set(value, (this.uses.get(value) ?? 0) + 1)
  }

  // The axes that a value depends on.
  private axesOf(value: Value): ReadonlyArray<number> {
    const axes = new Set(value.operands.flatMap((operand) => this.varies.get(operand) as ReadonlyArray<number>))
    const strides =
      value.kind === 'load' || value.kind === 'gather'
        ? value.access.strides
        : value.kind === 'index'
          ? value.strides
          : []
    strides.forEach((stride, axis) => {
      if (stride !== 0 && this.kernel.domain[axis] > 1) axes.add(axis)
    })
    return [...axes]
  }

  run(): void {
    const { domain, statements } = this.kernel
    for (const statement of statements) {
      if (statement.kind === 'reduce') this.reduce(statement)
      else if (statement.kind === 'store')
        for (const index of indicesOf(domain))
          this.elements.write(statement.to, index, () => this.push(statement.value, index))
    }
    for (const local of this.kept) this.code.release(local)
  }

  private reduce({ value, to, combine, axes }: Extract<Statement, { kind: 'reduce' }>): void {
    const { code } = this
    const { domain } = this.kernel
    const { dtype } = value
    // Sums of float32 are computed in float64.
    const isWide = combine === 'sum' && dtype === 'float32'
    const wide = isWide ? 'float64' : dtype
    const kept = domain.map((size, axis) => (axes.includes(axis) ? 1 : size))
    const reduced = domain.map((size, axis) => (axes.includes(axis) ? size : 1))
    for (const outer of indicesOf(kept))
      this.elements.write(to, outer, () => {
        indicesOf(reduced).forEach((inner, k) => {
          if (k === 0 && combine === 'sum') constant(code, 0, wide)
          this.push(
            value,
            inner.map((i, axis) => i + outer[axis])
          )
          if (isWide) code.op('f64.promote_f32')
          if (k > 0 || combine === 'sum') instruct(code, this.call, combining[combine], wide, wide, 2, 1)
        })
        if (isWide) code.op('f32.demote_f64')
      })
  }

  private push(value: Value, index: ReadonlyArray<number>): void {
    const { code } = this
    if (value.kind === 'literal') {
      constant(code, value.value, value.dtype)
      return
    }
    if (value.kind === 'load') {
      this.elements.read(value.access, index)
      return
    }
    if (value.kind === 'index') {
      code.i32(value.strides.reduce((sum, stride, k) => sum + stride * index[k], value.start))
      return
    }
    const axes = this.varies.get(value) as ReadonlyArray<number>
    const key = axes.map((axis) => index[axis])
    const known = this.made.get(value)?.get(key)
    if (known !== undefined) {
      code.get(known)
      return
    }
    this.make(value, index)
    const isShared = (this.uses.get(value) as number) > 1
    if (!isShared && this.kernel.domain.every((size, axis) => size === 1 || axes.includes(axis))) return
    const local = code.local(typeOf(value.dtype, 1))
    this.kept.push(local)
    code.tee(local)
    const locals = this.made.get(value) ?? new ListMap<Local>()
    this.made.set(value, locals.set(key, local))
  }

  private make(value: Value, index: ReadonlyArray<number>): void {
    const { code } = this
    if (value.kind === 'map') {
      const { name, dtype } = value
      const operands = stacked(name, value.operands)
      for (const operand of operands) this.push(operand, index)
      instruct(code, this.call, name, operands[0].dtype, dtype, operands.length, 1)
    } else if (value.kind === 'gather') {
      const [at] = value.operands
      const { dtype } = value
      this.push(at, index)
      clampIndex(code, at.dtype, value.most)
      code.i32(value.stride * itemSize[dtype])
      code.op('i32.mul')
      const offset = this.elements.base(value.access, index)
      code.op('i32.add')
      const isBackward = value.stride < 0
      // The instruction adds nothing to an index that runs backwards, since that would not wrap.
      if (isBackward) {
        code.i32(offset)
        code.op('i32.add')
      }
      load(code, dtype, isBackward ? 0 : offset)
    } else throw new Error(`compile: a ${value.kind} is not made`)
  }
}
