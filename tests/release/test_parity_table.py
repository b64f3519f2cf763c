"""The parity table fits into a hundred columns."""

import pytest

from keras_attn.release.file_size import file_size
from keras_attn.release.parity_table import show


@pytest.mark.parametrize(
    "number, words",
    [
        (1, "0.0 kB"),
        (12_345, "12.3 kB"),
        (593_000, "593 kB"),
        (5_566_161, "5.6 MB"),
        (123_456_789, "123 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_file_sizes(number, words):
    assert file_size(number) == words


def parity(misses):
    measured = {
        "max_difference": 0.0123,
        "max_attention_difference": 0.0871,
        "equal_decisions": 1.0,
        "accuracy": 1.0,
        "accuracy_points": -12.34,
        "size": 999_000_000,
        "size_ratio": 1.0,
        "ops": {"ADD": 600, "MUL": 634},
        "misses": misses,
    }
    return {
        "dataset": "[red]glue/sst2[/red]",
        "split": "validation",
        "texts": 872,
        "accuracy": 0.8125,
        "files": {"model-dynamic.tflite": measured},
        "latency": {
            "files": {
                "model-dynamic.tflite": {"median_ms": 123.456, "p99_ms": 9999}
            }
        },
    }


def test_the_widest_row_fits(capsys):
    show(parity(["size ratio 41.0%, at most 30.0% is allowed"]))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("[red]glue/sst2[/red] (validation), 872 texts;")
    assert lines[3].split() == [
        "model-dynamic.tflite",
        "!",
        "1.2e-02",
        "8.7e-02",
        "100.00%",
        "100.00%",
        "-12.34",
        "999",
        "MB",
        "100%",
        "123.46",
        "9999.00",
    ]
    assert "at most 30.0% is allowed" in lines[4]


def test_missing_latencies_are_shown_as_dashes(capsys):
    untimed = parity([])
    untimed["latency"]["files"] = {}
    show(untimed)
    row = capsys.readouterr().out.splitlines()[3].split()
    assert row[:2] == ["model-dynamic.tflite", "1.2e-02"]
    assert row[-2:] == ["-", "-"]
