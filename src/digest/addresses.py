"""Web addresses as they may be shown: that of a subscription may hold a password."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"(https?://)[^/?#\s]*@", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """``text``, a web address or words with some in them, less the user names and passwords."""
    return _USERINFO.sub(r"\1", text)
