"""``digest`` that gets a signal: ``python signalled.py SIGNAL MODULE:NAME TIMES ARGUMENT…``.

Runs the command with these arguments, and sends it the signal when that function is called for that
time: a real signal to a real process, at a place that can be chosen.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import reduce
from importlib import import_module
from itertools import count
from typing import Any


def send_at(number: signal.Signals, place: str, times: int) -> None:
    """Replaces a function or method by one that also sends the signal."""
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    owner: Any = reduce(getattr, owners, import_module(module))
    original, calls = getattr(owner, name), count(1)

    def signalling(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == times:
            os.kill(os.getpid(), number)
        return original(*args, **kwargs)

    setattr(owner, name, signalling)


if __name__ == "__main__":
    from digest.cli import main

    number, place, times, *arguments = sys.argv[1:]
    send_at(signal.Signals[number], place, int(times))
    sys.argv[1:] = arguments
    main()
