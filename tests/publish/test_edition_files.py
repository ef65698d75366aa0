"""Whatever stops a write, a reader finds the old files or the new ones."""

import fcntl
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from digest.model import DigestError, UsageError
from digest.publish.files import write_edition, write_files
from digest.publish.place import place
from digest.publish.render import render

SLOT = Path("daily", "2026-11-23")
OLD = {f"part{n}": b"old\n" * 2000 for n in range(4)}
NEW = {name: data.replace(b"old", b"new") for name, data in OLD.items()}

WRITE = """
import sys
from pathlib import Path
from digest.model import DigestError
from digest.publish.files import write_files
files = {f"part{n}": b"new\\n" * 2000 for n in range(4)}

def write(outputs):
    try:
        write_files(Path(outputs), Path("daily", "2026-11-23"), files)
    except DigestError as error:
        sys.exit(str(error))
"""

KILLED_AT = """
import os, signal

left = int(sys.argv[2])

def killed(event, arguments):
    global left
    if event in {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

outputs = sys.argv[1]
sys.addaudithook(killed)
write(outputs)
"""

SMALL_FILES_ONLY = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
write(sys.argv[1])
"""


def found(folder):
    """The files of a folder by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def python(program, *arguments, before=()):
    return subprocess.run(
        [*before, sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_edition_lands_in_the_folder_of_its_name_and_slot(edition, tmp_path):
    files = render(edition)
    written = write_edition(tmp_path / "new" / "outputs", edition, files)
    assert written.changed
    assert written.directory == tmp_path / "new" / "outputs" / SLOT
    assert [path.name for path in written.paths] == list(files)
    assert found(written.directory) == files


def test_the_same_bytes_again_touch_nothing(tmp_path):
    first = write_files(tmp_path, SLOT, OLD)
    stamps = [path.stat().st_mtime_ns for path in first.paths]
    again = write_files(tmp_path, SLOT, OLD)
    assert not again.changed
    assert [path.stat().st_mtime_ns for path in again.paths] == stamps


def test_only_the_file_that_differs_is_replaced(tmp_path):
    paths = write_files(tmp_path, SLOT, OLD).paths
    inodes = [path.stat().st_ino for path in paths]
    assert write_files(tmp_path, SLOT, OLD | {"part2": b"new"}).changed
    same = [path.stat().st_ino == inode for path, inode in zip(paths, inodes, strict=True)]
    assert same == [True, True, False, True]


@pytest.mark.parametrize("before", [{}, OLD], ids=["a new slot", "a slot that is there"])
def test_killed_between_any_two_steps_the_files_are_whole_and_the_next_run_mends_it(
    tmp_path, before
):
    kills = 0
    for step in range(1, 60):
        outputs = tmp_path / str(step)
        if before:
            write_files(outputs, SLOT, before)
        run = python(WRITE + KILLED_AT, outputs, step)
        folder = outputs / SLOT
        if folder.exists():
            whole = found(folder)
            assert whole.keys() == NEW.keys()
            assert all(data in (before.get(name), NEW[name]) for name, data in whole.items())
        else:
            assert not before
        write_files(outputs, SLOT, NEW)
        assert found(folder) == NEW
        assert not (outputs / ".staging").exists()
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGKILL, run.stderr
        kills += 1
    assert 10 < kills < 59


@pytest.mark.parametrize("before", [{}, OLD], ids=["a new slot", "a slot that is there"])
def test_a_file_that_may_not_grow_leaves_what_was_there(tmp_path, before):
    if before:
        write_files(tmp_path, SLOT, before)
    run = python(WRITE + SMALL_FILES_ONLY, tmp_path)
    assert run.returncode == 1
    assert f"No space left for {tmp_path / SLOT}" in run.stderr
    assert "Free some space" in run.stderr
    assert (found(tmp_path / SLOT) if before else {}) == before
    assert not (tmp_path / ".staging").exists()


def test_a_full_disk_leaves_what_was_there(tmp_path):
    """On a real small disk, which only a process with its own mounts sees."""
    alone = ["unshare", "--map-root-user", "--mount"]
    mounted = [*alone, "sh", "-c", 'mount -t tmpfs -o size=40k none "$0" && exec "$@"', tmp_path]
    try:
        subprocess.run([*mounted, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"this machine lends no mount of its own: {problem}")
    program = """
outputs = Path(sys.argv[1])
write_files(outputs, Path("daily", "2026-11-22"), {"digest.txt": b"yesterday"})
(outputs / "ballast").write_bytes(bytes(20_000))
try:
    write(outputs)
finally:
    print(*sorted(str(p.relative_to(outputs)) for p in outputs.rglob("*") if p.is_file()))
    (outputs / "ballast").unlink()
    write(outputs)
    print(*sorted(p.name for p in (outputs / "daily" / "2026-11-23").iterdir()))
"""
    run = python(WRITE + program, tmp_path, before=mounted)
    assert "No space left for" in run.stderr
    assert run.stdout.splitlines() == [
        ".lock ballast daily/2026-11-22/digest.txt",
        "part0 part1 part2 part3",
    ]


def test_a_removed_slot_is_gone_and_the_others_stay(tmp_path):
    for day in ("22", "23"):
        write_files(tmp_path, Path("daily", f"2026-11-{day}"), OLD)
    there = place(tmp_path)
    for _ in range(2):
        with there.writing(SLOT):
            there.remove(SLOT)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "daily"]
    assert [path.name for path in (tmp_path / "daily").iterdir()] == ["2026-11-22"]


def test_an_outputs_folder_that_cannot_be_is_named(edition, tmp_path):
    (tmp_path / "outputs").write_text("a file")
    with pytest.raises(DigestError, match=r"Cannot write .*outputs.*choose another outputs folder"):
        write_edition(tmp_path / "outputs", edition, {"digest.txt": b""})


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "..", "/etc"])
def test_an_edition_whose_name_is_no_folder_is_refused(edition, tmp_path, name):
    with pytest.raises(UsageError, match="cannot be named"):
        write_edition(tmp_path, replace(edition, name=name), {"digest.txt": b""})
    assert list(tmp_path.iterdir()) == []


def test_two_writers_wait_for_each_other(tmp_path):
    write_files(tmp_path, SLOT, OLD)
    with (tmp_path / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        writer = threading.Thread(target=write_files, args=(tmp_path, SLOT, NEW))
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
        assert found(tmp_path / SLOT) == OLD
    writer.join(5)
    assert found(tmp_path / SLOT) == NEW
