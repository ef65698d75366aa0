import pytest

from digest.addresses import masked


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("moved@away.example", "m…@away.example"),
        ("moved.on+news@away.example", "m…@away.example"),
        ("장관@away.example", "장…@away.example"),
        ('"john doe"@away.example', "j…@away.example"),
        ('"john@home"@away.example', "j…@away.example"),
        ("ada@[10.0.0.5]", "a…@[10.0.0.5]"),
        ("channel:team", "channel:team"),
    ],
)
def test_a_mail_address_is_shown_by_its_first_letter_and_its_host(recipient: str, shown: str):
    assert masked(recipient) == shown
