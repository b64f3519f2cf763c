"""The views of the tab in one HTML file that works without TensorBoard."""

import base64
import html
import json
import os
import posixpath
import re
import time
from pathlib import Path

from tensorboard_plugin_attention.encode import encode_attention
from tensorboard_plugin_attention.format import VERSION
from tensorboard_plugin_attention.static_files import page_files

_STYLES = ("style.css", "maps.css", "lines.css")
_IMPORT = re.compile(r'(\bfrom\s+|\bimport\()"(\.{1,2}/[^"]+)"')
_MAX_BYTES = 64 << 20  # of maps; browsers can still open such a file
# The file must not fetch anything, wherever it is opened.
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
import {{ start }} from "attention/page/page.js";
import {{ EmbeddedSource }} from "attention/data/source.js";
const data = document.getElementById("attention-data").textContent;
start(new EmbeddedSource(JSON.parse(data)), {{ host: false }});
</script>
</body>
</html>
"""


def attention_html(
    weights, tokens, path, *, title="Attention", overwrite=False, **details
):
    """Write attention maps to a self-contained HTML file.

    The file contains all views of the Attention tab for one step. It works
    offline and without TensorBoard, so you can send it by email. In a notebook,
    show it with `IPython.display.IFrame(path, "100%", 700)`.

    Args:
        weights: See `encode_attention`.
        tokens: See `encode_attention`.
        path: Path of the file to write.
        title: String, the page's title. Defaults to `"Attention"`.
        overwrite: Boolean, whether to replace an existing file. Defaults to
            `False`.
        **details: See `encode_attention`; `max_bytes` defaults to 64 MiB.

    Returns:
        A list of strings that explain what was left out, usually empty.

    Raises:
        FileExistsError: If the file exists and `overwrite` is `False`.
        ValueError: As in `encode_attention`, and if UTF-8 cannot represent
            `title`.

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
    files = dict(page_files())
    page = _PAGE.format(
        policy=html.escape(_POLICY),
        title=html.escape(title),
        styles="\n".join(files[name].read_text("utf-8") for name in _STYLES),
        modules=_script_json({"imports": dict(_modules(files))}),
        data=_script_json(_embedded(title, items)),
    )
    _write(Path(path), _utf8(page, title), overwrite)
    return notices


def _utf8(page, title):
    try:
        return page.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(
            "`title` must be text that UTF-8 can represent, without halves of "
            f"surrogate pairs. Received: title={title!r:.80}."
        ) from None


def _write(path, content, overwrite):
    """Write the file whole, or leave what is there as it is."""
    if not overwrite:
        try:
            path.touch(exist_ok=False)  # nobody else creates it meanwhile
        except FileExistsError:
            raise FileExistsError(
                f"{path} already exists. Pass `overwrite=True` to replace it."
            ) from None
    unfinished = path.with_name(f".{path.name[:40]}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        if not overwrite:
            path.unlink(missing_ok=True)
        raise


def _embedded(run, items):
    """Return the event in the form that the page's `EmbeddedSource` reads."""
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


def _modules(files):
    """Yield the name and the data URL of each module, for an import map.

    A module in a data URL cannot resolve a relative import such as "./math.js",
    so relative imports are replaced by names in the map.
    """
    for name, file in files.items():
        if not name.endswith(".js"):
            continue
        source = _IMPORT.sub(
            lambda match, name=name: f'{match[1]}"{_module(name, match[2])}"',
            file.read_text("utf-8"),
        )
        code = base64.b64encode(source.encode()).decode()
        yield f"attention/{name}", f"data:text/javascript;base64,{code}"


def _module(importer, path):
    """Return the import map's name for `path`, imported by `importer`."""
    folder = posixpath.dirname(importer)
    return "attention/" + posixpath.normpath(posixpath.join(folder, path))


def _script_json(value):
    """Return JSON that cannot end the script element that contains it."""
    return json.dumps(value).replace("<", "\\u003c")
