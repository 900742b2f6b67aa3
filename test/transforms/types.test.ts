import type { Either } from 'fp-ts/lib/Either.js'
import type { Option } from 'fp-ts/lib/Option.js'
import {
  array,
  checkGrads,
  compile,
  compileAsync,
  customJvp,
  customLinearSolve,
  customRoot,
  customVjp,
  type FreegradError,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  type Leaf,
  linearize,
  type NDArray,
  run,
  scan,
  static_,
  stopGradient,
  type Tensor,
  tensor,
  tryCompile,
  valueAndGrad,
  vjp,
  vmap
} from 'freegrad'
import { add, cos, div, mul, sin, sub, tanh } from 'freegrad/ops'
import { inspect, map, type Program } from 'freegrad/program'
import { describe, expectTypeOf, it } from 'vitest'

// What users hover over. The bodies are checked by the compiler; running them shows that they also hold.
type Model = { W: Tensor; b: readonly [Tensor, Tensor]; m: ReadonlyMap<string, Tensor>; o: Option<Tensor> }
const loss = (W: Tensor, b: Tensor): Tensor => mul(W, b)
const model = (p: Model, x: Tensor): Tensor => mul(add(p.W, p.b[0]), x)
const params = { W: 1, b: [1, 2], m: new Map([['k', 1]]), o: { _tag: 'None' } } as const

describe('the types of transforms', () => {
  it('grad infers a tree like the argument', () => {
    expectTypeOf(grad(tanh)(2)).toEqualTypeOf<Tensor>()
    expectTypeOf(grad(loss, { argnums: [1, 0] })(2, 3)).toEqualTypeOf<[Tensor, Tensor]>()
    expectTypeOf(grad(loss, { argnums: -1 })(2, 0)).toEqualTypeOf<Tensor>()
    expectTypeOf(grad(grad(grad(tanh)))(2)).toEqualTypeOf<Tensor>()
    expectTypeOf(grad((x, y) => mul(x, y))(1, 2)).toEqualTypeOf<Tensor>()
    expectTypeOf(grad((x) => mul(x, grad((y) => mul(x, y))(x)))(1)).toEqualTypeOf<Tensor>()
    const gradient = grad(model)(params, 3)
    expectTypeOf(gradient.b).toEqualTypeOf<readonly [Tensor, Tensor]>()
    expectTypeOf(gradient.m).toEqualTypeOf<ReadonlyMap<string, Tensor>>()
    expectTypeOf(gradient.o).toEqualTypeOf<Option<Tensor>>()
    expectTypeOf(run(gradient).b[0]).toEqualTypeOf<NDArray>()
  })

  it('a compiled function returns arrays for arrays, and tensors for tensors', () => {
    const compiled = compile(model)
    const traced = { ...params, W: tensor(1), b: [tensor(1), tensor(2)], m: new Map([['k', tensor(1)]]) } as const
    expectTypeOf(compiled(params, 3)).toEqualTypeOf<NDArray>()
    expectTypeOf(compiled(run(traced), array(3))).toEqualTypeOf<NDArray>()
    expectTypeOf(compiled(traced, tensor(3))).toEqualTypeOf<Tensor>()
    expectTypeOf(compiled(params, tensor(3))).toEqualTypeOf<Tensor>()
    expectTypeOf(compiled(traced, 3)).toEqualTypeOf<Tensor>()
    expectTypeOf(compiled(params, 3 as Leaf)).toEqualTypeOf<Tensor | NDArray>()
    expectTypeOf(compiled({ ...params, W: tensor(1) }, 3)).toEqualTypeOf<Tensor | NDArray>()
    const mixed = compile((xs: ReadonlyArray<Tensor>, none: readonly [], flag: boolean, rest: { x?: Tensor }) => [
      xs[0],
      rest,
      flag ? none : null
    ])
    type Same = ReturnType<(typeof mixed)['wrapped']>
    expectTypeOf(mixed([tensor(1)], [], static_(true), {})).toEqualTypeOf<Same>()
    expectTypeOf(mixed([], [], static_(true), { x: tensor(1) })).toEqualTypeOf<Same>()
    expectTypeOf(mixed([tensor(1) as Tensor | number], [], static_(true), {})).not.toEqualTypeOf<Same>()
    expectTypeOf(mixed([1, 2], [], static_(true), {})).not.toEqualTypeOf<Same>()
    expectTypeOf(mixed([array(1)], [], static_(true), { x: array(1) })).not.toEqualTypeOf<Same>()
    expectTypeOf(compiled.wrapped).toEqualTypeOf<(p: Model, x: Tensor) => Tensor>()
    expectTypeOf(compile((x) => mul(x, x)).wrapped).toEqualTypeOf<(x: Tensor) => Tensor>()
    const pair = tryCompile((x: Tensor) => ({ y: mul(x, x) }))
    expectTypeOf(pair(2)).toEqualTypeOf<Either<FreegradError, { y: NDArray }>>()
    expectTypeOf(pair(tensor(2))).toEqualTypeOf<Either<FreegradError, { y: Tensor }>>()
    const later = compileAsync((x: Tensor) => [x, mul(x, x)] as const)
    expectTypeOf(later(2)).toEqualTypeOf<Promise<readonly [NDArray, NDArray]>>()
    expectTypeOf(later(tensor(2))).toEqualTypeOf<readonly [Tensor, Tensor]>()
    // @ts-expect-error a text is no leaf
    const wrong = () => compiled(params, '3')
    expectTypeOf(wrong).toBeFunction()
  })

  it('transforms infer the same types for a compiled function as for the function', () => {
    const compiled = compile(model)
    const compiledLoss = compile(loss, { threads: 1 })
    expectTypeOf(grad(compiled)).toEqualTypeOf(grad(model))
    expectTypeOf(grad(compileAsync(model))).toEqualTypeOf(grad(model))
    expectTypeOf(grad(compile(compiled))).toEqualTypeOf(grad(model))
    expectTypeOf(valueAndGrad(compiled)).toEqualTypeOf(valueAndGrad(model))
    expectTypeOf(vmap(compiled)).toEqualTypeOf(vmap(model))
    expectTypeOf(jvp(compiled)).toEqualTypeOf(jvp(model))
    expectTypeOf(vjp(compiled)).toEqualTypeOf(vjp(model))
    expectTypeOf(jacrev(compiled)).toEqualTypeOf(jacrev(model))
    expectTypeOf(compile(grad(compiled))).toEqualTypeOf(compile(grad(model)))
    expectTypeOf(grad(compiledLoss, { argnums: [1, 0] })(2, 3)).toEqualTypeOf<[Tensor, Tensor]>()
    expectTypeOf(
      grad(
        compile((x: Tensor) => [mul(x, x), x] as const),
        { hasAux: true }
      )(2)
    ).toEqualTypeOf<[Tensor, Tensor]>()
    expectTypeOf(grad((x: Tensor) => compiledLoss(x, 3))(2)).toEqualTypeOf<Tensor>()
    const step = (c: Tensor, x: Tensor) => [add(c, x), { c }] as const
    expectTypeOf(scan(compile(step), 0, array([1, 2]))).toEqualTypeOf(scan(step, 0, array([1, 2])))
    checkGrads(compiledLoss)(2, 3)
  })

  it('with hasAux the auxiliary data keep their type', () => {
    const [value, gradient] = valueAndGrad((x: Tensor) => [mul(x, x), { note: 'aux' }] as const, { hasAux: true })(2)
    expectTypeOf(value).toEqualTypeOf<[Tensor, { readonly note: 'aux' }]>()
    expectTypeOf(gradient).toEqualTypeOf<Tensor>()
    expectTypeOf(grad((x: Tensor) => [mul(x, x), 'aux'] as const, { hasAux: true })(2)).toEqualTypeOf<[Tensor, 'aux']>()
  })

  it('a program keeps its effects', () => {
    const program = (x: Tensor): Program<'inspect', Tensor> => map(() => mul(x, x))(inspect(x))
    expectTypeOf(grad(program)(2)).toEqualTypeOf<Program<'inspect', Tensor>>()
    expectTypeOf(vmap(program)(array([1, 2]))).toEqualTypeOf<Program<'inspect', Tensor>>()
    expectTypeOf(jacfwd(program)(2)).toEqualTypeOf<Program<'inspect', Tensor>>()
    expectTypeOf(hessian(program)(2)).toEqualTypeOf<Program<'inspect', Tensor>>()
    expectTypeOf(hvp(program)([2], [1])).toEqualTypeOf<Program<'inspect', [Tensor]>>()
    const pair = (p: { a: Tensor }) => map(() => ({ u: p.a }))(inspect(p.a))
    expectTypeOf(jacrev(pair)({ a: 1 })).toEqualTypeOf<Program<'inspect', { u: { a: Tensor } }>>()
  })

  it('the other transforms infer likewise', () => {
    expectTypeOf(jvp(loss)([1, 2], [3, 4])).toEqualTypeOf<[Tensor, Tensor]>()
    expectTypeOf(vmap(loss)(array([1]), array([2]))).toEqualTypeOf<Tensor>()
    expectTypeOf(hessian(tanh)(1)).toEqualTypeOf<Tensor>()
    expectTypeOf(linearize(loss)(1, 2)[0]).toEqualTypeOf<Tensor>()
    expectTypeOf(stopGradient({ a: 1, b: tensor(2) })).toEqualTypeOf<{ a: Tensor; b: Tensor }>()
    const [out, pullback] = vjp((p: { a: Tensor }, y: Tensor) => ({ z: mul(p.a, y) }))({ a: 1 }, 2)
    expectTypeOf(out).toEqualTypeOf<{ z: Tensor }>()
    expectTypeOf(pullback({ z: 1 })).toEqualTypeOf<[{ a: Tensor }, Tensor]>()
    const blocks = jacrev((p: { a: Tensor; b: Tensor }) => ({ u: p.a, v: p.b }))({ a: 1, b: 2 })
    expectTypeOf(blocks.u.b).toEqualTypeOf<Tensor>()
  })

  it('rejects arguments that are not trees of tensors', () => {
    const misuses = [
      // @ts-expect-error two arguments are wanted
      () => grad(loss)(1),
      // @ts-expect-error a plain array is a container, not a vector
      () => grad(tanh)([1, 2, 3]),
      // @ts-expect-error a string is no tensor
      () => grad(model)({ ...params, W: 'x' }, 3),
      // @ts-expect-error the gradient is that of a scalar
      () => grad((x: Tensor) => ({ x }))(1)
    ]
    expectTypeOf(misuses).toBeArray()
  })

  it('functions with rules accept leaves and return tensors, and rules have the types of their functions', () => {
    const sine = customJvp(
      (x) => sin(x),
      ([x], [dx]) => [sin(x), mul(dx, cos(x))]
    )
    expectTypeOf(sine(1)).toEqualTypeOf<Tensor>()
    type Pair = { p: Tensor; q: Tensor }
    const swap = customJvp(
      ({ p, q }: Pair, by: Tensor) => ({ p: mul(q, by), q: p }),
      ([{ p, q }, by], [d, dby]) => {
        expectTypeOf(d).toEqualTypeOf<Pair>()
        return [
          { p: mul(q, by), q: p },
          { p: add(mul(d.q, by), mul(q, dby)), q: d.p }
        ]
      }
    )
    expectTypeOf(swap({ p: 1, q: array([1]) }, 2)).toEqualTypeOf<Pair>()
    expectTypeOf(grad((x: Pair) => swap(x, 2).q)({ p: 1, q: 2 })).toEqualTypeOf<Pair>()
    const product = customVjp((x, y) => mul(x, y), {
      forward: (x, y) => [mul(x, y), { x, y, note: 'any data' }],
      backward: ({ x, y, note }, ct) => {
        expectTypeOf([x, note] as const).toEqualTypeOf<readonly [Tensor, string]>()
        expectTypeOf(ct).toEqualTypeOf<Tensor>()
        return [mul(ct, y), mul(ct, x)]
      }
    })
    expectTypeOf(product(1, 2)).toEqualTypeOf<Tensor>()
    customVjp((x: Tensor, y: Tensor) => mul(x, y), {
      forward: (x, y) => [mul(x, y), null],
      // @ts-expect-error a cotangent for each argument
      backward: (_, ct) => [ct]
    })
  })

  it('roots and solutions are trees like the guess and the right side', () => {
    const w = tensor(2)
    const root = customRoot(
      (x: Tensor) => sub(mul(w, x), 1),
      0,
      (_, x) => x,
      (g, y) => div(y, g(1))
    )
    expectTypeOf(root).toEqualTypeOf<Tensor>()
    const pair = customRoot(
      ({ u, v }) => ({ u: sub(u, w), v }),
      { u: tensor(2), v: tensor(0) },
      (f, x) => {
        expectTypeOf(f({ u: 1, v: 2 }).u).toEqualTypeOf<Tensor>()
        return x
      },
      (_, y) => y
    )
    expectTypeOf(pair).toEqualTypeOf<{ u: Tensor; v: Tensor }>()
    const solved = customLinearSolve(
      (x) => mul(w, x),
      tensor([2, 4]),
      (_, b) => div(b, w),
      { symmetric: true }
    )
    expectTypeOf(solved).toEqualTypeOf<Tensor>()
  })
})
