"""Whose tokens stand along the two axes of a layer's maps."""

import dataclasses

KINDS = {
    "self": ("tokens", "tokens"),
    "key_self": ("key_tokens", "key_tokens"),
    "cross": ("tokens", "key_tokens"),
    "pool": ("pooled", "tokens"),
}


@dataclasses.dataclass(frozen=True)
class Axes:
    """What the rows and columns of a layer's maps are.

    Attributes:
        kind: `"self"`, `"cross"` or `"pool"`.
        rows: `"tokens"`, `"key_tokens"`, `"positions"` or `"pooled"`.
        columns: The same, never `"pooled"`.
    """

    kind: str
    rows: str
    columns: str


def axes_of(name, shape, longest, longest_key=None, kind=None):
    """The axes of one layer, by the shape of its maps.

    An axis shorter than the longest sentence is none of its tokens: it is
    numbered. Where two sentences are padded to one length, the layer's name
    decides: "cross" in it, or "encoder", which reads the key tokens.

    Args:
        name: The layer's name.
        shape: `(B, H, T, S)`.
        longest: Number of tokens of the longest sentence.
        longest_key: The same of the key tokens. Defaults to `None`: none.
        kind: One of `KINDS`, where the caller knows. Defaults to `None`.

    Returns:
        An `Axes`.

    Raises:
        ValueError: If `kind` is none of `KINDS`, or needs key tokens.
    """
    rows, columns = shape[2:]
    if kind is None:
        kind = _guess(name.lower(), rows, columns, longest, longest_key)
    if kind not in KINDS:
        raise ValueError(
            f"The kind of {name!r} must be one of {', '.join(KINDS)}. "
            f"Received: {kind!r}."
        )
    wanted = KINDS[kind]
    if "key_tokens" in wanted and longest_key is None:
        if kind != "cross":
            raise ValueError(f"{name!r} is {kind!r}, which needs `key_tokens`.")
        # One side is the sentence: the rows, unless they are too few.
        wanted = ("tokens", "positions")
        if rows < longest:
            wanted = ("positions", "tokens")
    lengths = {"tokens": longest, "key_tokens": longest_key, "pooled": 1}
    fitting = [
        whose if length >= lengths.get(whose, 0) else "positions"
        for whose, length in zip(wanted, (rows, columns), strict=True)
    ]
    return Axes(kind.removeprefix("key_"), *fitting)


def _guess(name, rows, columns, longest, longest_key):
    if rows == 1 and columns >= longest > 1:
        return "pool"
    if longest_key is None:
        return "self" if rows == columns else "cross"
    if rows != columns or "cross" in name:
        return "cross"
    fits_tokens, fits_keys = rows == longest, rows == longest_key
    if fits_tokens != fits_keys:
        return "self" if fits_tokens else "key_self"
    return "key_self" if "encoder" in name else "self"
