/** Fourier transforms as freegrad calls them. */

import type { Tensor } from 'freegrad'
import * as fft from 'freegrad/fft'
import type { Calls } from './calls.js'

const { fft: plain, ifft, rfft, irfft, hfft, ihfft, fftn, ifftn, rfftn, irfftn, fft2, ifft2, rfft2, irfft2 } = fft
const all = { fft: plain, ifft, rfft, irfft, hfft, ihfft, fftn, ifftn, rfftn, irfftn, fft2, ifft2, rfft2, irfft2 }

export const fourier: Calls = Object.fromEntries(
  Object.entries(all).map(([name, f]) => [`fft.${name}`, (params: object) => (x: Tensor) => f(x, params)])
)
