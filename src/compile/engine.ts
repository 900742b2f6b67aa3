/** The engine: the part of JavaScript's `WebAssembly` that compiled programs use, with its types. */

// --- model
export interface Memory {
  readonly buffer: ArrayBufferLike
  grow(pages: number): number
}

declare const moduleBrand: unique symbol
export interface Module {
  readonly [moduleBrand]: true
}

export interface Instance {
  readonly exports: Readonly<Record<string, unknown>>
}

export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>

interface Engine {
  readonly Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => Memory
  readonly Module: new (bytes: Uint8Array) => Module
  readonly Instance: new (module: Module, imports: Imports) => Instance
  readonly instantiate: (bytes: Uint8Array, imports: Imports) => Promise<{ readonly instance: Instance }>
}

// --- constructors
/** WebAssembly, as this JavaScript engine has it. */
export const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly
