"""Inputs with more than one axis between the batch and the width."""

import math

from keras import ops


class AttentionAxes:
    """Fold inputs of any rank into texts `(B', T, D)`, and results back.

    The axes that are attended over become the tokens, and all others become
    part of the batch:

        (B, free axes, attention axes, D) -> (B * free, attention, D)

    Shapes: B batch, F product of the free axes, T and S product of the
    attention axes of queries and keys, H heads.

    Args:
        axes: Integer or sequence of integers, the attention axes, as in
            `keras.layers.MultiHeadAttention`. None for all axes between the
            batch and the width.
        rank: Integer of at least 3, the rank of the inputs.

    Raises:
        ValueError: If an axis is not between the batch and the width.
    """

    def __init__(self, axes, rank):
        between = range(1, rank - 1)
        listed = (axes,) if isinstance(axes, int) else axes
        wanted = [a if a >= 0 else a + rank for a in listed or between]
        if not set(wanted) <= set(between) or len(set(wanted)) < len(wanted):
            raise ValueError(
                "`attention_axes` must be different axes between the batch "
                f"and the width, from 1 to {rank - 2}. Received: "
                f"attention_axes={axes} for inputs of {rank} axes."
            )
        self.attended = tuple(wanted)
        self.free = tuple(a for a in between if a not in wanted)
        self.trivial = rank == 3

    def fold(self, x):
        """`(B, ..., D)` -> `(B * F, T, D)`, and `(B, ...)` -> `(B * F, T)`."""
        if self.trivial or x is None:
            return x
        last = range(max(self.attended + self.free) + 1, len(x.shape))
        x = ops.transpose(x, (0, *self.free, *self.attended, *last))
        shape = ops.shape(x)
        width = shape[1 + len(self.free) + len(self.attended) :]
        tokens = shape[1 + len(self.free) :][: len(self.attended)]
        return ops.reshape(x, (-1, _product(tokens), *width))

    def fold_mask(self, mask, query, key):
        """Fold an attention mask, given the unfolded query and key.

        The last axes of the mask are the attention axes of the queries, then
        those of the keys. Axes that are missing before them have the size 1.
        """
        if self.trivial or mask is None:
            return mask
        mask = ops.convert_to_tensor(mask)
        rank = 2 + len(self.free) + 2 * len(self.attended)
        pairs = 2 * len(self.attended)
        if len(mask.shape) < pairs or len(mask.shape) > rank:
            raise ValueError(
                f"`attention_mask` must have {pairs} to {rank} axes for "
                f"attention over the axes {self.attended}. Received: "
                f"attention_mask of shape {tuple(mask.shape)}."
            )
        while len(mask.shape) < rank:
            mask = ops.expand_dims(mask, -pairs - 1)
        lead, heads = (
            self._sizes(query, (0, *self.free)),
            mask.shape[-pairs - 1],
        )
        queries = self._sizes(query, self.attended)
        keys = self._sizes(key, self.attended)
        mask = ops.broadcast_to(mask, (*lead, heads, *queries, *keys))
        return ops.reshape(mask, (-1, heads, _product(queries), _product(keys)))

    def unfold(self, x, query):
        """`(B * F, T, ...)` -> `(B, ..., ...)`, with the axes of the query."""
        if self.trivial:
            return x
        order = (0, *self.free, *self.attended)
        new = ops.shape(x)[2:]
        x = ops.reshape(x, (*self._sizes(query, order), *new))
        back = [order.index(axis) for axis in range(len(order))]
        return ops.transpose(x, (*back, *range(len(order), len(x.shape))))

    def unfold_scores(self, scores, query, key):
        """`(B * F, H, T, S)` -> `(B, free, H, queries' axes, keys' axes)`."""
        if self.trivial:
            return scores
        return ops.reshape(
            scores, self.scores_shape(query, key, scores.shape[1])
        )

    def scores_shape(self, query, key, num_heads):
        """Return the shape of the unfolded scores."""
        return (
            *self._sizes(query, (0, *self.free)),
            num_heads,
            *self._sizes(query, self.attended),
            *self._sizes(key, self.attended),
        )

    @staticmethod
    def _sizes(x, axes):
        shape = ops.shape(x)
        return tuple(shape[axis] for axis in axes)


def _product(sizes):
    """Return the product of sizes, some of which may be tensors."""
    return math.prod(sizes[1:], start=sizes[0])
