/** Calls: how loops use functions of real numbers, written out where the code is still short, else by a call. */
import { type DType, isFloating } from '../../language/dtype.js'
import { codeOfFunction, definitionOf, writeOut } from '../functions/index.js'
import { type Code, firstSymbol, type Local } from './code.js'
import { type Call, type Calls, extract, splat } from './element.js'
import type { ModuleWriter } from './module.js'
import type { Link } from './vectors.js'

// --- model
// No function gets much longer than this by what is written out in it, in bytes.
const shortCode = 6000

// --- constructors
/** The functions that a module has: each is added when it is first called. */
export const linkOf = (writer: ModuleWriter): Link => {
  const numbers = new Map<string, number>()
  const link = (name: string): number => {
    const known = numbers.get(name)
    if (known !== undefined) return known
    const { code, callees } = writtenOf(name)
    // What it calls is added before.
    const number = writer.add(code.resolved(callees.map(link)))
    numbers.set(name, number)
    return number
  }
  return link
}

/** A function as it is written once for all modules, with symbols for what it calls. */
interface Written {
  readonly code: Code
  readonly callees: ReadonlyArray<string>
}

const written = new Map<string, Written>()

const writtenOf = (name: string): Written => {
  const known = written.get(name)
  if (known !== undefined) return known
  const callees: Array<string> = []
  const symbol = (callee: string): number => {
    if (!callees.includes(callee)) callees.push(callee)
    return firstSymbol + callees.indexOf(callee)
  }
  const fresh = { code: codeOfFunction(name, symbol), callees }
  written.set(name, fresh)
  return fresh
}

const ownName = (name: string): string => (name.startsWith('.') ? name.slice(1) : name)

/** Both ways to use functions. */
export const callsOf = (link: Link): Calls => ({ written: using(link, true), called: using(link, false) })

/** The instructions that are functions of real numbers. Alone, a number is computed as a vector of which one lane counts. */
const using =
  (link: Link, mayWrite: boolean): Call =>
  (code, name, dtype, arity, lanes) => {
    const own = ownName(name)
    const definition = isFloating(dtype) ? definitionOf(own) : undefined
    if (definition === undefined) return false
    const isNarrow = dtype === 'float32'
    if (lanes === 1) each(code, arity, 'f32', dtype, () => splat(code, dtype, isNarrow ? 4 : 2))
    else if (isNarrow && lanes === 2) each(code, arity, 'v128', dtype, () => lowerTwice(code))
    if (mayWrite && definition.isShort && code.bytes.length < shortCode) writeOut(code, own, isNarrow, link)
    else code.call(link(`${own} ${isNarrow ? 'f32x4' : 'f64x2'}`))
    if (lanes === 1) extract(code, dtype, isNarrow ? 4 : 2, 0)
    return true
  }

// Does something to each of the operands on the stack.
const each = (code: Code, arity: number, narrow: 'f32' | 'v128', dtype: DType, change: () => void): void => {
  const type = narrow === 'v128' || dtype === 'float32' ? narrow : 'f64'
  const rest: Array<Local> = Array.from({ length: arity - 1 }, () => code.local(type))
  for (const local of rest) code.set(local)
  change()
  for (const local of rest.reverse()) {
    code.get(local)
    change()
  }
  for (const local of rest) code.release(local)
}

// The upper lanes, which do not count, are as ordinary as the lower ones.
const lowerTwice = (code: Code): void => {
  const local = code.local('v128')
  code.tee(local)
  code.get(local)
  code.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7])
  code.release(local)
}
