from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from digest.sample.newsroom import Newsroom, load
from digest.sample.press import Resource, print_run
from digest.sample.server import Site, serving

ANCHOR = datetime(2026, 11, 17, 6, tzinfo=UTC)
BASE_URL = "http://127.0.0.1:8765"


@pytest.fixture(scope="session")
def newsroom() -> Newsroom:
    return load(ANCHOR)


@pytest.fixture(scope="session")
def printed(newsroom: Newsroom) -> dict[str, Resource]:
    return print_run(newsroom, BASE_URL)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with serving(ANCHOR) as served:
        yield served
