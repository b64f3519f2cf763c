"""A matplotlib figure as an event for TensorBoard's Images tab."""

import io

import numpy as np
from PIL import Image  # installed with matplotlib
from tensorboard.compat.proto import (
    summary_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)
from tensorboard.plugins.image.metadata import create_summary_metadata


def figure_summary(tag, figure):
    """Return the `Summary` message that `tf.summary.image` would write.

    TensorFlow is not needed.

    Args:
        tag: String.
        figure: `matplotlib.figure.Figure` with an Agg canvas.
    """
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[:, :, :3]
    height, width, _ = pixels.shape
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, format="png")
    shape = tensor_shape_pb2.TensorShapeProto()
    shape.dim.add(size=3)
    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING,
        tensor_shape=shape,
        string_val=[b"%d" % width, b"%d" % height, png.getvalue()],
    )
    summary = summary_pb2.Summary()
    metadata = create_summary_metadata(display_name=None, description=None)
    summary.value.add(tag=tag, metadata=metadata, tensor=tensor)
    return summary
