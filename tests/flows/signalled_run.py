"""A flow run that gets a signal: ``python signalled_run.py SIGNAL MODULE:NAME TIMES MARK``.

It is what a worker starts in place of ``python -m prefect.engine``. The signal comes when that
function is called for that time, and only if the file MARK is not there yet: so the first attempt
is hit, and those after it are not.
"""

from __future__ import annotations

import runpy
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from signalled import send_at

if __name__ == "__main__":
    number, place, times, mark = sys.argv[1:]
    if not Path(mark).exists():
        Path(mark).touch()
        send_at(signal.Signals[number], place, int(times))
    del sys.argv[1:]
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
