"""The tokenization rules and the vocabulary inside a TensorFlow graph."""

import tensorflow as tf

from keras_attn.text.graph_normalization import NormalizedTexts
from keras_attn.text.tokenization import SEPARATOR_PATTERN, TOKEN_PATTERNS


class StringsToIds(tf.Module):
    """Map a tensor of strings to padded ids, as `Vectorizer.encode` does.

    This is a `tf.Module`, so a SavedModel that contains it includes its tables.

    Args:
        vocabulary: Sequence of strings, the tokens in the order of their ids.
        unk_id: Integer, the id of every token outside the vocabulary.
        max_length: Integer, the number of tokens to keep.
        tokens: `"words"` or `"characters"`. Defaults to `"words"`.
        normalization: `"nfc"` or `None`. Defaults to `"nfc"`.
    """

    def __init__(
        self,
        vocabulary,
        unk_id,
        max_length,
        tokens="words",
        normalization="nfc",
    ):
        super().__init__()
        self.max_length = max_length
        self._token_pattern = TOKEN_PATTERNS[tokens]
        # Outside of the graph that first calls this, so that others can too.
        with tf.init_scope():
            ids = tf.lookup.KeyValueTensorInitializer(
                tf.constant(vocabulary, tf.string),
                tf.range(len(vocabulary), dtype=tf.int32),
            )
            self.table = tf.lookup.StaticHashTable(ids, default_value=unk_id)
            self._normalized = NormalizedTexts(normalization)

    def __call__(self, texts):
        """Map strings `(B,)` to int32 ids `(B, T)`, T the longest text."""
        return self.look_up(self.tokens(texts))

    def tokens(self, texts):
        """Tokenize and truncate strings `(B,)`; return ragged `(B, None)`."""
        texts = self._normalized(tf.convert_to_tensor(texts, tf.string))
        texts = tf.strings.regex_replace(texts, SEPARATOR_PATTERN, " ")
        texts = tf.strings.regex_replace(texts, self._token_pattern, r"\0 ")
        return tf.strings.split(texts)[:, : self.max_length]

    def look_up(self, tokens):
        """Map ragged tokens `(B, None)` to int32 ids `(B, T)`, 0-padded."""
        return self.table.lookup(tokens).to_tensor(default_value=0)
