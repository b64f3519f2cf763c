"""All settings of a training run, their defaults and their limits."""

from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from keras_attn._checks import did_you_mean
from keras_attn.export.formats import NAMES as EXPORT_FORMATS
from keras_attn.runs.errors import UserError

Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(ge=0, lt=1)]
Fraction = Annotated[float, Field(gt=0, lt=0.5)]
Positive = Annotated[float, Field(gt=0)]


class Settings(BaseModel):
    """One flat table. The order of the fields is that of `--help`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Data
    dataset: str = Field(description="TFDS name, or a CSV, TSV or JSONL file")
    data_dir: str | None = Field(
        None, description="TFDS folder; TFDS's own by default"
    )
    test_file: str | None = Field(
        None, description="test sentences, beside a dataset that is a file"
    )
    text_column: str | None = Field(
        None, description="column or feature of the text; found by default"
    )
    label_column: str | None = Field(
        None, description="column or feature of the label; found by default"
    )
    validation_fraction: Fraction = Field(
        0.1, description="share cut from training where nothing is set aside"
    )
    vocabulary_size: Count = Field(
        20_000, description="most tokens in the vocabulary"
    )
    min_count: Count = Field(
        2, description="occurrences a token needs to be in the vocabulary"
    )
    max_length: Annotated[int, Field(ge=1, le=65_536)] = Field(
        512, description="tokens read of a text; the rest is cut off"
    )

    # Model
    num_layers: Count = Field(1, description="encoder blocks")
    d_model: Count | None = Field(
        None, description="width of the model; by the texts' length by default"
    )
    num_heads: Count | None = Field(
        None, description="attention heads of a block; d_model / 32 by default"
    )
    feed_forward_dim: Count | None = Field(
        None, description="hidden width of a block; 2 d_model by default"
    )
    dropout: Rate = Field(0.4, description="dropout rate")
    position: Literal[
        *("sinusoidal", "learned", "rotary", "relative_bias", "alibi", "none")
    ] = Field("sinusoidal", description="what tells where a token stands")
    # Within a sentence most columns of base 10,000 hardly turn.
    position_base: Positive = Field(
        100.0, description="base of the sinusoidal and rotary wavelengths"
    )
    score: Literal["dot", "scaled_dot", "cosine", "bilinear", "additive"] = (
        Field("scaled_dot", description="how tokens are scored in attention")
    )
    pooling: Literal["mean", "max", "first", "attention"] = Field(
        "mean", description="how a sentence is made of its tokens"
    )

    # Training
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(
        0, description="seed of everything random"
    )
    epochs: Count | None = Field(
        None, description="passes over the data; by its size by default"
    )
    batch_size: Count = Field(64, description="most sentences in a batch")
    tokens_per_batch: Count = Field(
        4096, description="most tokens in a batch, padding counted"
    )
    learning_rate: Positive = Field(2e-3, description="highest learning rate")
    weight_decay: Annotated[float, Field(ge=0)] = Field(
        0.01, description="decoupled weight decay of the matrices"
    )
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = Field(
        "float32", description="Keras precision policy"
    )

    # What is left behind
    map_sentences: Annotated[int, Field(ge=0)] = Field(
        4, description="sentences whose attention is shown in TensorBoard"
    )
    map_every: Count = Field(
        1, description="epochs between two records of their attention"
    )
    export: tuple[Literal[*EXPORT_FORMATS], ...] = Field(
        (), description="formats to export to; may be given several times"
    )

    @model_validator(mode="after")
    def _heads_share_the_width(self):
        sized = self.d_model is not None and self.num_heads is not None
        if sized and self.d_model % self.num_heads:
            raise ValueError(
                f"d_model={self.d_model} is no multiple of "
                f"num_heads={self.num_heads}. Choose other sizes."
            )
        return self


def resolve(recipe, given):
    """Defaults < recipe < command line.

    Args:
        recipe: Path of a YAML file, name of a recipe of ours, or None.
        given: Dictionary of the settings of the command line.

    Returns:
        A `Settings`.

    Raises:
        UserError: If a setting is unknown or out of range, or there is no
            dataset.
    """
    values = {**(read_recipe(recipe) if recipe else {}), **given}
    if "dataset" not in values:
        raise UserError(
            "No dataset. Give --dataset NAME, --dataset FILE.csv, or --recipe "
            f"with one of {', '.join(recipe_names())}."
        )
    return checked(values)


def checked(values):
    """`Settings` of a dictionary.

    Raises:
        UserError: If a value is out of range, or two do not fit each other.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        raise UserError(_reason(error.errors()[0], values)) from None


def _reason(error, values):
    if not error["loc"]:  # settings that do not fit each other
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    message = error["msg"].lower()
    return f"Setting {name}: {message}. Received: {name}={values[name]!r}."


def read_recipe(recipe):
    """The settings of a recipe, as a dictionary; see `resolve`."""
    path = Path(recipe)
    if not path.exists() and str(recipe) in recipe_names():
        path = _recipes() / f"{recipe}.yaml"
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise UserError(
            f"No recipe {recipe}: neither a file nor one of "
            f"{', '.join(recipe_names())}."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{recipe} is no YAML file: {reason}") from None
    if not isinstance(values, dict):
        raise UserError(
            f"{recipe} holds no settings: expected lines like `epochs: 5`."
        )
    for name in values:
        if name not in Settings.model_fields:
            raise UserError(f"{recipe}: {unknown(name)}")
    return values


def unknown(name):
    """Return a message for a name that is not that of a setting."""
    hint = did_you_mean(name, Settings.model_fields)
    return f"no setting {name!r}.{hint}"


def recipe_names():
    """Names of the recipes that come with the package."""
    return sorted(p.name.removesuffix(".yaml") for p in _recipes().iterdir())


def _recipes():
    return resources.files("keras_attn.runs") / "recipes"


def write_settings(settings, path):
    """Writes all settings as a recipe that repeats the run."""
    text = yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False)
    Path(path).write_text(text, encoding="utf-8")


def located(settings):
    """The same settings, with whole paths, to be read from any folder."""
    is_there = {
        "dataset": Path.is_file,  # a name of TFDS may be that of a folder too
        "test_file": Path.is_file,
        "data_dir": Path.is_dir,
    }
    found = {
        name: str(Path(value).absolute())
        for name, check in is_there.items()
        if (value := getattr(settings, name)) and check(Path(value))
    }
    return settings.model_copy(update=found)
