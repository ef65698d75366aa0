"""An edition as a mail: the same view as text and as HTML.

The same edition for the same recipient is the same message, byte for byte, however often it is
composed: its date is the edition's cut-off and its Message-ID follows from what it is, so that a
mail sent twice after a lost answer can be recognised as one.
"""

from __future__ import annotations

import base64
import quopri
import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from css_inline import CSSInliner

from digest.model import Edition, UsageError
from digest.publish.headers import ASCII, UNICODE
from digest.publish.page import BUILT_IN, Templates
from digest.publish.plain import clean, link
from digest.publish.plaintext import lines, wrap
from digest.publish.shorten import fitting, for_mail, shortage
from digest.publish.view import View, view

LIMIT = 100_000
"""Bytes of a whole message: Gmail cuts one off at about 102 kB."""

_LINE = 998
"""Characters a line of a mail may have (RFC 5322, 2.1.1)."""


def compose(
    edition: Edition,
    *,
    sender: str,
    recipient: str,
    page_url: str = "",
    unsubscribe: str = "",
    templates: Templates = BUILT_IN,
) -> EmailMessage:
    """The edition as a mail of at most ``LIMIT`` bytes, which says so where it was shortened.

    Args:
        edition: What to tell.
        sender: An address, with or without a name (``Ada <ada@example.org>``).
        recipient: Another one.
        page_url: Where the whole edition can be read; empty where that is nowhere.
        unsubscribe: The ``mailto:`` or ``https:`` address that ends a subscription, as the settings
            allow it; or nothing.
        templates: Where ``mail.html`` and ``mail.css`` are.

    Raises:
        UsageError: one of the addresses is none.
    """
    whole = for_mail(view(edition))
    author, reader = _address(sender), _address(recipient)
    identity = _hash(edition.name, edition.slot, reader.addr_spec)
    addresses = author.addr_spec + reader.addr_spec
    page_url = link(page_url)

    def message(shown: View) -> EmailMessage:
        made = EmailMessage(policy=ASCII if addresses.isascii() else UNICODE)
        made["From"] = author
        made["To"] = reader
        made["Subject"] = f"{shown.name}, {shown.date}"
        made["Date"] = format_datetime(edition.cutoff)
        made["Message-ID"] = f"<{identity}@{author.domain}>"
        made["List-Id"] = f"<{_label(edition.name)}.digest.{author.domain}>"
        made["Auto-Submitted"] = "auto-generated"
        if unsubscribe:
            made["List-Unsubscribe"] = f"<{unsubscribe}>"
        if unsubscribe.startswith("https:"):
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        notice = shortage(whole, shown)
        text = _text(shown, notice, page_url, unsubscribe)
        html = _html(shown, notice, page_url, unsubscribe, templates)
        made.set_content(text, cte=_encoding(text))
        made.add_alternative(html, subtype="html", cte=_encoding(html))
        made.set_boundary(_hash(identity, "boundary"))
        return made

    return message(fitting(whole, lambda shown: len(bytes(message(shown))), LIMIT))


def _text(shown: View, notice: str, page_url: str, unsubscribe: str) -> str:
    """72 columns wide; only addresses may be longer."""
    rows = list(lines(shown))
    if notice:
        rows += wrap(notice)
    if page_url:
        rows += ["", "The whole edition:", page_url]
    if unsubscribe:
        rows += ["", "To get no more of these mails:", unsubscribe]
    return "\n".join(rows) + "\n"


def _html(shown: View, notice: str, page_url: str, unsubscribe: str, templates: Templates) -> str:
    """Each element with its style, as not every program for mail reads a style sheet."""
    page = templates.fragment(
        "mail.html", view=shown, notice=notice, page_url=page_url, unsubscribe=unsubscribe
    )
    inliner = CSSInliner(
        inline_style_tags=False,  # what the page itself holds is for the programs that do
        keep_style_tags=True,
        load_remote_stylesheets=False,
        minify_css=True,
        extra_css=templates.text("mail.css"),
    )
    return inliner.inline(page)


def _encoding(text: str) -> str:
    """The shortest that every server passes on unchanged."""
    if text.isascii() and max(map(len, text.splitlines()), default=0) <= _LINE:
        return "7bit"
    data = text.encode()
    quoted, packed = len(quopri.encodestring(data)), len(base64.encodebytes(data))
    return "quoted-printable" if quoted <= packed else "base64"


def _address(text: str) -> Address:
    """An address and its name, the domain in the form that every server knows."""
    name, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    try:
        if local and domain and clean(text) == text:
            return Address(name, local, domain.encode("idna").decode())
    except UnicodeError:
        pass
    raise UsageError(f"{text!r} is not a mail address: write name@example.org.")


def _label(name: str) -> str:
    """An edition's name as part of a List-Id (RFC 2919)."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or _hash(name)


def _hash(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:32]
