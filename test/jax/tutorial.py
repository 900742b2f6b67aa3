"""Family `tutorial`: what the tutorial's programs print, a named array per line."""

import jax
import jax.numpy as jnp
from jax import grad, random
from jax.test_util import check_grads

from record import encode


def tutorial():
    named = lambda name, x: {"name": name, "value": encode(x)}

    tanh = [jnp.tanh]
    for order in (1, 2, 3):
        tanh.append(grad(tanh[-1]))
        yield named(f"tanh {order}", tanh[-1](2.0))

    f = lambda x: x**3 + 2 * x**2 - 3 * x + 1
    for order in (1, 2, 3, 4):
        f = grad(f)
        yield named(f"cubic {order}", f(1.0))

    sigmoid = lambda x: 0.5 * (jnp.tanh(x / 2) + 1)
    predict = lambda W, b, inputs: sigmoid(jnp.dot(inputs, W) + b)
    inputs = jnp.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
    targets = jnp.array([True, True, False, True])

    def loss(W, b):
        preds = predict(W, b, inputs)
        return -jnp.sum(jnp.log(preds * targets + (1 - preds) * (1 - targets)))

    key, W_key, b_key = random.split(random.key(0), 3)
    W, b = random.normal(W_key, (3,)), random.normal(b_key, ())
    for name, k in (("key", key), ("W_key", W_key), ("b_key", b_key)):
        yield named(name, random.key_data(k))
    yield named("W", W)
    yield named("b", b)
    yield named("predictions", predict(W, b, inputs))
    yield named("W_grad", grad(loss, 0)(W, b))
    yield named("b_grad", grad(loss, 1)(W, b))
    both = grad(loss, (0, 1))(W, b)
    yield named("both W_grad", both[0])
    yield named("both b_grad", both[1])
    tree = grad(lambda params: loss(params["W"], params["b"]))({"W": W, "b": b})
    assert sorted(tree) == ["W", "b"]
    yield named("tree W_grad", tree["W"])
    yield named("tree b_grad", tree["b"])

    value, gradient = jax.value_and_grad(loss, (0, 1))(W, b)
    yield named("loss", loss(W, b))
    yield named("value", value)
    yield named("value W_grad", gradient[0])
    yield named("value b_grad", gradient[1])

    eps = 1e-4
    yield named("b_grad_numerical", (loss(W, b + eps / 2.0) - loss(W, b - eps / 2.0)) / eps)
    key, subkey = random.split(key)
    yield named("second key", random.key_data(key))
    yield named("subkey", random.key_data(subkey))
    vec = random.normal(subkey, W.shape)
    unitvec = vec / jnp.sqrt(jnp.vdot(vec, vec))
    yield named("vec", vec)
    yield named("unitvec", unitvec)
    numerical = (loss(W + eps / 2.0 * unitvec, b) - loss(W - eps / 2.0 * unitvec, b)) / eps
    yield named("W_dirderiv_numerical", numerical)
    yield named("W_dirderiv_autodiff", jnp.vdot(grad(loss)(W, b), unitvec))

    def passes(order):
        try:
            check_grads(loss, (W, b), order=order)
        except AssertionError:
            return False
        return True

    for order in (1, 2, 3):
        yield named(f"check_grads {order}", jnp.array(passes(order)))
    yield named("hessian", jax.hessian(loss)(W, b))


FAMILIES = {"tutorial": (("x32", "x64"), tutorial)}
