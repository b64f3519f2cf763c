"""The training engine: settings, run folder, fitting, loading.

It works for any `Task`. `keras_attn.runs.classification` is the only one so
far.
"""
