"""The pronouns dataset. Importing this module registers it with TFDS.

    import keras_attn.data.pronouns
    tfds.load("pronouns")

`keras_attn.data.load_corpus("pronouns")` needs no import.
"""

from keras_attn.data.pronouns.builder import Pronouns

__all__ = ["Pronouns"]
