"""Computes the polynomials of src/math: near-minimax fits (Chebyshev interpolation, 60 digits), rounded to binary64.

Run with mpmath 1.4 (`python -m venv env && env/bin/pip install mpmath==1.4.1 && env/bin/python test/math/approximate.py`).
Prints each table as TypeScript, highest power first, after the absolute error of the fit before rounding.
"""

import mpmath as mp

mp.mp.dps = 60
TINY = mp.mpf(10) ** -25
PSI_ROOT = mp.findroot(lambda x: mp.psi(0, x), mp.mpf('1.4616321449683623'))


def erf_excess(s):
    """erf(x)/x - 1 at s = x^2."""
    return (2 / mp.sqrt(mp.pi) if s < TINY else mp.erf(mp.sqrt(s)) / mp.sqrt(s)) - 1


def erfc_scaled(t):
    """(1 + 2x) exp(x^2) erfc(x) - 5/4 at t = (x - 15/4) / (x + 15/4)."""
    x = mp.mpf(15) / 4 * (1 + t) / (1 - t)
    if x < 20:
        return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x) - mp.mpf(5) / 4
    term, total, k = mp.mpf(1), mp.mpf(0), 0
    while abs(term) > mp.mpf(10) ** -55:
        total, term, k = total + term, -term * (2 * k + 1) / (2 * x * x), k + 1
    return (1 + 2 * x) / (x * mp.sqrt(mp.pi)) * total - mp.mpf(5) / 4


def lgamma_quotient(x):
    """log Gamma(x) / ((x - 1)(x - 2)), filled in at the zeros."""
    if abs(x - 1) < TINY:
        return mp.euler
    if abs(x - 2) < TINY:
        return 1 - mp.euler
    return mp.loggamma(x) / ((x - 1) * (x - 2))


def digamma_quotient(x):
    """psi(x) / (x - root), filled in at the root."""
    return mp.psi(1, PSI_ROOT) if abs(x - PSI_ROOT) < TINY else mp.psi(0, x) / (x - PSI_ROOT)


def tanh_excess(s):
    """(tanh(x)/x - 1) / x^2 at s = x^2."""
    x = mp.sqrt(s)
    return -mp.mpf(1) / 3 if s < TINY else (mp.tanh(x) / x - 1) / s


def acosh_excess(t):
    """(acosh(1 + t) / sqrt(2 t) - 1) / t."""
    return -mp.mpf(1) / 12 if t < TINY else (mp.acosh(1 + t) / mp.sqrt(2 * t) - 1) / t


def centred(f, centre):
    return lambda u: f(mp.mpf(centre) + u)


K = mp.mpf(15) / 4
FITS = [
    ('erfExcess', erf_excess, 0, '0.25', 10),
    ('erfcScaled', erfc_scaled, (mp.mpf('0.5') - K) / (mp.mpf('0.5') + K), (28 - K) / (28 + K), 25),
    ('lgammaNearOne', centred(lgamma_quotient, '1.125'), '-0.375', '0.375', 23),
    ('lgammaNearTwo', centred(lgamma_quotient, '2.25'), '-0.75', '0.75', 22),
    ('digammaNearRoot', centred(digamma_quotient, '1.75'), '-0.75', '0.75', 28),
    ('tanhExcess', tanh_excess, 0, '0.64', 15),
    ('acoshExcess', acosh_excess, 0, 1, 17),
]


def main():
    high = float(PSI_ROOT)
    print(f'const root = {high!r}\nconst rootTail = {float(PSI_ROOT - high)!r}\n')
    for name, f, low, up, size in FITS:
        coefficients, error = mp.chebyfit(f, [mp.mpf(low), mp.mpf(up)], size, error=True)
        print(f'// {name}: absolute error 2^{float(mp.log(error, 2)):.1f}')
        print(f'const {name} = [{", ".join(repr(float(c)) for c in coefficients)}]\n')


if __name__ == '__main__':
    main()
