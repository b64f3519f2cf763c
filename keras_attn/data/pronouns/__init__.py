"""The pronouns dataset; importing this makes TFDS know it."""

from keras_attn.data.pronouns.builder import Pronouns

__all__ = ["Pronouns"]
