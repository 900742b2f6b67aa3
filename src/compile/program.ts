/** Compile: closed programs to machine code, pass by pass. */
import type { Tensor } from '../language/term.js'
import { type Executable, executable } from './execute.js'
import { fuse } from './fuse.js'
import { lowerProgram } from './lower.js'
import { plan } from './plan.js'
import { products } from './products.js'
import { parallelism } from './threads.js'

export type { Argument, Executable } from './execute.js'
export { explainProgram } from './explain.js'

// --- model
export type ProgramOptions = Readonly<{
  fastMath: boolean
  threads?: number | undefined
  /** The parameters, by number, whose arguments' memory may be used for results. */
  donated?: ReadonlyArray<number>
}>

// --- combinators
/** A closed program as something that runs. */
export const compileProgram = (
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  options: ProgramOptions
): Executable => {
  const program = lowerProgram(parameters, outputs, options)
  const donated = options.donated ?? []
  const kept = donated.map((index) => program.inputs[index]).filter((x) => !program.outputs.includes(x))
  const planned = plan(products(fuse(program)), new Set(kept))
  return executable(
    planned,
    program.inputs,
    program.outputs,
    outputs.map(({ type }) => type),
    { threads: options.threads ?? parallelism(), donated }
  )
}
