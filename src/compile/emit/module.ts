/** Modules: functions put together as the bytes of a WebAssembly module, all of whose functions share one memory. */
import { Bytes, type Code, typeCodes, type ValueType } from './code.js'

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

  /** The number of an imported function. */
  import(wanted: Import): number {
    const known = this.imports.findIndex(({ name }) => name === wanted.name)
    if (known >= 0) return known
    this.imports.push(wanted)
    return this.imports.length - 1
  }

  /** The number that the next function will have. */
  get next(): number {
    return this.imports.length + this.codes.length
  }

  /** Adds a function; gives its number. */
  add(code: Code, name?: string): number {
    const index = this.next
    this.codes.push(code)
    if (name !== undefined) this.exported.set(name, index)
    return index
  }

  get imported(): ReadonlyArray<Import> {
    return this.imports
  }

  /** The bytes of the module. */
  done(): Uint8Array {
    const importTypes = this.imports.map(({ parameters, results }) => this.typeOf(parameters, results))
    const codeTypes = this.codes.map(({ parameters, results }) => this.typeOf(parameters, results))
    const imports = new Bytes()
    this.imports.forEach(({ from, name }, k) => {
      imports.text(from)
      imports.text(name)
      imports.byte(0)
      imports.unsigned(importTypes[k])
    })
    imports.text('m')
    imports.text('m')
    imports.byte(2)
    imports.byte(this.shared ? 3 : 1)
    imports.unsigned(1)
    imports.unsigned(mostPages)
    const functions = new Bytes()
    for (const type of codeTypes) functions.unsigned(type)
    const exported = new Bytes()
    for (const [name, index] of this.exported) {
      exported.text(name)
      exported.byte(0)
      exported.unsigned(index)
    }
    const codes = this.codes.flatMap((code) => sized([localsOf(code), code.bytes, end]))
    return joined([
      bytesOf(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      ...section(1, this.types.size, [this.typeSection]),
      ...section(2, this.imports.length + 1, [imports]),
      ...section(3, this.codes.length, [functions]),
      ...section(7, this.exported.size, [exported]),
      ...section(10, this.codes.length, codes)
    ])
  }
}

const bytesOf = (...list: ReadonlyArray<number>): Bytes => {
  const bytes = new Bytes()
  bytes.list.push(...list)
  return bytes
}

const numberOf = (x: number): Bytes => {
  const bytes = new Bytes()
  bytes.unsigned(x)
  return bytes
}

const lengthOf = (parts: ReadonlyArray<Bytes>): number => parts.reduce((sum, { length }) => sum + length, 0)

// Parts behind how many bytes they are.
const sized = (parts: ReadonlyArray<Bytes>): ReadonlyArray<Bytes> => [numberOf(lengthOf(parts)), ...parts]

const section = (id: number, count: number, contents: ReadonlyArray<Bytes>): ReadonlyArray<Bytes> => [
  bytesOf(id),
  ...sized([numberOf(count), ...contents])
]

const end = bytesOf(0x0b)

const localsOf = (code: Code): Bytes => {
  // Neighbouring locals of one type are declared together.
  const runs: Array<[number, ValueType]> = []
  for (const type of code.locals) {
    const last = runs[runs.length - 1]
    if (last !== undefined && last[1] === type) last[0]++
    else runs.push([1, type])
  }
  const locals = numberOf(runs.length)
  for (const [count, type] of runs) {
    locals.unsigned(count)
    locals.byte(typeCodes[type])
  }
  return locals
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
