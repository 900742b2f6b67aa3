/**
 * Axes: the named batch axes that are bound while a function is called. A name is bound by the innermost `vmap` that has
 * it, and only for as long as that `vmap` calls something of the user's.
 */
import { written } from '../data/describe.js'
import { dynamic } from '../data/dynamic.js'
import { fail } from '../data/error.js'

// --- model
/** A batch axis as seen from within a lane: its name, if it has one, and how many lanes there are. */
export interface Axis {
  readonly axisName: string | undefined
  readonly size: number
}

const axes = dynamic<Axis>()

// --- combinators
/** What `f` gives when it is called within an axis. */
export const withinAxis = axes.within

/** The number of lanes of a named axis. Throws `AxisError` for a name that no `vmap` around has. */
export const sizeOfAxis = (op: string, axisName: string): number => {
  const innermost = axes.bound().findLast((axis) => axis.axisName === axisName)
  return innermost === undefined ? unbound(op, axisName) : innermost.size
}

/** Throws what is wrong with a name that no `vmap` has bound. */
export const unbound = (op: string, axisName: string): never => {
  const names = axes.bound().flatMap((axis) => (axis.axisName === undefined ? [] : [JSON.stringify(axis.axisName)]))
  return fail('AxisError', op, `no vmap binds the axis ${written(axisName)}`, {
    hint: `use it inside vmap(f, { axisName: ${written(axisName)} })${names.length > 0 ? `; bound here: ${names.join(', ')}` : ''}`
  })
}
