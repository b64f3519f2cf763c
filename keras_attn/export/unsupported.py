"""Which layer it is that a converter cannot convert."""

import contextlib
import re

# How TensorFlow's converter says where an operator comes from, and that it
# knows none of its own for it.
_REFUSED = re.compile(
    r'"(?P<op>\w+):", "(?P<layer>[^"@]+)/[^"/@]+@[^"]*"'
    r"[^\n]*'tf\.(?P=op)' op is neither a custom op nor a flex op"
)


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
        where = "; ".join(f"{op} in {layer}" for op, layer in sorted(found))
        raise ValueError(
            "TFLite has no built-in operator for what a layer computes: "
            f"{where}. Write the layer with other operations."
        ) from error
