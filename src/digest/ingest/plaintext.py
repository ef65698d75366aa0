"""Plain text from a feed's or a page's markup, which is never trusted and need not be valid."""

from __future__ import annotations

import html
import re

import lxml.etree
import lxml.html
from lxml.html import defs

_BREAK = "\u2029"
"""PARAGRAPH SEPARATOR marks the edges of blocks while the markup is being flattened."""

_INLINE = (
    defs.phrase_tags
    | defs.font_style_tags
    | {"a", "bdi", "bdo", "del", "font", "img", "ins", "mark", "q", "span", "time", "wbr"}
)
_UNREAD = {"button", "iframe", "noscript", "script", "select", "style", "svg", "textarea", "title"}
# Control characters, lone surrogates, zero-width marks and the two Unicode separators.
_NOISE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200b\u2060\ufeff\u2028\u2029]"
)


def one_line(text: str) -> str:
    """``text`` without control characters and with its white space folded."""
    return " ".join(_NOISE.sub(" ", text).split())


def text_of(markup: str) -> str:
    """What ``markup`` says, on one line."""
    return " ".join(paragraphs_of(markup))


def paragraphs_of(markup: str) -> tuple[str, ...]:
    """What ``markup`` says, one string a block, none of them empty."""
    markup = _NOISE.sub(" ", markup)
    if "<" not in markup:
        line = one_line(html.unescape(markup))
        return (line,) if line else ()
    try:
        root = lxml.html.document_fromstring(f"<div>{markup}</div>")
    except lxml.etree.ParserError:
        return ()
    lxml.etree.strip_elements(root, lxml.etree.Comment, *_UNREAD, with_tail=False)
    for element in root.iter(lxml.etree.Element):
        if element.tag not in _INLINE:
            element.text = _BREAK + (element.text or "")
            element.tail = _BREAK + (element.tail or "")
    lines = (
        one_line(line)
        for line in lxml.etree.tostring(root, method="text", encoding="unicode").split(_BREAK)
    )
    return tuple(line for line in lines if line)
