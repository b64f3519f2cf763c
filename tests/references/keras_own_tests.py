"""Keras's own tests of its attention layer, run with our layer in its place.

Nothing is copied: the tests come from the installed wheel of Keras. Run as
`python -m tests.references.keras_own_tests` to see each result.
"""

import contextlib
import importlib
import types
import unittest
import warnings
from unittest import mock

from keras_attn.layers import MultiHeadAttention

MODULE = "keras.src.layers.attention.multi_head_attention_test"
PROJECTIONS = ("query", "key", "value", "gate", "output")
PRIVATE_METHOD = "overrides or calls Keras's private `_compute_attention`"
# Tests that fail on purpose, and why.
EXPECTED_FAILURES = {
    "test_causal_only_skipped_for_subclass": PRIVATE_METHOD,
    "test_compute_attention_combines_causal_and_explicit_mask": PRIVATE_METHOD,
}


def run():
    """Run the tests.

    Returns:
        A dict from the name of each test to "passed", "skipped", or the last
        line of its error.
    """
    module = importlib.import_module(MODULE)
    layers = types.SimpleNamespace(**vars(module.layers))
    layers.MultiHeadAttention = MultiHeadAttention
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    with (
        mock.patch.object(module, "layers", layers),
        _private_names(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("default")  # one test warns in Keras itself
        warnings.simplefilter("ignore", DeprecationWarning)
        return {case._testMethodName: _outcome(case) for case in _cases(suite)}


@contextlib.contextmanager
def _private_names():
    """Give our layer the private attributes that Keras's tests look at."""
    names = {f"_{name}_dense": f"{name}_dense" for name in PROJECTIONS}
    names["_sliding_window"] = "sliding_window"
    with contextlib.ExitStack() as stack:
        for private, public in names.items():
            alias = property(lambda self, public=public: getattr(self, public))
            stack.enter_context(
                mock.patch.object(
                    MultiHeadAttention, private, alias, create=True
                )
            )
        yield


def _cases(suite):
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from _cases(part)
        else:
            yield part


def _outcome(case):
    result = unittest.TestResult()
    case.run(result)
    for _, error in result.errors + result.failures:
        line = error.strip().splitlines()[-1]
        # What pytest calls a skip is an error to unittest.
        return "skipped" if line.startswith("Skipped: ") else line
    return "skipped" if result.skipped else "passed"


def reason(name):
    """Return why a test fails on purpose, or None."""
    for start, why in EXPECTED_FAILURES.items():
        if name.startswith(start):
            return why
    return None


if __name__ == "__main__":
    found = run()
    for name, outcome in found.items():
        why = reason(name)
        print(f"{outcome:<10} {name}" + (f" ({why})" if why else ""))
    passed = list(found.values()).count("passed")
    print(f"{passed} of {len(found)} tests passed.")
