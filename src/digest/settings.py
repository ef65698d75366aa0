"""The settings: ``config/digest.yaml``, any value of which a ``DIGEST_…`` variable overrides.

Everything wrong is reported at once, each with the line it stands on, what was found there and what
is allowed, because somebody who mends one error at a time gives up at the third.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import yaml
from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)
from upath import UPath

from digest.model import UsageError

DEFAULT_PATH = Path("config/digest.yaml")
PREFIX = "DIGEST_"
NESTED = "__"


def _cron(value: str) -> str:
    """A cron line of five fields, as Prefect and crontab read it."""
    try:
        # CronSim would also take a sixth field, of seconds, which no edition's slot could name.
        if len(value.split()) != 5:
            raise CronSimError("Wrong number of fields")
        CronSim(value, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(
            f"is no cron line ({error}): five fields, minute hour day month weekday, "
            'such as "0 7 * * *" for seven every morning'
        ) from None
    return value


def _timezone(value: str) -> str:
    """An IANA time zone name."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            "is no time zone: an IANA name such as Europe/London, Asia/Seoul or UTC"
        ) from None
    return value


_SUMMARIZER = re.compile(r"extractive|(seq2seq|chat):\S+|endpoint:https?://[^\s#?]+#\S+")


def _summarizer(value: str) -> str:
    """One of its forms; whether the model exists is seen later."""
    if not _SUMMARIZER.fullmatch(value):
        raise ValueError(
            "is no summarizer: extractive, seq2seq:MODEL or chat:MODEL "
            "(MODEL a name on a hub or a folder), or endpoint:URL#MODEL"
        )
    return value


def _off(value: object) -> object:
    """YAML 1.1 reads a bare ``off`` as false."""
    return "off" if value is False else value


def _store(value: str) -> str:
    """SQLite for one machine, PostgreSQL for several."""
    if not re.match(r"sqlite:///|postgresql(\+psycopg)?://", value):
        raise ValueError(
            "is no store: sqlite:///path/to/file.sqlite or postgresql://user:password@host/database"
        )
    return value


_BUCKET = re.compile(r"(s3|gs)://[a-z0-9][a-z0-9._-]+[a-z0-9](/[^?#]*)?")
_DRIVERS = {"s3": ("s3fs", "s3"), "gs": ("gcsfs", "gcs")}
"""The package that each kind of bucket needs, and the extra of this project that brings it."""
_NO_OUTPUTS = (
    "is no place for editions: a folder, s3://bucket/prefix or gs://bucket/prefix "
    "(credentials belong into the environment)"
)


def _outputs(value: object) -> Path | UPath:
    """A folder, or a bucket of an object storage with a prefix."""
    if isinstance(value, Path | UPath):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError(_NO_OUTPUTS)
    if "://" not in value:
        return Path(value)
    bucket = _BUCKET.fullmatch(value)
    if not bucket:
        raise ValueError(_NO_OUTPUTS)
    driver, extra = _DRIVERS[bucket[1]]
    if not find_spec(driver):
        raise ValueError(
            f"needs the package {driver}, which is not installed: "
            f"pip install --constraint constraints.txt --editable '.[{extra}]'"
        )
    return UPath(value)


def mail_address(value: str) -> str:
    """One address, without a name.

    Raises:
        ValueError: it is none.
    """
    try:
        Address(addr_spec=value)
    except (HeaderParseError, IndexError, ValueError):
        value = ""
    if "@" not in value:
        raise ValueError("is no mail address: write it as name@host")
    return value


def _unsubscribe(value: str) -> str:
    """Where a mail program's button sends who wants no more mails: one line of a mail's header."""
    if not re.fullmatch(r"((mailto:(?=[^@]+@.)|https://)[!-;=?-~]{1,900})?", value):
        raise ValueError(
            "is no address to unsubscribe at: mailto:name@host or https://host/page, "
            "or empty for none"
        )
    return value


def _channel(value: SecretStr) -> SecretStr:
    """Whether apprise knows it is seen by ``digest check``: to look takes a while."""
    if not re.match(r"[A-Za-z][A-Za-z0-9]*://.", value.get_secret_value()):
        raise ValueError(
            "is no address of a channel: one that apprise reads, such as slack://… or json://host/"
        )
    return value


Cron = Annotated[str, AfterValidator(_cron)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
Folder = Annotated[Path | None, BeforeValidator(lambda value: value or None)]
Outputs = Annotated[Path | UPath, PlainValidator(_outputs), PlainSerializer(str)]
StoreURL = Annotated[str, AfterValidator(_store)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
Topic = Annotated[str, AfterValidator(str.lower)]
SummarizerSpec = Annotated[str, AfterValidator(_summarizer)]
Verification = Annotated[Literal["enforce", "shadow", "off"], BeforeValidator(_off)]
Unsubscribe = Annotated[str, AfterValidator(_unsubscribe)]
ChannelURL = Annotated[SecretStr, AfterValidator(_channel)]
EditionName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
ChannelName = EditionName


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EditionSettings(_Section):
    """One edition: when it comes out, what goes in, who gets it."""

    title: str = ""
    """What stands at the top; the edition's name where empty."""
    schedule: Cron = "0 7 * * *"
    """When its articles are cut off and it is made, in its time zone."""
    timezone: TimeZone = "UTC"
    language: str = "en"
    """The language of the page around the stories."""
    topics: tuple[Topic, ...] = ()
    """Only feeds with one of these topics; all feeds where empty."""
    max_stories: int = Field(12, ge=1, le=100)
    words: int = Field(120, ge=20, le=1000)
    """At most so many words a story."""
    sentences: int = Field(5, ge=1, le=30)
    """At most so many sentences a story."""
    look_back_hours: float = Field(36, gt=0, le=24 * 31)
    """How far back the first edition looks, and how old news may be that arrives late."""
    summarizer: SummarizerSpec | None = None
    """Instead of the common one."""
    recipients: tuple[MailAddress, ...] = ()
    """Mail addresses it is sent to."""
    channels: tuple[str, ...] = ()
    """Names of the channels that a short form of it is posted to."""


class FetchSettings(_Section):
    """How feeds and pages are fetched."""

    contact: str = ""
    """A mail address or page, told to the sites in the User-Agent."""
    timeout: float = Field(20, gt=0, le=300)
    """Seconds for one whole response."""
    max_bytes: int = Field(8 * 1024 * 1024, ge=1024)
    """The largest response, before and after decompression."""
    concurrency: int = Field(32, ge=1, le=1000)
    """Requests at once."""
    per_host: int = Field(2, ge=1, le=20)
    """Requests at once to one host."""
    retries: int = Field(2, ge=0, le=10)
    robots: bool = True
    """Whether robots.txt is asked before an article's page is."""
    allow_private: bool = False
    """Whether addresses of this machine and its network may be reached."""


class IngestSettings(_Section):
    """When and by how many the feeds are asked between the editions."""

    schedule: Cron = "50 * * * *"
    """When the feeds that are due are asked and their articles read."""
    timezone: TimeZone = "UTC"
    shards: int = Field(1, ge=1, le=100)
    """Parts that the hosts are divided into, each carried out by a flow run of its own."""


class RetentionSettings(_Section):
    """How many days things are kept that no published edition needs; 0 keeps them for ever."""

    schedule: Cron = "30 4 * * 0"
    """When what is older is removed."""
    timezone: TimeZone = "UTC"
    articles: int = Field(90, ge=0)
    """Texts of articles, and the paragraphs kept for use again."""
    runs: int = Field(90, ge=0)
    """Flow runs on the Prefect server, with their logs and artifacts."""
    outputs: int = Field(0, ge=0)
    """Editions' folders in the outputs."""


class PrefectSettings(_Section):
    """What this project is called on a Prefect server."""

    work_pool: str = Field("digest", pattern=r"^[^/%&><\"']+$")


class MailSettings(_Section):
    """The SMTP server that takes the mails. The password belongs into ``DIGEST_MAIL__PASSWORD``."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``none`` is for a server on this machine only."""
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = ""
    """The From address."""
    block: str = ""
    """A block of Prefect that describes the server, instead of the settings above the sender."""
    unsubscribe: Unsubscribe = ""
    """What the mails' List-Unsubscribe names; none where empty."""


class EndpointSettings(_Section):
    """How a server is asked that writes the paragraphs. Its key belongs into
    ``DIGEST_ENDPOINT__KEY``."""

    key: SecretStr = SecretStr("")
    timeout: float = Field(120, gt=0, le=3600)
    """Seconds for one story, with all retries."""
    parallel: int = Field(4, ge=1, le=100)
    """Requests at once."""
    retries: int = Field(3, ge=0, le=10)
    context: int = Field(4096, ge=512)
    """Tokens that the server lets the model read and write together."""
    tokens: int = Field(500_000, ge=1)
    """Read and written in one run."""
    options: dict[str, Any] = {}
    """More fields of each request."""


class Settings(BaseSettings):
    """All settings. Paths are absolute once loaded."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="forbid", frozen=True
    )

    feeds: Path = Path("config/feeds.opml")
    outputs: Outputs = Path("outputs")
    """A folder, or the URL of a bucket with a prefix."""
    store: StoreURL = "sqlite:///.digest/digest.sqlite"
    """A SQLAlchemy URL: SQLite for one machine, PostgreSQL for several."""
    templates: Folder = None
    """A folder whose files replace the built-in templates of the same name."""
    summarizer: SummarizerSpec = "extractive"
    verify: Verification = "enforce"
    """What happens to generated sentences that their sources do not support."""
    checker: str | None = Field(None, pattern=r"^\S+$")
    """A model that judges them: a name on a hub or a folder; the packaged one where none."""
    multilingual_encoder: str | None = Field(None, pattern=r"^\S+$")
    """Reads the sentences of stories that are not in English; the packaged one where none."""
    silent_after_days: float = Field(14, gt=0)
    """A feed that brought nothing new for so long is called silent."""
    dead_after_days: float = Field(7, gt=0)
    """A feed that failed for so long is called dead, and an event tells of it."""
    site_url: str = Field("", pattern=r"^(https?://\S+)?$")
    """Where ``outputs`` is published, for absolute links in its feed."""
    channels: dict[ChannelName, ChannelURL] = {}
    """Where else editions are told of, as apprise writes it: these addresses hold secrets."""
    editions: dict[EditionName, EditionSettings] = Field(
        default_factory=lambda: {"daily": EditionSettings()}, min_length=1
    )
    fetch: FetchSettings = FetchSettings()
    ingest: IngestSettings = IngestSettings()
    retention: RetentionSettings = RetentionSettings()
    prefect: PrefectSettings = PrefectSettings()
    mail: MailSettings = MailSettings()
    endpoint: EndpointSettings = EndpointSettings()

    @field_validator("editions")
    @classmethod
    def _channels_exist(
        cls, editions: dict[str, EditionSettings], info: ValidationInfo
    ) -> dict[str, EditionSettings]:
        known = info.data.get("channels", ())
        wrong = PydanticCustomError(
            "unknown_channel",
            "is no channel; below channels there is: {known}",
            {"known": ", ".join(known) or "none"},
        )
        unknown = [
            InitErrorDetails(type=wrong, loc=(name, "channels", number), input=channel)
            for name, edition in editions.items()
            for number, channel in enumerate(edition.channels)
            if channel not in known
        ]
        # Where the channels themselves are wrong, that is told.
        if unknown and "channels" in info.data:
            raise ValidationError.from_exception_data(cls.__name__, unknown)
        return editions

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (the signature is pydantic's)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, whose values come as arguments."""
        return env_settings, init_settings

    def edition(self, name: str) -> tuple[str, EditionSettings]:
        """The edition of that name; the first one where the name is empty."""
        if not name:
            return next(iter(self.editions.items()))
        if name not in self.editions:
            raise UsageError(
                f"there is no edition {name!r} in the settings: {', '.join(self.editions)}"
            )
        return name, self.editions[name]


def load(path: Path | None = None) -> Settings:
    """The settings of a file, of ``DIGEST_CONFIG``, or of ``config/digest.yaml``.

    Relative paths in the file start at the project folder, the one that holds ``config/`` (the
    file's own folder where it stands elsewhere); those in variables start where the command runs.

    Raises:
        UsageError: the file is missing or unreadable, or values are wrong (all of them named).
    """
    path = path or Path(os.environ.get("DIGEST_CONFIG") or DEFAULT_PATH)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise UsageError(
            f"there is no settings file {path}: start from the project's folder, "
            "or name one with --config or DIGEST_CONFIG"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the settings file {path} cannot be read: {error}") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """The settings written in ``text``; ``path`` names it in errors and anchors relative paths."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text) or {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{line}: is not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: is not YAML: {error}") from None
    if not isinstance(data, dict):
        raise UsageError(f"{path}: holds {type(data).__name__}, where `name: value` lines belong")
    root = _project_folder(path)
    places = dict(_places(node)) if node else {}
    problems = [
        f"{path}, line {place.line}: {'.'.join(map(str, place.name))}: is there twice"
        for place in places.values()
        if place.twice
    ]
    try:
        settings = Settings(**{str(name): value for name, value in data.items()})
    except SettingsError as error:
        # Of a whole section in one variable, which pydantic-settings reads before all else.
        problems.append(f"environment: {error}, which is no JSON")
    except ValidationError as error:
        lines = _position_order(error, places)
        problems += [_problem(item, path, places) for item in lines]
    problems += _unknown_variables()
    if problems:
        raise UsageError("the settings cannot be used:\n" + "\n".join(f"  {p}" for p in problems))
    return settings.model_copy(update=_anchored(settings, root))


def _unknown_variables() -> list[str]:
    """A misspelt variable would be passed over silently."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | {"DIGEST_CONFIG"}
    return [
        f"{variable} (environment): is no setting; here are allowed: {', '.join(sorted(known))}"
        for variable in os.environ
        if variable.upper().startswith(PREFIX) and variable.upper().split(NESTED)[0] not in known
    ]


def _project_folder(path: Path) -> Path:
    folder = path.resolve().parent
    return folder.parent if folder.name == "config" else folder


def _anchored(settings: Settings, root: Path) -> dict[str, object]:
    """The paths made absolute: the file's from the project folder, the environment's from here."""

    def base(name: str) -> Path:
        return Path.cwd() if f"{PREFIX}{name}".upper() in os.environ else root

    update: dict[str, object] = {
        name: base(name) / path.expanduser()
        for name in ("feeds", "outputs", "templates")
        if isinstance(path := getattr(settings, name), Path)
    }
    scheme, _, file = settings.store.partition(":///")
    if scheme.startswith("sqlite") and file and file != ":memory:":
        update["store"] = f"{scheme}:///{base('store') / Path(file).expanduser()}"
    return update


class _Place(NamedTuple):
    name: tuple[str | int, ...]
    line: int
    twice: bool


def _places(
    node: yaml.Node, name: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], _Place]]:
    """Where each value stands: its path of keys and its line, from 1."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            inner = (*name, key.value)
            yield inner, _Place(inner, key.start_mark.line + 1, key.value in seen)
            seen.add(key.value)
            yield from _places(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            inner = (*name, index)
            yield inner, _Place(inner, value.start_mark.line + 1, False)
            yield from _places(value, inner)


def _position_order(
    error: ValidationError, places: dict[tuple[str | int, ...], _Place]
) -> list[Any]:
    def line(item: Any) -> int:
        place = _place(item["loc"], places)
        return place.line if place else 0

    return sorted(error.errors(include_url=False), key=line)


def _place(
    loc: tuple[str | int, ...], places: dict[tuple[str | int, ...], _Place]
) -> _Place | None:
    """The place of a value or of the nearest thing around it that the file holds."""
    wanted = tuple(part for part in loc if part != "[key]")
    while wanted and wanted not in places:
        wanted = wanted[:-1]
    return places.get(wanted)


def _problem(item: Any, path: Path, places: dict[tuple[str | int, ...], _Place]) -> str:
    loc = tuple(part for part in item["loc"] if part != "[key]")
    variable = PREFIX + NESTED.join(str(part) for part in loc).upper()
    place = _place(loc, places)
    if variable in os.environ:
        where = f"{variable} (environment)"
    elif place:
        where = f"{path}, line {place.line}: {'.'.join(map(str, loc))}"
    else:
        where = f"{path}: {'.'.join(map(str, loc))}"
    return f"{where}: {_allowed(item, loc)}{_found(item)}"


_CREDENTIALS = re.compile(r"://[^/\s]*@")


def _found(item: Any) -> str:
    """What stands there, unless it may be a secret: a misspelt password, a section with one."""
    value = item["input"]
    secret = {"password", "key"} & {*item["loc"]} or item["loc"][:1] == ("channels",)
    if secret or item["type"] == "extra_forbidden":
        return ""
    shown = type(value).__name__ if isinstance(value, dict | list) else repr(value)
    return f" (found: {_CREDENTIALS.sub('://…@', shown)})"


def _allowed(item: Any, loc: tuple[str | int, ...]) -> str:
    """What is allowed there, in words."""
    if item["type"] == "extra_forbidden":
        names = ", ".join(_section(loc[:-1]).model_fields)
        return f"is no setting; here are allowed: {names}"
    if "[key]" in item["loc"]:
        of = "a channel" if loc[0] == "channels" else "an edition"
        return f"{of}'s name has lower-case letters, digits and hyphens only"
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{message[:1].lower()}{message[1:]}"


def _section(loc: tuple[str | int, ...]) -> type[BaseModel]:
    """The model that holds the settings at ``loc``."""
    sections: dict[object, type[BaseModel]] = {
        "fetch": FetchSettings,
        "ingest": IngestSettings,
        "retention": RetentionSettings,
        "prefect": PrefectSettings,
        "mail": MailSettings,
        "editions": EditionSettings,
    }
    return sections.get(loc[0], Settings) if loc else Settings
