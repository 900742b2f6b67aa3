/** Fuel: how many steps the loops of a computation may take whose steps are not counted before they run. */
import { written } from '../data/describe.js'
import { fail } from '../data/error.js'

// --- model
/** The largest number of steps that can be limited. */
export const mostFuel = 2 ** 31 - 1

let left = Number.POSITIVE_INFINITY

// --- constructors
/** Checks the option `steps` of a function, which is undefined for no limit. */
export const checkFuel = (op: string, steps: number | undefined): void => {
  if (steps !== undefined && !(Number.isInteger(steps) && steps > 0 && steps <= mostFuel))
    fail('StagingError', op, `the option steps is ${written(steps)}`, {
      hint: `give a whole number from 1 to ${mostFuel}`
    })
}

// --- combinators
/** `StagingError`: the loops of a computation have taken more steps than it may take. */
export const outOfFuel = (op: string, steps: number): never =>
  fail('StagingError', op, `the loops took more than ${steps} steps`, {
    hint: 'the loop may never end; allow more with the option steps'
  })

/** Calls `make`, whose loops may take so many steps together. */
export const withFuel = <A>(op: string, steps: number, make: () => A): A => {
  const before = left
  left = steps
  try {
    return make()
  } catch (thrown) {
    throw thrown === empty ? outOfFuel(op, steps) : thrown
  } finally {
    left = before
  }
}

const empty = Symbol('out of fuel')

/** Takes the fuel for one step. */
export const burn = (): void => {
  if (left-- <= 0) throw empty
}
