#!/usr/bin/env python3
"""Classifies text with an exported .tflite file, and shows what it looked at.

    python classify.py "a good dog"
    python classify.py model.tflite --attention "a good dog"
    python classify.py --json < one_text_a_line.txt > results.jsonl

Needs Python 3.10, and `pip install ai-edge-litert`. The .tflite file holds the
rest, as a zip archive: vocabulary, labels, and how texts become tokens.
Shapes: B texts, T tokens, L layers, H heads.
"""

import argparse
import json
import os
import re
import shutil
import sys
import unicodedata
import zipfile
from itertools import islice
from pathlib import Path

try:
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter
except ModuleNotFoundError as missing:
    if __name__ != "__main__":
        raise
    needed = "Install what it needs: pip install ai-edge-litert"
    print(f"classify.py: {missing}. {needed}", file=sys.stderr)
    sys.exit(2)

FILES = ("vocabulary.txt", "labels.txt", "tokenization.json")
# Texts are computed together while B * T * max(T, 64) stays below: the cost of
# attention grows with the square of T, that of all else with T.
BATCH = 2**18
COLUMN = 16  # of the tables, in characters


class BadInput(ValueError):
    """A file or a text that cannot be used, said in one line."""


class Classifier:
    """A .tflite file exported by keras_attn, opened.

    Args:
        path: The file.
        num_threads: How many threads compute; by default LiteRT decides.

    Raises:
        BadInput: If the file is no such file, or damaged.
    """

    def __init__(self, path, num_threads=None):
        files = _files_inside(path)
        rules = json.loads(files["tokenization.json"])
        if rules.get("version") != 1:
            raise BadInput(f"{path} is not for this classify.py; find its own.")
        self.tokenize = _tokenizer(rules)  # a text -> its tokens
        self._max_length = rules["max_length"]
        self._pad_id, self._unk_id = rules["pad_id"], rules["unk_id"]
        self._labels = files["labels.txt"].split("\n")[:-1]
        vocabulary = files["vocabulary.txt"].split("\n")[:-1]
        self._ids = {token: i for i, token in enumerate(vocabulary)}
        try:
            # It owns the weights, and must live as long as its signatures.
            self._interpreter = Interpreter(str(path), num_threads=num_threads)
            signature = self._interpreter.get_signature_runner
            self._classify = signature("classify")
            self._explain = signature("explain")
        except (ValueError, RuntimeError) as error:
            raise BadInput(f"LiteRT cannot use {path}: {error}") from error

    def encode(self, tokens):
        """Ids of B lists of tokens: an int32 array (B, T), padded."""
        read = [t[: self._max_length] for t in tokens]
        # From two columns on, a map with one row can only be a pooling's.
        shape = len(read), max(2, *map(len, read))
        ids = np.full(shape, self._pad_id, np.int32)
        for row, known in zip(ids, read, strict=True):
            row[: len(known)] = [self._ids.get(t, self._unk_id) for t in known]
        return ids

    def classify(self, texts, attention=False):
        """Classifies texts: a list of what `stream` yields."""
        return list(self.stream(texts, attention))

    def stream(self, texts, attention=False):
        """Classifies texts in their order, however many there are.

        Args:
            texts: Iterable of strings.
            attention: Whether to return the attention, too.

        Yields:
            A dictionary a text: `text`; `label`, the most probable one;
            `probabilities`, from every label to a float; `tokens`, the T that
            were read; `truncated`, whether there were more. On demand also
            `attention`, a list of L arrays (H, T, T), where row t is how token
            t looks at all tokens; and, of a model that pools by attention,
            `pooling`, an array (H, T).

        Raises:
            BadInput: If a text holds no token.
        """
        if isinstance(texts, str):
            raise TypeError("`texts` is one string. Give a list: [text].")
        texts = enumerate(texts, 1)
        while window := list(islice(texts, 16 if attention else 1024)):
            yield from self._by_length(window, attention)

    def _read(self, number, text):
        if tokens := self.tokenize(text):
            return text, tokens
        raise BadInput(f"Text {number} holds no word or sign.")

    def _by_length(self, texts, attention):
        """Results in the order of the texts, computed from long to short."""
        read = [self._read(number, text) for number, text in texts]
        results = {}
        left = sorted(range(len(read)), key=lambda i: len(read[i][1]))
        while left:
            length = min(len(read[left[-1]][1]), self._max_length)
            size = max(1, BATCH // (length * max(length, 64)))
            batch, left = left[-size:], left[:-size]
            answers = self._run([read[i] for i in batch], attention)
            results.update(zip(batch, answers, strict=True))
        return [results[i] for i in range(len(read))]

    def _run(self, texts, attention):
        ids = self.encode([tokens for _, tokens in texts])
        outputs = (self._explain if attention else self._classify)(ids=ids)
        for i, (text, tokens) in enumerate(texts):
            odds = outputs["probabilities"][i].tolist()
            read = tokens[: self._max_length]
            maps = _maps(outputs, i, len(read)) if attention else {}
            yield {
                "text": text,
                "label": self._labels[odds.index(max(odds))],
                "probabilities": dict(zip(self._labels, odds, strict=True)),
                "tokens": read,
                "truncated": len(tokens) > len(read),
                **maps,
            }


def _maps(outputs, i, length):
    """Text i's attention without its padding."""
    maps = {"attention": []}
    for number in range(len(outputs) - 1):
        weights = outputs[f"attention_{number}"][i]  # (H, T or 1, T)
        if weights.shape[1] == 1:
            maps["pooling"] = weights[:, 0, :length].copy()
        else:
            maps["attention"].append(weights[:, :length, :length].copy())
    return maps


def _tokenizer(rules):
    """A function from a text to its tokens, made of tokenization.json."""
    first, last = rules["surrogates"]
    changed = dict.fromkeys(range(first, last + 1), rules["replacement"])
    for first, last, step, difference in rules["lower_case"]:
        for code_point in range(first, last + 1, step):
            changed[code_point] = code_point + difference

    def one_of(ranges):
        return "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in ranges)

    single = one_of(rules["single_character_tokens"])
    joiner = one_of((c, c) for c in rules["joiners"])
    word = f"[^{one_of(rules['separators'])}{single}]+"
    token = re.compile(f"{word}(?:[{joiner}]{word})*|[{single}]")
    return lambda text: token.findall(text.translate(changed))


def _files_inside(path):
    """The texts of `FILES`, by name."""
    missing = FILES
    try:
        with open(path, "rb") as file:
            if file.read(8)[4:] != b"TFL3":
                raise BadInput(f"{path} is not a TFLite file.")
        with zipfile.ZipFile(path) as archive:
            missing = sorted(set(FILES).difference(archive.namelist()))
            return {name: archive.read(name).decode() for name in FILES}
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except (KeyError, zipfile.BadZipFile) as error:
        lacking = ", ".join(missing) or "some bytes"
        raise BadInput(f"{path} lacks {lacking}: export it again.") from error


def _print_attention(result):
    """Prints all probabilities, and where every head looks most."""
    odds = result["probabilities"]
    for label in sorted(odds, key=odds.get, reverse=True):
        print(f"  {odds[label]:.3f}  {_shown(label)}")
    tokens = _numbered(result["tokens"])
    if result["truncated"]:
        print(f"Only the first {len(tokens)} tokens were read.")
    for layer, weights in enumerate(result["attention"], 1):
        print(f"Layer {layer}: where each token looks most (* strongest head)")
        cells = [_targets(tokens, row) for row in weights.swapaxes(0, 1)]
        _print_table(tokens, cells)
    if "pooling" in result:
        print("Pooling: how much each token counts")
        weights = result["pooling"].T.tolist()
        bars = [[f"{w:.2f} {'#' * round(10 * w)}" for w in r] for r in weights]
        _print_table(tokens, bars)


def _numbered(tokens):
    """Tells tokens apart: the second "the" becomes "2.the"."""
    counts = ((tokens[: i + 1].count(t), t) for i, t in enumerate(tokens))
    return [t if count == 1 else f"{count}.{t}" for count, t in counts]


def _targets(tokens, row):
    """What each head looks at most, from one token's weights (H, T)."""
    marks = np.where(row.max(-1) == row.max(), "*", " ")
    cells = zip(row.max(-1), marks, row.argmax(-1), strict=True)
    return [f"{most:.2f}{mark}{tokens[at]}" for most, mark, at in cells]


def _print_table(tokens, cells):
    """A row a token, a column a head; columns that do not fit go below."""
    fit = max(1, shutil.get_terminal_size().columns // COLUMN - 1)
    heads = [f"head {h}" for h in range(1, len(cells[0]) + 1)]
    for start in range(0, len(heads), fit):
        for name, row in zip(["", *tokens], [heads, *cells], strict=True):
            line = map(_column, [f"  {name}", *row[start : start + fit]])
            print("".join(line).rstrip())


def _column(text):
    """A text that takes COLUMN columns of a terminal."""
    text = text[: COLUMN - 2]
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    marks = sum(map(bool, map(unicodedata.combining, text)))
    return text.ljust(COLUMN - wide + marks)


def _shown(text):
    """A text on one line, without what could steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def main():
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("given", nargs="*", metavar="[MODEL.tflite] [TEXT ...]")
    add("--attention", action="store_true", help="show what heads look at")
    add("--json", action="store_true", help="print one JSON object a text")
    add("--threads", type=int, help="how many threads compute")
    for stream in sys.stdout, sys.stderr:
        stream.reconfigure(errors="backslashreplace")
    try:
        _classify(parser.parse_intermixed_args())
        sys.stdout.flush()
    except BadInput as error:
        print(f"classify.py: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _classify(arguments):
    """Prints what the arguments ask for."""
    texts = arguments.given
    if texts and texts[0].endswith(".tflite"):
        path, *texts = texts
    else:
        beside = Path(__file__).resolve().with_name("model.tflite")
        found = list(beside.parent.glob("*.tflite"))
        path = found[0] if len(found) == 1 else beside
    if not texts and not sys.stdin.isatty():
        texts = (x.decode(errors="replace").strip() for x in sys.stdin.buffer)
    classifier, result = Classifier(path, arguments.threads), None
    for result in classifier.stream(texts, arguments.attention):
        if arguments.json:
            print(json.dumps(result, default=np.ndarray.tolist))
            continue
        odds = max(result["probabilities"].values())
        line = result["label"], f"{odds:.3f}", result["text"]
        print("\t".join(map(_shown, line)))
        if arguments.attention:
            _print_attention(result)
    if result is None:
        raise BadInput('No text was given. Say: python classify.py "a text"')


if __name__ == "__main__":
    sys.exit(main())
