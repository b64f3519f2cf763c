"""The sentences of an event: tokens, labels, predictions."""

import collections
import hashlib

import numpy as np


def sentences(
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
    """What an event says of each of its B sentences; see `encode_attention`.

    Returns:
        A list of B dicts, the manifest's `examples`, tokens not yet cut.

    Raises:
        ValueError: If a list is not of B entries, or an entry does not fit.
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
                f"`{name}` has {len(values)} entries for {count} sentences."
            )
    at = {
        name: [None] * count if values is None else list(values)
        for name, values in given.items()
    }
    found = []
    seen = collections.Counter()
    for index, raw in enumerate(tokens):
        its_tokens = _strings("tokens", index, raw)
        keys = at["key_tokens"][index]
        keys = None if keys is None else _strings("key_tokens", index, keys)
        text = at["texts"][index]
        text = " ".join(its_tokens) if text is None else str(text)
        ranked = _ranked(at["probabilities"][index], label_names)
        prediction = at["predictions"][index]
        if prediction is None and ranked:
            prediction = max(ranked, key=lambda entry: entry[1])[0]
        identity = _identity(text, its_tokens, keys)
        seen[identity] += 1
        again = "" if seen[identity] == 1 else f"-{seen[identity]}"
        found.append(
            {
                "id": identity + again,
                "text": text,
                "tokens": its_tokens,
                "key_tokens": keys,
                "special": _special(at["special"][index], keys or its_tokens),
                "pair": _pair(at["pairs"][index]),
                "label": _name(at["labels"][index]),
                "prediction": _name(prediction),
                "probabilities": ranked,
            }
        )
    return found


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


def _identity(text, tokens, key_tokens):
    """The same for the same sentence in every step and every run."""
    whole = repr((text, tokens, key_tokens)).encode("utf-8", "surrogatepass")
    return hashlib.blake2s(whole, digest_size=8).hexdigest()


def _name(label):
    return None if label is None else str(label)


def _ranked(probabilities, names):
    """Pairs of a class's name and its probability, in the order of the ids."""
    if probabilities is None:
        return None
    values = np.asarray(probabilities, "float64")
    names = range(values.size) if names is None else names
    if values.ndim != 1 or len(names) != values.size:
        raise ValueError(
            f"{len(names)} label names do not fit probabilities of shape "
            f"{values.shape} for a sentence."
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
            f"`special` names token {outside[0]} of {len(tokens)} tokens."
        )
    return indices


def _pair(pair):
    if pair is None:
        return None
    if len(pair) != 2 or min(pair) < 0:
        raise ValueError(
            f"A pair is two positions, counted from 0. Received: {pair}."
        )
    return [int(position) for position in pair]
