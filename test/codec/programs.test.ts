/** What can not be written says so, and what was not written by us, or was changed on its way, is not read. */

import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import {
  array,
  Closed,
  checkpoint,
  cond,
  customJvp,
  customVjp,
  defineOp,
  flat,
  grad,
  linear,
  pointwise,
  run,
  saveOnlyTheseNames,
  scan,
  stage,
  type Tensor,
  tensor,
  unstage,
  variable,
  vmap,
  whileLoop
} from 'freegrad'
import { closed, closedOf, decode } from 'freegrad/codec'
import * as np from 'freegrad/numpy'
import { add, concatenate, elementwise, floating, lt, mul, numeric, sameAsOperand, sin, sum } from 'freegrad/ops'
import * as T from 'freegrad/tree'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { reason } from '../support/reason.js'
import { read, refusal, sent } from './support.js'

// A mistake is made on purpose: the types would not let it pass.
const wrong = (x: unknown): never => x as never

const triple = defineOp<1>({
  name: 'triple',
  arity: 1,
  type: sameAsOperand(numeric),
  evaluate: elementwise((x) => 3 * x),
  jvp: linear,
  transpose: [(ct) => mul(3, ct)],
  batch: pointwise
})

type Noise = Readonly<{ scale: number; table: unknown; name?: string | undefined }>
const scaled = defineOp<1, Noise>({
  name: 'scaled',
  arity: 1,
  type: sameAsOperand(floating),
  evaluate: elementwise((x) => x),
  jvp: flat,
  batch: pointwise
})

class Affine {
  constructor(
    readonly W: Tensor,
    readonly b: Tensor,
    readonly name: string
  ) {}
}
T.register(Affine, {
  flatten: ({ W, b, name }) => [{ W, b }, name],
  unflatten: ({ W, b }, name) => new Affine(W, b, name)
})

const x = variable({ shape: [], dtype: 'float64', weak: false }, 'x')
const program = stage((x: Tensor, xs: Tensor) => {
  const shared = mul(sin(x), 2)
  return { sum: add(sum(xs, { axes: [0] }), shared), twice: add(shared, shared) }
})(tensor(1, { dtype: 'float64' }), array([1, 2]))

describe('a program in JSON', () => {
  it('has each node once, and constants beside them', () => {
    const { body, constants } = closed.encode(program)
    expect(body.nodes).toEqual([
      { op: 'sum', operands: [1], type: 'float64[]', params: { axes: [0] } },
      { op: 'sin', operands: [0], type: 'float64[]' },
      { constant: 0 },
      { op: 'mul', operands: [3, 4], type: 'float64[]' },
      { op: 'add', operands: [2, 5], type: 'float64[]' },
      { op: 'add', operands: [5, 5], type: 'float64[]' }
    ])
    expect(constants).toEqual([{ dtype: 'float64', shape: [], data: [2] }])
  })

  it('has a constant once, however many sub-programs use it', () => {
    const table = array([1, 2, 3])
    const looked = stage((x: Tensor) => {
      const [y] = scan((c: Tensor) => [add(c, np.sum(mul(table, c))), null], x, null, { length: 2 })
      return cond(
        lt(y, 0),
        (z: Tensor) => np.sum(mul(table, z)),
        (z: Tensor) => add(z, np.sum(table)),
        y
      )
    })(1)
    const { constants } = closed.encode(looked)
    expect(constants.filter(({ shape }) => shape.length === 1)).toHaveLength(1)
    const back = unstage(read(closed, sent(closed.encode(looked))))
    expect(run(back(2)).item()).toBe(run(unstage(looked)(2)).item())
  })

  it('is as long as the program, for one of 60 doublings and for one of 20,000 steps', () => {
    const doubled = (x: Tensor, times: number): Tensor => (times === 0 ? x : doubled(add(x, x), times - 1))
    const powers = sent(closed.encode(stage((x: Tensor) => doubled(x, 60))(1)))
    expect(run(unstage(read(closed, powers))(1)).item()).toBe(2 ** 60)
    let y = x
    for (let k = 0; k < 20_000; k++) y = add(y, 1)
    const long = new Closed([x], [y], T.structure([0]), T.structure(0))
    expect(run(unstage(read(closed, sent(closed.encode(long))))(1)).item()).toBe(20_001)
  })

  it('keeps the trees of arguments and results', () => {
    const f = (p: { layer: Affine; m: Map<string | number, Tensor>; o: O.Option<Tensor>; n: null; u: undefined }) => ({
      'a b': [p.layer.W, p.m.get(1) as Tensor],
      none: O.none,
      some: O.some(p.m.get('k') as Tensor)
    })
    const examples = {
      layer: new Affine(tensor(1), tensor(2), 'first'),
      m: new Map<string | number, Tensor>([
        ['k', tensor(3)],
        [1, tensor(4)]
      ]),
      o: O.some(tensor(5)),
      n: null,
      u: undefined
    }
    const staged = stage(f)(wrong(examples))
    const codec = closedOf({ classes: [Affine] })
    const back = read(codec, sent(codec.encode(staged)))
    expect(T.equals(back.inputStructure, staged.inputStructure)).toBe(true)
    expect(T.equals(back.outputStructure, staged.outputStructure)).toBe(true)
    expect(run(unstage(back)(wrong(examples)))).toEqual(run(unstage(staged)(wrong(examples))))
    expect(reason(() => closed.encode(staged))).toMatchObject({
      _tag: 'MissingClause',
      problem: /instance of Affine/ as never
    })
  })

  it('may be part of what io-ts decodes', () => {
    const job = t.type({ name: t.string, program: closed })
    const back = read(job, sent(job.encode({ name: 'first', program })))
    expect(job.is(back)).toBe(true)
    expect(refusal(job, { name: 'first', program: { ...closed.encode(program), version: 2 } })[0]).toBe(
      '.program.version'
    )
  })
})

describe('operations of one’s own', () => {
  const codec = closedOf({ operations: [triple, scaled] })
  const noise = { scale: Number.NaN, table: { $: [array([1, -0]), undefined, Infinity, 'NaN'] } }

  it('are read where the codec has them', () => {
    const staged = stage((x: Tensor) => triple(sin(x)))(1)
    expect(run(grad(unstage(read(codec, sent(codec.encode(staged)))))(0)).item()).toBe(3)
    expect(refusal(closed, sent(codec.encode(staged)))).toEqual(['.body.nodes[1].op', 'unknown operation "triple"'])
  })

  it('keep params of plain data', () => {
    const [node] = read(
      codec,
      sent(codec.encode(stage((x: Tensor) => scaled(x, { ...noise, name: undefined }))(1)))
    ).outputs
    expect(node.params).toEqual(noise)
  })

  it('are named where JSON has no form for them', () => {
    expect(reason(() => closed.encode(stage((x: Tensor) => triple(x))(1)))).toMatchObject({
      _tag: 'MissingClause',
      problem: 'the operation triple is not known to the codec'
    })
    const table = [{ f: Math.sin }]
    expect(reason(() => codec.encode(stage((x: Tensor) => scaled(x, { scale: 1, table }))(1)))).toMatchObject({
      _tag: 'MissingClause',
      path: '.table[0].f'
    })
  })

  it('of one name are a mistake', () => {
    const other = defineOp<1>(wrong({ ...triple.rules, name: 'sin' }))
    expect(reason(() => closedOf({ operations: [other] })).problem).toBe('two operations have the name sin')
    expect(reason(() => closedOf({ operations: [triple, defineOp<1>(wrong(triple.rules))] })).problem).toMatch(
      /have the name triple/
    )
    expect(reason(() => closedOf({ operations: wrong(triple) })).problem).toMatch(/operations are a function/)
    expect(reason(() => closedOf({ operations: [wrong(3)] })).problem).toMatch(/the number 3 is not an operation/)
    expect(reason(() => closedOf({ classes: [wrong(Map)] })).problem).toMatch(/not registered/)
  })
})

describe('what can not be written is named', () => {
  const square = (x: Tensor) => mul(x, x)
  it.each([
    [
      'a rule for forward mode',
      'MissingClause',
      () => stage((x: Tensor) => customJvp(square, ([x], [dx]) => [square(x), dx])(x))(1),
      /customJvp\(square\) has a derivative/
    ],
    [
      'a rule inside a loop',
      'MissingClause',
      () =>
        stage((x: Tensor) =>
          scan(
            (c: Tensor) => [
              customVjp(square, { forward: (x) => [square(x), null], backward: (_, ct) => [ct] })(c),
              null
            ],
            x,
            null,
            { length: 2 }
          )
        )(1),
      /customVjp\(square\)/
    ],
    [
      'a policy that is a function',
      'MissingClause',
      () => stage((x: Tensor) => checkpoint(square, { policy: saveOnlyTheseNames('y') })(x))(1),
      /checkpoint has params.*function at \.policy/
    ],
    ['what was captured', 'FreeVariable', () => stage((y: Tensor) => add(x, y))(1), /the variable x is not a parameter/]
  ] as const)('%s', (_, tag, make, says) => {
    const error = reason(() => closed.encode(make()))
    expect(error._tag).toBe(tag)
    expect(`${error.problem} at ${error.path}`).toMatch(says)
  })

  it('but the policies that have names are', () => {
    for (const policy of [
      'everythingSaveable',
      'nothingSaveable',
      'dotsSaveable',
      'dotsWithNoBatchDimsSaveable'
    ] as const) {
      const staged = stage((x: Tensor) => checkpoint(square, { policy })(x))(1)
      expect(run(grad(unstage(read(closed, sent(closed.encode(staged)))))(3)).item()).toBe(6)
    }
  })
})

/** A program's JSON with something else at a path. */
const changed = (json: unknown, path: ReadonlyArray<string | number>, value: unknown): unknown => {
  if (path.length === 0) return value
  const [first, ...rest] = path
  const copy: Record<string | number, unknown> = Array.isArray(json) ? wrong(json.slice()) : { ...(json as object) }
  copy[first] = changed(copy[first], rest, value)
  return copy
}

describe('what is read is not trusted', () => {
  const loops = stage((x: Tensor, n: Tensor) => {
    const [y, ys] = scan((c: Tensor, s: Tensor) => [mul(c, s), add(c, x)], x, array([1, 2, 3]))
    const z = cond(
      lt(y, 1),
      (a: Tensor) => sin(a),
      (a: Tensor) => mul(a, x),
      y
    )
    const w = whileLoop(
      (c: Tensor) => lt(c, n),
      (c: Tensor) => mul(c, 2),
      z
    )
    return [checkpoint((v: Tensor) => sin(v))(w), np.reshape(concatenate(ys, ys, { axis: 0 }), [2, 3])]
  })(tensor(1, { dtype: 'float64' }), tensor(5, { dtype: 'float64' }))
  const json = sent(closed.encode(loops)) as { body: { nodes: ReadonlyArray<{ op?: string }> } }
  const at = (op: string): number => json.body.nodes.findIndex((node) => node.op === op)
  const node = (op: string, ...rest: ReadonlyArray<string | number>) => ['body', 'nodes', at(op), ...rest]

  it.each([
    ['another format', ['format'], 'other', '.format', /freegrad\.closed/],
    ['a newer version', ['version'], 2, '.version', /2 is not/],
    ['a field more', ['more'], 1, '.more', /not expected/],
    ['an unknown operation', node('lt', 'op'), 'sine', '.op', /unknown operation "sine"/],
    ['a rule', node('lt', 'op'), 'custom', '.op', /unknown operation "custom"/],
    ['a name of every object', node('reshape', 'op'), 'constructor', '.op', /unknown operation "constructor"/],
    ['too many operands', node('lt', 'operands'), [0, 0, 0], '.operands', /lt takes 2 operands, not 3/],
    ['too few operands', node('lt', 'operands'), [0], '.operands', /lt takes 2 operands, not 1/],
    ['a forward reference', node('lt', 'operands'), [0, 99], '.operands[1]', /99 is not one of the/],
    ['a node of itself', node('reshape', 'operands', 0), at('reshape') + 2, '.operands[0]', /is not one of the/],
    ['a negative reference', node('lt', 'operands', 0), -1, '.operands[0]', /not a valid non-negative integer/],
    ['half a reference', node('lt', 'operands', 0), 0.5, '.operands[0]', /not a valid non-negative integer/],
    [
      'a tuple as an operand',
      node('lt', 'operands', 0),
      at('scan') + 2,
      '.operands[0]',
      /the operand is a tuple, not a tensor/
    ],
    ['another type', node('lt', 'type'), 'bool[1]', '.type', /lt gives bool\[\], not bool\[1\]/],
    ['no type', node('lt', 'type'), 'int8[]', '.type', /"int8\[\]" is not a type/],
    ['params that are not known', node('lt', 'params'), { axis: 1 }, '.params.axis', /not expected/],
    ['a missing param', node('reshape', 'params'), {}, '.params.shape', /undefined/],
    ['another kind of param', node('reshape', 'params', 'shape'), '2,3', '.params.shape', /"2,3"/],
    ['a shape that does not fit', node('reshape', 'params', 'shape'), [7], '', /6 elements do not fill/],
    ['a negative shape', node('reshape', 'params', 'shape'), [-2, -3], '.params.shape[0]', /-2/],
    ['another dtype of an operand', ['body', 'parameters', 1, 'type'], 'float32[]', undefined, /as it is|is float32/],
    ['a projection of no tuple', node('project', 'operands', 0), 0, '.operands', /not a tuple/],
    ['a part that is not there', node('project', 'params', 'index'), 9, '.params.index', /unknown part 9/],
    ['a loop without its body', node('scan', 'body'), undefined, '.body', /scan has a body/],
    [
      'a body where there is none',
      node('lt', 'body'),
      (json.body.nodes[at('scan')] as { body: unknown }).body,
      '.body',
      /lt has no body/
    ],
    ['more carries than parameters', node('scan', 'params', 'carries'), 9, '', /carries and sequences are/],
    ['another length', node('scan', 'params', 'length'), 4, '', /of the operands, 1 is float64\[3\], not float64\[4\]/],
    ['a step of another type', node('scan', 'body', 'outputs', 0, 0), 1e6, '.body.outputs[0][0]', /is not one of/],
    ['more kept than there is', node('scan', 'params', 'kept'), 9, '', /what is kept/],
    ['two steps of a scan', node('scan', 'body', 'outputs'), [[0], [0]], '', /2 sub-programs, not 1/],
    ['branches that differ', node('branch', 'body', 'outputs', 1), [], '', /0 outputs of a branch, not 1/],
    ['no branches', node('branch', 'body', 'outputs'), [], '', /no branch/],
    ['an index that is none', node('branch', 'operands', 0), 0, '', /not an index/],
    ['a loop without a test', node('while', 'body', 'outputs'), [[0]], '', /1 sub-programs, not 2/],
    ['a test that is none', node('while', 'body', 'outputs', 0), [0], '', /float64\[\], not bool\[\]/],
    [
      'a policy that is not there',
      node('checkpoint', 'params', 'policy'),
      'all',
      '.params.policy',
      /"all" is not a valid policy/
    ],
    ['a constant that is not there', ['constants'], [], undefined, /unknown constant 0/],
    ['a constant that is none', ['constants', 0], 'x', '.constants[0]', /"x"/],
    ['outputs that are not there', ['body', 'outputs', 0, 0], 1e6, '.body.outputs[0][0]', /is not one of/],
    [
      'a tuple as an output',
      ['body', 'outputs', 0, 0],
      at('scan') + 2,
      '.body.outputs[0][0]',
      /the operand is a tuple, not a tensor/
    ],
    ['two programs', ['body', 'outputs'], [[0], [0]], '.body.outputs', /one list of outputs/],
    ['other arguments', ['inputs'], { tuple: ['*'] }, '.inputs', /not the arguments of 2/],
    ['no tuple of arguments', ['inputs'], { record: { a: '*', b: '*' } }, '.inputs', /not the arguments/],
    ['other results', ['outputs'], '*', '.outputs', /not the tree of 2 outputs/],
    ['no tree', ['outputs'], { list: [] }, '.outputs', /not a structure/],
    ['a class that is not known', ['outputs'], { class: 'Affine', of: '*' }, '.outputs.class', /not known/]
  ] as const)('%s', (_, path, value, where, problem) => {
    const [found, why] = refusal(closed, changed(json, path as ReadonlyArray<string | number>, value))
    if (where !== undefined) expect(found.endsWith(where)).toBe(true)
    expect(why).toMatch(problem)
  })

  it('whatever is changed in it: it is refused, or it is a program', () => {
    const paths: Array<ReadonlyArray<string | number>> = []
    const walk = (x: unknown, path: ReadonlyArray<string | number>): void => {
      if (path.length > 0) paths.push(path)
      if (typeof x === 'object' && x !== null)
        for (const [key, value] of Object.entries(x)) walk(value, [...path, Array.isArray(x) ? Number(key) : key])
    }
    walk(json, [])
    const values = fc.oneof(
      fc.constantFrom(0, 1, 2, -1, 0.5, 1e300, null, '', 'sin', 'float32[2]', '*', true),
      fc.jsonValue({ maxDepth: 2 })
    )
    fc.assert(
      fc.property(fc.constantFrom(...paths), values, (path, value) => {
        const result = decode(closed)(changed(json, path, value))
        if (E.isLeft(result)) expect(result.left._tag).toBe('DecodeError')
        else expect(E.isRight(closed.decode(closed.encode(result.right)))).toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  it('however deep it is', () => {
    let deep: unknown = '*'
    for (let k = 0; k < 200_000; k++) deep = { some: deep }
    expect(refusal(closed, { ...json, outputs: deep })[1]).toMatch(/too deep/)
  })
})

describe('unstage', () => {
  const f = unstage<[Tensor, Tensor], { sum: Tensor; twice: Tensor }>(program)

  it('is the function that was staged', () => {
    expect(run(f(0, array([1, 2]))).sum.item()).toBe(3)
    expect(run(grad((x: Tensor) => f(x, array([1, 2])).twice)(0)).item()).toBe(4)
    expect(run(vmap((x: Tensor) => f(x, array([1, 2])).sum)(array([0, 0]))).toNested()).toEqual([3, 3])
  })

  it('takes arguments like the examples', () => {
    expect(reason(() => f(1, array([1, 2, 3])))).toMatchObject({ _tag: 'ShapeError', path: '[1]' })
    expect(reason(() => f(1, array([1, 2], { dtype: 'float32' })))).toMatchObject({ _tag: 'DTypeError', path: '[1]' })
    expect(reason(() => f(wrong([1]), array([1, 2])))._tag).toBe('TreeError')
  })
})
