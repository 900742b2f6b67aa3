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
    const parts: Array<Bytes> = []
    const section = (id: number, count: number, ...contents: ReadonlyArray<Bytes>): void => {
      const counted = new Bytes()
      counted.unsigned(count)
      const head = new Bytes()
      head.byte(id)
      head.unsigned(contents.reduce((sum, { length }) => sum + length, counted.length))
      parts.push(head, counted, ...contents)
    }
    const written = (fill: (bytes: Bytes) => void): Bytes => {
      const bytes = new Bytes()
      fill(bytes)
      return bytes
    }
    parts.push(
      written((magic) => {
        for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) magic.byte(byte)
      })
    )
    const importTypes = this.imports.map(({ parameters, results }) => this.typeOf(parameters, results))
    const codeTypes = this.codes.map(({ parameters, results }) => this.typeOf(parameters, results))
    section(1, this.types.size, this.typeSection)
    const imports = written((bytes) => {
      this.imports.forEach(({ from, name }, k) => {
        bytes.text(from)
        bytes.text(name)
        bytes.byte(0)
        bytes.unsigned(importTypes[k])
      })
      bytes.text('m')
      bytes.text('m')
      bytes.byte(2)
      bytes.byte(this.shared ? 3 : 1)
      bytes.unsigned(1)
      bytes.unsigned(mostPages)
    })
    section(2, this.imports.length + 1, imports)
    const functions = written((bytes) => {
      for (const type of codeTypes) bytes.unsigned(type)
    })
    section(3, this.codes.length, functions)
    const exported = written((bytes) => {
      for (const [name, index] of this.exported) {
        bytes.text(name)
        bytes.byte(0)
        bytes.unsigned(index)
      }
    })
    section(7, this.exported.size, exported)
    section(10, this.codes.length, ...this.codes.flatMap((code) => [headOf(code), code.bytes, end]))
    return joined(parts)
  }
}

const end = new Bytes()
end.byte(0x0b)

// The size and the locals of a function.
const headOf = (code: Code): Bytes => {
  const locals = new Bytes()
  // Neighbouring locals of one type are declared together.
  const runs: Array<[number, ValueType]> = []
  for (const type of code.locals) {
    const last = runs[runs.length - 1]
    if (last !== undefined && last[1] === type) last[0]++
    else runs.push([1, type])
  }
  locals.unsigned(runs.length)
  for (const [count, type] of runs) {
    locals.unsigned(count)
    locals.byte(typeCodes[type])
  }
  const head = new Bytes()
  head.unsigned(locals.length + code.bytes.length + 1)
  head.list.push(...locals.list)
  return head
}

const joined = (parts: ReadonlyArray<Bytes>): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const { list } of parts) {
    all.set(list, at)
    at += list.length
  }
  return all
}
