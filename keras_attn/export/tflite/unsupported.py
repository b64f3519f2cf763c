"""Which layer it is that a converter cannot convert."""

import contextlib
import re

# How TensorFlow's converter says where an operator comes from, and that it
# knows none of its own for it.
_REFUSED = re.compile(
    r'"(?P<op>\w+):", "(?P<layer>[^"@]+)/[^"/@]+@[^"]*"'
    r"[^\n]*'tf\.(?P=op)' op is neither a custom op nor a flex op"
)
# Other ways to write what is refused most.
_CURES = {
    "Einsum": "`keras.ops.sum(x * y, axis)` or `matmul` for `einsum`",
    "StridedSlice": "`keras.ops.expand_dims(x, axis)` for `x[..., None]`",
}


@contextlib.contextmanager
def refused_layers_named():
    """Turns a converter's error about operators into one line about layers.

    Raises:
        ValueError: If operators of the body's model have no counterpart.
    """
    try:
        yield
    except Exception as error:  # TensorFlow does not export its class
        found = {(m["op"], m["layer"]) for m in _REFUSED.finditer(str(error))}
        if not found:
            raise
        refused = {op for op, _ in found}
        cures = [cure for op, cure in _CURES.items() if op in refused]
        raise ValueError(
            "TFLite has no built-in operator for what a layer computes: "
            f"{'; '.join(_places(found))}. Write the layer with other "
            f"operations{': ' if cures else ''}{', '.join(cures)}."
        ) from error


def _places(found):
    """Where which operator is, as lines; a layer's two signatures are one."""
    return [
        f"{op} in {layer}"
        for op, layer in sorted(found)
        if not any(
            op == other and layer.endswith(f"/{short}")
            for other, short in found
        )
    ]
