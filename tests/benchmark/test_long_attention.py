"""The memory benchmark runs, and attention by rows stores no whole matrix."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from training.benchmark import long_attention

ROOT = Path(__file__).parents[2]


def test_both_methods_give_equal_results(monkeypatch):
    monkeypatch.setattr(
        long_attention, "_in_new_process", long_attention.measure
    )
    arguments = ["--length", "96", "--num_heads", "2", "--key_dim", "4"]
    result = CliRunner().invoke(long_attention.main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    measured = json.loads(result.output)
    assert set(measured) == {"whole matrix", "by rows", "differences"}
    assert len(measured["differences"]) == 6  # output, input, four kernels
    assert max(measured["differences"]) <= 1e-5


@pytest.mark.long
def test_long_inputs_need_no_whole_matrix(new_process):
    """8,192 tokens, forward and backward: one matrix alone would be 1 GB."""
    output = new_process(f"""
import sys
sys.path.insert(0, {str(ROOT)!r})  # training is not installed
from training.benchmark.long_attention import measure
growth, _, arrays = measure("by rows", 8192, 4, 64, 0.0)
print(growth)
""")
    assert float(output.split()[-1]) <= 600  # MB
