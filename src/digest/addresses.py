"""Addresses as they may be shown: that of a feed may hold a password, and a reader's is private."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"(https?://)[^/?#\s]*@", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """``text``, a web address or words with some in them, less the user names and passwords."""
    return _USERINFO.sub(r"\1", text)


def masked(recipient: str) -> str:
    """A mail address as ``m…@away.example``; a recipient without one, such as a channel, as it is.

    Nothing but its first letter is taken from what stands before the host, however odd that is.
    """
    name, at, host = recipient.rpartition("@")
    return f"{name.lstrip(chr(34))[:1]}…@{host}" if at else recipient
