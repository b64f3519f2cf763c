"""The plugin in a real TensorBoard: found, light, and hard to break."""

import configparser
import contextlib
import gzip
import http.client
import json
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tensorboard_plugin_attention import plugin
from tests.parts import in_part

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "tensorboard_plugin_attention" / "static" / "index.js"
# The tab must not need TensorFlow, and TensorBoard starts faster without it.
BOARD = f"""
import sys, types
sys.path.insert(0, {str(ROOT)!r})
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
from tensorboard import default, program
from tensorboard_plugin_attention.plugin import AttentionLoader
board = program.TensorBoard(default.get_static_plugins() + [AttentionLoader])
board.configure(["tensorboard", "--port", "0", "--host", "127.0.0.1",
                 *sys.argv[1:]])
print(board.launch(), flush=True)
sys.stdin.read()
"""
# `make test` runs only TensorBoard's default loader.
LOADERS = in_part(["true", "false"], "true")
ITEMS = [gzip.compress(b'{"version":1}'), bytes(range(256)) * 40]


class Served:
    """A running TensorBoard at `url`, which ends with a slash."""

    def __init__(self, url):
        self.url = url

    def get(self, path, **parameters):
        """(status, bytes) of a path below `url`."""
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"{self.url}{path}?{query}") as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def plugin(self, route, **parameters):
        return self.get(f"data/plugin/attention/{route}", **parameters)

    def blob(self, run, tag, step, item):
        return self.plugin("blob", run=run, tag=tag, step=step, item=item)

    def json(self, route, **parameters):
        status, body = self.plugin(route, **parameters)
        assert status == 200, body
        return json.loads(body)

    def steps(self, run, tag, last):
        """The response of `steps` once the last step is loaded."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            status, body = self.plugin("steps", run=run, tag=tag)
            answer = json.loads(body) if status == 200 else {"steps": []}
            if answer["steps"] and answer["steps"][-1][0] == last:
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{status}: {body[:500]}")


@contextlib.contextmanager
def tensorboard(logdir, *flags):
    """A TensorBoard in its own process, killed on exit."""
    command = [sys.executable, "-c", BOARD, "--logdir", str(logdir), *flags]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Served(process.stdout.readline().strip())
            assert process.poll() is None
        finally:
            process.kill()


def test_the_entry_point_is_declared():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    declared = setup["options.entry_points"]["tensorboard_plugins"].split()
    assert declared == [
        "attention",
        "=",
        f"{plugin.__name__}:{plugin.AttentionLoader.__name__}",
    ]


@pytest.mark.slow
def test_no_framework_is_imported(new_process):
    """Not by the plugin, which TensorBoard imports, and not by the writers.

    tensorboard's own event file writer may import TensorFlow when it is used.
    """
    new_process(f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import tensorboard_plugin_attention.plugin
from tensorboard_plugin_attention import AttentionWriter, encode_attention
from tensorboard_plugin_attention import attention_html
heavy = {{"tensorflow", "keras", "keras_attn", "torch", "jax", "matplotlib"}}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
""")


@pytest.mark.slow
@pytest.mark.parametrize("fast", LOADERS)
def test_tensorboard_shows_the_tab(tmp_path, write_items, fast):
    run, tag = where = ("train", "a/b <c>")
    for step in range(60):
        write_items(tmp_path / run, tag, step, [b"%d" % step, *ITEMS])
    flags = f"--load_fast={fast}", "--path_prefix=/tb"
    with tensorboard(tmp_path, *flags) as served:
        answer = served.steps(*where, last=59)
        assert served.url.endswith("/tb/")
        assert served.json("tags") == {"runs": {run: {tag: {"version": 1}}}}
        tab = json.loads(served.get("data/plugins_listing")[1])["attention"]
        assert tab["enabled"] is True
        assert tab["loading_mechanism"] == {
            "type": "IFRAME",
            "module_path": "/tb/data/plugin/attention/static/index.js",
        }
        assert served.plugin("static/index.js") == (200, PAGE.read_bytes())
        steps = [step for step, _, count in answer["steps"] if count == 3]
        assert (len(steps), answer["limit"]) == (50, 50)
        assert steps == sorted(set(steps))
        for step in steps[0], steps[-1]:
            assert [served.blob(*where, step, item) for item in range(3)] == [
                (200, item) for item in [b"%d" % step, *ITEMS]
            ]
        for absent in [
            (run, tag, 60, 0),
            (run, tag, 59, 3),
            ("", tag, 59, 0),
            (run, "c", 59, 0),
        ]:
            assert served.blob(*absent)[0] == 404


@pytest.mark.slow
@pytest.mark.parametrize("fast", LOADERS)
def test_the_user_decides_how_many_steps_are_kept(tmp_path, write_items, fast):
    for step in range(60):
        write_items(tmp_path, "t", step, [b"x"])
    for samples, kept in (5, 5), (0, 60):
        flags = (
            f"--load_fast={fast}",
            f"--samples_per_plugin=attention={samples}",
        )
        with tensorboard(tmp_path, *flags) as served:
            answer = served.steps(".", "t", last=59)
            assert answer["limit"] == samples
            assert len(answer["steps"]) == kept


@pytest.mark.slow
@pytest.mark.parametrize("fast, kept", [("true", b"last"), ("false", b"first")])
def test_each_loader_keeps_another_event_of_the_same_step(
    tmp_path, write_items, fast, kept
):
    """This is why all data of a step are in one event."""
    for items in [b"first"], [b"last"]:
        write_items(tmp_path, "t", 6, items)
    write_items(tmp_path, "t", 7, [b"end"])
    with tensorboard(tmp_path, f"--load_fast={fast}") as served:
        answer = served.steps(".", "t", last=7)
        assert answer["steps"] == [[6, 1.0, 1], [7, 1.0, 1]]
        assert served.blob(".", "t", 6, 0) == (200, kept)


@pytest.mark.slow
@pytest.mark.parametrize("fast", LOADERS)
def test_damaged_logs_do_not_end_tensorboard(tmp_path, write_items, fast):
    cut = write_items(tmp_path / "cut", "t", 0, ITEMS)
    cut.write_bytes(cut.read_bytes()[:-1000])
    flipped = write_items(tmp_path / "flipped", "t", 0, [b"x" * 1000])
    flipped.write_bytes(flipped.read_bytes().replace(b"xxxx", b"xxxy", 1))
    (tmp_path / "noise").mkdir()
    noise = tmp_path / "noise" / "events.out.tfevents.1.noise"
    noise.write_bytes(bytes(range(256)) * 100)
    write_items(tmp_path / "empty", "t", 0, [])
    write_items(tmp_path / "garbage", "t", 0, [b"\xff" * 999], content=b"\xff")
    write_items(tmp_path / "newer", "t", 0, ITEMS, content=b'{"version":2}')
    write_items(tmp_path / "shape", "t", 0, ITEMS, shape=[3, 1 << 40])
    write_items(tmp_path / "long", "t" * 10_000, 0, ITEMS)
    names = {"garbage": "t", "newer": "t", "long": "t" * 10_000}
    with tensorboard(tmp_path, f"--load_fast={fast}") as served:
        for run, tag in names.items():
            served.steps(run, tag, last=0)
            assert served.blob(run, tag, 0, 0)[0] == 200
        served.steps("empty", "t", last=0)
        assert served.blob("empty", "t", 0, 0)[0] == 404
        runs = served.json("tags")["runs"]
        assert runs["garbage"] == {"t": {"version": None}}
        assert runs["newer"] == {"t": {"version": 2}}
        for run in "cut", "flipped", "noise", "shape":
            # The two loaders can read different parts of these.
            for answer in (
                served.plugin("steps", run=run, tag="t"),
                served.blob(run, "t", 0, 0),
            ):
                assert answer[0] in (200, 400, 404)


@pytest.mark.slow
def test_a_path_is_sent_as_it_is(tmp_path):
    """HTTP clients normalize a path before sending it; attackers do not."""
    with tensorboard(tmp_path, "--load_fast=false") as served:
        address = urllib.parse.urlsplit(served.url).netloc
        for path in "../plugin.py", "%2e%2e/plugin.py", "..%2f..%2fsetup.cfg":
            connection = http.client.HTTPConnection(address)
            connection.request("GET", f"/data/plugin/attention/static/{path}")
            answer = connection.getresponse()
            assert (answer.status, b"import" in answer.read()) == (404, False)
            connection.close()
