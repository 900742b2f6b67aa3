/**
 * Checks some folders with the options of tsconfig.strict.json. TypeScript has one set of options for a whole program, so it
 * checks all of `src`, and what it says of other folders is left out.
 */
import { spawnSync } from 'node:child_process'
import { root } from './files.mjs'

const folders = ['src/handlers', 'src/language', 'src/transforms', 'src/trees']

const cache = 'node_modules/.cache/strict.tsbuildinfo'
const args = ['tsc', '-p', 'tsconfig.strict.json', '--incremental', '--tsBuildInfoFile', cache, '--pretty', 'false']
const { stdout, stderr } = spawnSync('npx', args, { cwd: root, encoding: 'utf8' })

/** Each error with its lines: the first names the file, those that explain it are indented. */
const errors = stdout.split(/\n(?=\S)/).filter((error) => error.trim() !== '')
const found = errors.filter(
  (error) => folders.some((folder) => error.startsWith(`${folder}/`)) || !/^src\//.test(error)
)
if (found.length > 0 || stderr !== '') {
  console.error([...found, stderr].join('\n').trim())
  process.exit(1)
}
