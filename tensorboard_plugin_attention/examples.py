"""The texts of an event: tokens, labels and predictions."""

import collections
import hashlib

import numpy as np


def examples_of(
    tokens,
    *,
    key_tokens=None,
    texts=None,
    labels=None,
    predictions=None,
    probabilities=None,
    label_names=None,
    special=None,
    pairs=None,
):
    """Check the data of each of the B texts; see `encode_attention`.

    Returns:
        A list of B dicts, the manifest's `examples`, with all their tokens.

    Raises:
        ValueError: If a list does not have B entries, or an entry is invalid.
    """
    given = {
        "key_tokens": key_tokens,
        "texts": texts,
        "labels": labels,
        "predictions": predictions,
        "probabilities": probabilities,
        "special": special,
        "pairs": pairs,
    }
    count = len(tokens)
    for name, values in given.items():
        if values is not None and len(values) != count:
            raise ValueError(
                f"`{name}` must have one entry per text. Received: "
                f"{len(values)} entries for {count} texts."
            )
    columns = {
        name: [None] * count if values is None else list(values)
        for name, values in given.items()
    }
    seen = collections.Counter()
    return [
        _example(
            index,
            its_tokens,
            {name: values[index] for name, values in columns.items()},
            label_names,
            seen,
        )
        for index, its_tokens in enumerate(tokens)
    ]


def _example(index, tokens, given, label_names, seen):
    tokens = _strings("tokens", index, tokens)
    keys = given["key_tokens"]
    keys = None if keys is None else _strings("key_tokens", index, keys)
    text = given["texts"]
    text = " ".join(tokens) if text is None else str(text)
    probabilities = _named(given["probabilities"], label_names)
    prediction = given["predictions"]
    if prediction is None and probabilities:
        prediction = max(probabilities, key=lambda entry: entry[1])[0]
    return {
        "id": _identity(text, tokens, keys, seen),
        "text": text,
        "tokens": tokens,
        "key_tokens": keys,
        "special": _special(given["special"], keys or tokens),
        "pair": _pair(given["pairs"]),
        "label": _name(given["labels"]),
        "prediction": _name(prediction),
        "probabilities": probabilities,
    }


def _strings(name, index, tokens):
    if isinstance(tokens, (str, bytes)) or len(tokens) == 0:
        raise ValueError(
            f"`{name}[{index}]` must be a list of at least one string. "
            f"Received: {tokens!r:.80}."
        )
    return [
        token.decode("utf-8", "replace")
        if isinstance(token, bytes)
        else str(token)
        for token in tokens
    ]


def _identity(text, tokens, key_tokens, seen):
    """Return an id that a text has at every step and in every run."""
    whole = repr((text, tokens, key_tokens)).encode("utf-8", "surrogatepass")
    identity = hashlib.blake2s(whole, digest_size=8).hexdigest()
    seen[identity] += 1
    again = seen[identity]
    return identity if again == 1 else f"{identity}-{again}"


def _name(label):
    return None if label is None else str(label)


def _named(probabilities, names):
    """Return pairs of class name and probability, in the order of the ids."""
    if probabilities is None:
        return None
    values = np.asarray(probabilities, "float64")
    names = range(values.size) if names is None else names
    if values.ndim != 1 or len(names) != values.size:
        raise ValueError(
            "`probabilities` must have one value per label name for each text. "
            f"Received: shape {values.shape} for {len(names)} label names."
        )
    if not np.isfinite(values).all():
        return None
    return [[str(n), float(v)] for n, v in zip(names, values, strict=True)]


def _special(indices, tokens):
    if indices is None:
        return None
    indices = [int(index) for index in indices]
    outside = [i for i in indices if not 0 <= i < len(tokens)]
    if outside:
        raise ValueError(
            "`special` must contain positions of tokens, counted from 0. "
            f"Received: position {outside[0]} for {len(tokens)} tokens."
        )
    return indices


def _pair(pair):
    if pair is None:
        return None
    if len(pair) != 2 or min(pair) < 0:
        raise ValueError(
            f"A pair must be two positions, counted from 0. Received: {pair}."
        )
    return [int(position) for position in pair]
