"""What axe-core has to say of every kind of page, in light and dark, large and small."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)


def violations(page):
    results = axe.Axe().run(page)
    return results.generate_report() if results.violations_count else ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1000])
def test_axe_finds_nothing_wrong(open_page, server, newspaper, scheme, width):
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    page = open_page(f"{server}index.html", **look)
    assert violations(page) == ""
    page.get_by_role("searchbox").fill("the")
    page.get_by_role("status").filter(has_text="newest first").wait_for()
    assert violations(page) == ""
    for path in (f"daily/{newspaper.editions[0].slot}/digest.html", "daily/health.html"):
        page.goto(server + path)
        page.eval_on_selector_all("details", "all => all.forEach(each => (each.open = true))")
        assert violations(page) == "", path
