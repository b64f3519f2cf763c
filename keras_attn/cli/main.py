"""`keras-attn`: one command with a subcommand for each job."""

import click

from keras_attn.cli import evaluate, export, predict, train
from keras_attn.cli.options import run


@click.group(context_settings={"max_content_width": 100})
@click.version_option(package_name="keras-attn")
def commands():
    """Train, evaluate, use and export text classifiers with self-attention."""


for _module in (train, evaluate, predict, export):
    commands.add_command(_module.main, _module.__name__.rsplit(".", 1)[1])


def main():
    """Runs the command; the exit status is 2 after a user mistake."""
    run(commands)
