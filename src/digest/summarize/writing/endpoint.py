"""A model behind an address: any server that speaks OpenAI's chat completions, such as Ollama,
llama.cpp, vLLM or ``transformers serve``.

Nothing that the network or the server does raises here: a story that it did not tell is ``Failed``
with a reason, and the log says what the server said.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import stamina
from pydantic import BaseModel, Field, SecretStr, ValidationError

from digest.addresses import without_credentials
from digest.model import UsageError
from digest.summarize.writing.authors import Failed, Kind, Source

BYTES_A_TOKEN = 3
"""Of UTF-8, at least, for the usual tokenizers: which one the server has, it does not tell."""
PROBE_TOKENS = 16
CONNECT_SECONDS = 10.0
"""After which a machine that does not even take a connection is off."""

_SPEC = re.compile(r"endpoint:(?P<address>https?://[^\s#?]+)#(?P<model>\S+)")
_OF_ALL = {
    401: "its server refused the key (endpoint.key)",
    403: "its server refused the key (endpoint.key)",
    404: "its server has no such model, or does not listen at this address",
}
"""Answers that each story would get."""
_HEARD = 300
"""Characters of a server's own words in the log."""

logger = logging.getLogger(__name__)

# Retries are no news for the terminal of someone who did not set up logging.
logging.getLogger("stamina").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class EndpointPolicy:
    """How patiently, how much at once and how much in all a server is asked."""

    key: SecretStr = field(default_factory=lambda: SecretStr(""))
    """Sent as a bearer token."""
    timeout: float = 120.0
    """Seconds for one story: its request, and all retries with the waiting between them."""
    parallel: int = 4
    """Requests at once."""
    retries: int = 3
    """More attempts where one fails for what may pass in a moment."""
    context: int = 4096
    """Tokens that the server lets the model read and write together."""
    tokens: int = 500_000
    """Read and written by the model in one run."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """More fields of each request."""


class Endpoint:
    """``endpoint:http://localhost:11434/v1#qwen3:4b``: one model of one server."""

    kind: Kind = "chat"
    loaded = False

    def __init__(self, spec: str, policy: EndpointPolicy | None = None) -> None:
        """Raises UsageError where ``spec`` is not of that form."""
        found = _SPEC.fullmatch(spec)
        url = _url(found["address"]) if found else None
        if not found or not url:
            raise UsageError(
                f"no summarizer {without_credentials(spec)!r}: a server is named as "
                "endpoint:URL#MODEL, such as endpoint:http://localhost:11434/v1#qwen3:4b"
            )
        self._url = url
        self._policy = policy or EndpointPolicy()
        self._tokens_left = self._policy.tokens
        self._down: Failed | None = None
        self.shown = found["model"]
        self.name = f"{without_credentials(found['address'])}#{self.shown}"
        self.context = self._policy.context

    @property
    def writer(self) -> Endpoint:
        """Itself: there is nothing to load."""
        return self

    def room(self, prompt: str, written: int) -> int:
        """Tokens left for articles next to an empty prompt and ``written`` tokens of answer."""
        return self.context - self.count([prompt])[0] - written

    def count(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes at most, by its length."""
        return [math.ceil(len(text.encode()) / BYTES_A_TOKEN) for text in texts]

    def plain(self, text: str) -> str:
        """The text: which marks the model goes by is not known."""
        return text

    def probe(self) -> None:
        """Asks for a word. Raises UsageError with what to do where none comes."""
        [answer] = self.write(["Say yes."], PROBE_TOKENS)
        if isinstance(answer, Failed):
            raise UsageError(
                f"{self.name} cannot be used: {answer.why}. See that the server runs at this "
                f"address and has the model (Ollama: ollama pull {self.shown})"
            )

    def write(
        self,
        prompts: Sequence[str],
        longest: int,
        sources: Sequence[Source] = (),  # noqa: ARG002 - a server cannot be kept to them
    ) -> list[str | Failed]:
        """The server's answers, at most ``longest`` tokens each; in the order of the prompts."""
        return asyncio.run(self._all(prompts, longest))

    async def _all(self, prompts: Sequence[str], longest: int) -> list[str | Failed]:
        turns = asyncio.Semaphore(self._policy.parallel)
        # How long an answer may take is for _one to say.
        patience = httpx.Timeout(None, connect=CONNECT_SECONDS)
        async with httpx.AsyncClient(timeout=patience, **self._login()) as client:

            async def in_turn(prompt: str) -> str | Failed:
                async with turns:
                    return self._down or await self._one(client, prompt, longest)

            return list(await asyncio.gather(*map(in_turn, prompts)))

    async def _one(self, client: httpx.AsyncClient, prompt: str, longest: int) -> str | Failed:
        needed = self.count([prompt])[0] + longest
        if needed > self._tokens_left:
            limit = f"{self._policy.tokens} tokens (endpoint.tokens)"
            return Failed(f"this run's limit of {limit} is used up", passing=True)
        self._tokens_left -= needed
        try:
            async with asyncio.timeout(self._policy.timeout):
                answer = await self._answer(client, prompt, longest)
        except TimeoutError:
            return Failed(f"it did not answer within {self._policy.timeout:g} s", passing=True)
        except httpx.HTTPStatusError as error:
            return self._refused(error.response)
        except httpx.HTTPError as error:
            logger.warning("%s cannot be reached: %s", self.name, f"{type(error).__name__} {error}")
            self._down = Failed("its server cannot be reached", passing=True)
            return self._down
        except ValidationError:
            logger.warning("%s answered something that is no chat completion", self.name)
            return Failed("its server answered something that is no chat completion", passing=True)
        if answer.usage:
            self._tokens_left += needed - answer.usage.total_tokens
        return answer.choices[0].message.content or ""

    async def _answer(self, client: httpx.AsyncClient, prompt: str, longest: int) -> _Completion:
        question = {
            "model": self.shown,
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": longest,
            "temperature": 0,
        }

        def again(error: Exception) -> bool | float:
            """Whether, or in how many seconds."""
            if not isinstance(error, httpx.HTTPStatusError):
                return isinstance(error, httpx.TransportError)
            status = error.response.status_code
            wait = error.response.headers.get("Retry-After", "")
            seconds = float(wait) if wait.isdecimal() else 0.0
            may_pass = status == 429 or status >= 500
            return may_pass and seconds < self._policy.timeout and (seconds or True)

        async for attempt in stamina.retry_context(
            again,
            attempts=self._policy.retries + 1,
            timeout=None,
            wait_initial=0.5,
            wait_max=20.0,
            wait_jitter=0.5,
        ):
            with attempt:
                response = await client.post(
                    self._url.copy_with(userinfo=b"").join("chat/completions"),
                    json=question | dict(self._policy.options),
                )
                response.raise_for_status()
                return _Completion.model_validate_json(response.content)
        raise AssertionError("an attempt returns or raises")

    def _refused(self, response: httpx.Response) -> Failed:
        status = response.status_code
        words = response.text
        if key := self._policy.key.get_secret_value():
            words = words.replace(key, "…")
        logger.warning("%s answered %d: %r", self.name, status, words[:_HEARD])
        if why := _OF_ALL.get(status):
            self._down = Failed(why, passing=True)
            return self._down
        return Failed(f"its server answered {status}", passing=True)

    def _login(self) -> dict[str, Any]:
        # httpx logs the URLs that it asks for, so a password goes beside and not in them.
        if key := self._policy.key.get_secret_value():
            return {"headers": {"Authorization": f"Bearer {key}"}}
        if self._url.userinfo:
            return {"auth": httpx.BasicAuth(self._url.username, self._url.password)}
        return {}


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    total_tokens: int


class _Completion(BaseModel):
    """As much of an answer as is used."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def _url(address: str) -> httpx.URL | None:
    """Nothing where it cannot be one, such as with a port of six digits."""
    try:
        return httpx.URL(address.rstrip("/") + "/")
    except httpx.InvalidURL:
        return None
