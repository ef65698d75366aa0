import os
from pathlib import Path

import pytest

from digest.model import UsageError
from digest.settings import load

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in os.environ if name.startswith("DIGEST_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "config" / "digest.yaml"
    path.parent.mkdir(parents=True)
    return path


def refusal(path: Path, text: str) -> list[str]:
    """The lines with which the text is refused, without the heading and the file's name."""
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        load(path)
    heading, *lines = str(caught.value).splitlines()
    assert heading == "the settings cannot be used:"
    return [line.strip().removeprefix(f"{path}, ") for line in lines]


def test_an_empty_file_means_the_defaults(file: Path):
    file.write_text("# nothing yet\n")
    settings = load(file)
    name, edition = settings.edition("")
    assert (name, edition.schedule, edition.max_stories) == ("daily", "0 7 * * *", 12)
    assert settings.summarizer == "extractive"


def test_the_file_that_comes_with_the_project_says_what_the_defaults_are(file: Path):
    ours = Path(__file__).parents[1] / "config" / "digest.yaml"
    file.write_text(ours.read_text())
    written = load(file)
    file.write_text("editions: {daily: {title: The daily digest}}")
    assert written == load(file)


def test_all_errors_are_told_at_once_each_with_its_line_what_is_there_and_what_may_be(file: Path):
    assert refusal(
        file,
        """\
summarizer: bart
fetch:
  timeout: 0
  per_host: many
editions:
  Daily News:
    schedule: "61 7 * * *"
  weekly:
    timezone: Mars/Olympus
    topics: world
    words: 5
mail:
  security: ssl
""",
    ) == [
        "line 1: summarizer: is no summarizer: extractive, seq2seq:MODEL or chat:MODEL "
        "(MODEL a name on a hub or a folder), or endpoint:URL#MODEL (found: 'bart')",
        "line 3: fetch.timeout: should be greater than 0 (found: 0)",
        "line 4: fetch.per_host: should be a valid integer, unable to parse string as an integer "
        "(found: 'many')",
        "line 6: editions.Daily News: an edition's name has lower-case letters, digits and "
        "hyphens only (found: 'Daily News')",
        "line 7: editions.Daily News.schedule: is no cron line (Bad minute): five fields, minute "
        'hour day month weekday, such as "0 7 * * *" for seven every morning '
        "(found: '61 7 * * *')",
        "line 9: editions.weekly.timezone: is no time zone: an IANA name such as Europe/London, "
        "Asia/Seoul or UTC (found: 'Mars/Olympus')",
        "line 10: editions.weekly.topics: should be a valid tuple (found: 'world')",
        "line 11: editions.weekly.words: should be greater than or equal to 20 (found: 5)",
        "line 13: mail.security: should be 'starttls', 'tls' or 'none' (found: 'ssl')",
    ]


def test_a_name_that_is_no_setting_is_told_with_those_that_are(file: Path):
    first, second, third = refusal(
        file, "sumarizer: extractive\nmail:\n  prot: 25\neditions:\n  daily:\n    word: 80\n"
    )
    assert first.startswith("line 1: sumarizer: is no setting; here are allowed: feeds, outputs")
    assert second == (
        "line 3: mail.prot: is no setting; here are allowed: "
        "host, port, security, username, password, sender, block, unsubscribe"
    )
    assert third.startswith("line 6: editions.daily.word: is no setting; here are allowed: title")


def test_a_name_that_is_no_text_is_no_setting(file: Path):
    (line,) = refusal(file, "7: every morning\n")
    assert line.startswith("line 1: 7: is no setting")


@pytest.mark.parametrize("schedule", ["0 0 30 2 *", "0 7 * *", "* * * * * *", "daily", ""])
def test_a_schedule_that_never_comes_or_has_not_five_fields_is_refused(file: Path, schedule: str):
    (line,) = refusal(file, f"editions:\n  daily:\n    schedule: '{schedule}'\n")
    assert line.startswith("line 3: editions.daily.schedule: is no cron line")


def test_a_setting_that_is_there_twice_is_told_with_the_line_of_the_second(file: Path):
    assert refusal(
        file, "store: sqlite:///a.db\nfetch:\n  retries: 1\nstore: sqlite:///b.db\n"
    ) == ["line 4: store: is there twice"]
    assert refusal(file, "fetch:\n  retries: 1\n  timeout: 5\n  retries: 2\n") == [
        "line 4: fetch.retries: is there twice"
    ]


def test_no_editions_at_all_are_refused(file: Path):
    (line,) = refusal(file, "editions: {}\n")
    assert line.startswith("line 1: editions: dictionary should have at least 1 item")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("fetch: {timeout: 5\n", 2),
        ("fetch:\n\ttimeout: 5\n", 2),
        ("feeds: a.opml\n[1]: 2\n", 2),
        ("feeds: a.opml\n---\nfeeds: b.opml\n", 2),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(file: Path, text: str, line: int):
    file.write_text(text)
    with pytest.raises(UsageError, match=f"digest.yaml, line {line}: is not YAML: "):
        load(file)


def test_a_character_that_yaml_forbids_is_told_without_a_traceback(file: Path):
    file.write_text("feeds: \x07\n")
    with pytest.raises(UsageError, match="is not YAML"):
        load(file)


def test_a_list_is_no_settings_file(file: Path):
    file.write_text("- daily\n- weekly\n")
    with pytest.raises(UsageError, match="holds list, where `name: value` lines belong"):
        load(file)


def test_a_missing_file_is_told_with_what_to_do(file: Path):
    with pytest.raises(UsageError, match=r"there is no settings file .*--config or DIGEST_CONFIG"):
        load(file)


def test_a_file_that_cannot_be_read_is_told_with_the_reason(file: Path):
    with pytest.raises(UsageError, match=r"settings file .* cannot be read: .*directory"):
        load(file.parent)
    file.write_bytes(b"editions: {daily: {title: \xe9t\xe9}}")
    with pytest.raises(UsageError, match=r"settings file .* cannot be read: .*utf-8"):
        load(file)


def test_the_environment_goes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch):
    file.write_text(
        "fetch: {timeout: 9, retries: 1}\neditions:\n  daily: {words: 80}\n  noon: {}\n"
    )
    monkeypatch.setenv("DIGEST_FETCH__TIMEOUT", "2.5")
    monkeypatch.setenv("DIGEST_EDITIONS__DAILY__MAX_STORIES", "3")
    monkeypatch.setenv("DIGEST_SUMMARIZER", "chat:smollm2")
    monkeypatch.setenv("DIGEST_MAIL", '{"host": "mail.example", "port": 25}')
    settings = load(file)
    assert (settings.fetch.timeout, settings.fetch.retries) == (2.5, 1)
    daily = settings.editions["daily"]
    assert (daily.words, daily.max_stories) == (80, 3)
    assert list(settings.editions) == ["daily", "noon"]
    assert settings.summarizer == "chat:smollm2"
    assert (settings.mail.host, settings.mail.port) == ("mail.example", 25)


def test_a_wrong_variable_is_told_by_its_own_name(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DIGEST_FETCH__TIMEOUT", "soon")
    monkeypatch.setenv("DIGEST_FETCH__TIMOUT", "5")
    wrong, unknown = refusal(file, "fetch: {timeout: 9}\n")
    assert wrong.startswith("DIGEST_FETCH__TIMEOUT (environment): should be a valid number")
    assert wrong.endswith("(found: 'soon')")
    assert unknown.startswith("DIGEST_FETCH__TIMOUT (environment): is no setting; ")


def test_a_variable_that_names_no_setting_is_told(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DIGEST_SUMARIZER", "extractive")
    (line,) = refusal(file, "")
    assert line.startswith("DIGEST_SUMARIZER (environment): is no setting; here are allowed: ")
    assert "DIGEST_SUMMARIZER" in line


def test_a_whole_section_in_a_variable_must_be_json(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DIGEST_MAIL", f'{{"password": "{PASSWORD}"')
    (line,) = refusal(file, "")
    assert 'field "mail"' in line
    assert line.endswith("which is no JSON")
    assert PASSWORD not in line


@pytest.mark.parametrize(
    "text",
    [
        f"mail: {{password: [{PASSWORD}]}}\n",
        f"mail: {{pasword: {PASSWORD}}}\n",
        f"mail:\n  - host: mail.example\n    password: {PASSWORD}\n",
        f"password: {PASSWORD}\n",
        f"mail: {{password: {PASSWORD}, port: 0}}\n",
        f"endpoint: {{key: [{PASSWORD}], timeout: 0}}\n",
        f"endpoint: {{keys: {PASSWORD}}}\n",
        f"summarizer: endpoint:ftp://ada:{PASSWORD.replace(' ', '-')}@host.example/v1#m\n",
    ],
)
def test_a_password_stands_in_no_error(file: Path, text: str):
    told = "\n".join(refusal(file, text))
    assert PASSWORD not in told.replace("-", " ")


def test_a_password_is_shown_nowhere_but_to_who_asks_for_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    file.write_text("")
    monkeypatch.setenv("DIGEST_MAIL__PASSWORD", PASSWORD)
    settings = load(file)
    assert PASSWORD not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
    assert settings.mail.password.get_secret_value() == PASSWORD


def test_a_server_that_writes_and_its_key_come_from_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    file.write_text(
        "editions:\n  daily: {summarizer: endpoint:http://localhost:11434/v1#qwen3:4b}\n"
    )
    monkeypatch.setenv("DIGEST_ENDPOINT__KEY", PASSWORD)
    monkeypatch.setenv("DIGEST_ENDPOINT__OPTIONS", '{"reasoning_effort": "none"}')
    settings = load(file)
    daily = settings.editions["daily"]
    assert daily.summarizer == "endpoint:http://localhost:11434/v1#qwen3:4b"
    assert PASSWORD not in repr(settings) + settings.model_dump_json()
    assert settings.endpoint.key.get_secret_value() == PASSWORD
    assert settings.endpoint.options == {"reasoning_effort": "none"}


def test_relative_paths_start_at_the_folder_that_holds_config(file: Path):
    file.write_text("feeds: lists/mine.opml\nstore: sqlite:///state/news.db\noutputs: /srv/news\n")
    settings = load(file)
    project = file.parents[1]
    assert settings.feeds == project / "lists" / "mine.opml"
    assert settings.store == f"sqlite:///{project}/state/news.db"
    assert settings.outputs == Path("/srv/news")


def test_relative_paths_of_a_file_that_stands_elsewhere_start_beside_it(tmp_path: Path):
    alone = tmp_path / "mine.yaml"
    alone.write_text("feeds: feeds.opml\n")
    assert load(alone).feeds == tmp_path / "feeds.opml"


def test_relative_paths_in_variables_start_where_the_command_runs(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file.write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_OUTPUTS", "public")
    monkeypatch.setenv("DIGEST_STORE", "sqlite:///here.db")
    settings = load(file)
    assert settings.outputs == tmp_path / "public"
    assert settings.store == f"sqlite:///{tmp_path}/here.db"


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "postgresql+psycopg://news@db/digest"])
def test_a_store_that_is_no_file_is_left_as_it_is(file: Path, url: str):
    file.write_text(f"store: '{url}'\n")
    assert load(file).store == url


def test_another_file_may_be_named_in_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch):
    file.write_text("silent_after_days: 3\n")
    monkeypatch.setenv("DIGEST_CONFIG", str(file))
    assert load().silent_after_days == 3


@pytest.mark.parametrize("url", ["news.db", "mysql://db/news", "sqlite://news.db"])
def test_a_store_that_is_no_database_of_ours_is_refused(file: Path, url: str):
    (line,) = refusal(file, f"store: {url}\n")
    assert line.startswith("line 1: store: is no store: sqlite:///path/to/file.sqlite or postgres")


@pytest.mark.parametrize("address", ["ada", "Ada <ada@home.example>", "a@b@c", "ada@", ""])
def test_a_recipient_who_is_no_mail_address_is_refused(file: Path, address: str):
    (line,) = refusal(file, f"editions:\n  daily:\n    recipients: ['{address}']\n")
    assert line.startswith("line 3: editions.daily.recipients.0: is no mail address: write it as ")


def test_verification_may_be_off_without_quotes(file: Path):
    file.write_text("verify: off\n")
    assert load(file).verify == "off"


def test_an_edition_that_is_not_there_is_told_with_those_that_are(file: Path):
    file.write_text("editions: {morning: {}, evening: {}}\n")
    settings = load(file)
    assert settings.edition("evening")[0] == "evening"
    with pytest.raises(UsageError, match="no edition 'noon' in the settings: morning, evening"):
        settings.edition("noon")


def test_channels_come_from_the_file_and_from_variables_and_are_not_shown(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DIGEST_CHANNELS__TEAM", f"slack://{PASSWORD}")
    file.write_text(
        "channels:\n  ops: json://hooks.example/secret\n"
        "editions:\n  daily:\n    channels: [team, ops]\n"
    )
    settings = load(file)
    assert settings.channels["team"].get_secret_value() == f"slack://{PASSWORD}"
    assert sorted(settings.channels) == ["ops", "team"]
    assert PASSWORD not in f"{settings!r}{settings.model_dump()}"
    assert "hooks.example" not in f"{settings!r}{settings.model_dump()}"


def test_a_channel_that_there_is_not_is_told_with_its_line_and_those_that_there_are(file: Path):
    (line,) = refusal(
        file,
        "channels: {team: json://hooks.example/}\n"
        "editions:\n  daily:\n    channels:\n      - team\n      - tema\n",
    )
    assert line == (
        "line 6: editions.daily.channels.1: is no channel; below channels there is: team "
        "(found: 'tema')"
    )
    (line,) = refusal(file, "editions: {daily: {channels: [team]}}\n")
    assert "below channels there is: none" in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("channels: {team: hunter2}", "channels.team: is no address of a channel"),
        ("channels: {team: [hunter2]}", "channels.team: should be a valid string"),
        ("channels: hunter2", "channels: should be a valid dictionary"),
        ("channels: {Team: json://hunter2}", "channels.Team: a channel's name has lower-case"),
    ],
)
def test_what_is_wrong_with_a_channel_is_told_without_its_address(file: Path, text: str, told: str):
    (line,) = refusal(file, text)
    assert told in line
    assert "hunter2" not in line


@pytest.mark.parametrize("address", ["mailto:stop@news.example", "https://news.example/stop", ""])
def test_where_one_unsubscribes_is_a_mail_or_an_https_address(file: Path, address: str):
    file.write_text(f"mail:\n  unsubscribe: '{address}'\n")
    assert load(file).mail.unsubscribe == address


@pytest.mark.parametrize(
    "address",
    [
        "stop@news.example",
        "http://news.example/",
        "mailto:stop",
        "https://news.example/>",
        "mailto:é@b.c",
    ],
)
def test_another_address_to_unsubscribe_at_is_refused(file: Path, address: str):
    (line,) = refusal(file, f"mail:\n  unsubscribe: '{address}'\n")
    assert line.startswith("line 2: mail.unsubscribe: is no address to unsubscribe at")
