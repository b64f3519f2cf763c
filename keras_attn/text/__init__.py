"""Strings to ids, in plain Python and inside a TensorFlow graph."""

from keras_attn.text.tokenization import tokenize
from keras_attn.text.vectorizer import PAD_ID, UNK_ID, Vectorizer, pad

__all__ = ["PAD_ID", "UNK_ID", "Vectorizer", "pad", "tokenize"]
