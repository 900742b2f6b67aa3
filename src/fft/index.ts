/**
 * Fourier transforms by NumPy's names, of any size, along any axes. There are no complex dtypes yet: complex numbers are
 * pairs `{ re, im }` of tensors. All of it is made of operations, so that transforms and `compile` go through it.
 *
 * @packageDocumentation
 */
export type { Along, AlongAll, Norm } from './along.js'
export type { Complex, ComplexLike } from './complex.js'
export { fftfreq, fftshift, ifftshift, rfftfreq, type Shift } from './frequencies.js'
export * from './transforms.js'
