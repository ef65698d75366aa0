"""What the tests of several rooms share."""

import signal
from datetime import UTC, datetime

import pytest

from digest.model import Article
from digest.sample.newsroom import Newsroom, Piece, load
from digest.summarize.models import Encoder

# Started from a script in the background, the tests inherit an ignored Ctrl-C, and so would every
# program that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The real one; its weights are read once, by the first test that needs them."""
    return Encoder()


@pytest.fixture(scope="session")
def newsroom() -> Newsroom:
    """The sample newsroom as it stands at a morning's cut-off."""
    return load(datetime(2026, 11, 17, 7, tzinfo=UTC))


@pytest.fixture(scope="session")
def news(newsroom: Newsroom) -> dict[str, list[Article]]:
    """The newsroom's articles by event, newest first, as ingest would give them at its best."""
    events: dict[str, list[Article]] = {}
    for piece in newsroom.pieces:
        events.setdefault(piece.event, []).append(_article(piece))
    return events


def _article(piece: Piece) -> Article:
    return Article(
        url=f"https://news.example{piece.path}",
        title=piece.title,
        paragraphs=piece.paragraphs,
        source=piece.outlet.name,
        author=piece.author,
        published=piece.published.astimezone(UTC),
        language=piece.outlet.language,
    )
