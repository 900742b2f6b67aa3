/**
 * Documentation as programs. The ```ts blocks of a markdown file are one program, in order; an `@example` of a
 * docstring is a program of its own. Line N of a program is line N of the text that it comes from, so that compiler
 * errors and stack traces point at the documentation.
 *
 * What a block prints stands in the next block, ```text or ```output. A block marked `ts no-run` is only type-checked.
 */

/**
 * One program: its text, the file it comes from, the line it starts at, and what each of its blocks must print, by the
 * line on which the block starts.
 * @typedef {{ file: string, line: number, code: string, prints: ReadonlyMap<number, string> }} Program
 */

/** @typedef {{ indent: string, info: string, start: number, lines: string[] }} Fence */

/** The name by which a program says that the block of a line has ended. */
const blockEnd = '__blockEnd'

/**
 * @param {string} file
 * @param {number} line
 * @param {string} problem
 */
const failure = (file, line, problem) => new Error(`${file}:${line}: ${problem}`)

/**
 * The fenced blocks of a markdown text; `start` is the line number of the opening fence.
 * @param {string} file
 * @param {string} text
 * @returns {Fence[]}
 */
const fences = (file, text) => {
  /** @type {Fence[]} */
  const found = []
  /** @type {(Fence & { ticks: string }) | undefined} */
  let open
  text.split('\n').forEach((line, index) => {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$/.exec(line)
    if (open === undefined) {
      if (fence)
        open = { indent: fence[1] ?? '', ticks: fence[2] ?? '', info: fence[3] ?? '', start: index + 1, lines: [] }
    } else if (fence && fence[3] === '' && (fence[2] ?? '').startsWith(open.ticks)) {
      found.push(open)
      open = undefined
    } else {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart())
    }
  })
  if (open !== undefined) throw failure(file, open.start, 'this block is never closed')
  return found
}

/** @param {Fence} fence */
const isOutput = (fence) => fence.info === 'text' || fence.info === 'output'

/**
 * The opening line of a block that is not run, and its lines: imports go before the closure, the rest inside.
 * @param {ReadonlyArray<string>} lines
 * @returns {[string, string[]]}
 */
const unrun = (lines) => {
  const isImport = (/** @type {string} */ line) => /^import\s.*['"]$/.test(line.trim())
  return [
    [...lines.filter(isImport), 'void (async () => {'].join('; '),
    lines.map((line) => (isImport(line) ? '' : line))
  ]
}

/**
 * What every program starts with, on its first line: `assert`, unless the text imports its own, and `imports`.
 * @param {string} code
 * @param {string} imports
 */
const preamble = (code, imports) => {
  const ownAssert = /^\s*import\s+(?:\*\s+as\s+)?assert\b/m.test(code)
  const assert = /\bassert\b/.test(code) && !ownAssert ? "import assert from 'node:assert/strict'; " : ''
  return `${assert}${imports}export {}; `
}

/**
 * The program of a markdown file, or none if it has no ```ts block. `runtime` is the module that exports `blockEnd`.
 * @param {string} file
 * @param {string} text
 * @param {string} runtime
 * @returns {Program | undefined}
 */
export const markdownProgram = (file, text, runtime) => {
  const blocks = fences(file, text)
  const lines = text.split('\n').map(() => '')
  /** @type {Map<number, string>} */
  const prints = new Map()
  blocks.forEach((block, index) => {
    const [language, ...marks] = block.info.split(/\s+/)
    if (['typescript', 'js', 'javascript', 'mjs', 'tsx'].includes(language ?? ''))
      throw failure(file, block.start, `mark this block \`ts\`, so that it is run, not \`${language}\``)
    const previous = blocks[index - 1]
    if (block.info === 'output' && previous?.info !== 'ts') throw failure(file, block.start, 'the output of no block')
    if (language !== 'ts') return
    if (marks.length > 1 || (marks.length === 1 && marks[0] !== 'no-run'))
      throw failure(file, block.start, `a block is marked \`ts\` or \`ts no-run\`, not \`${block.info}\``)
    const runs = marks.length === 0
    const next = blocks[index + 1]
    const [opening, body] = runs ? ['', block.lines] : unrun(block.lines)
    lines[block.start - 1] = opening
    body.forEach((line, offset) => {
      lines[block.start + offset] = line
    })
    lines[block.start + body.length] = runs ? `;${blockEnd}(${block.start})` : '})'
    if (runs) prints.set(block.start, next !== undefined && isOutput(next) ? next.lines.join('\n') : '')
  })
  if (!blocks.some((block) => /^ts\b/.test(block.info))) return undefined
  const imports = prints.size === 0 ? '' : `import { blockEnd as ${blockEnd} } from '${runtime}'; `
  return { file, line: 1, code: preamble(lines.join('\n'), imports) + lines.join('\n'), prints }
}

/**
 * The programs of a TypeScript file: one for each `@example` of its docstrings.
 * @param {string} file
 * @param {string} text
 * @returns {Program[]}
 */
export const examplePrograms = (file, text) => {
  /** @type {Program[]} */
  const programs = []
  /** @type {{ line: number, code: string[] } | undefined} */
  let example
  const close = () => {
    if (example === undefined) return
    const code = example.code.join('\n')
    if (code.trim() === '') throw failure(file, example.line, 'an @example without code')
    programs.push({ file, line: example.line, code: preamble(code, '') + code, prints: new Map() })
    example = undefined
  }
  let inside = false
  text.split('\n').forEach((line, index) => {
    if (!inside && /^\s*\/\*\*/.test(line)) inside = true
    if (!inside) return
    const ends = line.includes('*/')
    const content = line.replace(/\*\/.*$/, '').replace(/^\s*\/?\*+ ?/, '')
    const tag = /^\s*@(\w+)\s*(.*)$/.exec(content)
    if (tag) {
      close()
      if (tag[1] === 'example') {
        if (tag[2]) throw failure(file, index + 1, 'the code of an @example starts on the next line')
        example = { line: index + 1, code: Array.from({ length: index + 1 }, () => '') }
      }
    } else if (example !== undefined) {
      example.code.push(/^\s*(```|~~~)/.test(content) ? '' : content.trimEnd())
    }
    if (ends) {
      close()
      inside = false
    }
  })
  return programs
}

/**
 * Where a program is written, from the root of the repository.
 * @param {Program} program
 */
export const programPath = ({ file, line }) =>
  file.endsWith('.md') ? `test/generated/${file}.ts` : `test/generated/${file.slice(0, -3)}.example-${line}.ts`
