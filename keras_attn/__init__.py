"""keras_attn: exact self-attention over text in Keras.

Importing the package registers its layers and models with Keras, so that
`keras.models.load_model` needs nothing else. The heavier parts are imported
when they are first named: `keras_attn.data`, `keras_attn.tensorboard` and
`keras_attn.export`.
"""

import importlib
from importlib.metadata import version

from keras_attn import layers, maps, models, ops, text

__version__ = version("keras-attn")
__all__ = ["layers", "maps", "models", "ops", "text"]


def __getattr__(name):
    if name in ("data", "export", "tensorboard"):
        return importlib.import_module(f"keras_attn.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
