"""Without matplotlib, plots raise one clear error and the rest works."""

import sys

import pytest

import keras_attn
from keras_attn.tensorboard import AttentionMaps

MESSAGE = 'attention_figure needs matplotlib: pip install "keras-attn[plots]"'


@pytest.fixture
def no_matplotlib(monkeypatch):
    for name in list(sys.modules):
        if name.startswith(
            (
                "matplotlib",
                "keras_attn.plots",
                "keras_attn.tensorboard.attention_i",
            )
        ):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def use_plots():
    from keras_attn.plots import attention_figure  # noqa: F401


def use_tensorboard():
    keras_attn.tensorboard.attention_figure  # noqa: B018


def use_images():
    AttentionMaps("logs", ["a dog"], images=True)


@pytest.mark.parametrize("use", [use_plots, use_tensorboard, use_images])
def test_missing_matplotlib_is_named_in_one_line(use, no_matplotlib):
    with pytest.raises(ImportError) as error:
        use()
    assert str(error.value) == MESSAGE


def test_maps_without_images_need_no_matplotlib(no_matplotlib, tmp_path):
    AttentionMaps(tmp_path, ["a dog"])


def test_another_missing_module_is_not_reported_as_matplotlib(
    no_matplotlib, monkeypatch
):
    monkeypatch.setitem(sys.modules, "keras_attn.plots.figure", None)
    with pytest.raises(ModuleNotFoundError, match="keras_attn.plots.figure"):
        use_plots()
