"""A model on this machine: looked up at once, loaded when it is first asked to write."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from digest.model import UsageError
from digest.summarize import checkpoints
from digest.summarize.writing.authors import Kind

if TYPE_CHECKING:
    from digest.summarize.writing.writer import Writer


class LocalModel:
    """``seq2seq:MODEL`` or ``chat:MODEL``.

    MODEL is ``smollm2`` (packaged), a folder, a ``.gguf`` file, or ``owner/name[@revision]``.
    """

    def __init__(self, spec: str) -> None:
        """Raises UsageError where ``spec`` is not of that form."""
        kind, _, self._wanted = spec.partition(":")
        if kind not in ("seq2seq", "chat") or not self._wanted:
            raise UsageError(
                f"no summarizer {spec!r}: a model is named as seq2seq:MODEL or chat:MODEL, where "
                f"MODEL is owner/name on the hub, a folder, or smollm2 (as chat)"
            )
        self.kind = cast("Kind", kind)

    @cached_property
    def _checkpoint(self) -> checkpoints.Checkpoint:
        return checkpoints.find(self._wanted)

    @property
    def name(self) -> str:
        """Model and revision. Looks the files up; raises UsageError where they are missing."""
        return str(self._checkpoint)

    shown = name

    @property
    def loaded(self) -> bool:
        """Whether the weights have been read yet."""
        return "writer" in self.__dict__

    @cached_property
    def writer(self) -> Writer:
        """Reads the weights; raises UsageError where they cannot be used."""
        from digest.summarize.writing.writer import Writer

        return Writer(self.kind, self._checkpoint)
