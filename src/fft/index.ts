/**
 * Fourier transforms by NumPy's names, of any size and along any axes. There are no complex dtypes yet: complex numbers
 * are pairs `{ re, im }` of tensors. All functions are compositions of operations, so transforms and `compile` work on
 * them.
 *
 * @packageDocumentation
 */
export type { Along, AlongAll, Norm } from './along.js'
export type { Complex, ComplexLike } from './complex.js'
export { fftfreq, fftshift, ifftshift, rfftfreq, type Shift } from './frequencies.js'
export * from './transforms.js'
