"""One row of the table in `cases.py`, and the calls that follow from it.

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
        axes: String, one letter per axis. A tensor of one axis contains
            integer positions, any other floats.
        mask: Name of the call argument with its mask, or None.
    """

    axes: str
    mask: str | None = None

    @property
    def dtype(self):
        return "int32" if len(self.axes) == 1 else "float32"

    @property
    def length(self):
        """The letter of the token axis."""
        return "S" if "S" in self.axes else "T"


@dataclass(frozen=True)
class Case:
    """How to create and call one layer, and what it returns.

    Attributes:
        name: String, unique: the class and what distinguishes the row.
        make: Function without arguments that returns the layer.
        inputs: Tuple of `Input`, the positional arguments of a call.
        output: Axes of the output, letters or numbers.
        weights: Names and shapes of the weights, in order.
        scores: Tuple, the axes of each tensor that follows the output with
            `return_attention_scores=True`; empty if it is not an argument.
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
        """Whether a training step can change anything."""
        return bool(self.weights) or self.inputs[0].dtype == "float32"

    @property
    def has_tokens(self):
        """Whether it is called on texts, some of which may be padded."""
        return all(x.axes[0] == "B" and x.axes[2:] == "D" for x in self.inputs)

    @property
    def keeps_tokens(self):
        """Whether it returns one vector per token, not one per text."""
        return self.has_tokens and self.output[1] == "T"

    def built(self):
        """A layer whose weights all differ from their initial values."""
        layer = self.make()
        layer(*self.arrays())
        move_weights(layer)
        return layer

    def arrays(self, seed=0, **sizes):
        """One array per input, of `SIZES` unless given."""
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
        """One `keras.Input` per input, of unknown B, T and S unless given."""
        return [
            keras.Input(
                batch_shape=shape_of(x.axes, **(UNKNOWN | sizes)), dtype=x.dtype
            )
            for x in self.inputs
        ]

    def masks(self, missing=2, **sizes):
        """Masks by length letter; the last text is shorter by `missing`."""
        masks = {}
        for x in self.inputs:
            mask = np.ones(shape_of(("B", x.length), **sizes), bool)
            mask[-1:, max(mask.shape[1] - missing, 0) :] = False
            masks[x.length] = mask
        return masks

    def call(self, layer, inputs, masks=None, **options):
        """Call a layer with those of the masks that it accepts."""
        for x in self.inputs:
            if masks and x.mask and x.length in masks:
                options[x.mask] = masks[x.length]
        return layer(*inputs, **options)

    def real(self, output, masks):
        """The output with that of PAD tokens set to 0."""
        if not self.keeps_tokens:
            return output
        kept = keras.ops.expand_dims(masks["T"], -1)
        return keras.ops.where(kept, output, keras.ops.zeros_like(output))


def shape_of(axes, **sizes):
    """The shape of axes, which are letters with a size, or numbers."""
    sizes = SIZES | sizes
    return tuple(sizes[a] if a in sizes else int(a) for a in axes)


def move_weights(layer):
    """Add noise to all weights, so that none has its initial value."""
    rng = np.random.default_rng(1)
    layer.set_weights(
        [w + 0.1 * rng.normal(size=w.shape) for w in layer.get_weights()]
    )


def array(tensor):
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32"))
