from __future__ import annotations

import gc
import signal
from contextlib import suppress

import pytest

from digest.operate.serve import stoppable

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers():
    """Those of the tests come back; `digest serve` has no use for them when it has ended."""
    before = {each: signal.getsignal(each) for each in SIGNALS}
    yield
    gc.unfreeze()
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_block(number):
    with stoppable():
        signal.raise_signal(number)
        pytest.fail("it goes on")


def test_a_signal_that_somebody_swallowed_ends_the_block_as_soon_as_it_is_asked():
    with stoppable() as unless_asked:
        unless_asked()
        # As a library's callback may do; a destructor does it by itself.
        with suppress(BaseException):
            signal.raise_signal(signal.SIGINT)
        unless_asked()
        pytest.fail("it goes on")


def test_nothing_disturbs_the_end():
    ended = []
    with stoppable():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGTERM)
            ended.append("whole")
    assert ended == ["whole"]
