"""A reader of event files, in the form in which TensorBoard reads them."""

import io

import numpy as np
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.util import tensor_util

from tensorboard_plugin_attention.format import (
    PLUGIN_NAME,
    read_event,
    summary_metadata,
)


def read_run(folder):
    """The events of a run, as a dict from tag to pairs (step, value).

    A value is a float; for a picture its pixels (height, width, 3); for the
    Attention tab an `Event`.
    """
    events = event_accumulator.EventAccumulator(
        str(folder), size_guidance={"tensors": 0}
    ).Reload()
    return {
        tag: [
            (e.step, _value(events.SummaryMetadata(tag), e.tensor_proto))
            for e in events.Tensors(tag)
        ]
        for tag in events.Tags()["tensors"]
    }


def _value(metadata, proto):
    if metadata.plugin_data.plugin_name == PLUGIN_NAME:
        assert metadata == summary_metadata()
        return read_event(list(proto.string_val))
    value = tensor_util.make_ndarray(proto)
    if value.ndim == 0:
        return float(value)
    width, height, image = value
    pixels = np.asarray(Image.open(io.BytesIO(image)))
    assert pixels.shape == (int(height), int(width), 3)
    return pixels
