/** The build: `src` and `laws` become JavaScript, declarations and source maps in `dist` (or in `--out FOLDER`). */

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './files.mjs'

const { out } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } }).values
const folder = resolve(root, out)

rmSync(folder, { recursive: true, force: true })
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', folder], {
  cwd: root,
  stdio: 'inherit'
})
process.exitCode = status ?? 1
