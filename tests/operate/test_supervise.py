"""Programs that are kept running and ended together: tiny Python programs, real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.model import DigestError
from digest.operate.supervise import Program, Supervisor, alone, marked, pause_after

PATIENCE = 20
SLEEP = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
FAMILY = f"""
import subprocess, sys
# As Prefect's worker starts a run: in a session of its own.
subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True)
print("up", flush=True)
{SLEEP}
"""


@pytest.fixture
def scope(tmp_path):
    """A scope of which nothing may be left after a test."""
    yield str(tmp_path)
    assert marked(str(tmp_path)) == []


@pytest.fixture
def program(tmp_path) -> Callable[..., Program]:
    def make(code: str, name: str = "the sleeper", **more) -> Program:
        return Program(name, (sys.executable, "-c", code), tmp_path / f"{name}.log", **more)

    return make


def eventually(look):
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)
    return found


def of(scope: str, count: int) -> list[int]:
    """The processes of a scope as soon as there are so many."""
    return eventually(lambda: len(found := marked(scope)) == count and found)


def said(program: Program, word: str = "up") -> None:
    eventually(lambda: program.log.exists() and word in program.log.read_text())


def gone(pid: int) -> bool:
    """Whether a process has ended, although perhaps nobody has asked how yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def test_a_program_that_is_killed_is_started_again_and_its_death_told_in_a_sentence(scope, program):
    with Supervisor(scope) as programs:
        programs.start(program(SLEEP))
        [first] = of(scope, 1)
        os.kill(first, signal.SIGKILL)
        [sentence] = eventually(programs.tend)
        assert sentence.startswith("the sleeper was ended by SIGKILL; it is started again in 1 s, ")
        assert programs.tend() == []
        assert marked(scope) == []
        eventually(lambda: programs.tend() or marked(scope))
        assert marked(scope) != [first]


def test_a_program_that_keeps_dying_is_given_longer_and_longer_pauses(scope, program, tmp_path):
    with Supervisor(scope) as programs:
        programs.start(program("print('up', flush=True); raise SystemExit(3)"))
        [first] = eventually(programs.tend)
        [second] = eventually(programs.tend)
    log = tmp_path / "the sleeper.log"
    for said, seconds in ((first, 1), (second, 2)):
        again = f"it is started again in {seconds} s, its words are in {log}"
        assert said == f"the sleeper ended with status 3; {again}"
    assert log.read_text() == "up\nup\n"


def test_pauses_grow_up_to_some_seconds():
    assert [pause_after(deaths) for deaths in range(1, 7)] == [1, 2, 4, 8, 8, 8]


def test_a_program_that_did_well_before_it_died_starts_with_a_short_pause(
    scope, program, monkeypatch
):
    monkeypatch.setattr("digest.operate.supervise.LASTING", 0.0)
    with Supervisor(scope) as programs:
        programs.start(program("raise SystemExit(3)"))
        for _ in range(2):
            assert "in 1 s" in eventually(programs.tend)[0]


def test_all_end_within_the_grace_and_those_that_will_not_are_killed(scope, program):
    obedient, deaf = program(SLEEP, "obedient"), program(f"{DEAF}\n{SLEEP}", "deaf")
    with Supervisor(scope, grace=0.5) as programs:
        programs.start(obedient)
        programs.start(deaf)
        said(deaf)
        pids = of(scope, 2)
        began = time.monotonic()
    assert 0.5 <= time.monotonic() - began < 2
    assert all(gone(pid) for pid in pids)


def test_programs_that_obey_are_not_waited_for(scope, program):
    with Supervisor(scope, grace=60) as programs:
        programs.start(program(SLEEP))
        of(scope, 1)
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_what_a_program_started_in_another_session_ends_with_it(scope, program):
    family = program(FAMILY)
    with Supervisor(scope, grace=1) as programs:
        programs.start(family)
        said(family)
        pids = of(scope, 2)
        assert len({os.getsid(pid) for pid in pids}) == 2
    assert all(gone(pid) for pid in pids)


def test_orphans_of_a_killed_program_are_ended_before_it_starts_again(scope, program):
    family = program(FAMILY)
    with Supervisor(scope, grace=1) as programs:
        programs.start(family)
        said(family)
        first = of(scope, 2)
        parent = next(pid for pid in first if f"PPid:\t{os.getpid()}\n" in status(pid))
        os.kill(parent, signal.SIGKILL)
        eventually(programs.tend)
        [orphan] = marked(scope)
        assert orphan in first
        second = eventually(lambda: programs.tend() or (len(marked(scope)) == 2 and marked(scope)))
        assert not set(first) & set(second)


def status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def test_a_program_can_be_ended_for_good_while_the_others_go_on(scope, program):
    family, other = program(FAMILY, "the worker"), program(SLEEP, "the server")
    with Supervisor(scope) as programs:
        programs.start(other)
        [server] = of(scope, 1)
        programs.start(family)
        said(family)
        of(scope, 3)
        programs.kill("the worker")
        assert marked(scope) == [server]
        assert programs.tend() == []
        programs.kill("nobody")


def test_a_start_that_is_put_off_is_made_up_for(scope, program):
    asked = []

    def third_time() -> bool:
        asked.append(len(asked))
        return len(asked) == 3

    with Supervisor(scope) as programs:
        programs.start(program(SLEEP, may_start=third_time))
        assert marked(scope) == []
        eventually(lambda: programs.tend() or marked(scope))
    assert len(asked) == 3


def test_what_a_killed_supervisor_left_is_ended_by_the_next(scope, program, tmp_path):
    code = f"""
import sys
from pathlib import Path
from digest.operate.supervise import Program, Supervisor
with Supervisor(sys.argv[1]) as programs:
    command = (sys.executable, "-c", {FAMILY!r})
    programs.start(Program("the worker", command, Path(sys.argv[1], "log")))
    {SLEEP}
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code, scope])
    eventually(lambda: (tmp_path / "log").exists() and (tmp_path / "log").read_text())
    left = of(scope, 2)
    supervisor.kill()
    supervisor.wait()
    assert set(marked(scope)) == set(left)
    with Supervisor(scope):
        assert marked(scope) == []
    assert all(gone(pid) for pid in left)


def test_ctrl_c_in_the_terminal_reaches_the_supervisor_only(scope, program):
    with Supervisor(scope) as programs:
        programs.start(program(SLEEP))
        [pid] = of(scope, 1)
        assert os.getpgid(pid) != os.getpgrp()


def test_only_one_process_holds_a_lock_and_a_killed_one_holds_it_no_more(tmp_path):
    code = f"""
import sys
from pathlib import Path
from digest.operate.supervise import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    {SLEEP}
"""
    lock = tmp_path / "folder" / "serve.lock"
    command = [sys.executable, "-c", code, str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(DigestError, match=f"as process {holder.pid}: stop that one"),
            alone(lock),
        ):
            pass
        holder.kill()
    with alone(lock):
        assert lock.read_text() == str(os.getpid())
