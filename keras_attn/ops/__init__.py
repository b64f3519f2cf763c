"""The formulas as pure functions of tensors, for all Keras backends."""

from keras_attn.ops.attention import attention, attention_weights
from keras_attn.ops.masks import distance_mask, length_mask
from keras_attn.ops.pooling import first_token, masked_max, masked_mean
from keras_attn.ops.position_bias import (
    alibi_slopes,
    relative_buckets,
    relative_distances,
)
from keras_attn.ops.positions import angle_rates, positional_encoding
from keras_attn.ops.rotation import rotary_embedding
from keras_attn.ops.scores import (
    additive_scores,
    bilinear_scores,
    cosine_scores,
    dot_scores,
    scaled_dot_scores,
)

__all__ = [
    "additive_scores",
    "alibi_slopes",
    "angle_rates",
    "attention",
    "attention_weights",
    "bilinear_scores",
    "cosine_scores",
    "distance_mask",
    "dot_scores",
    "first_token",
    "length_mask",
    "masked_max",
    "masked_mean",
    "positional_encoding",
    "relative_buckets",
    "relative_distances",
    "rotary_embedding",
    "scaled_dot_scores",
]
