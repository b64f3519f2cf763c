"""keras_attn: exact self-attention over text in Keras.

Importing the package registers its layers and models with Keras, so
`keras.models.load_model` needs nothing else. `keras_attn.data`,
`keras_attn.export`, `keras_attn.plots` and `keras_attn.tensorboard` are
imported on first use, because they import larger libraries.
"""

import importlib
from importlib.metadata import version

from keras_attn import layers, maps, models, ops, optimizers, text

__version__ = version("keras-attn")
__all__ = ["layers", "maps", "models", "ops", "optimizers", "text"]


def __getattr__(name):
    if name in ("data", "export", "plots", "tensorboard"):
        return importlib.import_module(f"keras_attn.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
