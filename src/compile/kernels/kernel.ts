/** Kernels: the parts of a fused program. Each is a loop nest over one domain, or a routine. */
import type { DType } from '../../language/data/dtype.js'
import { onceForEach } from '../../language/data/once.js'
import type * as S from '../../language/data/shape.js'
import type { Combine, Elementwise } from '../../language/terms/instructions.js'
import { nameOf } from '../graph/checked.js'
import type { Contraction, Node, NodeOf, Run } from '../graph/graph.js'
import { instruction } from '../graph/instructions.js'
import type { Called } from '../routines/index.js'
import type { Own } from '../routines/own.js'
import type { Float } from '../wasm/write.js'

// --- model
/** Storage for an array's elements in row-major order. */
export interface Buffer {
  readonly id: number
  readonly dtype: DType
  readonly size: number
  /** Its origin: inputs and constants exist from the start. A window is a moving part of another buffer. */
  readonly role: 'input' | 'constant' | 'computed' | 'window'
  /** The node whose elements these are. */
  readonly node: Node
  /** The state of a loop whose next value this buffer holds until the end of a step. */
  readonly next?: Buffer | undefined
}

/** A part of a buffer, addressed by the indices of a loop nest: an offset and a stride for each axis, in elements. */
export interface Access {
  readonly buffer: Buffer
  /** The dtype that is read. It differs from the buffer's dtype if bits are reinterpreted. */
  readonly dtype: DType
  readonly offset: number
  readonly strides: ReadonlyArray<number>
}

/** A value that a loop nest computes: an element of a dtype for every index of the domain. */
export type Value =
  | Readonly<{ kind: 'load'; dtype: DType; access: Access; operands: ReadonlyArray<Value> }>
  /** A load with one additional, computed index: `at`, clamped to 0 to `most`, times `stride`. */
  | Readonly<{
      kind: 'gather'
      dtype: DType
      access: Access
      stride: number
      most: number
      operands: ReadonlyArray<Value>
    }>
  | Readonly<{ kind: 'literal'; dtype: DType; value: number; operands: ReadonlyArray<Value> }>
  /** `start` and a multiple of each index. */
  | Readonly<{
      kind: 'index'
      dtype: DType
      start: number
      strides: ReadonlyArray<number>
      operands: ReadonlyArray<Value>
    }>
  /** An instruction, and its own cost. */
  | Readonly<{ kind: 'map'; dtype: DType; name: Elementwise; cost: number; operands: ReadonlyArray<Value> }>
  /** A state, an element or the position of a recurrence. */
  | Readonly<{ kind: 'hole'; dtype: DType; hole: NodeOf<'hole'>; operands: ReadonlyArray<Value> }>

/** What a loop nest does with values at every index. */
export type Statement =
  | Readonly<{ kind: 'store'; value: Value; to: Access }>
  /** The value reduced over axes, into an access that does not depend on them. */
  | Readonly<{ kind: 'reduce'; value: Value; to: Access; combine: Combine; axes: S.Axes }>
  /** The value added or stored at a computed index. */
  | Readonly<{
      kind: 'scatter'
      how: 'add' | 'put'
      value: Value
      index: Value
      to: Access
      stride: number
      most: number
    }>
  | Readonly<{ kind: 'run'; run: Run; elements: ReadonlyArray<Value>; first: States; next: States; to: Access }>

type States = ReadonlyArray<Value>

export interface Loop {
  readonly kind: 'loop'
  readonly domain: S.Shape
  readonly statements: ReadonlyArray<Statement>
}

export interface Dot {
  readonly kind: 'dot'
  readonly node: NodeOf<'dot'>
  readonly x: Access
  readonly y: Access
  readonly to: Access
  readonly detail: Contraction
}

export interface Sort {
  readonly kind: 'sort'
  readonly node: NodeOf<'sort'>
  readonly x: Access
  readonly to: Access
  /** Space for two lists of indices. */
  readonly scratch: Access
}

/** A call of a routine that an operation brought along, with its arguments by name. */
export type Brought = Readonly<{
  routine: `own ${string} ${Float}`
  own: Own
  dtype: Float
  args: Readonly<Record<string, Access | number>>
}>

/** A call of a routine. An access among the arguments is the address of its first element. */
export type Call = (Called<Access> | Brought) & {
  readonly kind: 'call'
  readonly reads: ReadonlyArray<Access>
  readonly writes: ReadonlyArray<Access>
  readonly blocks: number
  /** The total cost of all blocks, in additions of single numbers. */
  readonly work: number
}

/** A window on the element of a sequence in one step. */
export interface Slide {
  readonly window: Buffer
  /** Where it is at the element 0. */
  readonly whole: Access
  /** The number of elements by which it moves from one step to the next. */
  readonly step: number
}

/** A copy of a buffer into another. */
export type Move = Readonly<{ from: Buffer; to: Buffer }>

/** `enter` sets the states. In every step `body` computes the next states, and `moves` copies them to their buffers. */
export interface Iterate<L = Leaf> {
  readonly kind: 'iterate'
  readonly length: number
  readonly reverse: boolean
  readonly enter: ReadonlyArray<KernelOf<L>>
  readonly slides: ReadonlyArray<Slide>
  readonly body: ReadonlyArray<KernelOf<L>>
  readonly moves: ReadonlyArray<Move>
}

export interface Repeat<L = Leaf> {
  readonly kind: 'repeat'
  readonly enter: ReadonlyArray<KernelOf<L>>
  readonly test: ReadonlyArray<KernelOf<L>>
  readonly condition: Access
  readonly body: ReadonlyArray<KernelOf<L>>
  readonly moves: ReadonlyArray<Move>
}

export interface Branch<L = Leaf> {
  readonly kind: 'branch'
  readonly index: Access
  readonly arms: ReadonlyArray<ReadonlyArray<KernelOf<L>>>
}

/** A kernel without nested kernels. */
export type Leaf = Loop | Sort | Call
/** A loop or branch: a kernel with nested kernels. */
export type NestedOf<L> = Iterate<L> | Repeat<L> | Branch<L>
export type Nested = NestedOf<Leaf>
/** Kernels that consist of leaves of a kind. */
export type KernelOf<L> = L | NestedOf<L>
export type Kernel = KernelOf<Leaf>

/** A program of kernels in order: every buffer is written before it is read. */
export interface Fused<K = Kernel> {
  readonly kernels: ReadonlyArray<K>
  readonly buffers: ReadonlyArray<Buffer>
  /** For each output, the buffer that holds it; none for an output that is an input, a constant or a literal. */
  readonly outputs: ReadonlyArray<Buffer | undefined>
}

// --- constructors
const none: ReadonlyArray<never> = []

/** The element of an access. */
export const loadOf = (access: Access): Value => ({ kind: 'load', dtype: access.dtype, access, operands: none })
export const literalOf = (value: number, dtype: DType): Value => ({ kind: 'literal', dtype, value, operands: none })
/** An instruction. */
export const mapOf = (name: Elementwise, dtype: DType, ...operands: ReadonlyArray<Value>): Value => ({
  kind: 'map',
  dtype,
  name,
  cost: instruction(name).cost,
  operands
})

// --- combinators
/** The accesses of a kernel: those that are read, and those that are written. */
export const accessesOf = (kernel: Leaf): Readonly<{ reads: ReadonlyArray<Access>; writes: ReadonlyArray<Access> }> => {
  if (kernel.kind === 'call') return kernel
  if (kernel.kind === 'sort') return { reads: [kernel.x], writes: [kernel.to, kernel.scratch] }
  const reads: Array<Access> = []
  for (const value of valuesOf(kernel)) if (value.kind === 'load' || value.kind === 'gather') reads.push(value.access)
  return { reads, writes: kernel.statements.map(({ to }) => to) }
}

/** What a loop or branch does: it runs kernels, or reads the number that decides how it goes on. */
export type Step = Readonly<{ run: ReadonlyArray<Kernel> }> | Readonly<{ read: Access }>

/** What a loop or branch does, in order. */
export const stepsOf = (kernel: Nested): ReadonlyArray<Step> => {
  switch (kernel.kind) {
    case 'iterate':
      return [{ run: kernel.enter }, { run: kernel.body }]
    case 'repeat':
      return [{ run: kernel.enter }, { run: kernel.test }, { read: kernel.condition }, { run: kernel.body }]
    case 'branch':
      return [{ read: kernel.index }, ...kernel.arms.map((run) => ({ run }))]
  }
}

export const movesOf = (kernel: Nested): ReadonlyArray<Move> => (kernel.kind === 'branch' ? [] : kernel.moves)
export const slidesOf = (kernel: Nested): ReadonlyArray<Slide> => (kernel.kind === 'iterate' ? kernel.slides : [])

export const isNested = (kernel: Kernel): kernel is Nested =>
  kernel.kind === 'iterate' || kernel.kind === 'repeat' || kernel.kind === 'branch'

/** The lists of nested kernels of a kernel. */
export const insideOf = (kernel: Kernel): ReadonlyArray<ReadonlyArray<Kernel>> =>
  isNested(kernel) ? stepsOf(kernel).flatMap((step) => ('run' in step ? [step.run] : [])) : []

/** Kernels with each leaf replaced by other kernels. */
export const replaceLeaves = <L extends { readonly kind: string }>(
  kernels: ReadonlyArray<KernelOf<L>>,
  replace: (leaf: L) => ReadonlyArray<Kernel>
): ReadonlyArray<Kernel> => {
  const all = (kernels: ReadonlyArray<KernelOf<L>>): ReadonlyArray<Kernel> => replaceLeaves(kernels, replace)
  return kernels.flatMap((kernel): ReadonlyArray<Kernel> => {
    switch (kernel.kind) {
      case 'iterate': {
        const { enter, body, ...rest } = kernel as Iterate<L>
        return [{ ...rest, enter: all(enter), body: all(body) }]
      }
      case 'repeat': {
        const { enter, test, body, ...rest } = kernel as Repeat<L>
        return [{ ...rest, enter: all(enter), test: all(test), body: all(body) }]
      }
      case 'branch': {
        const { arms, ...rest } = kernel as Branch<L>
        return [{ ...rest, arms: arms.map(all) }]
      }
      default:
        return replace(kernel as L)
    }
  })
}

/** The buffers of a move as accesses, element by element. */
export const wholeOf = (buffer: Buffer): Access => ({ buffer, dtype: buffer.dtype, offset: 0, strides: [1] })

/** Moves as loop nests. */
export const moveKernels = (moves: ReadonlyArray<Move>): ReadonlyArray<Loop> => {
  const bySize = new Map<number, Array<Statement>>()
  for (const { from, to } of moves) {
    const statements = bySize.get(to.size) ?? []
    bySize.set(to.size, statements)
    statements.push({ kind: 'store', value: loadOf(wholeOf(from)), to: wholeOf(to) })
  }
  return [...bySize].map(([size, statements]) => ({ kind: 'loop', domain: [size], statements }))
}

/** The buffers that kernels read or write, as often as they do. */
export const buffersOf = (kernels: ReadonlyArray<Kernel>): ReadonlyArray<Buffer> =>
  kernels.flatMap((kernel): ReadonlyArray<Buffer> => {
    if (!isNested(kernel)) {
      const { reads, writes } = accessesOf(kernel)
      return [...reads, ...writes].map(({ buffer }) => buffer)
    }
    return [
      ...stepsOf(kernel).flatMap((step) => ('run' in step ? buffersOf(step.run) : [step.read.buffer])),
      ...slidesOf(kernel).map(({ whole }) => whole.buffer),
      ...movesOf(kernel).flatMap(({ from, to }) => [from, to])
    ]
  })

/** The values that a statement starts from. */
export const rootsOf = (statement: Statement): ReadonlyArray<Value> =>
  statement.kind === 'run'
    ? [...statement.elements, ...statement.first, ...statement.next]
    : statement.kind === 'scatter'
      ? [statement.value, statement.index]
      : [statement.value]

/** All values of a loop nest, operands first, each once. */
export const valuesOf: (loop: Loop) => ReadonlyArray<Value> = onceForEach(({ statements }) => {
  const seen = new Set<Value>()
  const order: Array<Value> = []
  for (const statement of statements) for (const root of rootsOf(statement)) visit(root, seen, order)
  return order
})

// A loop, so that no chain of operations overflows the stack.
const visit = (root: Value, seen: Set<Value>, order: Array<Value>): void => {
  if (seen.has(root)) return
  seen.add(root)
  const path = [root]
  while (path.length > 0) {
    const value = path[path.length - 1]
    const next = value.operands.find((operand) => !seen.has(operand))
    if (next === undefined) {
      order.push(value)
      path.pop()
    } else {
      seen.add(next)
      path.push(next)
    }
  }
}

/** A buffer in the error of a broken invariant, and whose elements it has. */
export const bufferName = ({ id, node }: Buffer): string => `b${id} of ${nameOf(node)}`
