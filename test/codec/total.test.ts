/** Decoding is total: whatever comes, every codec gives `Right` or `Left`, in time that is linear in its size. */
import * as E from 'fp-ts/lib/Either.js'
import { array, stage, type Tensor } from 'freegrad'
import { closed, closedOf, decode, mapOf, optionOf, tensorOf, treeOf } from 'freegrad/codec'
import * as np from 'freegrad/numpy'
import * as tree from 'freegrad/tree'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { tagOf } from '../support/reason.js'
import { read, refusal, sent } from './support.js'

class Fussy {
  constructor(readonly x: tree.Leaf) {}
}
tree.register(Fussy, {
  flatten: ({ x }) => [x, undefined],
  unflatten: (x) => {
    if (x === 0 || x === 7) throw new Error('not that')
    return new Fussy(x)
  }
})

const json = sent(closed.encode(stage((x: Tensor) => np.sum(np.mul(np.sin(x), 2)))(array([1, 2])))) as {
  inputs: unknown
  body: { parameters: Array<object>; nodes: Array<object>; outputs: unknown }
}
const withNode = (fields: object): object => {
  const nodes = json.body.nodes.map((node, k) => (k === 0 ? { ...node, ...fields } : node))
  return { ...json, body: { ...json.body, nodes } }
}
const nested = (levels: number, around: (x: unknown) => unknown): unknown => {
  let x: unknown = '*'
  for (let k = 0; k < levels; k++) x = around(x)
  return x
}
const cyclic: Record<string, unknown> = {}
cyclic.some = cyclic
const loop: Array<unknown> = []
loop.push(loop)
const { proxy, revoke } = Proxy.revocable({}, {})
revoke()
const thrower = (thrown: unknown) => (): never => {
  throw thrown
}
const traps = { getPrototypeOf: thrower(new Error('p')), get: thrower(Symbol('g')), ownKeys: thrower(undefined) }

const values: ReadonlyArray<readonly [string, unknown]> = [
  ['a proxy that throws', new Proxy({}, traps)],
  ['a revoked proxy', proxy],
  ['a getter that throws null', Object.defineProperty({}, 'some', { get: thrower(null), enumerable: true })],
  ['a getter that throws itself', Object.defineProperty({}, 'dtype', { get: thrower(cyclic), enumerable: true })],
  ['a class whose name is an object', { constructor: { name: Object.create(null) } }],
  ['a class whose name throws', { constructor: Object.defineProperty({}, 'name', { get: thrower(1) }) }],
  ['a symbol', Symbol('s')],
  ['a bigint', 1n],
  ['a function', () => 1],
  ['a cyclic record', cyclic],
  ['a cyclic list', loop],
  ['200,000 levels of records', nested(200_000, (some) => ({ some }))],
  ['200,000 levels of lists', nested(200_000, (x) => [x])],
  ['200,000 errors', new Array(200_000).fill('x')],
  ...['constructor', 'toString', '__proto__', 'hasOwnProperty'].map(
    (key) => [`the key ${key}`, Object.fromEntries([[key, []]])] as const
  )
]

const codecs = {
  tensorOf: tensorOf({ shape: [2] }),
  treeOf: treeOf({ a: [1, null], b: new Map([['c', array(1)]]), d: new Float32Array(2), some: 1 }),
  optionOf: optionOf(tensorOf()),
  mapOf: mapOf(t.string, tensorOf()),
  closed
}

describe.each(Object.entries<t.Mixed>(codecs))('%s', (_, codec) => {
  it.each(values)('gives a Left for %s', (_, value) => {
    expect(refusal(codec, value)[1]).not.toBe('')
    expect(E.isLeft(codec.decode(value))).toBe(true)
    expect(codec.is(value)).toBe(false)
  })
})

describe('closed', () => {
  const places: ReadonlyArray<readonly [string, (x: unknown) => unknown]> = [
    ['inputs', (inputs) => ({ ...json, inputs })],
    ['the format', (format) => ({ ...json, format })],
    ['constants', (constants) => ({ ...json, constants })],
    ['nodes', (nodes) => ({ ...json, body: { ...json.body, nodes } })],
    ['a body', (body) => withNode({ body })],
    ['params', (params) => withNode({ params })],
    ['a type', (type) => withNode({ type })],
    ['operands', (operands) => withNode({ operands })]
  ]
  it.each(places)('gives a Left for such values as %s', (_, at) => {
    for (const [, value] of values) refusal(closed, at(value))
  })

  const wide = `float64[${new Array(100_000).fill(1)}]`
  it.each([
    ['a parameter of rank 100,000', { ...json, body: { ...json.body, parameters: [{ name: 'x', type: wide }] } }],
    ['a parameter that is a tuple', { ...json, body: { ...json.body, parameters: [{ name: 'x', type: [] }] } }],
    ['a size without a count', withNode({ type: `float64[${2 ** 53 - 1},${2 ** 53 - 1},0]` })],
    ...['sum', 'transpose', 'broadcast', 'reverse', 'dot', 'reshape'].map((op) => {
      const list = Array.from({ length: 100_000 }, (_, k) => k)
      const lists =
        op === 'transpose'
          ? { permutation: list }
          : op === 'dot'
            ? { contract: [list, list] }
            : { axes: list, shape: list }
      return [`a ${op} of 100,000 axes`, withNode({ op, params: lists })] as const
    })
  ] as ReadonlyArray<readonly [string, unknown]>)('refuses %s at once', (_, program) => {
    const start = performance.now()
    refusal(closed, program)
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('refuses what contains itself in several places', () => {
    const program = sent(json) as typeof json
    for (const node of program.body.nodes) Object.assign(node, { params: program.body, body: program.body })
    expect(refusal(closed, program)[1]).toMatch(/itself/)
  })

  it('refuses params that are one of their own fields, at the first step', () => {
    const params: Record<string, unknown> = { axis: 0, reverse: false }
    params.largest = params
    const [, problem] = refusal(closed, withNode({ op: 'cumulativeShare', params }))
    expect(problem).toMatch(/itself/)
  })

  it('refuses what a class throws', () => {
    const codec = closedOf({ classes: [Fussy] })
    expect(refusal(codec, { ...json, inputs: { tuple: [{ class: 'Fussy', of: '*' }] } })[1]).toMatch(/not that/)
    expect(refusal(treeOf([new Fussy(1)]), [7])[1]).toMatch(/not that/)
  })
})

describe('the costs of decoding', () => {
  const entries = Array.from({ length: 30_000 }, (_, k) => [`k${k}`, k] as const)
  const quick = <A>(codec: t.Type<A, unknown>, x: A): void => {
    const text = codec.encode(x)
    const start = performance.now()
    read(codec, text)
    expect(performance.now() - start).toBeLessThan(5000)
  }
  it('are linear in the keys of a map', () => {
    quick(treeOf(new Map(entries)), new Map(entries))
    quick(mapOf(t.string, tensorOf()), new Map(entries.map(([key, x]) => [key, array(x)])))
  })
  it('are linear in the keys of a record', () =>
    quick(treeOf(Object.fromEntries(entries)), Object.fromEntries(entries)))
  it('are linear in the levels of a tree', () => {
    const deep = nested(900, (x) => [x])
    expect(E.isRight(decode(treeOf(deep))(deep))).toBe(true)
    expect(tagOf(() => treeOf(nested(4000, (x) => ({ x }))))).toBe('TreeError')
  })
})
