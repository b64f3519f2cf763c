"""The short report at the end of a run."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from keras_attn.cli.heat_table import heat_table, received_attention
from keras_attn.runs.tensorboard_callbacks import choose_sentences


def show(data, model, run, result, console=None):
    """Prints accuracy, files, one sentence's attention and what to do next."""
    console = console or Console(highlight=False)
    console.print()
    console.print(_figures(result))
    console.print()
    console.print(_files(run, result))
    console.print()
    _show_sentence(data, model, console)
    console.print()
    command = (
        f"{shlex.quote(_tensorboard())} --logdir {shlex.quote(str(run.logs))}"
    )
    console.print(
        "Watch the curves (Time Series) and the maps (Attention):\n"
        f"  {command}",
        soft_wrap=True,
    )


def _tensorboard():
    """The command as it can be typed here: `make` activates no environment."""
    beside_python = Path(sys.executable).parent / "tensorboard"
    if shutil.which("tensorboard") or not beside_python.exists():
        return "tensorboard"
    return os.path.relpath(beside_python)


def _figures(result):
    table = Table(box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    accuracy = f"{result['test_accuracy']:.4f}"
    source = result["split_sources"]["test"]
    sizes = result["split_sizes"]
    table.add_row(
        "test accuracy", f"{accuracy} on {sizes['test']:,} texts ({source})"
    )
    table.add_row(
        "best epoch",
        f"{result['best_epoch']} of {result['epochs']}, "
        f"validation accuracy {result['validation_accuracy']:.4f}",
    )
    table.add_row(
        "training",
        f"{result['seconds']:.0f} s, {result['examples_per_second']:,.0f} "
        f"sentences/s, {result['parameters']:,} parameters",
    )
    return table


def _files(run, result):
    table = Table(box=None, title="Files", title_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("what it is", overflow="fold")
    table.add_row(str(run.model), "model, vocabulary, labels: all in one")
    table.add_row(str(run.result), "figures of the run")
    table.add_row(str(run.recipe), "settings, to repeat it with --recipe")
    table.add_row(str(run.history), "loss and accuracy of every epoch")
    table.add_row(f"{run.logs}/", "TensorBoard logs")
    for name, proof in result["exports"].items():
        table.add_row(
            f"{run.path}/{proof['path']}",
            f"{name}: differs by at most {proof['max_difference']:.0e}, "
            f"{proof['equal_decisions']:.0%} equal decisions on "
            f"{proof['texts_compared']} texts",
        )
    return table


def _show_sentence(data, model, console):
    split = data.corpus.validation
    row = choose_sentences(
        [len(ids) for ids in data.ids["validation"]], split.labels, 1
    )[0]
    result = model.classify([split.texts[row]])[0]
    probability = result.probabilities[result.label]
    truth = data.corpus.label_names[split.labels[row]]
    console.print(
        Text.assemble(
            (result.text, "italic"),
            f"\n{result.label} with probability {probability:.3f} "
            f"(true label: {truth})",
        )
    )
    console.print(
        heat_table(
            result.tokens,
            received_attention(result.attention),
            "Attention each token receives, mean over layers and heads",
        )
    )
