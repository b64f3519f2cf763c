"""The tab's server side: what is logged, its steps, one item at a time.

Nothing is decoded here: an item goes to the page as it lies in the log. What a
client sends is only ever compared with names that the server found by itself;
it names no path, and no key of a blob, which could belong to another plugin.
`docs/plugin_http_api.md` describes the routes.

TensorBoard imports this module when it starts, whatever its user looks at, and
an exception would end it: so nothing heavy is imported, and nothing is done.
"""

import importlib.resources
import math
import time

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.data import provider
from tensorboard.plugins import base_plugin
from tensorboard.util import tb_logging
from werkzeug import wrappers

from tensorboard_plugin_attention.format import PLUGIN_NAME, parse_metadata
from tensorboard_plugin_attention.parameters import integer, shown, text

_DEFAULT_STEPS = 50
# TensorBoard's word for "all" is 0; its data providers take 0 for "none".
_ALL_STEPS = 2**31 - 1
_LARGEST_ITEM = 256 << 20
# A tensor that merely claims to be long would have a reference made for each.
_MOST_ITEMS = 10_000
# A table of our own: that of the system can be wrong, as on Windows.
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_METHODS = ("GET", "HEAD")
_REUSED_SECONDS = 1.0
_MOST_REUSED = 16  # series; one of them lists up to 500,000 items

_logger = tb_logging.get_logger()


class AttentionLoader(base_plugin.TBLoader):
    """What the entry point `tensorboard_plugins` names."""

    def fix_flags(self, flags):
        """Keeps 50 steps of a tag, not 10, unless the user says otherwise."""
        kept = getattr(flags, "samples_per_plugin", None)
        if isinstance(kept, dict):
            kept.setdefault(PLUGIN_NAME, _DEFAULT_STEPS)

    def load(self, context):
        """The plugin, or `None` where TensorBoard reads no data for it."""
        if context.data_provider is None:
            return None
        return AttentionPlugin(context)


class AttentionPlugin(base_plugin.TBPlugin):
    """Serves attention logs and the page that draws them.

    Args:
        context: The `TBContext` that TensorBoard makes. Its data provider is
            all that is read from, so that every way of loading data will do.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context):
        self._provider = context.data_provider
        hints = context.sampling_hints or {}
        self._limit = max(0, hints.get(PLUGIN_NAME, _DEFAULT_STEPS))
        self._listed = (-math.inf, None, {})  # when, experiment, its series
        self._recent = {}  # (experiment, run, tag) -> (when read, events)
        self._files = _static_files()

    def is_active(self):
        """False: TensorBoard itself sees whether there is data of ours."""
        return False

    def frontend_metadata(self):
        """The tab's name, and the module that draws it."""
        return base_plugin.FrontendMetadata(
            es_module_path="/static/index.js", tab_name="Attention"
        )

    def get_plugin_apps(self):
        """Routes, below `plugin/attention`, and what answers them."""
        return {
            "/tags": _guarded(self._tags),
            "/steps": _guarded(self._steps),
            "/blob": _guarded(self._blob),
            "/static/*": _guarded(self._static),
        }

    def _tags(self, request):
        experiment = plugin_util.experiment_id(request.environ)
        found = self._provider.list_blob_sequences(
            plugin_util.context(request.environ),
            experiment_id=experiment,
            plugin_name=PLUGIN_NAME,
        )
        self._listed = (time.monotonic(), experiment, found)
        runs = {
            run: {
                tag: {"version": parse_metadata(series.plugin_content)}
                for tag, series in tags.items()
            }
            for run, tags in found.items()
        }
        return _json(request, {"runs": runs})

    def _steps(self, request):
        steps = [
            [event.step, _finite(event.wall_time), len(event.values)]
            for event in self._events(request)
        ]
        return _json(request, {"steps": steps, "limit": self._limit})

    def _blob(self, request):
        step, item = integer(request, "step"), integer(request, "item", 0)
        events = [e for e in self._events(request) if e.step == step]
        if not events:
            raise errors.NotFoundError(
                f"step {step} of this tag, or it is not among those that "
                f"TensorBoard keeps; see --samples_per_plugin {PLUGIN_NAME}=0."
            )
        references = events[0].values
        if item >= len(references):
            raise errors.NotFoundError(
                f"item {item}; step {step} has {len(references)} of them."
            )
        context = plugin_util.context(request.environ)
        blob = self._read(context, references[item].blob_key)
        return http_util.Respond(request, blob, "application/octet-stream")

    def _read(self, context, key):
        try:
            blob = self._provider.read_blob(context, blob_key=key)
        except (LookupError, TypeError, ValueError) as error:
            # What providers raise where the tensor is not as its shape says.
            raise errors.InvalidArgumentError(
                f"the stored event is damaged: {error}"
            ) from error
        if not isinstance(blob, bytes):
            raise errors.InvalidArgumentError(
                f"the stored item holds no bytes, but {type(blob).__name__}; "
                "the event is not one of this plugin's."
            )
        if len(blob) > _LARGEST_ITEM:
            raise errors.InvalidArgumentError(
                f"the stored item has {len(blob)} bytes, more than the "
                f"{_LARGEST_ITEM} that are served; log fewer tokens or heads."
            )
        return blob

    def _events(self, request):
        """The events of the run and tag that a request names, by step.

        A page asks for many items at once: what was read is used again for a
        moment, too short for anybody to miss a step.
        """
        key = (
            plugin_util.experiment_id(request.environ),
            text(request, "run"),
            text(request, "tag"),
        )
        read, events = self._recent.get(key, (-math.inf, ()))
        if time.monotonic() - read > _REUSED_SECONDS:
            events = self._read_events(request, *key)
            if len(self._recent) >= _MOST_REUSED:
                self._recent.clear()
            self._recent[key] = (time.monotonic(), events)
        return events

    def _read_events(self, request, experiment, run, tag):
        context = plugin_util.context(request.environ)
        where = {
            "experiment_id": experiment,
            "plugin_name": PLUGIN_NAME,
            "run_tag_filter": provider.RunTagFilter([run], [tag]),
        }
        # A page that opens has just asked what there is; a provider may take
        # 40 ms to say so again.
        read, of, listed = self._listed
        series = listed.get(run, {}).get(tag)
        fresh = time.monotonic() - read <= _REUSED_SECONDS
        if series is None or of != experiment or not fresh:
            listed = self._provider.list_blob_sequences(context, **where)
            series = listed.get(run, {}).get(tag)
        if series is None:
            raise errors.NotFoundError(
                f"no attention in run {shown(run)} under tag {shown(tag)}; "
                "the route `tags` lists what there is."
            )
        if (series.max_length or 0) > _MOST_ITEMS:
            raise errors.InvalidArgumentError(
                f"an event of this tag has {series.max_length} items, more "
                f"than the {_MOST_ITEMS} that are served."
            )
        read = self._provider.read_blob_sequences(
            context, downsample=self._limit or _ALL_STEPS, **where
        )
        events = read.get(run, {}).get(tag, ())
        return sorted(events, key=lambda event: event.step)

    def _static(self, request):
        # Compared, never joined to a path: what was not found is not served.
        name = request.path.partition("/static/")[2]
        if name not in self._files:
            raise errors.NotFoundError(f"file {shown(name)}")
        file, media_type = self._files[name]
        return http_util.Respond(request, file.read_bytes(), media_type)


class _MethodNotAllowed(errors.PublicError):
    http_code = 405

    def __init__(self, method):
        super().__init__(f"{shown(method)} came; GET and HEAD are expected.")
        self.headers.append(("Allow", ", ".join(_METHODS)))


def _guarded(answer):
    """A WSGI app of a function from request to response."""

    @wrappers.Request.application
    def app(request):
        if request.method not in _METHODS:
            raise _MethodNotAllowed(request.method)
        try:
            return answer(request)
        except errors.PublicError:
            raise
        except Exception:
            # A page can show one line of text; the rest is for the log.
            _logger.exception("The attention plugin failed.")
            return http_util.Respond(
                request,
                "The attention plugin failed; TensorBoard's log tells more.",
                "text/plain",
                code=500,
            )

    return app


def _static_files():
    """The page's files: name below `static` -> (file, media type)."""
    folder = importlib.resources.files(__package__) / "static"
    return dict(_files_in(folder, "")) if folder.is_dir() else {}


def _files_in(folder, prefix):
    for entry in folder.iterdir():
        media_type = _MEDIA_TYPES.get("." + entry.name.rpartition(".")[2])
        if entry.is_dir():
            yield from _files_in(entry, f"{prefix}{entry.name}/")
        elif media_type:
            yield prefix + entry.name, (entry, media_type)


def _finite(number):
    """JSON knows no NaN; TensorBoard would write it as a string."""
    return number if math.isfinite(number) else None


def _json(request, content):
    return http_util.Respond(request, content, "application/json")
