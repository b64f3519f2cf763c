"""TensorBoard's data server in Rust, its other loader, for scripts of tests."""

# The server ends with the process that starts it, so each test runs a script in
# a process of its own. This begins the script: it reads the current folder and
# leaves `ingester`, or prints null and ends where there is no server.
START = """
import json
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util

try:
    binary = server_ingester.get_server_binary()
except server_ingester.NoDataServerError:
    print(json.dumps(None))
    raise SystemExit
ingester = server_ingester.SubprocessServerDataIngester(
    binary,
    ".",
    reload_interval=1,
    channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
    samples_per_plugin={"attention": 50},
)
ingester.start()
"""
