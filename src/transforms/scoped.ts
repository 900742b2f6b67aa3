/**
 * Scoped: loops and branches whose functions are programs. Such an operation is performed: on its way out it passes the handlers
 * around it, and each of them enters the bodies, with its state as one more carry. As soon as the bodies perform nothing more, the
 * operation is what it would have been of pure functions.
 */

import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { zipped } from '../language/data/items.js'
import { isProgram, type Program, type Threading } from '../language/programs/program.js'
import * as S from '../language/programs/step.js'
import type { Tensor } from '../language/terms/term.js'
import * as Tree from '../language/trees/tree.js'
import { any } from '../ops/broadcast.js'
import { select } from '../ops/select.js'
import { moveAxis, reshaped } from '../ops/shape.js'
import { give, type Lifted, take } from './arguments.js'
import { nextCarries } from './carries.js'

// --- model
type Tensors = ReadonlyArray<Tensor>

/** What a body gives: the next carries, and outputs. */
export type Results = Readonly<{ next: Tensors; ys: Tensors }>

/** A body, of carries and of what else it takes, such as the elements of sequences. */
export type Body<R> = (carries: Tensors, xs: Tensors) => R

/**
 * An operation with bodies, each with the same results. `length` says how often a body runs: `undefined` is at most once, and
 * infinity until a test says no.
 */
export interface Operation {
  readonly name: string
  readonly length: number | undefined
  readonly bodies: ReadonlyArray<Body<Results | Program<unknown, Results>>>
  readonly carries: Tensors
  readonly xs: Tensors
  /** The index of the body that runs, if only one of several does. */
  readonly index?: Tensor | undefined
  /** Whether a body runs once more, if a test says that. */
  readonly test?: ((carries: Tensors) => Tensor) | undefined
  /** The operation, which has these fields, of pure functions. */
  readonly build: (pure: Pure) => Results
}

/** An operation whose bodies are pure functions. */
export type Pure = Omit<Operation, 'bodies' | 'build'> & Readonly<{ bodies: ReadonlyArray<Body<Results>> }>

// Thrown by a body that performs an effect, and caught by whoever builds the operation.
class Waits {
  constructor(readonly effect: S.Effect) {}
}

// --- constructors
/** What an operation gives; if a body is a program, a program of that. */
export const performing = (operation: Operation): Results | Program<unknown, Results> => {
  let isPure = true
  const noticed = operation.bodies.map(
    (body): Body<Results | Program<unknown, Results>> =>
      (carries, xs) => {
        const result = body(carries, xs)
        if (isProgram(result)) isPure = false
        return result
      }
  )
  const built = building({ ...operation, bodies: noticed })
  if (isPure && !(built instanceof Waits)) return built
  return S.scope(new Performed(operation, (results) => [results, []])) as Program<unknown, Results>
}

/** An operation that is performed, and how its results become those of the first body and the states of the handlers within. */
class Performed implements S.Scope {
  constructor(
    readonly operation: Operation,
    readonly opened: (results: Results) => readonly [value: Results, states: ReadonlyArray<unknown>],
    /** The names at which derivatives of it will be taken. */
    readonly names: Tensors = []
  ) {}

  within(handler: S.Handler | S.Runner, state: unknown): S.Scope {
    return handler._tag === 'Runner'
      ? entered(this, handler, state)
      : new Performed(
          withBodies(this.operation, (body) => barred(this.operation, body, handler)),
          this.opened,
          this.names
        )
  }

  at(names: Tensors, f: (program: S.Step) => S.Step): S.Scope {
    const driven = withBodies(this.operation, (body) => (carries, xs) => f(new S.Suspend(() => body(carries, xs))))
    return new Performed(driven, this.opened, [...this.names, ...names])
  }

  close(): S.Closed | S.Waiting {
    const built = building(this.operation)
    if (built instanceof Waits) return { _tag: 'Waiting', effect: built.effect }
    const [value, states] = this.opened(built)
    return { _tag: 'Closed', value, states }
  }
}

// --- combinators
const withBodies = (operation: Operation, f: (body: Body<S.Step>) => Body<S.Step>): Operation => ({
  ...operation,
  bodies: operation.bodies.map((body) => f((carries, xs) => stepOf(body(carries, xs))) as Body<never>)
})

const stepOf = (result: unknown): S.Step => (S.isStep(result) ? result : new S.Pure(result))

// The operation of pure functions, or what one of its bodies waits for.
const building = (operation: Operation): Results | Waits => {
  const bodies = operation.bodies.map(
    (body): Body<Results> =>
      (own, elements) => {
        const stop = S.drive(stepOf(body(own, elements)))
        if (stop._tag === 'Pure') return stop.value as Results
        throw new Waits(stop.effect === S.scoped ? waitedFor(stop.payload as S.Scope) : stop.effect)
      }
  )
  try {
    return operation.build({ ...operation, bodies })
  } catch (thrown) {
    if (thrown instanceof Waits) return thrown
    throw thrown
  }
}

// What the body of a body waits for.
const waitedFor = (scope: S.Scope): S.Effect => {
  const closed = scope.close()
  return closed._tag === 'Waiting' ? closed.effect : S.scoped
}

// A body that a handler can't enter: it answers as often as it likes.
const barred = ({ name }: Operation, body: Body<S.Step>, { effect }: S.Handler): Body<S.Step> => {
  const clause = (): never =>
    fail(
      'UnhandledEffect',
      name,
      `the effect ${effect.name} is performed inside, where a handler of handle can't answer`,
      {
        hint: `handle it by handleWith(${effect.name}), which answers once and hands on a state; or handle it inside the function; or repeat by traverse or tailRec`
      }
    )
  return (carries, xs) => new S.Handle(body(carries, xs), { _tag: 'Handler', effect, clause, return: undefined })
}

const asCarry: Threading<unknown, unknown, unknown, unknown> = {
  carry: (state) => state,
  enter: (carry) => carry,
  leave: (state) => [state, []],
  after: (_, carry) => carry
}

// An operation with a handler within: its state is a carry, and what it needs and gives for each step stands beside the operation's own.
const entered = ({ operation, opened, names }: Performed, handler: S.Runner, reached: unknown): Performed => {
  const { name, length, carries, xs } = operation
  const threading = (handler.threading as typeof asCarry | undefined) ?? asCarry
  const carry = stateIn(name, handler.effect, threading.carry(reached))
  const parts = stateIn(name, handler.effect, threading.xs?.(reached, length) ?? [])
  if (length !== undefined) expectParts(name, handler.effect, parts.leaves, length)
  let outputs: Tree.Structure | undefined
  let count = 0
  const within =
    (body: Body<S.Step>): Body<S.Step> =>
    (allCarries, allXs) => {
      const entering = threading.enter(
        give(carry.structure, allCarries.slice(carries.length)),
        give(parts.structure, allXs.slice(xs.length))
      )
      const source = body(allCarries.slice(0, carries.length), allXs.slice(0, xs.length))
      const last = (value: unknown, state: unknown): S.Step => {
        const { next, ys } = value as Results
        const [handed, given] = threading.leave(state)
        const made = take(name, given)
        outputs ??= made.structure
        Tree.expectSame(name, outputs, made.structure, `what the handler of ${handler.effect.name} keeps`)
        count = ys.length
        return new S.Pure({
          next: [...next, ...nextCarries(name, carry, take(name, handed))],
          ys: [...ys, ...made.leaves]
        } satisfies Results)
      }
      return new S.Handle(source, { ...handler, return: last }, entering)
    }
  return new Performed(
    {
      ...withBodies(operation, within),
      carries: [...carries, ...carry.leaves],
      xs: [...xs, ...parts.leaves]
    },
    ({ next, ys }) => {
      const state = threading.after(
        reached,
        give(carry.structure, next.slice(carries.length)),
        give(outputs as Tree.Structure, ys.slice(count))
      )
      const [value, states] = opened({ next: next.slice(0, carries.length), ys: ys.slice(0, count) })
      return [value, [state, ...states]]
    },
    names
  )
}

// The state of a handler as leaves. A number or a flag would be a tensor within the body, which no comparison by `===` finds equal.
const stateIn = (name: string, effect: S.Effect, tree: unknown): Lifted => {
  const [leaves, structure] = Tree.flattenWith({ op: name })(tree)
  const k = leaves.findIndex((leaf) => typeof leaf === 'number' || typeof leaf === 'boolean')
  if (k >= 0)
    fail(
      'TreeError',
      name,
      `the state of the handler of ${effect.name} has ${describe(leaves[k])}, which a step can't keep`,
      {
        path: `state${Tree.paths(structure)[k]}`,
        hint: 'begin with a tensor: tensor(0); what never changes is static_(value); or say by threading how the state goes through the steps'
      }
    )
  return take(name, tree)
}

const expectParts = (name: string, effect: S.Effect, parts: Tensors, length: number): void => {
  const other = parts.find(({ type }) => type.shape[0] !== length)
  if (other !== undefined)
    fail('ShapeError', name, `the handler of ${effect.name} does not have a part for each step`, {
      operands: [other.type],
      hint: Number.isFinite(length)
        ? `the first axis of each tensor that xs of its threading gives must be ${length}`
        : 'the number of steps is unknown: use scan or foriLoop with a number of steps'
    })
}

/** How lanes of a batch are made of terms: a term for all lanes, and a variable that stands for a lane of one. */
export interface Lanes {
  /** The term of all lanes, along its first axis, or `undefined` if all lanes are the same. */
  readonly differing: (x: Tensor) => Tensor | undefined
  readonly all: (x: Tensor) => Tensor
  readonly same: (x: Tensor) => Tensor
  readonly one: (all: Tensor) => Tensor
  /** A result, which may depend on any of these names of a lane: a derivative at them can't know how. */
  readonly answered: (result: Tensor, name: string, names: Tensors) => Tensor
  /** A program of one lane as one of all lanes. */
  readonly batched: (call: () => S.Step, finish: (value: unknown) => unknown) => S.Step
  /** A function of terms of one lane as one of all lanes. */
  readonly pure: <B>(call: () => B) => B
}

/** An operation of one lane as one of all lanes. Carries differ between lanes, since answers do. */
export const inLanes = (scope: S.Scope, lanes: Lanes): S.Scope => {
  const { operation, opened, names } = scope as Performed
  const { name, length, carries, xs, index, test } = operation
  const isStacked = length !== undefined && length !== Number.POSITIVE_INFINITY
  const shared = xs.map((x) => (lanes.differing(x) === undefined ? lanes.same(x) : undefined))
  if (index !== undefined && lanes.differing(index) !== undefined)
    fail('UnhandledEffect', name, 'lanes choose differently, and a function performs an effect', {
      operands: [index.type],
      hint: 'handle the effect inside of vmap, or select between results by np.where'
    })
  const own = (all: Tensors): Tensors => all.slice(0, carries.length).map(lanes.one)
  const elements = (all: Tensors): Tensors =>
    zipped(shared, all).map(([x, part]) => (x === undefined ? lanes.one(part) : part))
  const tested = test && ((all: Tensors): Tensor => lanes.all(lanes.pure(() => test(own(all)))))
  const whole = (value: unknown): Results => {
    const { next, ys } = value as Results
    return { next: next.map(lanes.all), ys: ys.map(lanes.all) }
  }
  const bodies = operation.bodies.map(
    (body): Body<S.Step> =>
      (all, parts) => {
        const made = lanes.batched(() => stepOf(body(own(all), elements(parts))), whole)
        if (tested === undefined) return made
        // A lane that has stopped keeps its carries.
        return new S.Bind(made, (value) => {
          const { next, ys } = value as Results
          const going = tested(all)
          return new S.Pure({ next: zipped(next, all).map(([x, before]) => kept(going, x, before)), ys })
        })
      }
  )
  const batched: Operation = {
    ...operation,
    bodies: bodies as ReadonlyArray<Body<Program<never, Results>>>,
    carries: carries.map(lanes.all),
    xs: xs.map((x, k) => shared[k] ?? (isStacked ? moveAxis(lanes.all(x), 0, 1) : lanes.all(x))),
    index: index && lanes.same(index),
    test: tested && ((all) => any(tested(all), { axes: [0] }))
  }
  const result = (all: Tensor): Tensor => lanes.answered(lanes.one(all), name, names)
  return new Performed(batched, ({ next, ys }) =>
    opened({ next: next.map(result), ys: ys.map((y) => result(isStacked ? moveAxis(y, 1, 0) : y)) })
  )
}

// What comes next in lanes that go on, and what was there in the others.
const kept = (going: Tensor, next: Tensor, before: Tensor): Tensor => {
  const ones = next.type.shape.slice(1).map(() => 1)
  return select(reshaped(going, [...going.type.shape, ...ones]), next, before)
}
