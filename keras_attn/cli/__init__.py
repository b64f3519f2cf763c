"""The `keras-attn` command, one module per subcommand."""
