"""Who writes: a model on this machine or behind an address, as ``generative`` sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["seq2seq", "chat"]
"""``seq2seq`` reads a text and writes a shorter one; ``chat`` does as it is told."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why nothing was written on a prompt."""

    why: str
    """For the reader of the page: no address, no server's words."""
    passing: bool = False
    """Whether another run may do better."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a text is written from."""

    text: str
    language: str = ""


class Writer(Protocol):
    """Turns prompts into text; all lengths are in its own tokens."""

    @property
    def context(self) -> int:
        """Tokens it can read; of a chat model what it writes counts as well."""
        ...

    def room(self, prompt: str, written: int) -> int:
        """Tokens left for articles next to an empty prompt and ``written`` tokens of answer."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes inside a longer one."""
        ...

    def plain(self, text: str) -> str:
        """The text without what the model takes for a mark of its own, such as an end of turn."""
        ...

    def write(
        self, prompts: Sequence[str], longest: int, sources: Sequence[Source] = ()
    ) -> list[str | Failed]:
        """What it writes on each prompt, at most ``longest`` tokens; in the prompts' order.

        Where it can be, it is kept to the names and numbers of ``sources``, one for each prompt.
        """
        ...


class Model(Protocol):
    """A model that can be named before it is loaded."""

    kind: Kind

    @property
    def name(self) -> str:
        """Differs from that of every model that would write something else."""
        ...

    @property
    def shown(self) -> str:
        """As readers see it."""
        ...

    @property
    def loaded(self) -> bool:
        """Whether its weights have been read yet."""
        ...

    @property
    def writer(self) -> Writer:
        """Loads it. Raises UsageError where it cannot be loaded, with what to do."""
        ...
