/**
 * Wiring: where a planned program's arguments go, and where its results and constants come from. It refers to nothing in
 * the program, so equal programs share it, whatever the elements of their constants.
 */
import { type DType, partOf } from '../../language/data/dtype.js'
import type * as T from '../../language/data/type.js'
import type { Node } from '../graph/graph.js'
import type { Program } from '../graph/lower.js'
import type { Buffer } from '../kernels/kernel.js'
import type { Place, Planned } from './plan.js'

// --- model
/** An argument that is copied into the arena. */
export type Copied = Readonly<{ index: number; dtype: DType; offset: number; size: number }>

/** The target of a pointer: a constant, an argument, or a result, which may reuse the memory of an argument. */
export type Pointed =
  | Readonly<{ kind: 'constant'; index: number; dtype: DType; size: number }>
  | Readonly<{ kind: 'input'; index: number; dtype: DType; size: number }>
  | Readonly<{ kind: 'result'; dtype: DType; size: number; over: number }>

/** The source and type of a result: an argument, a fixed value, or memory. */
export type Wired = Readonly<{ type: T.Type }> &
  /** `isAlone`: whether it is donated and is no other result. */
  (
    | Readonly<{ kind: 'argument'; index: number; isAlone: boolean }>
    | Readonly<{ kind: 'constant'; index: number }>
    | Readonly<{ kind: 'literal'; value: number }>
    | Readonly<{ kind: 'arena'; dtype: DType; offset: number }>
    /** A result that is not its own is an argument or constant in another shape, or equal to another result. */
    | Readonly<{ kind: 'pointed'; slot: number; isOwn: boolean }>
  )

/** Offsets are bytes in the arena; arguments, constants and pointers are numbered. */
export interface Wiring {
  readonly copied: ReadonlyArray<Copied>
  readonly pointed: ReadonlyArray<Pointed>
  readonly results: ReadonlyArray<Wired>
  readonly donated: ReadonlyArray<number>
}

// --- constructors
/** The wiring of a program. Results have the types that their terms had. */
export const wiringOf = (
  { inputs, constants, outputs }: Program,
  planned: Planned,
  types: ReadonlyArray<T.Type>,
  donated: ReadonlyArray<number>
): Wiring => {
  const { places, pointers, over } = planned
  const numbers = new Map<Node, number>()
  for (const list of [inputs, constants]) for (let k = 0; k < list.length; k++) numbers.set(list[k], k)
  const numberOf = (node: Node): number => numbers.get(node) as number
  const copied: Array<Copied> = []
  for (const [{ role, node, dtype, size }, place] of places)
    if (role === 'input' && place.kind === 'arena')
      copied.push({ index: numberOf(node), dtype, offset: place.offset, size })
  const pointed = pointers.map((buffer): Pointed => {
    const { role, node, dtype, size } = buffer
    if (role === 'constant') return { kind: 'constant', index: numberOf(node), dtype, size }
    if (role === 'input') return { kind: 'input', index: numberOf(node), dtype, size }
    return { kind: 'result', dtype, size, over: slotOf(places.get(over.get(buffer) as Buffer)) }
  })
  // The buffers of the results so far, and the parameters that are results twice.
  const before = new Set<Buffer>()
  const [once, twice] = [new Set<Node>(), new Set<Node>()]
  for (const node of outputs) (once.has(node) ? twice : once).add(node)
  const isDonated = new Set(donated)
  const results = outputs.map((node, k): Wired => {
    const type = types[k]
    switch (node.kind) {
      case 'input':
        return { type, kind: 'argument', index: node.detail, isAlone: isDonated.has(node.detail) && !twice.has(node) }
      case 'constant':
        return { type, kind: 'constant', index: numberOf(node) }
      case 'literal':
        return { type, kind: 'literal', value: node.detail }
    }
    const buffer = planned.outputs[k] as Buffer
    const place = places.get(buffer)
    if (place?.kind === 'arena') return { type, kind: 'arena', dtype: node.dtype, offset: place.offset }
    const isOwn = buffer.role === 'computed' && buffer.dtype === partOf(type.dtype) && !before.has(buffer)
    before.add(buffer)
    return { type, kind: 'pointed', slot: slotOf(place), isOwn }
  })
  return { copied, pointed, results, donated }
}

// The slot of a pointer; -1 if there is none.
const slotOf = (place: Place | undefined): number => (place?.kind === 'pointer' ? place.slot : -1)
