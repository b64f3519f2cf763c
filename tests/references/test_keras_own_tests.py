"""Keras's tests of its attention layer pass with ours."""

import pytest

from tests.references import keras_own_tests

pytestmark = pytest.mark.long


def test_all_but_those_of_private_methods():
    outcomes = keras_own_tests.run()
    failed = {
        name: outcome
        for name, outcome in outcomes.items()
        if outcome not in ("passed", "skipped")
    }
    unexpected = {n for n in failed if keras_own_tests.reason(n) is None}
    assert not unexpected, failed
    assert len(failed) == 3
    assert list(outcomes.values()).count("passed") >= 44
