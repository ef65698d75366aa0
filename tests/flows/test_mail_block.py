"""The mail server that a block on a real Prefect server describes."""

from __future__ import annotations

import pytest
from prefect import flow
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect_email import EmailServerCredentials

from digest.model import UsageError
from digest.publish.smtp import MailServer, server_from_block

pytestmark = pytest.mark.prefect


@flow
def mail_server(block: str) -> MailServer:
    return server_from_block(block)


def test_a_flow_finds_the_mail_server_in_a_block(start_prefect, tmp_path):
    with (
        start_prefect(tmp_path) as served,
        temporary_settings({PREFECT_API_URL: served.variables["PREFECT_API_URL"]}),
    ):
        with pytest.raises(UsageError, match="no such block"):
            server_from_block("letters")
        EmailServerCredentials(
            username="ada",
            password="correct horse",
            smtp_server="mail.example.org",
            smtp_type="STARTTLS",
        ).save("letters")
        found = MailServer("mail.example.org", 587, "starttls", "ada", "correct horse")
        assert server_from_block("letters") == found
        assert mail_server("letters") == found
