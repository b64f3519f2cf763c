"""What a row of `cases.py` says of a layer, and the calls that follow from it.

Axes are the letters of the whole project: B batch, T query length, S key
length, D model width, H heads, K width of a head. B, T and S may be unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

SIZES = {"B": 2, "T": 5, "S": 7, "D": 6, "H": 3, "K": 4}
UNKNOWN = {"B": None, "T": None, "S": None}


@dataclass(frozen=True)
class Input:
    """One tensor that a layer is called on.

    Attributes:
        axes: String, one letter an axis. One axis alone holds integer
            positions, the others floats.
        mask: Name of the call argument with its mask, or None.
    """

    axes: str
    mask: str | None = None

    @property
    def dtype(self):
        return "int32" if len(self.axes) == 1 else "float32"

    @property
    def length(self):
        """The letter of the axis of tokens."""
        return "S" if "S" in self.axes else "T"


@dataclass(frozen=True)
class Case:
    """How to make and call one layer, and what it returns.

    Attributes:
        name: String, unique; the class, and what sets the row apart.
        make: Function without arguments that returns the layer.
        inputs: Tuple of `Input`, the positional arguments of a call.
        output: Axes of the output, letters or numbers.
        weights: Names and shapes of the weights, in order.
        scores: Tuple, the axes of each tensor that comes after the output
            with `return_attention_scores=True`; empty where it is no argument.
        float32: Whether the output is float32 under every policy.
    """

    name: str
    make: Callable
    inputs: tuple
    output: str | tuple
    weights: tuple = ()
    scores: tuple = ()
    float32: bool = False

    @property
    def has_mask(self):
        return any(x.mask for x in self.inputs)

    @property
    def has_gradients(self):
        """Whether there is anything that a training step could move."""
        return bool(self.weights) or self.inputs[0].dtype == "float32"

    @property
    def has_tokens(self):
        """Whether it is called on sentences, of which some may be padded."""
        return all(x.axes[0] == "B" and x.axes[2:] == "D" for x in self.inputs)

    @property
    def keeps_tokens(self):
        """Whether it gives a vector a token, not a sentence."""
        return self.has_tokens and self.output[1] == "T"

    def built(self):
        """A layer that has its weights."""
        layer = self.make()
        layer(*self.arrays())
        return layer

    def arrays(self, seed=0, **sizes):
        """An array an input, of `SIZES` unless said otherwise."""
        rng = np.random.default_rng(seed)
        made = []
        for x in self.inputs:
            shape = shape_of(x.axes, **sizes)
            if x.dtype == "int32":
                made.append(np.arange(*shape, dtype="int32"))
            else:
                made.append(rng.normal(size=shape).astype("float32"))
        return made

    def symbols(self, **sizes):
        """A Keras input an input, of unknown B, T and S unless given."""
        return [
            keras.Input(
                batch_shape=shape_of(x.axes, **(UNKNOWN | sizes)), dtype=x.dtype
            )
            for x in self.inputs
        ]

    def masks(self, missing=2, **sizes):
        """Boolean masks by length letter; the last sentence lacks tokens."""
        masks = {}
        for x in self.inputs:
            mask = np.ones(shape_of(("B", x.length), **sizes), bool)
            mask[-1:, max(mask.shape[1] - missing, 0) :] = False
            masks[x.length] = mask
        return masks

    def call(self, layer, inputs, masks=None, **options):
        """Calls a layer with those of the masks that it takes."""
        for x in self.inputs:
            if masks is not None and x.mask:
                options[x.mask] = masks[x.length]
        return layer(*inputs, **options)

    def real(self, output, masks):
        """The output of real tokens; that of PAD tokens is 0 here."""
        if not self.keeps_tokens:
            return output
        kept = keras.ops.expand_dims(masks["T"], -1)
        return keras.ops.where(kept, output, keras.ops.zeros_like(output))


def shape_of(axes, **sizes):
    """The shape that axes stand for: letters have a size, numbers are one."""
    sizes = SIZES | sizes
    return tuple(sizes[a] if a in sizes else int(a) for a in axes)


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))
