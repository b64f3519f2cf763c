"""Pure functions: tensors in, tensors out, on any Keras backend."""

from keras_attn.ops.attention import (
    attend,
    attention_weights,
    merge_heads,
    split_heads,
)
from keras_attn.ops.masks import (
    attention_mask_4d,
    combine_masks,
    distance_mask,
    length_mask,
    padding_mask_4d,
)
from keras_attn.ops.pooling import (
    blank_padding,
    first_token,
    hop_weights,
    masked_max,
    masked_mean,
    pool_hops,
)
from keras_attn.ops.position_bias import (
    alibi_slopes,
    relative_buckets,
    relative_distances,
)
from keras_attn.ops.positions import (
    angle_rates,
    encode_positions,
    positional_encoding,
    token_positions,
)
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
    "attend",
    "attention_mask_4d",
    "attention_weights",
    "bilinear_scores",
    "blank_padding",
    "combine_masks",
    "cosine_scores",
    "distance_mask",
    "dot_scores",
    "encode_positions",
    "first_token",
    "hop_weights",
    "length_mask",
    "masked_max",
    "masked_mean",
    "merge_heads",
    "padding_mask_4d",
    "pool_hops",
    "positional_encoding",
    "relative_buckets",
    "relative_distances",
    "rotary_embedding",
    "scaled_dot_scores",
    "split_heads",
    "token_positions",
]
