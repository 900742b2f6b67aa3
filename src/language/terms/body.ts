/**
 * Bodies: the sub-programs of operations such as `scan`, closed by capture. A node older than the body's oldest
 * parameter becomes a parameter too, and an operand of the operation; what the body itself made stays inside.
 */

import { onceForEach } from '../data/once.js'
import type { BlockOp, Rewrite } from './block.js'
import { type Layout, layout, oneOf } from './fold.js'
import type { AnyOp } from './op.js'
import { isConstant, isOperation, isVariable, type Tensor } from './term.js'

// --- model
/**
 * A closed sub-program: `outputs` are terms of `parameters`, which are variables and, for what was captured, the captured
 * nodes themselves. `oldest` is when the body began: no node older than that is inside.
 *
 * A body that is derived from another keeps its parameters and its beginning, so that whatever refers to a
 * parameter, a custom rule say, means the same in both.
 */
export interface Body {
  readonly parameters: ReadonlyArray<Tensor>
  readonly outputs: ReadonlyArray<Tensor>
  readonly oldest: number
}

/** A body and the operands for its parameters. */
export interface Closure {
  readonly body: Body
  readonly operands: ReadonlyArray<Tensor>
}

// --- constructors
/**
 * Closes terms over what they capture: `parameters` stand for `operands`, and every node that the terms reach outside
 * the body becomes a parameter that stands for itself.
 */
export const close = (
  parameters: ReadonlyArray<Tensor>,
  operands: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  oldest: number
): Closure => {
  const captured = freeIn(parameters, outputs, oldest)
  return {
    body: { parameters: [...parameters, ...captured], outputs, oldest },
    operands: [...operands, ...captured]
  }
}

// --- combinators
/** A body laid out, operands first; a parameter is there if it is used, and nothing below it. */
export const layoutOf = ({ parameters, outputs, oldest }: Body): Layout => {
  const isGiven = oneOf(new Set(parameters))
  return layout(outputs, (x) => x.created >= oldest || isConstant(x) || isGiven(x), isGiven)
}

/** The nodes of a body, operands first; a parameter is there if it is used. */
export const insideOf = (body: Body): ReadonlyArray<Tensor> => layoutOf(body).nodes

/** The parameters that a body uses, or that a rule in it may name, since it is younger. */
export const usedIn = (body: Body): ReadonlySet<Tensor> => {
  const latest = latestRuleIn(body)
  const inside = new Set(insideOf(body))
  return new Set(body.parameters.filter((x) => x.created <= latest || inside.has(x)))
}

/** For each output, whether its value depends on one of some nodes of the body. */
export const dependsOn = (body: Body, sources: ReadonlySet<Tensor>): ReadonlyArray<boolean> => {
  const moved = new Set<Tensor>()
  const given = new Set(body.parameters)
  for (const x of insideOf(body))
    if (sources.has(x) || (!given.has(x) && x.operands.some((operand, k) => moved.has(operand) && isRead(x, k))))
      moved.add(x)
  return body.outputs.map((x) => moved.has(x))
}

/** Whether the value of a node depends on an operand, which may be there for a rule inside that may name it, and no more. */
export const isRead = (x: Tensor, k: number): boolean => {
  if (x.type.parts === undefined || latestRule(x) < 0) return true
  return bodiesOf(x).some((body) => {
    const captured = body.parameters[k + body.parameters.length - x.arity]
    return captured === undefined || captured.created >= body.oldest || readBy(body).has(captured)
  })
}

// What of its parameters a body's value depends on.
const readBy = onceForEach((body: Body): ReadonlySet<Tensor> => {
  const { nodes } = layoutOf(body)
  const given = new Set(body.parameters)
  const found = new Set(body.outputs)
  for (const x of nodes.toReversed()) {
    if (found.has(x) && !given.has(x))
      x.operands.forEach((operand, k) => {
        if (isRead(x, k)) found.add(operand)
      })
  }
  return found
})

const bodiesOf = onceForEach((x: Tensor): ReadonlyArray<Body> => {
  const { rules } = x.head as BlockOp<unknown>
  const types = x.operands.map((operand) => operand.type)
  return rules.bodies(x.params, types).map(({ body }) => body)
})

// What terms reach beyond their parameters: nodes older than the body, and variables of somebody else's.
const freeIn = (
  parameters: ReadonlyArray<Tensor>,
  outputs: ReadonlyArray<Tensor>,
  oldest: number
): ReadonlyArray<Tensor> => {
  const given = new Set(parameters)
  const isGiven = oneOf(given)
  const isOutside = (x: Tensor): boolean => (x.created < oldest || isVariable(x)) && !isConstant(x)
  return layout(
    outputs,
    () => true,
    (x) => isGiven(x) || isOutside(x)
  ).nodes.filter((x) => isOutside(x) && !given.has(x))
}

// Whether anything inside asks for the lanes of an axis, by axis.
const asked = onceForEach((_: Body) => new Map<string | undefined, boolean>())

/** Whether a body depends on the lanes of a `vmap` which may name its axis, whatever its parameters are. */
export const namesIn = (body: Body, axis: string | undefined): boolean => {
  const known = asked(body)
  const answer = known.get(axis) ?? insideOf(body).some((x) => isOperation(x) && asks(x, axis))
  known.set(axis, answer)
  return answer
}

/** Whether a body may go on for ever: whether there is a loop in it whose steps are not counted, however deep. */
export const isUnbounded = (body: Body): boolean =>
  insideOf(body).some((x) => {
    const { rules } = x.head as AnyOp
    if (!isOperation(x) || rules.results === undefined) return false
    const types = x.operands.map(({ type }) => type)
    return rules.unbounded || rules.bodies(x.params as never, types).some((each) => isUnbounded(each.body))
  })

const asks = (x: Tensor, axis: string | undefined): boolean =>
  (x.head as AnyOp).rules.names?.(x.params as never, axis) ?? false

// When the latest rule inside was made.
const latestRuleIn = onceForEach((body: Body): number =>
  insideOf(body).reduce((most, x) => Math.max(most, latestRule(x)), -1)
)

/**
 * When the latest rule that a node has, itself or within its bodies, was made; -1 if it has none. What a fold eliminates
 * that is younger than that is nothing to the rule, and what is older it may name.
 */
export const latestRule = (x: Tensor): number => {
  if (x.type.parts === undefined) return -1
  const { made } = (x.head as BlockOp<unknown>).rules
  return Math.max(made?.(x.params) ?? -1, ...bodiesOf(x).map(latestRuleIn))
}

// Whether a rule inside may name a node, by node.
const namesOf = onceForEach((_: Body) => new WeakMap<Tensor, boolean>())

const mayNameIn = (body: Body, v: Tensor): boolean => {
  if (latestRuleIn(body) < v.created) return false
  const known = namesOf(body)
  const answer = known.get(v) ?? insideOf(body).some((x) => mayName(x, v))
  known.set(v, answer)
  return answer
}

/** Whether a rule that a node has, itself or within its bodies, may name another node, whatever the operands. */
export const mayName = (x: Tensor, v: Tensor): boolean => {
  if (latestRule(x) < v.created) return false
  const { made, without } = (x.head as BlockOp<unknown>).rules
  const isOwn = (made?.(x.params) ?? -1) >= v.created && !without?.(x.params).includes(v)
  return isOwn || bodiesOf(x).some((body) => mayNameIn(body, v))
}

/** A body whose outputs are rewritten; what it captures on that account comes last among its parameters. */
export const rewriteBody = (body: Body, rewrite: Rewrite): Body => {
  const parameters = [...body.parameters, ...(rewrite.captured ?? [])]
  return { ...body, parameters, outputs: rewrite(body.outputs, parameters) }
}
