/** Fused: where the engine has an instruction for it, `fastMath` adds a product to a sum without rounding it first. */
import { array, compile, type DType, type NDArray, run, type Shape, type Tensor, tensor } from 'freegrad'
import * as np from 'freegrad/numpy'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isFused } from '../../src/compile/passes.js'
import { assembleProgram } from '../../src/compile/program.js'
import { assembled } from '../../src/compile/routines/assembled.js'
import { runtimeOf } from '../../src/compile/runtime/runtime.js'
import { hasProductAndSum } from '../../src/compile/wasm/engine.js'
import { variable } from '../../src/language/terms/term.js'
import { compileOn } from '../../src/transforms/compile.js'

// --- model
type Case = readonly [name: string, f: (...xs: Tensor[]) => Tensor, ...shapes: ReadonlyArray<Shape>]

const products: ReadonlyArray<Case> = [
  ['matrices', np.matmul, [70, 130], [130, 50]],
  ['matrices of a transpose', (x, y) => np.matmul(np.transpose(x), y), [300, 20], [300, 90]],
  ['many matrices', np.matmul, [9, 20, 31], [9, 31, 17]],
  ['a matrix and a vector', np.matmul, [90, 517], [517]],
  ['a vector and a matrix', np.matmul, [517], [517, 90]]
]
const sums: ReadonlyArray<Case> = [
  ['a sum of products', (x, y) => np.sum(np.mul(x, y)), [3001], [3001]],
  ['sums of rows', (x, y) => np.sum(np.mul(x, y), { axis: 1 }), [40, 133], [40, 133]],
  ['sums of columns', (x, y) => np.sum(np.mul(x, y), { axis: 0 }), [133, 40], [133, 40]],
  ['sums of products with a row', (x, y) => np.sum(np.mul(x, y), { axis: 0 }), [133, 40], [40]],
  ['a small product', np.matmul, [8, 9], [9, 8]],
  ['a product that is used twice', (x, y) => np.sum(np.stack([np.mul(x, y), np.exp(np.mul(x, y))])), [400], [400]]
]
const cases = [...products, ...sums]
const dtypes = ['float32', 'float64'] as const

// --- combinators
const named = (each: ReadonlyArray<Case>) => each.map((one) => [one[0], one] as const)

const filled = (shape: Shape, dtype: DType, seed: number): NDArray =>
  array(
    Float64Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, k) => Math.sin(seed + k * k)),
    { shape, dtype }
  )

const argumentsOf = (shapes: ReadonlyArray<Shape>, dtype: DType): ReadonlyArray<NDArray> =>
  shapes.map((shape, k) => filled(shape, dtype, k + 1))

/** The instruction for vectors of a dtype, as bytes. */
const instruction = { float32: [0xfd, 0x85, 0x02], float64: [0xfd, 0x87, 0x02] } as const

const has = (bytes: Uint8Array, dtype: keyof typeof instruction): boolean => {
  const [a, b, c] = instruction[dtype]
  return bytes.some((byte, k) => byte === a && bytes[k + 1] === b && bytes[k + 2] === c)
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: { validate: (bytes: Uint8Array) => boolean } }

/** An engine like this one, with or without relaxed SIMD as far as can be asked. */
const engineThat = (hasIt: boolean): object => {
  const [tried] = [vi.fn((bytes: Uint8Array) => (has(bytes, 'float32') ? hasIt : WebAssembly.validate(bytes)))]
  return Object.assign(Object.create(WebAssembly), { validate: tried })
}

const codeOf = ([, f, ...shapes]: Case, dtype: DType, fastMath: boolean): Uint8Array => {
  const parameters = argumentsOf(shapes, dtype).map(({ type }) => variable(type))
  return assembleProgram(parameters, [f(...parameters)], { fastMath }, runtimeOf()).machine.bytes
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the code of a sum of products', () => {
  it.each(named(sums.slice(0, -1)))(
    'has the instruction with fastMath where the engine has it, and only then: %s',
    (_, each) => {
      for (const dtype of dtypes)
        for (const fastMath of [false, true])
          for (const hasIt of [false, true]) {
            vi.stubGlobal('WebAssembly', engineThat(hasIt))
            expect(isFused({ fastMath })).toBe(fastMath && hasIt)
            expect(has(codeOf(each, dtype, fastMath), dtype)).toBe(fastMath && hasIt)
          }
    }
  )

  it.each(dtypes)('has it in routines of %s', (dtype) => {
    for (const shared of [false, true]) {
      expect([false, true].map((isFused) => has(assembled(shared, isFused), dtype))).toEqual([false, true])
      expect(WebAssembly.validate(assembled(shared, true))).toBe(hasProductAndSum())
    }
  })
})

describe('fastMath', () => {
  const close = (x: NDArray, y: NDArray, tolerance: number): void => {
    const off = x.data.findIndex(
      (each, k) => !(Math.abs(each - y.data[k]) <= tolerance * Math.max(1, Math.abs(y.data[k])))
    )
    expect(off).toBe(-1)
  }

  it.each(named(cases))('is as exact as run: %s', (_, [, f, ...shapes]) => {
    for (const dtype of dtypes) {
      const xs = argumentsOf(shapes, dtype)
      const tolerance = dtype === 'float32' ? 1e-4 : 1e-12
      close(compile(f, { fastMath: true })(...xs), run(f(...xs.map((x) => tensor(x)))), tolerance)
    }
  })

  it.each(named(cases))('changes nothing where the engine lacks the instruction: %s', (_, [, f, ...shapes]) => {
    vi.stubGlobal('WebAssembly', engineThat(false))
    for (const dtype of dtypes) {
      const xs = argumentsOf(shapes, dtype)
      const [plain, fast] = [false, true].map((fastMath) => compile((...ys: Tensor[]) => f(...ys), { fastMath })(...xs))
      expect(fast.data).toEqual(plain.data)
    }
  })

  it('gives the same results for any number of threads, in turn with plain programs', () => {
    const runtime = runtimeOf({ sharing: { job: 0, block: 1, first: 0 } })
    const on = compileOn(runtime)
    runtime.team.start(3)
    for (let k = 0; k < 30; k++)
      for (const [, f, ...shapes] of cases) {
        const xs = argumentsOf(shapes, dtypes[k % 2])
        for (const fastMath of [true, false]) {
          const [one, three] = [1, 3].map((threads) => on(f, { fastMath, threads })(...xs))
          expect(three.data).toEqual(one.data)
        }
      }
  })
})
