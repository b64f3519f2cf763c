"""Latency is measured for single texts, without the warm-up."""

import numpy as np
import pytest

from keras_attn.release import latency


class Slow:
    """Takes 1000 s per warm-up call, then 1 ms, 2 ms, 3 ms, ..."""

    def __init__(self, takes, warm_up):
        self.takes, self.left, self.now = takes, warm_up, 0.0
        self.shapes, self._next = [], 0.001

    def probabilities(self, given):
        self.shapes.append(np.shape(given))
        if self.left:
            self.left -= 1
            self.now += 1000
        else:
            self.now += self._next
            self._next += 0.001


@pytest.mark.parametrize("takes", ["ids", "texts"])
def test_single_texts_are_timed_after_a_warm_up(takes, monkeypatch):
    slow = Slow(takes, warm_up=50)
    monkeypatch.setattr(latency.time, "perf_counter", lambda: slow.now)
    ids = [np.ones(1 + n % 7, np.int32) for n in range(101)]
    texts = [" ".join("a" * len(row)) for row in ids]
    measured = latency._measure(slow, texts, ids)
    # 101 calls of 1, 2, ..., 101 ms.
    assert measured["median_ms"] == pytest.approx(51)
    assert measured["p99_ms"] == pytest.approx(100)
    assert len(slow.shapes) == 151
    one = (1,) if takes == "texts" else (1, 7)
    assert slow.shapes[6] == slow.shapes[56] == one
