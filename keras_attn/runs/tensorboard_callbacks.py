"""What TensorBoard shows of a run: curves, maps, and attention to referents."""

import keras
import numpy as np

from keras_attn.tensorboard import AttentionMaps, ReferentAttention

_LONGEST_DRAWN = 24  # tokens: more are hard to read in a small heat map
_MOST_REFERENTS = 200


def watching_callbacks(model, data, settings, run):
    """Callbacks that write to the run's TensorBoard logs, all as one run there.

    All sentences come from the validation split: what is watched during
    training must not be the test.
    """
    board = keras.callbacks.TensorBoard(
        str(run.logs), write_graph=False, profile_batch=0
    )
    callbacks = [board]
    validation = data.corpus.validation
    if settings.map_sentences:
        lengths = [len(row) for row in data.ids["validation"]]
        rows = choose_sentences(
            lengths, validation.labels, settings.map_sentences
        )
        callbacks.append(
            AttentionMaps(
                board,
                [validation.texts[i] for i in rows],
                labels=[model.labels[validation.labels[i]] for i in rows],
                every_n_epochs=settings.map_every,
                pairs=_referents(validation.positions, lengths, rows),
            )
        )
    if "referent" in validation.positions:
        some = validation.take(np.arange(len(validation))[:_MOST_REFERENTS])
        callbacks.append(
            ReferentAttention(
                board,
                some.texts,
                some.positions["pronoun"],
                some.positions["referent"],
            )
        )
    return callbacks


def _referents(positions, lengths, rows):
    """(pronoun, referent) of each row, `None` where the model reads less."""
    if "referent" not in positions:
        return None
    pairs = [(positions["pronoun"][i], positions["referent"][i]) for i in rows]
    return [
        pair if max(pair) < lengths[row] else None
        for row, pair in zip(rows, pairs, strict=True)
    ]


def choose_sentences(lengths, labels, count):
    """Rows of a few sentences to draw, every label in turn.

    Of each label the longest come first that are still readable, at most 24
    tokens; if there are none, the shortest.

    Args:
        lengths: N integers, in tokens.
        labels: N integers.
        count: Integer, how many rows to choose at most.

    Returns:
        A list of distinct integers from 0 to N - 1.
    """
    lengths, labels = np.asarray(lengths), np.asarray(labels)
    best_first = np.argsort(
        np.where(lengths <= _LONGEST_DRAWN, -lengths, lengths), kind="stable"
    )
    queues = [
        list(best_first[labels[best_first] == label])
        for label in np.unique(labels)
    ]
    chosen = []
    while len(chosen) < count and any(queues):
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(int(queue.pop(0)))
    return chosen
