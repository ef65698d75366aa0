"""The documentation against the program: the settings, commands, links and paths that it names."""

import re
import shlex
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import BaseModel, SecretStr

from digest.cli.app import app
from digest.settings import NESTED, PREFIX, EditionSettings, Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CHANGELOG.md", *(f"docs/{page.name}" for page in ROOT.glob("docs/*.md")))
HELP = {"-h", "--help"}

each_page = pytest.mark.parametrize("page", PAGES)


def tokens(page: str) -> list[Token]:
    text = (ROOT / page).read_text("utf-8")
    outer = MarkdownIt("commonmark").enable("table").parse(text)
    return [token for block in outer for token in (block, *(block.children or ()))]


def codes(page: str) -> Iterator[str]:
    """Every line of shell and every piece of code inside prose."""
    for token in tokens(page):
        if token.type == "code_inline":
            yield token.content
        elif token.type == "fence" and token.info in ("sh", "text"):
            yield from token.content.splitlines()


def calls(code: str, program: str) -> Iterator[list[str]]:
    """What the program is given wherever the code calls it: ``["run", "--topic"]``."""
    lexer = shlex.shlex(code, posix=True, punctuation_chars=True)
    try:
        words = list(lexer)
    except ValueError:  # prose with an apostrophe, no command
        return
    for separates, part in groupby(words, key=lambda word: set(word) <= set("|&;()")):
        call = [word for word in part if not re.match(r"[A-Z_]+=", word)]
        if not separates and call and call[0].rpartition("/")[2] == program:
            yield call[1:]


def wrong_with(words: list[str]) -> str:
    """What there is no such thing of in a call of ``digest``; empty where all is well."""
    command: Any = typer.main.get_command(app)
    rest = iter(words)
    for word in rest:
        if word.startswith("-"):
            name = word.partition("=")[0]
            found = [p for p in command.params if name in (*p.opts, *p.secondary_opts)]
            if not found and name not in HELP:
                return f"{command.name} has no option {name}"
            if found and not found[0].is_flag and "=" not in word:
                next(rest, None)
        elif commands := getattr(command, "commands", None):
            if word not in commands:
                return f"there is no command {word}"
            command = commands[word]
    return ""


def settings(model: type[BaseModel] = Settings, above: str = "") -> dict[str, object]:
    """Every setting's full name with its default."""
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        if name == "editions":
            found |= settings(EditionSettings, "editions.NAME.")
        elif isinstance(field.default, BaseModel):
            found |= settings(type(field.default), f"{above}{name}.")
        else:
            found[above + name] = field.default
    return found


def documented() -> dict[str, tuple[str, str]]:
    """Every setting in the tables of the page, with its variable and its default."""
    found = {}
    cells: list[Token] = []
    for token in tokens("docs/configuration.md"):
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline":
            cells.append(token)
        elif token.type == "tr_close" and len(cells) == 4:
            named = [code.content for code in cells[0].children or () if code.type == "code_inline"]
            if named:
                found[named[0]] = (named[-1], cells[2].content.strip("`"))
    return found


def shown(default: object) -> str:
    if default is None:
        return "(none)"
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return str(list(default))
    return str(default) or "(empty)"


def slug(heading: str) -> str:
    """The anchor that a heading gets where the pages are shown."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: str) -> set[str]:
    follow = pairwise(tokens(page))
    return {slug(text.content) for opening, text in follow if opening.type == "heading_open"}


def targets(page: str) -> Iterator[str]:
    """What the page links to or shows."""
    for token in tokens(page):
        for attribute in ("href", "src"):
            if token.attrs.get(attribute):
                yield str(token.attrs[attribute])
        if token.type in ("html_inline", "html_block"):
            yield from re.findall(r'(?:href|src|srcset)="([^"]+)"', token.content)


def test_every_setting_is_explained():
    assert sorted(settings().keys() - documented().keys()) == []


def test_no_setting_is_explained_that_there_is_not():
    assert sorted(documented().keys() - settings().keys()) == []


def test_every_setting_has_the_variable_and_the_default_that_it_is_said_to_have():
    expected = {
        name: (PREFIX + name.replace(".", NESTED).upper(), shown(default))
        for name, default in settings().items()
    }
    assert documented() == expected


@each_page
def test_every_command_and_option_exists(page: str):
    complaints = [
        f"digest {shlex.join(words)}: {wrong}"
        for code in codes(page)
        for words in calls(code, "digest")
        if (wrong := wrong_with(words))
    ]
    assert complaints == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("digest run --topic Seoul --max-stories 3", ""),
        ("X=1 .venv/bin/digest --config config/digest.yaml feeds list", ""),
        ("digest fetch", "there is no command fetch"),
        ("digest feeds rename A", "there is no command rename"),
        ("cat a.jsonl | digest group --by day", "group has no option --by"),
        ("digest run --config a.yaml", "run has no option --config"),
    ],
)
def test_a_command_that_does_not_exist_would_be_noticed(code: str, wrong: str):
    [words] = calls(code, "digest")
    assert wrong_with(words) == wrong


@each_page
def test_every_make_target_exists(page: str):
    targets_there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {words[0] for code in codes(page) for words in calls(code, "make") if words}
    assert named - targets_there == set()


@each_page
def test_every_relative_link_leads_somewhere(page: str):
    broken = []
    for target in targets(page):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (ROOT / page).parent / path if path else ROOT / page
        name = file.resolve().relative_to(ROOT).as_posix()
        if not file.exists() or (anchor and anchor not in anchors(name)):
            broken.append(target)
    assert broken == []


@each_page
def test_every_file_that_is_named_exists(page: str):
    # Not outputs/ and .digest/, which runs make.
    path = re.compile(r"(?:src|docs|config|flows|tests|benchmarks)/[\w./-]*")
    named = {code for code in codes(page) if path.fullmatch(code)}
    assert {name for name in named if not (ROOT / name).exists()} == set()
