"""Pages in a real browser, from a disk and from a server.

Whatever a page is opened for, it must not complain, ask anybody outside, or run what a feed wrote.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from digest import subscriptions
from digest.model import Edition
from digest.sample.server import serving
from digest.settings import load
from digest.stages.issue import publish
from digest.store.store import Store

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

DIGEST = Path(sys.executable).with_name("digest")
CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)
DESKTOP, PHONE = {"width": 1000, "height": 1100}, {"width": 390, "height": 844}
PATIENCE = 20_000
"""Milliseconds in which a page shows what it should."""


# No wider: while it runs, this thread has an event loop, and other tests want one of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    with sync_api.sync_playwright() as playwright:
        program = program or playwright.chromium.executable_path
        if not Path(program).exists():
            pytest.skip("no Chromium is installed")
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path=program, args=quiet)
        yield started
        started.close()


@dataclass
class Newspaper:
    """A project whose outputs hold four days of the sample newsroom."""

    folder: Path
    editions: tuple[Edition, ...]
    """The newest first."""

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"


@pytest.fixture(scope="session")
def newspaper(
    made_once: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Newspaper:
    """One day as it is made of the newsroom's feeds; the others tell parts of it again."""
    folder = tmp_path_factory.mktemp("newspaper") / "project"
    shutil.copytree(made_once("newspaper", _make), folder)
    with Store.open(load(folder / "config/digest.yaml").store) as store:
        return Newspaper(folder, tuple(stored.edition for stored in store.editions()))


def _make(folder: Path) -> None:
    (folder / "config").mkdir(parents=True)
    with serving(CUTOFF) as site:
        (folder / "config/feeds.opml").write_bytes(subscriptions.write(site.feeds))
        values = {
            "editions": {"daily": {"title": "Morning Digest", "schedule": "0 7 * * *"}},
            "fetch": {"allow_private": True, "timeout": 3, "retries": 0},
        }
        (folder / "config/digest.yaml").write_text(yaml.safe_dump(values))
        command = [DIGEST, "run", "--date", f"{CUTOFF:%Y-%m-%d}"]
        subprocess.run(command, cwd=folder, env=_environment(), check=True, capture_output=True)
    settings = load(folder / "config/digest.yaml")
    with Store.open(settings.store) as store:
        made = store.edition("daily", f"{CUTOFF:%Y-%m-%d}")
        assert made
        newest = made.edition
        older = tuple(_day_before(newest, days) for days in (1, 2, 20))
        for each in (*older[::-1], newest):
            store.save_edition(each, [], each.cutoff)
            publish(store, each, settings.outputs, "", "0 7 * * *")


def _environment() -> dict[str, str]:
    """That of the tests without what would steer the command."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("DIGEST_", "PREFECT_"))}


def _day_before(edition: Edition, days: int) -> Edition:
    cutoff = edition.cutoff - timedelta(days=days)
    return replace(
        edition,
        slot=f"{cutoff:%Y-%m-%d}",
        start=cutoff - timedelta(days=1),
        cutoff=cutoff,
        stories=edition.stories[days % 5 :: 3],
    )


@contextmanager
def shown(project: Path) -> Iterator[str]:
    """The address at which ``digest site`` shows the outputs of a project."""
    process = subprocess.Popen(
        [DIGEST, "site", "--serve", "--port", "0"],
        cwd=project,
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().partition(" ")[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture(scope="session")
def server(newspaper: Newspaper) -> Iterator[str]:
    with shown(newspaper.folder) as address:
        yield address


@pytest.fixture(params=["from a disk", "from a server"])
def address(request: pytest.FixtureRequest, newspaper: Newspaper) -> str:
    """Where the archive is, with a slash at the end."""
    if request.param == "from a disk":
        return f"{newspaper.outputs.as_uri()}/"
    served: str = request.getfixturevalue("server")
    return served


@dataclass
class Witness:
    """What happens in a browser's window."""

    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self, context: Any) -> None:
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("dialog", self._asked)
        context.route("**/*", self._went)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _went(self, route: Any) -> None:
        url = route.request.url
        if url.startswith(("file:", "http://127.0.0.1:", "data:", "about:")):
            route.continue_()
        else:
            self.outside.append(url)
            route.abort()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Any]:
    """``open_page(url, **context options)``: a window of its own; nothing may go wrong in any."""
    witness, contexts = Witness(), []

    def open_page(url: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": DESKTOP} | options)
        context.set_default_timeout(PATIENCE)
        witness.watch(context)
        contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert witness == Witness()
