"""One typed object for everything that belongs to a company: `company.toml` and the environment.

Every path is absolute, so that nothing depends on the working directory.
"""

from __future__ import annotations

import difflib
import errno
import os
import re
import secrets
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError

from orchestration.errors import UserError, near_names
from orchestration.sources.contracts import REGISTERS, SOURCES
from orchestration.sources.currencies import CURRENCIES
from orchestration.sources.options import known_options

PROJECT_DIR = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"
DEFAULT_COMPANY_DIR = PROJECT_DIR / "data" / "sample_company"
COMPANY_FILE = "company.toml"

COMPANY_DIR_VARIABLE = "COMPANY_DIR"
OUTPUT_DIR_VARIABLE = "KPI_OUTPUT_DIR"
WAREHOUSE_VARIABLE = "KPI_WAREHOUSE"
# Set to 1: a build makes anew also what did not change.
FULL_REFRESH_VARIABLE = "KPI_FULL_REFRESH"
# A day outside of these, in settings or data, is a slip of the hand.
SANE_DAYS = (date(1990, 1, 1), date(2100, 12, 31))
TARGET_VARIABLE = "KPI_WAREHOUSE_TARGET"

# The libraries read these at import, so they are set by whoever imports `settings` first.
OFFLINE_DEFAULTS = {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}


def set_offline_defaults() -> None:
    """Switch off the telemetry of every library, unless the environment says otherwise."""
    for variable, value in OFFLINE_DEFAULTS.items():
        os.environ.setdefault(variable, value)


set_offline_defaults()


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _no_truth(value: object) -> object:
    """Python counts true as 1, people do not."""
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


def _names_a_variable(value: str) -> str:
    # the value may be the secret itself by mistake, so it is not repeated
    if not re.fullmatch(r"[A-Za-z_]\w*", value):
        raise ValueError(
            "must be the name of an environment variable; the secret itself belongs into that "
            "variable"
        )
    return value


Whole = Annotated[int, BeforeValidator(_no_truth)]
VatRate = Annotated[Decimal, Field(ge=0, lt=1)]
RUSSIAN_VAT: dict[date, Decimal] = {
    date(2004, 1, 1): Decimal("0.18"),
    date(2019, 1, 1): Decimal("0.20"),
    date(2026, 1, 1): Decimal("0.22"),
}
"""General rate of VAT in Russia by the day from which it applies; the default."""


class Vat(_Section):
    """`net`: VAT on marketing is recoverable and is taken out; `gross`: it is a cost.

    `rate` is one rate for all years; `rates` are rates by the day from which each applies, the
    first of them also before its day. Without both, Russia's.
    """

    policy: Literal["net", "gross"] = "net"
    rate: VatRate | None = None
    rates: dict[date, VatRate] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_told_once(self) -> Vat:
        if self.rate is not None and self.rates:
            raise ValueError("give either rate (one for all years) or [vat.rates] (by day)")
        return self

    def steps(self) -> list[tuple[date, date, Decimal]]:
        """First day, day after the last, rate; the days follow on each other without holes."""
        by_day = {date.min: self.rate} if self.rate is not None else self.rates or RUSSIAN_VAT
        days = sorted(by_day)
        starts, ends = [date.min, *days[1:]], [*days[1:], date.max]
        return [
            (start, end, by_day[day]) for start, end, day in zip(starts, ends, days, strict=True)
        ]


class Windows(_Section):
    """Lengths in days."""

    attribution_days: Whole = Field(default=90, ge=1, le=730)
    attribution_long_days: Whole = Field(default=180, ge=1, le=1095)
    active_customer_days: Whole = Field(default=365, ge=1, le=1825)

    @model_validator(mode="after")
    def _grow(self) -> Windows:
        if self.attribution_long_days < self.attribution_days:
            raise ValueError(
                f"attribution_long_days is {self.attribution_long_days}, less than the "
                f"{self.attribution_days} of attribution_days"
            )
        return self


class Fiscal(_Section):
    year_start_month: Whole = Field(default=1, ge=1, le=12)


# The window of a daily run ends before today, so a count of the morning closes yesterday.
MORNING_ENDS = 12


class Schedule(_Section):
    """The daily run, in the company's time zone."""

    enabled: bool = False
    time: str = "06:30"

    @field_validator("time")
    @classmethod
    def _is_time(cls, value: str) -> str:
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise ValueError("expected HH:MM, for example 06:30")
        return value


class ClickHouse(_Section):
    """Where ClickHouse listens (HTTP). The password is in the variable named by `password_env`."""

    host: str = "127.0.0.1"
    port: Whole = Field(default=8123, ge=1, le=65535)
    user: str = "default"
    password_env: str = ""
    secure: bool = False


class Warehouse(_Section):
    """The engine that builds the marts. `spark` holds Spark's own settings by their own names."""

    target: Literal["duckdb", "spark", "clickhouse"] = "duckdb"
    spark: dict[str, str | int | float | bool] = Field(default_factory=dict)
    clickhouse: ClickHouse = ClickHouse()


Counter = Literal["yandex_metrica", "ga4", "plain"]
COUNTERS: tuple[Counter, ...] = ("yandex_metrica", "ga4", "plain")
"""Sources of visits, the one that is preferred first."""

WITHOUT_VAT = frozenset({"google_ads"})
"""Sources whose money never includes VAT, unless the settings say so."""


class Alerts(_Section):
    """Who is told of incidents.

    `recipients`: a name of your own -> name of the environment variable that holds the address
    as an Apprise URL, since it contains a password or token. `level`: "blocking" leaves warnings
    out. `link`: address under which readers open the published folder. `late_after_hours`: so long
    after the last publication silence is an incident; 0 = never.
    """

    recipients: dict[str, str] = Field(default_factory=dict)
    level: Literal["blocking", "all"] = "all"
    link: str = ""
    late_after_hours: Whole = Field(default=30, ge=0, le=24 * 31)

    @field_validator("recipients")
    @classmethod
    def _name_variables(cls, value: dict[str, str]) -> dict[str, str]:
        for label, variable in value.items():
            if not re.fullmatch(r"[A-Za-z_]\w*", variable):
                # the value may be a secret by mistake, so it is not repeated
                raise ValueError(
                    f"'{label}' must name an environment variable, such as KPI_ALERT_OWNER; the "
                    "address itself belongs into that variable"
                )
        return value


# Below it two settings share letters, not a meaning.
_ALIKE = 0.7


class SourceSettings(BaseModel):
    """`[sources.<name>]` of company.toml. Keys unknown here are kept as the source's `options`.

    `timezone`: the clock of the source. `values`: column -> word of the exports -> its meaning.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    enabled: bool = True
    door: Literal["files", "api"] = "files"
    currency: str | None = None
    includes_vat: bool = True
    first_date: date | None = None
    lookback_days: Whole | None = Field(default=None, ge=0, le=400)
    decimal: Literal[".", ","] | None = None
    date_order: Literal["dmy", "mdy"] | None = None
    list_separator: str | None = Field(default=None, min_length=1)
    columns: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    timezone: str | None = None
    values: dict[str, dict[str, str | bool | int | float]] = Field(default_factory=dict)

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, value: str | None) -> str | None:
        return None if value is None else _known_currency(value)

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str | None) -> str | None:
        return None if value is None else _known_zone(value)

    def look_back(self, usual: int) -> int:
        """How many last days a daily load brings anew; `usual`: as many as the source restates."""
        return usual if self.lookback_days is None else self.lookback_days

    @model_validator(mode="after")
    def _has_no_setting_of_the_company(self) -> SourceSettings:
        for key in self.model_extra or {}:
            # TOML takes what stands below a section for a part of it.
            if key in Company.model_fields and key not in _NOT_IN_THE_FILE:
                raise ValueError(
                    f"'{key}' is a setting of the company: move it above the first section"
                )
        return self

    @model_validator(mode="after")
    def _names_variables(self) -> SourceSettings:
        for key, value in (self.model_extra or {}).items():
            if key.endswith("_env"):
                try:
                    _names_a_variable(value if isinstance(value, str) else "")
                except ValueError as error:
                    raise ValueError(f"'{key}' {error}") from None
        return self

    @field_validator("constants", mode="before")
    @classmethod
    def _as_cells(cls, value: object) -> object:
        """Constants stand for cells, which are text: true, 7 and 2026-01-31 need no quotes."""
        if not isinstance(value, dict):
            return value
        for name, item in value.items():
            if isinstance(item, (list, dict)):
                raise ValueError(f"'{name}' must be a single value")
        return {
            name: str(item).lower() if isinstance(item, bool) else str(item)
            for name, item in value.items()
        }

    def headers_of(self, table: str, column: str) -> tuple[str, ...]:
        """The company's own headers of a column, of `[sources.<name>.columns]`."""
        found: list[str] = []
        for key in (f"{table}.{column}", column):
            own = self.columns.get(key, ())
            found += [own] if isinstance(own, str) else own
        return tuple(found)

    def constant_of(self, table: str, column: str) -> str | None:
        """What a column holds in every row of every file, of `[sources.<name>.constants]`."""
        return self.constants.get(f"{table}.{column}", self.constants.get(column))

    @property
    def options(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("timezone", "values")}
        return {**(self.model_extra or {}), **{name: own[name] for name in own if own[name]}}


class Paths(BaseModel):
    """Where a company's output goes. `published` is a link that is swapped in one rename."""

    model_config = ConfigDict(frozen=True)

    output: Path

    @property
    def lake(self) -> Path:
        return self.output / "lake"

    @property
    def warehouse(self) -> Path:
        return self.output / "warehouse.duckdb"

    @property
    def engine(self) -> Path:
        """Files of an engine other than DuckDB: its settings, catalogue, tables, exported marts."""
        return self.output / "engine"

    @property
    def published(self) -> Path:
        return self.output / "published"

    @property
    def snapshots(self) -> Path:
        return self.output / "snapshots"

    @property
    def history(self) -> Path:
        return self.output / "history"

    @property
    def data_docs(self) -> Path:
        return self.output / "data_docs"

    @property
    def dbt_target(self) -> Path:
        return self.output / "dbt_target"

    @property
    def lock(self) -> Path:
        return self.output / ".run.lock"


@cache
def _time_zones() -> frozenset[str]:
    """Names of all zones; found in hundreds of files, so once a process."""
    return frozenset(available_timezones())


def _known_zone(value: str) -> str:
    if value not in _time_zones():
        raise ValueError(f"'{value}' is no time zone; an example is Europe/Moscow")
    return value


def _known_currency(value: str) -> str:
    if value not in CURRENCIES:
        raise ValueError(f"'{value}' is no currency; write its ISO code, for example RUB")
    return value


def output_root() -> Path:
    """The folder that holds an output folder for each company."""
    root = os.environ.get(OUTPUT_DIR_VARIABLE)
    return Path(root).expanduser().resolve() if root else PROJECT_DIR / "data" / "output"


def paths_of(slug: str) -> Paths:
    """Where the output of the company folder of this name goes."""
    return Paths(output=output_root() / slug)


class Company(BaseModel):
    """A company folder: its `company.toml`, checked, plus the environment.

    `directory` and `output_root` are no settings of the file. The environment is asked for the
    output once, when the company is made: what it says later moves no file of this company.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    directory: Path
    output_root: Path = Field(default_factory=output_root)
    name: str = Field(min_length=1)
    brand: str = ""
    language: Literal["ru", "en"] = "ru"
    timezone: str = "Europe/Moscow"
    currency: str = "RUB"
    first_date: date
    as_of: date | None = None
    kpi_set: Literal[
        "ecommerce", "services", "long_cycle", "content", "subscription", "awareness"
    ] = "ecommerce"
    hash_key_env: str = "KPI_HASH_KEY"
    vat: Vat = Vat()
    windows: Windows = Windows()
    fiscal: Fiscal = Fiscal()
    schedule: Schedule = Schedule()
    alerts: Alerts = Alerts()
    warehouse: Warehouse = Warehouse()
    counter_of_record: Counter | tuple[Counter, ...] | None = None
    orders_of_record: Literal["crm", "shop"] | None = None
    sources: dict[str, SourceSettings] = Field(default_factory=dict)

    @field_validator("hash_key_env")
    @classmethod
    def _is_variable(cls, value: str) -> str:
        return _names_a_variable(value)

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, value: str) -> str:
        return _known_currency(value)

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        return _known_zone(value)

    @field_validator("sources")
    @classmethod
    def _knows_whose_money_has_no_vat(
        cls, value: dict[str, SourceSettings]
    ) -> dict[str, SourceSettings]:
        return {
            name: settings.model_copy(update={"includes_vat": False})
            if name in WITHOUT_VAT and "includes_vat" not in settings.model_fields_set
            else settings
            for name, settings in value.items()
        }

    @field_validator("counter_of_record")
    @classmethod
    def _is_one_counter(cls, value: Counter | tuple[Counter, ...] | None) -> object:
        if value == ():
            raise ValueError("name a counter, or leave the line out")
        if isinstance(value, tuple) and {"yandex_metrica", "ga4"} <= set(value):
            raise ValueError(
                "Metrica and GA4 count the same visits in different ways, so they are never "
                "added: name one of them"
            )
        return value

    @property
    def counters_of_record(self) -> tuple[Counter, ...]:
        """Sources whose visits are counted. By default the one that is on, Metrica before GA4
        before plain files; two only where the settings say that they count different sites."""
        if isinstance(self.counter_of_record, tuple):
            return self.counter_of_record
        if self.counter_of_record:
            return (self.counter_of_record,)
        return next(((name,) for name in COUNTERS if self.source(name)), ("yandex_metrica",))

    @property
    def slug(self) -> str:
        return self.directory.name

    @property
    def pool(self) -> str:
        """Dagster's pool of the runs that write to this company's output; it lets one in."""
        return "company/" + re.sub(r"\s", "_", self.slug)

    @property
    def vat_policy(self) -> str:
        return self.vat.policy

    @property
    def attribution_window_days(self) -> int:
        return self.windows.attribution_days

    @property
    def attribution_window_long_days(self) -> int:
        return self.windows.attribution_long_days

    @property
    def active_customer_days(self) -> int:
        return self.windows.active_customer_days

    @property
    def registers(self) -> Path:
        return self.directory / "registers"

    @property
    def exports(self) -> Path:
        return self.directory / "exports"

    @property
    def paths(self) -> Paths:
        return Paths(output=self.output_root / self.slug)

    def as_of_date(self) -> date:
        """Today in the company's time zone, or the pinned `as_of`; facts of it are not shown."""
        return self.as_of or datetime.now(tz=ZoneInfo(self.timezone)).date()

    def last_complete_date(self) -> date:
        return self.as_of_date() - timedelta(days=1)

    def prepare_output(self) -> None:
        """Make the output folder; UserError when nothing can be written into it."""
        folder = self.paths.output
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(b"\0")
        except OSError as error:
            raise unwritable(folder, error) from error

    def hash_key(self) -> bytes:
        """Key for the hashes of phones and e-mails.

        Taken from the environment variable named by `hash_key_env`; without one, a random key is
        made once and kept in the output folder (readable by its owner only), so that a small firm
        can start without a secret and still joins the same person between runs.
        """
        value = os.environ.get(self.hash_key_env)
        if value:
            return value.encode()
        path = self.paths.output / ".hash_key"
        # With an empty one, which a full disk may have left, anybody could compute the hashes.
        if not path.exists() or not path.stat().st_size:
            _write_key(path)
        return path.read_text(encoding="utf-8").encode()

    def source(self, name: str) -> SourceSettings | None:
        """Settings of a source, or None when it is off or not configured."""
        settings = self.sources.get(name)
        return settings if settings and settings.enabled else None


def unwritable(folder: Path, error: OSError) -> UserError:
    """What people are told of an output folder that takes no file."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError(
            "The disk is full",
            file=folder,
            remedy="free space where the output folder lies, or move it to a larger disk, then run "
            "again",
        )
    return UserError(
        f"The output folder cannot be written: {error.strerror or error}",
        file=folder,
        remedy="give this user the right to write, or set KPI_OUTPUT_DIR to another folder",
    )


def _write_key(path: Path) -> None:
    """Put a new key there as a whole, unless another process was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # the owner's alone
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        if path.exists() and not path.stat().st_size:
            path.unlink()
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            return
        except OSError:  # the file system has no links
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def is_full_refresh() -> bool:
    """Whether the build of this process makes anew also what did not change."""
    return os.environ.get(FULL_REFRESH_VARIABLE) == "1"


def company_directory(directory: Path | str | None = None) -> Path:
    """The company folder: the argument, else $COMPANY_DIR, else the sample company."""
    chosen = directory or os.environ.get(COMPANY_DIR_VARIABLE) or DEFAULT_COMPANY_DIR
    return Path(chosen).expanduser().resolve()


def language_of(*folders: Path) -> str:
    """The language in which people are told of these company folders, also where their settings
    cannot be read: the one their company.toml names. That of the machine where there is no such
    file, or where the folders differ."""
    named = set()
    for folder in folders:
        try:
            text = (folder / COMPANY_FILE).read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            continue
        found = re.search(r"^\s*language\s*=\s*[\"'](ru|en)[\"']", text, re.MULTILINE)
        named.add(found.group(1) if found else Company.model_fields["language"].default)
    if len(named) == 1:
        return str(named.pop())
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in variables if os.environ.get(name)), "")
    return "ru" if locale.startswith("ru") else "en"


_UNKNOWN_SETTING = "is not a known setting"
# Fields of Company that the place of the file and the environment decide.
_NOT_IN_THE_FILE = ("directory", "output_root")


def load_company(directory: Path | str | None = None) -> Company:
    """Read and check `company.toml`.

    Raises:
        UserError: the folder or file is missing, is not TOML, or holds a wrong value; the text
            names the key and what is expected.
    """
    folder = company_directory(directory)
    path = folder / COMPANY_FILE
    if not folder.is_dir():
        raise UserError(
            "There is no such company folder",
            file=folder,
            remedy="check the path, or make a folder with: marketing-kpi new DIR",
        )
    if not path.is_file():
        raise UserError(
            f"The company folder has no {COMPANY_FILE}",
            file=path,
            remedy="copy it from data/sample_company, or make a folder with: marketing-kpi new DIR",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{COMPANY_FILE} is not in UTF-8", file=path, remedy="save the file as UTF-8"
        ) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line = _toml_fault(str(error))
        raise UserError(
            f"{COMPANY_FILE} cannot be read: {reason}",
            file=path,
            line=line,
            remedy="mend that line; texts need quotes, dates are written 2026-01-31",
        ) from error
    for name in _NOT_IN_THE_FILE:
        if name in values:
            raise _wrong_setting(path, text, [name], _UNKNOWN_SETTING)
    try:
        company = Company(directory=folder, **values)
    except ValidationError as error:
        raise _explain(path, text, error) from None
    if wrong_day := _wrong_day(company):
        location, reason = wrong_day
        raise _wrong_setting(path, text, location, reason)
    for name in company.sources:
        if name not in SOURCES:
            near = near_names(name, SOURCES) or sorted({*SOURCES} - {REGISTERS})
            raise UserError(
                f"[sources.{name}] is no source of this product",
                file=path,
                line=_line_of(text, ["sources", name]),
                remedy=f"use one of: {', '.join(near)}",
            )
        known = known_options(name)
        for key in company.sources[name].model_extra or {}:
            if key not in known:
                reason = _UNKNOWN_SETTING + _is_meant(key, {*known, *SourceSettings.model_fields})
                raise _wrong_setting(path, text, ["sources", name, key], reason)
    return company


# What tomllib says, and the same for people who never heard of TOML. The first that fits counts.
_TOML_FAULTS = (
    (r"Cannot (overwrite|declare|redefine|mutate)|Duplicate", "the setting stands there twice"),
    (r"Unterminated string|Illegal character '\\n'", "a text has no closing quotation mark"),
    (r"hex value|Unescaped|Unicode scalar", "a backslash in a text has to be written twice"),
    (r"Illegal character|invalid character", "a character stands there that no text may hold"),
    (r"Invalid date", "there is no such day"),
    (r"Unclosed|Expected '\]", "a bracket is not closed"),
    (r"Expected '='", "a setting is written as name = value"),
    (r"Invalid statement|Invalid initial", "names of settings are in Latin letters"),
    (r"Expected newline", "something stands behind the value that is no part of it"),
    (r"Invalid value", "the value is neither a number, nor a day, true or false, nor a text"),
)


def _toml_fault(said: str) -> tuple[str, int | None]:
    """What is wrong with the file in plain words, and the line; tomllib's own where there are
    none."""
    place = re.search(r" \(at line (\d+), column \d+\)$| \(at end of document\)$", said)
    bare = said[: place.start()] if place else said
    reason = next((words for pattern, words in _TOML_FAULTS if re.search(pattern, bare)), bare)
    return reason, int(place[1]) if place and place[1] else None


def _wrong_day(company: Company) -> tuple[list[str], str] | None:
    """The first setting that is a day and leaves the company without any data, and why."""
    days = [(["first_date"], company.first_date)]
    days += [
        (["sources", name, "first_date"], settings.first_date)
        for name, settings in company.sources.items()
        if settings.first_date
    ]
    if company.as_of:
        days.append((["as_of"], company.as_of))
    for location, day in days:
        if not SANE_DAYS[0] <= day <= SANE_DAYS[1]:
            return location, f"{day} lies before 1990 or after 2100"
        if location[-1] == "first_date" and company.as_of and day >= company.as_of:
            return location, f"{day} is not before {company.as_of}, the day of as_of"
        if location[-1] == "first_date" and day > company.as_of_date():
            return location, f"{day} lies in the future"
    return None


def _explain(path: Path, text: str, error: ValidationError) -> UserError:
    problems = error.errors(include_url=False, include_input=False)
    first = problems[0]
    reason = _reason(str(first["type"]), first.get("ctx", {}), str(first["msg"]))
    more = f" ({len(problems) - 1} more problems in this file)" if len(problems) > 1 else ""
    # pydantic also names the part of a union and whether a key is wrong
    location = [
        part
        for part in map(str, first["loc"])
        if not re.fullmatch(r"\[key\]|str|bool|int|float|(tuple|literal)\[.*\]", part)
    ]
    if first["type"] == "extra_forbidden":
        reason += _is_meant(location[-1], _settings_beside(location))
    return _wrong_setting(path, text, location, f"{reason}{more}")


def _is_meant(name: str, known: Collection[str]) -> str:
    """The setting that an unknown one may stand for: it is spelt alike or has a word of it."""
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=_ALIKE)
    words = set(name.lower().split("_"))
    alike = near or near_names(name, [item for item in known if words & set(item.split("_"))])
    return f"; is '{alike[0]}' meant?" if alike else ""


def _settings_beside(location: list[str]) -> set[str]:
    """The settings of the section in which a setting stands."""
    section: type[BaseModel] = Company
    for part in location[:-1]:
        section = cast("type[BaseModel]", section.model_fields[part].annotation)
    return {*section.model_fields} - {*_NOT_IN_THE_FILE}


def _wrong_setting(path: Path, text: str, location: list[str], reason: str) -> UserError:
    return UserError(
        f"Setting '{'.'.join(location) or COMPANY_FILE}': {reason}",
        file=path,
        line=_line_of(text, location),
        remedy="compare with the commented company.toml that marketing-kpi new writes",
    )


def _reason(kind: str, context: Mapping[str, Any], message: str) -> str:
    """What is wrong with a setting, in plain words; pydantic's own where there are none.

    `kind`, `context` and `message` are `type`, `ctx` and `msg` of a pydantic error.
    """
    if kind.startswith("date"):
        return "must be a day, written 2026-01-31 without quotes"
    words = {
        "missing": "is missing",
        "extra_forbidden": _UNKNOWN_SETTING,
        "string_type": 'must be a text in quotes, such as "text"',
        "bool_parsing": "must be true or false, without quotes",
        "bool_type": "must be true or false, without quotes",
        "int_parsing": "must be a whole number, without quotes",
        "int_type": "must be a whole number, without quotes",
        "int_from_float": "must be a whole number, without quotes",
        "decimal_parsing": "must be a number such as 0.22, without quotes",
        "decimal_type": "must be a number such as 0.22, without quotes",
        "finite_number": "must be a number such as 0.22, without quotes",
        "string_too_short": 'must be a text in quotes, such as "text"',
        "literal_error": "must be one of {expected}",
        "less_than": "must be less than {lt}",
        "less_than_equal": "must be at most {le}",
        "greater_than_equal": "must be at least {ge}",
        "model_type": "must be a section with settings of its own, not a single value",
        "dict_type": "must be a section with settings of its own, not a single value",
    }.get(kind)
    if words is None:
        return message.removeprefix("Value error, ")
    values = {name: str(value).replace(" or ", ", ") for name, value in context.items()}
    return words.format_map(values)


def _line_of(text: str, location: list[str]) -> int | None:
    """Line of a dotted key in TOML text, counted from 1; None when it is not written there."""
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        header = re.fullmatch(r"\[([^\]]+)\]\s*(#.*)?", stripped)
        if header:
            section = header.group(1)
            if section.split(".") == location:
                return number
            continue
        key = stripped.split("=")[0].strip()
        if key and (section.split(".") if section else []) + [key] == location:
            return number
    return None
