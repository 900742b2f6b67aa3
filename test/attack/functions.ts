/** Entries: every function that a user can call, with arguments that it accepts, so that one of them can be made wrong. */
import * as freegrad from 'freegrad'
import { array, FreegradError, type Tensor, tensor } from 'freegrad'
import * as codec from 'freegrad/codec'
import * as compiling from 'freegrad/compile'
import * as fft from 'freegrad/fft'
import * as handlers from 'freegrad/handlers'
import * as linalg from 'freegrad/linalg'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import * as optim from 'freegrad/optim'
import * as program from 'freegrad/program'
import * as random from 'freegrad/random'
import * as special from 'freegrad/special'
import * as tree from 'freegrad/tree'
import { taken } from './functions.taken.js'

// --- model
export type Callable = (...args: ReadonlyArray<unknown>) => unknown

/** A function by its name, arguments that it takes, and the names of the options that may follow them. */
export interface Entry {
  readonly name: string
  readonly f: Callable
  readonly args: () => ReadonlyArray<unknown>
  readonly options: ReadonlyArray<string>
  /** Whether its arguments are not known: what it takes was not found. */
  readonly found?: false
}

/**
 * The public modules. The laws are left out: they are properties for the tests of whoever calls them, over generators of
 * fast-check, and no value from elsewhere reaches them.
 */
export const modules: Readonly<Record<string, object | null>> = {
  '.': freegrad,
  './codec': codec,
  './compile': compiling,
  './fft': fft,
  './handlers': handlers,
  './laws': null,
  './linalg': linalg,
  './nn': nn,
  './numpy': np,
  './ops': ops,
  './optim': optim,
  './program': program,
  './random': random,
  './special': special,
  './tree': tree
}

// --- arguments
const vector = (): unknown => array([0.25, 0.5])
const complexes = (): unknown => array({ re: 1, im: 2 })
const matrix = (): unknown =>
  array([
    [2, 1],
    [1, 3]
  ])
const f = (): unknown => (x: Tensor) => np.tanh(x)
const step = (): unknown => (c: Tensor, x: Tensor) => [ops.add(c, x), c]
const axes = (): unknown => ({ axes: [0] })
const along = (): unknown => ({ axis: 0, reverse: false })
const ints = (): unknown => array([0, 1], { dtype: 'int32' })
const bools = (): unknown => array([true, false])
const words = (): unknown => array([0, 1], { dtype: 'uint32' })
const type = { shape: [], dtype: 'float64', weak: false } as const
const Ask = program.effect<string, number>()('ask')
const asked = () => program.perform(Ask, 'x')
const is = (x: unknown) => () => x
// The operands and the params of the block that a result is projected from.
const operandsOf = (result: Tensor): ReadonlyArray<() => unknown> => {
  const block = result.operand(0)
  return [...block.operands, block.params].map(is)
}
const loss = (p?: { a?: Tensor }): Tensor => np.square(p?.a ?? 1)
const started = (): unknown => optim.training(loss, optim.sgd(0.1)).start({ a: 1 } as never)
const twice = (c: Tensor): Tensor => ops.mul(c, 2)
const declaration = () => ({
  name: 'mine',
  arity: 1,
  type: ops.sameAsOperand(ops.floating),
  evaluate: ops.elementwise((x) => x),
  jvp: freegrad.linear,
  transpose: [(ct: Tensor) => ct],
  batch: freegrad.pointwise
})
const cases = () => ({ variable: () => 0, constant: () => 1, operations: [[ops.sin, () => 2]] })

/** What most functions take, in the order in which they are tried. */
const common: Readonly<Record<string, () => unknown>> = {
  half: is(0.5),
  vector,
  matrix,
  f,
  two: is(2),
  ints,
  shape: is([2]),
  key: () => random.key(0),
  list: () => [vector(), vector()],
  bools,
  text: is('i'),
  program: () => program.of(1),
  zero: is(0),
  words,
  record: () => ({ a: 1 })
}

/** Arguments of functions that take what most do not. */
const particular: Readonly<Record<string, ReadonlyArray<() => unknown>>> = {
  './ops all': [bools, axes],
  './ops any': [bools, axes],
  ...Object.fromEntries(
    ['max', 'min', 'prod', 'norm', 'sum', 'reverse'].map((name) => [`./ops ${name}`, [vector, axes]])
  ),
  ...Object.fromEntries(['argmax', 'argmin', 'argsort'].map((name) => [`./ops ${name}`, [vector, is({ axis: 0 })]])),
  ...Object.fromEntries(['cummax', 'cummin', 'cumprod', 'cumsum'].map((name) => [`./ops ${name}`, [vector, along]])),
  './ops fourier': [() => array([{ re: 1, im: 2 }]), is({ inverse: false })],
  './ops cumulativeShare': [vector, is({ axis: 0, reverse: false, largest: true })],
  './ops linearRecurrence': [vector, vector, along],
  './ops concatenate': [vector, vector, is({ axis: 0 })],
  './ops gather': [vector, ints, is({ axis: 0, batch: 0 })],
  './ops scatterAdd': [vector, ints, is({ axis: 0, batch: 0, shape: [3] })],
  './ops broadcast': [vector, is({ shape: [3, 2], axes: [0] })],
  './ops iota': [is({ dtype: 'int32', shape: [3], axis: 0 })],
  './ops pad': [vector, is(0), is({ low: [1], high: [0], interior: [1] })],
  './ops reshape': [vector, is({ shape: [2, 1] })],
  './ops slice': [vector, is({ starts: [0], limits: [1], strides: [1] })],
  './ops transpose': [matrix, is({ permutation: [1, 0] })],
  './ops bitcast': [vector, is({ dtype: 'float64' })],
  './ops convert': [vector, is({ dtype: 'float32', weak: false })],
  './ops dot': [matrix, matrix, is({ contract: [[1], [0]], batch: [[], []], gate: 0 })],
  './ops integerPow': [vector, is({ n: 3 })],
  './ops polygamma': [vector, is({ n: 1 })],
  './ops axisIndex': [is({ axisName: 'i' })],
  './ops pmax': [vector, is({ axisName: 'i' })],
  './ops psum': [vector, is({ axisName: 'i' })],
  './ops allGather': [vector, is({ axisName: 'i', axis: 0, size: 2 })],
  './ops checkpointName': [vector, is({ name: 'n' })],
  './ops branchBlock': operandsOf(freegrad.branch(0, [np.tanh, np.tanh], 1)),
  './ops checkpointBlock': operandsOf(freegrad.checkpoint(np.tanh)(1)),
  './ops customBlock': operandsOf(freegrad.customJvp(np.tanh, ([x], [dx]) => [np.tanh(x), dx])(1)),
  './ops scanBlock': operandsOf(
    freegrad.scan((c: Tensor, x: Tensor) => [ops.add(c, x), c], 0, array([1, 2]))[0] as Tensor
  ),
  './ops whileBlock': operandsOf(freegrad.whileLoop((c: Tensor) => ops.lt(c, 3), twice, 1)),
  './ops realFunction': [is('f'), () => Math.sin, () => (dx: Tensor) => dx],
  './ops complex': [vector, vector],
  './ops select': [bools, vector, vector],
  './ops tied': [vector, is({ axis: 0 })],
  './linalg matmul': [matrix],
  './linalg matmul()': [matrix],
  './numpy matmul': [matrix],
  './numpy matmul()': [matrix],
  './numpy matvec': [matrix, vector],
  './numpy vecmat': [vector, matrix],
  './numpy bitwiseLeftShift': [ints, ints],
  './numpy bitwiseRightShift': [ints, ints],
  './optim training().step': [started],
  '. NDArray.at': [is(0)],
  '. NDArray.item': [],
  '. variable': [is(type), is('x')],
  '. steepest': [is(np.norm)],
  '. steepest()': [vector],
  '. wirtinger': [is(np.abs)],
  '. wirtinger()': [complexes],
  '. fold': [() => freegrad.evaluateAlgebra, () => [tensor(1)]],
  '. handler': [is('h'), cases],
  '. substitute': [() => new Map(), vector],
  '. scan': [step, is(0), vector],
  '. associativeScan': [() => ops.add, vector],
  '. foriLoop': [is(0), is(2), () => (_: Tensor, c: Tensor) => ops.mul(c, 2), is(1)],
  '. mapLoop': [f, vector],
  '. whileLoop': [() => (c: Tensor) => ops.lt(c, 3), () => (c: Tensor) => ops.add(ops.abs(c), 1), is(0)],
  '. cond': [is(true), f, f, is(1)],
  '. branch': [is(0), () => [f(), f()], is(1)],
  '. jvp': [f],
  '. checkGrads': [f, is([0.5])],
  '. customJvp': [
    f,
    () =>
      ([x]: Tensor[], [dx]: Tensor[]) => [np.tanh(x), dx]
  ],
  '. customVjp': [f, () => ({ forward: (x: Tensor) => [np.tanh(x), x], backward: (_: Tensor, ct: Tensor) => [ct] })],
  '. customRoot': [
    () => (x: Tensor, a: Tensor) => ops.sub(x, a),
    () => (_: unknown, a: Tensor) => a,
    () => (_: unknown, y: Tensor) => y
  ],
  '. customLinearSolve': [() => (x: Tensor) => ops.mul(2, x), is(1), () => (_: unknown, b: Tensor) => ops.div(b, 2)],
  '. psum': [vector, is('i')],
  '. unstage': [() => freegrad.stage(np.tanh)(1)],
  '. defineOp': [declaration],
  '. saveOnlyTheseNames': [is('a'), is('b')],
  '. checkpointName': [vector, is('a')],
  './numpy einsum': [is('ij,jk->ik'), matrix, matrix],
  './program effect': [],
  './program perform': [() => Ask, is('x')],
  './program handle': [() => Ask],
  './program handleWith': [() => Ask],
  './program handleWith()': [asked, () => ({ state: 1, perform: (_: unknown, s: number) => program.of([s, s]) })],
  './program isPerform': [() => Ask],
  './program extract': [() => program.of(1)],
  './program view': [asked],
  './program runProgram': [() => program.inspect(1)],
  './program chain': [() => program.of],
  './program map': [() => (x: unknown) => x],
  './program ap': [() => program.of(1)],
  './program traverse': [() => program.of],
  './program sequence': [() => [program.of(1), program.of(2)]],
  './program gen': [
    () =>
      function* () {
        yield* program.of(1)
      }
  ],
  './program tailRec': [is(1), () => () => program.of({ _tag: 'Right', right: 1 })],
  './program bind': [is('b'), () => () => program.of(1)],
  './program let': [is('b'), () => () => 1],
  './program apS': [is('b'), () => program.of(1)],
  '. allGather': [vector, is('i')],
  '. axisIndex': [is('i')],
  '. pmax': [vector, is('i')],
  '. pmean': [vector, is('i')],
  '. expr': [() => Object.assign(['', ' + 1'], { raw: ['', ' + 1'] }), is(1)],
  './numpy expr': [() => Object.assign(['', ' + 1'], { raw: ['', ' + 1'] }), is(1)],
  '. linearTranspose()': [is(1)],
  '. linearTranspose()()': [is(1)],
  './codec decode': [() => codec.tensorOf()],
  './codec optionOf': [() => codec.tensorOf()],
  './codec mapOf': [() => codec.tensorOf(), () => codec.tensorOf()],
  './codec tensorOf': [is({ shape: [2], dtype: 'float64' })],
  './codec closedOf': [is({ operations: [] })],
  './nn dotProductAttention': [matrix, matrix, matrix],
  ...Object.fromEntries(
    ['glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'lecunNormal', 'lecunUniform', 'orthogonal'].map(
      (name) => [`./nn initializers.${name}`, [() => random.key(0), is([2, 3])]]
    )
  ),
  './nn initializers.varianceScaling': [is({ scale: 1, mode: 'fanIn', distribution: 'normal' })],
  './numpy broadcastArrays': [vector, matrix],
  './numpy dsplit': [() => np.zeros([2, 2, 2]), is(2)],
  './numpy bitwiseAnd': [ints, ints],
  './numpy bitwiseOr': [ints, ints],
  './numpy bitwiseXor': [ints, ints],
  './numpy gcd': [ints, ints],
  './numpy lcm': [ints, ints],
  './numpy leftShift': [ints, ints],
  './numpy rightShift': [ints, ints],
  './optim chain': [() => optim.scale(2), () => optim.clip(1)],
  './optim joinSchedules': [() => [optim.constant(1), optim.constant(2)], is([3])],
  './optim polynomial': [is({ initial: 1, end: 0, steps: 3 })],
  './optim warmupCosine': [is({ initial: 0, peak: 1, warmup: 2, steps: 5 })],
  './optim scaleByAdam': [],
  './optim scaleByLion': [],
  './optim scaleByRms': [],
  './optim scaleByRss': [],
  './optim step': [() => optim.sgd(0.1)],
  './optim training': [() => loss, () => optim.sgd(0.1)],
  './optim training().start': [is({ a: 1 })],
  './random randint': [() => random.key(0), is([2]), is(0), is(5)],
  './tree Show.show': [() => tree.structure([1])],
  './tree Eq.equals': [() => tree.structure([1]), () => tree.structure([1])],
  './tree flattenWith': [],
  './tree unflatten': [() => tree.structure([1, 2]), is([3, 4])],
  './tree transpose': [() => tree.structure([1, 2]), () => tree.structure({ a: 1 }), is([{ a: 1 }, { a: 2 }])],
  './tree compose': [() => tree.structure([1, 2]), () => tree.structure({ a: 1 })],
  './tree equals': [() => tree.structure([1, 2]), () => tree.structure([1, 2])],
  './tree show': [() => tree.structure([1, 2])],
  './tree expectSame': [is('f'), () => tree.structure([1]), () => tree.structure([1]), is('the tree')],
  './tree prefix': [is([0, null]), () => tree.structure([1, [2, 3]])],
  './tree register': [() => class Mine {}, () => ({ flatten: () => [1, undefined], unflatten: () => null })],
  './tree reduce': [is(0), () => (a: number, b: number) => a + b, is([1, 2])],
  './tree map': [() => (x: unknown) => x, is([1, 2])],
  './tree mapWithPath': [() => (_: string, x: unknown) => x, is([1, 2])]
}

// --- constructors
const attempt = (call: () => unknown): unknown => {
  try {
    return { given: call() }
  } catch (thrown) {
    return thrown
  }
}
const worked = (outcome: unknown): outcome is { given: unknown } =>
  !(outcome instanceof Error) && typeof outcome === 'object' && outcome !== null && 'given' in outcome

// The constructors of classes check nothing: they are for handlers, and are called for every node. What somebody makes with
// them by hand is among the hostile values.
const isClass = (g: object): boolean => /^class\b/.test(Function.prototype.toString.call(g))

/** The fewest of the common arguments that a function takes; as many as it declares come first. */
const discovered = (g: Callable): ReadonlyArray<string> | undefined => {
  const tuples = (n: number): ReadonlyArray<ReadonlyArray<string>> =>
    n === 0 ? [[]] : tuples(n - 1).flatMap((front) => Object.keys(common).map((last) => [...front, last]))
  const declared = Math.min(g.length, 3)
  const arities = [declared, ...[1, 2, 0, 3].filter((n) => n !== declared)].filter((n) => n <= Math.max(2, declared))
  for (const n of arities) {
    const found = tuples(n).find((args) => worked(attempt(() => g(...args.map((name) => common[name]())))))
    if (found !== undefined) return found
  }
  return undefined
}

// One function may be exported by several modules: what it takes is known by its first name.
const firstNames = new Map<unknown, string>()
for (const [path, module] of Object.entries(modules))
  for (const [name, value] of Object.entries(module ?? {}))
    if (typeof value === 'function' && !firstNames.has(value)) firstNames.set(value, `${path} ${name}`)

// What was discovered once, by the names of the functions; what is not there is new, and discovered anew.
const taking: ReadonlyMap<string, ReadonlyArray<string>> = new Map(
  Object.entries(taken).flatMap(([args, names]) =>
    names.split(/\s*,\s*/).map((name) => [name, args === '' ? [] : args.split(' ')] as const)
  )
)

/** What discovery finds for each function, as `taken` has it. */
export const discoveries = new Map<string, string>()

const commonOf = (name: string, g: Callable): ReadonlyArray<() => unknown> | undefined => {
  const args = taking.get(name) ?? discovered(g)
  if (args !== undefined) discoveries.set(name, args.join(' '))
  return args?.map((each) => common[each])
}

// What a function says of its options, when it is given one by a name that none has.
const optionsOf = (g: Callable, args: ReadonlyArray<() => unknown>): ReadonlyArray<string> => {
  const refused = attempt(() => g(...args.map((make) => make()), { '?': 1 }))
  const all = refused instanceof FreegradError ? /the options are (.*)$/.exec(refused.hint)?.[1] : undefined
  return all?.split(', ') ?? []
}

// What io-ts calls itself, and what tells nothing of a value from elsewhere.
const parts = new Set(['validate', 'encode', 'pipe', 'asDecoder', 'asEncoder'])

const fieldsOf = (x: object): ReadonlyArray<readonly [string, Callable]> =>
  Object.entries(x).filter(
    (entry): entry is [string, Callable] => typeof entry[1] === 'function' && !parts.has(entry[0])
  )

/**
 * Rules of declarations, and what rules are made of. They are left out: handlers call them for every node, with types and
 * operands that were checked when the node was made, and check nothing again.
 */
const rules = new Set(
  [
    ...['checkDtype', 'expectAxes', 'common', 'floats', 'branches'],
    ...['sameAsOperand', 'sameOperands', 'comparison', 'predicate'],
    ...['elementwise', 'perElement', 'perOperand']
  ].map((name) => `./ops ${name}`)
)
rules.add('./program Inspect')

const isOurs = (x: unknown): boolean =>
  x instanceof freegrad.Tensor || x instanceof freegrad.NDArray || program.isProgram(x) || x instanceof freegrad.Static

// The state that an optimizer keeps is its own to make.
const stateOf = ({ init }: Readonly<Record<string, Callable>>) => [vector, () => init(vector()), vector]

const entriesOf = (
  name: string,
  f: Callable,
  depth: number,
  key = firstNames.get(f) ?? name,
  known = particular[key]
): ReadonlyArray<Entry> => {
  const args = known ?? commonOf(key, f)
  if (args === undefined) return [{ name, f, args: () => [], options: [], found: false }]
  const entry = { name, f, args: () => args.map((make) => make()), options: optionsOf(f, args) }
  if (depth === 0) return [entry]
  const outcome = attempt(() => f(...entry.args()))
  const result = worked(outcome) ? outcome.given : undefined
  return [entry, ...(isOurs(result) ? [] : innerOf(name, key, result, depth - 1))]
}

// What a result has that can be called.
const innerOf = (name: string, key: string, result: unknown, depth: number): ReadonlyArray<Entry> => {
  if (typeof result === 'function') return entriesOf(`${name}()`, result as Callable, depth, `${key}()`)
  if (typeof result !== 'object' || result === null) return []
  return fieldsOf(result).flatMap(([field, g]) => {
    const known = field === 'update' && 'init' in result ? stateOf(result as never) : undefined
    return entriesOf(`${name}().${field}`, g, depth, `${key}().${field}`, known)
  })
}

/** The methods of an array, as functions. */
const methods: Readonly<Record<string, Callable>> = {
  'NDArray.at': (...index) => array([1, 2]).at(...(index as number[])),
  'NDArray.item': (...none) => array([1]).item(...(none as [])),
  'NDArray.toNested': (...none) => array([1]).toNested(...(none as [])),
  'NDArray.toJSON': (...none) => array([1]).toJSON(...(none as []))
}

/** The functions of modules by their names, and the functions that these give. */
export const entriesIn = (paths: ReadonlyArray<string>): ReadonlyArray<Entry> =>
  paths.flatMap((path) =>
    Object.entries<unknown>({ ...modules[path], ...(path === '.' ? methods : {}) })
      .filter(([name]) => !rules.has(`${path} ${name}`))
      .flatMap(([name, value]) =>
        typeof value === 'function' && isClass(value)
          ? []
          : typeof value === 'function'
            ? entriesOf(`${path} ${name}`, value as Callable, 2)
            : typeof value === 'object' &&
                value !== null &&
                !(value instanceof Map) &&
                value !== freegrad.evaluateAlgebra
              ? fieldsOf(value).flatMap(([field, g]) => entriesOf(`${path} ${name}.${field}`, g, 1))
              : []
      )
  )
