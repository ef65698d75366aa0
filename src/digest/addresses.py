"""Addresses as they may be shown: that of a feed may hold a password, and a reader's is private."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"(https?://)[^/?#\s]*@", re.IGNORECASE)
_MAIL = re.compile(r"([^\s@<>()\[\]\"',;:])[^\s@<>()\[\]\"',;:]*@(?=\w)")


def without_credentials(text: str) -> str:
    """``text``, a web address or words with some in them, less the user names and passwords."""
    return _USERINFO.sub(r"\1", text)


def masked(text: str) -> str:
    """``text``, a mail address or words with some in them, with each as ``m…@away.example``."""
    return _MAIL.sub(r"\1…@", text)
