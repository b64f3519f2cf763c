"""Batches of sentences of like length, the same again for a seed and epoch."""

import keras
import numpy as np

from keras_attn.text import pad


class LengthBatches(keras.utils.PyDataset):
    """Batches with little padding, for `fit`, `evaluate` and `predict`.

    Sentences are sorted by length and cut into batches of at most `batch_size`
    sentences and at most `tokens_per_batch` cells, padding counted; a sentence
    longer than that goes alone. With a seed, every epoch groups the sentences
    anew and visits the batches in another order, both given by (seed, epoch)
    alone. Lengths of 32 and more count as equal to those up to 1/16 longer, so
    that long documents meet new neighbours too. A batch keeps its shape in
    every epoch, so the number of batches is fixed.

    Keras tells a dataset that an epoch begins, but not which. The callback
    does, so that training resumed with `initial_epoch=k` sees what an
    uninterrupted run would; without it every epoch repeats the order of
    `epoch`. `shuffle=False` keeps Keras from reordering the batches by
    Python's global random state, which a resumed run does not share. Leave
    `steps_per_epoch` alone: it lets batches of two epochs mix.

    ```python
    train = LengthBatches(ids, labels, seed=0)
    model.fit(train, epochs=9, initial_epoch=4, shuffle=False,
              callbacks=[train.epoch_callback()])

    test = LengthBatches(test_ids)
    logits = np.empty((len(test_ids), num_labels))
    logits[test.order] = model.predict(test)
    ```

    Args:
        ids: N sentences, each a 1-D integer array of token ids; at least one.
        labels: integers (N,), or None for batches without labels.
        batch_size: sentences in a batch at most.
        tokens_per_batch: cells (B * T) in a batch at most.
        seed: integer >= 0, or None for one fixed order.
        pad_id: the id that fills a row's right end.

    Raises:
        ValueError: no sentences, a sentence that is not 1-D, labels of another
            number, or a size below 1.

    Items are `(ids, labels)` or `(ids,)`: int32 (B, T), padded on the right,
    T >= 1, and int32 (B,).
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
    ):
        super().__init__()
        _check(ids, labels, batch_size, tokens_per_batch)
        self.ids = [np.asarray(row, dtype=np.int32) for row in ids]
        self.labels = None if labels is None else np.asarray(labels, np.int32)
        self.batch_size = batch_size
        self.tokens_per_batch = tokens_per_batch
        self.seed = seed
        self.pad_id = pad_id
        self._width = padded_lengths([len(row) for row in self.ids])  # (N,)
        self._cuts = cut(np.sort(self._width), batch_size, tokens_per_batch)
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The epoch, from 0, whose order is delivered; assign to move on."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int):
        self._epoch = epoch
        rows = np.argsort(self._width, kind="stable")
        if self.seed is not None:
            rng = np.random.default_rng([self.seed, epoch])
            rows = np.lexsort((rng.permutation(len(rows)), self._width))
        batches = np.split(rows, self._cuts)
        if self.seed is not None:
            batches = [batches[i] for i in rng.permutation(len(batches))]
        # One assignment: a prefetching thread sees the old plan or the new.
        self._batches = self._unlike_first(batches)

    def _unlike_first(self, batches):
        """Puts a batch of another width second, if there is one.

        Keras takes the shape of all batches from the first two; two of equal
        width would make it refuse every other.
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

    def epoch_callback(self) -> keras.callbacks.Callback:
        """A callback for `fit` that sets `epoch` as each epoch begins."""
        return keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: setattr(self, "epoch", epoch)
        )

    def __len__(self) -> int:
        return len(self._cuts) + 1

    def __getitem__(self, index):
        rows = self._batches[index]
        ids = [self.ids[row] for row in rows]
        batch = pad(ids, self._width[rows[-1]], self.pad_id)  # (B, T)
        return (batch,) if self.labels is None else (batch, self.labels[rows])

    @property
    def order(self) -> np.ndarray:
        """int64 (N,): the input index of each row as delivered this epoch."""
        return np.concatenate(self._batches)

    @property
    def padding_share(self) -> float:
        """The share of cells that are padding, in [0, 1); fixed."""
        cells = sum(len(b) * self._width[b[-1]] for b in self._batches)
        return 1.0 - sum(len(row) for row in self.ids) / float(cells)


def padded_lengths(lengths) -> np.ndarray:
    """The width each sentence is padded to: int64 (N,), at least 1.

    Lengths whose five leading binary digits agree, which is within 1/16, share
    the greatest that occurs among them. Below 32 every length is its own.
    """
    lengths = np.maximum(np.asarray(lengths, dtype=np.int64), 1)
    step = 2 ** np.maximum(np.frexp(lengths)[1].astype(np.int64) - 5, 0)
    _, group = np.unique(lengths // step * step, return_inverse=True)
    longest = np.zeros(group.max() + 1, dtype=np.int64)
    np.maximum.at(longest, group, lengths)
    return longest[group]


def cut(
    widths: np.ndarray, batch_size: int, tokens_per_batch: int
) -> list[int]:
    """Where a new batch starts in ascending `widths` (N,), 0 left out."""
    cuts, start = [], 0
    for i, width in enumerate(widths):
        size = i - start + 1
        if size > 1 and (size > batch_size or size * width > tokens_per_batch):
            cuts.append(i)
            start = i
    return cuts


def _check(ids, labels, batch_size, tokens_per_batch):
    if not len(ids):
        raise ValueError("expected at least one sentence in ids, received none")
    for i, row in enumerate(ids):
        if np.ndim(row) != 1:
            raise ValueError(
                "expected every sentence in ids as a 1-D array of token ids, "
                f"received shape {np.shape(row)} at index {i}"
            )
    if labels is not None and len(labels) != len(ids):
        raise ValueError(
            "expected one label for each sentence, received "
            f"{len(labels)} labels for {len(ids)} sentences"
        )
    for name, size in [
        ("batch_size", batch_size),
        ("tokens_per_batch", tokens_per_batch),
    ]:
        if size < 1:
            raise ValueError(f"expected {name} of at least 1, received {size}")
