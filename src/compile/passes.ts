/** Passes: the one chain from a closed program to machine code. What a pass gives is checked before the next one takes it. */
import type { Tensor } from '../language/terms/term.js'
import { type Emitted, emit } from './emit/index.js'
import { checkGraph } from './graph/check.js'
import { checked } from './graph/checked.js'
import { lowerProgram, type Program } from './graph/lower.js'
import { checkKernels } from './kernels/check.js'
import { fuse } from './kernels/fuse.js'
import { products } from './kernels/products.js'
import { divide } from './kernels/split.js'
import { checkPlan } from './plan/check.js'
import { type Planned, plan } from './plan/plan.js'
import { countable, placed } from './runtime/limits.js'
import type { Limits } from './runtime/runtime.js'
import { hasProductAndSum } from './wasm/engine.js'

// --- model
export type ProgramOptions = Readonly<{
  fastMath: boolean
  threads?: number | undefined
  /** How many steps all `while` loops together may take in a call. */
  steps?: number | undefined
  /** The numbers of the parameters whose arguments' memory may be reused for results. */
  donated?: ReadonlyArray<number>
}>

// --- combinators
/** The graph of a closed program. */
export const lowered = (
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  { fastMath }: ProgramOptions,
  { updates }: Limits
): Program => checked('lower', checkGraph, lowerProgram(parameters, outputs, { fastMath, updates }))

/** The kernels of a graph, each buffer with a place. */
export const planned = (program: Program, { donated = [] }: ProgramOptions): Planned => {
  const returned = new Set(program.outputs)
  const over = donated.map((index) => program.inputs[index]).filter((x) => !returned.has(x))
  const fused = checked('fuse', checkKernels, fuse(program))
  const multiplied = checked('products', checkKernels, products(fused))
  const divided = checked('divide', checkKernels, divide(countable(multiplied)))
  return placed(checked('plan', checkPlan, plan(divided, new Set(over))))
}

/** The machine code of kernels with places, for a memory that threads share or not. */
export const emitted = (
  kernels: Planned,
  options: ProgramOptions,
  { sharing, registers }: Limits,
  sharesMemory: boolean
): Emitted =>
  emit(kernels, {
    sharesMemory,
    isLimited: options.steps !== undefined,
    isFused: isFused(options),
    sharing,
    registers
  })

/** Whether sums of products add a product in the same instruction. */
export const isFused = ({ fastMath }: ProgramOptions): boolean => fastMath && hasProductAndSum()
