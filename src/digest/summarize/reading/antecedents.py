"""Whether a sentence can stand without the one before it.

Rules on its first words, by language: what is not listed counts as standing alone. They err on the
side of caution, since a sentence that is kept with the one before it does no harm.
"""

from __future__ import annotations

import re

_OPENERS = {
    "en": """yes no he she they it this that these those his her hers their its him them such both
        but and or so however meanwhile moreover furthermore besides also too then yet still
        instead nevertheless nonetheless therefore thus hence otherwise likewise similarly
        afterward afterwards for\\ example for\\ instance in\\ addition as\\ a\\ result
        in\\ contrast by\\ contrast on\\ the\\ other\\ hand in\\ turn
        the\\ two the\\ pair the\\ trio the\\ former the\\ latter""",
    "de": """er sie es dies diese dieser dieses diesem diesen aber und doch jedoch außerdem zudem
        dennoch deshalb dabei damit ihr ihre ihrer sein seine seiner""",
    "es": """él ella ello ellos ellas esto este esta estos estas eso su sus pero y sin\\ embargo
        además también""",
    "fr": "il elle ils elles cela ce cette ces son sa ses leur leurs mais et cependant aussi",
    "it": "lui lei loro esso essa questo questa questi queste suo sua ma e però inoltre anche",
    "nl": "hij zij ze het dit dat deze maar en echter ook bovendien zijn haar hun",
    "pt": "ele ela eles elas isto isso este esta estes estas seu sua mas e porém também",
    "ko": "그는 그녀는 그들은 이는 이에 그러나 하지만 그리고 또 또한 한편 이어",
}
_TIMES = {
    "en": "week weekend month year morning afternoon evening spring summer autumn fall winter",
    "de": "woche monat jahr morgen mittag abend frühjahr sommer herbst winter",
    "es": "lunes martes miércoles jueves viernes sábado domingo semana mes año mañana tarde noche",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche semaine mois année matin soir",
}
"""What follows "this" in a date, which points to the calendar and not to a sentence."""


def _opener(language: str) -> re.Pattern[str]:
    words = "|".join(re.split(r"(?<!\\)\s+", _OPENERS[language].strip()))
    times = "|".join(_TIMES.get(language, "").split())
    not_a_date = rf"(?!\s+(?:{times})\b)" if times else ""
    return re.compile(rf"^[\W_]*(?:{words})\b{not_a_date}", re.IGNORECASE)


_OPENS = {language: _opener(language) for language in _OPENERS}
# "The minister gave it days earlier": an early object that stands for something said before. After
# "said" it is most often the speaker's own.
_EARLY_OBJECT = re.compile(
    r"^\W*\w+(?:\W+\w+){0,5}\W+(?<!said )(?<!says )(?:it|them|him)\b", re.IGNORECASE
)
_SAID_BY_PRONOUN = re.compile(
    r"[\"”’»,]\s+(?:(?:he|she|they|it)\s+\w+|\w+(?:ed|id)\s+(?:he|she|they))\b", re.IGNORECASE
)


def points_back(text: str, language: str = "en") -> bool:
    """Whether it leans on the sentence before: a pronoun or connective opens it or speaks in it."""
    code = language.partition("-")[0] or "en"
    if code in _OPENS and _OPENS[code].search(text):
        return True
    return code == "en" and bool(_EARLY_OBJECT.search(text) or _SAID_BY_PRONOUN.search(text))
