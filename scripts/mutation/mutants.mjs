/** Mutants: a file of TypeScript, and every small change of it that a test should notice. */

import ts from 'typescript'

// --- model
/**
 * `declaration` is the name of the declaration that a mutant is in, and `block` names it by its file and the number of the
 * statement; `isRule` says whether it is in a rule of an operation, a handler or an identity of the compiler.
 * @typedef {{
 *   id: number, file: string, declaration: string, block: string, isRule: boolean, line: number, from: string, to: string
 * }} Mutant
 */

// What an operation, a method of Math or an instruction of a builder is called for instead.
/** @type {ReadonlyMap<string, string>} */
const calledFor = new Map(
  Object.entries({
    add: 'sub',
    sub: 'add',
    sin: 'cos',
    cos: 'sin',
    sinh: 'cosh',
    cosh: 'sinh',
    tan: 'tanh',
    tanh: 'tan',
    exp: 'expm1',
    expm1: 'exp',
    log: 'log1p',
    log1p: 'log',
    sqrt: 'cbrt',
    rsqrt: 'sqrt',
    eq: 'ne',
    ne: 'eq',
    lt: 'le',
    le: 'lt',
    gt: 'ge',
    ge: 'gt',
    and: 'or',
    or: 'and',
    max: 'min',
    min: 'max',
    maximum: 'minimum',
    minimum: 'maximum',
    argmax: 'argmin',
    argmin: 'argmax',
    cummax: 'cummin',
    cummin: 'cummax',
    floor: 'ceil',
    ceil: 'floor',
    some: 'every',
    every: 'some',
    reduce: 'reduceRight',
    gatedMul: 'mul',
    zeroMul: 'gatedMul',
    shiftLeft: 'shiftRightLogical',
    shiftRightLogical: 'shiftRightArithmetic',
    shiftRightArithmetic: 'shiftRightLogical'
  })
)

// Calls that may be left out: what remains is their first operand, or what the method is called on.
const dropped = new Set(
  'mul div neg abs sqrt integerPow select stopGradient reshape reshaped transpose reverse convert sum'.split(' ')
)
const droppedMethods = new Set('slice reverse sort toSorted toReversed filter concat'.split(' '))
const swapped = new Set('sub div pow rem quotient gt ge lt le atan2 times outer dot indexOf'.split(' '))

/** @type {Record<number, ReadonlyArray<string>>} */
const operators = {
  [ts.SyntaxKind.PlusToken]: ['-'],
  [ts.SyntaxKind.MinusToken]: ['+'],
  [ts.SyntaxKind.AsteriskToken]: ['/'],
  [ts.SyntaxKind.SlashToken]: ['*'],
  [ts.SyntaxKind.PercentToken]: ['*'],
  [ts.SyntaxKind.LessThanToken]: ['<=', '>='],
  [ts.SyntaxKind.LessThanEqualsToken]: ['<', '>'],
  [ts.SyntaxKind.GreaterThanToken]: ['>=', '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken]: ['>', '<'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ['!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ['==='],
  [ts.SyntaxKind.AmpersandAmpersandToken]: ['||'],
  [ts.SyntaxKind.BarBarToken]: ['&&']
}

// --- combinators
/**
 * A file with all its mutants in it, each behind `$M(id)`, and the list of them.
 * @param {string} file
 * @param {string} text
 * @param {number} first the id of its first mutant
 * @returns {{ code: string, mutants: ReadonlyArray<Mutant> }}
 */
export const mutated = (file, text, first) => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true)
  /** @type {Array<Mutant>} */
  const mutants = []

  /** @param {ts.Node} node */
  const emit = (node) => {
    let code = ''
    let at = node.getStart(source)
    for (const child of childrenOf(node, source)) {
      code += text.slice(at, child.getStart(source)) + emit(child)
      at = child.end
    }
    code += text.slice(at, node.end)
    const from = node.getText(source)
    const others = isValue(node) ? mutationsOf(node, source).filter((to) => to !== from) : []
    if (others.length === 0) return code
    const statement = statementOf(node)
    const block = `${file}:${source.statements.indexOf(statement)}`
    const declaration = declaredBy(statement)
    const isRule = isInRule(node, file)
    for (const to of [...new Set(others)].reverse()) {
      const id = first + mutants.length
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      mutants.push({ id, file, declaration, block, isRule, line: line + 1, from: short(from), to: short(to) })
      code = `($M(${id}) ? (${to}) : (${code}))`
    }
    return code
  }

  return { code: emit(source), mutants }
}

// The statement of the file that a node is in.
/** @param {ts.Node} node @returns {ts.Statement} */
const statementOf = (node) =>
  ts.isSourceFile(node.parent) ? /** @type {ts.Statement} */ (node) : statementOf(node.parent)

// What a statement declares, by the first name.
/** @param {ts.Statement} statement */
const declaredBy = (statement) => {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0].name.getText()
  const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
  return (isNamed && statement.name?.text) || 'top'
}

// What an operation states of itself, and what makes a function with a rule.
const stated = /^(evaluate|jvp|transpose|batch|live|gates|series|taylor|square|instead|lower)$/
const ruled = /^(custom(Jvp|Vjp|Factors|LinearSolve|Root)|realFunction|elementwise|running)$/

/** @param {ts.Node} node @param {string} file @returns {boolean} */
const isInRule = (node, file) => {
  if (file.startsWith('src/handlers/') || file === 'src/compile/graph/identities.ts') return true
  if (ts.isSourceFile(node)) return false
  const isStated =
    (ts.isPropertyAssignment(node) && stated.test(node.name.getText())) ||
    (ts.isCallExpression(node) && ruled.test(node.expression.getText()))
  return isStated || isInRule(node.parent, file)
}

/** @param {ts.Node} node @param {ts.SourceFile} source @returns {ReadonlyArray<ts.Node>} */
const childrenOf = (node, source) => {
  /** @type {Array<ts.Node>} */
  const children = []
  ts.forEachChild(node, (child) => {
    if (!isPassedOver(child, source)) children.push(child)
  })
  return children.sort((a, b) => a.getStart(source) - b.getStart(source))
}

// Types have no meaning at run time; the words of errors and estimates of costs are not the business of laws.
/** @param {ts.Node} node @param {ts.SourceFile} source */
const isPassedOver = (node, source) =>
  ts.isTypeNode(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isTypeParameterDeclaration(node) ||
  ts.isThrowStatement(node) ||
  (ts.isPropertyAssignment(node) && node.name.getText(source) === 'flops') ||
  (ts.isCallExpression(node) && ['fail', 'perElement'].includes(node.expression.getText(source)))

// Where a value stands that may be replaced by another.
/** @param {ts.Node} node */
const isValue = (node) => {
  const { parent } = node
  if (parent === undefined || ts.isOptionalChain(parent)) return false
  if (ts.isPropertyAssignment(parent) && parent.name === node) return false
  return !(ts.isAsExpression(parent) && parent.type.getText() === 'const')
}

/** @param {ts.Node} node @param {ts.SourceFile} source @returns {ReadonlyArray<string>} */
const mutationsOf = (node, source) => [...ofRule(node), ...ofValue(node, source)]

// A rule, one of an array, gives what it is given: partial derivatives and transposes.
/** @param {ts.Node} node @returns {ReadonlyArray<string>} */
const ofRule = (node) => {
  const { parent } = node
  if (!(ts.isArrowFunction(parent) && parent.body === node && ts.isArrayLiteralExpression(parent.parent))) return []
  const [given] = parent.parameters
  return !ts.isBlock(node) && given !== undefined && ts.isIdentifier(given.name) ? [given.name.text] : []
}

/** @param {ts.Node} node @param {ts.SourceFile} source @returns {ReadonlyArray<string>} */
const ofValue = (node, source) => {
  const textOf = (/** @type {ts.Node} */ x) => x.getText(source)
  const { parent } = node
  const isCondition =
    ((ts.isIfStatement(parent) || ts.isWhileStatement(parent)) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node)
  const conditions = isCondition && !isLiteral(node) ? ['true', 'false'] : []
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [textOf(node.left), textOf(node.right)]
    if (isText(node.left) || isText(node.right)) return conditions
    if (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) return [...conditions, left, right]
    const others = operators[node.operatorToken.kind] ?? []
    const isLogic = others[0] === '||' || others[0] === '&&'
    return [...conditions, ...others.map((to) => `(${left}) ${to} (${right})`), ...(isLogic ? [left, right] : [])]
  }
  if (ts.isPrefixUnaryExpression(node)) {
    const kept = textOf(node.operand)
    const isSign = node.operator === ts.SyntaxKind.MinusToken || node.operator === ts.SyntaxKind.ExclamationToken
    return isSign ? [...conditions, kept] : conditions
  }
  if (ts.isNumericLiteral(node)) return node.text === '0' ? ['1'] : [`(${node.text} + 1)`, '0']
  if (node.kind === ts.SyntaxKind.TrueKeyword) return ['false']
  if (node.kind === ts.SyntaxKind.FalseKeyword) return ['true']
  if (ts.isArrayLiteralExpression(node)) {
    const elements = node.elements.map(textOf)
    return node.elements.flatMap((x, k) =>
      ts.isSpreadElement(x) && elements.length > 1 ? [`[${elements.filter((_, i) => i !== k).join(', ')}]`] : []
    )
  }
  if (ts.isCallExpression(node)) return [...conditions, ...callsFor(node, textOf)]
  if (ts.isStringLiteral(node) && ts.isCallExpression(parent) && isInstruction(parent) && calledFor.has(node.text))
    return [`'${calledFor.get(node.text)}'`]
  return conditions
}

/** @param {ts.CallExpression} node @param {(x: ts.Node) => string} textOf @returns {ReadonlyArray<string>} */
const callsFor = (node, textOf) => {
  const { expression: callee } = node
  const given = node.arguments.map(textOf)
  const isMethod = ts.isPropertyAccessExpression(callee)
  if (!(isMethod || ts.isIdentifier(callee))) return []
  const name = isMethod ? callee.name.text : callee.text
  const on = isMethod ? textOf(callee.expression) : ''
  const called = (/** @type {string} */ other, /** @type {ReadonlyArray<string>} */ args) =>
    `${isMethod ? `${on}.${other}` : other === name ? name : `$op('${other}')`}(${args.join(', ')})`
  const isNamespace = ['ops', 'np', 'b', 'Math'].includes(on)
  const others = []
  const other = calledFor.get(name)
  if (other !== undefined && (isMethod || isOperation(node, name))) others.push(called(other, given))
  if (dropped.has(name) && (!isMethod || isNamespace) && given.length > 0 && !given[0].startsWith('...')) {
    others.push(given[name === 'select' ? 1 : 0])
    if (name === 'select') others.push(given[2])
    if (name === 'mul') others.push(given[1])
  }
  if (isMethod && droppedMethods.has(name) && !isNamespace) others.push(on)
  // Among the operations `times` multiplies numbers, whose order means nothing.
  const commutes = name === 'times' && node.getSourceFile().fileName.includes('/ops/')
  if (swapped.has(name) && !commutes && given.length > 1 && !node.arguments.some(ts.isSpreadElement))
    others.push(called(name, [given[1], given[0], ...given.slice(2)]))
  return others
}

// Whether a name in a file is that of an operation.
/** @param {ts.Node} node @param {string} name */
const isOperation = (node, name) => {
  const source = node.getSourceFile()
  return source.fileName.includes('/ops/')
    ? new RegExp(`(import[^;]*?\\b${name}\\b[^;]*?from|^export const ${name}\\b)`, 'm').test(source.text)
    : new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from '[^']*/ops/`).test(source.text)
}

// Where the name of an instruction is an argument.
/** @param {ts.CallExpression} node */
const isInstruction = ({ expression }) => /^(again|lowerTo|b\.\w+)$/.test(expression.getText())

/** @param {ts.Node} node */
const isText = (node) =>
  ts.isStringLiteral(node) || ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)

/** @param {ts.Node} node */
const isLiteral = (node) => node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword

/** @param {string} text */
const short = (text) => {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 97)}...` : line
}
