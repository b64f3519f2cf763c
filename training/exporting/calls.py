"""How to call each file of an exported folder, in Markdown."""

import shlex

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
and `tokenization.json`, the rules by which a text becomes tokens:

```python
import zipfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter

with zipfile.ZipFile("{name}") as files:
    vocabulary = files.read("vocabulary.txt").decode().split("\\n")
    labels = files.read("labels.txt").decode().split("\\n")
ids = [vocabulary.index(token) for token in {tokens}]
interpreter = Interpreter("{name}")
classify = interpreter.get_signature_runner("classify")
probabilities = classify(ids=np.array([ids], np.int32))["probabilities"][0]
print(labels[probabilities.argmax()], probabilities.max())
```

The signature `explain` takes the same, and returns `attention_0`, ... too."""

_ONNX = """\
Needs `pip install onnxruntime`. Vocabulary, labels and the rules by which a
text becomes tokens are in the file's metadata:

```python
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("{name}")
files = session.get_modelmeta().custom_metadata_map
vocabulary = files["vocabulary.txt"].split("\\n")
labels = files["labels.txt"].split("\\n")
ids = [vocabulary.index(token) for token in {tokens}]
inputs = {{"ids": np.array([ids], np.int32)}}
probabilities = session.run(["probabilities"], inputs)[0][0]
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


def calls(files, example):
    """How to call the files, a section a format.

    Args:
        files: Dictionary, as in `parity.json`.
        example: List of tokens, all in the vocabulary; joined by blanks they
            are a text of these tokens.

    Returns:
        A string of Markdown with Python snippets that run in the folder.
    """
    sections = []
    text = " ".join(example)
    for title, format, how in (
        ("SavedModel", "saved_model", _SAVED_MODEL),
        ("TFLite, for the LiteRT runtime", "tflite", _COMMAND + _TFLITE),
        ("ONNX", "onnx", _ONNX),
    ):
        names = [n for n, f in files.items() if f["format"] == format]
        if not names:
            continue
        filled = how.format(
            name=names[0],
            text=repr(text),
            quoted=shlex.quote(text),
            tokens=repr(example),
        )
        others = _others(names)
        sections.append(f"### {title}\n\n{filled}{others}")
    return "\n\n".join(sections)


def _others(names):
    if len(names) == 1:
        return ""
    listed = ", ".join(f"`{name}`" for name in names[1:])
    return f"\n\n{listed}: called in the same way."
