/**
 * What users write, under the strictest options of TypeScript and against the declarations of the package: `npm run types`
 * checks it with `tsconfig.types.json`. It is never run.
 */
import type * as E from 'fp-ts/lib/Either.js'
import {
  array,
  type CompileOptions,
  checkpoint,
  compile,
  cond,
  defineOp,
  grad,
  handler,
  hessian,
  jvp,
  type Leaves,
  type Lower,
  linear,
  linearize,
  type NDArray,
  type Op,
  pointwise,
  run,
  type Static,
  scan,
  stage,
  static_,
  type Tensor,
  tensor,
  unstage,
  valueAndGrad,
  vjp,
  vmap
} from 'freegrad'
import * as np from 'freegrad/numpy'
import { add, elementwise, floating, integerPow, mul, neg, sameAsOperand, sin } from 'freegrad/ops'
import { adam, type Input, training } from 'freegrad/optim'
import { gen, inspect } from 'freegrad/program'
import * as random from 'freegrad/random'
import * as T from 'freegrad/tree'

/** That two types are one. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => undefined

// --- models
interface Dense {
  readonly _tag: 'Dense'
  readonly W: Tensor
  readonly b?: Tensor
}
type Layer = Dense | { readonly _tag: 'Act'; readonly name: 'tanh' | 'relu' }
type Model = ReadonlyArray<Layer>
declare const predict: (model: Model, x: Tensor) => Tensor
const loss = (model: Model, x: Tensor, y: Tensor): Tensor => np.mean(np.square(np.sub(predict(model, x), y)))
const start = [
  { _tag: 'Dense', W: array([1]) },
  { _tag: 'Act', name: 'tanh' }
] as const

const slope = grad(loss)(start, array([1]), 2)
predict(slope, tensor(1))
predict(start, array(1))
predict(compile(grad(loss))(start, array([1]), 2), array(1))
const [value, slopes] = run(valueAndGrad(loss)(start, 1, 2))
same<typeof value, NDArray>(true)
predict(slopes, value)
predict(
  T.map((p: NDArray) => np.mul(p, 2), start),
  1 as never
)
// @ts-expect-error another activation
grad(loss)([{ _tag: 'Act', name: 'exp' }], 1, 2)

// --- a helper over any model, without a cast
const train = <P, Batch>(miss: (params: P, batch: Batch) => Tensor, rate: number) => {
  const { start, step } = training(miss, adam(rate))
  return (params: Input<P>, batches: ReadonlyArray<Input<Batch>>) =>
    batches.reduce((at, batch) => step(at, batch), start(params)).params
}
const fitted = train((p: { W: Tensor; b: [Tensor, Tensor] }, x: Tensor) => np.mul(np.add(p.W, p.b[0]), x), 1e-3)
same<ReturnType<typeof fitted>, { W: NDArray; b: [NDArray, NDArray] }>(true)
fitted({ W: 1, b: [2, array(3)] }, [1, array(2)])
fitted(fitted({ W: 1, b: [2, 3] }, []), [tensor(1)])
const fittedModel: Model = train((model: Model, [x, y]: [Tensor, Tensor]) => loss(model, x, y), 1e-3)(start, [[1, 2]])
predict(fittedModel, tensor(1))
// @ts-expect-error parameters of another form
fitted({ W: 1 }, [1])

// --- what is static
const flagged = (x: Tensor, train: boolean, k = 2): Tensor => (train ? np.mul(k, x) : x)
same<ReturnType<typeof tensor>, Tensor>(true)
grad(flagged)(1, static_(false))
grad(flagged)(1, static_(false), static_(3))
vmap(grad(flagged))(array([1]), static_(true))
jvp(flagged)([1, static_(true)], [1, static_(true)])
compile(flagged)(1, static_(true))
grad(compile(flagged))(1, static_(true))
checkpoint(flagged)(1, static_(true))
same<
  ReturnType<ReturnType<typeof vjp<[Tensor, boolean], Tensor>>>,
  [Tensor, (ct: T.Leaf) => [Tensor, Static<boolean>]]
>(true)
const misuses = [
  // @ts-expect-error a bare flag would become a tensor
  () => grad(flagged)(1, false),
  // @ts-expect-error and so would a number
  () => grad(flagged)(1, static_(false), 3),
  // @ts-expect-error of another type
  () => grad(flagged)(1, static_(2)),
  // @ts-expect-error a compiled function is no exception
  () => compile(flagged)(1, false),
  // @ts-expect-error with a tensor neither
  () => compile(flagged)(tensor(1), false),
  // @ts-expect-error a transform hands over a Tensor
  () => grad((x: NDArray) => np.sum(x))(array([1])),
  // @ts-expect-error within a tree
  () => vmap((p: { w: Tensor; n: 1 | 2 }) => np.mul(p.n, p.w))({ w: array([1]), n: 1 }),
  // @ts-expect-error a Date is no part of a tree
  () => vmap((p: { w: Tensor; at: Date }) => p.w)({ w: array([1]), at: new Date() }),
  // @ts-expect-error a bigint is no part of a tree
  () => grad((x: Tensor, n: bigint) => np.mul(Number(n), x))(1, 2n)
]
same<Leaves<E.Either<number, Tensor>, NDArray>, E.Either<NDArray, NDArray>>(true)
const outputs = vmap((x: Tensor) => ({ x, epoch: 3, tag: 'a', k: static_(2) }))(array([1]))
same<typeof outputs, { x: Tensor; epoch: Tensor; tag: string; k: Static<2> }>(true)

// --- readonly arguments
const pair = (p: [Tensor, Tensor], q: ReadonlyArray<Tensor>): Tensor => np.add(p[0], q[0] ?? 0)
const point = [[1, 2], [3]] as const
same<ReturnType<ReturnType<typeof grad<0, [[Tensor, Tensor]], Tensor>>>, [Tensor, Tensor]>(true)
grad(pair)(...point)
jvp(pair)(point, point)
vjp(pair)(...point)
linearize(pair)(...point)[1](...point)
compile(pair)(...point)
hessian(pair)(...point)
scan(([a, b], x) => [[np.add(a, x), b] as const, a], [1, 2] as const, array([1, 2]))
cond(
  true,
  ([a]) => a,
  ([, b]) => b,
  [1, 2] as const
)
same<Parameters<ReturnType<typeof unstage<[x: Tensor], { y: Tensor }>>>, [x: T.Leaf]>(true)
const staged = unstage(stage((x: Tensor) => ({ y: x }))(1))(2)
same<typeof staged, { y: Tensor }>(true)

// --- keys
const [k1, k2] = random.split(random.key(1))
const [k3, k4, k5] = random.split(k1, 3)
same<[typeof k2, typeof k3, typeof k4, typeof k5], [Tensor, Tensor, Tensor, Tensor]>(true)

// --- options that may be undefined
declare const threads: number | undefined
const options: CompileOptions = threads === undefined ? {} : { threads }
compile(pair, options)
adam(1e-3)
gen(function* () {
  const x = yield* inspect(tensor(1))
  return x.shape[0] ?? 0
})

// --- custom operations and handlers
const cube = defineOp({
  name: 'cube',
  arity: 1,
  type: sameAsOperand(floating),
  evaluate: elementwise((x) => x ** 3),
  jvp: [(dx, [x]) => np.mul(dx, np.mul(3, np.square(x)))],
  batch: pointwise
})
const wrong = defineOp({ ...cube.rules, arity: 1, name: 'wrong', jvp: [(dx) => dx] })
const linearized = defineOp({ ...cube.rules, arity: 1, name: 'linear', jvp: linear, transpose: [(ct) => ct] })
const lower: Lower<undefined> = (b, [x]) => b.mul(x, b.mul(x, x))
const fast = defineOp({ ...cube.rules, arity: 1, name: 'fast', lower })
const twice: Op<1, { by: number }> = defineOp({
  name: 'scale',
  arity: 1,
  type: sameAsOperand(floating),
  evaluate: (xs, { by }, type) => elementwise((x) => by * x)(xs, undefined, type),
  jvp: linear,
  transpose: [(ct, _, params) => twice(ct, params)],
  batch: ([x], params) => twice(x, params)
})
const again: Op<1, { by: number }> = defineOp({ ...twice.rules, arity: 1, name: 'again' })
grad((x) => wrong(linearized(fast(again(x, { by: 2 })))))(1)

const degree = handler('degree', {
  variable: () => 1,
  constant: () => 0,
  operations: [
    [add, ([a, b]) => Math.max(a, b)],
    [mul, ([a, b]) => a + b],
    [sin, ([x]) => x],
    [integerPow, ([x], { n }) => n * x]
  ],
  otherwise: (xs) => Math.max(...xs)
})
handler('degree', {
  ...degree.clauses,
  operations: [...degree.clauses.operations, [neg, (xs: ReadonlyArray<number>) => xs[0] ?? 0]]
})
handler('d', {
  variable: () => 1,
  constant: () => 0,
  operations: [
    // @ts-expect-error an operation of two operands
    [add, ([a, b, c]: readonly [number, number, number]) => a + b + c]
  ]
})

export { misuses }
