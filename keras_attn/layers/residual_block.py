"""Base class for encoder and decoder blocks."""

import keras

from keras_attn._checks import (
    require_boolean,
    require_positive_number,
    require_rate,
)
from keras_attn.layers.dropout import Dropout
from keras_attn.layers.ragged import RaggedInputs
from keras_attn.layers.sublayers import (
    QuantizableSublayers,
    deserialize_sublayer,
    serialize_sublayer,
)


class ResidualBlock(RaggedInputs, QuantizableSublayers, keras.layers.Layer):
    """Base class for blocks with a residual connection around each sublayer.

        norm_first=True:   x + dropout(sublayer(norm(x)))
        norm_first=False:  norm(x + dropout(sublayer(x)))

    A subclass lists its sublayers in `sublayer_names` and stores each in an
    attribute of that name.

    Args:
        dropout: Float in [0, 1), applied to the output of each sublayer.
        epsilon: Float, added to the variance in the normalizations.
        norm_first: Boolean, whether to normalize the input of each sublayer
            instead of the sum.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: If `dropout`, `epsilon` or `norm_first` is out of range.
    """

    sublayer_names = ()

    def __init__(self, dropout, epsilon, norm_first, **kwargs):
        super().__init__(**kwargs)
        self.dropout = require_rate("dropout", dropout)
        self.epsilon = require_positive_number("epsilon", epsilon)
        self.norm_first = require_boolean("norm_first", norm_first)
        self.supports_masking = True
        self._dropout_layer = Dropout(self.dropout, dtype=self.dtype_policy)

    def _norm(self, name):
        return keras.layers.LayerNormalization(
            epsilon=self.epsilon, dtype=self.dtype_policy, name=name
        )

    def _build_sublayer(self, name, x_shape, *other_shapes):
        """Build a sublayer and check that its output can be added to x.

        A symbolic call builds any layer, regardless of the signature of its
        `build`, and returns the shape of its output.
        """
        sublayer = getattr(self, name)
        shapes = (x_shape, *other_shapes)
        added = sublayer(*(keras.KerasTensor(shape) for shape in shapes)).shape
        if len(added) != len(x_shape) or added[-1] != x_shape[-1]:
            raise ValueError(
                f"`{name}` must keep the width of its input, because its "
                f"output is added to it. Received: width {x_shape[-1]} in, "
                f"shape {tuple(added)} out of {name}={sublayer!r}."
            )

    def _around(self, norm, sublayer, x, *others, **options):
        """Apply one sublayer and its residual connection.

        Returns:
            A list of the new x and, if the sublayer returns them, its scores.
        """
        # Inside a `keras.RematScope`, JAX traces even a flag that is passed.
        if not options.get("return_attention_scores", True):
            del options["return_attention_scores"]
        read = norm(x) if self.norm_first else x
        added = sublayer(read, *others, **options)
        added, *scores = added if isinstance(added, tuple) else (added,)
        x = x + self._dropout_layer(added, training=options["training"])
        return [x if self.norm_first else norm(x), *scores]

    def get_config(self):
        config = super().get_config()
        for name in self.sublayer_names:
            config[name] = serialize_sublayer(self, name, getattr(self, name))
        config.update(
            {
                "dropout": self.dropout,
                "epsilon": self.epsilon,
                "norm_first": self.norm_first,
            }
        )
        return config

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in cls.sublayer_names:
            config[name] = deserialize_sublayer(config[name])
        return cls(**config)
