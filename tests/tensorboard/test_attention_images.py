"""Pictures read back from event files."""

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.maps import capture_attention
from keras_attn.tensorboard import AttentionMaps, attention_figure

TEXTS = ["the dog saw a cat", "a dog"]
IDS = np.array([[2, 3, 4, 5, 6], [5, 3, 0, 0, 0]])


def test_no_picture_is_drawn_by_default(classifier, log, read, tmp_path, drawn):
    log(classifier, AttentionMaps(tmp_path, TEXTS))
    assert drawn == []
    assert list(read(tmp_path / "attention")) == ["attention"]


@pytest.mark.slow
def test_pictures_by_text_layer_and_step(classifier, fit, read, tmp_path):
    fit(classifier, AttentionMaps(tmp_path, TEXTS, images=True), epochs=3)
    events = read(tmp_path / "attention")
    assert set(events) == {
        "attention",
        "attention/sentence_0/attention",
        "attention/sentence_1/attention",
    }
    for values in events.values():
        assert [step for step, _ in values] == [0, 1, 2, 3]
    first, last = events["attention/sentence_0/attention"][::3]
    assert first[1].shape == last[1].shape
    assert (first[1] != last[1]).any()


def test_the_picture_shows_the_map(classifier, log, read, tmp_path, drawn):
    log(classifier, AttentionMaps(tmp_path, TEXTS, images=True))
    weights = capture_attention(classifier, IDS)["attention"]
    second = drawn[-1]
    assert second.rows == second.columns == ["a", "dog"]  # without padding
    np.testing.assert_array_equal(second.weights, weights[1, :, :2, :2])
    figure = attention_figure(
        second.weights, second.rows, second.columns, second.title
    )
    figure.canvas.draw()
    expected = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    pictures = read(tmp_path / "attention")["attention/sentence_1/attention"]
    np.testing.assert_array_equal(pictures[-1][1], expected)


def test_titles(classifier, log, tmp_path, drawn):
    labels = ["praise", 0]
    log(classifier, AttentionMaps(tmp_path, TEXTS, labels, images=True), 1)
    rows = np.asarray(classifier(IDS))
    assert len(drawn) == 4
    for index, text in enumerate(TEXTS):
        label = ["praise", "blame"][index]
        best = classifier.labels[rows[index].argmax()]
        mark = "✓" if best == label else "✗"
        title = (
            f"{text}\nattention · label: {label} · "
            f"predicted: {best} {rows[index].max():.2f} {mark} · "
        )
        assert drawn[index].title == f"{title}before training"
        assert drawn[2 + index].title == f"{title}after epoch 1"


@pytest.mark.slow
def test_titles_count_what_the_steps_count(classifier, fit, tmp_path, drawn):
    maps = AttentionMaps(tmp_path, ["a dog"], every_n_steps=2, images=True)
    fit(classifier, maps, batch_size=1)
    endings = [picture.title.split(" · ")[-1] for picture in drawn]
    assert endings == ["before training", "after batch 2"]


def test_hostile_texts(model, log, read, tmp_path, drawn):
    tokens = ["$x$", "<script>", "\u202e", "\U0001f44d", "", "w" * 200, "中"]
    text = " ".join(tokens) + "\n" + "x" * 300
    maps = AttentionMaps(
        tmp_path,
        [text],
        encode=lambda _: (np.full((1, 7), 2), [tokens]),
        images=True,
    )
    log(model, maps)
    events = read(tmp_path / "attention")
    assert len(events["attention/sentence_0/attention"]) == 1
    first_line, _ = drawn[0].title.split("\n")
    assert first_line.isprintable() and len(first_line) == 160
    (example,) = events["attention"][0][1].manifest["examples"]
    assert (example["text"], example["tokens"]) == (text, tokens)


def test_a_long_text_is_cropped_and_its_title_says_so(
    classifier, log, tmp_path, drawn
):
    maps = AttentionMaps(
        tmp_path, [TEXTS[0], "a dog"], max_tokens=3, images=True
    )
    log(classifier, maps)
    assert drawn[0].columns == ["the", "dog", "saw"]
    assert drawn[0].title.endswith("· first 3 of 5 tokens")
    assert "first" not in drawn[1].title


def test_pictures_have_at_most_48_tokens(classifier, log, tmp_path, drawn):
    log(classifier, AttentionMaps(tmp_path, ["a " * 60], images=True))
    assert len(drawn[0].rows) == len(drawn[0].columns) == 48
    assert drawn[0].title.endswith("· first 48 of 60 tokens")


def test_tokens_that_the_vectorizer_cut_are_not_shown(
    classifier, log, tmp_path, drawn
):
    classifier.vectorizer.longest = 2
    log(classifier, AttentionMaps(tmp_path, TEXTS, images=True))
    assert drawn[0].rows == ["the", "dog"]


def test_an_axis_without_tokens_is_numbered(log, read, tmp_path, drawn):
    x = keras.Input((7, 5))
    query = keras.layers.Dense(3)(keras.layers.Permute((2, 1))(x))
    query = keras.layers.Permute((2, 1))(query)  # (B, 3, 5)
    y = keras.layers.MultiHeadAttention(2, 5, name="cross")(query, x)
    model = keras.Model(x, y)
    values = np.ones((1, 7, 5), "float32")
    maps = AttentionMaps(
        tmp_path,
        ["ab cd"],
        encode=lambda texts: (values, [[*"abcdefg"]]),
        images=True,
    )
    log(model, maps)
    assert drawn[0].rows == ["0", "1", "2"]
    assert drawn[0].columns == [*"abcdefg"]
    assert "predicted" not in drawn[0].title  # (B, 3, 5) is not a class
    ((_, event),) = read(tmp_path / "attention")["attention"]
    (layer,) = event.manifest["layers"]
    assert (layer["rows"], layer["columns"]) == ("pooled", "tokens")


@pytest.mark.slow
def test_sentence_classifier(log, read, tmp_path, drawn):
    vectorizer = keras_attn.text.Vectorizer.learn(TEXTS)
    model = keras_attn.models.SentenceClassifier(
        vectorizer, ["blame", "praise"], d_model=12, num_heads=3
    )
    maps = AttentionMaps(
        tmp_path, TEXTS, layers=["encoder_block_1"], images=True
    )
    log(model, maps)
    assert set(read(tmp_path / "attention")) == {
        "attention",
        "attention/sentence_0/encoder_block_1",
        "attention/sentence_1/encoder_block_1",
    }
    assert drawn[0].columns == ["the", "dog", "saw", "a", "cat"]
