"""The short report at the end of a training run."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from rich.table import Table
from rich.text import Text

from keras_attn.cli.decided import decided_text, shown_text
from keras_attn.cli.heat_table import attention_table
from keras_attn.runs.printing import plain_console, visible

# The names of metrics in reports.
_METRICS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
}


def show(run, model, folder, result, console=None):
    """Print the results, the files, one text's attention and the next step.

    Args:
        run: `keras_attn.runs.training.TrainingRun`.
        model: The trained model.
        folder: `RunFolder`.
        result: Dictionary, the content of `result.json`.
        console: `rich.console.Console`, as made by `plain_console`. Defaults
            to standard output.
    """
    console = console or plain_console()
    console.print()
    console.print(_results(result, run.task.metric))
    console.print()
    console.print(_files(folder, result))
    console.print()
    _show_example(run, model, console)
    console.print()
    path = visible(shlex.quote(str(folder.path)))
    command = f"{_this_command()} tensorboard {path}"
    console.print(
        "To see the curves (Time Series) and the maps (Attention), run\n"
        f"  {command}",
        soft_wrap=True,
    )


def _this_command():
    """The command `keras-attn` as the user can type it in this shell."""
    next_to_python = Path(sys.executable).with_name("keras-attn")
    if shutil.which("keras-attn"):
        return "keras-attn"
    if next_to_python.exists():
        return shlex.quote(os.path.relpath(next_to_python))
    return f"{shlex.quote(sys.executable)} -m keras_attn_cli"


def _results(result, metric):
    table = Table(box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    source = result["split_sources"]["test"]
    sizes = result["split_sizes"]
    on = f" on {sizes['test']:,} texts ({visible(source)})"
    for name in dict.fromkeys((metric, "accuracy", "macro_f1")):
        if f"test_{name}" in result:
            value = f"{result[f'test_{name}']:.4f}"
            table.add_row(f"test {_METRICS[name]}", value + on)
            on = ""
    table.add_row(
        "best epoch",
        f"{result['best_epoch']} of {result['epochs']}, validation "
        f"{_METRICS[metric]} {result[f'validation_{metric}']:.4f}",
    )
    if "temperature" in result:
        errors = result["calibration_error"]
        table.add_row(
            "temperature",
            f"{result['temperature']:.3f}, calibration error on validation "
            f"{errors['before']:.3f} before, {errors['after']:.3f} after",
        )
    table.add_row(
        "training",
        f"{result['seconds']:.0f} s, {result['examples_per_second']:,.0f} "
        f"texts/s, {result['parameters']:,} parameters",
    )
    return table


def _files(folder, result):
    table = Table(box=None, title="Files", title_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("content", overflow="fold")
    for path, content in (
        (folder.model, "model with vocabulary and labels"),
        (folder.result, "results of the run"),
        (folder.recipe, "settings; --recipe repeats the run"),
        (folder.history, "loss and accuracy of every epoch"),
        (f"{folder.logs}/", "TensorBoard logs"),
    ):
        table.add_row(visible(path), content)
    for name, parity in result["exports"].items():
        table.add_row(
            visible(f"{folder.path}/{parity['path']}"),
            f"{name}: maximum difference {parity['max_difference']:.0e}, "
            f"{parity['equal_decisions']:.0%} equal decisions on "
            f"{parity['texts_compared']:,} texts",
        )
    return table


def _show_example(run, model, console):
    result, truth = run.task.example(model, run.data)
    labels, probabilities = decided_text(result)
    console.print(
        Text.assemble(
            (visible(shown_text(result)), "italic"),
            f"\n{visible(labels)} with probability {probabilities} "
            f"(true label: {visible(truth)})",
        )
    )
    console.print(attention_table(result.tokens, result.attention))
