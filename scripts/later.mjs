/**
 * A part of a bundle that Node loads when it is first called, without waiting for it, which takes a CommonJS file. V8 reads all
 * of a file that is loaded, whether it is called or not, and the compiler is half of what `import 'freegrad'` would load.
 *
 * The part is a module that exports nothing but functions. In the bundle, functions that load it stand in its place. It
 * becomes a chunk of its own, and that chunk a function of the chunk it imports from, so that nothing exists twice.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseAst } from 'rolldown/parseAst'

/** The chunk that the part imports from, by which it also imports itself. */
const shared = './core.js'
const own = 'freegrad:core'

/**
 * The names that a module exports, types left out, each with whether it is a function.
 * @param {string} file
 * @returns {ReadonlyArray<readonly [name: string, isFunction: boolean]>}
 */
const exportsOf = (file) =>
  /** @type {ReadonlyArray<any>} */ (parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }).body)
    .filter(({ type, exportKind }) => type === 'ExportNamedDeclaration' && exportKind !== 'type')
    .flatMap(({ declaration, specifiers, source }) => [
      ...(declaration?.declarations ?? []).map((/** @type {any} */ { id, init }) => [
        id.name,
        /^(ArrowFunction|Function)Expression$/.test(init?.type)
      ]),
      ...specifiers.map((/** @type {any} */ { local, exported }) => {
        const from = source === null ? file : join(dirname(file), source.value.replace(/\.js$/, '.ts'))
        return [exported.name, from !== file && new Map(exportsOf(from)).get(local.name) === true]
      })
    ])

/**
 * The names of the functions that a module exports. Anything else is an error, since a function would take its place.
 * @param {string} file
 */
const functionsOf = (file) =>
  exportsOf(file).map(([name, isFunction]) => {
    if (!isFunction) throw new Error(`${file}: ${name} is not a function`)
    return name
  })

/**
 * The part that starts with `file`, to be written to `chunk`: what to bundle besides, and how.
 * @param {string} file
 * @param {string} chunk
 */
export const later = (file, chunk) => {
  const id = `${file}?later`
  const [load, names] = [`./${basename(chunk)}.cjs`, functionsOf(file)]
  const inItsPlace = `
    import { createRequire } from 'node:module'
    import * as core from '${own}'
    let part
    const loaded = () => (part ??= createRequire(import.meta.url)('${load}')(core))
    ${names.map((name) => `export const ${name} = (...args) => loaded().${name}(...args)`).join('\n')}`
  return {
    input: { [chunk]: id },
    /** @type {import('rolldown').Plugin} */
    plugin: {
      name: 'later',
      resolveId: (source) => (source === own ? { id: own, external: true } : source === id ? id : null),
      load: (source) =>
        source === file
          ? { code: inItsPlace, moduleType: 'js' }
          : source === id
            ? { code: readFileSync(file, 'utf8'), moduleType: 'ts' }
            : null
    },
    paths: { [own]: shared }
  }
}

/**
 * Rewrites a chunk as the function of the chunk that it imports from. Nothing after its imports moves, so that the source map
 * stays true.
 * @param {string} file without its ending
 */
export const asFunction = (file) => {
  const code = readFileSync(`${file}.js`, 'utf8')
  const { body } = parseAst(code)
  const [first, last] = /** @type {ReadonlyArray<any>} */ ([body[0], body[body.length - 1]])
  if (first.source?.value !== shared || last.type !== 'ExportNamedDeclaration' || body[1].type === 'ImportDeclaration')
    throw new Error(`${file}.js is not an import from ${shared}, code and exports`)
  const parameters = first.specifiers.map((/** @type {any} */ { imported, local }) => `${imported.name}:${local.name}`)
  const results = last.specifiers.map((/** @type {any} */ { exported, local }) => `${exported.name}:${local.name}`)
  // A function in parentheses is read once, for what V8 expects to be called soon.
  const head = `module.exports=(({${parameters}})=>{`.padEnd(first.end)
  const tail = `return{${results}}})\n//# sourceMappingURL=${basename(file)}.cjs.map\n`
  writeFileSync(`${file}.cjs`, `${head}${code.slice(first.end, last.start)}${tail}`)
  writeFileSync(`${file}.cjs.map`, readFileSync(`${file}.js.map`))
  for (const ending of ['.js', '.js.map']) rmSync(`${file}${ending}`)
}
