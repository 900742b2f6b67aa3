/** The documentation runs: each ```ts block and each `@example`, and prints what it says that it prints. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { examplePrograms, markdownProgram, type Program, programPath } from '../scripts/docs.mjs'
import { allPrograms } from '../scripts/extract-docs.mjs'
import { root } from '../scripts/files.mjs'
import { printedBy } from './support/printed.js'

const trimmed = (text: string): string => text.replace(/[ \t]+$/gm, '').trimEnd()

/** Runs the program that was written to `path` and compares what its blocks print; a failure names file and line. */
const check = async (program: Program, path: string): Promise<void> => {
  const printed = await printedBy(() => import(/* @vite-ignore */ path))
  for (const [line, output] of [...program.prints, [0, ''] as const])
    expect(trimmed(printed.get(line) ?? ''), `${program.file}:${line || program.line} prints`).toBe(trimmed(output))
}

describe('the documentation runs', () => {
  it.each(allPrograms().map((program) => ({ program, name: `${program.file}:${program.line}` })))(
    '$name',
    ({ program }) => check(program, join(root, programPath(program)))
  )
})

describe('the extractor', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freegrad-docs-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const runtime = join(root, 'test/support/printed.ts')
  let count = 0

  /** Extracts and runs a markdown text. */
  const run = async (...text: string[]): Promise<void> => {
    const program = markdownProgram('sample.md', text.join('\n'), runtime)
    if (program === undefined) throw new Error('the sample has no program')
    const path = join(folder, `sample-${count++}.ts`)
    writeFileSync(path, program.code)
    await check(program, path)
  }

  it('accepts a block that prints what the next block says', () =>
    run('# Title', '', '```ts', 'const x = 1 + 1', 'console.log(x, [x])', '```', 'prints', '```text', '2 [ 2 ]', '```'))

  it('rejects another output, naming the line of the block', () =>
    expect(run('', '```ts', 'console.log(1)', '```', '```text', '2', '```')).rejects.toThrow('sample.md:2 prints'))

  it('rejects output that is not shown', () =>
    expect(run('', '```ts', 'console.log(1)', '```')).rejects.toThrow('sample.md:2 prints'))

  it('rejects an output that is not printed', () =>
    expect(run('', '```ts', 'const x: number = 1', '```', '```output', '1', '```')).rejects.toThrow(
      'sample.md:2 prints'
    ))

  it('compares each block with its own output', () =>
    expect(
      run(
        '```ts',
        'console.log(1)',
        '```',
        '```text',
        '1',
        '```',
        '```ts',
        'console.log(2)',
        '```',
        '```text',
        '1',
        '```'
      )
    ).rejects.toThrow('sample.md:7 prints'))

  it('shares one scope among the blocks of a file', () =>
    run('```ts', 'const x = 3', '```', '', '```ts', 'assert.equal(x, 3)', '```'))

  it('fails on a false assertion', () =>
    expect(run('```ts', 'assert.equal(1, 2)', '```')).rejects.toThrow(/Expected values to be strictly equal/))

  it('puts each line where the markdown has it', () => {
    const text = ['# Title', '```ts', 'const x = 1', '```', '- item', '  ```ts', '  const y = 2', '  ```']
    const lines = markdownProgram('sample.md', text.join('\n'), runtime)?.code.split('\n')
    expect([lines?.[2], lines?.[6]]).toEqual(['const x = 1', 'const y = 2'])
  })

  it('waits for a block that awaits', () =>
    run('```ts', 'console.log(await Promise.resolve(5))', '```', '```text', '5', '```'))

  it('only checks the types of a block marked no-run', () =>
    run('```ts no-run', "import { join } from 'node:path'", 'throw new Error(join("a", "b"))', '```'))

  it.each([
    ['a block in another dialect', ['```js', '1', '```']],
    ['an unknown mark', ['```ts skip', '1', '```']],
    ['a block that is not closed', ['', '```ts', '1']],
    ['an output of nothing', ['```output', '1', '```']]
  ])('rejects %s', (_, text) => {
    expect(() => markdownProgram('sample.md', text.join('\n'), runtime)).toThrow(/^sample\.md:\d+: /)
  })

  it('finds no program in a text without blocks', () => {
    expect(markdownProgram('sample.md', '# Title\n\n```sh\nls\n```\n', runtime)).toBeUndefined()
  })

  it('makes a program of each @example, up to the next tag or the end of the comment', () => {
    const source = [
      '/**',
      ' * Doubles.',
      ' * @example',
      ' * const one = 1',
      ' * assert.equal(one * 2, 2)',
      ' * @example',
      ' * const two = 2',
      ' * @since 1',
      ' */',
      'export const twice = 2',
      '// @example not a docstring'
    ].join('\n')
    const programs = examplePrograms('src/twice.ts', source)
    expect(programs.map(({ line, code }) => [line, code.split('\n').slice(line).join('\n')])).toEqual([
      [3, 'const one = 1\nassert.equal(one * 2, 2)'],
      [6, 'const two = 2']
    ])
    expect(programs[0]?.code).toMatch(/^import assert /)
  })

  it('rejects an @example that prints', async () => {
    const [program] = examplePrograms('src/x.ts', '/**\n * @example\n * console.log(1)\n */')
    if (program === undefined) throw new Error('the sample has no program')
    const path = join(folder, 'example.ts')
    writeFileSync(path, program.code)
    await expect(check(program, path)).rejects.toThrow('src/x.ts:2 prints')
  })
})
