/**
 * Compiling: functions of arrays as machine code, one WebAssembly module for each combination of input types.
 *
 * @packageDocumentation
 */
export {
  type Compiled,
  type CompiledAsync,
  type CompileOptions,
  compile,
  compileAsync,
  explain,
  type TryCompiled,
  tryCompile
} from './transforms/compile.js'
