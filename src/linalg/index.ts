/**
 * Linear algebra by the names of NumPy and SciPy: factors, solutions, determinants and norms of real matrices, which are the
 * last two axes of an operand; the axes before them are batches. All of it is made of operations and loops, and what has a
 * known derivative states it, so that every transform works through it, to any order.
 *
 * @packageDocumentation
 */
export { cholesky, choSolve } from './cholesky.js'
export { det, slogdet } from './determinant.js'
export { inv, lu, solve } from './lu.js'
export { solveTriangular } from './triangular.js'
