import * as E from 'fp-ts/lib/Either.js'
import {
  allGather,
  array,
  axisIndex,
  checkGrads,
  checkpoint,
  cond,
  customJvp,
  defineOp,
  FreegradError,
  flat,
  foriLoop,
  grad,
  handler,
  jacfwd,
  jvp,
  linearTranspose,
  pointwise,
  psum,
  run,
  scan,
  type Tag,
  type Tensor,
  tensor,
  tryRun,
  variable,
  vjp,
  vmap
} from 'freegrad'
import * as np from 'freegrad/numpy'
import {
  add,
  axisIndex as axisIndexOp,
  broadcast,
  elementwise,
  floating,
  iota,
  mul,
  sameAsOperand,
  sin,
  sum,
  tanh
} from 'freegrad/ops'
import { adam, adamw } from 'freegrad/optim'
import { effect, inspect, perform, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'
import { reason } from './support/reason.js'

// A mistake is made on purpose: the types would not let it pass.
const wrong = (x: unknown): never => x as never
const ints = array([1, 2], { dtype: 'int32' })
const scalarType = { shape: [], dtype: 'float64', weak: false } as const

const mistakes: ReadonlyArray<readonly [what: string, tag: Tag, make: () => unknown, says: RegExp]> = [
  ['shapes that do not broadcast', 'ShapeError', () => add([1, 2], [1, 2, 3]), /add.*float64\[2\], float64\[3\]/s],
  ['a ragged nested array', 'ShapeError', () => array([[1, 2], [3]]), /ragged.*\[1\]/s],
  ['an option by another name', 'TreeError', () => np.sum([1, 2], wrong({ axes: 0 })), /np\.sum.*axes.*mean axis\?/s],
  ['an option as another language writes it', 'TreeError', () => grad(tanh, wrong({ has_aux: true })), /mean hasAux\?/],
  ['an option of another kind', 'TreeError', () => np.sum([1, 2], { keepdims: wrong(1) }), /keepdims is the number 1/],
  ['an option that is not named', 'TreeError', () => np.sum([1, 2], wrong(0)), /the number 0.*\{ axis, keepdims/s],
  [
    'argnums that are not named',
    'TreeError',
    () => grad(tanh, wrong(1)),
    /the number 1.*\{ argnums, hasAux, holomorphic \}/s
  ],
  [
    'a value that is none of a list',
    'TreeError',
    () => np.pad([1], 1, { mode: wrong('mirror') }),
    /"mirror".*reflect/s
  ],
  ['no options', 'TreeError', () => vmap(tanh, wrong(null)), /null was given instead of options.*inAxes/s],
  [
    'a policy that is not there',
    'TreeError',
    () => checkpoint(tanh, { policy: wrong('dots') })(1),
    /"dots".*dotsSaveable/s
  ],
  [
    'an array as JSON has it',
    'DTypeError',
    () => np.sum(wrong(JSON.parse(JSON.stringify(array([1, 2]))))),
    /np\.sum.*treeOf of freegrad\/codec/s
  ],
  ['a tensor for a size', 'TreeError', () => np.ones([2, wrong(tensor(3))]), /shape\[1\] is an.*Tensor.*run\(n\)/s],
  ['an array for a shape', 'TreeError', () => np.reshape([1, 2], wrong(array([1, 2]))), /np\.reshape.*run\(n\)/s],
  ...[
    [2 ** 53 - 1],
    [2 ** 50, 1],
    [...new Array(20).fill(2 ** 53 - 1), 0],
    [0, 2 ** 53 - 1, 2 ** 53 - 1],
    [-1],
    [0.5],
    [Number.NaN],
    new Array(65).fill(1)
  ].flatMap((shape) => {
    const type = { shape, dtype: 'float64', weak: false } as const
    const says = /shape/
    return [
      [`a variable of ${shape.length} sizes`, 'ShapeError', () => variable(type), says],
      ['a broadcast to them', 'ShapeError', () => broadcast(1, { shape, axes: [] }), says],
      ['an iota of them', 'ShapeError', () => iota({ dtype: 'int32', shape, axis: 0 }), says],
      ['an empty array of them', 'ShapeError', () => run(tensor(array([], { shape }))), says]
    ] as const
  }),
  ['a list of lanes', 'AxisError', () => vmap((x) => x)(wrong([1, 2, 3])), /vmap.*array\(\[1, 2, 3\]\)/s],
  [
    'a list of steps',
    'AxisError',
    () => scan((c: Tensor, x: Tensor) => [add(c, x), c], 0, wrong([1, 2])),
    /scan.*array\(\[1, 2, 3\]\)/s
  ],
  ['a scalar without lanes', 'AxisError', () => vmap((x) => x)(1), /null to share/],
  [
    'options for a learning rate',
    'TreeError',
    () => adam(wrong({ lr: 0.1 })),
    /adam: the learning rate is an options.*adam\(0\.1/s
  ],
  ['an option of an optimizer', 'TreeError', () => adamw(0.1, wrong({ lr: 0.1 })), /adamw: .*lr.*weightDecay/s],
  ['a function that is missing', 'TreeError', () => grad(wrong(undefined)), /f is undefined.*misspelt/s],
  ['what a function gives', 'TreeError', () => grad(wrong(tanh(1)))(1), /f is an object of class Tensor.*itself/s],
  ['a branch that is not there', 'TreeError', () => cond(true, tanh, wrong(undefined), 1), /onFalse is undefined/],
  ['primals that are no tuple', 'TreeError', () => jvp(tanh)(wrong(1), [1]), /the primals are the number 1.*\[x, y\]/s],
  ['a shape that is none', 'TreeError', () => np.zeros(wrong('3')), /np\.zeros.*shape is the string "3"/s],
  ['operands that are not together', 'TreeError', () => np.meshgrid(wrong(3)), /np\.meshgrid.*\[x, y\]/s],
  ['a formula that is none', 'TreeError', () => np.einsum(wrong([1, 2]), [1, 2]), /np\.einsum.*formula.*first/s],
  ['a shape of another size', 'ShapeError', () => array([1, 2, 3], { shape: [2, 2] }), /3 elements.*\[2,2\]/s],
  ['an unknown dtype', 'DTypeError', () => array([1], { dtype: wrong('float16') }), /float16.*float32/s],
  ['a conversion to an unknown dtype', 'DTypeError', () => tensor(1, { dtype: wrong('int8') }), /int8/],
  ['a fraction among integers', 'DTypeError', () => mul(ints, 2.5), /2\.5.*int32.*tensor\(x/s],
  ['a promise as an operand', 'DTypeError', () => add(wrong(Promise.resolve(1)), 1), /promise.*await/s],
  ['undefined for an array', 'DTypeError', () => array(wrong(undefined)), /undefined is not a number$/m],
  ['an undefined operand', 'DTypeError', () => add(wrong(undefined), 1), /undefined.*missing/s],
  ['a bigint', 'DTypeError', () => add(wrong(1n), 1), /Number\(/],
  ['a string', 'DTypeError', () => sin(wrong('1')), /string "1"/],
  ['an array of tensors as an operand', 'TreeError', () => tanh(wrong([tensor(1)])), /container.*stack/s],
  [
    'a plain array where a vector was meant',
    'TreeError',
    () => grad(tanh)(wrong([1, 2])),
    /container.*array\(\[1, 2\]\)/s
  ],
  ['an axis that is not there', 'AxisError', () => sum([1, 2], { axes: [1] }), /axis 1.*float64\[2\]/s],
  ['an axis named twice', 'AxisError', () => sum([1, 2], { axes: [0, -1] }), /twice/],
  ['a loss that is no scalar', 'NonScalarOutput', () => grad(tanh)(array([1, 2])), /float64\[2\].*sum/s],
  ['a loss in a container', 'NonScalarOutput', () => grad((x: Tensor) => wrong({ loss: x }))(1), /one tensor.*hasAux/s],
  ['a loss without a return', 'NonScalarOutput', () => grad((_: Tensor) => wrong(undefined))(1), /return forgotten/],
  ['a generator', 'TreeError', () => grad(wrong(function* () {}))(1), /an iterator is/],
  ['an operation with too few operands', 'TreeError', () => grad((x: Tensor) => wrong(np.add(x)))(1), /np\.add\(x\)/],
  ['an array of tensors', 'DTypeError', () => array(wrong([tensor(1)])), /class Tensor.*\[0\].*np\.stack/s],
  [
    'a rule that is not linear',
    'NotLinear',
    () =>
      grad(
        customJvp(
          (x) => x,
          ([x], [dx]) => [x, mul(dx, dx)]
        )
      )(1),
    /rule/
  ],
  ['an array that is too large', 'OutOfMemory', () => run(np.zeros([1e6, 1e6])), /1000000000000 elements/],
  ['an integer argument', 'NotDifferentiable', () => grad((x) => sum(x, { axes: [0] }))(ints), /int32.*float64/s],
  [
    'an integer leaf',
    'NotDifferentiable',
    () => grad((p: { a: Tensor; n: Tensor }) => mul(p.a, p.n))({ a: 1, n: true }),
    /bool.*\.n/s
  ],
  [
    'an integer argument of a Jacobian',
    'NotDifferentiable',
    () => jacfwd((_, n) => n, { argnums: [1] })(1, ints),
    /int32.*argnums \[1\]/s
  ],
  [
    'an argnum out of range',
    'ArgnumError',
    () => grad(tanh, { argnums: 3 })(1),
    /argnums is 3, but the number of arguments is 1/
  ],
  ['an argument named twice', 'ArgnumError', () => grad(mul, { argnums: [0, -2] })(1, 2), /argument 0 twice/],
  ['a fractional argnum', 'ArgnumError', () => grad(tanh, { argnums: 0.5 })(1), /0\.5/],
  [
    'tangents in another tree',
    'TreeError',
    () => jvp((p: { a: Tensor }) => p.a)([{ a: 1 }], [wrong({ b: 1 })]),
    /record \{a\}.*record \{b\}.*\[0\]/s
  ],
  ['a tangent of another shape', 'ShapeError', () => jvp(tanh)([1], [array([1, 2])]), /tangent.*\[0\]/s],
  ['a cotangent in another tree', 'TreeError', () => vjp(tanh)(1)[1](wrong([1, 2])), /cotangent/],
  ['a function as an argument', 'TreeError', () => grad(tanh)(wrong(() => 1)), /function.*closure/s],
  ['a class that is not registered', 'TreeError', () => run({ at: new Date(0) }), /Date.*\.at.*register/s],
  ['a promise in a tree', 'TreeError', () => run([Promise.resolve(1)]), /promise.*\[0\].*await/s],
  [
    'lanes of different numbers',
    'ShapeError',
    () => vmap(add)(array([1, 2]), array([1, 2, 3])),
    /size 3, but another has size 2.*\[1\]/s
  ],
  ['no batch axis', 'AxisError', () => vmap(tanh)(1), /scalar.*null/s],
  ['nothing batched', 'AxisError', () => vmap(tanh, { inAxes: null })(1), /axisSize/],
  ['a batched output said to be unbatched', 'AxisError', () => vmap(tanh, { outAxes: null })(array([1])), /outAxes/],
  ['transposing what is not linear', 'NotLinear', () => linearTranspose((x) => sin(x))(1)(1), /sin.*vjp/s],
  [
    'transposing a sum with a constant',
    'NotLinear',
    () => linearTranspose((x) => add(x, 1))(1)(1),
    /add.*constant.*vjp/s
  ],
  ['transposing a constant', 'NotLinear', () => linearTranspose((x) => [x, tensor(1)])(1)([1, 1]), /does not depend/],
  ['transposing a term of none', 'NotLinear', () => linearTranspose((x) => [x, sin(2)])(1)([1, 1]), /does not depend/],
  [
    'transposing a branch that is constant',
    'NotLinear',
    () =>
      linearTranspose((x) =>
        cond(
          tensor(true),
          () => x,
          () => tensor(1)
        )
      )(1)(1),
    /does not depend/
  ],
  [
    'transposing a loop that begins with a constant',
    'NotLinear',
    () => linearTranspose((x: Tensor) => foriLoop(0, 3, (_, c: Tensor) => add(c, x), tensor(1)))(1)(1),
    /scan adds/
  ],
  [
    'a rule that adds to the tangent',
    'NotLinear',
    () =>
      grad(
        customJvp(
          (x: Tensor) => x,
          ([x], [dx]) => [x, add(dx, 1)]
        )
      )(1),
    /add.*linear in the tangents/s
  ],
  ['transposing a product', 'NotLinear', () => linearTranspose((x) => mul(x, x))(1)(1), /mul/],
  ['running a free variable', 'FreeVariable', () => run(sin(variable(scalarType, 'theta'))), /theta/],
  ['an axis that no vmap binds', 'AxisError', () => run(add(1, wrong(axisNamed('rows')))), /rows.*vmap/s],
  [
    'a collective over no axis',
    'AxisError',
    () => vmap((x) => psum(x, 'rows'), { axisName: 'i' })(array([1])),
    /rows.*"i"/s
  ],
  ['an index on no axis', 'AxisError', () => axisIndex('rows'), /axisIndex.*rows/s],
  [
    'lanes gathered where there is no axis',
    'AxisError',
    () => vmap((x) => allGather(x, 'i', { tiled: true }), { axisName: 'i' })(array([1])),
    /allGather.*tiled/s
  ],
  ['x * 2', 'NotANumber', () => wrong(tensor(1)) * 2, /mul\(x, 2\).*inspect/s],
  ['Math.sin(x)', 'NotANumber', () => Math.sin(wrong(tensor(1))), /sin\(x\)/],
  ['x > 0', 'NotANumber', () => wrong(tensor(1)) > 0, /greater/],
  ['JSON of a tensor', 'NotANumber', () => JSON.stringify({ x: tensor(1) }), /run\(x\)/],
  ['a handler without clauses', 'TreeError', () => handler('text', null as never), /the clauses are null/],
  [
    'an operation that a handler has no clause for',
    'MissingClause',
    () => handler('text', { variable: () => '', constant: () => '', operations: [] })(sin(1)),
    /text.*sin.*\[sin,/s
  ],
  ['an operation without a derivative', 'MissingClause', () => grad((x) => bare(x))(1), /jvp.*bare/s],
  ['an operation without a batching rule', 'MissingClause', () => vmap((x) => bare(x))(array([1])), /vmap.*bare/s],
  ['an unhandled effect', 'UnhandledEffect', () => runProgram(wrong(perform(Ask, 'name'))), /ask.*handle\(ask\)/s],
  ['running a program', 'UnhandledEffect', () => run(inspect(1)), /runProgram/],
  [
    'the transpose of a program',
    'UnhandledEffect',
    () => linearTranspose(wrong(inspect))(1),
    /linearTranspose.*Program.*grad, jvp/s
  ],
  [
    'a number that is not there yet',
    'FreeVariable',
    () => vmap((x: Tensor) => tensor(runProgram(inspect(x))))(ints),
    /runProgram.*return the program/s
  ],
  [
    'a wrong derivative',
    'GradientMismatch',
    () => checkGrads((p: { a: Tensor }) => twice(p.a), { modes: ['rev'] })({ a: 1 }),
    /rev.*expected.*got.*\[0\]\.a/s
  ]
]

const Ask = effect<string, number>()('ask')
const axisNamed = (axisName: string): Tensor => axisIndexOp({ axisName })

// Declared without the rules that the types ask for, as plain JavaScript could.
const bare = defineOp<1>(
  wrong({ name: 'bare', arity: 1, type: sameAsOperand(floating), evaluate: elementwise((x) => x) })
)
const twice = defineOp<1>({
  name: 'twice',
  arity: 1,
  type: sameAsOperand(floating),
  evaluate: elementwise((x) => 2 * x),
  jvp: [(dx) => mul(3, dx)],
  batch: pointwise
})
const constantOp = defineOp<1>({
  name: 'constantOp',
  arity: 1,
  type: sameAsOperand(floating),
  evaluate: elementwise(() => 1),
  jvp: flat,
  batch: pointwise
})

describe('a mistake is an error of the tagged union', () => {
  it.each(mistakes)('%s is a %s', (_, tag, make, says) => {
    const error = reason(make)
    expect(error._tag).toBe(tag)
    expect(new FreegradError(error).message).toMatch(says)
    expect(error.hint).not.toBe('')
    expect(error.path).not.toBe('')
    expect(error.op).not.toBe('')
  })

  it('is a Left of tryRun, which also builds', () => {
    expect(tryRun(() => add([1, 2], [1, 2, 3]))).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'ShapeError', op: 'add' }
    })
    expect(E.isRight(tryRun(() => add(1, 2)))).toBe(true)
    expect(() => tryRun(() => JSON.parse('{'))).toThrow(SyntaxError)
  })

  it.each(mistakes)('%s has a stack that begins at the mistake', (_, __, make) => {
    try {
      make()
      expect.unreachable()
    } catch (thrown) {
      const [first] = ((thrown as Error).stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
      expect(first).toMatch(/errors\.test/)
    }
  })

  it('has a stack that begins at the function of the mistake', () => {
    const makeTheMistake = () => add([1, 2], [1, 2, 3])
    try {
      makeTheMistake()
      expect.unreachable()
    } catch (thrown) {
      const [first] = ((thrown as Error).stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
      expect(first).toMatch(/makeTheMistake.*errors\.test/)
    }
  })

  it('every mismatch tells the argument and both numbers', () => {
    const error = reason(() => checkGrads((x, y) => add(x, twice(y)), { modes: ['rev'] })(1, 2))
    if (error._tag !== 'GradientMismatch') expect.unreachable()
    expect(error.argument).toBe(1)
    expect(error.got / error.expected).toBeCloseTo(3 / 2, 4)
  })

  it('NaN and infinity are no errors: they flow', () => {
    expect(run(grad((x) => mul(x, Number.NaN))(1)).item()).toBeNaN()
    expect(run(add(Number.POSITIVE_INFINITY, 1)).item()).toBe(Number.POSITIVE_INFINITY)
    expect(run(grad(constantOp)(1)).item()).toBe(0)
  })
})

describe('a tensor prints', () => {
  it('as a short term with its type', () => {
    expect(String(mul(sin(tensor(2)), 3))).toBe('float64[] mul(sin(2), 3)')
    expect(`${tensor([1, 2])}`).toBe('float64[2] float64[2]')
    let deep: Tensor = tensor(1)
    for (let i = 0; i < 100; i++) deep = sin(deep)
    expect(String(deep)).toBe('float64[] sin(sin(sin(...)))')
  })
})
