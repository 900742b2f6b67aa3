/** Compile: a function of tensors becomes machine code, once for every tuple of types that it is called with. */
import type * as E from 'fp-ts/lib/Either.js'
import { type Argument, compileProgram, type Executable, explainProgram } from '../compile/program.js'
import { evaluate } from '../handlers/evaluate.js'
import { isTypedArray, NDArray } from '../language/array.js'
import { attempt, type FreegradError, fail } from '../language/error.js'
import type { Arguments } from '../language/leaves.js'
import { isProgram } from '../language/program.js'
import * as S from '../language/shape.js'
import { Tensor, variable } from '../language/term.js'
import * as Tree from '../language/tree.js'
import * as T from '../language/type.js'
import { take } from './arguments.js'
import { type Reader, readerOf, typeOfTypedArray, type Writer, writerOf } from './reader.js'

// --- model
/** How a function is compiled. */
export interface CompileOptions {
  /** How many threads large loops are split over. */
  readonly threads?: number
  /** Whether arithmetic may be rearranged and fused as if numbers had no rounding, infinities, NaN or signs of zero. */
  readonly fastMath?: boolean
  /** The arguments, by position, whose memory may be used for results: they must not be used again. */
  readonly donate?: number | ReadonlyArray<number>
}

/** What a compiled function takes and gives: trees of leaves, and trees of arrays. */
export type Compiled<A extends ReadonlyArray<unknown>, R> = (...args: Arguments<A>) => Tree.Leaves<R, NDArray>

// A function as it was compiled for one tuple of types.
interface Version {
  readonly read: Reader
  readonly write: Writer
  readonly executable: Executable
}

// --- constructors
/**
 * The same function as one WebAssembly module for each tuple of input types: it is called once on variables, and what
 * comes of that is what is compiled, so that it must do nothing else than build terms. Tensors that it captures are
 * evaluated then. Takes trees of numbers, typed arrays, arrays and tensors, and gives trees of arrays.
 *
 * Throws `UnhandledEffect` for a function that returns a program with effects, `MissingClause` for an operation that
 * does not say how it is compiled, `OutOfMemory` where there is no memory for it.
 *
 * @example
 * import { compile, grad } from 'freegrad'
 * import { mul, sin } from 'freegrad/ops'
 * const slope = compile(grad((x) => mul(sin(x), x)))
 * assert.strictEqual(slope(0).item(), 0)
 */
export const compile = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options: CompileOptions = {}
): Compiled<A, R> => {
  const versions: Array<Version> = []
  let recent: Version | undefined
  const into: Array<Argument> = []
  const compiled = (...args: ReadonlyArray<unknown>): unknown => {
    if (recent !== undefined && recent.read(args, into, 0) >= 0) return call(recent)
    for (const version of versions)
      if (version.read(args, into, 0) >= 0) {
        recent = version
        return call(version)
      }
    return callWith(settle(args))
  }
  const call = ({ executable, write }: Version): unknown => write(executable(into), 0)
  const callWith = (args: ReadonlyArray<unknown>): unknown => {
    recent = versions.find(({ read }) => read(args, into, 0) >= 0)
    if (recent === undefined) {
      recent = versionOf(f as (...args: ReadonlyArray<unknown>) => unknown, args, options)
      versions.push(recent)
      recent.read(args, into, 0)
    }
    return call(recent)
  }
  return compiled as Compiled<A, R>
}

/** As `compile`, but the compiled function gives an `Either`: an error of freegrad's is a `Left`. */
export const tryCompile = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options: CompileOptions = {}
) => {
  const compiled = compile(f, options)
  return (...args: Arguments<A>): E.Either<FreegradError, Tree.Leaves<R, NDArray>> => attempt(() => compiled(...args))
}

/**
 * As `compile`, but the compiled function gives a promise: for browsers, whose main thread refuses to compile large
 * modules while it waits.
 */
export const compileAsync = <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(
  f: (...args: A) => R,
  options: CompileOptions = {}
): ((...args: Arguments<A>) => Promise<Tree.Leaves<R, NDArray>>) => {
  const compiled = compile(f, options)
  return async (...args) => compiled(...args)
}

// --- combinators
/**
 * What each pass makes of a function at the types of some examples, as text: the program, its graph, its loop nests,
 * its memory, and its code.
 */
export const explain =
  <A extends ReadonlyArray<unknown> = Tensor[], R = Tensor>(f: (...args: A) => R, options: CompileOptions = {}) =>
  (...examples: Arguments<A>): string => {
    const { parameters, outputs } = stageFor(f as (...args: ReadonlyArray<unknown>) => unknown, settle(examples))
    return explainProgram(parameters, outputs, { fastMath: options.fastMath ?? false })
  }

// The arguments with every tensor among them evaluated.
const settle = (args: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const [leaves, structure] = Tree.flattenWith({ op: 'compile' })(args)
  if (!leaves.some((leaf) => leaf instanceof Tensor)) return args
  const settled = leaves.map((leaf) => (leaf instanceof Tensor ? (evaluate([leaf])[0] as NDArray) : leaf))
  return Tree.unflatten(structure, settled) as ReadonlyArray<unknown>
}

const typeOf = (leaf: unknown): T.Type =>
  typeof leaf === 'number'
    ? T.of('float64', [], true)
    : typeof leaf === 'boolean'
      ? T.of('bool', [])
      : leaf instanceof NDArray
        ? leaf.type
        : isTypedArray(leaf)
          ? typeOfTypedArray(leaf)
          : take('compile', leaf).leaves[0].type

const stageFor = (f: (...args: ReadonlyArray<unknown>) => unknown, args: ReadonlyArray<unknown>) => {
  const [leaves, structure] = Tree.flattenWith({ op: 'compile' })(args)
  const types = leaves.map(typeOf)
  const parameters = types.map((type) => variable(type))
  const result = f(...(Tree.unflatten(structure, parameters) as ReadonlyArray<unknown>))
  if (isProgram(result))
    fail('UnhandledEffect', 'compile', 'the function returns a Program, whose effects no machine code can perform', {
      hint: 'handle its effects inside the function; to branch on a number use cond or select'
    })
  const { leaves: outputs, structure: outputStructure } = take('compile', result)
  return { leaves, structure, types, parameters, outputs, outputStructure }
}

const versionOf = (
  f: (...args: ReadonlyArray<unknown>) => unknown,
  args: ReadonlyArray<unknown>,
  { fastMath = false, threads, donate = [] }: CompileOptions
): Version => {
  const { leaves, structure, types, parameters, outputs, outputStructure } = stageFor(f, args)
  const donated = leavesAt(structure, typeof donate === 'number' ? [donate] : donate)
  return {
    read: readerOf(structure, leaves, types),
    write: writerOf(outputStructure),
    executable: compileProgram(parameters, outputs, { fastMath, threads, donated })
  }
}

// The numbers of the leaves of some arguments.
const leavesAt = (structure: Tree.Structure, argnums: ReadonlyArray<number>): ReadonlyArray<number> => {
  const args = structure._tag === 'Leaf' ? [] : structure.children
  return [...new Set(argnums)].flatMap((argnum) => {
    const at = argnum < 0 ? argnum + args.length : argnum
    if (args[at] === undefined)
      fail(
        'ArgnumError',
        'compile',
        `there is no argument ${argnum} to donate: the function was given ${args.length}`,
        {
          hint: 'donate the position of an argument, or several positions'
        }
      )
    const start = args.slice(0, at).reduce((n, { size }) => n + size, 0)
    return S.range(start + args[at].size, start)
  })
}
