"""Imports point one way; see docs/architecture.md."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("keras_attn", "training", "tensorboard_plugin_attention")
# What a part may import of ours, beside itself.
ALLOWED = {
    "keras_attn._checks": set(),
    "keras_attn._registration": set(),
    "keras_attn.ops": {"keras_attn._checks"},
    "keras_attn.maps": {"keras_attn._checks"},
    "keras_attn.plots": {"keras_attn._checks"},
    "keras_attn.text": {"keras_attn._checks", "keras_attn._registration"},
    "keras_attn.layers": {
        "keras_attn._checks",
        "keras_attn._registration",
        "keras_attn.ops",
    },
    "keras_attn.models": {
        "keras_attn._checks",
        "keras_attn._registration",
        "keras_attn.layers",
        "keras_attn.text",
    },
    "keras_attn.data": {"keras_attn._checks", "keras_attn.text"},
    "keras_attn.tensorboard": {
        "keras_attn._checks",
        "keras_attn.maps",
        "keras_attn.plots",
        "tensorboard_plugin_attention",
    },
    "keras_attn.export": {
        "keras_attn._checks",
        "keras_attn.models",
        "keras_attn.text",
    },
    "keras_attn.runs": {
        "keras_attn._checks",
        "keras_attn.data",
        "keras_attn.layers",
        "keras_attn.models",
        "keras_attn.tensorboard",
        "keras_attn.text",
        "keras_attn.export",  # being taken out
        "keras_attn.release",  # being taken out
    },
    "keras_attn.release": {
        "keras_attn._checks",
        "keras_attn.data",
        "keras_attn.export",
        "keras_attn.models",
        "keras_attn.runs",
        "keras_attn.text",
    },
    "keras_attn.cli": {
        "keras_attn.release",
        "keras_attn.runs",
        "keras_attn.export",
        "keras_attn.models",
    },
    "tensorboard_plugin_attention": set(),
    "keras_attn": {
        "keras_attn.layers",
        "keras_attn.maps",
        "keras_attn.models",
        "keras_attn.ops",
        "keras_attn.text",
    },
    "training": {
        "keras_attn.cli",
        "keras_attn.data",
        "keras_attn.export",
        "keras_attn.layers",
        "keras_attn.maps",
        "keras_attn.models",
        "keras_attn.runs",
        "keras_attn.tensorboard",
        "keras_attn.text",
        "tensorboard_plugin_attention",
    },
}
MAY_IMPORT_TENSORFLOW = (
    "keras_attn.text",
    "keras_attn.data",
    "keras_attn.export",
    "keras_attn.tensorboard",
    "training.benchmark",
)


def modules():
    """Every Python file of ours as (module name, path)."""
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


def imported(path):
    """The full names of all modules and objects a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(name):
    """The part of the architecture that a module or an object belongs to."""
    depth = 2 if name.startswith("keras_attn.") else 1
    return ".".join(name.split(".")[:depth])


@pytest.mark.parametrize("name, path", list(modules()), ids=lambda v: str(v))
def test_imports_point_one_way(name, path):
    for other in imported(path):
        if other.split(".")[0] in OURS and part(other) != part(name):
            assert part(other) in ALLOWED[part(name)], f"{name} -> {other}"


@pytest.mark.parametrize("name, path", list(modules()), ids=lambda v: str(v))
def test_tensorflow_stays_where_it_belongs(name, path):
    if not name.startswith(MAY_IMPORT_TENSORFLOW):
        packages = {other.split(".")[0] for other in imported(path)}
        assert "tensorflow" not in packages


@pytest.mark.parametrize("name, path", list(modules()), ids=lambda v: str(v))
def test_keras_is_used_through_its_public_names(name, path):
    for other in imported(path):
        assert not other.startswith("keras.src"), f"{name} -> {other}"


@pytest.mark.parametrize("name, path", list(modules()), ids=lambda v: str(v))
def test_files_stay_small(name, path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_no_drawers_for_everything():
    drawers = {"utils", "common", "helpers", "base"}
    assert not [name for name, _ in modules() if set(name.split(".")) & drawers]


@pytest.mark.slow
def test_importing_the_package_stays_light(new_process):
    """Keras itself imports matplotlib where it is installed; we add nothing."""
    script = """
import sys
import keras
before = set(sys.modules)
import keras_attn
for name in ("tensorflow_datasets", "tensorboard", "matplotlib", "rich"):
    assert name not in set(sys.modules) - before, name
"""
    new_process(script)
