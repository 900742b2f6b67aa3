/** Steps: the nodes of programs without their types, and the loop that drives them from effect to effect. */

import { brand, isBranded, oneCopy } from '../data/copies.js'
import { describe } from '../data/describe.js'
import { fail } from '../data/error.js'

// --- model
/** What a node and its frames need to know of an effect: which one it is. */
export interface Effect {
  readonly name: string
}

/** A frame of a continuation: what is done with the value of the step before it. */
export type Frame = (value: unknown) => Step

/** A deep handler of one effect: its clause has the continuation, and may call it any number of times. */
export interface Handler {
  readonly _tag: 'Handler'
  readonly effect: Effect
  readonly clause: (payload: unknown, resume: Frame) => Step
  readonly return: ((value: unknown, state: unknown) => Step) | undefined
}

/**
 * A handler that answers each time exactly once, and hands a state on from answer to answer: its clause gives a program of both.
 * `threading` says how the state goes through the body of a scoped operation.
 */
export interface Runner {
  readonly _tag: 'Runner'
  readonly effect: Effect
  readonly clause: (payload: unknown, state: unknown) => Step
  readonly return: ((value: unknown, state: unknown) => Step) | undefined
  readonly threading: unknown
}

/**
 * A scoped operation, such as a loop whose step is a program: what `scoped` asks. On its way out it passes handlers, and each of
 * them enters the body.
 */
export interface Scope {
  /** The operation with a handler within, in some state. */
  readonly within: (handler: Handler | Runner, state: unknown) => Scope
  /** Its result, if its body performs no effect but those that are handled within. */
  readonly close: () => Closed | Waiting
  /** The operation within a derivative at some names: what is done to each program of a body. */
  at(names: ReadonlyArray<unknown>, f: (program: Step) => Step): Scope
}

/** A scoped operation whose body performs an effect that nothing within handles. */
export interface Waiting {
  readonly _tag: 'Waiting'
  readonly effect: Effect
}

/** The result of a scoped operation, and the states of the handlers that it has passed, those of the outermost first. */
export interface Closed {
  readonly _tag: 'Closed'
  readonly value: unknown
  readonly states: ReadonlyArray<unknown>
}

/** Frames, innermost first. A head may be frames itself: continuations are joined in constant time. */
type Frames = { readonly head: Frame | NonNullable<Frames>; readonly tail: Frames } | null

/** The handlers around a step, innermost first, each with its state and the frames outside of it. */
type Handlers = {
  readonly handler: Handler | Runner
  readonly state: unknown
  readonly outside: Frames
  readonly next: Handlers
} | null

/** The part of a continuation that an effect captured: handlers, outermost first, each with the frames inside of it. */
type Slice = {
  readonly handler: Handler | Runner
  readonly state: unknown
  readonly inside: Frames
  readonly next: Slice
} | null

export type Step = Pure | Perform | Bind | Suspend | Handle | Resume

/** The key of a program's row; only types have it. */
export declare const row: unique symbol

/**
 * A node is a program of every type, since it has lost its own. Iterating it is for `yield*`: it yields itself, and
 * what is sent back is its result.
 */
abstract class Node {
  declare readonly [row]: never
  get [brand](): true {
    return true
  }
  [Symbol.iterator](): Iterator<never, never, unknown> {
    return new Once(this) as Iterator<unknown> as Iterator<never, never, unknown>
  }
}

class Once implements Iterator<unknown> {
  private asked = false
  constructor(private readonly node: Node) {}
  next(answer?: unknown): IteratorResult<unknown> {
    if (this.asked) return { done: true, value: answer }
    this.asked = true
    return { done: false, value: this.node }
  }
}

export class Pure extends Node {
  readonly _tag = 'Pure'
  constructor(readonly value: unknown) {
    super()
  }
}

export class Perform extends Node {
  readonly _tag = 'Perform'
  constructor(
    readonly effect: Effect,
    readonly payload: unknown
  ) {
    super()
  }
}

export class Bind extends Node {
  readonly _tag = 'Bind'
  constructor(
    readonly source: Step,
    readonly frame: Frame
  ) {
    super()
  }
}

/** A step that is made when it is reached. */
export class Suspend extends Node {
  readonly _tag = 'Suspend'
  constructor(readonly make: () => Step) {
    super()
  }
}

export class Handle extends Node {
  readonly _tag = 'Handle'
  constructor(
    readonly source: Step,
    readonly handler: Handler | Runner,
    readonly state?: unknown
  ) {
    super()
  }
}

/** An answer on its way into a captured continuation: `base` is outside of all the handlers of `slice`. */
class Resume extends Node {
  readonly _tag = 'Resume'
  constructor(
    readonly answer: unknown,
    readonly base: Frames,
    readonly slice: Slice
  ) {
    super()
  }
}

/** Where `drive` stops: at the end, or at an effect that no handler on the way takes. */
export type Stop =
  | { readonly _tag: 'Pure'; readonly value: unknown }
  | { readonly _tag: 'Perform'; readonly effect: Effect; readonly payload: unknown; readonly resume: Frame }

// --- constructors
/** The effect of scoped operations. No handler has a clause for it. */
export const scoped: Effect = { name: 'scope' }

/** The program that performs a scoped operation, and gives its value. */
export const scope = (given: Scope): Step =>
  new Bind(new Perform(scoped, given), (closed) => new Pure((closed as Closed).value))

/** The name of the effect that a step waits for, in the words of an error. */
export const asked = (effect: Effect, payload: unknown): string => {
  if (effect !== scoped) return `the effect ${effect.name} is performed`
  const closed = (payload as Scope).close()
  const within = closed._tag === 'Waiting' ? closed.effect.name : effect.name
  return `the effect ${within} is performed inside of a loop or branch`
}

export const isStep = (u: unknown): u is Step => {
  try {
    return u instanceof Node
  } catch {
    return false
  }
}

/** Throws what is wrong with a value that is no program. */
export const noProgram = (name: string, given: unknown): never =>
  fail('TreeError', name, `${describe(given)} was given instead of a program`, {
    hint: isBranded(given)
      ? oneCopy
      : 'of(value) is the program that returns a value; functions that are given to chain, gen and handlers return programs'
  })

// --- combinators
const join = (inner: Frames, outer: Frames): Frames =>
  inner === null ? outer : outer === null ? inner : { head: inner, tail: outer }

type Answered = (answer: unknown, state: unknown) => Step

// An answer on its way in, with the state that the handler has then.
const resuming =
  (handler: Handler | Runner, inside: Frames, next: Slice): Answered =>
  (answer, state) =>
    new Resume(answer, null, { handler, state, inside, next })

const answeredBy = ({ effect }: Runner, clause: Step, answered: Answered): Step => {
  const taken = (pair: unknown): Step => {
    const [answer, state] = pairOf(effect, pair)
    return answered(answer, state)
  }
  return clause instanceof Pure ? taken(clause.value) : new Bind(clause, taken)
}

const pairOf = ({ name }: Effect, given: unknown): readonly [answer: unknown, state: unknown] =>
  Array.isArray(given) && given.length === 2
    ? (given as [unknown, unknown])
    : fail('TreeError', name, `the handler's clause gives ${describe(given)}, not a pair`, {
        hint: 'give a program of [answer, state]: of([answer, state])'
      })

// The result of a scoped operation on its way in, past the handlers that the operation has passed on its way out.
const reopened = ({ value, states }: Closed, base: Frames, slice: Slice): Step => {
  const passed: Array<NonNullable<Slice>> = []
  for (let rest = slice; rest !== null; rest = rest.next) passed.push(rest)
  const entered = passed.reduceRight<Slice>((next, cell, k) => ({ ...cell, state: states[k], next }), null)
  return new Resume({ _tag: 'Closed', value, states: states.slice(passed.length) } satisfies Closed, base, entered)
}

/**
 * Drives a step to its end or to its next unhandled effect, in one loop whose state is a stack of frames cut into
 * segments by handlers. Everything on the stack is immutable, so that a continuation is captured without a copy and may
 * be resumed again; capturing costs one cell per handler passed, whatever the number of frames.
 */
export const drive = (start: Step): Stop => {
  let step = start
  let frames: Frames = null
  let handlers: Handlers = null
  for (;;) {
    let value: unknown
    if (!isStep(step)) return noProgram('program', step)
    switch (step._tag) {
      case 'Bind':
        frames = { head: step.frame, tail: frames }
        step = step.source
        continue
      case 'Suspend':
        step = step.make()
        continue
      case 'Handle':
        handlers = { handler: step.handler, state: step.state, outside: frames, next: handlers }
        frames = null
        step = step.source
        continue
      case 'Perform': {
        const { effect, payload } = step
        const isScoped = effect === scoped
        let asked = payload
        let slice: Slice = null
        while (handlers !== null && handlers.handler.effect !== effect) {
          const { handler, state, outside, next }: NonNullable<Handlers> = handlers
          if (isScoped) asked = (asked as Scope).within(handler, state)
          slice = { handler, state, inside: frames, next: slice }
          frames = outside
          handlers = next
        }
        if (handlers === null) {
          const [base, rest] = [frames, slice]
          if (!isScoped) return { _tag: 'Perform', effect, payload, resume: (answer) => new Resume(answer, base, rest) }
          const resume = (closed: unknown): Step => reopened(closed as Closed, base, rest)
          const closed = (asked as Scope).close()
          if (closed._tag === 'Waiting') return { _tag: 'Perform', effect, payload: asked, resume }
          frames = null
          step = resume(closed)
          continue
        }
        const { handler, state, outside, next }: NonNullable<Handlers> = handlers
        const answered = resuming(handler, frames, slice)
        frames = outside
        handlers = next
        step =
          handler._tag === 'Handler'
            ? handler.clause(payload, (answer) => answered(answer, state))
            : answeredBy(handler, handler.clause(payload, state), answered)
        continue
      }
      case 'Resume':
        frames = join(step.base, frames)
        for (let slice = step.slice; slice !== null; slice = slice.next) {
          handlers = { handler: slice.handler, state: slice.state, outside: frames, next: handlers }
          frames = slice.inside
        }
        value = step.answer
        break
      case 'Pure':
        value = step.value
        break
      default:
        return noProgram('program', step satisfies never)
    }
    // A handler without a return clause passes the value on.
    while (frames === null && handlers !== null) {
      const { handler, state, outside, next }: NonNullable<Handlers> = handlers
      const { return: last } = handler
      handlers = next
      frames = last === undefined ? outside : { head: (value) => last(value, state), tail: outside }
    }
    if (frames === null) return { _tag: 'Pure', value }
    let { head, tail }: NonNullable<Frames> = frames
    while (typeof head !== 'function') {
      tail = join(head.tail, tail)
      head = head.head
    }
    frames = tail
    step = head(value)
  }
}
