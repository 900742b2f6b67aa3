/** Hostile values: what a mistaken or malicious caller may give where something else was meant. Each is made anew. */
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { array, compile, grad, NDArray, run, stage, static_, Tensor, tensor, Variable, variable, vmap } from 'freegrad'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { sgd } from 'freegrad/optim'
import { effect, inspect, of, perform } from 'freegrad/program'
import * as random from 'freegrad/random'
import * as tree from 'freegrad/tree'

// --- model
/** A value by its name, made anew for each call, since a call may change it. */
export type Named = readonly [name: string, make: () => unknown]

/** What a hostile getter, trap, callback or method throws: it is the caller's own, and passes through unchanged. */
export class Own extends Error {}

const own = (): never => {
  throw new Own('of the caller')
}

// --- constructors
const nest = (depth: number, wrap: (x: unknown) => unknown, inner: unknown): unknown => {
  let x = inner
  for (let i = 0; i < depth; i++) x = wrap(x)
  return x
}
const deep = 20_000
// Shared between calls, since it takes long to make them; frozen, so that no call changes another's.
const deepArray = nest(deep, (x) => Object.freeze([x]), 1)
const deepRecord = nest(deep, (x) => Object.freeze({ a: x }), 1)
const deepMap = nest(deep, (x) => new Map([['a', x]]), 1)
const deepSome = nest(deep, (x) => Object.freeze(O.some(x)), 1)
const deepTerm = nest(deep, (x) => ops.sin(x as Tensor), tensor(1))
const wide = Object.freeze(new Array(300).fill(1))

const cyclicArray = (): unknown => {
  const x: Array<unknown> = [1]
  x.push(x)
  return x
}
const cyclicRecord = (): unknown => {
  const x: Record<string, unknown> = { a: 1 }
  x.self = x
  return x
}
const cyclicMap = (): unknown => {
  const x = new Map<unknown, unknown>()
  return x.set('self', x)
}
const detached = <A extends { readonly buffer: ArrayBufferLike }>(x: A): A => {
  structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] })
  return x
}
type Resizable = ArrayBuffer & { resize(bytes: number): void }
const ResizableBuffer = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable
const shrunk = (): unknown => {
  const buffer = new ResizableBuffer(64, { maxByteLength: 64 })
  const x = new Float64Array(buffer, 32, 4)
  buffer.resize(8)
  return x
}
const shrinking = (): unknown => {
  const buffer = new ResizableBuffer(64, { maxByteLength: 64 })
  const shrink = {
    valueOf: () => {
      buffer.resize(0)
      return 1
    }
  }
  return [new Float64Array(buffer), shrink]
}
const throwing = (target: object): object => {
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, own]))
  return new Proxy(target, traps)
}
const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const sparse = (): unknown => {
  const x: Array<unknown> = [1]
  x[3] = 2
  return x
}
const bare = (fields: object): unknown => Object.assign(Object.create(null), fields)
const escaped = (): unknown => {
  let out: unknown
  grad((x: Tensor) => {
    out = x
    return ops.mul(x, x)
  })(1)
  return out
}
const lane = (): unknown => {
  let out: unknown
  vmap((x: Tensor) => {
    out = ops.sin(x)
    return x
  })(array([1, 2]))
  return out
}
const Ask = effect<string, number>()('ask')
const free = variable({ shape: [], dtype: 'float64', weak: false }, 'free')
const foreign = { [Symbol.for('freegrad')]: true }

/** Numbers, and what is written as one. */
const numbers: ReadonlyArray<Named> = [
  ...[0, -0, 1, 2, 3, -1, -2, 0.5, 64, 65, 1000, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e300, -1e300, 5e-324]
].map((x): Named => [Object.is(x, -0) ? '-0' : String(x), () => x])

const texts: ReadonlyArray<Named> = [
  ...['', 'constructor', '__proto__', 'toString', 'hasOwnProperty', 'float32', 'i', '0', 'a', '\u0000', '\ud800'].map(
    (x): Named => [`the text ${JSON.stringify(x)}`, () => x]
  ),
  ['a long text', () => 'x'.repeat(100_000)],
  ['20,000 parentheses', () => `${'('.repeat(deep)}x${')'.repeat(deep)}`],
  ['20,000 minuses', () => `${'-'.repeat(deep)}x`],
  ['a power of powers', () => Array.from({ length: deep }, () => 'x').join('^')]
]

const primitives: ReadonlyArray<Named> = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['false', () => false],
  ['a symbol', () => Symbol('s')],
  ['a symbol without a name', () => Symbol()],
  ['Symbol.iterator', () => Symbol.iterator],
  ['a bigint', () => 1n],
  ['a bigint of 100 digits', () => 10n ** 100n]
]

const functions: ReadonlyArray<Named> = [
  ['a function', () => () => 1],
  ['an identity', () => (x: unknown) => x],
  ['a function that throws', () => own],
  ['a function of undefined', () => () => undefined],
  ['a function of a symbol', () => () => Symbol('s')],
  ['a function of a bigint', () => () => 1n],
  [
    'a function of itself',
    () =>
      function self(): unknown {
        return self
      }
  ],
  ['a function of a program', () => () => of(1)],
  ['a function of deep arrays', () => () => deepArray],
  ['a class', () => class Some {}],
  ['a class that extends null', () => class Some extends (null as unknown as ObjectConstructor) {}],
  ['Map', () => Map],
  ['Float64Array', () => Float64Array],
  ['Proxy', () => Proxy],
  ['Math.sin', () => Math.sin],
  ['an async function', () => async () => 1],
  [
    'a generator function',
    () =>
      function* () {
        yield 1
      }
  ],
  [
    'an async generator function',
    () =>
      async function* () {
        yield 1
      }
  ],
  ['a function without a prototype', () => Object.setPrototypeOf(() => 1, null)],
  ['a function whose name is an object', () => Object.defineProperty(() => 1, 'name', { value: {} })],
  ['a bound function', () => ((x: unknown) => x).bind(null)],
  ['a throwing proxy of a function', () => throwing(() => 1)],
  ['a revoked function', () => revoked(() => 1)]
]

const objects: ReadonlyArray<Named> = [
  ['{}', () => ({})],
  ['a record', () => ({ a: 1, b: 2 })],
  ['a frozen record', () => Object.freeze({ a: 1 })],
  ['a bare record', () => bare({ a: 1 })],
  ['an empty bare record', () => bare({})],
  ['an own __proto__', () => JSON.parse('{"__proto__": 1, "constructor": 2}')],
  ['an inherited record', () => Object.create({ a: 1 })],
  ['a constructor that is a number', () => ({ constructor: 1 })],
  ['a constructor that is null', () => ({ constructor: null })],
  ['a constructor whose name is an object', () => ({ constructor: { name: {} } })],
  ['a constructor whose name is a symbol', () => ({ constructor: { name: Symbol('s') } })],
  [
    'a constructor whose name throws',
    () => ({
      get constructor() {
        return {
          get name() {
            return own()
          }
        }
      }
    })
  ],
  ['an inherited strange constructor', () => Object.create({ constructor: { name: bare({}) } })],
  [
    'a getter that throws',
    () => ({
      get a() {
        return own()
      }
    })
  ],
  ['a tag', () => ({ _tag: 'Tensor' })],
  [
    'a tag that throws',
    () => ({
      get _tag() {
        return own()
      }
    })
  ],
  ['the tag of an array', () => ({ _tag: 'NDArray', shape: [2], dtype: 'float64', data: [1, 2] })],
  ['an empty some', () => ({ _tag: 'Some' })],
  ['a some', () => O.some(1)],
  ['a none', () => O.none],
  ['a right', () => E.right(1)],
  ['a left', () => E.left(1)],
  ['a length', () => ({ length: 2 })],
  ['a length that is huge', () => ({ length: 2 ** 53 })],
  ['an array-like', () => ({ length: 2, 0: 1, 1: 2 })],
  // biome-ignore lint/suspicious/noThenProperty: it is meant to be taken for a promise
  ['a thenable', () => ({ then: (f: (x: unknown) => void) => f(1) })],
  ['a promise', () => Promise.resolve(1)],
  ['a date', () => new Date(0)],
  ['an invalid date', () => new Date(Number.NaN)],
  ['a regular expression', () => /x/g],
  ['an error', () => new TypeError('an error')],
  ['a map', () => new Map([['a', 1]])],
  [
    'a map of objects',
    () =>
      new Map([
        [{}, 1],
        [Symbol('s'), 2]
      ] as never)
  ],
  ['a set', () => new Set([1])],
  ['a weak map', () => new WeakMap()],
  ['a boxed number', () => Object(1)],
  ['a boxed text', () => Object('x')],
  ['a boxed symbol', () => Object(Symbol('s'))],
  ['a boxed bigint', () => Object(1n)],
  ['an iterator', () => [1, 2][Symbol.iterator]()],
  [
    'a generator',
    () =>
      (function* () {
        yield 1
      })()
  ],
  [
    'an iterable',
    () => ({
      [Symbol.iterator]: function* () {
        yield 1
      }
    })
  ],
  ['a primitive that throws', () => ({ [Symbol.toPrimitive]: own, toString: own, valueOf: own, toJSON: own })],
  ['a primitive that is an object', () => ({ [Symbol.toPrimitive]: () => ({}), toString: () => ({}) })],
  ['a text that is none', () => ({ toString: null, valueOf: null })],
  [
    'a name that throws',
    () => ({
      get [Symbol.toStringTag]() {
        return own()
      }
    })
  ],
  ['the global object', () => globalThis],
  ['a proxy', () => new Proxy({}, {})],
  ['a proxy of an array', () => new Proxy([1, 2], {})],
  ['a proxy of a tensor', () => new Proxy(tensor([1, 2]), {})],
  ['a throwing proxy', () => throwing({})],
  ['a throwing proxy of an array', () => throwing([1, 2])],
  ['a revoked proxy', () => revoked({})],
  ['a revoked proxy of an array', () => revoked([])],
  ['a proxy whose prototype throws', () => new Proxy({}, { getPrototypeOf: own })],
  ['a proxy that has all', () => new Proxy({}, { has: () => true, get: () => undefined })],
  ['a proxy that is a tensor', () => new Proxy({}, { getPrototypeOf: () => Tensor.prototype })],
  ['an object that is a tensor', () => Object.create(Tensor.prototype)],
  ['an object that is an array', () => Object.create(NDArray.prototype)],
  ['an object that is static', () => Object.create(Object.getPrototypeOf(static_(1)))],
  ['a value of another copy', () => foreign],
  ['a cyclic record', cyclicRecord],
  ['a cyclic map', cyclicMap],
  ['records 20,000 deep', () => deepRecord],
  ['maps 20,000 deep', () => deepMap],
  ['options 20,000 deep', () => deepSome]
]

const arrays: ReadonlyArray<Named> = [
  ['[]', () => []],
  ['[[]]', () => [[]]],
  ['[0]', () => [0]],
  ['[1]', () => [1]],
  ['[0, 0]', () => [0, 0]],
  ['[0, 1]', () => [0, 1]],
  ['[-1]', () => [-1]],
  ['[0.5]', () => [0.5]],
  ['[NaN]', () => [Number.NaN]],
  ['[2 ** 31]', () => [2 ** 31]],
  ['[2 ** 53, 2 ** 53]', () => [2 ** 53, 2 ** 53]],
  ['[2 ** 53, 0]', () => [2 ** 53, 0]],
  ['[undefined]', () => [undefined]],
  ['[null]', () => [null]],
  ['[a symbol]', () => [Symbol('s')]],
  ['[a bigint]', () => [1n]],
  ['[a text]', () => ['constructor']],
  ['[a function]', () => [() => 1]],
  ['[a class]', () => [class Some {}]],
  ['[a revoked proxy]', () => [revoked({})]],
  ['[a tensor]', () => [tensor(1)]],
  ['[an array]', () => [array([1, 2])]],
  ['ragged', () => [[1, 2], [3]]],
  ['ragged in kind', () => [1, [2]]],
  [
    'a matrix',
    () => [
      [1, 2],
      [3, 4]
    ]
  ],
  ['an array of records', () => [{ a: 1 }]],
  ['a sparse array', sparse],
  ['holes', () => new Array(4)],
  [
    'a sparse array of 2 ** 31',
    () => {
      const x: Array<number> = []
      x.length = 2 ** 31
      return x
    }
  ],
  ['an array with fields', () => Object.assign([1, 2], { extra: 1 })],
  ['an array with a strange constructor', () => Object.assign([1, 2], { constructor: {} })],
  ['a frozen array', () => Object.freeze([1, 2])],
  ['an array without a prototype', () => Object.setPrototypeOf([1, 2], null)],
  ['an array of a subclass', () => class More extends Array<number> {}.of(1, 2)],
  ['an array whose element throws', () => Object.defineProperty([1, 2], 1, { get: own })],
  ['a cyclic array', cyclicArray],
  ['arrays 20,000 deep', () => deepArray],
  ['100 axes', () => nest(100, (x) => [x], 1)],
  ['100 sizes', () => new Array(100).fill(1)],
  ['300 numbers', () => wide],
  ['an array of two texts', () => ['a', 'b']]
]

const typed: ReadonlyArray<Named> = [
  ...[Float64Array, Float32Array, Int32Array, Uint32Array, Int16Array, Uint16Array].map(
    (of): Named => [of.name, () => of.from([1, 2])]
  ),
  ['Int8Array', () => Int8Array.from([1, 2])],
  ['Uint8Array', () => Uint8Array.from([1, 2])],
  ['Uint8ClampedArray', () => Uint8ClampedArray.from([1, 2])],
  ['BigInt64Array', () => BigInt64Array.from([1n])],
  ['BigUint64Array', () => BigUint64Array.from([1n])],
  ['an empty Float64Array', () => new Float64Array()],
  ['a Buffer', () => Buffer.from('ab')],
  ['a detached Float64Array', () => detached(new Float64Array(2))],
  ['a detached Uint8Array', () => detached(new Uint8Array(2))],
  ['a shared Float64Array', () => new Float64Array(new SharedArrayBuffer(16))],
  ['a shrunk Float64Array', shrunk],
  ['an array that shrinks while it is read', shrinking],
  ['a Float64Array with a strange length', () => Object.defineProperty(new Float64Array(2), 'length', { value: 1e9 })],
  [
    'a Float64Array with a strange tag',
    () => Object.defineProperty(new Float64Array(2), Symbol.toStringTag, { value: 'constructor' })
  ],
  ['a Float64Array without a prototype', () => Object.setPrototypeOf(new Float64Array(2), null)],
  ['a proxy of a Float64Array', () => new Proxy(new Float64Array(2), {})],
  ['a DataView', () => new DataView(new ArrayBuffer(8))],
  ['a detached DataView', () => detached(new DataView(new ArrayBuffer(8)))],
  ['an ArrayBuffer', () => new ArrayBuffer(8)],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(8)],
  ['an array of detached arrays', () => [detached(new Float64Array(2))]]
]

const dtypes = ['float64', 'float32', 'int32', 'uint32', 'bool', 'complex128', 'complex64'] as const
const own_: ReadonlyArray<Named> = [
  ...dtypes.flatMap(
    (dtype): ReadonlyArray<Named> => [
      [`an array of ${dtype}`, () => array([0, 1], { dtype })],
      [`a scalar of ${dtype}`, () => tensor(1, { dtype })],
      [`an empty array of ${dtype}`, () => array([], { dtype })]
    ]
  ),
  ['an array of rank 0', () => array(1)],
  ['an array of rank 3', () => array([[[1], [2]]])],
  ['an array of 10,000', () => run(np.arange(10_000))],
  ['an array of size [0, 3]', () => array([], { shape: [0, 3] })],
  ['a frozen array of ours', () => Object.freeze(array([1, 2]))],
  ['an array as JSON has it', () => JSON.parse(JSON.stringify(array([1, 2])))],
  ['a strange plain array', () => ({ dtype: 'constructor', shape: [2], data: [1, 2] })],
  ['a plain array of a strange shape', () => ({ dtype: 'float64', shape: [Symbol('s')], data: [1, 2] })],
  ['a tensor', () => ops.sin(tensor([1, 2]))],
  ['an escaped tensor', escaped],
  ['an escaped lane', lane],
  ['a free variable', () => free],
  ['a Variable', () => new Variable({ shape: [], dtype: 'float64', weak: false }, 'v')],
  ['a term 20,000 deep', () => deepTerm],
  ['a broadcast to 2 ** 40', () => ops.broadcast(1, { shape: [2 ** 20, 2 ** 20], axes: [0, 1] })],
  ['a program', () => of(1)],
  ['a program that asks', () => perform(Ask, 'x')],
  ['a program that inspects', () => inspect(tensor(1))],
  ['an effect', () => Ask],
  ['a compiled function', () => compile((x: Tensor) => x)],
  ['a gradient', () => grad((x: Tensor) => x)],
  ['an operation', () => ops.sin],
  ['an operation of params', () => ops.sum],
  ['a key', () => random.key(0)],
  ['a static', () => static_(1)],
  ['a static of a symbol', () => static_(Symbol('s') as never)],
  ['a structure', () => tree.structure({ a: 1 })],
  ['a closed program', () => stage((x: Tensor) => x)(1)],
  ['an optimizer', () => sgd(0.1)],
  ['the class Tensor', () => Tensor],
  ['the class NDArray', () => NDArray]
]

/** All of them. */
export const hostile: ReadonlyArray<Named> = [
  ...primitives,
  ...numbers,
  ...texts,
  ...functions,
  ...objects,
  ...arrays,
  ...typed,
  ...own_
]
