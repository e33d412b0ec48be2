"""The only reader of the environment and of `earshot.toml`: one frozen value that the rest of the house is built from."""

from __future__ import annotations

import os
import secrets
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestration.account_rules import FILE_NAME as ACCOUNT_RULES
from orchestration.account_rules import AccountRule, read_account_rules
from orchestration.rule_sheets import RuleSheetProblem
from orchestration.theme_rules import FILE_NAME as THEME_RULES
from orchestration.theme_rules import ThemeRule, read_theme_rules

CONFIG_NAME = "earshot.toml"
DBT_PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
WORKSPACE_VARIABLE = "EARSHOT_WORKSPACE"
SALT_VARIABLE = "EARSHOT_SALT"
# Secrets of `Secrets`, by field; they come from the environment alone and are written nowhere.
SECRET_VARIABLES = {
    "slack_webhook": "EARSHOT_SLACK_WEBHOOK",
    "smtp_user": "EARSHOT_SMTP_USER",
    "smtp_password": "EARSHOT_SMTP_PASSWORD",
}


class SettingsError(Exception):
    """A setting is wrong; the text names file, line, key and remedy."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WorkspaceSection(_Section):
    """[workspace]: what the company is called and how its money and time are told."""

    name: str = "My company"
    reporting_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    as_of: date | Literal["latest"] = "latest"
    exchange_rates: dict[str, Annotated[float, Field(gt=0)]] = {}


class InboxSection(_Section):
    """[inbox]: where exports are delivered."""

    path: str = "inbox"


class PrivacySection(_Section):
    """[privacy]: how small a group may be shown, and how far the clock is believed.

    Attributes:
        min_group_size: smaller groups are withheld.
        max_clock_lead_days: a run counts `retention_days` from this many days after the newest record, or after the day that
            the run before counted from, at most: what a clock that is ahead would take out does not come back.
    """

    min_group_size: Annotated[int, Field(ge=2)] = 3
    max_clock_lead_days: Annotated[int, Field(ge=0)] = 31


class RunSection(_Section):
    """[run]: machine limits and schedule of the main job."""

    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)?(MB|GB)$")] = "2GB"
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    daily_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "05:30"
    digests_at: Annotated[str, Field(pattern=r"^(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d$")] = "mon 07:00"
    wait_for_lock_seconds: Annotated[int, Field(ge=0)] = 0


class DeliverySection(_Section):
    """[delivery]: where alerts and digests go, beside the Slack webhook that the environment holds; nowhere by default.

    Attributes:
        email_to: addresses that are written to.
        email_from: sender.
        smtp_host: mail server.
        smtp_port: its port.
        smtp_security: how the connection is protected.
        command: program and arguments; it reads title and Markdown on its standard input.
        attempts: tries before a channel is given up.
        retry_seconds: pause after the first try; each further one is about twice as long.
    """

    email_to: tuple[Annotated[str, Field(pattern=r"^[^@\s,<>]+@[^@\s,<>]+$")], ...] = ()
    email_from: Annotated[str, Field(pattern=r"^$|^[^@\s,<>]+@[^@\s,<>]+$")] = ""
    smtp_host: str = "localhost"
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 25
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    command: tuple[str, ...] = ()
    attempts: Annotated[int, Field(ge=1, le=10)] = 4
    retry_seconds: Annotated[float, Field(ge=0, le=60)] = 2.0


AlertKind = Literal["block", "failure", "staleness", "volume"]


class ObservabilitySection(_Section):
    """[observability]: what is told of the runs themselves; alerts go where [delivery] says.

    Attributes:
        alerts: what somebody should hear of.
        metrics_file: file that Prometheus' node exporter reads, written after each run; none by default.
    """

    alerts: tuple[AlertKind, ...] = ("block", "failure", "staleness", "volume")
    metrics_file: Annotated[str, Field(pattern=r"^$|\.prom$")] = ""


class HiringThresholds(_Section):
    """[hiring.thresholds]: where the hiring signals fire; what is not set keeps the default, which is ours.

    Attributes:
        stakeholder_load: stakeholders' share of the hours with stakeholders and customers.
        launch_readiness_failures: share of a year's launches that failed on readiness.
        transparency_not_scaling: fall within a year, as a share of the level.
        coordination_overhead: growth of coordination work per product manager within half a year.
        small_team_pms: most product managers of a small team.
        early_stage_headcount: people from which a company is no longer early.
        growth: growth within half a year that counts as rapid.
        min_firing_signals: signals that together call for people.
        min_judged_signals: signals that must have enough data for an answer.
        min_standing_systems: systems beyond standing up that make the system stand.
        leadership_team_size: people from which product operations needs somebody to lead it.
        question_minutes: minutes that answering a question takes.
        min_weeks: weeks of calendars below which nothing is said; coordination takes twice as many.
        min_launches: judged launches below which nothing is said.
        min_months: months below which nothing is said of transparency.
    """

    stakeholder_load: Annotated[float, Field(gt=0, lt=1)] | None = None
    launch_readiness_failures: Annotated[float, Field(gt=0, lt=1)] | None = None
    transparency_not_scaling: Annotated[float, Field(gt=0)] | None = None
    coordination_overhead: Annotated[float, Field(gt=0)] | None = None
    small_team_pms: Annotated[int, Field(ge=0)] | None = None
    early_stage_headcount: Annotated[int, Field(gt=0)] | None = None
    growth: Annotated[float, Field(gt=0)] | None = None
    min_firing_signals: Annotated[int, Field(ge=1, le=4)] | None = None
    min_judged_signals: Annotated[int, Field(ge=1, le=4)] | None = None
    min_standing_systems: Annotated[int, Field(ge=1)] | None = None
    leadership_team_size: Annotated[int, Field(ge=1)] | None = None
    question_minutes: Annotated[float, Field(ge=0)] | None = None
    min_weeks: Annotated[int, Field(ge=4, le=13)] | None = None
    min_launches: Annotated[int, Field(ge=1)] | None = None
    min_months: Annotated[int, Field(ge=4, le=12)] | None = None


class HiringSection(_Section):
    """[hiring]: what the hiring signals are held against."""

    thresholds: HiringThresholds = HiringThresholds()


class HostedSection(_Section):
    """[insights.hosted]: a model elsewhere that turns redacted words into vectors; used only where encoder = "hosted".

    Attributes:
        url: address that answers in OpenAI's embeddings format.
        model: name of the model there.
        dimensions: length of its vectors.
        key_variable: environment variable that holds the key; empty where none is wanted.
    """

    url: Annotated[str, Field(pattern=r"^https?://")]
    model: Annotated[str, Field(min_length=1)]
    dimensions: Annotated[int, Field(ge=8, le=8192)]
    key_variable: str = ""


class InsightsSection(_Section):
    """[insights]: what turns customers' words into vectors.

    Attributes:
        encoder: static (fast, the default), quality (MiniLM, needs the extra `quality`), or hosted.
        hosted: the endpoint of encoder = "hosted".
    """

    encoder: Literal["static", "quality", "hosted"] = "static"
    hosted: HostedSection | None = None

    @model_validator(mode="after")
    def _hosted_is_declared(self) -> Self:
        if (self.encoder == "hosted") != (self.hosted is not None):
            raise ValueError('encoder = "hosted" and the table [insights.hosted] go together: nothing is sent by accident')
        return self


class LimitsSection(_Section):
    """[limits]: how large a delivered thing may be before it is refused."""

    max_field_bytes: Annotated[int, Field(gt=0)] = 10_000_000
    max_row_bytes: Annotated[int, Field(gt=0)] = 50_000_000
    max_member_bytes: Annotated[int, Field(gt=0)] = 20_000_000_000
    max_compression_ratio: Annotated[int, Field(gt=1)] = 200
    max_archive_members: Annotated[int, Field(gt=0)] = 100_000


Channel = Literal["nps", "support", "sales", "research"]


class FeedbackSection(_Section):
    """[sources.<name>.feedback]: how the items of a declared source become feedback; each value names one of its fields.

    Attributes:
        channel: which channel they are heard on.
        occurred_at: when it was said, a timestamp or date.
        account_id: the account's id in the CRM.
        account_name: the account's name.
        email: address of the customer's person, a field that `personal` calls an email.
        product_area: area of the product.
        score: likelihood to recommend, 0 to 10.
        url: where a person opens the item.
    """

    channel: Channel
    occurred_at: str
    account_id: str = ""
    account_name: str = ""
    email: str = ""
    product_area: str = ""
    score: str = ""
    url: str = ""


class ApiSection(_Section):
    """[sources.<vendor>.api]: pulls the vendor's exports over its API, before landing; nothing is pulled without it.

    Attributes:
        base_url: address of the API; for a vendor with one address for everybody it may be left out.
        secrets: environment variable that holds each secret. Secrets themselves never stand in this file.
        streams: what is pulled; else what is usual.
        since: day from which the first pull reads; else a year back.
        parameters: what else the vendor's addresses need, such as ids of surveys.
    """

    base_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#@]+)?$")] = ""
    secrets: dict[str, Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]] = {}
    streams: tuple[str, ...] = ()
    since: date | None = None
    parameters: dict[str, str | tuple[str, ...]] = {}


class SourceSection(_Section):
    """[sources.<vendor>]: what this workspace's exports call the declared fields, by stream, and what of it may be read.

    Attributes:
        columns: header by field by stream.
        channels: conversations that are read although not everyone can see them, by name or id: private channels of
            Slack, channels of Teams (which do not say whether they are private; `*` for all).
        teams: team of a member whom no roster knows, by address or id at the vendor.
        retention_days: days after which records with words are taken out, of the delivered files too; 0 keeps them.
        format: makes this a source of its own, declared here alone: the format of its files.
        pattern: names of its files.
        kind: which of a product team's source kinds it is.
        key: fields that identify an item; the newest version of a key wins.
        fields: its fields, snake_case; a header fits a field without regard to case, blanks and punctuation.
        types: type of a field that is no text.
        text: fields that together are an item's own words; they are redacted.
        personal: how other fields are protected: email, identifier, text or withheld.
        updated_at: field that tells which version of an item is newer; else the later delivery wins.
        feedback: how its items become feedback.
        inbox: where this source's exports are delivered, where that is not the workspace's inbox.
        api: how its exports are pulled.
    """

    columns: dict[str, dict[str, str]] = {}
    channels: tuple[str, ...] = ()
    teams: dict[str, str] = {}
    retention_days: Annotated[int, Field(ge=0)] = 0
    format: Literal["csv", "ndjson", "json", "xlsx", "parquet", "avro", "markdown"] | None = None
    pattern: str = "*"
    kind: Literal["nps", "crm", "support", "analytics", "sales", "research"] = "research"
    key: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    types: dict[str, Literal["string", "integer", "number", "boolean", "timestamp", "date", "json"]] = {}
    text: tuple[str, ...] = ()
    personal: dict[str, Literal["email", "identifier", "text", "withheld"]] = {}
    updated_at: str = ""
    feedback: FeedbackSection | None = None
    inbox: str = ""
    api: ApiSection | None = None

    @model_validator(mode="after")
    def _declared_wholly(self) -> Self:
        own = {"format", "pattern", "kind", "key", "fields", "types", "text", "personal", "updated_at", "feedback"}
        given = own & self.model_fields_set
        if given and not (self.format and self.key and self.fields):
            raise ValueError("a source of your own needs format, key and fields; one that Earshot knows needs none of them")
        roles = self.feedback.model_dump(exclude={"channel"}) if self.feedback else {}
        named = {*self.key, *self.types, *self.text, *self.personal, *filter(None, (self.updated_at, *roles.values()))}
        unknown = sorted(named - set(self.fields))
        if given and unknown:
            raise ValueError(f"{', '.join(unknown)} is not among its fields ({', '.join(self.fields)})")
        if self.feedback and not self.text:
            raise ValueError("items that become feedback need words: name the fields of the text")
        if self.feedback and self.types.get(self.feedback.occurred_at) not in ("timestamp", "date"):
            raise ValueError(f"feedback.occurred_at: give {self.feedback.occurred_at} the type timestamp or date")
        if self.feedback and self.feedback.email and self.personal.get(self.feedback.email) != "email":
            raise ValueError(f'feedback.email: say under personal that {self.feedback.email} is an "email"')
        if self.feedback and self.feedback.score and self.types.get(self.feedback.score) != "integer":
            raise ValueError(f"feedback.score: give {self.feedback.score} the type integer")
        return self


class Configuration(_Section):
    """The whole of `earshot.toml`."""

    workspace: WorkspaceSection = WorkspaceSection()
    inbox: InboxSection = InboxSection()
    privacy: PrivacySection = PrivacySection()
    run: RunSection = RunSection()
    limits: LimitsSection = LimitsSection()
    delivery: DeliverySection = DeliverySection()
    observability: ObservabilitySection = ObservabilitySection()
    hiring: HiringSection = HiringSection()
    insights: InsightsSection = InsightsSection()
    sources: dict[str, SourceSection] = {}


class Secrets(BaseModel):
    """What only the environment knows; see `SECRET_VARIABLES`.

    Attributes:
        slack_webhook: address of an incoming webhook; who has it can post.
        smtp_user: user of the mail server, where it wants one.
        smtp_password: the user's password.
    """

    model_config = ConfigDict(frozen=True)

    slack_webhook: str = Field(default="", repr=False)
    smtp_user: str = Field(default="", repr=False)
    smtp_password: str = Field(default="", repr=False)


class Settings(BaseModel):
    """A workspace with its configuration and the places of its files.

    Attributes:
        root: folder of the workspace.
        config: validated configuration.
        salt: secret that customers' addresses are hashed with.
        secrets: what only the environment knows.
        account_rules: what people of this workspace know about which record is whose.
        theme_rules: what they know about which planned item answers which theme.
    """

    model_config = ConfigDict(frozen=True)

    root: Path
    config: Configuration
    salt: str = Field(repr=False)
    secrets: Secrets = Secrets()
    account_rules: tuple[AccountRule, ...] = ()
    theme_rules: tuple[ThemeRule, ...] = ()

    @property
    def inbox(self) -> str:
        """Where exports are delivered: a folder, or an address that fsspec understands."""
        path = self.config.inbox.path
        return path if "://" in path else str(self.root / path)

    @property
    def inboxes(self) -> dict[str, str]:
        """Folder or address of the inbox of each source that has one of its own."""
        own = {vendor: source.inbox for vendor, source in self.config.sources.items() if source.inbox}
        return {vendor: path if "://" in path else str(self.root / path) for vendor, path in own.items()}

    @property
    def apis(self) -> dict[str, ApiSection]:
        """Export APIs that this workspace pulls, by vendor."""
        return {vendor: source.api for vendor, source in self.config.sources.items() if source.api}

    @property
    def state_dir(self) -> Path:
        """Everything that Earshot keeps for itself."""
        return self.root / ".earshot"

    @property
    def digests_dir(self) -> Path:
        """The weekly digests, for people to open."""
        return self.root / "digests"

    @property
    def landing_dir(self) -> Path:
        """Immutable copies of every delivered file."""
        return self.state_dir / "landing"

    @property
    def build_db(self) -> Path:
        """Raw, enriched, staging and intermediate tables."""
        return self.state_dir / "build.duckdb"

    @property
    def marts_db(self) -> Path:
        """The public schemas as the last transformation left them."""
        return self.state_dir / "marts.duckdb"

    @property
    def candidate_db(self) -> Path:
        """The bytes that the gate judges before they are served."""
        return self.state_dir / "candidate.duckdb"

    @property
    def warehouse_db(self) -> Path:
        """The published database."""
        return self.root / "warehouse.duckdb"

    @property
    def parquet_dir(self) -> Path:
        """The published marts as Parquet files."""
        return self.root / "parquet"

    @property
    def docs_dir(self) -> Path:
        """Data Docs of every run."""
        return self.state_dir / "docs"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.state_dir / "dagster"

    @property
    def dbt_target(self) -> Path:
        """Dbt's manifest and compiled models for this workspace."""
        return self.state_dir / "dbt"

    @property
    def temp_dir(self) -> Path:
        """Spill files of DuckDB."""
        return self.state_dir / "tmp"

    @property
    def themes_file(self) -> Path:
        """The workspace's taxonomy."""
        return self.root / "themes.yml"

    @property
    def account_rules_file(self) -> Path:
        """What people of this workspace know about which record is whose."""
        return self.root / ACCOUNT_RULES

    @property
    def theme_rules_file(self) -> Path:
        """What people of this workspace know about which planned item answers which theme."""
        return self.root / THEME_RULES

    @property
    def theme_labels_file(self) -> Path:
        """Clauses that people of this workspace have labelled, one JSON object a line."""
        return self.root / "theme_labels.ndjson"

    @property
    def theme_sample_file(self) -> Path:
        """Items drawn at random that people have labelled, to measure with and never to learn from."""
        return self.root / "theme_sample.ndjson"

    def column_map(self, vendor: str, stream: str) -> dict[str, str]:
        """What this workspace's export of a stream calls the declared fields."""
        source = self.config.sources.get(vendor)
        return source.columns.get(stream, {}) if source else {}

    def listed_channels(self, vendor: str) -> tuple[str, ...]:
        """Conversations of a vendor that this workspace wants read although not everyone can see them."""
        source = self.config.sources.get(vendor)
        return source.channels if source else ()


def secret(variable: str) -> str:
    """A key from the environment, by the name that the configuration gives.

    Raises:
        SettingsError: the variable is not set.
    """
    if not variable:
        return ""
    value = os.environ.get(variable)
    if not value:
        raise SettingsError(
            f"the environment variable {variable}, which insights.hosted.key_variable names, is not set. Set it to the key."
        )
    return value


def find_workspace(given: Path | None) -> Path:
    """The workspace folder: as given, else from the environment, else here.

    Raises:
        SettingsError: no `earshot.toml` is there.
    """
    root = (given or Path(os.environ.get(WORKSPACE_VARIABLE, "."))).expanduser().resolve()
    if not (root / CONFIG_NAME).is_file():
        raise SettingsError(
            f"{root} is not an Earshot workspace: {CONFIG_NAME} is missing. "
            f"Create one with `earshot init {root}`, or name another with --workspace."
        )
    return root


def load_settings(given: Path | None = None) -> Settings:
    """Reads and validates a workspace's configuration.

    Raises:
        SettingsError: with file, line, key and remedy.
    """
    root = find_workspace(given)
    known = Secrets(**{field: os.environ.get(variable, "") for field, variable in SECRET_VARIABLES.items()})
    config = _read_config(root / CONFIG_NAME)
    try:
        accounts, themes = read_account_rules(root / ACCOUNT_RULES), read_theme_rules(root / THEME_RULES)
    except RuleSheetProblem as problem:
        raise SettingsError(str(problem)) from None
    salt = _salt(root / ".earshot" / "salt")
    return Settings(root=root, config=config, salt=salt, secrets=known, account_rules=accounts, theme_rules=themes)


def _read_config(path: Path) -> Configuration:
    try:
        text = path.read_text(encoding="utf-8")
        return Configuration.model_validate(tomllib.loads(text))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 text (byte {error.start}). Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}. Strings need quotes, tables look like [inbox].") from error
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(path, text, problem) for problem in error.errors())) from error


def _explain(path: Path, text: str, problem: object) -> str:
    assert isinstance(problem, dict)  # noqa: S101 - pydantic's own shape, narrowed for the type checker
    location = [str(part) for part in problem["loc"] if not str(part).startswith(("literal", "date"))]
    key = ".".join(location)
    line = _line_of(text, location)
    place = f"{path}, line {line}" if line else str(path)
    if problem["type"] == "extra_forbidden":
        known = ", ".join(_known_keys(location[:-1]))
        return f"{place}: {key} is not a setting. Known here: {known}. Remove it or correct the name."
    if "secrets" in location:
        # Somebody may have written the secret itself here.
        return f"{place}: {key} must name an environment variable, in capitals, such as ZENDESK_TOKEN. The value is not shown."
    return f"{place}: {key} = {problem.get('input')!r}: {problem['msg']}. Correct the value or remove the line for the default."


def _known_keys(location: list[str]) -> list[str]:
    model: type[BaseModel] = Configuration
    for part in location:
        inner: object = model.model_fields[part].annotation if part in model.model_fields else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else SourceSection
    return sorted(model.model_fields)


def _line_of(text: str, location: list[str]) -> int | None:
    """Line of a key: within its table where the table is found, else of the table itself."""
    if not location:
        return None
    lines = text.splitlines()
    table = ".".join(location[:-1])
    start = next((i for i, line in enumerate(lines) if line.strip() == f"[{table}]"), None) if table else -1
    if start is None:
        whole = next((i for i, line in enumerate(lines) if line.strip().startswith(f"[{location[0]}")), None)
        return None if whole is None else whole + 1
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if line.lstrip().startswith("[") and table:
            break
        if line.split("=")[0].strip().strip('"') == location[-1] or line.strip() == f"[{location[-1]}]":
            return number
    return start + 1 if start >= 0 else None


def api_secrets(section: ApiSection) -> dict[str, tuple[str, str]]:
    """Environment variable and value of each secret of an API, by name; the value is empty where the variable is."""
    return {name: (variable, os.environ.get(variable, "")) for name, variable in section.secrets.items()}


def _salt(path: Path) -> str:
    """The workspace's salt, made once; the environment may hold it instead."""
    from_environment = os.environ.get(SALT_VARIABLE)
    if from_environment:
        return from_environment
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = secrets.token_hex(32)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(fresh + "\n")
        return fresh


def enter_environment(settings: Settings) -> None:
    """Makes `quiet_environment` that of this process too, for a job that runs in it."""
    os.environ.update(quiet_environment(settings))


def quiet_environment(settings: Settings) -> dict[str, str]:
    """Environment of the child processes: this workspace, and telemetry of every tool off."""
    return {
        **os.environ,
        WORKSPACE_VARIABLE: str(settings.root),
        "EARSHOT_BUILD_DB": str(settings.build_db),
        "EARSHOT_MARTS_DB": str(settings.marts_db),
        "EARSHOT_DBT_PYTHON": str(DBT_PROJECT / "python"),
        "DAGSTER_HOME": str(settings.dagster_home),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "GX_ANALYTICS_ENABLED": "False",
        "DO_NOT_TRACK": "1",
    }
