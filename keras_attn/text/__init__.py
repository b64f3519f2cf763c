"""Converting texts to ids and back, in plain Python and TensorFlow graphs."""

from keras_attn.text.encoded_text import EncodedText, TextError
from keras_attn.text.padding import PAD_ID, pad
from keras_attn.text.pairs import join_pair
from keras_attn.text.tokenization import tokenize
from keras_attn.text.vectorizer import UNK_ID, Vectorizer

__all__ = [
    "PAD_ID",
    "UNK_ID",
    "EncodedText",
    "TextError",
    "Vectorizer",
    "join_pair",
    "pad",
    "tokenize",
]
