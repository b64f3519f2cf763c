"""Normalization of texts inside a TensorFlow graph."""

import numpy as np
import tensorflow as tf

from keras_attn.text.normalization import REPLACEMENT, mapped_code_points
from keras_attn.text.unicode_tables import (
    HANGUL_LEADING,
    HANGUL_SYLLABLES,
    HANGUL_TRAILING,
    HANGUL_VOWELS,
    NUM_LEADING,
    NUM_TRAILING,
    NUM_VOWELS,
    combining_classes,
    compositions,
)

_PLANES = 0x110000  # more than any code point


class NormalizedTexts(tf.Module):
    """Normalize a tensor of strings, as `normalization.normalize` does.

    Equal to it for every text, however many marks follow a letter. ASCII is
    only lowercased, and a batch without marks and Hangul letters is not
    composed, which saves half of the time or more.

    Args:
        normalization: `"nfc"` or `None`.
    """

    def __init__(self, normalization):
        super().__init__()
        mapped = mapped_code_points(normalization)
        self._keys = _constant(list(mapped))  # (K,)
        width = max(map(len, mapped.values()))
        self._parts = _constant(  # (K, width), -1 after the last part
            [[*p, *[-1] * (width - len(p))] for p in mapped.values()]
        )
        self._compose = None if normalization is None else Composition()
        self._ascii = _constant([mapped.get(c, (c,))[0] for c in range(128)])

    def __call__(self, texts):
        """Map UTF-8 strings `(B,)` to UTF-8 strings `(B,)`."""
        code_points = tf.strings.unicode_decode(
            texts, "UTF-8", replacement_char=REPLACEMENT
        )
        flat, rows = code_points.flat_values, code_points.value_rowids()
        flat, rows = tf.cond(
            tf.reduce_all(flat < 128),
            lambda: (tf.gather(self._ascii, flat), rows),
            lambda: self._normalize(flat, rows),
        )
        code_points = tf.RaggedTensor.from_value_rowids(
            flat, rows, code_points.nrows()
        )
        return tf.strings.unicode_encode(code_points, "UTF-8")

    def _normalize(self, flat, rows):
        flat, rows = self._map(flat, rows)
        if self._compose is None:
            return flat, rows
        return self._compose(flat, rows)

    def _map(self, flat, rows):
        """Replace each code point `(N,)` by its parts: `(M,)` of both."""
        index, found = _find(self._keys, flat)
        width = self._parts.shape[1]
        alone = tf.pad(
            flat[:, None], [[0, 0], [0, width - 1]], constant_values=-1
        )
        parts = tf.where(found[:, None], tf.gather(self._parts, index), alone)
        keep = parts >= 0  # (N, width)
        rows = tf.broadcast_to(rows[:, None], tf.shape(parts))
        return parts[keep], rows[keep]


class Composition(tf.Module):
    """Canonical ordering and composition, which turn NFD into NFC.

    Below, a follower is a code point that may compose with an earlier one: a
    combining mark, or a starter (class 0) that is the second of some pair. A
    group is a code point and the followers after it. Groups do not interact,
    so all of them are composed at once, one follower of each per step.
    """

    def __init__(self):
        super().__init__()
        pairs = {a * _PLANES + b: c for (a, b), c in compositions().items()}
        keys = sorted(pairs)
        self._pairs = _constant(keys, np.int64)
        self._composed = _constant([pairs[key] for key in keys])
        followers = {pair % _PLANES: 0 for pair in pairs}
        followers |= dict.fromkeys(
            range(HANGUL_VOWELS, HANGUL_VOWELS + NUM_VOWELS), 0
        )
        followers |= dict.fromkeys(
            range(HANGUL_TRAILING + 1, HANGUL_TRAILING + NUM_TRAILING), 0
        )
        followers |= combining_classes()
        self._followers = _constant(sorted(followers))
        self._classes = _constant([followers[c] for c in sorted(followers)])

    def __call__(self, flat, rows):
        """Compose code points `(N,)` of texts `rows`: `(M,)` of both."""
        index, follows = _find(self._followers, flat)
        classes = tf.where(follows, tf.gather(self._classes, index), 0)
        return tf.cond(
            tf.reduce_any(follows),
            lambda: self._ordered_and_composed(flat, rows, classes, follows),
            lambda: (flat, rows),
        )

    def _ordered_and_composed(self, flat, rows, classes, follows):
        changes = rows[1:] != rows[:-1]
        is_first = tf.concat([[True], changes], 0)  # of its text
        # Marks after the same starter are sorted by class. Equal classes keep
        # their order. Texts and groups keep their sizes.
        run = tf.cumsum(tf.cast(is_first | (classes == 0), tf.int64))
        order = tf.argsort(run * 256 + tf.cast(classes, tf.int64), stable=True)
        flat, classes = tf.gather(flat, order), tf.gather(classes, order)
        follows = tf.gather(follows, order) & ~is_first
        flat, keep = self._composed_groups(flat, classes, follows)
        return flat[keep], rows[keep]

    def _composed_groups(self, flat, classes, follows):
        """Compose `(N,)` code points; also return which of them remain."""
        starts = tf.cast(tf.where(~follows)[:, 0], tf.int32)  # (G,)
        size = tf.size(flat)
        lengths = tf.concat([starts[1:], [size]], 0) - starts

        def step(number, flat, keep, starter, last):
            at = tf.minimum(starts + number, size - 1)
            follower, own = tf.gather(flat, at), tf.gather(classes, at)
            composed = self._pair(tf.gather(flat, starter), follower)
            # A mark of the same or a higher class in between blocks.
            free = tf.where(own == 0, last == 0, last < own)
            active = number < lengths
            joins = active & free & (composed >= 0)
            flat = _with(flat, starter[joins], composed[joins])
            keep = _with(keep, at[joins], tf.zeros_like(at[joins], tf.bool))
            stays = active & ~joins
            starter = tf.where(stays & (own == 0), at, starter)
            return number + 1, flat, keep, starter, tf.where(stays, own, last)

        _, flat, keep, *_ = tf.while_loop(
            lambda number, *state: number < tf.reduce_max(lengths),
            step,
            (1, flat, tf.ones_like(flat, tf.bool), starts, 0 * starts),
        )
        return flat, keep

    def _pair(self, first, second):
        """Return the compositions of pairs `(G,)`, or -1."""
        key = tf.cast(first, tf.int64) * _PLANES + tf.cast(second, tf.int64)
        index, found = _find(self._pairs, key)
        composed = tf.where(found, tf.gather(self._composed, index), -1)
        leading, vowel = first - HANGUL_LEADING, second - HANGUL_VOWELS
        is_open = _within(leading, NUM_LEADING) & _within(vowel, NUM_VOWELS)
        syllable = leading * NUM_VOWELS + vowel
        composed = tf.where(
            is_open, HANGUL_SYLLABLES + syllable * NUM_TRAILING, composed
        )
        trailing = second - HANGUL_TRAILING
        open_syllables = NUM_LEADING * NUM_VOWELS * NUM_TRAILING
        is_closed = (
            _within(first - HANGUL_SYLLABLES, open_syllables)
            & ((first - HANGUL_SYLLABLES) % NUM_TRAILING == 0)
            & _within(trailing - 1, NUM_TRAILING - 1)
        )
        return tf.where(is_closed, first + trailing, composed)


def _constant(values, dtype=np.int32):
    return tf.constant(np.array(values, dtype))


def _find(keys, values):
    """Look up values in sorted keys: indices, and whether they are equal."""
    index = tf.searchsorted(keys, values)
    index = tf.minimum(index, tf.size(keys) - 1)
    return index, tf.gather(keys, index) == values


def _within(values, size):
    return (values >= 0) & (values < size)


def _with(values, indices, updates):
    return tf.tensor_scatter_nd_update(values, indices[:, None], updates)
