"""The encoding of bytes from the network, which is often not the declared one."""

from __future__ import annotations

from email.message import Message

_TOLERATED = 0.02
"""Share of broken characters up to which a text still counts as UTF-8."""


def declared_charset(content_type: str) -> str:
    """The charset of a Content-Type header; empty where it names none that Python can decode."""
    message = Message()
    message["content-type"] = content_type
    charset = message.get_content_charset("")
    try:
        b"text".decode(charset, "replace")
    except (LookupError, ValueError):
        return ""
    return charset


def as_utf8(content: bytes) -> str | None:
    """``content`` as text if it is UTF-8, whatever it is declared to be; else ``None``.

    Text in another encoding is hardly ever valid UTF-8 by chance. A few broken characters in a long
    text are a cut, not another encoding; they become U+FFFD.
    """
    if b"\x1b" in content or b"\x00" in content:  # ISO-2022 and UTF-16 can look like ASCII
        return None
    text = content.decode("utf-8-sig", "replace")
    unusual = sum(character > "\x7f" for character in text)
    return text if text.count("\ufffd") <= _TOLERATED * unusual else None
