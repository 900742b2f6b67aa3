/** The rows of the operations that run a sub-program or not, as numbers say. */

import * as fc from 'fast-check'
import { branch, cond, customVjp, type DType, type Shape, scan, type Tensor, whileLoop } from 'freegrad'
import * as ops from 'freegrad/ops'
import {
  add,
  and,
  clamp,
  convert,
  cos,
  div,
  dot,
  exp,
  gt,
  lt,
  mul,
  neg,
  rem,
  sin,
  sqrt,
  sub,
  sum,
  tanh
} from 'freegrad/ops'
import { between, type Domain, integers, smallOf } from './domains.js'
import type { Fn } from './point.js'
import { type Call, numericDTypes, type Operand, operand, type Row, row } from './row.js'
import { shapes } from './shapes.js'

// --- model
/** The operands that a kind of program takes, tensors of a shape or scalars, and what it makes of them. */
type OperandOf = (shape: Shape) => Operand
type Kind = Readonly<{ operands: (of: OperandOf, shape: Shape) => ReadonlyArray<Operand>; make: Fn }>
type Kinds = Readonly<Record<string, Kind>>

const index: Operand = operand('int32', [], integers(-1, 3))
const bool: Operand = operand('bool', [])
/** A number that chooses by its integral part, from which it keeps away, so that the choice is locally the same. */
const chooser = (of: OperandOf): Operand => ({
  ...of([]),
  domain: between(0, 4, { keep: (x) => Math.abs((x % 1) - 0.5) < 0.4, middle: 1.5, radius: 0.25 })
})

const integralPart = (x: Tensor): Tensor => convert(clamp(0, x, 4), { dtype: 'int32' })
const total = (x: Tensor): Tensor => sum(x, { axes: x.type.shape.map((_, axis) => axis) })

/** Branches of arithmetic alone, which every numeric dtype can do. */
const arithmeticBranches: Kinds = {
  linear: {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (i, x, y) => [branch(i, [(x, y) => add(x, y), (x) => x, (_, y) => sub(y, y)], x, y)]
  },
  'one branch': {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (i, x, y) => [branch(i, [(x) => mul(x, y)], x)]
  },
  'captured tensors': {
    operands: (of, shape) => [bool, of(shape), of(shape)],
    make: (p, x, y) => {
      const z = mul(x, y)
      return [
        cond(
          p,
          () => mul(z, x),
          () => y
        )
      ]
    }
  },
  'several results, some of them the same': {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (i, x, y) => {
      const { a, b, c } = branch(i, [
        () => ({ a: x, b: mul(x, y), c: y }),
        () => ({ a: y, b: x, c: y }),
        () => ({ a: mul(y, y), b: x, c: y })
      ])
      return [a, b, c]
    }
  },
  'a branch in a branch': {
    operands: (of, shape) => [bool, index, of(shape), of(shape)],
    make: (p, i, x, y) => [
      cond(
        p,
        (x) => branch(i, [(z) => mul(z, x), () => y], mul(x, x)),
        (x) => sub(x, y),
        x
      )
    ]
  }
}

// sin(x·w) with a derivative of its own, which names what it is called with.
const sineOf = customVjp((x: Tensor, w: Tensor) => sin(mul(x, w)), {
  forward: (x, w) => [sin(mul(x, w)), [x, w] as const],
  backward: ([x, w], ct) => {
    const slope = mul(ct, cos(mul(x, w)))
    return [mul(slope, w), mul(slope, x)]
  }
})

/** Branches of real numbers. */
const realBranches: Kinds = {
  nonlinear: {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (i, x, w) => [branch(i, [(x) => sin(mul(x, w)), (x) => exp(x), () => mul(w, w), (x) => tanh(x)], x)]
  },
  'a choice by what moves': {
    operands: (of, shape) => [chooser(of), of(shape)],
    make: (by, x) => [branch(integralPart(by), [(x) => mul(by, sin(x)), () => x, (x) => div(x, by)], x)]
  },
  'a rule': {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (i, x, w) => [branch(i, [() => sineOf(x, w), () => sineOf(w, sineOf(x, w)), () => mul(x, w)])]
  },
  constants: {
    operands: (of, shape) => [index, of(shape)],
    make: (i, x) => [...branch(i, [() => [sin(x), 1], () => [mul(x, 0), total(x)], () => [cos(x), 2]])]
  },
  'a branch in a scan': {
    operands: (of, shape) => [index, of(shape), of([3, ...shape])],
    make: (i, init, xs) => {
      const step = (c: Tensor, x: Tensor) => {
        const next = branch(i, [() => sin(mul(c, x)), () => c, () => add(c, mul(x, x))])
        return [next, mul(next, c)] as const
      }
      return scan(step, init, xs)
    }
  },
  'a scan in a branch': {
    operands: (of, shape) => [bool, of(shape), of([3, ...shape])],
    make: (p, init, xs) => [
      ...cond(
        p,
        () => scan((c, x) => [mul(c, x), sin(c)] as const, init, xs),
        () => [init, mul(xs, init)]
      )
    ]
  }
}

/** Branches that are chosen by their own numbers: at the places where the choice changes, too. */
const choosingBranches: Kinds = {
  'a sign': {
    operands: (of, shape) => [of(shape)],
    make: (x) => [
      cond(
        gt(total(x), 0),
        () => mul(x, x),
        () => neg(x)
      )
    ]
  },
  'what is not defined everywhere': {
    operands: (of, shape) => [of(shape)],
    make: (x) => {
      const square = total(mul(x, x))
      return [
        cond(
          gt(square, 0),
          () => sqrt(square),
          () => 0
        )
      ]
    }
  }
}

// A loop of at most so many steps: poisoned numbers must not make it long.
const counted = (n: Tensor, step: (x: Tensor, i: Tensor) => Tensor, x: Tensor): Tensor =>
  whileLoop(
    ({ i }) => lt(i, clamp(0, n, 4)),
    ({ i, x }) => ({ i: add(i, 1), x: step(x, i) }),
    { i: convert(0, { dtype: 'int32' }), x }
  ).x

/** Loops of arithmetic alone. */
const arithmeticLoops: Kinds = {
  linear: {
    operands: (of, shape) => [index, of(shape)],
    make: (n, x) => [counted(n, (x) => add(x, x), x)]
  },
  'captured tensors': {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (n, x, w) => {
      const square = mul(w, w)
      return [counted(n, (x) => sub(mul(x, w), square), x)]
    }
  },
  'carries that change places, and one that stays': {
    operands: (of, shape) => [index, of(shape), of(shape), of(shape)],
    make: (n, x, y, z) => {
      const last = whileLoop(
        ([i]) => lt(i, clamp(0, n, 4)),
        ([i, x, y, z]) => [add(i, 1), mul(y, z), x, z],
        [convert(0, { dtype: 'int32' }), x, y, z]
      )
      return [...last.slice(1)]
    }
  },
  'a counter': {
    operands: (of) => [index, of([])],
    make: (n, x) => [counted(n, (x, i) => add(x, convert(i, { dtype: x.type.dtype })), x)]
  }
}

/** Loops of real numbers. */
const realLoops: Kinds = {
  nonlinear: {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (n, x, w) => [counted(n, (x) => sin(add(mul(x, w), 1)), x)]
  },
  'a test of what moves': {
    operands: (of, shape) => [chooser(of), of(shape)],
    make: (by, x) => [counted(integralPart(by), (x) => mul(by, tanh(x)), x)]
  },
  'a branch in a loop': {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (n, x, w) => [
      counted(
        n,
        (x, i) =>
          cond(
            lt(rem(i, 2), 1),
            () => mul(x, cos(w)),
            () => sub(x, w)
          ),
        x
      )
    ]
  },
  'a loop in a loop': {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (n, x, w) => [counted(n, (x, i) => counted(i, (u) => sin(mul(u, w)), add(x, w)), x)]
  },
  'a loop in a branch': {
    operands: (of, shape) => [bool, index, of(shape)],
    make: (p, n, x) => [
      cond(
        p,
        () => counted(n, sin, x),
        () => mul(x, x)
      )
    ]
  },
  'a loop in every branch': {
    operands: (of, shape) => [index, index, of(shape), of(shape)],
    make: (i, n, x, w) => [
      branch(i, [
        () => counted(n, sin, x),
        () => counted(n, (u) => mul(u, w), x),
        () => counted(n, (u) => cos(add(u, w)), x)
      ])
    ]
  },
  'a loop in both branches': {
    operands: (of, shape) => [bool, index, of(shape), of(shape)],
    make: (p, n, x, w) => [
      cond(
        p,
        () => counted(n, sin, x),
        () => counted(n, (u) => mul(u, w), x)
      )
    ]
  },
  'a loop in a scan': {
    operands: (of, shape) => [index, of(shape), of([3, ...shape])],
    make: (n, init, xs) => scan((c, x) => [counted(n, (u) => sin(mul(u, x)), c), c] as const, init, xs)
  },
  'a matrix': {
    operands: (of) => [index, of([2]), of([2, 2])],
    make: (n, x, w) => [counted(n, (x) => tanh(dot(w, x, { contract: [[1], [0]], batch: [[], []] })), x)]
  },
  'a rule': {
    operands: (of, shape) => [index, of(shape), of(shape)],
    make: (n, x, w) => [counted(n, (x) => sineOf(x, w), x)]
  },
  'a limit': {
    operands: (of, shape) => [of(shape), of(shape)],
    // The number of steps jumps where x, of which multiples of 1/16 are generated, is 1/32 below a whole number.
    make: (x, w) => {
      const whole = (x: Tensor) => ops.floor(add(x, 1 / 32))
      const last = whileLoop(
        ({ i, x }) => and(lt(i, 4), lt(total(mul(whole(x), whole(x))), 9)),
        ({ i, x, y }) => ({ i: add(i, 1), x: add(x, 1), y: add(mul(mul(0.25, y), y), x) }),
        { i: convert(0, { dtype: 'int32' }), x, y: w }
      )
      return [last.y]
    }
  }
}

// --- constructors
const calls = (
  kinds: Kinds,
  dtypes: ReadonlyArray<DType>,
  domain: (dtype: DType) => Domain,
  empty: boolean
): fc.Arbitrary<Call> =>
  fc
    .tuple(fc.constantFrom(...Object.keys(kinds)), shapes({ most: 2, empty }), fc.constantFrom(...dtypes))
    .map(([kind, shape, dtype]) => ({
      params: { kind },
      operands: kinds[kind].operands((of) => operand(dtype, of, domain(dtype)), shape)
    }))

const reals: Domain = between(-1.5, 1.5)

/** Calls of programs of any of the numeric dtypes, and smooth ones. */
const rowOf = (op: Row['op'], kinds: Kinds, dtypes: ReadonlyArray<DType>, more: Partial<Row> = {}): Row =>
  row(op, {
    calls: calls(kinds, dtypes, smallOf, true),
    smooth: calls(kinds, ['float64'], () => reals, false),
    call: (params) => kinds[(params as { kind: string }).kind].make,
    ...more
  })

const floats: ReadonlyArray<DType> = ['float64', 'float32']
const integralPoints: Domain = integers(-1, 1)

// --- instances
/** Branches and loops of many kinds: captured tensors, counters, each within the other. */
export const branchingRows: ReadonlyArray<Row> = [
  rowOf(ops.branchBlock, arithmeticBranches, numericDTypes),
  rowOf(ops.branchBlock, realBranches, floats),
  row(ops.branchBlock, {
    calls: calls(choosingBranches, floats, smallOf, true),
    kinks: calls(choosingBranches, ['float64'], () => integralPoints, false),
    call: (params) => choosingBranches[(params as { kind: string }).kind].make
  }),
  rowOf(ops.whileBlock, arithmeticLoops, numericDTypes, { reverse: false }),
  rowOf(ops.whileBlock, realLoops, floats, { reverse: false })
]
