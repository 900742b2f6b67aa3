/** Versions: a function as it is compiled, once for every tuple of types that it is called with. */
import { type Argument, type Assembled, assembleProgram, canCompile, type Executable } from '../compile/program.js'
import { evaluateInto, type Value } from '../handlers/evaluate.js'
import { isTypedArray, NDArray } from '../language/array.js'
import { fail } from '../language/error.js'
import { onceForEach } from '../language/once.js'
import { isProgram } from '../language/program.js'
import * as S from '../language/shape.js'
import { Tensor, variable } from '../language/term.js'
import * as Tree from '../language/tree.js'
import * as T from '../language/type.js'
import { handTo, take } from './arguments.js'
import { type Argnums, normalize } from './grad.js'
import { expectStill } from './moving.js'
import { type Reader, readerOf, typeOfTypedArray, type Writer, writerOf } from './reader.js'

// --- model
/** The options of `compile`. */
export interface CompileOptions {
  /** The number of threads that large loops are split over; by default as many as can run at a time, up to 16. */
  readonly threads?: number
  /** Whether arithmetic may be rearranged and fused as if numbers had no rounding, infinities, NaN or signed zeros. */
  readonly fastMath?: boolean
  /** The positions of arguments whose memory may be reused for results. These arguments must not be used again. */
  readonly donate?: Argnums
  /** What to do where WebAssembly is missing or forbidden: by default throw; `'run'` evaluates the program. */
  readonly fallback?: 'run'
}

export type Staged = (...args: ReadonlyArray<unknown>) => unknown

/** Arguments taken apart: their leaves, as they were given, and what is left of the tree. */
type Given = Readonly<{ leaves: ReadonlyArray<unknown>; structure: Tree.Structure }>

/** A function as compiled for one tuple of types: in machine code, and started when it is first called. */
export interface Version {
  readonly read: Reader
  readonly write: Writer
  readonly assembled?: Assembled
  executable?: Executable
  starting?: Promise<Executable> | undefined
}

/** The versions of a function. */
export interface Versions {
  /** The version for some arguments, which are put into a list; it is made if there is none. None is for tensors. */
  readonly find: (args: ReadonlyArray<unknown>, into: Array<Argument>) => Version | undefined
}

// --- constructors
const versionsByOptions = onceForEach((_: object) => new Map<string, Versions>())

/** The versions of a function under some options: the same ones each time they are asked for. */
export const versionsOf = (f: object, options: CompileOptions): Versions => {
  const { threads, fastMath = false, donate = [], fallback } = options
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0))
    fail('StagingError', 'compile', `the option threads is ${threads}`, { hint: 'give a positive integer' })
  const key = `${threads} ${fastMath} ${donate} ${fallback}`
  const all = versionsByOptions(f)
  const versions = all.get(key) ?? newVersions(f as Staged, options)
  all.set(key, versions)
  return versions
}

const newVersions = (f: Staged, options: CompileOptions): Versions => {
  const versions: Array<Version> = []
  const find = (args: ReadonlyArray<unknown>, into: Array<Argument>): Version | undefined => {
    for (const version of versions) if (version.read(args, into, 0) >= 0) return version
    const parts = apart(args)
    if (parts.leaves.some(isTensor)) return undefined
    const version = versionOf(f, parts, options)
    versions.push(version)
    if (version.read(args, into, 0) < 0) throw new Error('a version does not read the arguments that it was made for')
    return version
  }
  return { find }
}

// --- combinators
/** Arguments taken apart, as they were given. */
export const apart = (args: ReadonlyArray<unknown>): Given => {
  const [leaves, structure] = Tree.flattenWith({ op: 'compile' })(args)
  return { leaves, structure }
}

const isTensor = (leaf: unknown): leaf is Tensor => leaf instanceof Tensor

/** The original function called on tensors, for a compiled function with a tensor among its arguments. */
export const onTensors = (f: Staged, args: ReadonlyArray<unknown>): unknown => {
  const { leaves, structure } = take('compile', args)
  return f(...(handTo(f, structure, leaves) as ReadonlyArray<unknown>))
}

/** A function called on variables of its arguments' types. */
export const stageFor = (f: Staged, { leaves, structure }: Given) => {
  const types = leaves.map(typeOf)
  const parameters = types.map((type) => variable(type))
  const result = f(...(handTo(f, structure, parameters) as ReadonlyArray<unknown>))
  if (isProgram(result))
    fail('UnhandledEffect', 'compile', 'the function returns a Program, but compiled code cannot perform effects', {
      hint: 'handle its effects inside the function; to branch on a number use cond or np.where'
    })
  const { leaves: outputs, structure: outputStructure } = take('compile', result)
  expectStill(
    'compile',
    'the function captured a tensor under differentiation, which would be a constant in the compiled function',
    'pass the tensor as an argument of the compiled function; or wrap it in stopGradient if it is meant to be constant',
    outputs
  )
  return { types, parameters, outputs, outputStructure }
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

const versionOf = (f: Staged, given: Given, options: CompileOptions): Version => {
  const { fastMath = false, threads, donate, fallback } = options
  const { leaves, structure } = given
  const { types, parameters, outputs, outputStructure } = stageFor(f, given)
  const donated = donate === undefined ? [] : leavesAt(structure, donate)
  const read = readerOf(structure, leaves, types)
  const write = writerOf(outputStructure)
  if (fallback === 'run' && !canCompile()) return { read, write, executable: interpreted(parameters, outputs) }
  return {
    read,
    write,
    assembled: assembleProgram(parameters, outputs, { fastMath, threads, donated })
  }
}

/** A closed program as something that evaluates it. */
const interpreted =
  (parameters: ReadonlyArray<Tensor>, outputs: ReadonlyArray<Tensor>): Executable =>
  (args) => {
    const values = parameters.map(({ type }, k) => {
      const x = args[k]
      return x instanceof NDArray ? x : new NDArray(type, typeof x === 'number' ? x : x.slice())
    })
    return evaluateInto(new Map<Tensor, Value>(parameters.map((x, k) => [x, values[k]])), outputs)
  }

// The numbers of the leaves of some arguments.
const leavesAt = (structure: Tree.Structure, argnums: Argnums): ReadonlyArray<number> => {
  const args = structure._tag === 'Leaf' ? [] : structure.children
  return [...new Set(normalize('compile', argnums, args.length))].flatMap((at) => {
    const start = args.slice(0, at).reduce((n, { size }) => n + size, 0)
    return S.range(start + args[at].size, start)
  })
}
