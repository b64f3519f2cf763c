"""KerasHub's layers and ours, side by side.

    python -m tests.references.keras_hub_side_by_side

Prints the largest difference of each row, relative to the largest value, and
names each deliberate difference. Needs keras-hub, which is a test dependency.
The rows are tested in `tests/maps/test_keras_hub.py`, where it is imported.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from keras import ops

from keras_attn.layers import (
    AlibiBias,
    DecoderBlock,
    EncoderBlock,
    FeedForward,
    LearnedPositionalEncoding,
    MultiHeadAttention,
    MultiHeadSelfAttention,
    PositionalEncoding,
    RotaryEmbedding,
)

B, T, S, H, K = 2, 5, 7, 3, 4
D = H * K
RNG = np.random.default_rng(0)
X = RNG.normal(size=(B, T, D)).astype("float32")
MEMORY = RNG.normal(size=(B, S, D)).astype("float32")
X_MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], bool)
LEFT_PADDED = X_MASK[:, ::-1].copy()
MEMORY_MASK = np.array([[1] * 7, [1, 1, 0, 0, 0, 0, 0]], bool)
SOME = RNG.random((B, T, T)) < 0.7
SOME |= np.eye(T, dtype=bool)  # no row is empty


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: String.
        results: Function that takes the module keras_hub and returns two
            arrays: the result of KerasHub's layer, then the result of ours.
        bound: Float, the largest relative difference. Defaults to 1e-6.
        difference: String, what differs on purpose. Defaults to `""`.
        differs_by: Float, the least difference of such a row. Defaults to 0.
    """

    name: str
    results: Callable
    bound: float = 1e-6
    difference: str = ""
    differs_by: float = 0.0

    def largest_difference(self, keras_hub):
        theirs, ours = map(_float64, self.results(keras_hub))
        if theirs.shape != ours.shape:
            return np.inf
        scale = np.abs(theirs).max(initial=1.0)
        return np.abs(theirs - ours).max() / scale


def _float64(tensor):
    return ops.convert_to_numpy(ops.cast(tensor, "float32")).astype("float64")


# Where KerasHub's names of weights differ from ours.
NAMES = {
    "self_attention_layer_norm": "self_attention_norm",
    "cross_attention_layer_norm": "cross_attention_norm",
    "feedforward_layer_norm": "feed_forward_norm",
    "feedforward_intermediate_dense": "feed_forward/expand",
    "feedforward_output_dense": "feed_forward/contract",
    "self_attention_layer": "self_attention",
    "attention_output": "output",
    # An encoder block has only one attention.
    "attention_norm": "self_attention_norm",
    "attention": "self_attention",
}


def with_same_weights(theirs, ours):
    """Give both layers the same random weights, by their names."""
    rng = np.random.default_rng(1)
    by_name = {_name(weight): weight for weight in ours.weights}
    assert len(by_name) == len(theirs.weights)
    for weight in theirs.weights:
        value = rng.normal(scale=0.5, size=weight.shape)
        weight.assign(value)
        by_name.pop(_name(weight)).assign(value)
    assert not by_name


def _name(weight):
    parts = weight.path.split("/")[1:]
    return "/".join(NAMES.get(part, part) for part in parts)


def _feed_forward(activation):
    return FeedForward(7, activation=activation, name="feed_forward")


def _encoder_block(activation="relu", norm_first=False, causal=False):
    return EncoderBlock(
        MultiHeadSelfAttention(H, causal=causal, name="attention"),
        _feed_forward(activation),
        epsilon=1e-5,
        norm_first=norm_first,
    )


def encoders(keras_hub, activation="relu", norm_first=False):
    theirs = keras_hub.layers.TransformerEncoder(
        7, H, activation=activation, normalize_first=norm_first
    )
    ours = _encoder_block(activation, norm_first)
    theirs(X)
    ours(X)
    with_same_weights(theirs, ours)
    return theirs, ours


def encoder(mask=None, attention_mask=None, real_only=True, **options):
    """Results of both encoders; only of real tokens if there is a mask."""

    def results(keras_hub):
        theirs, ours = encoders(keras_hub, **options)
        found = (
            theirs(X, padding_mask=mask, attention_mask=attention_mask),
            ours(X, mask=mask, attention_mask=attention_mask),
        )
        if mask is None or not real_only:
            return found
        return [ops.convert_to_numpy(y)[mask] for y in found]

    return results


def encoder_scores(keras_hub):
    theirs, ours = encoders(keras_hub)
    return (
        theirs(X, padding_mask=X_MASK, return_attention_scores=True)[1],
        ours(X, mask=X_MASK, return_attention_scores=True)[1],
    )


def decoders(keras_hub, norm_first=False, causal=True):
    theirs = keras_hub.layers.TransformerDecoder(
        7, H, normalize_first=norm_first
    )
    ours = DecoderBlock(
        MultiHeadSelfAttention(H, causal=causal, name="self_attention"),
        MultiHeadAttention(H, name="cross_attention"),
        _feed_forward("relu"),
        epsilon=1e-5,
        norm_first=norm_first,
    )
    theirs(X, MEMORY)
    ours(X, MEMORY)
    with_same_weights(theirs, ours)
    return theirs, ours


def decoder(x_mask=None, memory_mask=None, causal=True, **options):
    def results(keras_hub):
        theirs, ours = decoders(keras_hub, causal=causal, **options)
        found = (
            theirs(
                X,
                MEMORY,
                decoder_padding_mask=x_mask,
                encoder_padding_mask=memory_mask,
                use_causal_mask=causal,
            ),
            ours(X, MEMORY, x_mask=x_mask, memory_mask=memory_mask),
        )
        if x_mask is None:
            return found
        return [ops.convert_to_numpy(y)[x_mask] for y in found]

    return results


def decoders_only(keras_hub):
    """A decoder without memory is an encoder block that is causal."""
    theirs = keras_hub.layers.TransformerDecoder(7, H)
    ours = _encoder_block(causal=True)
    theirs(X)
    ours(X)
    with_same_weights(theirs, ours)
    return theirs, ours


def decoder_only(keras_hub):
    theirs, ours = decoders_only(keras_hub)
    return theirs(X), ours(X)


def cached_decoder_only(keras_hub):
    """One token at a time, keys and values of the earlier ones from a cache."""
    theirs, ours = decoders_only(keras_hub)
    cache, steps = np.zeros((B, 2, T, H, K), "float32"), []
    for i in range(T):
        step, cache = theirs(
            X[:, i : i + 1],
            self_attention_cache=cache,
            self_attention_cache_update_index=i,
        )
        steps.append(step)
    return ops.concatenate(steps, axis=1), ours(X)


def cached_decoder(keras_hub):
    theirs, ours = decoders(keras_hub)
    own = np.zeros((B, 2, T, H, K), "float32")
    cross, steps = np.zeros((B, 2, S, H, K), "float32"), []
    for i in range(T):
        step, own, cross = theirs(
            X[:, i : i + 1],
            MEMORY,
            self_attention_cache=own,
            self_attention_cache_update_index=i,
            cross_attention_cache=cross,
            # The keys and values of the memory are computed once.
            cross_attention_cache_update_index=0 if i == 0 else None,
        )
        steps.append(step)
    return ops.concatenate(steps, axis=1), ours(X, MEMORY)


def sine(width=D, start=0, base=10000.0, dtype="float32", length=T):
    def results(keras_hub):
        zeros = ops.zeros((B, length, width), dtype)
        theirs = keras_hub.layers.SinePositionEncoding(
            max_wavelength=base, dtype=dtype
        )
        ours = PositionalEncoding(base, dtype=dtype)
        return (
            theirs(zeros, start_index=start),
            ours(zeros, start_index=start),
        )

    return results


def rotary(start=0, base=10000.0, dtype="float32", length=T):
    """KerasHub's axes are (B, T, H, K), ours (B, H, T, K)."""

    def results(keras_hub):
        x = np.random.default_rng(2).normal(size=(B, length, H, K))
        x = ops.cast(x, dtype)
        theirs = keras_hub.layers.RotaryEmbedding(base, dtype=dtype)
        ours = RotaryEmbedding(base, layout="concatenated", dtype=dtype)
        turned = ours(ops.swapaxes(x, 1, 2), start_index=start)
        return theirs(x, start_index=start), ops.swapaxes(turned, 1, 2)

    return results


def learned(start=0):
    def results(keras_hub):
        zeros = ops.zeros((B, T, D))
        theirs = keras_hub.layers.PositionEmbedding(11)
        ours = LearnedPositionalEncoding(11)
        theirs(zeros)
        ours(zeros)
        ours.set_weights(theirs.get_weights())
        return theirs(zeros, start_index=start), ours(zeros, start_index=start)

    return results


def alibi(softmax):
    """The bias itself, or the weights of causal attention with it."""

    def results(keras_hub):
        scores = np.random.default_rng(3).normal(size=(1, H, T, T))
        scores = scores.astype("float32")
        steps = ops.arange(T)
        theirs = keras_hub.layers.AlibiBias()(scores)
        ours = scores + AlibiBias(H)(steps, steps)
        if not softmax:
            return theirs, ours
        future = np.where(np.tri(T, dtype=bool), 0.0, -np.inf)
        return [ops.softmax(each + future) for each in (theirs, ours)]

    return results


HALF = "angles: float32 in ours, the compute dtype in KerasHub's"
EMPTY = np.zeros((B, T), bool)

ROWS = (
    Row("TransformerEncoder", encoder()),
    Row("TransformerEncoder, normalize_first", encoder(norm_first=True)),
    Row("TransformerEncoder, gelu", encoder(activation="gelu")),
    Row("TransformerEncoder, padding", encoder(mask=X_MASK)),
    Row("TransformerEncoder, left padding", encoder(mask=LEFT_PADDED)),
    Row("TransformerEncoder, attention mask", encoder(attention_mask=SOME)),
    Row(
        "TransformerEncoder, both masks",
        encoder(mask=X_MASK, attention_mask=SOME | X_MASK[:, None, :]),
    ),
    Row("TransformerEncoder, scores", encoder_scores),
    Row(
        "TransformerEncoder, no real token",
        encoder(mask=EMPTY, real_only=False),
        difference="a query without keys: 0 in ours, the mean in KerasHub's",
        bound=np.inf,
        differs_by=1e-3,
    ),
    Row("TransformerDecoder", decoder()),
    Row("TransformerDecoder, normalize_first", decoder(norm_first=True)),
    Row("TransformerDecoder, not causal", decoder(causal=False)),
    Row(
        "TransformerDecoder, padding",
        decoder(x_mask=X_MASK, memory_mask=MEMORY_MASK),
    ),
    Row("TransformerDecoder, no memory", decoder_only),
    Row("TransformerDecoder, self_attention_cache", cached_decoder_only),
    Row("TransformerDecoder, both caches", cached_decoder),
    Row("SinePositionEncoding", sine()),
    Row("SinePositionEncoding, width 7", sine(width=7)),
    Row("SinePositionEncoding, start_index, base 100", sine(start=3, base=100)),
    Row(
        "SinePositionEncoding, bfloat16, 300 tokens",
        sine(dtype="bfloat16", length=300),
        difference=HALF,
        bound=np.inf,
        differs_by=0.1,
    ),
    Row("RotaryEmbedding", rotary()),
    Row("RotaryEmbedding, start_index, base 100", rotary(start=3, base=100.0)),
    Row(
        "RotaryEmbedding, bfloat16, 300 tokens",
        rotary(dtype="bfloat16", length=300),
        bound=2**-7,  # the last bit of bfloat16
    ),
    Row("PositionEmbedding", learned()),
    Row("PositionEmbedding, start_index", learned(start=4)),
    Row("AlibiBias, causal weights", alibi(softmax=True)),
    Row(
        "AlibiBias, the bias itself",
        alibi(softmax=False),
        difference="-|t - s| in ours, s - S + 1 in KerasHub's: after a causal "
        "mask, a constant per query",
        bound=np.inf,
        differs_by=0.1,
    ),
)


def main():
    import keras_hub

    equal = 0
    for row in ROWS:
        largest = row.largest_difference(keras_hub)
        equal += largest <= row.bound and not row.difference
        note = f" (different on purpose: {row.difference})"
        print(f"{largest:9.1e}  {row.name}{note if row.difference else ''}")
    differing = sum(bool(row.difference) for row in ROWS)
    print(
        f"{equal} of {len(ROWS)} rows are equal; {differing} differ on purpose."
    )


if __name__ == "__main__":
    main()
