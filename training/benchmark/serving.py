"""Load test of a served model: correctness and latency of all responses.

    python -m training.benchmark.serving RUN_OR_EXPORT

Starts MLflow's model server (the extra `serve`) on the SavedModel, sends
requests from many clients at once, and compares every response with the
model's prediction. The exit status is 1 if a response was wrong or lost.
"""

import collections
import contextlib
import random
import tempfile
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from keras_attn.runs.classification import TextClassification
from keras_attn.runs.errors import UserError
from keras_attn.runs.loading import load_model, model_file
from keras_attn.runs.quiet import quiet
from training.benchmark.model_server import (
    Client,
    decode_response,
    encode_request,
    model_server,
    require_mlflow,
)

_COUNT = click.IntRange(min=1)
_BOUND = 1e-5  # on probabilities, the same as for float32 exports
_SENTENCE = """the a of in is was not and what who when where why how many much
does it film story bad good great boring city year first name animal street
tired wide because crossed ? , . ' Ünïcode 猫 🙂 unheard-of"""
_WORDS = [*_SENTENCE.split(), "\x00", "\x1b"]
_HUGE = 100_000  # words, about 500 KB
# How many of 100 requests are of each kind.
_SHARES = {
    "1 text": 78,
    "1 empty text": 6,
    "1 huge text": 5,
    "256 texts": 6,
    "7 texts, some empty or huge": 5,
}


@click.command()
@click.argument("run_or_export")
@click.option("--clients", default=8, show_default=True, type=_COUNT)
@click.option("--requests", default=500, show_default=True, type=_COUNT)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=_COUNT,
    help="number of server processes",
)
def main(run_or_export, clients, requests, workers):
    """Print requests per second, latencies, and wrong and lost responses.

    RUN_OR_EXPORT is the folder of a training run, a .keras file, or a folder
    that contains an exported SavedModel.
    """
    require_mlflow()
    with tempfile.TemporaryDirectory() as scratch:
        folder, predict = _folder_and_model(Path(run_or_export), Path(scratch))
        exchanges = [Exchange(k, t, *predict(t)) for k, t in _texts(requests)]
        with model_server(folder, workers) as port:
            seconds = send_all(port, exchanges, clients)
    Console().print(_table(exchanges, seconds))
    bad = sum(exchange.is_lost or exchange.is_wrong for exchange in exchanges)
    if bad:
        raise click.ClickException(
            f"{bad} of {len(exchanges)} responses were wrong or lost."
        )


def _folder_and_model(path, scratch):
    """A SavedModel, and a function from texts to labels and probabilities."""
    import tensorflow as tf
    from keras import ops

    from keras_attn.export import export_saved_model

    if path.is_dir() and not (path / "model.keras").exists():
        folder = _saved_model(path)
        loaded = tf.saved_model.load(folder)

        def predict(texts):
            outputs = loaded.serve(tf.constant(texts))
            labels = [label.decode() for label in outputs["label"].numpy()]
            return labels, outputs["probabilities"].numpy()

    else:
        folder = scratch / "saved_model"
        model = load_model(model_file(path), TextClassification())
        with quiet():
            export_saved_model(model, folder)

        def predict(texts):
            logits = model(model.vectorizer(texts), training=False)
            probabilities = ops.convert_to_numpy(ops.softmax(logits, axis=-1))
            labels = [model.labels[i] for i in probabilities.argmax(axis=-1)]
            return labels, probabilities

    return folder, predict


def _saved_model(path):
    found = [*path.glob("MLmodel"), *sorted(path.glob("*/MLmodel"))]
    if not found:
        raise UserError(
            f"{path} contains neither a SavedModel with a file MLmodel nor a "
            "model.keras. Expected a run folder or an export folder."
        )
    return found[0].parent


def _texts(count):
    """Pairs of a kind of request and its texts, in a fixed random order.

    Every kind occurs at least once.
    """
    rng = random.Random(0)

    def text(words=None):
        return " ".join(rng.choices(_WORDS, k=words or rng.randint(1, 40)))

    make = {
        "1 text": lambda: [text()],
        "1 empty text": lambda: [rng.choice(["", " \t\n", "\x00\x1b"])],
        "1 huge text": lambda: [text(_HUGE)],
        "256 texts": lambda: [text() for _ in range(256)],
        "7 texts, some empty or huge": lambda: [
            *(text() for _ in range(5)),
            "",
            text(_HUGE),
        ],
    }
    more = max(0, count - len(_SHARES))
    kinds = [*_SHARES, *rng.choices([*_SHARES], [*_SHARES.values()], k=more)]
    rng.shuffle(kinds)
    return [(kind, make[kind]()) for kind in kinds]


@dataclass
class Exchange:
    """A request, the expected response, and the server's response.

    Attributes:
        kind: String, a row of the table.
        texts: List of B strings.
        labels: List of B strings, predicted by the model.
        probabilities: Float array `(B, C)`, predicted by the model.
        seconds: Float, from the request to the last byte of the response.
        status: Integer, the HTTP status; None if there was no response.
        received: Bytes, the body of the response.
    """

    kind: str
    texts: list[str]
    labels: list[str]
    probabilities: np.ndarray
    seconds: float = 0.0
    status: int | None = None
    received: bytes = b""

    @property
    def is_lost(self):
        """Whether there was no response, or an error status."""
        return self.status != 200

    @property
    def is_wrong(self):
        """Whether the response differs from the model's prediction."""
        if self.is_lost:
            return False
        labels, given = decode_response(self.received)
        given = np.array(given)
        if labels != self.labels or given.shape != self.probabilities.shape:
            return True
        # `not <=` instead of `>`, which is false for NaN.
        return not np.all(np.abs(given - self.probabilities) <= _BOUND)


def send_all(port, exchanges, clients, timeout=120):
    """Send all requests, from several clients at once.

    Args:
        port: Integer, the port of the server.
        exchanges: List of `Exchange`, whose responses are filled in.
        clients: Positive integer, number of concurrent clients.
        timeout: Float, seconds until a response counts as lost. Defaults to
            `120`.

    Returns:
        Float, the total time in seconds.
    """
    bodies = [encode_request(exchange.texts) for exchange in exchanges]
    left = collections.deque(zip(exchanges, bodies, strict=True))

    def send():
        with Client(port, timeout) as client, contextlib.suppress(IndexError):
            while True:
                exchange, body = left.popleft()
                start = time.perf_counter()
                with contextlib.suppress(OSError, HTTPException):
                    exchange.status, exchange.received = client.post(body)
                exchange.seconds = time.perf_counter() - start

    threads = [threading.Thread(target=send) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def _table(exchanges, seconds):
    texts = sum(len(exchange.texts) for exchange in exchanges)
    table = Table(
        "request",
        title=f"{len(exchanges) / seconds:,.1f} requests per second, "
        f"{texts / seconds:,.0f} texts per second",
    )
    for name in ("sent", "median, ms", "p99, ms", "wrong", "lost"):
        table.add_column(name, justify="right")
    groups = {
        kind: [x for x in exchanges if x.kind == kind] for kind in _SHARES
    }
    for kind, group in {**groups, "all": exchanges}.items():
        if not group:
            continue
        times = [1000 * exchange.seconds for exchange in group]
        table.add_row(
            kind,
            f"{len(group):,}",
            f"{np.median(times):,.0f}",
            f"{np.percentile(times, 99):,.0f}",
            str(sum(exchange.is_wrong for exchange in group)),
            str(sum(exchange.is_lost for exchange in group)),
        )
    return table


if __name__ == "__main__":
    main()
