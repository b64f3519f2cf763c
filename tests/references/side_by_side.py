"""Keras's attention and ours, side by side, with the same weights.

`python -m tests.references.side_by_side` prints how many rows are equal, and
each deliberate difference.
"""

from dataclasses import dataclass, field

import keras
import numpy as np

from keras_attn.layers import MultiHeadAttention

QUERIES, KEYS, FREE = 5, 7, 3
RNG = np.random.default_rng(8)
PAIRS = RNG.random((2, QUERIES, KEYS)) < 0.5
PAIRS[..., 0] = True
NOTHING = PAIRS.copy()
NOTHING[0, 1] = False
PADDING = np.arange(KEYS) < np.array([[4], [6]])
QUERY_PADDING = np.arange(QUERIES) < np.array([[4], [2]])
HEADS = RNG.random((2, 6, QUERIES, KEYS)) < 0.5
HEADS[..., 0] = True
FOLDED = RNG.random((2, FREE, 1, QUERIES, KEYS)) < 0.5
FOLDED[..., 0] = True
PLANE = RNG.random((2, QUERIES, FREE, KEYS, FREE)) < 0.5
PLANE[..., 0, 0] = True

MEAN = "a query without keys: Keras gives the mean of all values, ours gives 0"
SCORES = "scores: float32 in ours, the compute dtype in Keras's"


@dataclass(frozen=True)
class Row:
    """One use of the layer.

    Attributes:
        name: String, unique.
        options: Dict, the arguments of the constructor besides the sizes.
        call: Dict, the arguments of the call besides the inputs.
        free: Integer, the number of axes of size `FREE` in the inputs.
        after: Boolean, whether these axes follow the tokens, instead of
            preceding them.
        bound: Float, the largest relative difference.
        difference: String, what is different on purpose, or "".
        compared: Mask of the queries `(B, T)` whose results must be equal.
    """

    name: str
    options: dict = field(default_factory=dict)
    call: dict = field(default_factory=dict)
    free: int = 0
    after: bool = False
    bound: float = 1e-6
    difference: str = ""
    compared: np.ndarray | None = None

    def inputs(self):
        """Arrays for query, value and key."""
        rng = np.random.default_rng(3)
        free, made = (FREE,) * self.free, []
        for length, width in ((QUERIES, 11), (KEYS, 13), (KEYS, 17)):
            axes = (length, *free) if self.after else (*free, length)
            made.append(rng.normal(size=(2, *axes, width)).astype("float32"))
        return made

    def layers(self):
        """Keras's layer and ours, with the same random weights."""
        options = {"num_heads": 6, "key_dim": 3, **self.options}
        theirs = keras.layers.MultiHeadAttention(**options)
        ours = MultiHeadAttention(**options)
        shapes = [x.shape for x in self.inputs()]
        rng = np.random.default_rng(4)
        theirs.build(*shapes)
        ours.build(*shapes)
        theirs.set_weights(
            [abs(rng.normal(scale=0.25, size=w.shape)) for w in theirs.weights]
        )
        ours.set_weights(theirs.get_weights())
        return theirs, ours

    def largest_difference(self):
        """Of outputs, scores and losses; infinity if shapes differ.

        Relative to the largest value of each, if that is above 1: sums are
        rounded in another order on every processor.
        """
        theirs, ours = (self._results(layer) for layer in self.layers())
        largest = 0.0
        for expected, found in zip(theirs, ours, strict=True):
            if expected.shape != found.shape:
                return np.inf
            if self.compared is not None and expected.ndim > 1:
                axis = 1 if expected.ndim == 3 else 2
                expected = np.moveaxis(expected, axis, 1)[self.compared]
                found = np.moveaxis(found, axis, 1)[self.compared]
            difference = expected.astype("float64") - found.astype("float64")
            scale = np.abs(expected).max(initial=1.0)
            largest = max(largest, np.abs(difference).max(initial=0.0) / scale)
        return largest

    def _results(self, layer):
        inputs = self.inputs()
        plain = layer(*inputs, **self.call)
        losses = [keras.ops.convert_to_numpy(loss) for loss in layer.losses]
        asked = layer(*inputs, **self.call, return_attention_scores=True)
        return [
            *(keras.ops.convert_to_numpy(y) for y in (plain, *asked)),
            np.asarray(sum(losses)),
        ]


ROWS = [
    Row("plain"),
    Row("value_dim", {"value_dim": 5}),
    Row("no bias", {"use_bias": False}),
    Row("gate", {"use_gate": True}),
    Row("gate, value_dim", {"use_gate": True, "value_dim": 2}),
    Row("output_shape of one axis", {"output_shape": 4}),
    Row("output_shape of two axes", {"output_shape": (4, 3)}),
    Row("dropout, not in training", {"dropout": 0.5}),
    Row("sliding window", {"sliding_window": 2}),
    Row("causal", call={"use_causal_mask": True}),
    Row("causal window", {"sliding_window": 3}, {"use_causal_mask": True}),
    Row("mask (T, S)", call={"attention_mask": PAIRS[0]}),
    Row("mask (B, T, S)", call={"attention_mask": PAIRS}),
    Row("mask (1, T, S)", call={"attention_mask": PAIRS[:1]}),
    Row("mask (B, H, T, S)", call={"attention_mask": HEADS}),
    Row("mask (B, 1, T, S)", call={"attention_mask": PAIRS[:, None]}),
    Row("mask of 0 and 1", call={"attention_mask": PAIRS.astype("int32")}),
    Row("mask of 0.0 and 1.0", call={"attention_mask": PAIRS * 1.0}),
    Row(
        "mask and causal",
        call={"attention_mask": PAIRS, "use_causal_mask": True},
    ),
    Row("value mask", call={"value_mask": PADDING}),
    Row("key mask", call={"key_mask": PADDING}),
    Row("value mask of 0 and 1", call={"value_mask": PADDING.astype("int32")}),
    Row("regularized kernels", {"kernel_regularizer": "l2"}),
    Row("regularized biases", {"bias_regularizer": "l1"}),
    Row("regularized activity", {"activity_regularizer": "l2"}),
    Row("constraints", {"kernel_constraint": "non_neg"}),
    Row("seed", {"seed": 11, "dropout": 0.25}),
    Row("free axis", {"attention_axes": 2}, free=1),
    Row("free axis, negative", {"attention_axes": -2}, free=1),
    Row("free axis behind", {"attention_axes": 1}, free=1, after=True),
    Row("two attention axes", {"attention_axes": (1, 2)}, free=1),
    Row("all axes", free=1),
    Row("free axis, gate", {"attention_axes": 2, "use_gate": True}, free=1),
    Row("free axis, mask", {"attention_axes": 2},
        {"attention_mask": PAIRS[:, None, None]}, free=1),
    Row("free axis, mask for each", {"attention_axes": 2},
        {"attention_mask": FOLDED}, free=1),
    Row("two axes, mask", {}, {"attention_mask": PLANE}, free=1, after=True),
    Row("bfloat16", {"dtype": "mixed_bfloat16"}, bound=2**-4,
        difference=SCORES),
    Row("float16", {"dtype": "float16"}, bound=2**-7, difference=SCORES),
    Row("a query without keys", call={"attention_mask": NOTHING},
        difference=MEAN, compared=NOTHING.any(-1)),
]  # fmt: skip


def main():
    equal = 0
    for row in ROWS:
        largest = row.largest_difference()
        equal += largest <= row.bound
        note = f" (different on purpose: {row.difference})"
        print(f"{largest:9.1e}  {row.name}{note if row.difference else ''}")
    print(f"{equal} of {len(ROWS)} rows are equal.")


if __name__ == "__main__":
    main()
