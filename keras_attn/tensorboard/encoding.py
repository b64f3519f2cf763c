"""Texts as a model's inputs, together with the tokens they align to."""

import numpy as np

_PAD_ID = 0


def encode_texts(model, texts, encode=None):
    """The inputs of `model` for `texts`, and the tokens of each text.

    Args:
        model: The model to run. Without `encode` it needs a `vectorizer` with
            `encode(texts)`, a list of integer arrays (T,), and
            `tokenize(text)`, a list of strings; ids are padded on the right
            with 0.
        texts: List of B strings.
        encode: Function from `texts` to a pair: the inputs for the B texts,
            and B lists of strings, the first of which stands at position 0 of
            the model's sequence. Positions beyond a list are padding. For
            cross-attention a third entry holds B lists of strings, those that
            are looked at. Defaults to `None`: the model's vectorizer.

    Returns:
        The tuple `(inputs, tokens, key_tokens)`, the last `None` where there
        are no tokens but the first.

    Raises:
        ValueError: If there is neither `encode` nor a vectorizer, or the tokens
            are not B lists of at least one token.
    """
    key_tokens = None
    if encode is not None:
        inputs, tokens, *more = _checked_pair(encode(texts))
        key_tokens = more[0] if more else None
    elif hasattr(model, "vectorizer"):
        inputs, tokens = _vectorized(model.vectorizer, texts)
    else:
        raise ValueError(
            f"{model.name!r} has no `vectorizer`: pass `encode`, a function "
            "from a list of texts to (model inputs, a list of token lists)."
        )
    tokens = _checked_tokens(tokens, texts)
    if key_tokens is not None:
        key_tokens = _checked_tokens(key_tokens, texts)
    return inputs, tokens, key_tokens


def check_texts(texts):
    """`texts` as a non-empty list of strings, or a `ValueError`."""
    # A string is a sequence of strings too, but never the one meant.
    listed = [] if isinstance(texts, str) else list(texts)
    if not listed or not all(isinstance(text, str) for text in listed):
        raise ValueError(
            "`texts` must be a list of at least one string. Received: "
            f"{texts!r:.80}."
        )
    return listed


def _checked_pair(encoded):
    if not isinstance(encoded, (tuple, list)) or len(encoded) not in (2, 3):
        raise ValueError(
            "`encode` must return (inputs, tokens), or (inputs, tokens, "
            f"key_tokens). Received: {encoded!r:.80}."
        )
    return encoded


def _checked_tokens(tokens, texts):
    if len(tokens) != len(texts):
        raise ValueError(
            f"`encode` gave {len(tokens)} token lists for {len(texts)} texts."
        )
    for index, (text, its_tokens) in enumerate(zip(texts, tokens, strict=True)):
        if isinstance(its_tokens, (str, bytes)):
            raise ValueError(
                "`encode` must give a list of tokens for each text. Received "
                f"for texts[{index}]: {its_tokens!r:.80}."
            )
        if len(its_tokens) == 0:
            raise ValueError(f"texts[{index}] has no tokens: {text!r}.")
    return [list(its_tokens) for its_tokens in tokens]


def _vectorized(vectorizer, texts):
    ids = vectorizer.encode(texts)
    padded = np.full((len(ids), max(map(len, ids))), _PAD_ID, "int32")
    for row, sentence in zip(padded, ids, strict=True):
        row[: len(sentence)] = sentence
    # A vectorizer may cut a long text, but it never adds a token.
    tokens = [
        vectorizer.tokenize(text)[: len(sentence)]
        for text, sentence in zip(texts, ids, strict=True)
    ]
    return padded, tokens
