"""The server side of the Attention tab: tags, steps and single items.

Nothing is decoded here: the page receives items exactly as they are in the log.
Request parameters are only compared with names that the server itself has
found. They are never used as paths, or as blob keys, which could belong to
another plugin. `docs/plugin_http_api.md` describes the routes.

TensorBoard imports this module at every start, and an exception here would stop
it. Therefore the module imports nothing heavy and does no work on import.
"""

import contextlib
import math
import re
import time

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.data import provider
from tensorboard.plugins import base_plugin
from tensorboard.util import tb_logging
from werkzeug import wrappers

from tensorboard_plugin_attention.format import PLUGIN_NAME, parse_metadata
from tensorboard_plugin_attention.parameters import integer, shown, text
from tensorboard_plugin_attention.static_files import media_type, page_files

_DEFAULT_STEPS = 50
# On the command line, 0 means "all", but to data providers it means "none".
_ALL_STEPS = 2**31 - 1
_LARGEST_ITEM = 256 << 20
# Providers create a reference for every item that a tensor's shape declares,
# even if the items do not exist.
_MOST_ITEMS = 10_000
_METHODS = ("GET", "HEAD")
_ESCAPED_IN_JSON = re.compile(r'["\\\x00-\x1f]')
_RECENT_SECONDS = 1.0
_MOST_RECENT = 16  # results; the events of one tag list up to 500,000 items

_logger = tb_logging.get_logger()


class AttentionLoader(base_plugin.TBLoader):
    """Load the plugin, as the entry point `tensorboard_plugins` specifies."""

    def fix_flags(self, flags):
        """Keep 50 steps per tag, not 10, unless the user sets a limit."""
        kept = getattr(flags, "samples_per_plugin", None)
        if isinstance(kept, dict):
            kept.setdefault(PLUGIN_NAME, _DEFAULT_STEPS)

    def load(self, context):
        """Return the plugin, or `None` if TensorBoard has no data provider."""
        if context.data_provider is None:
            return None
        return AttentionPlugin(context)


class AttentionPlugin(base_plugin.TBPlugin):
    """Serve attention logs and the page that draws them.

    Args:
        context: `TBContext`. All data is read through its data provider, so the
            plugin works with all of TensorBoard's data loaders.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context):
        self._provider = context.data_provider
        hints = context.sampling_hints or {}
        self._limit = max(0, hints.get(PLUGIN_NAME, _DEFAULT_STEPS))
        self._recent = _Recent()
        self._files = dict(page_files())

    def is_active(self):
        """Return False: TensorBoard itself checks whether there is data."""
        return False

    def frontend_metadata(self):
        """Return the tab's name and the module that draws it."""
        return base_plugin.FrontendMetadata(
            es_module_path="/static/index.js", tab_name="Attention"
        )

    def get_plugin_apps(self):
        """Return the routes below `plugin/attention` and their handlers."""
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
        self._recent.put(("tags", experiment), found)
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
                f"step {step} of this tag. It may not be among the steps that "
                "TensorBoard keeps; --samples_per_plugin "
                f"{PLUGIN_NAME}=0 keeps all."
            )
        references = events[0].values
        if item >= len(references):
            raise errors.NotFoundError(
                f"item {item}; step {step} has {len(references)} items."
            )
        context = plugin_util.context(request.environ)
        with _readable_names(text(request, "run"), text(request, "tag")):
            blob = self._read(context, references[item].blob_key)
        return http_util.Respond(request, blob, "application/octet-stream")

    def _read(self, context, key):
        try:
            blob = self._provider.read_blob(context, blob_key=key)
        except (LookupError, TypeError, ValueError) as error:
            # Providers raise these if a tensor does not match its declared
            # shape.
            raise errors.InvalidArgumentError(
                f"the stored event is damaged: {error}"
            ) from error
        if not isinstance(blob, bytes):
            raise errors.InvalidArgumentError(
                f"the stored item is {type(blob).__name__} instead of bytes; "
                "the event was not written by this plugin."
            )
        if len(blob) > _LARGEST_ITEM:
            raise errors.InvalidArgumentError(
                f"the stored item has {len(blob)} bytes, which exceeds the "
                f"limit of {_LARGEST_ITEM}; log fewer tokens or heads."
            )
        return blob

    def _events(self, request):
        """Return the events of the requested run and tag, sorted by step."""
        experiment = plugin_util.experiment_id(request.environ)
        run, tag = text(request, "run"), text(request, "tag")
        key = ("events", experiment, run, tag)
        events = self._recent.get(key)
        if events is None:
            events = self._read_events(request, experiment, run, tag)
            self._recent.put(key, events)
        return events

    def _read_events(self, request, experiment, run, tag):
        context = plugin_util.context(request.environ)
        where = {
            "experiment_id": experiment,
            "plugin_name": PLUGIN_NAME,
            "run_tag_filter": provider.RunTagFilter([run], [tag]),
        }
        listed = self._recent.get(("tags", experiment)) or {}
        if tag not in listed.get(run, {}):
            listed = self._provider.list_blob_sequences(context, **where)
        series = listed.get(run, {}).get(tag)
        if series is None:
            raise errors.NotFoundError(
                f"attention of run {shown(run)}, tag {shown(tag)}. The route "
                "`tags` lists all runs and tags."
            )
        if (series.max_length or 0) > _MOST_ITEMS:
            raise errors.InvalidArgumentError(
                f"an event of this tag has {series.max_length} items, which "
                f"exceeds the limit of {_MOST_ITEMS}."
            )
        read = self._provider.read_blob_sequences(
            context, downsample=self._limit or _ALL_STEPS, **where
        )
        events = read.get(run, {}).get(tag, ())
        return sorted(events, key=lambda event: event.step)

    def _static(self, request):
        # The name is compared with an allow-list and never joined to a path.
        name = request.path.partition("/static/")[2]
        if name not in self._files:
            raise errors.NotFoundError(f"file {shown(name)}")
        content = self._files[name].read_bytes()
        return http_util.Respond(request, content, media_type(name))


@contextlib.contextmanager
def _readable_names(run, tag):
    """Say what to do if TensorBoard's fast loader cannot read its own key.

    Its keys are JSON, and it refuses one in which a character of the run or
    the tag is escaped.
    """
    try:
        yield
    except errors.InvalidArgumentError as error:
        names = {"run": run, "tag": tag}
        found = [
            f"{what} {shown(name)}"
            for what, name in names.items()
            if _ESCAPED_IN_JSON.search(name)
        ]
        if not found or "blob key" not in str(error):
            raise
        raise errors.InvalidArgumentError(
            "TensorBoard's fast loader cannot read names that contain a quote, "
            "a backslash or a control character, as does the "
            f"{' and the '.join(found)}. Start TensorBoard with "
            "--load_fast=false, or rename."
        ) from error


class _Recent:
    """Keep results for one second, because a page requests many items at once.

    A provider may take 40 ms to list the tags, and longer to list the events.
    """

    def __init__(self):
        self._kept = {}  # key -> (time, result)

    def get(self, key):
        """Return the result stored within the last second, or `None`."""
        stored, result = self._kept.get(key, (-math.inf, None))
        fresh = time.monotonic() - stored <= _RECENT_SECONDS
        return result if fresh else None

    def put(self, key, result):
        if key not in self._kept and len(self._kept) >= _MOST_RECENT:
            self._kept.clear()
        self._kept[key] = (time.monotonic(), result)


class _MethodNotAllowed(errors.PublicError):
    http_code = 405

    def __init__(self, method):
        super().__init__(
            f"Method {shown(method)} is not allowed; use GET or HEAD."
        )
        self.headers.append(("Allow", ", ".join(_METHODS)))


def _guarded(handler):
    """Wrap a function from request to response in a WSGI app."""

    @wrappers.Request.application
    def app(request):
        if request.method not in _METHODS:
            raise _MethodNotAllowed(request.method)
        try:
            return handler(request)
        except errors.PublicError:
            raise
        except Exception:
            # The page shows one line; the traceback goes to the log.
            _logger.exception("The attention plugin failed.")
            return http_util.Respond(
                request,
                "The attention plugin failed. See TensorBoard's log.",
                "text/plain",
                code=500,
            )

    return app


def _finite(number):
    """Return the number, or `None` for NaN and infinity (invalid in JSON)."""
    return number if math.isfinite(number) else None


def _json(request, content):
    return http_util.Respond(request, content, "application/json")
