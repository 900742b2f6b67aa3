/** The Fourier transforms with fft.js, which takes sizes that are powers of two. */

import FFT from 'fft.js'
import * as data from './data.mjs'

export const name = 'fft.js'
export const ready = async () => {}

const fourier = (n) => {
  const transform = new FFT(n)
  const x = data.complexes(n)
  // Arrays of JavaScript, as it makes them, in which it is faster than in a Float64Array.
  const out = transform.createComplexArray()
  return () => {
    transform.transform(out, x)
    return out
  }
}

export const workloads = {
  fft1024: () => fourier(1024),
  fft65536: () => fourier(65536),
  fft1048576: () => fourier(1048576)
}
