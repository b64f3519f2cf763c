"""keras_attn: exact self-attention over text in Keras.

Importing the package registers its layers and models with Keras, so that
`keras.models.load_model` needs nothing else. The heavier parts are imported by
name: `keras_attn.data`, `keras_attn.tensorboard` and `keras_attn.export`.
"""

from importlib.metadata import version

from keras_attn import layers, maps, models, ops, text

__version__ = version("keras-attn")
__all__ = ["layers", "maps", "models", "ops", "text"]
