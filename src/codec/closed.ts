/** Closed programs in JSON: the result of `stage`, to be saved or sent. */

import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { listIn } from '../language/data/lists.js'
import { fieldOf } from '../language/data/looking.js'
import { known } from '../language/data/options.js'
import type { AnyOp } from '../language/terms/op.js'
import type { Class } from '../language/trees/layer.js'
import { signature } from '../ops/signature.js'
import { Closed } from '../transforms/stage.js'
import { type ClosedForm, type ClosedJson, closedForm } from './form.js'
import { affordable, type Limits, limitsOf, moderate } from './limits.js'
import { readProgram } from './read.js'
import { codecOf, refuse, within } from './refusal.js'
import { classesOf, structureOf } from './structure.js'
import { type Operations, writeProgram } from './write.js'

// --- model
/**
 * The user's operations, and the registered classes in trees of arguments and results, that programs may contain; and what
 * a decoded program may cost, beyond which it is a `Left`.
 */
export type ClosedOptions = Readonly<{
  operations?: ReadonlyArray<AnyOp>
  classes?: ReadonlyArray<Class<unknown>>
  limits?: Partial<Limits>
}>

const closedOptions = known<ClosedOptions>({ operations: 'checked', classes: 'checked', limits: 'checked' })

// --- constructors
/**
 * The codec `closed`, extended by custom operations and classes. The writer and the reader must use the same list, since
 * operations and classes are identified by name. `limits` says what a decoded program may cost; `closed` has the defaults.
 * Throws `TreeError` if two have the same name, and for a limit that is not a positive number.
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { defineOp, grad, linear, pointwise, run, stage, type Tensor, unstage } from 'freegrad'
 * import { closedOf } from 'freegrad/codec'
 * import { elementwise, mul, numeric, sameAsOperand } from 'freegrad/ops'
 * const triple = defineOp({
 *   name: 'triple',
 *   arity: 1,
 *   type: sameAsOperand(numeric),
 *   evaluate: elementwise((x) => 3 * x),
 *   jvp: linear,
 *   transpose: [(ct) => mul(3, ct)],
 *   batch: pointwise
 * })
 * const codec = closedOf({ operations: [triple] })
 * const result = codec.decode(codec.encode(stage((x: Tensor) => triple(x))(1)))
 * assert.strictEqual(E.isRight(result) && run(grad(unstage(result.right))(5)).item(), 3)
 */
export const closedOf = (options?: ClosedOptions): t.Type<Closed, ClosedJson, unknown> => {
  const { operations = [], classes = [], limits: given } = closedOptions('closedOf', options)
  const limits = limitsOf(given)
  const byName = operationsOf(listed('operations', operations))
  const structure = structureOf(classesOf('closedOf', listed('classes', classes)))
  const codec: t.Type<Closed, ClosedJson, unknown> = codecOf(
    'Closed',
    (u): u is Closed => u instanceof Closed,
    (u, context) => {
      const form = closedForm.validate(u, context)
      return E.isLeft(form) ? form : read(byName, structure, limits, form.right, context)
    },
    ({ parameters, outputs, inputStructure, outputStructure }) => {
      const { constants, body } = writeProgram(byName, parameters, outputs)
      const [inputs, results] = [structure.encode(inputStructure), structure.encode(outputStructure)]
      return { format: 'freegrad.closed', version: 1, inputs, outputs: results, constants, body }
    }
  )
  return codec
}

// --- combinators
const listed = <A>(option: string, list: ReadonlyArray<A>): ReadonlyArray<A> => listIn('closedOf', option, list)

const operationsOf = (operations: ReadonlyArray<AnyOp>): Operations => {
  const byName = new Map(signature)
  for (const op of operations) {
    if (typeof op !== 'function' || fieldOf(op, 'rules') === undefined)
      fail('TreeError', 'closedOf', `${describe(op)} is not an operation`, { hint: 'give the result of defineOp' })
    const other = byName.get(op.name)
    if (other !== undefined && other !== op)
      fail('TreeError', 'closedOf', `two operations have the name ${op.name}`, {
        hint: 'programs refer to operations by name: give each a different name'
      })
    byName.set(op.name, op)
  }
  return byName
}

const read = (
  operations: Operations,
  structure: ReturnType<typeof structureOf>,
  limits: Limits,
  { inputs, outputs, constants, body }: ClosedForm,
  context: t.Context
): t.Validation<Closed> => {
  const inputStructure = structure.validate(inputs, within(context, 'inputs'))
  if (E.isLeft(inputStructure)) return inputStructure
  const outputStructure = structure.validate(outputs, within(context, 'outputs'))
  if (E.isLeft(outputStructure)) return outputStructure
  const few = moderate(limits, body, context)
  if (E.isLeft(few)) return few
  const made = readProgram(operations, constants, body, context)
  if (E.isLeft(made)) return made
  const { parameters, outputs: programs } = made.right
  const [results] = programs
  if (programs.length !== 1)
    return refuse(programs.length, within(context, 'body', 'outputs'), 'a program has one list of outputs', 'give one')
  if (inputStructure.right._tag !== 'Tuple' || inputStructure.right.size !== parameters.length)
    return refuse(
      inputs,
      within(context, 'inputs'),
      `these are not the arguments of ${parameters.length} parameters`,
      wanted
    )
  if (outputStructure.right.size !== results.length)
    return refuse(outputs, within(context, 'outputs'), `this is not the tree of ${results.length} outputs`, wanted)
  const affords = affordable(limits, [...parameters, ...results], context)
  if (E.isLeft(affords)) return affords
  return E.right(new Closed(parameters, results, inputStructure.right, outputStructure.right))
}

const wanted = 'a tree has a leaf for each, and that of the arguments is a tuple'

// --- instances
/**
 * The codec of closed programs, the results of `stage`, with every operation of freegrad. JSON lists the nodes with the
 * names of their operations and the numbers of their operands; shared nodes occur once, and sub-programs are nested. A
 * decoded program is checked as if it were built anew, and can be evaluated, differentiated, batched and compiled like
 * the original; `unstage` turns it into a function.
 *
 * Encoding throws `MissingClause` for parts without a JSON form, and names them: custom operations and classes (use
 * `closedOf`) and rules that are functions (`customJvp` and similar functions, policies). It throws `FreeVariable` for a
 * program that has captured the argument of another function.
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { grad, run, stage, type Tensor, unstage } from 'freegrad'
 * import { closed } from 'freegrad/codec'
 * import * as np from 'freegrad/numpy'
 * const text = JSON.stringify(closed.encode(stage((x: Tensor) => np.pow(x, 3))(1)))
 * const result = closed.decode(JSON.parse(text))
 * assert.strictEqual(E.isRight(result) && run(grad(unstage(result.right))(2)).item(), 12)
 */
export const closed: t.Type<Closed, ClosedJson, unknown> = closedOf()
