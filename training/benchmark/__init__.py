"""Benchmarks, one script each: `python -m training.benchmark.NAME`."""
