"""Runs and tags with names that TensorBoard's fast loader cannot read back."""

import json

import pytest

from tests import data_server

PLAIN = [("train", "attention"), ("a run'é", "maps/[0] 日本")]
ESCAPED = [
    ('quo"te', "attention"),
    ("train", "back\\slash"),
    ('both"', 'of\\"them'),
]


READER = (
    data_server.START
    + """
import argparse, time
from tensorboard.backend import application
from werkzeug import test
from tensorboard_plugin_attention import plugin

flags = argparse.Namespace(
    logdir="", samples_per_plugin={}, window_title="", path_prefix=""
)
client = test.Client(application.TensorBoardWSGIApp(
    flags, [plugin.AttentionLoader], data_provider=ingester.data_provider
))
route = "/data/plugin/attention/"
for _ in range(50):
    runs = json.loads(client.get(route + "tags").data)["runs"]
    if sum(map(len, runs.values())) == COUNT:
        break
    time.sleep(0.2)
answers = [
    [run, tag, client.get(
        route + "blob",
        query_string={"run": run, "tag": tag, "step": 3, "item": 1},
    )]
    for run, tags in runs.items()
    for tag in tags
]
print(json.dumps([
    [run, tag, answer.status_code, answer.data.decode("latin-1")]
    for run, tag, answer in answers
]))
"""
)


def write_all(write_items, folder, items):
    for run, tag in PLAIN + ESCAPED:
        write_items(folder / run, tag, 3, items)


def test_every_name_works_without_the_fast_loader(
    tmp_path, write_items, items, board
):
    write_all(write_items, tmp_path, items)
    for run, tag in PLAIN + ESCAPED:
        answer = board(tmp_path).get("blob", run=run, tag=tag, step=3, item=1)
        assert answer.data == items[1]


@pytest.mark.slow
def test_the_fast_loader_says_what_to_do(
    tmp_path, write_items, items, new_process
):
    write_all(write_items, tmp_path, items)
    names = PLAIN + ESCAPED
    found = json.loads(new_process(READER.replace("COUNT", str(len(names)))))
    if found is None:
        pytest.skip("tensorboard-data-server is not installed here")
    assert sorted((run, tag) for run, tag, *_ in found) == sorted(names)
    for run, tag, status, body in found:
        if (run, tag) in PLAIN:
            assert (status, body.encode("latin-1")) == (200, items[1])
            continue
        assert status == 400
        for what, name in (("run", run), ("tag", tag)):
            escaped = '"' in name or "\\" in name
            assert (f"the {what} " in body) == escaped, body
        assert "Start TensorBoard with --load_fast=false" in body
