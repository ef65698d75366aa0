"""Header lines of a mail that say on arrival what they said when they were written.

The standard library's own types lose spaces where they fold names and subjects that are not ASCII,
and encode an address that is longer than a line, which no program for mail then takes for one.
"""

from __future__ import annotations

from email.charset import SHORTEST, Charset
from email.header import Header
from email.headerregistry import HeaderRegistry, UniqueAddressHeader, UniqueUnstructuredHeader
from email.policy import SMTP, Policy

_LINE = 78
"""Characters a header line should have (RFC 5322, 2.1.1)."""
# By itself its way of writing headers is what any package in this process (apprise is one) has made
# it for all, and the same mail would have other bytes.
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = SHORTEST


class _Words(UniqueUnstructuredHeader):
    name: str

    def fold(self, *, policy: Policy) -> str:
        line = f"{self.name}: {self}"
        if not _is_plain(line):
            line = f"{self.name}: {_encoded(str(self), self.name, policy)}"
        return line + policy.linesep


class _Person(UniqueAddressHeader):
    name: str

    def fold(self, *, policy: Policy) -> str:
        (person,) = self.addresses
        line = f"{self.name}: {person}"
        if person.display_name and not _is_plain(line):
            name = _encoded(person.display_name, self.name, policy)
            # A line with encoded words in it has 76 characters at most (RFC 2047, 2).
            line = f"{self.name}: {name}{policy.linesep} <{person.addr_spec}>"
        return line + policy.linesep


class _Verbatim(UniqueUnstructuredHeader):
    name: str

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _is_plain(line: str) -> bool:
    return line.isascii() and len(line) <= _LINE


def _encoded(text: str, name: str, policy: Policy) -> str:
    return Header(text, _UTF8, header_name=name).encode(linesep=policy.linesep)


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for kind, names in (
        (_Words, ("subject",)),
        (_Person, ("from", "to")),
        (_Verbatim, ("list-id", "list-unsubscribe")),
    ):
        for name in names:
            # Header types are mixins, which the type hints of the standard library do not say.
            registry.map_to_type(name, kind)  # type: ignore[arg-type]
    return registry


ASCII = SMTP.clone(header_factory=_registry())
"""How a mail is written that every server takes."""
UNICODE = ASCII.clone(utf8=True)
"""How one is written whose addresses are not ASCII (RFC 6532)."""
