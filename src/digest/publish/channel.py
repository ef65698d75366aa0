"""A short form of an edition for chats and webhooks, posted through apprise."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from digest.model import Edition, UsageError
from digest.publish.plain import clean
from digest.publish.smtp import Refusal
from digest.publish.view import view

if TYPE_CHECKING:
    from apprise import NotifyBase

HEADLINES = 8
"""A chat is for hearing that there is news, not for reading all of it."""

_ANSWER = re.compile(r"error=(\d{3})\b")
"""How apprise names the status that a service answered with."""
_PATIENCE = frozenset({"408", "425", "429"})
"""Of the answers 4xx, those that only ask for patience: too slow, too early, too many."""


@dataclass(frozen=True, slots=True)
class Post:
    """An edition as it is posted."""

    title: str
    standfirst: str
    headlines: tuple[tuple[str, str], ...]
    """Each with its address, which may be empty."""
    stories: int
    """Of the edition."""
    page_url: str
    """Where the whole edition is; empty where it is published nowhere."""

    @property
    def text(self) -> str:
        """For services that show letters as they are."""
        headlines = (f"• {told}" + f"\n  {url}" * bool(url) for told, url in self.headlines)
        page = f"All of it: {self.page_url}" if self.page_url else ""
        return _paragraphs("\n", self.standfirst, *headlines, self._more, page)

    @property
    def html(self) -> str:
        """For services that show any markup: apprise turns it into theirs."""
        headlines = (f"• {_link(told, url)}" for told, url in self.headlines)
        page = _link("The whole edition", self.page_url) if self.page_url else ""
        return _paragraphs("<br>", escape(self.standfirst), *headlines, self._more, page)

    @property
    def _more(self) -> str:
        left = self.stories - len(self.headlines)
        return f"and {left} more" if self.headlines and left else ""


class Channel:
    """A place to post to."""

    def __init__(self, name: str, url: str) -> None:
        """Reads an address as apprise writes it, and asks nobody.

        Raises:
            UsageError: it is none, or several in one, of which one may fail alone.
        """
        from apprise import Apprise, AppriseAsset

        asset = AppriseAsset(app_id="digest", app_desc="digest", image_url_mask="")
        with _overheard() as said:
            service = Apprise.instantiate(url, asset=asset)
        if service is None:
            why = _without_secrets(url, said[:1])
            raise UsageError(
                f"nothing can be posted to the address of the channel {name!r} ({why}): "
                "see apprise's documentation for how it writes that of your service"
            )
        if len(service) > service.retry + 1:
            raise UsageError(
                f"the address of the channel {name!r} names several places: make a channel of "
                "each, so that nothing is posted twice to one because it failed for another"
            )
        self._service: NotifyBase = service
        self._url = url

    def short_form(self, edition: Edition, page_url: str = "") -> Post:
        """As many of the edition's headlines as the service has room for, up to ``HEADLINES``."""
        post = short_form(edition, page_url)
        room = self._service.body_maxlen - len(post.title)
        while post.headlines and len(self._body(post)) > room:
            post = replace(post, headlines=post.headlines[:-1])
        return post

    def take(self, post: Post) -> Refusal | None:
        """Posts it: ``None`` where the service took it, else why not."""
        from apprise import Apprise

        all_places = Apprise()
        all_places.add(self._service)
        with _overheard() as said:
            taken = all_places.notify(self._body(post), post.title, body_format=self._form)
        if taken:
            return None
        name = self._service.service_name
        reason = _without_secrets(self._url, said) or "it gave no reason"
        return Refusal(f"{name} did not take it: {reason}", _may_pass(" ".join(said)))

    @property
    def _form(self) -> str:
        return "text" if self._service.notify_format.value == "text" else "html"

    def _body(self, post: Post) -> str:
        return post.text if self._form == "text" else post.html


def short_form(edition: Edition, page_url: str = "") -> Post:
    """The edition's title, what it holds, and its first headlines."""
    shown = view(edition)
    return Post(
        title=f"{shown.name}, {shown.date}",
        standfirst=shown.standfirst,
        headlines=tuple((item.headline, item.url) for item in shown.stories[:HEADLINES]),
        stories=len(shown.stories),
        page_url=page_url,
    )


def _paragraphs(line: str, standfirst: str, *rest: str) -> str:
    """The standfirst, an empty line, and the lines that are not empty."""
    return f"{line}{line}".join(filter(None, (standfirst, line.join(filter(None, rest)))))


def _link(text: str, url: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)


def _may_pass(said: str) -> bool:
    """Whether a service may take later what it did not take now; no answer at all may pass."""
    answers = _ANSWER.findall(said)
    return not answers or answers[-1][0] != "4" or answers[-1] in _PATIENCE


def _without_secrets(url: str, said: list[str]) -> str:
    """What apprise said, without any part of the address: each may be the one that is secret."""
    words, secret = clean(" ".join(said)), url.partition("://")[2]
    parts = {part for form in (secret, unquote(secret)) for part in re.split(r"[^\w.~%-]+", form)}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) > 3:
            words = words.replace(part, "…")
    return words


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise has to complain of meanwhile, which it only logs.

    No other log gets it, nor what its HTTP client says: both name addresses.
    """
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logs = [logging.getLogger(name) for name in ("apprise", "urllib3")]
    before = [log.propagate for log in logs]
    logs[0].addHandler(handler)
    for log in logs:
        log.propagate = False
    try:
        yield said
    finally:
        logs[0].removeHandler(handler)
        for log, propagate in zip(logs, before, strict=True):
            log.propagate = propagate
