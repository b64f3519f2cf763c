"""`keras-attn`: one command with five subcommands."""

import click

from keras_attn.cli import evaluate, export, predict, tensorboard, train
from keras_attn.cli.options import run


class _InOrder(click.Group):
    """Lists the commands in the order in which they were added."""

    def list_commands(self, ctx):
        return list(self.commands)


@click.group(cls=_InOrder, context_settings={"max_content_width": 100})
@click.version_option(package_name="keras-attn", prog_name="keras-attn")
def commands():
    """Train, inspect and export text classifiers with self-attention."""


commands.add_command(train.main, "train")
commands.add_command(evaluate.main, "evaluate")
commands.add_command(predict.main, "predict")
commands.add_command(export.main, "export")
commands.add_command(tensorboard.main, "tensorboard")


def main(arguments=None):
    """Run the command; see `keras_attn_cli.main`."""
    run(commands, arguments)
