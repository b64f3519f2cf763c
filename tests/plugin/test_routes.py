"""Responses for tags, steps and items, and errors."""

import argparse
import math
import types

import pytest

from tensorboard_plugin_attention import plugin

ROUTES = {
    "tags": {},
    "steps": {"run": "train", "tag": "attention"},
    "blob": {"run": "train", "tag": "attention", "step": 3, "item": 1},
    "static/index.js": {},
}


def test_tags_name_each_version(tmp_path, write_items, board):
    for run, tag, content in [
        ("train", "one", b'{"format":"attention","version":1}'),
        ("train", "newer", b'{"format":"attention","version":99}'),
        ("train/inner", "none", b""),
        ("train/inner", "garbage", b"\xff\x00{"),
        ("train/inner", "list", b"[1]"),
        ("train/inner", "deep", b"[" * 100_000),
    ]:
        write_items(tmp_path / run, tag, 0, [b""], content=content)
    assert board(tmp_path).json("tags") == {
        "runs": {
            "train": {"one": {"version": 1}, "newer": {"version": 99}},
            "train/inner": {
                "none": {"version": None},
                "garbage": {"version": None},
                "list": {"version": None},
                "deep": {"version": None},
            },
        }
    }


def test_no_data_is_no_error(tmp_path, board):
    assert board(tmp_path).json("tags") == {"runs": {}}


def test_steps_ascend(tmp_path, write_items, board):
    for step, count in [(-4, 1), (0, 3), (2**40, 2)]:
        write_items(tmp_path, "t", step, [b"x"] * count, wall_time=step + 0.25)
    steps = board(tmp_path).json("steps", run=".", tag="t")
    assert steps == {
        "steps": [[-4, -3.75, 1], [0, 0.25, 3], [2**40, 2**40 + 0.25, 2]],
        "limit": 50,
    }


def test_a_time_that_is_not_finite_is_null(tmp_path, write_items, board):
    write_items(tmp_path, "t", 1, [b"x"], wall_time=math.nan)
    steps = board(tmp_path).json("steps", run=".", tag="t")["steps"]
    assert steps == [[1, None, 1]]


@pytest.mark.parametrize("item", range(3))
def test_items_are_returned_as_written(logged, items, item):
    answer = logged.get("blob", run="train", tag="attention", step=3, item=item)
    assert answer.status_code == 200
    assert answer.data == items[item]
    assert answer.content_length == len(items[item])


@pytest.mark.parametrize("accepted", ["gzip", "identity", "gzip, br, *"])
def test_an_item_is_sent_without_an_encoding(logged, items, accepted):
    """Otherwise the browser would decompress even a decompression bomb."""
    answer = logged.client.get(
        "/data/plugin/attention/blob?run=train&tag=attention&step=3&item=0",
        headers={"Accept-Encoding": accepted},
    )
    assert answer.data == items[0]
    assert "Content-Encoding" not in answer.headers
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("changes, came", [
    ({"step": 4}, "step 4"),
    ({"step": -3}, "step -3"),
    ({"step": 2**63 - 1}, "step 9223372036854775807"),
    ({"item": 3}, "item 3; step 3 has 3"),
    ({"item": 2**63 - 1}, "item 9223372036854775807"),
])  # fmt: skip
def test_missing_steps_and_items_are_not_found(logged, changes, came):
    answer = logged.get("blob", **ROUTES["blob"] | changes)
    assert answer.status_code == 404
    assert came in answer.text


@pytest.mark.parametrize("name", ["step", "item"])
@pytest.mark.parametrize("value", [
    "", "x", "1.0", "1e3", "0x1", "1_0", " 1", "+1", "--1", "-", "NaN", "٣",
    "9223372036854775808", "-9223372036854775809", "9" * 100_000, "3\n",
    "[1]", "<b>", "\x00",
])  # fmt: skip
def test_parameters_must_be_integers(logged, name, value):
    answer = logged.get("blob", **ROUTES["blob"] | {name: value})
    assert answer.status_code == 400
    assert f"parameter `{name}` must be an integer from" in answer.text
    assert len(answer.text) < 300


def test_negative_items_are_rejected(logged):
    answer = logged.get("blob", **ROUTES["blob"] | {"item": -1})
    assert answer.status_code == 400
    assert "from 0 to 2^63 - 1" in answer.text


@pytest.mark.parametrize("route", ["steps", "blob"])
@pytest.mark.parametrize("count", [0, 2])
def test_each_parameter_must_be_given_once(logged, route, count):
    for name in ROUTES[route]:
        parameters = ROUTES[route] | {name: [ROUTES[route][name]] * count}
        answer = logged.get(route, **parameters)
        assert answer.status_code == 400
        assert (
            f"`{name}` must be given once. Received: {count} times"
            in answer.text
        )


def test_unknown_parameters_are_ignored(logged):
    plain = logged.get("steps", **ROUTES["steps"])
    with_more = logged.get("steps", **ROUTES["steps"], blob_key="x", path="/")
    assert with_more.data == plain.data


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "<B>"]
)
def test_only_get_and_head_are_allowed(logged, route, method):
    answer = logged.get(route, method, **ROUTES[route])
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert answer.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize("route", ROUTES)
def test_head_returns_the_headers_of_get(logged, route):
    get = logged.get(route, **ROUTES[route])
    head = logged.get(route, "HEAD", **ROUTES[route])
    assert head.status_code == get.status_code == 200
    assert head.data == b""
    assert head.headers.to_wsgi_list() == get.headers.to_wsgi_list()


def test_one_event_of_a_step_is_kept(tmp_path, write_items, board):
    for items in [b"first"], [b"second", b"more"]:
        write_items(tmp_path, "t", 6, items)
    served = board(tmp_path)
    assert served.json("steps", run=".", tag="t")["steps"] == [[6, 1.0, 1]]
    assert served.get("blob", run=".", tag="t", step=6, item=0).data == b"first"


@pytest.mark.parametrize("samples, limit, kept", [
    ({}, 50, 50),
    ({"images": 7}, 50, 50),
    ({"attention": 5}, 5, 5),
    ({"attention": 0}, 0, 60),
    ({"attention": 1000}, 1000, 60),
])  # fmt: skip
def test_the_limit_on_steps_is_the_users(
    tmp_path, write_items, board, samples, limit, kept
):
    for step in range(60):
        write_items(tmp_path, "t", step, [b"%d" % step])
    served = board(tmp_path, samples)
    answer = served.json("steps", run=".", tag="t")
    assert answer["limit"] == limit
    steps = [step for step, _, _ in answer["steps"]]
    assert len(steps) == kept
    assert steps == sorted(set(steps))
    assert steps[-1] == 59
    for step in steps[0], steps[-1]:
        answer = served.get("blob", run=".", tag="t", step=step, item=0)
        assert answer.data == b"%d" % step


@pytest.mark.parametrize("samples", [None, "", 3])
def test_unexpected_flags_are_left_unchanged(samples):
    flags = argparse.Namespace(samples_per_plugin=samples)
    plugin.AttentionLoader().fix_flags(flags)
    assert flags.samples_per_plugin == samples
    plugin.AttentionLoader().fix_flags(argparse.Namespace())


def test_there_is_no_tab_without_a_data_provider():
    context = types.SimpleNamespace(data_provider=None)
    assert plugin.AttentionLoader().load(context) is None
