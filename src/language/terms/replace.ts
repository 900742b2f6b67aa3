/** Replacing: terms with other terms in the place of some of their nodes, in sub-programs and in rules to be called too. */
import { type BlockOp, isBlock, type Rewrite } from './block.js'
import { latestRule, mayName } from './body.js'
import { foldFrom, oldestOf } from './fold.js'
import type { AnyOp } from './op.js'
import { node, type Params, type Tensor } from './term.js'

// --- combinators
/** `roots` with other terms in the place of some nodes; nodes older than all of those are not visited. */
export const replaceNodes = <const Roots extends ReadonlyArray<Tensor>>(
  roots: Roots,
  replacements: ReadonlyMap<Tensor, Tensor>
): { -readonly [K in keyof Roots]: Tensor } => {
  const oldest = oldestOf(replacements.keys())
  const names = (x: Tensor): boolean => latestRule(x) >= oldest && [...replacements.keys()].some((v) => mayName(x, v))
  const replaceBut =
    (held: ReadonlyArray<Tensor>): Rewrite =>
    (terms, more) => {
      const kept = [...held, ...more]
      const seeds = new Map<Tensor, Tensor | undefined>([...replacements, ...kept.map((x) => [x, undefined] as const)])
      const apply = (x: Tensor, op: AnyOp, found: ReadonlyArray<Tensor | undefined>): Tensor => {
        const operands = x.operands.map((operand, k) => found[k] ?? operand)
        if (!names(x)) return node(op, x.params, operands, x.type)
        // What a rule inside may name enters as an operand: inside, a term as young as its replacement would be taken for
        // a part of the body.
        const named = [...replacements].filter(([v]) => mayName(x, v) && !kept.includes(v) && !isParameter(x, v))
        const rewrite = Object.assign(replaceBut(kept), {
          captured: named.map(([v]) => v),
          replaced: new Map([...replacements].filter(([v]) => !kept.includes(v)))
        })
        return node(op, rewriteParams(x, op, rewrite), [...operands, ...named.map(([, by]) => by)], x.type)
      }
      const replaced = foldFrom(seeds, apply, terms, oldest, names)
      return terms.map((term, k) => replaced[k] ?? term)
    }
  return replaceBut([])(roots, []) as { -readonly [K in keyof Roots]: Tensor }
}

const isParameter = (x: Tensor, v: Tensor): boolean => {
  const { rules } = x.head as BlockOp<unknown>
  const types = x.operands.map(({ type }) => type)
  return rules.bodies(x.params, types).some(({ body }) => body.parameters.includes(v))
}

/** The params of a node, their sub-programs and rules rewritten. */
const rewriteParams = (x: Tensor, op: AnyOp, rewrite: Rewrite): Params =>
  isBlock(op) ? (op.rules.rewrite?.(x.params, rewrite) ?? x.params) : x.params
