"""The page of health in a real browser: what is drawn, what fits, what can be read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

PAGE = Path(__file__).parents[1] / "publish" / "golden" / "health.html"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE, DESK = 390, 1000

COLUMNS = """
svg => [...svg.querySelectorAll("rect")].map(rect => {
  const box = rect.getBoundingClientRect()
  return [rect.textContent, box.left, box.right, box.height]
})
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture(
    params=product((PHONE, DESK), ("light", "dark")), ids=lambda at: "-".join(map(str, at))
)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """With everything unfolded."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(PAGE.as_uri())
    for fold in page.locator("details").all():
        fold.locator("summary").click()
    yield page
    context.close()


def figures(page: Page, column: int) -> dict[str, float]:
    """A column of the table behind the charts, by day."""
    rows = page.get_by_label("Figures by day").locator("tbody tr").all()
    cells = [row.locator("th, td").all_text_contents() for row in rows]
    return {row[0]: float(row[column]) for row in cells}


@pytest.mark.parametrize(("chart", "column"), [(0, 1), (1, 3), (2, 4), (3, 5)])
def test_columns_are_as_high_as_the_figures_behind_them(page: Page, chart: int, column: int):
    drawn = page.locator("svg.timeline").nth(chart).evaluate(COLUMNS)
    values = figures(page, column)
    assert [words.partition(":")[0] for words, *_ in drawn] == sorted(values)
    most = max(values.values())
    tallest = max(height for *_, height in drawn)
    assert tallest > 50
    for words, left, right, height in drawn:
        share = values[words.partition(":")[0]] / most
        assert height == pytest.approx(share * tallest, abs=0.6)
        assert right - left > 5


def test_the_page_is_no_wider_than_the_screen_and_its_letters_keep_their_size(page: Page):
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    trouble = page.get_by_label("Feeds in trouble")
    assert trouble.evaluate("part => part.scrollWidth <= part.clientWidth")
    sizes = page.locator("svg.timeline text").evaluate_all(
        "all => all.map(text => text.getBoundingClientRect().height)"
    )
    assert len(sizes) > 40
    assert min(sizes) > 12
    inside = page.locator("svg.timeline").first.evaluate(
        """svg => [...svg.querySelectorAll("text")].every(text => {
          const edge = svg.getBoundingClientRect(), box = text.getBoundingClientRect()
          return edge.left <= box.left && box.right <= edge.right + 1 && box.bottom <= edge.bottom
        })"""
    )
    assert inside, "no letter is cut off"


def test_nothing_stands_in_the_way_of_a_screen_reader(page: Page):
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_tables_that_are_too_wide_can_be_scrolled_by_keyboard(page: Page):
    part = page.get_by_label("Editions by slot")
    part.focus()
    page.keyboard.press("ArrowRight")
    room = part.evaluate("part => part.scrollWidth - part.clientWidth")
    page.wait_for_function(
        "([part, moved]) => part.scrollLeft > 0 || !moved", arg=[part.element_handle(), room]
    )
