/** What the tests of codecs look at: values bit by bit, and why something does not decode. */
import * as E from 'fp-ts/lib/Either.js'
import { NDArray } from 'freegrad'
import { decode } from 'freegrad/codec'
import type * as t from 'io-ts'

/** A value with its arrays taken apart into their type and the bits of their elements. */
export const bits = (x: unknown): unknown => {
  if (x instanceof NDArray) {
    const { buffer, byteOffset, byteLength } = x.data.slice()
    return [x.dtype, x.shape, x.type.weak, Array.from(new Uint8Array(buffer, byteOffset, byteLength))]
  }
  if (x instanceof Map) return new Map(Array.from(x, ([key, value]) => [key, bits(value)]))
  if (Array.isArray(x)) return x.map(bits)
  if (ArrayBuffer.isView(x) || typeof x !== 'object' || x === null) return x
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, bits(value)]))
}

/** What has gone through JSON. */
export const sent = (x: unknown): unknown => JSON.parse(JSON.stringify(x))

/** What a codec decodes of what it encodes, by way of JSON. */
export const returned = <A, O>(codec: t.Type<A, O, unknown>, x: A): A => read(codec, sent(codec.encode(x)))

/** What a codec decodes; the error is thrown. */
export const read = <A>(codec: t.Decoder<unknown, A>, x: unknown): A => {
  const result = decode(codec)(x)
  if (E.isLeft(result)) throw result.left
  return result.right
}

/** Where and why something does not decode. */
export const refusal = <A>(codec: t.Decoder<unknown, A>, x: unknown): readonly [path: string, problem: string] => {
  const result = decode(codec)(x)
  if (E.isRight(result)) throw new Error(`it decodes: ${String(result.right)}`)
  const { _tag, path = '', problem, hint } = result.left
  if (_tag !== 'DecodeError' || hint === '') throw result.left
  return [path, problem]
}
