"""Event files without TensorFlow."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import (
    EventFileLoader,
)

from tensorboard_plugin_attention import AttentionWriter
from tensorboard_plugin_attention.format import read_event

WEIGHTS = np.full((1, 2, 3, 3), 1 / 3)
TOKENS = [["a", "good", "dog"]]


def written(folder):
    """Every event in the folder as (tag, step, items)."""
    (path,) = folder.iterdir()
    return [
        (value.tag, event.step, list(value.tensor.string_val))
        for event in EventFileLoader(str(path)).Load()
        for value in event.summary.value
    ]


def test_events_come_back(tmp_path):
    with AttentionWriter(tmp_path / "run") as writer:
        assert writer.add("maps", WEIGHTS, TOKENS, step=3) == []
        assert writer.add("maps", WEIGHTS, TOKENS, 5, max_tokens=2) != []
    (first, second) = written(tmp_path / "run")
    assert first[:2] == ("maps", 3) and second[:2] == ("maps", 5)
    np.testing.assert_allclose(
        read_event(first[2]).weights[0, 0], WEIGHTS[0], atol=7.7e-6
    )
    assert read_event(second[2]).weights[0, 0].shape == (2, 2, 2)


def test_a_smaller_step_gives_a_notice(tmp_path):
    with AttentionWriter(tmp_path / "run") as writer:
        assert writer.add("maps", WEIGHTS, TOKENS, step=4) == []
        assert writer.add("other", WEIGHTS, TOKENS, step=1) == []
        assert writer.add("maps", WEIGHTS, TOKENS, step=1) == [
            "Step 1 was written after step 4. TensorBoard drops the steps in "
            "between."
        ]


@pytest.mark.parametrize("step", [3, np.uint8(3), np.array(3)])
def test_steps_are_integers_of_any_kind(tmp_path, step):
    with AttentionWriter(tmp_path / "run") as writer:
        writer.add("maps", WEIGHTS, TOKENS, step)
    ((_, found, _),) = written(tmp_path / "run")
    assert found == 3


@pytest.mark.parametrize("step", [1.5, 3.0, np.float32(3), "3", None, [3]])
def test_steps_must_be_integers(tmp_path, step):
    message = "`step` must be an integer. Received: step="
    with AttentionWriter(tmp_path / "run") as writer:
        with pytest.raises(ValueError, match=message):
            writer.add("maps", WEIGHTS, TOKENS, step)
        assert writer.add("maps", WEIGHTS, TOKENS, 0) == []


def test_a_flush_makes_it_readable(tmp_path):
    writer = AttentionWriter(tmp_path / "run")
    writer.add("maps", WEIGHTS, TOKENS, step=0)
    writer.flush()
    assert len(written(tmp_path / "run")) == 1
    writer.close()


def test_items_are_written_to_the_last_zero_byte(tmp_path):
    items = [b"a\0\0", b"", b"\xff\0"]
    with AttentionWriter(tmp_path / "run") as writer:
        writer.add_items("raw", items, 1)
    assert written(tmp_path / "run") == [("raw", 1, items)]
