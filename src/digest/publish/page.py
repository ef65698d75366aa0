"""Templates: the built-in ones, each of which a file of the reader's own may replace.

Whoever makes a page takes ``templates: Templates = BUILT_IN`` and calls ``templates.page``, so that
a reader's folder is known only to the stage that publishes.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path, PurePath
from xml.parsers.expat import ExpatError, ParserCreate

from jinja2 import Environment, FileSystemLoader, PackageLoader
from markupsafe import Markup

from digest.publish.plain import counted
from digest.sandbox import Folder, flaw_of, sandbox, trusted


@dataclass(frozen=True)
class Templates:
    """The built-in templates; a file of the same name in ``folder`` stands in for one of them.

    Each is read once. What cannot be made with the folder's is made with the built-in ones alone,
    and ``flaws`` says why: file, line, what is wrong.
    """

    folder: Path | None = None
    flaws: list[str] = field(default_factory=list, compare=False)

    def __post_init__(self) -> None:
        if self.folder and not self.folder.is_dir():
            self._note(f"{self.folder}: there is no such folder of templates")

    def page(self, template: str, **values: object) -> bytes:
        """A whole HTML page, UTF-8, from a template that extends ``base.html``.

        The style sheet comes along, with a policy that allows nothing else.
        """

        def make(environment: Environment) -> str:
            style = _source(environment, "style.css")
            frame = {"style": Markup(style), "policy": _policy(style)}  # noqa: S704  # not a feed's
            return environment.get_template(template).render(values | frame)

        return self._made(template, make).encode()

    def fragment(self, template: str, **values: object) -> str:
        """What a template makes of the values, each of them escaped."""
        return self._made(template, lambda there: there.get_template(template).render(values))

    def xml(self, template: str, **values: object) -> bytes:
        """The same for what must be well-formed XML, UTF-8."""

        def make(environment: Environment) -> str:
            text = environment.get_template(template).render(values)
            try:
                ParserCreate().Parse(text, True)
            except ExpatError as problem:
                raise ValueError(f"what it makes is no well-formed XML, {problem}") from None
            return text

        return self._made(template, make).encode()

    def text(self, name: str) -> str:
        """A file among the templates as it stands, such as a style sheet."""
        return self._made(name, lambda there: _source(there, name))

    def warn(self, logger: logging.Logger) -> None:
        """Says the flaws that were found so far."""
        for flaw in self.flaws:
            logger.warning("%s; the built-in templates are used instead", flaw)

    def names(self) -> list[str]:
        """The names of the built-in templates that may be replaced: charts may not."""
        return [name for name in _built_in().list_templates() if not name.endswith(".svg")]

    def unused(self) -> list[str]:
        """Files of the folder that look like templates and are none, and that no other names."""
        if not self.folder:
            return []
        built_in = self.names()
        kinds = {PurePath(name).suffix for name in built_in}
        own = {
            name: (self.folder / name).read_text("utf-8", errors="replace")
            for name in FileSystemLoader(self.folder).list_templates()
            if PurePath(name).suffix in kinds
        }
        return [
            f"{self.folder / name}: no template has this name; `digest templates` names them all"
            for name in own
            if name not in built_in and not any(name in text for text in own.values())
        ]

    def _made(self, name: str, make: Callable[[Environment], str]) -> str:
        if self.folder:
            try:
                return make(self._own)
            except Exception as problem:  # a template can go wrong in every way a program can
                self._note(flaw_of(problem, name, self.folder))
        return make(_built_in())

    @cached_property
    def _own(self) -> Environment:
        assert self.folder
        return _filtering(sandbox(Folder(self.folder), _BUILT_IN, autoescape=True))

    def _note(self, flaw: str) -> None:
        if flaw not in self.flaws:
            self.flaws.append(flaw)


BUILT_IN = Templates()
fragment = BUILT_IN.fragment


_BUILT_IN = PackageLoader("digest.publish")


@cache
def _built_in() -> Environment:
    return _filtering(trusted(_BUILT_IN, autoescape=True))


def _filtering(environment: Environment) -> Environment:
    environment.filters["counted"] = counted
    return environment


def _source(environment: Environment, name: str) -> str:
    assert environment.loader
    return environment.loader.get_source(environment, name)[0]


def _policy(style: str) -> str:
    """A Content-Security-Policy that allows this style sheet by its hash and no more."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
