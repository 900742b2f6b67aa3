/** Control: the code that runs kernels in order, again and again, or one list of them out of several. */
import { itemSize } from '../../language/dtype.js'
import {
  type Access,
  type Branch,
  type Iterate,
  type Kernel,
  type Leaf,
  type Loop,
  moveKernels,
  type Repeat,
  type Slide,
  wholeOf
} from '../kernel.js'
import type { Place } from '../plan.js'
import { load } from './access.js'
import { Code, type Local } from './code.js'
import type { ModuleWriter } from './module.js'
import { isShared, type KernelCode, type Range } from './range.js'
import { isSmall, type Together } from './registers.js'

// --- model
type PlaceOf = (access: Access) => Place

/** The kernels that consist of no others, with the moves at the end of steps. */
export interface Leaves {
  readonly all: ReadonlyArray<Leaf>
  /** Those that have code of their own: those of small loops and branches are in theirs. */
  readonly apart: ReadonlyArray<Leaf>
  /** The moves of a loop that do anything: the others are in place already. */
  readonly movesOf: (loop: Iterate | Repeat) => ReadonlyArray<Loop>
}

// --- constructors
export const leavesOf = (kernels: ReadonlyArray<Kernel>, placeOf: PlaceOf): Leaves => {
  const all: Array<Leaf> = []
  const apart: Array<Leaf> = []
  const moves = new Map<Kernel, ReadonlyArray<Loop>>()
  const visit = (kernels: ReadonlyArray<Kernel>, isInside: boolean): void => {
    for (const kernel of kernels) {
      const inside = isInside || (!isLeaf(kernel) && isSmall(kernel))
      switch (kernel.kind) {
        case 'iterate':
        case 'repeat': {
          visit(kernel.enter, inside)
          if (kernel.kind === 'repeat') visit(kernel.test, inside)
          visit(kernel.body, inside)
          const own = moveKernels(
            kernel.moves.filter(({ from, to }) => !isSamePlace(placeOf(wholeOf(from)), placeOf(wholeOf(to))))
          )
          moves.set(kernel, own)
          all.push(...own)
          if (!inside) apart.push(...own)
          break
        }
        case 'branch':
          for (const arm of kernel.arms) visit(arm, inside)
          break
        default:
          all.push(kernel)
          if (!inside) apart.push(kernel)
      }
    }
  }
  visit(kernels, false)
  return { all, apart, movesOf: (loop) => moves.get(loop) ?? [] }
}

export const isSamePlace = (a: Place, b: Place): boolean =>
  a.kind === 'arena' && b.kind === 'arena' && a.offset === b.offset

/** Writes functions that run kernels, each a function of the arena's address. */
export class Conductor {
  /** The kernels that threads share: functions that the module exports by their places here. */
  readonly shared: Array<Range> = []
  functions = 0
  largest = 0

  constructor(
    private readonly writer: ModuleWriter,
    private readonly codes: ReadonlyMap<Leaf, KernelCode>,
    private readonly leaves: Leaves,
    private readonly placeOf: PlaceOf,
    /** The code of a loop or branch that is one function. */
    private readonly together: (kernel: Together) => Code,
    /** The number of the function that has threads share a kernel, and where a thread has its scratch memory. */
    private readonly share: number,
    private readonly scratch: number
  ) {}

  /** Runs kernels one after the other. */
  run(code: Code, kernels: ReadonlyArray<Kernel>): void {
    for (const kernel of kernels) {
      if (!isLeaf(kernel) && isSmall(kernel)) {
        this.call(code, this.together(kernel))
        continue
      }
      switch (kernel.kind) {
        case 'iterate':
          this.call(code, this.iterate(kernel))
          break
        case 'repeat':
          this.call(code, this.repeat(kernel))
          break
        case 'branch':
          this.call(code, this.branch(kernel))
          break
        default:
          this.leaf(code, kernel)
      }
    }
  }

  private add(code: Code, name?: string): number {
    this.functions++
    this.largest = Math.max(this.largest, code.bytes.length)
    return this.writer.add(code, name)
  }

  private call(code: Code, callee: Code): void {
    code.get(0)
    code.call(this.add(callee))
  }

  private leaf(code: Code, kernel: Leaf): void {
    const { code: own, range } = this.codes.get(kernel) as KernelCode
    if (range === undefined) this.call(code, own)
    else if (isShared(range)) {
      const place = this.shared.length
      this.shared.push(range)
      this.add(own, String(place))
      code.i32(place)
      code.get(0)
      code.call(this.share)
    } else {
      code.get(0)
      code.i32(0)
      code.i32(range.extent)
      code.get(0)
      code.i32(this.scratch)
      code.op('i32.add')
      code.call(this.add(own))
    }
    if (range?.after !== undefined) this.call(code, range.after)
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
      this.run(code, this.leaves.movesOf(kernel))
      for (const slide of slides) this.advance(code, slide, reverse ? -1 : 1)
      code.get(left)
      code.i32(1)
      code.op('i32.sub')
      code.tee(left)
      code.brIf(0)
    })
    return code
  }

  // The word in which the address of a window stands.
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
        this.run(code, kernel.body)
        this.run(code, this.leaves.movesOf(kernel))
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
const isLeaf = (kernel: Kernel): kernel is Leaf =>
  kernel.kind === 'loop' || kernel.kind === 'sort' || kernel.kind === 'call'

/** The address of a place on the stack, from the arena's in a local. */
export const address = (code: Code, place: Place, base: Local): void => {
  code.get(base)
  if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
  else {
    code.i32(place.offset)
    code.op('i32.add')
  }
}

/** Runs the arm that an index in a local tells; the last is also what is beyond it, and the first what is below 0. */
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
  // A block for each arm, the first innermost: to leave the block of an arm is to come to the arm itself.
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
