/** Imports point one way: language <- ops <- handlers <- transforms <- numpy, random <- the public modules. */

import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { publicModules } from '../scripts/exports.mjs'
import { filesUnder, root } from '../scripts/files.mjs'

// --- model
type Import = Readonly<{ file: string; line: number; specifier: string }>

/** What each folder of src may import, besides itself. A folder that is not here fails. */
const below: Readonly<Record<string, ReadonlyArray<string>>> = {
  language: [],
  math: ['language'],
  ops: ['language', 'math'],
  handlers: ['language', 'math', 'ops'],
  compile: ['language', 'math', 'ops', 'handlers'],
  transforms: ['language', 'math', 'ops', 'handlers', 'compile'],
  numpy: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms'],
  linalg: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms', 'numpy'],
  random: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms', 'numpy', 'linalg', 'special'],
  fft: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms', 'numpy'],
  special: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms', 'numpy'],
  nn: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms', 'numpy', 'random'],
  trees: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms', 'numpy', 'random'],
  optim: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms', 'numpy'],
  codec: ['language', 'math', 'ops', 'handlers', 'compile', 'transforms', 'numpy']
}

/** What each room, a folder of src/language or src/compile, may import of its siblings. The files beside rooms import all. */
const belowInside: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  language: {
    data: [],
    terms: ['data'],
    trees: ['data', 'terms'],
    programs: ['data']
  },
  compile: {
    wasm: [],
    functions: ['wasm'],
    routines: ['wasm'],
    graph: ['functions', 'routines'],
    kernels: ['graph', 'routines', 'wasm'],
    plan: ['graph', 'kernels'],
    emit: ['wasm', 'functions', 'routines', 'graph', 'kernels', 'plan'],
    runtime: ['wasm', 'routines', 'graph', 'kernels', 'plan', 'emit']
  }
}

/** Public modules that also have functions of a folder above their own, of which no file imports them. */
const gathered: Readonly<Record<string, ReadonlyArray<string>>> = { 'src/numpy/index.ts': ['linalg'] }

/** The room of the compiler whose routines operations bring along, so that only programs with these operations have their code. */
const brought = 'routines'

// --- combinators
const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g

/** A text with its comments blanked, so that an example in a docstring is no import of the file. */
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '))

const importsOf = (file: string, text: string): ReadonlyArray<Import> => {
  const code = withoutComments(text)
  return Array.from(code.matchAll(importPattern), (match) => ({
    file,
    line: code.slice(0, match.index + match[0].length).split('\n').length,
    specifier: match[1] ?? match[2] ?? ''
  }))
}

const importsUnder = (folder: string): ReadonlyArray<Import> =>
  filesUnder(folder, '.ts').flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')))

const isRelative = (specifier: string): boolean => specifier.startsWith('.')

/** The folder of src in which a file stands, or undefined for a file of src itself: a public module. */
const folderOf = (file: string): string | undefined => /^src\/([^/]+)\//.exec(file)?.[1]

/** The room in which a file of a folder of src stands, if it stands in one. */
const roomOf = (file: string): string | undefined => /^src\/[^/]+\/([^/]+)\//.exec(file)?.[1]

/** Why a file of a folder of src must not import another file of that folder, if so. */
const objectionInside = (folder: string, file: string, target: string): string | undefined => {
  const rooms = belowInside[folder]
  const [from, to] = [roomOf(file), roomOf(target)]
  if (rooms === undefined || from === undefined || from === to) return undefined
  const allowed = rooms[from]
  if (allowed === undefined) return `src/${folder}/${from} has no place in the order of imports (test/imports.test.ts)`
  return to !== undefined && allowed.includes(to) ? undefined : `src/${folder}/${from} does not import ${target}`
}

/** Why an import must not stand where it does, if so. */
const objection = ({ file, specifier }: Import): string | undefined => {
  if (isRelative(specifier)) {
    const target = posix.join(posix.dirname(file), specifier)
    if (!target.endsWith('.js')) return 'a relative import ends in .js'
    if (file.startsWith('laws/')) return target.startsWith('laws/') ? undefined : 'the laws import public modules'
    if (!target.startsWith('src/')) return 'src imports nothing outside of src'
    const [from, to] = [folderOf(file), folderOf(target)]
    if (from === undefined) return undefined
    if (from === to) return objectionInside(from, file, target)
    const allowed = below[from]
    if (allowed === undefined) return `src/${from} has no place in the order of imports (test/imports.test.ts)`
    if (from === 'ops' && roomOf(target) === brought) return undefined
    if (to !== undefined && gathered[file]?.includes(to)) return undefined
    if (to === undefined) return `src/${from} is below the public modules`
    return allowed.includes(to) ? undefined : `src/${from} does not import src/${to}`
  }
  if (/^fp-ts\/lib\/\w+\.js$/.test(specifier)) return undefined
  if (/^fp-ts(\/|$)/.test(specifier)) return 'fp-ts is imported as fp-ts/lib/X.js'
  if (/^io-ts(\/|$)/.test(specifier)) {
    return /^src\/codec(\.ts|\/)/.test(file) ? undefined : 'only freegrad/codec imports io-ts'
  }
  if (file.startsWith('laws/')) {
    const isPublic = publicModules().some(([subpath]) => posix.join('freegrad', subpath) === specifier)
    return isPublic || specifier === 'fast-check' ? undefined : 'the laws import public modules and fast-check'
  }
  return 'src imports fp-ts, in the codecs io-ts, and nothing else'
}

const objections = (imports: ReadonlyArray<Import>): ReadonlyArray<string> =>
  imports.flatMap((each) => {
    const problem = objection(each)
    return problem === undefined ? [] : [`${each.file}:${each.line} imports '${each.specifier}': ${problem}`]
  })

// --- tests
describe('imports', () => {
  it('point one way in src', () => expect(objections(importsUnder('src'))).toEqual([]))

  it('of the laws are public', () => expect(objections(importsUnder('laws'))).toEqual([]))

  it.each([
    ['src/language/terms/term.ts', '../../ops/arithmetic.js'],
    ['src/language/terms/term.ts', '../trees/tree.js'],
    ['src/language/elsewhere/x.ts', '../data/type.js'],
    ['src/ops/arithmetic.ts', '../transforms/grad.js'],
    ['src/ops/arithmetic.ts', '../index.js'],
    ['src/handlers/jvp.ts', '../numpy/index.js'],
    ['src/handlers/jvp.ts', '../compile/plan/plan.js'],
    ['src/compile/graph/graph.ts', '../kernels/kernel.js'],
    ['src/compile/wasm/code.ts', '../program.js'],
    ['src/unplaced/x.ts', '../language/data/type.js'],
    ['src/language/terms/term.ts', './type'],
    ['src/language/terms/term.ts', 'fp-ts'],
    ['src/language/terms/term.ts', 'fp-ts/Option'],
    ['src/language/terms/term.ts', 'fp-ts/lib/Option'],
    ['src/language/terms/term.ts', 'io-ts'],
    ['src/language/terms/term.ts', 'node:fs'],
    ['src/index.ts', '../laws/index.js'],
    ['laws/op.ts', '../src/index.js'],
    ['laws/op.ts', 'freegrad/not-there']
  ])('%s must not import %s', (file, specifier) => {
    expect(objections(importsOf(file, `import * as X from '${specifier}'`))).toHaveLength(1)
  })

  it.each([
    ['src/index.ts', './transforms/grad.js'],
    ['src/transforms/grad.ts', '../handlers/jvp.js'],
    ['src/language/terms/term.ts', '../data/type.js'],
    ['src/language/terms/term.ts', 'fp-ts/lib/Option.js'],
    ['src/codec.ts', 'io-ts'],
    ['laws/op.ts', 'freegrad'],
    ['laws/op.ts', 'fast-check']
  ])('%s may import %s', (file, specifier) => {
    expect(objections(importsOf(file, `import * as X from '${specifier}'`))).toEqual([])
  })

  it('are found in each of their forms, with their lines', () => {
    const text = [
      "import 'a'",
      'import type {',
      '  B',
      "} from 'b'",
      "export * from 'c'",
      "export { D } from 'd'",
      "const e = await import('e')",
      "// import 'f'",
      "/** import g from 'g' */"
    ].join('\n')
    expect(importsOf('x.ts', text).map(({ line, specifier }) => [line, specifier])).toEqual([
      [1, 'a'],
      [4, 'b'],
      [5, 'c'],
      [6, 'd'],
      [7, 'e']
    ])
  })
})

it('the modules of the compiler have no variables: what changes is part of a runtime', () => {
  const variables = filesUnder('src/compile', '.ts').filter((file) =>
    /^(export )?(let|var)\b/m.test(readFileSync(join(root, file), 'utf8'))
  )
  expect(variables).toEqual([])
})
