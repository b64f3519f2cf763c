"""What the rows and columns of a layer's attention maps stand for."""

import dataclasses

KINDS = {
    "self": ("tokens", "tokens"),
    "key_self": ("key_tokens", "key_tokens"),
    "cross": ("tokens", "key_tokens"),
    "pool": ("pooled", "tokens"),
}


@dataclasses.dataclass(frozen=True)
class Axes:
    """The meaning of the rows and columns of one layer's maps.

    Attributes:
        kind: `"self"`, `"cross"` or `"pool"`.
        rows: `"tokens"`, `"key_tokens"`, `"positions"` or `"pooled"`.
        columns: `"tokens"`, `"key_tokens"` or `"positions"`.
    """

    kind: str
    rows: str
    columns: str


def axes_of(name, shape, longest, longest_key=None, kind=None):
    """Determine the axes of one layer from the shape of its maps.

    An axis shorter than the longest text cannot show its tokens, so its
    positions are numbered. If the tokens and the key tokens are padded to the
    same length, the layer's name decides: a name that contains "cross" means
    cross-attention, and one that contains "encoder" means self-attention over
    the key tokens.

    Args:
        name: String, the layer's name.
        shape: Tuple `(B, H, T, S)`.
        longest: Integer, the number of tokens of the longest text.
        longest_key: Integer, the number of key tokens of the longest text.
            Defaults to `None`: there are no key tokens.
        kind: String, a key of `KINDS`. Defaults to `None`: inferred.

    Returns:
        An `Axes`.

    Raises:
        ValueError: If `kind` is unknown, or needs key tokens that are missing.
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
            raise ValueError(
                f"The kind {kind!r} of layer {name!r} needs `key_tokens`."
            )
        # The tokens are along one axis: the rows, unless there are too few.
        wanted = ("tokens", "positions")
        if rows < longest:
            wanted = ("positions", "tokens")
    lengths = {"tokens": longest, "key_tokens": longest_key, "pooled": 1}
    fitting = [
        axis if length >= lengths.get(axis, 0) else "positions"
        for axis, length in zip(wanted, (rows, columns), strict=True)
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
