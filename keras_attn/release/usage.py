"""How to call each file of an exported folder, in Markdown."""

import shlex

from keras_attn.export.formats import FORMATS

_TFLITE = """\
In Python, with `classify.py` of this folder (needs `pip install \
ai-edge-litert`):

```python
from classify import Classifier

classifier = Classifier("{name}")
result = classifier.classify([{text}], attention=True)[0]
print(result["label"], max(result["probabilities"].values()))
first_layer = result["attention"][0]  # (heads, tokens, tokens)
```

By hand, with ids. The file is a zip archive too, of its vocabulary, its labels
and `tokenization.json`, the rules by which a text becomes tokens. `Tokenizer`
follows them, with numpy alone; unknown words become `[UNK]`:

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
print(labels[probabilities.argmax()], probabilities.max())
```

The signature `explain` takes the same, and returns `attention_0`, ... too."""

_ONNX = """\
Needs `pip install onnxruntime`. Vocabulary, labels and the rules by which a
text becomes tokens are in the file's metadata; `Tokenizer` of `classify.py`
follows them:

```python
import onnxruntime
from classify import Tokenizer

session = onnxruntime.InferenceSession("{name}")
files = session.get_modelmeta().custom_metadata_map
tokenizer = Tokenizer(files)
ids = tokenizer.encode([tokenizer.tokenize({text})])
probabilities = session.run(["probabilities"], {{"ids": ids}})[0][0]
labels = files["labels.txt"].split("\\n")
print(labels[probabilities.argmax()], probabilities.max())
```

The outputs `attention_0`, ... are the attention, a layer each."""

_SAVED_MODEL = """\
Needs `pip install tensorflow`, and nothing else; texts go in as they are:

```python
import tensorflow as tf

model = tf.saved_model.load("saved_model")
texts = tf.constant([{text}])
answer = model.signatures["serve"](texts=texts)
label = answer["label"][0].numpy().decode()
print(label, answer["probabilities"][0].numpy().max())
explained = model.signatures["explain"](texts=texts)
tokens = [token.decode() for token in explained["tokens"][0].numpy()]
first_layer = explained["attention_0"][0]  # (heads, tokens, tokens)
```"""

_COMMAND = """\
On the command line, one line a text:

    python classify.py --attention {name} {quoted}

"""
_CALLS = {
    "saved_model": _SAVED_MODEL,
    "tflite": _COMMAND + _TFLITE,
    "onnx": _ONNX,
}


def calls(files, text):
    """How to call the files, a section a format.

    Args:
        files: Dictionary, as in `parity.json`.
        text: String, the text that every call classifies.

    Returns:
        A string of Markdown with Python snippets that run in the folder.
    """
    sections = []
    for format in FORMATS.values():
        names = [n for n, f in files.items() if f["format"] == format.name]
        if not names:
            continue
        filled = _CALLS[format.name].format(
            name=names[0],
            text=repr(text),
            quoted=shlex.quote(text),
        )
        others = _others(names)
        sections.append(f"### {format.title}\n\n{filled}{others}")
    return "\n\n".join(sections)


def _others(names):
    if len(names) == 1:
        return ""
    listed = ", ".join(f"`{name}`" for name in names[1:])
    return f"\n\n{listed}: called in the same way."
