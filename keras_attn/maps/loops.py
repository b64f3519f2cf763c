"""Maps from inside a loop of the backend, which cannot leave it."""

import re

import keras
from keras import ops

from keras_attn.maps.scores import scores_error

# The scope in which `tf.vectorized_map` traces its function, for one step.
_VECTORIZED = re.compile(r"(^|/)loop_body(_\d+)?/")


def require_reachable(maps, outputs):
    """Raise an error if a map was computed inside a loop or a branch.

    Inside `keras.ops.map`, `vectorized_map`, `scan`, `while_loop` and `cond`,
    a layer runs once while the loop is traced. The tensor of its scores then
    stands for all steps, and means nothing outside.

    Args:
        maps: Dict from the name of a map to a tensor.
        outputs: A structure of tensors, computed outside of any loop.

    Raises:
        ValueError: If there is such a map.
    """
    scopes = {_scope(y) for y in keras.tree.flatten(outputs)}
    for name, weights in maps.items():
        if _scope(weights) not in scopes or not _is_usable(weights):
            raise scores_error(
                f"Layer {name!r} runs inside a loop or a branch of the graph, "
                "such as `keras.ops.map`, `vectorized_map`, `scan`, "
                "`while_loop` or `cond`, which its maps cannot leave. Expected "
                "a fixed number of runs, as in a Python loop over a known "
                "number of steps. Otherwise, use `capture_attention`."
            )


def _scope(tensor):
    """What a tensor was traced in; None if it is an array.

    In TensorFlow, this is a graph. JAX has no public name for it.
    """
    return getattr(tensor, "graph", None) or getattr(tensor, "_trace", None)


def _is_usable(weights):
    """Whether a tensor can be used outside of the loop that computed it."""
    if hasattr(weights, "graph"):
        return not _VECTORIZED.search(weights.name)
    try:
        ops.add(weights, 0.0)
    except Exception:  # each backend and kind of loop has an error of its own
        return False
    return True
