import * as fc from 'fast-check'
import {
  array,
  axisIndex,
  defineOp,
  flat,
  grad,
  jvp,
  type Like,
  NDArray,
  type Op,
  run,
  type Tensor,
  tensor,
  vmap
} from 'freegrad'
import {
  add,
  dot,
  elementwise,
  floating,
  mul,
  reshape,
  sameAsOperand,
  sin,
  stopGradient,
  sub,
  sum,
  transpose
} from 'freegrad/ops'
import {
  chain,
  effect,
  gen,
  handle,
  inspect,
  isPerform,
  map,
  of,
  type Program,
  perform,
  runProgram,
  suspend,
  view
} from 'freegrad/program'
import { register } from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

class Box {
  constructor(readonly x: Tensor) {}
}
register(Box, { flatten: ({ x }) => [{ x }, undefined], unflatten: ({ x }) => new Box(x as Tensor) })

const nested = (x: Tensor) => run(x).toNested()
const matrix = array([
  [1, 2, 3],
  [4, 5, 6]
])
const total = (x: Tensor): Tensor => sum(x, { axes: x.type.shape.map((_, axis) => axis) })
const inner = (x: Tensor, y: Tensor): Tensor => dot(x, y, { contract: [[0], [0]], batch: [[], []] })

describe('vmap', () => {
  it('maps the axis that inAxes names, from either end', () => {
    expect(nested(vmap(total)(matrix))).toEqual([6, 15])
    expect(nested(vmap(total, { inAxes: 1 })(matrix))).toEqual([5, 7, 9])
    expect(nested(vmap(total, { inAxes: -1 })(matrix))).toEqual([5, 7, 9])
  })

  it('accepts axes as a tuple, a tree or a prefix of a tree, and null for arguments that lanes share', () => {
    const f = (p: { w: Tensor; b: Tensor }, x: Tensor) => add(mul(p.w, x), p.b)
    const p = { w: array([1, 2]), b: array([10, 20]) }
    expect(nested(vmap(f)(p, array([1, 1])))).toEqual([11, 22])
    expect(nested(vmap(f, { inAxes: [0, null] })(p, 5))).toEqual([15, 30])
    expect(nested(vmap(f, { inAxes: [{ w: 0, b: null }, null] })({ w: array([1, 2]), b: 7 }, 5))).toEqual([12, 17])
    expect(() => vmap(f, { inAxes: [{ w: 0 }, null] as never })(p, 5)).toThrow(/record \{w\} is no prefix/)
  })

  it('puts the batch axis where outAxes says, for each output', () => {
    const both = vmap((x: Tensor) => ({ same: x, shared: tensor(1) }), { outAxes: { same: 1, shared: null } })(matrix)
    expect(nested(both.same)).toEqual([
      [1, 4],
      [2, 5],
      [3, 6]
    ])
    expect(nested(both.shared)).toEqual(1)
    expect(nested(vmap(() => tensor(3), { axisSize: 2 })())).toEqual([3, 3])
  })

  it('nests: three vmaps of scalar products give a matrix product', () => {
    const mv = vmap(inner, { inAxes: [0, null] })
    const mm = vmap(mv, { inAxes: [null, 1], outAxes: 1 })
    expect(nested(mm(matrix, run(transpose(matrix, { permutation: [1, 0] }))))).toEqual([
      [14, 32],
      [32, 77]
    ])
  })

  it('shares nodes that do not depend on the lane', () => {
    let evaluations = 0
    const counted: Op<1> = defineOp<1>({
      name: 'counted',
      arity: 1,
      type: sameAsOperand(floating),
      evaluate: (xs, params, type) => {
        evaluations += 1
        return elementwise((x) => x)(xs, params, type)
      },
      jvp: flat,
      batch: ([x]) => counted(x)
    })
    expect(nested(vmap((x) => add(x, counted(2)))(array([1, 2])))).toEqual([3, 4])
    expect(evaluations).toBe(1)
  })

  it('has named axes, on which a node can depend without a batched operand', () => {
    const f = (x: Tensor) => add(mul(10, axisIndex('rows')), mul(0, x))
    expect(nested(vmap(f, { axisName: 'rows' })(array([0, 0, 0])))).toEqual([0, 10, 20])
    const grid = vmap(
      () => vmap(() => sub(mul(10, axisIndex('i')), axisIndex('j')), { axisName: 'j', axisSize: 3 })(),
      { axisName: 'i', axisSize: 2 }
    )()
    expect(nested(grid)).toEqual([
      [0, -1, -2],
      [10, 9, 8]
    ])
    expect(
      nested(
        vmap(
          grad((x) => mul(x, axisIndex('i'))),
          { axisName: 'i' }
        )(array([5, 6]))
      )
    ).toEqual([0, 1])
  })
})

// Halves a number until it is below one: each lane stops after its own number of steps.
const halve = (x: Tensor): Program<'inspect', Tensor> =>
  chain((value: NDArray) => (value.item() < 1 ? of(x) : halve(mul(x, 0.5))))(inspect(x))
const halveGen = (start: Tensor): Program<'inspect', Tensor> =>
  gen(function* () {
    let x = start
    while ((yield* inspect(x)).item() >= 1) x = mul(x, 0.5)
    return x
  })
const numbers = fc.array(fc.double({ min: -4, max: 1000, noNaN: true }), { minLength: 1, maxLength: 6 })

describe('vmap of a program', () => {
  it('splits the lanes at inspect, and then equals a loop over the lanes', () => {
    fc.assert(
      fc.property(numbers, (xs) => {
        const alone = xs.map((x) => run(runProgram(halve(tensor(x)))).item())
        expect(nested(runProgram(vmap(halve)(array(xs))))).toEqual(alone)
        expect(nested(runProgram(vmap(halveGen)(array(xs))))).toEqual(alone)
      })
    )
  })

  it('commutes with the derivative', () => {
    fc.assert(
      fc.property(numbers, (xs) => {
        const slopes = xs.map((x) => run(runProgram(grad(halve)(x))).item())
        expect(nested(runProgram(vmap(grad(halve))(array(xs))))).toEqual(slopes)
        const pushed = runProgram(jvp(vmap(halve))([array(xs)], [array(xs.map(() => 1))]))
        expect(nested(pushed[1])).toEqual(slopes)
      })
    )
  })

  it('nests', () => {
    const rows = array([
      [3, 100, 0.5],
      [9, -1, 17]
    ])
    const expected = (rows.toNested() as number[][]).map((row) =>
      row.map((x) => run(runProgram(halve(tensor(x)))).item())
    )
    expect(nested(runProgram(vmap(vmap(halve))(rows)))).toEqual(expected)
  })

  it('inspects a value that all lanes share once', () => {
    const f = (x: Tensor): Program<'inspect', Tensor> => map((two: NDArray) => mul(x, two.item()))(inspect(2))
    expect(nested(runProgram(vmap(f)(array([1, 2]))))).toEqual([2, 4])
  })

  it('differentiates an answer with respect to the question of its lane, and rejects an answer for the whole batch that depends on it', () => {
    const xs = array([1, -2, 3])
    const Square = effect<Tensor, Tensor>()('square')
    const SquareAll = effect<Tensor, Tensor>()('squareAll', { batch: 'whole' })
    const answer = (by: typeof Square | typeof SquareAll, program: Program<'square' | 'squareAll', Tensor>) =>
      handle(by as typeof Square)(program as Program<'square', Tensor>, {
        perform: (x, resume) => resume(mul(x, x))
      })
    // x³, with an answer that is used again
    const cube = (x: Tensor): Program<'square', Tensor> =>
      gen(function* () {
        const square = yield* perform(Square, x)
        return (yield* inspect(square)).item() > 2 ? mul(x, square) : mul(x, yield* perform(Square, x))
      }) as Program<'square', Tensor>
    const slopes = [3, 12, 27]
    expect(nested(runProgram(answer(Square, vmap(grad(cube))(xs))))).toEqual(slopes)
    expect(nested(runProgram(vmap((x: Tensor) => answer(Square, grad(cube)(x)))(xs)))).toEqual(slopes)
    expect(nested(runProgram(answer(Square, vmap(grad((x) => grad(cube)(x)))(xs))))).toEqual([6, -12, 18])
    const asked = (payload: (x: Tensor) => Tensor) => (x: Tensor) =>
      map((square: Tensor) => mul(x, square))(perform(SquareAll, payload(x)))
    const plain = asked((x) => x)
    expect(reason(() => runProgram(answer(SquareAll, vmap(grad(plain))(xs))))._tag).toBe('NotDifferentiable')
    expect(nested(runProgram(vmap((x: Tensor) => answer(SquareAll, grad(plain)(x)))(xs)))).toEqual(slopes)
    const all = grad((xs: Tensor) => map(total)(vmap(plain)(xs)))(xs)
    expect(nested(runProgram(answer(SquareAll, all)))).toEqual(slopes)
    expect(nested(runProgram(answer(SquareAll, vmap(grad(asked(stopGradient)))(xs))))).toEqual([1, 4, 9])
  })

  it('finds batched tensors in every tree that a program returns, asks with or is answered with', () => {
    const xs = array([1, -2, 3])
    const makers: ReadonlyArray<(x: Tensor) => { readonly x: Tensor }> = [
      (x) => ({ x }),
      (x) => new Box(x),
      (x) => Object.assign(Object.create(null), { x })
    ]
    const Ask = effect<{ readonly x: Tensor }, { readonly x: Tensor }>()('ask', { batch: 'whole' })
    for (const box of makers) {
      const split = (x: Tensor) => map((n: NDArray) => box(n.item() > 0 ? mul(2, x) : x))(inspect(x))
      expect(nested(runProgram(vmap(split)(xs)).x)).toEqual([2, -2, 6])
      const asks = (x: Tensor) => map((twice: { readonly x: Tensor }) => mul(x, twice.x))(perform(Ask, box(x)))
      const answered = handle(Ask)(vmap(asks)(xs), { perform: ({ x }, resume) => resume(box(mul(2, x))) })
      expect(nested(runProgram(answered))).toEqual([2, 8, 18])
    }
  })

  it('splits an array that answers the whole batch, and asks with one element for each lane', () => {
    const xs = array([1, 2])
    const Ask = effect<Like, Like>()('ask', { batch: 'whole' })
    const asks = (question: Like) => (x: Tensor) => map((y: Like) => add(x, y))(perform(Ask, question))
    const answered = (answer: Like, question: Like = 0) => {
      const asked: Array<unknown> = []
      const result = handle(Ask)(vmap(asks(question))(xs), {
        perform: (payload, resume) => {
          asked.push(payload instanceof NDArray ? payload.toNested() : payload)
          return resume(answer)
        }
      })
      return [nested(runProgram(result)), asked]
    }
    expect(answered(array([10, 20]))[0]).toEqual([11, 22])
    expect(answered(Float64Array.of(10, 20))[0]).toEqual([11, 22])
    expect(
      answered(
        array([
          [1, 2, 3],
          [4, 5, 6]
        ])
      )[0]
    ).toEqual([
      [2, 3, 4],
      [6, 7, 8]
    ])
    expect(answered(5, array([7, 8]))).toEqual([
      [6, 7],
      [
        [
          [7, 8],
          [7, 8]
        ]
      ]
    ])
    expect(reason(() => answered(array([1, 2, 3])))).toMatchObject({ _tag: 'ShapeError', op: 'vmap' })
    expect(reason(() => answered(array(1)))).toMatchObject({ _tag: 'ShapeError', op: 'vmap' })
  })

  it('rejects an answer that depends on an earlier question for the whole batch, kept in a state', () => {
    const Put = effect<Tensor, void>()('put', { batch: 'whole' })
    const Get = effect<void, Tensor>()('get', { batch: 'whole' })
    const cube = (x: Tensor) => chain(() => map((s: Tensor) => mul(s, x))(perform(Get)))(perform(Put, mul(x, x)))
    const kept = <A>(program: Program<'put' | 'get', A>, state: Tensor): Program<never, A> =>
      suspend(() => {
        const seen = view(program)
        if (seen._tag === 'Pure') return of(seen.value)
        if (isPerform(Get)(seen)) return kept(seen.resume(state), state)
        return isPerform(Put)(seen) ? kept(seen.resume(), seen.payload) : (undefined as never)
      })
    const run_ = (program: Program<'put' | 'get', Tensor>) => nested(runProgram(kept(program, tensor([0, 0]))))
    const xs = array([1, 2])
    expect(run_(vmap(cube)(xs))).toEqual([1, 8])
    expect(run_(grad((xs: Tensor) => map((ys: Tensor) => sum(ys, { axes: [0] }))(vmap(cube)(xs)))(xs))).toEqual([3, 12])
    expect(reason(() => run_(vmap(grad(cube))(xs)))).toMatchObject({ _tag: 'NotDifferentiable', op: 'vmap' })
  })

  it('reports results that differ in shape between lanes, and answers without an element for each lane', () => {
    const by = (f: (x: Tensor, isPositive: boolean) => unknown) => (xs: NDArray) =>
      reason(() => run(runProgram(vmap((x: Tensor) => map((n: NDArray) => f(x, n.item() > 0))(inspect(x)))(xs))))
    const xs = array([1, -2])
    const trees = by((x, isPositive) => (isPositive ? [x] : { x }))(xs)
    expect(trees).toMatchObject({ _tag: 'TreeError', op: 'vmap' })
    const shapes = by((x, isPositive) => ({ x: isPositive ? x : reshape(x, { shape: [1] }) }))(xs)
    expect(shapes).toMatchObject({ _tag: 'ShapeError', op: 'vmap', path: '.x' })
    expect(by((x) => x)(array(new Float64Array(0)))).toMatchObject({ _tag: 'AxisError', op: 'vmap' })
    const All = effect<Tensor, Tensor>()('all', { batch: 'whole' })
    const answered = (answer: Tensor) => () =>
      runProgram(handle(All)(vmap((x: Tensor) => perform(All, x))(xs), { perform: (_, resume) => resume(answer) }))
    for (const answer of [tensor(1), tensor([1, 2, 3])])
      expect(reason(answered(answer))).toMatchObject({ _tag: 'ShapeError', op: 'vmap' })
  })

  it('performs an effect lane by lane in order, or once for the whole batch', () => {
    const Tell = effect<Like, void>()('tell')
    const TellAll = effect<Tensor, void>()('tell', { batch: 'whole' })
    const heard: Array<unknown> = []
    const listen = <A>(program: Program<'tell', A>, of_: typeof Tell | typeof TellAll): A =>
      runProgram(
        handle(of_ as typeof Tell)(program, {
          perform: (x, resume) => {
            heard.push(nested(tensor(x)))
            return resume()
          }
        })
      )
    const tells = (x: Tensor) => map(() => sin(x))(perform(Tell, mul(2, x)))
    const tellsAll = (x: Tensor) => map(() => mul(3, x))(perform(TellAll, mul(2, x)))
    expect(nested(listen(vmap(tells)(array([0, 0])), Tell))).toEqual([0, 0])
    expect(nested(listen(vmap(tellsAll)(array([1, 2])), TellAll))).toEqual([3, 6])
    expect(heard).toEqual([0, 0, [2, 4]])
  })
})
