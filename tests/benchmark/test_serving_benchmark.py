"""The load test counts correctly and passes with the real MLflow server."""

import base64
import contextlib
import http.server
import importlib.util
import json
import socketserver
import threading

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from keras_attn.export import export_saved_model
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer
from training.benchmark import serving
from training.benchmark.model_server import decode_response
from training.benchmark.serving import Exchange, send_all

LABELS = ["no", "yes"]


def encoded(text):
    return base64.encodebytes(text.encode()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    """Responds with 0.75, or with the failure that the text names."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        texts = json.loads(self.rfile.read(length))["inputs"]["texts"]
        if texts[0] == "hang up":
            self.close_connection = True
            return
        values = {"nan": [float("nan")] * 2, "few": [0.25]}
        row = values.get(texts[0], [0.25, 0.75])
        label = encoded("no" if texts[0] == "label" else "yes")
        response = {"label": [label] * len(texts), "probabilities": [row]}
        body = json.dumps({"predictions": response}).encode()
        self.send_response(503 if texts[0] == "refuse" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def port():
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def exchange(text, probability=0.75):
    row = np.array([[1 - probability, probability]])
    return Exchange("1 text", [text], ["yes"], row)


def test_wrong_and_lost_responses_are_counted(port):
    exchanges = [
        exchange("a"),
        exchange("hang up"),
        exchange("b", probability=0.75 + 2e-5),
        exchange("refuse"),
        exchange("nan"),
        exchange("few"),
        exchange("label"),
        exchange("c", probability=0.75 + 5e-6),
    ]
    seconds = send_all(port, exchanges, clients=3, timeout=20)
    assert [x.is_lost for x in exchanges] == [0, 1, 0, 1, 0, 0, 0, 0]
    assert [x.is_wrong for x in exchanges] == [0, 0, 1, 0, 1, 1, 1, 0]
    assert 0 < max(x.seconds for x in exchanges) <= seconds


def test_every_request_is_sent_once(port):
    exchanges = [exchange("abcdefg"[i % 7]) for i in range(101)]
    send_all(port, exchanges, clients=11, timeout=20)
    assert not any(x.is_lost or x.is_wrong for x in exchanges)


def test_a_long_label_is_decoded():
    label = "très long " * 23
    body = {"predictions": {"label": [encoded(label)], "probabilities": []}}
    assert decode_response(json.dumps(body).encode()) == ([label], [])


def test_every_kind_of_request_occurs():
    kinds = [kind for kind, _ in serving._texts(7)]
    assert len(kinds) == 7
    assert set(kinds) == set(serving._SHARES)


@pytest.fixture
def model():
    vectorizer = Vectorizer.learn(["what is a good film ?", "a bad story"])
    model = SentenceClassifier(vectorizer, LABELS, d_model=10, num_heads=2)
    model.build((None, None))
    return model


def run(*arguments):
    return CliRunner().invoke(serving.main, [str(a) for a in arguments])


@contextlib.contextmanager
def fake_server(folder, workers, port):
    assert (folder / "MLmodel").exists()
    yield port


@pytest.mark.long
def test_wrong_responses_end_in_status_1(model, port, tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "_HUGE", 1000)
    monkeypatch.setattr(serving, "require_mlflow", lambda: None)
    monkeypatch.setattr(
        serving,
        "model_server",
        lambda folder, workers: fake_server(folder, workers, port),
    )
    export_saved_model(model, tmp_path / "export" / "model")
    result = run(tmp_path / "export", "--requests", 6)
    assert result.exit_code == 1
    assert "Error: 6 of 6 responses were wrong or lost." in result.output


def test_a_folder_without_a_model_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "require_mlflow", lambda: None)
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "contains neither a SavedModel" in result.output


def test_missing_mlflow_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "keras-attn[serve]" in result.output


@pytest.mark.long
def test_the_real_server_responds_correctly(model, tmp_path):
    if importlib.util.find_spec("mlflow") is None:
        pytest.skip('needs MLflow: pip install "keras-attn[serve]"')
    head = model.get_layer("head")
    keras.utils.set_random_seed(5)
    head.kernel.assign(keras.random.normal(head.kernel.shape))
    model.save(tmp_path / "model.keras")
    result = run(tmp_path, "--requests", 31, "--clients", 5)
    assert result.exit_code == 0, result.output
    last = [line for line in result.output.splitlines() if "all" in line][-1]
    assert last.split("│")[2].strip() == "31"
    assert [cell.strip() for cell in last.split("│")[5:7]] == ["0", "0"]
