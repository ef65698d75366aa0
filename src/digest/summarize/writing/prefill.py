"""Reading prompts one by one, so that they are continued together: what a processor does best.

A batch of padded prompts is read at less than half the speed, because attention with a mask takes
a slower path and what lies between two layers no longer fits the processor's caches. Writing is the
other way round: one pass over the weights serves all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import Cache, DynamicLayer


def read(model: Any, tokens: Tensor, mask: Tensor, longest: int) -> Cache | None:
    """What the model keeps of all tokens but the last, with room for ``longest`` more.

    Args:
        model: A decoder, such as Llama.
        tokens: (prompts, length), padded on the left.
        mask: The same shape, 0 where a token is padding.
        longest: Tokens that will be written at most.

    Returns:
        The cache for ``generate``; nothing where the model keeps more than keys and values of
        every token, as those with sliding windows or a state do.
    """
    kept = []
    for row, there in zip(tokens, mask, strict=True):
        told = model.base_model(input_ids=row[there.bool()][None, :-1], use_cache=True)
        layers = getattr(told.get("past_key_values"), "layers", [None])
        # Those that derive from it keep less than all.
        if any(type(layer) is not DynamicLayer for layer in layers):
            return None
        kept.append(layers)
    together = DynamicCache()
    together.layers = [
        _Roomy(rows, tokens.shape[1] - 1, longest) for rows in zip(*kept, strict=True)
    ]
    return together


class _Roomy(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer's keys and values of all prompts, and room for those to come.

    Its base makes a copy of all of them at each token, which takes longer than the token.
    """

    def __init__(self, rows: Sequence[Any], length: int, room: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.lazy_initialization(rows[0].keys, rows[0].values)
        self._places = (
            _in_columns([row.keys for row in rows], length, room),
            _in_columns([row.values for row in rows], length, room),
        )
        self.keys, self.values = (place[:, :, :length] for place in self._places)

    def update(
        self, key_states: Tensor, value_states: Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """All keys and values, these at the end; see ``DynamicLayer``."""
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        for place, states in zip(self._places, (key_states, value_states), strict=True):
            place[:, :, start:end] = states
        self.keys, self.values = (place[:, :, :end] for place in self._places)
        return self.keys, self.values


def _in_columns(rows: Sequence[Tensor], length: int, room: int) -> Tensor:
    """(rows, heads, length + room, size) from (1, heads, own length, size), right before it."""
    _, heads, _, size = rows[0].shape
    place = rows[0].new_zeros(len(rows), heads, length + room, size)
    for number, row in enumerate(rows):
        place[number, :, length - row.shape[2] : length] = row[0]
    return place
