"""Writes test/special/edges.json: values and slopes of functions where numbers end, as lines `x f f' f''` of binary64.

The points are powers of two, which are numbers of float32 too, near 0 and large, and the ends of domains. Slopes are
differences in 1500 digits, or formulas in 60; at the ends of a domain they are limits from inside. Run with mpmath 1.4, as
test/math/reference.py says.
"""

import json
import math
import pathlib
import sys

import mpmath as mp

INF = math.inf
TINY = [-1070, -664, -145, -66, -27, -13]
LARGE = [1, 3, 5, 13, 27, 66, 120, 664, 1000]
CLOSE = [1 - 2.0**-k for k in (1, 3, 10, 24)]


def text(x, exact=False):
    x = float(x)
    if math.isnan(x):
        return "NaN"
    # Points have few bits, and twelve digits tell values from wrong ones.
    return ("-Infinity" if x < 0 else "Infinity") if math.isinf(x) else (repr(x) if exact else f"{x:.12g}").removesuffix(".0")


def binary(x):
    """Rounded to the nearest binary64; beyond them infinite, and 0 of either sign is 0."""
    if not isinstance(x, mp.mpf):
        return math.nan
    try:
        return float(x)
    except OverflowError:
        return math.copysign(INF, x)


# --- derivatives
def differences(f, x, distance=1):
    """f and its first two derivatives at x, which is at a distance from the end of a domain."""
    size = min(abs(x), distance) if x != 0 else mp.mpf(10) ** -300
    h = size * mp.mpf(10) ** -100
    low, middle, high = f(x - h), f(x), f(x + h)
    return [middle, (high - low) / (2 * h), (high - 2 * middle + low) / h**2]


def at(fs, x, distance=1):
    return [g(x) for g in fs] if isinstance(fs, list) else differences(fs, x, distance)


def limit(near, nearer):
    """The limit of a sequence that is constant, goes to 0 or grows, from two of its members."""
    if abs(nearer) > 1.3 * abs(near) and abs(nearer) > 30:
        return mp.sign(nearer) * mp.inf
    return mp.mpf(0) if abs(nearer) < abs(near) / 1000 else nearer


def at_end(fs, end, inside):
    places = [mp.mpf(10) ** n for n in (400, 800)] if math.isinf(end) else [mp.mpf(10) ** -n for n in (400, 800)]
    xs = [-inside * p if math.isinf(end) else end + inside * p for p in places]
    return [limit(*pair) for pair in zip(*[at(fs, x, min(p, 1)) for x, p in zip(xs, places)])]


# --- functions
def softened(b):
    return lambda x: (x + mp.sqrt(x * x + b)) / 2 if x >= 0 else b / 2 / (mp.sqrt(x * x + b) - x)


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    # what log1p drops below the digits is a slope, too
    return mp.log(1 + mp.exp(x)) if x > -2000 else mp.exp(x) - mp.exp(2 * x) / 2


def erfc(x):
    if abs(x) > 10**10:
        return mp.mpf(0 if x > 0 else 2)
    return mp.erfc(x)


def gaussian(x):
    return 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


def ncdf(x):
    return erfc(-x / mp.sqrt(2)) / 2


def npdf(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def hazard(x):
    """The slope of the logarithm of ncdf; by its asymptotic series where that has all digits."""
    if x > -10**6:
        return npdf(x) / ncdf(x) if x < 10**10 else mp.mpf(0)
    return -x * (1 - 1 / x**2 + 3 / x**4 - 15 / x**6 + 105 / x**8 - 945 / x**10 + 10395 / x**12) ** -1


def lognormal(x):
    if x > -10**6:
        return mp.log1p(-ncdf(-x)) if x > 0 else mp.log(ncdf(x))
    return -x * x / 2 - mp.log(mp.sqrt(2 * mp.pi)) - mp.log(hazard(x))


def hazard_slope(x):
    if x > -10**6:
        return -hazard(x) * (x + hazard(x))
    return -1 + x**-2 * (1 - 6 / x**2)


def inverse(f, slope, x):
    y = mp.mpf(0)
    for _ in range(200):
        step = (f(y) - x) / slope(y)
        y -= step
        if abs(step) < mp.mpf(10) ** -45 * (abs(y) + mp.mpf(10) ** -400):
            return y
    raise ArithmeticError(x)


def erf_inverse(x):
    if abs(x) == 1:
        return x * mp.inf
    if abs(x) < mp.mpf(10) ** -60:
        return x * mp.sqrt(mp.pi) / 2
    return mp.erfinv(x)


def gelu(cdf):
    return lambda x: x * cdf(x)


def approximate(x):
    u = mp.sqrt(2 / mp.pi) * (x + mp.mpf(44715) / 10**6 * x**3)
    return x * logistic(2 * u)


def bessel(n):
    return lambda x: mp.besseli(n, x)


def scaled(n, k=0):
    """exp(-|x|) I_n(x) for x > 0 or small, by the asymptotic series far away, and its derivatives by recurrences."""
    def value(n, x):
        if abs(x) < 10**5:
            return mp.exp(-abs(x)) * mp.besseli(n, x)
        a, total, size = mp.mpf(1), mp.mpf(0), abs(x)
        for j in range(30):
            total += a
            a *= -mp.mpf(4 * n * n - (2 * j + 1) ** 2) / (8 * (j + 1) * size)
        return total / mp.sqrt(2 * mp.pi * size) * (-1 if n % 2 and x < 0 else 1)

    def derivative(n, k, x):
        if k == 0:
            return value(abs(n), x)
        inner = (derivative(n - 1, k - 1, x) + derivative(n + 1, k - 1, x)) / 2
        return inner - mp.sign(x) * derivative(n, k - 1, x)

    return lambda x: derivative(n, k, x)


def each(f, *slopes):
    return [f, *slopes]


def both(exponents):
    return [sign * 2.0**k for k in exponents for sign in (1, -1)]


SMALL = both(TINY) + [0.5, -0.5]
ALL = [0.0, *SMALL, 1.0, -1.0, *both(LARGE), INF, -INF]
UPPER = [0.0, *[2.0**k for k in TINY], 0.5, 1.0, *[2.0**k for k in LARGE], INF]
UNIT = [0.0, *SMALL, *CLOSE, *[-x for x in CLOSE], 1.0, -1.0]
CHANCE = [0.0, *[2.0**k for k in TINY], *CLOSE, 1.0]
# Where sine and cosine have a limit, and float32 their digits.
BOUNDED = [x for x in ALL if abs(x) < 2.0**130]

FUNCTIONS = {
    "exp": (mp.exp, ALL),
    "exp2": (lambda x: mp.mpf(2) ** x, ALL),
    "expm1": (lambda x: mp.exp(x) - 1, ALL),
    "log": (mp.log, UPPER),
    "log2": (lambda x: mp.log(x, 2), UPPER),
    "log10": (mp.log10, UPPER),
    "log1p": (lambda x: mp.log(1 + x), [0.0, *SMALL, *[-x for x in CLOSE], -1.0, 1.0, *[2.0**k for k in LARGE], INF]),
    "sqrt": (mp.sqrt, UPPER),
    "rsqrt": (lambda x: 1 / mp.sqrt(x), UPPER),
    "cbrt": (mp.cbrt, UPPER),
    "reciprocal": (lambda x: 1 / x, UPPER),
    "square": (lambda x: x * x, ALL),
    "logistic": (logistic, ALL),
    "sin": (mp.sin, BOUNDED),
    "cos": (mp.cos, BOUNDED),
    "tan": (mp.tan, BOUNDED),
    "asin": (mp.asin, UNIT),
    "acos": (mp.acos, UNIT),
    "atan": (mp.atan, ALL),
    "sinh": (mp.sinh, ALL),
    "cosh": (mp.cosh, ALL),
    "tanh": (mp.tanh, ALL),
    "asinh": (lambda x: mp.asinh(x) if x > 0 else -mp.asinh(-x), ALL),
    "acosh": (mp.acosh, [1.0, *[1 + 2.0**-k for k in (1, 3, 10, 23)], *[2.0**k for k in LARGE], INF]),
    "atanh": (mp.atanh, UNIT),
    "sinc": (lambda x: mp.sin(mp.pi * x) / (mp.pi * x) if x != 0 else mp.mpf(1), [0.0, *SMALL]),
    "erf": (each(lambda x: 1 - erfc(x) if x > 1 else mp.erf(x) if abs(x) < 10**10 else mp.sign(x), gaussian,
                 lambda x: -2 * x * gaussian(x)), ALL),
    "erfc": (each(erfc, lambda x: -gaussian(x), lambda x: 2 * x * gaussian(x)), ALL),
    "erfInv": (each(erf_inverse, lambda x: 1 / gaussian(erf_inverse(x)),
                    lambda x: 2 * erf_inverse(x) / gaussian(erf_inverse(x)) ** 2), UNIT),
    "lgamma": (each(mp.loggamma, mp.digamma, lambda x: mp.psi(1, x)), UPPER),
    "digamma": (each(mp.digamma, lambda x: mp.psi(1, x), lambda x: mp.psi(2, x)), UPPER),
    "softplus": (softplus, ALL),
    "logSigmoid": (lambda x: -softplus(-x), ALL),
    "silu": (lambda x: x * logistic(x), ALL),
    "mish": (lambda x: x * mp.tanh(softplus(x)), ALL),
    "gelu": (approximate, ALL),
    "gelu of erf": (each(lambda x: x * ncdf(x), lambda x: ncdf(x) + x * npdf(x), lambda x: (2 - x * x) * npdf(x)), ALL),
    "squareplus": (softened(4), ALL),
    "logCosh": (lambda x: mp.log(mp.cosh(x)), ALL),
    "expit": (logistic, ALL),
    "logit": (lambda x: mp.log(x / (1 - x)), CHANCE),
    "entr": (lambda x: -x * mp.log(x), UPPER),
    "ndtr": (each(ncdf, npdf, lambda x: -x * npdf(x)), ALL),
    "logNdtr": (each(lognormal, hazard, hazard_slope), ALL),
    "ndtri": (each(lambda p: mp.sqrt(2) * erf_inverse(2 * p - 1),
                   lambda p: 1 / npdf(mp.sqrt(2) * erf_inverse(2 * p - 1)),
                   lambda p: mp.sqrt(2) * erf_inverse(2 * p - 1) / npdf(mp.sqrt(2) * erf_inverse(2 * p - 1)) ** 2),
              [2.0**-83, 2.0**-27, *CLOSE]),
    "gamma": (each(mp.gamma, lambda x: mp.gamma(x) * mp.digamma(x),
                   lambda x: mp.gamma(x) * (mp.digamma(x) ** 2 + mp.psi(1, x))), UPPER[1:]),
    "i0": (each(bessel(0), bessel(1), lambda x: (bessel(0)(x) + bessel(2)(x)) / 2),
           [x for x in BOUNDED if abs(x) < 3000]),
    "i1": (each(bessel(1), lambda x: (bessel(0)(x) + bessel(2)(x)) / 2,
                lambda x: (3 * bessel(1)(x) + bessel(3)(x)) / 4), [x for x in BOUNDED if abs(x) < 3000]),
    "i0e": (each(scaled(0), scaled(0, 1), scaled(0, 2)), UPPER[1:-1]),
    "i1e": (each(scaled(1), scaled(1, 1), scaled(1, 2)), UPPER[1:-1]),
    "exp1": (each(lambda x: mp.e1(x) if x < 2000 else mp.mpf(0), lambda x: -mp.exp(-x) / x,
                  lambda x: mp.exp(-x) / x * (1 + 1 / x)), UPPER[1:-1]),
    "zeta": (each(mp.zeta, lambda x: mp.zeta(x, derivative=1), lambda x: mp.zeta(x, derivative=2)),
             [1.125, 2.0, 3.0, 8.0, 32.0, 128.0]),
}


def lines(name, fs, points):
    ends = {point for point in points if abs(point) == INF or (points in (UNIT, CHANCE) and abs(point) == 1)}
    if points in (CHANCE, UPPER) or name == "acosh":
        ends.add(min(points))
    if name == "log1p":
        ends.add(-1.0)
    rows = []
    for point in points:
        # scaled Bessel functions cancel in their recurrences
        mp.mp.dps = 3000 if point in ends else 1200 if name in ("i0e", "i1e") else 60 if isinstance(fs, list) else 1500
        ys = at_end(fs, point, 1 if point == min(points) else -1) if point in ends else at(fs, mp.mpf(point))
        rows.append(" ".join([text(point, exact=True), *[text(binary(y)) for y in ys]]))
    return rows


# --- functions of two numbers
SIZES = [2.0**k for k in (-1070, -664, -66, -1)] + [3.0] + [2.0**k for k in (66, 664, 1000)]
PAIRS = [(x, y) for x in SIZES for y in SIZES]
POWERS = [(x, y) for x in SIZES[1:] for y in (0.5, 2.0, 3.0, 2.0**66)]


def logaddexp(base):
    # from the larger one on, without what its digits would hide
    return lambda x, y: max(x, y) + mp.log1p(base ** -abs(x - y)) / mp.log(base)


FUNCTIONS_OF_TWO = {
    # not where the mixed slope cancels, or slopes of slopes are near the largest number
    "atan2": (mp.atan2, [(y, x) for y, x in PAIRS if x != y and max(x, y) > 2.0**-600]),
    "hypot": (lambda x, y: mp.sqrt(x * x + y * y), PAIRS),
    "div": (lambda x, y: x / y, PAIRS),
    "pow": (lambda x, y: mp.exp(y * mp.log(x)), POWERS),
    "logaddexp": (logaddexp(mp.e), [(0.0, 0.0), (1.0, 1.0), (2.0**66, 2.0**66), (-3.0, 5.0), (2.0**-66, 0.0), (2.0**664, 1.0)]),
    "logaddexp2": (logaddexp(mp.mpf(2)), [(0.0, 0.0), (-1.0, -1.0), (2.0**66, 2.0**66), (-3.0, 5.0), (2.0**-66, 0.0)]),
    "xlogy": (lambda x, y: x * mp.log(y), PAIRS),
    "xlog1py": (lambda x, y: x * mp.log(1 + y), PAIRS),
    "relEntr": (lambda p, q: p * mp.log(p / q), PAIRS),
    "klDiv": (lambda p, q: p * mp.log(p / q) - p + q, PAIRS),
}


def second(low, middle, high):
    return high - 2 * middle + low


def first(low, middle, high):
    """0 where nothing is left of it beside the second difference: at an extremum."""
    difference = (high - low) / 2
    return difference if abs(difference) > mp.mpf(10) ** -50 * abs(second(low, middle, high)) else mp.mpf(0)


def lines_of_two(f, points):
    """x y f f_x f_y f_xx f_xy f_yy"""
    rows = []
    mp.mp.dps = 2500
    for point in points:
        at = [mp.mpf(z) for z in point]
        h, k = [min(abs(z), 1) * mp.mpf(10) ** -100 if z != 0 else mp.mpf(10) ** -300 for z in at]
        g = {(i, j): f(at[0] + i * h, at[1] + j * k) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        along, across = [(d(-1), d(0), d(1)) for d in (lambda i: g[i, 0], lambda j: g[0, j])]
        mixed = (g[1, 1] - g[1, -1] - g[-1, 1] + g[-1, -1]) / (4 * h * k)
        ys = [g[0, 0], first(*along) / h, first(*across) / k, second(*along) / h**2, mixed, second(*across) / k**2]
        rows.append(" ".join([*[text(z, exact=True) for z in point], *[f"{binary(y):.9g}".replace("inf", "Infinity") for y in ys]]))
    return rows


if __name__ == "__main__":
    path = pathlib.Path(__file__).parent / "edges.json"
    # The tables that are named, or all of them.
    named = sys.argv[1:]
    tables = json.loads(path.read_text()) if named else {"one": {}, "two": {}}
    for name, (fs, points) in FUNCTIONS.items():
        if not named or name in named:
            tables["one"][name] = lines(name, fs, points)
    for name, (f, points) in FUNCTIONS_OF_TWO.items():
        if not named or name in named:
            tables["two"][name] = lines_of_two(f, points)
    path.write_text(json.dumps(tables, indent=1) + "\n")
