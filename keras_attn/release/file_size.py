"""File sizes in words."""


def file_size(num_bytes):
    """Format a number of bytes, such as `"12.3 kB"`; 1 kB is 1000 bytes."""
    for unit in ("kB", "MB"):
        num_bytes /= 1000
        if num_bytes < 1000:
            return f"{num_bytes:.{1 if num_bytes < 100 else 0}f} {unit}"
    return f"{num_bytes / 1000:.1f} GB"
