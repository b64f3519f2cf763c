"""The interface between the training engine and the kind of model it trains."""

import abc


class TaskData(abc.ABC):
    """A dataset with its vocabulary, encoded and ready to be batched.

    Attributes:
        num_examples: Integer, the number of training examples.
        num_tokens: Integer, the number of tokens in these examples.
    """

    @abc.abstractmethod
    def batches(self, part, settings, seed=None):
        """Batches for `fit` and `evaluate`.

        Args:
            part: `"train"`, `"validation"` or `"test"`.
            settings: `Settings`.
            seed: Integer to shuffle by. Defaults to `None`, no shuffling.

        Returns:
            A `keras.utils.PyDataset` like `keras_attn.data.LengthBatches`: it
            also has `epoch_callback()` and `padding_share`.
        """

    def completed(self, settings):
        """Fill in settings that were chosen when the dataset was encoded.

        Args:
            settings: `Settings`.

        Returns:
            `Settings`. Those that were already set are unchanged.
        """
        return settings

    @abc.abstractmethod
    def summary(self):
        """The lines to print before training, a list of strings."""

    @abc.abstractmethod
    def description(self):
        """The description of the data for `result.json`, a dictionary."""


class Task(abc.ABC):
    """One kind of model: its data, its loss and its results.

    The engine (`keras_attn.runs.training`) reads settings, fits, resumes,
    saves and tests every task in the same way, and calls these methods for
    everything else. A dataset is whatever `read` returns; the engine only uses
    its `name`.

    Attributes:
        model_class: The class of the trained model.
        metric: String, the metric shown in reports, one of those in
            `compile_arguments`.
    """

    model_class = None
    metric = None

    @abc.abstractmethod
    def read(self, settings):
        """Read the dataset that `settings` name.

        Raises:
            ValueError: If the data is invalid.
        """

    @abc.abstractmethod
    def fingerprint(self, dataset):
        """A string that changes whenever an example or a split changes."""

    @abc.abstractmethod
    def encode(self, dataset, settings):
        """Learn the vocabulary on the training split and encode all splits.

        Returns:
            A `TaskData`.
        """

    @abc.abstractmethod
    def build_model(self, data, settings):
        """A built model of class `model_class`, not compiled."""

    @abc.abstractmethod
    def compile_arguments(self):
        """Loss and metrics, as keyword arguments of `keras.Model.compile`."""

    @abc.abstractmethod
    def rank(self, epoch):
        """How good an epoch is; a larger value is better.

        Args:
            epoch: Dictionary from the names in Keras's logs, such as
                `"val_loss"`, to numbers or strings of numbers.
        """

    @abc.abstractmethod
    def callbacks(self, board, model, data, settings):
        """Callbacks that log to TensorBoard, next to the curves.

        Args:
            board: The run's `keras.callbacks.TensorBoard`.
            model: The model to train.
            data: `TaskData`.
            settings: `Settings`.

        Returns:
            A list of callbacks.
        """

    def finish(self, model, data, settings):
        """Choose what is chosen after training, on the validation split.

        It is called once, with the model of the best epoch.

        Args:
            model: The trained model.
            data: `TaskData`.
            settings: `Settings`.

        Returns:
            A dictionary to be added to `result.json`. Empty by default.
        """
        return {}

    def test(self, model, data, settings):
        """Test the finished model, once.

        Args:
            model: The trained model, after `finish`.
            data: `TaskData`.
            settings: `Settings`.

        Returns:
            A dictionary to be added to `result.json`. By default, it contains
            `test_loss` and `test_` followed by `metric` and by `"accuracy"`,
            if these are metrics of the model.
        """
        tested = model.evaluate(
            data.batches("test", settings), verbose=0, return_dict=True
        )
        names = dict.fromkeys((self.metric, "accuracy", "loss"))
        return {f"test_{n}": tested[n] for n in names if n in tested}

    @abc.abstractmethod
    def evaluate(self, model, dataset, split, verbose=0):
        """Evaluate a trained model on one split of a dataset.

        Args:
            model: A model of class `model_class`.
            dataset: As returned by `read`.
            split: `"train"`, `"validation"` or `"test"`.
            verbose: As in `keras.Model.predict`. Defaults to `0`, no progress
                bar.

        Returns:
            A dictionary that can be written as JSON.
        """

    @abc.abstractmethod
    def example(self, model, data):
        """One example for the report: the model's output and the true label."""
