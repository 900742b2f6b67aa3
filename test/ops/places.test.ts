/** Where an operation stands: the places that docs/architecture.md lists are enough, and the core names no function. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  array,
  compile,
  defineOp,
  grad,
  type Lower,
  pointwise,
  run,
  stage,
  type Tensor,
  tensor,
  unstage,
  vmap
} from 'freegrad'
import { closedOf, decode } from 'freegrad/codec'
import { between, elementwiseRow, operationLaws, type Row } from 'freegrad/laws'
import { abs, add, div, elementwise, floating, floats, integerPow, sameAsOperand, signature } from 'freegrad/ops'
import { describe, expect, it } from 'vitest'
import { filesUnder, root } from '../../scripts/files.mjs'

// --- an operation that is added: its declaration, its lowering and its row
const lower: Lower<undefined> = (b, [x]) => b.div(x, b.add(b.abs(x), 1))

/** `x / (1 + |x|)`, whose slope is `1 / (1 + |x|)²`. */
const softsign = defineOp({
  name: 'softsign',
  arity: 1,
  prepare: floats,
  type: sameAsOperand(floating),
  evaluate: elementwise((x) => x / (1 + Math.abs(x))),
  jvp: [(dx, [x]) => div(dx, integerPow(add(abs(x), 1), { n: 2 }))],
  batch: pointwise,
  lower
})

const row: Row = elementwiseRow(softsign, 1, { smooth: [between(0.5, 2)] })

describe('an operation that is only declared', () => {
  it.each(operationLaws(row).map((law) => [law.name, law] as const))('satisfies %s', (_, law) =>
    law.verify({ runs: 2 })
  )

  it('is evaluated, compiled, differentiated and batched', () => {
    const slopes = (x: Tensor) => vmap(grad((t) => softsign(t)))(x)
    const x = array([-1, 0, 3])
    expect(run(softsign(x)).toNested()).toEqual([-0.5, 0, 0.75])
    expect(run(slopes(tensor(x))).toNested()).toEqual([0.25, 1, 0.0625])
    expect(compile(slopes)(x).toNested()).toEqual([0.25, 1, 0.0625])
  })

  it('is encoded and decoded', () => {
    const codec = closedOf({ operations: [softsign] })
    const sent = JSON.parse(JSON.stringify(codec.encode(stage((x: Tensor) => softsign(x))(1))))
    const back = decode(codec)(sent)
    if (back._tag === 'Left') throw new Error('the program is not decoded')
    expect(run(unstage<[Tensor], Tensor>(back.right)(3)).item()).toBe(0.75)
  })
})

// --- the operations that are there
/** What knows no family of operations; beside it, real functions have their machine code in compile/functions. */
const core = ['src/language', 'src/handlers', 'src/transforms', 'src/codec', 'src/compile']
const families = ['cumulative', 'exponential', 'reduction', 'special', 'trigonometric']

/** Names that stand for something else in the core, or that it knows by a design of their own. */
const known: Readonly<Record<string, string>> = {
  sqrt: 'an instruction of the machine',
  min: 'an instruction of the machine',
  max: 'an instruction of the machine',
  exp: 'compile/graph/expand writes functions of it',
  log1p: 'compile/graph/expand writes functions of it'
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

const texts = core
  .flatMap((folder) => filesUnder(folder, '.ts'))
  .filter((file) => !file.startsWith('src/compile/functions/'))
  .map((file) => [file, withoutComments(readFileSync(join(root, file), 'utf8'))] as const)

/** The files of the core that have a name in quotes, or that import it from the operations. */
const filesNaming = (name: string): ReadonlyArray<string> => {
  const pattern = new RegExp(`(['"])${name}\\1|import [^'\`]*\\b${name}\\b[^'\`]* from '[./]*ops/`)
  return texts.filter(([, text]) => pattern.test(text)).map(([file]) => file)
}

const declared = families.flatMap((family) => {
  const text = withoutComments(readFileSync(join(root, `src/ops/${family}.ts`), 'utf8'))
  return [...signature.keys()].filter((name) => new RegExp(`export const ${name}\\b`).test(text))
})

describe('the core', () => {
  it('has operations to be looked for', () => expect(declared.length).toBeGreaterThan(40))

  it.each(declared.filter((name) => !(name in known)))('does not name %s', (name) => {
    expect(filesNaming(name)).toEqual([])
  })

  it.each(Object.keys(known))('names %s', (name) => expect(filesNaming(name)).not.toEqual([]))
})
