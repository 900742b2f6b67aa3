/**
 * Values: puts a nest's values on the stack, as single elements or as vectors. A value that is needed more than once, or
 * in a loop inside the one where it is known, is kept in a local while its scope lasts: the body of a loop, or a copy of
 * it.
 */
import { isFloating, itemSize } from '../../../language/data/dtype.js'
import type { Node } from '../../graph/graph.js'
import type { Value } from '../../kernels/kernel.js'
import type { Nest } from '../../kernels/nest.js'
import { halfOf } from '../../wasm/access.js'
import type { Code, Local } from '../../wasm/code.js'
import { constant, extract, replace, splat, typeOf } from '../../wasm/element.js'
import { type Calls, instruct, isShift, shiftLanes, stacked } from '../../wasm/instruct.js'
import type { Cursor } from './cursor.js'
import type { Halves } from './halves.js'
import type { Schedule, Timing } from './schedule.js'

// --- model
type ValueOf<K> = Extract<Value, { kind: K }>
type Made = Exclude<Value, { kind: 'literal' | 'hole' }>

/** The locals of some values, by their numbers. */
type Locals = Array<Local | undefined>

/** The numbers of the values that are in locals as long as a scope lasts: alone, and several at a time. */
type Scope = Readonly<{ one: Array<number>; many: Array<number> }>

const fewElements = 64

// --- constructors
/** The values of a nest. With `many`, a method handles vectors with the nest's number of lanes. */
export class Values {
  private readonly scopes: Array<Scope> = []
  /** The locals in which values are: alone, and several at a time. */
  private readonly one: Locals = []
  private readonly many: Locals = []
  private readonly holes = new Map<Node, Local>()
  /** Whether all loops together have few elements. */
  private readonly isSmall: boolean

  constructor(
    private readonly code: Code,
    private readonly nest: Nest,
    private readonly schedule: Schedule,
    private readonly cursor: Cursor,
    private readonly halves: Halves,
    private readonly calls: Calls
  ) {
    this.isSmall = nest.dimensions.reduce((n, { size }) => n * size, 1) <= fewElements
  }

  private timing(value: Value): Timing {
    return this.schedule.timings.get(value) as Timing
  }

  // --- scopes

  /** Values computed by the body are forgotten after it. */
  scoped(body: () => void): void {
    const scope: Scope = { one: [], many: [] }
    this.scopes.push(scope)
    body()
    this.scopes.pop()
    this.release(this.one, scope.one)
    this.release(this.many, scope.many)
  }

  private release(locals: Locals, values: ReadonlyArray<number>): void {
    for (const index of values) {
      this.code.release(locals[index] as Local)
      locals[index] = undefined
    }
  }

  // A local in which the value is from now on.
  private keep({ dtype }: Value, { index }: Timing, many: boolean): Local {
    const local = this.code.local(typeOf(dtype, many ? this.nest.lanes : 1))
    const scope = this.scopes[this.scopes.length - 1]
    ;(many ? this.many : this.one)[index] = local
    ;(many ? scope.many : scope.one).push(index)
    return local
  }

  private known({ index }: Timing, many: boolean): Local | undefined {
    return (many ? this.many : this.one)[index]
  }

  /** Says in which local a value is that others make. */
  hold(hole: Node, local: Local): void {
    this.holes.set(hole, local)
  }

  /** Computes the values that are known inside `depth` loops and needed in inner loops. */
  enter(depth: number, many: boolean): void {
    const { code, nest } = this
    // Vectors are needed in the vector loop: around it, and inside of it where it is done in them.
    const mayBeSpread = many || depth <= nest.vector
    for (const value of this.schedule.early[depth]) {
      const timing = this.timing(value)
      const wide = many && timing.varies
      if (value.kind === 'literal') {
        if (this.known(timing, true) !== undefined || !mayBeSpread) continue
        constant(code, value.value, value.dtype)
      } else {
        if (this.known(timing, wide) !== undefined) continue
        this.make(value as Made, wide)
        const local = this.keep(value, timing, wide)
        if (wide || !timing.isSpread || !mayBeSpread) {
          code.set(local)
          continue
        }
        code.tee(local)
      }
      splat(code, value.dtype, nest.lanes)
      code.set(this.keep(value, timing, true))
    }
  }

  // --- elements

  /** Whether a value is a product of real numbers, different in each lane, that is used only once and not known yet. */
  isProduct(value: Value): boolean {
    const { varies, uses, isEarly } = this.timing(value)
    return value.kind === 'map' && value.name === 'mul' && isFloating(value.dtype) && varies && uses === 1 && !isEarly
  }

  /** Puts a value on the stack. */
  push(value: Value, many: boolean): void {
    const { code } = this
    const timing = this.timing(value)
    const known = this.known(timing, many)
    if (known !== undefined) code.get(known)
    else if (many && !timing.varies) this.spread(value, timing)
    else if (value.kind === 'literal') constant(code, value.value, value.dtype)
    else if (value.kind === 'hole') code.get(this.holes.get(value.hole) as Local)
    else {
      this.make(value, many)
      if (timing.uses > 1) code.tee(this.keep(value, timing, many))
    }
  }

  // A value that is the same in all lanes.
  private spread(value: Value, timing: Timing): void {
    const { code } = this
    this.push(value, false)
    splat(code, value.dtype, this.nest.lanes)
    if (value.kind !== 'literal') code.tee(this.keep(value, timing, true))
  }

  private make(value: Made, many: boolean): void {
    switch (value.kind) {
      case 'load':
        if (!many || !this.half(value)) this.cursor.load(value.access, many)
        break
      case 'index':
        this.cursor.index(value)
        if (many) this.count(value)
        break
      case 'gather':
        if (many && this.timing(value.operands[0]).varies) this.gatherLanes(value)
        else this.gather(value, many)
        break
      case 'map':
        this.map(value, many)
    }
  }

  // Reads a value as the half of a stretch, if it is one; the other half is kept until it is needed.
  private half(value: ValueOf<'load' | 'gather'>, address?: () => void): boolean {
    const { code, cursor, halves } = this
    const place = halves.loads.get(value)
    if (place === undefined) return false
    const { half, other } = place
    const stretch = cursor.stretch(value.access, half, address)
    if (other !== undefined && this.known(this.timing(other), true) === undefined) {
      halfOf(code, other.dtype, stretch, half === 0 ? 1 : 0)
      code.set(this.keep(other, this.timing(other), true))
    }
    halfOf(code, value.dtype, stretch, half)
    for (const vector of new Set(stretch)) code.release(vector)
    return true
  }

  private map({ name, operands, dtype }: ValueOf<'map'>, many: boolean): void {
    const { code, nest } = this
    const by = operands[1]
    if (many && isShift(name) && by.kind === 'literal') {
      this.push(operands[0], true)
      shiftLanes(code, name, by.value)
      return
    }
    const pushed = stacked(name, operands)
    for (const operand of pushed) this.push(operand, many)
    // The rest of a vector loop, and a loop of few steps, are not worth more code.
    const isRare = this.isSmall || (!many && nest.vector >= 0)
    const call = isRare ? this.calls.called : this.calls.written
    instruct(code, call, name, pushed[0].dtype, dtype, pushed.length, many ? nest.lanes : 1)
  }

  // From the index of the first lane on the stack to those of all.
  private count(value: ValueOf<'index'>): void {
    const { code, nest } = this
    const stride = nest.stridesOf(value)[nest.vector]
    code.op('i32x4.splat')
    const first = code.local('v128')
    code.set(first)
    code.i32(0)
    code.op('i32x4.splat')
    for (let lane = 1; lane < nest.lanes; lane++) {
      code.i32(lane * stride)
      code.lane('i32x4.replace_lane', lane)
    }
    code.get(first)
    code.op('i32x4.add')
    code.release(first)
  }

  // At one index, be it for an element or for all lanes.
  private gather(value: ValueOf<'gather'>, many: boolean): void {
    const { access, stride, most, operands } = value
    const [index] = operands
    const address = (): void => {
      this.push(index, false)
      this.cursor.addressAt(access, index.dtype, stride, most)
    }
    if (!many || !this.half(value, address)) this.cursor.load(access, many, address)
  }

  private gatherLanes({ access, stride, most, operands: [index] }: ValueOf<'gather'>): void {
    const { code, cursor } = this
    const { lanes } = this.nest
    const { dtype } = access
    const along = cursor.stride(access)
    this.push(index, true)
    const indices = code.local('v128')
    code.set(indices)
    code.i32(0)
    code.op('i32x4.splat')
    for (let lane = 0; lane < lanes; lane++) {
      cursor.load(access, false, () => {
        code.get(indices)
        extract(code, index.dtype, lanes, lane)
        cursor.addressAt(access, index.dtype, stride, most)
        if (lane === 0 || along === 0) return
        code.i32(lane * along * itemSize[dtype])
        code.op('i32.add')
      })
      replace(code, dtype, lanes, lane)
    }
    code.release(indices)
  }
}
