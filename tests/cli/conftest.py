"""The installed ``digest`` command, run as a person runs it: a process in a project folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from digest import subscriptions
from digest.model import Feed
from digest.sample.server import Site, serving

SLOT = "2026-11-17"
CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)
DIGEST = str(Path(sys.executable).with_name("digest"))
PATIENCE = 120
"""Seconds after which a command hangs."""


def environment(**variables: str) -> dict[str, str]:
    """That of the tests, which measures coverage, without what would steer the command."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DIGEST_", "PREFECT_"))}
    return ours | variables


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder."""

    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "config/digest.yaml"

    @property
    def subscriptions(self) -> Path:
        return self.folder / "config/feeds.opml"

    def configure(self, **settings: Any) -> None:
        """Writes the settings: those of a test, with these instead of or beside them."""
        common = {"fetch": {"allow_private": True, "timeout": 20}, "silent_after_days": 36500}
        self.settings.write_text(yaml.safe_dump(common | settings), "utf-8")

    def subscribe(self, feeds: Sequence[Feed]) -> None:
        self.subscriptions.write_bytes(subscriptions.write(feeds))

    def start(
        self, *arguments: str, command: Sequence[str] = (DIGEST,), **options: Any
    ) -> subprocess.Popen[str]:
        """Starts a command in a session of its own, so that all its processes can be found."""
        return subprocess.Popen(
            [*command, *arguments],
            cwd=self.folder,
            env=environment(),
            text=True,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(
        self, *arguments: str, stdin: str | bytes = "", **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        done = subprocess.run(
            [DIGEST, *arguments],
            cwd=self.folder,
            env=environment(**options.pop("variables", {})),
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=PATIENCE,
            **options,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def rows(self, *arguments: str, given: Iterable[Any] = ()) -> list[dict[str, Any]]:
        """What a stage command makes of JSON Lines; nothing else may be on standard output."""
        done = self.run(*arguments, stdin="".join(f"{json.dumps(row)}\n" for row in given))
        assert (done.returncode, done.stderr) == (0, "")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def published(self) -> dict[str, bytes]:
        """Every file below outputs."""
        outputs = self.folder / "outputs"
        return {
            str(path.relative_to(outputs)): path.read_bytes()
            for path in sorted(outputs.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }


def new_project(folder: Path, feeds: Sequence[Feed] = (), **settings: Any) -> Project:
    (folder / "config").mkdir(parents=True)
    project = Project(folder)
    project.configure(**settings)
    project.subscribe(feeds)
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project folder that follows nothing."""
    return new_project(tmp_path / "project")


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The sample newsroom over HTTP, of a morning that is long past."""
    with serving(CUTOFF) as served:
        yield served


@pytest.fixture(scope="session")
def first_run(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, subprocess.CompletedProcess[str]]:
    """A project that follows the whole newsroom, and its first ``digest run``."""
    settings = {"fetch": {"allow_private": True, "timeout": 3}}
    project = new_project(tmp_path_factory.mktemp("newsroom") / "project", site.feeds, **settings)
    return project, project.run("run", "--date", SLOT)


@pytest.fixture(scope="session")
def few_feeds(site: Site) -> list[Feed]:
    """A few outlets of the newsroom, which all work: enough for an edition that is made quickly."""
    titles = ("The Continental Post", "Kilowatt", "Touchline")
    return [feed for feed in site.feeds if feed.title in titles]


@pytest.fixture(scope="session")
def unharmed(few_feeds: Sequence[Feed], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that follows a few outlets, after a run that nothing stopped."""
    project = new_project(tmp_path_factory.mktemp("unharmed") / "project", few_feeds)
    assert project.run("run", "--date", SLOT).returncode == 0
    return project


@pytest.fixture
def published(
    first_run: tuple[Project, subprocess.CompletedProcess[str]], tmp_path: Path
) -> Project:
    """A copy of that project, to do anything with."""
    shutil.copytree(first_run[0].folder, tmp_path / "copy")
    return Project(tmp_path / "copy")


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """``make_project(feeds, **settings)``: as many as a test needs."""
    made: list[Project] = []

    def make(feeds: Sequence[Feed] = (), **settings: Any) -> Project:
        made.append(new_project(tmp_path / f"project {len(made)}", feeds, **settings))
        return made[-1]

    return make
