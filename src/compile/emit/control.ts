/** Control: code that runs kernels in order, repeatedly, or one of several lists of kernels. */
import { itemSize } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import {
  type Access,
  type Branch,
  type Call,
  type Iterate,
  type Kernel,
  type Loop,
  type Move,
  moveKernels,
  type Repeat,
  type Slide,
  type Statement,
  wholeOf
} from '../kernels/kernel.js'
import { nestOf } from '../kernels/nest.js'
import type { Place } from '../plan/plan.js'
import type { RoutineName } from '../routines/index.js'
import { load } from '../wasm/access.js'
import { Code, type Local } from '../wasm/code.js'
import type { Calls } from '../wasm/element.js'
import type { ModuleWriter } from '../wasm/module.js'
import { burn } from './fuel.js'
import { loopCode, partialsOf } from './loop/index.js'
import { isShared, type Range, rangeLocals, rangeParameters } from './range.js'
import { isSmall, type Together } from './registers.js'
import { pushArguments, rangeOf } from './routine.js'
import { sortCode } from './sort.js'

// --- model
type PlaceOf = (access: Access) => Place

/** The numbers of imported functions: the one that splits a kernel over threads, and the routines. */
export type Imports = Readonly<{ share: number; routines: ReadonlyMap<RoutineName, number> }>

// --- constructors
/** Writes functions that run kernels, each a function of the arena's address. */
export class Conductor {
  /** The kernels that threads share: the module exports them by their positions here. */
  readonly shared: Array<Range> = []
  /** The largest number of bytes of partial results of a kernel; they are stored after the arena's buffers. */
  partials = 0

  constructor(
    private readonly writer: ModuleWriter,
    private readonly placeOf: PlaceOf,
    private readonly imports: Imports,
    private readonly calls: Calls,
    /** The code of a loop or branch that is one function. */
    private readonly together: (kernel: Together) => Code,
    /** The bytes of the arena's buffers. */
    private readonly arena: number,
    /** Whether loops burn fuel. */
    private readonly limited: boolean
  ) {}

  /** Runs kernels one after the other. */
  run(code: Code, kernels: ReadonlyArray<Kernel>): void {
    for (const kernel of kernels)
      switch (kernel.kind) {
        case 'loop':
          this.loop(code, kernel)
          break
        case 'sort':
          this.call(code, sortCode(kernel, this.placeOf))
          break
        case 'call':
          this.routine(code, kernel)
          break
        default:
          this.call(code, isSmall(kernel) ? this.together(kernel) : this.apart(kernel))
      }
  }

  private call(code: Code, callee: Code): void {
    code.get(0)
    code.call(this.writer.add(callee))
  }

  private share(code: Code, callee: Code, range: Range): void {
    const place = this.shared.length
    this.shared.push(range)
    this.writer.add(callee, String(place))
    code.i32(place)
    code.get(0)
    code.call(this.imports.share)
  }

  private loop(code: Code, whole: Loop): void {
    const statements = whole.statements.filter((each) => !isIdle(each, this.placeOf))
    if (statements.length === 0) return
    const kernel = statements.length === whole.statements.length ? whole : { ...whole, statements }
    const nest = nestOf(kernel)
    const { code: own, range } = loopCode(nest, this.placeOf, this.calls, this.arena)
    if (range === undefined) {
      this.call(code, own)
      return
    }
    this.share(code, own, range)
    if (range.after === undefined) return
    this.call(code, range.after)
    this.partials = Math.max(this.partials, partialsOf(nest))
  }

  private routine(code: Code, kernel: Call): void {
    const number = this.imports.routines.get(kernel.routine) as number
    const range = rangeOf(kernel)
    if (!isShared(range)) {
      pushArguments(code, kernel, this.placeOf)
      code.i32(0)
      code.i32(kernel.blocks)
      code.call(number)
      return
    }
    const own = new Code(rangeParameters)
    pushArguments(own, kernel, this.placeOf)
    own.get(rangeLocals.from)
    own.get(rangeLocals.to)
    own.call(number)
    this.share(code, own, range)
  }

  private apart(kernel: Together): Code {
    switch (kernel.kind) {
      case 'iterate':
        return this.iterate(kernel)
      case 'repeat':
        return this.repeat(kernel)
      case 'branch':
        return this.branch(kernel)
    }
  }

  // A state that is already in its place is not moved.
  private move(code: Code, moves: ReadonlyArray<Move>): void {
    const { placeOf } = this
    this.run(
      code,
      moveKernels(moves.filter(({ from, to }) => !isSamePlace(placeOf(wholeOf(from)), placeOf(wholeOf(to)))))
    )
  }

  private iterate(kernel: Iterate): Code {
    const code = new Code(['i32'])
    const { length, reverse, slides } = kernel
    this.run(code, kernel.enter)
    for (const slide of slides) this.place(code, slide, reverse ? length - 1 : 0)
    const left = code.local('i32')
    code.i32(length)
    code.set(left)
    code.loop(() => {
      this.run(code, kernel.body)
      this.move(code, kernel.moves)
      for (const slide of slides) this.advance(code, slide, reverse ? -1 : 1)
      code.get(left)
      code.i32(1)
      code.op('i32.sub')
      code.tee(left)
      code.brIf(0)
    })
    return code
  }

  // The word that holds the address of a window.
  private slotOf({ window }: Slide): number {
    const place = this.placeOf({ buffer: window } as Access)
    if (place.kind !== 'pointer') throw new Error('compile: a window has no pointer')
    return 4 * place.slot
  }

  private place(code: Code, slide: Slide, step: number): void {
    const { whole } = slide
    code.get(0)
    address(code, this.placeOf(whole), 0)
    code.i32((whole.offset + step * slide.step) * itemSize[whole.dtype])
    code.op('i32.add')
    code.memory('i32.store', this.slotOf(slide), 4)
  }

  private advance(code: Code, slide: Slide, steps: number): void {
    const slot = this.slotOf(slide)
    code.get(0)
    code.get(0)
    code.memory('i32.load', slot, 4)
    code.i32(steps * slide.step * itemSize[slide.whole.dtype])
    code.op('i32.add')
    code.memory('i32.store', slot, 4)
  }

  private repeat(kernel: Repeat): Code {
    const code = new Code(['i32'])
    this.run(code, kernel.enter)
    code.block(() =>
      code.loop(() => {
        this.run(code, kernel.test)
        this.read(code, kernel.condition)
        code.op('i32.eqz')
        code.brIf(1)
        if (this.limited) burn(code, 1)
        this.run(code, kernel.body)
        this.move(code, kernel.moves)
        code.br(0)
      })
    )
    return code
  }

  private branch({ index, arms }: Branch): Code {
    const code = new Code(['i32'])
    const at = code.local('i32')
    this.read(code, index)
    code.set(at)
    choose(code, at, index, arms.length, (arm) => this.run(code, arms[arm]))
    return code
  }

  // Puts the one number of an access on the stack.
  private read(code: Code, access: Access): void {
    address(code, this.placeOf(access), 0)
    load(code, access.dtype, access.offset * itemSize[access.dtype])
  }
}

// --- combinators
export const isSamePlace = (a: Place, b: Place): boolean =>
  a.kind === 'arena' ? b.kind === 'arena' && a.offset === b.offset : b.kind === 'pointer' && a.slot === b.slot

/** Whether a statement stores a value that is already there. */
const isIdle = (statement: Statement, placeOf: PlaceOf): boolean => {
  if (statement.kind !== 'store' || statement.value.kind !== 'load') return false
  const { to, value } = statement
  const { access: from } = value
  const isHere = isSamePlace(placeOf(from), placeOf(to)) && from.offset === to.offset && from.dtype === to.dtype
  return isHere && S.equals(from.strides, to.strides)
}

/** The address of a place on the stack, from the arena's in a local. */
export const address = (code: Code, place: Place, base: Local): void => {
  code.get(base)
  if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
  else {
    code.i32(place.offset)
    code.op('i32.add')
  }
}

/** Runs the arm at the index in a local; the index is clamped to the first and last arm. */
export const choose = (code: Code, at: Local, { dtype }: Access, arms: number, run: (arm: number) => void): void => {
  if (dtype === 'int32') {
    code.i32(0)
    code.get(at)
    code.get(at)
    code.i32(0)
    code.op('i32.lt_s')
    code.op('select')
    code.set(at)
  }
  // A block for each arm, the first innermost: leaving the block of an arm leads to the arm.
  const nested = (arm: number): void => {
    if (arm < 0) {
      code.get(at)
      code.brTable(arms - 1)
      return
    }
    code.block(() => nested(arm - 1))
    run(arm)
    code.br(arms - 1 - arm)
  }
  code.block(() => nested(arms - 1))
}
