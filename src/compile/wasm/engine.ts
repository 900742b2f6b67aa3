/** The engine: the part of JavaScript's `WebAssembly` that compiled programs use, with its types. */
import * as E from 'fp-ts/lib/Either.js'
import { attempt, fail } from '../../language/data/error.js'
import { onceForEach } from '../../language/data/once.js'

// --- model
export interface Memory {
  readonly buffer: ArrayBufferLike
  grow(pages: number): number
}

declare const moduleBrand: unique symbol
export interface Module {
  readonly [moduleBrand]: true
}

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>
}

export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>

interface Engine {
  readonly validate: (bytes: Uint8Array) => boolean
  readonly Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => Memory
  readonly Module: new (bytes: Uint8Array) => Module
  readonly Instance: new (module: Module, imports: Imports) => Instance
  readonly instantiate: (bytes: Uint8Array, imports: Imports) => Promise<{ readonly instance: Instance }>
}

// A module of one function, which returns a vector.
const vector = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]
)
// A module of one function, which returns a product of vectors with a vector added to it.
const product = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11]
)

// --- constructors
/**
 * The WebAssembly of this JavaScript engine. Throws `StagingError` if the engine has none, if a policy forbids generating
 * machine code, or if vectors (SIMD) are not supported.
 */
export const engine = (): Engine => {
  const { WebAssembly: found } = globalThis as { WebAssembly?: Engine }
  if (found === undefined) return refuse('this JavaScript engine has no WebAssembly')
  return usable(found)
}

const usable = onceForEach((found: Engine): Engine => {
  if (!found.validate(vector)) return refuse('the WebAssembly of this JavaScript engine has no vectors (SIMD)')
  try {
    new found.Module(vector)
  } catch (thrown) {
    return refuse(`WebAssembly may not be compiled here (${thrown instanceof Error ? thrown.message : thrown})`)
  }
  return found
})

const refuse = (problem: string): never =>
  fail('StagingError', 'compile', problem, {
    hint: "use run, or compile(f, { fallback: 'run' }), which evaluates the program instead; a content security policy allows compiling with 'wasm-unsafe-eval'"
  })

// --- combinators
/**
 * Whether there is an instruction that multiplies vectors and adds to the product (relaxed SIMD). The product is rounded on
 * some machines and not on others.
 */
export const hasProductAndSum = (): boolean => {
  const { WebAssembly: found } = globalThis as { WebAssembly?: Engine }
  return found?.validate(product) === true
}

/** Whether programs can be compiled. */
export const canCompile = (): boolean => E.isRight(attempt(engine))
