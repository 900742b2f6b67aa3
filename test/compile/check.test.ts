/** The compiler's checkers: what the passes make of random programs passes them, and each rule finds what was forged. */

import * as fc from 'fast-check'
import { array, cond, type DType, foriLoop, grad, run, scan, type Tensor, variable, whileLoop } from 'freegrad'
import { type Point, pulled, scriptPoints } from 'freegrad/laws'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { checkGraph } from '../../src/compile/graph/check.js'
import type { Kind, Node, NodeOf } from '../../src/compile/graph/graph.js'
import { lowerProgram, type Program } from '../../src/compile/graph/lower.js'
import { checkKernels, checkLevels } from '../../src/compile/kernels/check.js'
import { fuse } from '../../src/compile/kernels/fuse.js'
import type {
  Buffer,
  Dot,
  Fused,
  Iterate,
  KernelOf,
  Leaf,
  Loop,
  Statement,
  Value
} from '../../src/compile/kernels/kernel.js'
import { valuesOf } from '../../src/compile/kernels/kernel.js'
import { levelsOf } from '../../src/compile/kernels/levels.js'
import { products } from '../../src/compile/kernels/products.js'
import { scopesOf } from '../../src/compile/kernels/scopes.js'
import { divide } from '../../src/compile/kernels/split.js'

import { checkPlan } from '../../src/compile/plan/check.js'
import { type Planned, plan } from '../../src/compile/plan/plan.js'

// --- model
type Fn = (...xs: Tensor[]) => Tensor | ReadonlyArray<Tensor>
type Gathered = Fused<KernelOf<Leaf | Dot>>
/** A shape of floats, or another type. */
type Input = ReadonlyArray<number> | readonly [DType, ReadonlyArray<number>]

// --- constructors
const lowered = (f: Fn, ...inputs: ReadonlyArray<Input>): Program => {
  const xs = inputs.map((input, k) => {
    const [dtype, shape] =
      typeof input[0] === 'string' ? (input as [DType, number[]]) : (['float64', input as number[]] as const)
    return variable({ shape, dtype, weak: false }, `x${k}`)
  })
  return lowerProgram(xs, [f(...xs)].flat(), { fastMath: false })
}
const gathered = (f: Fn, ...inputs: ReadonlyArray<Input>): Gathered => fuse(lowered(f, ...inputs))
const divided = (f: Fn, ...inputs: ReadonlyArray<Input>): Fused => divide(products(gathered(f, ...inputs)))
const planned = (f: Fn, ...inputs: ReadonlyArray<Input>): Planned => plan(divided(f, ...inputs))

// --- combinators
/** Changes what is readonly: what is forged. */
const forge = <X extends object>(x: X, change: { readonly [K in keyof X]?: unknown }): void => {
  for (const [key, value] of Object.entries(change))
    Object.defineProperty(x, key, { value, configurable: true, enumerable: true })
}
const change = <X>(xs: ReadonlyArray<X>, k: number, x: X): void => {
  ;(xs as Array<X>)[k] = x
}

const nodeOf = <K extends Kind>({ graph }: Program, kind: K, name?: string): NodeOf<K> =>
  graph.nodes.findLast(
    (x) => x.kind === kind && (name === undefined || (x as NodeOf<'map'>).detail.name === name)
  ) as unknown as NodeOf<K>
const kernelOf = <K extends KernelOf<Leaf | Dot>['kind']>(
  { kernels }: Gathered,
  kind: K
): Extract<KernelOf<Leaf | Dot>, { kind: K }> =>
  kernels.find((each) => each.kind === kind) as Extract<KernelOf<Leaf | Dot>, { kind: K }>
const storeOf = ({ statements }: Loop, kind: Statement['kind'] = 'store'): Statement =>
  statements.find((each) => each.kind === kind) as Statement
const valueOf = (loop: Loop, kind: Value['kind']): Value => valuesOf(loop).find((each) => each.kind === kind) as Value

/** The passes of a program, each checked. */
const passes = ({ f, x }: Point): void => {
  const xs = x.map(({ type }, k) => variable(type, `x${k}`))
  const program = lowerProgram(xs, f(...xs), { fastMath: false })
  checkGraph('lower', program)
  const fused = fuse(program)
  checkKernels('fuse', fused)
  const multiplied = products(fused)
  checkKernels('products', multiplied)
  const cut = divide(multiplied)
  checkKernels('divide', cut)
  checkPlan('plan', plan(cut))
}

// --- tests
describe.each(['smooth', 'kinked', 'wild'] as const)('random %s programs', (kind) => {
  const points = scriptPoints(kind, { dtypes: ['float64', 'float32'] })
  it('pass every checker after every pass', () => fc.assert(fc.property(points, passes), { numRuns: 12 }))
  if (kind !== 'wild')
    it('pass with their pullbacks', () => fc.assert(fc.property(points.map(pulled), passes), { numRuns: 6 }))
})

describe('programs of large arrays', () => {
  it.each<readonly [string, Fn, ReadonlyArray<readonly [number, number]>]>([
    ['long sums of columns', (x) => np.sum(ops.sin(x), { axis: 0 }), [[1001, 20]]],
    [
      'products of every layout',
      (x, y) => [np.matmul(x, y), np.matmul(np.transpose(y), np.transpose(x))],
      [
        [70, 90],
        [90, 50]
      ]
    ],
    ['products with vectors', (x) => [np.matmul(x, np.at(x, 0)), np.matmul(np.at(x, 0), x)], [[300, 300]]],
    [
      'slopes of products in a loop',
      grad((x: Tensor) => np.sum(foriLoop(0, 9, (_, c) => np.matmul(c, x), x))) as Fn,
      [[40, 40]]
    ],
    ['sorts along an axis in front', (x) => np.sort(x, { axis: 0 }), [[200, 30]]]
  ])('pass every checker: %s', (_, f, shapes) => {
    passes({ f: (...xs) => [f(...xs)].flat(), x: shapes.map((shape) => run(np.ones(shape))), seed: 0 })
  })
})

/** A rule of a checker: a valid program, a change that breaks the rule, and the expected message. */
type Forged<X> = readonly [rule: string, make: () => X, forgery: (x: X) => void, message: RegExp]

const finds = <X>(check: (pass: string, x: X) => void, rows: ReadonlyArray<Forged<X>>): void => {
  it.each(rows)('%s', (_, make, forgery, message) => {
    const x = make()
    check('a pass', x)
    forgery(x)
    expect(() => check('a pass', x)).toThrow(message)
  })
}

const sines: Fn = (x) => ops.add(ops.sin(x), ops.mul(x, 2))
const counting: Fn = (x) => foriLoop(0, 5, (i, c) => ops.add(ops.mul(c, x), ops.convert(i, { dtype: 'float64' })), x)
const halving: Fn = (x) =>
  whileLoop(
    (c) => ops.gt(np.sum(c), 1),
    (c) => ops.mul(c, 0.5),
    x
  )
const stacking: Fn = (x) => scan((c: Tensor, y: Tensor) => [ops.add(c, y), ops.mul(c, y)] as const, np.zeros([3]), x)[1]
const setting: Fn = (x) => foriLoop(0, 5, (i, c) => np.setAt(c, [i], 2), x)
const doubled: Fn = (x) => ops.sqrt(np.sum(ops.exp(x), { axis: 1 }))
const square: Fn = (x, y) => np.matmul(x, y)
const chosen = (x: Tensor): Tensor =>
  cond(
    ops.gt(np.sum(x), 0),
    (x) => ops.sin(x),
    (x) => ops.cumsum(x, { axis: 0, reverse: false }),
    x
  )
const summing: Fn = (x) => np.cumsum(x, { axis: 0 })

describe('the checker of graphs finds', () => {
  const misfit = <K extends Kind>(
    kind: K,
    f: Fn,
    inputs: ReadonlyArray<Input>,
    forgery: (x: NodeOf<K>) => void,
    problem: string,
    name?: string
  ): Forged<Program> => [
    `a ${kind} that ${problem}`,
    () => lowered(f, ...inputs),
    (p) => forgery(nodeOf(p, kind, name)),
    new RegExp(`^compile: after a pass, n\\d+ \\(${name ?? kind}: .*\\) ${problem}.*: this is a bug of freegrad$`)
  ]
  const withType = (x: Node, dtype: DType, shape: ReadonlyArray<number>): void =>
    forge(x, { type: { dtype, shape, weak: false } })

  finds(checkGraph, [
    misfit('map', sines, [[3]], (x) => forge(x, { id: 1 }), 'is number \\d+ of the graph', 'add'),
    [
      'an operand that is younger',
      () => lowered(sines, [3]),
      (p) => change(nodeOf(p, 'map', 'mul').operands, 0, nodeOf(p, 'map', 'add')),
      /after a pass, n\d+ \(mul: float64\[3\]\) does not come after its operand n\d+ \(add/
    ],
    [
      'an operand of another graph',
      () => lowered(sines, [3]),
      (p) => change(nodeOf(p, 'map', 'mul').operands, 0, lowered(sines, [3]).inputs[0]),
      /n\d+ \(mul: float64\[3\]\) does not come after its operand n0 \(input/
    ],
    misfit('map', sines, [[3]], (x) => withType(x, 'float64', [4]), 'has an operand of another shape', 'add'),
    misfit('map', sines, [[3]], (x) => withType(x, 'float32', [3]), 'does not take', 'add'),
    misfit(
      'map',
      (x) => ops.floor(x),
      [[3]],
      (x) => withType(x, 'bool', [3]),
      'does not take',
      'floor'
    ),
    misfit(
      'map',
      (x) => ops.lt(x, 1),
      [[3]],
      (x) => withType(x, 'float64', [3]),
      'does not take',
      'lt'
    ),
    misfit(
      'map',
      (x) => ops.select(ops.lt(x, 1), x, ops.neg(x)),
      [[3]],
      (x) => change(x.operands, 0, x.operands[1]),
      'does not take',
      'select'
    ),
    misfit('literal', sines, [[3]], (x) => withType(x, 'int32', []) ?? forge(x, { detail: 0.5 }), 'is 0.5'),
    misfit(
      'constant',
      (x) => ops.add(x, array([1, 2, 3])),
      [[3]],
      (x) => withType(x, 'float64', [4]),
      'has an array of another type'
    ),
    misfit(
      'view',
      (x) => ops.reverse(x, { axes: [0] }),
      [[3]],
      (x) => forge(x.detail[0], { start: 3 }),
      'looks outside'
    ),
    misfit(
      'view',
      (x) => ops.transpose(x, { permutation: [1, 0] }),
      [[3, 4]],
      (x) => forge(x.detail[0], { axis: 2 }),
      'looks outside'
    ),
    misfit(
      'reshape',
      (x) => ops.sin(ops.reshape(x, { shape: [6] })),
      [[2, 3]],
      (x) => withType(x, 'float64', [5]),
      'does not take'
    ),
    misfit(
      'index',
      (x) => ops.add(x, np.arange(3)),
      [[3]],
      (x) => forge(x, { detail: 1 }),
      'has no axis 1'
    ),
    misfit(
      'reduce',
      (x) => np.sum(x, { axis: 0 }),
      [[2, 3]],
      (x) => withType(x, 'float64', [2]),
      'does not take'
    ),
    misfit(
      'reduce',
      (x) => np.sum(x, { axis: 0 }),
      [[2, 3]],
      (x) => forge(x.detail, { combine: 'and' }),
      'does not take'
    ),
    misfit('run', summing, [[5]], (x) => withType(x, 'float64', [4]), 'does not fit'),
    misfit('run', summing, [[5]], (x) => change(x.detail.next, 0, x.operands[0]), 'does not fit'),
    misfit('iterate', stacking, [[4, 3]], (x) => forge(x.detail, { length: 5 }), 'does not take'),
    misfit(
      'iterate',
      stacking,
      [[4, 3]],
      (x) => change(x.detail.next, 0, x.detail.next[1]),
      'has states or parts of another type'
    ),
    misfit(
      'repeat',
      halving,
      [[3]],
      (x) => forge(x.detail, { test: x.detail.next[0] }),
      'has a test, states or parts of another type'
    ),
    misfit('part', counting, [[3]], (x) => forge(x, { detail: 99 }), 'is not a part'),
    misfit(
      'join',
      (x, y) => np.concatenate([x, y]),
      [[2], [3]],
      (x) => change(x.detail[1].starts, 0, 3),
      'has no room'
    ),
    misfit(
      'join',
      (x, y) => np.concatenate([x, y]),
      [[2], [3]],
      (x) => withType(x, 'float64', [6]),
      'is not filled'
    ),
    misfit(
      'gather',
      (x, i) => np.take(x, i, { axis: 0 }),
      [
        [5, 2],
        ['int32', [3]]
      ],
      (x) => forge(x.detail, { axis: 1 }),
      'does not take'
    ),
    misfit(
      'scatter',
      grad((x, i) => np.sum(ops.sin(np.take(x, i, { axis: 0 })))) as Fn,
      [
        [5, 2],
        ['int32', [3]]
      ],
      (x) => withType(x, 'float64', [5, 3]),
      'does not take'
    ),
    misfit(
      'sort',
      (x) => np.argsort(x),
      [[5]],
      (x) => withType(x, 'float64', [5]),
      'does not take'
    ),
    misfit(
      'routine',
      (x) => np.real(ops.fourier(ops.complex(x, x), { inverse: false })),
      [[2, 5]],
      (x) => withType(x, 'float32', [2, 5, 2]),
      'does not take'
    ),
    misfit(
      'dot',
      (x, y) => np.matmul(x, y),
      [
        [40, 30],
        [30, 50]
      ],
      (x) => change(x.detail.contract[0], 0, 0),
      'does not take'
    ),
    misfit('update', setting, [[200]], (x) => withType(x, 'float64', [100]), 'does not take'),
    [
      'a hole that is used outside of its loop',
      () => lowered(counting, [3]),
      (p) => change(p.outputs, 1, nodeOf(p, 'iterate').detail.next[0]),
      /n\d+ \(hole: \w+\[3?\]\) of n\d+ \(iterate: .*\) is used outside of it, by the output n\d+/
    ],
    [
      'a hole that belongs to no loop',
      () => lowered(counting, [3]),
      (p) => change(p.outputs, 0, nodeOf(p, 'iterate').detail.next[0]),
      /n\d+ \(hole: .*\) belongs to no loop/
    ],
    [
      'a hole of two states',
      () =>
        lowered((x, y) => foriLoop(0, 5, (_, [a, b]) => [ops.sin(b), ops.cos(a)] as const, [x, y] as const), [3], [3]),
      (p) => change(nodeOf(p, 'iterate').detail.states, 0, nodeOf(p, 'iterate').detail.states[1]),
      /n\d+ \(hole: .*\) belongs to n\d+ \(iterate: .*\) and to n\d+ \(iterate/
    ],
    [
      'an array inside of a recurrence',
      () => lowered((x, y) => np.add(np.cumsum(x), y), [5], []),
      (p) => change(nodeOf(p, 'run').detail.next, 0, p.inputs[1]),
      /n1 \(input: float64\[\]\) is inside of n\d+ \(run/
    ],
    [
      'a loop that is not among the loops',
      () => lowered(counting, [3]),
      (p) => forge(p.graph, { controls: [] }),
      /n\d+ \(iterate: .*\) is not in its place among the loops/
    ],
    [
      'an input that is not among the inputs',
      () => lowered(sines, [3]),
      (p) => change(p.inputs, 0, nodeOf(p, 'map', 'add')),
      /n0 \(input: float64\[3\]\) is not among the inputs/
    ],
    [
      'an output of another graph',
      () => lowered(sines, [3]),
      (p) => change(p.outputs, 0, nodeOf(lowered(sines, [3]), 'map', 'add')),
      /n\d+ \(add: float64\[3\]\) is not in the graph/
    ]
  ])
})

describe('the checker of kernels finds', () => {
  const program =
    (f: Fn, ...inputs: ReadonlyArray<Input>) =>
    (): Gathered =>
      gathered(f, ...inputs)
  const loop = (kind: Statement['kind'], { kernels }: Gathered): Loop =>
    kernels.find((each) => each.kind === 'loop' && each.statements.some((x) => x.kind === kind)) as Loop
  const rowSums = program(doubled, [2, 3])

  finds(checkKernels, [
    [
      'a load before its store',
      rowSums,
      (p) => (p.kernels as Array<Leaf>).reverse(),
      /after a pass, b\d+ of n\d+ \(reduce: float64\[2\]\) is read when 0 of its 2 elements are written/
    ],
    [
      'a result of which a part is not written',
      program(sines, [6]),
      (p) => forge(loop('store', p), { domain: [5] }),
      /b\d+ of n\d+ \(add: float64\[6\]\) is a result when 5 of its 6 elements are written/
    ],
    [
      'an access outside of its buffer',
      program(sines, [6]),
      (p) => forge((valueOf(loop('store', p), 'load') as Extract<Value, { kind: 'load' }>).access, { offset: 1 }),
      /b\d+ of n0 \(input: float64\[6\]\) of 6 elements is accessed from 1 to 6/
    ],
    [
      'a gather outside of its buffer',
      program((x, i) => np.take(x, i, { axis: 0 }), [5, 2], ['int32', [3]]),
      (p) => forge(valueOf(loop('store', p), 'gather') as Extract<Value, { kind: 'gather' }>, { most: 5 }),
      /n0 \(input: float64\[5,2\]\) of 10 elements is accessed from 0 to 11/
    ],
    [
      'strides of another rank than the domain',
      rowSums,
      (p) => forge(storeOf(loop('reduce', p), 'reduce').to, { strides: [1] }),
      /n\d+ \(reduce: float64\[2\]\) has 1 strides in a domain \[2,3\]/
    ],
    [
      'an index of another rank than the domain',
      program((x) => ops.add(x, ops.convert(np.arange(6, { dtype: 'int32' }), { dtype: 'float64' })), [6]),
      (p) => forge(valueOf(loop('store', p), 'index') as Extract<Value, { kind: 'index' }>, { strides: [] }),
      /counts \[\] in a domain \[6\]/
    ],
    [
      'a sum that depends on the axis it is over',
      program(doubled, [3, 2]),
      (p) => forge(storeOf(loop('reduce', p), 'reduce').to, { strides: [0, 1] }),
      /depends on the axis 1, which is reduced/
    ],
    [
      'several elements in one place',
      program(sines, [2, 3]),
      (p) => forge(storeOf(loop('store', p)).to, { strides: [1, 1] }),
      /gets several elements in one place, by strides \[1,1\] in \[2,3\]/
    ],
    [
      'an element of another dtype',
      program(sines, [6]),
      (p) => forge(storeOf(loop('store', p)).to, { dtype: 'int32' }),
      /gets float64 as int32/
    ],
    [
      'a load of another dtype',
      program(sines, [6]),
      (p) =>
        forge((valueOf(loop('store', p), 'load') as Extract<Value, { kind: 'load' }>).access, { dtype: 'float32' }),
      /n0 \(input: float64\[6\]\) is read as float32 for float64/
    ],
    [
      'an instruction of other operands',
      program(sines, [6]),
      (p) => forge(valueOf(loop('store', p), 'map'), { operands: [] }),
      /n\d+ \(add: float64\[6\]\) has .* of .*to float64/
    ],
    [
      'a store to an input',
      program(sines, [6]),
      (p) => forge(storeOf(loop('store', p)).to, { buffer: p.buffers.find(({ role }) => role === 'input') }),
      /n0 \(input: float64\[6\]\) is written to/
    ],
    [
      "a buffer that is not the program's",
      program(sines, [6]),
      (p) => forge(storeOf(loop('store', p)).to, { buffer: { ...storeOf(loop('store', p)).to.buffer } }),
      /is not among the buffers of the program/
    ],
    [
      'a buffer under another number',
      program(sines, [6]),
      (p) => forge(p.buffers[0], { id: 7 }),
      /b7 of .* has 6 elements and is number 0/
    ],
    [
      'a hole outside of its recurrence',
      program(summing, [6]),
      (p) =>
        forge(storeOf(loop('run', p), 'run') as object, { run: { before: [], elements: [], axis: 0, last: false } }),
      /needs n\d+ \(hole: \w+\[\]\), which is in no memory/
    ],
    [
      'a state without a next value',
      program(counting, [3]),
      (p) => forge(kernelOf(p, 'iterate'), { body: [] }),
      /b\d+ of n\d+ \(hole: .*\) ends a step when 0 of its \d elements are written/
    ],
    [
      'a state without a first value',
      program(halving, [3]),
      (p) => (kernelOf(p, 'repeat').enter as Array<Leaf>).pop(),
      /b\d+ of n\d+ \(hole: float64\[3\]\) is read when 0 of its 3 elements are written/
    ],
    [
      'a move of another size',
      program(counting, [3]),
      (p) => forge(kernelOf(p, 'iterate').moves[0], { from: kernelOf(p, 'iterate').moves[1].from }),
      /is no next b\d+ of n\d+ \(hole/
    ],
    [
      'a window that leaves its sequence',
      program(stacking, [4, 3]),
      (p) => forge(kernelOf(p, 'iterate').slides[0], { step: 4 }),
      /of 12 elements is accessed from 0 to 14/
    ],
    [
      'an output that no step writes',
      program(stacking, [4, 3]),
      (p) => forge(kernelOf(p, 'iterate'), { body: [] }),
      /ends a step when 0 of its \d elements are written/
    ],
    [
      'an arm that writes no result',
      program((x) => ops.sin(np.sum(chosen(x))), [70]),
      (p) => change(kernelOf(p, 'branch').arms, 0, []),
      /n\d+ \(part: float64\[70\]\) is read when 0 of its 70 elements are written/
    ],
    [
      'a product whose operand is not written',
      program((x, y) => square(ops.sin(x), y), [40, 40], [40, 40]),
      (p) => change(p.kernels, 0, kernelOf(p, 'dot')),
      /n\d+ \(sin at: float64\[40,40\]\) is read when 0 of its 1600/
    ],
    [
      'a sort with too little room',
      program((x) => np.argsort(x), [5]),
      (p) => forge(kernelOf(p, 'sort').scratch.buffer, { size: 5 }),
      /n\d+ \(sort: int32\[5\]\) has no room for two lists/
    ],
    [
      'a routine that uses what it does not say',
      () => divided(square, [40, 40], [40, 40]),
      (p) => forge(kernelOf(p, 'call'), { reads: [] }),
      /is an argument of \w+ float64 that it neither reads nor writes/
    ],
    [
      'a routine of no blocks',
      () => divided(square, [40, 40], [40, 40]),
      (p) => forge(kernelOf(p, 'call'), { blocks: 0 }),
      /is written in 0 blocks/
    ]
  ])

  it('a node with a lower level than what it reads', () => {
    const p = lowered(doubled, [2, 3])
    const scopes = scopesOf(p)
    const levels = levelsOf(p, scopes)
    checkLevels('levels', { scopes, levels })
    const levelOf = (x: Node): number => (x === nodeOf(p, 'map', 'sqrt') ? 0 : levels.levelOf(x))
    expect(() => checkLevels('levels', { scopes, levels: { ...levels, levelOf } })).toThrow(
      /after levels, n\d+ \(sqrt: float64\[2\]\) has level 0, and reads n\d+ \(reduce: float64\[2\]\), which is done at 1/
    )
  })
})

describe('the checker of plans finds', () => {
  const program =
    (f: Fn, ...inputs: ReadonlyArray<Input>) =>
    (): Planned =>
      planned(f, ...inputs)
  const at = (p: Planned, find: (x: Buffer) => boolean): Buffer => p.buffers.find(find) as Buffer
  const move = (p: Planned, buffer: Buffer, offset: number): void => {
    ;(p.places as Map<Buffer, unknown>).set(buffer, { kind: 'arena', offset })
  }
  const over = (p: Planned, buffer: Buffer, other: Buffer): void => {
    ;(p.places as Map<Buffer, unknown>).set(buffer, p.places.get(other))
  }
  const input = (p: Planned): Buffer => at(p, ({ role }) => role === 'input')
  const of = (p: Planned, kind: Kind): Buffer => at(p, ({ node, role }) => role === 'computed' && node.kind === kind)
  const both: Fn = (x) => {
    const sum = np.sum(x, { axis: 0 })
    return [ops.mul(x, sum), ops.sin(np.sum(ops.mul(x, sum)))]
  }

  finds(checkPlan, [
    [
      'a place outside of the arena',
      program(sines, [6]),
      (p) => move(p, input(p), p.arena),
      /after a pass, b\d+ of n0 \(input: float64\[6\]\) stands from \d+ to \d+, outside of the arena/
    ],
    [
      'a place between words',
      program((x) => [ops.sin(x), ops.cos(x)], [6]),
      (p) => move(p, input(p), 8),
      /n0 \(input: float64\[6\]\) stands at 8, between words/
    ],
    [
      'a place among the pointers',
      program(sines, [6000]),
      (p) => move(p, p.outputs[0] as Buffer, 0),
      /stands from 0 to 48000, outside|stands at 0, .*among the pointers/
    ],
    [
      'a buffer without a place',
      program(sines, [6]),
      (p) => (p.places as Map<Buffer, unknown>).delete(p.outputs[0] as Buffer),
      /n\d+ \(add: float64\[6\]\) has no place/
    ],
    [
      'a place of two inputs',
      program((x, y) => ops.add(x, y), [6], [6]),
      (p) => over(p, ...(p.buffers.filter(({ role }) => role === 'input') as [Buffer, Buffer])),
      /is given in the place of b\d+ of n\d+ \(input/
    ],
    [
      'a result in the place of what is still read',
      program(both, [6]),
      (p) => over(p, of(p, 'reduce'), input(p)),
      /n\d+ \(reduce: float64\[\]\) is written over b\d+ of n0 \(input: float64\[6\]\) while that is read|is read when something else is in its place/
    ],
    [
      'a loop that writes over what it reads in another order',
      program((x) => ops.add(x, ops.reverse(x, { axes: [0] })), [6]),
      (p) => over(p, p.outputs[0] as Buffer, input(p)),
      /\(add: float64\[6\]\) is written over b\d+ of n0 \(input: float64\[6\]\) while that is read/
    ],
    [
      'two results of one loop in one place',
      program((x) => [ops.sin(x), ops.cos(x)], [6]),
      (p) => over(p, p.outputs[1] as Buffer, p.outputs[0] as Buffer),
      /is written over b\d+ of n\d+ \(\w+( \w+)?: float64\[6\]\), which is written at the same time/
    ],
    [
      'a result that is written over later',
      program((x) => [np.sum(x), ops.sin(np.sum(ops.exp(x)))], [6]),
      (p) => over(p, p.outputs[1] as Buffer, p.outputs[0] as Buffer),
      /n\d+ \(reduce: float64\[\]\) is a result when something else is in its place/
    ],
    [
      'what the next step of a loop needs',
      program((x) => foriLoop(0, 5, (_, c) => ops.add(c, np.sum(ops.mul(c, np.sum(ops.mul(c, x))))), x), [100]),
      (p) => over(p, p.buffers.findLast(({ node }) => node.kind === 'reduce') as Buffer, input(p)),
      /n0 \(input: float64\[100\]\) is lost to the next step/
    ],
    [
      'a state that is written over before it is moved',
      program((x, y) => foriLoop(0, 5, (_, [a, b]) => [ops.sin(b), ops.cos(a)] as const, [x, y] as const), [6], [6]),
      (p) => {
        const [a, b] = (p.kernels.find(({ kind }) => kind === 'iterate') as Iterate).moves
        over(p, b.from, a.to)
      },
      /something else is in its place|is written over b\d+/
    ],
    [
      'two windows behind one pointer',
      program(stacking, [4, 3]),
      (p) => {
        const [a, b] = p.buffers.filter(({ role }) => role === 'window')
        over(p, b, a)
      },
      /has the pointer \d+ of another buffer/
    ],
    [
      'a large result that is not behind its pointer',
      program(sines, [6000]),
      (p) => (p.pointers as Array<Buffer>).reverse(),
      /is not behind the pointer 0/
    ],
    [
      'a result over an input of another size',
      program((x, y) => [np.concatenate([x, y]), y], [600], [600]),
      (p) => (p.over as Map<Buffer, Buffer>).set(p.outputs[0] as Buffer, input(p)),
      /is written over b\d+ of n\d+ \(input: float64\[600\]\)/
    ],
    [
      'a window outside of its loop',
      program(stacking, [4, 3]),
      (p) => {
        const loop = p.kernels.find(({ kind }) => kind === 'iterate') as Iterate
        ;(p as { kernels: unknown }).kernels = [...loop.body, ...p.kernels]
      },
      /is used outside of the loop that moves it|is read when something else/
    ]
  ])
})
