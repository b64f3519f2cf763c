"""Callbacks that log attention maps, and the attention to referents."""

import numpy as np

from keras_attn.data.labels import label_groups
from keras_attn.tensorboard import AttentionMaps, ReferentAttention

_LONGEST_DRAWN = 24  # tokens; more are hard to read in a small heat map
_MAX_REFERENT_TEXTS = 200


def map_callbacks(board, model, data, settings):
    """Callbacks that log attention to the same TensorBoard run as `board`.

    All texts come from the validation split, because a model must not be tuned
    on its test texts.

    Args:
        board: `keras.callbacks.TensorBoard`.
        model: `SentenceClassifier`.
        data: `ClassificationData`.
        settings: `Settings`.

    Returns:
        A list of callbacks.
    """
    callbacks = []
    validation = data.corpus.validation
    positions = validation.positions
    if data.vectorizer.tokens != "words":
        positions = {}  # they count words
    if settings.map_sentences:
        lengths = data.lengths("validation")
        rows = choose_texts(lengths, validation.labels, settings.map_sentences)
        callbacks.append(
            AttentionMaps(
                board,
                [validation.texts[i] for i in rows],
                labels=[_label(model, validation.labels[i]) for i in rows],
                special=_separators(data, rows),
                every_n_epochs=settings.map_every,
                pairs=_referents(positions, lengths, rows),
            )
        )
    if "referent" in positions:
        some = validation.take(np.arange(len(validation))[:_MAX_REFERENT_TEXTS])
        callbacks.append(
            ReferentAttention(
                board,
                some.texts,
                some.positions["pronoun"],
                some.positions["referent"],
            )
        )
    return callbacks


def _label(model, label):
    """The name of a text's label, or a list of the names of several."""
    if np.ndim(label) == 0:
        return model.labels[label]
    return [model.labels[i] for i in np.flatnonzero(label)]


def _separators(data, rows):
    """The positions of the separators of pairs; `None` for single texts."""
    separator = data.vectorizer.separator_id
    if separator is None:
        return None
    ids = data.splits["validation"].ids
    return [np.flatnonzero(ids[row] == separator).tolist() for row in rows]


def _referents(positions, lengths, rows):
    """(pronoun, referent) of each row; `None` if one of them was cut off."""
    if "referent" not in positions:
        return None
    pairs = [(positions["pronoun"][i], positions["referent"][i]) for i in rows]
    return [
        pair if max(pair) < lengths[row] else None
        for row, pair in zip(rows, pairs, strict=True)
    ]


def choose_texts(lengths, labels, count):
    """Choose texts to draw, from each label in turn.

    The longest readable texts of a label come first, up to 24 tokens, then
    the shortest of the others.

    Args:
        lengths: N integers, in tokens.
        labels: Labels of N texts, an integer or booleans for each.
        count: Integer, the maximum number of texts.

    Returns:
        A list of distinct indices from 0 to N - 1.
    """
    lengths, labels = np.asarray(lengths), label_groups(labels)
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
