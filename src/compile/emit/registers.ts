/**
 * Registers: loops and branches of few numbers as one function, in which an array is as many local variables. Nothing but
 * the elements of sequences and outputs is read from memory or written to it while such a loop runs.
 */
import { itemSize } from '../../language/dtype.js'
import * as S from '../../language/shape.js'
import {
  type Access,
  accessesOf,
  type Buffer,
  type Kernel,
  type Loop,
  type Move,
  moveKernels,
  type Slide,
  type Statement,
  type Value,
  valuesOf
} from '../kernel.js'
import type { Place } from '../plan.js'
import { load, store } from './access.js'
import { Code, type Local } from './code.js'
import { address, choose, isSamePlace } from './control.js'
import { type Call, constant, instruct, typeOf } from './element.js'
import { clampIndex } from './loop.js'

// --- model
/** A loop or branch, with all that is inside. */
export type Together = Exclude<Kernel, { kind: 'loop' | 'sort' | 'call' }>

type PlaceOf = (access: Access) => Place

/** The instructions that a function has at most, and the elements of an array that is local variables. Tests set them lower. */
export const small = { instructions: 500, elements: 16 }

// --- constructors
/** The function of a loop or branch that is small enough, which takes the address of the arena. */
export const registerCode = (kernel: Together, placeOf: PlaceOf, isOutside: (x: Buffer) => boolean, call: Call): Code =>
  new RegisterEmitter(placeOf, call, isOutside).done(kernel)

// --- combinators
/** Whether a loop or branch is small enough to be one function. */
export const isSmall = (kernel: Kernel): boolean => instructionsOf([kernel]) <= small.instructions

// How many instructions kernels have with all their loops written out; too many where they cannot be.
const instructionsOf = (kernels: ReadonlyArray<Kernel>): number => {
  let sum = 0
  for (const kernel of kernels) {
    switch (kernel.kind) {
      case 'loop': {
        const { domain, statements } = kernel
        const isPlain = statements.every(({ kind }) => kind === 'store' || kind === 'reduce')
        if (!isPlain || S.size(domain) > small.instructions) return Number.POSITIVE_INFINITY
        const values = valuesOf(kernel).filter(({ kind }) => kind === 'map' || kind === 'gather')
        sum += S.size(domain) * (values.length + statements.length)
        break
      }
      case 'iterate':
        sum += instructionsOf(kernel.enter) + instructionsOf(kernel.body) + elementsOf(kernel.moves)
        break
      case 'repeat':
        sum += instructionsOf([...kernel.enter, ...kernel.test, ...kernel.body]) + elementsOf(kernel.moves)
        break
      case 'branch':
        for (const arm of kernel.arms) sum += instructionsOf(arm)
        break
      default:
        return Number.POSITIVE_INFINITY
    }
    if (sum > small.instructions) return Number.POSITIVE_INFINITY
  }
  return sum
}

const elementsOf = (moves: ReadonlyArray<Move>): number => moves.reduce((n, { to }) => n + to.size, 0)

/** Every index of a domain, the last axis first. */
const indicesOf = (domain: S.Shape): ReadonlyArray<ReadonlyArray<number>> => {
  const strides = S.strides(domain)
  return S.range(S.size(domain)).map((i) => domain.map((size, axis) => Math.floor(i / strides[axis]) % size))
}

const elementAt = ({ offset, strides }: Access, index: ReadonlyArray<number>): number =>
  strides.reduce((at, stride, k) => at + stride * (index[k] ?? 0), offset)

// What is known of the buffers before any code is written.
interface Use {
  isRead: boolean
  isWritten: boolean
  /** Whether every element of it is found when the code is written. */
  isFixed: boolean
}

class RegisterEmitter {
  private readonly code = new Code(['i32'])
  private readonly uses = new Map<Buffer, Use>()
  private readonly registers = new Map<Buffer, ReadonlyArray<Local>>()
  /** The addresses of windows, and of what stands behind pointers. */
  private readonly addresses = new Map<Buffer, Local>()
  private readonly windows = new Set<Buffer>()

  constructor(
    private readonly placeOf: PlaceOf,
    private readonly call: Call,
    private readonly isOutside: (x: Buffer) => boolean
  ) {}

  done(kernel: Together): Code {
    this.survey([kernel])
    const isRegister = ({ size }: Buffer, { isFixed }: Use): boolean => isFixed && size <= small.elements
    for (const [buffer, use] of this.uses) {
      if (this.windows.has(buffer)) {
        this.addresses.set(buffer, this.code.local('i32'))
        // An element of a sequence is read once a step.
        if (isRegister(buffer, use) && !use.isWritten) this.makeRegisters(buffer)
        continue
      }
      if (isRegister(buffer, use)) {
        this.makeRegisters(buffer)
        if (use.isRead && this.isOutside(buffer)) this.fetch(buffer)
      } else if (this.place(buffer).kind === 'pointer') {
        const local = this.code.local('i32')
        address(this.code, this.place(buffer), 0)
        this.code.set(local)
        this.addresses.set(buffer, local)
      }
    }
    this.run([kernel])
    for (const [buffer, { isWritten }] of this.uses)
      if (this.registers.has(buffer) && isWritten && !this.windows.has(buffer) && this.isOutside(buffer))
        this.registers.get(buffer)?.forEach((local, k) => {
          this.base(buffer)
          this.code.get(local)
          store(this.code, buffer.dtype, this.offset(buffer) + k * itemSize[buffer.dtype])
        })
    return this.code
  }

  // --- buffers

  private place(buffer: Buffer): Place {
    return this.placeOf({ buffer } as Access)
  }

  private use({ buffer, dtype }: Access, how: Partial<Use>): void {
    const known = this.uses.get(buffer) ?? { isRead: false, isWritten: false, isFixed: true }
    this.uses.set(buffer, known)
    known.isRead ||= how.isRead ?? false
    known.isWritten ||= how.isWritten ?? false
    known.isFixed &&= (how.isFixed ?? true) && dtype === buffer.dtype
  }

  private survey(kernels: ReadonlyArray<Kernel>): void {
    for (const kernel of kernels)
      switch (kernel.kind) {
        case 'iterate':
          this.survey([...kernel.enter, ...kernel.body, ...moveKernels(kernel.moves)])
          for (const { window, whole } of kernel.slides) {
            this.windows.add(window)
            this.use(whole, { isFixed: false })
          }
          break
        case 'repeat':
          this.survey([...kernel.enter, ...kernel.test, ...kernel.body, ...moveKernels(kernel.moves)])
          this.use(kernel.condition, { isRead: true })
          break
        case 'branch':
          this.use(kernel.index, { isRead: true })
          for (const arm of kernel.arms) this.survey(arm)
          break
        case 'loop':
          for (const value of valuesOf(kernel))
            if (value.kind === 'load') this.use(value.access, { isRead: true })
            else if (value.kind === 'gather') this.use(value.access, { isRead: true, isFixed: false })
          for (const access of accessesOf(kernel).writes) this.use(access, { isWritten: true })
          break
        default:
          throw new Error(`compile: a ${kernel.kind} has a function of its own`)
      }
  }

  private makeRegisters(buffer: Buffer): void {
    const type = typeOf(buffer.dtype, 1)
    this.registers.set(
      buffer,
      S.range(buffer.size).map(() => this.code.local(type))
    )
  }

  // Reads all elements of a buffer into its local variables.
  private fetch(buffer: Buffer): void {
    this.registers.get(buffer)?.forEach((local, k) => {
      this.base(buffer)
      load(this.code, buffer.dtype, this.offset(buffer) + k * itemSize[buffer.dtype])
      this.code.set(local)
    })
  }

  private base(buffer: Buffer): void {
    const local = this.addresses.get(buffer)
    const place = local === undefined ? this.place(buffer) : undefined
    if (place?.kind === 'pointer') address(this.code, place, 0)
    else this.code.get(local ?? 0)
  }

  // Behind the base.
  private offset(buffer: Buffer): number {
    const place = this.place(buffer)
    return place.kind === 'arena' ? place.offset : 0
  }

  private read(access: Access, index: ReadonlyArray<number>): void {
    const { buffer, dtype } = access
    const at = elementAt(access, index)
    const registers = this.registers.get(buffer)
    if (registers !== undefined) {
      this.code.get(registers[at])
      return
    }
    this.base(buffer)
    load(this.code, dtype, this.offset(buffer) + at * itemSize[dtype])
  }

  private write(access: Access, index: ReadonlyArray<number>, value: () => void): void {
    const { buffer, dtype } = access
    const at = elementAt(access, index)
    const registers = this.registers.get(buffer)
    if (registers !== undefined) {
      value()
      this.code.set(registers[at])
      return
    }
    this.base(buffer)
    value()
    store(this.code, dtype, this.offset(buffer) + at * itemSize[dtype])
  }

  // --- kernels

  private run(kernels: ReadonlyArray<Kernel>): void {
    const { code } = this
    for (const kernel of kernels)
      switch (kernel.kind) {
        case 'loop':
          new Unrolled(code, this.call, kernel, {
            read: (access, index) => this.read(access, index),
            write: (access, index, value) => this.write(access, index, value),
            base: (access, index) => {
              this.base(access.buffer)
              return this.offset(access.buffer) + elementAt(access, index) * itemSize[access.dtype]
            }
          }).run()
          break
        case 'iterate': {
          const { length, reverse, slides } = kernel
          this.run(kernel.enter)
          for (const slide of slides) this.begin(slide, reverse ? length - 1 : 0)
          const left = code.local('i32')
          code.i32(length)
          code.set(left)
          code.loop(() => {
            for (const { window } of slides) if (this.registers.has(window)) this.fetch(window)
            this.run(kernel.body)
            this.move(kernel.moves)
            for (const slide of slides) this.advance(slide, reverse ? -1 : 1)
            code.get(left)
            code.i32(1)
            code.op('i32.sub')
            code.tee(left)
            code.brIf(0)
          })
          code.release(left)
          break
        }
        case 'repeat':
          this.run(kernel.enter)
          code.block(() =>
            code.loop(() => {
              this.run(kernel.test)
              this.read(kernel.condition, [])
              code.op('i32.eqz')
              code.brIf(1)
              this.run(kernel.body)
              this.move(kernel.moves)
              code.br(0)
            })
          )
          break
        case 'branch': {
          const at = code.local('i32')
          this.read(kernel.index, [])
          code.set(at)
          choose(code, at, kernel.index, kernel.arms.length, (arm) => this.run(kernel.arms[arm]))
          code.release(at)
          break
        }
      }
  }

  // What is in memory may be in its place already.
  private move(moves: ReadonlyArray<Move>): void {
    this.run(
      moveKernels(
        moves.filter(({ from, to }) => this.registers.has(from) || !isSamePlace(this.place(from), this.place(to)))
      )
    )
  }

  private begin({ window, whole, step }: Slide, i: number): void {
    const local = this.addresses.get(window)
    if (local === undefined) return
    this.base(whole.buffer)
    this.code.i32(this.offset(whole.buffer) + (whole.offset + i * step) * itemSize[whole.dtype])
    this.code.op('i32.add')
    this.code.set(local)
  }

  private advance({ window, whole, step }: Slide, steps: number): void {
    const local = this.addresses.get(window)
    if (local === undefined) return
    this.code.get(local)
    this.code.i32(steps * step * itemSize[whole.dtype])
    this.code.op('i32.add')
    this.code.set(local)
  }
}

interface Elements {
  readonly read: (access: Access, index: ReadonlyArray<number>) => void
  readonly write: (access: Access, index: ReadonlyArray<number>, value: () => void) => void
  /** Pushes an address, and gives the offset from it. */
  readonly base: (access: Access, index: ReadonlyArray<number>) => number
}

/** A loop nest without loops: its statements for one index after the other. */
class Unrolled {
  private readonly made = new Map<Value, Map<string, Local>>()
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
    const { dtype } = value.node
    // Sums of float32 are made in float64.
    const isWide = combine === 'sum' && dtype === 'float32'
    const wide = isWide ? 'float64' : dtype
    const name = combine === 'sum' ? 'add' : combine
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
          if (k > 0 || combine === 'sum') instruct(code, this.call, name, wide, wide, 2, 1)
        })
        if (isWide) code.op('f32.demote_f64')
      })
  }

  private push(value: Value, index: ReadonlyArray<number>): void {
    const { code } = this
    if (value.kind === 'literal') {
      constant(code, value.value, value.node.dtype)
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
    const key = axes.map((axis) => index[axis]).join()
    const known = this.made.get(value)?.get(key)
    if (known !== undefined) {
      code.get(known)
      return
    }
    this.make(value, index)
    const isShared = (this.uses.get(value) as number) > 1
    if (!isShared && this.kernel.domain.every((size, axis) => size === 1 || axes.includes(axis))) return
    const local = code.local(typeOf(value.node.dtype, 1))
    this.kept.push(local)
    code.tee(local)
    const locals = this.made.get(value) ?? new Map<string, Local>()
    this.made.set(value, locals.set(key, local))
  }

  private make(value: Value, index: ReadonlyArray<number>): void {
    const { code } = this
    if (value.kind === 'map') {
      const { name, operands, node } = value
      for (const operand of operands) this.push(operand, index)
      instruct(code, this.call, name, operands[name === 'select' ? 1 : 0].node.dtype, node.dtype, operands.length, 1)
    } else if (value.kind === 'gather') {
      const [at] = value.operands
      const { dtype } = value.node
      this.push(at, index)
      clampIndex(code, at.node.dtype, value.most)
      code.i32(value.stride * itemSize[dtype])
      code.op('i32.mul')
      const offset = this.elements.base(value.access, index)
      code.op('i32.add')
      load(code, dtype, offset)
    } else throw new Error(`compile: a ${value.kind} is not made`)
  }
}
