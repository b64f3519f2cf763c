"""Several values after one flag: `--to tflite onnx`."""

import click
import pytest

from keras_attn.cli.repeated_options import RepeatedOptions


@pytest.mark.parametrize(
    "words, expected",
    [
        ("RUN --to a b", (("a", "b"), ())),
        ("--to a b RUN", (("a", "b"), ())),
        ("--to a --to b RUN", (("a", "b"), ())),
        ("--to=a b RUN --with y", (("a", "b"), ("y",))),
        ("--to a b --with x y RUN", (("a", "b"), ("x", "y"))),
        ("--to b -- RUN", (("b",), ())),
        ("--out b RUN", (("c",), ())),
    ],
)
def test_several_values_after_one_flag(words, expected):
    @click.command(cls=RepeatedOptions)
    @click.argument("name")
    @click.option(
        "--to", multiple=True, type=click.Choice(["a", "b"]), default=()
    )
    @click.option(
        "--with", "extra", multiple=True, type=click.Choice(["x", "y"])
    )
    @click.option("--out")
    def command(name, to, extra, out):
        assert name == "RUN"
        return to or ("c",), extra

    assert command(words.split(), standalone_mode=False) == expected


@pytest.mark.parametrize("words", ["--to d RUN", "RUN --to a d", "--to"])
def test_a_word_that_is_not_a_choice_is_not_taken_for_one(words):
    @click.command(cls=RepeatedOptions)
    @click.argument("name")
    @click.option("--to", multiple=True, type=click.Choice(["a", "b"]))
    def command(name, to):
        raise AssertionError((name, to))

    with pytest.raises(click.UsageError):
        command(words.split(), standalone_mode=False)
