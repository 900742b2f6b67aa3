/** The package as users get it: what it exports, and the build of it in plain Node. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { build } from 'esbuild'
import { array, compile } from 'freegrad'
import * as numpy from 'freegrad/numpy'
import * as ops from 'freegrad/ops'
import * as program from 'freegrad/program'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportsOf, publicModules, subpathOf } from '../scripts/exports.mjs'
import { root } from '../scripts/files.mjs'
import { markPure } from '../scripts/pure.mjs'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const modules = publicModules().map(([subpath]) => posix.join('freegrad', subpath))

/** All of `freegrad/program` that needs no tensors. */
const programs = Object.keys(program).filter((name) => !['Inspect', 'inspect', 'runProgram'].includes(name))

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
    ['src/language/terms/term.ts', undefined],
    ['laws/op.ts', undefined]
  ])('%s is %s', (file, subpath) => expect(subpathOf(file)).toBe(subpath))
})

/** What users import, and what it costs minified, in thousands of bytes: README has a table of it. */
// What the bytes are. Of a program's 6.1 KB, 2.7 are errors, which find the caller's line and describe the value that came. Of a
// sine's, 16 are arrays (reading, showing and checking them), 7 terms and declarations, and 9 the operations that its derivative
// and its complex values are made of. Of the compiler's, 29 are real functions, from exp to gamma, as machine code and on
// numbers: a program names them when it is compiled, and a decoded program may name any. Operations that imported this code
// would let bundlers drop it, but then a sine would bring its machine code and the assembler. Another 15 are complex numbers.
const sizes: ReadonlyArray<readonly [name: string, code: string, kilobytes: number]> = [
  ['a program takes 6.2 KB', "export { chain, map, of, perform, view } from 'freegrad/program'", 6.2],
  [
    'programs with all of their handlers and notations take 11.5 KB',
    `export { ${programs} } from 'freegrad/program'`,
    11.5
  ],
  ['trees take 25 KB', "export { flatten, leaves, map, unflatten } from 'freegrad/tree'", 25],
  ['np.sin takes 32 KB', "import * as np from 'freegrad/numpy'\nexport const { sin } = { sin: np.sin }", 32],
  ['grad and run take 72 KB', "export { grad, run } from 'freegrad'", 72],
  ['grad, run and compile take 278 KB', "export { compile, grad, run } from 'freegrad'", 278]
]

type Bundler = (entry: string, target?: 'node') => Promise<string>

const bundlers: ReadonlyArray<readonly [name: string, bundle: Bundler]> = [
  [
    'esbuild',
    async (entry, target) => {
      const required = "import { createRequire } from 'module'; const require = createRequire(import.meta.url);"
      const { outputFiles } = await build({
        entryPoints: [entry],
        platform: target ?? 'browser',
        external: ['io-ts', 'fast-check'],
        ...(target === 'node' ? { banner: { js: required } } : {}),
        bundle: true,
        minify: true,
        format: 'esm',
        write: false,
        logLevel: 'error'
      })
      return outputFiles[0].text
    }
  ],
  [
    'rolldown',
    async (entry, target) => {
      const bundle = await rolldown({ input: entry, platform: target ?? 'browser', external: ['io-ts', 'fast-check'] })
      const { output } = await bundle.generate({ format: 'esm', minify: true })
      await bundle.close()
      return output[0].code
    }
  ]
]

describe('the packed documentation', () => {
  it('has every file that its links lead to', () => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8'
    })
    const files: ReadonlyArray<string> = JSON.parse(packed)[0].files.map(({ path }: { path: string }) => path)
    const links = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        Array.from(readFileSync(join(root, file), 'utf8').matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g), ([, link = '']) =>
          posix.join(dirname(file), link)
        )
      )
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter((link) => !files.some((file) => file === link || file.startsWith(`${link}/`)))).toEqual([])
  })
})

describe('the marking of what a module computes', () => {
  it.each([
    ['const f = (x) => x + 1', 'const f = (x) => x + 1'],
    ['const f = defineOp({})', 'const f = /* @__PURE__ */ (() => defineOp({}))()'],
    ['export const a = 1, b = { ...a }', 'export const a = 1, b = /* @__PURE__ */ (() => ({ ...a }))()'],
    ['export class A { x = 1 }', 'export class A { x = 1 }'],
    ['export class A { [x]() {} }', 'export const A = /* @__PURE__ */ (() => class A { [x]() {} })()']
  ])('%s', (code, marked) => expect(markPure(code, 'x.ts')).toBe(marked))

  it.each(['f()', 'const { a } = b', 'for (const x of xs) f(x)', 'A.b = 1'])('refuses %s', (code) =>
    expect(() => markPure(code, 'x.ts')).toThrow(/has an effect when it loads/)
  )
})

describe('the built package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freegrad-package-'))
  const installed = join(folder, 'node_modules/freegrad')
  // Modules whose package does not say that they have no effects.
  const whole = join(folder, 'whole')
  let entries = 0
  afterAll(() => rmSync(folder, { recursive: true }), 60_000)

  beforeAll(() => {
    mkdirSync(installed, { recursive: true })
    execFileSync(process.execPath, ['scripts/build.mjs', '--out', join(installed, 'dist')], { cwd: root })
    cpSync(join(root, 'package.json'), join(installed, 'package.json'))
    cpSync(join(installed, 'dist'), join(whole, 'dist'), { recursive: true })
    writeFileSync(join(whole, 'package.json'), '{ "type": "module" }')
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
    expect(packagesLoadedBy(join(installed, entry.node)).filter((x) => x !== 'node:module')).toEqual(own[name] ?? [])
  })

  // Modules have all that the sources compute; the build for Node has dropped what nothing uses.
  it.each(['node', 'module'])('creates no node and applies no operation while it loads for %s', (condition) => {
    const created = node(
      `
      ${modules.map((name) => `import '${name}'`).join('\n')}
      import { variable } from 'freegrad'
      console.log(variable({ shape: [], dtype: 'float64', weak: false }).created)`,
      `--conditions=${condition}`
    )
    expect(created).toBe('0\n')
  })

  it('is one copy in a process that imports it and requires it', () => {
    const same = node(`
      import { createRequire } from 'node:module'
      import { Tensor } from 'freegrad'
      import { mul } from 'freegrad/ops'
      const require = createRequire(import.meta.url)
      const { compile, grad, run } = require('freegrad')
      const cube = (x) => mul(x, require('freegrad/numpy').square(x))
      console.log(require('freegrad').Tensor === Tensor, run(grad(cube)(2)).item(), compile(grad(cube))(2).item())`)
    expect(same).toBe('true 12 12\n')
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

  it('starts within 30 ms over bare Node, where that takes 55 ms itself and fast-check 14 ms more', () => {
    // The processor's time, since other processes add less to it than to the time that passes.
    const milliseconds = (code: string): number =>
      Number(
        node(`${code}
          process.on('exit', () => {
            const { user, system } = process.cpuUsage()
            console.log((user + system) / 1000)
          })`)
      )
    const other = `import ${JSON.stringify(import.meta.resolve('fast-check'))}`
    // A busy machine only ever adds time, so the least of many is nearest to the truth; they are timed in turn.
    const least = { bare: Number.POSITIVE_INFINITY, loaded: Number.POSITIVE_INFINITY, other: Number.POSITIVE_INFINITY }
    // A slower machine is slower to start Node or to read so much JavaScript as fast-check is, too.
    const limit = (): number => 30 * Math.max(1, least.bare / 55, (least.other - least.bare) / 14)
    for (let k = 0; k < 60 && (k < 12 || least.loaded - least.bare >= limit()); k++) {
      least.bare = Math.min(least.bare, milliseconds(''))
      least.loaded = Math.min(least.loaded, milliseconds("import 'freegrad'"))
      least.other = Math.min(least.other, milliseconds(other))
    }
    expect(least.loaded - least.bare).toBeLessThan(limit())
  }, 60_000)

  describe.each(bundlers)('bundled by %s', (_, bundle) => {
    const bundled = (code: string, target?: 'node'): Promise<string> => {
      const file = join(folder, `entry-${++entries}.mjs`)
      writeFileSync(file, code)
      return bundle(file, target)
    }

    it.each(sizes)('%s', async (_, code, kilobytes) => {
      expect((await bundled(code)).length).toBeLessThanOrEqual(kilobytes * 1000)
    })

    it('has nothing of a module of which nothing is used, although its effects would be kept', async () => {
      for (const name of modules) {
        const entry = manifest.exports[name.replace(/^freegrad/, '.')]
        const alone = await bundled(`import ${JSON.stringify(join(whole, entry.default))}`)
        expect(alone.replace(/import[^;]*["'](io-ts|fast-check)["'];?/g, '').trim(), name).toBe('')
      }
    })

    it('is one copy for Node too, imported and required', async () => {
      const code = await bundled(
        `import { grad, Tensor } from 'freegrad'
         import { mul } from 'freegrad/ops'
         const { compile, Tensor: required } = require('freegrad')
         console.log(Tensor === required, compile(grad((x) => mul(x, x)))(3).item())`,
        'node'
      )
      expect(node(code)).toBe('true 6\n')
    })
  })
})
