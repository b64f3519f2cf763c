"""Strings to ids: a vocabulary learned from training texts."""

from collections import Counter

import keras
import numpy as np

from keras_attn._checks import each_string
from keras_attn._registration import register
from keras_attn.text.tokenization import tokenize

PAD_ID = 0
UNK_ID = 1
LONGEST_TEXT = 65_536  # tokens; positions are exact up to here


@register
class Vectorizer:
    """Turns texts into ids, by fixed rules and a learned vocabulary.

    PAD is 0, UNK (every token outside the vocabulary) is 1, and the tokens of
    the vocabulary follow, the most frequent first. The rules are those of
    `keras_attn.text.tokenize`. A `SentenceClassifier` keeps its vectorizer in
    its `.keras` file.

    Args:
        vocabulary: Sequence of distinct strings, the token of id 2 first.
        max_length: Positive integer, the number of tokens that are read of a
            text; later ones are cut off. Defaults to `512`.

    Raises:
        ValueError: If the vocabulary is empty, holds anything but strings or a
            token twice, or if `max_length` is no integer from 1 to 65,536.

    Example:

    >>> import keras_attn
    >>> vectorizer = keras_attn.text.Vectorizer.learn(["good dog", "good cat"])
    >>> vectorizer.vocabulary
    ('good', 'cat', 'dog')
    >>> [ids.tolist() for ids in vectorizer.encode(["Good, dog!"])]
    [[2, 1, 4, 1]]
    """

    def __init__(self, vocabulary, max_length=512):
        self.vocabulary = tuple(each_string("vocabulary", vocabulary))
        self.max_length = max_length
        if not self.vocabulary:
            raise ValueError(
                "A vocabulary needs at least one token. Received none: the "
                "training texts hold no words."
            )
        self._ids = {
            token: index
            for index, token in enumerate(self.vocabulary, start=UNK_ID + 1)
        }
        if len(self._ids) < len(self.vocabulary):
            twice, _ = Counter(self.vocabulary).most_common(1)[0]
            raise ValueError(
                "The tokens of a vocabulary must be distinct. Received: "
                f"{twice!r} more than once."
            )
        if not _is_positive_integer(max_length) or max_length > LONGEST_TEXT:
            raise ValueError(
                "`max_length` must be an integer from 1 to "
                f"{LONGEST_TEXT:,}, in tokens. "
                f"Received: max_length={max_length!r}."
            )
        self._graph = None

    @classmethod
    def learn(cls, texts, max_tokens=20_000, min_count=1, max_length=512):
        """A vectorizer with the vocabulary of the given texts.

        Give the training texts alone: a vocabulary is learned, too.

        Args:
            texts: Iterable of strings, such as a generator.
            max_tokens: Positive integer, the most tokens kept, the most
                frequent first. Defaults to `20_000`.
            min_count: Positive integer, how often a token must occur to be
                kept. Rarer ones become UNK, whose vector is thereby trained.
                Defaults to `1`.
            max_length: As in the class. Defaults to `512`.

        Returns:
            A `Vectorizer`.

        Raises:
            ValueError: As in the class; if `texts` holds anything but strings;
                if `max_tokens` or `min_count` is no positive integer; or if no
                token occurs `min_count` times.
        """
        sizes = {"max_tokens": max_tokens, "min_count": min_count}
        for name, value in sizes.items():
            if not _is_positive_integer(value):
                raise ValueError(
                    f"`{name}` must be a positive integer. Received: "
                    f"{name}={value!r}."
                )
        counts = Counter()
        for text in each_string("texts", texts):
            counts.update(tokenize(text))
        frequent = [t for t in counts if counts[t] >= min_count]
        if counts and not frequent:
            token, most = counts.most_common(1)[0]
            raise ValueError(
                f"No word of the training texts occurs min_count={min_count} "
                f"times: the most frequent, {token!r:.60}, occurs {most} "
                f"times. Choose a `min_count` of at most {most}."
            )
        frequent.sort(key=lambda token: (-counts[token], token))
        return cls(frequent[:max_tokens], max_length)

    @property
    def num_ids(self):
        """Number of ids, PAD and UNK included."""
        return len(self.vocabulary) + UNK_ID + 1

    def tokenize(self, text):
        """All tokens of a text, as a list of strings; see `tokenize`."""
        return tokenize(text)

    def encode(self, texts):
        """Ids of the first `max_length` tokens of each text.

        Args:
            texts: Sequence of strings.

        Returns:
            A list of int32 arrays, one a text, each of shape `(T,)`.

        Raises:
            ValueError: If `texts` holds anything but strings, or if a text has
                no token, or more than 65,536.
        """
        texts = each_string("texts", texts)
        return [self._encode(i, text) for i, text in enumerate(texts, 1)]

    def _encode(self, number, text):
        tokens = tokenize(text)
        if not tokens:
            raise ValueError(
                f"Text {number} is empty: it holds no word or sign. "
                "Leave it out."
            )
        if len(tokens) > LONGEST_TEXT:
            raise ValueError(
                f"Text {number} has {len(tokens):,} tokens; the longest "
                f"allowed is {LONGEST_TEXT:,}. Split it into shorter texts."
            )
        known = self._ids
        return np.array(
            [known.get(token, UNK_ID) for token in tokens[: self.max_length]],
            dtype=np.int32,
        )

    def __call__(self, texts):
        """The same in a TensorFlow graph, for `tf.data` and for export.

        Args:
            texts: String tensor of shape `(B,)`, or a list of strings.

        Returns:
            An int32 tensor of shape `(B, T)`, padded on the right with 0; T is
            the length of the longest text, and 0 if none holds a token.
        """
        return self.graph()(texts)

    def graph(self):
        """The `tf.Module` behind `__call__`, made at its first use.

        TensorFlow is loaded only here: training and `classify` on the JAX and
        PyTorch backends go without.
        """
        if self._graph is None:
            from keras_attn.text.graph import StringsToIds

            tokens = ("", "\x00", *self.vocabulary)  # never produced by rule 2
            self._graph = StringsToIds(tokens, UNK_ID, self.max_length)
        return self._graph

    def get_config(self):
        return {
            "vocabulary": list(self.vocabulary),
            "max_length": self.max_length,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _is_positive_integer(value):
    integer = isinstance(value, int) and not isinstance(value, bool)
    return integer and value > 0


def pad(sequences):
    """Puts ids of unequal lengths into one array, PAD on the right.

    Args:
        sequences: List of B int32 arrays of shape `(T_b,)`.

    Returns:
        An int32 array of shape `(B, T)`, T the longest of the lengths.
    """
    return keras.utils.pad_sequences(
        sequences, padding="post", value=PAD_ID, dtype="int32"
    )
