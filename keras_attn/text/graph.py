"""The tokenization rules and the vocabulary inside a TensorFlow graph."""

import tensorflow as tf

from keras_attn.text.graph_normalization import NormalizedTexts
from keras_attn.text.pairs import SEPARATOR_TOKEN, TAB, kept_lengths
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
        pairs: Boolean, whether texts are pairs. Defaults to `False`. Without a
            tab, the second text is empty; further tabs are spaces.
    """

    def __init__(
        self,
        vocabulary,
        unk_id,
        max_length,
        tokens="words",
        normalization="nfc",
        pairs=False,
    ):
        super().__init__()
        self.max_length = max_length
        self._pairs = pairs
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
        texts = tf.convert_to_tensor(texts, tf.string)
        if self._pairs:
            return self._tokens_of_pairs(texts)
        return self._all_tokens(texts)[:, : self.max_length]

    def _all_tokens(self, texts):
        texts = self._normalized(texts)
        texts = tf.strings.regex_replace(texts, SEPARATOR_PATTERN, " ")
        texts = tf.strings.regex_replace(texts, self._token_pattern, r"\0 ")
        return tf.strings.split(texts)

    def _tokens_of_pairs(self, texts):
        first = tf.strings.regex_replace(texts, f"(?s){TAB}.*", "")
        second = tf.strings.regex_replace(texts, f"(?s)^[^{TAB}]*{TAB}?", "")
        first, second = self._all_tokens(first), self._all_tokens(second)
        lengths = kept_lengths(
            first.row_lengths(),
            second.row_lengths(),
            self.max_length,
            tf.minimum,
            tf.maximum,
        )
        separators = tf.fill([tf.shape(texts)[0], 1], SEPARATOR_TOKEN)
        return tf.concat(
            [_first(first, lengths[0]), separators, _first(second, lengths[1])],
            axis=1,
        )

    def look_up(self, tokens):
        """Map ragged tokens `(B, None)` to int32 ids `(B, T)`, 0-padded."""
        return self.table.lookup(tokens).to_tensor(default_value=0)


def _first(rows, lengths):
    """Return the first `lengths[i]` items of each row i of a ragged tensor."""
    places = tf.ragged.range(rows.row_lengths())
    return tf.ragged.boolean_mask(rows, places < lengths[:, None])
