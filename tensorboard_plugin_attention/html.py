"""The views of the tab in one file that needs no TensorBoard and no network."""

import base64
import html
import importlib.resources
import json
import pathlib
import posixpath
import re
import time

from tensorboard_plugin_attention.format import VERSION
from tensorboard_plugin_attention.record import encode_attention

_STYLES = ("style.css", "maps.css", "lines.css")
_IMPORT = re.compile(r'(\bfrom\s+|\bimport\()"(\.{1,2}/[^"]+)"')
_MAX_BYTES = 64 << 20  # of maps; a browser still opens it
# Nothing is fetched, wherever the file is opened.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data:; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style data-attention>{styles}</style>
<script type="importmap">{modules}</script>
</head>
<body>
<script type="application/json" id="attention-data">{data}</script>
<script type="module">
import {{ start }} from "attention/page.js";
import {{ EmbeddedSource }} from "attention/source.js";
const data = document.getElementById("attention-data").textContent;
start(new EmbeddedSource(JSON.parse(data)), {{ host: false }});
</script>
</body>
</html>
"""


def attention_html(
    weights, tokens, path, *, title="Attention", overwrite=False, **details
):
    """Writes attention maps as one HTML file, to be opened offline or mailed.

    The file holds every view of the TensorBoard tab for one step. In a
    notebook, show it with `IPython.display.IFrame(path, "100%", 700)`.

    Shapes: B sentences, H heads, T query length, S key length.

    Args:
        weights: Dict from layer name to an array (B, H, T, S), or one array.
        tokens: B lists of strings.
        path: Path of the file to write.
        title: String, the page's title. Defaults to `"Attention"`.
        overwrite: Whether a file at `path` may be replaced. Defaults to
            `False`.
        **details: See `encode_attention`; `max_bytes` defaults to 64 MiB.

    Returns:
        A list of sentences on what was left out, empty if nothing was.

    Raises:
        FileExistsError: If there is a file and `overwrite` is false.
        ValueError: As `encode_attention` does.

    Example:
        >>> import numpy as np
        >>> from tensorboard_plugin_attention import attention_html
        >>> weights = np.full((1, 2, 3, 3), 1 / 3)
        >>> attention_html(weights, [["a", "good", "dog"]], "dog.html")
        []
    """
    items, notices = encode_attention(
        weights, tokens, **{"max_bytes": _MAX_BYTES, **details}
    )
    page = _PAGE.format(
        policy=html.escape(_POLICY),
        title=html.escape(title),
        styles="\n".join(_static(name).read_text("utf-8") for name in _STYLES),
        modules=_script_json({"imports": dict(_modules())}),
        data=_script_json(_embedded(title, items)),
    )
    try:
        with open(path, "w" if overwrite else "x", encoding="utf-8") as file:
            file.write(page)
    except FileExistsError:
        raise FileExistsError(
            f"{path} exists already. Pass `overwrite=True` to replace it."
        ) from None
    return notices


def _embedded(run, items):
    """The one event, in the form that `EmbeddedSource` of the page reads."""
    key = f"{run}\nattention"
    moment = {"step": 0, "wallTime": time.time()}
    return {
        "tags": [{"run": run, "tag": "attention", "version": VERSION}],
        "steps": {key: {"steps": [moment], "limit": 0}},
        "blobs": {
            f"{key}\n0\n{index}": base64.b64encode(item).decode()
            for index, item in enumerate(items)
        },
    }


def _static(name):
    root = importlib.resources.files("tensorboard_plugin_attention")
    return root.joinpath("static", *filter(None, name.split("/")))


def _modules():
    """Each module's name and itself as a URL, for an import map.

    A module in a data URL has no place that "./math.js" could start from, so
    the imports are turned into names that the map knows.
    """
    for folder in ("", "views/"):
        for file in sorted(_static(folder).iterdir(), key=lambda f: f.name):
            if pathlib.PurePath(file.name).suffix == ".js":
                name = folder + file.name
                source = _IMPORT.sub(
                    lambda match, name=name: (
                        f'{match[1]}"{_module(name, match[2])}"'
                    ),
                    file.read_text("utf-8"),
                )
                code = base64.b64encode(source.encode()).decode()
                yield f"attention/{name}", f"data:text/javascript;base64,{code}"


def _module(importer, path):
    """The name in the map of what a module at `importer` imports."""
    folder = posixpath.dirname(importer)
    return "attention/" + posixpath.normpath(posixpath.join(folder, path))


def _script_json(value):
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
