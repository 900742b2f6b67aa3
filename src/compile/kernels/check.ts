/**
 * The checker of kernels: what is read was written before, in full; loop nests address what is inside of their buffers, by a
 * stride for each axis; and in a scope nothing has a lower level than what it reads.
 */
import { itemSize } from '../../language/data/dtype.js'
import * as S from '../../language/data/shape.js'
import { broken, nameOf } from '../graph/checked.js'
import { operandsOf } from '../graph/demand.js'
import { fits, instruction } from '../graph/instructions.js'
import {
  type Access,
  type Buffer,
  bufferName,
  type Dot,
  type Fused,
  type Iterate,
  type KernelOf,
  type Leaf,
  type Loop,
  type Move,
  rootsOf,
  type Statement,
  type Value,
  valuesOf
} from './kernel.js'
import type { Levels } from './levels.js'
import type { Scopes } from './scopes.js'

// --- model
type Kernel = KernelOf<Leaf | Dot>

// --- combinators
/** Checks the kernels of a program, with contractions or without. */
export const checkKernels = (pass: string, fused: Fused<Kernel>): void => {
  new Checker(pass, fused.buffers).program(fused)
}

/** Checks the levels of all scopes: whatever can be read from a level on is read at that level or a higher one. */
export const checkLevels = (pass: string, { scopes, levels }: { scopes: Scopes; levels: Levels }): void => {
  const { levelOf, done } = levels
  for (const scope of scopes.all)
    for (const x of scope.nodes)
      for (const y of operandsOf(x, scopes.demand))
        if (levelOf(x) < done(y, scope))
          broken(pass, nameOf(x), `has level ${levelOf(x)}, and reads ${nameOf(y)}, which is done at ${done(y, scope)}`)
}

/** How many elements of each buffer have been written, in the program or in a part of it. */
class Written {
  readonly counts = new Map<Buffer, number>()
  constructor(private readonly around?: Written) {}

  of(buffer: Buffer): number {
    return this.counts.get(buffer) ?? this.around?.of(buffer) ?? 0
  }

  add(buffer: Buffer, count: number): void {
    this.counts.set(buffer, this.of(buffer) + count)
  }
}

class Checker {
  constructor(
    private readonly pass: string,
    private readonly buffers: ReadonlyArray<Buffer>
  ) {}

  private say(buffer: Buffer, problem: string): never {
    return broken(this.pass, bufferName(buffer), problem)
  }

  program({ kernels, buffers, outputs }: Fused<Kernel>): void {
    buffers.forEach((x, k) => {
      if (x.id !== k || !Number.isSafeInteger(x.size)) this.say(x, `has ${x.size} elements and is number ${k}`)
    })
    const written = new Written()
    this.all(kernels, written)
    for (const x of outputs) if (x !== undefined) this.read(x, written, 'is a result')
  }

  private isFull(buffer: Buffer, written: Written): boolean {
    return buffer.role === 'input' || buffer.role === 'constant' || written.of(buffer) >= buffer.size
  }

  private read(buffer: Buffer, written: Written, what = 'is read'): void {
    if (this.buffers[buffer.id] !== buffer) this.say(buffer, 'is not among the buffers of the program')
    if (!this.isFull(buffer, written))
      this.say(buffer, `${what} when ${written.of(buffer)} of its ${buffer.size} elements are written`)
  }

  private write(buffer: Buffer, count: number, written: Written): void {
    if (this.buffers[buffer.id] !== buffer) this.say(buffer, 'is not among the buffers of the program')
    if (buffer.role === 'input' || buffer.role === 'constant') this.say(buffer, 'is written to')
    written.add(buffer, count)
  }

  // Whether an access, by indices along axes of these sizes, stays in its buffer; `more` elements lie behind each.
  private access({ buffer, dtype, offset, strides }: Access, domain: S.Shape, more = 0): void {
    if (strides.length !== domain.length) this.say(buffer, `has ${strides.length} strides in a domain [${domain}]`)
    let [first, last] = [offset + Math.min(0, more), offset + Math.max(0, more)]
    domain.forEach((size, k) => {
      const way = strides[k] * (size - 1)
      if (way < 0) first += way
      else last += way
    })
    if (!(first >= 0 && (last + 1) * itemSize[dtype] <= buffer.size * itemSize[buffer.dtype]))
      this.say(buffer, `of ${buffer.size} elements is accessed from ${first} to ${last}`)
  }

  private all(kernels: ReadonlyArray<Kernel>, written: Written): void {
    for (const kernel of kernels) this.kernel(kernel, written)
  }

  private kernel(kernel: Kernel, written: Written): void {
    switch (kernel.kind) {
      case 'loop':
        this.loop(kernel, written)
        break
      case 'dot': {
        const { x, y, to, node } = kernel
        for (const [k, access] of [x, y].entries()) {
          this.access(access, node.operands[k].shape)
          this.read(access.buffer, written)
        }
        this.access(to, node.shape)
        this.write(to.buffer, S.size(node.shape), written)
        break
      }
      case 'sort': {
        const { x, to, scratch, node } = kernel
        this.access(x, node.shape)
        this.access(to, node.shape)
        this.read(x.buffer, written)
        if (scratch.buffer.size < 2 * node.shape[node.detail]) this.say(scratch.buffer, 'has no room for two lists')
        this.write(scratch.buffer, scratch.buffer.size, written)
        this.write(to.buffer, S.size(node.shape), written)
        break
      }
      case 'call': {
        const { reads, writes, args, blocks, routine } = kernel
        const known = new Set([...reads, ...writes].map(({ buffer }) => buffer))
        for (const { buffer } of reads) this.read(buffer, written)
        for (const x of Object.values<Access | number>(args))
          if (typeof x !== 'number') {
            if (!known.has(x.buffer))
              this.say(x.buffer, `is an argument of ${routine} that it neither reads nor writes`)
            this.access({ ...x, strides: [] }, [])
          }
        for (const { buffer } of writes) this.write(buffer, buffer.size, written)
        if (!(Number.isInteger(blocks) && blocks > 0)) this.say(writes[0].buffer, `is written in ${blocks} blocks`)
        break
      }
      case 'iterate':
        this.all(kernel.enter, written)
        this.iterate(kernel, written)
        break
      case 'repeat': {
        const { enter, test, condition, body, moves } = kernel
        this.all(enter, written)
        const inTest = new Written(written)
        this.all(test, inTest)
        this.access(condition, [])
        this.read(condition.buffer, inTest)
        const inBody = new Written(inTest)
        this.all(body, inBody)
        for (const { to } of moves) this.read(to, written, 'is as it was before the loop')
        this.moves(moves, written, inBody)
        break
      }
      case 'branch': {
        const { index, arms } = kernel
        this.access(index, [])
        this.read(index.buffer, written)
        const inArms = arms.map((arm) => {
          const inArm = new Written(written)
          this.all(arm, inArm)
          return inArm
        })
        // What every arm writes is there, whichever is taken.
        for (const buffer of inArms[0].counts.keys())
          if (inArms.every((each) => this.isFull(buffer, each))) written.counts.set(buffer, buffer.size)
      }
    }
  }

  private iterate({ length, slides, body, moves }: Iterate<Leaf | Dot>, written: Written): void {
    const inBody = new Written(written)
    for (const { window, whole, step } of slides) {
      const { buffer, dtype, offset } = whole
      if (window.role !== 'window' || window.dtype !== dtype) this.say(window, `is no window on ${bufferName(buffer)}`)
      this.access({ buffer, dtype, offset, strides: [step] }, [length], window.size - 1)
      // A sequence is there before the loop; an output is written by it.
      if (this.isFull(buffer, written)) inBody.add(window, window.size)
    }
    this.all(body, inBody)
    for (const { window, whole } of slides) {
      this.read(window, inBody, 'ends a step')
      if (!this.isFull(whole.buffer, written)) this.write(whole.buffer, length * window.size, written)
    }
    this.moves(moves, written, inBody)
  }

  private moves(moves: ReadonlyArray<Move>, written: Written, inBody: Written): void {
    for (const { from, to } of moves) {
      this.read(from, inBody, 'ends a step')
      if (from.size !== to.size || from.dtype !== to.dtype) this.say(from, `is no next ${bufferName(to)}`)
      // A state that no step reads has no first value.
      written.add(to, to.size)
    }
  }

  private loop(loop: Loop, written: Written): void {
    const { domain, statements } = loop
    const held = new Set(
      statements.flatMap((each) =>
        each.kind === 'run' ? [...each.run.before, ...each.run.elements, each.run.position] : []
      )
    )
    const to = statements[0]?.to.buffer
    for (const value of valuesOf(loop)) {
      this.value(value, domain, to)
      if (value.kind === 'load' || value.kind === 'gather') this.read(value.access.buffer, written)
      if (value.kind === 'hole' && !held.has(value.hole))
        this.say(to, `needs ${nameOf(value.hole)}, which is in no memory`)
    }
    for (const each of statements) this.statement(each, domain, written)
  }

  private value(value: Value, domain: S.Shape, to: Buffer): void {
    const { dtype, operands } = value
    switch (value.kind) {
      case 'load':
      case 'gather': {
        const { access } = value
        this.access(access, domain)
        if (access.dtype !== dtype) this.say(access.buffer, `is read as ${access.dtype} for ${dtype}`)
        if (value.kind === 'gather') this.access(access, domain, value.stride * value.most)
        break
      }
      case 'index':
        if (value.strides.length !== domain.length) this.say(to, `counts [${value.strides}] in a domain [${domain}]`)
        break
      case 'map': {
        if (!fits(instruction(value.name), operands, dtype))
          this.say(to, `has ${value.name} of ${operands.map((x) => x.dtype)} to ${dtype}`)
      }
    }
  }

  private statement(each: Statement, domain: S.Shape, written: Written): void {
    const { to, kind } = each
    const { buffer } = to
    const made = kind === 'run' ? each.first[0] : each.value
    if (made.dtype !== to.dtype) this.say(buffer, `gets ${made.dtype} as ${to.dtype}`)
    if (kind === 'scatter') {
      this.access(to, domain)
      this.access(to, domain, each.stride * each.most)
      this.read(buffer, written, 'is updated')
      return
    }
    this.access(to, domain)
    // An element for each index along these axes, and one for all along the others.
    const gone = kind === 'reduce' ? each.axes : kind === 'run' && each.run.last ? [each.run.axis] : []
    if (kind === 'run' && !(each.run.axis < domain.length)) this.say(buffer, `runs along no axis of [${domain}]`)
    for (const axis of gone)
      if (to.strides[axis] !== 0) this.say(buffer, `depends on the axis ${axis}, which is reduced`)
    const axes = S.otherAxes(domain.length, gone).filter((axis) => domain[axis] > 1)
    let reach = 0
    for (const stride of axes.sort((p, q) => Math.abs(to.strides[p]) - Math.abs(to.strides[q]))) {
      const step = Math.abs(to.strides[stride])
      if (step <= reach)
        this.say(buffer, `gets several elements in one place, by strides [${to.strides}] in [${domain}]`)
      reach += step * (domain[stride] - 1)
    }
    this.write(buffer, S.size(axes.map((axis) => domain[axis])), written)
    if (rootsOf(each).length === 0) this.say(buffer, 'gets nothing')
  }
}
