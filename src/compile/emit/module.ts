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
    const out = new Bytes()
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte)
    const importTypes = this.imports.map(({ parameters, results }) => this.typeOf(parameters, results))
    const codeTypes = this.codes.map(({ parameters, results }) => this.typeOf(parameters, results))
    this.section(out, 1, this.types.size, (section) => section.append(this.typeSection))
    this.section(out, 2, this.imports.length + 1, (section) => {
      this.imports.forEach(({ from, name }, k) => {
        section.text(from)
        section.text(name)
        section.byte(0)
        section.unsigned(importTypes[k])
      })
      section.text('m')
      section.text('m')
      section.byte(2)
      section.byte(this.shared ? 3 : 1)
      section.unsigned(1)
      section.unsigned(mostPages)
    })
    this.section(out, 3, this.codes.length, (section) => {
      for (const type of codeTypes) section.unsigned(type)
    })
    this.section(out, 7, this.exported.size, (section) => {
      for (const [name, index] of this.exported) {
        section.text(name)
        section.byte(0)
        section.unsigned(index)
      }
    })
    this.section(out, 10, this.codes.length, (section) => {
      for (const code of this.codes) writeFunction(section, code)
    })
    return out.done()
  }

  private section(out: Bytes, id: number, count: number, fill: (section: Bytes) => void): void {
    const section = new Bytes()
    section.unsigned(count)
    fill(section)
    out.byte(id)
    out.unsigned(section.length)
    out.append(section)
  }
}

const writeFunction = (section: Bytes, code: Code): void => {
  const head = new Bytes()
  // Neighbouring locals of one type are declared together.
  const runs: Array<[number, ValueType]> = []
  for (const type of code.locals) {
    const last = runs[runs.length - 1]
    if (last !== undefined && last[1] === type) last[0]++
    else runs.push([1, type])
  }
  head.unsigned(runs.length)
  for (const [count, type] of runs) {
    head.unsigned(count)
    head.byte(typeCodes[type])
  }
  section.unsigned(head.length + code.bytes.length + 1)
  section.append(head)
  section.append(code.bytes)
  section.byte(0x0b)
}
