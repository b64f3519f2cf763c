"""The model card of an export, one module per section."""
