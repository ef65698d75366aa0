import pytest

from digest.addresses import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("moved@away.example", "m…@away.example"),
        ("550 <moved.on+news@away.example>: unknown", "550 <m…@away.example>: unknown"),
        ("to ada@a.example, bo@b.example", "to a…@a.example, b…@b.example"),
        ("장관@away.example", "장…@away.example"),
        ("channel:team", "channel:team"),
        ("at 7 @ home", "at 7 @ home"),
    ],
)
def test_a_mail_address_is_shown_by_its_first_letter_and_its_domain(text: str, shown: str):
    assert masked(text) == shown
