"""The workloads with JAX on the CPU. Reads lines `numbers NAME` and `time NAME SECONDS`, answers each with a line of JSON."""

import jax
import jax.numpy as jnp
import numpy as onp
from protocol import answer, numbers

f32 = jnp.float32


def regression_loss(inputs, targets):
    def loss(W, b):
        p = jax.nn.sigmoid(inputs @ W + b)
        return -jnp.sum(jnp.log(jnp.where(targets, p, 1 - p)))

    return loss


def slope():
    f = jax.jit(jax.grad(lambda x: x**3 + 2 * x**2 - 3 * x + 1))
    return lambda: [f(1.5)]


def regression():
    inputs = jnp.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]], f32)
    loss = regression_loss(inputs, jnp.array([True, True, False, True]))
    f = jax.jit(jax.value_and_grad(loss, (0, 1)))
    W, b = jnp.array(numbers(3, 1)), jnp.array(0.25, f32)

    def run():
        value, (dW, db) = f(W, b)
        return [value, dW, db]

    return run


def rosenbrock():
    f = jax.jit(jax.hessian(lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)))
    x = jnp.array(numbers(20, 3))
    return lambda: [f(x)]


def batched():
    f = jax.jit(jax.vmap(jax.grad(lambda x: jnp.sin(x) * x**2)))
    x = jnp.array(numbers(100_000, 5))
    return lambda: [f(x)]


def long_sum():
    f = jax.jit(jax.value_and_grad(lambda x: jnp.sum(jnp.tanh(x) * jnp.exp(-(x**2)) + jnp.log(1 + x**2))))
    x = jnp.array(numbers(1_000_000, 7))
    return lambda: list(f(x))


def large_regression():
    x = jnp.array(numbers(10_000 * 784, 13).reshape(10_000, 784))
    targets = jnp.array(numbers(10_000, 17) > 0)
    f = jax.jit(lambda x, W, b: jax.value_and_grad(regression_loss(x, targets), (0, 1))(W, b))
    W, b = jnp.array(numbers(784, 19).astype(onp.float64) / 28, f32), jnp.array(0.1, f32)

    def run():
        value, (dW, db) = f(x, W, b)
        return [value, db, dW]

    return run


def mlp():
    layers = [784, 256, 128, 10]
    x = jnp.array(numbers(128 * 784, 23).reshape(128, 784))
    labels = jnp.array([[1.0 if (r * 10 + c - r) % 10 == 0 else 0.0 for c in range(10)] for r in range(128)], f32)
    W = [
        jnp.array(numbers(m * n, 29 + k).astype(onp.float64) / onp.sqrt(m), f32).reshape(m, n)
        for k, (m, n) in enumerate(zip(layers, layers[1:]))
    ]
    b = [jnp.array(numbers(n, 37 + k)) for k, n in enumerate(layers[1:])]

    def loss(p):
        first = jnp.tanh(x @ p["W"][0] + p["b"][0])
        second = jnp.tanh(first @ p["W"][1] + p["b"][1])
        return -jnp.sum(labels * jax.nn.log_softmax(second @ p["W"][2] + p["b"][2])) / 128

    f = jax.jit(jax.value_and_grad(loss))

    def run():
        value, slopes = f({"W": W, "b": b})
        return [value, *slopes["b"], *slopes["W"]]

    return run


def lotka_volterra():
    h = 0.01

    def rates(p, y):
        return jnp.array([p[0] * y[0] - p[1] * y[0] * y[1], p[3] * y[0] * y[1] - p[2] * y[1]])

    def loss(p):
        def step(y, _):
            k1 = rates(p, y)
            k2 = rates(p, y + h / 2 * k1)
            k3 = rates(p, y + h / 2 * k2)
            k4 = rates(p, y + h * k3)
            return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

        y, _ = jax.lax.scan(step, jnp.array([1.0, 1.0]), None, length=1000)
        return jnp.sum(y)

    with jax.enable_x64(True):
        p = jnp.array([1.5, 1.0, 3.0, 1.0])
        f = jax.jit(jax.value_and_grad(loss)).lower(p).compile()
    return lambda: list(f(p))


def matmul(n, transposed=False):
    def make():
        a = jnp.array(numbers(n * n, 41).reshape(n, n))
        b = jnp.array(numbers(n * n, 43).reshape(n, n))
        f = jax.jit(lambda a, b: (a.T if transposed else a) @ b)
        return lambda: [f(a, b)]

    return make


def total():
    f = jax.jit(jnp.sum)
    a = jnp.array(numbers(10_000_000, 9))
    return lambda: [f(a)]


def plus():
    f = jax.jit(jnp.add)
    a, b = jnp.array(numbers(10_000_000, 9)), jnp.array(numbers(10_000_000, 11))
    return lambda: [f(a, b)]


def complexes(n, seed):
    """Complex numbers, whose parts stand in turn."""
    return jnp.array(numbers(2 * n, seed).view(onp.complex64))


def complex_step():
    f = jax.jit(lambda z, c: z * z + c)
    z, c = complexes(1_000_000, 47), complexes(1_000_000, 53)
    return lambda: [f(z, c)]


def complex_slope():
    def loss(z, c):
        w = z * z + c
        return jnp.sum((w * w.conj()).real)

    f = jax.jit(jax.grad(loss))
    z, c = complexes(1_000_000, 47), complexes(1_000_000, 53)
    return lambda: [f(z, c)]


def complex_matmul():
    f = jax.jit(jnp.matmul)
    a, b = complexes(512 * 512, 59).reshape(512, 512), complexes(512 * 512, 61).reshape(512, 512)
    return lambda: [f(a, b)]


def complex_vector():
    f = jax.jit(jnp.matmul)
    a, v = complexes(1000 * 1000, 59).reshape(1000, 1000), complexes(1000, 67)
    return lambda: [f(a, v)]


workloads = {
    "slope": slope,
    "regression": regression,
    "rosenbrock": rosenbrock,
    "lotkaVolterra": lotka_volterra,
    "batched": batched,
    "longSum": long_sum,
    "largeRegression": large_regression,
    "mlp": mlp,
    "matmul256": matmul(256),
    "matmul512": matmul(512),
    "matmul1024": matmul(1024),
    "matmul2048": matmul(2048),
    "transposed1024": matmul(1024, True),
    "sum": total,
    "add": plus,
    "complexStep": complex_step,
    "complexSlope": complex_slope,
    "complexMatmul512": complex_matmul,
    "complexVector": complex_vector,
}

answer(workloads, jax.block_until_ready)
