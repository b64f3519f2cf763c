"""Ragged inputs as padded tensors with a mask."""

from keras import ops

from keras_attn._checks import is_ragged
from keras_attn.ops import length_mask


class RaggedInputs:
    """Mixin for layers that can be called on a `tf.RaggedTensor`.

    A ragged tensor of token ids `(B, T)` or of vectors `(B, T, D)` is padded
    with 0 on the right, and the Keras mask of vectors marks the real tokens.
    The output is an ordinary tensor with a mask.

    Put the mixin before the Keras class, as in
    `class MyLayer(RaggedInputs, keras.layers.Layer)`.
    """

    def __call__(self, *args, **kwargs):
        args = [padded(x) for x in args]
        kwargs = {name: padded(x) for name, x in kwargs.items()}
        return super().__call__(*args, **kwargs)


def padded(x):
    """Return a ragged tensor as a padded tensor with a mask, others unchanged.

    Args:
        x: Any call argument of a layer.

    Raises:
        ValueError: If an axis other than that of the tokens is ragged.
    """
    if not is_ragged(x):
        return x
    if x.ragged_rank != 1:
        raise ValueError(
            "Only the axis of the tokens, the second one, may be ragged. "
            f"Received: a RaggedTensor of shape {tuple(x.shape)} with "
            f"{x.ragged_rank} ragged axes. Create it with `ragged_rank=1`."
        )
    tensor = x.to_tensor()
    if len(x.shape) > 2:  # the layers that read ids know them by PAD
        tensor._keras_mask = length_mask(x.row_lengths(), ops.shape(tensor)[1])
    return tensor
