"""The pictures of the documentation, taken of the sample newsroom.

``SCREENSHOTS=write pytest tests/browser/test_pictures.py`` puts them into docs/images.
"""

from __future__ import annotations

import os
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from digest.publish.message import compose

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

IMAGES = Path(__file__).parents[2] / "docs/images"
LARGEST = 200_000
PAGE = {"width": 900, "height": 1000}
PHONE = {"viewport": {"width": 390, "height": 800}, "device_scale_factor": 1.5}


@pytest.fixture
def take(tmp_path):
    """``take(page, name)``: keeps what is in the window, if that is wanted."""
    folder = IMAGES if os.environ.get("SCREENSHOTS") == "write" else tmp_path

    def take(page, name):
        page.screenshot(path=folder / f"{name}.png")
        assert 10_000 < (folder / f"{name}.png").stat().st_size < LARGEST

    return take


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("page", {"viewport": PAGE}),
        ("page-dark", {"viewport": PAGE, "color_scheme": "dark"}),
        ("page-phone", PHONE),
    ],
)
def test_the_page(open_page, newspaper, take, name, look):
    newest = newspaper.editions[0]
    page = newspaper.outputs / newest.name / newest.slot / "digest.html"
    take(open_page(page.as_uri(), **look), name)


def test_the_archive_with_its_search(open_page, newspaper, take):
    index = (newspaper.outputs / "index.html").as_uri()
    page = open_page(index, viewport=PAGE)
    take(page, "archive")
    page.get_by_role("searchbox").fill("storm saltm")
    page.get_by_role("status").filter(has_text="newest first").wait_for()
    take(page, "search")


def test_the_mail(open_page, newspaper, take):
    letter = compose(
        newspaper.editions[0], sender="digest@home.example", recipient="ada@home.example"
    )
    body = message_from_bytes(bytes(letter), policy=default).get_body(["html"])
    page = open_page("about:blank", viewport={"width": 700, "height": 1000})
    page.set_content(body.get_content())
    take(page, "mail")
