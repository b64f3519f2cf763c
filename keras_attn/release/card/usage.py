"""The model card's section on how to call each exported file."""

import shlex

from keras_attn.export.formats import FORMATS
from keras_attn.text.pairs import TAB

_TFLITE = """\
In Python, with `classify.py` from this folder (`pip install ai-edge-litert`):

```python
from classify import Classifier

classifier = Classifier("{name}")
result = classifier.classify([{text}], attention=True)[0]
{result}
first_layer = result["attention"][0]  # (heads, tokens, tokens)
```

With ids, calling LiteRT directly. The file is also a zip archive that contains
the vocabulary, the labels and `tokenization.json`, the tokenization rules.
`Tokenizer` applies these rules and needs only numpy. Unknown words become
`[UNK]`:

```python
import zipfile

from ai_edge_litert.interpreter import Interpreter
from classify import Tokenizer

with zipfile.ZipFile("{name}") as archive:
    files = {{n: archive.read(n).decode() for n in archive.namelist()}}
tokenizer = Tokenizer(files)
ids = tokenizer.encode([tokenizer.tokenize({text})])
interpreter = Interpreter("{name}")
classify = interpreter.get_signature_runner("classify")
probabilities = classify(ids=ids)["probabilities"][0]
labels = files["labels.txt"].split("\\n")
{ids_result}
```

The signature `explain` takes the same input and also returns the attention
weights, one output per layer: `attention_0`, `attention_1`, ..."""

_ONNX = """\
Needs `pip install onnxruntime`. The file's metadata contains the vocabulary,
the labels and the tokenization rules, which `Tokenizer` in `classify.py`
applies:

```python
import onnxruntime
from classify import Tokenizer

session = onnxruntime.InferenceSession("{name}")
files = session.get_modelmeta().custom_metadata_map
tokenizer = Tokenizer(files)
ids = tokenizer.encode([tokenizer.tokenize({text})])
probabilities = session.run(["probabilities"], {{"ids": ids}})[0][0]
labels = files["labels.txt"].split("\\n")
{ids_result}
```

The outputs `attention_0`, `attention_1`, ... are the attention weights, one
per layer."""

_SAVED_MODEL = """\
Needs only `pip install tensorflow`. The input is plain text:

```python
import tensorflow as tf

model = tf.saved_model.load("saved_model")
texts = tf.constant([{text}])
result = model.signatures["serve"](texts=texts)
{graph_result}
explained = model.signatures["explain"](texts=texts)
tokens = [token.decode() for token in explained["tokens"][0].numpy()]
first_layer = explained["attention_0"][0]  # (heads, tokens, tokens)
```"""

_COMMAND = """\
On the command line, which prints one line per text:

    python classify.py --attention {name} {quoted}

"""

# How each snippet prints what the model decides, by the number of labels.
_ONE_LABEL = {
    "result": """\
print(result["label"], max(result["probabilities"].values()))""",
    "ids_result": """\
print(labels[probabilities.argmax()], probabilities.max())""",
    "graph_result": """\
label = result["label"][0].numpy().decode()
print(label, result["probabilities"][0].numpy().max())""",
}
_SEVERAL_LABELS = {
    "result": """\
print(result["labels"], result["probabilities"])""",
    "ids_result": """\
thresholds = map(float, files["thresholds.txt"].split())
decided = [p >= t for p, t in zip(probabilities, thresholds)]
print([label for label, yes in zip(labels, decided) if yes])""",
    "graph_result": """\
decided = result["decided"][0].numpy()  # booleans, in the order of the labels
print(decided, result["probabilities"][0].numpy())""",
}

_TEMPLATES = {
    "saved_model": _SAVED_MODEL,
    "tflite": _COMMAND + _TFLITE,
    "onnx": _ONNX,
}


def usage(files, text, is_multi_label=False):
    """Show how to call the files, one section per format, in Markdown.

    The Python snippets run in the export folder.

    Args:
        files: Dictionary, `files` of `parity.json`.
        text: String, the text that every snippet classifies.
        is_multi_label: Boolean, whether a text may have several labels.
            Defaults to `False`.
    """
    sections = []
    results = _SEVERAL_LABELS if is_multi_label else _ONE_LABEL
    for format in FORMATS.values():
        names = [n for n, f in files.items() if f["format"] == format.name]
        if names:
            example = _TEMPLATES[format.name].format(
                name=names[0],
                text=repr(text),
                quoted=" ".join(map(shlex.quote, text.split(TAB))),
                **results,
            )
            same = _same(names[1:])
            sections.append(f"### {format.title}\n\n{example}{same}")
    return "\n\n".join(sections)


def _same(names):
    if not names:
        return ""
    listed = ", ".join(f"`{name}`" for name in names)
    return f"\n\nThe same code works for {listed}."
