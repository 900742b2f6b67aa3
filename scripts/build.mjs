/**
 * The build: `src` and `laws` become JavaScript, source maps and declarations in `dist` (or in `--out FOLDER`).
 *
 * The compiler writes the declarations. The JavaScript is written twice, for two readers:
 *
 * - Node loads bundles: a file per public module and the chunks they share, since each small file costs start-up time.
 * - Bundlers read modules, in `dist/modules`: a file per source file, marked so that what a program does not use is dropped.
 *
 * Both contain the few functions of fp-ts that they call: each CommonJS module of `fp-ts/lib` costs start-up time, and cannot
 * be shaken. fp-ts' values are plain data, so those of another copy are the same to it.
 */

import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'
import { publicModules } from './exports.mjs'
import { root } from './files.mjs'
import { asFunction, later } from './later.mjs'
import { markPure } from './pure.mjs'

/** @param {string} folder */
const writeDeclarations = (folder) => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', folder], {
    cwd: root,
    stdio: 'inherit'
  })
  return status === 0
}

const conditionNames = ['freegrad-source', 'import']

/**
 * What a file of the sources exports.
 * @param {string} file
 */
const moduleOf = async (file) => {
  const bundle = await rolldown({ cwd: root, input: file, platform: 'neutral', resolve: { conditionNames } })
  const { output } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)
}

/** The file that writes the routines. */
const assembled = join(root, 'src/compile/routines/assembled.ts')

/**
 * That file with what it writes in its place: bytes as text, and where the two kinds of memory differ.
 * @returns {Promise<string>}
 */
const assembledRoutines = async () => {
  const module = await moduleOf(assembled)
  const variants = [false, true].map((isFused) => {
    /** @type {[Uint8Array, Uint8Array]} */
    const [shared, alone] = [module.assembled(true, isFused), module.assembled(false, isFused)]
    const differences = [...shared.keys()].filter((k) => shared[k] !== alone[k])
    if (shared.length !== alone.length || differences.length !== 1)
      throw new Error('the routines differ in more than a byte')
    const [at] = differences
    return `{ text: '${Buffer.from(shared).toString('base64')}', at: ${at}, alone: ${alone[at]} }`
  })
  return `import { bytesOfText } from '../wasm/text.js'
const variants = [${variants}]
export const assembled = (shared, isFused) => {
  const { text, at, alone } = variants[Number(isFused)]
  const bytes = Uint8Array.from(bytesOfText(text))
  if (!shared) bytes[at] = alone
  return bytes
}`
}

/** The file that writes the functions of real numbers. */
const written = join(root, 'src/compile/functions/written.ts')

/**
 * That file with what it writes in its place: templates as text.
 * @returns {Promise<string>}
 */
const writtenFunctions = async () => {
  const { writtenText } = await moduleOf(written)
  const text = writtenText()
  // Without a limit V8 would remember the parts, for which it reads them all.
  return `import { templateOfText } from '../wasm/template.js'
const text = ${JSON.stringify(text)}
let lines
export const written = (name) => {
  lines ??= new Map(text.split('\\n', ${text.length}).map((line) => [line.slice(0, line.indexOf('|')), line]))
  const line = lines.get(name)
  if (line === undefined) return undefined
  const at = line.indexOf('|', name.length + 1)
  return { cost: Number(line.slice(name.length + 1, at)), template: templateOfText(line.slice(at + 1)) }
}`
}

/**
 * What the build has written already.
 * @type {Readonly<Record<string, () => Promise<string>>>}
 */
const prepared = { [assembled]: assembledRoutines, [written]: writtenFunctions }

/** @type {import('rolldown').Plugin} */
const inPlace = { name: 'in place', load: (id) => prepared[id]?.() ?? null }

/**
 * @param {Record<string, string>} input
 * @param {ReadonlyArray<import('rolldown').Plugin>} plugins
 */
const bundleOf = (input, plugins) =>
  rolldown({
    cwd: root,
    input,
    platform: 'neutral',
    tsconfig: 'tsconfig.build.json',
    external: [/^io-ts(\/|$)/, 'fast-check', /^node:/],
    treeshake: { moduleSideEffects: false },
    optimization: { inlineConst: false },
    plugins: [...plugins],
    resolve: { conditionNames, alias: { 'fp-ts/lib': 'fp-ts/es6' } }
  })

/** The files that `import 'freegrad'` needs, so that it need not read more. */
const filesOfCore = async () => {
  const bundle = await bundleOf({ index: 'src/index.ts' }, [])
  const { output } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  return new Set(output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : [])))
}

const entries = Object.fromEntries(publicModules().map(([, source]) => [source.slice(0, -'.ts'.length), source]))

/** Everything else calls the compiler by this file. */
const compiler = later(join(root, 'src/compile/program.ts'), 'src/shared/compiler')

/**
 * What Node loads.
 * @param {string} folder
 */
const writeBundles = async (folder) => {
  const core = await filesOfCore()
  const bundle = await bundleOf({ ...entries, ...compiler.input }, [inPlace, compiler.plugin])
  await bundle.write({
    dir: folder,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'src/shared/[name].js',
    paths: compiler.paths,
    // Shorter files are read faster; the source maps and declarations keep the rest.
    comments: false,
    minify: { mangle: { keepNames: true }, compress: true, codegen: true },
    codeSplitting: {
      groups: [
        { name: 'core', priority: 1, minShareCount: 2, test: (file) => core.has(file) },
        { name: 'more', minShareCount: 2 }
      ]
    }
  })
  await bundle.close()
  for (const chunk of Object.keys(compiler.input)) asFunction(join(folder, chunk))
}

/** @type {import('rolldown').Plugin} */
const pure = { name: 'pure', transform: (code, file) => (file.startsWith('\0') ? null : markPure(code, file)) }

/**
 * The compiler's checkers of its own passes, which are on in the tests and by a variable of the process' environment, and what
 * calls them; and what stands in their places where there is no such variable.
 * @type {Readonly<Record<string, string>>}
 */
const checkers = {
  checkGraph: '() => {}',
  checkKernels: '() => {}',
  checkLevels: '() => {}',
  checkPlan: '() => {}',
  checked: '(pass, check, x) => x'
}

/**
 * Empties the checkers, since a page has no such variable: bundlers then drop what they call.
 * @type {import('rolldown').Plugin}
 */
const unchecked = {
  name: 'unchecked',
  transform: (code, file) => {
    if (!/compile[/\\]\w+[/\\]check(ed)?\.ts$/.test(file)) return null
    const values = /** @type {ReadonlyArray<any>} */ (parseAst(code, { lang: 'ts' }).body)
      .flatMap(({ declaration }) => declaration?.declarations ?? [])
      .filter(({ id }) => id.name in checkers)
    return values.reduceRight(
      (rest, { id, init }) => `${rest.slice(0, init.start)}${checkers[id.name]}${rest.slice(init.end)}`,
      code
    )
  }
}

/** The file that holds the code of workers as text. */
const team = join(root, 'src/compile/runtime/team.ts')

/**
 * Takes the indentation out of that text, which no minifier does. Elsewhere in the file it has no meaning.
 * @type {import('rolldown').Plugin}
 */
const dense = { name: 'dense', transform: (code, file) => (file === team ? code.replace(/\n +/g, '\n') : null) }

/**
 * What bundlers read.
 * @param {string} folder
 */
const writeModules = async (folder) => {
  const bundle = await bundleOf(entries, [unchecked, dense, pure])
  await bundle.write({
    dir: folder,
    format: 'esm',
    preserveModules: true,
    preserveModulesRoot: root,
    // npm packs no folder of the name node_modules.
    entryFileNames: ({ name }) => `${name.replace('node_modules/', '')}.js`,
    comments: { annotation: true, jsdoc: false, legal: false }
  })
  await bundle.close()
}

/** @param {string} folder */
const writeJavaScript = async (folder) => {
  await writeBundles(folder)
  await writeModules(join(folder, 'modules'))
  copyFileSync(join(root, 'node_modules/fp-ts/LICENSE'), join(folder, 'src/fp-ts.LICENSE'))
}

const { out } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } }).values
const folder = resolve(root, out)

rmSync(folder, { recursive: true, force: true })
if (writeDeclarations(folder)) await writeJavaScript(folder)
else process.exitCode = 1
