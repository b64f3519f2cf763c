import pytest


@pytest.mark.slow
def test_long_inputs_hold_no_matrix_of_all_pairs(new_process):
    """8,192 tokens, forward and backward: one matrix alone would be 1 GB."""
    output = new_process("""
from training.benchmark.long_attention import _measure
growth, _, arrays = _measure("by rows", 8192, 4, 64, 0.0)
print(growth)
""")
    assert float(output.split()[-1]) <= 600  # MB
