/** Compile: turns closed programs into machine code of a runtime, which equal programs share. */
import type { NDArray } from '../language/data/array.js'
import { onceForEach } from '../language/data/once.js'
import { type Recent, recent } from '../language/data/recent.js'
import * as T from '../language/data/type.js'
import type { Tensor } from '../language/terms/term.js'
import { fingerprintOf } from './fingerprint.js'
import { emitted, isFused, lowered, type ProgramOptions, planned } from './passes.js'
import { wiringOf } from './plan/wiring.js'
import { type Executable, executableOf, type Machine, machineOf } from './runtime/execute.js'
import { type Runtime, standard } from './runtime/runtime.js'
import { parallelism } from './runtime/threads.js'
import { engine } from './wasm/engine.js'

export { explainProgram } from './explain.js'
export type { ProgramOptions } from './passes.js'
export type { Argument, Executable } from './runtime/execute.js'
export type { Runtime } from './runtime/runtime.js'
export { canCompile } from './wasm/engine.js'

// --- model
/** A program in machine code, with its own constants. */
export type Assembled = Readonly<{ machine: Machine; constants: ReadonlyArray<NDArray>; steps?: number | undefined }>

// A runtime keeps the machine code of this many programs, the most recently requested ones, of at most this many nodes.
const mostKept = 64
const mostNodes = 4096
const machinesOf = onceForEach((_: Runtime): Recent<string, Machine> => recent(mostKept))

// --- constructors
/**
 * Compiles a closed program. A program that differs from a cached one only in the elements of constants reuses its code.
 */
export const assembleProgram = (
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  options: ProgramOptions,
  runtime: Runtime = standard
): Assembled => {
  engine()
  const { limits, memory } = runtime
  const { donated = [], threads = parallelism(), steps } = options
  const program = lowered(parameters, outputs, options, limits)
  const types = outputs.map(({ type }) => type)
  const make = (): Machine => {
    const kernels = planned(program, options)
    const wiring = wiringOf(program, kernels, types, donated)
    return machineOf(runtime, emitted(kernels, options, limits, memory.isShared()), wiring, threads)
  }
  const isLarge = program.graph.nodes.length > mostNodes
  const machine = isLarge
    ? make()
    : keptOr(
        machinesOf(runtime),
        make,
        `${fingerprintOf(program)} ${types.map(shown)} ${donated} ${threads} ${steps !== undefined} ${isFused(options)}`
      )
  return { machine, constants: program.constants.map(({ detail }) => detail), steps }
}

const shown = (type: T.Type): string => `${T.show(type)}${type.weak}`

const keptOr = (kept: Recent<string, Machine>, make: () => Machine, key: string): Machine => {
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
  return executableOf(machine, machine.entry, constants, steps)
}

/** Instantiates a program asynchronously. */
export const startProgramAsync = async ({ machine, constants, steps }: Assembled): Promise<Executable> => {
  machine.entry ??= machine.enter((await engine().instantiate(machine.bytes, machine.imports)).instance)
  return executableOf(machine, machine.entry, constants, steps)
}
