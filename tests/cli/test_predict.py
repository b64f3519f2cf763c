"""`keras-attn predict`: what it reads, and what it prints."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from keras_attn.cli import text_lines
from keras_attn.cli.main import main
from keras_attn.models import SentenceClassifier
from keras_attn.text import Vectorizer, vectorizer
from tests.trained_run import one_line, run, started, succeed


@pytest.fixture
def model(tmp_path):
    """A model's file; its weights are as they were drawn."""
    model = SentenceClassifier(
        Vectorizer.learn(["who is he ?", "where is a red car ?"]),
        ["person", "pl\x9bace"],
        num_layers=1,
        d_model=6,
        num_heads=3,
    )
    model.build((None, None))
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


@pytest.fixture
def answer(model):
    """Runs the command; returns its status, its output and its messages."""

    def predict(*arguments, stdin=b""):
        finished = run("predict", model, *arguments, stdin=stdin)
        return finished.status, finished.output, finished.errors

    return predict


def texts_of(output):
    return [json.loads(line)["text"] for line in output.splitlines()]


LINES = "\ufeff\n who is he?\r\n\n \t\r\n\u3000\nwhere\rcar\n\n".encode()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_blank_lines_are_skipped(way, answer, tmp_path):
    (tmp_path / "lines").write_bytes(LINES)
    ways = {"file": ["--file", tmp_path / "lines"], "stdin": []}
    status, output, _ = answer("--json", *ways[way], stdin=LINES)
    assert status == 0
    assert texts_of(output) == [" who is he?", "where", "car"]


@pytest.mark.slow
def test_more_lines_than_go_into_a_batch(answer):
    lines = [f"car {number}" for number in range(71)]
    _, output, _ = answer("--json", stdin="\n".join(lines).encode())
    assert texts_of(output) == lines


@pytest.mark.parametrize(
    "arguments, stdin, message",
    [
        (["a red car", ""], b"", "Text 2 has no tokens"),
        ([" "], b"he", "Text 1 has no tokens"),
        ([], b"\n \n\xe3\x80\x80\n", "standard input contains no text."),
        ([], b"he\n\nis\n\xff\n", "standard input, line 4 is not UTF-8."),
        ([], b"he\n\n\xe2\x80\x8b\n", "standard input, line 3 has no tokens"),
        ([], b"\n" + b"he " * 70_000, "standard input, line 2 has 70,000 tok"),
        (["--file", "."], b"", ".: is a directory."),
        (["--file", "no.txt"], b"", "no.txt: no such file"),
        (["he", "--file", "."], b"", "Pass texts or `--file`, not both."),
    ],
)
def test_errors_name_the_place(answer, arguments, stdin, message):
    status, _, messages = answer(*arguments, stdin=stdin)
    assert one_line(status, messages).startswith(f"error: {message}")


def test_a_process_without_standard_input(model, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with text_lines.opened("standard input", None) as stream:
        assert stream.read() == b""


@pytest.mark.slow
def test_nothing_that_steers_a_terminal_is_printed(answer):
    text = "red \x1b]0;TITLE\x07x\ncar\u2028\x9b2J \udcff"
    status, output, _ = answer(text, "où", "--attention")
    assert status == 0
    lines = output.split("\n")
    assert all(line.isprintable() for line in lines)
    label, probability, shown = lines[0].split("  ", 2)
    assert label in ("person", r"pl\x9bace")
    assert 0 < float(probability) < 1
    assert shown == r"red \x1b]0;TITLE\x07x\ncar\u2028\x9b2J \udcff"
    assert any(line.endswith("  où") for line in lines)


@pytest.mark.slow
def test_a_text_may_begin_with_a_dash(answer):
    for text in "-5 degrees", "-5", "- he", "--json is a word":
        status, output, errors = answer(text, "--json")
        assert (status, errors) == (0, "")
        assert texts_of(output) == [text]
    _, output, _ = answer("--json", "--", "-x", "--attention")
    assert texts_of(output) == ["-x", "--attention"]
    for wrong, hint in ("-x", ""), ("--jsn", "--json"):
        status, _, messages = answer(wrong)
        line = one_line(status, messages)
        assert line.startswith(f"error: No such option: {wrong}.")
        assert "Write `--` before a text" in line and hint in line


@pytest.mark.slow
def test_json_escapes_what_steers_a_terminal_and_keeps_letters(answer):
    text = "où \x1b[2J\x9b2J\u202e\udcff \U000e0001 猫"
    status, output, _ = answer(text, "--json")
    assert status == 0
    assert output.removesuffix("\n").isprintable()
    assert "où" in output and "猫" in output
    assert texts_of(output) == [text]


@pytest.mark.slow
def test_maps_are_computed_only_if_they_are_printed(answer, asked_for_maps):
    outputs = {}
    for options in [], ["--json"], ["--json", "--attention"]:
        asked_for_maps.clear()
        _, outputs[len(options)], _ = answer(*options, "a red car")
        assert set(asked_for_maps) == {"--attention" in options}
    plain, full = json.loads(outputs[1]), json.loads(outputs[2])
    assert np.shape(full.pop("attention")) == (1, 3, 3, 3)
    assert plain.pop("probabilities") == pytest.approx(
        full.pop("probabilities"), abs=1e-6
    )
    assert plain == full


@pytest.mark.slow
def test_arguments_file_and_standard_input_agree(trained, tmp_path):
    texts = ["a red car", "my green boat"]
    file = tmp_path / "texts.txt"
    # Lines that end make one batch, and a batch makes the last bits.
    lines = "".join(f"{text}\n" for text in texts).encode()
    file.write_bytes(lines)
    alone = shutil.copy(trained[0] / "model.keras", tmp_path / "m.keras")
    outputs = {
        succeed("predict", trained[0], *texts, "--json"),
        succeed("predict", alone, "--file", file, "--json"),
        succeed("predict", alone, "--json", stdin=lines),
    }
    assert len(outputs) == 1
    lines = [json.loads(line) for line in outputs.pop().splitlines()]
    assert [line["text"] for line in lines] == texts
    assert [line["label"] for line in lines] == ["red", "green"]
    assert lines[0]["tokens"] == ["a", "red", "car"]
    assert sum(lines[0]["probabilities"].values()) == pytest.approx(1)


@pytest.mark.slow
def test_attention_is_drawn_as_bars(trained):
    printed = succeed("predict", trained[0], "the blue bird", "--attention")
    assert printed.startswith("blue  ")
    assert "█" in printed


@pytest.mark.slow
def test_a_line_is_answered_when_it_comes(model, monkeypatch, capsys):
    chunks = iter([b"who is he?\nwhere is", b" he?\n\n a", b""])
    answered = []

    def read1(size):
        answered.append(texts_of(capsys.readouterr().out))
        return next(chunks)

    stdin = SimpleNamespace(buffer=SimpleNamespace(read1=read1))
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(SystemExit):
        main(["predict", str(model), "--json"])
    assert answered == [[], ["who is he?"], ["where is he?"]]
    assert texts_of(capsys.readouterr().out) == [" a"]


@pytest.mark.long
def test_a_process_answers_a_line_when_it_comes(model):
    process = started("training.predict", model, "--json")
    try:
        for part, text in [
            (b"who is he?\nwhere is", "who is he?"),
            (b" he?\n\n a", "where is he?"),
        ]:
            process.stdin.write(part)
            process.stdin.flush()
            line = process.stdout.readline()  # before the input has ended
            assert json.loads(line)["text"] == text
        rest, errors = process.communicate(timeout=60)
        assert texts_of(rest) == [" a"]
        assert (process.returncode, errors) == (0, b"")
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_each_text_is_tokenized_once(answer, monkeypatch):
    found = []
    find_tokens = vectorizer.find_tokens

    def watched(text, *rules):
        found.append(text)
        return find_tokens(text, *rules)

    monkeypatch.setattr(vectorizer, "find_tokens", watched)
    answer("a red car", "who is he?")
    assert found == ["a red car", "who is he?"]
