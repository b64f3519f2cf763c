"""MLflow's model server on an exported SavedModel: started, asked, ended."""

import base64
import contextlib
import http.client
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from keras_attn.runs.errors import UserError

_HOST = "127.0.0.1"
_START = 180  # seconds
_HEADERS = {"Content-Type": "application/json"}


@contextlib.contextmanager
def model_server(folder, workers=1):
    """Runs the server as long as the body runs.

    Args:
        folder: String or `Path` of an exported SavedModel.
        workers: Positive integer, the number of server processes.

    Yields:
        Integer, the port at which it answers on 127.0.0.1.

    Raises:
        UserError: If MLflow is not installed, or the server does not start.
    """
    if importlib.util.find_spec("mlflow") is None:
        raise UserError(
            "MLflow is missing: pip install 'keras-attn[serve]' brings it."
        )
    port = _free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve"]
    command += ["--model-uri", str(folder), "--env-manager", "local"]
    command += ["--host", _HOST, "--port", str(port)]
    command += ["--workers", str(workers)]
    # MLflow looks for its web server by name.
    search = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    )
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env={**os.environ, "PATH": search},
            start_new_session=True,  # so that its children end with it
        )
        try:
            _wait(process, port, log)
            yield port
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _free_port():
    with socket.socket() as any_port:
        any_port.bind((_HOST, 0))
        return any_port.getsockname()[1]


def _wait(process, port, log):
    until = time.monotonic() + _START
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), Client(port, timeout=5) as client:
            if client.get("/ping") == 200:
                return
        time.sleep(0.2)
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    raise UserError(f"MLflow's server did not start: {' '.join(lines[-1:])}")


class Client:
    """One connection to the server, kept open between questions.

    Args:
        port: Integer.
        timeout: Float, seconds after which an answer counts as lost.
    """

    def __init__(self, port, timeout):
        self._connection = http.client.HTTPConnection(
            _HOST, port, timeout=timeout
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._connection.close()

    def get(self, path):
        """The status of an answer."""
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def ask(self, body):
        """Sends the bytes of a question; returns status and bytes."""
        try:
            self._connection.request("POST", "/invocations", body, _HEADERS)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next question opens it again
            raise


def question(texts):
    """The bytes that ask for a list of texts."""
    return json.dumps({"inputs": {"texts": texts}}).encode()


def answers(body):
    """The labels, a list of strings, and the probabilities, of an answer."""
    predictions = json.loads(body)["predictions"]
    # Strings of TensorFlow are bytes, which MLflow writes in base64.
    labels = [base64.b64decode(x).decode() for x in predictions["label"]]
    return labels, predictions["probabilities"]
