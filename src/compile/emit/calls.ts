/** Calls: how loops use functions of real numbers: inlined while the code is short, otherwise called. */
import { type DType, isFloating } from '../../language/data/dtype.js'
import type { Written } from '../functions/definition.js'
import { functionCalled } from '../functions/index.js'
import type { Code, Local } from '../wasm/code.js'
import { extract, splat } from '../wasm/element.js'
import type { Call, Calls } from '../wasm/instruct.js'
import type { ModuleWriter } from '../wasm/module.js'
import { functionOf, type Link, writeOut } from '../wasm/template.js'

// --- model
// No function grows much beyond this size by inlining, in bytes.
const shortCode = 6000
// A function whose template is at most this long is inlined, in bytes.
const shortBody = 1300

// --- constructors
/** The functions that a module has: each is added when it is first called. */
export const linkOf = (writer: ModuleWriter): Link => {
  const numbers = new Map<string, number>()
  const link = (name: string): number => {
    const known = numbers.get(name)
    if (known !== undefined) return known
    // What it calls is added before.
    const number = writer.add(functionNamed(name, link))
    numbers.set(name, number)
    return number
  }
  return link
}

// Functions that call no others are the same in all modules.
const closed = new Map<string, Code>()

const functionNamed = (name: string, link: Link): Code => {
  const known = closed.get(name)
  if (known !== undefined) return known
  const { template } = functionCalled(name) as Written
  const code = functionOf(template, link)
  if (template.callees.length === 0) closed.set(name, code)
  return code
}

/** Both ways to use functions. */
export const callsOf = (link: Link): Calls => ({ written: using(link, true), called: using(link, false) })

/**
 * The instructions that are functions of real numbers. A single number is computed as a vector of which one lane is used.
 */
const using =
  (link: Link, mayWrite: boolean): Call =>
  (code, name, dtype, arity, lanes) => {
    if (!isFloating(dtype)) return false
    const isNarrow = dtype === 'float32'
    const whole = `${name.startsWith('.') ? name.slice(1) : name} ${isNarrow ? 'f32x4' : 'f64x2'}`
    const template = functionCalled(whole)?.template
    if (template === undefined) return false
    if (lanes === 1) each(code, arity, 'f32', dtype, () => splat(code, dtype, isNarrow ? 4 : 2))
    else if (isNarrow && lanes === 2) each(code, arity, 'v128', dtype, () => lowerTwice(code))
    if (mayWrite && template.bytes.length <= shortBody && code.bytes.length < shortCode) writeOut(code, template, link)
    else code.call(link(whole))
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

// The unused upper lanes get the same number as the lower ones, so that they need no special case.
const lowerTwice = (code: Code): void => {
  const local = code.local('v128')
  code.tee(local)
  code.get(local)
  code.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7])
  code.release(local)
}
