/**
 * Recurrences: a loop whose states are made of those of the iteration before, and kept in locals. The first iteration is
 * apart, since there is none before it.
 */
import type { Statement, Value } from '../../kernel.js'
import type { Nest } from '../../nest.js'
import type { Code } from '../code.js'
import { typeOf } from '../element.js'
import type { Cursor } from './cursor.js'
import type { Values } from './values.js'

// --- combinators
/** The innermost loop of a nest whose one statement is a run. */
export const recurrence = (code: Code, nest: Nest, cursor: Cursor, values: Values): void => {
  const [statement] = nest.statements as ReadonlyArray<Extract<Statement, { kind: 'run' }>>
  const { run, to } = statement
  const depth = nest.dimensions.length - 1
  const { size } = nest.dimensions[depth]
  const states = run.before.map(({ dtype }) => code.local(typeOf(dtype, 1)))
  const elements = run.elements.map(({ dtype }) => code.local(typeOf(dtype, 1)))
  const position = code.local('i32')
  run.before.forEach((hole, k) => {
    values.hold(hole, states[k])
  })
  run.elements.forEach((hole, k) => {
    values.hold(hole, elements[k])
  })
  values.hold(run.position, position)
  cursor.begin(depth)
  if (run.reverse) cursor.advance(depth, size - 1)
  code.i32(0)
  code.set(position)
  const write = (): void => cursor.store(to, false, () => code.get(states[0]))
  const element = (after: ReadonlyArray<Value>): void =>
    values.scoped(() => {
      statement.elements.forEach((value, k) => {
        values.push(value, false)
        code.set(elements[k])
      })
      for (const value of after) values.push(value, false)
      for (let k = states.length - 1; k >= 0; k--) code.set(states[k])
      if (!run.last) write()
    })
  element(statement.first)
  if (size > 1)
    code.loop(() => {
      cursor.advance(depth, run.reverse ? -1 : 1)
      code.get(position)
      code.i32(1)
      code.op('i32.add')
      code.set(position)
      element(statement.next)
      code.get(position)
      code.i32(size - 1)
      code.op('i32.ne')
      code.brIf(0)
    })
  if (run.last) write()
}
