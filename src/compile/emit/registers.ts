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
  isNested,
  type Kernel,
  type Move,
  moveKernels,
  movesOf,
  type Nested,
  slidesOf,
  stepsOf,
  valuesOf
} from '../kernels/kernel.js'
import type { Place } from '../plan/plan.js'
import { load, store } from '../wasm/access.js'
import { Code, type Local } from '../wasm/code.js'
import { typeOf } from '../wasm/element.js'
import type { Call } from '../wasm/instruct.js'
import type { EmitOptions } from './options.js'
import { address, isSamePlace, type PlaceOf } from './place.js'
import { elementAt, unrolled } from './unrolled.js'
import { type Keeper, type Variable, visit } from './visit.js'

// --- constructors
/** The function of a small loop or branch; it takes the address of the arena. */
export const registerCode = (
  kernel: Nested,
  placeOf: PlaceOf,
  isOutside: (x: Buffer) => boolean,
  call: Call,
  options: EmitOptions
): Code => new RegisterEmitter(placeOf, call, isOutside, options).done(kernel)

// Facts about the buffers that are known before any code is written.
interface Use {
  isRead: boolean
  isWritten: boolean
  /** Whether every element of it is known when the code is written. */
  isFixed: boolean
}

class RegisterEmitter implements Keeper {
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
    private readonly options: EmitOptions
  ) {}

  done(kernel: Nested): Code {
    const { elements } = this.options.registers
    this.survey([kernel])
    const isRegister = ({ size }: Buffer, { isFixed }: Use): boolean => isFixed && size <= elements
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
    return this.placeOf(buffer)
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
      if (isNested(kernel)) {
        for (const step of stepsOf(kernel))
          if ('run' in step) this.survey(step.run)
          else this.use(step.read, { isRead: true })
        this.survey(moveKernels(movesOf(kernel)))
        for (const { window, whole } of slidesOf(kernel)) {
          this.windows.add(window)
          this.use(whole, { isFixed: false })
        }
      } else if (kernel.kind === 'loop') {
        for (const value of valuesOf(kernel))
          if (value.kind === 'load') this.use(value.access, { isRead: true })
          else if (value.kind === 'gather') this.use(value.access, { isRead: true, isFixed: false })
        for (const access of accessesOf(kernel).writes) this.use(access, { isWritten: true })
      } else throw new Error(`compile: a ${kernel.kind} has a function of its own`)
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

  // --- what a visit asks for

  run(kernels: ReadonlyArray<Kernel>): void {
    const { code } = this
    for (const kernel of kernels)
      if (isNested(kernel)) visit(code, kernel, this, this.options.isLimited)
      else if (kernel.kind === 'loop')
        unrolled(code, this.call, kernel, {
          read: (access, index) => this.read(access, index),
          write: (access, index, value) => this.write(access, index, value),
          base: (access, index) => {
            this.base(access.buffer)
            return this.offset(access.buffer) + elementAt(access, index) * itemSize[access.dtype]
          }
        })
  }

  read(access: Access, index: ReadonlyArray<number> = []): void {
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

  // A value in memory may already be in its place.
  isMoved({ from, to }: Move): boolean {
    return !this.registers.has(from) && isSamePlace(this.place(from), this.place(to))
  }

  address(buffer: Buffer, bytes: number): void {
    this.base(buffer)
    this.code.i32(this.offset(buffer) + bytes)
    this.code.op('i32.add')
  }

  windowOf(window: Buffer): Variable | undefined {
    const { code } = this
    const local = this.addresses.get(window)
    if (local === undefined) return undefined
    return {
      get: () => code.get(local),
      set: (value) => {
        value()
        code.set(local)
      }
    }
  }

  step(windows: ReadonlyArray<Buffer>): void {
    for (const window of windows) if (this.registers.has(window)) this.fetch(window)
  }
}
