"""All settings of a training run, in groups, with defaults and limits."""

import csv
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from keras_attn.export.formats import NAMES as EXPORT_FORMATS
from keras_attn.layers.pooling import NAMES as POOLINGS
from keras_attn.layers.positions import NAMES as POSITIONS
from keras_attn.layers.scores import NAMES as SCORES
from keras_attn.runs.errors import UserError
from keras_attn.text.tokenization import TOKENS


def _split_labels(value):
    """Split `a,b` from the command line; quotes protect a comma, as in CSV."""
    if not isinstance(value, str):
        return value
    (labels,) = csv.reader([value], skipinitialspace=True) if value else ((),)
    return tuple(label.strip() for label in labels)


Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(ge=0, lt=1)]
Fraction = Annotated[float, Field(gt=0, lt=0.5)]
Positive = Annotated[float, Field(gt=0)]

Position = Literal[*POSITIONS, "none"]
Score = Literal[*SCORES]
Pooling = Literal[*POOLINGS]
ExportFormat = Literal[*EXPORT_FORMATS]
Tokens = Literal[*TOKENS]
Labels = Annotated[tuple[str, ...], BeforeValidator(_split_labels)]


class DataSettings(BaseModel):
    """Which texts are read, and how they become ids."""

    dataset: str = Field(description="TFDS name, or a CSV, TSV or JSONL file")
    data_dir: str | None = Field(
        None, description="folder of the TFDS datasets  [TFDS's default]"
    )
    test_file: str | None = Field(
        None, description="file of test texts, if the dataset is a file"
    )
    text_column: str | None = Field(
        None, description="column or feature with the text  [detected]"
    )
    label_column: str | None = Field(
        None, description="column or feature with the label  [detected]"
    )
    pair_column: str | None = Field(
        None, description="column with the second text, for pairs of texts"
    )
    multi_label: bool = Field(
        False, description="a text may have any number of labels"
    )
    label_separator: Annotated[str, Field(min_length=1)] = Field(
        ",", description="what separates the labels of a text"
    )
    skip_empty: bool = Field(
        False, description="leave out rows of files without any tokens"
    )
    labels: Labels = Field(
        (), description="labels to use, as in a,b; others are left out  [all]"
    )
    drop_unknown_labels: bool = Field(
        False, description="leave out test texts with labels not in training"
    )
    validation_fraction: Fraction = Field(
        0.1, description="share of training texts held out per missing split"
    )
    tokens: Tokens | None = Field(
        None,
        description="how texts are split  [words; characters if there are no "
        "spaces between words]",
    )
    vocabulary_size: Count = Field(
        20_000, description="maximum number of tokens in the vocabulary"
    )
    min_count: Count = Field(
        2, description="minimum count of a token to be in the vocabulary"
    )
    max_length: Annotated[int, Field(ge=1, le=65_536)] = Field(
        512, description="maximum number of tokens per text; the rest is cut"
    )


class ModelSettings(BaseModel):
    """The layers of the model and their sizes."""

    num_layers: Count = Field(1, description="number of encoder blocks")
    d_model: Count | None = Field(
        None, description="width of the model  [depends on length of texts]"
    )
    num_heads: Count | None = Field(
        None, description="attention heads per block  [d_model / 32]"
    )
    feed_forward_dim: Count | None = Field(
        None, description="hidden width of the feed-forward layers  [2 d_model]"
    )
    dropout: Rate = Field(0.4, description="dropout rate")
    position: Position = Field("sinusoidal", description="positional encoding")
    # Within a short text most columns of base 10,000 hardly change.
    position_base: Positive = Field(
        100.0, description="base of the sinusoidal and rotary wavelengths"
    )
    score: Score = Field("scaled_dot", description="attention score")
    pooling: Pooling = Field(
        "mean", description="how token vectors become one text vector"
    )

    @model_validator(mode="after")
    def _heads_share_the_width(self):
        sized = self.d_model is not None and self.num_heads is not None
        if sized and self.d_model % self.num_heads:
            raise ValueError(
                "`d_model` must be a multiple of `num_heads`. Received: "
                f"d_model={self.d_model}, num_heads={self.num_heads}."
            )
        return self


class FitSettings(BaseModel):
    """How the model is trained."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(
        0, description="random seed"
    )
    epochs: Count | None = Field(
        None, description="passes over the data  [depends on number of texts]"
    )
    batch_size: Count = Field(
        64, description="maximum number of texts per batch"
    )
    tokens_per_batch: Count = Field(
        4096, description="maximum number of tokens per batch, with padding"
    )
    learning_rate: Positive = Field(2e-3, description="peak learning rate")
    class_weights: Literal["balanced"] | None = Field(
        None, description="give all labels the same share of the loss"
    )
    calibrate: bool = Field(
        False, description="fit the temperature of probabilities on validation"
    )
    weight_decay: Annotated[float, Field(ge=0)] = Field(
        0.01, description="decoupled weight decay, for weight matrices"
    )
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = Field(
        "float32", description="Keras dtype policy during training"
    )


class OutputSettings(BaseModel):
    """What a run logs and exports."""

    map_sentences: Annotated[int, Field(ge=0)] = Field(
        4, description="number of texts whose attention maps are logged"
    )
    map_every: Count = Field(
        1, description="number of epochs between logs of the attention maps"
    )
    export: tuple[ExportFormat, ...] = Field(
        (), description="format to export to after training; may be repeated"
    )


# Pydantic lists the fields of the last base first.
class Settings(OutputSettings, FitSettings, ModelSettings, DataSettings):
    """All settings as one flat table, in the order of `--help`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def checked(values):
    """`Settings` from a dictionary.

    Raises:
        UserError: If a value is out of range, or two contradict each other.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        raise UserError(_reason(error.errors()[0], values)) from None


def _reason(error, values):
    if not error["loc"]:  # settings that contradict each other
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    message = error["msg"].lower()
    return f"Setting {name}: {message}. Received: {name}={values[name]!r}."
