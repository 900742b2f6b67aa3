/** The table of instructions: names are typed, operands are checked by their row, and what a row says is what machine code does. */
import {
  array,
  compile,
  type DType,
  defineOp,
  flat,
  type Lower,
  pointwise,
  type RealDType,
  type Tensor
} from 'freegrad'
import { dtypes } from 'freegrad/laws'
import { anything, elementwise, sameAsOperand } from 'freegrad/ops'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Graph } from '../../src/compile/graph/graph.js'
import type { Code } from '../../src/compile/wasm/code.js'
import type { Opcode } from '../../src/compile/wasm/opcodes.js'
import { cast } from '../../src/language/data/dtype.js'
import {
  type Binary,
  type Comparison,
  type InstructionName,
  instructions,
  isTaken,
  type Row,
  type Unary
} from '../../src/language/terms/instructions.js'
import { reason } from '../support/reason.js'

// --- constructors
const lowered = (lower: Lower<undefined>) =>
  defineOp({
    name: 'lowered',
    arity: 1,
    type: sameAsOperand(anything),
    evaluate: elementwise((x) => x),
    jvp: [(dx) => dx],
    batch: pointwise,
    lower
  })

// --- tests
describe('the types', () => {
  it('of the names follow from the table', () => {
    expectTypeOf<Unary>().toEqualTypeOf<
      'neg' | 'abs' | 'sign' | 'sqrt' | 'floor' | 'ceil' | 'trunc' | 'round' | 'not'
    >()
    expectTypeOf<Comparison>().toEqualTypeOf<'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'same'>()
    expectTypeOf<'add' | 'quotient' | 'shiftLeft'>().toExtend<Binary>()
    expectTypeOf<'i32.add' | 'f64x2.promote_low_f32x4' | 'br_if'>().toExtend<Opcode>()
  })

  it('refuse a misspelt name, and a name without the immediates that its instruction has', () => {
    const wrong = (code: Code, graph: Graph): void => {
      // @ts-expect-error: there is no such instruction
      code.op('i32.ad')
      // @ts-expect-error: a load has an offset
      code.op('i32.load')
      // @ts-expect-error: an addition has none
      code.memory('i32.add', 0)
      // @ts-expect-error: a load of one lane has the number of the lane
      code.memory('v128.load32_lane', 0)
      // @ts-expect-error: a splat has no number of a lane
      code.lane('i32x4.splat', 0)
      // @ts-expect-error: there is no such instruction
      graph.map('ad', [], 'int32')
    }
    expectTypeOf(wrong).toBeFunction()
  })
})

describe('machine code gives what a row says', () => {
  const floats = [0, -0, 1, -1, 2.5, -0.5, 0.5, 1.5, 3, 1 / 3, 1e30, -7.25, NaN, Infinity, -Infinity]
  const values: Readonly<Record<RealDType, ReadonlyArray<number>>> = {
    float64: [...floats, 2 ** 52 + 1, 5e-324, 1e300],
    float32: [...floats, 2 ** -149].map(Math.fround),
    int32: [0, 1, -1, 2, 7, -3, 31, 32, 65537, 2 ** 31 - 1, -(2 ** 31)],
    uint32: [0, 1, 2, 7, 31, 33, 65537, 2 ** 31, 2 ** 32 - 1],
    bool: [0, 1]
  }
  const rows = Object.entries(instructions) as ReadonlyArray<[InstructionName, Row]>
  const cases = rows.flatMap(([name, row]) =>
    dtypes
      .filter((dtype) => isTaken(row.takes, dtype) && row.scalar?.(1, 1, dtype) !== undefined)
      .map((dtype) => ({ name, row, dtype }))
  )

  // More elements than a vector has, so that each number is computed in a vector or alone.
  it.each(cases)('$name of $dtype', ({ name, row, dtype }) => {
    const gives: DType = row.gives === 'bool' ? 'bool' : dtype
    const op = defineOp({
      name,
      arity: 2,
      type: ([x]) => ({ ...x, dtype: gives }),
      evaluate: ([x]) => x,
      jvp: flat,
      batch: pointwise,
      lower: (b, [x, y]) => (row.operands === 1 ? b[name as Unary](x) : b[name as Binary](x, y))
    })
    const pairs = values[dtype].flatMap((x) => values[dtype].map((y) => [x, y] as const))
    const wanted = pairs.map(([x, y]) => cast(gives, row.scalar?.(x, y, dtype) as number))
    const [xs, ys] = [0, 1].map((k) =>
      array(
        pairs.map((pair) => pair[k]),
        { dtype }
      )
    )
    const f = compile((x: Tensor, y: Tensor) => op(x, y))
    expect([...f(xs, ys).data]).toEqual(wanted)
    pairs.slice(0, 9).forEach(([x, y], k) => {
      expect(f(array(x, { dtype }), array(y, { dtype })).item()).toBe(wanted[k])
    })
  })
})

describe('the builder refuses', () => {
  it.each<readonly [name: string, dtype: DType, lower: Lower<undefined>, problem: string]>([
    ['a floor of integers', 'int32', (b, [x]) => b.floor(x), 'floor'],
    ['a quotient of floats as of integers', 'float64', (b, [x]) => b.quotient(x, 2), 'quotient'],
    ['a quotient of integers as of floats', 'uint32', (b, [x]) => b.div(x, 2), 'div'],
    ['a difference of bools', 'bool', (b, [x]) => b.sub(x, x), 'sub'],
    ['bits of floats', 'float32', (b, [x]) => b.not(x), 'not'],
    ['a shift of floats', 'float64', (b, [x]) => b.shiftLeft(x, 1), 'shiftLeft'],
    ['a sum of two dtypes', 'int32', (b, [x]) => b.add(x, b.constant(1, 'uint32')), 'add'],
    ['a comparison of two dtypes', 'bool', (b, [x]) => b.lt(x, b.constant(1, 'float64')), 'lt'],
    ['a choice by a float', 'float64', (b, [x]) => b.select(x, x, 0), 'select'],
    ['a choice between two dtypes', 'int32', (b, [x]) => b.select(b.lt(x, 0), x, b.constant(1, 'float32')), 'select'],
    ['a fused product of integers', 'int32', (b, [x]) => b.fma(x, x, x), 'fma'],
    ['a function of integers', 'int32', (b, [x]) => b.call('exp', x), 'exp'],
    ['a function of too many operands', 'float64', (b, [x]) => b.call('exp', x, x), 'exp'],
    ['a function of too few operands', 'float32', (b, [x]) => b.call('pow', x), 'pow'],
    ['an expanded function of too many operands', 'float64', (b, [x]) => b.call('sin', x, x), 'sin'],
    ['bits as a dtype of another size', 'bool', (b, [x]) => b.bitcast(x, { ...x.type, dtype: 'int32' }), 'bitcast']
  ])('%s', (_, dtype, lower, name) => {
    const x = array([0, 1, 1], { dtype })
    const error = reason(() => compile((x: Tensor) => lowered(lower)(x))(x))
    expect(error.op).toBe('compile')
    expect(error.problem).toContain(name)
    expect(error.operands?.length).toBeGreaterThan(0)
  })

  it('a function of no operands', () => {
    const error = reason(() => compile((x: Tensor) => lowered((b) => b.call('exp'))(x))(1))
    expect(error.problem).toContain('which its builder did not make')
  })
})
