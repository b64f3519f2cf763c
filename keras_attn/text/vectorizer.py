"""Conversion of texts to ids with a vocabulary from training texts."""

from collections import Counter

import numpy as np

from keras_attn._checks import (
    each_string,
    require_boolean,
    require_positive_integer,
    require_string,
)
from keras_attn._registration import register
from keras_attn.text.encoded_text import EncodedText, TextError
from keras_attn.text.padding import PAD_ID
from keras_attn.text.pairs import SEPARATOR_TOKEN, TAB, kept_lengths
from keras_attn.text.tokenization import (
    find_tokens,
    require_rules,
    tokenize,
)

UNK_ID = 1
SEPARATOR_ID = 2  # only with pairs
UNK_TOKEN = "[UNK]"
LONGEST_TEXT = 65_536  # tokens; positions are exact up to here


@register
class Vectorizer:
    """Map texts to ids by fixed tokenization rules and a learned vocabulary.

    Id 0 is PAD and id 1 is UNK, which represents every token outside the
    vocabulary. The tokens of the vocabulary follow in order; `learn` puts the
    most frequent tokens first. Texts are tokenized as by
    `keras_attn.text.tokenize`. A `SentenceClassifier` stores its vectorizer in
    its `.keras` file.

    By default, the spellings of a letter that Unicode declares equivalent are
    read as the same: one code point (NFC), or a letter and marks (NFD).
    Typographic quotes, apostrophes and dashes are read as `"`, `'` and `-`.
    A vectorizer that was saved before this normalization existed is loaded
    with `normalization=None`, and encodes texts as before.

    With `pairs=True`, each text is a pair of texts, separated by a tab (see
    `keras_attn.text.join_pair`), and is encoded as the tokens of the first
    text, the token `[SEP]` with id 2, and the tokens of the second text.

    Args:
        vocabulary: Sequence of distinct strings. The first one gets id 2, or
            3 with `pairs=True`.
        max_length: Integer from 1 to 65,536, the maximum number of tokens per
            text. Longer texts are truncated. Defaults to `512`.
        tokens: `"words"` or `"characters"`, as in `keras_attn.text.tokenize`.
            Defaults to `"words"`.
        normalization: `"nfc"`, or `None` for no normalization except lowercase
            letters. Defaults to `"nfc"`.
        pairs: Boolean, whether texts are pairs of texts. A pair with more than
            `max_length` tokens, the separator included, loses tokens at the
            end of the longer text first. Defaults to `False`.

    Raises:
        ValueError: If the vocabulary is empty, contains a token twice or
            anything that is not a string, if `max_length` is out of range (it
            must be at least 3 for pairs), or if another argument is invalid.

    Example:

    >>> import keras_attn
    >>> vectorizer = keras_attn.text.Vectorizer.learn(["good dog", "good cat"])
    >>> vectorizer.vocabulary
    ('good', 'cat', 'dog')
    >>> ids = vectorizer.encode(["Good, dog!"])
    >>> [row.tolist() for row in ids]
    [[2, 1, 4, 1]]
    >>> vectorizer.decode(ids)
    ['good [UNK] dog [UNK]']
    """

    def __init__(
        self,
        vocabulary,
        max_length=512,
        tokens="words",
        normalization="nfc",
        pairs=False,
    ):
        self.vocabulary = tuple(each_string("vocabulary", vocabulary))
        self.max_length = max_length
        require_rules(tokens, normalization)
        self.tokens = tokens
        self.normalization = normalization
        self.pairs = require_boolean("pairs", pairs)
        if not self.vocabulary:
            raise ValueError(
                "`vocabulary` must contain at least one token. Received: no "
                "tokens."
            )
        self._ids = {
            token: index
            for index, token in enumerate(self.vocabulary, self._first_id)
        }
        if len(self._ids) < len(self.vocabulary):
            twice, _ = Counter(self.vocabulary).most_common(1)[0]
            raise ValueError(
                "The tokens of `vocabulary` must be distinct. Received: "
                f"{twice!r} more than once."
            )
        max_length = require_positive_integer("max_length", max_length)
        if max_length > LONGEST_TEXT:
            raise ValueError(
                f"`max_length` must be at most {LONGEST_TEXT:,} tokens. "
                f"Received: max_length={max_length!r}."
            )
        if self.pairs and max_length < 3:
            raise ValueError(
                "`max_length` must be at least 3 for pairs: two tokens and a "
                f"separator. Received: max_length={max_length!r}."
            )
        self._graph = None

    @classmethod
    def learn(
        cls,
        texts,
        max_tokens=20_000,
        min_count=1,
        max_length=512,
        tokens="words",
        normalization="nfc",
        pairs=False,
    ):
        """Create a vectorizer with a vocabulary learned from texts.

        Pass only training texts: the vocabulary is part of what is learned.

        Args:
            texts: Iterable of strings, such as a list or a generator.
            max_tokens: Positive integer, the maximum size of the vocabulary.
                The most frequent tokens are kept. Defaults to `20_000`.
            min_count: Positive integer, the number of times a token must occur
                to be kept. Rarer tokens become UNK in the training texts, so
                the embedding of UNK is trained too. Defaults to `1`.
            max_length: See `Vectorizer`. Defaults to `512`.
            tokens: See `Vectorizer`. Defaults to `"words"`.
            normalization: See `Vectorizer`. Defaults to `"nfc"`.
            pairs: See `Vectorizer`. Defaults to `False`.

        Returns:
            A `Vectorizer`.

        Raises:
            ValueError: If an argument is out of range, if `texts` contains
                anything that is not a string, or if no token occurs
                `min_count` times.
        """
        require_positive_integer("max_tokens", max_tokens)
        require_positive_integer("min_count", min_count)
        require_rules(tokens, normalization)
        counts = Counter()
        for text in each_string("texts", texts):
            counts.update(find_tokens(text, tokens, normalization))
        if not counts:
            raise ValueError(
                "A vocabulary must contain at least one token. Received: "
                "texts without any tokens."
            )
        frequent = [t for t in counts if counts[t] >= min_count]
        if not frequent:
            token, most = counts.most_common(1)[0]
            raise ValueError(
                f"No token occurs min_count={min_count} times in the training "
                f"texts. The most frequent one, {token!r:.60}, occurs {most} "
                f"times. Use a `min_count` of at most {most}."
            )
        frequent.sort(key=lambda token: (-counts[token], token))
        frequent = frequent[:max_tokens]
        return cls(frequent, max_length, tokens, normalization, pairs)

    @property
    def num_ids(self):
        """Number of ids, including those of PAD, UNK and the separator."""
        return len(self.vocabulary) + self._first_id

    @property
    def separator_id(self):
        """Id of the token between the texts of a pair. `None` if not pairs."""
        return SEPARATOR_ID if self.pairs else None

    @property
    def _first_id(self):
        """Id of the first token of the vocabulary."""
        return SEPARATOR_ID + 1 if self.pairs else UNK_ID + 1

    def tokenize(self, text):
        """Return all tokens of a text; see `keras_attn.text.tokenize`.

        Those of a pair are the tokens of both texts, with `[SEP]` in between.
        """
        if not self.pairs:
            return tokenize(text, self.tokens, self.normalization)
        require_string("text", text)
        first, second = self._tokens_of_pair(text, "The text")
        return [*first, SEPARATOR_TOKEN, *second]

    def encode_text(self, text):
        """Tokenize one text, truncate it to `max_length` and look up its ids.

        Args:
            text: String.

        Returns:
            An `EncodedText`.

        Raises:
            ValueError: If `text` is not a string.
            TextError: If the text, or one text of a pair, has no tokens or
                more than 65,536, or if a pair has no tab or several.
        """
        require_string("text", text)
        return self._encode(text)

    def encode(self, texts):
        """Encode texts as arrays of ids.

        Args:
            texts: Sequence of strings.

        Returns:
            A list with one int32 array of shape `(T,)` per text.

        Raises:
            ValueError: If `texts` contains anything that is not a string.
            TextError: If a text has no tokens or more than 65,536. The message
                contains the number of the text, counted from 1.
        """
        return [encoded.ids for encoded in self.encode_texts(texts)]

    def encode_texts(self, texts):
        """Encode texts like `encode`, but keep their tokens.

        Args:
            texts: Iterable of strings.

        Returns:
            A generator of one `EncodedText` per text. It raises the same errors
            as `encode`, when it reaches the invalid text.
        """
        for number, text in enumerate(each_string("texts", texts), 1):
            yield self._encode(text, f"Text {number}")

    def _encode(self, text, location="The text"):
        """Encode a string, which error messages call `location`."""
        if self.pairs:
            first, second = self._tokens_of_pair(text, location)
            a, b = kept_lengths(len(first), len(second), self.max_length)
            tokens = [*first[:a], SEPARATOR_TOKEN, *second[:b]]
            truncated = a < len(first) or b < len(second)
        else:
            tokens = self._tokens_of(text, location)
            truncated = len(tokens) > self.max_length
            if truncated:
                del tokens[self.max_length :]
        known = self._ids
        ids = [known.get(token, UNK_ID) for token in tokens]
        if self.pairs:
            ids[a] = SEPARATOR_ID
        return EncodedText(np.array(ids, "int32"), tokens, truncated, text)

    def _tokens_of(self, text, location):
        tokens = find_tokens(text, self.tokens, self.normalization)
        if not tokens:
            raise TextError("has no tokens. Remove it.", location)
        if len(tokens) > LONGEST_TEXT:
            raise TextError(
                f"has {len(tokens):,} tokens. At most {LONGEST_TEXT:,} are "
                "allowed. Split it into shorter texts.",
                location,
            )
        return tokens

    def _tokens_of_pair(self, text, location):
        """Return the tokens of the two texts of a pair, two lists."""
        texts = text.split(TAB)
        if len(texts) != 2:
            raise TextError(
                "is not a pair: expected two texts, separated by one tab, "
                f"received {len(texts) - 1} tabs.",
                location,
            )
        return [
            self._tokens_of_part(name, part, location)
            for name, part in zip(("first", "second"), texts, strict=True)
        ]

    def _tokens_of_part(self, name, text, location):
        try:
            return self._tokens_of(text, location)
        except TextError as error:
            problem = f"is a pair whose {name} text {error.problem}"
            raise TextError(problem, location) from None

    def decode(self, ids):
        """Convert ids back to texts, with the tokens joined by spaces.

        Args:
            ids: List of 1-D integer arrays, or an integer array of shape
                `(B, T)`. PAD is skipped. UNK and ids outside the vocabulary
                become `[UNK]`.

        Returns:
            A list with one string per row.

        Raises:
            ValueError: If `ids` is not a list of rows of integers.

        Example:

        >>> Vectorizer(["good", "dog"]).decode([[2, 3, 0], [1, 3, 9]])
        ['good dog', '[UNK] dog [UNK]']
        """
        words = dict(enumerate(self.vocabulary, self._first_id))
        words[self.separator_id] = SEPARATOR_TOKEN
        return [self._decode(row, words) for row in ids]

    def _decode(self, row, words):
        row = np.asarray(row)
        if row.ndim != 1 or (row.size and row.dtype.kind not in "iu"):
            raise ValueError(
                "`ids` must be a list of 1-D arrays of integers, or one array "
                f"of shape (B, T). Received: a row of shape {row.shape} and "
                f"dtype {row.dtype}. Pass one row as `decode([ids])`."
            )
        return " ".join(
            words.get(i, UNK_TOKEN) for i in row.tolist() if i != PAD_ID
        )

    def __call__(self, texts):
        """Encode texts in a TensorFlow graph, for `tf.data` and for exports.

        Args:
            texts: String tensor of shape `(B,)`, or a list of strings.

        Returns:
            An int32 tensor of shape `(B, T)`, padded on the right with 0. T is
            the length of the longest text, or 0 if no text has any tokens.
        """
        return self.graph()(texts)

    def graph(self):
        """Return the `tf.Module` behind `__call__`, created on first use.

        This method imports TensorFlow. Nothing else in this class does, so
        training and `classify` on JAX and PyTorch do not need it.
        """
        if self._graph is None:
            from keras_attn.text.graph import StringsToIds

            # Placeholders for PAD and UNK. No text contains these tokens: rule
            # 2 of `tokenization` rules them out.
            special = ["", "\x00"] + [SEPARATOR_TOKEN] * self.pairs
            tokens = (*special, *self.vocabulary)
            self._graph = StringsToIds(
                tokens,
                UNK_ID,
                self.max_length,
                self.tokens,
                self.normalization,
                self.pairs,
            )
        return self._graph

    def get_config(self):
        return {
            "vocabulary": list(self.vocabulary),
            "max_length": self.max_length,
            "tokens": self.tokens,
            "normalization": self.normalization,
            "pairs": self.pairs,
        }

    @classmethod
    def from_config(cls, config):
        # A file without the entry was written before there was normalization.
        return cls(**{"normalization": None, **config})
