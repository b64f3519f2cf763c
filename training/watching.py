"""What TensorBoard shows of a run: curves, maps, and attention to referents."""

import keras
import numpy as np

from keras_attn.tensorboard import AttentionMaps, ReferentAttention

_LONGEST_DRAWN = 24  # tokens: more are hard to read in a small heat map
_MOST_REFERENTS = 200


def watching_callbacks(model, data, settings, run):
    """Callbacks that write to the run's TensorBoard logs.

    All sentences come from the validation split: what is watched during
    training must not be the test.
    """
    logs = str(run.logs)
    callbacks = [
        keras.callbacks.TensorBoard(logs, write_graph=False, profile_batch=0)
    ]
    validation = data.corpus.validation
    if settings.map_sentences:
        rows = choose_sentences(
            [len(row) for row in data.ids["validation"]],
            validation.labels,
            settings.map_sentences,
        )
        callbacks.append(
            AttentionMaps(
                logs,
                [validation.texts[i] for i in rows],
                labels=[model.labels[validation.labels[i]] for i in rows],
                every_n_epochs=settings.map_every,
            )
        )
    if "referent" in validation.positions:
        some = validation.take(np.arange(len(validation))[:_MOST_REFERENTS])
        callbacks.append(
            ReferentAttention(
                logs,
                some.texts,
                some.positions["pronoun"],
                some.positions["referent"],
            )
        )
    return callbacks


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
