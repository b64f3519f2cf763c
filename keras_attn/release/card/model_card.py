"""The model card of an export folder, its `README.md`.

Every number in it comes from the training run or was measured on the test
split.
"""

from keras_attn.release.card.dataset import dataset_section
from keras_attn.release.card.files import (
    file_list,
    latency_section,
    parity_section,
)
from keras_attn.release.card.limitations import limitations
from keras_attn.release.card.markdown import escape
from keras_attn.release.card.metrics import metrics_section
from keras_attn.release.card.provenance import provenance
from keras_attn.release.card.usage import usage
from keras_attn.text import join_pair


def render(trained, reference, parity):
    """Render the card as Markdown.

    The result is the same for the same model, data and versions, except
    between the marks `<!-- latency -->` and `<!-- /latency -->`.

    Args:
        trained: `TrainedModel`.
        reference: `keras_attn.release.proof.Reference`.
        parity: Dictionary, the content of `parity.json`.
    """
    model = trained.model
    files = parity["files"]
    dataset = escape(parity["dataset"])
    example = example_text(model.vectorizer)
    several = model.decision.is_multi_label
    sections = [
        f"# Text classifier: {dataset}",
        _summary(model),
        f"## Files\n\n{file_list(files)}",
        f"## Usage\n\n{usage(files, example, several)}",
        f"## Data\n\n{dataset_section(trained)}",
        "## Accuracy on the test split\n\n"
        + metrics_section(model.labels, reference, dataset),
        "## Exported files compared with the Keras model\n\n"
        + parity_section(parity),
        f"## Latency\n\n{latency_section(parity['latency'])}",
        f"## Limitations\n\n{limitations(model, reference)}",
        f"## Training and export\n\n{provenance(trained, parity)}",
    ]
    return "\n\n".join(sections) + "\n"


def example_text(vectorizer):
    """A text of up to four known words and one unknown word.

    It has a capital letter and a punctuation mark, which tokenization must
    handle. It is not a text of the dataset. For a model of pairs, it is a pair
    with a known word as the second text.
    """
    words = [t for t in vectorizer.vocabulary if t.isalpha()]
    known = (words or list(vectorizer.vocabulary))[:4]
    text = f"{' '.join(known).capitalize()} Xyzzy?"
    return join_pair(text, known[0]) if vectorizer.pairs else text


def _summary(model):
    number = f"one of {len(model.labels)} labels"
    if model.decision.is_multi_label:
        number = f"any number of {len(model.labels)} labels"
    what = "a pair of texts" if model.vectorizer.pairs else "a text"
    return (
        f"This model assigns {number} to {what}: "
        f"{', '.join(map(escape, model.labels))}. It also returns the "
        "probability of every label and the attention weights between the "
        "tokens. It is a small transformer encoder, built with keras\\_attn."
    )
