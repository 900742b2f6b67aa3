/** Compile: closed programs to machine code, pass by pass. */
import type { Tensor } from '../language/term.js'
import { divide } from './divide.js'
import { engine } from './engine.js'
import { type Assembled, assembled, type Executable } from './execute.js'
import { fuse } from './fuse.js'
import { lowerProgram } from './lower.js'
import { plan } from './plan.js'
import { products } from './products.js'
import { parallelism } from './threads.js'

export type { Argument, Assembled, Executable } from './execute.js'
export { explainProgram } from './explain.js'

// --- model
export type ProgramOptions = Readonly<{
  fastMath: boolean
  threads?: number | undefined
  /** The parameters, by number, whose arguments' memory may be used for results. */
  donated?: ReadonlyArray<number>
}>

// --- constructors
/** A closed program in machine code. */
export const assembleProgram = (
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  options: ProgramOptions
): Assembled => {
  const program = lowerProgram(parameters, outputs, options)
  const donated = options.donated ?? []
  const kept = donated.map((index) => program.inputs[index]).filter((x) => !program.outputs.includes(x))
  const planned = plan(divide(products(fuse(program))), new Set(kept))
  return assembled(
    planned,
    program.inputs,
    program.outputs,
    outputs.map(({ type }) => type),
    { threads: options.threads ?? parallelism(), donated }
  )
}

// --- combinators
/** The program as something that runs. */
export const startProgram = ({ bytes, imports, executable }: Assembled): Executable =>
  executable(new engine.Instance(new engine.Module(bytes), imports))

/** The same, while the caller does something else. */
export const startProgramAsync = async ({ bytes, imports, executable }: Assembled): Promise<Executable> =>
  executable((await engine.instantiate(bytes, imports)).instance)
