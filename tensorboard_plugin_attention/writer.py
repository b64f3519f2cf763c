"""Attention into TensorBoard's event files, by NumPy and tensorboard alone."""

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
from tensorboard_plugin_attention.format import summary_metadata
from tensorboard_plugin_attention.record import encode_attention


class AttentionWriter:
    """Writes attention maps of any framework, without TensorFlow or Keras.

    One writer is one run in TensorBoard, named after the folder. Steps must not
    go back: TensorBoard takes that for a restart and forgets what came later.

    Args:
        log_dir: Path of the run's folder; made if it is missing.

    Example:
        >>> import numpy as np
        >>> from tensorboard_plugin_attention import AttentionWriter
        >>> weights = np.full((1, 2, 3, 3), 1 / 3)  # sentences, heads, T, S
        >>> with AttentionWriter("logs/mine") as writer:
        ...     writer.add("attention", weights, [["a", "good", "dog"]], step=1)
        []
    """

    def __init__(self, log_dir):
        self._events = EventFileWriter(str(log_dir))
        self._steps = {}  # the last one of each tag

    def add(self, name, weights, tokens, step, **details):
        """Writes the maps of B sentences at one step.

        Args:
            name: String, the tag.
            weights: Dict from layer name to an array (B, H, T, S), or one
                array.
            tokens: B lists of strings.
            step: Integer.
            **details: See `encode_attention`.

        Returns:
            A list of sentences on what was left out or is odd, mostly empty.

        Raises:
            ValueError: As `encode_attention` does, or if `step` is no integer.
        """
        items, notices = encode_attention(weights, tokens, **details)
        last = self._steps.get(name, -math.inf)
        self.add_items(name, items, step)
        if self._steps[name] < last:
            notices = [
                *notices,
                f"Step {self._steps[name]} comes after step {last}: "
                "TensorBoard forgets those in between.",
            ]
        return notices

    def add_items(self, name, items, step):
        """Writes an event that `encode_attention` has made."""
        step = self._steps[name] = require_integer("step", step)
        shape = tensor_shape_pb2.TensorShapeProto()
        shape.dim.add(size=len(items))
        # By hand: an array of strings would lose the NULs at their ends.
        tensor = tensor_pb2.TensorProto(
            dtype=types_pb2.DT_STRING, tensor_shape=shape, string_val=items
        )
        summary = summary_pb2.Summary()
        summary.value.add(tag=name, metadata=summary_metadata(), tensor=tensor)
        self._events.add_event(
            event_pb2.Event(wall_time=time.time(), step=step, summary=summary)
        )

    def flush(self):
        """Puts everything written so far into the file."""
        self._events.flush()

    def close(self):
        """Flushes, and closes the file."""
        self._events.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
