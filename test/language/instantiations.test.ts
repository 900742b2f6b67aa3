/** What recursive types cost TypeScript: a model that contains models is checked in steps that are counted, not timed. */
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

// --- model
const root = join(import.meta.dirname, '../..')

/** A program of a recursive interface with so many references to itself. */
const source = (references: number): string => `
import { type Tensor, grad, vmap, compile } from 'freegrad'
import * as Tree from 'freegrad/tree'
interface Model {
  readonly w: Tensor
  ${Array.from({ length: references }, (_, k) => `readonly part${k}?: Model`).join('\n  ')}
  readonly rest: ReadonlyArray<Model>
}
declare const model: Model
declare const loss: (model: Model, x: Tensor) => Tensor
export const leaves = Tree.leaves(model)
export const doubled = Tree.map((x: Tensor) => x, model)
export const slopes: Model = grad(loss)(model, leaves[0])
export const lanes = vmap(loss, { inAxes: [null, 0] })(slopes, leaves[0])
export const compiled = compile(grad(loss))
`

// --- constructors
const file = join(root, 'test/language/recursive.virtual.ts')

/** How many types TypeScript instantiates to check a text, and what is wrong with it. */
const check = (text: string): Readonly<{ count: number; problems: ReadonlyArray<string> }> => {
  const { options } = ts.convertCompilerOptionsFromJson(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config.compilerOptions,
    root
  )
  const given = { ...options, noEmit: true, skipLibCheck: true, types: [] }
  const host = ts.createCompilerHost(given)
  const { getSourceFile, fileExists } = host
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ESNext) : getSourceFile(name, ...rest)
  host.fileExists = (name) => name === file || fileExists(name)
  const program = ts.createProgram([file], given, host)
  const problems = program.getSemanticDiagnostics(program.getSourceFile(file))
  return {
    count: program.getInstantiationCount(),
    problems: problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  }
}

// --- laws
describe('a recursive model', () => {
  it('is checked in a bounded number of instantiations, however often it refers to itself', () => {
    const { count, problems } = check(source(6))
    expect(problems).toEqual([])
    // Some 6,000; where a type is another one at each depth it is 46,000 and grows fast.
    expect(count).toBeLessThan(15_000)
  })
})
