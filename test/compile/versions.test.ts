/** Versions: one for every tuple of types, made when it is needed and shared by all who compile the function. */
import {
  array,
  checkGrads,
  checkpoint,
  compile,
  compileAsync,
  cond,
  cost,
  customJvp,
  explain,
  grad,
  hessian,
  jacfwd,
  jet,
  jvp,
  linearize,
  NDArray,
  run,
  scan,
  show,
  stage,
  static_,
  stopGradient,
  Tensor,
  tensor,
  tryCompile,
  valueAndGrad,
  vjp,
  vmap
} from 'freegrad'
import * as ops from 'freegrad/ops'
import { inspect, map, runProgram } from 'freegrad/program'
import * as Tree from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { mostVersions } from '../../src/transforms/versions.js'
import { reason, tagOf } from '../support/reason.js'

/** A function that counts how often it is staged. */
const counted = () => {
  const f = (x: Tensor, y: Tensor): Tensor => {
    f.times++
    return ops.add(ops.mul(x, x), y)
  }
  f.times = 0
  return f
}

describe('a version', () => {
  it('is compiled for each combination of types', () => {
    const f = counted()
    const compiled = compile(f)
    const narrow = array([1, 2], { dtype: 'float32' })
    for (let k = 0; k < 3; k++) {
      expect(compiled(3, 1).item()).toBe(10)
      expect(compiled(array([1, 2]), 1).toNested()).toEqual([2, 5])
      expect(compiled(narrow, narrow).toString()).toBe('float32[2] [2, 6]')
      expect(compiled(array([[1, 2]]), 1).shape).toEqual([1, 2])
      expect(compiled(new Float64Array([1, 2]), 1).toNested()).toEqual([2, 5])
    }
    expect(f.times).toBe(4)
  })

  it('reads records of any realm, and without a prototype', () => {
    const f = counted()
    const compiled = compile(({ x, y }: Readonly<{ x: Tensor; y: Tensor }>) => f(x, y))
    const below = (prototype: object | null) =>
      Object.assign(Object.create(prototype) as { x: number; y: number }, { y: 1, x: 3 })
    // As the prototype of another realm's records.
    const other: object = Object.create(null, { isPrototypeOf: { value: () => false } })
    for (const record of [{ x: 3, y: 1 }, below(null), below(other)])
      for (let k = 0; k < 2; k++) expect(compiled(record).item()).toBe(10)
    expect(f.times).toBe(1)
  })

  it('is shared by all compilations of a function with the same options', async () => {
    const f = counted()
    compile(f)(1, 2)
    compile(f)(2, 3)
    expect(await compileAsync(f)(3, 4)).toEqual(compile(f)(3, 4))
    expect(f.times).toBe(1)
    compile(f, { threads: 1 })(1, 2)
    expect(f.times).toBe(2)
  })

  it('is found by its key among as many as are kept, of which the least recently used goes', () => {
    const f = (x: Tensor, flag: boolean | Tensor, { tag }: Readonly<{ tag: string }>): Tensor => {
      times++
      return ops.mul(x, flag === true ? 2 : tag.length)
    }
    let times = 0
    const compiled = compile(f) as (...args: ReadonlyArray<unknown>) => NDArray
    const call = (n: number): number =>
      compiled(new Float64Array(n).fill(1), static_(n % 2 === 0), { tag: 'abc' }).at(0)
    const value = (n: number): number => (n % 2 === 0 ? 2 : 3)
    for (let n = 1; n <= mostVersions; n++) expect(call(n)).toBe(value(n))
    expect(times).toBe(mostVersions)
    // Those that are called again stay, in any order, and one more sends the oldest of the others away.
    for (const n of [5, 1, mostVersions, 2, 1]) expect(call(n)).toBe(value(n))
    expect(times).toBe(mostVersions)
    call(mostVersions + 1)
    for (const n of [5, 1, 2, mostVersions, mostVersions + 1]) call(n)
    expect(times).toBe(mostVersions + 1)
    call(3)
    expect(times).toBe(mostVersions + 2)
  })

  it('is another one for each static value, whatever the value is', () => {
    const f = (x: Tensor, options: Readonly<{ n: number }>): Tensor => {
      times++
      return ops.add(x, options.n)
    }
    let times = 0
    const compiled = compile(f) as unknown as (x: number, options: unknown) => NDArray
    for (let k = 0; k < 3; k++) for (const n of [0, -0, 1, 2, 3]) expect(compiled(1, static_({ n })).item()).toBe(1 + n)
    expect(times).toBe(5)
  })

  it('is compiled once for calls that wait for it', async () => {
    const f = counted()
    const compiled = compileAsync(f)
    const results = await Promise.all([1, 2, 3].map((x) => compiled(x, 0)))
    expect(results.map((x) => x.item())).toEqual([1, 4, 9])
    expect(compile(f)(4, 0).item()).toBe(16)
    expect(f.times).toBe(1)
  })

  it('under asynchronous compilation is compiled at once for a synchronous call', async () => {
    const f = counted()
    const later = compileAsync(f)(5, 0)
    expect(compile(f)(4, 0).item()).toBe(16)
    expect((await later).item()).toBe(25)
  })
})

describe('an error', () => {
  it('is thrown for more than 64 threads', () => {
    for (const threads of [0, -1, 1.5, 65, 500, 1e9, Number.POSITIVE_INFINITY, Number.NaN, '4', null, [2]])
      expect(tagOf(() => compile((x: Tensor) => x, { threads } as never))).toBe('StagingError')
  })

  const f = (x: Tensor, y: Tensor): Tensor => ops.add(x, y)
  const compiled = compile(f) as (...args: ReadonlyArray<unknown>) => unknown

  it.each([
    ['a text', ['1', 2], 'DTypeError'],
    ['a promise', [Promise.resolve(1), 2], 'TreeError'],
    ['a container', [[1, 2], 3], 'TreeError'],
    ['shapes that do not meet', [array([1, 2]), array([1, 2, 3])], 'ShapeError']
  ])('%s throws, and the next call works', (_, args, tag) => {
    expect(tagOf(() => compiled(...args))).toBe(tag)
    expect(String(compiled(1, 2))).toBe('float64[] 3')
  })

  it('rejects the promise of compileAsync, and is a Left in tryCompile', async () => {
    const bad = [array([1, 2]), array([1, 2, 3])] as const
    await expect(compileAsync(f)(...bad)).rejects.toMatchObject({ _tag: 'ShapeError' })
    expect(tryCompile(f)(...bad)).toMatchObject({ _tag: 'Left' })
  })

  it.each([0, -1, 1.5, Number.NaN])('%s is not a number of threads', (threads) => {
    expect(tagOf(() => compile(f, { threads }))).toBe('StagingError')
  })
})

describe('a compiled function of tensors is the function itself', () => {
  const f = (x: Tensor): Tensor => ops.mul(ops.sin(x), ops.mul(x, x))
  const compiled = compile(f)
  const later = compileAsync(f)
  const close = (x: unknown, y: unknown): void => {
    const [xs, ys] = [x, y].map((tree) => Tree.leaves(run(tree)) as ReadonlyArray<NDArray>)
    expect(xs.map(String)).toEqual(ys.map(String))
  }
  const transforms: ReadonlyArray<readonly [string, (g: (x: Tensor) => Tensor) => unknown]> = [
    ['grad', (g) => grad(g)(3)],
    ['grad of grad', (g) => grad(grad(g))(3)],
    ['valueAndGrad', (g) => valueAndGrad(g)(3)],
    ['vjp', (g) => vjp(g)(3)[1](2)],
    ['jvp', (g) => jvp(g)([3], [2])],
    ['linearize', (g) => linearize(g)(3)[1](2)],
    ['jet', (g) => jet(g)([3], [[1, 0, 0]])],
    ['hessian', (g) => hessian((x: Tensor) => ops.sum(g(x), { axes: [0] }))(array([1, 2]))],
    ['jacfwd', (g) => jacfwd(g)(array([1, 2]))],
    ['vmap', (g) => vmap(g)(array([1, 2, 3]))],
    ['vmap of grad', (g) => vmap(grad(g))(array([1, 2, 3]))],
    ['grad within', (g) => grad((x) => ops.mul(x, grad((y) => ops.mul(y, g(x)))(1)))(3)],
    ['compile', (g) => compile((x: Tensor) => ops.add(g(x), 1))(3)],
    ['compile of grad', (g) => compile(grad(g))(3)],
    ['scan', (g) => scan((sum, x) => [g(ops.add(sum, x)), sum], tensor(0), array([1, 2]))],
    ['cond', (g) => grad((x) => cond(ops.gt(x, 0), g, ops.neg, x))(3)],
    ['checkpoint', (g) => grad(checkpoint(g))(3)],
    ['customJvp', (g) => grad(customJvp(g, ([x], [dx]) => [g(x), ops.mul(dx, x)]))(3)],
    ['stage', (g) => show(stage(g)(3)).split('\n').length],
    ['cost', (g) => cost(g)(3).flops],
    ['explain', (g) => explain(g)(3).length],
    ['checkGrads', (g) => [checkGrads(g, { order: 2 })(1.5)].length],
    ['a program', (g) => runProgram(grad((x: Tensor) => map(() => ops.mul(x, g(x)))(inspect(x)))(3))]
  ]

  it.each(transforms)('under %s', (_, transform) => {
    const want = transform(f)
    if (typeof want === 'number') {
      expect([compiled, later, compile(compiled)].map((g) => transform(g))).toEqual([want, want, want])
    } else for (const g of [compiled, later, compile(compiled)]) close(transform(g), want)
  })

  it('returns arrays for arrays, even under a transform', () => {
    const given: Array<unknown> = []
    const slope = grad((x: Tensor) => {
      given.push(compiled(3), compiled(array([1, 2])), compiled(x), compiled(stopGradient(x)))
      return ops.mul(x, compiled(3))
    })(2)
    expect(given.map((x) => (x as NDArray | Tensor).constructor.name)).toEqual([
      'NDArray',
      'NDArray',
      'Tensor',
      'Tensor'
    ])
    expect(run(slope).item()).toBe(compiled(3).item())
  })

  it('a single tensor among arrays and numbers is enough', () => {
    const g = compile(({ a, b }: Readonly<{ a: Tensor; b: readonly Tensor[] }>, c: Tensor) =>
      ops.add(ops.mul(a, b[0]), c)
    )
    expect(g({ a: 2, b: [3] }, 1)).toBeInstanceOf(NDArray)
    for (const y of [g({ a: tensor(2), b: [3] }, 1), g({ a: 2, b: [tensor(3)] }, 1), g({ a: 2, b: [3] }, tensor(1))]) {
      expect(y).toBeInstanceOf(Tensor)
      expect(run(y as Tensor).item()).toBe(7)
    }
    expect(run(grad((x: Tensor) => g({ a: x, b: [x] }, x) as Tensor)(5)).item()).toBe(11)
    expect(g({ a: 2, b: [3] }, 1).item()).toBe(7)
  })

  it('is not compiled for a call with tensors, and donates nothing', () => {
    const h = counted()
    const g = compile(h, { donate: [0, 1] })
    const [x, y] = [tensor(array([1, 2])), array([3, 4])]
    for (let k = 0; k < 2; k++) expect(run(g(x, y)).toNested()).toEqual([4, 8])
    expect(h.times).toBe(2)
    expect([run(x).toNested(), y.toNested()]).toEqual([
      [1, 2],
      [3, 4]
    ])
  })

  it('with the same errors', async () => {
    const pair = (x: Tensor, y: Tensor): Tensor => ops.add(x, y)
    const bad = [tensor([1, 2]), tensor([1, 2, 3])] as const
    expect(tagOf(() => compile(pair)(...bad))).toBe('ShapeError')
    expect(tagOf(() => compileAsync(pair)(...bad))).toBe('ShapeError')
    expect(tryCompile(pair)(...bad)).toMatchObject({ _tag: 'Left' })
    const sum = tryCompile(pair)(tensor(1), 2)
    expect(sum._tag === 'Right' && run(sum.right).item()).toBe(3)
  })

  it('and is available as wrapped', () => {
    expect(compiled.wrapped).toBe(f)
    expect(later.wrapped).toBe(f)
  })
})

describe('a tensor that a compiled function captures', () => {
  const captures = (x: Tensor): Tensor => ops.mul(x, compile((y: Tensor) => ops.mul(ops.sin(x), y))(2))

  it.each([
    ['grad', () => grad(captures)(3)],
    ['jvp', () => jvp(captures)([3], [1])],
    ['hessian', () => hessian(captures)(3)],
    ['jet', () => jet(captures)([3], [[1]])],
    ['a program, after its effects', () => runProgram(grad((x) => map(() => captures(x))(inspect(x)))(3))]
  ])('is no constant to %s, and says so instead of 0', (_, make) => {
    const error = reason(make)
    expect(error).toMatchObject({ _tag: 'NotDifferentiable', op: 'compile' })
    expect(error.hint).toMatch(/argument.*stopGradient/)
  })

  it('throws under vmap, because it has no number', () => {
    const error = reason(() => vmap(captures)(array([1, 2])))
    expect(error).toMatchObject({ _tag: 'FreeVariable', op: 'compile' })
    expect(error.hint).toMatch(/argument/)
  })

  it('may be constant with respect to the derivative', () => {
    const still = (x: Tensor): Tensor => compile((y: Tensor) => ops.mul(y, x))(2) as never
    expect(run(grad((x: Tensor) => ops.mul(x, still(stopGradient(x))))(3)).item()).toBe(6)
    expect(run(grad((x: Tensor, y: Tensor) => ops.mul(x, still(y)))(3, 2)).item()).toBe(4)
  })
})
