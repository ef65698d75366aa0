"""Keeping programs running, and ending them together with everything that they have started.

A program may put what it starts into sessions of its own, and its death makes orphans of them. So
each is started with a mark in its environment, which all that comes of it inherits: by it they are
found again, whoever their parent is, and even if the supervisor itself was killed meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.model import DigestError

MARK = "SERVED_BY_DIGEST"
"""The variable that marks a process, with the supervisor's scope and the program's name."""
LONGEST_PAUSE = 8.0
"""Seconds between the death of a program that keeps dying and its next start."""
LASTING = 30.0
"""Seconds after which a program that dies is not one that keeps dying."""
SWEEP = 2.0
"""Seconds within which a killed process is gone, unless the system itself holds it."""
_PROC = Path("/proc")


def always() -> bool:
    """A program that may be started at any time."""
    return True


@dataclass(frozen=True, slots=True)
class Program:
    """What shall run."""

    name: str
    """As a sentence calls it: ``the worker``."""
    command: tuple[str, ...]
    log: Path
    """The file that its output is added to."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside what is inherited."""
    may_start: Callable[[], bool] = always
    """Asked before each start, when nothing of an earlier one is left; no puts it off a little."""


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    """When it is to be started, if it does not run."""
    deaths: int = 0
    """In a row."""


class Supervisor:
    """Runs programs for as long as its block lasts. Call ``tend`` a few times a second.

    Two of the same ``scope`` must not be there at once (see ``alone``): each takes what carries
    its mark for its own.
    """

    def __init__(self, scope: str, grace: float = 3.0) -> None:
        """``grace``: seconds in which a program may end by itself once it is asked to."""
        self._scope = scope
        self._grace = grace
        self._children: dict[str, _Child] = {}

    def __enter__(self) -> Self:
        """Ends what a supervisor of the same scope left behind when it was killed."""
        sweep(self._mark())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Asks all programs to end, and kills them and all they started if they do not."""
        deadline = time.monotonic() + self._grace
        running = [child.process for child in self._children.values() if child.process]
        for process in running:
            process.terminate()
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.monotonic()))
        sweep(self._mark())
        for process in running:
            process.wait()

    def start(self, program: Program) -> None:
        """Starts one more and looks after it from now on."""
        child = self._children[program.name] = _Child(program)
        self._launch(child)

    def kill(self, name: str) -> None:
        """Ends a program at once, with all that it started, for good."""
        child = self._children.pop(name, None)
        if child and child.process:
            child.process.kill()
            child.process.wait()
        sweep(self._mark(name))

    def tend(self) -> list[str]:
        """Starts again what has died, after a pause; says in a sentence each what died how."""
        said = []
        for child in self._children.values():
            if child.process is None:
                if time.monotonic() >= child.due:
                    self._launch(child)
            elif (status := child.process.poll()) is not None:
                lasted = time.monotonic() - child.started > LASTING
                child.deaths = 1 if lasted else child.deaths + 1
                pause = pause_after(child.deaths)
                child.process, child.due = None, time.monotonic() + pause
                again = f"it is started again in {pause:g} s, its words are in {child.program.log}"
                said.append(f"{child.program.name} {_ending(status)}; {again}")
        return said

    def _launch(self, child: _Child) -> None:
        program = child.program
        # Two generations of one program would do the same work twice.
        sweep(self._mark(program.name))
        child.started = time.monotonic()
        if not program.may_start():
            child.due = child.started + pause_after(1)
            return
        with program.log.open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 (our own command)
                program.command,
                env=os.environ | program.environment | {MARK: self._mark(program.name)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for the supervisor alone.
                start_new_session=True,
            )

    def _mark(self, name: str = "") -> str:
        return f"{self._scope}#{name}"


def pause_after(deaths: int) -> float:
    """Seconds to wait after so many deaths in a row: one, two, four, up to the longest."""
    return float(min(2 ** (deaths - 1), LONGEST_PAUSE))


def _ending(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def sweep(mark: str) -> None:
    """Kills every process whose mark begins so, and waits until they are gone."""
    deadline = time.monotonic() + SWEEP
    # Again and again: one that is being started while we look is seen the next time.
    while (found := marked(mark)) and time.monotonic() < deadline:
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def marked(mark: str) -> list[int]:
    """The other processes whose mark begins so."""
    wanted = f" {MARK}={mark}"
    return [pid for pid, told in _environments() if wanted in told and pid != os.getpid()]


def _environments() -> Iterator[tuple[int, str]]:
    """Each process of ours with its environment, a space before every variable."""
    if not _PROC.is_dir():  # macOS
        command = ("ps", "-A", "-E", "-ww", "-o", "pid=,command=")
        listed = subprocess.check_output(command, text=True)  # noqa: S603 (no one's words)
        for line in listed.splitlines():
            pid, _, told = line.strip().partition(" ")
            yield int(pid), told
        return
    for folder in _PROC.iterdir():
        # One that has ended meanwhile, or belongs to somebody else.
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            if folder.name.isdigit():
                told = (folder / "environ").read_bytes().decode(errors="replace")
                yield int(folder.name), f" {told}".replace("\0", " ")


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Holds a lock file, which is free again as soon as this process is gone.

    Raises ``DigestError`` where another process holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DigestError(
                f"`digest serve` runs here already, as process {file.read()}: stop that one first"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
