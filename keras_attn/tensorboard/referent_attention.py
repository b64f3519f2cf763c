"""A callback that logs the attention from one token to another as curves."""

import numpy as np
from tensorboard.plugins.scalar.summary_v2 import scalar_pb

from keras_attn._checks import require_positive_integer
from keras_attn.maps import attention_mass
from keras_attn.tensorboard.encoding import require_texts
from keras_attn.tensorboard.scheduled_writer import ScheduledWriter
from keras_attn.tensorboard.text_record import text_record


class ReferentAttention(ScheduledWriter):
    """Log the attention from one token to another, per layer and head.

    Each text has one position that attends and one that is attended to: a
    pronoun and its referent, a verb and its subject, or a pair of brackets. The
    mean weight over the texts is logged as a scalar with the tag
    `referent_attention/encoder_block_0/head_0`, at the same steps as
    `AttentionMaps`. A head that attends to all tokens equally has a mean weight
    of one divided by the number of tokens.

    Args:
        log_dir: The `keras.callbacks.TensorBoard` passed to the same `fit`, to
            write the curves to its run `train`. Or the path of the log
            directory, to write them to a separate run, `referent_attention`.
        texts: List of B strings, at least one.
        query_positions: B integers, the position of the token that attends in
            each text, counted from 0.
        key_positions: B integers, the position of the token that is attended
            to.
        encode: Function from a list of texts to `(inputs, tokens)`; see
            `AttentionMaps`. Defaults to `None`: the model's own `vectorizer`.
        every_n_epochs: Positive integer. Defaults to `1`.
        batch_size: Positive integer, texts per forward pass. Defaults to `64`.

    Raises:
        ValueError: At construction, if an argument is invalid. When training
            begins, if a position is outside its text, or for the reasons given
            in `AttentionMaps`.

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
        self.texts = require_texts(texts)
        require_positive_integer("batch_size", batch_size)
        self.query_positions = np.asarray(query_positions)
        self.key_positions = np.asarray(key_positions)
        for name in ("query_positions", "key_positions"):
            self._check_positions(name, getattr(self, name))
        self.encode = encode
        self.batch_size = batch_size

    def summaries(self, step):
        for tag, heads in self._means().items():
            for head, mass in enumerate(heads):
                yield scalar_pb(f"referent_attention/{tag}/head_{head}", mass)

    def _means(self):
        """Return the mean weight of each head, `(H,)`, by layer tag."""
        sums = {}
        for start in range(0, len(self.texts), self.batch_size):
            batch = slice(start, start + self.batch_size)
            for tag, masses in self._masses(batch).items():
                count = len(self.texts[batch])
                sums[tag] = sums.get(tag, 0.0) + count * masses
        return {tag: total / len(self.texts) for tag, total in sums.items()}

    def _masses(self, batch):
        record = text_record(self.model, self.texts[batch], self.encode)
        queries, keys = self.query_positions[batch], self.key_positions[batch]
        lengths = np.array([len(each["tokens"]) for each in record.examples])
        outside = (queries >= lengths) | (keys >= lengths)
        if outside.any():  # the map is padded, so it has values there
            text = int(outside.argmax())
            raise ValueError(
                f"texts[{batch.start + text}] has {lengths[text]} tokens, but "
                f"its positions are {queries[text]} and {keys[text]}."
            )
        maps = {
            tag: layer.weights
            for tag, layer in record.layers.items()
            # Not pooling, whose rows are not tokens.
            if layer.axes.rows == layer.axes.columns == "tokens"
        }
        return attention_mass(maps, queries, keys)

    def _check_positions(self, name, positions):
        whole = positions.dtype.kind in "iu"
        if positions.shape != (len(self.texts),) or not whole:
            raise ValueError(
                f"`{name}` must be {len(self.texts)} integers, one per text. "
                f"Received: {positions.dtype} of shape {positions.shape}."
            )
        if (positions < 0).any():
            raise ValueError(
                f"`{name}` must be counted from 0. Received: {positions.min()}."
            )
