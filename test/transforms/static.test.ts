/** What is static in a tree: every transform hands a function the value itself, and keeps it as it is in what it gives. */
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import {
  array,
  branch,
  checkGrads,
  checkpoint,
  compile,
  compileAsync,
  cond,
  cost,
  customJvp,
  customVjp,
  explain,
  foriLoop,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jet,
  jvp,
  linearize,
  linearTranspose,
  mapLoop,
  type NDArray,
  run,
  Static,
  scan,
  stage,
  static_,
  stopGradient,
  type Tensor,
  tensor,
  tryCompile,
  unstage,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop
} from 'freegrad'
import { closedOf, treeOf } from 'freegrad/codec'
import * as np from 'freegrad/numpy'
import * as T from 'freegrad/tree'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'

// The flag is tested by identity, so that a tensor, a number or a wrapper in its place is seen.
const power = (x: Tensor, square: boolean): Tensor => {
  if (square !== true && square !== false) throw new Error('the flag is no boolean')
  return square ? np.mul(x, x) : np.mul(1, x)
}
const yes = static_(true)
const no = static_(false)
const item = (x: Tensor): number => run(x).item()
// Arrays as numbers, which can be compared.
const plain = (tree: unknown): unknown => T.map((x) => (x as NDArray).toNested(), run(tree))

type Layer = { _tag: 'Dense'; W: Tensor; act: 'tanh' | 'none' } | { _tag: 'Scale'; by: Tensor; times: 1 | 2 }
const apply = (layer: Layer, x: Tensor): Tensor => {
  switch (layer._tag) {
    case 'Dense':
      return layer.act === 'tanh' ? np.tanh(np.mul(layer.W, x)) : np.mul(layer.W, x)
    case 'Scale':
      return layer.times === 1 ? np.mul(layer.by, x) : np.mul(layer.by, np.mul(layer.by, x))
  }
}
const model = (layers: ReadonlyArray<Layer>, x: Tensor): Tensor => layers.reduce((y, layer) => apply(layer, y), x)
const layers = [
  { _tag: 'Dense', W: 3, act: 'none' },
  { _tag: 'Scale', by: 2, times: static_(2) }
] as const

// A function of a tensor and a static value, and what transforms make of it: of that value as an argument, or captured.
type Known = number | boolean
type Fn = (x: Tensor, by: Known) => Tensor
const transforms: Readonly<Record<string, (f: Fn) => Fn>> = {
  grad: (f) => (x, by) => grad((y: Tensor, k: Known) => f(y, k))(x, static_(by)) as Tensor,
  jvp: (f) => (x, by) => jvp((y: Tensor, k: Known) => f(y, k))([x, static_(by)], [1, static_(by)])[1] as Tensor,
  vjp: (f) => (x, by) => vjp((y: Tensor, k: Known) => f(y, k))(x, static_(by))[1](1)[0] as Tensor,
  vmap: (f) => (x, by) => np.sum(vmap((y: Tensor, k: Known) => f(y, k))(np.stack([x, np.mul(x, 2)]), static_(by))),
  checkpoint: (f) => (x, by) => checkpoint((y: Tensor, k: Known) => f(y, k))(x, static_(by)),
  loop: (f) => (x, by) => foriLoop(0, 2, (_, { y }) => ({ y: f(y, by) }), { y: x }).y,
  sequence: (f) => (x, by) => np.sum(mapLoop((each: { y: Tensor; k: Known }) => f(each.y, each.k), lanes(x, by))),
  carry: (f) => (x, by) => scan((c) => [stepped(f)(c), c.y], carried(x, by), null, { length: 2 })[0].y,
  'carry and sequence': (f) => (x, by) => {
    const step = (c: Carried, each: { y: Tensor; k: Known }) => [stepped(f)(c), f(each.y, each.k)] as const
    const [last, ys] = scan(step, carried(x, by), lanes(x, by), { reverse: true })
    return np.add(last.y, np.sum(ys))
  },
  state: (f) => (x, by) => foriLoop(0, 2, (_, c) => stepped(f)(c), carried(x, by)).y,
  branches: (f) => (x, by) =>
    cond(np.greater(x, 0), stepped(f), (c) => ({ ...stepped(f)(c), y: c.y }), carried(x, by)).y
}
// Loops without a reverse mode.
const forward: Readonly<Record<string, (f: Fn) => Fn>> = {
  'state of a while': (f) => (x, by) =>
    whileLoop(
      ({ i, c }) => np.logicalAnd(np.less(i, 2), Object.is(c.k, by)),
      ({ i, c }) => ({ i: np.add(i, 1), c: stepped(f)(c) }),
      { i: tensor(0, { dtype: 'int32' }), c: carried(x, by) }
    ).c.y,
  'state of a count that is a tensor': (f) => (x, by) =>
    foriLoop(tensor(0, { dtype: 'int32' }), tensor(2, { dtype: 'int32' }), (_, c) => stepped(f)(c), carried(x, by)).y
}

type Carried = { y: Tensor; k: Known }
const carried = (y: Tensor, k: Known) => ({ y, k: static_(k) })
const stepped = (f: Fn) => (c: Carried) => carried(f(c.y, c.k), c.k)
const lanes = (x: Tensor, by: Known) => ({ y: np.stack([x, x]), k: static_(by) })

describe('a static argument', () => {
  it('means the same as a captured value, under any nesting of transforms, in run and compile', () => {
    const known = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.constantFrom(0, -0, 1))
    const all = { ...transforms, ...forward }
    const inner = fc.array(fc.constantFrom(...Object.keys(transforms)), { maxLength: 3 })
    const hasNoReverse = fc.constantFrom('jvp', 'vmap', 'checkpoint', 'carry', 'state', 'branches')
    const outer = fc.tuple(fc.constantFrom(...Object.keys(forward)), fc.array(hasNoReverse, { maxLength: 1 }))
    const nests = fc.oneof(
      inner,
      fc.tuple(inner, outer).map(([inside, [name, outside]]) => [...inside.slice(0, 1), name, ...outside])
    )
    fc.assert(
      fc.property(known, known, nests, (one, other, nest) => {
        const f: Fn = (x, by) => {
          if (by !== one && by !== other) throw new Error('the value is not the one that was given')
          return Object.is(by, one) ? np.sin(x) : np.mul(x, np.mul(x, x))
        }
        const nested = nest.reduce<Fn>((g, name) => all[name](g), f)
        const captured = (by: Known) => nest.reduce<Fn>((g, name) => (x) => all[name]((y) => g(y, by))(x, by), f)
        const compiled = compile((x: Tensor, by: Known) => nested(x, by))
        for (const by of [one, other, one]) {
          const want = item(captured(by)(tensor(0.7), by))
          expect(item(nested(tensor(0.7), by))).toBe(want)
          expect(compiled(0.7, static_(by)).item()).toBeCloseTo(want, 12)
        }
      }),
      { numRuns: 60 }
    )
  })

  it('cannot change from step to step', () => {
    const values = fc.constantFrom<Known>(0, -0, 1, true, false)
    fc.assert(
      fc.property(values, values, (before, after) => {
        const step = ({ y }: Carried) => carried(y, after)
        const loops = [
          () => scan((c) => [step(c), null], carried(tensor(1), before), null, { length: 2 }),
          () => foriLoop(0, 2, (_, c) => step(c), carried(tensor(1), before)),
          () => whileLoop(() => tensor(false), step, carried(tensor(1), before))
        ]
        for (const loop of loops)
          if (Object.is(before, after)) loop()
          else expect(reason(loop)._tag).toBe('TreeError')
      }),
      { numRuns: 15 }
    )
  })

  it('is passed to the function as the value itself, by every transform', async () => {
    expect([item(grad(power)(3, yes)), item(grad(power)(3, no))]).toEqual([6, 1])
    expect(run(valueAndGrad(power)(3, yes)).map((y) => y.item())).toEqual([9, 6])
    expect(run(jvp(power)([3, yes], [1, yes])).map((y) => y.item())).toEqual([9, 6])
    expect(item(vjp(power)(3, yes)[1](1)[0])).toBe(6)
    expect(item(linearize(power)(3, yes)[1](1, yes))).toBe(6)
    expect(item(linearTranspose(power)(3, no)(2)[0])).toBe(2)
    expect(run(vmap(power)(array([2, 3]), yes)).toNested()).toEqual([4, 9])
    expect(run(vmap(power, { inAxes: [0, null] })(array([2, 3]), yes)).toNested()).toEqual([4, 9])
    expect([item(jacfwd(power)(3, yes)), item(jacrev(power)(3, yes)), item(hessian(power)(3, yes))]).toEqual([6, 6, 2])
    expect(item(checkpoint(power)(3, yes))).toBe(9)
    expect(run(jet(power)([3, yes], [[1], [yes]])[1]).map((y) => y.item())).toEqual([6])
    expect([compile(power)(3, yes).item(), compile(power)(3, no).item()]).toEqual([9, 3])
    expect((await compileAsync(power)(3, yes)).item()).toBe(9)
    const tried = tryCompile(power)(3, yes)
    expect(E.isRight(tried) && run(tried.right).item()).toBe(9)
    expect(item(unstage(stage(power)(3, yes))(4, yes))).toBe(16)
    expect([cost(power)(3, yes).operations, cost(power)(3, no).operations]).toEqual([{ mul: 1 }, { mul: 1 }])
    expect(explain(power)(3, yes)).toContain('mul')
    checkGrads(power, { order: 2 })(3, yes)
  })

  it('is passed to the functions of loops, branches and rules', () => {
    const twice = static_(2)
    const two = (n: number): Tensor => {
      if (n !== 2) throw new Error('the number is no number')
      return tensor(n)
    }
    const given = { n: twice, y: 1 }
    const step = (carry: { n: number; y: Tensor }) => ({ n: static_(carry.n), y: np.mul(two(carry.n), carry.y) })
    const last = run(scan((carry) => [step(carry), null], given, null, { length: 3 })[0])
    expect([last.n, last.y.item()]).toEqual([twice, 8])
    expect(run(foriLoop(0, 3, (_, carry) => step(carry), given)).y.item()).toBe(8)
    expect(run(foriLoop(tensor(0), tensor(3), (_, carry) => step(carry), given)).y.item()).toBe(8)
    expect(run(whileLoop(({ y }) => np.less(y, 100), step, given)).y.item()).toBe(128)
    const xs = { n: twice, y: array([1, 2]) }
    expect(run(mapLoop((x) => step(x).y, xs)).toNested()).toEqual([2, 4])
    const chosen = (on: boolean) =>
      cond(
        on,
        (c) => step(c).y,
        ({ y }) => y,
        given
      )
    expect([item(chosen(true)), item(chosen(false))]).toEqual([2, 1])
    expect(item(branch(1, [(c) => c.y, (c) => step(c).y], given))).toBe(2)
    const forward = customJvp(power, ([x, flag], [dx]) => [power(x, flag), np.mul(5, dx)])
    expect(item(grad(forward)(3, yes))).toBe(5)
    const reverse = customVjp(power, {
      forward: (x, flag) => [power(x, flag), null],
      backward: (_, ct) => [np.mul(7, ct), null]
    })
    expect([item(grad(reverse)(3, yes)), item(reverse(3, no))]).toEqual([7, 3])
  })

  it('passes through nested transforms unchanged', () => {
    expect(run(vmap(grad(power))(array([2, 3]), yes)).toNested()).toEqual([4, 6])
    expect(item(grad(grad(power))(3, yes))).toBe(2)
    expect(item(grad((x: Tensor) => np.sum(vmap(power)(x, yes)))(array([3])) as Tensor)).toBe(6)
    expect(compile(vmap(grad(power)))(array([2, 3]), no).toNested()).toEqual([1, 1])
    expect(item(grad(checkpoint(grad(power)))(3, yes))).toBe(2)
    expect(item(hvp(power)([3, yes], [1, yes])[0])).toBe(2)
    expect(run(vmap(jvp(power))([array([3]), yes], [array([1]), yes]))[1].toNested()).toEqual([6])
    const [, pull] = vjp((x: Tensor) => ({ y: np.mul(x, x), tag: static_(1) }))(3)
    expect(run(vmap(pull)({ y: array([1, 2]), tag: static_(1) }))[0].toNested()).toEqual([6, 12])
  })

  it('has no derivative', () => {
    // @ts-expect-error the argument that moves is a boolean
    const wrong = reason(() => grad(power, { argnums: 1 })(3, yes))
    expect([wrong._tag, wrong.problem]).toEqual([
      'ArgnumError',
      'argument 1 is static, static_(true), and has no derivative'
    ])
    // @ts-expect-error one of the arguments that move is a boolean
    expect(reason(() => valueAndGrad(power, { argnums: [0, 1] })(3, yes))._tag).toBe('ArgnumError')
    // @ts-expect-error the argument that moves is a number
    expect(reason(() => jacfwd((n: number, x: Tensor) => np.mul(n, x))(static_(3), 1))._tag).toBe('ArgnumError')
  })

  it('leads to a separate compiled version for each value', () => {
    let calls = 0
    const counted = compile((x: Tensor, k: number) => {
      calls++
      return np.mul(k, x)
    })
    expect([2, 3, 2, 3].map((k) => counted(5, static_(k)).item())).toEqual([10, 15, 10, 15])
    expect(calls).toBe(2)
    const named = compile((x: Tensor, act: 'exp' | 'none') => (act === 'exp' ? np.exp(x) : np.mul(1, x)))
    expect([named(0, 'exp').item(), named(0, 'none').item(), named(0, 'exp').item()]).toEqual([1, 0, 1])
    const config = compile((x: Tensor, { axes }: { axes: ReadonlyArray<number> }) => np.sum(x, { axis: axes }))
    const x = array([
      [1, 2],
      [3, 4]
    ])
    expect(config(x, { axes: static_([0]) as never }).toNested()).toEqual([4, 6])
  })

  it('is a copy that later changes of its source do not affect', () => {
    const sizes = { n: [1, 2] }
    const held = static_(sizes)
    sizes.n.push(3)
    expect(held.value).toEqual({ n: [1, 2] })
    expect(() => (held.value.n as unknown as number[]).push(4)).toThrow(TypeError)
    expect(static_(held)).toBe(held)
    expect(String(static_({ a: 'b' }))).toBe('static_({"a":"b"})')
    expect(reason(() => static_(tensor(1)))._tag).toBe('TreeError')
  })
})

describe('a static value in a differentiated tree', () => {
  it('stays in the gradient, as strings do', () => {
    const gradient = grad(model)(layers, 5)
    const expected = [
      { _tag: 'Dense', W: 20, act: 'none' },
      { _tag: 'Scale', by: 60, times: static_(2) }
    ]
    expect(plain(gradient)).toEqual(expected)
    const step = T.map((p, g) => np.sub(p, np.mul(0.1, g)), layers, gradient)
    expect(plain(step)).toEqual([
      { ...expected[0], W: 1 },
      { ...expected[1], by: -4 }
    ])
    expect(plain(compile(grad(model))(layers, 5))).toEqual(expected)
    expect(plain(vjp(model)(layers, 5)[1](1)[0])).toEqual(expected)
  })

  it('has no lanes, whatever inAxes says', () => {
    const xs = array([1, 2])
    const stacked = [{ _tag: 'Dense', W: array([1, 2]), act: 'none' }] as const
    for (const inAxes of [0, [0, 0], [[{ _tag: 'Dense', W: 0, act: null }], 0], [[{ _tag: null, W: 0, act: 0 }], 0]])
      expect(run(vmap(model, { inAxes })(stacked, xs)).toNested()).toEqual([1, 4])
  })

  it('must be equal in trees that must have the same structure', () => {
    const at = { W: 2, _tag: 'a' } as const
    const f = (p: { W: Tensor; _tag: 'a' | 'b' }) => np.mul(p.W, p.W)
    expect(reason(() => jvp(f)([at], [{ ...at, _tag: 'b' }]))).toMatchObject({ _tag: 'TreeError', path: '[0]._tag' })
    expect(
      reason(() =>
        cond(
          true,
          () => ({ a: 'x' }),
          () => ({ a: 'y' as never })
        )
      )._tag
    ).toBe('TreeError')
    const made = unstage(stage(power)(1, yes))
    expect(reason(() => made(1, no))._tag).toBe('TreeError')
  })

  it('stays in results', () => {
    const f = (x: Tensor) => ({ y: np.mul(2, x), name: 'double', epoch: 3, size: static_(2), e: E.left(x) })
    const result = vmap(f)(array([1, 2]))
    expect(plain(result)).toEqual({ y: [2, 4], name: 'double', epoch: [3, 3], size: static_(2), e: E.left([1, 2]) })
    expect(compile(f)(1).size).toBeInstanceOf(Static)
    expect(run(jvp(f)([1], [1]))[1]).toMatchObject({ name: 'double', size: static_(2) })
    expect(stopGradient({ a: 'x', b: yes, c: 1 })).toMatchObject({ a: 'x', b: yes })
  })
})

describe('in JSON', () => {
  it('a tree keeps its strings and static values', () => {
    const codec = treeOf(layers)
    const text = JSON.stringify(codec.encode(layers))
    expect(text).toBe('[{"W":3,"_tag":"Dense","act":"none"},{"_tag":"Scale","by":2,"times":2}]')
    const back = codec.decode(JSON.parse(text))
    expect(E.isRight(back) && back.right).toEqual(layers)
    const other = codec.decode(JSON.parse(text.replace('Scale', 'Shift')))
    expect(E.isLeft(other) && other.left[0].context.map(({ key }) => key)).toEqual(['', '1', '_tag'])
    expect(codec.is([layers[0], { ...layers[1], times: static_(1) }])).toBe(false)
    expect(reason(() => treeOf({ a: Symbol('a') }))._tag).toBe('TreeError')
  })

  it('a closed program keeps the structure of its trees', () => {
    const closed = stage(model)(layers, 5)
    const codec = closedOf()
    const back = codec.decode(JSON.parse(JSON.stringify(codec.encode(closed))))
    if (!E.isRight(back)) throw new Error('it does not decode')
    expect(run(unstage<Parameters<typeof model>>(back.right)(layers, 5)).item()).toBe(60)
    expect(reason(() => unstage<Parameters<typeof model>>(back.right)(layers.slice(0, 1), 5))._tag).toBe('TreeError')
  })
})
