"""``digest demo``: the first thing that a newcomer runs, and runs again."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from digest.sample.server import DEFAULT_PORT

pytestmark = pytest.mark.slow

FILES = [
    "digest.html",
    "digest.md",
    "digest.txt",
    "digest.epub",
    "digest.json",
    "articles.csv",
    "articles.parquet",
]


def test_the_demo_makes_a_digest_and_the_second_one_changes_nothing(project):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", DEFAULT_PORT)) == 0:
            pytest.skip(f"port {DEFAULT_PORT} is taken, without which the addresses differ")

    # What marks a project's folder.
    shutil.copytree(Path(__file__).parents[2] / "flows", project.folder / "flows")
    first = project.run("demo")
    paths, paragraph = first.stdout.split("\n\n", 1)
    files = [project.folder / path for path in paths.splitlines()]
    assert [path.name for path in files] == FILES
    before = {path: path.read_bytes() for path in files}
    stories = json.loads(before[files[FILES.index("digest.json")]])["stories"]
    assert len(stories) == 12
    headline, text = paragraph.rstrip("\n").split("\n\n")
    assert headline == stories[0]["headline"]
    assert text == stories[0]["summary"]["text"]

    # The four outlets' meeting in Seoul is one story, told with all that matters.
    [seoul] = [story for story in stories if "Security Consultative" in story["summary"]["text"]]
    assert len(seoul["articles"]) == 4
    for said in ("Hegseth", "Ahn Gyu-back", "3.5%", "GDP", "submarine"):
        assert said in seoul["summary"]["text"]

    second = project.run("demo")
    for said in (
        "is there already",
        "14 of 17 feeds say that nothing changed",
        "0 articles fetched",
        "no model loaded",
        "files the same, byte for byte",
    ):
        assert said in second.stdout
    assert second.stdout.split("\n", 1)[1] == first.stdout
    assert {path: path.read_bytes() for path in files} == before
    for said in ("Traceback", "telemetry"):
        assert said not in first.stderr + second.stderr
