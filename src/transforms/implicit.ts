/**
 * Implicit functions: roots and solutions, differentiated through the equation that they solve, not through the solver.
 */

import { pushTangents } from '../handlers/jvp.js'
import { pullCotangents } from '../handlers/transpose.js'
import { callable } from '../language/data/callable.js'
import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import { known } from '../language/data/options.js'
import { close } from '../language/terms/body.js'
import { liveIn, maskOf } from '../language/terms/live.js'
import { replaceNodes } from '../language/terms/replace.js'
import { now, type Tensor, variable } from '../language/terms/term.js'
import type { Handed } from '../language/trees/leaves.js'
import * as Tree from '../language/trees/tree.js'
import { onlyIf, somewhere } from '../ops/anyLive.js'
import { neg, sub } from '../ops/arithmetic.js'

import { give, handTo, type Lifted, moves, strong, take, takingTrees, zeroLike } from './arguments.js'
import { linearize, seedsOf } from './linearize.js'
import { atNames } from './moving.js'
import { type Given, vectorsLike, withRules } from './rules.js'
import type { Tensors } from './types.js'

// --- model
/** A function from a tree like `X` to a tree like `X`. */
export type Endo<X> = (x: Given<X>) => Tensors<X>

/** A solver of a linear system: returns `x` with `matvec(x) = b`. */
export type LinearSolve<B> = (matvec: Endo<B>, b: Handed<B>) => Given<B>

/** `symmetric` states that the system equals its transpose, so that `solve` also solves the transposed system. */
export type LinearSolveOptions = Readonly<{ symmetric?: boolean }>
const linearSolveOptions = known<LinearSolveOptions>({ symmetric: 'boolean' })

/** A function of leaves, closed: the tensors that it captured are arguments too. */
interface Closed {
  readonly captured: ReadonlyArray<Tensor>
  readonly at: (xs: ReadonlyArray<Tensor>, captured: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>
}

// --- constructors
/**
 * The root of `f`, a tree `x` with `f(x) = 0`, which `solve(f, guess)` finds by any method. It is a differentiable
 * function of the tensors that `f` captured. By the implicit function theorem its tangent solves `J·dx = -df`, where `J`
 * is the derivative of `f` at the root and `df` is the tangent of `f` there; `tangentSolve(g, y)` solves `g(x) = y` for a
 * linear `g`. So a loop in `solve` is never differentiated, and the derivative with respect to the guess is 0. Works in
 * both modes and to any order. Reverse mode transposes `tangentSolve`, which must be linear in `y`: divide, use a matrix,
 * or call `customLinearSolve`.
 *
 * Throws `TreeError`, `ShapeError` or `DTypeError` if the result of a function does not match the guess, and `DTypeError`
 * for a guess that is not floating.
 *
 * @example
 * import { customRoot, foriLoop, grad, run, type Tensor, tensor } from 'freegrad'
 * import { div, mul, sub } from 'freegrad/ops'
 * const sqrt = (a: Tensor) =>
 *   customRoot(
 *     (x) => sub(mul(x, x), a),
 *     1,
 *     (f, x) => foriLoop(0, 9, (_, x) => sub(x, div(f(x), mul(2, x))), x),
 *     (g, y) => div(y, g(1))
 *   )
 * assert.deepStrictEqual([run(sqrt(tensor(9))).item(), run(grad(sqrt)(9)).item()], [3, 1 / 6])
 */
export const customRoot = <X = number>(
  f: (x: Handed<X>) => Given<X>,
  guess: X | Given<NoInfer<X>>,
  solve: (f: Endo<X>, guess: Handed<X>) => Given<X>,
  tangentSolve: LinearSolve<X>
): Tensors<X> => {
  const name = 'customRoot'
  for (const [called, given] of Object.entries({ f, solve, tangentSolve })) callable(name, called, given)
  const start = likeNumbers(name, 'the guess', guess)
  const { structure } = start
  const { captured, at } = closed(name, 'what f gives', f as (x: unknown) => unknown, start)
  const like = (what: string, tree: unknown) => allLike(name, what, start, tree)
  const endo = (by: (xs: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>) =>
    takingTrees((x: unknown) => give(structure, by(like('what the function is given', x)))) as Endo<X>

  const root = withRules(
    name,
    (given: ReadonlyArray<Tensor>) => {
      const solved = solve(
        endo((xs) => at(xs, given)),
        handTo(solve, structure, start.leaves) as Handed<X>
      )
      return give(structure, like('the root that solve gives', solved))
    },
    () => ({
      pushforward: (given, ys) => (dgiven) => {
        const moved = tangents(given, dgiven, (names) => at(ys, names))
        if (moved.every((dy) => dy === undefined)) return moved
        const [, push] = linearize((xs: Tensor[]) => [...at(xs, given)])([...ys])
        const df = handTo(
          tangentSolve,
          structure,
          zipped(ys, moved).map(([y, dy]) => dy ?? zeroLike(y))
        ) as Handed<X>
        const solved = tangentSolve(
          endo((xs) => push([...xs])),
          df
        )
        return like('what tangentSolve gives', solved).map((dx) => neg(dx))
      }
    }),
    true
  )
  return root(captured) as Tensors<X>
}

/**
 * The solution `x` of `matvec(x) = b`, a tree like `b`, for a linear `matvec`. `solve(matvec, b)` finds it by any method.
 * It is a differentiable function of `b` and of the tensors that `matvec` captured. Its tangent solves the same system,
 * `matvec(dx) = db - dmatvec(x)`, and its cotangent solves the transposed system, by `transposeSolve(vecmat, ct)`, or by
 * `solve` if the system is `symmetric`. The solvers are never differentiated. Works in both modes and to any order.
 *
 * Throws `NotDifferentiable` in reverse mode without a solver for the transposed system; `TreeError`, `ShapeError` or
 * `DTypeError` if the result of a function does not match `b`; and `DTypeError` for a `b` that is not floating.
 *
 * @example
 * import { array, customLinearSolve, grad, run, type Tensor } from 'freegrad'
 * import { div, mul, sum } from 'freegrad/ops'
 * const scale = array([2, 4])
 * const f = (b: Tensor) => {
 *   const x = customLinearSolve((x) => mul(scale, x), b, (_, b) => div(b, scale), { symmetric: true })
 *   return sum(mul(x, x), { axes: [0] })
 * }
 * assert.deepStrictEqual(run(grad(f)(array([2, 4]))).toNested(), [1, 0.5])
 */
export const customLinearSolve = <B>(
  matvec: (x: Handed<B>) => Given<B>,
  b: B | Given<NoInfer<B>>,
  solve: LinearSolve<NoInfer<B>>,
  transposeSolve?: LinearSolve<NoInfer<B>> | LinearSolveOptions | null,
  options?: LinearSolveOptions
): Tensors<B> => {
  const name = 'customLinearSolve'
  for (const [called, given] of Object.entries({ matvec, solve })) callable(name, called, given)
  const side = likeNumbers(name, 'b', b)
  const { symmetric = false } = linearSolveOptions(
    name,
    typeof transposeSolve === 'function' ? options : (transposeSolve ?? options)
  )
  const back = typeof transposeSolve === 'function' ? transposeSolve : undefined
  const { captured, at } = closed(name, 'what matvec gives', matvec as (x: unknown) => unknown, side)
  const solver = system(side, captured.length, at, solve as Solve, back as Solve | undefined, symmetric)
  return give(side.structure, solver(captured, side.leaves)) as Tensors<B>
}

type Solve = LinearSolve<unknown>
type Solver = (captured: ReadonlyArray<Tensor>, b: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>

// A linear system on leaves, as a function of the tensors that it captured and of its right-hand side.
const system = (
  side: Lifted,
  count: number,
  at: Closed['at'],
  solve: Solve,
  transposeSolve: Solve | undefined,
  symmetric: boolean
): Solver => {
  const name = 'customLinearSolve'
  const { structure } = side
  const like = (what: string, tree: unknown) => allLike(name, what, side, tree)
  const solver: Solver = (captured, b) => call([...captured, ...b]) as ReadonlyArray<Tensor>
  const call = withRules(
    name,
    (given: ReadonlyArray<Tensor>) => {
      const matvec = takingTrees((x: unknown) =>
        give(structure, at(like('what matvec is given', x), given.slice(0, count)))
      )
      const b = handTo(solve, structure, given.slice(count))
      return like('what solve gives', solve(matvec as Endo<unknown>, b as never))
    },
    () => ({
      pushforward: (given, ys) => (dgiven) => {
        const captured = given.slice(0, count)
        const moved = tangents(captured, dgiven.slice(0, count), (names) => at(ys, names))
        const right = dgiven.slice(count).map((db, k) => {
          const dy = moved[k]
          return dy === undefined ? db : db === undefined ? neg(dy) : sub(db, dy)
        })
        if (right.every((x) => x === undefined)) return right
        return solver(
          captured,
          zipped(ys, right).map(([y, x]) => x ?? zeroLike(y))
        )
      },
      transpose: (given) => (vectors) => {
        const [cts, lives] = halves(vectors)
        const right = side.leaves.map((x, k) => cts[k] ?? zeroLike(x))
        const captured = given.slice(0, count)
        const transposed = symmetric ? solver : transposedSystem()
        const solved = transposed(captured, right)
        const there = somewhere(cts.map((ct, k) => ct && { ct, live: lives[k] && liveIn(lives[k]) }))
        const found = solved.map((ct) => onlyIf(there, ct))
        const none = captured.map(() => undefined)
        return [...none, ...found.map(({ ct }) => ct), ...none, ...found.map(({ live }) => live && maskOf(live))]
      }
    }),
    true
  )
  const transposedSystem = (): Solver =>
    transposeSolve === undefined
      ? fail('NotDifferentiable', name, 'reverse mode needs a solver for the transposed system', {
          operands: side.leaves.map((x) => x.type),
          hint: 'give a transposeSolve, or { symmetric: true } if the system is its own transpose'
        })
      : system(side, count, transposeOf(side, at), transposeSolve, solve, false)
  return solver
}

// --- combinators
// A function of leaves, called once on variables.
const closed = (name: string, what: string, f: (x: unknown) => unknown, { leaves, structure }: Lifted): Closed => {
  const oldest = now()
  const variables = leaves.map((x) => variable(x.type))
  const outputs = allLike(name, what, { leaves, structure }, f(handTo(f, structure, variables)))
  const captured = close(variables, [], outputs, oldest).operands
  return {
    captured,
    at: (xs, given) =>
      replaceNodes(
        outputs,
        new Map([...zipped(variables, xs), ...zipped(captured, given).filter(([x, by]) => x !== by)])
      )
  }
}

// The transpose of a linear function of leaves.
const transposeOf =
  ({ leaves }: Lifted, at: Closed['at']): Closed['at'] =>
  (cts, captured) => {
    const variables = leaves.map((x) => variable(x.type))
    const pulled = pullCotangents(at(variables, captured), cts, variables)
    return leaves.map((x, k) => pulled[k] ?? zeroLike(x))
  }

const halves = <A>(all: ReadonlyArray<A>): readonly [ReadonlyArray<A>, ReadonlyArray<A>] => [
  all.slice(0, all.length / 2),
  all.slice(all.length / 2)
]

// The tangents of terms of some leaves, given the tangents of these leaves.
const tangents = (
  xs: ReadonlyArray<Tensor>,
  dxs: ReadonlyArray<Tensor | undefined>,
  f: (names: ReadonlyArray<Tensor>) => ReadonlyArray<Tensor>
): ReadonlyArray<Tensor | undefined> =>
  atNames(xs, f, (names, ys) => pushTangents(ys as ReadonlyArray<Tensor>, seedsOf(names, dxs))) as ReadonlyArray<
    Tensor | undefined
  >

const allLike = (name: string, what: string, { leaves, structure }: Lifted, tree: unknown): ReadonlyArray<Tensor> =>
  vectorsLike(name, what, structure, leaves, tree) as ReadonlyArray<Tensor>

// A tree of floating tensors, none of them weak, so that values that replace them later keep their types.
const likeNumbers = (name: string, what: string, tree: unknown): Lifted => {
  const { leaves, structure } = take(name, tree)
  const still = leaves.find((x) => !moves(x))
  if (still !== undefined)
    fail('DTypeError', name, `${what} is not floating`, {
      operands: [still.type],
      path: Tree.paths(structure)[leaves.indexOf(still)],
      hint: "convert it: tensor(x, { dtype: 'float64' })"
    })
  return { leaves: leaves.map(strong), structure }
}
