/** Replacing: terms with other terms in the place of some of their nodes, in sub-programs and in rules to be called too. */
import { isBlock, type Rewrite } from './block.js'
import { latestRule } from './body.js'
import { foldFrom, oldestOf } from './fold.js'
import type { AnyOp } from './op.js'
import { node, type Params, type Tensor } from './term.js'

// --- combinators
/** `roots` with other terms in the place of some nodes; nodes older than all of those are not visited. */
export const replaceNodes = (
  roots: ReadonlyArray<Tensor>,
  replacements: ReadonlyMap<Tensor, Tensor>
): Array<Tensor> => {
  const oldest = oldestOf(replacements.keys())
  const mayName = (x: Tensor): boolean => latestRule(x) >= oldest
  const replaceBut =
    (held: ReadonlyArray<Tensor>): Rewrite =>
    (terms, more) => {
      const kept = [...held, ...more]
      const seeds = new Map<Tensor, Tensor | undefined>([...replacements, ...kept.map((x) => [x, undefined] as const)])
      const apply = (x: Tensor, op: AnyOp, operands: ReadonlyArray<Tensor | undefined>): Tensor =>
        node(
          op,
          mayName(x) ? rewriteParams(x, op, replaceBut(kept)) : x.params,
          x.operands.map((operand, k) => operands[k] ?? operand),
          x.type
        )
      return foldFrom(seeds, apply, terms, oldest, mayName).map((replaced, k) => replaced ?? terms[k])
    }
  return [...replaceBut([])(roots, [])]
}

/** The params of a node, their sub-programs and rules rewritten. */
export const rewriteParams = (x: Tensor, op: AnyOp, rewrite: Rewrite): Params =>
  isBlock(op) ? (op.rules.rewrite?.(x.params, rewrite) ?? x.params) : x.params
