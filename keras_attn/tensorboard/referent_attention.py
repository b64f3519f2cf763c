"""How much attention goes from one token to another, as curves."""

import numpy as np
import tensorflow as tf

from keras_attn.maps import attention_mass, capture_attention
from keras_attn.tensorboard.encoding import check_texts, encode_texts
from keras_attn.tensorboard.layer_tags import layer_tags
from keras_attn.tensorboard.scheduled_writer import ScheduledWriter
from tensorboard_plugin_attention.checks import require_positive_integer


class ReferentAttention(ScheduledWriter):
    """Writes, for each layer and head, the attention from one token to another.

    In each text one position looks and one is looked at: a pronoun and its
    referent, a verb and its subject, a bracket and its partner. The mean
    weight over the texts goes to TensorBoard's scalars under the tag
    `referent_attention/encoder_block_0/head_0`, at the steps of
    `AttentionMaps`. A head that looks at every token alike gives one over the
    number of tokens.

    Args:
        log_dir: The `keras.callbacks.TensorBoard` of the same fit: the curves
            stand in its run `train`. Or the path of the log directory: they
            have the run `referent_attention`.
        texts: List of B strings, at least one.
        query_positions: B integers, the token of each text that looks, from 0.
        key_positions: B integers, the token that is looked at.
        encode: Function from a list of texts to `(inputs, tokens)`; see
            `encode_texts`. Defaults to `None`: the model's own `vectorizer`.
        every_n_epochs: Positive integer. Defaults to `1`.
        batch_size: Positive integer, texts in one forward pass. Defaults to
            `64`.

    Raises:
        ValueError: At construction if an argument is out of range; when
            training begins if a position is outside its text, or as
            `AttentionMaps` does.

    Example:

    >>> board = keras.callbacks.TensorBoard("logs")
    >>> curves = ReferentAttention(board, ["Ann lost her key"], [2], [0])
    >>> model.fit(x, y, callbacks=[board, curves])
    """

    def __init__(
        self,
        log_dir,
        texts,
        query_positions,
        key_positions,
        *,
        encode=None,
        every_n_epochs=1,
        batch_size=64,
    ):
        super().__init__(log_dir, "referent_attention", every_n_epochs)
        self.texts = check_texts(texts)
        require_positive_integer("batch_size", batch_size)
        self.query_positions = np.asarray(query_positions)
        self.key_positions = np.asarray(key_positions)
        for name in ("query_positions", "key_positions"):
            self._check_positions(name, getattr(self, name))
        self.encode = encode
        self.batch_size = batch_size

    def write_summaries(self, step):
        means = self._means()
        tags = layer_tags(means, self.model.name)
        for path, heads in means.items():
            for head, mass in enumerate(heads):
                tag = f"referent_attention/{tags[path]}/head_{head}"
                tf.summary.scalar(tag, mass)

    def _means(self):
        """Layer path -> mean weight of each head (H,) over all texts."""
        sums = {}
        for start in range(0, len(self.texts), self.batch_size):
            batch = slice(start, start + self.batch_size)
            for path, masses in self._masses(batch).items():
                count = len(self.texts[batch])
                sums[path] = sums.get(path, 0.0) + count * masses
        return {path: total / len(self.texts) for path, total in sums.items()}

    def _masses(self, batch):
        inputs, tokens, _ = encode_texts(
            self.model, self.texts[batch], self.encode
        )
        queries, keys = self.query_positions[batch], self.key_positions[batch]
        lengths = np.array([len(its_tokens) for its_tokens in tokens])
        outside = (queries >= lengths) | (keys >= lengths)
        if outside.any():  # in the padding, where a map has values too
            text = int(outside.argmax())
            raise ValueError(
                f"texts[{batch.start + text}] has {lengths[text]} tokens, but "
                f"its positions are {queries[text]} and {keys[text]}."
            )
        maps = {
            path: weights
            for path, weights in capture_attention(self.model, inputs).items()
            # Not those of a pooling, which looks from no token of its own.
            if min(weights.shape[2:]) >= lengths.max()
        }
        return attention_mass(maps, queries, keys)

    def _check_positions(self, name, positions):
        whole = positions.dtype.kind in "iu"
        if positions.shape != (len(self.texts),) or not whole:
            raise ValueError(
                f"`{name}` must be {len(self.texts)} integers, one for each "
                f"text. Received: {positions.dtype} of shape {positions.shape}."
            )
        if (positions < 0).any():
            raise ValueError(
                f"`{name}` counts from 0. Received: {positions.min()}."
            )
