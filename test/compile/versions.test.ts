/** Versions: one for every tuple of types, made when it is needed and shared by all who compile the function. */
import {
  array,
  compile,
  compileAsync,
  grad,
  hessian,
  jet,
  jvp,
  linearize,
  run,
  scan,
  stopGradient,
  type Tensor,
  tensor,
  tryCompile,
  vmap
} from 'freegrad'
import * as ops from 'freegrad/ops'
import { inspect, map, runProgram } from 'freegrad/program'
import { describe, expect, it } from 'vitest'
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
  it('is made for each tuple of types', () => {
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

  it('is shared by all who compile the function under the same options', async () => {
    const f = counted()
    compile(f)(1, 2)
    compile(f)(2, 3)
    expect(await compileAsync(f)(3, 4)).toEqual(compile(f)(3, 4))
    expect(f.times).toBe(1)
    compile(f, { threads: 1 })(1, 2)
    expect(f.times).toBe(2)
  })

  it('is made once for calls that wait for it', async () => {
    const f = counted()
    const compiled = compileAsync(f)
    const results = await Promise.all([1, 2, 3].map((x) => compiled(x, 0)))
    expect(results.map((x) => x.item())).toEqual([1, 4, 9])
    expect(compile(f)(4, 0).item()).toBe(16)
    expect(f.times).toBe(1)
  })

  it('that is being made for someone is made at once for who cannot wait', async () => {
    const f = counted()
    const later = compileAsync(f)(5, 0)
    expect(compile(f)(4, 0).item()).toBe(16)
    expect((await later).item()).toBe(25)
  })
})

describe('what is wrong', () => {
  const f = (x: Tensor, y: Tensor): Tensor => ops.add(x, y)
  const compiled = compile(f) as (...args: ReadonlyArray<unknown>) => unknown

  it.each([
    ['a text', ['1', 2], 'TreeError'],
    ['a promise', [Promise.resolve(1), 2], 'TreeError'],
    ['a container', [[1, 2], 3], 'TreeError'],
    ['shapes that do not meet', [array([1, 2]), array([1, 2, 3])], 'ShapeError']
  ])('%s is an error, and the next call works', (_, args, tag) => {
    expect(tagOf(() => compiled(...args))).toBe(tag)
    expect(String(compiled(1, 2))).toBe('float64[] 3')
  })

  it('rejects where there is a promise, and is a Left where there is an Either', async () => {
    const bad = [array([1, 2]), array([1, 2, 3])] as const
    await expect(compileAsync(f)(...bad)).rejects.toMatchObject({ _tag: 'ShapeError' })
    expect(tryCompile(f)(...bad)).toMatchObject({ _tag: 'Left' })
  })

  it.each([0, -1, 1.5, Number.NaN])('%s threads are none', (threads) => {
    expect(tagOf(() => compile(f, { threads }))).toBe('StagingError')
  })
})

describe('a compiled function has no derivative', () => {
  const square = (x: Tensor): Tensor => ops.mul(x, x)
  const compiled = compile(square)
  const inside = (x: Tensor): Tensor => ops.mul(x, compiled(ops.sin(x)))
  const captures = (x: Tensor): Tensor => ops.mul(x, compile((y: Tensor) => ops.mul(ops.sin(x), y))(2))

  it.each([
    ['grad', () => grad(inside)(3)],
    ['jvp', () => jvp(inside)([3], [1])],
    ['linearize', () => linearize(inside)(3)],
    ['jet', () => jet(inside)([3], [[1]])],
    ['hessian', () => hessian(inside)(3)],
    ['a derivative within', () => grad((x) => grad((y) => ops.mul(y, compiled(x)))(1))(3)],
    ['what it captures', () => grad(captures)(3)],
    ['a program, after its effects', () => runProgram(grad((x) => map(() => inside(x))(inspect(x)))(3))]
  ])('%s says so, instead of 0', (_, make) => {
    const error = reason(make)
    expect(error).toMatchObject({ _tag: 'NotDifferentiable', op: 'compile' })
    expect(error.hint).toMatch(/compile\(grad\(f\)\).*stopGradient/)
  })

  it.each([
    ['vmap', () => vmap((x: Tensor) => compiled(x))(array([1, 2]))],
    ['compile', () => compile((x: Tensor) => compiled(x))(1)],
    ['scan', () => scan((sum, x) => [compiled(ops.add(sum, x)), null], 0, array([1, 2]))]
  ])('has no number to begin with within %s', (_, make) => {
    const error = reason(make)
    expect(error).toMatchObject({ _tag: 'FreeVariable', op: 'compile' })
    expect(error.hint).toMatch(/compile\(vmap\(f\)\)/)
  })

  it('but has the function itself', () => {
    expect(compiled.wrapped).toBe(square)
    expect(run(grad((x: Tensor) => ops.mul(x, compiled.wrapped(x)))(3)).item()).toBe(27)
    expect(run(vmap(compiled.wrapped)(array([1, 2]))).toNested()).toEqual([1, 4])
  })

  it('passes for what does not move', () => {
    expect(run(grad((x: Tensor) => ops.mul(x, compiled(stopGradient(x))))(3)).item()).toBe(9)
    expect(run(grad((x: Tensor) => ops.mul(x, compiled(ops.sin(tensor(0)))))(3)).item()).toBe(0)
    expect(run(grad((x: Tensor, y: Tensor) => ops.mul(x, compiled(y)))(3, 2)).item()).toBe(4)
    expect(compiled(grad(square)(3)).item()).toBe(36)
    expect(tagOf(() => grad(inside)(3))).toBe('NotDifferentiable')
    let kept: Tensor | undefined
    grad((x: Tensor) => {
      kept = x
      return square(x)
    })(3)
    expect(compiled(kept as Tensor).item()).toBe(9)
  })
})
