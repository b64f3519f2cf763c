"""Shapes that are refused, as far as they are known; unknown sizes pass."""


def require_tokens(name, shape):
    """Refuses what is not the shape of one tensor `(B, T, D)`.

    Args:
        name: String, what errors call the tensor.
        shape: The shape of it; what Keras gives as one of an input that is
            no tensor, None or a structure of shapes, is refused.

    Raises:
        ValueError: That names the tensor and says what came.
    """
    if getattr(shape, "rank", 3) is None:  # TensorFlow knows not even that
        return
    if not _is_shape(shape):
        raise ValueError(
            f"`{name}` must be one tensor of shape (B, T, D): batch, tokens, "
            f"width. Received: {_kind(shape)}. Give the tensor itself."
        )
    if len(shape) != 3:
        hint = (
            "Give one sentence a batch axis first, as in `x[None]`."
            if len(shape) < 3
            else "Join the axes before the tokens into one with a reshape."
        )
        raise ValueError(
            f"`{name}` must have the shape (B, T, D): batch, tokens, width. "
            f"Received: {name} of shape {tuple(shape)}. {hint}"
        )


def shape_of(x):
    """The static shape of a tensor; of anything else what stands for it."""
    if isinstance(x, (list, tuple, dict)):
        return type(x)  # a structure, whatever its tensors look like
    return getattr(x, "shape", None)


def differ(*sizes):
    """Whether two of the sizes are known, and not the same."""
    return len({size for size in sizes if isinstance(size, int)}) > 1


def _is_shape(shape):
    if shape is None or isinstance(shape, (dict, type)):
        return False
    return not any(isinstance(size, (tuple, list, dict)) for size in shape)


def _kind(shape):
    if shape is None:
        return "None, or something without a shape"
    name = shape.__name__ if isinstance(shape, type) else type(shape).__name__
    return f"a structure ({name}) of tensors"
