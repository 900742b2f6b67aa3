/**
 * Fourier transforms by NumPy's names, of any size and along any axes. They take real or complex numbers and give complex
 * ones, apart from `irfft` and `hfft`, whose results are real. All functions are compositions of operations, so transforms
 * and `compile` work on them.
 *
 * @packageDocumentation
 */
export type { Along, AlongAll, Norm } from './along.js'
export { fftfreq, fftshift, ifftshift, rfftfreq, type Shift } from './frequencies.js'
export * from './transforms.js'
