"""A process that runs one system of a comparison whenever it is asked to.

    python -m training.benchmark.worker MODULE FUNCTION ARGUMENTS_AS_JSON

The function returns a system: an object with a method `run()`, the work to be
timed, and, optionally, `results()`, a dictionary of arrays that must equal
those of its rivals. Requests and answers are lines of JSON. See `Worker` in
`training.benchmark.timing` for the other side.
"""

import importlib
import json
import os
import resource
import sys
import time

import numpy as np


def main():
    answers = _own_stdout()
    module, function, arguments = sys.argv[1:]
    module = importlib.import_module(module)
    system = getattr(module, function)(**json.loads(arguments))
    _answer(answers, {"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        if "results" in request:
            np.savez(request["results"], **system.results())
            _answer(answers, {})
        else:
            _answer(answers, _timed(system, request["seconds"]))


def _timed(system, at_least):
    """Run the system for at least this many seconds of wall time, or once."""
    count, returned = 0, None
    began, cpu = time.perf_counter(), time.process_time()
    while not count or time.perf_counter() - began < at_least:
        returned = system.run()
        count += 1
    return {
        "wall": (time.perf_counter() - began) / count,
        "cpu": (time.process_time() - cpu) / count,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "returned": returned,
    }


def _own_stdout():
    """Keep stdout for the answers; what libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _answer(answers, content):
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
