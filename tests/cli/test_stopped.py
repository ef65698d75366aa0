"""Runs that are killed or stopped anywhere: the next one makes the edition as if nothing had been.

The process is a real one, and so is the signal.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from digest.store.store import Store

RUN = ["run", "--date", "2026-11-17"]
PATIENCE = 60


@pytest.fixture
def fresh(few_feeds, make_project):
    return make_project(few_feeds)


@pytest.fixture
def unpublished(unharmed, tmp_path):
    """A project with everything in its store, whose files are gone."""
    shutil.copytree(unharmed.folder, tmp_path / "unpublished", ignore=ignore_outputs)
    return replace(unharmed, folder=tmp_path / "unpublished")


def ignore_outputs(folder, names):
    return {"outputs"} & set(names)


def stop(project, signal_name, place, times, *arguments):
    """Runs the command, to which a signal comes at the given call of a function."""
    script = str(Path(__file__).with_name("signalled.py"))
    command = [sys.executable, script, signal_name, place, str(times)]
    with project.start(*arguments, command=command) as process:
        _, errors = process.communicate(timeout=PATIENCE)
    assert_nothing_runs_on(process)
    return process.returncode, errors


def start_and_wait(project, articles):
    """Starts a run, and comes back when so many articles are in its store."""
    process = project.start(*RUN)
    deadline = time.monotonic() + PATIENCE
    with Store.open(store_of(project)) as store:
        while store.counts().articles < articles:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.005)
    return process


def store_of(project):
    return f"sqlite:///{project.folder / '.digest/digest.sqlite'}"


def pages_asked(site, since):
    return [f"{site.url}{each.path}" for each in site.requests[since:] if "/2026/" in each.path]


def assert_nothing_runs_on(process):
    """Not even the processes that read pages for it."""
    deadline = time.monotonic() + PATIENCE
    while left := [pid for pid in pids() if session(pid) == process.pid]:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


def pids():
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def session(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def assert_goes_on_to_the_same(project, unharmed):
    done = project.run(*RUN)
    assert done.returncode == 0, done.stderr
    assert project.published() == unharmed.published()
    assert not (project.folder / "outputs/.staging").exists()


def test_a_run_killed_while_it_reads_goes_on_where_it_stood(fresh, unharmed, site):
    asked = len(site.requests)
    with start_and_wait(fresh, articles=3) as process:
        process.kill()
        assert process.wait(PATIENCE) == -signal.SIGKILL
    assert_nothing_runs_on(process)
    assert fresh.published() == {}

    pages = set(pages_asked(site, asked))
    with Store.open(store_of(fresh)) as store:
        kept = set(store.article_for_url(pages))
    asked = len(site.requests)
    assert_goes_on_to_the_same(fresh, unharmed)
    again = pages_asked(site, asked)
    assert len(again) == len(set(again))
    assert 3 <= len(kept) < len(kept | set(again))
    assert kept.isdisjoint(again)


def test_a_run_killed_while_it_asks_the_feeds_loses_none(fresh, unharmed):
    place = "digest.store.feeds:FeedShelf.save_check"
    assert stop(fresh, "SIGKILL", place, 2, *RUN)[0] == -signal.SIGKILL
    assert_goes_on_to_the_same(fresh, unharmed)


@pytest.mark.parametrize(
    ("place", "times"),
    [
        # The first time it is called to group, the second to choose sentences.
        ("digest.summarize.models:Encoder.encode", 2),
        ("digest.store.editions:EditionShelf.save_edition", 1),
    ],
)
def test_a_run_killed_while_it_writes_the_paragraphs_writes_the_same(
    fresh, unharmed, site, place, times
):
    assert stop(fresh, "SIGKILL", place, times, *RUN)[0] == -signal.SIGKILL
    assert fresh.published() == {}
    asked = len(site.requests)
    assert_goes_on_to_the_same(fresh, unharmed)
    assert pages_asked(site, asked) == []


@pytest.mark.parametrize(
    ("place", "times", "there"),
    [
        # Some of the files are in the staging folder …
        ("os:fsync", 3, 0),
        # … all are, and that folder is about to become the edition's …
        ("pathlib:Path.rename", 1, 0),
        # … all are in place, but the store does not know it …
        ("digest.store.editions:EditionShelf.publish_edition", 1, 7),
        # … or the archive does not.
        ("digest.stages.issue:write_archive", 1, 7),
    ],
)
def test_a_run_killed_while_it_publishes_leaves_all_files_or_none(
    unpublished, unharmed, place, times, there
):
    assert stop(unpublished, "SIGKILL", place, times, *RUN)[0] == -signal.SIGKILL
    edition = unpublished.folder / "outputs/daily/2026-11-17"
    assert len(list(edition.glob("*"))) == there
    assert_goes_on_to_the_same(unpublished, unharmed)


def test_a_rebuild_killed_between_two_files_leaves_each_of_them_whole(unharmed, tmp_path):
    shutil.copytree(unharmed.folder, tmp_path / "project")
    project = replace(unharmed, folder=tmp_path / "project")
    shutil.copytree(unharmed.folder, tmp_path / "rebuilt")
    rebuilt = replace(unharmed, folder=tmp_path / "rebuilt")
    rebuild = [*RUN, "--no-fetch", "--rebuild", "--max-stories", "2"]
    assert rebuilt.run(*rebuild).returncode == 0

    assert stop(project, "SIGKILL", "pathlib:Path.replace", 3, *rebuild)[0] == -signal.SIGKILL
    old, new, now = unharmed.published(), rebuilt.published(), project.published()
    assert all(now[name] in (old[name], new[name]) for name in old)
    assert len({name for name in old if now[name] != old[name]}) == 2
    assert_goes_on_to_the_same(project, rebuilt)


def test_ctrl_c_while_reading_ends_soon_and_in_words(fresh, unharmed):
    with start_and_wait(fresh, articles=1) as process:
        stopped = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.wait(PATIENCE) == 130
        assert time.monotonic() - stopped < 20
        errors = process.stderr.read()
    assert errors.splitlines()[2:] == ["digest: stopped; run again to go on from here"]
    assert_nothing_runs_on(process)
    assert_goes_on_to_the_same(fresh, unharmed)


def test_ctrl_c_while_writing_paragraphs_ends_in_words(fresh):
    status, errors = stop(fresh, "SIGINT", "digest.summarize.models:Encoder.encode", 2, *RUN)
    assert status == 130
    assert errors.endswith("\ndigest: stopped; run again to go on from here\n")
    assert "Traceback" not in errors
    assert fresh.published() == {}
