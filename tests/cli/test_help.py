"""What the command says of itself."""

from __future__ import annotations

import pytest
from typer.main import get_command

from digest.cli.app import app

ALL = get_command(app).commands
COMMANDS = sorted({*ALL} - {"feeds"}) + [f"feeds {name}" for name in sorted(ALL["feeds"].commands)]


def test_the_commands_are_those_that_others_call():
    assert [
        "backup",
        "check",
        "demo",
        "deploy",
        "doctor",
        "epub",
        "extract",
        "group",
        "parse",
        "prune",
        "restore",
        "run",
        "send",
        "serve",
        "site",
        "status",
        "summarize",
        "templates",
        "verify",
        *(f"feeds {name}" for name in ("add", "check", "export", "import", "list", "remove")),
    ] == COMMANDS


@pytest.mark.parametrize("command", ["", "feeds", *COMMANDS])
def test_every_command_explains_itself_without_a_project(project, command):
    project.settings.unlink()
    done = project.run(*command.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: digest {command}".strip() in done.stdout
    assert len(done.stdout.split("Usage:")[1].splitlines()) > 3


def test_a_command_that_is_none_and_no_command_at_all_are_wrong_usage(project):
    unknown = project.run("summarise")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "No such command 'summarise'" in unknown.stderr
    nothing = project.run()
    assert nothing.returncode == 2
    assert "Start with" in nothing.stdout


def test_the_version_is_told(project):
    assert project.run("--version").stdout.startswith("digest 0.")
