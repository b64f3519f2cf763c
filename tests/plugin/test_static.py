"""The files of the page are served, and no other files."""

import json
import pathlib
import types

import pytest

from tensorboard_plugin_attention import static_files

STATIC = pathlib.Path(static_files.__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


def test_every_file_of_the_page_is_served_unchanged(logged):
    files = [path for path in STATIC.rglob("*") if path.suffix in MEDIA_TYPES]
    assert len(files) > 40
    for path in files:
        name = path.relative_to(STATIC).as_posix()
        answer = logged.get(f"static/{name}")
        assert answer.status_code == 200, name
        assert answer.data == path.read_bytes(), name
        assert answer.content_type == MEDIA_TYPES[path.suffix], name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name


@pytest.mark.parametrize("path", [
    "", "/", "views", "views/", "views/maps/", ".", "..", "nothing.js",
    "INDEX.JS",
    "index.js/", "index.js?x", "index.js%3Fx", "index.js%00", "./index.js",
    "views/../index.js", "../plugin.py", "%2e%2e/plugin.py",
    "..%2fplugin.py", "%2e%2e%2fplugin.py", "..\\plugin.py",
    "..%5cplugin.py", "%252e%252e%252fplugin.py", "/etc/passwd",
    "//etc/passwd", "%2fetc%2fpasswd", "../static/../plugin.py",
    "C:%5cWindows%5cwin.ini", "file:%2f%2f%2fetc%2fpasswd",
    "..%c0%afplugin.py", "\uff0e\uff0e/plugin.py", "__init__.py",
])  # fmt: skip
def test_no_other_file_is_served(logged, path):
    bare, _, query = path.partition("?")
    answer = logged.client.get(
        f"/data/plugin/attention/static/{bare}", query_string=query
    )
    if path == "index.js?x":
        assert answer.data == (STATIC / "index.js").read_bytes()
    else:
        assert answer.status_code == 404
        assert b"import" not in answer.data


def test_only_files_of_the_page_are_found(tmp_path, monkeypatch):
    (tmp_path / "static" / "views").mkdir(parents=True)
    for name in "a.js", "b.py", "c", ".js.swp", "views/d.css", "views/e.html":
        (tmp_path / "static" / name).write_text("")
    found = types.SimpleNamespace(files=lambda package: tmp_path)
    monkeypatch.setattr(static_files.importlib, "resources", found)
    names = [name for name, _ in static_files.page_files()]
    assert names == ["a.js", "views/d.css"]


def test_the_entry_page_may_run_our_files_only(logged):
    answer = logged.client.get("/data/plugin_entry.html?name=attention")
    assert answer.status_code == 200
    assert '<base href="plugin/attention/" />' in answer.text
    assert 'import("./static/index.js")' in answer.text
    policy = dict(
        rule.strip().split(" ", 1)
        for rule in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["connect-src"] == "'self'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "blob:" not in policy["script-src"]


@pytest.mark.parametrize("prefix", ["", "/tb", "/a/b"])
def test_the_tab_is_listed(tmp_path, write_items, board, items, prefix):
    def listed():
        answer = served.client.get(f"{prefix}/data/plugins_listing")
        return json.loads(answer.data)["attention"]

    served = board(tmp_path, prefix=prefix)
    assert listed()["enabled"] is False
    write_items(tmp_path / "train", "t", 3, items)
    served = board(tmp_path, prefix=prefix)
    assert listed()["enabled"] is True
    assert listed()["tab_name"] == "Attention"
    path = f"{prefix}/data/plugin/attention/static/index.js"
    assert listed()["loading_mechanism"] == {
        "type": "IFRAME",
        "module_path": path,
    }
    assert served.client.get(path).status_code == 200
    answer = served.get("blob", run="train", tag="t", step=3, item=1)
    assert answer.data == items[1]
