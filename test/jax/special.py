"""Family `special`: functions of jax.scipy.special element by element, at edges and where JAX's own have most digits."""

import jax
import numpy as np
from jax.scipy import special as sp

from record import FLOAT, case

INF, NAN = np.inf, np.nan


def floats(values):
    return np.array(values, np.float64).astype(FLOAT)


def grid(*axes):
    return [floats(part.ravel()) for part in np.meshgrid(*axes, indexing="ij")]


REAL = [-INF, -40, -10, -3.3, -1.6, -0.7, -0.2, 0, 1e-3, 0.1, 0.4, 0.8, 1, 1.7, 2.5, 6, 15, 38, 100, INF, NAN]
UNIT = [1e-10, 1e-3, 0.02, 0.2, 0.45, 0.5, 0.6, 0.9, 0.999]
POSITIVE = [1e-3, 0.1, 0.4, 0.8, 1, 1.7, 2.5, 6, 15, 38, 100]
SIGNED = [-3, -1.4, -0.3, *POSITIVE, INF, NAN]
NONZERO = [-15, -3.3, -1.6, -0.7, -0.2, 0.1, 0.4, 1, 1.7, 2.5, 6, 38]

# Where JAX's derivatives are those of the function: not NaN (entr, factorial below 0), 0 (ndtri at 0), those of a kink (i0 at 0),
# of log(1 - x) taken for -x (logNdtr above 5), or of few digits (its lower tail, betaln from 8 on and where its operands are equal).
UNARY = {
    "expit": (sp.expit, [-INF, -40, -3.3, -0.7, 0, 0.2, NAN]),
    "logit": (sp.logit, [0, *UNIT, 1]),
    "entr": (sp.entr, [0, *POSITIVE, INF]),
    "gamma": (sp.gamma, SIGNED),
    "gammasgn": (sp.gammasgn, SIGNED),
    "loggamma": (sp.loggamma, [-1.4, *POSITIVE]),
    "factorial": (sp.factorial, POSITIVE),
    "ndtr": (sp.ndtr, [-10, -3.3, -1.6, -0.2, 0, 0.4, 1.7, 6]),
    "logNdtr": (sp.log_ndtr, [-10, -3.3, -1.6, -0.2, 0, 0.4, 1.7, 3]),
    "ndtri": (sp.ndtri, UNIT),
    "i0": (sp.i0, NONZERO),
    "i1": (sp.i1, NONZERO),
    "i0e": (sp.i0e, NONZERO),
    "i1e": (sp.i1e, NONZERO),
}

AT_EDGES = ["expit", "logit", "entr", "gammasgn", "factorial", "ndtr", "ndtri", "i0e", "i1e"]

EDGES = [-INF, -1, 0, 0.3, 1, 4, INF, NAN]


def special():
    for op, (f, points) in UNARY.items():
        yield case(op, f, [floats(points)])
        if op in AT_EDGES:
            yield case(f"{op} at edges", f, [floats([-0.5, *REAL])], order=0)
    yield case("exp1", sp.exp1, [floats([0, *POSITIVE])], order=0)  # JAX's own second derivative of it fails
    yield case("multigammaln", lambda a: sp.multigammaln(a, 3), [floats([1.2, 2, 3.5, 8, 30])], {"d": 3})
    for n in range(4):
        yield case("polygamma", lambda x: sp.polygamma(n, x), [floats(POSITIVE)], {"n": n}, order=0)
    for op, f in {"xlogy": sp.xlogy, "xlog1py": sp.xlog1py, "relEntr": sp.rel_entr, "klDiv": sp.kl_div}.items():
        yield case(op, f, grid([-1, 0, 0.3, 1, 4], [0.3, 0.9, 1.1, 5]))
        edges = EDGES if op.startswith("x") else [-1, 0, 0.3, 1, 4]
        yield case(f"{op} at edges", f, grid(edges, edges), order=0)
    for op, f in {"beta": sp.beta, "betaln": sp.betaln}.items():
        yield case(op, f, grid([0.2, 1.1, 3.5, 6], [0.3, 1, 4.5, 7]))
    yield case("comb", sp.comb, grid([3, 5.5, 10], [-1, 0, 1, 2.5, 3, 7]))
    for op, f in {"gammainc": sp.gammainc, "gammaincc": sp.gammaincc}.items():
        points = [0.1, 0.7, 1.3, 4, 8, 25]
        yield case(f"{op} at edges", f, grid([-1, 0.5, 1, 2, NAN], [-1, 0, 0.5, INF, NAN]), order=0)
        # JAX has the first derivative in a only
        a, x = grid([0.2, 0.8, 1.2, 2.5, 6, 20], points)
        yield case(f"{op} in a", jax.vmap(jax.grad(f)), [a, x], order=0)
        for a in (0.4, 2.5, 20):
            yield case(op, lambda x: f(floats(a), x), [floats(points)], {"a": a})
    for b in (0.4, 2, 9):
        f = lambda x: sp.betainc(floats(3.5), floats(b), x)  # JAX has no derivative in the others
        yield case("betainc", f, [floats([0.05, 0.3, 0.5, 0.7, 0.95])], {"a": 3.5, "b": b})
    yield case("betainc at edges", sp.betainc, grid([0.3, 2, 9], [0.3, 2, 9], [-0.5, 0, 0.2, 0.9, 1, 1.5, NAN]), order=0)
    yield case("zeta", sp.zeta, grid([1.1, 2, 3.5, 9], [0.3, 1, 5, 40]))


FAMILIES = {"special": (("x64",), special)}
