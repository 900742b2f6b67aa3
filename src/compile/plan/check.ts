/**
 * The checker of plans: everything is inside of the arena, and whatever is read is still there. It goes through the kernels
 * in their order and keeps note of whose elements stand where; what a step of a loop reads of what was there before the loop
 * must be there when the step ends, since the next one reads it again.
 */
import { itemSize } from '../../language/data/dtype.js'
import { broken } from '../graph/checked.js'
import {
  type Access,
  accessesOf,
  type Buffer,
  bufferName,
  type Kernel,
  type Leaf,
  type Move,
  type Slide
} from '../kernels/kernel.js'
import { checkInside } from './inside.js'
import type { Planned } from './plan.js'

// --- model
/** Bytes from `from` to before `end`, with a buffer's elements. */
type Stretch = Readonly<{ from: number; end: number; buffer: Buffer }>

/** A loop, since a moment, and the older buffers that its steps use. */
type Around = Readonly<{ begin: number; used: Set<Buffer> }>

const alignment = 16
const bytesOf = ({ size, dtype }: Buffer): number => size * itemSize[dtype]

// --- combinators
/** Checks a plan. */
export const checkPlan = (pass: string, planned: Planned): void => {
  checkInside(pass, planned)
  checkPointers(pass, planned)
  new Walk(pass, stretchesOf(planned)).program(planned)
}

// Pointers have the first words of the arena, one each.
const checkPointers = (pass: string, { places, pointers, over }: Planned): void => {
  const slots = new Set<number>()
  for (const [buffer, place] of places) {
    if (place.kind !== 'pointer') continue
    const isWindow = buffer.role === 'window'
    if (isWindow !== place.slot >= pointers.length || (isWindow && slots.has(place.slot)))
      broken(pass, bufferName(buffer), `has the pointer ${place.slot} of another buffer`)
    slots.add(place.slot)
  }
  pointers.forEach((buffer, k) => {
    const place = places.get(buffer)
    if (place?.kind !== 'pointer' || place.slot !== k)
      broken(pass, bufferName(buffer), `is not behind the pointer ${k}`)
  })
  for (const [buffer, place] of places)
    if (place.kind === 'arena' && !(place.offset % alignment === 0 && place.offset >= 4 * slots.size))
      broken(pass, bufferName(buffer), `stands at ${place.offset}, between words or among the pointers`)
  const taken = new Set<Buffer>()
  for (const [result, input] of over) {
    if (taken.has(input) || input.role !== 'input' || bytesOf(input) !== bytesOf(result))
      broken(pass, bufferName(result), `is written over ${bufferName(input)}`)
    taken.add(input)
  }
}

// Where each buffer stands, as if what is behind pointers stood behind the arena; windows stand in other buffers.
const stretchesOf = ({ places, pointers, over, arena }: Planned): ReadonlyMap<Buffer, Stretch> => {
  const all = new Map<Buffer, Stretch>()
  const starts: Array<number> = []
  let next = arena
  pointers.forEach((buffer, slot) => {
    const old = pointers.indexOf(over.get(buffer) as Buffer)
    starts[slot] = old < 0 ? next : starts[old]
    if (old < 0) next += bytesOf(buffer)
  })
  for (const [buffer, place] of places) {
    if (buffer.role === 'window') continue
    const from = place.kind === 'arena' ? place.offset : starts[place.slot]
    all.set(buffer, { buffer, from, end: from + bytesOf(buffer) })
  }
  return all
}

/** Whose elements stand where, by addresses; no two stretches meet. */
class Contents {
  private readonly stretches: Array<Stretch> = []

  // The first stretch that ends behind an address.
  private search(from: number): number {
    let [low, high] = [0, this.stretches.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.stretches[middle].end > from) high = middle
      else low = middle + 1
    }
    return low
  }

  holds({ from, end, buffer }: Stretch): boolean {
    return from === end || this.stretches[this.search(from)]?.buffer === buffer
  }

  /** From now on a buffer stands there; what stood there before. */
  put(stretch: Stretch): ReadonlyArray<Buffer> {
    const { from, end } = stretch
    if (from === end) return []
    const first = this.search(from)
    let last = first
    while (last < this.stretches.length && this.stretches[last].from < end) last++
    return this.stretches.splice(first, last - first, stretch).map(({ buffer }) => buffer)
  }
}

class Walk {
  private readonly contents = new Contents()
  /** When a buffer was first written. */
  private readonly born = new Map<Buffer, number>()
  private readonly wholes = new Map<Buffer, Buffer>()
  private readonly loops: Array<Around> = []
  private now = 0

  constructor(
    private readonly pass: string,
    private readonly stretches: ReadonlyMap<Buffer, Stretch>
  ) {}

  private say(buffer: Buffer, problem: string): never {
    return broken(this.pass, bufferName(buffer), problem)
  }

  program({ kernels, outputs }: Planned): void {
    for (const { buffer } of this.stretches.values())
      if (buffer.role !== 'computed')
        for (const other of this.put(buffer)) this.say(buffer, `is given in the place of ${bufferName(other)}`)
    this.all(kernels)
    for (const x of outputs) if (x !== undefined) this.use(x, 'is a result')
  }

  // What a window is a part of.
  private wholeOf(buffer: Buffer): Buffer {
    let whole = buffer
    while (whole.role === 'window')
      whole = this.wholes.get(whole) ?? this.say(whole, 'is used outside of the loop that moves it')
    return whole
  }

  private stretchOf(buffer: Buffer): Stretch {
    return this.stretches.get(buffer) ?? this.say(buffer, 'has no place')
  }

  private put(buffer: Buffer): ReadonlyArray<Buffer> {
    if (!this.born.has(buffer)) this.born.set(buffer, this.now)
    return this.contents.put(this.stretchOf(buffer))
  }

  // The elements of a buffer are needed, now and at this moment of every step.
  private use(buffer: Buffer, what = 'is used'): void {
    const whole = this.wholeOf(buffer)
    if (!this.contents.holds(this.stretchOf(whole))) this.say(whole, `${what} when something else is in its place`)
    const born = this.born.get(whole) ?? this.now
    for (let k = this.loops.length - 1; k >= 0 && this.loops[k].begin > born; k--) {
      if (this.loops[k].used.has(whole)) return
      this.loops[k].used.add(whole)
    }
  }

  private all(kernels: ReadonlyArray<Kernel>): void {
    for (const kernel of kernels) {
      this.now++
      switch (kernel.kind) {
        case 'iterate':
          this.all(kernel.enter)
          this.begin(kernel.slides)
          this.steps(kernel.moves, () => this.all(kernel.body))
          break
        case 'repeat':
          this.all(kernel.enter)
          this.steps(kernel.moves, () => {
            this.all(kernel.test)
            this.use(kernel.condition.buffer)
            this.all(kernel.body)
          })
          break
        case 'branch':
          this.use(kernel.index.buffer)
          for (const arm of kernel.arms) this.all(arm)
          break
        default:
          this.leaf(kernel)
      }
    }
  }

  // What a loop stacks has its place from the beginning.
  private begin(slides: ReadonlyArray<Slide>): void {
    for (const { window, whole } of slides) {
      if (whole.buffer.role !== 'window' && !this.born.has(whole.buffer)) this.put(whole.buffer)
      this.wholes.set(window, whole.buffer)
      this.use(window)
    }
  }

  private steps(moves: ReadonlyArray<Move>, body: () => void): void {
    const used = new Set<Buffer>()
    this.loops.push({ begin: ++this.now, used })
    body()
    this.now++
    for (const { from } of moves) this.use(from, 'ends a step')
    for (const { to } of moves) {
      if (this.born.has(to) && this.contents.holds(this.stretchOf(to))) continue
      for (const old of this.put(to))
        if (moves.some((each) => each.from === old && each.to !== to))
          this.say(to, `is written over ${bufferName(old)} before that is moved`)
    }
    this.loops.pop()
    for (const buffer of used)
      if (!this.contents.holds(this.stretchOf(buffer))) this.say(buffer, 'is lost to the next step')
  }

  private leaf(kernel: Leaf): void {
    const { reads, writes } = accessesOf(kernel)
    const read = new Set<Buffer>()
    const wrote = new Set<Buffer>()
    for (const { buffer } of reads) {
      this.use(buffer, 'is read')
      read.add(this.wholeOf(buffer))
    }
    for (const write of writes) {
      const buffer = this.wholeOf(write.buffer)
      const isFirst = buffer === write.buffer && !this.born.has(buffer)
      if (!isFirst) this.use(buffer, 'is written again')
      else
        for (const old of this.put(buffer)) {
          if (wrote.has(old)) this.say(buffer, `is written over ${bufferName(old)}, which is written at the same time`)
          if (read.has(old) && !this.isElementwise(kernel, write, reads, old))
            this.say(buffer, `is written over ${bufferName(old)} while that is read`)
        }
      wrote.add(buffer)
    }
  }

  // Whether the last of a loop nest's stores puts each element where the one stands that was read for it.
  private isElementwise(kernel: Leaf, write: Access, reads: ReadonlyArray<Access>, old: Buffer): boolean {
    const { buffer, dtype, offset, strides } = write
    const [here, there] = [this.stretchOf(buffer), this.stretchOf(old)]
    return (
      kernel.kind === 'loop' &&
      kernel.statements.every(({ kind }) => kind === 'store') &&
      kernel.statements.findIndex(({ to }) => to.buffer === buffer) === kernel.statements.length - 1 &&
      here.from === there.from &&
      here.end === there.end &&
      reads.every(
        (x) =>
          this.wholeOf(x.buffer) !== old ||
          (x.buffer === old &&
            itemSize[x.dtype] === itemSize[dtype] &&
            x.offset === offset &&
            x.strides.every((stride, k) => stride === strides[k]))
      )
    )
  }
}
