"""Classifies text with an exported .tflite file, and shows what it looked at.

    python classify.py "a good dog"
    python classify.py model.tflite --attention "a good dog"
    python classify.py --json < one_text_a_line.txt > results.jsonl

Lines are answered as they come. Needs `pip install ai-edge-litert`; the .tflite
file holds the rest, as a zip archive: vocabulary, labels, how texts become
tokens. For .onnx files `Tokenizer` needs numpy alone.
"""

import argparse
import json
import os
import re
import shutil
import sys
import unicodedata
import zipfile
from itertools import chain, islice
from pathlib import Path

FILES = ("vocabulary.txt", "labels.txt", "tokenization.json")
# Of B * T * max(T, 64), computed together: attention costs the square of T.
BATCH = 2**18
COLUMN = 16  # of the tables, in characters


class BadInput(ValueError):
    """A file or a text that cannot be used, said in one line."""


class Tokenizer:
    """Turns texts into the ids that an exported model reads.

    `files` maps `vocabulary.txt` and `tokenization.json` to their text, as a
    .onnx file's metadata does. BadInput is raised if it is for others.
    """

    def __init__(self, files):
        rules = json.loads(files["tokenization.json"])
        if rules.get("version") != 1:
            raise BadInput("It is not for this classify.py; find its own.")
        self.max_length = rules["max_length"]
        self._pad_id, self._unk_id = rules["pad_id"], rules["unk_id"]
        vocabulary = files["vocabulary.txt"].split("\n")[:-1]
        self._ids = {token: i for i, token in enumerate(vocabulary)}
        first, last = rules["surrogates"]
        self._map = dict.fromkeys(range(first, last + 1), rules["replacement"])
        for first, last, step, change in rules["lower_case"]:
            self._map |= {c: c + change for c in range(first, last + 1, step)}

        def one_of(ranges):
            return "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in ranges)

        single = one_of(rules["single_character_tokens"])
        joiner = one_of((c, c) for c in rules["joiners"])
        word = f"[^{one_of(rules['separators'])}{single}]+"
        self._token = re.compile(f"{word}(?:[{joiner}]{word})*|[{single}]")

    def tokenize(self, text):
        """The tokens of a text, also those beyond `max_length`: a list."""
        return self._token.findall(text.translate(self._map))

    def encode(self, token_lists):
        """Ids of B lists of tokens: an int32 array (B, T), padded."""
        import numpy as np  # here, so that `main` can say what is missing

        read = [tokens[: self.max_length] for tokens in token_lists]
        # From two columns on, a map with one row can only be a pooling's.
        shape = len(read), max(2, *map(len, read))
        ids = np.full(shape, self._pad_id, np.int32)
        for row, known in zip(ids, read, strict=True):
            row[: len(known)] = [self._ids.get(t, self._unk_id) for t in known]
        return ids


class Classifier:
    """A .tflite file exported by keras_attn, opened.

    So many `threads` compute; by default LiteRT decides. Raises BadInput
    if that is not positive, or the file at `path` is no such file, or damaged.
    """

    def __init__(self, path, threads=None):
        from ai_edge_litert.interpreter import Interpreter

        if threads is not None and not 0 < threads < 2**31:
            raise BadInput(f"{threads} threads: expected a positive integer.")
        files = _files_inside(path)
        self._labels = files["labels.txt"].split("\n")[:-1]
        try:
            self.tokenizer = Tokenizer(files)
            # It owns the weights, and must live as long as its signatures.
            self._interpreter = Interpreter(str(path), num_threads=threads)
            signature = self._interpreter.get_signature_runner
            self._runners = signature("classify"), signature("explain")
        except (ValueError, RuntimeError) as error:
            raise BadInput(f"{path} cannot be used: {error}") from error

    def classify(self, texts, attention=False):
        """Classifies texts: a list of what `stream` yields."""
        return list(self.stream(texts, attention))

    def stream(self, texts, attention=False):
        """Classifies an iterable of texts in their order, however many.

        Yields dictionaries: `text`; `label`, the likeliest; `probabilities`,
        from every label to a float; `tokens`, the T read; `truncated`: there
        are more. With `attention` also an array (heads, T, T) a layer, row t
        of token t, and `pooling`, (heads, T). A text without token: BadInput.
        """
        if isinstance(texts, str):
            raise TypeError("`texts` is one string. Give a list: [text].")
        texts = iter(texts)
        while window := list(islice(texts, 16 if attention else 1024)):
            yield from self._by_length(window, attention)

    def _by_length(self, texts, attention):
        """Results in the order of the texts, computed from long to short."""
        read = [(text, self.tokenizer.tokenize(text)) for text in texts]
        for text, tokens in read:
            if not tokens:
                raise BadInput(f"No word or sign is in the text {text!r:.60}.")
        results = {}
        left = sorted(range(len(read)), key=lambda i: len(read[i][1]))
        while left:
            length = min(len(read[left[-1]][1]), self.tokenizer.max_length)
            size = max(1, BATCH // (length * max(length, 64)))
            batch, left = left[-size:], left[:-size]
            answers = self._run([read[i] for i in batch], attention)
            results.update(zip(batch, answers, strict=True))
        return [results[i] for i in range(len(read))]

    def _run(self, texts, attention):
        ids = self.tokenizer.encode([tokens for _, tokens in texts])
        outputs = self._runners[attention](ids=ids)
        for i, (text, tokens) in enumerate(texts):
            odds = outputs["probabilities"][i].tolist()
            read = tokens[: self.tokenizer.max_length]
            yield {
                "text": text,
                "label": self._labels[odds.index(max(odds))],
                "probabilities": dict(zip(self._labels, odds, strict=True)),
                "tokens": read,
                "truncated": len(tokens) > len(read),
                **(_maps(outputs, i, len(read)) if attention else {}),
            }


def _maps(outputs, i, length):
    """Text i's attention without its padding."""
    names = [f"attention_{n}" for n in range(len(outputs) - 1)]
    maps = [outputs[name][i, :, :length, :length].copy() for name in names]
    if outputs[names[-1]].shape[2] > 1:  # (B, H, T or 1, T)
        return {"attention": maps}
    return {"attention": maps[:-1], "pooling": maps[-1][:, 0]}


def _files_inside(path):
    """The texts of `FILES`, by name."""
    try:
        with open(path, "rb") as file:
            if file.read(8)[4:] != b"TFL3":
                raise BadInput(f"{path} is not a TFLite file.")
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name).decode() for name in FILES}
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except (KeyError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} is incomplete: export it again.") from error


def _print(result):
    """The label; with attention all probabilities, and where heads look."""
    odds = result["probabilities"]
    line = result["label"], f"{max(odds.values()):.3f}", result["text"]
    print("\t".join(map(_shown, line)))
    if "attention" not in result:
        return
    for label in sorted(odds, key=odds.get, reverse=True):
        print(f"  {odds[label]:.3f}  {_shown(label)}")
    tokens = _numbered(result["tokens"])
    if result["truncated"]:
        print(f"It was read up to token {len(tokens)} only.")
    for layer, weights in enumerate(result["attention"], 1):
        print(f"Layer {layer}: where each token looks most (* strongest head)")
        cells = [_targets(tokens, row) for row in weights.swapaxes(0, 1)]
        _print_table(tokens, cells)
    if "pooling" in result:
        print("Pooling: how much each token counts")
        weights = result["pooling"].T.tolist()
        bars = [[f"{w:.2f} {'#' * round(9 * w)}" for w in r] for r in weights]
        _print_table(tokens, bars)


def _numbered(tokens):
    """Tells tokens apart: the second "the" becomes "2.the"."""
    counts = ((tokens[: i + 1].count(t), t) for i, t in enumerate(tokens))
    return [t if count == 1 else f"{count}.{t}" for count, t in counts]


def _targets(tokens, row):
    """What each head looks at most, from one token's weights (H, T)."""
    heads, best = zip(row.max(-1), row.argmax(-1), strict=True), row.max()
    marked = ((most, "*" if most == best else " ", at) for most, at in heads)
    return [f"{most:.2f}{mark}{tokens[at]}" for most, mark, at in marked]


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
    lines = "without a text, lines of standard input that are not blank"
    add("given", nargs="*", metavar="[MODEL.tflite] [TEXT ...]", help=lines)
    add("--attention", action="store_true", help="show what heads look at")
    add("--json", action="store_true", help="print one JSON object a text")
    add("--threads", type=int, help="how many threads compute")
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _classify(parser.parse_intermixed_args())
    except BadInput as error:
        parser.exit(2, f"classify.py: {error}\n")
    except ModuleNotFoundError as error:
        parser.exit(2, f"classify.py: {error}: pip install ai-edge-litert\n")
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _classify(arguments):
    path, texts = _model_and_texts(arguments.given)
    parts, result = [texts], None
    if not texts and sys.stdin and not sys.stdin.isatty():
        parts = _texts_as_they_come(sys.stdin.buffer)
    classifier = Classifier(path, arguments.threads)
    for part in parts:
        for result in classifier.stream(part, arguments.attention):
            if arguments.json:
                print(json.dumps(result, default=lambda w: w.tolist()))
            else:
                _print(result)
        sys.stdout.flush()
    if result is None:
        raise BadInput('No text was given. Say: python classify.py "a text"')


def _texts_as_they_come(stream):
    """Lists of lines that are not blank: those that are there to be read."""
    chunks, rest = iter(lambda: stream.read1(2**20), b""), b""
    for chunk in chain(chunks, [b"\n"]):
        *lines, rest = (rest + chunk).split(b"\n")
        lines = (line.decode(errors="replace").strip() for line in lines)
        yield list(filter(None, lines))


def _model_and_texts(given):
    """Tells a model's file, named or found beside the script, from texts."""
    if any(re.fullmatch(r"\S+\.tflite", text) for text in given[1:]):
        raise BadInput("One model's file comes first, and then the texts.")
    first = given[0].lower() if given else ""
    if first.endswith(".tflite"):
        return given[0], given[1:]
    if first.endswith((".onnx", ".keras", ".pb")):
        raise BadInput(f"A .tflite file is expected, not {given[0]}.")
    own = Path(__file__).resolve().with_name("model.tflite")
    found = [own] if own.exists() else sorted(own.parent.glob("*.tflite"))
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise BadInput(f"Name one of these files first: {names}.")
    return [*found, own][0], given


if __name__ == "__main__":
    sys.exit(main())
