"""Classify texts with an exported .tflite file, and show its attention.

    python classify.py "a good dog"
    python classify.py model.tflite --attention "a good dog"
    python classify.py --json < one_text_per_line.txt > results.jsonl

Each line is classified as soon as it is read. A model of pairs takes two texts
separated by a tab, or twice as many arguments. Needs `pip install
ai-edge-litert`. The .tflite file contains everything else, as a zip archive:
vocabulary, labels and tokenization rules. For .onnx files, `Tokenizer` needs
only numpy.
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
# Only in files of a model with several labels per text.
THRESHOLDS = "thresholds.txt"
SEPARATOR = "[SEP]"  # never a token of a text
# The largest B * T * max(T, 64) of a batch: attention costs T squared.
BATCH = 2**18
COLUMN = 16  # width of a table's columns, in characters


class BadInput(ValueError):
    """A file or a text that cannot be used; the message is one line."""


class Tokenizer:
    """Turns texts into the ids that an exported model takes.

    `files` maps `vocabulary.txt` and `tokenization.json` to their content, as
    does the metadata of an .onnx file. Raises BadInput if the rules have
    another version.
    """

    def __init__(self, files):
        rules = json.loads(files["tokenization.json"])
        if rules.get("version") not in (1, 2, 3):
            raise BadInput(
                "This model was exported with a different version of "
                "classify.py. Use the one in its own folder."
            )
        self.max_length = rules["max_length"]
        self._pad_id, self._unk_id = rules["pad_id"], rules["unk_id"]
        vocabulary = files["vocabulary.txt"].split("\n")[:-1]
        self._ids = {token: i for i, token in enumerate(vocabulary)}
        self._normalize = Normalizer(rules).normalize
        separator = rules.get("pair_separator")
        self._separator = None if separator is None else chr(separator)

        def one_of(ranges):
            return "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in ranges)

        separators = one_of(rules["separators"])
        single = one_of(rules["single_character_tokens"])
        joiner = one_of((c, c) for c in rules["joiners"])
        word = f"[^{separators}{single}]+"
        pattern = f"{word}(?:[{joiner}]{word})*|[{single}]"
        if rules.get("tokens") == "characters":
            pattern = f"[^{separators}]"
        self._token = re.compile(pattern)

    @property
    def takes_pairs(self):
        """Whether each text is a pair of texts, separated by a tab."""
        return self._separator is not None

    def tokenize(self, text):
        """Return all tokens of a text, including those beyond `max_length`.

        Raises BadInput for a text that is not a pair if the model takes pairs.
        """
        texts = text.split(self._separator) if self.takes_pairs else [text]
        if len(texts) != 1 + self.takes_pairs:
            raise BadInput(
                f"The text {text!r:.60} is not a pair. Expected two texts, "
                "separated by one tab."
            )
        first, *second = [
            self._token.findall(self._normalize(part)) for part in texts
        ]
        return [*first, SEPARATOR, *second[0]] if second else first

    def read(self, tokens):
        """Return the tokens that the model reads, at most `max_length`.

        In a pair, the longer text is cut first.
        """
        if not self.takes_pairs:
            return tokens[: self.max_length]
        end, room = tokens.index(SEPARATOR), self.max_length - 1
        first, second = tokens[:end], tokens[end + 1 :]
        first = first[: max(room - len(second), room - room // 2)]
        return [*first, SEPARATOR, *second[: room - len(first)]]

    def encode(self, token_lists):
        """Return the ids of B lists of tokens: int32 (B, T), padded."""
        import numpy as np  # here, so that `main` can report that it is missing

        read = [self.read(tokens) for tokens in token_lists]
        # With at least two columns, a map with one row must be a pooling's.
        shape = len(read), max(2, *map(len, read))
        ids = np.full(shape, self._pad_id, np.int32)
        for row, known in zip(ids, read, strict=True):
            row[: len(known)] = [self._ids.get(t, self._unk_id) for t in known]
        return ids


class Normalizer:
    """Maps a text to lower case and, in files of version 2, to plain NFC.

    It uses the tables in `rules`, not those of this Python: every version of
    Unicode gives the same result.
    """

    def __init__(self, rules):
        first, last = rules["surrogates"]
        changed = dict.fromkeys(range(first, last + 1), rules["replacement"])
        for kind in "lower_case", "typography":
            for first, last, step, change in rules.get(kind, ()):
                codes = range(first, last + 1, step)
                changed |= {c: c + change for c in codes}
        parts = {
            first + i: each
            for first, listed in rules.get("decompositions", ())
            for i, each in enumerate(listed)
        }

        def mapped(code_point):
            if code_point not in parts:
                return chr(changed.get(code_point, code_point))
            return "".join(map(mapped, parts[code_point]))

        self._map = changed | {c: mapped(c) for c in parts}
        never = set(rules.get("not_composed", ()))
        self._pairs = {
            tuple(map(chr, pair)): chr(code_point)
            for code_point, pair in parts.items()
            if len(pair) == 2 and code_point not in never
        }
        self._classes = {
            chr(c): number
            for first, last, number in rules.get("combining_classes", ())
            for c in range(first, last + 1)
        }

    def normalize(self, text):
        """Return a text in its normal form."""
        text = text.translate(self._map)
        if text.isascii() or not self._pairs:
            return text
        found, starter, last = [], None, 0
        for c in self._ordered(text):
            own = self._classes.get(c, 0)
            # A mark of the same or a higher class in between blocks.
            if starter is not None and (last < own if own else last == 0):
                composed = self._composed(found[starter], c)
                if composed:
                    found[starter] = composed
                    continue
            if not own:
                starter = len(found)
            found.append(c)
            last = own
        return "".join(found)

    def _ordered(self, text):
        """Yield the characters; marks after the same letter by their class."""
        marks = []
        for c in text:
            if c in self._classes:
                marks.append(c)
                continue
            yield from sorted(marks, key=self._classes.get)
            marks = []
            yield c
        yield from sorted(marks, key=self._classes.get)

    def _composed(self, a, b):
        """Return the composition of two characters, or None."""
        first, second = ord(a) - 0xAC00, ord(b) - 0x11A7
        if 0 <= first < 11172 and first % 28 == 0 and 0 < second < 28:
            return chr(ord(a) + second)  # Hangul: section 3.12 of Unicode
        first, second = ord(a) - 0x1100, ord(b) - 0x1161
        if 0 <= first < 19 and 0 <= second < 21:
            return chr(0xAC00 + (first * 21 + second) * 28)
        return self._pairs.get((a, b))


class Classifier:
    """A .tflite file that was exported by keras_attn.

    `threads` is the number of threads to compute with; by default, LiteRT
    decides. Raises BadInput if it is not positive, or if `path` is missing,
    damaged or was not exported by keras_attn.
    """

    def __init__(self, path, threads=None):
        from ai_edge_litert.interpreter import Interpreter

        if threads is not None and not 0 < threads < 2**31:
            raise BadInput(
                "`threads` must be a positive integer. Received: "
                f"threads={threads}."
            )
        files = _files_inside(path)
        self._labels = files["labels.txt"].split("\n")[:-1]
        self._thresholds = None
        if THRESHOLDS in files:
            self._thresholds = [*map(float, files[THRESHOLDS].split())]
        try:
            self.tokenizer = Tokenizer(files)
            # Owns the weights, and must live as long as its signatures.
            self._interpreter = Interpreter(str(path), num_threads=threads)
            signature = self._interpreter.get_signature_runner
            self._runners = signature("classify"), signature("explain")
        except (ValueError, RuntimeError) as error:
            raise BadInput(f"{path} cannot be opened: {error}") from error

    def classify(self, texts, attention=False):
        """Classify texts; return a list of what `stream` yields."""
        return list(self.stream(texts, attention))

    def stream(self, texts, attention=False):
        """Classify any number of texts, in their order.

        Yields dictionaries with `text`; `label`, the most probable label;
        `probabilities`, from label to float; `tokens`, the T tokens read; and
        `truncated`, whether the text has more. If a text may have several
        labels, also `labels`, the list of its labels. With `attention`, also
        `attention`, one array (heads, T, T) per layer, in which row t is the
        attention of token t, and, for attention pooling, `pooling`, (heads, T).
        Raises BadInput for a text that cannot be classified.
        """
        if isinstance(texts, str):
            raise TypeError(
                "`texts` must be a list of strings. Received: one string. "
                "Pass a list: [text]."
            )
        texts = iter(texts)
        while window := list(islice(texts, 16 if attention else 1024)):
            yield from self._by_length(window, attention)

    def _by_length(self, texts, attention):
        """Return results in the order of the texts, computed longest first."""
        read = [(text, self.tokenizer.tokenize(text)) for text in texts]
        for text, tokens in read:
            # An empty text of a pair leaves the separator at an end.
            if not tokens or SEPARATOR in (tokens[0], tokens[-1]):
                where = " in one of its parts" if tokens else ""
                raise BadInput(
                    f"The text {text!r:.60} has no tokens{where}. Remove it."
                )
        results = {}
        left = sorted(range(len(read)), key=lambda i: len(read[i][1]))
        while left:
            length = min(len(read[left[-1]][1]), self.tokenizer.max_length)
            size = max(1, BATCH // (length * max(length, 64)))
            batch, left = left[-size:], left[:-size]
            computed = self._run([read[i] for i in batch], attention)
            results.update(zip(batch, computed, strict=True))
        return [results[i] for i in range(len(read))]

    def _run(self, texts, attention):
        ids = self.tokenizer.encode([tokens for _, tokens in texts])
        outputs = self._runners[attention](ids=ids)
        for i, (text, tokens) in enumerate(texts):
            odds = outputs["probabilities"][i].tolist()
            read = self.tokenizer.read(tokens)
            yield {
                "text": text,
                "label": self._labels[odds.index(max(odds))],
                "probabilities": dict(zip(self._labels, odds, strict=True)),
                "tokens": read,
                "truncated": len(tokens) > len(read),
                **self._decided(odds),
                **(_maps(outputs, i, len(read)) if attention else {}),
            }

    def _decided(self, odds):
        """Return the labels of a text, if there may be several."""
        if self._thresholds is None:
            return {}
        rows = zip(self._labels, odds, self._thresholds, strict=True)
        return {"labels": [name for name, p, least in rows if p >= least]}


def _maps(outputs, i, length):
    """Return the attention of text i, without padding."""
    names = [f"attention_{n}" for n in range(len(outputs) - 1)]
    maps = [outputs[name][i, :, :length, :length].copy() for name in names]
    if outputs[names[-1]].shape[2] > 1:  # (B, H, T or 1, T)
        return {"attention": maps}
    return {"attention": maps[:-1], "pooling": maps[-1][:, 0]}


def _files_inside(path):
    """Return the content of `FILES`, by name."""
    try:
        with open(path, "rb") as file:
            if file.read(8)[4:] != b"TFL3":
                raise BadInput(f"{path} is not a TFLite file.")
        with zipfile.ZipFile(path) as archive:
            names = [*FILES, *({THRESHOLDS} & set(archive.namelist()))]
            return {name: archive.read(name).decode() for name in names}
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except (KeyError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} is incomplete: export it again.") from error


def _print(result):
    """Print the label; with attention, also all probabilities and tables.

    Several labels, or none, are printed with their probabilities in one column.
    """
    odds = result["probabilities"]
    labels = result.get("labels", [result["label"]])
    line = (
        ", ".join(labels) or "-",
        ", ".join(f"{odds[label]:.3f}" for label in labels) or "-",
        result["text"],
    )
    print("\t".join(map(_shown, line)))
    if "attention" not in result:
        return
    for label in sorted(odds, key=odds.get, reverse=True):
        print(f"  {odds[label]:.3f}  {_shown(label)}")
    tokens = _numbered(result["tokens"])
    if result["truncated"]:
        print(f"Only the first {len(tokens)} tokens were read.")
    for layer, weights in enumerate(result["attention"], 1):
        print(f"Layer {layer}: where each token attends (* strongest head)")
        cells = [_targets(tokens, row) for row in weights.swapaxes(0, 1)]
        _print_table(tokens, cells)
    if "pooling" in result:
        print("Pooling: the weight of each token")
        weights = result["pooling"].T.tolist()
        bars = [[f"{w:.2f} {'#' * round(9 * w)}" for w in r] for r in weights]
        _print_table(tokens, bars)


def _numbered(tokens):
    """Number repeated tokens: the second "the" becomes "2.the"."""
    counts = ((tokens[: i + 1].count(t), t) for i, t in enumerate(tokens))
    return [t if count == 1 else f"{count}.{t}" for count, t in counts]


def _targets(tokens, row):
    """Return each head's strongest target, from a token's weights (H, T)."""
    heads, best = zip(row.max(-1), row.argmax(-1), strict=True), row.max()
    marked = ((most, "*" if most == best else " ", at) for most, at in heads)
    return [f"{most:.2f}{mark}{tokens[at]}" for most, mark, at in marked]


def _print_table(tokens, cells):
    """Print one row per token and one column per head, wrapped to fit."""
    fit = max(1, shutil.get_terminal_size().columns // COLUMN - 1)
    heads = [f"head {h}" for h in range(1, len(cells[0]) + 1)]
    for start in range(0, len(heads), fit):
        for name, row in zip(["", *tokens], [heads, *cells], strict=True):
            line = map(_column, [f"  {name}", *row[start : start + fit]])
            print("".join(line).rstrip())


def _column(text):
    """Cut or pad a text to COLUMN columns of a terminal."""
    text = _shown(text)[: COLUMN - 2]
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    marks = sum(map(bool, map(unicodedata.combining, text)))
    return text.ljust(COLUMN - wide + marks)


def _shown(text):
    """Return a text on one line, with control characters as escapes."""

    def escaped(c):
        visible = c.isprintable() or unicodedata.category(c) == "Zs"
        return c if visible else c.encode("unicode_escape").decode()

    return "".join(map(escaped, text))


def main():
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    lines = "default: the lines of standard input that are not blank"
    add("given", nargs="*", metavar="[MODEL.tflite] [TEXT ...]", help=lines)
    add("--attention", action="store_true", help="also print attention")
    add("--json", action="store_true", help="print one JSON object per text")
    add("--threads", type=int, help="number of threads to compute with")
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _classify(parser.parse_intermixed_args())
    except BadInput as error:
        parser.exit(2, f"classify.py: {error}\n")
    except ModuleNotFoundError as error:
        parser.exit(2, f"classify.py: {error}: pip install ai-edge-litert\n")
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has stopped
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _classify(arguments):
    path, texts = _model_and_texts(arguments.given)
    parts, result = [texts], None
    if not texts and sys.stdin and not sys.stdin.isatty():
        parts = _available_lines(sys.stdin.buffer)
    classifier = Classifier(path, arguments.threads)
    if classifier.tokenizer.takes_pairs and "\t" not in "".join(texts):
        parts = [_joined_pairs(texts)] if texts else parts
    for part in parts:
        for result in classifier.stream(part, arguments.attention):
            if arguments.json:
                print(json.dumps(result, default=lambda w: w.tolist()))
            else:
                _print(result)
        sys.stdout.flush()
    if result is None:
        raise BadInput('No text was given. Run: python classify.py "a text"')


def _joined_pairs(texts):
    """Join the first text with the second, the third with the fourth, ..."""
    if len(texts) % 2:
        raise BadInput(
            f"This model takes pairs of texts. Received: {len(texts)} texts."
        )
    return list(map("\t".join, zip(texts[::2], texts[1::2], strict=True)))


def _available_lines(stream):
    """Yield lists of the non-blank lines that can be read without waiting."""
    chunks, rest = iter(lambda: stream.read1(2**20), b""), b""
    for chunk in chain(chunks, [b"\n"]):
        *lines, rest = (rest + chunk).split(b"\n")
        lines = (line.decode(errors="replace").strip() for line in lines)
        yield list(filter(None, lines))


def _model_and_texts(given):
    """Return the model, given or next to this script, and the texts."""
    if any(re.fullmatch(r"\S+\.tflite", text) for text in given[1:]):
        raise BadInput("Give one model file, before the texts.")
    first = given[0].lower() if given else ""
    if first.endswith(".tflite"):
        return given[0], given[1:]
    if first.endswith((".onnx", ".keras", ".pb")):
        raise BadInput(f"Expected a .tflite file. Received: {given[0]}.")
    own = Path(__file__).resolve().with_name("model.tflite")
    found = [own] if own.exists() else sorted(own.parent.glob("*.tflite"))
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise BadInput(f"Choose a model; give its name first: {names}.")
    return [*found, own][0], given


if __name__ == "__main__":
    sys.exit(main())
