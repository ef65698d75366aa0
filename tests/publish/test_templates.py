"""Templates of one's own, good and broken: whatever they are, the edition goes out."""

from base64 import b64encode
from hashlib import sha256

import lxml.html
import pytest

from digest.publish.page import BUILT_IN, Templates
from digest.publish.render import html, render

OWN_PAGE = """{% extends "base.html" %}
{% block title %}Mine{% endblock %}
{% block body %}
<main>{% for story in view.stories %}<h2>{{ story.headline }}</h2>{% endfor %}</main>
{% endblock %}
"""


def written(folder, **files):
    """Templates in a folder; ``digest_html`` is the file ``digest.html``."""
    for name, text in files.items():
        stem, _, suffix = name.rpartition("_")
        file = folder / f"{stem.replace('__', '/')}.{suffix}"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Templates(folder)


def test_a_file_of_the_folder_stands_in_for_the_template_of_its_name(edition, tmp_path):
    templates = written(tmp_path, digest_html=OWN_PAGE)
    page = lxml.html.fromstring(html(edition, templates).decode())
    assert page.findtext(".//title") == "Mine"
    assert len(page.findall(".//h2")) == len(edition.stories)
    assert BUILT_IN.text("style.css") == page.findtext(".//style")
    assert templates.flaws == []


def test_an_empty_folder_changes_no_byte_of_any_file(edition, tmp_path):
    templates = Templates(tmp_path)
    assert render(edition, templates) == render(edition)
    assert templates.flaws == []


def test_a_style_sheet_of_ones_own_is_the_one_that_the_policy_allows(edition, tmp_path):
    css = "h1 { color: teal } /* {{ no template }} */\n"
    page = lxml.html.fromstring(html(edition, written(tmp_path, style_css=css)).decode())
    assert page.findtext(".//style") == css
    digest = b64encode(sha256(css.encode()).digest()).decode()
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert f"style-src 'sha256-{digest}'" in policy


def test_templates_of_ones_own_may_share_another(edition, tmp_path):
    templates = written(
        tmp_path,
        digest_html='{% include "parts/top.html" %}{{ view.date }}',
        parts__top_html="<h1>{{ view.title }}</h1>",
    )
    assert html(edition, templates) == b"<h1>Morning Digest</h1>2026-11-23"
    assert templates.unused() == []


def test_what_strangers_wrote_is_escaped_in_a_template_of_ones_own_as_well(edition, tmp_path):
    page = html(edition, written(tmp_path, digest_html=OWN_PAGE)).decode()
    assert "&lt;b&gt;Bakers&lt;/b&gt;" in page
    assert "<b>" not in page


def test_a_template_added_or_changed_meanwhile_counts_from_the_next_run_on(edition, tmp_path):
    assert html(edition, Templates(tmp_path)) == html(edition)
    assert html(edition, written(tmp_path, digest_html="one")) == b"one"
    assert html(edition, written(tmp_path, digest_html="two")) == b"two"


BROKEN = {
    "a tag that is not closed": ("ok\n{% if view %}\nx", "digest.html, line 3: Unexpected end of"),
    "an unknown tag": ("\n\n{% fro x %}", "digest.html, line 3: Encountered unknown tag 'fro'"),
    "a misspelt name": ("\n{{ viw.title }}", "digest.html, line 2: 'viw' is undefined"),
    "a misspelt attribute": ("{{ view.tilte }}", "has no attribute 'tilte'"),
    "a division by zero": ("\n\n\n{{ 1 / 0 }}", "digest.html, line 4: division by zero"),
    "a missing part": ('{% include "gone.html" %}', "line 1: there is no template gone.html"),
    "one that includes itself": ('{% include "digest.html" %}', "recursion"),
    "no UTF-8": (b"un\ncaf\xe9", "digest.html, line 2: is not UTF-8"),
    "too much": ("{{ range(10 ** 9)|list }}", "Range too big"),
}


@pytest.mark.parametrize(("broken", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_template_says_where_and_what_and_the_built_in_one_is_used(
    edition, tmp_path, broken, said
):
    templates = written(tmp_path, digest_html=broken)
    assert html(edition, templates) == html(edition)
    (flaw,) = templates.flaws
    assert said in flaw
    assert flaw.startswith(str(tmp_path))
    html(edition, templates)
    assert len(templates.flaws) == 1


def test_a_page_whose_frame_is_broken_is_made_of_built_in_templates_alone(edition, tmp_path):
    templates = written(tmp_path, digest_html=OWN_PAGE, base_html="<html>\n{{ oh }}")
    assert html(edition, templates) == html(edition)
    assert "base.html, line 2: 'oh' is undefined" in templates.flaws[0]


@pytest.mark.parametrize(
    "attempt",
    [
        "{{ view.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.mkdir(view.title) }}",
        "{{ counted.__globals__ }}{{ view.stories.__getitem__ }}",
        "{{ '{0.__class__}'.format(view) }}",
    ],
)
def test_a_template_cannot_reach_the_program(edition, tmp_path, monkeypatch, attempt):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    templates = written(tmp_path / "mine", digest_html=attempt)
    assert html(edition, templates) == html(edition)
    assert len(templates.flaws) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_part_of_a_book_that_is_no_xml_is_left_aside(edition, tmp_path):
    templates = written(tmp_path, epub__chapter_xhtml="<html>\n<p>{{ view.title }}</html>")
    assert render(edition, templates) == render(edition)
    assert "what it makes is no well-formed XML, mismatched tag: line 2" in templates.flaws[0]
    assert "epub/chapter.xhtml" in templates.flaws[0]


def test_a_folder_that_is_not_there_is_a_flaw_and_no_more(edition, tmp_path):
    templates = Templates(tmp_path / "gone")
    assert html(edition, templates) == html(edition)
    assert templates.flaws == [f"{tmp_path / 'gone'}: there is no such folder of templates"]


def test_a_misspelt_file_is_named(tmp_path):
    templates = written(tmp_path, digets_html="x", style_css="p {}", README_md="mine")
    (unused,) = templates.unused()
    assert unused.startswith(f"{tmp_path / 'digets.html'}: no template has this name")
    assert BUILT_IN.unused() == []
