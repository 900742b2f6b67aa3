/**
 * Every public function that takes options knows their names, and every one that takes a function looks whether it is one:
 * these functions, and the names of the options, are read from the types.
 */
import * as freegrad from 'freegrad'
import { array, compile, run, type Tensor } from 'freegrad'
import * as codec from 'freegrad/codec'
import * as fft from 'freegrad/fft'
import * as linalg from 'freegrad/linalg'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import * as optim from 'freegrad/optim'
import * as program from 'freegrad/program'
import * as random from 'freegrad/random'
import * as special from 'freegrad/special'
import * as tree from 'freegrad/tree'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { publicModules } from '../scripts/exports.mjs'
import { reason } from './support/reason.js'

// --- model
/** A function called with one argument of a kind, and with what else it must have before it is looked at. */
type Case = Readonly<{ name: string; call: (argument: unknown) => unknown }>
type Taker = Case & Readonly<{ names: ReadonlyArray<string>; flags: ReadonlyArray<string> }>
type Callable = (...args: ReadonlyArray<unknown>) => unknown

/**
 * The modules by their paths. Operations take params, all of which they need; the laws are not told what to do by plain
 * JavaScript; and what `freegrad/compile` and `freegrad/handlers` export, the root exports too.
 */
const modules: Readonly<Record<string, object | null>> = {
  '.': freegrad,
  './codec': codec,
  './compile': null,
  './fft': fft,
  './handlers': null,
  './laws': null,
  './linalg': linalg,
  './nn': nn,
  './numpy': np,
  './ops': null,
  './optim': optim,
  './program': program,
  './random': random,
  './special': special,
  './tree': tree
}

// --- types
const host = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
const { options: settings } = ts.parseJsonConfigFileContent(host.config, ts.sys, '.')
const sources = publicModules()
const parsed = ts.createProgram(
  sources.flatMap(([path, source]) => (modules[path] === null ? [] : [source])),
  { ...settings, types: [] }
)
const checker = parsed.getTypeChecker()

const present = (type: ts.Type): ts.Type => checker.getNonNullableType(type)
const isOptional = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.Optional) !== 0

/** Whether a type is that of options: a record of fields of which none must be there. */
const isOptions = (type: ts.Type): boolean =>
  (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0 &&
  type.getCallSignatures().length === 0 &&
  type.getProperties().length > 0 &&
  type.getProperties().every(isOptional)

const isFunction = (type: ts.Type): boolean => type.getCallSignatures().length > 0
const mayBeLeftOut = (parameter: ts.Symbol): boolean => {
  const { valueDeclaration: at } = parameter
  return at !== undefined && ts.isParameter(at) && checker.isOptionalParameter(at)
}

const isBoolean = (type: ts.Type): boolean =>
  (present(checker.getBaseConstraintOfType(type) ?? type).flags & ts.TypeFlags.BooleanLike) !== 0 ||
  checker.typeToString(present(checker.getBaseConstraintOfType(type) ?? type)) === 'boolean'

const typesOf = (signature: ts.Signature): ReadonlyArray<ts.Type> =>
  signature.parameters.map((parameter) => present(checker.getTypeOfSymbol(parameter)))

// --- walk
const identity = (x: unknown): unknown => x

/** Arguments of which all are left out but the functions, and `argument` stands at a place. */
const around = (types: ReadonlyArray<ts.Type>, place: number, argument: unknown): ReadonlyArray<unknown> =>
  types.map((type, k) => (k === place ? argument : isFunction(type) ? identity : undefined))

/** Where a function takes options, or the function that it gives does. */
const takersIn = (name: string, signatures: ReadonlyArray<ts.Signature>, f: () => Callable): ReadonlyArray<Taker> =>
  signatures.flatMap((signature) => {
    const types = typesOf(signature)
    const place = types.findIndex(isOptions)
    if (place < 0) {
      const given = signature.getReturnType()
      return given.getProperties().length > 0
        ? []
        : takersIn(name, given.getCallSignatures(), () => f()(...around(types, -1, undefined)) as Callable)
    }
    const fields = types[place].getProperties()
    return {
      name,
      call: (argument: unknown) => f()(...around(types, place, argument)),
      names: fields.map((field) => field.name),
      flags: fields.filter((field) => isBoolean(checker.getTypeOfSymbol(field))).map((field) => field.name)
    }
  })

/** The functions that a function must be given. */
const functionsIn = (name: string, signatures: ReadonlyArray<ts.Signature>, f: () => Callable): ReadonlyArray<Case> =>
  signatures.flatMap((signature) => {
    const types = typesOf(signature)
    return signature.parameters.flatMap((parameter, place) =>
      isFunction(types[place]) && !mayBeLeftOut(parameter)
        ? { name: `${name} at ${parameter.name}`, call: (argument: unknown) => f()(...around(types, place, argument)) }
        : []
    )
  })

const walk = <A>(
  paths: ReadonlyArray<string>,
  find: (name: string, signatures: ReadonlyArray<ts.Signature>, f: () => Callable) => ReadonlyArray<A>
): ReadonlyArray<A> =>
  sources.flatMap(([path, source]) => {
    const module = modules[path] as Readonly<Record<string, Callable>>
    const file = parsed.getSourceFile(source)
    const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file)
    if (symbol === undefined || !paths.includes(path)) return []
    return checker.getExportsOfModule(symbol).flatMap((exported) => {
      const f = module[exported.name]
      if (typeof f !== 'function') return []
      const type = checker.getTypeOfSymbolAtLocation(exported, file as ts.SourceFile)
      return find(`${path} ${exported.name}`, type.getCallSignatures(), () => f)
    })
  })

const walked = Object.keys(modules).filter((path) => modules[path] !== null)
const takers = walk(walked, takersIn)
// Programs are composed of functions as those of fp-ts are, which do not look at them either.
const functions = walk(
  walked.filter((path) => path !== './program'),
  functionsIn
)

it('goes through all public modules', () => {
  expect(sources.map(([path]) => path)).toStrictEqual(Object.keys(modules))
  expect(takers.length).toBeGreaterThan(80)
  expect(functions.length).toBeGreaterThan(25)
})

describe.each(takers)('the options of $name', ({ name, call, names, flags }) => {
  it('are known by name', () => {
    for (const name of names) {
      const misspelt = `${name[0]}${name}`
      const { _tag, problem, hint } = reason(() => call({ [misspelt]: undefined }))
      expect([_tag, problem]).toStrictEqual(['TreeError', `unknown option ${misspelt}`])
      if (name.length > 1) expect(hint).toContain(`did you mean ${name}?`)
      const all = /the options are (.*)$/.exec(hint)?.[1].split(', ')
      expect(all?.sort()).toStrictEqual([...names].sort())
    }
  })

  it('are a record', () => {
    for (const given of [null, true, 'axis', [1], new Date(0)]) {
      // Its older form has the arguments in the place of the options.
      if (name === '. checkGrads' && Array.isArray(given)) continue
      const { _tag, problem, hint } = reason(() => call(given))
      expect(_tag).toBe('TreeError')
      expect(problem).toMatch(/was given instead of options$/)
      for (const name of names) expect(hint).toContain(name)
    }
  })

  it('are true or false where that is the question', () => {
    for (const flag of flags)
      expect(reason(() => call({ [flag]: 1 })).problem).toBe(`the option ${flag} is the number 1`)
  })
})

it.each(functions)('$name is a function', ({ call }) => {
  for (const given of [undefined, null, 3, 'f', {}]) {
    const { _tag, problem } = reason(() => call(given))
    expect(_tag).toBe('TreeError')
    expect(problem).toMatch(/, not a function$/)
  }
})

describe('a realm that others have changed', () => {
  it('does not add options, or keys, by its prototypes', () => {
    const x = array([
      [1, 2],
      [3, 4]
    ])
    const polluted = Object.prototype as { axis?: number }
    const f = compile(({ a }: { a: Tensor }) => np.sum(a, { keepdims: false }))
    f({ a: x })
    polluted.axis = 0
    try {
      expect(run(np.sum(x, { keepdims: false })).toNested()).toBe(10)
      expect(f({ a: x }).item()).toBe(10)
    } finally {
      delete polluted.axis
    }
  })
})
