/** Generator notation: a program written as a generator function, `yield*` for bind. */
import { callable } from '../data/callable.js'
import { describe } from '../data/describe.js'
import { fail } from '../data/error.js'
import type { Program } from './program.js'
import { Bind, Pure, type Step, Suspend } from './step.js'

// --- model
/** A generator under way and the answers it has been given so far. Answers are only ever added. */
interface Run {
  readonly body: () => Iterator<unknown, unknown, unknown>
  readonly steps: Iterator<unknown, unknown, unknown>
  readonly answers: unknown[]
}

// --- constructors
/**
 * The program of a generator function: `const a = yield* program` binds `a` to the program's result, and the returned
 * value is the result of the whole program. The row collects the effects of everything that is yielded.
 *
 * Each run of the program runs the body once. When a handler resumes the same point a second time, a fresh generator is
 * replayed to that point with the recorded answers. So the body must be pure, a function of its answers alone: a variable
 * inside the body may change, one outside must not. A handler that never resumes leaves the generator suspended, so a
 * `finally` in it does not run. Answers are kept as long as the run lasts: write an endless loop with `tailRec`.
 *
 * @example
 * import { effect, extract, gen, handle, perform } from 'freegrad/program'
 *
 * const Ask = effect<string, number>()('ask')
 * const sum = gen(function* () {
 *   const x = yield* perform(Ask, 'x')
 *   const y = yield* perform(Ask, 'y')
 *   return x + y
 * })
 * assert.deepStrictEqual(extract(handle(Ask)(sum, { perform: (name, resume) => resume(name === 'x' ? 1 : 2) })), 3)
 */
export const gen = <Y extends Program<unknown, unknown>, A>(
  body: () => Generator<Y, A, never>
): Program<Y extends Program<infer E, unknown> ? E : never, A> => {
  callable('gen', 'body', body)
  return new Suspend(() => start(body as Run['body']))
}

// --- combinators
const start = (body: Run['body']): Step => {
  const run = { body, steps: stepsOf(body), answers: [] }
  return advance(run, run.steps.next())
}

const stepsOf = (body: Run['body']): Run['steps'] => {
  const steps: unknown = body()
  return typeof (steps as Partial<Run['steps']> | undefined)?.next === 'function'
    ? (steps as Run['steps'])
    : fail('TreeError', 'gen', `the body gives ${describe(steps)}, not a generator`, {
        hint: 'give a generator function: gen(function* () { ... })'
      })
}

/** Has `run` gone on to `result`: it ends there, or waits for the answer of the program that it yielded. */
const advance = (run: Run, result: IteratorResult<unknown, unknown>): Step => {
  if (result.done === true) return new Pure(result.value)
  const at = run.answers.length
  return new Bind(result.value as Step, (answer) => {
    const live = run.answers.length === at ? run : replay(run, at)
    live.answers.push(answer)
    return advance(live, live.steps.next(answer))
  })
}

/** A fresh run that waits where `run` waited after its first `at` answers. */
const replay = ({ body, answers }: Run, at: number): Run => {
  const fresh = { body, steps: stepsOf(body), answers: answers.slice(0, at) }
  let { done } = fresh.steps.next()
  for (const answer of fresh.answers) done = fresh.steps.next(answer).done
  if (done === true)
    fail('StagingError', 'gen', 'with the same answers the body ended earlier than before', {
      hint: 'the body is impure: a handler that resumes twice runs it again, so it must be a function of its answers alone'
    })
  return fresh
}
