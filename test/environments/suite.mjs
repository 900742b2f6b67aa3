/** The suite that every environment runs: what has to work wherever freegrad is installed. */

import * as E from 'fp-ts/lib/Either.js'
import { array, compile, grad, hessian, run, stage, tryCompile, unstage } from 'freegrad'
import { closed } from 'freegrad/codec'
import * as np from 'freegrad/numpy'

const equal = (got, wanted) => {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${a} where ${b} is expected`)
}

const cube = (x) => np.pow(x, 3)
const smooth = (x) => np.mul(np.tanh(x), np.exp(np.neg(np.square(x))))
const large = () => array(Float64Array.from({ length: 400_000 }, (_, k) => k / 1e5 - 2))
const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const compiled = async (threads) => {
  const x = large()
  const f = compile((x) => [smooth(x), np.max(x)], { threads })
  const [first] = f(x)
  // By now the threads are there.
  await later(100)
  const [again, greatest] = f(x)
  equal(
    again.data.every((y, k) => y === first.data[k]),
    true
  )
  equal(
    again.data.every((y, k) => Math.abs(y - Math.tanh(x.data[k]) * Math.exp(-(x.data[k] ** 2))) < 1e-14),
    true
  )
  equal(greatest.item(), x.data[x.size - 1])
}

const always = {
  'imports and evaluates': () => equal(run(np.add([1, 2], np.cos(0))).toNested(), [2, 3]),
  differentiates: () => {
    equal(run(grad(grad(cube))(2)).item(), 12)
    equal(run(hessian((x) => np.sum(cube(x)))(array([1, 2]))).toNested(), [
      [6, 0],
      [0, 12]
    ])
  },
  'writes and reads a program': () => {
    const read = closed.decode(JSON.parse(JSON.stringify(closed.encode(stage(grad(cube))(2)))))
    if (E.isLeft(read)) throw new Error('the program does not decode')
    equal(run(unstage(read.right)(2)).item(), 12)
  },
  'throws typed errors': () => {
    try {
      np.add([1, 2], [1, 2, 3])
    } catch (error) {
      return equal([error.name, error._tag], ['ShapeError', 'ShapeError'])
    }
    throw new Error('nothing is thrown')
  }
}

const compiling = {
  'compiles with one thread': () => compiled(1),
  'compiles with two threads': () => compiled(2),
  'compiles a gradient': () => equal(compile(grad(cube))(2).item(), 12)
}

const forbidden = {
  'says that it may not compile': () => {
    const outcome = tryCompile(cube)(2)
    if (E.isRight(outcome)) throw new Error('it compiles where that is forbidden')
    equal([outcome.left._tag, outcome.left.message.includes("'wasm-unsafe-eval'")], ['StagingError', true])
  },
  'evaluates instead': () => equal(compile(cube, { fallback: 'run' })(2).item(), 8)
}

/** What failed, by the names of checks; `compiles` says whether machine code may be made here. */
export const failures = async (compiles, more = {}) => {
  const failed = []
  for (const [name, check] of Object.entries({ ...always, ...(compiles ? compiling : forbidden), ...more }))
    try {
      await check()
    } catch (error) {
      failed.push(`${name}: ${error?.stack ?? error}`)
    }
  return failed
}
