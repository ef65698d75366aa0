import pytest
import torch

from digest.summarize import devices


@pytest.fixture(autouse=True)
def _fresh() -> None:
    devices.best_device.cache_clear()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
@pytest.mark.parametrize(
    ("capabilities", "shown"),
    [
        ({"avx512_f": True}, "cpu float32"),
        ({"avx512_f": True, "avx512_bf16": True}, "cpu bfloat16"),
        ({"amx_bf16": True}, "cpu bfloat16"),
        ({"neon": True, "bf16": True}, "cpu bfloat16"),
    ],
)
def test_bfloat16_is_used_only_where_the_processor_computes_in_it(
    capabilities: dict[str, bool], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert str(devices.best_device()) == shown


def test_a_matrix_can_be_multiplied_on_the_chosen_device() -> None:
    device = devices.best_device()
    matrix = torch.eye(8, dtype=device.dtype, device=device.kind)
    assert torch.equal(matrix @ matrix, matrix)
