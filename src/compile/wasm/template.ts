/**
 * Templates: code that is written once and copied into functions, with its own locals. Code that does not depend on the
 * program is a template. The build writes templates as text, so a program only has to copy them.
 */
import { Code, type Local, numberOf, type ValueType } from './code.js'
import { bytesOfText, textOfBytes } from './text.js'

// --- model
/** Code that takes its parameters from locals and leaves its results on the stack. */
export interface Template {
  readonly parameters: ReadonlyArray<ValueType>
  readonly results: ReadonlyArray<ValueType>
  /** Additional locals. The locals of the parameters may be overwritten. */
  readonly locals: ReadonlyArray<ValueType>
  /** The names of the functions that it calls. */
  readonly callees: ReadonlyArray<string>
  readonly bytes: ReadonlyArray<number>
  /**
   * The positions of bytes that are numbers of locals or functions, and which: parameters first, then locals, then
   * callees.
   */
  readonly holes: ReadonlyArray<number>
  readonly fillers: ReadonlyArray<number>
}

/** The numbers of the functions of a module, by name. */
export type Link = (name: string) => number

// In a sketch, locals and functions have numbers above the range of bytes.
const firstLocal = 256
const firstCallee = 4096
const getLocal = 0x20
const setLocal = 0x21
const teeLocal = 0x22
const callFunction = 0x10

type Stretch = Readonly<{ from: number; to: number }>

// --- constructors
/** A template under construction, with the methods of `Code`. */
export class Sketch extends Code {
  private readonly callees: Array<string> = []
  /** Loops by where they stand in the body, inner ones first. */
  private readonly loops: Array<Stretch> = []

  /** A number for a function that the template calls. */
  readonly link: Link = (name) => {
    const known = this.callees.indexOf(name)
    return known < 0 ? this.callees.push(name) - 1 : known
  }

  override get(local: Local): void {
    this.bytes.list.push(getLocal, firstLocal + local)
  }
  override set(local: Local): void {
    this.bytes.list.push(setLocal, firstLocal + local)
  }
  override tee(local: Local): void {
    this.bytes.list.push(teeLocal, firstLocal + local)
  }
  override call(index: number): void {
    this.bytes.list.push(callFunction, firstCallee + index)
  }
  override loop(body: () => void): void {
    const from = this.bytes.length
    super.loop(body)
    this.loops.push({ from, to: this.bytes.length })
  }

  done(): Template {
    const { parameters, results, callees } = this
    const { body, locals } = compact(this.bytes.list, parameters, this.locals, this.loops)
    const firstOfCallees = parameters.length + locals.length
    const holes = [...body.keys()].filter((at) => body[at] >= firstLocal)
    const fillers = holes.map((at) => body[at] - (isLocal(body[at]) ? firstLocal : firstCallee - firstOfCallees))
    return { parameters, results, locals, callees, bytes: body.map((x) => (x < firstLocal ? x : 0)), holes, fillers }
  }
}

/**
 * Reduces the number of locals: a value that is used at once stays on the stack, and values with disjoint lifetimes share
 * a local.
 */
const compact = (
  body: ReadonlyArray<number>,
  parameters: ReadonlyArray<ValueType>,
  locals: ReadonlyArray<ValueType>,
  loops: ReadonlyArray<Stretch>
): Readonly<{ body: ReadonlyArray<number>; locals: ReadonlyArray<ValueType> }> => {
  const types = [...parameters, ...locals]
  const uses = types.map(() => 0)
  const last = types.map(() => -1)
  const first = types.map((_, k) => (k < parameters.length ? -1 : body.indexOf(firstLocal + k)))
  body.forEach((x, at) => {
    if (!isLocal(x)) return
    uses[x - firstLocal]++
    last[x - firstLocal] = at
  })
  // What a loop finds it finds each time.
  for (const { from, to } of loops)
    for (const k of types.keys()) if (first[k] < from && last[k] > from && last[k] < to) last[k] = to
  const out: Array<number> = []
  // By slot, its type and the local that has it.
  const slots = parameters.map((type, k) => ({ type, holder: k }))
  const slotOf = types.map((_, k) => k)
  const place = (local: number, at: number): number => {
    if (at !== first[local]) return slotOf[local]
    const free = slots.findIndex(({ type, holder }) => type === types[local] && last[holder] < at)
    const slot = free < 0 ? slots.push({ type: types[local], holder: local }) - 1 : free
    slots[slot].holder = local
    slotOf[local] = slot
    return slot
  }
  for (let at = 0; at < body.length; at++) {
    const x = body[at]
    const isPair = isLocal(x) && body[at - 1] === setLocal && body[at + 1] === getLocal && body[at + 2] === x
    if (!isPair) out.push(isLocal(x) ? firstLocal + place(x - firstLocal, at) : x)
    else {
      out.pop()
      if (uses[x - firstLocal] > 2) out.push(teeLocal, firstLocal + place(x - firstLocal, at))
      at += 2
    }
  }
  return { body: out, locals: slots.slice(parameters.length).map(({ type }) => type) }
}

const isLocal = (x: number): boolean => x >= firstLocal && x < firstCallee

// --- combinators
/** Writes the code of a template in the midst of a function: its operands are on the stack, and then its results are. */
export const writeOut = (code: Code, template: Template, link: Link): void => {
  const { parameters, locals } = template
  const own = [...parameters, ...locals].map((type) => code.local(type))
  for (let k = parameters.length - 1; k >= 0; k--) code.set(own[k])
  copy(code, template, own, link)
  for (const local of own) code.release(local)
}

/** The code of a template as that of a function. */
export const functionOf = (template: Template, link: Link): Code => {
  const code = new Code(template.parameters, template.results)
  const own = template.parameters.map((_, k) => k)
  for (const type of template.locals) own.push(code.local(type))
  copy(code, template, own, link)
  return code
}

// All bytes at once, and then the holes, last ones first, since a large number has more bytes than one.
const copy = ({ bytes: { list } }: Code, template: Template, own: ReadonlyArray<Local>, link: Link): void => {
  const { bytes, holes, fillers, callees } = template
  const numbers = [...own, ...callees.map(link)]
  const start = list.length
  list.push(...bytes)
  for (let k = holes.length - 1; k >= 0; k--) {
    const x = numbers[fillers[k]]
    if (x < 128) list[start + holes[k]] = x
    else list.splice(start + holes[k], 1, ...numberOf(x).list)
  }
}

// --- text
/** A template as text of one line: lists have commas, and fields bars between them. */
export const textOf = ({ parameters, results, locals, callees, bytes, holes, fillers }: Template): string => {
  const gaps = holes.map((at, k) => at - (holes[k - 1] ?? 0))
  return [parameters, results, locals, callees, textOfBytes(bytes), textOfBytes(gaps), textOfBytes(fillers)].join('|')
}

/** The template of a text. */
export const templateOfText = (text: string): Template => {
  // With a limit, without which V8 would remember the parts, for which it reads them all.
  const [parameters, results, locals, callees, bytes, gaps, fillers] = text.split('|', 7)
  const list = <Item extends string>(items: string): ReadonlyArray<Item> =>
    (items === '' ? [] : items.split(',')) as never
  let at = 0
  return {
    parameters: list(parameters),
    results: list(results),
    locals: list(locals),
    callees: list(callees),
    bytes: bytesOfText(bytes),
    holes: bytesOfText(gaps).map((gap) => (at += gap)),
    fillers: bytesOfText(fillers)
  }
}
