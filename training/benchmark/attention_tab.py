"""Speed of the Attention tab, in a real TensorBoard and a real Chromium.

    python -m training.benchmark.attention_tab

Needs Chromium and playwright (the extra `dev`). Times are medians in
milliseconds. The time of a page starts when the browser opens the tab and ends
when the view has been drawn.
"""

import contextlib
import gzip
import importlib.resources
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import click
import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table

from keras_attn.layers import EncoderBlock, FeedForward, MultiHeadSelfAttention
from keras_attn.maps import capture_attention
from keras_attn.tensorboard import AttentionMaps, attention_summary
from tensorboard_plugin_attention import AttentionWriter

_LARGE, _HUGE, _SMALL = "12 x 12 x 128", "24 x 16 x 512", "4 x 8 x 64"
_STEPS = 12
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
]
_FRAME = 'iframe[src*="name=attention"]'
# Runs in the page: performs an action and waits until the view is redrawn.
_UNTIL_DRAWN = """async (action) => {
  const drawn = () => performance.getEntriesByName("attention:drawn");
  const before = drawn().length;
  const start = performance.now();
  if (action.hash) parent.location.hash = action.hash;
  else {
    const slider = document.querySelector("input[type=range]");
    slider.value = action.index;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
  while (drawn().length === before) await new Promise(requestAnimationFrame);
  return drawn().at(-1).startTime - start;
}"""
_HOVER = """async ([selector, kind, count]) => {
  const times = [];
  const targets = document.querySelectorAll(selector);
  for (let i = 0; i < count; i += 1) {
    const target = targets[i % targets.length];
    const box = target.getBoundingClientRect();
    const start = performance.now();
    target.dispatchEvent(new PointerEvent(kind, { bubbles: true,
      clientX: box.left + box.width * (0.3 + 0.6 * ((i * 37) % 101) / 101),
      clientY: box.top + box.height * (0.3 + 0.6 * ((i * 53) % 97) / 97) }));
    document.body.getBoundingClientRect();
    times.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return times;
}"""


@click.command()
@click.option("--repeats", default=5, show_default=True)
@click.option("--load_fast", default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="print one line of JSON")
def main(repeats, load_fast, as_json):
    """Print each measurement next to its limit."""
    try:
        from playwright import sync_api
    except ImportError as error:
        raise click.ClickException(
            "This benchmark needs playwright: pip install playwright"
        ) from error
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise click.ClickException(
            "No browser found. This benchmark needs one of "
            f"{', '.join(_BROWSERS)}."
        )
    with contextlib.ExitStack() as stack:
        logs = stack.enter_context(tempfile.TemporaryDirectory())
        results = _write_logs(Path(logs), repeats)
        results |= _static_kilobytes()
        url = stack.enter_context(_tensorboard(logs, load_fast))
        playwright = stack.enter_context(sync_api.sync_playwright())
        chromium = playwright.chromium.launch(
            executable_path=browser, args=_ARGUMENTS
        )
        stack.callback(chromium.close)
        results |= _measure(chromium, url, repeats)
    if as_json:
        click.echo(
            json.dumps({name: value for name, (value, _) in results.items()})
        )
    else:
        Console().print(_table(results))


def _maps(layers, heads, length, seed=0):
    """Sharp and broad attention maps by layer, each `(1, H, T, T)`."""
    random = np.random.default_rng(seed)
    position = np.arange(length)
    distance = np.abs(position[:, None] - position) / length
    maps = {}
    for layer in range(layers):
        sharp = 40 * random.random((heads, 1, 1)) ** 3
        scores = random.normal(size=(heads, length, length)) - sharp * distance
        powers = np.exp(scores)
        weights = powers / powers.sum(axis=-1, keepdims=True)
        maps[f"encoder_block_{layer}"] = weights[None].astype("float32")
    return maps


def _write_logs(folder, repeats):
    words = [f"word{i}" for i in range(512)]
    with AttentionWriter(folder / _LARGE) as writer:
        for step in range(_STEPS):
            maps = _maps(12, 12, 128, seed=step)
            writer.add("attention", maps, [words[:128]], step)
    large = _size(folder / _LARGE) / _STEPS
    with AttentionWriter(folder / _HUGE) as writer:
        everything = {"max_tokens": 512, "max_bytes": 1 << 30}
        maps = _maps(24, 16, 512)
        writer.add("attention", maps, [words], 0, **everything)
    results = _logging(folder / _SMALL, words[:64], repeats)
    results[f"log size per step, 1 text, {_LARGE}, KB"] = (large / 1000, None)
    return results


def _logging(folder, words, repeats):
    """Time one step of 4 texts, from arrays and from the model."""
    data = np.random.default_rng(0).integers(1, 1000, (4, 64))
    model = _model()
    maps = AttentionMaps(
        folder.with_name("callback"),
        [" ".join(words)] * 4,
        encode=lambda texts: (data, [words] * 4),
    )
    maps.set_model(model)
    maps.on_train_begin()
    weights = capture_attention(model, data)
    writer = tf.summary.create_file_writer(str(folder))
    from_arrays, from_model = [], []
    # The first repetition includes one-time setup and is not counted.
    for step in range(1, repeats + 2):
        start = time.perf_counter()
        attention_summary(
            "attention", weights, [words] * 4, step, writer=writer
        )
        writer.flush()
        middle = time.perf_counter()
        maps.on_epoch_end(step)
        from_arrays.append(1000 * (middle - start))
        from_model.append(1000 * (time.perf_counter() - middle))
    maps.on_train_end()
    size = _size(folder) / (repeats + 1) / 1000
    what = f"4 texts, {_SMALL}"
    return {
        f"logging {what}": (statistics.median(from_arrays[1:]), 150),
        f"callback including the forward pass (width 64), {what}": (
            statistics.median(from_model[1:]),
            None,
        ),
        f"log size per step, {what}, KB": (size, None),
    }


def _model():
    """A model of 4 layers with 8 heads each."""
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(1000, 64)(ids)
    for _ in range(4):
        block = EncoderBlock(MultiHeadSelfAttention(8), FeedForward(128))
        x = block(x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    return keras.Model(ids, keras.layers.Dense(2)(x))


def _size(folder):
    return sum(file.stat().st_size for file in folder.iterdir())


def _static_kilobytes():
    root = importlib.resources.files("tensorboard_plugin_attention") / "static"
    files = [p.read_bytes() for p in Path(str(root)).rglob("*") if p.is_file()]
    # TensorBoard sends them compressed.
    sent = [gzip.compress(content, 3) for content in files]
    return {
        "static files, KB on disk": (sum(map(len, files)) / 1000, 120),
        "static files, KB sent (gzip)": (sum(map(len, sent)) / 1000, None),
    }


@contextlib.contextmanager
def _tensorboard(logs, load_fast):
    """Yield the URL of a TensorBoard that has read the logs."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", logs]
    command += ["--host", "127.0.0.1", "--port", "0"]
    command += ["--load_fast", load_fast]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        try:
            lines = iter(process.stderr.readline, "")
            found = (re.search(r"http://127\.0\.0\.1:\d+/", s) for s in lines)
            url = next(filter(None, found))[0]
            while True:
                tags = f"{url}data/plugin/attention/tags"
                with urllib.request.urlopen(tags) as answer:
                    if len(json.load(answer)["runs"]) == 4:
                        break
                time.sleep(0.5)
            yield url
        finally:
            process.terminate()


def _link(run, view, **more):
    fields = {"run": run.replace(" ", "%20"), "view": view, **more}
    return "#attention" + "".join(
        f"&p.attention.{name}={value}" for name, value in fields.items()
    )


def _opened(chromium, url, link):
    """Open the tab in a new page.

    TensorBoard shows another tab first, so that only our tab is measured.

    Returns:
        Tuple of the page, the frame of the tab, and the milliseconds until
        the view was drawn.
    """
    page = chromium.new_page(viewport={"width": 1400, "height": 950})
    page.goto(f"{url}#text", wait_until="networkidle")
    page.evaluate("(link) => { location.hash = link; }", link)
    frame = page.wait_for_selector(_FRAME).content_frame()
    frame.wait_for_function(
        "performance.getEntriesByName('attention:drawn').length"
    )
    drawn = "performance.getEntriesByName('attention:drawn')[0].startTime"
    return page, frame, frame.evaluate(drawn)


def _measure(chromium, url, repeats):
    first, opens, cold, cached, huge, hover = [], [], [], [], [], []
    for repeat in range(repeats):
        page, frame, took = _opened(chromium, url, _link(_LARGE, "model"))
        first.append(took)

        def drawn(frame=frame, **action):
            return frame.evaluate(_UNTIL_DRAWN, action)

        # Opening the heat map once creates the view, which is not measured.
        drawn(hash=_link(_LARGE, "heatmap", heads="0.0"))
        for layer in (4, 9):
            link = _link(_LARGE, "heatmap", heads=f"{layer}.{repeat}")
            opens.append(drawn(hash=link))
        cold += [drawn(index=2), drawn(index=6)]
        cached += [drawn(index=2), drawn(index=6)]
        hover += frame.evaluate(_HOVER, [".maps-scroll", "pointermove", 40])
        page.close()
        page, _, took = _opened(chromium, url, _link(_HUGE, "model"))
        huge.append(took)
        page.close()
    median = statistics.median
    return {
        f"first paint, {_LARGE}": (median(first), 500),
        f"opening a layer, {_LARGE}": (median(opens), 150),
        f"changing the step, cold, {_LARGE}": (median(cold), 200),
        f"changing the step, cached, {_LARGE}": (median(cached), 30),
        f"hover on a heat map, {_LARGE}": (median(hover), 16),
        f"first paint, {_HUGE}": (median(huge), 1000),
    }


def _table(results):
    table = Table("measurement (ms unless noted)", "measured", "limit")
    for name, (value, limit) in results.items():
        over = limit is not None and value > limit
        shown = f"{value:,.1f}" + (" (over)" if over else "")
        table.add_row(name, shown, "" if limit is None else f"{limit:,}")
    return table


if __name__ == "__main__":
    main()
