"""What others may rely on: names, signatures, and examples that run."""

import doctest
import importlib
import inspect
import pkgutil

import keras
import pytest

import keras_attn

PUBLIC = {
    "keras_attn": ["layers", "maps", "models", "ops", "optimizers", "text"],
    "keras_attn.ops": [
        "additive_scores",
        "alibi_slopes",
        "angle_rates",
        "attention",
        "attention_weights",
        "bilinear_scores",
        "cosine_scores",
        "distance_mask",
        "dot_scores",
        "first_token",
        "length_mask",
        "masked_max",
        "masked_mean",
        "positional_encoding",
        "relative_buckets",
        "relative_distances",
        "rotary_embedding",
        "scaled_dot_scores",
    ],
    "keras_attn.layers": [
        "AdditiveScore",
        "AlibiBias",
        "AttentionPooling",
        "BilinearScore",
        "CosineScore",
        "DecoderBlock",
        "DotProductScore",
        "EncoderBlock",
        "FeedForward",
        "FirstTokenPooling",
        "LearnedPositionalEncoding",
        "MaskedMaxPooling",
        "MaskedMeanPooling",
        "MultiHeadAttention",
        "MultiHeadSelfAttention",
        "Pooling",
        "PositionBias",
        "PositionalEncoding",
        "RelativePositionBias",
        "RotaryEmbedding",
        "ScaledDotProductScore",
        "Score",
    ],
    "keras_attn.models": [
        "Classification",
        "Decision",
        "SentenceClassifier",
        "TextEncoder",
    ],
    "keras_attn.optimizers": ["AdamW"],
    "keras_attn.text": [
        "PAD_ID",
        "UNK_ID",
        "EncodedText",
        "TextError",
        "Vectorizer",
        "join_pair",
        "pad",
        "tokenize",
    ],
    "keras_attn.data": [
        "ColumnError",
        "Corpus",
        "DataError",
        "LengthBatches",
        "Split",
        "load_corpus",
    ],
    "keras_attn.maps": [
        "attention_mass",
        "attention_model",
        "call_with_attention",
        "capture_attention",
        "record_attention",
    ],
    "keras_attn.plots": ["attention_figure"],
    "keras_attn.tensorboard": [
        "AttentionMaps",
        "ReferentAttention",
        "attention_figure",
        "attention_html",
        "attention_summary",
    ],
    "tensorboard_plugin_attention": [
        "AttentionWriter",
        "attention_html",
        "encode_attention",
    ],
    "keras_attn.export": [
        "BOUNDS",
        "Bound",
        "Parity",
        "ParityError",
        "export_onnx",
        "export_saved_model",
        "export_tflite",
        "open_exported",
    ],
}
# Names that other people's code relies on, with their leading arguments.
SIGNATURES = {
    "ops.angle_rates": "d_model base=10000.0",
    "ops.attention": "query key value mask=None",
    "ops.positional_encoding": "length d_model base=10000.0",
    "layers.PositionalEncoding": "base=10000.0 dropout=0.0",
    "layers.MultiHeadAttention": (
        "num_heads key_dim=None value_dim=None dropout=0.0 use_bias=True"
    ),
    "layers.MultiHeadSelfAttention": (
        "num_heads key_dim=None score='scaled_dot' dropout=0.0"
    ),
    "models.SentenceClassifier": (
        "vectorizer labels num_layers=2 d_model=128 num_heads=4"
    ),
    "maps.attention_model": "model layers=None heads=None",
    "maps.capture_attention": "model inputs layers=None heads=None",
    "tensorboard.AttentionMaps": "log_dir texts",
    "tensorboard.attention_html": "weights tokens path",
    "tensorboard.attention_summary": "name weights tokens step=None",
    "export.export_saved_model": "model path",
    "export.export_tflite": "model path",
}
WITH_EXAMPLES = (
    "keras_attn.ops",
    "keras_attn.layers",
    "keras_attn.models",
    "keras_attn.text",
    "tensorboard_plugin_attention",
)


@pytest.mark.parametrize("module", PUBLIC)
def test_exported_names(module):
    module = importlib.import_module(module)
    assert sorted(module.__all__) == sorted(PUBLIC[module.__name__])
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name):
    module, attribute = name.split(".")
    module = importlib.import_module(f"keras_attn.{module}")
    parameters = inspect.signature(getattr(module, attribute)).parameters
    expected = SIGNATURES[name].split()
    found = [
        p.name if p.default is p.empty else f"{p.name}={p.default!r}"
        for p in parameters.values()
    ]
    assert found[: len(expected)] == expected


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_documented(module):
    module = importlib.import_module(module)
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name


def submodules():
    for part in WITH_EXAMPLES:
        package = importlib.import_module(part)
        for info in pkgutil.walk_packages(
            package.__path__, f"{package.__name__}."
        ):
            yield info.name


@pytest.mark.parametrize("name", list(submodules()))
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write files
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module)
    assert failed == 0


@pytest.mark.parametrize(
    "name", [n for m in ("layers", "models") for n in PUBLIC[f"keras_attn.{m}"]]
)
def test_layers_and_models_are_registered_and_have_an_example(name):
    cls = getattr(keras_attn.layers, name, None) or getattr(
        keras_attn.models, name
    )
    if name in ("Classification", "Decision"):
        return
    assert keras.saving.get_registered_name(cls) == f"keras_attn>{name}"
    assert ">>> " in inspect.getdoc(cls)


@pytest.mark.parametrize("name", ["data", "export", "plots", "tensorboard"])
def test_heavy_parts_come_when_they_are_named(name):
    module = importlib.import_module(f"keras_attn.{name}")
    assert keras_attn.__getattr__(name) is module


def test_no_other_names_come():
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        keras_attn.missing  # noqa: B018


def test_version_comes_from_the_installed_package():
    assert keras_attn.__version__.count(".") == 2
