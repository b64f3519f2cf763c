"""The notebooks run from top to bottom and are stored clean.

`make test` runs every code cell in this process, on a small part of the data
and for one epoch, and compares the output of the cells before training with the
stored one. `make test-long` runs the notebook unchanged in Jupyter's kernel.
"""

import ast
import contextlib
import io
import itertools
import logging
import re
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from matplotlib.figure import Figure
from nbclient import NotebookClient

from keras_attn import data
from keras_attn.data.pronouns import grammar

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MACHINE_PATH = re.compile(
    r"/(?:home|root|work|tmp|Users|usr|opt|var|mnt|private|content)/"
    r"|\b[A-Z]:\\"
)
ACCURACY = re.compile(r"test accuracy ([\d.]+)")


def read(name):
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    """The text that a cell printed when it was stored."""
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def texts(notebook):
    """All text in the outputs of a notebook, without images."""
    for cell in code_cells(notebook):
        yield printed(cell)
        for output in cell.outputs:
            for kind, content in output.get("data", {}).items():
                if not kind.startswith("image/"):
                    yield str(content)


def accuracy_of(notebook):
    [accuracy] = ACCURACY.findall("\n".join(texts(notebook)))
    return float(accuracy)


def executed(notebook, folder):
    """Run a notebook in a kernel of this test's Python."""
    # Without kernel folders, the manager uses ipykernel of `sys.executable`,
    # whatever kernels Jupyter has installed elsewhere.
    kernel = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
    )
    NotebookClient(
        notebook,
        km=kernel,
        timeout=600,
        resources={"metadata": {"path": str(folder)}},
    ).execute(
        cleanup_kc=True
    )  # otherwise nbclient leaves the kernel client open
    return notebook


@pytest.fixture(params=sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")))
def stored(request):
    return read(request.param)


def test_is_stored_as_run_from_top_to_bottom(stored):
    cells = code_cells(stored)
    counts = [cell.execution_count for cell in cells]
    assert counts == list(range(1, len(cells) + 1))
    assert stored.metadata.kernelspec.name == "python3"


def test_stored_outputs_are_clean(stored):
    for cell in code_cells(stored):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
    for text in texts(stored):
        assert "Traceback" not in text
        assert "Warning" not in text
        assert not MACHINE_PATH.search(text), text


def test_is_small(stored):
    assert len(nbformat.writes(stored)) < 1_000_000


def test_first_steps_is_stored_with_a_model_that_learned():
    assert accuracy_of(read("01_first_steps.ipynb")) >= 0.98


def small_split(name, size):
    sentences = list(itertools.islice(grammar.sentences(name), size))
    labels = [("first", "second").index(s.label) for s in sentences]
    return data.Split(
        texts=[s.text for s in sentences],
        labels=np.array(labels, "int32"),
        source=name,
        positions={
            field: np.array([getattr(s, field) for s in sentences], "int32")
            for field in ("pronoun", "referent")
        },
    )


def small_pronouns(name, data_dir):
    """The dataset `pronouns` with few sentences to train on."""
    assert name == "pronouns"
    return data.Corpus(
        name="pronouns",
        label_names=("first", "second"),
        train=small_split("train", 256),
        validation=small_split("validation", 64),
        test=small_split("test", None),
        text_column="text",
        label_column="label",
    )


@pytest.fixture
def notebook_process(monkeypatch):
    """Undo afterwards what the first cells change in this process."""
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    level = logging.getLogger("absl").level
    monkeypatch.setattr(plt, "show", lambda: None)  # Agg cannot show
    backend = matplotlib.get_backend()
    matplotlib.use("agg")
    with np.printoptions():
        yield
    plt.close("all")
    matplotlib.use(backend)
    logging.getLogger("absl").setLevel(level)


def run_cell(source, names):
    """Run a cell; return the value of its last line, if it is one."""
    *statements, last = ast.parse(source).body
    if not isinstance(last, ast.Expr):
        statements, last = [*statements, last], None
    exec(compile(ast.Module(statements, []), "cell", "exec"), names)
    if last is not None:
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


@pytest.mark.long
def test_every_cell_of_first_steps_runs(notebook_process, monkeypatch):
    monkeypatch.setattr(data, "load_corpus", small_pronouns)
    names = {}
    compared, is_deterministic = 0, True
    for cell in code_cells(read("01_first_steps.ipynb")):
        # From here on, results depend on the data and the machine.
        is_deterministic &= "load_corpus" not in cell.source
        source = cell.source.replace("epochs = 12\n", "epochs = 1\n")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            result = run_cell(source, names)
        kinds = {o.output_type for o in cell.outputs}
        assert isinstance(result, Figure) == ("execute_result" in kinds)
        if is_deterministic and printed(cell):
            assert output.getvalue() == printed(cell)
            compared += 1
    assert compared == 5
    assert names["epochs"] == 1
    assert len(plt.get_fignums()) == 2


@pytest.mark.long
def test_first_steps_runs_unchanged_and_learns(tmp_path):
    notebook = executed(read("01_first_steps.ipynb"), tmp_path)
    assert accuracy_of(notebook) >= 0.98
    assert not list(tmp_path.iterdir())  # the notebook left no files
