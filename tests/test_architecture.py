"""The structure of the code: one test per rule, listing every violation."""

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = (
    "keras_attn",
    "keras_attn_cli",
    "training",
    "tensorboard_plugin_attention",
)
# Longest function, in lines without its docstring.
SCREEN = 60
MODULES_PER_FOLDER = 15
DRAWERS = {"utils", "common", "helpers", "base"}
# Modules that are a part of their own: tables that several parts read.
LEAVES = ("keras_attn.export.bounds", "keras_attn.export.formats")
# The other parts of the project that a part may import.
ALLOWED = {
    "keras_attn._checks": set(),
    "keras_attn._registration": set(),
    "keras_attn.ops": {"keras_attn._checks"},
    "keras_attn.maps": {"keras_attn._checks"},
    "keras_attn.plots": {"keras_attn._checks"},
    "keras_attn.optimizers": {"keras_attn._checks", "keras_attn._registration"},
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
        "keras_attn.text",
        "tensorboard_plugin_attention",
    },
    "keras_attn.export.bounds": set(),
    "keras_attn.export.formats": {"keras_attn.export.bounds"},
    "keras_attn.export": {
        "keras_attn.export.bounds",
        "keras_attn.export.formats",
        "keras_attn._checks",
        "keras_attn.models",
        "keras_attn.text",
    },
    "keras_attn.runs": {
        "keras_attn._checks",
        "keras_attn.data",
        "keras_attn.layers",
        "keras_attn.models",
        "keras_attn.maps",
        "keras_attn.optimizers",
        "keras_attn.plots",
        "keras_attn.tensorboard",
        "keras_attn.text",
        "keras_attn.export.formats",
    },
    "keras_attn.release": {
        "keras_attn._checks",
        "keras_attn.data",
        "keras_attn.export",
        "keras_attn.export.bounds",
        "keras_attn.export.formats",
        "keras_attn.models",
        "keras_attn.runs",
        "keras_attn.text",
    },
    "keras_attn.cli": {
        "keras_attn.export.formats",
        "keras_attn.release",
        "keras_attn.runs",
        "keras_attn.text",
    },
    "tensorboard_plugin_attention": set(),
    "keras_attn": {
        "keras_attn.layers",
        "keras_attn.maps",
        "keras_attn.models",
        "keras_attn.ops",
        "keras_attn.optimizers",
        "keras_attn.text",
    },
    "keras_attn_cli": {"keras_attn", "keras_attn.cli"},
    "training": {
        "keras_attn_cli",
        "keras_attn.cli",
        "keras_attn.data",
        "keras_attn.export",
        "keras_attn.layers",
        "keras_attn.maps",
        "keras_attn.models",
        "keras_attn.optimizers",
        "keras_attn.release",
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
    "keras_attn.models.classification",
    "keras_attn.optimizers",
    "keras_attn.tensorboard",
    "training.benchmark",
)


class Module:
    """One Python file: its name, its path and what it imports."""

    def __init__(self, path):
        self.path = path
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        self.name = name.removesuffix(".__init__")
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.imports = set()
        self.relative = False
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                self.imports.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                self.relative |= node.level > 0
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                self.imports.update(names)


@pytest.fixture(scope="module")
def modules():
    files = [p for name in OURS for p in sorted((ROOT / name).rglob("*.py"))]
    # A checkout of this project, not an empty folder: the rules see code.
    assert len(files) > 100
    return [Module(path) for path in [*files, *ROOT.glob("keras_attn_*.py")]]


def part(name):
    """The part of the architecture that a module or an object belongs to."""
    for leaf in LEAVES:
        if name == leaf or name.startswith(f"{leaf}."):
            return leaf
    depth = 2 if name.startswith("keras_attn.") else 1
    return ".".join(name.split(".")[:depth])


def is_ours(name):
    return name.split(".")[0] in OURS


def is_allowed(name, allowed):
    """Whether a part, or this one module of it, is in the table's row."""
    return part(name) in allowed or any(
        name.startswith(f"{module}.") for module in allowed
    )


@pytest.mark.slow
def test_imports_point_one_way(modules):
    assert not [
        f"{module.name} -> {other}"
        for module in modules
        for other in sorted(module.imports)
        if is_ours(other)
        and part(other) != part(module.name)
        and not is_allowed(other, ALLOWED[part(module.name)])
    ]


def test_the_allowed_imports_have_no_circle():
    """Whatever a part allows, it can be drawn with arrows pointing down."""
    left = dict(ALLOWED)
    while left:
        lowest = [name for name in left if not left[name] & set(left)]
        assert lowest, f"a circle within {sorted(left)}"
        for name in lowest:
            del left[name]


def test_no_relative_imports(modules):
    assert not [module.name for module in modules if module.relative]


def test_tensorflow_stays_where_it_belongs(modules):
    assert not [
        module.name
        for module in modules
        if "tensorflow" in {other.split(".")[0] for other in module.imports}
        and not module.name.startswith(MAY_IMPORT_TENSORFLOW)
    ]


def test_keras_is_used_through_its_public_names(modules):
    assert not [
        f"{module.name} -> {other}"
        for module in modules
        for other in sorted(module.imports)
        if other.startswith("keras.src")
    ]


def test_no_module_is_a_drawer(modules):
    """A module is named for what it contains."""
    assert not [
        module.name
        for module in modules
        if set(module.name.split(".")) & DRAWERS
    ]


def test_no_folder_has_too_many_modules():
    files = [
        path
        for folder in (*OURS, "tests")
        for suffix in ("py", "js")
        for path in (ROOT / folder).rglob(f"*.{suffix}")
    ]
    found = Counter(path.parent.relative_to(ROOT).as_posix() for path in files)
    crowded = {k: n for k, n in found.items() if n > MODULES_PER_FOLDER}
    assert not crowded


def test_functions_fit_on_a_screen(modules):
    long = {}
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = node.body[0]
                # Neither the signature, which may have to be that of Keras,
                # nor the docstring counts.
                lines = node.end_lineno - start.lineno + 1
                if ast.get_docstring(node) is not None:
                    lines -= start.end_lineno - start.lineno + 1
                if lines > SCREEN:
                    long[f"{module.name}.{node.name}"] = lines
    assert not long


@pytest.mark.slow
def test_importing_the_package_stays_light(new_process, monkeypatch):
    """Keras itself imports matplotlib if it is installed; we add nothing."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")  # imported in half the time
    script = """
import sys
import keras
before = set(sys.modules)
import keras_attn
import keras_attn.data
heavy = ("tensorflow_datasets", "tensorboard", "matplotlib", "rich")
assert not (set(sys.modules) - before) & set(heavy)
with open("data.csv", "w") as file:
    file.write("text,label\\n" + "good dog,0\\nbad cat,1\\n" * 9)
assert len(keras_attn.data.load_corpus("data.csv").train) == 14
assert not (set(sys.modules) - before) & set(heavy)
"""
    new_process(script)
