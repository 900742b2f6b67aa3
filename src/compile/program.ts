/** Compile: turns closed programs into machine code, pass by pass. */
import type { NDArray } from '../language/data/array.js'
import { recent } from '../language/data/recent.js'
import * as T from '../language/data/type.js'
import type { Tensor } from '../language/terms/term.js'
import { fingerprintOf } from './fingerprint.js'
import { checkGraph } from './graph/check.js'
import { checked } from './graph/checked.js'
import { lowerProgram } from './graph/lower.js'
import { checkKernels } from './kernels/check.js'
import { fuse } from './kernels/fuse.js'
import { products } from './kernels/products.js'
import { divide } from './kernels/split.js'
import { checkPlan } from './plan/check.js'
import { plan } from './plan/plan.js'
import { wiringOf } from './plan/wiring.js'
import { type Executable, executableOf, type Machine, machineOf } from './runtime/execute.js'
import { countable, placed } from './runtime/limits.js'
import { parallelism } from './runtime/threads.js'
import { engine } from './wasm/engine.js'

export { explainProgram } from './explain.js'
export type { Argument, Executable } from './runtime/execute.js'
export { canCompile } from './wasm/engine.js'

// --- model
export type ProgramOptions = Readonly<{
  fastMath: boolean
  threads?: number | undefined
  /** How many steps all `while` loops together may take in a call. */
  steps?: number | undefined
  /** The numbers of the parameters whose arguments' memory may be reused for results. */
  donated?: ReadonlyArray<number>
}>

/** A program in machine code, with its own constants. */
export type Assembled = Readonly<{ machine: Machine; constants: ReadonlyArray<NDArray>; steps?: number | undefined }>

// The cache holds the machine code of this many programs, the most recently requested ones, of at most this many nodes.
const mostKept = 64
const mostNodes = 4096
const kept = recent<string, Machine>(mostKept)

// --- constructors
/**
 * Compiles a closed program. A program that differs from a cached one only in the elements of constants reuses its code.
 */
export const assembleProgram = (
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  options: ProgramOptions
): Assembled => {
  engine()
  const program = checked('lower', checkGraph, lowerProgram(parameters, outputs, options))
  const { donated = [], threads = parallelism(), steps } = options
  const limited = steps !== undefined
  const types = outputs.map(({ type }) => type)
  const make = (): Machine => {
    const returned = new Set(program.outputs)
    const over = donated.map((index) => program.inputs[index]).filter((x) => !returned.has(x))
    const fused = checked('fuse', checkKernels, fuse(program))
    const multiplied = checked('products', checkKernels, products(fused))
    const divided = checked('divide', checkKernels, divide(countable(multiplied)))
    const planned = placed(checked('plan', checkPlan, plan(divided, new Set(over))))
    return machineOf(planned, wiringOf(program, planned, types, donated), threads, limited)
  }
  const isLarge = program.graph.nodes.length > mostNodes
  const machine = isLarge
    ? make()
    : keptOr(make, `${fingerprintOf(program)} ${types.map(shown)} ${donated} ${threads} ${limited}`)
  return { machine, constants: program.constants.map(({ detail }) => detail), steps }
}

const shown = (type: T.Type): string => `${T.show(type)}${type.weak}`

const keptOr = (make: () => Machine, key: string): Machine => {
  const machine = kept.get(key) ?? make()
  kept.set(key, machine)
  return machine
}

// --- combinators
/** Instantiates a program. */
export const startProgram = ({ machine, constants, steps }: Assembled): Executable => {
  if (machine.entry === undefined) {
    const { Instance, Module } = engine()
    machine.entry = machine.enter(new Instance(new Module(machine.bytes), machine.imports))
  }
  return executableOf(machine.entry, machine.wiring, constants, steps)
}

/** Instantiates a program asynchronously. */
export const startProgramAsync = async ({ machine, constants, steps }: Assembled): Promise<Executable> => {
  machine.entry ??= machine.enter((await engine().instantiate(machine.bytes, machine.imports)).instance)
  return executableOf(machine.entry, machine.wiring, constants, steps)
}
