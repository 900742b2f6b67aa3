/** Canaries: arrays in the memory of compiled programs that no other program may change. */
import { array, compile, type NDArray, type Tensor } from 'freegrad'
import { add } from 'freegrad/ops'
import { standard } from '../../src/compile/runtime/runtime.js'

// Their elements are read by a compiled program, which reads that memory.
const through = compile((x: Tensor) => add(x, 0))
const lengths = [3, 100, 2100, 10_000]

const bytes = 2 ** 16

let living: ReadonlyArray<NDArray> = []

const valueAt = (k: number, i: number): number => (k + 1) * 1000 + (i % 977) * 0.5

const fresh = (): ReadonlyArray<NDArray> =>
  lengths.map((length, k) => through(array(Float64Array.from({ length }, (_, i) => valueAt(k, i)))))

/** What is wrong with the canaries, which are put back. */
export const canaries = (): string | undefined => {
  if (living.length === 0) living = fresh()
  for (const [k, canary] of living.entries()) {
    const { data } = through(canary)
    const odd = data.findIndex((x, i) => x !== valueAt(k, i))
    if (odd < 0) continue
    living = fresh()
    return `canary ${k} of ${lengths[k]} elements has ${data[odd]} at ${odd}`
  }
  return undefined
}

/** Fills the first bytes of the memory that programs compute in, so that a result that nobody wrote shows. */
export const patterned = (pattern: number): void => {
  const start = standard.heap.arenaOf(bytes) / 4
  standard.memory.elementsOf('uint32').fill(pattern, start, start + bytes / 4)
}
