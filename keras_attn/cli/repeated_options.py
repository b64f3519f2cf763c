"""Options that take several values after one flag: `--to tflite onnx`."""

import click


class RepeatedOptions(click.Command):
    """A command whose repeatable options take all the choices that follow.

    `--to tflite onnx RUN` means `--to tflite --to onnx RUN`. Arguments may come
    before or after the options. An argument with the name of a choice must come
    before.
    """

    def parse_args(self, ctx, args):
        return super().parse_args(ctx, list(self._flag_for_each(args)))

    def _flag_for_each(self, words):
        choices = {
            flag: option.type.choices
            for option in self.params
            if option.multiple and isinstance(option.type, click.Choice)
            for flag in option.opts
        }
        flag, needs_value = None, False
        for word in words:
            if word.startswith("-"):
                name, equals, _ = word.partition("=")
                flag = name if name in choices else None
                needs_value = not equals
            elif flag and not needs_value:
                if word in choices[flag]:
                    yield flag
                else:
                    flag = None
            else:
                needs_value = False
            yield word
