"""Where a model runs on this machine, and in which floating-point type."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch


@dataclass(frozen=True, slots=True)
class Device:
    """A place to run a model."""

    kind: str
    """PyTorch's name for it: ``cuda``, ``mps`` or ``cpu``."""
    dtype: torch.dtype

    def __str__(self) -> str:
        return f"{self.kind} {str(self.dtype).removeprefix('torch.')}"


@cache
def best_device() -> Device:
    """The fastest device of this machine, with bfloat16 where its hardware computes in it.

    Never float16: T5 and PEGASUS overflow in it.
    """
    if torch.cuda.is_available():
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return Device("cuda", _bfloat16_if(native))
    if torch.backends.mps.is_available():
        return Device("mps", _bfloat16_if(torch.backends.mps.is_macos_or_newer(14, 0)))
    return Device("cpu", _bfloat16_if(_processor_has_bfloat16()))


def _processor_has_bfloat16() -> bool:
    """Whether the processor has instructions for it; emulated, it is slower than float32."""
    has = torch.cpu.get_capabilities()
    return any(has.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"))


def _bfloat16_if(supported: bool) -> torch.dtype:
    return torch.bfloat16 if supported else torch.float32
