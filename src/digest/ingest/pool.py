"""Reading pages on all cores, in processes that a bad page can crash or hang without harm.

Each worker is a process started for this alone and spoken to over pipes, and not a fork of or an
import into this one: so it is the same from a script, from a thread of a Prefect flow and on every
system, and a killed parent leaves no workers behind.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import LifoQueue
from types import TracebackType
from typing import Self, TypeVar

from digest.addresses import without_credentials
from digest.ingest.extract import Extracted
from digest.ingest.worker import from_json

Key = TypeVar("Key")

logger = logging.getLogger(__name__)


class Extractor:
    """``extract_page`` in ``workers`` processes (default: one a core); use it as a context manager.

    A page that takes longer than ``seconds``, or brings its process down, is given up: it counts as
    a page without text, and a new process reads the next one.
    """

    def __init__(self, workers: int | None = None, *, seconds: float = 20.0) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="extract")
        # Last in, first out: with few pages to read, few processes are started.
        self._idle: LifoQueue[_Worker] = LifoQueue()
        for _ in range(self.workers):
            self._idle.put(_Worker())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().stop()

    async def extract(
        self, html: bytes | str, url: str, content_type: str = ""
    ) -> Extracted | None:
        """Read a page while the event loop does other things."""
        return await asyncio.wrap_future(self.submit(html, url, content_type))

    def submit(
        self, html: bytes | str, url: str, content_type: str = ""
    ) -> Future[Extracted | None]:
        """Have a page read."""
        return self._threads.submit(self._read, html, url, content_type)

    def _read(self, html: bytes | str, url: str, content_type: str) -> Extracted | None:
        if isinstance(html, str):
            html, content_type = html.encode("utf-8", "replace"), "text/html; charset=utf-8"
        question = {
            "url": url,
            "content_type": content_type,
            "size": len(html),
            "seconds": self._seconds,
        }
        worker = self._idle.get()
        try:
            return from_json(worker.ask(json.dumps(question).encode() + b"\n" + html))
        except (OSError, ValueError) as error:
            logger.warning("%s was not read: %s", without_credentials(url), error)
            return None
        finally:
            self._idle.put(worker)


class _Worker:
    """One process, started when it is first asked and again after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: bytes) -> bytes:
        """Its answer, a line. Raises ``OSError`` where it died over the question."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "digest.ingest.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # In a group of its own, Ctrl-C passes it by: that is for the process that asks.
                process_group=0,
            )
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(question)
            self._process.stdin.flush()
            if answer := self._process.stdout.readline():
                return answer
        except BrokenPipeError:
            pass
        status = self.stop()
        raise OSError(f"it took too long or crashed the process that read it (status {status})")

    def stop(self) -> int:
        """Let the process end; its exit status."""
        if self._process is None:
            return 0
        self._process.communicate()
        status, self._process = self._process.returncode, None
        return status


def extract_many(
    pages: Iterable[tuple[Key, bytes | str, str]], workers: int | None = None
) -> Iterator[tuple[Key, Extracted | None]]:
    """Read pages given as (key, HTML, URL), lazily and on all cores, in the order they come.

    The key is handed back with the page. At most a few pages a core are held at a time.
    """
    with Extractor(workers) as extractor:
        waiting: deque[tuple[Key, Future[Extracted | None]]] = deque()
        for key, html, url in pages:
            waiting.append((key, extractor.submit(html, url)))
            if len(waiting) > 4 * extractor.workers:
                first, page = waiting.popleft()
                yield first, page.result()
        for key, page in waiting:
            yield key, page.result()
