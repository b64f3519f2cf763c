"""Logs with any content, and TensorBoard to read them."""

import argparse
import dataclasses
import gzip
import itertools
import json
import pathlib

import pytest
from tensorboard.backend import application
from tensorboard.backend.event_processing import (
    data_provider,
    plugin_event_multiplexer,
)
from tensorboard.compat.proto import (
    event_pb2,
    summary_pb2,
    tensor_pb2,
    types_pb2,
)
from tensorboard.summary.writer import record_writer
from werkzeug import test

from tensorboard_plugin_attention import plugin

CONTENT = b'{"format":"attention","version":1}'
_FILES = itertools.count()


@pytest.fixture
def write_items():
    """write_items(logdir, tag, step, items, ...) -> path of the new file.

    Nothing is checked, and nothing is compressed. `shape` is what the tensor
    claims, one dimension of as many items as there are unless given.
    """

    def write(
        logdir,
        tag,
        step,
        items,
        wall_time=1.0,
        content=CONTENT,
        plugin_name="attention",
        data_class=summary_pb2.DATA_CLASS_BLOB_SEQUENCE,
        shape=None,
        tensor=None,
    ):
        metadata = summary_pb2.SummaryMetadata(data_class=data_class)
        metadata.plugin_data.plugin_name = plugin_name
        metadata.plugin_data.content = content
        if tensor is None:
            tensor = tensor_pb2.TensorProto(
                dtype=types_pb2.DT_STRING, string_val=items
            )
            for size in [len(items)] if shape is None else shape:
                tensor.tensor_shape.dim.add(size=size)
        value = summary_pb2.Summary.Value(
            tag=tag, metadata=metadata, tensor=tensor
        )
        summary = summary_pb2.Summary(value=[value])
        return _write(
            logdir,
            event_pb2.Event(wall_time=wall_time, file_version="brain.Event:2"),
            event_pb2.Event(wall_time=wall_time, step=step, summary=summary),
        )

    return write


def _write(logdir, *events):
    # Files are read in the order of their names.
    folder = pathlib.Path(logdir)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events.out.tfevents.{next(_FILES):010d}.test"
    with path.open("xb") as file:
        writer = record_writer.RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())
    return path


@dataclasses.dataclass
class Board:
    """TensorBoard with only this plugin, without a socket."""

    client: test.Client
    prefix: str = ""

    def get(self, route, method="GET", **parameters):
        """The response of `plugin/attention/<route>`."""
        return self.client.open(
            f"{self.prefix}/data/plugin/attention/{route}",
            method=method,
            query_string=parameters,
        )

    def json(self, route, **parameters):
        answer = self.get(route, **parameters)
        assert answer.status_code == 200, answer.text
        assert answer.content_type == "application/json"
        return json.loads(answer.data)


@pytest.fixture
def served():
    """served(data provider, flags) -> `Board` over it."""

    def served(data, flags=None):
        flags = flags or argparse.Namespace(
            logdir="", samples_per_plugin={}, window_title="", path_prefix=""
        )
        app = application.TensorBoardWSGIApp(
            flags, [plugin.AttentionLoader], data_provider=data
        )
        return Board(test.Client(app), flags.path_prefix)

    return served


@pytest.fixture
def board(served):
    """board(logdir, samples={...}, prefix="") -> `Board`, all data loaded."""

    def board(logdir, samples=None, prefix=""):
        flags = argparse.Namespace(
            logdir=str(logdir),
            samples_per_plugin={} if samples is None else samples,
            window_title="",
            path_prefix=prefix,
        )
        plugin.AttentionLoader().fix_flags(flags)
        multiplexer = plugin_event_multiplexer.EventMultiplexer(
            size_guidance={"tensors": 10},
            tensor_size_guidance=flags.samples_per_plugin,
        )
        multiplexer.AddRunsFromDirectory(str(logdir))
        multiplexer.Reload()
        provider = data_provider.MultiplexerDataProvider(
            multiplexer, str(logdir)
        )
        return served(provider, flags)

    return board


@pytest.fixture
def items():
    """A valid item, one that only looks like gzip, and an empty one."""
    return [gzip.compress(b'{"version":1}'), b"\x00\xff\x1f\x8b", b""]


@pytest.fixture
def logged(tmp_path, write_items, board, items):
    """Run `train`, tag `attention`, step 3, `items`."""
    write_items(tmp_path / "train", "attention", 3, items, wall_time=7.5)
    return board(tmp_path)
