/** Codecs that a caller gives: those that another codec is made of. */
import { describe } from '../language/data/describe.js'
import { fail } from '../language/data/error.js'
import { fieldOf } from '../language/data/looking.js'
import type { Codec } from './refusal.js'

// --- combinators
/** The codec itself. Throws `TreeError` for a value that is not a codec of io-ts; `what` names it in the message. */
export const codecIn = <C>(name: string, what: string, codec: C): C =>
  parts.every((part) => typeof fieldOf(codec, part) === 'function')
    ? codec
    : fail('TreeError', name, `${what} is ${describe(codec)}, not a codec`, {
        hint: 'give a codec of io-ts, such as t.string, or one of freegrad/codec'
      })

const parts: ReadonlyArray<keyof Codec> = ['is', 'validate', 'encode']
