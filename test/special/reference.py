"""Writes test/special/reference.json: special functions and slopes correct to the last bit, as lines `x … f(x, …)` of binary64.

Run with mpmath 1.4, as test/math/reference.py says.
"""

import json
import math
import pathlib
import random

import mpmath as mp

mp.mp.dps = 50
rng = random.Random(20240917)


def linear(low, up, count=30):
    return [rng.uniform(low, up) for _ in range(count)]


def geometric(low, up, count=30):
    return [math.exp(rng.uniform(math.log(low), math.log(up))) for _ in range(count)]


def text(x):
    x = float(x)
    return "Infinity" if x == math.inf else "-Infinity" if x == -math.inf else repr(x).removesuffix(".0")


def lines(f, points):
    return [" ".join(map(text, [*point, f(*map(mp.mpf, point))])) for point in points]


def one(*parts):
    return [(x,) for part in parts for x in part]


def ndtri(p):
    x = mp.mpf(0)
    for _ in range(200):
        # on the logarithm, which is concave: Newton's method comes from one side
        step = (mp.log(mp.ncdf(x)) - mp.log(p)) * mp.ncdf(x) / mp.npdf(x)
        x -= step
        if abs(step) < mp.mpf(10) ** -45 * (1 + abs(x)):
            return x
    raise ArithmeticError(f"no convergence at {p}")


def lower(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def upper(a, x):
    return mp.gammainc(a, x, mp.inf, regularized=True)


def outer(a, x):
    """What is beyond x, seen from a: P where x <= a, and Q elsewhere, for a large a; by quadrature of the density."""
    side, deviation = (1 if x > a else -1), mp.sqrt(a)
    distance = abs(x - a) / deviation
    end = 2 * (mp.sqrt(distance**2 + 5 * mp.mp.dps) - distance)
    end = min(end, x / deviation) if side < 0 else end
    rest = lambda u: (a - 1) * mp.log1p(side * u * deviation / x) - side * u * deviation
    integral = mp.quadgl(lambda u: mp.exp(rest(u)), [end * k / 12 * (1 - mp.eps) for k in range(13)])
    return mp.exp((a - 1) * mp.log(x) - x - mp.loggamma(a)) * deviation * integral


def betainc(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def zeta(x, q):
    with mp.workdps(150):
        return mp.zeta(x, q)


def slope(f, k):
    """The partial derivative in operand k, by differences in twice the digits."""

    def derivative(*xs):
        with mp.workdps(120):
            h = mp.mpf(10) ** -35 * (abs(xs[k]) + 1)
            at = lambda d: f(*[x + d if j == k else x for j, x in enumerate(xs)])
            return (at(h) - at(-h)) / (2 * h)

    return derivative


def around(shapes, spread=4.0):
    """Shapes, and points some standard deviations from them."""
    return [(a, abs(a + rng.uniform(-spread, spread) * math.sqrt(a))) for a in shapes]


def beta_points(shapes, spread=4.0):
    points = []
    for a, b in shapes:
        mean = a / (a + b)
        x = mean + rng.uniform(-spread, spread) * math.sqrt(mean * (1 - mean) / (a + b + 1))
        points.append((a, b, x if 0 < x < 1 else rng.uniform(0, 1)))
    return points


gammas = [*zip(geometric(0.05, 20, 60), geometric(0.01, 60, 60)), *around(geometric(5, 1e4, 40))]
few = [*zip(geometric(0.2, 20, 20), geometric(0.1, 40, 20)), *around(geometric(5, 300, 10))]
# Of whole shapes the continued fractions end, and their derivatives do not.
few += [(a, x) for a in (1.0, 2.0, 4.0) for x in (2.5, 4.0, 9.0)]
deviations = [-36, -20, -8, -4, -2, -0.3, 0, 0.3, 1, 3, 5, 8, 15, 30]
large = [(a, a + k * math.sqrt(a)) for a in (200.5, 1e3, 1e5, 1e9, 2.0**53) for k in deviations]
large = [(a, x) for a, x in large if x > a / 4]
body = [(a, x) for a, x in large if x != a and abs(x - a) < 9 * math.sqrt(a)]
betas = [*zip(geometric(0.1, 30, 50), geometric(0.1, 30, 50), linear(0, 1, 50))]
betas += beta_points([*zip(geometric(5, 3000, 30), geometric(5, 3000, 30))])
some = [*zip(geometric(0.3, 20, 12), geometric(0.3, 20, 12), linear(0.02, 0.98, 12))]
some += beta_points([*zip(geometric(5, 100, 6), geometric(5, 100, 6))])
some += [(a, b, x) for a, b in ((2.5, 2.0), (1.5, 1.0), (3.0, 4.0)) for x in (0.25, 0.625)]
pairs = [*zip(geometric(0.01, 1e6, 60), geometric(0.01, 1e6, 60))]
powers = [*zip(geometric(1.01, 60, 50), geometric(0.05, 200, 50))]

TABLES = {
    "logit": (lambda p: mp.log(p / (1 - p)), one(linear(0, 1), geometric(1e-300, 0.1), linear(0.4999, 0.5001))),
    "ndtr": (mp.ncdf, one(linear(-8, 8), linear(-37, 0))),
    "logNdtr": (lambda x: mp.log(mp.ncdf(x)), one(linear(-5, 8), linear(-40, 0), [-13.99, -14.01, -1e3])),
    "logNdtr'": (lambda x: mp.npdf(x) / mp.ncdf(x), one(linear(-5, 8), linear(-40, 0), [-13.99, -14.01, -1e3])),
    "ndtri": (ndtri, one(linear(0, 0.5), geometric(1e-300, 0.5))),
    "gamma": (mp.gamma, one(linear(0, 171.5, 60), linear(0, 12), geometric(1e-300, 1))),
    "gamma of negative numbers": (mp.gamma, one(linear(-30, 0, 60), linear(-170, 0))),
    "betaln": (lambda a, b: mp.log(mp.beta(a, b)), pairs),
    "beta": (mp.beta, [*zip(geometric(0.05, 100, 40), geometric(0.05, 100, 40))]),
    "comb": (mp.binomial, [(n, n * u) for n, u in zip(geometric(0.1, 300, 40), linear(0, 1, 40))]),
    "zeta": (zeta, powers),
    "zeta' x": (slope(zeta, 0), powers[:20]),
    "exp1": (mp.e1, one(geometric(1e-300, 1), linear(0, 3), geometric(1, 700))),
    "i0": (lambda x: mp.besseli(0, x), one(linear(-25, 25), geometric(1e-3, 700))),
    "i1": (lambda x: mp.besseli(1, x), one(linear(-25, 25), geometric(1e-3, 700))),
    "i0e": (lambda x: mp.exp(-abs(x)) * mp.besseli(0, x), one(linear(-25, 25), geometric(1e-3, 1e4))),
    "i1e": (lambda x: mp.exp(-abs(x)) * mp.besseli(1, x), one(linear(-25, 25), geometric(1e-3, 1e4))),
    "gammainc": (lower, [(a, x) for a, x in gammas if x < a + 1]),
    "gammaincc": (upper, [(a, x) for a, x in gammas if x >= a + 1]),
    "gammainc' a": (slope(lower, 0), few),
    "gammainc' x": (slope(lower, 1), few),
    "gammainc of large shapes": (outer, [(a, x) for a, x in large if x <= a]),
    "gammaincc of large shapes": (outer, [(a, x) for a, x in large if x > a]),
    "gammainc' a of large shapes": (slope(outer, 0), [(a, x) for a, x in large if x < a]),
    "gammainc' x of large shapes": (slope(outer, 1), [(a, x) for a, x in large if x < a]),
    "gammainc'' a of large shapes": (slope(slope(outer, 0), 0), [(a, x) for a, x in body if x <= a]),
    "gammaincc'' a of large shapes": (slope(slope(outer, 0), 0), [(a, x) for a, x in body if x > a]),
    "gammainc'' a x of large shapes": (slope(slope(outer, 0), 1), [(a, x) for a, x in body if x <= a]),
    "betainc": (betainc, [(a, b, x) for a, b, x in betas if x < a / (a + b)]),
    "betainc' a": (slope(betainc, 0), some),
    "betainc' b": (slope(betainc, 1), some),
}

tables = {name: lines(f, points) for name, (f, points) in TABLES.items()}
(pathlib.Path(__file__).parent / "reference.json").write_text(json.dumps(tables, indent=2) + "\n")
