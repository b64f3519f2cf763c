"""keras_attn next to Keras and JAX, or Keras and PyTorch, and nothing else."""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

from tests.environments.selected_packages import make_environment
from tests.environments.wheel import built_wheel

SCRIPT = Path(__file__).parent / "classifier_without_tensorflow.py"


@pytest.mark.long
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_classifier_is_built_fitted_and_captured(
    backend, tmp_path, tmp_path_factory
):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}")
    python = make_environment(
        tmp_path / "environment",
        ["keras", backend],
        built_wheel(tmp_path_factory),
    )
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    finished = subprocess.run(
        [python, SCRIPT],
        cwd=tmp_path,
        env=environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == f"fitted and captured on {backend}\n"
