"""MLflow's model server for an exported SavedModel, and a client for it."""

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
_START_TIMEOUT = 180  # seconds
_HEADERS = {"Content-Type": "application/json"}


def require_mlflow():
    """Raise a `UserError` unless MLflow is installed."""
    if importlib.util.find_spec("mlflow") is None:
        raise UserError(
            'The load test needs MLflow: pip install "keras-attn[serve]"'
        )


@contextlib.contextmanager
def model_server(folder, workers=1):
    """Run the server while the block runs.

    Args:
        folder: String or `Path` of an exported SavedModel.
        workers: Positive integer, the number of server processes.

    Yields:
        Integer, the server's port on 127.0.0.1.

    Raises:
        UserError: If the server does not start.
    """
    port = _free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve"]
    command += ["--model-uri", str(folder), "--env-manager", "local"]
    command += ["--host", _HOST, "--port", str(port)]
    command += ["--workers", str(workers)]
    # MLflow starts its web server by name, found on PATH.
    search = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    )
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env={**os.environ, "PATH": search},
            start_new_session=True,  # to stop its child processes as well
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
    until = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), Client(port, timeout=5) as client:
            if client.get("/ping") == 200:
                return
        time.sleep(0.2)
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    raise UserError(f"The MLflow server did not start: {' '.join(lines[-1:])}")


class Client:
    """A connection to the server that stays open between requests.

    Args:
        port: Integer.
        timeout: Float, seconds after which a response counts as lost.
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
        """Send a GET request; return the status of the response."""
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        response.read()
        return response.status

    def post(self, body):
        """Send the body of a prediction request; return status and body."""
        try:
            self._connection.request("POST", "/invocations", body, _HEADERS)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request reopens it
            raise


def encode_request(texts):
    """Encode a list of texts as the body of a prediction request."""
    return json.dumps({"inputs": {"texts": texts}}).encode()


def decode_response(body):
    """Decode a response into a list of labels and a list of probabilities."""
    predictions = json.loads(body)["predictions"]
    # TensorFlow strings are bytes, which MLflow encodes as base64.
    labels = [base64.b64decode(x).decode() for x in predictions["label"]]
    return labels, predictions["probabilities"]
