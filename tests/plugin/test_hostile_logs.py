"""Logs with false shapes, and hostile names."""

import base64
import itertools
import json

import pytest
from tensorboard.compat.proto import tensor_pb2, types_pb2
from tensorboard.data import provider

HOSTILE = [
    "a/b/c",
    "../../etc/passwd",
    "a..b/..",
    "%2e%2e%2f",
    "a\"b'c`d",
    "<script>alert(1)</script>",
    "with space ",
    "?run=x&tag=y#z",
    "a+b%20c",
    "back\\slash",
    "Grüße 日本 \u202e\U0001f600",
    "new\nline\ttab",
    "x" * 10_000,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tags(tmp_path, write_items, board, name):
    write_items(tmp_path / "r", name, 5, [b"one", name.encode()])
    write_items(tmp_path / "r", "other", 5, [b"no", b"no"])
    served = board(tmp_path)
    assert name in served.json("tags")["runs"]["r"]
    assert served.json("steps", run="r", tag=name)["steps"] == [[5, 1.0, 2]]
    blob = served.get("blob", run="r", tag=name, step=5, item=1)
    assert blob.data == name.encode()


@pytest.mark.parametrize(
    "name", [n for n in HOSTILE if ".." not in n and len(n) < 255]
)
def test_hostile_runs(tmp_path, write_items, board, name):
    write_items(tmp_path / name, "t", 5, [name.encode()])
    served = board(tmp_path)
    assert served.json("tags") == {"runs": {name: {"t": {"version": 1}}}}
    blob = served.get("blob", run=name, tag="t", step=5, item=0)
    assert blob.data == name.encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_that_do_not_exist(logged, name):
    for run, tag in [(name, "attention"), ("train", name)]:
        for route in "steps", "blob":
            answer = logged.get(route, run=run, tag=tag, step=3, item=0)
            assert answer.status_code == 404
            assert answer.content_type == "text/plain; charset=utf-8"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "The route `tags` lists all runs and tags" in answer.text
            assert len(answer.text) < 500


def test_data_of_another_plugin_are_not_served(tmp_path, write_items, board):
    write_items(tmp_path, "ours", 0, [b"ours"])
    write_items(tmp_path, "theirs", 0, [b"secret"], plugin_name="graphs")
    served = board(tmp_path)
    assert served.json("tags") == {"runs": {".": {"ours": {"version": 1}}}}
    fields = json.dumps(["", "graphs", ".", "theirs", 0, 0])
    key = base64.urlsafe_b64encode(fields.encode()).decode().rstrip("=")
    where = {"run": ".", "step": 0, "item": 0}
    for tag, status in [("theirs", 404), (key, 404), ("ours", 200)]:
        answer = served.get("blob", tag=tag, blob_key=key, key=key, **where)
        assert answer.status_code == status
        assert b"secret" not in answer.data
    assert served.get("steps", run=".", tag="theirs").status_code == 404


@pytest.mark.parametrize("data_class", [0, 1, 2])
def test_data_of_another_class_are_not_served(
    tmp_path, write_items, board, data_class
):
    write_items(tmp_path, "loss", 0, [b"x"], data_class=data_class)
    served = board(tmp_path)
    assert served.json("tags") == {"runs": {}}
    assert served.get("steps", run=".", tag="loss").status_code == 404


def test_an_event_of_no_items(tmp_path, write_items, board):
    write_items(tmp_path, "t", 0, [])
    served = board(tmp_path)
    assert served.json("steps", run=".", tag="t")["steps"] == [[0, 1.0, 0]]
    answer = served.get("blob", run=".", tag="t", step=0, item=0)
    assert answer.status_code == 404


@pytest.mark.parametrize("shape", [[], [3], [2, 2], [1, 2], [1 << 40], [-1]])
def test_a_shape_that_lies(tmp_path, write_items, board, shape):
    """There are two items. The server must not fail for any shape."""
    write_items(tmp_path, "t", 0, [b"one", b"two"], shape=shape)
    served = board(tmp_path)
    where = {"run": ".", "tag": "t"}
    answers = [served.get("steps", **where)] + [
        served.get("blob", **where, step=0, item=item) for item in range(4)
    ]
    assert {answer.status_code for answer in answers} <= {200, 400, 404}


def test_numeric_tensors_are_not_items(tmp_path, write_items, board):
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[1, 2])
    tensor.tensor_shape.dim.add(size=2)
    write_items(tmp_path, "t", 0, [], tensor=tensor)
    answer = board(tmp_path).get("blob", run=".", tag="t", step=0, item=1)
    assert answer.status_code == 400
    assert "not written by this plugin" in answer.text


@pytest.mark.slow
def test_a_thousand_runs(tmp_path, write_items, board):
    for number in range(1000):
        write_items(tmp_path / f"run{number}", "t", 0, [b"%d" % number])
    served = board(tmp_path)
    assert len(served.json("tags")["runs"]) == 1000
    last = served.get("blob", run="run999", tag="t", step=0, item=0)
    assert last.data == b"999"


class Fake(provider.DataProvider):
    """A provider with one event, with any number and size of items."""

    def __init__(self, size=0, items=1, run="r", error=None):
        self.size, self.items = size, items
        self.run, self.error = run, error

    def list_blob_sequences(self, ctx=None, **_):
        series = provider.BlobSequenceTimeSeries(
            max_step=0,
            max_wall_time=0.0,
            max_length=self.items,
            plugin_content=b"",
            description="",
            display_name="",
        )
        return {self.run: {"t": series}}

    def read_blob_sequences(self, ctx=None, **_):
        references = itertools.repeat(provider.BlobReference("k"), self.items)
        event = provider.BlobSequenceDatum(0, 0.0, tuple(references))
        return {self.run: {"t": [event]}}

    def read_blob(self, ctx=None, *, blob_key):
        if self.error:
            raise self.error
        return bytes(self.size)

    def _nothing(self, ctx=None, **_):
        raise NotImplementedError

    list_runs = list_scalars = read_scalars = read_last_scalars = _nothing


@pytest.mark.parametrize(
    "size, status", [(1 << 10, 200), ((256 << 20) + 1, 400)]
)
def test_the_largest_item(served, size, status):
    answer = served(Fake(size)).get("blob", run="r", tag="t", step=0, item=0)
    assert answer.status_code == status
    if status == 400:
        assert "268435457 bytes" in answer.text


def test_a_run_whose_name_is_not_unicode_is_listed(served):
    """Python reads folder names that are not UTF-8 like this."""
    runs = served(Fake(run="bad\udcff")).json("tags")["runs"]
    assert runs == {"bad\udcff": {"t": {"version": None}}}


@pytest.mark.parametrize("items, status", [(10_000, 200), (10_001, 400)])
def test_the_most_items(served, items, status):
    answer = served(Fake(1, items)).get("steps", run="r", tag="t")
    assert answer.status_code == status


def test_a_failure_is_one_line_without_secrets(served, caplog):
    failing = served(Fake(error=RuntimeError("disk gone: /secret/path")))
    answer = failing.get("blob", run="r", tag="t", step=0, item=0)
    assert answer.status_code == 500
    assert answer.content_type == "text/plain; charset=utf-8"
    assert "secret" not in answer.text
    assert "/secret/path" in caplog.text


@pytest.mark.parametrize("error", [KeyError, IndexError, ValueError, TypeError])
def test_a_tensor_that_cannot_be_read(served, error):
    failing = served(Fake(error=error("reshape")))
    answer = failing.get("blob", run="r", tag="t", step=0, item=0)
    assert answer.status_code == 400
    assert "is damaged" in answer.text
