"""The Prefect UI as a person uses it, in a real browser: the form, the run, what it shows.

``SCREENSHOTS=write pytest tests/flows/test_prefect_ui.py`` takes the pictures of docs/images anew.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from digest.model import FeedHealth
from digest.operate.show import feed_rows

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

pytestmark = pytest.mark.prefect

IMAGES = Path(__file__).parents[2] / "docs/images"
PATIENCE = 300_000
"""Milliseconds in which the UI shows what it should."""
RUN = 180_000
"""Milliseconds in which a run is over."""
WINDOW = {"width": 1120, "height": 1000}
TOPIC = "Seoul Security Consultative Meeting"


@pytest.fixture(scope="module")
def served(site, morning, new_project, start_prefect, start_worker, tmp_path_factory):
    """A server with its UI, the deployments of two editions, and a worker that carries them out."""
    folder = tmp_path_factory.mktemp("ui")
    settings = {
        "store": "sqlite:///digest.sqlite",
        "site_url": "https://digest.example/",
        "editions": {
            "daily": {"title": "Morning digest", "schedule": morning[0]},
            "evening": {"title": "Evening digest", "schedule": "30 18 * * 1-5"},
        },
        "fetch": {"allow_private": True, "timeout": 5, "retries": 0},
    }
    project = new_project(folder / "project", settings, site.feeds)
    ui = {
        "PREFECT_SERVER_UI_ENABLED": "true",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",  # that one asks a host outside
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "static"),
    }
    with start_prefect(folder, **ui) as prefect:
        project.run("digest", "deploy", **prefect.variables)
        with start_worker(prefect, folder, "worker", 2):
            yield prefect


@pytest.fixture(scope="module")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    sync_api.expect.set_options(timeout=PATIENCE)
    with sync_api.sync_playwright() as playwright:
        program = program or playwright.chromium.executable_path
        if not Path(program).exists():
            pytest.skip("no Chromium is installed")
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        started = playwright.chromium.launch(executable_path=program, args=quiet)
        yield started
        started.close()


@pytest.fixture(scope="module")
def window(browser, served):
    """The browser's window, and every address that it asked for."""
    address = served.variables["PREFECT_API_URL"].removesuffix("/api")
    context = browser.new_context(base_url=address, viewport=WINDOW)
    context.set_default_timeout(PATIENCE)
    requests = []
    context.on("request", lambda request: requests.append(request.url))
    yield context, requests
    context.close()


@pytest.fixture
def page(window):
    opened = window[0].new_page()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def asked(window, served, tools):
    """A run on a topic that a person asked for in the form, when the UI says that it is over."""
    before = started_by_hand(served)
    page = window[0].new_page()
    open_form(page)
    field(page, "Topic").get_by_role("textbox").fill(TOPIC)
    picture(page, "form", height=1000)
    submit(page)
    # The UI also links it, in a message that is gone within seconds.
    [run, *_] = tools.eventually(lambda: started_by_hand(served) - before)
    page.goto(f"/runs/flow-run/{run}")
    completed = page.get_by_role("banner").get_by_text("Completed", exact=True)
    sync_api.expect(completed).to_be_visible(timeout=RUN)
    page.close()
    return run


def started_by_hand(served):
    """Runs that the server has not planned itself, which it does whenever it gets to it.

    It plans more than it tells at once, but all that for later.
    """
    runs = served.ask("flow_runs/filter", limit=200, sort="EXPECTED_START_TIME_ASC")
    return {run["id"] for run in runs if not run["auto_scheduled"]}


def picture(page, name, height=700):
    """Keeps the top of what is in the window for the documentation, if that is wanted."""
    if os.environ.get("SCREENSHOTS") == "write":
        page.wait_for_timeout(800)
        page.screenshot(
            path=IMAGES / f"prefect-{name}.png",
            clip=WINDOW | {"x": 0, "y": 0, "height": height},
            style=".app-router-view { background-image: none !important }",
        )


def open_form(page):
    """From the list of deployments to the form of the daily one."""
    page.goto("/deployments")
    page.get_by_role("link", name="daily", exact=True).click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").click()
    page.get_by_role("button", name="Submit").wait_for()


def submit(page):
    """Presses the button until the form is gone: one that is still busy passes over a click."""
    left = re.compile(r"/deployments/deployment/[0-9a-f-]+$")
    for _ in range(9):
        page.get_by_role("button", name="Submit").click()
        try:
            page.wait_for_url(left, wait_until="commit", timeout=PATIENCE / 10)
        except sync_api.TimeoutError:
            continue
        return
    pytest.fail(f"the form is not sent: {page.locator('body').inner_text()}")


def field(page, title):
    named = page.get_by_text(re.compile(rf"^{title} \(Optional\)$"))
    return page.locator(".schema-form-property").filter(has=named)


@pytest.fixture
def open_artifact(page, served, asked):
    """``open_artifact(key)``: to one of the things that the run shows."""
    ids = {artifact["key"]: artifact["id"] for artifact in served.of_run("artifacts", asked)}
    return lambda key: page.goto(f"/artifacts/artifact/{ids[key]}")


def table(page):
    """The rows of the table in the window, as they are read."""
    page.locator("table tbody tr").first.wait_for()
    rows = page.locator("table tr").all()
    return [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows]


def test_the_form_names_and_explains_each_field_and_offers_what_can_be_chosen(page):
    open_form(page)
    titles = [label.inner_text() for label in page.locator(".schema-form-property__label").all()]
    assert [title.removesuffix(" (Optional)") for title in titles] == [
        "Edition",
        "Date",
        "Topic",
        "Most stories",
        "Mail it",
        "Make it anew",
    ]
    for title in ("Edition", "Date", "Topic", "Most stories", "Mail it", "Make it anew"):
        assert field(page, title).get_by_role("article").inner_text().endswith(".")
    sync_api.expect(field(page, "Mail it").get_by_role("switch")).to_be_checked()
    sync_api.expect(field(page, "Make it anew").get_by_role("switch")).not_to_be_checked()

    chosen = field(page, "Edition").get_by_role("button", name="daily")
    chosen.press("ArrowDown")
    sync_api.expect(page.get_by_role("option")).to_have_text(["daily", "evening"])
    chosen.press("Escape")

    field(page, "Date").get_by_role("group").get_by_role("button").press("Enter")
    page.get_by_role("button", name="Today").click()
    page.get_by_role("button", name="Apply").click()
    sync_api.expect(field(page, "Date").get_by_role("group")).to_contain_text("20")


def test_a_number_that_is_too_large_is_refused_in_the_form(page, served):
    before = started_by_hand(served)
    open_form(page)
    field(page, "Most stories").get_by_role("spinbutton").fill("500")
    page.get_by_role("button", name="Submit").click()
    refusal = page.get_by_text("500 is greater than the maximum of 100")
    sync_api.expect(refusal.first).to_be_visible()
    picture(page, "refused", height=1000)
    assert started_by_hand(served) == before


def test_a_runs_page_tells_its_edition_its_topic_and_how_its_stages_went(page, asked):
    page.goto(f"/runs/flow-run/{asked}")
    named = page.get_by_text(re.compile(rf"^daily 20\d\d-\d\d-\d\d .*{TOPIC}$"))
    sync_api.expect(named.first).to_be_visible()
    logged = page.get_by_text(re.compile("^checked 17 feeds: 14 read"))
    sync_api.expect(logged).to_be_visible()
    picture(page, "run")
    page.mouse.move(600, 900)
    page.mouse.wheel(0, 700)
    picture(page, "logs")


def test_the_digest_is_read_in_the_browser(page, asked):
    page.goto(f"/runs/flow-run/{asked}")
    page.get_by_role("listitem").get_by_text("Artifacts", exact=True).click()
    page.get_by_role("link", name=re.compile(" digest-daily-topic ")).click()
    title = page.get_by_role("heading", name=re.compile("^Morning digest, 20"))
    sync_api.expect(title).to_be_visible()
    digest = page.locator(".markdown-renderer").last
    text = digest.inner_text()
    for said in (TOPIC, "Hegseth", "Ahn Gyu-back", "3.5%", "submarine"):
        assert said in text
    schemes = {
        link.get_attribute("href").partition(":")[0] for link in digest.get_by_role("link").all()
    }
    assert schemes == {"http"}
    picture(page, "digest")


def test_the_feeds_are_listed_with_the_worst_first(page, open_artifact):
    open_artifact("feed-health-daily-topic")
    header, *rows = table(page)
    assert header == ["feed", "how it does", "why", "articles", "address"]
    assert [row[1] for row in rows[:4]] == ["failing", "failing", "failing", "moved"]
    assert ["Lantern Street Journal", "failing", "answers 404 Not Found", "0"] in [
        row[:4] for row in rows
    ]
    picture(page, "feed-health")


def test_the_run_is_told_in_figures(page, open_artifact):
    open_artifact("figures-daily-topic")
    _, *rows = table(page)
    figures = {(of, figure): value for of, figure, value in rows}
    assert int(figures["stories", "told"]) >= 1
    assert figures["articles", "in the window"] == "46"
    assert figures["feeds", "failed"] == "3"
    assert float(figures["seconds", "choose stories"]) > 0
    picture(page, "figures")


def test_what_is_left_out_is_listed_with_the_reason(page, open_artifact):
    open_artifact("left-out-daily-topic")
    header, *rows = table(page)
    assert header == ["why", "title", "address"]
    assert any("cookie notice" in why for why, _, _ in rows)
    picture(page, "left-out")


def test_the_chart_is_drawn(page, open_artifact):
    open_artifact("articles-by-feed-daily-topic")
    chart = page.locator("img[src^='data:image/svg+xml']")
    sync_api.expect(chart).to_be_visible()
    assert chart.evaluate("image => image.complete && image.naturalWidth") > 600
    # Not the image's address below it, which is long.
    picture(page, "chart", height=715)


def test_a_link_leads_to_the_published_page(page, open_artifact):
    open_artifact("page-daily-topic")
    link = page.get_by_role("link", name=re.compile("^Morning digest: Seoul"))
    address = re.compile(r"^https://digest\.example/daily\.seoul-[a-z-]+/20[\d-]+/digest\.html$")
    sync_api.expect(link).to_have_attribute("href", address)


def test_a_strangers_title_is_text_in_a_table(page, served):
    """The UI reads cells as Markdown with HTML in it."""
    strange = {
        "![a](https://tracker.example/a.png)": "![a](https://tracker.example/a.png)",
        "<img src=https://tracker.example/b.png>": "‹img src=https://tracker.example/b.png›",
    }
    health = [FeedHealth("https://news.example/feed", title, "ok") for title in strange]
    made = served.ask(
        "artifacts/", key="strange-titles", type="table", data=json.dumps(feed_rows(health))
    )
    page.goto(f"/artifacts/artifact/{made['id']}")
    _, *rows = table(page)
    assert [row[0].replace("\u2060", "") for row in rows] == list(strange.values())
    assert page.locator("table img").count() == 0


def test_nobody_outside_was_asked_for_anything(asked, window, served):
    _, requests = window
    address = served.variables["PREFECT_API_URL"].removesuffix("/api")
    assert any(url.startswith(address) for url in requests)
    assert [url for url in requests if not url.startswith((address, "data:", "blob:"))] == []
