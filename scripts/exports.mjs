/**
 * The public modules, by where their files stand: `src/index.ts` is `freegrad`; `src/tree.ts`, `src/numpy/index.ts` and
 * `laws/index.ts` are `freegrad/tree`, `freegrad/numpy` and `freegrad/laws`. Folders that only freegrad itself imports
 * have no `index.ts`. Run as a program, it writes the `exports` map of package.json.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { filesUnder, root } from './files.mjs'

/**
 * The public subpath that a source file is, if any: `src/numpy/index.ts` is `./numpy`.
 * @param {string} file
 * @returns {string | undefined}
 */
export const subpathOf = (file) => {
  if (file === 'src/index.ts') return '.'
  if (file === 'laws/index.ts') return './laws'
  const name = /^src\/([\w-]+)(?:\/index)?\.ts$/.exec(file)?.[1]
  return name === undefined ? undefined : `./${name}`
}

/**
 * Every public module of a checkout: its subpath and its source file, sorted by subpath.
 * @param {string} [base]
 * @returns {ReadonlyArray<readonly [subpath: string, source: string]>}
 */
export const publicModules = (base = root) =>
  [...filesUnder('src', '.ts', base), ...filesUnder('laws', '.ts', base)]
    .flatMap((file) => {
      const subpath = subpathOf(file)
      return subpath === undefined ? [] : [/** @type {const} */ ([subpath, file])]
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))

/**
 * The `exports` map of package.json. Our own tools ask for the condition `freegrad-source` and get the source. Bundlers ask
 * for `module`, whatever they bundle for, and get modules that they can shake; Node asks for `node` and gets bundles
 * that start fast. Neither asks whether `import` or `require` is written, so that one process has one copy.
 * @param {ReturnType<typeof publicModules>} modules
 * @returns {Record<string, string | Record<string, string>>}
 */
export const exportsOf = (modules) => ({
  ...Object.fromEntries(
    modules.map(([subpath, source]) => {
      const name = source.slice(0, -'.ts'.length)
      const modules = `./dist/modules/${name}.js`
      const conditions = { module: modules, node: `./dist/${name}.js`, default: modules }
      return [subpath, { 'freegrad-source': `./${source}`, types: `./dist/${name}.d.ts`, ...conditions }]
    })
  ),
  './package.json': './package.json'
})

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = join(root, 'package.json')
  const before = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, `${JSON.stringify({ ...before, exports: exportsOf(publicModules()) }, null, 2)}\n`)
}
