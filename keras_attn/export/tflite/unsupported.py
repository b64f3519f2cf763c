"""Clear errors for layers that TFLite does not support."""

import contextlib
import re

# The message of TensorFlow's converter about an operator without a built-in
# counterpart, with the operator's place in the model.
_UNSUPPORTED = re.compile(
    r'"(?P<op>\w+):", "(?P<layer>[^"@]+)/[^"/@]+@[^"]*"'
    r"[^\n]*'tf\.(?P=op)' op is neither a custom op nor a flex op"
)
# Replacements for the operators that fail most often.
_REPLACEMENTS = {
    "Einsum": "`keras.ops.sum(x * y, axis)` or `matmul` for `einsum`",
    "StridedSlice": "`keras.ops.expand_dims(x, axis)` for `x[..., None]`",
}


@contextlib.contextmanager
def unsupported_layers_named():
    """Turn a converter's error about operators into one line about layers.

    Raises:
        ValueError: If the model in the body uses unsupported operators.
    """
    try:
        yield
    except Exception as error:  # TensorFlow does not export its class
        found = {
            (m["op"], m["layer"]) for m in _UNSUPPORTED.finditer(str(error))
        }
        if not found:
            raise
        ops = {op for op, _ in found}
        advice = [text for op, text in _REPLACEMENTS.items() if op in ops]
        raise ValueError(
            "TFLite has no built-in operator for: "
            f"{'; '.join(_places(found))}. Use other operations in the "
            f"layer{': ' if advice else ''}{', '.join(advice)}."
        ) from error


def _places(found):
    """List each operator and its layer once, not once per signature."""
    return [
        f"{op} in {layer}"
        for op, layer in sorted(found)
        if not any(
            op == other and layer.endswith(f"/{short}")
            for other, short in found
        )
    ]
