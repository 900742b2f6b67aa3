/** The handwritten digits of the package `mnist`, which comes without types: 10,000 images of 28 by 28 from MNIST. */
declare module 'mnist' {
  /** The images of one digit; `get(i)` is the i-th, 784 grey levels from 0 to 1, row by row. */
  export interface Digit {
    readonly id: number
    readonly length: number
    get(index: number): number[]
  }
  const digits: Readonly<Record<number, Digit>>
  export default digits
}
