/** Errors: one tagged union of data, thrown as `FreegradError` where they arise. */
import * as E from 'fp-ts/lib/Either.js'
import type * as Show_ from 'fp-ts/lib/Show.js'
import { show as showType, type Type } from './type.js'

// --- model
/**
 * What went wrong: the operation or transform, the operands' types, the problem, what to try, and, where it concerns
 * one leaf of a tree, the path to it; the root has none.
 */
export interface Failure<Tag extends string> {
  readonly _tag: Tag
  readonly op: string
  readonly problem: string
  readonly hint: string
  readonly operands: ReadonlyArray<Type>
  readonly path?: string | undefined
}

/** A mismatch that `checkGrads` found: the worst element of one argument's leaf. */
export interface GradientMismatch extends Failure<'GradientMismatch'> {
  readonly argument: number
  readonly expected: number
  readonly got: number
}

/** What went wrong, told apart by `_tag`. */
export type Reason =
  | Failure<'ShapeError'>
  | Failure<'DTypeError'>
  | Failure<'AxisError'>
  | Failure<'TreeError'>
  | Failure<'ArgnumError'>
  | Failure<'NonScalarOutput'>
  | Failure<'NotDifferentiable'>
  | Failure<'NotLinear'>
  | Failure<'NotANumber'>
  | Failure<'FreeVariable'>
  | Failure<'MissingClause'>
  | Failure<'UnhandledEffect'>
  | Failure<'StagingError'>
  | Failure<'ParseError'>
  | Failure<'DecodeError'>
  | Failure<'OutOfMemory'>
  | GradientMismatch

/** The kinds of failures. */
export type Tag = Reason['_tag']

/**
 * An `Error` that carries its reason as data: a caller matches on `error._tag`, or on the reason in `error` where the
 * fields of one kind are wanted.
 */
export class FreegradError extends Error implements Failure<Tag> {
  readonly error: Reason
  constructor(error: Reason) {
    super(show(error))
    // Defined, not assigned: an assignment throws where the realm has frozen `Error.prototype`.
    Object.defineProperty(this, 'name', { value: error._tag, configurable: true, writable: true })
    this.error = error
  }

  get _tag(): Tag {
    return this.error._tag
  }
  get op(): string {
    return this.error.op
  }
  get problem(): string {
    return this.error.problem
  }
  get hint(): string {
    return this.error.hint
  }
  get operands(): ReadonlyArray<Type> {
    return this.error.operands
  }
  get path(): string | undefined {
    return this.error.path
  }
}

// How deep the caller's own line may stand below ours in a stack: V8 keeps ten lines unless told.
const frames = 40

// The library's folder, from the line of a stack that names this file. In the sources it is the folder that holds
// `language/data`; of a bundled file it is the folder above.
const folderOf = (line: string): string | undefined =>
  /([^\s(]*?)[/\\](?:language[/\\]data|[^/\\]*)[/\\][^/\\]*$/.exec(line)?.[1]

// JavaScript's own functions, such as `Array.map`, stand between lines of ours, and above the caller's, without a place.
const isBuiltIn = (line: string): boolean => /\((?:<anonymous>|native)\)$/.test(line)

// The stack without its first lines, those inside this library, so that it begins at the line that was mistaken.
const fromCaller = (error: FreegradError): FreegradError => {
  const lines = error.stack?.split('\n') ?? []
  const first = lines.findIndex((line) => /^\s+at /.test(line))
  const home = folderOf(lines[first] ?? '')
  if (home === undefined) return error
  const own = lines.findIndex((line, i) => i >= first && !line.includes(`${home}/`) && !isBuiltIn(line))
  // Bundled together with its caller, the library cannot tell their lines apart.
  if (own > first && !lines[own]?.includes('node:'))
    error.stack = [...lines.slice(0, first), ...lines.slice(own)].join('\n')
  return error
}

// --- constructors
type Details = Readonly<{ operands?: ReadonlyArray<Type>; path?: string | undefined; hint: string }>

/** Throws a failure of `tag` in `op`. The empty path, that of the root, goes without saying. */
export const fail = (
  tag: Exclude<Tag, 'GradientMismatch'>,
  op: string,
  problem: string,
  { operands = [], path, hint }: Details
): never => {
  const reason: Failure<typeof tag> = {
    _tag: tag,
    op,
    problem,
    hint,
    operands,
    ...(path === undefined || path === '' ? {} : { path })
  }
  return raise(reason as Reason)
}

/** Throws a reason, with a stack that begins at the line outside this library that led to it. */
export const raise = (reason: Reason): never => {
  // V8's own; `Reflect.set` leaves it alone where the realm has frozen it.
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit')
  Reflect.set(Error, 'stackTraceLimit', frames)
  const error = fromCaller(new FreegradError(reason))
  if (limit !== undefined) Reflect.set(Error, 'stackTraceLimit', limit)
  throw error
}

// --- combinators
/** Runs `make`; a `FreegradError` becomes a `Left`, and anything else that is thrown passes on. */
export const attempt = <A>(make: () => A): E.Either<FreegradError, A> => {
  try {
    return E.right(make())
  } catch (thrown) {
    if (thrown instanceof FreegradError) return E.left(thrown)
    throw thrown
  }
}

/** `matmul: inner axes differ: float32[2,3], float32[4,5]`, then the hint on a line of its own. */
export const show = ({ op, problem, operands, path, hint }: Failure<Tag>): string => {
  const where = path === undefined ? '' : ` at ${path}`
  const types = operands.length === 0 ? '' : `: ${operands.map(showType).join(', ')}`
  return `${op}: ${problem}${where}${types}\n  hint: ${hint}`
}

// --- instances
export const Show: Show_.Show<Failure<Tag>> = { show }
