"""Paragraphs that are certainly not the article's: calls to subscribe, notices, walls.

They are told by their wording alone, and only by wording in which the page speaks of itself to its
reader, as no article does of its subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_LABEL = _any_of(
    r"advertise?ment|advert|sponsored(?: content)?|anzeige|werbung|publicit[ée]|publicidade?",
    r"pubblicità|advertentie|reklam[ae]?|광고|広告|广告",
    r"comments?|tags|topics|share(?: this(?: article| story| page)?)?|most (?:read|popular)",
    r"related(?: (?:articles?|stories|topics|content|links|news))?|more(?: on this(?: story)?)?",
    r"(?:see|read) more|continue reading|don['’]t miss|order reprints|print article",
    r"recommended(?: for you)?|top stories|trending(?: now)?",
)
"""All that a paragraph says, but for punctuation."""

_OPENING = _any_of(
    r"(?:read (?:more|also|next)|see (?:also|more)|also read|more on this|related|recommended"
    r"|don['’]t miss|lesen sie auch|mehr zum thema|(?:à )?lire aussi|lea también|leer más"
    r"|leia (?:também|mais)|leggi anche|lees ook|관련 ?기사|関連記事|相关阅读)\s*[:|»]",
    r"also on \S+\.\w",
    r"like this (?:story|article)\?|(?:have|got) a (?:news )?tip\?|tell us what you think",
    r"(?:sign up|subscribe|register) (?:now |today |here )?(?:to|for|here|now|today|and)\b"
    r".{0,120}\b(?:newsletters?|e-?mails?|inbox|updates|alerts|podcast|channel|app)\b.{0,80}$",
    r"(?:get|receive)\b.{0,100}\b(?:in|to|through) your (?:inbox|e-?mail|letterbox)\b",
    r"(?:follow|like|join|find) (?:us|him|her|them|@\w+) on "
    r"(?:twitter|x|facebook|instagram|telegram|youtube|whatsapp|linkedin|tiktok|bluesky)\b.{0,60}$",
    r"click here (?:to|for)\b.{0,100}$",
    r"the post .{1,200} (?:first appeared|appeared first) on\b",
    r"(?:copyright|©|\(c\)|ⓒ) ?.{0,30}\d{4}\b.{0,120}$",
    r"(?:all rights reserved|alle rechte vorbehalten|tous droits réservés)\b.{0,80}$",
    r"this copy is for your personal, non-commercial use only",
    r".{0,40}무단 ?(?:전재|복제).{0,30}금지",
)
"""How a paragraph begins that is page furniture to its end."""

_WALL = _any_of(
    # consent
    r"\b(?:we|this (?:web)?site)\b[^.]{0,60}\b(?:use|uses|store|place)\b[^.]{0,40}\bcookies\b",
    r"\b(?:accept|reject|manage) (?:all |your |optional )*cookies?\b|\bwe value your privacy\b",
    r"\bwe and our (?:\d+ )?(?:\w+ )?(?:partners|vendors)\b|\byour (?:consent|privacy) choices\b",
    r"\bwithdraw (?:your )?consent\b|\bmanage (?:your )?(?:consent|preferences)\b",
    r"\bwir\b[^.]{0,80}\bcookies\b|\bnous\b[^.]{0,80}\bcookies\b|\butilizziamo\b[^.]{0,40}\bcookie\b",
    r"\b(?:utilizamos|usamos)\b[^.]{0,60}\bcookies\b|쿠키를 (?:사용|허용)|cookieを使用",
    # paywall
    r"\b(?:subscribe|sign in|log in|register|sign up) (?:now )?to (?:continue|keep) reading",
    r"\bto (?:continue|keep) reading,? (?:please )?(?:subscribe|sign|log|register)",
    r"\bto read (?:the full|this) (?:article|story),? (?:please )?(?:subscribe|sign|log|register)",
    r"\balready a subscriber\b|\bthis (?:article|content|story) is (?:for|reserved for|only for|"
    r"exclusive to|available to) (?:our )?(?:\w+ )?subscribers\b",
    r"\byou have (?:reached|read)\b[^.]{0,40}\bfree articles\b",
    # scripts and robots
    r"\b(?:enable|turn on|activate|requires?) javascript\b|\bjavascript is (?:disabled|required)\b",
    r"\b(?:verify|confirm)\b[^.]{0,30}\b(?:you are|you're) (?:a )?(?:human|not a robot)\b",
    r"\bchecking your browser\b|\baccess to this page has been denied\b|\bare you a robot\b",
)
"""Anywhere in a paragraph: it stands between the reader and the article."""


def is_boilerplate(paragraph: str) -> bool:
    """Whether the whole paragraph is page furniture."""
    return bool(_LABEL.fullmatch(paragraph.strip(" :.…»>→-")) or _OPENING.match(paragraph))


def is_wall(paragraph: str) -> bool:
    """Whether the paragraph asks for consent, a subscription, JavaScript or proof of humanity."""
    return bool(_WALL.search(paragraph))


def without_boilerplate(paragraphs: Iterable[str], title: str) -> tuple[str, ...]:
    """``paragraphs`` less the furniture, and less ``title`` where the text begins with it."""
    kept = [paragraph for paragraph in paragraphs if not is_boilerplate(paragraph)]
    if kept and _folded(kept[0]) == _folded(title):
        kept.pop(0)
    return tuple(kept)


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
