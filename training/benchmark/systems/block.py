"""One encoder block, forward and backward, of this package and its rivals.

All have the same weights, the same input and the same padding: pre-norm, ReLU,
no dropout, a feed-forward width of four times the width.

Shapes: B batch, T length, D width, H heads.
"""

import os

import numpy as np

_EPSILON = 1e-5
_KERNELS = ("query", "key", "value", "output", "expand", "contract")


def _weights(width):
    """Return kernels (inputs, outputs), biases, and scales of the norms."""
    rng = np.random.default_rng(0)
    weights = {}
    for name in _KERNELS:
        inputs = 4 * width if name == "contract" else width
        outputs = 4 * width if name == "expand" else width
        kernel = rng.normal(size=(inputs, outputs)) / inputs**0.5
        weights[f"{name}.kernel"] = kernel.astype("float32")
        weights[f"{name}.bias"] = rng.normal(0, 0.1, outputs).astype("float32")
    for name in ("attention_norm", "feed_forward_norm"):
        weights[f"{name}.gamma"] = rng.normal(1, 0.1, width).astype("float32")
        weights[f"{name}.beta"] = rng.normal(0, 0.1, width).astype("float32")
    return weights


def _inputs(shape):
    """Return x (B, T, D) and its mask (B, T). One text in four is shorter."""
    batch, length, width = shape
    rng = np.random.default_rng(1)
    x = rng.normal(size=(batch, length, width)).astype("float32")
    lengths = np.full(batch, length)
    lengths[::4] = 3 * length // 4
    return x, np.arange(length) < lengths[:, None]


class _Step:
    """A system from a function that returns the output and the gradient of x.

    Only real tokens are compared: what a block returns for padding is its own
    affair.
    """

    def __init__(self, step, x, mask, to_numpy):
        self._step, self._x, self._mask = step, x, mask
        self._to_numpy = to_numpy

    def run(self):
        self._step(self._x)

    def results(self):
        names = ("output", "gradient of x", "gradient of the query kernel")
        arrays = [
            np.array(self._to_numpy(tensor), "float32")
            for tensor in self._step(self._x)
        ]
        for array in arrays[:2]:
            array[~self._mask] = 0
        arrays[2] = arrays[2].reshape(len(arrays[2]), -1)  # (D, H * K)
        return dict(zip(names, arrays, strict=True))


def ours(batch, length, width, heads, precision="float32", scores=False):
    """`EncoderBlock` on the backend of `KERAS_BACKEND`."""
    import keras

    keras.config.set_dtype_policy(precision)
    from keras_attn.layers import (
        EncoderBlock,
        FeedForward,
        MultiHeadSelfAttention,
    )

    block = EncoderBlock(
        MultiHeadSelfAttention(heads),
        FeedForward(4 * width),
        epsilon=_EPSILON,
    )
    x, mask = _inputs((batch, length, width))
    block.build(x.shape)
    attention, feed_forward = block.attention, block.feed_forward
    _assign(
        attention,
        expand=feed_forward._expand,
        contract=feed_forward._contract,
        attention_norm=block._attention_norm,
        feed_forward_norm=block._feed_forward_norm,
    )

    def call(x, mask):
        if not scores:
            return block(x, mask=mask, training=True)
        return block(x, mask=mask, training=True, return_attention_scores=True)[
            0
        ]

    return _keras_step(call, block, attention.query_dense, x, mask)


def keras_hub(batch, length, width, heads, precision="float32"):
    """KerasHub's `TransformerEncoder` on the backend of `KERAS_BACKEND`."""
    import keras

    keras.config.set_dtype_policy(precision)
    import keras_hub

    block = keras_hub.layers.TransformerEncoder(
        4 * width, heads, layer_norm_epsilon=_EPSILON, normalize_first=True
    )
    x, mask = _inputs((batch, length, width))
    block.build(x.shape)
    attention = block._self_attention_layer
    _assign(
        attention,
        expand=block._feedforward_intermediate_dense,
        contract=block._feedforward_output_dense,
        attention_norm=block._self_attention_layer_norm,
        feed_forward_norm=block._feedforward_layer_norm,
    )

    def call(x, mask):
        return block(x, padding_mask=mask, training=True)

    return _keras_step(call, block, attention.query_dense, x, mask)


def _assign(attention, **layers):
    """Set the weights of an attention layer and of the layers around it.

    Our attention layer has the names of Keras's, which is KerasHub's.
    """
    for name in ("query", "key", "value", "output"):
        layers[name] = getattr(attention, f"{name}_dense")
    weights = _weights(layers["attention_norm"].gamma.shape[0])
    for name, layer in layers.items():
        for weight in layer.weights:
            array = weights[f"{name}.{weight.name}"]
            weight.assign(array.reshape(weight.shape))


def _keras_step(call, block, query, x, mask):
    """Return the step of a Keras layer on any backend."""
    import keras

    make = {
        "tensorflow": _tensorflow_step,
        "jax": _jax_step,
        "torch": _torch_backend_step,
    }[keras.backend.backend()]
    return make(call, block, query, x, mask)


def _tensorflow_step(call, block, query, x, mask):
    import tensorflow as tf

    real = tf.constant(mask)
    weighted = tf.cast(real[..., None], "float32")
    at = next(
        i for i, w in enumerate(block.trainable_variables) if w is query.kernel
    )

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call(x, real)
            loss = tf.reduce_sum(tf.sin(tf.cast(y, "float32")) * weighted)
        of_x, *of_weights = tape.gradient(
            loss, [x, *(w.value for w in block.trainable_variables)]
        )
        with tf.control_dependencies(of_weights):
            return y, tf.identity(of_x), of_weights[at]

    return _Step(step, tf.constant(x), mask, lambda tensor: tensor.numpy())


def _jax_step(call, block, query, x, mask):
    import jax
    import jax.numpy as jnp

    at = next(
        i for i, w in enumerate(block.trainable_variables) if w is query.kernel
    )
    fixed = [w.value for w in block.non_trainable_variables]
    weighted = jnp.asarray(mask[..., None], "float32")

    def loss(x, variables):
        import keras

        pairs = [
            *zip(block.trainable_variables, variables, strict=True),
            *zip(block.non_trainable_variables, fixed, strict=True),
        ]
        with keras.StatelessScope(pairs):
            y = call(x, mask)
        return jnp.sum(jnp.sin(y.astype("float32")) * weighted), y

    differentiated = jax.jit(jax.value_and_grad(loss, (0, 1), has_aux=True))
    values = [w.value for w in block.trainable_variables]

    def step(x):
        (_, y), (of_x, of_weights) = differentiated(x, values)
        of_x.block_until_ready()
        return y, of_x, of_weights[at]

    return _Step(step, jnp.asarray(x), mask, np.asarray)


def _torch_backend_step(call, block, query, x, mask):
    import torch

    return _torch_step(
        call,
        block.trainable_variables,
        query.kernel,
        torch.tensor(x),
        torch.tensor(mask),
    )


def jax_attention(batch, length, width, heads, precision="float32"):
    """The same block in plain JAX, around `jax.nn.dot_product_attention`."""
    import jax
    import jax.numpy as jnp

    compute = jnp.bfloat16 if precision == "mixed_bfloat16" else jnp.float32
    x, mask = _inputs((batch, length, width))
    real = jnp.asarray(mask)

    def norm(x, weights, name):
        centred = x - x.mean(-1, keepdims=True)
        scale = jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + _EPSILON)
        return (
            centred * scale * weights[f"{name}.gamma"]
            + (weights[f"{name}.beta"])
        )

    def dense(x, weights, name):
        kernel = weights[f"{name}.kernel"].astype(compute)
        return x.astype(compute) @ kernel + weights[f"{name}.bias"].astype(
            compute
        )

    def block(x, weights):
        read = norm(x, weights, "attention_norm")
        query, key, value = (
            dense(read, weights, name).reshape(batch, length, heads, -1)
            for name in ("query", "key", "value")
        )
        attended = jax.nn.dot_product_attention(
            query, key, value, mask=real[:, None, None, :]
        )
        attended = attended.reshape(batch, length, width)
        x = x + dense(attended, weights, "output")
        read = norm(x, weights, "feed_forward_norm")
        hidden = jax.nn.relu(dense(read, weights, "expand"))
        return x + dense(hidden, weights, "contract")

    def loss(x, weights):
        y = block(x, weights)
        return jnp.sum(jnp.sin(y.astype("float32")) * real[..., None]), y

    differentiated = jax.jit(jax.value_and_grad(loss, (0, 1), has_aux=True))
    weights = {k: jnp.asarray(v) for k, v in _weights(width).items()}

    def step(x):
        (_, y), (of_x, of_weights) = differentiated(x, weights)
        of_x.block_until_ready()
        return y, of_x, of_weights["query.kernel"]

    return _Step(step, jnp.asarray(x), mask, np.asarray)


def torch_layer(batch, length, width, heads, precision="float32"):
    """`torch.nn.TransformerEncoderLayer`."""
    import torch

    layer = torch.nn.TransformerEncoderLayer(
        width,
        heads,
        dim_feedforward=4 * width,
        dropout=0.0,
        layer_norm_eps=_EPSILON,
        batch_first=True,
        norm_first=True,
    )
    weights = {k: torch.tensor(v) for k, v in _weights(width).items()}
    attention = layer.self_attn
    with torch.no_grad():
        for part in ("kernel", "bias"):
            joined = [weights[f"{n}.{part}"] for n in ("query", "key", "value")]
            joined = [w.T if part == "kernel" else w for w in joined]
            name = "in_proj_weight" if part == "kernel" else "in_proj_bias"
            getattr(attention, name).copy_(torch.cat(joined))
        for name, linear in (
            ("output", attention.out_proj),
            ("expand", layer.linear1),
            ("contract", layer.linear2),
        ):
            linear.weight.copy_(weights[f"{name}.kernel"].T)
            linear.bias.copy_(weights[f"{name}.bias"])
        for name, norm in (
            ("attention_norm", layer.norm1),
            ("feed_forward_norm", layer.norm2),
        ):
            norm.weight.copy_(weights[f"{name}.gamma"])
            norm.bias.copy_(weights[f"{name}.beta"])
    x, mask = _inputs((batch, length, width))
    called = layer
    if precision == "mixed_bfloat16":
        called = torch.autocast("cpu", torch.bfloat16)(layer)

    def call(x, real):
        return called(x, src_key_padding_mask=~real)

    system = _torch_step(
        call,
        list(layer.parameters()),
        attention.in_proj_weight,
        torch.tensor(x),
        torch.tensor(mask),
    )
    return _QueryRows(system, width)


class _QueryRows:
    """Torch stores the three kernels in one, transposed: outputs, inputs."""

    def __init__(self, system, width):
        self._system, self._width = system, width
        self.run = system.run

    def results(self):
        results = self._system.results()
        name = "gradient of the query kernel"
        results[name] = results[name][: self._width].T
        return results


def _torch_step(call, parameters, query, x, mask):
    import torch

    torch.set_num_threads(_cores())
    parameters = [getattr(p, "value", p) for p in parameters]
    query = getattr(query, "value", query)
    at = next(i for i, p in enumerate(parameters) if p is query)
    weighted = mask[..., None].float()
    x.requires_grad_(True)

    def step(x):
        y = call(x, mask)
        loss = (torch.sin(y.float()) * weighted).sum()
        of_x, *of_weights = torch.autograd.grad(loss, [x, *parameters])
        return y, of_x, of_weights[at]

    return _Step(step, x, mask.numpy(), lambda t: t.detach().float().numpy())


def _cores():
    return len(os.sched_getaffinity(0))
