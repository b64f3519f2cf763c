"""Writing attention to TensorBoard event files without TensorFlow."""

import math
import time

from tensorboard.compat.proto import (
    event_pb2,
    summary_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tensorboard_plugin_attention.checks import require_integer
from tensorboard_plugin_attention.encode import encode_attention
from tensorboard_plugin_attention.format import summary_metadata


class AttentionWriter:
    """Write attention maps of any framework without TensorFlow or Keras.

    Each writer is one run in TensorBoard, named after its folder. Steps must
    not decrease: TensorBoard treats a smaller step as a restart and drops the
    steps in between.

    Args:
        log_dir: Path of the run's folder, created if it does not exist.

    Example:

    >>> import numpy as np
    >>> from tensorboard_plugin_attention import AttentionWriter
    >>> weights = np.full((1, 2, 3, 3), 1 / 3)  # texts, heads, T, S
    >>> with AttentionWriter("logs/mine") as writer:
    ...     writer.add("attention", weights, [["a", "good", "dog"]], step=1)
    []
    """

    def __init__(self, log_dir):
        self._events = EventFileWriter(str(log_dir))
        self._steps = {}  # the last step of each tag

    def add(self, name, weights, tokens, step, **details):
        """Write the maps of B texts at one step.

        Args:
            name: String, the tag.
            weights: See `encode_attention`.
            tokens: See `encode_attention`.
            step: Integer.
            **details: See `encode_attention`.

        Returns:
            A list of strings that explain what was left out or looks wrong,
            usually empty.

        Raises:
            ValueError: If `step` is not an integer, or as in
                `encode_attention`.
        """
        items, notices = encode_attention(weights, tokens, **details)
        last = self._steps.get(name, -math.inf)
        self.add_items(name, items, step)
        if self._steps[name] < last:
            notices = [
                *notices,
                f"Step {self._steps[name]} was written after step {last}. "
                "TensorBoard drops the steps in between.",
            ]
        return notices

    def add_items(self, name, items, step):
        """Write the items of an event, as returned by `encode_attention`."""
        step = self._steps[name] = require_integer("step", step)
        self._events.add_event(
            event_pb2.Event(
                wall_time=time.time(),
                step=step,
                summary=event_summary(name, items),
            )
        )

    def flush(self):
        """Flush pending events to the file."""
        self._events.flush()

    def close(self):
        """Flush pending events and close the file."""
        self._events.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def event_summary(name, items):
    """Return the TensorBoard `Summary` message of one event.

    Args:
        name: String, the tag.
        items: List of bytes, as returned by `encode_attention`.
    """
    shape = tensor_shape_pb2.TensorShapeProto()
    shape.dim.add(size=len(items))
    # Not through NumPy, whose strings lose trailing NUL bytes.
    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING, tensor_shape=shape, string_val=items
    )
    summary = summary_pb2.Summary()
    summary.value.add(tag=name, metadata=summary_metadata(), tensor=tensor)
    return summary
