"""Computes the polynomials of src/compile/functions: near-minimax fits, each coefficient rounded before the next is fitted.

Run with mpmath 1.4 (`python -m venv env && env/bin/pip install mpmath==1.4.1 && env/bin/python test/math/approximate_vectors.py`).
Prints each table as TypeScript, highest power first, after the largest error of the rounded fit by its weight. Names
tell which: `approximate_vectors.py expRest32 log` prints those that begin so.
"""

import struct
import sys

import mpmath as mp

mp.mp.dps = 50
TINY = mp.mpf(10) ** -30


def single(x):
    return mp.mpf(struct.unpack('f', struct.pack('f', float(x)))[0])


def double(x):
    return mp.mpf(float(x))


def nodes(low, high, count):
    return [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * count)) for k in range(count)]


def least_squares(f, weight, low, high, size):
    """The coefficients, lowest first, of least weighted squares over Chebyshev's nodes."""
    points = nodes(low, high, 3 * size + 10)
    a = mp.matrix([[weight(x) * x**k for k in range(size)] for x in points])
    b = mp.matrix([weight(x) * f(x) for x in points])
    return list(mp.lu_solve(a, b))


def fit(f, weight, low, high, size, rounded, fixed=()):
    """Coefficients, lowest first: the lowest is rounded, and the others are fitted again to what is left."""
    done = [mp.mpf(c) for c in fixed]
    while len(done) < size:
        k = len(done)
        rest = lambda x: (f(x) - sum(c * x**i for i, c in enumerate(done))) / x**k
        done.append(rounded(least_squares(rest, lambda x: weight(x) * x**k, low, high, size - k)[0]))
    worst = max(abs(weight(x) * (f(x) - mp.polyval(done[::-1], x))) for x in nodes(low, high, 400))
    return done[::-1], worst


def one(_):
    return mp.mpf(1)


def exp_rest(r):
    """(e^r - 1 - r) / r^2."""
    return (mp.expm1(r) - r) / r**2 if abs(r) > TINY else mp.mpf(1) / 2


def log_rest(z):
    """(log((1 + s) / (1 - s)) / s - 2) / z at s = sqrt(z)."""
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) / s - 2) / z if z > TINY else mp.mpf(2) / 3


def log_power(f):
    """(log(1 + f) - f + f^2 / 2) / f^3."""
    return (mp.log1p(f) - f + f**2 / 2) / f**3 if abs(f) > mp.mpf(10) ** -12 else mp.mpf(1) / 3


def sin_rest(z):
    r = mp.sqrt(z)
    return (mp.sin(r) / r - 1) / z if z > TINY else -mp.mpf(1) / 6


def cos_rest(z):
    r = mp.sqrt(z)
    return (mp.cos(r) - 1 + z / 2) / z**2 if z > mp.mpf(10) ** -15 else mp.mpf(1) / 24


def tanh_rest(z):
    x = mp.sqrt(z)
    return (mp.tanh(x) / x - 1) / z if z > TINY else -mp.mpf(1) / 3



def asin_rest(z):
    s = mp.sqrt(z)
    return (mp.asin(s) / s - 1) / z if z > TINY else mp.mpf(1) / 6


def atan_rest(z):
    s = mp.sqrt(z)
    return (mp.atan(s) / s - 1) / z if z > TINY else -mp.mpf(1) / 3


def sinh_rest(z):
    s = mp.sqrt(z)
    return (mp.sinh(s) / s - 1) / z if z > TINY else mp.mpf(1) / 6


def log_tail(z):
    """((log((1 + s) / (1 - s)) / s - 2) / z - 2/3) / z at s = sqrt(z)."""
    return (log_rest(z) - mp.mpf(2) / 3) / z if z > mp.mpf(10) ** -12 else mp.mpf(2) / 5



def erf_rest(z):
    """(erf(x) / x - 1) at x = sqrt(z)."""
    x = mp.sqrt(z)
    return (2 / mp.sqrt(mp.pi) if z < TINY else mp.erf(x) / x) - 1


def erfc_slope(x):
    """-log(erfc(x)) / x - 1, which is what erf is computed from where it is near 1."""
    return -mp.log(mp.erfc(x)) / x - 1


HALF_LN2 = mp.log(2) / 2 * mp.mpf('1.0001')
QUARTER = (mp.pi / 4 * mp.mpf('1.0001')) ** 2
ROOT = mp.sqrt(2)
SMOOTH = (ROOT - 1) ** 2 / (ROOT + 1) ** 2 * mp.mpf('1.001')
NIL = mp.mpf(10) ** -9

FITS = [
    ('expRest', exp_rest, lambda r: r**2, -HALF_LN2, HALF_LN2, 11, double),
    ('expRest32', exp_rest, lambda r: r**2, -HALF_LN2, HALF_LN2, 5, single),
    ('logRest', log_rest, lambda z: z, NIL, SMOOTH, 7, double),
    ('logPower32', log_power, lambda f: f**2, 1 / ROOT - 1, ROOT - 1, 8, single),
    ('sinRest', sin_rest, lambda z: z, NIL, QUARTER, 6, double),
    ('sinRest32', sin_rest, lambda z: z, NIL, QUARTER, 3, single),
    ('cosRest', cos_rest, lambda z: z**2, NIL, QUARTER, 6, double),
    ('cosRest32', cos_rest, lambda z: z**2, NIL, QUARTER, 3, single),
    ('asinRest', asin_rest, lambda z: z, NIL, mp.mpf('0.2501'), 13, double),
    ('atanRest', atan_rest, lambda z: z, NIL, (ROOT - 1) ** 2 * mp.mpf('1.001'), 12, double),
    ('sinhRest', sinh_rest, lambda z: z, NIL, mp.mpf(1), 8, double),
    ('logTail', log_tail, lambda z: z**2, NIL, SMOOTH, 7, double),
    ('erfRest32', erf_rest, one, NIL, mp.mpf('0.93') ** 2, 6, single),
    ('erfcSlope32', erfc_slope, lambda x: x * mp.erfc(x), mp.mpf('0.92'), mp.mpf(4), 6, single),
    ('asinRest32', asin_rest, lambda z: z, NIL, mp.mpf('0.2501'), 5, single),
    ('sinhRest32', sinh_rest, lambda z: z, NIL, mp.mpf(1), 3, single),
    ('atanRest32', atan_rest, lambda z: z, NIL, (ROOT - 1) ** 2 * mp.mpf('1.001'), 5, single),
    ('cubeRoot', mp.cbrt, lambda x: 1 / mp.cbrt(x), 1 / ROOT / 2 * mp.mpf('0.99'), 2 * ROOT * mp.mpf('1.01'), 5, double),
    ('tanhRest', tanh_rest, lambda z: z, NIL, mp.mpf('0.36'), 11, double),
    ('tanhRest32', tanh_rest, lambda z: z, NIL, mp.mpf('0.36'), 5, single),
]


def main():
    for name, f, weight, low, high, size, rounded in FITS:
        if len(sys.argv) > 1 and not any(name.startswith(each) for each in sys.argv[1:]):
            continue
        coefficients, error = fit(f, weight, mp.mpf(low), mp.mpf(high), size, rounded)
        print(f'// {name}: error 2^{float(mp.log(error, 2)):.1f}')
        print(f'const {name} = [{", ".join(repr(float(c)) for c in coefficients)}]\n', flush=True)


if __name__ == '__main__':
    main()
