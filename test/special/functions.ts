/** The special functions under test, each with the domain in which it is smooth, and where its values are known. */
import * as fc from 'fast-check'
import type { Like, Tensor } from 'freegrad'
import * as special from 'freegrad/special'

// --- model
export type Fn = (...xs: ReadonlyArray<Like>) => Tensor

/** A function, and for each operand the numbers to give it. */
export interface Row {
  readonly name: string
  readonly f: Fn
  readonly domain: ReadonlyArray<fc.Arbitrary<number>>
}

// --- constructors
const from = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })

/** Negative numbers away from the poles of Γ, and positive ones. */
const noPole = fc.oneof(
  from(0.1, 12),
  fc.tuple(fc.integer({ min: -6, max: -1 }), from(0.1, 0.9)).map(([whole, part]) => whole + part)
)

// --- instances
/** Every function of the module that works element by element. */
export const rows: ReadonlyArray<Row> = [
  { name: 'expit', f: special.expit, domain: [from(-20, 20)] },
  { name: 'logit', f: special.logit, domain: [from(0.05, 0.95)] },
  { name: 'xlogy', f: special.xlogy, domain: [from(-3, 3), from(0.1, 5)] },
  { name: 'xlog1py', f: special.xlog1py, domain: [from(-3, 3), from(-0.9, 5)] },
  { name: 'entr', f: special.entr, domain: [from(0.05, 3)] },
  { name: 'relEntr', f: special.relEntr, domain: [from(0.1, 3), from(0.1, 3)] },
  { name: 'klDiv', f: special.klDiv, domain: [from(0.1, 3), from(0.1, 3)] },
  { name: 'gamma', f: special.gamma, domain: [fc.oneof(from(0.2, 6), from(-1.8, -1.2))] },
  { name: 'gammasgn', f: special.gammasgn, domain: [noPole] },
  { name: 'gammaln', f: special.gammaln, domain: [from(0.2, 30)] },
  { name: 'loggamma', f: special.loggamma, domain: [from(0.2, 30)] },
  { name: 'multigammaln', f: (a) => special.multigammaln(a, 3), domain: [from(1.5, 20)] },
  { name: 'factorial', f: special.factorial, domain: [from(0.1, 5)] },
  { name: 'betaln', f: special.betaln, domain: [from(0.3, 40), from(0.3, 40)] },
  { name: 'beta', f: special.beta, domain: [from(0.3, 5), from(0.3, 5)] },
  { name: 'comb', f: special.comb, domain: [from(4, 6.9), from(0.3, 3.7)] },
  { name: 'digamma', f: special.digamma, domain: [from(0.3, 20)] },
  { name: 'polygamma', f: (x) => special.polygamma(2, x), domain: [from(0.8, 20)] },
  { name: 'gammainc', f: special.gammainc, domain: [from(0.3, 30), from(0.2, 40)] },
  { name: 'gammaincc', f: special.gammaincc, domain: [from(0.3, 30), from(0.2, 40)] },
  { name: 'betainc', f: special.betainc, domain: [from(0.5, 20), from(0.5, 20), from(0.1, 0.9)] },
  { name: 'ndtr', f: special.ndtr, domain: [from(-6, 6)] },
  { name: 'logNdtr', f: special.logNdtr, domain: [from(-30, 6)] },
  { name: 'ndtri', f: special.ndtri, domain: [from(0.02, 0.98)] },
  { name: 'i0', f: special.i0, domain: [from(-6, 6)] },
  { name: 'i1', f: special.i1, domain: [from(-6, 6)] },
  { name: 'i0e', f: special.i0e, domain: [fc.oneof(from(0.1, 40), from(-40, -0.1))] },
  { name: 'i1e', f: special.i1e, domain: [fc.oneof(from(0.1, 40), from(-40, -0.1))] },
  { name: 'exp1', f: special.exp1, domain: [from(0.2, 20)] },
  { name: 'zeta', f: special.zeta, domain: [from(1.3, 12), from(0.4, 20)] },
  { name: 'erf', f: special.erf, domain: [from(-3, 3)] },
  { name: 'erfc', f: special.erfc, domain: [from(-3, 3)] },
  { name: 'erfInv', f: special.erfInv, domain: [from(-0.9, 0.9)] }
]
