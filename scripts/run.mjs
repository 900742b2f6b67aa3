/**
 * Runs a TypeScript program of this repository: `node scripts/run.mjs examples/main.ts`. It is bundled with the source of
 * freegrad, which takes a second where the whole build takes a dozen; `npm run types` checks its types.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { root } from './files.mjs'

const [program] = process.argv.slice(2)
if (program === undefined) throw new Error('usage: node scripts/run.mjs PROGRAM.ts')

/** @type {ReadonlyArray<string>} */
const packages = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies)
const output = join(root, 'build', program.replace(/\.ts$/, '.mjs'))

const bundle = await rolldown({
  cwd: root,
  input: program,
  platform: 'node',
  external: (id) => packages.some((name) => id === name || id.startsWith(`${name}/`)),
  resolve: { conditionNames: ['freegrad-source', 'import'] }
})
await bundle.write({ file: output, format: 'esm', sourcemap: true })
await bundle.close()

process.setSourceMapsEnabled(true)
await import(pathToFileURL(output).href)
