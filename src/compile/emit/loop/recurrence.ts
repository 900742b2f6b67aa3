/**
 * Recurrences: a loop whose states are made of those of the iteration before, and kept in locals. The first iteration is
 * apart, since there is none before it. Recurrences that stand side by side are done several at a time.
 */
import type { DType } from '../../../language/data/dtype.js'
import type { Statement, Value } from '../../kernels/kernel.js'
import type { Nest } from '../../kernels/nest.js'
import type { Code, Local } from '../../wasm/code.js'
import { typeOf } from '../../wasm/element.js'
import type { Cursor } from './cursor.js'
import type { Width } from './schedule.js'
import type { Values } from './values.js'

// --- combinators
/** The innermost loop of a nest whose one statement is a run, for as many recurrences as the width says. */
export const recurrence = (code: Code, nest: Nest, cursor: Cursor, values: Values, { lanes, copies }: Width): void => {
  const [statement] = nest.statements as ReadonlyArray<Extract<Statement, { kind: 'run' }>>
  const { run, to } = statement
  const depth = nest.dimensions.length - 1
  const { size } = nest.dimensions[depth]
  const many = lanes > 1
  const localsFor = (holes: ReadonlyArray<Readonly<{ dtype: DType }>>): ReadonlyArray<Local> =>
    holes.map(({ dtype }) => code.local(typeOf(dtype, lanes)))
  const states = Array.from({ length: copies }, () => localsFor(run.before))
  const elements = localsFor(run.elements)
  const position = code.local('i32')
  run.elements.forEach((hole, k) => {
    values.hold(hole, elements[k])
  })
  values.hold(run.position, position)
  cursor.begin(depth)
  if (run.reverse) cursor.advance(depth, size - 1)
  code.i32(0)
  code.set(position)
  // Does something for each copy, whose states are those before.
  const each = (body: (own: ReadonlyArray<Local>) => void): void => {
    for (const [copy, own] of states.entries()) {
      cursor.ahead = copy * lanes
      run.before.forEach((hole, k) => {
        values.hold(hole, own[k])
      })
      body(own)
    }
    cursor.ahead = 0
  }
  const write = ([state]: ReadonlyArray<Local>): void => cursor.store(to, many, () => code.get(state))
  const element = (after: ReadonlyArray<Value>): void =>
    each((own) =>
      values.scoped(() => {
        statement.elements.forEach((value, k) => {
          values.push(value, many)
          code.set(elements[k])
        })
        for (const value of after) values.push(value, many)
        for (let k = own.length - 1; k >= 0; k--) code.set(own[k])
        if (!run.last) write(own)
      })
    )
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
  if (run.last) each(write)
  for (const local of [...states.flat(), ...elements, position]) code.release(local)
}
