"""Family `rules`: functions whose derivative is a rule, roots and linear solves; a result is one vector.

JAX has no forward mode through custom_vjp. Of such a function the gradient is recorded, as a function of its own. Where
the rule is not true and the value is differentiated again, JAX takes the derivative of `fwd` and freegrad the rule: there
the gradient alone is recorded.
"""

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from record import FLOAT, case

flat = lambda *xs: jnp.concatenate([jnp.ravel(x) for x in xs])


def numbers(shape, role):
    """Multiples of 1/64 up to 1 in size."""
    state = np.random.RandomState(len(role) + 31 * len(shape) + sum(shape))
    return jnp.asarray(state.randint(-64, 65, shape) / 64, FLOAT)


# --- functions with rules


@jax.custom_jvp
def log1pexp(x):
    return jnp.log1p(jnp.exp(x))


log1pexp.defjvp(lambda xs, dxs: (log1pexp(xs[0]), dxs[0] * (1 - 1 / (1 + jnp.exp(xs[0])))))


@jax.custom_jvp
def through(x):
    return jnp.round(x)


through.defjvp(lambda xs, dxs: (through(xs[0]), dxs[0]))


@jax.custom_jvp
def untrue(x, y):
    """sin(x)·y, with a derivative that is not true, so that nothing else can be taken for it."""
    return jnp.sin(x) * y


untrue.defjvp(lambda xs, dxs: (untrue(*xs), dxs[0] * xs[0] * xs[1] + dxs[1] * jnp.exp(xs[0])))


@jax.custom_vjp
def product(x, y):
    return x * jnp.sin(y)


product.defvjp(
    lambda x, y: (x * jnp.sin(y), (x, y)),
    lambda xy, ct: (ct * jnp.sin(xy[1]), ct * xy[0] * jnp.cos(xy[1])),
)


@jax.custom_vjp
def false(x, y):
    """As `untrue`, in reverse mode."""
    return jnp.sin(x) * y


false.defvjp(lambda x, y: (jnp.sin(x) * y, (x, y)), lambda xy, ct: (ct * xy[0] * xy[1], ct * jnp.exp(xy[0])))


@jax.custom_vjp
def clipped(x):
    return x


clipped.defvjp(lambda x: (x, None), lambda _, ct: (jnp.clip(ct, -1, 1),))

total = lambda f: lambda *xs: jnp.sum(f(*xs))
gradient = lambda f, n: lambda *xs: flat(*jax.grad(total(f), argnums=tuple(range(n)))(*xs))


def functions():
    xs = jnp.asarray([-1000, -3, -0.5, 0, 0.25, 2, 30], FLOAT)
    yield case("log1pexp", log1pexp, [xs])
    yield case("log1pexp", jax.vmap(log1pexp), [numbers((5,), "x")])
    yield case("through", lambda x, y: through(x * 3) * y, [numbers((5,), "x"), numbers((5,), "y")])
    pair = [numbers((4,), "x"), numbers((4,), "y")]
    yield case("untrue", untrue, pair)
    yield case("untrue", jax.vmap(untrue, (None, 0)), [numbers((), "shared"), numbers((4,), "y")])
    yield case("product", gradient(product, 2), pair)
    shared = lambda x, y: jax.vmap(product, (None, 0))(x, y)
    yield case("product", gradient(shared, 2), [numbers((), "shared"), numbers((4,), "y")])
    yield case("false", gradient(false, 2), pair)
    each = lambda x, y: jax.vmap(jax.grad(false, argnums=(0, 1)))(x, y)
    yield case("false", lambda x, y: flat(*each(x, y)), pair)
    weights = jnp.asarray([0.5, 3, -2, 0.25], FLOAT)
    yield case("clipped", gradient(lambda x, y: clipped(jnp.sin(x) * y) * weights, 2), pair)


def iterated():
    def inside(f):
        step = lambda c, x: (f(c, x) + 0.5 * c, f(x, c))
        return lambda c, xs: flat(*lax.scan(step, c, xs))

    at = [numbers((), "c"), numbers((4,), "xs")]
    yield case("scanned", inside(untrue), at, {"body": "untrue"})
    yield case("scanned", gradient(inside(product), 2), at, {"body": "product"})
    yield case("falseScanned", gradient(inside(false), 2), at, order=0)


# --- implicit functions


def newton(f, x):
    return lax.fori_loop(0, 20, lambda _, x: x - f(x) / (3 * x * x + 1), x)


def cubic(s, w):
    """x with x³ + x = s·w."""
    return lax.custom_root(lambda x: x**3 + x - s * w, jnp.zeros_like(s), newton, lambda g, y: y / g(jnp.ones_like(y)))


def dense(matvec, b):
    """The solution by Cramer's rule, of two equations."""
    a, c = matvec(jnp.asarray([1, 0], b.dtype)), matvec(jnp.asarray([0, 1], b.dtype))
    det = a[0] * c[1] - c[0] * a[1]
    return jnp.stack([c[1] * b[0] - c[0] * b[1], a[0] * b[1] - a[1] * b[0]]) / det


def system(w, s):
    """x with w·x + x³ = s, all of two equations."""
    f = lambda x: w @ x + x**3 + 4 * x - s
    step = lambda _, x: x - dense(lambda v: jax.jvp(f, (x,), (v,))[1], f(x))
    return lax.custom_root(f, jnp.zeros_like(s), lambda f, x: lax.fori_loop(0, 20, step, x), dense)


def solution(w, b):
    a = w + 4 * jnp.eye(2, dtype=b.dtype)
    return lax.custom_linear_solve(lambda x: a @ x, b, dense, dense)


def symmetric(w, b):
    a = w @ w.T + jnp.eye(2, dtype=b.dtype)
    return lax.custom_linear_solve(lambda x: a @ x, b, dense, symmetric=True)


def implicit():
    yield case("cubic", cubic, [numbers((), "s"), numbers((), "w")])
    yield case("cubic", jax.vmap(cubic, (0, None)), [numbers((3,), "s"), numbers((), "w")])
    w, b = numbers((2, 2), "w"), numbers((2,), "b")
    yield case("system", system, [w, b])
    yield case("solution", solution, [w, b])
    yield case("symmetric", symmetric, [w, b])
    rows = numbers((3, 2), "rows")
    for name, f in (("system", system), ("solution", solution), ("symmetric", symmetric)):
        yield case(name, jax.vmap(f, (None, 0)), [w, rows])


def rules():
    yield from functions()
    yield from iterated()
    yield from implicit()


FAMILIES = {"rules": (("x32", "x64"), rules)}
