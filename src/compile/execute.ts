/** Execute: the pass that runs a program: arguments go in, its one function is called, results come out. */
import { filled, NDArray } from '../language/array.js'
import { type DType, itemSize } from '../language/dtype.js'
import * as S from '../language/shape.js'
import type * as T from '../language/type.js'
import { type Emitted, emit } from './emit/index.js'
import { engine } from './engine.js'
import type { Node } from './graph.js'
import type { Buffer } from './kernel.js'
import * as Memory from './memory.js'
import { bytesOf, type Planned } from './plan.js'
import * as Team from './team.js'

// --- model
/** A program that can be run: from its arguments, numbers or arrays, to its results. */
export type Executable = (args: ReadonlyArray<number | NDArray>) => ReadonlyArray<NDArray>

type Linked = Readonly<{ main: (base: number) => void; arena: number }>

// How a result is had: it is an argument, it is always the same, or it stands in memory.
type Result = (args: ReadonlyArray<number | NDArray>, base: number, cells: ReadonlyArray<Memory.Cell>) => NDArray

// --- constructors
/** A planned program, assembled and ready. Results have the types that their terms had. */
export const executable = (
  planned: Planned,
  inputs: ReadonlyArray<Node>,
  outputs: ReadonlyArray<Node>,
  types: ReadonlyArray<T.Type>,
  threads: number
): Executable => {
  const { places, pointers } = planned
  const { arena, main } = link(emit(planned, Memory.isShared()), threads)
  const constants = new Map<Buffer, Memory.Cell>()
  for (const buffer of pointers)
    if (buffer.role === 'constant') {
      const cell = Memory.take(bytesOf(buffer))
      Memory.write(cell.address, buffer.dtype, (buffer.node.detail as NDArray).data)
      constants.set(buffer, cell)
    }
  const copies: Array<readonly [index: number, dtype: DType, offset: number, size: number]> = []
  const large: Array<readonly [slot: number, buffer: Buffer]> = []
  for (const [buffer, place] of places) {
    if (buffer.role === 'input' && place.kind === 'arena') {
      const index = inputs.indexOf(buffer.node)
      copies.push([index, buffer.dtype, place.offset / itemSize[buffer.dtype], buffer.size])
    } else if (place.kind === 'pointer' && buffer.role !== 'constant') large.push([place.slot, buffer])
  }
  const results = outputs.map((output, k) => resultOf(output, planned.outputs[k], planned, large, types[k]))
  const indexOfInput = new Map(inputs.map((node, k) => [node, k]))
  const cells: Array<Memory.Cell> = new Array(large.length)
  return (args) => {
    const base = Memory.arenaOf(arena)
    for (let k = 0; k < copies.length; k++) {
      const [index, dtype, offset, size] = copies[k]
      const argument = args[index]
      const elements = Memory.elementsOf(dtype)
      const at = base / itemSize[dtype] + offset
      if (typeof argument === 'number') elements[at] = argument
      else if (size === 1) elements[at] = argument.first
      else if (size <= 32) {
        const { data } = argument
        for (let i = 0; i < size; i++) elements[at + i] = data[i]
      } else elements.set(argument.data as never, at)
    }
    if (pointers.length === 0) {
      main(base)
      return results.map((result) => result(args, base, cells))
    }
    let taken = 0
    try {
      for (; taken < large.length; taken++) {
        const buffer = large[taken][1]
        cells[taken] = Memory.take(bytesOf(buffer))
        if (buffer.role === 'input')
          Memory.write(
            cells[taken].address,
            buffer.dtype,
            (args[indexOfInput.get(buffer.node) as number] as NDArray).data
          )
      }
      const slots = Memory.elementsOf('uint32')
      for (const [buffer, { address }] of constants) {
        const place = places.get(buffer)
        if (place?.kind === 'pointer') slots[base / 4 + place.slot] = address
      }
      for (let k = 0; k < large.length; k++) slots[base / 4 + large[k][0]] = cells[k].address
      main(base)
      return results.map((result) => result(args, base, cells))
    } finally {
      for (let k = 0; k < taken; k++) Memory.give(cells[k])
    }
  }
}

// The module's one function, and the bytes of arena that it needs.
const link = ({ bytes, imports, shared, arena, scratch }: Emitted, threads: number): Linked => {
  const several = shared.length === 0 || !Memory.isShared() ? 1 : threads
  if (several > 1) Team.start(several)
  const kernels: Array<Team.Kernel> = []
  const share = Team.sharing({
    bytes,
    kernels,
    ranges: shared,
    threads: several,
    scratch: arena,
    scratchBytes: scratch
  })
  const module = new engine.Module(bytes)
  const { exports } = new engine.Instance(module, { m: { m: Memory.theMemory() }, f: { ...imports, share } })
  for (let k = 0; k < shared.length; k++) kernels.push(exports[k] as Team.Kernel)
  return { main: exports.main as Linked['main'], arena: arena + several * scratch }
}

const resultOf = (
  output: Node,
  buffer: Buffer | undefined,
  { places }: Planned,
  large: ReadonlyArray<readonly [slot: number, buffer: Buffer]>,
  type: T.Type
): Result => {
  if (output.kind === 'input')
    return (args) => {
      const argument = args[output.detail]
      // A copy, since a typed array that was an argument is its caller's.
      return new NDArray(
        type,
        typeof argument === 'number' ? argument : argument.size === 1 ? argument.first : argument.data.slice()
      )
    }
  if (output.kind === 'constant') return () => output.detail
  if (output.kind === 'literal') {
    const value = filled(type, output.detail)
    return () => value
  }
  const place = places.get(buffer as Buffer)
  const { dtype } = output
  const size = S.size(output.shape)
  if (place?.kind === 'arena') {
    const offset = place.offset / itemSize[dtype]
    if (type.shape.length === 0)
      return (_, base) => new NDArray(type, Memory.elementsOf(dtype)[base / itemSize[dtype] + offset])
    return (_, base) => new NDArray(type, Memory.read(base + place.offset, dtype, size))
  }
  const index = large.findIndex(([, each]) => each === buffer)
  return (_args, _base, cells) => new NDArray(type, Memory.read(cells[index].address, dtype, size))
}
