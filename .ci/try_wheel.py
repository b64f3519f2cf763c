"""Uses the installed wheel in an empty environment, away from the clone."""

import csv
import importlib.resources
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

REVIEWS = {
    "good": ("a good film", "i liked every minute", "great acting"),
    "bad": ("a bad film", "i left after ten minutes", "dull acting"),
}
SMALL = ["--d_model", "8", "--num_heads", "2", "--epochs", "2"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        use_library()
        use_command()
        require_no_training_package()


def use_library():
    """Import the packages, save a model and load it."""
    import keras

    import keras_attn
    import keras_attn.data
    import keras_attn.export
    import keras_attn.tensorboard
    import tensorboard_plugin_attention

    for package in (
        keras_attn,
        keras_attn.data,
        keras_attn.export,
        tensorboard_plugin_attention,
    ):
        assert "site-packages" in package.__file__, package.__file__
    recipes = importlib.resources.files("keras_attn.runs") / "recipes"
    assert (recipes / "pronouns.yaml").is_file()

    texts = [text for texts in REVIEWS.values() for text in texts]
    vectorizer = keras_attn.text.Vectorizer.learn(texts)
    model = keras_attn.models.SentenceClassifier(vectorizer, list(REVIEWS))
    expected = model.classify(["a good film"])[0].probabilities
    model.save("wheel.keras")
    loaded = keras.models.load_model("wheel.keras")
    assert loaded.classify(["a good film"])[0].probabilities == expected
    print(f"keras_attn {keras_attn.__version__} works without its clone")


def use_command():
    """Train on a CSV file and classify a text with `keras-attn`."""
    assert "train" in keras_attn_command("--help")
    with open("reviews.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for label, texts in REVIEWS.items():
            for number in range(60):
                text = texts[number % len(texts)]
                writer.writerow([f"{text} {number}", label])
    keras_attn_command("train", "reviews.csv", "--run_dir", "run", *SMALL)
    result = json.loads(Path("run/result.json").read_text(encoding="utf-8"))
    assert sum(result["split_sizes"].values()) == 120, result
    assert sorted(result["labels"]) == sorted(REVIEWS), result
    line = keras_attn_command("predict", "run", "a good film", "--json")
    assert json.loads(line)["label"] in REVIEWS, line
    print("keras-attn trains on a CSV file and predicts")


def keras_attn_command(*arguments):
    """Run the installed command; return its standard output."""
    command = Path(sys.executable).with_name("keras-attn")
    finished = subprocess.run(
        [command, *arguments], capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def require_no_training_package():
    finished = subprocess.run(
        [sys.executable, "-c", "import training"],
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 1, "the wheel installs a package `training`"
    assert "ModuleNotFoundError" in finished.stderr, finished.stderr
    print("the wheel installs no package `training`")


if __name__ == "__main__":
    main()
