/** Writes the programs of the documentation to `test/generated`, for the compiler to check and the tests to run. */

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { examplePrograms, markdownProgram, programPath } from './docs.mjs'
import { filesUnder, root } from './files.mjs'

/**
 * The programs of README.md, of the markdown files in `docs`, and of the docstrings in `src` and `laws`.
 * @returns {import('./docs.mjs').Program[]}
 */
export const allPrograms = () => {
  const read = (/** @type {string} */ file) => readFileSync(join(root, file), 'utf8')
  const markdown = [...(existsSync(join(root, 'README.md')) ? ['README.md'] : []), ...filesUnder('docs', '.md')]
  const typescript = [...filesUnder('src', '.ts'), ...filesUnder('laws', '.ts')]
  return [
    ...markdown.flatMap((file) => {
      const runtime = posix.relative(posix.dirname(`test/generated/${file}`), 'test/support/printed.js')
      const program = markdownProgram(file, read(file), runtime)
      return program === undefined ? [] : [program]
    }),
    ...typescript.flatMap((file) => examplePrograms(file, read(file)))
  ]
}

/** Brings `test/generated` up to date, leaving alone the files that already are. */
const writePrograms = () => {
  const programs = new Map(allPrograms().map((program) => [programPath(program), program.code]))
  for (const [path, code] of programs) {
    const file = join(root, path)
    if (existsSync(file) && readFileSync(file, 'utf8') === code) continue
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.${process.pid}`, code)
    renameSync(`${file}.${process.pid}`, file)
  }
  for (const path of filesUnder('test/generated', '.ts')) if (!programs.has(path)) rmSync(join(root, path))
}

/** Vitest's global set-up. A text from which nothing can be extracted fails its own test, not every other. */
export default function setup() {
  try {
    writePrograms()
  } catch (error) {
    console.error(`the programs of the documentation are not up to date: ${error}`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writePrograms()
