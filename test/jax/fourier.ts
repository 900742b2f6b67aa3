/** Fourier transforms as freegrad calls them: the parts of complex numbers stand along axis 0 in the fixtures. */

import type { Tensor } from 'freegrad'
import * as fft from 'freegrad/fft'
import * as np from 'freegrad/numpy'
import type { Calls } from './calls.js'

const { rfft, ihfft, rfftn, rfft2 } = fft
const ofReal = { rfft, ihfft, rfftn, rfft2 }
const { fft: plain, ifft, irfft, hfft, fftn, ifftn, irfftn, fft2, ifft2, irfft2 } = fft
const ofComplex = { fft: plain, ifft, irfft, hfft, fftn, ifftn, irfftn, fft2, ifft2, irfft2 }

const stacked = (y: Tensor | fft.Complex): Tensor => ('re' in y ? np.stack([y.re, y.im]) : y)
const pair = (x: Tensor): fft.Complex => ({ re: np.at(x, 0), im: np.at(x, 1) })

export const fourier: Calls = Object.fromEntries([
  ...Object.entries(ofReal).map(([name, f]) => [
    `fft.${name}`,
    (params: object) => (x: Tensor) => stacked(f(x, params))
  ]),
  ...Object.entries(ofComplex).map(([name, f]) => [
    `fft.${name}`,
    (params: object) => (x: Tensor) => stacked(f(pair(x), params))
  ])
])
