/**
 * Linear algebra by the names of NumPy and SciPy: factorizations, linear systems, determinants and norms of real and complex
 * matrices. Matrices are the last two axes of an operand; the axes before them are batches. All functions are
 * compositions of operations and loops, with explicit derivatives where formulas are known, so every transform works on
 * them, to any order.
 *
 * @packageDocumentation
 */
export { cross, matmul, outer, tensordot, vecdot } from '../numpy/product.js'
export { matrixTranspose } from '../numpy/shape.js'
export { cholesky, choSolve } from './cholesky.js'
export { det, slogdet } from './determinant.js'
export { eig, eigvals } from './eig.js'
export { eigh, eigvalsh } from './eigh.js'
export { expm } from './expm.js'
export { logm, sqrtm } from './functions.js'
export { lstsq } from './least.js'
export { inv, lu, solve } from './lu.js'
export { cond, type MatrixOrder, matrixNorm, norm, vectorNorm } from './norms.js'
export { diagonal, matrixPower, multiDot, trace } from './products.js'
export { qr } from './qr.js'
export { roots } from './roots.js'
export { schur } from './schur.js'
export { matrixRank, pinv, svd, svdvals } from './svd.js'
export { solveTriangular } from './triangular.js'
