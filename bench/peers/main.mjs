/**
 * The benchmark against other libraries: `npm run bench:peers`. Every workload is computed by each library with the same
 * numbers, checked against freegrad's before anything is timed, and its result is read. Prints microseconds a call and,
 * behind them, how many times as long as freegrad each takes; `--jax` adds JAX on the CPU and NumPy, `--alone` leaves all but the loops
 * written by hand out, `--only=NAME` picks workloads.
 */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as freegrad from './freegrad.mjs'
import * as hand from './hand.mjs'

const here = dirname(fileURLToPath(import.meta.url))

// --- model
/** Microseconds that freegrad must reach, or another measure. */
const wanted = {
  slope: 0.15,
  regression: 1,
  rosenbrock: 2,
  lotkaVolterra: 130,
  batched: 500,
  longSum: 5500,
  largeRegression: 3800,
  mlp: 3000,
  sum: 2200,
  add: 4000,
  complexStep: 4000,
  complexSlope: 4000,
  complexVector: 1000,
  ...Object.fromEntries([1024, 65536, 1048576, 10007].map((n) => [`fft${n}`, '2.5 x NumPy']))
}

/** Floating-point operations, where they are what is told. */
const flops = Object.fromEntries([256, 512, 1024, 2048].map((n) => [`matmul${n}`, 2 * n ** 3]))
flops.transposed1024 = 2 * 1024 ** 3
flops.complexMatmul512 = 8 * 512 ** 3

// --- combinators
let sink = 0
const look = (out) => {
  sink += out.length
}

/** The numbers of a workload in one list. */
const flat = (out) => out.flatMap((each) => (typeof each === 'number' ? [each] : Array.from(each)))
const numbersOf = (step) => flat(Array.from((step.numbers ?? step)(1.5)))

/** Microseconds a call: the median of stretches of a millisecond or more, in which few are interrupted by other processes. */
const micro = (step) => {
  let x = 0
  const stretch = (calls) => {
    const start = performance.now()
    for (let k = 0; k < calls; k++) {
      x += 1e-6
      look(step(x))
    }
    return (performance.now() - start) / calls
  }
  const warm = performance.now()
  let calls = 1
  while (performance.now() - warm < 200) if (stretch(calls) * calls < 1) calls *= 2
  const times = []
  const end = performance.now() + 800
  while (times.length < 3 || performance.now() < end) times.push(stretch(calls))
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] * 1000
}

/** Whether two lists of numbers are the same to float32's digits, as sums of many terms keep them. */
const near = (a, b) => {
  const size = Math.max(...b.slice(0, 4096).map(Math.abs), 1e-3)
  return a.length === b.length && a.every((x, k) => Math.abs(x - b[k]) <= 2e-3 * Math.max(Math.abs(b[k]), 0.05 * size))
}

/** A library of Python, in an environment of its own, asked line by line. */
const startPython = (name, file, has) => {
  const venv = join(here, '.venv')
  const python = join(venv, 'bin/python')
  if (!existsSync(python)) {
    console.log('installing JAX and NumPy into an environment of their own ...')
    for (const [command, ...args] of [
      ['python3', '-m', 'venv', venv],
      [python, '-m', 'pip', 'install', '--quiet', '-r', join(here, 'requirements.txt')]
    ])
      if (spawnSync(command, args, { stdio: 'inherit' }).status !== 0) throw new Error('they could not be installed')
  }
  const library = spawn(python, ['-W', 'ignore', join(here, file)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: library.stdout })[Symbol.asyncIterator]()
  const ask = async (line) => {
    library.stdin.write(`${line}\n`)
    const { value, done } = await answers.next()
    if (done) throw new Error(`${name} gave no answer to ${line}`)
    return JSON.parse(value)
  }
  return {
    name,
    has,
    stop: () => library.stdin.end(),
    micro: (name) => ask(`time ${name} 1`),
    numbers: async (name) => {
      const bytes = Buffer.from(await ask(`numbers ${name}`), 'base64')
      return Array.from(new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)))
    }
  }
}

/** Milliseconds to the first result: the medians of some processes of a library's own. */
const toFirstResult = (file) => {
  const runs = Array.from({ length: 5 }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(here, 'first.mjs'), file], { encoding: 'utf8' })
    const last = stdout.trim().split('\n').at(-1)
    if (!last.startsWith('{')) throw new Error(`${file} gave no first result: ${stderr}`)
    return JSON.parse(last)
  })
  const median = (times) => times.sort((a, b) => a - b)[2].toFixed(1)
  return (name, which) => median(runs.map((run) => run[name][which]))
}

const told = (name, time) =>
  flops[name] === undefined
    ? time < 100
      ? time.toFixed(3)
      : time.toFixed(0)
    : `${(flops[name] / time / 1000).toFixed(1)} GF/s`

// --- the run
const only = process.argv
  .find((text) => text.startsWith('--only='))
  ?.slice(7)
  .split(',')
const others = process.argv.includes('--alone') ? [] : ['./tfjs.mjs', './jaxjs.mjs', './fftjs.mjs']
const libraries = [hand, ...(await Promise.all(others.map((file) => import(file))))]
for (const library of [freegrad, ...libraries]) await library.ready()
const isFourier = (name) => name.startsWith('fft')
const pythons = process.argv.includes('--jax')
  ? [
      startPython('JAX jit', 'with_jax.py', (name) => !isFourier(name)),
      startPython('NumPy', 'with_numpy.py', isFourier)
    ]
  : []

console.log(`node ${process.version}, ${new Date().toISOString().slice(0, 10)}; microseconds a call (times freegrad)`)
const columns = [
  'workload',
  'freegrad',
  ...libraries.map(({ name }) => name),
  ...pythons.map(({ name }) => name),
  'wanted'
]
const print = (cells) => console.log(cells.map((cell, k) => (k === 0 ? cell.padEnd(16) : cell.padStart(20))).join(''))
print(columns)
for (const [name, make] of Object.entries(freegrad.workloads)) {
  if (only !== undefined && !only.includes(name)) continue
  const step = make()
  const expected = numbersOf(step)
  const ours = micro(step)
  const cells = [name, told(name, ours)]
  for (const library of libraries) {
    const theirs = library.workloads[name]?.()
    if (theirs === undefined) {
      cells.push('-')
      continue
    }
    if (!near(numbersOf(theirs), expected)) throw new Error(`${name}: the numbers of ${library.name} differ`)
    const time = micro(theirs)
    cells.push(`${told(name, time)} (${(time / ours).toFixed(1)})`)
  }
  for (const python of pythons) {
    if (!python.has(name)) {
      cells.push('-')
      continue
    }
    if (!near(await python.numbers(name), expected)) throw new Error(`${name}: the numbers of ${python.name} differ`)
    const time = await python.micro(name)
    cells.push(`${told(name, time)} (${(time / ours).toFixed(1)})`)
  }
  print([...cells, wanted[name] === undefined ? '36 GF/s a thread' : String(wanted[name])])
}
for (const python of pythons) python.stop()
if (only === undefined || only.includes('first')) {
  console.log(
    'milliseconds to the first result: the first of its kind in a process; another of its kind; the same made again'
  )
  const rows = ['./freegrad.mjs', ...others.filter((file) => file !== './fftjs.mjs')].map((file) => [
    file,
    toFirstResult(file)
  ])
  for (const [name, limit] of [
    ['regression', 5],
    ['mlp', 10]
  ]) {
    const cells = rows.map(
      ([file, of]) => `${file.slice(2, -4)} ${['first', 'other', 'again'].map((which) => of(name, which)).join('; ')}`
    )
    console.log([name.padEnd(16), ...cells.map((cell) => cell.padStart(30)), `wanted ${limit}`.padStart(16)].join(''))
  }
}
if (Number.isNaN(sink)) console.log('a workload gave no number')
process.exit(0)
