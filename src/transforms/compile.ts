/** Compile: turns a function of tensors into machine code, once for each combination of argument types. */
import type * as E from 'fp-ts/lib/Either.js'
import {
  type Argument,
  type Assembled,
  type Executable,
  explainProgram,
  type Runtime,
  startProgram,
  startProgramAsync
} from '../compile/program.js'
import { dtypeOf, isTypedArray, type NDArray, type TypedArray } from '../language/data/array.js'
import { callable } from '../language/data/callable.js'
import { copyOf } from '../language/data/elements.js'
import { attempt, type FreegradError } from '../language/data/error.js'
import { known } from '../language/data/options.js'
import type { Tensor } from '../language/terms/term.js'
import type { Arguments, Composed } from '../language/trees/leaves.js'
import type * as Tree from '../language/trees/tree.js'
import { takingTrees } from './arguments.js'
import {
  apart,
  type CompileOptions,
  checkOptions,
  onTensors,
  programOptions,
  type Staged,
  stageFor,
  type Version,
  type VersionCall,
  versionsOf
} from './versions.js'

export type { CompileOptions } from './versions.js'

// --- model
/**
 * A compiled function. Called with numbers and arrays it returns arrays. Called with at least one tensor it calls the original
 * function and returns its result, so transforms go through it.
 */
export interface Compiled<A extends ReadonlyArray<unknown>, R> {
  (...args: Given<A>): Tree.Leaves<R, NDArray>
  <G extends Arguments<A>>(...args: G): Met<G, R, Tree.Leaves<R, NDArray>>
  // Transforms infer from the last signature.
  (...args: Composed<A>): R
  /** The original function. */
  readonly wrapped: (...args: A) => R
}

/**
 * A function compiled by `compileAsync`. It returns a promise of arrays. Called with a tensor, it returns tensors and no
 * promise.
 */
export interface CompiledAsync<A extends ReadonlyArray<unknown>, R> {
  (...args: Given<A>): Promise<Tree.Leaves<R, NDArray>>
  <G extends Arguments<A>>(...args: G): Met<G, R, Promise<Tree.Leaves<R, NDArray>>>
  (...args: Composed<A>): R
  readonly wrapped: (...args: A) => R
}

/** A function compiled by `tryCompile`. */
export interface TryCompiled<A extends ReadonlyArray<unknown>, R> {
  (...args: Given<A>): E.Either<FreegradError, Tree.Leaves<R, NDArray>>
  <G extends Arguments<A>>(...args: G): E.Either<FreegradError, Met<G, R, Tree.Leaves<R, NDArray>>>
}

/** Arguments without tensors. */
type Given<A extends ReadonlyArray<unknown>> = { [K in keyof A]: Tree.Asked<A[K], Still> }
type Still = number | boolean | TypedArray | NDArray

// The result of a call in which some argument certainly, or possibly, contains a tensor.
type Met<G extends ReadonlyArray<unknown>, R, Arrays> = true extends { [K in keyof G]: AllTensors<G[K]> }[number]
  ? R
  : R | Arrays

type AllTensors<T> = [Tree.LeafOf<T>] extends [never] ? false : [Tree.LeafOf<T>] extends [Tensor] ? true : false

const compileOptions = known<CompileOptions>({
  threads: 'checked',
  fastMath: 'boolean',
  donate: 'checked',
  steps: 'number',
  fallback: ['run']
})

// --- constructors
/**
 * Compiles a function to one WebAssembly module for each combination of input types. The function is called once on
 * variables, and the returned term is compiled, so the function must only build terms. Tensors that it captures are
 * evaluated at that time. The compiled function takes trees of numbers, typed arrays and arrays, and returns trees of
 * arrays. Called with at least one tensor it calls `f` itself, so transforms go through it: `grad(compile(f))` is
 * `grad(f)`, and a program that calls compiled functions can be compiled as a whole. Compiling the same function again
 * with the same options reuses the compiled code.
 *
 * Throws `UnhandledEffect` for a function that returns a program with effects, `MissingClause` for an operation without a
 * `lower` rule, `NotDifferentiable` for a captured tensor under differentiation, `OutOfMemory` if allocation fails, and
 * `StagingError` where WebAssembly is missing or forbidden, unless the option `fallback` is `'run'`, and where
 * `whileLoop`s take more steps than the option `steps` allows.
 *
 * @example
 * import { compile, grad } from 'freegrad'
 * import { mul, sin } from 'freegrad/ops'
 * const f = compile((x) => mul(sin(x), x))
 * const slope = compile(grad(f))
 * assert.deepStrictEqual([f(0).item(), slope(0).item()], [0, 0])
 */
export const compile = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: CompileOptions
): Compiled<A, R> => compiledOn(undefined, f, options)

/** `compile` for programs of a runtime of its own, which share no memory and no threads with those of others. */
export const compileOn =
  (runtime: Runtime): typeof compile =>
  (f, options) =>
    compiledOn(runtime, f, options)

const compiledOn = <A extends ReadonlyArray<unknown>, R>(
  runtime: Runtime | undefined,
  f: (...args: A) => R,
  options: CompileOptions | undefined
): Compiled<A, R> => {
  const versions = versionsOf(callable('compile', 'f', f), compileOptions('compile', options), runtime)
  let recent: Version | undefined
  let spare: Array<Argument> | undefined
  const compiled = (...args: ReadonlyArray<unknown>): unknown => {
    // Reading the arguments may run code that calls this function again, so each call has a version and a list of its own.
    let version = recent
    let given: ReadonlyArray<Argument>
    const list = spare ?? []
    spare = undefined
    if (version !== undefined && reads(version, args, list)) given = list
    else {
      const found = versions.find(args)
      if (found === undefined) return onTensors(f as Staged, args)
      version = found.version
      given = found.args
      version.executable ??= startProgram(version.assembled as Assembled)
      recent = version
    }
    const results = (version.executable as Executable)(given)
    spare = list
    return version.write(results, 0)
  }
  return Object.assign(takingTrees(compiled), { wrapped: f }) as Compiled<A, R>
}

/** Like `compile`, but the compiled function returns an `Either`: a `FreegradError` is a `Left`. */
export const tryCompile = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: CompileOptions
): TryCompiled<A, R> => {
  const compiled = compile(f, options) as Staged
  return takingTrees((...args: ReadonlyArray<unknown>) => attempt(() => compiled(...args))) as TryCompiled<A, R>
}

/**
 * Like `compile`, but the compiled function returns a promise, and the module is compiled asynchronously. Use it on the
 * main thread of a browser, which refuses to compile large modules synchronously. The code it makes is shared with
 * `compile` of the same function.
 *
 * @example
 * import { compileAsync } from 'freegrad'
 * import { exp } from 'freegrad/ops'
 * const result = await compileAsync((x) => exp(x))(0)
 * assert.strictEqual(result.item(), 1)
 */
export const compileAsync = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: CompileOptions
): CompiledAsync<A, R> => {
  const versions = versionsOf(callable('compileAsync', 'f', f), compileOptions('compileAsync', options))
  const start = async (version: Version): Promise<Executable> => {
    version.starting ??= startProgramAsync(version.assembled as Assembled).finally(() => {
      version.starting = undefined
    })
    return version.starting
  }
  const later = async ({ version, args }: VersionCall): Promise<unknown> => {
    if (version.executable !== undefined) return version.write(version.executable(args), 0)
    // The values are those at the call, whatever is written to a typed array while the machine code is made.
    const given = args.map((x) => (isTypedArray(x) ? copyOf('compile', x, dtypeOf(x)) : x))
    version.executable = await start(version)
    return version.write(version.executable(given), 0)
  }
  const compiled = (...args: ReadonlyArray<unknown>): unknown => {
    const found = attempt(() => versions.find(args))
    if (found._tag === 'Left') return Promise.reject(found.left)
    return found.right === undefined ? onTensors(f as Staged, args) : later(found.right)
  }
  return Object.assign(takingTrees(compiled), { wrapped: f }) as CompiledAsync<A, R>
}

// --- combinators
// What cannot be read is looked at again where a version is sought, and refused there.
const reads = ({ read }: Version, args: ReadonlyArray<unknown>, list: Array<Argument>): boolean => {
  try {
    return read(args, list, 0) >= 0
  } catch {
    return false
  }
}

/**
 * Text that shows the result of each compiler pass for a function, at the types of example arguments: the program, its
 * graph, its loop nests, its memory, and its code. The options are those of `compile`: the text says which results may
 * reuse the memory of donated arguments, and which loops threads share. The option `fallback` changes nothing, since
 * nothing runs.
 */
export const explain = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: CompileOptions
): ((...examples: Arguments<A>) => string) => {
  const known = compileOptions('explain', options)
  callable('explain', 'f', f)
  checkOptions('explain', known)
  return (...examples) => {
    const parts = apart(examples)
    const { parameters, outputs } = stageFor(f as Staged, parts)
    return explainProgram(parameters, outputs, programOptions('explain', parts.structure, known))
  }
}
