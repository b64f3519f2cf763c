"""Encoding texts as model inputs, together with their tokens."""

from keras_attn._checks import each_string
from keras_attn.text import TextError, pad


def require_texts(texts):
    """Return `texts` as a list; raise `ValueError` unless it has strings."""
    texts = list(each_string("texts", texts))
    if not texts:
        raise ValueError(
            "`texts` must contain at least one string. Received: texts=[]."
        )
    return texts


def encode_texts(model, texts, encode=None):
    """Return the inputs of `model` for `texts`, and the tokens of each text.

    Args:
        model: Keras model. Without `encode`, it must have a `vectorizer` such
            as `keras_attn.text.Vectorizer`, with a method `encode_text(text)`
            that returns an object with `ids`, integers of shape `(T,)`, and
            `tokens`, T strings. Ids are padded on the right with 0.
        texts: List of B strings.
        encode: Function from `texts` to `(inputs, tokens)`: the inputs for the
            B texts, and B lists of strings that start at position 0 of the
            model's sequence. Positions beyond the end of a list are padding.
            For cross-attention, a third entry contains B lists of strings, the
            tokens that are attended to. Defaults to `None`: the model's
            `vectorizer`.

    Returns:
        The tuple `(inputs, tokens, key_tokens)`. `key_tokens` is `None` unless
        `encode` returns a third entry.

    Raises:
        ValueError: If there is neither `encode` nor a vectorizer, or if the
            tokens are not B lists of at least one token.
    """
    if encode is not None:
        return _encoded(encode(texts), texts)
    vectorizer = getattr(model, "vectorizer", None)
    if not hasattr(vectorizer, "encode_text"):
        raise ValueError(
            f"{model.name!r} has no `vectorizer` with `encode_text`. Pass "
            "`encode`, a function from a list of texts to (model inputs, a "
            "list of token lists)."
        )
    return _vectorized(vectorizer, texts)


def _encoded(result, texts):
    """Check and return the result of the user's `encode` function."""
    if not isinstance(result, (tuple, list)) or len(result) not in (2, 3):
        raise ValueError(
            "`encode` must return (inputs, tokens) or (inputs, tokens, "
            f"key_tokens). Received: {result!r:.80}."
        )
    inputs, *tokens = result
    tokens = [_checked_tokens(each, texts) for each in tokens]
    return inputs, tokens[0], tokens[1] if len(tokens) == 2 else None


def _checked_tokens(tokens, texts):
    if len(tokens) != len(texts):
        raise ValueError(
            "`encode` must return one list of tokens per text. Received: "
            f"{len(tokens)} lists for {len(texts)} texts."
        )
    for index, (text, its_tokens) in enumerate(zip(texts, tokens, strict=True)):
        if isinstance(its_tokens, (str, bytes)):
            raise ValueError(
                "`encode` must return a list of tokens for each text. Received "
                f"for texts[{index}]: {its_tokens!r:.80}."
            )
        _require_tokens(index, text, its_tokens)
    return [list(its_tokens) for its_tokens in tokens]


def _require_tokens(index, text, tokens):
    if len(tokens) == 0:
        raise ValueError(f"texts[{index}] has no tokens: {text!r:.80}.")


def _vectorized(vectorizer, texts):
    ids, tokens = [], []
    for index, text in enumerate(texts):
        try:
            encoded = vectorizer.encode_text(text)
        except TextError as error:
            raise TextError(error.problem, f"texts[{index}]") from None
        _require_tokens(index, text, encoded.tokens)
        ids.append(encoded.ids)
        tokens.append(encoded.tokens)
    return pad(ids), tokens, None
