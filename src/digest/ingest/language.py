"""The language of a text, which is often not the declared one."""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

CERTAIN = 0.9
"""From this probability on, what the text looks like counts before what is declared."""
_LIKELY = 0.5
_READ = 4000
"""Characters are plenty to tell a language by."""


def language_of(text: str, declared: str = "") -> str:
    """A two-letter code (ISO 639-1), or empty where nothing is declared and the text is no help."""
    found, probability = _identifier().classify(text[:_READ])
    claimed = declared.replace("_", "-").partition("-")[0].strip().lower()
    if probability >= CERTAIN or (not claimed and probability >= _LIKELY):
        return str(found)
    return claimed


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
