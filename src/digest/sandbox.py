"""Templates that may be a reader's own, or a stranger's: what they can do, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Folder(FileSystemLoader):
    """Says of a file that is no text which one it is, and where."""

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """As ``FileSystemLoader`` does."""
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as problem:
            line = problem.object.count(b"\n", 0, problem.start) + 1
            file = str(Path(self.searchpath[0], template))
            raise TemplateSyntaxError("is not UTF-8", line, template, file) from None


def sandbox(*loaders: BaseLoader, autoescape: bool) -> Environment:
    """Templates of these loaders, the first that has one; none of them can run code."""
    return ImmutableSandboxedEnvironment(**_options(loaders, autoescape))


def trusted(*loaders: BaseLoader, autoescape: bool) -> Environment:
    """The same for templates that come with this program: they are not watched, which takes half
    of the time of a page."""
    return Environment(**_options(loaders, autoescape))  # noqa: S701  # the caller says


def _options(loaders: Sequence[BaseLoader], autoescape: bool) -> dict[str, Any]:
    return {
        "loader": ChoiceLoader(loaders),
        "autoescape": autoescape,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "keep_trailing_newline": True,
    }


def flaw_of(problem: Exception, name: str, folder: Path) -> str:
    """Where in ``folder`` the template ``name`` went wrong, and what was wrong there."""
    if isinstance(problem, TemplateSyntaxError):
        return f"{problem.filename}, line {problem.lineno}: {problem.message}"
    # Jinja puts the template's own lines into the traceback.
    steps = extract_tb(problem.__traceback__)
    inside = [step for step in steps if Path(step.filename).is_relative_to(folder)]
    where = f"{inside[-1].filename}, line {inside[-1].lineno}" if inside else f"{folder}: {name}"
    return f"{where}: {_what(problem)}"


def _what(problem: Any) -> str:
    if isinstance(problem, TemplateNotFound):
        return f"there is no template {problem.name}"
    return str(problem) or type(problem).__name__
