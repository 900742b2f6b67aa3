/** Loops: the code of a loop nest, its values where they are first known, its innermost axis several elements at a time. */
import { type DType, itemSize } from '../../language/dtype.js'
import { type Access, rootsOf, type Statement, type Value } from '../kernel.js'
import type { Nest } from '../nest.js'
import type { Place } from '../plan.js'
import { load, loadVector, store, storeVector } from './access.js'
import { Accumulator } from './accumulator.js'
import { Code, type Local } from './code.js'
import { type Calls, constant, extract, instruct, type Lanes, replace, splat, typeOf } from './element.js'
import { blockOf, isShared, type KernelCode, mostBlocks, rangeLocals, rangeParameters } from './range.js'

// --- model
type Reduction = Extract<Statement, { kind: 'reduce' }>
type Running = Extract<Statement, { kind: 'run' }>

/** Where the values of one scope are: in locals, alone or several at a time. */
interface Scope {
  readonly one: Map<Value, Local>
  readonly many: Map<Value, Local>
}

const shiftNames = new Set(['shiftLeft', 'shiftRightLogical', 'shiftRightArithmetic'])
// Loops of few instructions are written out several times, for which they must be so long at least.
const fewValues = 24
const longEnough = 64
// Reductions side by side: vectors that fill a line of the cache, of loops so short that registers suffice.
const interleavedCopies = 4
const fewInterleaved = 6
const fewElements = 64

/** How the outermost loop is cut: into blocks of so many steps, whose partial results stand in the arena. */
interface Cut {
  readonly block: number
  readonly partials: number
}

// Blocks are multiples of so many steps, so that those of vectors are whole.
const blockUnit = 64
// A partial result is a number and its error.
const partialBytes = 16

// --- constructors
/**
 * The code of a loop nest. Where it is long enough its outermost loop has a range; what it then reduces is kept block by
 * block at `partials`, a place in the arena, and combined in the blocks' order.
 */
export const loopCode = (
  nest: Nest,
  placeOf: (access: Access) => Place,
  calls: Calls,
  partials: number
): KernelCode => {
  const work = workOf(nest)
  const extent = nest.dimensions[0]?.size ?? 1
  const block = blockOf(extent, work, nest.vector === 0 ? blockUnit : 1)
  const range = { extent, block, work }
  if (!isShared(range) || nest.dimensions[0].kind === 'run' || nest.statements.some(({ kind }) => kind === 'scatter'))
    return { code: new LoopEmitter(nest, placeOf, calls).done() }
  const emitter = new LoopEmitter(nest, placeOf, calls, { block, partials })
  const code = emitter.done()
  return nest.dimensions[0].kind === 'reduced'
    ? { code, range: { ...range, after: emitter.combined(Math.ceil(extent / block)) } }
    : { code, range }
}

/** The bytes of partial results that a loop nest may have. */
export const partialsOf = ({ statements }: Nest): number =>
  partialBytes * mostBlocks * statements.filter(({ kind }) => kind === 'reduce').length

/** What all iterations of a nest cost together, in additions. */
const workOf = ({ dimensions, statements, values, stridesOf, lanes }: Nest): number => {
  const all = dimensions.reduce((n, { size }) => n * size, 1)
  const depths = new Map<Value, number>()
  let work = statements.length * all
  for (const value of values) {
    let depth = value.kind === 'hole' ? dimensions.length : 0
    for (const operand of value.operands) depth = Math.max(depth, depths.get(operand) as number)
    if (value.kind === 'load' || value.kind === 'gather' || value.kind === 'index')
      depth = Math.max(
        depth,
        stridesOf(value.kind === 'index' ? value : value.access).findLastIndex((x) => x !== 0) + 1
      )
    depths.set(value, depth)
    const times = dimensions.reduce((n, { size }, k) => (k < depth ? n * size : n), 1)
    work += times * (value.kind === 'map' ? value.node.detail.cost : value.kind === 'gather' ? 4 * lanes : 1)
  }
  return work / lanes
}

class LoopEmitter {
  private readonly code: Code
  private readonly isSmall: boolean
  private readonly depths = new Map<Value, number>()
  private readonly varying = new Set<Value>()
  private readonly uses = new Map<Value, number>()
  /** Values by the depth at which they are known, if a deeper one needs them. */
  private readonly early: Array<Array<Value>> = []
  /** For each loop, by stride in bytes or steps, the local that counts in it. */
  private readonly counters: Array<Map<number, Local>> = []
  /** Addresses known outside of the innermost loop that moves them. */
  private readonly pointers = new Map<string, Local>()
  private readonly outer: Array<Map<string, ReadonlyArray<number>>> = []
  private readonly waits = new Set<Value>()
  private readonly spread = new Set<Value>()
  private scopes: Array<Scope> = []
  private lanes: Lanes = 1
  /** How many elements along the vector loop lie between the loop's index and what is written now. */
  private ahead = 0
  private copies = 1
  private copy = 0
  /** Those of all reductions; of interleaved copies one after the other. */
  private accumulators: ReadonlyArray<Accumulator> = []
  /** Whether the copies are neighbours whose reductions go on side by side, so that lines of the cache are read whole. */
  private interleaved = false
  private readonly holes = new Map<unknown, Local>()

  constructor(
    private readonly nest: Nest,
    private readonly placeOf: (access: Access) => Place,
    private readonly calls: Calls,
    private readonly cut?: Cut
  ) {
    this.isSmall = nest.dimensions.reduce((n, { size }) => n * size, 1) <= fewElements
    this.code = new Code(cut === undefined ? ['i32'] : rangeParameters)
    for (let k = 0; k <= nest.dimensions.length; k++) {
      this.early.push([])
      this.outer.push(new Map())
    }
    for (const _ of nest.dimensions) this.counters.push(new Map())
    for (const value of nest.values) this.measure(value)
    for (const value of nest.values) this.note(value)
    for (const statement of nest.statements)
      for (const root of rootsOf(statement)) {
        this.uses.set(root, (this.uses.get(root) ?? 0) + 1)
        this.noteUse(root, nest.dimensions.length, nest.vector >= 0)
      }
    for (const { to } of nest.statements) this.notePointer(to)
    if (nest.vector >= 0 && nest.vector === nest.dimensions.length - 1) this.copies = this.copiesOf()
    else if (nest.vector >= 0 && this.mayInterleave()) {
      this.interleaved = true
      this.copies = interleavedCopies
    }
  }

  done(): Code {
    this.scoped(() => this.level(0))
    return this.code
  }

  // --- what is known before any code is written

  private copiesOf(): number {
    const { nest } = this
    const inner = nest.values.filter((value) => this.depths.get(value) === nest.dimensions.length)
    const { size } = nest.dimensions[nest.vector]
    const costly = inner.some(
      (value) => value.kind === 'gather' || (value.kind === 'map' && value.node.detail.cost >= 8)
    )
    return inner.length <= fewValues && !costly && size >= longEnough ? 4 : 1
  }

  private mayInterleave(): boolean {
    const { dimensions, values, vector, lanes } = this.nest
    const inner = dimensions.slice(vector + 1)
    return (
      inner.every(({ kind }) => kind === 'reduced') &&
      dimensions[vector].kind === 'kept' &&
      dimensions[vector].size >= interleavedCopies * lanes &&
      values.length <= fewInterleaved &&
      // What is computed outside of the inner loops is so for one copy.
      values.every((value) => !this.varying.has(value) || this.depths.get(value) === dimensions.length)
    )
  }

  private measure(value: Value): void {
    const { nest } = this
    let depth = value.kind === 'hole' ? nest.dimensions.length : 0
    let varies = false
    for (const operand of value.operands) {
      depth = Math.max(depth, this.depths.get(operand) as number)
      varies ||= this.varying.has(operand)
    }
    if (value.kind === 'load' || value.kind === 'gather' || value.kind === 'index')
      nest.stridesOf(value.kind === 'index' ? value : value.access).forEach((stride, k) => {
        if (stride === 0) return
        depth = Math.max(depth, k + 1)
        varies ||= k === nest.vector
      })
    this.depths.set(value, depth)
    if (varies) this.varying.add(value)
  }

  private note(value: Value): void {
    const depth = this.depths.get(value) as number
    const isWide = this.varying.has(value)
    for (const operand of value.operands) {
      this.uses.set(operand, (this.uses.get(operand) ?? 0) + 1)
      this.noteUse(operand, depth, isWide && value.kind === 'map')
    }
    if (value.kind === 'load' || value.kind === 'gather') this.notePointer(value.access)
    else if (value.kind === 'index')
      this.nest.stridesOf(value).forEach((stride, k) => {
        if (stride !== 0) this.counters[k].set(stride, -1)
      })
  }

  // A value that is needed inside of the loops in which it is known: computed there once, and spread over lanes there.
  private noteUse(value: Value, depth: number, isWide: boolean): void {
    const at = this.depths.get(value) as number
    const spread = isWide && !this.varying.has(value)
    if (at < depth && (spread || value.kind !== 'literal') && !this.waits.has(value)) {
      this.waits.add(value)
      this.early[at].push(value)
    }
    if (spread) this.spread.add(value)
  }

  private notePointer(access: Access): void {
    const bytes = this.bytesOf(access)
    let innermost = -1
    bytes.forEach((stride, k) => {
      if (stride === 0) return
      this.counters[k].set(stride, -1)
      innermost = k
    })
    // Sums of counters are kept where the loop inside of them begins.
    for (let k = 0; k < innermost; k++)
      if (bytes[k] !== 0) this.outer[k + 1].set(pointerKey(this.baseKey(access), bytes, k + 1), bytes)
    this.baseOf(access)
  }

  private bytesOf(access: Access): ReadonlyArray<number> {
    const size = itemSize[access.dtype]
    return this.nest.stridesOf(access).map((stride) => stride * size)
  }

  // --- addresses

  // What is added to the address by the instruction itself; nothing where counters run backwards, since that would not wrap.
  private offsetOf(access: Access): number {
    if (this.isBackward(access)) return 0
    const place = this.placeOf(access)
    return access.offset * itemSize[access.dtype] + (place.kind === 'arena' ? place.offset : 0)
  }

  private isBackward(access: Access): boolean {
    return access.strides.some((stride) => stride < 0)
  }

  private baseKey(access: Access): string {
    const place = this.placeOf(access)
    const at = this.isBackward(access) ? access.offset * itemSize[access.dtype] : 0
    return place.kind === 'pointer' ? `p${place.slot}+${at}` : this.isBackward(access) ? `a${place.offset + at}` : 'a0'
  }

  // The local with the address of what the access is in, made at the beginning of the function.
  private baseOf(access: Access): Local {
    const key = this.baseKey(access)
    if (key === 'a0') return 0
    const known = this.pointers.get(key)
    if (known !== undefined) return known
    const { code } = this
    const place = this.placeOf(access)
    const at = this.isBackward(access) ? access.offset * itemSize[access.dtype] : 0
    const local = code.local('i32')
    code.get(0)
    if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
    const more = at + (place.kind === 'arena' ? place.offset : 0)
    if (more !== 0) {
      code.i32(more)
      code.op('i32.add')
    }
    code.set(local)
    this.pointers.set(key, local)
    return local
  }

  // Sums of the counters of the outer loops, at the beginning of a loop's body.
  private pointersAt(depth: number): void {
    const { code } = this
    for (const [key, bytes] of this.outer[depth]) {
      const local = code.local('i32')
      this.below(key.slice(0, key.indexOf('|')), bytes, depth - 1)
      code.get(this.counters[depth - 1].get(bytes[depth - 1]) as Local)
      code.op('i32.add')
      code.set(local)
      this.pointers.set(key, local)
    }
  }

  // Pushes the address without the counters of loop `depth` and those inside of it.
  private below(baseKey: string, bytes: ReadonlyArray<number>, depth: number): void {
    let last = depth - 1
    while (last >= 0 && bytes[last] === 0) last--
    const key = last < 0 ? baseKey : pointerKey(baseKey, bytes, last + 1)
    this.code.get(key === 'a0' ? 0 : (this.pointers.get(key) as Local))
  }

  private address(access: Access): void {
    const bytes = this.bytesOf(access)
    let innermost = bytes.length - 1
    while (innermost >= 0 && bytes[innermost] === 0) innermost--
    this.below(this.baseKey(access), bytes, innermost)
    if (innermost < 0) return
    this.code.get(this.counters[innermost].get(bytes[innermost]) as Local)
    this.code.op('i32.add')
    const shift = this.shiftOf(access)
    if (shift >= 0) return
    this.code.i32(shift)
    this.code.op('i32.add')
  }

  // The bytes from the loop's index to the copy of its body that is being written.
  private shiftOf(access: Access): number {
    const { vector } = this.nest
    return vector < 0 ? 0 : this.ahead * (this.bytesOf(access)[vector] ?? 0)
  }

  // The offset of that copy, where it is not behind the address.
  private shifted(access: Access): number {
    return this.offsetOf(access) + Math.max(0, this.shiftOf(access))
  }

  // --- scopes

  private scoped(body: () => void): void {
    this.scopes.push({ one: new Map(), many: new Map() })
    body()
    this.scopes.pop()
  }

  private find(value: Value, many: boolean): Local | undefined {
    for (let k = this.scopes.length - 1; k >= 0; k--) {
      const found = (many ? this.scopes[k].many : this.scopes[k].one).get(value)
      if (found !== undefined) return found
    }
    return undefined
  }

  private keep(value: Value, many: boolean): Local {
    const local = this.code.local(typeOf(value.node.dtype, many ? this.lanes : 1))
    this.code.set(local)
    const scope = this.scopes[this.scopes.length - 1]
    ;(many ? scope.many : scope.one).set(value, local)
    return local
  }

  // --- values

  /** Puts a value on the stack: in all lanes if `many`. */
  private push(value: Value, many: boolean): void {
    const { code } = this
    const known = this.find(value, many)
    if (known !== undefined) {
      code.get(known)
      return
    }
    if (!many) {
      this.pushOne(value)
      return
    }
    if (!this.varying.has(value)) {
      this.push(value, false)
      splat(code, value.node.dtype, this.lanes)
      if (value.kind !== 'literal') {
        this.keep(value, true)
        code.get(this.find(value, true) as Local)
      }
      return
    }
    this.make(value, true)
    this.settle(value, true)
  }

  private pushOne(value: Value): void {
    if (value.kind === 'literal') constant(this.code, value.value, value.node.dtype)
    else if (value.kind === 'hole') this.code.get(this.holes.get(value.node) as Local)
    else {
      this.make(value, false)
      this.settle(value, false)
    }
  }

  // A value that is used more than once goes into a local.
  private settle(value: Value, many: boolean): void {
    if ((this.uses.get(value) ?? 0) <= 1) return
    this.code.get(this.keep(value, many))
  }

  private make(value: Value, many: boolean): void {
    const { code } = this
    const lanes = many ? this.lanes : 1
    const { dtype } = value.node
    switch (value.kind) {
      case 'load': {
        const { access } = value
        if (!many) {
          this.address(access)
          load(code, dtype, this.shifted(access))
        } else {
          const stride = this.nest.stridesOf(access)[this.nest.vector]
          loadVector(code, dtype, this.shifted(access), stride, lanes, () => this.address(access))
        }
        break
      }
      case 'index':
        this.index(value, many)
        break
      case 'gather':
        this.gather(value, many)
        break
      case 'map':
        this.map(value, many)
        break
      default:
        throw new Error(`compile: a ${value.kind} is not made`)
    }
  }

  private map(value: Extract<Value, { kind: 'map' }>, many: boolean): void {
    const { code } = this
    const { name, operands, node } = value
    const lanes = many ? this.lanes : 1
    const from = operands[name === 'select' ? 1 : 0].node.dtype
    if (shiftNames.has(name) && many && operands[1].kind === 'literal') {
      this.push(operands[0], true)
      code.i32(operands[1].value)
      const kind = name === 'shiftLeft' ? 'shl' : name === 'shiftRightLogical' ? 'shr_u' : 'shr_s'
      code.op(`i32x4.${kind}`)
      return
    }
    for (const operand of operands) this.push(operand, many)
    // What remains of a vector loop, and a loop of few steps, is not worth the time to write more.
    const isRare = this.isSmall || (lanes === 1 && this.nest.vector >= 0)
    const call = isRare ? this.calls.called : this.calls.written
    instruct(code, call, name, from, node.dtype, operands.length, lanes)
  }

  private index(value: Extract<Value, { kind: 'index' }>, many: boolean): void {
    const { code, nest } = this
    const strides = nest.stridesOf(value)
    const { vector } = nest
    code.i32(value.start + (vector < 0 ? 0 : this.ahead * strides[vector]))
    strides.forEach((stride, k) => {
      if (stride === 0) return
      code.get(this.counters[k].get(stride) as Local)
      code.op('i32.add')
    })
    if (!many) return
    code.op('i32x4.splat')
    const first = code.local('v128')
    code.set(first)
    code.i32(0)
    code.op('i32x4.splat')
    for (let lane = 1; lane < this.lanes; lane++) {
      code.i32(lane * strides[vector])
      code.lane('i32x4.replace_lane', lane)
    }
    code.get(first)
    code.op('i32x4.add')
    code.release(first)
  }

  private gather(value: Extract<Value, { kind: 'gather' }>, many: boolean): void {
    const { code, nest } = this
    const { access, stride, most } = value
    const [index] = value.operands
    const { dtype } = value.node
    const size = itemSize[dtype]
    const along = nest.vector < 0 ? 0 : nest.stridesOf(access)[nest.vector]
    const address = (): void => {
      clampIndex(code, index.node.dtype, most)
      code.i32(stride * size)
      code.op('i32.mul')
      this.address(access)
      code.op('i32.add')
    }
    if (!many) {
      this.push(index, false)
      address()
      load(code, dtype, this.shifted(access))
      return
    }
    if (!this.varying.has(index)) {
      loadVector(code, dtype, this.shifted(access), along, this.lanes, () => {
        this.push(index, false)
        address()
      })
      return
    }
    this.push(index, true)
    const indices = code.local('v128')
    code.set(indices)
    code.i32(0)
    code.op('i32x4.splat')
    for (let lane = 0; lane < this.lanes; lane++) {
      code.get(indices)
      extract(code, index.node.dtype, this.lanes, lane)
      address()
      if (lane > 0 && along !== 0) {
        code.i32(lane * along * size)
        code.op('i32.add')
      }
      load(code, dtype, this.shifted(access))
      replace(code, dtype, this.lanes, lane)
    }
    code.release(indices)
  }

  // --- loops

  private level(depth: number): void {
    if (depth > 0) this.pointersAt(depth)
    const many = this.lanes > 1
    for (const value of this.early[depth]) {
      if (depth === this.nest.dimensions.length) break
      const wide = many && this.varying.has(value)
      if (this.find(value, wide) !== undefined) continue
      this.push(value, wide)
      if (value.kind !== 'literal') {
        if (this.find(value, wide) === undefined) this.keep(value, wide)
        else this.code.op('drop')
        if (!this.spread.has(value) || wide) continue
        this.code.get(this.find(value, false) as Local)
      }
      splat(this.code, value.node.dtype, this.nest.lanes)
      const local = this.code.local('v128')
      this.code.set(local)
      this.scopes[this.scopes.length - 1].many.set(value, local)
    }
    if (depth === this.nest.dimensions.length) {
      this.statements()
      return
    }
    const first = this.nest.dimensions.findIndex(({ kind }) => kind === 'reduced')
    if (depth === first) this.reducing(() => this.loop(depth))
    else if (this.nest.dimensions[depth].kind === 'run') this.running(depth)
    else this.loop(depth)
  }

  private statements(): void {
    if (!this.interleaved || this.lanes === 1) {
      this.statementsOf(this.accumulators)
      return
    }
    const count = this.accumulators.length / this.copies
    this.eachCopy((copy) => this.statementsOf(this.accumulators.slice(copy * count, (copy + 1) * count)))
  }

  private eachCopy(body: (copy: number) => void): void {
    for (let copy = 0; copy < this.copies; copy++) {
      this.ahead = copy * this.nest.lanes
      this.scoped(() => body(copy))
    }
    this.ahead = 0
  }

  private statementsOf(accumulators: ReadonlyArray<Accumulator>): void {
    const { code } = this
    const many = this.lanes > 1
    let reductions = 0
    for (const each of this.nest.statements) {
      if (each.kind === 'store') this.store(each.value, each.to)
      else if (each.kind === 'reduce') {
        const accumulator = accumulators[reductions++]
        if (accumulator === undefined) {
          // Nothing but axes of size 1 is reduced.
          this.store(each.value, each.to)
          continue
        }
        this.push(each.value, many)
        accumulator.add(this.copy, many)
      } else if (each.kind === 'scatter') {
        this.push(each.index, false)
        clampIndex(code, each.index.node.dtype, each.most)
        const { dtype } = each.to
        code.i32(each.stride * itemSize[dtype])
        code.op('i32.mul')
        this.address(each.to)
        code.op('i32.add')
        const at = code.local('i32')
        code.tee(at)
        code.get(at)
        load(code, dtype, this.offsetOf(each.to))
        this.push(each.value, false)
        instruct(code, this.calls.written, dtype === 'bool' ? 'or' : 'add', dtype, dtype, 2, 1)
        store(code, dtype, this.offsetOf(each.to))
        code.release(at)
      }
    }
  }

  private store(value: Value, to: Access): void {
    const { code } = this
    const stride = this.nest.vector < 0 ? 0 : this.nest.stridesOf(to)[this.nest.vector]
    if (this.lanes === 1 || stride === 0) {
      this.address(to)
      this.push(value, false)
      store(code, to.dtype, this.shifted(to))
      return
    }
    this.push(value, true)
    const vector = code.local('v128')
    code.set(vector)
    storeVector(code, to.dtype, this.shifted(to), stride, this.lanes, () => this.address(to), vector)
    code.release(vector)
  }

  /** Loop `depth` from one end to the other; the vector loop has a part in vectors and one of what remains. */
  private loop(depth: number): void {
    const { nest } = this
    const { size } = nest.dimensions[depth]
    this.start(depth)
    if (depth !== nest.vector) {
      const body = (): void => this.scoped(() => this.level(depth + 1))
      if (this.lanes > 1 && this.accumulators.length > 0 && depth === nest.dimensions.length - 1)
        this.inBlocks(depth, size, 1, body)
      else if (this.isCut(depth)) this.iterateTo(depth, this.rangeEnd(depth, size), 1, body)
      else this.iterate(depth, size, 1, body)
      return
    }
    const step = nest.lanes * this.copies
    const whole = Math.floor(size / step) * step
    if (this.interleaved) {
      this.interleavedLoop(depth, whole)
      return
    }
    const isReduced = nest.dimensions[depth].kind === 'reduced'
    if (whole > 0) {
      this.lanes = nest.lanes
      const body = (): void => {
        this.eachCopy((copy) => {
          this.copy = copy
          this.level(depth + 1)
        })
        this.copy = 0
      }
      this.scoped(() => {
        if (isReduced && this.accumulators.length > 0) this.inBlocks(depth, whole, step, body)
        else if (this.isCut(depth)) this.iterateTo(depth, this.rangeEnd(depth, whole), step, body)
        else this.iterate(depth, whole, step, body)
        if (isReduced) for (const each of this.accumulators) each.gather()
      })
      this.lanes = 1
    }
    const rest = (): void => this.iterate(depth, size, 1, () => this.scoped(() => this.level(depth + 1)), whole)
    if (whole < size) this.atEnd(depth, rest)
  }

  // Several vectors at a time, then one, then elements one by one. Blocks of a range are multiples of all of these.
  private interleavedLoop(depth: number, whole: number): void {
    const { nest } = this
    const { size } = nest.dimensions[depth]
    const body = (): void => this.scoped(() => this.level(depth + 1))
    this.lanes = nest.lanes
    if (this.isCut(depth)) this.iterateTo(depth, this.rangeEnd(depth, whole), nest.lanes * this.copies, body)
    else this.iterate(depth, whole, nest.lanes * this.copies, body)
    const vectors = Math.floor(size / nest.lanes) * nest.lanes
    const rest = (): void => {
      const { copies } = this
      this.copies = 1
      if (vectors > whole) this.iterate(depth, vectors, nest.lanes, body, whole)
      this.lanes = 1
      if (size > vectors) this.iterate(depth, size, 1, body, vectors)
      this.copies = copies
    }
    if (size > whole) this.atEnd(depth, rest)
    this.lanes = 1
  }

  // What is done once, behind the last of all blocks.
  private atEnd(depth: number, rest: () => void): void {
    if (!this.isCut(depth)) rest()
    else {
      this.code.get(rangeLocals.to)
      this.code.i32(this.nest.dimensions[depth].size)
      this.code.op('i32.eq')
      this.code.if(rest)
    }
  }

  private isCut(depth: number): boolean {
    return depth === 0 && this.cut !== undefined
  }

  /** A local with what the first counter is at the end of the range, or at `most` if that is before it. */
  private rangeEnd(depth: number, most: number): Local {
    const { code } = this
    const [stride] = this.primary(depth)
    const stop = code.local('i32')
    code.get(rangeLocals.to)
    code.i32(most)
    code.get(rangeLocals.to)
    code.i32(most)
    code.op('i32.lt_u')
    code.op('select')
    code.i32(stride)
    code.op('i32.mul')
    code.set(stop)
    return stop
  }

  // A loop to an end that is known only when it runs, and may have been reached.
  private iterateTo(depth: number, stop: Local, step: number, body: () => void): void {
    const { code } = this
    const [, local] = this.primary(depth)
    code.block(() => {
      code.get(local)
      code.get(stop)
      code.op('i32.eq')
      code.brIf(0)
      this.until(depth, step, () => code.get(stop), body)
    })
    code.release(stop)
  }

  // A loop that goes on until its counter is at an end; its body is done once at least.
  private until(depth: number, step: number, pushEnd: () => void, body: () => void): void {
    const { code } = this
    const [, local] = this.primary(depth)
    code.loop(() => {
      body()
      this.advance(depth, step)
      code.get(local)
      pushEnd()
      code.op('i32.ne')
      code.brIf(0)
    })
  }

  private start(depth: number): void {
    const counters = this.counters[depth]
    if (![...counters.keys()].some((stride) => stride > 0)) counters.set(1, -1)
    for (const stride of counters.keys()) {
      const local = counters.get(stride) as Local
      const fresh = local < 0 ? this.code.local('i32') : local
      counters.set(stride, fresh)
      if (this.isCut(depth)) {
        this.code.get(rangeLocals.from)
        this.code.i32(stride)
        this.code.op('i32.mul')
      } else this.code.i32(0)
      this.code.set(fresh)
    }
  }

  private advance(depth: number, step: number): void {
    for (const [stride, local] of this.counters[depth]) {
      this.code.get(local)
      this.code.i32(stride * step)
      this.code.op('i32.add')
      this.code.set(local)
    }
  }

  // The counter that tells the end: one that counts up.
  private primary(depth: number): [stride: number, local: Local] {
    for (const entry of this.counters[depth]) if (entry[0] > 0) return entry
    throw new Error('compile: a loop has no counter')
  }

  private iterate(depth: number, end: number, step: number, body: () => void, from = 0): void {
    const { code } = this
    if (from + step >= end) {
      body()
      // More of the loop is to come.
      if (end < this.nest.dimensions[depth].size) this.advance(depth, step)
      return
    }
    const [stride] = this.primary(depth)
    this.until(depth, step, () => code.i32(end * stride), body)
  }

  // A reduced vector loop in blocks, after each of which what was summed is added to a wider total.
  private inBlocks(depth: number, end: number, step: number, body: () => void): void {
    const { code } = this
    const block = blockLength * step
    if (end <= block && !this.isCut(depth)) {
      this.iterate(depth, end, step, body)
      for (const each of this.accumulators) each.fold()
      return
    }
    const [stride, local] = this.primary(depth)
    const last = this.isCut(depth) ? this.rangeEnd(depth, end) : undefined
    const pushLast = (): void => (last === undefined ? code.i32(end * stride) : code.get(last))
    const stop = code.local('i32')
    code.block(() => {
      if (last !== undefined) {
        code.get(local)
        code.get(last)
        code.op('i32.eq')
        code.brIf(0)
      }
      code.loop(() => {
        // The end of the block, or of the loop.
        code.get(local)
        code.i32(block * stride)
        code.op('i32.add')
        code.tee(stop)
        pushLast()
        code.get(stop)
        pushLast()
        code.op('i32.lt_u')
        code.op('select')
        code.set(stop)
        this.until(depth, step, () => code.get(stop), body)
        for (const each of this.accumulators) each.fold()
        code.get(local)
        pushLast()
        code.op('i32.ne')
        code.brIf(0)
      })
    })
    code.release(stop)
    if (last !== undefined) code.release(last)
  }

  /** The reductions around the loops that they reduce. */
  private reducing(body: () => void): void {
    const { nest, code } = this
    const reductions = nest.statements.filter((each): each is Reduction => each.kind === 'reduce')
    const isAcross = nest.vector >= 0 && nest.dimensions[nest.vector].kind === 'reduced'
    const length = nest.dimensions.reduce((n, { size, kind }) => (kind === 'reduced' ? n * size : n), 1)
    const outside = this.accumulators
    const isMany = this.lanes > 1
    const copies = this.interleaved && isMany ? this.copies : 1
    const all = Array.from({ length: copies }, () => reductions).flat()
    this.accumulators = all.map(
      ({ combine, value }) =>
        new Accumulator(code, this.calls.written, combine, value.node.dtype, {
          lanes: isAcross ? nest.lanes : this.lanes,
          across: isAcross,
          copies: isAcross ? this.copies : 1,
          length
        })
    )
    body()
    const done = this.accumulators
    this.accumulators = outside
    if (this.cut !== undefined && nest.dimensions[0].kind === 'reduced') {
      this.keepPartials(done)
      return
    }
    all.forEach(({ to }, k) => {
      if (copies > 1) this.ahead = Math.floor(k / reductions.length) * nest.lanes
      if (!isMany) this.address(to)
      done[k].result()
      if (!isMany) store(code, to.dtype, this.shifted(to))
      else {
        const vector = code.local('v128')
        code.set(vector)
        const stride = nest.stridesOf(to)[nest.vector]
        storeVector(code, to.dtype, this.shifted(to), stride, this.lanes, () => this.address(to), vector)
        code.release(vector)
      }
    })
    if (copies > 1) this.ahead = 0
  }

  // What a block's reductions have come to, at the block's place among the partial results.
  private keepPartials(accumulators: ReadonlyArray<Accumulator>): void {
    const { code } = this
    const { block, partials } = this.cut as Cut
    const at = code.local('i32')
    code.get(rangeLocals.from)
    code.i32(block)
    code.op('i32.div_u')
    code.i32(partialBytes * accumulators.length)
    code.op('i32.mul')
    code.get(rangeLocals.base)
    code.op('i32.add')
    code.set(at)
    accumulators.forEach((each, k) => {
      each.save(at, partials + partialBytes * k)
    })
    code.release(at)
  }

  /** The function that combines the partial results of so many blocks. */
  combined(blocks: number): Code {
    const code = new Code(['i32'])
    const reductions = this.nest.statements.filter((each): each is Reduction => each.kind === 'reduce')
    const { partials } = this.cut as Cut
    const length = this.nest.dimensions.reduce((n, { size }) => n * size, 1)
    const shape = { lanes: 1, across: true, copies: 1, length } as const
    reductions.forEach(({ combine, value, to }, k) => {
      const total = new Accumulator(code, this.calls.written, combine, value.node.dtype, shape)
      const at = code.local('i32')
      const step = partialBytes * reductions.length
      code.get(0)
      code.set(at)
      code.loop(() => {
        total.restore(at, partials + partialBytes * k)
        code.get(at)
        code.i32(step)
        code.op('i32.add')
        code.tee(at)
        code.get(0)
        code.op('i32.sub')
        code.i32(blocks * step)
        code.op('i32.ne')
        code.brIf(0)
      })
      const place = this.placeOf(to)
      code.get(0)
      if (place.kind === 'pointer') code.memory('i32.load', 4 * place.slot, 4)
      total.result()
      store(code, to.dtype, to.offset * itemSize[to.dtype] + (place.kind === 'arena' ? place.offset : 0))
      code.release(at)
    })
    return code
  }

  /** A recurrence: its first element, and then the others one after the other. */
  private running(depth: number): void {
    const { code, nest } = this
    const [statement] = nest.statements as ReadonlyArray<Running>
    const { run } = statement
    const { size } = nest.dimensions[depth]
    const states = run.before.map(({ dtype }) => code.local(typeOf(dtype, 1)))
    const elements = run.elements.map(({ dtype }) => code.local(typeOf(dtype, 1)))
    const position = code.local('i32')
    run.before.forEach((hole, k) => {
      this.holes.set(hole, states[k])
    })
    run.elements.forEach((hole, k) => {
      this.holes.set(hole, elements[k])
    })
    this.holes.set(run.position, position)
    this.start(depth)
    const direction = run.reverse ? -1 : 1
    if (run.reverse) this.advance(depth, size - 1)
    code.i32(0)
    code.set(position)
    const write = (): void => {
      this.address(statement.to)
      code.get(states[0])
      store(code, statement.to.dtype, this.offsetOf(statement.to))
    }
    const element = (after: ReadonlyArray<Value>): void =>
      this.scoped(() => {
        this.pointersAt(depth + 1)
        statement.elements.forEach((value, k) => {
          this.push(value, false)
          code.set(elements[k])
        })
        for (const value of after) this.push(value, false)
        for (let k = states.length - 1; k >= 0; k--) code.set(states[k])
        if (!run.last) write()
      })
    element(statement.first)
    if (size > 1) {
      code.loop(() => {
        this.advance(depth, direction)
        code.get(position)
        code.i32(1)
        code.op('i32.add')
        code.set(position)
        element(statement.next)
        code.get(position)
        code.i32(size - 1)
        code.op('i32.ne')
        code.brIf(0)
      })
    }
    if (run.last) write()
  }
}

// --- combinators
/** How many elements a lane sums in its own dtype before what they come to is added to a wider total. */
const blockLength = 32

const pointerKey = (base: string, bytes: ReadonlyArray<number>, depth: number): string =>
  `${base}|${bytes.slice(0, depth)}`

/** The index on the stack kept inside an axis. */
export const clampIndex = (code: Code, dtype: DType, most: number): void => {
  const local = code.local('i32')
  code.set(local)
  if (dtype === 'int32') {
    code.i32(0)
    code.get(local)
    code.get(local)
    code.i32(0)
    code.op('i32.lt_s')
    code.op('select')
    code.set(local)
  }
  code.i32(most)
  code.get(local)
  code.get(local)
  code.i32(most)
  code.op('i32.gt_u')
  code.op('select')
  code.release(local)
}
