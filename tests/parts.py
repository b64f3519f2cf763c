"""Cases of a test that every run has, and those that the long tests have."""

import os

import pytest


def in_part(cases, *kept):
    """`cases` for `parametrize`, all but the `kept` ones marked `long`.

    Args:
        cases: Iterable of values, or of the names in a dictionary.
        *kept: The values that stay in `make test`.
    """
    return [
        case if case in kept else pytest.param(case, marks=pytest.mark.long)
        for case in cases
    ]


def long_on(*backends):
    """A decorator that marks a test as `long` on these backends."""
    if os.environ.get("KERAS_BACKEND", "tensorflow") in backends:
        return pytest.mark.long
    return lambda test: test
