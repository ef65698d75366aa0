"""The page of health in a real browser: what is drawn, what fits, what can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

PAGE = Path(__file__).parents[1] / "publish" / "golden" / "health.html"
PHONE, DESK = 390, 1000

COLUMNS = """
svg => [...svg.querySelectorAll("rect")].map(rect => {
  const box = rect.getBoundingClientRect()
  return [rect.textContent.split(":")[0], box.width, box.height]
})
"""
CELLS = """
part => [...part.querySelectorAll("tbody tr")].map(
  row => [...row.children].map(cell => cell.textContent)
)
"""
CUT_OFF = """
svg => [...svg.querySelectorAll("text")].map(text => text.getBoundingClientRect()).filter(box => {
  const edge = svg.getBoundingClientRect()
  return box.left < edge.left || box.right > edge.right + 1 || box.bottom > edge.bottom
}).length
"""


@pytest.fixture(params=[PHONE, DESK])
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """With everything unfolded."""
    viewport = {"width": request.param, "height": 900}
    with browser.new_context(viewport=viewport, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(PAGE.as_uri())
        for fold in page.locator("summary").all():
            fold.click()
        yield page


def test_columns_are_as_high_as_the_figures_behind_them(page: Any):
    rows = page.get_by_label("Figures by day").evaluate(CELLS)
    for chart, place in enumerate((1, 3, 4, 5)):
        drawn = page.locator("svg.timeline").nth(chart).evaluate(COLUMNS)
        values = {row[0]: float(row[place]) for row in rows}
        assert [day for day, *_ in drawn] == sorted(values)
        most, tallest = max(values.values()), max(height for *_, height in drawn)
        assert tallest > 50
        for day, width, height in drawn:
            assert height == pytest.approx(values[day] / most * tallest, abs=0.6)
            assert width > 5


def test_the_page_is_no_wider_than_the_screen_and_its_letters_keep_their_size(page: Any):
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    trouble = page.get_by_label("Feeds in trouble")
    assert trouble.evaluate("part => part.scrollWidth <= part.clientWidth")
    for chart in page.locator("svg.timeline").all():
        assert chart.evaluate("svg => parseFloat(getComputedStyle(svg).fontSize)") >= 12
        assert chart.evaluate(CUT_OFF) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader(page: Any, scheme: str):
    page.emulate_media(color_scheme=scheme)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_a_table_that_is_too_wide_can_be_scrolled_by_keyboard(page: Any):
    part = page.get_by_label("Editions by slot")
    part.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("part => part.scrollLeft > 0", arg=part.element_handle())
