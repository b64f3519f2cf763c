"""Batches of texts of similar length, reproducible by seed and epoch."""

import keras
import numpy as np

from keras_attn._checks import require_positive_integer
from keras_attn.text import pad


class LengthBatches(keras.utils.PyDataset):
    """Batches with little padding, for `fit`, `evaluate` and `predict`.

    Texts are sorted by length and cut into batches of at most `batch_size`
    texts and at most `tokens_per_batch` tokens, including padding. A longer
    text is a batch by itself. Lengths of 32 and more are rounded up, by less
    than 1/16, so that a long text is grouped with different texts in every
    epoch. The shapes of the batches are the same in every epoch.

    With a seed, the texts are grouped and the batches are shuffled anew in
    every epoch. The result depends only on the seed and the number of the
    epoch. Keras does not pass this number to a dataset, so pass
    `epoch_callback()` to `fit`. Training resumed with `initial_epoch=k` then
    uses the same batches as an uninterrupted run. Without the callback, every
    epoch uses the order of the attribute `epoch`. Pass `shuffle=False`;
    otherwise Keras reorders the batches with Python's global random state,
    which a resumed run does not share. Do not set `steps_per_epoch`, which
    would mix batches of two epochs.

    Shapes: N texts, B batch, T length.

    Args:
        ids: List of N 1-D integer arrays of token ids, at least one.
        labels: Integer array of shape `(N,)`, or boolean array of shape
            `(N, C)`. Defaults to `None`: batches without labels.
        weights: Float array of shape `(N,)`, the weight of each text in loss
            and metrics. Defaults to `None`: batches without weights.
        batch_size: Positive integer, the largest B. Defaults to `64`.
        tokens_per_batch: Positive integer, the largest B * T. Defaults to
            `4096`.
        seed: Integer, at least 0. Defaults to `None`: the order is fixed.
        pad_id: Integer, the id to pad with, on the right. Defaults to `0`.

    Items:
        `(ids, labels, weights)`, `(ids, labels)` without weights, or `(ids,)`
        without labels: int32 arrays of shape `(B, T)`, T >= 1, and `(B,)` or
        `(B, C)`, and a float32 array of shape `(B,)`.

    Raises:
        ValueError: If there are no texts, if one is not 1-D, if the number of
            labels or weights is not N, if there are weights without labels, or
            if a size is not a positive integer.

    Example:

    ```python
    train = LengthBatches(ids, labels, seed=0)
    model.fit(train, epochs=9, initial_epoch=4, shuffle=False,
              callbacks=[train.epoch_callback()])

    test = LengthBatches(test_ids)
    logits = np.empty((len(test_ids), num_labels))
    logits[test.order] = model.predict(test)
    ```
    """

    def __init__(
        self,
        ids,
        labels=None,
        *,
        batch_size=64,
        tokens_per_batch=4096,
        seed=None,
        pad_id=0,
        weights=None,
    ):
        super().__init__()
        _check(ids, labels, weights, batch_size, tokens_per_batch)
        self.ids = [np.asarray(row, dtype=np.int32) for row in ids]
        self.labels = None if labels is None else np.asarray(labels, np.int32)
        self.weights = None
        if weights is not None:
            self.weights = np.asarray(weights, np.float32)
        self.batch_size = batch_size
        self.tokens_per_batch = tokens_per_batch
        self.seed = seed
        self.pad_id = pad_id
        self._width = padded_lengths([len(row) for row in self.ids])  # (N,)
        self._cuts = cut(np.sort(self._width), batch_size, tokens_per_batch)
        self.epoch = 0

    @property
    def epoch(self):
        """The number of the epoch, from 0. Setting it changes the order."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch):
        self._epoch = epoch
        rows = np.argsort(self._width, kind="stable")
        if self.seed is not None:
            rng = np.random.default_rng([self.seed, epoch])
            rows = np.lexsort((rng.permutation(len(rows)), self._width))
        batches = np.split(rows, self._cuts)
        if self.seed is not None:
            batches = [batches[i] for i in rng.permutation(len(batches))]
        # One assignment: a prefetching thread sees the old or the new order.
        self._batches = self._unlike_first(batches)

    def _unlike_first(self, batches):
        """Move a batch of another width to the second place, if there is one.

        Keras infers the shape of all batches from the first two. If these had
        the same width, it would reject any other width.
        """
        widths = [self._width[rows[-1]] for rows in batches]
        for i, width in enumerate(widths):
            if width != widths[0]:
                return [
                    batches[0],
                    batches[i],
                    *batches[1:i],
                    *batches[i + 1 :],
                ]
        return batches

    def epoch_callback(self):
        """Return a callback for `fit` that sets `epoch` in every epoch."""
        return keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: setattr(self, "epoch", epoch)
        )

    def __len__(self):
        return len(self._cuts) + 1

    def __getitem__(self, index):
        rows = self._batches[index]
        ids = [self.ids[row] for row in rows]
        batch = pad(ids, self._width[rows[-1]], self.pad_id)  # (B, T)
        others = (self.labels, self.weights)
        return (batch, *(each[rows] for each in others if each is not None))

    @property
    def order(self):
        """Int64 `(N,)`, the index in `ids` of each row in batch order."""
        return np.concatenate(self._batches)

    @property
    def padding_share(self):
        """The share of tokens that are padding, in [0, 1), in every epoch."""
        cells = sum(len(b) * self._width[b[-1]] for b in self._batches)
        return 1.0 - sum(len(row) for row in self.ids) / float(cells)


def padded_lengths(lengths):
    """Return the width that each text is padded to: int64 `(N,)`, at least 1.

    Lengths with the same five leading binary digits differ by less than 1/16.
    They are all padded to the greatest of them. Lengths below 32 are unchanged.
    """
    lengths = np.maximum(np.asarray(lengths, dtype=np.int64), 1)
    step = 2 ** np.maximum(np.frexp(lengths)[1].astype(np.int64) - 5, 0)
    _, group = np.unique(lengths // step * step, return_inverse=True)
    longest = np.zeros(group.max() + 1, dtype=np.int64)
    np.maximum.at(longest, group, lengths)
    return longest[group]


def cut(widths, batch_size, tokens_per_batch):
    """Return where new batches start in ascending `widths`, without 0."""
    cuts, start = [], 0
    for i, width in enumerate(widths):
        size = i - start + 1
        if size > 1 and (size > batch_size or size * width > tokens_per_batch):
            cuts.append(i)
            start = i
    return cuts


def _check(ids, labels, weights, batch_size, tokens_per_batch):
    if not len(ids):
        raise ValueError(
            "`ids` must contain at least one text. Received: none."
        )
    for i, row in enumerate(ids):
        if np.ndim(row) != 1:
            raise ValueError(
                "`ids` must be a list of 1-D arrays of token ids. Received: "
                f"shape {np.shape(row)} at index {i}."
            )
    if labels is not None and len(labels) != len(ids):
        raise ValueError(
            "`labels` must contain one label per text. Received: "
            f"{len(labels)} labels for {len(ids)} texts."
        )
    if weights is not None and (labels is None or len(weights) != len(ids)):
        raise ValueError(
            "`weights` need labels, and must contain one weight per text. "
            f"Received: {len(weights)} weights for {len(ids)} texts."
        )
    require_positive_integer("batch_size", batch_size)
    require_positive_integer("tokens_per_batch", tokens_per_batch)
