"""What can be looked up in a source: its numbers, dates, names and quotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from digest.model import Article, Story
from digest.summarize.reading.names import KnownNames
from digest.summarize.reading.quantities import KnownQuantities, Quantity
from digest.summarize.reading.quotations import KnownWording


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and the day from which it counts ``yesterday``, where that is known."""

    text: str
    written: date | None = None


def passages(story: Story) -> list[Passage]:
    """All that a summary of the story may say: headlines, outlets and texts of its articles."""
    return [passage(article, article.text) for article in story.articles]


def passage(article: Article, text: str) -> Passage:
    """A text of an article below its headline and outlet."""
    written = article.time.date() if article.time else None
    return Passage(f"{article.title}\n{article.source}\n{text}", written)


class KnownFacts:
    """The facts of a source, however it writes them; its names to the letter if ``exact``."""

    def __init__(
        self, source: Sequence[Passage], language: str = "en", *, exact: bool = False
    ) -> None:
        whole = "\n\n".join(passage.text for passage in source)
        self._quoted = KnownWording(whole)
        self._counted = [KnownQuantities(each.text, language, each.written) for each in source]
        self._named = KnownNames(whole, language, exact=exact)

    def missing(self, claim: str) -> Iterator[str]:
        """What ``claim`` says and the source lacks, named: ``the number 4.5%``."""
        yield from (f"the quotation “{each}”" for each in self._quoted.missing(claim))
        for quantity in self._uncounted(claim):
            yield f"the {'date or time' if quantity.is_date else 'number'} {quantity.text}"
        yield from (f"the name “{each}”" for each in self._named.missing(claim))

    def _uncounted(self, claim: str) -> list[Quantity]:
        """The quantities that no passage has: each counts its days from its own."""
        lacking = [known.missing(claim) for known in self._counted]
        return [each for each in lacking[0] if all(each in others for others in lacking[1:])]
