import pytest

from keras_attn.text.spacing import are_unspaced


@pytest.mark.parametrize(
    "text",
    [
        "ร้านนี้อาหารดีมาก!",
        "これはペンです。",
        "我喜歡狗",
        "ခွေးကောင်း",
        "ឆ្កែល្អ",
        "agooddogandabadcat",
    ],
)
def test_texts_without_spaces(text):
    assert are_unspaced([text])


@pytest.mark.parametrize(
    "text",
    [
        "a good dog , isn't it ?",
        "Donaudampfschifffahrt ist ein sehr langes Wort",
        "tämä epäjärjestelmällisyys on hyvin harvinainen sana",
        "나는 개를 좋아한다",
        "мы любим собак",
        "नमस्ते दुनिया",
        "I say 我喜歡 to a dog",
        "! ? .",
        "",
    ],
)
def test_texts_with_spaces(text):
    assert not are_unspaced([text])
