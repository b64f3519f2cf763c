"""What encoder and decoder blocks have in common."""

import keras
from keras.saving import deserialize_keras_object, serialize_keras_object

from keras_attn._checks import (
    require_boolean,
    require_positive_number,
    require_rate,
)


class ResidualBlock(keras.layers.Layer):
    """A block whose sublayers each stand around a residual.

        norm_first=True:   x + dropout(sublayer(norm(x)))
        norm_first=False:  norm(x + dropout(sublayer(x)))

    A subclass names its sublayers in `sublayer_names`, and holds each in an
    attribute of that name.

    Args:
        dropout: Float in [0, 1), applied to what each sublayer adds.
        epsilon: Float, added to the variance in the normalizations.
        norm_first: Boolean, whether to normalize what a sublayer reads, or
            the sum.
        **kwargs: Arguments of `keras.layers.Layer`.

    Raises:
        ValueError: If `dropout`, `epsilon` or `norm_first` is out of range.
    """

    sublayer_names = ()

    def __init__(self, dropout, epsilon, norm_first, **kwargs):
        super().__init__(**kwargs)
        require_rate("dropout", dropout)
        require_positive_number("epsilon", epsilon)
        require_boolean("norm_first", norm_first)
        self.dropout = dropout
        self.epsilon = epsilon
        self.norm_first = norm_first
        self.supports_masking = True
        self._dropout_layer = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy
        )

    def _norm(self, name):
        return keras.layers.LayerNormalization(
            epsilon=self.epsilon, dtype=self.dtype_policy, name=name
        )

    def _build_sublayer(self, name, x_shape, *other_shapes):
        """Builds a sublayer, and refuses one that the residual cannot add.

        A symbolic call builds any layer, whatever its `build` looks like, and
        shows what shape it gives.
        """
        sublayer = getattr(self, name)
        shapes = (x_shape, *other_shapes)
        added = sublayer(*(keras.KerasTensor(shape) for shape in shapes)).shape
        if len(added) != len(x_shape) or added[-1] != x_shape[-1]:
            raise ValueError(
                f"`{name}` must keep the width of what it reads, because both "
                f"are added. Received: width {x_shape[-1]} in, shape "
                f"{tuple(added)} out of {name}={sublayer!r}."
            )

    def _around(self, norm, sublayer, x, *others, **options):
        """One sublayer and its residual.

        Returns:
            A list of the new x and, if the sublayer was asked for them, its
            scores.
        """
        read = norm(x) if self.norm_first else x
        added = sublayer(read, *others, **options)
        added, *scores = added if isinstance(added, tuple) else (added,)
        x = x + self._dropout_layer(added, training=options["training"])
        return [x if self.norm_first else norm(x), *scores]

    def get_config(self):
        config = super().get_config()
        for name in self.sublayer_names:
            config[name] = serialize_keras_object(getattr(self, name))
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
            # Left for the block to build, as in a new one: a layer's path,
            # by which its weights and maps are known, is where it was built.
            sublayer = {**config[name], "build_config": None}
            config[name] = deserialize_keras_object(sublayer)
        return cls(**config)
