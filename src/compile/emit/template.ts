/**
 * Templates: code that is written once and copied into functions, with locals of theirs. What does not depend on the
 * program is a template: the build writes it, as text, so that a program that uses it only has to copy it.
 */
import { Code, type Local, type ValueType, type Words } from './code.js'

// --- model
/** Code that takes its parameters from locals and leaves its results on the stack. */
export interface Template {
  readonly parameters: ReadonlyArray<ValueType>
  readonly results: ReadonlyArray<ValueType>
  /** What it needs besides its parameters, whose locals it may write to. */
  readonly locals: ReadonlyArray<ValueType>
  /** Numbers as text, two letters each. */
  readonly body: string
  /** The names of the functions that it calls. */
  readonly callees: ReadonlyArray<string>
}

/** The numbers of the functions of a module, by name. */
export type Link = (name: string) => number

// What the numbers of a body are: bytes, and among them holes, from `firstLocal` on for its locals, parameters first, and
// from `firstCallee` on for callees. A vector of equal lanes is `inEachHalf` with the 8 bytes of a half or `inEachQuarter`
// with 4 bytes.
const firstLocal = 256
const firstCallee = 4032
const [inEachHalf, inEachQuarter] = [4030, 4031]
// Two digits to this base, in a row of ASCII.
const base = 64
const firstLetter = 40
const [getLocal, setLocal, teeLocal, callFunction] = [0x20, 0x21, 0x22, 0x10]

type Stretch = Readonly<{ from: number; to: number }>

// --- constructors
/** A template while it is written, by the words of code. */
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
  override v128([a, b, c, d]: Words): void {
    this.op('v128.const')
    const { bytes } = this
    const isHalf = a === c && b === d
    if (isHalf) bytes.byte(a === b ? inEachQuarter : inEachHalf)
    for (const word of isHalf ? (a === b ? [a] : [a, b]) : [a, b, c, d]) bytes.word(word)
  }
  override loop(body: () => void): void {
    const from = this.bytes.length
    super.loop(body)
    this.loops.push({ from, to: this.bytes.length })
  }

  done(): Template {
    const { parameters, results, locals, callees } = this
    return { parameters, results, callees, ...compact(this.bytes.list, parameters, locals, this.loops) }
  }
}

/**
 * The same with few locals: what is only kept to be taken up at once stays on the stack, and what is not needed at the
 * same time has one local.
 */
const compact = (
  body: ReadonlyArray<number>,
  parameters: ReadonlyArray<ValueType>,
  locals: ReadonlyArray<ValueType>,
  loops: ReadonlyArray<Stretch>
): Pick<Template, 'locals' | 'body'> => {
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
  const digits = out.flatMap((x) => [Math.floor(x / base), x % base])
  const letters = digits.map((digit) => String.fromCharCode(firstLetter + digit))
  return { body: letters.join(''), locals: slots.slice(parameters.length).map(({ type }) => type) }
}

const isLocal = (x: number): boolean => x >= firstLocal && x < inEachHalf

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

// Read in the plainest way, since it runs most when nothing has been made fast yet.
const copy = ({ bytes }: Code, { body, callees }: Template, own: ReadonlyArray<Local>, link: Link): void => {
  const { list } = bytes
  let at = 0
  const next = (): number => {
    const x = (body.charCodeAt(at) - firstLetter) * base + body.charCodeAt(at + 1) - firstLetter
    at += 2
    return x
  }
  while (at < body.length) {
    const x = next()
    if (x < firstLocal) list.push(x)
    else if (x < inEachHalf) bytes.unsigned(own[x - firstLocal])
    else if (x === inEachQuarter) {
      const [a, b, c, d] = [next(), next(), next(), next()]
      list.push(a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d)
    } else if (x === inEachHalf) {
      const [a, b, c, d, e, f, g, h] = [next(), next(), next(), next(), next(), next(), next(), next()]
      list.push(a, b, c, d, e, f, g, h, a, b, c, d, e, f, g, h)
    } else bytes.unsigned(link(callees[x - firstCallee]))
  }
}

// --- text
/** A template as text of one line: lists have commas, and fields bars between them. */
export const textOf = ({ parameters, results, locals, callees, body }: Template): string =>
  [parameters, results, locals, callees, body].join('|')

/** The template of a text. */
export const templateOfText = (text: string): Template => {
  const [parameters, results, locals, callees, body] = text.split('|')
  const list = <Item extends string>(items: string): ReadonlyArray<Item> =>
    (items === '' ? [] : items.split(',')) as never
  return { parameters: list(parameters), results: list(results), locals: list(locals), callees: list(callees), body }
}
