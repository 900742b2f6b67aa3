/**
 * Sizes: calls each public function that takes a count with numbers that are too large or not counts. This runs in its own
 * process, because JavaScript aborts the process when it cannot allocate an array. The last name that is printed is the name of
 * the call that aborted.
 */
import { writeSync } from 'node:fs'
import { array, compile, foriLoop, jet, run, scan, type Tensor, vmap } from 'freegrad'
import * as fft from 'freegrad/fft'
import * as linalg from 'freegrad/linalg'
import * as nn from 'freegrad/nn'
import * as np from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { chain, inspect, of } from 'freegrad/program'
import * as random from 'freegrad/random'
import * as special from 'freegrad/special'
import { type Attempt, fault } from './arguments.js'
import { entriesIn, modules } from './functions.js'

// --- model
const numbers = [2 ** 31, 2 ** 32 + 1, 2 ** 53, 1e300, -1, 0.5, Number.NaN]
/** How long a call may take, in milliseconds. */
const patience = 1000

const x = array([1, 2, 3, 4])
const matrix = array([
  [2, 1],
  [1, 3]
])
const ints = array([0, 1], { dtype: 'int32' })
const key = random.key(0)
const long = (n: number): Tensor => ops.broadcast(1, { shape: [n], axes: [0] })

/** What takes a count, by its name, with the others of its arguments. */
const counted: Readonly<Record<string, (n: number) => unknown>> = {
  'np.bartlett': np.bartlett,
  'np.blackman': np.blackman,
  'np.hamming': np.hamming,
  'np.hanning': np.hanning,
  'np.arange': (n) => np.arange(n),
  'np.linspace': (n) => np.linspace(0, 1, n),
  'np.logspace': (n) => np.logspace(0, 1, n),
  'np.geomspace': (n) => np.geomspace(1, 2, n),
  'np.zeros': (n) => np.zeros([n]),
  'np.eye': (n) => np.eye(n),
  'np.tri': (n) => np.tri(n, { columns: 1 }),
  'np.trilIndices': np.trilIndices,
  'np.trilIndices of no columns': (n) => np.trilIndices(n, { columns: 0 }),
  'np.triuIndices': (n) => np.triuIndices(1, { columns: n }),
  'np.diagIndices': np.diagIndices,
  'np.diagIndices of axes': (n) => np.diagIndices(2, n),
  'np.diag': (n) => np.diag(x, { k: n }),
  'np.diag of a long one': (n) => np.diag(long(n)),
  'np.indices': (n) => np.indices([n]),
  'np.vander': (n) => np.vander(x, { n }),
  'np.split': (n) => np.split(x, n),
  'np.split of nothing': (n) => np.split(np.zeros(0), n),
  'np.split at': (n) => np.split(x, [n]),
  'np.arraySplit': (n) => np.arraySplit(x, n),
  'np.vsplit': (n) => np.vsplit(matrix, n),
  'np.hsplit': (n) => np.hsplit(matrix, n),
  'np.unstack': (n) => np.unstack(long(n)),
  'np.diff': (n) => np.diff(x, { n }),
  'np.polyder': (n) => np.polyder(x, { m: n }),
  'np.polyder of a long one': (n) => np.polyder(long(n)),
  'np.polyint': (n) => np.polyint(x, { m: n }),
  'np.polyint of a long one': (n) => np.polyint(long(n)),
  'np.polyval of a long one': (n) => np.polyval(long(n), 1),
  'np.convolve of long ones': (n) => np.convolve(long(n), long(n)),
  'np.repeat': (n) => np.repeat(x, n),
  'np.repeat by each': (n) => np.repeat(x, [1, n, 1, n]),
  'np.tile': (n) => np.tile(x, [n]),
  'np.roll': (n) => np.roll(x, n),
  'np.rot90': (n) => np.rot90(matrix, { k: n }),
  'np.take': (n) => np.take(x, [n]),
  'np.delete': (n) => np.delete(x, [n]),
  'np.bincount': (n) => np.bincount(ints, n),
  'np.nonzero': (n) => np.nonzero(x, n),
  'np.unique': (n) => np.unique(x, n),
  'np.pad': (n) => np.pad(x, n),
  'np.pad at the edge': (n) => np.pad(x, n, { mode: 'edge' }),
  'np.pad reflected': (n) => np.pad(x, [n, 0], { mode: 'reflect' }),
  'np.expandDims': (n) => np.expandDims(x, n),
  'np.tensordot': (n) => np.tensordot(matrix, matrix, { axes: n } as never),
  'np.round': (n) => np.round(x, { decimals: n }),
  'np.pow': (n) => np.pow(x, n),
  'np.quantile of a long one': (n) => np.quantile(long(n), 0.5),
  'np.atleast1d of a long one': (n) => np.meshgrid([long(n), long(n)]),
  'fft.fft': (n) => fft.fft(x, { n }),
  'fft.fft of a long one': (n) => fft.fft(long(n)),
  'fft.ifft': (n) => fft.ifft(x, { n }),
  'fft.rfft': (n) => fft.rfft(x, { n }),
  'fft.irfft': (n) => fft.irfft(x, { n }),
  'fft.fft2': (n) => fft.fft2(matrix, { s: [n, n] }),
  'fft.fftfreq': (n) => fft.fftfreq(n),
  'fft.rfftfreq': (n) => fft.rfftfreq(n),
  'fft.fftshift of a long one': (n) => fft.fftshift(long(n)),
  'linalg.matrixPower': (n) => linalg.matrixPower(matrix, n),
  'linalg.expm': (n) => linalg.expm(matrix, { maxSquarings: n }),
  'nn.oneHot': (n) => nn.oneHot(ints, n),
  'random.split': (n) => random.split(key, n),
  'random.split in a shape': (n) => random.split(key, [n]),
  'random.normal': (n) => random.normal(key, [n]),
  'random.permutation': (n) => random.permutation(key, n),
  'random.choice': (n) => random.choice(key, n, [2], { replace: false }),
  'random.choice of many': (n) => random.choice(key, 5, [n]),
  'random.multivariateNormal': (n) => random.multivariateNormal(key, [0, 0], matrix, [n]),
  'special.multigammaln': (n) => special.multigammaln(9, n),
  'special.polygamma': (n) => special.polygamma(n, 1),
  'ops.iota': (n) => ops.iota({ dtype: 'int32', shape: [n], axis: 0 }),
  'ops.pad': (n) => ops.pad(x, 0, { low: [n], high: [0], interior: [0] }),
  'ops.pad inside': (n) => ops.pad(x, 0, { low: [0], high: [0], interior: [n] }),
  'ops.slice': (n) => ops.slice(x, { starts: [0], limits: [4], strides: [n] }),
  'ops.scatterAdd': (n) =>
    ops.scatterAdd(x, array([0, 1, 2, 3], { dtype: 'int32' }), { axis: 0, batch: 0, shape: [n] }),
  scan: (n) => scan((c) => [c, null], 0, null, { length: n }),
  'scan, unrolled': (n) => scan((c) => [c, null], 0, null, { length: n, unroll: true }),
  'scan, unrolled some': (n) => scan((c) => [c, null], 0, null, { length: 2 ** 40, unroll: n }),
  'scan, checkpointed': (n) => scan((c) => [c, null], 0, null, { length: n, checkpoint: true }),
  'scan, checkpointed some': (n) => scan((c) => [c, null], 0, null, { length: 2 ** 40, checkpoint: n }),
  'scan, both': (n) => scan((c) => [c, null], 0, null, { length: 2 ** 40, checkpoint: n, unroll: true }),
  foriLoop: (n) => foriLoop(0, n, (_, c) => ops.mul(c, 2), 1),
  vmap: (n) => vmap(() => ops.sin(1), { axisSize: n })(),
  'vmap of a program': (n) => vmap((x: Tensor) => chain((y: { item(): number }) => of(y.item()))(inspect(x)))(long(n)),
  'jet of a sparse series': (n) => jet((x) => ops.sin(x))([1], [sparse(n)]),
  'a shape': (n) => array([], { shape: [n] }),
  threads: (n) => compile(ops.sin as never, { threads: n }),
  'np.addAt with holes': (n) => np.addAt(x, [sparse(n)], 1),
  'np.addAt in holes': (n) => np.addAt(x, sparse(n), 1),
  'np.at with holes': (n) => np.at(x, sparse(n)),
  'np.take with holes': (n) => np.take(x, sparse(n)),
  'np.sum over holes': (n) => np.sum(x, { axis: sparse(n) }),
  'np.zeros with holes': (n) => np.zeros(sparse(n)),
  'np.block with holes': (n) => np.block(sparse(n)),
  'run with holes': (n) => run(sparse(n) as never)
}

// An array of so many holes, if there can be one.
const sparse = (n: number): Array<number> => {
  const list: Array<number> = []
  list.length = n > 2 ** 32 ? 2 ** 32 - 1 : n > 0 ? Math.ceil(n) : 0
  return list
}

// Every function there is, with a number in place of each of its numbers, for one argument more, and for each option.
const swept = (): ReadonlyArray<Attempt> =>
  entriesIn(Object.keys(modules)).flatMap((door) => {
    const given = door.args()
    const places = [...given.flatMap((arg, i) => (typeof arg === 'number' ? [i] : [])), given.length]
    const many = given.flatMap((arg, i) => (Array.isArray(arg) && typeof arg[0] === 'number' ? [i] : []))
    return numbers.slice(0, 1).flatMap(
      (n): ReadonlyArray<Attempt> => [
        ...places.map((i) => ({
          name: `${door.name}, ${i}: ${n}`,
          call: () => door.f(...Object.assign([...door.args()], { [i]: n }))
        })),
        ...many.map((i) => ({
          name: `${door.name}, ${i}: [${n}]`,
          call: () => door.f(...Object.assign([...door.args()], { [i]: [n] }))
        })),
        ...many.map((i) => ({
          name: `${door.name}, ${i}: ${n} holes`,
          call: () => door.f(...Object.assign([...door.args()], { [i]: sparse(n) }))
        })),
        ...door.options.map((name) => ({
          name: `${door.name}, ${name}: ${n}`,
          call: () => door.f(...door.args(), { [name]: n })
        }))
      ]
    )
  })

// --- the attack
const calls = [
  ...Object.entries(counted).flatMap(([name, f]) =>
    numbers.map((n): Attempt => ({ name: `${name}, ${n}`, call: () => f(n) }))
  ),
  ...swept()
]
const say = (line: string): number => writeSync(1, `${line}\n`)

// What was promised, and is refused later.
process.on('unhandledRejection', (thrown) => {
  const wrong = fault(thrown)
  if (wrong !== undefined) say(`FAULT a promise: ${wrong}`)
})

for (const { name, call } of calls) {
  say(name)
  const start = performance.now()
  try {
    call()
  } catch (thrown) {
    const wrong = fault(thrown)
    if (wrong !== undefined) say(`FAULT ${name}: ${wrong}`)
  }
  const took = performance.now() - start
  if (took > patience) say(`FAULT ${name}: took ${Math.round(took)} ms`)
}
say(`${calls.length} calls`)
