/** The package as users get it: what it exports, and the build of it in plain Node. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { array, compile } from 'freegrad'
import * as numpy from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportsOf, publicModules, subpathOf } from '../scripts/exports.mjs'
import { root } from '../scripts/files.mjs'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const modules = publicModules().map(([subpath]) => posix.join('freegrad', subpath))

/** The packages that a built file imports, itself or by the files that it imports. */
const packagesLoadedBy = (entry: string): ReadonlyArray<string> => {
  const seen = new Set<string>()
  const visit = (file: string): ReadonlyArray<string> => {
    if (seen.has(file)) return []
    seen.add(file)
    const imports = readFileSync(file, 'utf8').matchAll(/(?:^|;)(?:import|export)\b[^;'"]*?['"]([^'"]+)['"]/gm)
    return Array.from(imports, ([, specifier = '']) => specifier).flatMap((specifier) =>
      specifier.startsWith('.') ? visit(join(dirname(file), specifier)) : [specifier]
    )
  }
  return [...new Set(visit(entry))].sort()
}

describe('the exports map', () => {
  it('has a subpath for every public module, and no other (`npm run exports` writes it)', () => {
    expect(manifest.exports).toEqual(exportsOf(publicModules()))
  })

  it.each([
    ['src/index.ts', '.'],
    ['src/tree.ts', './tree'],
    ['src/numpy/index.ts', './numpy'],
    ['laws/index.ts', './laws'],
    ['src/numpy/linear.ts', undefined],
    ['src/language/term.ts', undefined],
    ['laws/op.ts', undefined]
  ])('%s is %s', (file, subpath) => expect(subpathOf(file)).toBe(subpath))
})

describe('the built package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freegrad-package-'))
  const installed = join(folder, 'node_modules/freegrad')
  afterAll(() => rmSync(folder, { recursive: true }))

  beforeAll(() => {
    mkdirSync(installed, { recursive: true })
    execFileSync(process.execPath, ['scripts/build.mjs', '--out', join(installed, 'dist')], { cwd: root })
    cpSync(join(root, 'package.json'), join(installed, 'package.json'))
    for (const peer of ['fp-ts', 'io-ts', 'fast-check', 'pure-rand'])
      symlinkSync(join(root, 'node_modules', peer), join(folder, 'node_modules', peer), 'junction')
  }, 120_000)

  /** Runs a module beside the installed package, in plain Node. */
  const node = (code: string, ...flags: ReadonlyArray<string>): string => {
    const file = join(folder, 'main.mjs')
    writeFileSync(file, code)
    return execFileSync(process.execPath, [...flags, file], { cwd: folder, encoding: 'utf8' })
  }

  it.each(modules)('%s can be imported alone', (name) => {
    expect(Number(node(`import * as X from '${name}'\nconsole.log(Object.keys(X).length)`))).toBeGreaterThan(0)
  })

  it.each(modules)('%s loads no other package, but io-ts in the codecs and fast-check in the laws', (name) => {
    const own: Readonly<Record<string, ReadonlyArray<string>>> = {
      'freegrad/codec': ['io-ts'],
      'freegrad/laws': ['fast-check']
    }
    const entry = manifest.exports[name.replace(/^freegrad/, '.')]
    expect(packagesLoadedBy(join(installed, entry.default))).toEqual(own[name] ?? [])
  })

  it('says so where another copy of it made a value', () => {
    cpSync(installed, join(folder, 'node_modules/other'), { recursive: true })
    const said = node(`
      import { run, grad, tensor } from 'freegrad'
      import { mul } from 'freegrad/ops'
      import { runProgram } from 'freegrad/program'
      import * as other from './node_modules/other/dist/src/index.js'
      import { inspect } from './node_modules/other/dist/src/program.js'
      const x = other.tensor([1])
      for (const f of [() => mul(x, 2), () => run({ x }), () => grad((y) => y)(other.array(1)), () => grad(() => x)(1),
                       () => run(inspect(x)), () => runProgram(inspect(x))])
        try { f(); console.log('no error') } catch (e) { console.log(/npm ls freegrad/.test(e.message) ? 'said' : e.message) }`)
    expect(said.trim().split('\n')).toEqual(new Array(6).fill('said'))
  })

  it('works, and says what is wrong, where intrinsics are frozen', () => {
    const code = `
      import { compile, grad, run } from 'freegrad'
      import { add, mul } from 'freegrad/ops'
      console.log(run(grad((x) => mul(x, x))(3)).item(), compile((x) => mul(x, x))(3).item())
      try { add([1, 2], [1, 2, 3]) } catch (e) { console.log(e.name, e._tag) }`
    expect(node(code, '--no-warnings', '--frozen-intrinsics')).toBe('6 9\nShapeError ShapeError\n')
  })

  it('computes what the sources compute, digit by digit, with the machine code that the build wrote', () => {
    const functions = [...ops.signature.keys()].filter((name) => Object.hasOwn(ops, name))
    const code = `
      const results = []
      for (const dtype of ['float32', 'float64'])
        for (const name of ${JSON.stringify(functions)})
          for (const arity of [1, 2, 3])
            try {
              const rows = [[0.3, -2.5, 700, 1e-9, 1e30], [0.7, 3.25, -4, 2, 0], [1, 2, 3, 4, 5]]
              const args = rows.slice(0, arity).map((row) => array(row, { dtype }))
              results.push([name, dtype, Array.from(compile((...xs) => ops[name](...xs))(...args).data)])
            } catch {}
      const a = array(Float32Array.from({ length: 6000 }, (_, k) => Math.sin(k)), { shape: [60, 100] })
      results.push(['dot', Array.from(compile((x) => numpy.matmul(x, numpy.transpose(x)))(a).data)])
      return results`
    const compute = new Function('array', 'compile', 'ops', 'numpy', code)
    const results = compute(array, compile, ops, numpy)
    expect(results.length).toBeGreaterThan(80)
    const built = node(`
      import { array, compile } from 'freegrad'
      import * as ops from 'freegrad/ops'
      import * as numpy from 'freegrad/numpy'
      const compute = () => {${code}}
      console.log(JSON.stringify(compute()))`)
    expect(JSON.parse(built)).toEqual(JSON.parse(JSON.stringify(results)))
  })

  it('starts no thread before a loop is large, and keeps no process alive', () => {
    const counted = node(`
      import threads from 'node:worker_threads'
      let started = 0
      threads.Worker = class extends threads.Worker {
        constructor(...args) {
          super(...args)
          started++
        }
      }
      const { array, compile } = await import('freegrad')
      const { add } = await import('freegrad/ops')
      const counts = [started]
      compile((x) => add(x, 1), { threads: 3 })(1)
      counts.push(started)
      const f = compile((x) => add(x, 1), { threads: 3 })
      f(array(new Float32Array(1e6)))
      counts.push(started)
      await new Promise((resolve) => setTimeout(resolve, 300))
      f(array(new Float32Array(1e6)))
      console.log(counts.join())`)
    expect(counted.trim()).toBe('0,0,2')
  })

  it('starts within 36 ms over bare Node, where that takes 65 ms itself and fast-check 16 ms more', () => {
    const milliseconds = (code: string): number => {
      const file = join(folder, 'timed.mjs')
      writeFileSync(file, code)
      const start = performance.now()
      execFileSync(process.execPath, [file], { cwd: folder })
      return performance.now() - start
    }
    const other = `import ${JSON.stringify(import.meta.resolve('fast-check'))}`
    // A busy machine only ever adds time, so the least of many is nearest to the truth; they are timed in turn.
    const least = { bare: Number.POSITIVE_INFINITY, loaded: Number.POSITIVE_INFINITY, other: Number.POSITIVE_INFINITY }
    // A slower machine is slower to start Node or to read so much JavaScript as fast-check is, too.
    const limit = (): number => 36 * Math.max(1, least.bare / 65, (least.other - least.bare) / 16)
    for (let k = 0; k < 60 && (k < 15 || least.loaded - least.bare >= limit()); k++) {
      least.bare = Math.min(least.bare, milliseconds(''))
      least.loaded = Math.min(least.loaded, milliseconds("import 'freegrad'"))
      least.other = Math.min(least.other, milliseconds(other))
    }
    expect(least.loaded - least.bare).toBeLessThan(limit())
  }, 60_000)
})
