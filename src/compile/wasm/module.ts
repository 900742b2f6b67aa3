/** Modules: functions put together as the bytes of a WebAssembly module, all of whose functions share one memory. */
import { Bytes, type Code, numberOf, typeCodes, type ValueType } from './code.js'

// --- model
/** A function of the module's surroundings that it calls: one of JavaScript's, `f`, or a routine, `r`. */
export type Import = Readonly<{
  from: 'f' | 'r'
  name: string
  parameters: ReadonlyArray<ValueType>
  results: ReadonlyArray<ValueType>
}>

const mostPages = 65536

// --- constructors
/** A module in the making. Imported functions have the first numbers, so they are named before any function is added. */
export class ModuleWriter {
  private readonly imports: Array<Import> = []
  private readonly codes: Array<Code> = []
  private readonly exported = new Map<string, number>()
  private readonly types = new Map<string, number>()
  private global: string | undefined
  private readonly typeSection = new Bytes()

  constructor(private readonly shared: boolean) {}

  private typeOf(parameters: ReadonlyArray<ValueType>, results: ReadonlyArray<ValueType>): number {
    const key = `${parameters}:${results}`
    const known = this.types.get(key)
    if (known !== undefined) return known
    const index = this.types.size
    this.types.set(key, index)
    this.typeSection.byte(0x60)
    for (const list of [parameters, results]) {
      this.typeSection.unsigned(list.length)
      for (const type of list) this.typeSection.byte(typeCodes[type])
    }
    return index
  }

  /** Adds an imported function; gives its number. */
  import(wanted: Import): number {
    return this.imports.push(wanted) - 1
  }

  /** Adds a function; gives its number. */
  add(code: Code, name?: string): number {
    const index = this.imports.length + this.codes.push(code) - 1
    if (name !== undefined) this.exported.set(name, index)
    return index
  }

  /** Exports a number that the module and its caller change, an i32: the global 0. */
  counter(name: string): void {
    this.global = name
  }

  /** How many functions have been added. */
  get functions(): number {
    return this.codes.length
  }

  /** The bytes of the module. */
  done(): Uint8Array {
    const imports = new Bytes()
    for (const { from, name, parameters, results } of this.imports) {
      imports.text(from)
      imports.text(name)
      imports.byte(0)
      imports.unsigned(this.typeOf(parameters, results))
    }
    imports.text('m')
    imports.text('m')
    imports.byte(2)
    imports.byte(this.shared ? 3 : 1)
    imports.unsigned(1)
    imports.unsigned(mostPages)
    const functions = new Bytes()
    const codes: Array<Bytes> = []
    for (const code of this.codes) {
      functions.unsigned(this.typeOf(code.parameters, code.results))
      const locals = localsOf(code)
      codes.push(numberOf(locals.length + code.bytes.length + end.length), locals, code.bytes, end)
    }
    const exported = new Bytes()
    for (const [name, index] of this.exported) {
      exported.text(name)
      exported.byte(0)
      exported.unsigned(index)
    }
    const globals = this.global === undefined ? [] : section(6, 1, [bytesOf(0x7f, 1, 0x41, 0, 0x0b)])
    if (this.global !== undefined) {
      exported.text(this.global)
      exported.byte(3)
      exported.unsigned(0)
    }
    return joined([
      bytesOf(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      ...section(1, this.types.size, [this.typeSection]),
      ...section(2, this.imports.length + 1, [imports]),
      ...section(3, this.codes.length, [functions]),
      ...globals,
      ...section(7, this.exported.size + (this.global === undefined ? 0 : 1), [exported]),
      ...section(10, this.codes.length, codes)
    ])
  }
}

const bytesOf = (...list: ReadonlyArray<number>): Bytes => {
  const bytes = new Bytes()
  bytes.list.push(...list)
  return bytes
}

const lengthOf = (parts: ReadonlyArray<Bytes>): number => {
  let sum = 0
  for (const { list } of parts) sum += list.length
  return sum
}

const section = (id: number, count: number, contents: ReadonlyArray<Bytes>): ReadonlyArray<Bytes> => {
  const number = numberOf(count)
  return [bytesOf(id), numberOf(number.length + lengthOf(contents)), number, ...contents]
}

const end = bytesOf(0x0b)

// Neighbouring locals of one type are declared together.
const localsOf = ({ locals }: Code): Bytes => {
  const runs = new Bytes()
  let count = 0
  for (let at = 0; at < locals.length; count++) {
    const start = at
    while (at < locals.length && locals[at] === locals[start]) at++
    runs.unsigned(at - start)
    runs.byte(typeCodes[locals[start]])
  }
  const out = numberOf(count)
  out.list.push(...runs.list)
  return out
}

const joined = (parts: ReadonlyArray<Bytes>): Uint8Array => {
  const all = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const { list } of parts) {
    all.set(list, at)
    at += list.length
  }
  return all
}
