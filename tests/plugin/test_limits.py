"""The writer has the limits of the page's reader."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import tensorboard_plugin_attention
from tensorboard_plugin_attention import (
    budget,
    encode_attention,
    format,
)
from tests.plugin.test_javascript import node

PAGE = Path(tensorboard_plugin_attention.__file__).parent / "static"
READER = PAGE / "data" / "format.js"

READ = f"""
import {{ readFileSync }} from "node:fs";
import {{ readManifest }} from {json.dumps(READER.as_uri())};
const manifest = await readManifest(
  new Blob([readFileSync(process.argv[1])]).stream());
const chunks = [...manifest.overviews.values(), ...manifest.weights.values()];
console.log(JSON.stringify({{
  layers: manifest.layers.length,
  heads: manifest.layers.map((layer) => layer.heads),
  texts: manifest.examples.length,
  weights: manifest.weights.size,
  notices: manifest.notices,
  errors: [...manifest.layers, ...manifest.examples, ...chunks]
    .map((part) => part.error).filter(Boolean),
}}));
"""


def read_by_the_page(items, folder):
    """What the page's own reader finds in the manifest of an event."""
    path = folder / "manifest"
    path.write_bytes(items[0])
    finished = subprocess.run(
        [node(), "--input-type=module", "--eval", READ, str(path)],
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def maps(heads, texts=1, rows=1):
    return np.full((texts, heads, rows, rows), 1 / rows, "float32")


def test_the_limits_are_those_of_the_page():
    page = READER.read_text()
    for name in ("MANIFEST_BYTES", "MOST_WEIGHTS", "MOST_ROWS", "MOST_HEADS"):
        (value,) = re.findall(rf"const {name} = ([0-9* ]+);", page)
        assert eval(value) == getattr(format, name), name
    kept = re.findall(r"raw\.(\w+)\)\.slice\(0, (\d+)\)", page)
    assert kept[:2] == [
        ("layers", str(format.MOST_LAYERS)),
        ("examples", str(format.MOST_TEXTS)),
    ]


@pytest.mark.parametrize("heads", [1024, 1025, 2000])
def test_heads_beyond_the_limit_are_left_out(heads, tmp_path):
    items, notices = encode_attention({"a": maps(heads)}, [["x"]])
    found = read_by_the_page(items, tmp_path)
    assert found["errors"] == []
    assert found["heads"] == [1024]
    assert found["weights"] == 1
    expected = [
        f"Only the first 1,024 of {heads:,} heads of a are kept: the page "
        "shows no more."
    ]
    assert notices == found["notices"] == expected[: heads > 1024]


@pytest.mark.slow
def test_layers_and_texts_beyond_the_limit_are_left_out(tmp_path):
    layers = {f"layer {i}": maps(1) for i in range(5000)}
    items, notices = encode_attention(layers, [["x"]])
    found = read_by_the_page(items, tmp_path)
    assert (found["layers"], found["weights"]) == (4096, 4096)
    assert found["errors"] == []
    assert notices[0].startswith("Only the first 4,096 of 5,000 layers")
    items, notices = encode_attention(maps(1, texts=4099), [["x"]] * 4099)
    found = read_by_the_page(items, tmp_path)
    assert (found["texts"], found["weights"]) == (4096, 4096)
    assert found["errors"] == []
    assert notices == [
        "Only the first 4,096 of 4,099 texts are kept: the page shows no more."
    ]


def test_too_large_maps_are_left_out(tmp_path, monkeypatch):
    """With a smaller limit: 2 ** 25 weights would take 134 MB."""
    monkeypatch.setattr(budget, "MOST_WEIGHTS", 17)
    layers = {"a": maps(2, rows=3), "b": maps(1, rows=3)}
    items, notices = encode_attention(layers, [["x"] * 3])
    found = read_by_the_page(items, tmp_path)
    assert (found["layers"], found["weights"]) == (2, 1)
    assert found["errors"] == []
    assert notices == [
        "Maps of more than 17 weights, 1 of them, are kept as overviews only: "
        "the page shows no more."
    ]
    assert len(items) == 3  # the manifest, the overview, the map of b


@pytest.mark.slow
def test_a_manifest_that_the_page_would_not_read_is_refused():
    long = "x" * 2**20  # the text repeats the tokens
    with pytest.raises(ValueError) as caught:
        encode_attention(maps(1, rows=9), [[long] * 9])
    message = str(caught.value)
    assert "may take 16,777,216 bytes. Received: 18,87" in message
    assert "Log fewer texts, tokens or layers." in message
    items, _ = encode_attention(maps(1, rows=7), [[long] * 7])
    assert len(gzip.decompress(items[0])) < format.MANIFEST_BYTES
