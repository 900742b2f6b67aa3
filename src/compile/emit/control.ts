/** Control: code that runs kernels in order, repeatedly, or one of several lists of kernels. */
import { itemSize } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import type { Brought, Call, Kernel, Loop, Nested, Statement } from '../kernels/kernel.js'
import { nestOf } from '../kernels/nest.js'
import type { Place } from '../plan/plan.js'
import type { RoutineName } from '../routines/index.js'
import { load } from '../wasm/access.js'
import { Code } from '../wasm/code.js'
import type { Calls } from '../wasm/instruct.js'
import type { ModuleWriter } from '../wasm/module.js'
import { loopCode, partialsOf } from './loop/index.js'
import type { EmitOptions } from './options.js'
import { address, isSamePlace, type PlaceOf } from './place.js'
import { type Range, rangeLocals, rangeOf, rangeParameters } from './range.js'
import { pushArguments } from './routine.js'
import { isSmall } from './small.js'
import { sortCode } from './sort.js'
import { type Variable, visit } from './visit.js'

// --- model
/** The numbers of imported functions: the one that splits a kernel over threads, and the routines. */
export type Imports = Readonly<{ share: number; routines: ReadonlyMap<RoutineName, number> }>

// --- constructors
/** Writes functions that run kernels, each a function of the arena's address. */
export class Conductor {
  /** The kernels that threads share: the module exports them by their positions here. */
  readonly shared: Array<Range> = []
  /** The largest number of bytes of partial results of a kernel; they are stored after the arena's buffers. */
  partials = 0
  /** The functions of routines that operations brought along. */
  private readonly brought = new Map<string, number>()

  constructor(
    private readonly writer: ModuleWriter,
    private readonly placeOf: PlaceOf,
    private readonly imports: Imports,
    private readonly calls: Calls,
    /** The code of a loop or branch that is one function. */
    private readonly together: (kernel: Nested) => Code,
    /** The bytes of the arena's buffers. */
    private readonly arena: number,
    private readonly options: EmitOptions
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
          this.call(code, isSmall(kernel, this.options.registers) ? this.together(kernel) : this.apart(kernel))
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
    const { code: own, range } = loopCode(nest, this.placeOf, this.calls, this.options, this.arena)
    if (range === undefined) {
      this.call(code, own)
      return
    }
    this.share(code, own, range)
    if (range.after === undefined) return
    this.call(code, range.after)
    this.partials = Math.max(this.partials, partialsOf(nest))
  }

  private own({ own, dtype, args }: Brought): number {
    const key = `${own.name} ${dtype} ${own.keyOf(args)}`
    const number = this.brought.get(key) ?? own.write(dtype, args, (code) => this.writer.add(code))
    this.brought.set(key, number)
    return number
  }

  private routine(code: Code, kernel: Call): void {
    const number = 'own' in kernel ? this.own(kernel) : (this.imports.routines.get(kernel.routine) as number)
    const range = rangeOf(this.options.sharing, kernel.blocks, kernel.work)
    if (range === undefined) {
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

  // A loop or branch that calls a function for each kernel.
  private apart(kernel: Nested): Code {
    const code = new Code(['i32'])
    const { placeOf } = this
    visit(
      code,
      kernel,
      {
        run: (kernels) => this.run(code, kernels),
        read: (access) => {
          address(code, placeOf(access.buffer), 0)
          load(code, access.dtype, access.offset * itemSize[access.dtype])
        },
        isMoved: ({ from, to }) => isSamePlace(placeOf(from), placeOf(to)),
        address: (buffer, bytes) => {
          address(code, placeOf(buffer), 0)
          code.i32(bytes)
          code.op('i32.add')
        },
        windowOf: (window) => pointerIn(code, placeOf(window)),
        step: () => {}
      },
      this.options.isLimited
    )
    return code
  }
}

// --- combinators
/** The word of the arena that holds an address. */
const pointerIn = (code: Code, place: Place): Variable => {
  if (place.kind !== 'pointer') throw new Error('compile: a window has no pointer')
  return {
    get: () => {
      code.get(0)
      code.memory('i32.load', 4 * place.slot, 4)
    },
    set: (value) => {
      code.get(0)
      value()
      code.memory('i32.store', 4 * place.slot, 4)
    }
  }
}

/** Whether a statement stores a value that is already there. */
const isIdle = (statement: Statement, placeOf: PlaceOf): boolean => {
  if (statement.kind !== 'store' || statement.value.kind !== 'load') return false
  const { to, value } = statement
  const { access: from } = value
  const isHere =
    isSamePlace(placeOf(from.buffer), placeOf(to.buffer)) && from.offset === to.offset && from.dtype === to.dtype
  return isHere && S.equals(from.strides, to.strides)
}
