/** Halves: every other element, read and written by whole vectors. */
import * as fc from 'fast-check'
import { array, compile, type DType, grad, run, type Shape, type Tensor, tensor, variable } from 'freegrad'
import { arraysOf, between, compilation, type Point, point, verify } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import { describe, expect, it } from 'vitest'
import { assembleProgram } from '../../src/compile/program.js'
import { runtimeOf } from '../../src/compile/runtime/runtime.js'

// --- model
/** Programs of a tensor whose last axis has some size. */
type Made = (x: Tensor, start: number, size: number) => ReadonlyArray<Tensor>

const dtypes: ReadonlyArray<DType> = ['float64', 'float32', 'int32', 'uint32', 'bool']

// --- combinators
const points = (make: Made, dtypes: ReadonlyArray<DType>): fc.Arbitrary<Point> =>
  fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(...dtypes),
      fc.nat(3)
    )
    .chain(([lead, size, dtype, start]) =>
      arraysOf(dtype, [...lead, size], between(dtype === 'uint32' || dtype === 'bool' ? 0 : -2, 2)).map((x) =>
        point((y) => [...make(y, start, size)], [x], start)
      )
    )

const holds = (name: string, make: Made, of = dtypes): void => {
  it(name, () => verify(compilation, points(make, of), { runs: 60 }))
}

const every = (x: Tensor, start: number, step = 2): Tensor => np.at(x, '...', `${start}::${step}`)

const codeOf = (f: (...xs: Tensor[]) => Tensor, dtype: DType, ...shapes: ReadonlyArray<Shape>): Uint8Array => {
  const parameters = shapes.map((shape) => variable({ dtype, shape, weak: false }))
  return assembleProgram(parameters, [f(...parameters)], { fastMath: false }, runtimeOf()).machine.bytes
}

const count = (bytes: Uint8Array, ...code: ReadonlyArray<number>): number =>
  bytes.filter((_, k) => code.every((byte, j) => bytes[k + j] === byte)).length

const shuffles = (bytes: Uint8Array): number => count(bytes, 0xfd, 0x0d)
const lanes = (bytes: Uint8Array): number =>
  [0x56, 0x57, 0x5a, 0x5b].reduce((sum, code) => sum + count(bytes, 0xfd, code, 0x00), 0)

describe('compile = run for every other element', () => {
  holds('from each start', (x, start) => [every(x, start), np.add(every(x, start), 1)])
  holds('both halves', (x, start, size) => {
    const even = size - (size % 2)
    const whole = np.at(x, '...', `0:${even}`)
    return [np.add(every(whole, 0), every(whole, 1)), np.maximum(every(whole, 1), every(whole, start % 2))]
  })
  holds('neighbours of neighbours', (x, _, size) => {
    const n = Math.max(0, Math.floor((size - 3) / 2))
    const from = (start: number) => np.at(x, '...', `${start}:${start + 2 * n}:2`)
    return [np.add(np.add(from(0), from(1)), np.add(from(2), from(3)))]
  })
  holds('backwards', (x, start) => [np.flip(every(x, start), { axis: -1 }), every(np.flip(x, { axis: -1 }), start)])
  holds('reduced along it and beside it', (x, start) => [
    np.sum(every(x, start), { axis: -1 }),
    np.sum(every(x, start), { axis: 0 }),
    np.all(every(x, start), { axis: 0 })
  ])
  holds('of looked-up rows', (x, start) => {
    const rows = np.reshape(np.concatenate([x, x], { axis: -1 }), [-1, 2])
    const found = np.take(rows, [start, 0, 1, 1000], { axis: 0 })
    return [np.at(found, '...', 0), np.at(found, '...', 1), np.add(np.at(rows, '...', 0), np.at(rows, '...', 1))]
  })
  holds('beside float64', (x, start) => [np.add(every(x, start), tensor(0.5, { dtype: 'float64' }))], ['float32'])
  holds('joined in turn', (x, start) => [
    np.stack([np.add(x, 1), x], { axis: -1 }),
    np.stack([x, np.flip(x, { axis: -1 }), np.add(x, x)], { axis: -1 }),
    np.stack([every(x, start), np.add(every(x, start), 1)], { axis: -1 })
  ])
})

describe('the code of complex arithmetic', () => {
  const step = (z: Tensor, c: Tensor): Tensor => np.add(np.mul(z, z), c)

  it.each(['complex128', 'complex64'] as const)('reads and writes whole vectors: %s', (dtype) => {
    const code = codeOf(step, dtype, [1000], [1000])
    // Four times two stretches of two halves, and one that is written.
    expect([shuffles(code), lanes(code)]).toEqual([24, 0])
  })

  it('reads the rows of looked-up complex numbers in whole vectors', () => {
    const look = (z: Tensor): Tensor => np.take(z, [1, 0, 2], { axis: 0 })
    expect(lanes(codeOf(look, 'complex128', [4, 500]))).toBe(0)
  })

  it('reduces complex numbers beside each other', () => {
    const columns = codeOf((z) => np.sum(z, { axis: 0 }), 'complex128', [30, 500])
    expect([shuffles(columns) > 0, lanes(columns)]).toEqual([true, 0])
  })

  it('has no constant for a real number that became complex', () => {
    const slope = grad((z: Tensor) => np.sum(np.real(np.mul(z, np.conj(z)))))
    const z = variable({ dtype: 'complex128', shape: [1000], weak: false })
    expect(assembleProgram([z], [slope(z)], { fastMath: false }, runtimeOf()).constants).toEqual([])
  })
})

describe('a complex result', () => {
  it('keeps its memory, and can be donated', () => {
    const n = 3000
    const z = array(
      Float64Array.from({ length: 2 * n }, (_, k) => Math.sin(k)),
      { shape: [n], dtype: 'complex128' }
    )
    const turn = (x: Tensor): Tensor => np.mul({ re: 0, im: 1 }, x)
    const [kept, given] = [compile(turn), compile(turn, { donate: 0 })]
    const first = kept(z)
    const second = given(kept(first))
    expect(run(np.allclose(second, turn(tensor(first)))).item()).toBe(0)
    expect(run(np.allclose(second, turn(turn(turn(tensor(z)))))).item()).toBe(1)
    expect(run(np.allclose(first, turn(tensor(z)))).item()).toBe(1)
  })
})
