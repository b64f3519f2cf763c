"""Pure functions: tensors in, tensors out, on any Keras backend."""

from keras_attn.ops.attention import (
    attend,
    attention_weights,
    merge_heads,
    scaled_dot_scores,
    split_heads,
)
from keras_attn.ops.masks import attention_mask_4d, combine_masks, length_mask
from keras_attn.ops.pooling import masked_mean
from keras_attn.ops.positions import (
    angle_rates,
    encode_positions,
    positional_encoding,
    token_positions,
)

__all__ = [
    "angle_rates",
    "attend",
    "attention_mask_4d",
    "attention_weights",
    "combine_masks",
    "encode_positions",
    "length_mask",
    "masked_mean",
    "merge_heads",
    "positional_encoding",
    "scaled_dot_scores",
    "split_heads",
    "token_positions",
]
