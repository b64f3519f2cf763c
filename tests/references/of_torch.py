"""PyTorch as a second opinion, beside whichever backend Keras runs on.

Importing this skips a test module where PyTorch is not installed.
"""

import keras
import numpy as np
import pytest

from tests.backend import gradients

torch = pytest.importorskip(
    "torch", reason="PyTorch is an extra: pip install keras-attn[torch]"
)

BATCH, QUERIES, KEYS = 2, 5, 7
HEADS, WIDTH = 3, 33


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def vectors(length, width=WIDTH, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(BATCH, length, width)).astype("float32")


def with_random_weights(module):
    """Biases too, which start at zero and would hide a difference."""
    rng = np.random.default_rng(4)
    for parameter in module.parameters():
        values = rng.normal(scale=0.2, size=parameter.shape)
        parameter.data = torch.tensor(values, dtype=torch.float32)
    return module.eval()


def value_of(parameter):
    return parameter.detach().numpy()


def gradient_of(parameter):
    return parameter.grad.numpy()


def of_attention(module, read=value_of):
    """Its weights, or their gradients, in the order and shapes of ours."""
    if module.in_proj_weight is None:
        names = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
        kernels = [read(getattr(module, name)) for name in names]
    else:
        kernels = np.split(read(module.in_proj_weight), 3)
    biases = np.split(read(module.in_proj_bias), 3)
    made = []
    for kernel, bias in zip(kernels, biases, strict=True):
        made.append(kernel.T.reshape(kernel.shape[1], HEADS, -1))
        made.append(bias.reshape(HEADS, -1))
    kernel, bias = of_linear(module.out_proj, read=read)
    return [*made, kernel.reshape(HEADS, -1, kernel.shape[1]), bias]


def of_linear(*modules, read=value_of):
    """Of dense layers, and of normalizations, whose transposes are the same."""
    return [a for m in modules for a in (read(m.weight).T, read(m.bias))]


def of_encoder(module, read=value_of):
    return of_attention(module.self_attn, read) + of_linear(
        module.linear1, module.linear2, module.norm1, module.norm2, read=read
    )


def of_decoder(module, read=value_of):
    return [
        *of_attention(module.self_attn, read),
        *of_attention(module.multihead_attn, read),
        *of_linear(module.linear1, module.linear2, read=read),
        *of_linear(module.norm1, module.norm2, module.norm3, read=read),
    ]


def not_allowed(mask):
    """PyTorch's masks are True where ours are False, and count heads in B."""
    if mask is None:
        return None
    if mask.ndim == 3:
        mask = mask.repeat(HEADS, axis=0)  # (B * H, T, S)
    return torch.tensor(~mask)


def padding(mask):
    return None if mask is None else torch.tensor(~mask)


def same(actual, expected):
    if isinstance(expected, torch.Tensor):
        expected = expected.detach().numpy()
    np.testing.assert_allclose(array(actual), expected, rtol=1e-5, atol=1e-5)


def same_gradients(ours, inputs, options, tensors, output, weights, real):
    """Of one loss on real tokens: its inputs' gradients, then its weights'."""
    real = np.broadcast_to(real, output.shape[:2])[..., None]

    def loss(call, *inputs):
        y = call(*inputs, **options)
        return keras.ops.sum(keras.ops.where(real, keras.ops.sin(y), 0.0))

    (output.sin() * torch.tensor(real)).sum().backward()
    expected = [gradient_of(x) for x in tensors] + weights(read=gradient_of)
    found = gradients(ours, inputs, loss)
    for actual, gradient in zip(found, expected, strict=True):
        same(actual, gradient)
