/** Versions: a function as it is compiled, once for every tuple of types that it is called with. */

import {
  type Argument,
  type Assembled,
  assembleProgram,
  canCompile,
  type Executable,
  type ProgramOptions,
  type Runtime
} from '../compile/program.js'
import { evaluateInto, type Value } from '../handlers/evaluate.js'
import { isTypedArray, NDArray } from '../language/data/array.js'
import { describe } from '../language/data/describe.js'
import { copyOf } from '../language/data/elements.js'
import { fail } from '../language/data/error.js'
import { itemAt, zipped } from '../language/data/items.js'
import { isDense } from '../language/data/lists.js'
import { onceForEach } from '../language/data/once.js'
import { recent } from '../language/data/recent.js'
import * as S from '../language/data/shape.js'
import * as T from '../language/data/type.js'
import { isProgram } from '../language/programs/program.js'
import { checkFuel, withFuel } from '../language/terms/fuel.js'
import { Tensor, variable } from '../language/terms/term.js'
import { Static } from '../language/trees/static.js'
import { fold } from '../language/trees/structure.js'
import * as Tree from '../language/trees/tree.js'
import { handTo, take } from './arguments.js'
import { type Argnums, normalize } from './grad.js'
import { expectStill } from './moving.js'
import { argumentOf, type Reader, readerOf, typeOfTypedArray, type Writer, writerOf } from './reader.js'

// --- model
/** The options of `compile`. */
export interface CompileOptions {
  /** The number of threads that large loops are split over; by default as many as can run at a time, up to 16; at most 64. */
  readonly threads?: number
  /** Whether arithmetic may be rearranged and fused as if numbers had no rounding, infinities, NaN or signed zeros. */
  readonly fastMath?: boolean
  /** The positions of arguments whose memory may be reused for results. These arguments must not be used again. */
  readonly donate?: Argnums
  /** How many steps all `whileLoop`s together may take in one call; more are a `StagingError`. Unlimited by default. */
  readonly steps?: number
  /** What to do where WebAssembly is missing or forbidden: by default throw; `'run'` evaluates the program. */
  readonly fallback?: 'run'
}

export type Staged = (...args: ReadonlyArray<unknown>) => unknown

/** Arguments taken apart: their leaves, as they were given, and what is left of the tree. */
type Given = Readonly<{ leaves: ReadonlyArray<unknown>; structure: Tree.Structure }>

/** A function as compiled for one tuple of types: in machine code, and started when it is first called. */
export interface Version {
  readonly structure: Tree.Structure
  readonly read: Reader
  readonly write: Writer
  readonly assembled?: Assembled
  executable?: Executable
  starting?: Promise<Executable> | undefined
}

/** A version, and the leaves of some arguments as it takes them. */
export type VersionCall = Readonly<{ version: Version; args: ReadonlyArray<Argument> }>

/** The versions of a function. */
export interface Versions {
  /** The version for some arguments, which is made if there is none. None is for tensors. */
  readonly find: (args: ReadonlyArray<unknown>) => VersionCall | undefined
}

/** How many versions of a function are kept, those that were called last. */
export const mostVersions = 256

// --- constructors
// By runtime, function and options. The standard runtime may not have been loaded yet, so that a name stands for it.
const usualRuntime = {}
const versionsOn = onceForEach((_: object) => onceForEach((_: object) => new Map<string, Versions>()))

// Beyond this, threads cost memory and gain nothing.
const mostAllowed = 64

/** The versions of a function under some options: the same ones each time they are asked for. */
export const versionsOf = (f: object, options: CompileOptions, runtime?: Runtime): Versions => {
  checkOptions('compile', options)
  const { threads, fastMath = false, donate = [], fallback, steps } = options
  const key = `${threads} ${fastMath} ${donate} ${fallback} ${steps}`
  const all = versionsOn(runtime ?? usualRuntime)(f)
  const versions = all.get(key) ?? newVersions(f as Staged, options, runtime)
  all.set(key, versions)
  return versions
}

/** Checks the values of options. */
export const checkOptions = (op: string, { threads, donate = [], steps }: CompileOptions): void => {
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0 && threads <= mostAllowed))
    fail('StagingError', op, `the option threads is ${describe(threads)}`, {
      hint: `give an integer from 1 to ${mostAllowed}`
    })
  if (!isPlaces(donate))
    fail('StagingError', op, `the option donate is ${describe(donate)}`, {
      hint: 'give the positions of arguments: [0]'
    })
  checkFuel(op, steps)
}

const isPlaces = (xs: unknown): boolean => Number.isSafeInteger(xs) || (isDense(xs) && xs.every(Number.isSafeInteger))

const newVersions = (f: Staged, options: CompileOptions, runtime: Runtime | undefined): Versions => {
  // Different structures may have the same key, if only their static parts differ.
  const versions = recent<string, Version>(mostVersions)
  const find = (args: ReadonlyArray<unknown>): VersionCall | undefined => {
    const parts = apart(args)
    if (parts.leaves.some(isTensor)) return undefined
    const { structure, leaves } = parts
    const base = keyOf(parts)
    for (let k = 0; ; k++) {
      const key = `${base}${k}`
      let version = versions.get(key)
      if (version === undefined) {
        version = versionOf(f, parts, options, runtime)
        versions.set(key, version)
      }
      if (Tree.equals(version.structure, structure)) return { version, args: leaves.map(argumentOf) }
    }
  }
  return { find }
}

// Structures and types that are equal have the same key.
const keyOf = ({ leaves, structure }: Given): string => {
  let key = ''
  for (const leaf of leaves)
    key += typeof leaf === 'number' ? 'n' : typeof leaf === 'boolean' ? 'b' : typeKey(typeOf(leaf))
  return `${key} ${fold<string>(structure, nodeKey)} `
}

const typeKey = ({ dtype, shape, weak }: T.Type): string => `${weak ? 'w' : ''}${dtype}[${shape}]`

const nodeKey = ({ _tag, keys, aux }: Tree.Structure, children: ReadonlyArray<string>): string => {
  switch (_tag) {
    case 'Leaf':
      return '*'
    case 'Static':
      return `#${typeof aux === 'string' ? JSON.stringify(aux) : aux instanceof Static ? plain(aux.value) : ''}`
    case 'Record':
      return `{${JSON.stringify(keys)}${children.join()}}`
    default:
      return `${_tag}(${children.join()})`
  }
}

// Values that are deeply equal have the same text here; -0 is 0 to some and not to others.
const plain = (x: unknown): string => (typeof x === 'object' || typeof x === 'function' || x === 0 ? '' : String(x))

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
          : itemAt(take('compile', leaf).leaves, 0).type

/** The options of a program whose arguments have a structure. */
export const programOptions = (
  op: string,
  structure: Tree.Structure,
  { fastMath = false, threads, donate, steps }: CompileOptions
): ProgramOptions => {
  const donated = donate === undefined ? [] : leavesAt(op, structure, donate)
  return { fastMath, threads, donated, steps }
}

const versionOf = (f: Staged, given: Given, options: CompileOptions, runtime: Runtime | undefined): Version => {
  const { fallback, steps } = options
  const { leaves, structure } = given
  const { types, parameters, outputs, outputStructure } = stageFor(f, given)
  const programmed = programOptions('compile', structure, options)
  const read = readerOf(structure, leaves, types)
  const write = writerOf(outputStructure)
  if (fallback === 'run' && !canCompile())
    return { structure, read, write, executable: interpreted(parameters, outputs, steps) }
  return {
    structure,
    read,
    write,
    assembled: assembleProgram(parameters, outputs, programmed, runtime)
  }
}

/** A closed program as something that evaluates it. */
const interpreted =
  (parameters: ReadonlyArray<Tensor>, outputs: ReadonlyArray<Tensor>, steps: number | undefined): Executable =>
  (args) => {
    const values = zipped(parameters, args).map(([parameter, x]): [Tensor, Value] => {
      const { type } = parameter
      if (x instanceof NDArray) return [parameter, x]
      return [parameter, new NDArray(type, typeof x === 'number' ? x : copyOf('compile', x, type.dtype))]
    })
    const evaluated = () => evaluateInto(new Map(values), outputs)
    return steps === undefined ? evaluated() : withFuel('compile', steps, evaluated)
  }

// The numbers of the leaves of some arguments.
const leavesAt = (op: string, structure: Tree.Structure, argnums: Argnums): ReadonlyArray<number> => {
  const args = structure._tag === 'Leaf' ? [] : structure.children
  return [...new Set(normalize(op, argnums, args.length))].flatMap((at) => {
    const start = args.slice(0, at).reduce((n, { size }) => n + size, 0)
    return S.range(start + itemAt(args, at).size, start)
  })
}
