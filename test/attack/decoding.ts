/** The door of decoding: programs in JSON, changed in some places, decoded, and put to every use if they decode. */
import * as E from 'fp-ts/lib/Either.js'
import {
  array,
  type Closed,
  compile,
  cost,
  type FreegradError,
  jvp,
  NDArray,
  show,
  type Tensor,
  toDot,
  toMermaid,
  tryRun,
  unstage,
  vjp,
  vmap
} from 'freegrad'
import { type ClosedJson, closed, closedOf, decode } from 'freegrad/codec'
import { signature } from 'freegrad/ops'
import { canaries, patterned } from './canaries.js'
import { change, copied } from './changes.js'
import type { Door, Random } from './engine.js'
import { programs } from './programs.js'

// --- model
const limits = { nodes: 2000, elements: 2 ** 18, flops: 1e7, steps: 3000, bytes: 2 ** 24 }
const codec = closedOf({ limits })
const steps = 200
const names = ['project', 'constructor', ...signature.keys()]

// --- constructors
/** Changes a program, gives it to the codec, and uses what decodes. */
export const decoding: Door = (random) => {
  const json = copied(random.pick(programs())) as unknown as ClosedJson
  const changes = random.pick([0, 1, 1, 1, 2, 2, 3, 5])
  for (let k = 0; k < changes; k++) change(random, json, names)
  const thrown: Array<unknown> = []
  const attempt = <A>(make: () => A): A | undefined => {
    try {
      return make()
    } catch (error) {
      thrown.push(error)
      return undefined
    }
  }
  const result = attempt(() => repaired(json)) ?? E.left(thrown[0])
  if (E.isLeft(result)) return { end: 'Left', thrown: [result.left] }
  const broken = used(random, result.right, attempt)
  return { end: 'Right', thrown, broken }
}

// --- combinators
// A mutated node often no longer has its declared type. The declared type is corrected, so that decoding gets further.
const repaired = (json: ClosedJson): E.Either<unknown, Closed> => {
  let result = decode(codec)(json)
  for (let k = 0; k < 20 && E.isLeft(result); k++) {
    const { problem, path = '' } = result.left as FreegradError
    const [, right] = /gives ([a-z0-9]+\[[0-9,]*\]), not /.exec(problem) ?? []
    if (right === undefined) break
    const keys = path.match(/[a-z]+|\d+/gi) ?? []
    const last = keys.pop() as string
    const parent = keys.reduce((x, key) => x[key], json as never as Record<string, never>)
    if (last !== 'type' || parent === undefined) break
    ;(parent as Record<string, unknown>).type = right
    result = decode(codec)(json)
  }
  return result
}

type Attempt = <A>(make: () => A) => A | undefined

const values = [0, 1, 0.5, -1, 2.5, Number.NaN, -0, 1e300, Number.NEGATIVE_INFINITY]

const argument = (random: Random, { type: { dtype, shape } }: Tensor, lanes: ReadonlyArray<number>): NDArray => {
  const whole = [...lanes, ...shape]
  const kind = random.below(3)
  const size = whole.reduce((product, n) => product * n, 1)
  const at = (i: number): number => (kind === 0 ? 0.5 + i / 8 : kind === 1 ? i % 3 : random.pick(values))
  return array(
    Float64Array.from({ length: size * (dtype.startsWith('complex') ? 2 : 1) }, (_, i) => at(i)),
    { dtype, shape: whole }
  )
}

const small = (program: Closed, lanes: number): boolean =>
  program.parameters.every(({ shape }) => shape.reduce((product, n) => product * n, lanes) <= limits.elements)

/** Puts a program to every use; what is thrown is noted by `attempt`. */
const used = (random: Random, program: Closed, attempt: Attempt): string | undefined => {
  const isShown = attempt(() => show(program).length + toMermaid(program).length + toDot(program).length) !== undefined
  if (!isShown) return undefined
  attempt(() => closed.encode(program))
  if (!small(program, 2)) return undefined
  const f = unstage<Tensor[], Tensor[]>(program as never)
  const { inputStructure } = program
  // Arguments that are trees are given by their leaves where that is possible.
  if (inputStructure.children.some(({ _tag }) => _tag !== 'Leaf')) return undefined
  const given = program.parameters.map((x) => argument(random, x, []))
  const two = program.parameters.map((x) => argument(random, x, [2]))
  attempt(() => cost(f)(...given))
  const values = attempt(() => right(tryRun(() => f(...given), { steps })))
  const leaves = (...xs: Tensor[]): Tensor[] => flat(f(...xs))
  const uses: ReadonlyArray<readonly [string, (...xs: never[]) => unknown, ReadonlyArray<NDArray>]> = [
    ['itself', leaves, given],
    ['jvp', (...xs: Tensor[]) => jvp(leaves)([...given], xs)[1], given.map(likeTangent)],
    ['vjp', (...xs: Tensor[]) => pulled(leaves, xs), given],
    ['vmap', vmap(leaves, { axisName: 'i' }), two],
    ['vmap of vjp', vmap((...xs: Tensor[]) => pulled(leaves, xs), { axisName: 'i' }), two]
  ]
  for (const [k, [name, g, xs]] of uses.entries()) {
    if (k > 0 && random.chance(0.5)) continue
    if (attempt(() => right(tryRun(() => g(...(xs as never[])), { steps }))) === undefined) continue
    const broken = attempt(() => compiled(g as never, xs))
    if (broken !== undefined) return `${name}: ${broken}`
  }
  return values === undefined ? undefined : canaries()
}

const right = <A>(either: E.Either<FreegradError, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const flat = (x: unknown): Tensor[] =>
  x === null || typeof x !== 'object'
    ? []
    : isTensor(x)
      ? [x]
      : x instanceof Map
        ? [...x.values()].flatMap(flat)
        : Object.values(x).flatMap(flat)

const isTensor = (x: object): x is Tensor => x instanceof NDArray || (x as { _tag?: unknown })._tag === 'Tensor'

const likeTangent = ({ dtype, shape, size }: NDArray): NDArray =>
  dtype[0] === 'f'
    ? array(new Float64Array(size).fill(1), { dtype, shape })
    : array(new Float64Array(size), { dtype: 'float64', shape })

const pulled = (f: (...xs: Tensor[]) => Tensor[], xs: Tensor[]): unknown => {
  const [out, pullback] = vjp(f)(...xs)
  const ones = out.map(({ dtype, shape }) =>
    array(new Float64Array(shape.reduce((product, n) => product * n, 1)).fill(1), {
      dtype: dtype[0] === 'f' ? dtype : 'float64',
      shape
    })
  )
  return pullback(ones as never)
}

// A compiled program gives the same whatever stood in memory before it ran.
const compiled = (f: (...xs: Tensor[]) => unknown, xs: ReadonlyArray<NDArray>): string | undefined => {
  const g = compile((...args: Tensor[]) => flat(f(...args)), { steps, threads: 1 })
  const bits = (pattern: number): string => {
    patterned(pattern)
    const results = g(...(xs as never[])) as unknown as ReadonlyArray<NDArray>
    return results.map(({ data }) => Buffer.from(data.slice().buffer).toString('base64')).join()
  }
  return bits(0xa5a5a5a5) === bits(0x3c3c3c3c) ? undefined : 'a result has what stood in memory before'
}
