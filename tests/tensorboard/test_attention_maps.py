"""Pictures read back from the event files that a fit has written."""

import keras
import numpy as np
import pytest

import keras_attn
from keras_attn.maps import capture_attention
from keras_attn.tensorboard import AttentionMaps, attention_figure

TEXTS = ["the dog saw a cat", "a dog"]


def test_pictures_by_sentence_layer_and_step(classifier, fit, read, tmp_path):
    fit(classifier, AttentionMaps(tmp_path, TEXTS), epochs=3)
    events = read(tmp_path / "attention")
    assert list(events) == [
        "attention/sentence_0/attention",
        "attention/sentence_1/attention",
    ]
    for pictures in events.values():
        assert [step for step, _ in pictures] == [0, 1, 2, 3]
    first, last = events["attention/sentence_0/attention"][::3]
    assert first[1].shape == last[1].shape
    assert (first[1] != last[1]).any()


def test_the_picture_is_that_of_the_map(classifier, fit, read, tmp_path, drawn):
    fit(classifier, AttentionMaps(tmp_path, TEXTS))
    ids = np.array([[2, 3, 4, 5, 6], [5, 3, 0, 0, 0]])
    weights = capture_attention(classifier, ids)["attention"]
    second = drawn[-1]
    assert second.rows == second.columns == ["a", "dog"]  # padding cropped
    np.testing.assert_array_equal(second.weights, weights[1, :, :2, :2])
    figure = attention_figure(
        second.weights, second.rows, second.columns, second.title
    )
    figure.canvas.draw()
    expected = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    pictures = read(tmp_path / "attention")["attention/sentence_1/attention"]
    np.testing.assert_array_equal(pictures[-1][1], expected)


def test_titles(classifier, fit, tmp_path, drawn):
    fit(classifier, AttentionMaps(tmp_path, TEXTS, ["praise", 0]))
    ids = np.array([[2, 3, 4, 5, 6], [5, 3, 0, 0, 0]])
    rows = np.asarray(classifier(ids))
    for index, text in enumerate(TEXTS):
        label = ["praise", "blame"][index]
        best = classifier.labels[rows[index].argmax()]
        mark = "✓" if best == label else "✗"
        assert drawn[2 + index].title == (
            f"{text}\nattention · label: {label} · "
            f"predicted: {best} {rows[index].max():.2f} {mark} · after epoch 1"
        )
    assert drawn[0].title.endswith("· before training")


def test_every_n_epochs_and_after_the_last(classifier, fit, read, tmp_path):
    maps = AttentionMaps(tmp_path, ["a dog"], every_n_epochs=2)
    fit(classifier, maps, epochs=5)
    (pictures,) = read(tmp_path / "attention").values()
    assert [step for step, _ in pictures] == [0, 2, 4, 5]


def test_a_second_fit_continues(classifier, fit, read, tmp_path):
    maps = AttentionMaps(tmp_path, ["a dog"], every_n_epochs=2)
    fit(classifier, maps, epochs=3)
    fit(classifier, maps, epochs=5, initial_epoch=3)
    (pictures,) = read(tmp_path / "attention").values()
    assert [step for step, _ in pictures] == [0, 2, 3, 4, 5]


# Keras 3.15 reads its learning rate in a way that NumPy 2 is to give up.
@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_beside_the_tensorboard_callback(classifier, fit, read, tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=False)
    fit(classifier, board, AttentionMaps(tmp_path, ["a dog"]), epochs=2)
    (pictures,) = read(tmp_path / "attention").values()
    assert [step for step, _ in pictures] == [0, 1, 2]
    curve = read(tmp_path / "train")["epoch_loss"]
    assert [step for step, _ in curve] == [0, 1]


# Keras 3.15 reads its learning rate in a way that NumPy 2 is to give up.
@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_pictures_are_written_while_others_record_nothing(
    classifier, fit, read, tmp_path
):
    # Asked to write every 7 batches, this callback switches tf.summary off
    # for everybody in between, and so loses its own curves by epoch.
    board = keras.callbacks.TensorBoard(
        tmp_path, update_freq=7, write_graph=False
    )
    fit(classifier, board, AttentionMaps(tmp_path, ["a dog"]))
    (pictures,) = read(tmp_path / "attention").values()
    assert [step for step, _ in pictures] == [0, 1]


def test_any_keras_model_with_an_encode_function(model, fit, read, tmp_path):
    def encode(texts):
        tokens = [[*text] for text in texts]
        return np.full((len(texts), 7), 2), tokens

    maps = AttentionMaps(tmp_path, ["abc", "defgh"], [0, 1], encode=encode)
    fit(model, maps)
    assert len(read(tmp_path / "attention")) == 2


def test_hostile_texts(model, fit, read, tmp_path, drawn):
    tokens = ["$x$", "<script>", "\u202e", "\U0001f44d", "", "w" * 200, "中"]
    text = " ".join(tokens) + "\n" + "x" * 300
    maps = AttentionMaps(
        tmp_path, [text], encode=lambda _: (np.full((1, 7), 2), [tokens])
    )
    fit(model, maps)
    ((_, before), (_, after)) = read(tmp_path / "attention")[
        "attention/sentence_0/attention"
    ]
    assert before.shape == after.shape
    sentence, _ = drawn[0].title.split("\n")
    assert sentence.isprintable() and len(sentence) == 160


def test_a_long_sentence_is_cropped_and_says_so(
    classifier, fit, tmp_path, drawn
):
    maps = AttentionMaps(tmp_path, [TEXTS[0], "a dog"], max_tokens=3)
    fit(classifier, maps)
    assert drawn[0].columns == ["the", "dog", "saw"]
    assert drawn[0].title.endswith("· first 3 of 5 tokens")
    assert "first" not in drawn[1].title


def test_tokens_that_the_vectorizer_cut_are_not_shown(
    classifier, fit, tmp_path, drawn
):
    classifier.vectorizer.longest = 2
    fit(classifier, AttentionMaps(tmp_path, TEXTS))
    assert drawn[0].rows == ["the", "dog"]


def test_an_axis_that_is_not_the_sentences_is_numbered(fit, tmp_path, drawn):
    x = keras.Input((7, 5))
    query = keras.layers.Dense(3)(keras.layers.Permute((2, 1))(x))
    query = keras.layers.Permute((2, 1))(query)  # (B, 3, 5)
    y = keras.layers.MultiHeadAttention(2, 5, name="cross")(query, x)
    model = keras.Model(x, y)
    model.compile("sgd", "mse")
    values = np.ones((2, 7, 5), "float32")
    maps = AttentionMaps(
        tmp_path, ["ab cd"], encode=lambda texts: (values[:1], [[*"abcdefg"]])
    )
    model.fit(values, values[:, :3], verbose=0, callbacks=[maps])
    assert drawn[0].rows == ["0", "1", "2"]
    assert drawn[0].columns == [*"abcdefg"]
    assert "predicted" not in drawn[0].title  # (B, 3, 5) is no class


def test_our_classifier(fit, read, tmp_path, drawn):
    vectorizer = keras_attn.text.Vectorizer.learn(TEXTS)
    model = keras_attn.models.SentenceClassifier(
        vectorizer, ["blame", "praise"], d_model=12, num_heads=3
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(True))
    fit(model, AttentionMaps(tmp_path, TEXTS, layers=["encoder_block_1"]))
    assert list(read(tmp_path / "attention")) == [
        "attention/sentence_0/encoder_block_1",
        "attention/sentence_1/encoder_block_1",
    ]
    assert drawn[0].columns == ["the", "dog", "saw", "a", "cat"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"texts": []}, "at least one string"),
        ({"texts": "a dog"}, "Received: 'a dog'"),
        ({"texts": [3]}, "at least one string"),
        ({"labels": [0]}, "1 labels do not fit 2 texts"),
        ({"every_n_epochs": 0}, "every_n_epochs=0"),
        ({"max_tokens": 0}, "max_tokens=0"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        AttentionMaps(**({"log_dir": tmp_path, "texts": TEXTS} | arguments))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"texts": ["a dog", ""]}, r"texts\[1\] has no tokens: ''"),
        ({"labels": ["prase", 0]}, "'prase' is none of the label names"),
        ({"labels": [2, 0]}, "label id 2 has no name"),
        ({"label_names": ["x"]}, "1 label names do not fit a model of 2"),
        ({"layers": ["decoder"]}, "No attention layer 'decoder'"),
        ({"encode": lambda texts: (texts, [])}, "0 token lists for 2 texts"),
    ],
)
def test_what_does_not_fit_the_model_stops_before_training(
    classifier, fit, tmp_path, arguments, message
):
    maps = AttentionMaps(**({"log_dir": tmp_path, "texts": TEXTS} | arguments))
    with pytest.raises(ValueError, match=message):
        fit(classifier, maps)


def test_a_model_without_vectorizer_needs_encode(model, fit, tmp_path):
    with pytest.raises(ValueError, match="has no `vectorizer`: pass `encode`"):
        fit(model, AttentionMaps(tmp_path, TEXTS))
