/** Engines that cannot compile: one error that says why, or the program is evaluated. */
import { array, compile, compileAsync, grad, type Tensor, tryCompile } from 'freegrad'
import * as ops from 'freegrad/ops'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { reason } from '../support/reason.js'

const { WebAssembly } = globalThis as unknown as { WebAssembly: object }

/** An engine like this one, but for some of its parts. */
const like = (parts: object): object => Object.assign(Object.create(WebAssembly), parts)

class Forbidden {
  constructor() {
    throw new Error('Wasm code generation disallowed by embedder')
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe.each([
  ['without WebAssembly', undefined, /no WebAssembly/],
  ['without vectors', like({ validate: () => false }), /no vectors/],
  ['that may not compile', like({ Module: Forbidden }), /may not be compiled.*disallowed by embedder/]
])('an engine %s', (_, engine, problem) => {
  const make = () => (x: Tensor) => ({ y: ops.mul(x, x), x })

  it('throws the same error everywhere', async () => {
    vi.stubGlobal('WebAssembly', engine)
    const error = reason(() => compile(make())(1))
    expect(error).toMatchObject({ _tag: 'StagingError', op: 'compile' })
    expect(error.problem).toMatch(problem)
    expect(error.hint).toMatch(/fallback: 'run'/)
    expect(tryCompile(make())(1)).toMatchObject({ _tag: 'Left', left: { _tag: 'StagingError' } })
    await expect(compileAsync(make())(1)).rejects.toMatchObject({ _tag: 'StagingError' })
  })

  it('falls back to run if asked to, and compiles again when it can', async () => {
    const f = make()
    const examples = [3, true, array([1, 2]), new Float64Array([1, 2]), array([1], { dtype: 'float32' })]
    const want = examples.map((x) => JSON.stringify(compile(f)(x as number)))
    vi.stubGlobal('WebAssembly', engine)
    const g = compile(make(), { fallback: 'run', donate: 0, threads: 2 })
    for (let k = 0; k < 2; k++) expect(examples.map((x) => JSON.stringify(g(x as number)))).toEqual(want)
    expect((await compileAsync((x: Tensor) => ops.add(x, 1), { fallback: 'run' })(1)).item()).toBe(2)
    expect(
      compile(
        grad((x: Tensor) => ops.mul(x, x)),
        { fallback: 'run' }
      )(3).item()
    ).toBe(6)
    vi.unstubAllGlobals()
    expect(compile(make())(0).y.item()).toBe(0)
  })
})
