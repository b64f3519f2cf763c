"""The files of the page, the only files that the plugin serves."""

import importlib.resources

# Used instead of the system's table, which may be wrong, as on Windows.
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


def page_files():
    """List the page's files as (name below `static`, file), sorted by name."""
    folder = importlib.resources.files(__package__) / "static"
    return sorted(_files_in(folder, "")) if folder.is_dir() else []


def media_type(name):
    """Return the media type of a file name, or `None` if it is not served."""
    return MEDIA_TYPES.get("." + name.rpartition(".")[2])


def _files_in(folder, prefix):
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files_in(entry, f"{prefix}{entry.name}/")
        elif media_type(entry.name):
            yield prefix + entry.name, entry
