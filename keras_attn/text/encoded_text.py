"""An encoded text, and the error for a text that cannot be encoded."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class EncodedText:
    """One text after tokenization, truncation and encoding.

    Attributes:
        ids: Int32 array of shape `(T,)`, the ids of the tokens.
        tokens: List of T strings, the tokens that the model reads.
        truncated: Boolean, whether the text had more tokens than the model
            reads.
        text: String, the original text.
    """

    ids: np.ndarray
    tokens: list[str]
    truncated: bool
    text: str


class TextError(ValueError):
    """Error for a text that has no tokens or too many.

    The message is `location` followed by `problem`. A caller that knows where
    the text came from can raise the error again with a better location:

    ```python
    try:
        encoded = vectorizer.encode_text(text)
    except TextError as error:
        raise TextError(error.problem, "reviews.csv, line 112") from None
    ```

    Args:
        problem: String, what is wrong and what to do, such as
            `"has no tokens. Remove it."`.
        location: String, identifies the text. Defaults to `"The text"`.
    """

    def __init__(self, problem, location="The text"):
        super().__init__(f"{location} {problem}")
        self.problem = problem
