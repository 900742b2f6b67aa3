"""Family `distributions`: draws that have parameters, and how they move with them, in the form of draws.py."""

import jax
import numpy as np
from jax import random

from draws import draw
from record import FLOAT, X64


def floats(values):
    return np.array(values, FLOAT)


SHAPES = [0.05, 0.3, 0.9, 1, 1.5, 4, 30, 500]

# By name: the draw from a key, a shape and parameters, and the parameters.
OF_REALS = {
    "gamma": (lambda k, s, a: random.gamma(k, a, s, FLOAT), [SHAPES]),
    "loggamma": (lambda k, s, a: random.loggamma(k, a, s, FLOAT), [[0.001, *SHAPES[:-1]]]),
    "beta": (lambda k, s, a, b: random.beta(k, a, b, s, FLOAT), [SHAPES, [2.5]]),
    "chisquare": (lambda k, s, a: random.chisquare(k, a, s, FLOAT), [SHAPES]),
    "t": (lambda k, s, a: random.t(k, a, s, FLOAT), [SHAPES[1:]]),
    "pareto": (lambda k, s, b: random.pareto(k, b, s, FLOAT), [SHAPES[1:]]),
    "rayleigh": (lambda k, s, b: random.rayleigh(k, b, s, FLOAT), [SHAPES]),
    "lognormal": (lambda k, s, b: random.lognormal(k, b, s, FLOAT), [SHAPES[:5]]),
}


def distributions():
    for op, (f, parameters) in OF_REALS.items():
        inputs = [floats(x) for x in parameters]
        slope = lambda k, *xs: jax.grad(lambda *xs: f(k, None, *xs).sum())(*xs)
        for seed in (0, 42):
            yield draw(op, seed, lambda k, *xs: f(k, None, *xs), {"shape": None}, inputs)
            size = (3, max(x.size for x in inputs))
            yield draw(op, seed, lambda k, *xs: f(k, size, *xs), {"shape": size}, inputs)
            # JAX takes a draw that underflows for the smallest number, and the slope of that.
            there = [x[x > 0.001] for x in inputs]
            yield draw(f"{op} slope", seed, slope, {"shape": None}, there)
    for seed in (0, 42):
        f = lambda k, a: random.dirichlet(k, a, (4,), FLOAT)
        yield draw("dirichlet", seed, f, {"shape": (4,)}, [floats([0.1, 1, 3])])
        f = lambda k, scale, c: random.weibull_min(k, scale, c, (2, 3), FLOAT)
        yield draw("weibullMin", seed, f, {"shape": (2, 3)}, [floats(2), floats([0.5, 1, 4])])
        yield draw("maxwell", seed, lambda k: random.maxwell(k, (2, 5), FLOAT), {"shape": (2, 5)})
        if X64:  # in 32-bit mode the signs are of other bits
            f = lambda k, loc, scale: random.double_sided_maxwell(k, loc, scale, (5,), FLOAT)
            yield draw("doubleSidedMaxwell", seed, f, {"shape": (5,)}, [floats(1), floats([0.5, 2])])
        f = lambda k, m, c: random.multivariate_normal(k, m, c, (4,), FLOAT)
        yield draw("multivariateNormal", seed, f, {"shape": (4,)}, [floats([1, -2]), floats([[2, 1], [1, 3]])])
        # Of larger means the last bits of float32 decide which draw is accepted.
        means = floats([0, 0.1, 1, 5, 9.5, 10, 20, 30, 1000, np.nan])
        f = lambda k, lam: random.poisson(k, lam, (20, 10), "int32")
        yield draw("poisson", seed, f, {"shape": (20, 10)}, [means])
        f = lambda k, p: random.geometric(k, p, (20, 3), "int32")
        yield draw("geometric", seed, f, {"shape": (20, 3)}, [floats([0.02, 0.5, 0.9])])


FAMILIES = {"distributions": (("x32", "x64"), distributions)}
