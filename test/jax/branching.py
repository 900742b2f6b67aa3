"""Family `branching`: cond, switch and while_loop, alone and in lanes; a result is one vector.

JAX has no reverse mode through while_loop, so a loop is recorded by its values and those of its pushforwards. Where lanes
choose apart, both of JAX's branches reach the gradient, so they are functions without infinite slopes.
"""

import jax
from jax import lax
from jax import numpy as jnp

from iteration import flat, numbers
from record import FLOAT, case

integer = lambda i: jnp.asarray(i, jnp.int32)


def pieces(x):
    return lax.cond(x > 0, lambda x: jnp.sin(x) * x, lambda x: jnp.exp(x) - 1, x)


def captured(x, w):
    y = jnp.tanh(w @ x)
    return lax.cond(jnp.sum(x) > 0, lambda: y * x, lambda: jnp.cos(y) + w[0])


def several(x, y):
    return flat(*lax.cond(x[0] > y[0], lambda a, b: (a * b, jnp.ones_like(a)), lambda a, b: (b, jnp.sin(a)), x, y))


def choice(i, x, w):
    return lax.switch(i, [lambda x: jnp.sin(x) * w, lambda x: jnp.exp(w) - x, lambda x: x * x, lambda _: w], x)


def gated(h, xs):
    step = lambda c, x: lax.cond(x > 0, lambda: (c * x, c), lambda: (c + x, jnp.exp(x)))
    return flat(*lax.scan(step, h, xs))


def conds():
    for sign in (1, -1):
        yield case("cond", pieces, [numbers((), "x") * sign], {"body": "pieces"})
        yield case("cond", captured, [jnp.abs(numbers((3,), "x")) * sign, numbers((3, 3), "w")], {"body": "captured"})
    yield case("cond", several, [numbers((2,), "x"), numbers((2,), "y")], {"body": "several"})
    yield case("cond", several, [numbers((2,), "y"), numbers((2,), "x")], {"body": "several"})
    yield case("cond", jax.vmap(pieces), [numbers((6,), "x")], {"body": "pieces", "lanes": True})
    yield case("cond", gated, [numbers((), "h"), numbers((6,), "gates")], {"body": "gated"})
    yield case("cond", jax.vmap(gated), [numbers((3,), "h"), numbers((3, 4), "gates")], {"body": "gated", "lanes": True})


def switches():
    for i in (-1, 0, 1, 2, 3, 7):
        yield case("branch", choice, [integer(i), numbers((2,), "x"), numbers((2,), "w")])
    lanes = [integer([3, -2, 1, 0, 2, 9]), numbers((6, 2), "x"), numbers((6, 2), "w")]
    yield case("branch", jax.vmap(choice), lanes, {"lanes": True})


def root(a):
    return lax.while_loop(lambda x: jnp.abs(x * x - a) > 1e-3, lambda x: 0.5 * (x + a / x), a)


def power(n, x, w):
    test = lambda c: c[0] < n
    return lax.while_loop(test, lambda c: (c[0] + 1, jnp.sin(c[1] * w) + c[1]), (integer(0), x))[1]


def collatz(n):
    test = lambda c: c[0] > 1
    half = lambda c: lax.cond(c[0] % 2 == 0, lambda: c[0] // 2, lambda: 3 * c[0] + 1)
    return lax.while_loop(test, lambda c: (half(c), c[1] + 1), (n, integer(0)))[1]


def pushed(f, n):
    """The value, the tangent and the tangent of the tangent, all in the directions that come after the arguments."""

    def g(*args):
        xs, ts, held = args[:n], args[n : 2 * n], args[2 * n :]
        f_at = lambda *xs: f(*held, *xs)
        push = lambda *xs: jax.jvp(f_at, xs, ts)[1]
        return flat(f_at(*xs), push(*xs), jax.jvp(push, xs, ts)[1])

    return g


def whiles():
    squares = jnp.asarray([2, 9, 0.25, 100], FLOAT)
    direction = numbers((4,), "direction")
    yield case("whileLoop", root, [squares[0]], {"body": "root"}, order=0)
    yield case("whileLoop", jax.vmap(root), [squares], {"body": "root", "lanes": True}, order=0)
    yield case("whileLoop", jax.vmap(collatz), [integer([1, 2, 3, 6, 7, 27])], {"body": "collatz", "lanes": True}, order=0)
    yield case("pushLoop", pushed(root, 1), [squares[1], direction[1]], {"body": "root"}, order=0)
    yield case("pushLoop", pushed(jax.vmap(root), 1), [squares, direction], {"body": "root", "lanes": True}, order=0)
    for n in (0, 1, 3):
        args = [numbers((2,), role) for role in ("x", "w", "dx", "dw")] + [integer(n)]
        yield case("pushLoop", pushed(power, 2), args, {"body": "power"}, order=0)
    args = [numbers((4, 2), role) for role in ("x", "w", "dx", "dw")] + [integer([0, 3, 1, 2])]
    yield case("pushLoop", pushed(jax.vmap(power), 2), args, {"body": "power", "lanes": True}, order=0)


def branching():
    yield from conds()
    yield from switches()
    yield from whiles()


FAMILIES = {"branching": (("x32", "x64"), branching)}
