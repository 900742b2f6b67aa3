/**
 * The public face: every export of every public module, with its type and the first sentence of its docstring, in one file
 * for each module under `api`. Run as a program it writes the files; with `--check` it fails if they are out of date, so
 * that no change of the public face goes unseen.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { publicModules } from './exports.mjs'
import { filesUnder, root } from './files.mjs'

const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope

/** @param {string} text */
const oneLine = (text) => text.replaceAll(/\s+/g, ' ').trim()

/** @param {string} text */
const firstSentence = (text) => /^.*?\.(?=\s|$)/.exec(oneLine(text))?.[0] ?? oneLine(text)

/** @returns {ts.Program} */
const programOf = () => {
  const config = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
    }
  })
  return ts.createProgram(
    publicModules().map(([, source]) => join(root, source)),
    config?.options ?? {}
  )
}

/**
 * A declaration as one line: a type or a class by its own text, without bodies and docstrings, a value by its type.
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 */
const faceOf = (checker, symbol) => {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const lines = []
  for (const declaration of target.declarations ?? []) {
    if (ts.isTypeAliasDeclaration(declaration)) lines.push(withoutComments(declaration))
    else if (ts.isInterfaceDeclaration(declaration)) lines.push(withoutComments(declaration))
    else if (ts.isClassDeclaration(declaration)) lines.push(`class ${membersOf(checker, target)}`)
  }
  if (target.flags & (ts.SymbolFlags.Variable | ts.SymbolFlags.Function)) {
    const at = target.valueDeclaration
    if (at !== undefined) lines.push(checker.typeToString(checker.getTypeOfSymbolAtLocation(target, at), at, flags))
  }
  if (target.flags & ts.SymbolFlags.ValueModule)
    lines.push(
      `namespace { ${checker
        .getExportsOfModule(target)
        .map(({ name }) => name)
        .sort()
        .join(', ')} }`
    )
  return { lines: lines.map(oneLine), docs: ts.displayPartsToString(target.getDocumentationComment(checker)) }
}

/** @param {ts.Node} declaration */
const withoutComments = (declaration) => {
  const printer = ts.createPrinter({ removeComments: true })
  return printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile()).replace(/^export /, '')
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 */
const membersOf = (checker, symbol) => {
  const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).flatMap((member) => {
    const at = member.valueDeclaration
    // The name of a member that a symbol names has a number that changes from program to program.
    if (
      at === undefined ||
      member.name.startsWith('__@') ||
      ts.getCombinedModifierFlags(at) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)
    )
      return []
    return [`${member.name}: ${checker.typeToString(checker.getTypeOfSymbolAtLocation(member, at), at, flags)}`]
  })
  return `${symbol.name} { ${members.join('; ')} }`
}

/** @returns {ReadonlyMap<string, string>} */
const reports = () => {
  const program = programOf()
  const checker = program.getTypeChecker()
  return new Map(
    publicModules().map(([subpath, source]) => {
      const module = checker.getSymbolAtLocation(
        /** @type {ts.SourceFile} */ (program.getSourceFile(join(root, source)))
      )
      const name = subpath === '.' ? 'freegrad' : `freegrad/${subpath.slice(2)}`
      const entries = checker
        .getExportsOfModule(/** @type {ts.Symbol} */ (module))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((symbol) => {
          const { lines, docs } = faceOf(checker, symbol)
          const code = lines.map((line) => `${symbol.name}: ${line}`).join('\n')
          return `## ${symbol.name}\n\n${docs === '' ? '' : `${firstSentence(docs)}\n\n`}\`\`\`ts\n${code}\n\`\`\`\n`
        })
      return [`api/${name.replaceAll('/', '.')}.md`, `# ${name}\n\n${entries.join('\n')}`]
    })
  )
}

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
const wanted = reports()
const stale = filesUnder('api', '.md').filter((file) => !wanted.has(file))
const differing = [...wanted].filter(([file, text]) => {
  const path = join(root, file)
  return !existsSync(path) || readFileSync(path, 'utf8') !== text
})
if (check) {
  for (const file of [...differing.map(([name]) => name), ...stale]) console.error(`out of date: ${file}`)
  if (differing.length + stale.length > 0) {
    console.error('The public face differs from its report: run `npm run api` and review the difference.')
    process.exitCode = 1
  }
} else {
  mkdirSync(join(root, 'api'), { recursive: true })
  for (const [file, text] of differing) writeFileSync(join(root, file), text)
  for (const file of stale) rmSync(join(root, file))
}
