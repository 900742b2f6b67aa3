/**
 * Registers: a small loop or branch as a single function that keeps arrays in local variables. While such a loop runs, it
 * accesses memory only for the elements of sequences and outputs.
 */
import { itemSize } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import {
  type Access,
  accessesOf,
  type Buffer,
  type Kernel,
  type Move,
  moveKernels,
  type Slide,
  valuesOf
} from '../kernels/kernel.js'
import type { Place } from '../plan/plan.js'
import { load, store } from '../wasm/access.js'
import { Code, type Local } from '../wasm/code.js'
import { type Call, typeOf } from '../wasm/element.js'
import { address, choose, isSamePlace } from './control.js'
import { burn } from './fuel.js'
import { elementAt, unrolled } from './unrolled.js'

// --- model
/** A loop or branch with everything nested in it. */
export type Together = Exclude<Kernel, { kind: 'loop' | 'sort' | 'call' }>

type PlaceOf = (access: Access) => Place

/** The most instructions in a function, and the most elements of an array in local variables. Tests set them lower. */
export const small = { instructions: 500, elements: 16 }

// --- constructors
/** The function of a small loop or branch; it takes the address of the arena. */
export const registerCode = (
  kernel: Together,
  placeOf: PlaceOf,
  isOutside: (x: Buffer) => boolean,
  call: Call,
  limited: boolean
): Code => new RegisterEmitter(placeOf, call, isOutside, limited).done(kernel)

// --- combinators
/** Whether a loop or branch is small enough to be one function. */
export const isSmall = (kernel: Kernel): boolean => instructionsOf([kernel]) <= small.instructions

// The number of instructions of kernels with all loops unrolled; infinity if they cannot be.
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

// Facts about the buffers that are known before any code is written.
interface Use {
  isRead: boolean
  isWritten: boolean
  /** Whether every element of it is known when the code is written. */
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
    private readonly isOutside: (x: Buffer) => boolean,
    private readonly limited: boolean
  ) {}

  done(kernel: Together): Code {
    this.survey([kernel])
    const isRegister = ({ size }: Buffer, { isFixed }: Use): boolean => isFixed && size <= small.elements
    for (const [buffer, use] of this.uses) {
      if (this.windows.has(buffer)) {
        this.addresses.set(buffer, this.code.local('i32'))
        // An element of a sequence is read once for each step.
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
          unrolled(code, this.call, kernel, {
            read: (access, index) => this.read(access, index),
            write: (access, index, value) => this.write(access, index, value),
            base: (access, index) => {
              this.base(access.buffer)
              return this.offset(access.buffer) + elementAt(access, index) * itemSize[access.dtype]
            }
          })
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
              if (this.limited) burn(code, 1)
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

  // A value in memory may already be in its place.
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
