"""A flow run that gets a signal: ``python signalled_run.py SIGNAL COUNTER MODULE:NAME…``.

It is what a worker starts in place of ``python -m prefect.engine``. The first attempt gets the
signal when it calls the first of these functions, the second at the second of them, and so on;
those that come after are left alone. COUNTER is a file that counts the attempts.
"""

from __future__ import annotations

import runpy
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from signalled import send_at

if __name__ == "__main__":
    number, counter, *places = sys.argv[1:]
    with Path(counter).open("a+") as attempts:
        attempts.seek(0)
        before = len(attempts.read())
        attempts.write(".")
    if before < len(places):
        send_at(signal.Signals[number], places[before], 1)
    del sys.argv[1:]
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
