"""Figures that are measured and printed, one script each."""
