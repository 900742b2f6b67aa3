/** Complex: complex numbers of JavaScript, which are records of a real and an imaginary part. */
import { fail } from './error.js'
import { isRecord } from './record.js'

// --- model
/** A complex number: `{ re: 1, im: 2 }` is 1 + 2i. */
export interface Complex {
  readonly re: number
  readonly im: number
}

// --- constructors
/**
 * A complex number that an array gives. It is a plain record, but JavaScript's operators and `Math` functions, which would
 * make NaN of it, throw `NotANumber`.
 */
export const complexNumber = (re: number, im: number): Complex =>
  Object.defineProperty({ re, im }, Symbol.toPrimitive, refusal)

const refusal: PropertyDescriptor & ThisType<Complex> = {
  value: function (this: Complex, hint: string): string {
    if (hint === 'string') return showComplex(this, String)
    return fail('NotANumber', 'complex', 'a complex number is no number of JavaScript', {
      hint: 'use np.abs, or its parts re and im'
    })
  }
}

// --- combinators
/** Whether a value is a record of two numbers, `re` and `im`, and of nothing else. */
export const isComplexNumber = (x: unknown): x is Complex => {
  try {
    if (typeof x !== 'object' || x === null || !isRecord(x)) return false
    const { re, im } = x as Complex
    return typeof re === 'number' && typeof im === 'number' && Object.keys(x).length === 2
  } catch {
    return false
  }
}

/** Whether a value is a record that has one part of a complex number, or both, whatever else it has. */
export const isLikeComplex = (x: unknown): boolean => {
  try {
    return typeof x === 'object' && x !== null && isRecord(x) && ('re' in x || 'im' in x)
  } catch {
    return false
  }
}

/** `1+2i`, with each part written by `show`. */
export const showComplex = ({ re, im }: Complex, show: (part: number) => string): string => {
  const written = show(im)
  return `${show(re)}${written.startsWith('-') ? '' : '+'}${written}i`
}
