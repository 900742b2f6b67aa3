"""Writes test/math/*.json: function values correct to the last bit, as lines `x y` or `x y f(x, y)` of binary64 numbers.

Run with mpmath 1.4 (`python -m venv env && env/bin/pip install mpmath==1.4.1 && env/bin/python test/math/reference.py`).
"""

import json
import math
import pathlib
import random

import mpmath as mp

mp.mp.dps = 60
rng = random.Random(20240229)
FOLDER = pathlib.Path(__file__).parent
INF, NAN = math.inf, math.nan


def text(x):
    x = float(x)
    if math.isnan(x):
        return 'NaN'
    return ('-Infinity' if x < 0 else 'Infinity') if math.isinf(x) else repr(x).removesuffix('.0')


def linear(low, up, count):
    return [rng.uniform(low, up) for _ in range(count)]


def geometric(low, up, count):
    """Points of either sign whose logarithms are uniform."""
    return [rng.choice([-1, 1]) * math.exp(rng.uniform(math.log(low), math.log(up))) for _ in range(count)]


def around(x, count):
    """Points at all small distances of x, on both sides."""
    return [x + d for d in geometric(1e-15, 0.3, count)]


def absolute(xs):
    return [abs(x) for x in xs]


EDGES = [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-160, -1e-160, 1.7976931348623157e308]


def lines(f, points, special=()):
    """`special` are pairs that mpmath does not settle; the other points go through f."""
    rows = [f'{text(x)} {text(f(mp.mpf(x)) if x != 0 or text(f(mp.mpf(x))) != "0" else x)}' for x in points]
    return rows + [f'{text(x)} {text(y)}' for x, y in special]


def pair_lines(f, points):
    return [f'{text(x)} {text(y)} {text(f(mp.mpf(x), mp.mpf(y)))}' for x, y in points]


def write(name, tables):
    (FOLDER / f'{name}.json').write_text(json.dumps(tables, indent=2) + '\n')


def erf_inverse(x):
    """Newton's method in 60 digits, on erfc towards the ends."""
    size = abs(x)
    if size == 0:
        return x
    y = mp.mpf(math.sqrt(-math.log(1 - size)) if size > 0.5 else size)
    for _ in range(40):
        residual = mp.erf(y) - size if size < 0.5 else 1 - size - mp.erfc(y)
        step = residual * mp.exp(y * y) * mp.sqrt(mp.pi) / 2
        y -= step
        if abs(step) < y * mp.mpf(10) ** -55:
            return mp.sign(x) * y
    raise ArithmeticError(f'no convergence at {x}')


def log_gamma(x):
    with mp.extradps(30):
        return mp.re(mp.loggamma(x))


def poly_gamma(n):
    def f(x):
        with mp.extradps(60):
            if x > 0:
                return mp.polygamma(n, x)
            cotangent = mp.diff(lambda t: mp.pi * mp.cot(mp.pi * t), x, n)
            return (-1) ** n * mp.polygamma(n, 1 - x) - cotangent

    return f


def main():
    write('erf', {
        'erf': lines(
            mp.erf,
            EDGES[:-1] + linear(-6.2, 6.2, 120) + around(0.5, 60) + geometric(1e-300, 1, 60),
            [(INF, 1), (-INF, -1), (NAN, NAN), (1e308, 1), (-1e308, -1)],
        ),
        'erfc': lines(
            mp.erfc,
            EDGES[:-1] + linear(-6.2, 28.5, 120) + linear(0.5, 6, 200) + around(0.5, 60) + around(-0.5, 20) + linear(26, 27.3, 40) + [27.0, 27.2],
            [(INF, 0), (-INF, 2), (NAN, NAN), (1e308, 0), (-1e308, 2)],
        ),
        'erfInv': lines(
            erf_inverse,
            EDGES[:-1]
            + linear(-1, 1, 120)
            + [math.copysign(1 - abs(d), d) for d in geometric(1e-15, 0.5, 80)]
            + [1 - 2.0**-53, -1 + 2.0**-53]
            + geometric(1e-300, 1, 60),
            [(1, INF), (-1, -INF), (1 + 2.0**-52, NAN), (-2, NAN), (INF, NAN), (NAN, NAN)],
        ),
    })
    write('gamma', {
        'lgamma': lines(
            log_gamma,
            linear(0, 3, 60) + linear(3, 14, 60) + absolute(geometric(1e-300, 1e305, 60)) + around(1, 40) + around(2, 40)
            + linear(-6, 0, 80) + linear(-40, -6, 40) + [5e-324, -5e-324, 2.5e305],
            [(0.0, INF), (-0.0, INF), (1, 0), (2, 0), (-1, INF), (-2, INF), (-1e300, INF), (INF, INF), (-INF, INF), (NAN, NAN),
             (1e306, INF)],
        ),
        'digamma': lines(
            mp.digamma,
            linear(0, 3, 60) + linear(3, 14, 60) + absolute(geometric(1e-300, 1e305, 60)) + around(1.4616321449683623, 60)
            + linear(-6, 0, 80) + linear(-40, -6, 40),
            [(0.0, -INF), (-0.0, INF), (-1, NAN), (-1e300, NAN), (INF, INF), (-INF, NAN), (NAN, NAN)],
        ),
        **{
            f'polygamma{n}': lines(
                poly_gamma(n),
                linear(0, 30, 40) + absolute(geometric(1e-3, 1e3, 40)) + linear(-8, 0, 40),
                [(0.0, at), (-0.0, -at if n % 2 == 0 else at), (-3, pole), (INF, 0), (-INF, NAN), (NAN, NAN)],
            )
            for n, at, pole in [(1, INF, INF), (2, -INF, NAN), (3, INF, INF), (4, -INF, NAN), (7, INF, INF)]
        },
    })
    pairs = list(zip(linear(-30, 30, 60), linear(-30, 30, 60))) + [(x, x + d) for x, d in zip(linear(-9, 9, 60), linear(-2, 2, 60))]
    write('elementary', {
        'logistic': lines(
            lambda x: 1 / (1 + mp.exp(-x)),
            EDGES[:-1] + linear(-745, 40, 60) + linear(-40, 40, 120) + linear(-5, 3, 200),
            [(INF, 1), (-INF, 0), (NAN, NAN), (1e308, 1), (-1e308, 0)],
        ),
        'tanh': lines(
            mp.tanh,
            EDGES[:-1] + linear(-22, 22, 60) + linear(-2, 2, 160) + around(0.8, 40) + geometric(1e-300, 1, 40),
            [(INF, 1), (-INF, -1), (NAN, NAN)],
        ),
        'acosh': lines(
            mp.acosh,
            linear(1, 4, 160) + [1 + abs(d) for d in geometric(1e-15, 1, 60)] + absolute(geometric(1, 1.7e308, 60)) + [1.0],
            [(INF, INF), (1 - 2.0**-53, NAN), (-3, NAN), (NAN, NAN)],
        ),
        'logaddexp': pair_lines(
            lambda a, b: max(a, b) + mp.log1p(mp.exp(-abs(a - b))),
            pairs + [(0.0, x) for x in linear(-740, 40, 60)] + [(1e308, 1e308), (-745.0, 0.0), (1000.0, -1000.0)],
        ),
    })
    asinh, log = lambda x: mp.sign(x) * mp.asinh(abs(x)), linear(0, 5, 20) + absolute(geometric(1e-300, 1e300, 30))
    write('builtin', {
        **{name: lines(getattr(mp, name), linear(-9, 9, 40) + geometric(1e-9, 1e18, 30)) for name in ('sin', 'cos', 'tan')},
        **{name: lines(getattr(mp, name), linear(-1, 1, 50) + geometric(1e-9, 1, 20)) for name in ('asin', 'acos', 'atanh')},
        **{name: lines(getattr(mp, name), linear(-2, 2, 40) + linear(-700, 700, 30)) for name in ('sinh', 'cosh', 'exp', 'expm1')},
        'atan': lines(mp.atan, linear(-4, 4, 40) + geometric(1e-9, 1e18, 30)),
        'asinh': lines(asinh, linear(-4, 4, 40) + geometric(1e-9, 1e300, 30)),
        'cbrt': lines(lambda x: mp.sign(x) * mp.cbrt(abs(x)), linear(-9, 9, 30) + geometric(1e-300, 1e300, 30)),
        'log': lines(mp.log, log + around(1, 30)),
        'log2': lines(lambda x: mp.log(x, 2), log),
        'log10': lines(lambda x: mp.log(x, 10), log),
        'pow': pair_lines(mp.power, list(zip(absolute(geometric(1e-3, 1e3, 60)), linear(-90, 90, 60)))
                          + [(1 + d, 0.7 / d) for d in geometric(1e-9, 0.3, 30)] + [(x, float(n)) for n, x in enumerate(linear(-9, 9, 20))]),
        'atan2': pair_lines(mp.atan2, list(zip(linear(-3, 3, 40) + geometric(1e-99, 1e99, 40), linear(-3, 3, 40) + geometric(1e-99, 1e99, 40)))),
        'log1p': lines(mp.log1p, linear(-1, 3, 40) + geometric(1e-300, 0.9, 30)),
    })
    write('functions', functions(1))


def odd(f):
    return lambda x: mp.sign(x) * f(abs(x))


def functions(scale):
    """The functions that are compiled, where they are smooth and where they are hard."""
    many, few = 80 * scale, 30 * scale

    def positive(low, up, count):
        return absolute(geometric(low, up, count))

    circular = linear(-9, 9, many) + geometric(1e-9, 1e6, few) + geometric(1e6, 1e300, few) + [
        float(n * mp.pi / 2) for n in list(range(1, few)) + [rng.randrange(1 << 50) for _ in range(few)]
    ]
    unit = linear(-1, 1, many) + geometric(1e-9, 1, few) + [math.copysign(1 - abs(d), d) for d in geometric(1e-15, 0.5, few)]
    return {
        'exp': lines(mp.exp, linear(-2, 2, many) + linear(-745, 709.7, many) + geometric(1e-18, 1, few)),
        'expm1': lines(mp.expm1, linear(-2, 2, many) + linear(-60, 709.7, many) + geometric(1e-18, 1, few)),
        'log': lines(mp.log, linear(0, 5, many) + positive(5e-324, 1.7e308, many) + around(1, few)),
        'log1p': lines(mp.log1p, linear(-1, 3, many) + geometric(1e-300, 0.9, many) + positive(1, 1.7e308, few)),
        'rsqrt': lines(lambda x: 1 / mp.sqrt(x), linear(0, 5, few) + positive(5e-324, 1.7e308, few)),
        'cbrt': lines(odd(mp.cbrt), linear(-9, 9, many) + geometric(5e-324, 1.7e308, many)),
        'logistic': lines(lambda x: 1 / (1 + mp.exp(-x)), linear(-5, 5, many) + linear(-745, 40, many)),
        **{name: lines(getattr(mp, name), circular) for name in ('sin', 'cos', 'tan')},
        **{name: lines(getattr(mp, name), unit) for name in ('asin', 'acos', 'atanh')},
        'atan': lines(mp.atan, linear(-4, 4, many) + geometric(1e-9, 1e18, few)),
        **{name: lines(getattr(mp, name), linear(-3, 3, many) + linear(-710.4, 710.4, many) + geometric(1e-9, 1, few))
           for name in ('sinh', 'cosh')},
        'tanh': lines(mp.tanh, linear(-3, 3, many) + linear(-22, 22, few) + geometric(1e-300, 1, few)),
        'asinh': lines(odd(mp.asinh), linear(-4, 4, many) + geometric(1e-9, 1.7e308, many)),
        'acosh': lines(mp.acosh, linear(1, 4, many) + [1 + abs(d) for d in geometric(1e-15, 1, few)] + positive(1, 1.7e308, few)),
        'erf': lines(mp.erf, linear(-6.2, 6.2, many) + geometric(1e-300, 1, few)),
        'erfc': lines(mp.erfc, linear(-6.2, 27.2, many) + linear(-1, 6, many)),
        'erfInv': lines(erf_inverse, unit),
        'lgamma': lines(log_gamma, linear(0, 14, many) + positive(1e-300, 1e305, few) + linear(-20, 0, many) + around(1, few) + around(2, few)),
        'digamma': lines(mp.digamma, linear(0, 14, many) + positive(1e-300, 1e305, few) + linear(-20, 0, many)),
        'pow': pair_lines(mp.power, list(zip(positive(1e-3, 1e3, many), linear(-90, 90, many)))
                          + [(1 + d, 0.7 / d) for d in geometric(1e-9, 0.3, few)]
                          + [(x, float(round(y))) for x, y in zip(linear(-9, 9, many), linear(-99, 99, many))]),
        'atan2': pair_lines(mp.atan2, list(zip(linear(-3, 3, many) + geometric(1e-99, 1e99, few), linear(-3, 3, many) + geometric(1e-99, 1e99, few)))),
        'logaddexp': pair_lines(
            lambda a, b: max(a, b) + mp.log1p(mp.exp(-abs(a - b))), list(zip(linear(-30, 30, many), linear(-30, 30, many)))
        ),
    }


if __name__ == '__main__':
    main()
