"""``digest serve --demo``: the newsroom whose news have just happened."""

from __future__ import annotations

import json
import signal
from dataclasses import replace

import pytest

pytestmark = pytest.mark.prefect


def test_the_live_demo_makes_editions_of_news_that_just_happened(serve, project, home, tools):
    # What steers the person's own digest is not heeded.
    steered = {"DIGEST_OUTPUTS": "/nowhere", "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    number = str(tools.free_port())
    with serve("--demo", PREFECT_SERVER_API_PORT=number, **steered) as served:
        served.says("The runs:\n")
        assert f"The Prefect UI is at http://127.0.0.1:{number}\n" in served.log.read_text()
        run = served.prefect.end_of(served.begin_a_run("daily-digest/demo-live"))
        assert run["state_type"] == "COMPLETED", run["state"]["message"]
        assert served.end(signal.SIGINT) == 0
    live = project.folder / ".digest" / "demo-live" / "prefect"
    assert replace(home, folder=live).processes() == []
    [slot, *_] = sorted((project.folder / "outputs" / "demo-live").glob("*T*"))
    stories = json.loads((slot / "digest.json").read_text())["stories"]
    assert "Seoul" in stories[0]["summary"]["text"]
