"""Matplotlib plots of attention."""
