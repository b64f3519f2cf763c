"""The tokenization rules and the vocabulary inside a TensorFlow graph."""

import numpy as np
import tensorflow as tf

from keras_attn.text.tokenization import (
    LOWER_CASE,
    REPLACEMENT,
    SEPARATOR_PATTERN,
    TOKEN_PATTERN,
)


class StringsToIds(tf.Module):
    """Map a tensor of strings to padded ids, as `Vectorizer.encode` does.

    This is a `tf.Module`, so a SavedModel that contains it includes its tables.

    Args:
        vocabulary: Sequence of strings, the tokens in the order of their ids.
        unk_id: Integer, the id of every token outside the vocabulary.
        max_length: Integer, the number of tokens to keep.
    """

    def __init__(self, vocabulary, unk_id, max_length):
        super().__init__()
        self.max_length = max_length
        ids = tf.lookup.KeyValueTensorInitializer(
            tf.constant(vocabulary, tf.string),
            tf.range(len(vocabulary), dtype=tf.int32),
        )
        self.table = tf.lookup.StaticHashTable(ids, default_value=unk_id)
        lower = np.arange(max(LOWER_CASE) + 1, dtype=np.int32)
        lower[list(LOWER_CASE)] = list(LOWER_CASE.values())
        self._lower = tf.constant(lower)

    def __call__(self, texts):
        """Map strings `(B,)` to int32 ids `(B, T)`, T the longest text."""
        return self.look_up(self.tokens(texts))

    def tokens(self, texts):
        """Tokenize and truncate strings `(B,)`; return ragged `(B, None)`."""
        texts = self._lower_case(tf.convert_to_tensor(texts, tf.string))
        texts = tf.strings.regex_replace(texts, SEPARATOR_PATTERN, " ")
        texts = tf.strings.regex_replace(texts, TOKEN_PATTERN, r"\0 ")
        return tf.strings.split(texts)[:, : self.max_length]

    def look_up(self, tokens):
        """Map ragged tokens `(B, None)` to int32 ids `(B, T)`, 0-padded."""
        return self.table.lookup(tokens).to_tensor(default_value=0)

    def _lower_case(self, texts):
        code_points = tf.strings.unicode_decode(
            texts, "UTF-8", replacement_char=REPLACEMENT
        )
        flat = code_points.flat_values
        last = tf.size(self._lower) - 1
        lower = tf.gather(self._lower, tf.minimum(flat, last))
        flat = tf.where(flat <= last, lower, flat)
        return tf.strings.unicode_encode(
            code_points.with_flat_values(flat), "UTF-8"
        )
