/** Cost is what evaluating takes: it agrees with what the evaluation rules are seen to do, and with naive books of what is held. */
import {
  cond,
  cost,
  type DType,
  defineOp,
  handler,
  type NDArray,
  type Op,
  pointwise,
  run,
  type Shape,
  scan,
  stage,
  type Tensor,
  type Type,
  whileLoop
} from 'freegrad'
import {
  complexRows,
  equation,
  iterationRows,
  operations,
  type Point,
  pulled,
  samplesOf,
  scriptPoints,
  verify,
  wholePointOf
} from 'freegrad/laws'
import * as ops from 'freegrad/ops'
import { add, gt, lt, mul, sin, sum } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'

// --- what evaluation is seen to do
type Seen = { flops: number; bytes: number; steps: number; elements: number; operations: Record<string, number> }
type Evaluate = (xs: ReadonlyArray<NDArray>, params: unknown, more: Type | Context) => unknown
type Interpret = (body: unknown) => (xs: unknown) => unknown
type Context = Readonly<{ interpret: Interpret; wants: (part: number) => boolean }>
type Rules = {
  evaluate: Evaluate
  results?: unknown
  flops?: (types: ReadonlyArray<Type>, params: unknown, type: Type) => number
}

const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1)
const bytesIn: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  int32: 4,
  uint32: 4,
  bool: 1,
  complex128: 16,
  complex64: 8
}
const bytesOf = ({ dtype, shape }: { dtype: DType; shape: Shape }): number => bytesIn[dtype] * sizeOf(shape)
const all = [...ops.signature.values()]

// What is not a constant, since a sub-program captures an argument but not a constant; it is not told of.
const argument: Op<1> = defineOp({
  name: 'argument',
  arity: 1,
  type: ([x]) => x,
  evaluate: ([x]) => x,
  jvp: [(dx) => dx],
  batch: pointwise
})

/** Evaluates terms while every rule tells of itself. */
const seen = (terms: ReadonlyArray<Tensor>): Seen => {
  const told: Seen = { flops: 0, bytes: 0, steps: 0, elements: 0, operations: {} }
  const look = (x: NDArray): number => {
    told.elements = Math.max(told.elements, x.size)
    return bytesOf(x)
  }
  const before = all.map(({ rules }) => (rules as unknown as Rules).evaluate)
  all.forEach((op, k) => {
    const rules = op.rules as unknown as Rules
    rules.evaluate = (xs, params, more) => {
      told.operations[op.name] = (told.operations[op.name] ?? 0) + 1
      for (const x of xs) told.bytes += look(x)
      if (rules.results === undefined) {
        const y = before[k](xs, params, more) as NDArray
        told.bytes += look(y)
        told.flops +=
          rules.flops === undefined
            ? y.size
            : rules.flops(
                [...xs].map(({ type }) => type),
                params,
                y.type
              )
        return y
      }
      const interpret: Interpret = (body) => {
        const call = (more as Context).interpret(body)
        return (xs) => {
          told.steps++
          return call(xs)
        }
      }
      const ys = before[k](xs, params, { ...(more as Context), interpret }) as ReadonlyArray<NDArray | undefined>
      // A scan makes its last carries in any case; what nothing takes, it leaves out.
      const { carries = 0 } = params as { carries?: number }
      if (op === ops.scanBlock)
        ys.forEach((y, part) => {
          if (part >= carries) expect([part, y !== undefined]).toEqual([part, (more as Context).wants(part)])
        })
      ys.forEach((y, part) => {
        if (y !== undefined && (more as Context).wants(part)) told.bytes += look(y)
      })
      return ys
    }
  })
  try {
    for (const y of run([...terms])) look(y)
  } finally {
    all.forEach((op, k) => {
      ;(op.rules as unknown as Rules).evaluate = before[k]
    })
  }
  return told
}

const isWhatIsSeen = equation<Point>(
  'the cost = what evaluation is seen to do',
  ({ f, x }) => {
    const { peak: _, operations, ...rest } = cost(f)(...x)
    return [rest, Object.entries(operations).sort()]
  },
  ({ f, x }) => {
    const { operations, ...rest } = seen(f(...x.map((value) => argument(value))))
    return [rest, Object.entries(operations).sort()]
  },
  'identical'
)

// --- naive books
type Result = { readonly bytes: number; last: number }

/** The most that is held: for each step every result so far is looked at, whether a later step uses it. */
const mostHeld = ({ f, x }: Point): number => {
  let given = 0
  const results: Array<Result> = []
  const own = ({ type }: Tensor): Result => {
    given += bytesOf(type)
    return { bytes: 0, last: 0 }
  }
  const books = handler<Result>('books', {
    variable: (_, x) => own(x),
    constant: (_, x) => own(x),
    operations: [],
    otherwise: (operands, _, x) => {
      for (const operand of operands) operand.last = results.length
      const result = { bytes: bytesOf(x.type), last: results.length }
      results.push(result)
      return result
    }
  })
  for (const result of books(...stage(f)(...x).outputs)) result.last = results.length
  const heldAt = (i: number) =>
    results.slice(0, i + 1).reduce((sum, { bytes, last }) => (last >= i ? sum + bytes : sum), given)
  return Math.max(given, ...results.map((_, i) => heldAt(i)))
}

const isMostHeld = equation<Point>(
  'the peak = the most that naive books hold',
  ({ f, x }) => cost(f)(...x).peak,
  mostHeld,
  'identical'
)

describe('the cost', () => {
  // Formulas of complex numbers are evaluated without the rules that are watched here.
  const real = operations.filter((row) => !complexRows.includes(row))
  const single = real.filter(({ op }) => op.rules.results === undefined)
  // `cost` adds up all arms of a branch, and counts no steps of a loop whose number is unknown.
  const counted = real.filter(({ op }) => op !== ops.branchBlock && op !== ops.whileBlock)
  const dtypes = ['float64', 'float32'] as const
  const withoutBranches = ({ f, x }: Point): boolean =>
    !['branch', 'while'].some((name) => name in cost(f)(...x).operations)

  it('of a random program is what evaluation is seen to do', () =>
    verify(isWhatIsSeen, scriptPoints('wild', { rows: counted, loops: false, dtypes }).filter(withoutBranches), {
      runs: 20
    }))

  it.each(iterationRows.map((row, k) => [row.op.name, k, row] as const))('of %s (%i), too', (_, __, row) =>
    verify(isWhatIsSeen, samplesOf(row, row.calls, 1).map(wholePointOf), { runs: 10 })
  )

  it('of what a pullback does, too', () =>
    verify(isWhatIsSeen, scriptPoints('smooth', { rows: counted, loops: false }).map(pulled).filter(withoutBranches), {
      runs: 10
    }))

  it('has a peak that naive books agree with', () =>
    verify(isMostHeld, scriptPoints('wild', { rows: single, loops: false, dtypes }), { runs: 30 }))

  // Five vectors of n float64: the argument, and in the arm or the step what is made of it.
  const n = 100
  const x = run(ops.iota({ dtype: 'float64', shape: [n], axis: 0 }))
  const held = (f: (x: Tensor) => Tensor) => cost(f)(x).peak / (8 * n)

  it('counts every arm of a branch once, and holds the largest', () => {
    const f = (x: Tensor) =>
      cond(
        gt(sum(x, { axes: [0] }), 0),
        () => mul(sin(x), x),
        () => sin(sin(sin(x)))
      )
    const { operations, steps } = cost(f)(x)
    expect([operations.sin, operations.mul, operations.branch, steps]).toEqual([4, 1, 1, 2])
    // The argument, the result, and in the first arm sin x and the product.
    expect(held(f)).toBeCloseTo(4, 1)
  })

  it('counts test and step of a loop once', () => {
    const { operations, steps } = cost((x: Tensor) =>
      whileLoop(
        (x) => lt(sum(x, { axes: [0] }), 10),
        (x) => mul(add(x, 1), x),
        x
      )
    )(x)
    expect([operations.sum, operations.add, operations.mul, operations.while, steps]).toEqual([1, 1, 1, 1, 2])
  })

  it('counts what is inside of steps as often as they run, and what is inside of those', () => {
    const inner = (c: Tensor) => scan((c) => [sin(c), null], c, null, { length: 3 })[0]
    const { operations, steps, elements } = cost((x: Tensor) => scan((c) => [inner(c), c], x, null, { length: 5 }))(x)
    expect([operations.sin, operations.scan, steps, elements]).toEqual([15, 6, 20, 5 * n])
  })

  it('holds what a step makes while the scan holds its results, and nothing for no steps', () => {
    const of = (length: number) => held((x) => scan((c) => [sin(mul(c, c)), null], x, null, { length })[0])
    // The argument, the last carry, and in a step the carry, its square and the sine.
    expect([of(0), of(1), of(9)]).toEqual([2, 5, 5])
  })
})
