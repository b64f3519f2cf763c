"""Export to TFLite, the file format of the LiteRT runtime."""
