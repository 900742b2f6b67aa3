/**
 * Marks what a module computes while it loads as free of effects, so that bundlers drop what nobody uses: the value of
 * each top-level declaration that is more than a literal or a function becomes the call of a function that is marked
 * pure, and so does a class that computes the names of its members. esbuild, rolldown, Rollup, webpack and terser all read
 * this form, whatever the value consists of. What they could not drop, a top-level statement that declares nothing or
 * takes a value apart, is an error: `sideEffects` is false.
 */

import { parseAst } from 'rolldown/parseAst'

/**
 * Whether bundlers know by themselves that a value can be dropped.
 * @param {any} node
 * @returns {boolean}
 */
const isWritten = (node) => {
  switch (node?.type) {
    case undefined:
    case 'Literal':
    case 'Identifier':
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return true
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return isWritten(node.expression)
    case 'ArrayExpression':
      return node.elements.every(isWritten)
    case 'ObjectExpression':
      return node.properties.every((/** @type {any} */ x) => x.type === 'Property' && !x.computed && isWritten(x.value))
    default:
      return false
  }
}

/** Statements that compute nothing while a module loads. */
const declarations = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'FunctionDeclaration',
  'TSDeclareFunction',
  'TSInterfaceDeclaration',
  'TSModuleDeclaration',
  'TSTypeAliasDeclaration'
])

/**
 * The code with its computed declarations marked. Throws for a statement that has an effect when the module loads.
 * @param {string} code
 * @param {string} file
 */
export const markPure = (code, file) => {
  /** @type {Array<readonly [start: number, end: number, marked: string]>} */
  const edits = []
  const pure = '/* @__PURE__ */ (() =>'
  const { body } = parseAst(code, { lang: file.endsWith('.ts') ? 'ts' : 'js' })
  for (const statement of /** @type {ReadonlyArray<any>} */ (body)) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declared === null || declarations.has(declared.type)) continue
    const { start, end } = declared
    if (declared.type === 'ClassDeclaration') {
      if (declared.body.body.every((/** @type {any} */ x) => !x.computed && !x.static)) continue
      const written = code.slice(start, end).replace(/^abstract /, '')
      edits.push([start, end, `const ${declared.id.name} = ${pure} ${written})()`])
      continue
    }
    if (!declared.declarations?.every((/** @type {any} */ { id }) => id.type === 'Identifier'))
      throw new Error(`${file} has an effect when it loads: ${code.slice(start, end)}`)
    for (const { init } of declared.declarations) {
      if (isWritten(init)) continue
      const value = code.slice(init.start, init.end)
      edits.push([init.start, init.end, `${pure} ${value.startsWith('{') ? `(${value})` : value})()`])
    }
  }
  let marked = ''
  let at = 0
  for (const [start, end, text] of edits) {
    marked += code.slice(at, start) + text
    at = end
  }
  return marked + code.slice(at)
}
