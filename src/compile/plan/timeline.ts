/**
 * Timelines: the moments of a program in sequence, with the kernels of loops and branches in line with those around them,
 * and the last use of each buffer.
 */
import { type Access, accessesOf, type Buffer, type Kernel, type Leaf, type Move, wholeOf } from '../kernels/kernel.js'

// --- model
/** What happens at one moment: a kernel runs, or a loop begins or ends. */
export interface Moment {
  readonly reads: ReadonlyArray<Access>
  readonly writes: ReadonlyArray<Access>
  readonly kernel?: Leaf
}

/** The moments of a program, and the buffers that its loops need. */
export interface Timeline {
  readonly moments: ReadonlyArray<Moment>
  readonly windows: ReadonlyArray<Buffer>
  /** The last moment at which a buffer is used. A buffer older than a loop is used until the loop ends. */
  readonly last: Map<Buffer, number>
  /** For the next value of a state, the moment from which nothing else in the step reads the state. */
  readonly free: ReadonlyMap<Buffer, number>
}

// --- constructors
/** The timeline of a program. */
export const timelineOf = (kernels: ReadonlyArray<Kernel>): Timeline => new Recorder(kernels)

class Recorder implements Timeline {
  readonly moments: Array<Moment> = []
  readonly windows: Array<Buffer> = []
  readonly last = new Map<Buffer, number>()
  readonly free = new Map<Buffer, number>()
  private readonly first = new Map<Buffer, number>()
  private readonly loops: Array<{ readonly begin: number; readonly held: Set<Buffer> }> = []

  constructor(kernels: ReadonlyArray<Kernel>) {
    this.all(kernels)
  }

  private add(reads: ReadonlyArray<Access>, writes: ReadonlyArray<Access>, kernel?: Leaf): void {
    const at = this.moments.length
    this.moments.push(kernel === undefined ? { reads, writes } : { reads, writes, kernel })
    for (const { buffer } of reads) this.use(buffer, at)
    for (const { buffer } of writes) this.use(buffer, at)
  }

  // A buffer that existed before a loop began exists in all its steps.
  private use(buffer: Buffer, at: number): void {
    const first = this.first.get(buffer) ?? (buffer.role === 'computed' ? at : -1)
    this.first.set(buffer, first)
    this.last.set(buffer, at)
    for (const loop of this.loops)
      if (loop.begin > first) {
        loop.held.add(buffer)
        return
      }
  }

  private all(kernels: ReadonlyArray<Kernel>): void {
    for (const kernel of kernels)
      switch (kernel.kind) {
        case 'iterate': {
          const wholes = kernel.slides.map(({ whole }) => whole)
          this.all(kernel.enter)
          this.add([], wholes)
          for (const { window } of kernel.slides) this.windows.push(window)
          this.loop(kernel.moves, () => this.all(kernel.body))
          this.add(wholes, [])
          break
        }
        case 'repeat':
          this.all(kernel.enter)
          this.loop(kernel.moves, () => {
            this.all(kernel.test)
            this.add([kernel.condition], [])
            this.all(kernel.body)
          })
          break
        case 'branch':
          this.add([kernel.index], [])
          for (const arm of kernel.arms) this.all(arm)
          break
        default: {
          const { reads, writes } = accessesOf(kernel)
          this.add(reads, writes, kernel)
        }
      }
  }

  private loop(moves: ReadonlyArray<Move>, body: () => void): void {
    const begin = this.moments.length
    const loop = { begin, held: new Set<Buffer>() }
    this.add([], [])
    this.loops.push(loop)
    body()
    const reads = new Map<Buffer, number>()
    for (let at = begin; at < this.moments.length; at++)
      for (const { buffer } of this.moments[at].reads) reads.set(buffer, at)
    for (const { from, to } of moves) this.free.set(from, reads.get(to) ?? begin)
    this.add(
      moves.map(({ from }) => wholeOf(from)),
      moves.map(({ to }) => wholeOf(to))
    )
    this.loops.pop()
    const end = this.moments.length
    this.add([], [])
    for (const buffer of loop.held) this.last.set(buffer, end)
  }
}
