/** Run: where programs become numbers. */
import type * as E from 'fp-ts/lib/Either.js'
import { evaluate, evaluateInto, type Value } from '../handlers/evaluate.js'
import { hintFor, type NDArray } from '../language/data/array.js'
import { callable } from '../language/data/callable.js'
import { oneCopy } from '../language/data/copies.js'
import { describe } from '../language/data/describe.js'
import { attempt, type FreegradError, fail } from '../language/data/error.js'
import { isArray } from '../language/data/lists.js'
import { known } from '../language/data/options.js'
import { type Effect, effect, type Program, perform, view } from '../language/programs/program.js'
import { asked, scoped } from '../language/programs/step.js'
import { checkFuel, withFuel } from '../language/terms/fuel.js'
import { lift } from '../language/terms/op.js'
import type { Tensor } from '../language/terms/term.js'
import type { Leaf, Leaves } from '../language/trees/tree.js'
import { give, take } from './arguments.js'
import type { BatchContext } from './lanes.js'
import { expectStill } from './moving.js'

// --- model
/** How a program is run. */
export interface RunOptions {
  /** How many steps all `whileLoop`s together may take; more are a `StagingError`. Unlimited by default. */
  readonly steps?: number
}

const runOptions = known<RunOptions>({ steps: 'number' })

// --- combinators
/**
 * Evaluates every tensor of a tree to an `NDArray`, and computes shared work once; other leaves become arrays too. The
 * values are cached for as long as their tensors live.
 *
 * Throws `NotDifferentiable` for a tensor that depends on the argument of a function under differentiation, since the
 * resulting array is a constant and the gradient would be lost; use `run(stopGradient(x))` if that is intended. Throws
 * `FreeVariable` for the argument of a function that is being batched, staged or compiled, or that is part of an
 * operation.
 *
 * @example
 * import { run } from 'freegrad'
 * import { add } from 'freegrad/ops'
 * assert.deepStrictEqual(run({ sum: add(1, [2, 3]) }).sum.toNested(), [3, 4])
 */
export const run = <T>(tree: T): Leaves<T, NDArray> => {
  const { leaves, structure } = take('run', tree)
  expectStill(
    'run',
    'a tensor is being differentiated, and as an array it would be a constant',
    'leave it a tensor; to branch on its number use cond, where, or a program that inspects it; run(stopGradient(x)) if it is meant to be constant',
    leaves
  )
  return give(structure, evaluate(leaves)) as Leaves<T, NDArray>
}

/**
 * Builds and runs a tree; a `FreegradError` is returned as a `Left`. The tree is built inside, because operations check
 * shapes when they are applied. The option `steps` limits the number of steps that all `whileLoop`s of the tree take
 * together; more are a `StagingError`.
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { tryRun } from 'freegrad'
 * import { add } from 'freegrad/ops'
 * const result = tryRun(() => add([1, 2], [1, 2, 3]))
 * assert.strictEqual(E.isLeft(result) && result.left._tag, 'ShapeError')
 */
export const tryRun = <T>(make: () => T, options?: RunOptions): E.Either<FreegradError, Leaves<T, NDArray>> => {
  const { steps } = runOptions('tryRun', options)
  callable('tryRun', 'make', make)
  checkFuel('tryRun', steps)
  const made = () => run(make())
  return attempt(steps === undefined ? made : () => withFuel('tryRun', steps, made))
}

/**
 * The concrete number of a tensor, which `inspect` asks for. A batched tensor splits the lanes; any other is read once.
 */
export const Inspect: Effect<'inspect', Tensor, NDArray> = effect<Tensor, NDArray>()('inspect', {
  batch: (_, context) => {
    const { batched, once, split } = context as BatchContext
    return batched ? split() : once()
  }
})

/**
 * The concrete number of a tensor in the middle of a program, for example to branch on. Under `grad` and `jvp` it is the
 * primal; under `vmap` each lane continues separately.
 */
export const inspect = (x: Leaf): Program<'inspect', NDArray> =>
  perform(
    Inspect,
    isArray(x)
      ? fail('DTypeError', 'inspect', `the operand is ${describe(x)}, not a tensor`, { hint: hintFor(x) })
      : lift('inspect', x)
  )

/**
 * Runs a program whose only unhandled effect is `inspect`, which it answers by evaluating the tensor. All evaluations
 * share one cache, so a loop that inspects at every step takes linear time. Another unhandled effect is a type error, and
 * throws `UnhandledEffect` if it runs.
 */
export const runProgram = <A>(program: Program<never, A> | Program<'inspect', A>): A => {
  const memo = new WeakMap<Tensor, Value>()
  let seen = view(program as Program<unknown, A>)
  while (seen._tag === 'Perform') {
    if ((seen.effect as unknown) !== Inspect) {
      const { effect, payload } = seen
      fail('UnhandledEffect', 'runProgram', `${asked(effect, payload)}, but nothing handles it`, {
        hint:
          effect === scoped
            ? 'handle it around the program by handleWith, or inside of the function; inspect has no numbers there: decide by cond or np.where'
            : effect.name === Inspect.name
              ? oneCopy
              : `wrap the program in handle(${effect.name}) first`
      })
    }
    const [value] = evaluateInto(memo, [seen.payload as Tensor])
    seen = view(seen.resume(value as never))
  }
  return seen.value
}
