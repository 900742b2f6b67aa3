"""Family `iteration`: scan, fori_loop, map and associative_scan, with bodies of several kinds; a result is one vector."""

import numpy as np
from jax import lax
from jax import numpy as jnp

from record import FLOAT, case

flat = lambda *xs: jnp.concatenate([jnp.ravel(x) for x in xs])


def numbers(shape, role):
    """Multiples of 1/64 up to 1 in size."""
    state = np.random.RandomState(len(role) + 31 * len(shape) + sum(shape))
    return jnp.asarray(state.randint(-64, 65, shape) / 64, FLOAT)


def linear(c, x):
    return c * 0.5 + x, c - x


def pendulum(c, x):
    angle, speed = c
    speed = speed - 0.125 * jnp.sin(angle) + x
    return (angle + 0.125 * speed, speed), jnp.cos(angle)


def scans():
    for n in (0, 1, 5):
        for reverse in (False, True):
            params = {"body": "linear", "reverse": reverse}
            f = lambda c, xs: flat(*lax.scan(linear, c, xs, reverse=reverse))
            yield case("scan", f, [numbers((2,), "init"), numbers((n, 2), "xs")], params)
    f = lambda a, s, xs: (lambda last, ys: flat(*last, ys))(*lax.scan(pendulum, (a, s), xs))
    yield case("scan", f, [numbers((), "angle"), numbers((), "speed"), numbers((6,), "xs")], {"body": "pendulum"})

    def rnn(w, u, h, xs):
        step = lambda h, x: (lambda y: (y, y * h))(jnp.tanh(w @ h + u * x))
        return flat(*lax.scan(step, h, xs))

    shapes = {"w": (3, 3), "u": (3,), "h": (3,), "xs": (4, 3)}
    yield case("scan", rnn, [numbers(shape, role) for role, shape in shapes.items()], {"body": "rnn"})

    def counter(h, xs):
        step = lambda c, x: ((c[0] + 1, jnp.sin(c[1] * (c[0] + 1) + x)), c[1] * c[1])
        last, ys = lax.scan(step, (jnp.asarray(0, jnp.int32), h), xs)
        return flat(last[1], ys)

    yield case("scan", counter, [numbers((), "h"), numbers((4,), "xs")], {"body": "counter"})

    def nested(h, xs):
        inner = lambda c, x: (c * x + h, c * c)
        outer = lambda c, row: (lambda d, ys: (jnp.sin(d), ys))(*lax.scan(inner, c, row, reverse=True))
        return flat(*lax.scan(outer, h, xs))

    yield case("scan", nested, [numbers((), "h"), numbers((3, 2), "xs")], {"body": "nested"})

    def gated(h, xs):
        step = lambda c, x: (jnp.where(x > 0, c * x, c + x), jnp.where(x > 0, c, jnp.exp(x)))
        return flat(*lax.scan(step, h, xs))

    yield case("scan", gated, [numbers((), "h"), numbers((6,), "gates")], {"body": "gated"})


def loops():
    power = lambda x: lax.fori_loop(2, 6, lambda i, c: jnp.cos(c * x) + i, x)
    yield case("foriLoop", power, [numbers((3,), "x")])
    yield case("mapLoop", lambda xs: lax.map(lambda x: jnp.sin(x) * jnp.sum(x), xs), [numbers((3, 2), "xs")])


def associative():
    affine = lambda p, q: (p[0] * q[0], q[0] * p[1] + q[1])
    for n in (1, 2, 7, 8):
        for reverse in (False, True):
            f = lambda a, b: flat(*lax.associative_scan(affine, (a, b), reverse=reverse))
            yield case("associativeScan", f, [numbers((n, 2), "a"), numbers((n, 2), "b")], {"reverse": reverse})


def iteration():
    yield from scans()
    yield from loops()
    yield from associative()


FAMILIES = {"iteration": (("x32", "x64"), iteration)}
