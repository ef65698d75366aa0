"""Reading pages in other processes, some of which die of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from itertools import count, islice
from pathlib import Path

import pytest

from digest.ingest import worker
from digest.ingest.extract import extract_page
from digest.ingest.pool import Extractor, extract_many

TEXT = "The ministers of both countries met in Seoul on Sunday and agreed on joint patrols. " * 5
URL = "https://outlet.example/{}"


def page(number: int) -> str:
    return f"""<html lang="en"><head><title>Story {number} of the day</title>
        <meta property="article:published_time" content="2026-11-22T09:30:00Z"></head>
        <body><article><p>Number {number}. {TEXT}</p><p>{TEXT}</p></article></body></html>"""


HANGS = "<html><body>" + "<p>x</p>" * 300_000


@pytest.fixture(scope="module")
def extractor():
    with Extractor(2, seconds=10) as extractor:
        yield extractor


def test_a_page_read_in_another_process_is_the_same_page(extractor):
    here = extract_page(page(1), URL.format(1))
    assert here.published is not None
    assert asyncio.run(extractor.extract(page(1), URL.format(1))) == here
    assert asyncio.run(extractor.extract(page(1).encode(), URL.format(1))) == here


def test_the_event_loop_runs_on_while_pages_are_read(extractor):
    async def run():
        ticks = 0
        reading = [
            asyncio.create_task(extractor.extract(page(n), URL.format(n))) for n in range(40)
        ]
        while not all(task.done() for task in reading):
            await asyncio.sleep(0.001)
            ticks += 1
        return ticks, [task.result() for task in reading]

    ticks, found = asyncio.run(run())
    assert ticks > 20
    assert [f"Number {n}." in read.text for n, read in enumerate(found)] == [True] * 40


def test_a_page_without_text_is_none(extractor):
    assert asyncio.run(extractor.extract("", URL.format(0))) is None


def test_an_error_nobody_foresaw_is_an_answer_too(monkeypatch):
    def failing(*_):
        raise RecursionError("too deep")

    monkeypatch.setattr(worker, "extract_page", failing)
    with pytest.raises(ValueError, match="RecursionError: too deep"):
        worker.from_json(worker._answer(b"", "", ""))


def test_a_page_that_takes_too_long_costs_only_itself(caplog):
    with Extractor(1, seconds=0.5) as extractor:
        assert asyncio.run(extractor.extract(page(1), URL.format(1))) is not None
        start = time.monotonic()
        assert asyncio.run(extractor.extract(HANGS, URL.format("hangs"))) is None
        assert time.monotonic() - start < 4
        assert "hangs was not read: it took too long" in caplog.text
        assert asyncio.run(extractor.extract(page(2), URL.format(2))) is not None


def test_a_worker_that_was_killed_is_replaced():
    with Extractor(1) as extractor:
        assert extractor.submit(page(1), URL.format(1)).result() is not None
        os.kill(extractor._idle.queue[0]._process.pid, signal.SIGKILL)
        found = [extractor.submit(page(n), URL.format(n)).result() for n in range(3)]
        assert found.count(None) == 1
        assert found[2] is not None


def test_many_pages_come_back_in_order_and_are_taken_lazily():
    taken = []

    def pages():
        for number in count():
            taken.append(number)
            yield f"key {number}", page(number), URL.format(number)

    found = list(islice(extract_many(pages(), workers=2), 20))
    assert [key for key, _ in found] == [f"key {n}" for n in range(20)]
    assert all(f"Number {n}." in read.text for n, (_, read) in enumerate(found))
    assert len(taken) < 35


def test_a_few_pages_end_with_their_source():
    found = dict(extract_many([("a", page(1), URL.format(1)), ("b", "", URL.format(2))]))
    assert found["a"].title == "Story 1 of the day"
    assert found["b"] is None


def test_workers_end_with_the_process_that_started_them():
    script = """
import time
from digest.ingest.pool import Extractor
extractor = Extractor(1)
extractor.submit("<p>x", "https://outlet.example/").result()
print(extractor._idle.queue[0]._process.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 10
    while _is_running(child):
        assert time.monotonic() < deadline, "the worker outlived its parent"
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False
