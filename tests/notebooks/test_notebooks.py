"""Every notebook runs from top to bottom, and is stored clean."""

import re
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MACHINE_PATH = re.compile(
    r"/(?:home|root|work|tmp|Users|usr|opt|var|mnt|private|content)/"
    r"|\b[A-Z]:\\"
)
ACCURACY = re.compile(r"test accuracy ([\d.]+)")


def read(name):
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def outputs(notebook):
    """All outputs of all code cells, in order."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            yield from cell.outputs


def texts(notebook):
    """Whatever the outputs say in words; pictures left out."""
    for output in outputs(notebook):
        if output.output_type == "stream":
            yield output.text
        for kind, content in output.get("data", {}).items():
            if not kind.startswith("image/"):
                yield str(content)


def accuracy_of(notebook):
    [accuracy] = ACCURACY.findall("\n".join(texts(notebook)))
    return float(accuracy)


def executed(notebook, folder):
    """The notebook after a run by the Python that runs this test."""
    # Without folders of its own the manager knows one kernel: ipykernel in
    # `sys.executable`, whatever Jupyter has installed elsewhere.
    kernel = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
    )
    NotebookClient(
        notebook,
        km=kernel,
        timeout=600,
        resources={"metadata": {"path": str(folder)}},
    ).execute(cleanup_kc=True)  # nbclient leaves open what it was given
    return notebook


@pytest.fixture(params=sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")))
def stored(request):
    return read(request.param)


def test_is_stored_as_run_from_top_to_bottom(stored):
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(code) + 1))
    assert stored.metadata.kernelspec.name == "python3"


def test_stored_outputs_are_clean(stored):
    for output in outputs(stored):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
    for text in texts(stored):
        assert "Traceback" not in text
        assert "Warning" not in text
        assert not MACHINE_PATH.search(text), text


def test_is_small(stored):
    assert len(nbformat.writes(stored)) < 1_000_000


def test_first_steps_tells_of_a_model_that_learned():
    assert accuracy_of(read("01_first_steps.ipynb")) >= 0.98


@pytest.mark.slow
def test_first_steps_runs_and_learns(tmp_path):
    notebook = executed(read("01_first_steps.ipynb"), tmp_path)
    assert accuracy_of(notebook) >= 0.98
    assert not list(tmp_path.iterdir())  # nothing is left behind
