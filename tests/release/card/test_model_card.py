"""The model card is correct, escapes its input, and its snippets run."""

import dataclasses
import json
import re
import shlex
import subprocess
import sys

import keras
import numpy as np
import pytest
from markdown_it import MarkdownIt

from keras_attn.data import Corpus, Split
from keras_attn.models import SentenceClassifier
from keras_attn.release import exporter
from keras_attn.release.card import model_card
from keras_attn.release.card.markdown import escape
from keras_attn.release.proof import Reference
from keras_attn.release.trained_model import TrainedModel
from keras_attn.runs.settings import Settings
from keras_attn.text import UNK_ID, Vectorizer

HOSTILE = ("a|b", "`x` *y* _z_", "<script>alert(1)</script>", "[l](http://e)")
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE,
        "# no head",
        "a\\|b",
        "&lt;",
        "&#60;",
        "~~x~~",
        "![i](u)",
        "$x$",
    ],
)
def test_escaped_text_is_displayed_literally(text):
    page = f"| head |\n| --- |\n| {escape(text)} |\n\n# {escape(text)}\n"
    tokens = MARKDOWN.parse(page)
    shown = [t for t in tokens if t.type == "inline"][1:]
    assert len(shown) == 2  # one cell, one head
    for inline in shown:
        assert {child.type for child in inline.children} == {"text"}
        assert "".join(c.content for c in inline.children) == text


def test_unprintable_characters_become_spaces():
    assert escape("a\nb\u2028c\x1b[2Jd\u202ee") == "a b c \\[2Jd e"


def trained_model(labels, dataset, texts, result=None):
    keras.utils.set_random_seed(3)
    model = SentenceClassifier(
        Vectorizer(["über", "b", "c"], max_length=5),
        labels,
        num_layers=1,
        d_model=8,
        num_heads=2,
    )
    model.build((None, None))
    numbers = np.arange(len(texts), dtype=np.int32) % len(labels)
    split = Split(texts, numbers, "all of it")
    corpus = Corpus(dataset, tuple(labels), *[split] * 3, "text", "label")
    return TrainedModel(model, corpus, Settings(dataset="letters"), result)


@pytest.fixture(scope="module")
def letters():
    """A model with unknown training, and its reference."""
    trained = trained_model(["x", "y"], "letters", ["b", "c"])
    return trained, Reference(trained.model, trained.corpus)


MEASURED = {
    "max_difference": 1.5e-6,
    "max_attention_difference": 0.0871,
    "equal_decisions": 1.0,
    "accuracy": 0.25,
    "accuracy_points": 0.0,
    "size": 1234,
    "size_ratio": 1.0,
    "ops": {"MUL": 5, "ADD": 3},
    "weights": {"float32": 1234},
    "format": "tflite",
    "quantize": "none",
    "misses": [],
}


def parity_of(reference, files):
    return {
        "dataset": "letters",
        "texts": len(reference.texts),
        "calibration_texts": 0,
        "files": files,
        "latency": {
            "texts": 7,
            "threads": 1,
            "files": {n: {"median_ms": 0.5, "p99_ms": 1.75} for n in files},
        },
        "versions": {"keras": "3.0"},
    }


def card_of(trained, reference=None):
    reference = reference or Reference(trained.model, trained.corpus)
    parity = parity_of(reference, {"model.tflite": MEASURED})
    return model_card.render(
        trained, reference, parity | {"dataset": trained.corpus.name}
    )


@pytest.mark.slow
def test_test_texts_that_occur_in_training_are_counted():
    result = {
        **{"seed": 0, "epochs": 3, "best_epoch": 2, "versions": {}},
        "validation_accuracy": 0.5,
    }
    for duplicates, words in (
        ({}, None),
        ({"duplicates": {"in_train": 0}}, None),
        ({"duplicates": {"in_train": 12}}, "12 of its texts also occur in"),
    ):
        found = result | duplicates
        card = card_of(trained_model(["x", "y"], "d", ["b", "c"], found))
        assert (words or "any decision.\n") in card
        assert ("also occur" in card) == (words is not None)
        assert "| labels | default |" in card


@pytest.mark.parametrize(
    "weights, words",
    [
        ({"float32": 9, "int8": 7}, "weights in 8 bits"),
        ({"float32": 9, "uint8": 7}, "weights in 8 bits"),
        ({"float32": 9, "int32": 7}, "float32: all weights are too small"),
    ],
)
def test_the_precision_of_a_quantized_file(letters, weights, words):
    trained, reference = letters
    file = MEASURED | {"quantize": "dynamic", "weights": weights}
    parity = parity_of(reference, {"model-dynamic.tflite": file})
    text = model_card.render(trained, reference, parity)
    assert f"| `model-dynamic.tflite` | {words}" in text


@pytest.mark.parametrize(
    "format, copied", [("saved_model", 0), ("tflite", 1), ("onnx", 1)]
)
def test_classify_py_comes_with_files_that_take_ids(
    letters, format, copied, tmp_path
):
    trained, reference = letters
    files = {f"model.{format}": MEASURED | {"format": format}}
    exporter._write_script(tmp_path, files)
    assert (tmp_path / "classify.py").exists() == copied
    page = model_card.render(trained, reference, parity_of(reference, files))
    assert ("| `classify.py` |" in page) == copied


@pytest.mark.slow
def test_names_from_the_data_cannot_change_the_card():
    page = card_of(
        trained_model(HOSTILE, "<img src=x>|y", ["b c", "c", "b", "b b"])
    )
    tokens = MARKDOWN.parse(page)
    kinds = {t.type for t in tokens}
    inline = [c for t in tokens if t.type == "inline" for c in t.children]
    kinds |= {c.type for c in inline}
    links = {c.attrs["href"] for c in inline if c.type == "link_open"}
    assert links == set()
    # The only HTML is the card's own two marks.
    blocks = [t.content for t in tokens if t.type == "html_block"]
    assert blocks == ["<!-- latency -->\n", "<!-- /latency -->\n"]
    assert "html_inline" not in kinds
    text = "\n".join(c.content for c in inline)
    for name in (*HOSTILE, "<img src=x>|y"):
        assert name in text
    rows = [len(line.split(" | ")) for line in table(page, "label")]
    assert set(rows) == {5}
    assert len(rows) == 2 + len(HOSTILE)


def table(page, head):
    """The lines of the table whose first column has the given head."""
    lines = page.splitlines()
    start = next(i for i, s in enumerate(lines) if s.startswith(f"| {head} |"))
    end = lines.index("", start)
    return lines[start:end]


@pytest.mark.slow
def test_the_results_are_those_of_the_test_split():
    trained = trained_model(
        ["odd", "even"], "letters", ["b", "x b x c x b", "c c", "b"]
    )
    reference = Reference(trained.model, trained.corpus)
    reference.probabilities = np.array(
        [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.2, 0.8]]
    )
    page = card_of(trained, reference)
    # Truth: odd, even, odd, even. Decided: odd, odd, odd, even.
    assert "Accuracy: **75.00%** (95% interval: 30.1% to 95.4%), 3 of 4" in page
    assert "has an accuracy of 50.00%" in page
    assert table(page, "label")[2:] == [
        "| odd | 2 | 0.667 (0.21 to 0.94) | 1.000 (0.34 to 1.00) | 0.800 |",
        "| even | 2 | 1.000 (0.21 to 1.00) | 0.500 (0.09 to 0.91) | 0.667 |",
    ]
    assert "Most frequent mistakes: even classified as odd (1)." in page
    assert "33.3% of the tokens in the test split" in page  # 3 x of 9
    assert (
        "first 5 tokens of a text" in page and "1 of 4 texts are longer" in page
    )
    assert "vocabulary has 3 tokens" in page and "100% Latin" in page
    assert "| `model.tflite` | 0.50 ms | 1.75 ms |" in page
    assert "- `model.tflite`: ADD 3, MUL 5" in page
    assert (
        "| `model.tflite` | 1.5e-06 | 8.7e-02 | 100.00% | 25.00% | +0.00 |"
        in page
    )


def test_a_model_without_its_run_has_unknown_training(letters):
    page = card_of(*letters)
    assert "**Its training data is unknown**" in page
    assert "settings, seed and versions are unknown" in page
    assert "Trained with" not in page


def test_a_model_with_its_run_has_its_training_described(letters):
    result = {
        "seed": 11,
        "best_epoch": 5,
        "epochs": 7,
        "validation_accuracy": 0.8125,
        "versions": {"keras": "2.99"},
    }
    trained, reference = letters
    page = card_of(dataclasses.replace(trained, result=result), reference)
    assert "Trained with seed 11. The best of 7 epochs was epoch 5" in page
    assert "validation accuracy of 81.25%" in page
    assert "Trained with keras 2.99." in page
    assert "| learning\\_rate | 0.002 |" in page
    assert "unknown" not in page.replace("drop\\_unknown\\_labels", "")


def test_paths_are_shortened_to_file_names(letters, tmp_path):
    file = tmp_path / "secret" / "data.csv"
    file.parent.mkdir()
    file.write_text("")
    settings = Settings(dataset=str(file))
    trained = dataclasses.replace(letters[0], settings=settings)
    source = trained.without_folders(f"{file}, 10 % held out")
    assert source == "data.csv, 10 % held out"


@pytest.mark.parametrize(
    "words, text",
    [
        (["das", "ist", "2", "gut"], "Das ist gut Xyzzy?"),
        (["a", "b", "c", "d", "e"], "A b c d Xyzzy?"),
        (["!", "?"], "! ? Xyzzy?"),
    ],
    ids=str,
)
def test_the_example_text_has_known_words_and_an_unknown_one(words, text):
    assert model_card.example_text(Vectorizer(words)) == text


def snippets(page):
    return re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def command(page):
    (line,) = re.findall(r"^    python (classify.py .*)$", page, re.MULTILINE)
    return shlex.split(line)


# Runs snippets and the command of a card without the packages that they claim
# not to need.
WITHOUT_OTHER_PACKAGES = """
import json, runpy, sys
snippets, command = json.load(sys.stdin)
for name in ("keras_attn", "keras", "tensorflow"):
    sys.modules[name] = None
for snippet in snippets:
    if "onnxruntime" in snippet:
        sys.modules["ai_edge_litert"] = None
    exec(snippet, {})
    sys.modules.pop("ai_edge_litert", None)
sys.argv = command
runpy.run_path(command[0], run_name="__main__")
"""


@pytest.fixture
def run_snippets(trained, monkeypatch, capsys):
    """Run every snippet in a folder; return how many there are."""

    def run(folder):
        model = keras.models.load_model(trained[0] / "model.keras")
        text = model_card.example_text(model.vectorizer)
        (expected,) = model.classify([text])
        page = (folder / "README.md").read_text(encoding="utf-8")
        saved_model, *with_ids = snippets(page)
        with_ids.reverse()  # ONNX first, before anything imports LiteRT
        assert all(text in snippet for snippet in (saved_model, *with_ids))
        monkeypatch.chdir(folder)
        capsys.readouterr()
        exec(saved_model, {})
        lines = [capsys.readouterr().out]
        finished = subprocess.run(
            [sys.executable, "-B", "-c", WITHOUT_OTHER_PACKAGES],
            input=json.dumps([with_ids, command(page)]),
            capture_output=True,
            text=True,
        )
        assert finished.returncode == 0, finished.stderr
        lines += finished.stdout.splitlines()
        for line in lines[: 1 + len(with_ids)]:
            label, probability = line.split()
            assert label == expected.label
            assert float(probability) == pytest.approx(
                expected.probabilities[label], abs=1e-4
            )
        assert lines[1 + len(with_ids)].split("\t")[0] == expected.label
        return len(lines[: 1 + len(with_ids)])

    return run


@pytest.mark.slow
def test_the_snippets_of_the_card_run(exported, run_snippets):
    assert run_snippets(exported[0]) == 3  # SavedModel, classify.py, ids


@pytest.mark.long
def test_the_snippets_for_all_formats_run(exported_all, run_snippets):
    assert run_snippets(exported_all[0]) == 4  # and ONNX


@pytest.mark.slow
def test_the_example_text_tests_unknown_words_and_capitals(trained):
    model = keras.models.load_model(trained[0] / "model.keras")
    text = model_card.example_text(model.vectorizer)
    encoded = model.vectorizer.encode_text(text)
    assert "xyzzy" in encoded.tokens and text != text.lower()
    unknown = encoded.ids == UNK_ID
    assert unknown.any() and not unknown.all()


@pytest.mark.slow
def test_the_card_of_a_run_describes_that_run(exported, trained):
    page = (exported[0] / "README.md").read_text(encoding="utf-8")
    result = json.loads((trained[0] / "result.json").read_text())
    assert f"Accuracy: **{result['test_accuracy']:.2%}**" in page
    assert "train.csv" in page and "test.csv" in page
    assert "/train.csv" not in page
    assert f"{result['parameters']:,} parameters" in page
    for label in result["labels"]:
        assert label in page
