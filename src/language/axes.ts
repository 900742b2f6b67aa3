/**
 * Axes: the named batch axes that are bound while a function is called. A name is bound by the innermost `vmap` that has
 * it, and only for as long as that `vmap` calls something of the user's.
 */
import { fail } from './error.js'

// --- model
/** A batch axis as seen from within a lane: its name, if it has one, and how many lanes there are. */
export interface Axis {
  readonly axisName: string | undefined
  readonly size: number
}

let bound: ReadonlyArray<Axis> = []

// --- combinators
/** What `f` gives when it is called within an axis. */
export const withinAxis = <A>(axis: Axis, f: () => A): A => {
  const outside = bound
  bound = [...outside, axis]
  try {
    return f()
  } finally {
    bound = outside
  }
}

/** The number of lanes of a named axis. Throws `AxisError` for a name that no `vmap` around has. */
export const sizeOfAxis = (op: string, axisName: string): number => {
  for (let k = bound.length - 1; k >= 0; k--) if (bound[k].axisName === axisName) return bound[k].size
  return unbound(op, axisName)
}

/** Throws what is wrong with a name that no `vmap` has bound. */
export const unbound = (op: string, axisName: string): never => {
  const names = bound.flatMap((axis) => (axis.axisName === undefined ? [] : [JSON.stringify(axis.axisName)]))
  return fail('AxisError', op, `no vmap binds the axis ${JSON.stringify(axisName)}`, {
    hint: `use it inside vmap(f, { axisName: ${JSON.stringify(axisName)} })${names.length > 0 ? `; bound here: ${names.join(', ')}` : ''}`
  })
}
