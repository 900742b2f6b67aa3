/** Compile: a function of tensors becomes machine code, once for every tuple of types that it is called with. */
import type * as E from 'fp-ts/lib/Either.js'
import { type Argument, type Executable, explainProgram, startProgram, startProgramAsync } from '../compile/program.js'
import type { NDArray } from '../language/array.js'
import { callable } from '../language/callable.js'
import { attempt, type FreegradError } from '../language/error.js'
import type { Arguments } from '../language/leaves.js'
import { known } from '../language/options.js'
import type { Tensor } from '../language/term.js'
import type * as Tree from '../language/tree.js'
import { apart, type CompileOptions, type Staged, settled, stageFor, type Version, versionsOf } from './versions.js'

export type { CompileOptions } from './versions.js'

// --- model
/** A compiled function. It takes trees of leaves and gives trees of arrays. */
export interface Compiled<A extends ReadonlyArray<unknown>, R> {
  (...args: Arguments<A>): Tree.Leaves<R, NDArray>
  /** The function itself, for transforms: no derivative passes through arrays. */
  readonly wrapped: (...args: A) => R
}

const compileOptions = known<CompileOptions>({ threads: 'checked', fastMath: 'boolean', donate: 'checked' })

// --- constructors
/**
 * The same function as one WebAssembly module for each tuple of input types: it is called once on variables, and what
 * comes of that is what is compiled, so that it must do nothing else than build terms. Tensors that it captures are
 * evaluated then. Takes trees of numbers, typed arrays, arrays and tensors, and gives trees of arrays. What is compiled
 * belongs to the function: to compile it again under the same options costs nothing.
 *
 * Throws `UnhandledEffect` for a function that returns a program with effects, `MissingClause` for an operation that
 * does not say how it is compiled, `NotDifferentiable` where it is called on what is being differentiated, `OutOfMemory`
 * where there is no memory for it.
 *
 * @example
 * import { compile, grad } from 'freegrad'
 * import { mul, sin } from 'freegrad/ops'
 * const f = compile((x) => mul(sin(x), x))
 * const slope = compile(grad(f.wrapped))
 * assert.deepStrictEqual([f(0).item(), slope(0).item()], [0, 0])
 */
export const compile = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: CompileOptions
): Compiled<A, R> => {
  const versions = versionsOf(callable('compile', 'f', f), compileOptions('compile', options))
  let recent: Version | undefined
  const into: Array<Argument> = []
  const compiled = (...args: ReadonlyArray<unknown>): unknown => {
    if (recent === undefined || recent.read(args, into, 0) < 0) {
      recent = versions.find(args, into)
      recent.executable ??= startProgram(recent.assembled)
    }
    return recent.write((recent.executable as Executable)(into), 0)
  }
  return Object.assign(compiled, { wrapped: f }) as Compiled<A, R>
}

/** As `compile`, but the compiled function gives an `Either`: an error of freegrad's is a `Left`. */
export const tryCompile = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: CompileOptions
) => {
  const compiled = compile(f, options)
  return (...args: Arguments<A>): E.Either<FreegradError, Tree.Leaves<R, NDArray>> => attempt(() => compiled(...args))
}

/**
 * As `compile`, but the compiled function gives a promise, and the machine code is made while others go on: for browsers,
 * whose main thread refuses to wait for large modules. What it has made `compile` of the same function finds.
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
): ((...args: Arguments<A>) => Promise<Tree.Leaves<R, NDArray>>) => {
  const versions = versionsOf(callable('compileAsync', 'f', f), compileOptions('compileAsync', options))
  const compiled = async (...args: ReadonlyArray<unknown>): Promise<unknown> => {
    const into: Array<Argument> = []
    const version = versions.find(args, into)
    if (version.executable === undefined) {
      version.starting ??= startProgramAsync(version.assembled).finally(() => {
        version.starting = undefined
      })
      version.executable = await version.starting
    }
    return version.write(version.executable(into), 0)
  }
  return compiled as (...args: Arguments<A>) => Promise<Tree.Leaves<R, NDArray>>
}

// --- combinators
/**
 * What each pass makes of a function at the types of some examples, as text: the program, its graph, its loop nests,
 * its memory, and its code.
 */
export const explain = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options?: CompileOptions
): ((...examples: Arguments<A>) => string) => {
  const { fastMath = false } = compileOptions('explain', options)
  callable('explain', 'f', f)
  return (...examples) => {
    const { parameters, outputs } = stageFor(f as Staged, settled(apart(examples)))
    return explainProgram(parameters, outputs, { fastMath })
  }
}
