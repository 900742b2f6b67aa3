/** The bundle of the mutants: the tests, and the source with all mutants of some of its files in it. */

import { readFileSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { root } from '../files.mjs'
import { mutated } from './mutants.mjs'

const here = join(root, 'scripts', 'mutation')

/**
 * Bundles test files, each on its own with what they share beside it.
 * @param {ReadonlyArray<string>} files the source files to mutate
 * @param {ReadonlyArray<string>} tests
 * @param {string} folder where the bundle goes
 */
export const bundle = async (files, tests, folder) => {
  /** @type {Array<import('./mutants.mjs').Mutant>} */
  const mutants = []
  /** @type {Map<string, string>} */
  const codes = new Map()
  for (const file of files) {
    const { code, mutants: found } = mutated(file, readFileSync(join(root, file), 'utf8'), mutants.length)
    codes.set(file, code)
    mutants.push(...found)
  }
  rmSync(folder, { recursive: true, force: true })
  const made = await rolldown({
    cwd: root,
    input: Object.fromEntries([
      ['main', join(here, 'entry.mjs')],
      ...tests.map((test, k) => [`test${k}`, join(root, test)])
    ]),
    platform: 'node',
    external: (id) => /^(node:|fast-check|fp-ts|io-ts|typescript|mnist|ml-dataset|@vitest)/.test(id),
    resolve: { conditionNames: ['freegrad-source', 'import'], alias: { vitest: join(here, 'vitest.mjs') } },
    plugins: [
      {
        name: 'mutants',
        transform: (code, id) => {
          const file = relative(root, id).split(sep).join('/')
          const located = code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
          if (!file.startsWith('src/')) return located === code ? undefined : located
          const text = codes.get(file) ?? code
          const forgetful =
            file === 'src/language/trees/layer.ts' ? text : text.replace(/\bnew WeakMap\b/g, 'new $WeakMap')
          return `import { $M, $op, $WeakMap } from ${JSON.stringify(join(here, 'switch.mjs'))}\n${forgetful}`
        }
      }
    ],
    onLog: () => undefined
  })
  await made.write({ dir: folder, format: 'esm', chunkFileNames: '[name].mjs', entryFileNames: '[name].mjs' })
  await made.close()
  return mutants
}
