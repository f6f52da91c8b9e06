"""What every raw table holds: the one place that names columns, types, headers and rules.

The file readers, the lake, `doctor`, the documentation and the dbt sources all read this. A
contract lists the columns of an export as they come in (`columns`) and derives those that are
stored (`stored_columns`): personal columns are stored as a keyed hash and a status only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from types import MappingProxyType

from orchestration.sources.currencies import CURRENCIES, CURRENCY_WORDS

REGISTERS = "registers"
FILE_COLUMN = "_file"
PARTITION_COLUMN = "day"
DELETED_COLUMN = "is_deleted"


class Type(StrEnum):
    """Type of a column; the value is its SQL type in the lake.

    `MONTH` takes `2026-01` or any date of the month and is stored as its first day. `SMALL_MONEY`
    keeps parts of a kopeck, of sums that are added up before anything is rounded.
    """

    TEXT = "varchar"
    INTEGER = "bigint"
    MONEY = "decimal(18,2)"
    SMALL_MONEY = "decimal(18,6) /* money */"
    RATE = "decimal(18,6)"
    DATE = "date"
    MONTH = "date /* first of month */"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"

    @property
    def sql(self) -> str:
        return self.value.split(" /*")[0]


NUMBERS = (Type.MONEY, Type.SMALL_MONEY, Type.RATE, Type.INTEGER)


class Pii(StrEnum):
    """Kind of personal data. `PHONE` and `EMAIL` are stored as `<name>_hash` and `<name>_status`.

    `IDENTIFIER` is an id that some shops fill with a phone, an e-mail or a name: such values,
    and only they, are replaced by their hash, so that the column still joins. `NETWORK` is an
    address of the internet, of which only the network is kept (203.0.113.0 of 203.0.113.7).
    """

    PHONE = "phone"
    EMAIL = "email"
    IDENTIFIER = "identifier"
    NETWORK = "network"


# What the company itself, its ad systems and crawlers have written. Contacts in it are their own.
_COMPANY_TEXTS = frozenset(
    {
        "account", "ad_group_name", "campaign_name", "conditions", "counter_name", "goal_name",
        "pipeline_name", "product_line", "product_name", "site", "stage_name", "user_agent",
        "vendor",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of an export.

    `headers`: names it has in exports, besides `name`; compared without case, spaces, `_`, `-`.
    `allowed`: closed list of values; `synonyms` maps words of exports (lower case) to them.
    `is_event_time`: lies between the company's first date and today, else the row is refused.
    `default`: SQL literal text for an empty cell.
    `takes_all`: several headers of an export may hold it; the first filled cell counts.
    `is_list`: a list in one cell, stored parted by `|`; several headers are one list. A grid of a
        survey (a column for each item, `Question [Item]`) is one list too: of the items whose
        answer is `yes` by `synonyms`.
    `derived_from`: the column that tells the value where the export has none of its own, through
        `derived_words` (lower case) and the synonyms; any other word is `derived_else`, or refused.
    `from_file_name`: pattern whose first group in the file's name is the value, where the export
        has no such column.
    `at_most`: the value may not be more than the first of these columns less the others.
    `not_before`: the day may not be before that of this column, the number not below it.
    `negative_means`: what a row is that has a negative value, in words for people.
    `is_of_any_unit`: another column of the row names the unit, which may be a share.
    `tells_blank`: an empty cell is stored as an empty text, NULL means a file without the column.
    `is_tag`: a label of a link, which some CRMs keep as it stands in the address: %D1%82 or + for a
        blank is decoded.
    `is_network`: an IPv4 network as large as those that are kept of visitors, or larger.
    `is_price`: money of a piece, with as many decimals as it needs; a cell may name its currency.
    """

    name: str
    type: Type
    description: str
    required: bool = False
    headers: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    allowed: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict, hash=False)
    default: str | None = None
    is_event_time: bool = False
    pii: Pii | None = None
    takes_all: bool = False
    is_list: bool = False
    derived_from: str | None = None
    derived_words: Mapping[str, str] = field(default_factory=dict, hash=False)
    derived_else: str | None = None
    from_file_name: str | None = None
    at_most: tuple[str, ...] = ()
    not_before: str | None = None
    negative_means: str | None = None
    is_of_any_unit: bool = False
    tells_blank: bool = False
    is_tag: bool = False
    is_network: bool = False
    is_price: bool = False

    @property
    def is_of_visitors(self) -> bool:
        """Whether a text comes from outside the company, and may hold a contact of somebody."""
        return (
            self.type is Type.TEXT
            and self.pii is None
            and not self.allowed
            and self.name not in _COMPANY_TEXTS
        )

    @property
    def is_free_text(self) -> bool:
        """Whether a text of visitors is neither id nor code, so that digits may be a phone."""
        return self.is_of_visitors and self.name.endswith(("content", "term", "reason"))

    @property
    def takes_percent(self) -> bool:
        """Whether a cell of 35% is the share 0.35; a column of percents takes it as 35."""
        return self.type is Type.RATE and (self.maximum == 1 or self.is_of_any_unit)

    @property
    def is_money(self) -> bool:
        return self.type in (Type.MONEY, Type.SMALL_MONEY)


@dataclass(frozen=True)
class StoredColumn:
    """A column of a raw table as it lies in the lake."""

    name: str
    sql_type: str
    description: str
    required: bool = False


@dataclass(frozen=True)
class WideColumns:
    """How a report has a column for each value of `key`, where the table has a row for each.

    `headers`: column -> patterns of what its headers begin with; the value follows in quotation
    marks, brackets or after a colon. `codes`: column -> pattern of a header that holds the value in
    its first group.
    """

    key: str
    headers: Mapping[str, tuple[str, ...]] = field(hash=False)
    codes: Mapping[str, str] = field(hash=False)

    def told_by(self, header: str) -> tuple[str, str] | None:
        """(column, value of the key) that a header names."""
        text = " ".join(header.split())
        for column, openings in self.headers.items():
            patterns = [self.codes[column]] if column in self.codes else []
            patterns += [
                f"{opening} ?{value}"
                for opening in openings
                for value in (
                    "«(.+)»",
                    '"(.+)"',
                    "“(.+)”",
                    r"\((.+)\)",
                    r"\[(.+)\]",
                    "[:–—-] ?(.+)",
                )
            ]
            for pattern in patterns:
                if found := re.fullmatch(pattern, text, re.IGNORECASE):
                    return column, found.group(1).strip()
        return None


@dataclass(frozen=True)
class TableContract:
    """A raw table `raw.<source>__<table>`.

    `day_column`: the date or time a row belongs to; None for registers, which have no day.
    `by_day`: stored in one folder a day and replaced by whole days; otherwise one file that is
        rebuilt whole (CRM snapshots, survey waves, registers).
    `lookback_days`: how many last days the source still restates; 0 = final or a full snapshot.
    `freshness_hours`: age of the newest row after which the source counts as late.
    `footers`: openings of the last lines that are sums, not rows; `Total rows:` is verified.
    `nulls`: words of the export for "no value", besides the empty cell.
    `is_quoted`: False where a `"` is an ordinary character (Metrica's TSV).
    `generated_id`: column filled from the row's content where the export has none.
    `keeps_lost_files`: False where deleting a file means deleting its rows.
    `file_names`: openings of file names that hold this table, besides its own name.
    `takes_any_file`: gets the files whose names tell no table of the source.
    `wide`: how a report may have columns where this table has rows.
    `reads_server_logs`: also takes the logs of Apache and nginx as they are.
    `timezone`: whose days its days are, where the settings name none; None = the company's.
    """

    source: str
    table: str
    subject: str
    description: str
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    day_column: str | None = None
    by_day: bool = False
    lookback_days: int = 0
    freshness_hours: int | None = None
    expects_every_day: bool = False
    footers: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    is_quoted: bool = True
    generated_id: str | None = None
    keeps_lost_files: bool = True
    file_names: tuple[str, ...] = ()
    takes_any_file: bool = False
    wide: WideColumns | None = None
    reads_server_logs: bool = False
    timezone: str | None = None

    @property
    def name(self) -> str:
        return f"{self.source}__{self.table}"

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def has_visitors_texts(self) -> bool:
        """Whether texts of people outside the company stand in it; registers are its own."""
        return self.source != REGISTERS and any(column.is_of_visitors for column in self.columns)

    @property
    def has_pii(self) -> bool:
        return any(column.pii for column in self.columns)

    @cached_property
    def stored_columns(self) -> tuple[StoredColumn, ...]:
        """Columns in the lake, in order; the last one is `_file`."""
        stored: list[StoredColumn] = []
        for column in self.columns:
            if column.pii in (Pii.PHONE, Pii.EMAIL):
                stored += [
                    StoredColumn(
                        f"{column.name}_hash",
                        Type.TEXT.sql,
                        f"{column.description} Keyed hash (HMAC-SHA256, hex) of the normalised "
                        "value; NULL when missing or invalid.",
                    ),
                    StoredColumn(
                        f"{column.name}_status", Type.TEXT.sql, "valid, invalid or missing.", True
                    ),
                ]
            else:
                required = column.required or column.name == self.generated_id
                stored.append(
                    StoredColumn(column.name, column.type.sql, column.description, required)
                )
        if self.generated_id:
            stored.append(
                StoredColumn(
                    f"has_{self.generated_id}",
                    Type.BOOLEAN.sql,
                    "Whether the export gave the id; otherwise it was made from the row's content.",
                    True,
                )
            )
        stored.append(
            StoredColumn(
                FILE_COLUMN,
                Type.TEXT.sql,
                "Export file the row came from, relative to the company folder, or 'api'.",
                True,
            )
        )
        return tuple(stored)


@lru_cache(maxsize=8192)
def normalise_header(header: str) -> str:
    """A header without case, spaces, dashes, underscores, quotes, asterisks, invisible characters
    and a colon at its end, for comparison."""
    bare = re.sub(r"[\s_\-\"'*\x00-\x1f\u00a0\u200b\ufeff]+", "", header).rstrip(":")
    return bare.casefold().replace("ё", "е")


# --- short forms -------------------------------------------------------------------------------

ZERO, ONE = Decimal(0), Decimal(1)
# money of another currency at a rate of 0 would be no money
LEAST_RATE = Decimal("0.000001")


def _text(name: str, description: str, *headers: str, **more: object) -> Column:
    return Column(name, Type.TEXT, description, headers=headers, **more)  # type: ignore[arg-type]


def _count(name: str, description: str, *headers: str, **more: object) -> Column:
    return Column(
        name,
        Type.INTEGER,
        description,
        headers=headers,
        **{"minimum": ZERO, **more},  # type: ignore[arg-type]
    )


def _money(name: str, description: str, *headers: str, **more: object) -> Column:
    return Column(name, Type.MONEY, description, headers=headers, **more)  # type: ignore[arg-type]


def _rate(name: str, description: str, *headers: str, **more: object) -> Column:
    return Column(name, Type.RATE, description, headers=headers, **more)  # type: ignore[arg-type]


def _date(name: str, description: str, *headers: str, **more: object) -> Column:
    return Column(name, Type.DATE, description, headers=headers, **more)  # type: ignore[arg-type]


def _time(name: str, description: str, *headers: str, **more: object) -> Column:
    return Column(
        name,
        Type.TIMESTAMP,
        description,
        headers=headers,
        **{"is_event_time": True, **more},  # type: ignore[arg-type]
    )


def _flag(name: str, description: str, *headers: str, **more: object) -> Column:
    return Column(name, Type.BOOLEAN, description, headers=headers, **more)  # type: ignore[arg-type]


def _event_date(*headers: str) -> Column:
    return _date(
        "date",
        "Day of the figures, in the source's time zone.",
        *headers,
        "Дата",
        "Day",
        "День",
        "Дата визита",
        required=True,
        is_event_time=True,
    )


def _utm() -> tuple[Column, ...]:
    return tuple(
        _text(
            f"utm_{part}",
            f"utm_{part} label, decoded where it was recorded as in an address.",
            f"UTM {part}",
            f"UTM_{part.upper()}",
            is_tag=True,
        )
        for part in ("source", "medium", "campaign", "content", "term")
    )


CLIENT_ID = _text(
    "client_id",
    "Browser id of the counter (Metrica ClientID): joins visits with leads and orders.",
    "ClientID Метрики",
    "ClientID",
    "Client ID",
    "Metrica ClientID",
    "ym_client_id",
    "_ym_uid",
)
GA_CLIENT_ID = _text(
    "ga_client_id",
    "Browser id of Google Analytics, as in the `_ga` cookie (GA1.1.123.456 or 123.456): joins "
    "visits where GA4 is the counter of record.",
    "GA ClientID",
    "GCLIENTID",
    "Google Client ID",
    "_ga",
    "ClientID Google Analytics",
)
YCLID = _text("yclid", "Click id of Yandex Direct.", "yclid")
GCLID = _text("gclid", "Click id of Google Ads.", "GCLID", "Google click ID", "hs_google_click_id")
BROWSER_IDS = (CLIENT_ID, GA_CLIENT_ID, YCLID, GCLID)
IS_DELETED = _flag(
    "is_deleted",
    "Whether the record was deleted in the system. Deleted rows are counted, but feed no mart.",
    "Удалено",
    "Удален",
    "Deleted",
    "Archived",
    default="false",
)
IP_NETWORK = _text(
    "ip_network",
    "Network of the visitor's address: the last part is never stored.",
    "IP",
    "IP address",
    "IP-адрес",
    "ym:s:ipAddress",
    pii=Pii.NETWORK,
)
USER_AGENT = _text("user_agent", "Browser as it names itself.", "User-Agent", "UA")
PHONE = _text(
    "phone",
    "Phone.",
    "Телефон",
    "Рабочий телефон",
    "Мобильный телефон",
    "Рабочий прямой телефон",
    "Домашний телефон",
    "Другой телефон",
    "Телефон клиента",
    "Рабочий телефон (контакт)",
    "Мобильный телефон (контакт)",
    "Phone number",
    "Mobile phone number",
    "Mobile phone",
    pii=Pii.PHONE,
    takes_all=True,
)
EMAIL = _text(
    "email",
    "E-mail.",
    "E-mail",
    "Почта",
    "Рабочий e-mail",
    "Личный e-mail",
    "Частный e-mail",
    "Другой e-mail",
    "Электронная почта",
    "Рабочий email (контакт)",
    "Email address",
    pii=Pii.EMAIL,
    takes_all=True,
)


def _currency(description: str, *headers: str, **more: object) -> Column:
    return _text(
        "currency",
        description,
        *headers,
        allowed=CURRENCIES,
        synonyms=CURRENCY_WORDS,
        **more,
    )


CURRENCY = _currency("Currency of the money columns, ISO code.", "Валюта", "Currency code")
PRODUCT_LINE = _text(
    "product_line",
    "Product line; joins the register of margins, whose sales cycle (long or short) decides how "
    "far back the visits of a lead are looked for.",
    "Направление",
    "Товарная группа",
    "Product line",
)


def _customer_id(*headers: str, **more: object) -> Column:
    return _text(
        "customer_id",
        "Customer. A phone, an e-mail or a name in this column is replaced by its keyed hash.",
        "Клиент",
        "Покупатель",
        "ID клиента",
        "Customer",
        "CustomerID",
        *headers,
        pii=Pii.IDENTIFIER,
        **more,
    )


SEMANTIC_WORDS = MappingProxyType(
    {
        "в работе": "P",
        "process": "P",
        "успех": "S",
        "успешно": "S",
        "успешная": "S",
        "success": "S",
        "провал": "F",
        "провалена": "F",
        "неуспешная": "F",
        "failure": "F",
    }
)
STAGE_WORDS = MappingProxyType(
    {
        # Bitrix24: ids and Russian names of the stages every portal begins with
        **dict.fromkeys(
            (
                "new",
                "preparation",
                "prepayment_invoice",
                "executing",
                "final_invoice",
                "новая",
                "подготовка документов",
                "счет на предоплату",
                "счёт на предоплату",
                "финальный счет",
                "финальный счёт",
            ),
            "P",
        ),
        **dict.fromkeys(("won", "сделка успешна"), "S"),
        **dict.fromkeys(("lose", "apology", "сделка провалена", "анализ причины провала"), "F"),
        # amoCRM
        **dict.fromkeys(
            (
                "неразобранное",
                "первичный контакт",
                "переговоры",
                "принимают решение",
                "согласование договора",
                "incoming leads",
                "initial contact",
                "discussions",
                "decision making",
                "contract discussion",
            ),
            "P",
        ),
        **dict.fromkeys(("142", "успешно реализовано", "closed - won"), "S"),
        **dict.fromkeys(("143", "закрыто и не реализовано", "closed - lost"), "F"),
        # HubSpot
        **dict.fromkeys(
            (
                "appointment scheduled",
                "qualified to buy",
                "presentation scheduled",
                "decision maker bought-in",
                "contract sent",
                "appointmentscheduled",
                "qualifiedtobuy",
                "presentationscheduled",
                "decisionmakerboughtin",
                "contractsent",
            ),
            "P",
        ),
        **dict.fromkeys(("closed won", "closedwon"), "S"),
        **dict.fromkeys(("closed lost", "closedlost"), "F"),
    }
)
"""Stages as the systems name them at the start; a company's own stages are mapped in its settings,
since a stage that is taken for the wrong kind would be revenue gained or lost."""

LEAD_STATUS_WORDS = MappingProxyType(
    {
        "новый": "NEW",
        "не обработан": "NEW",
        "в работе": "IN_PROCESS",
        "квалифицирован": "QUALIFIED",
        "целевой": "QUALIFIED",
        "сконвертирован": "CONVERTED",
        "обработан": "IN_PROCESS",
        "processed": "IN_PROCESS",
        "качественный лид": "CONVERTED",
        "некачественный лид": "JUNK",
        "некачественный": "JUNK",
        "спам": "JUNK",
        "дубль": "DUPLICATE",
    }
)
ORDER_STATUS_WORDS = MappingProxyType(
    {
        word: status
        for status, words in {
            "paid": "оплачен|оплачена|оплачено|оплачен полностью|выполнен|выполнена|выполнено|"
            "завершен|завершён|завершено|закрыт|доставлен|доставлена|доставлено|вручен|вручён|"
            "получен|выдан|отгружен|частичный возврат|completed|complete|delivered|fulfilled|"
            "received|closed|done|partially refunded|partially_refunded",
            # "Возврат" is in no list: it may be an order that came back, or a row of its own
            # that takes the sum of one back.
            "cancelled": "отменен|отменён|отменена|отменено|отмена|аннулирован|отклонен|отклонён|"
            "не выкуплен|canceled|cancel|voided|void|declined|rejected|failed|expired",
            "refunded": "возвращен|возвращён|returned",
            "open": "новый|новая|новое|в работе|в обработке|обрабатывается|принят|подтвержден|"
            "подтверждён|собирается|комплектуется|отправлен|в пути|в доставке|ожидает оплаты|"
            "ожидает|не оплачен|черновик|new|pending|processing|in progress|on hold|on-hold|"
            "confirmed|accepted|shipped|draft|awaiting payment|pending payment|unpaid|created",
        }.items()
        for word in words.split("|")
    }
)
ORDER_STATUS = _text(
    "status",
    "State of the order: paid, cancelled, refunded (came back whole, or, of a negative row, the "
    "money paid back) or open; an empty cell is paid. The usual words of shops are known: Оплачен, "
    "Доставлен, Выполнен, Completed, Delivered (paid); Отменён, Не выкуплен, Canceled (cancelled); "
    "Возвращён, Returned (refunded); Новый, В обработке, Отправлен, Pending, Shipped (open).",
    "Статус",
    "Состояние",
    allowed=("paid", "cancelled", "refunded", "open"),
    synonyms=ORDER_STATUS_WORDS,
    default="paid",
)


# --- web analytics -------------------------------------------------------------------------------


def _metrica(name: str, field_name: str, description: str) -> Column:
    return _text(name, description, f"ym:s:{field_name}")


_METRICA_VISITS = TableContract(
    source="yandex_metrica",
    table="visits",
    subject="web_analytics",
    description=(
        "One row per visit as Yandex Metrica's Logs API exports it (attribution: last "
        "significant source; in exports made since 25 June 2026 that of all devices of a person, "
        "in older ones that of the browser). A visit id is unique within one counter and year. "
        "Times are in the counter's time zone."
    ),
    columns=(
        _text("visit_id", "Visit id of the counter.", "ym:s:visitID", required=True),
        _text("counter_id", "Counter (site) id.", "ym:s:counterID", required=True),
        _event_date("ym:s:date"),
        _time("date_time", "Start of the visit.", "ym:s:dateTime", required=True),
        _text("client_id", "Browser id (first-party).", "ym:s:clientID", required=True),
        _count("is_new_user", "1 = first visit of the browser.", "ym:s:isNewUser", maximum=ONE),
        _count("bounce", "1 = bounce as the counter is set up.", "ym:s:bounce", maximum=ONE),
        _count("page_views", "Pages viewed.", "ym:s:pageViews"),
        _count("visit_duration", "Length of the visit, seconds.", "ym:s:visitDuration"),
        _metrica("start_url", "startURL", "First page."),
        _metrica("end_url", "endURL", "Last page."),
        _metrica("referer", "referer", "Referring page."),
        _metrica(
            "last_sign_traffic_source",
            "lastSignTrafficSource",
            "Traffic source: direct, organic, referral, ad, internal, social, messenger, email...",
        ),
        _metrica("last_sign_adv_engine", "lastSignAdvEngine", "Ad system."),
        _metrica("last_sign_search_engine_root", "lastSignSearchEngineRoot", "Search engine."),
        _metrica("last_sign_social_network", "lastSignSocialNetwork", "Social network."),
        _metrica("last_sign_messenger", "lastSignMessenger", "Messenger."),
        _metrica("last_sign_utm_source", "lastSignUTMSource", "utm_source label."),
        _metrica("last_sign_utm_medium", "lastSignUTMMedium", "utm_medium label."),
        _metrica("last_sign_utm_campaign", "lastSignUTMCampaign", "utm_campaign label."),
        _metrica("last_sign_utm_content", "lastSignUTMContent", "utm_content label."),
        _metrica("last_sign_utm_term", "lastSignUTMTerm", "utm_term label."),
        _metrica(
            "last_sign_direct_click_order",
            "lastSignDirectClickOrder",
            "Campaign id of Yandex Direct.",
        ),
        _metrica("goals_id", "goalsID", "Goals reached, list as exported: [101,102]."),
        _metrica("goals_date_time", "goalsDateTime", "Times of the goals, list as exported."),
        _metrica("purchase_id", "purchaseID", "Order ids of e-commerce, list as exported."),
        _metrica("purchase_revenue", "purchaseRevenue", "Their revenue, list as exported."),
        _count("device_category", "1 desktop, 2 phone, 3 tablet, 4 TV.", "ym:s:deviceCategory"),
        _metrica("operating_system", "operatingSystem", "Operating system."),
        _metrica("browser", "browser", "Browser."),
        _count("screen_width", "Screen width, pixels.", "ym:s:screenWidth"),
        _count("screen_height", "Screen height, pixels.", "ym:s:screenHeight"),
        _metrica("region_country", "regionCountry", "Country."),
        _metrica("region_city", "regionCity", "City."),
        _count(
            "client_time_zone",
            "Difference of the visitor's clock from UTC, minutes.",
            "ym:s:clientTimeZone",
            minimum=None,
        ),
        _metrica("browser_language", "browserLanguage", "Language of the browser."),
        IP_NETWORK,
    ),
    natural_key=("counter_id", "visit_id", "date"),
    day_column="date",
    by_day=True,
    lookback_days=4,
    freshness_hours=36,
    expects_every_day=True,
    is_quoted=False,
    takes_any_file=True,
)


def _hit(name: str, field_name: str, description: str) -> Column:
    return _text(name, description, f"ym:pv:{field_name}")


_METRICA_HITS = TableContract(
    source="yandex_metrica",
    table="hits",
    subject="web_analytics",
    description=(
        "One row per hit (a page view or an event of a page) as Yandex Metrica's Logs API exports "
        "it. Times are in the counter's time zone."
    ),
    columns=(
        _text("watch_id", "Hit id of the counter.", "ym:pv:watchID", required=True),
        _hit(
            "visit_id", "visitID", "Visit of the hit; NULL or 0 where Metrica tells none (to 2025)."
        ),
        _text("counter_id", "Counter (site) id.", "ym:pv:counterID", required=True),
        _event_date("ym:pv:date"),
        _time("date_time", "Time of the hit.", "ym:pv:dateTime", required=True),
        _text("client_id", "Browser id (first-party).", "ym:pv:clientID", required=True),
        _hit("url", "URL", "Address of the page."),
        _hit("referer", "referer", "Page before it."),
        _count("is_page_view", "1 = a page view.", "ym:pv:isPageView", maximum=ONE),
        _count(
            "is_artificial",
            "1 = an event sent by the site's own code (goal, file, parameters).",
            "ym:pv:artificial",
            maximum=ONE,
        ),
        _count("not_bounce", "1 = the event that tells no bounce.", "ym:pv:notBounce", maximum=ONE),
        _hit("goals_id", "goalsID", "Goals reached by the hit, list as exported: [101,102]."),
        _hit("last_traffic_source", "lastTrafficSource", "Traffic source of the last click."),
        _hit("utm_source", "UTMSource", "utm_source label."),
        _hit("utm_medium", "UTMMedium", "utm_medium label."),
        _hit("utm_campaign", "UTMCampaign", "utm_campaign label."),
        _hit("utm_content", "UTMContent", "utm_content label."),
        _hit("utm_term", "UTMTerm", "utm_term label."),
        _hit("gclid", "GCLID", "Click id of Google Ads."),
    ),
    natural_key=("counter_id", "watch_id", "date"),
    day_column="date",
    by_day=True,
    lookback_days=4,
    freshness_hours=36,
    is_quoted=False,
    file_names=("hits", "хиты"),
)

_COUNTER_ID = _text("counter_id", "Counter (site) id.", required=True)
_RECORDED_ON = _date("recorded_on", "Day the state was recorded, company time.", required=True)
_SAMPLE_SHARE = _rate("sample_share", "Share of the data the figures rest on, 0..1.", maximum=ONE)
_IS_SAMPLED = _flag("is_sampled", "Whether the source estimated the figures from a sample.")

_METRICA_DAILY_REPORT = TableContract(
    source="yandex_metrica",
    table="daily_report",
    subject="web_analytics",
    description=(
        "One row per day and counter: totals of Metrica's own report, for reconciliation with the "
        "visits of the Logs API. Days are in the counter's time zone."
    ),
    columns=(
        _event_date("ym:s:date"),
        _COUNTER_ID,
        _count("visits", "Visits.", "ym:s:visits", "Визиты", required=True),
        _count(
            "users", "Visitors of the day; not to be added over days.", "ym:s:users", "Посетители"
        ),
        _count("page_views", "Pages viewed.", "ym:s:pageviews", "Просмотры"),
        _count(
            "robot_visits",
            "Visits that Metrica takes for robots.",
            "ym:s:robotVisits",
            "Визиты роботов",
            "Роботы",
        ),
        _rate("bounce_percent", "Bounces per 100 visits.", "ym:s:bounceRate", minimum=ZERO),
        _SAMPLE_SHARE,
        _IS_SAMPLED,
    ),
    natural_key=("date", "counter_id"),
    day_column="date",
    by_day=True,
    lookback_days=4,
    freshness_hours=36,
    expects_every_day=True,
)

_METRICA_GOAL_REPORT = TableContract(
    source="yandex_metrica",
    table="goal_report",
    subject="web_analytics",
    description=(
        "One row per day, counter and goal: figures of Metrica's own report. Days are in the "
        "counter's time zone."
    ),
    columns=(
        _event_date("ym:s:date"),
        _COUNTER_ID,
        _text(
            "goal_id",
            "Goal id of the counter. Reports of the interface name goals: `values` of the source "
            "turns a name into the id.",
            "Цель",
            "Номер цели",
            required=True,
        ),
        _count(
            "reaches", "Times the goal was reached.", "Достижения", "Достижения цели", required=True
        ),
        _count("converted_visits", "Visits that reached the goal.", "Целевые визиты"),
        _SAMPLE_SHARE,
        _IS_SAMPLED,
    ),
    natural_key=("date", "counter_id", "goal_id"),
    day_column="date",
    by_day=True,
    lookback_days=4,
    freshness_hours=36,
    wide=WideColumns(
        key="goal_id",
        headers={
            "reaches": ("Достижени[ея] цели", "Goal (?:reaches|completions|achievements)"),
            "converted_visits": ("Целевые визиты(?: по цели)?", "(?:Goal|Converted) visits"),
        },
        codes={"reaches": r"ym:s:goal(\d+)reaches", "converted_visits": r"ym:s:goal(\d+)visits"},
    ),
)

_METRICA_GOALS = TableContract(
    source="yandex_metrica",
    table="goals",
    subject="web_analytics",
    description=(
        "One row per counter, goal and day it was recorded: the goals as they were set up on that "
        "day. The API shows the present state only, so earlier days are kept and never asked for."
    ),
    columns=(
        _RECORDED_ON,
        _COUNTER_ID,
        _text("goal_id", "Goal id of the counter.", required=True),
        _text("goal_name", "Name of the goal."),
        _text("goal_type", "Kind of condition: url, action, number, step, phone..."),
        _text("goal_source", "user = made by hand, auto = made by Metrica."),
        _text("conditions", "Conditions, JSON as the API gives them."),
    ),
    natural_key=("recorded_on", "counter_id", "goal_id"),
    day_column="recorded_on",
    by_day=True,
    freshness_hours=36,
)

_METRICA_COUNTER_SETTINGS = TableContract(
    source="yandex_metrica",
    table="counter_settings",
    subject="web_analytics",
    description=(
        "One row per counter and day it was recorded: settings that change the meaning of its "
        "figures. The API shows the present state only."
    ),
    columns=(
        _RECORDED_ON,
        _COUNTER_ID,
        _text("counter_name", "Name of the counter."),
        _text("site", "Site."),
        _text("status", "Active or Deleted."),
        _text("code_status", "CS_OK = the code of the counter was found on the site."),
        _text("time_zone", "Time zone of the counter's days, IANA name."),
        _text("robot_filter", "Setting of the robot filter, code of the API."),
        _count("time_zone_offset_minutes", "The same as difference from UTC.", minimum=None),
        _count("visit_timeout_seconds", "Pause after which a new visit begins."),
        _flag("has_auto_goals", "Whether Metrica makes goals by itself."),
    ),
    natural_key=("recorded_on", "counter_id"),
    day_column="recorded_on",
    by_day=True,
    freshness_hours=36,
)

_GA4_SESSIONS = TableContract(
    source="ga4",
    table="sessions",
    subject="web_analytics",
    description=(
        "One row per day and traffic source of a Google Analytics 4 property: sessions and key "
        "events as its Data API reports them. Days are in the property's time zone. Sums, not "
        "visits: they show volume and conversion, but join no lead or order."
    ),
    columns=(
        _event_date(),
        _text("property_id", "GA4 property.", required=True),
        _text("source", "Source of the session.", "sessionSource", "Session source"),
        _text("medium", "Medium of the session.", "sessionMedium", "Session medium"),
        _text(
            "source_medium",
            "Source and medium in one cell (google / cpc), where they have no columns.",
            "sessionSourceMedium",
            "Session source / medium",
            "Источник или канал сеанса",
            "Источник / канал сеанса",
        ),
        _text("campaign_id", "Campaign id of the session.", "sessionCampaignId"),
        _text(
            "campaign", "Campaign name of the session.", "sessionCampaignName", "Session campaign"
        ),
        _text(
            "landing_page",
            "First page of the session.",
            "landingPagePlusQueryString",
            "Landing page",
            "Landing page + query string",
        ),
        _currency("Currency of the property.", "Currency code"),
        _count("sessions", "Sessions.", "Сеансы", required=True),
        _count(
            "engaged_sessions",
            "Engaged sessions.",
            "engagedSessions",
            "Engaged sessions",
            "Сеансы с взаимодействием",
        ),
        _count("new_users", "New visitors.", "newUsers", "New users", "Новые пользователи"),
        _count("page_views", "Pages and screens viewed.", "screenPageViews", "Views", "Просмотры"),
        _rate(
            "key_events",
            "Key events (conversions of GA4).",
            "keyEvents",
            "Key events",
            "Conversions",
            "Ключевые события",
        ),
        _rate(
            "session_key_event_rate",
            "Share of sessions that had a key event, 0 to 1.",
            "sessionKeyEventRate",
            "Session key event rate",
            minimum=ZERO,
            maximum=ONE,
        ),
        _money(
            "purchase_revenue",
            "Revenue of purchases, currency units.",
            "purchaseRevenue",
            "Purchase revenue",
            "Total revenue",
        ),
        _SAMPLE_SHARE,
        _IS_SAMPLED,
        _flag("is_thresholded", "Whether GA4 withheld rows of too few visitors."),
        _flag("has_other_row", "Whether GA4 rolled rows up into (other)."),
    ),
    natural_key=(
        "date",
        "property_id",
        "source",
        "medium",
        "campaign_id",
        "campaign",
        "landing_page",
    ),
    day_column="date",
    by_day=True,
    lookback_days=14,
    freshness_hours=60,
    expects_every_day=True,
)

_GA4_EVENTS = TableContract(
    source="ga4",
    table="events",
    subject="web_analytics",
    description=(
        "One row per event of a Google Analytics 4 property's BigQuery export (tables "
        "`events_YYYYMMDD`, as parquet). Sessions are made from the events: `user_pseudo_id` with "
        "`ga_session_id`. Event times are stored in the company's zone."
    ),
    columns=(
        _date(
            "event_date",
            "Day of the event, property's zone.",
            required=True,
            is_event_time=True,
        ),
        _time("occurred_at", "Time of the event.", "event_timestamp", required=True),
        _text("event_name", "Name of the event.", required=True),
        _text(
            "user_pseudo_id",
            "Browser id: the number of the `_ga` cookie. Empty where consent was refused.",
        ),
        _text("ga_session_id", "Session of the browser.", "event_params.ga_session_id"),
        _count("ga_session_number", "Which session of it.", "event_params.ga_session_number"),
        _text("session_engaged", "1 = engaged.", "event_params.session_engaged"),
        _count(
            "engagement_time_msec",
            "Time in the foreground since the event before, milliseconds.",
            "event_params.engagement_time_msec",
        ),
        _text("page_location", "Address of the page.", "event_params.page_location"),
        _text("page_referrer", "Referring page.", "event_params.page_referrer"),
        *(
            _text(
                name,
                f"{label} that came with the event.",
                f"collected_traffic_source.{collected}",
                f"event_params.{parameter}",
                takes_all=True,
            )
            for name, label, collected, parameter in (
                ("source", "Traffic source", "manual_source", "source"),
                ("medium", "Traffic medium", "manual_medium", "medium"),
                ("campaign", "Campaign name", "manual_campaign_name", "campaign"),
                ("campaign_id", "Campaign id", "manual_campaign_id", "campaign_id"),
                ("content", "utm_content label", "manual_content", "content"),
                ("term", "utm_term label", "manual_term", "term"),
                ("gclid", "Click id of Google Ads", "gclid", "gclid"),
            )
        ),
        _text("device_category", "desktop, mobile, tablet, smart tv.", "device.category"),
        _text("operating_system", "Operating system.", "device.operating_system"),
        _text("browser", "Browser.", "device.web_info.browser", "device.browser", takes_all=True),
        _text("country", "Country.", "geo.country"),
        _text("city", "City.", "geo.city"),
        _text("stream_id", "Data stream of the property."),
        _text(
            "transaction_id",
            "Order id of a purchase.",
            "ecommerce.transaction_id",
            "event_params.transaction_id",
            takes_all=True,
        ),
        _money(
            "purchase_revenue",
            "Revenue of a purchase, property currency.",
            "ecommerce.purchase_revenue",
        ),
    ),
    natural_key=("user_pseudo_id", "occurred_at", "event_name"),
    day_column="event_date",
    by_day=True,
    lookback_days=3,
    freshness_hours=72,
    file_names=("events",),
)

_PLAIN_VISITS = TableContract(
    source="plain",
    table="visits",
    subject="web_analytics",
    description="One row per visit, from any counter. Times are in the company's time zone.",
    columns=(
        _text("visit_id", "Visit id.", required=True),
        _text("client_id", "Browser id.", "ClientID", required=True),
        _time("started_at", "Start of the visit.", "Начало", required=True),
        _text("source", "Traffic source (utm_source).", "utm_source", "Источник", is_tag=True),
        _text("medium", "Traffic medium (utm_medium).", "utm_medium", "Канал", is_tag=True),
        _text("campaign", "Campaign (utm_campaign).", "utm_campaign", "Кампания", is_tag=True),
        _text("content", "utm_content label.", "utm_content", is_tag=True),
        _text("term", "utm_term label.", "utm_term", is_tag=True),
        _text("landing_url", "First page.", "Страница входа"),
        _text("referrer", "Referring page.", "referer"),
        _count("page_views", "Pages viewed.", "Просмотры"),
        _count("duration_seconds", "Length of the visit, seconds.", "Длительность"),
        _flag("is_new_visitor", "Whether the browser came for the first time.", "Новый"),
        _text(
            "goals",
            "Conversions reached in the visit, ids parted by |. Empty: none; NULL: the file has no "
            "such column.",
            "Цели",
            tells_blank=True,
        ),
        _text("device", "desktop, phone, tablet or tv.", "Устройство"),
        _text("country", "Country.", "Страна"),
        _text("city", "City.", "Город"),
        _text("browser", "Browser.", "Браузер"),
        _text("operating_system", "Operating system.", "ОС", "OS"),
        _text("screen", "Screen, pixels: 1920x1080.", "Экран"),
        _text("language", "Language of the browser.", "Язык"),
        USER_AGENT,
        IP_NETWORK,
        _count(
            "client_time_zone",
            "Difference of the visitor's clock from UTC, minutes.",
            "Часовой пояс",
            minimum=None,
        ),
        _flag(
            "has_interaction",
            "Whether the visit scrolled, clicked or did anything but open pages.",
            "Действия",
        ),
    ),
    natural_key=("visit_id",),
    day_column="started_at",
    by_day=True,
    lookback_days=4,
    freshness_hours=36,
    expects_every_day=True,
)

_PLAIN_SERVER_REQUESTS = TableContract(
    source="plain",
    table="server_requests",
    subject="web_analytics",
    description=(
        "One row per page the web server or its CDN delivered, from its log: tells visits that "
        "never touched the site. Company time zone. The log itself (access.log of Apache or nginx, "
        "common or combined format) is read as it is."
    ),
    columns=(
        _time("requested_at", "Time of the request.", "Время", required=True),
        _text("page", "Address or path of the page.", "Страница", "URL", "path", required=True),
        USER_AGENT,
        IP_NETWORK,
    ),
    natural_key=("requested_at", "page", "user_agent", "ip_network"),
    day_column="requested_at",
    by_day=True,
    lookback_days=4,
    freshness_hours=36,
    file_names=("server_requests", "access", "журнал_сервера"),
    reads_server_logs=True,
)

_PLAIN_CONVERSIONS = TableContract(
    source="plain",
    table="conversions",
    subject="web_analytics",
    description="One row per conversion event, from any counter. Company time zone.",
    columns=(
        _text("conversion_id", "Conversion of the register of conversions.", required=True),
        _text("event_id", "Id of the event."),
        CLIENT_ID,
        _time("converted_at", "Time of the event.", required=True),
        _money("value", "Value of the event, company currency."),
    ),
    natural_key=("conversion_id", "event_id"),
    day_column="converted_at",
    by_day=True,
    freshness_hours=36,
)


# --- ad spend ------------------------------------------------------------------------------------

_IMPRESSIONS = _count("impressions", "Impressions.", "Impr.", "Показы", "shows", required=True)
_CLICKS = _count("clicks", "Clicks.", "Клики", required=True)
_CAMPAIGN_ID = _text(
    "campaign_id",
    "Campaign id of the ad system.",
    "CampaignId",
    "Campaign ID",
    "ID кампании",
    "№ Кампании",
    "Номер кампании",
    required=True,
)
_CAMPAIGN_NAME = _text(
    "campaign_name",
    "Campaign name.",
    "CampaignName",
    "Campaign",
    "Название кампании",
    "Кампания",
)


def _cost(*headers: str, **more: object) -> Column:
    return Column(
        "cost",
        Type.SMALL_MONEY,
        "Money spent, in the currency of the source.",
        required=True,
        headers=("Cost", "Расход", *headers),
        **more,  # type: ignore[arg-type]
    )


_DIRECT_AD_STATS = TableContract(
    source="yandex_direct",
    table="ad_stats",
    subject="ad_spend",
    description="One row per day, ad, where the report tells it, else ad group or campaign, and ad "
    "network of Yandex Direct. Moscow days.",
    columns=(
        _event_date("Date"),
        _CAMPAIGN_ID,
        _CAMPAIGN_NAME,
        _text(
            "ad_group_id",
            "Ad group id of the ad system.",
            "AdGroupId",
            "ID группы",
            "№ Группы",
            "Номер группы",
        ),
        _text("ad_group_name", "Ad group name.", "AdGroupName", "Название группы", "Группа"),
        _text(
            "ad_id",
            "Ad id of the ad system.",
            "AdId",
            "ID объявления",
            "№ Объявления",
            "Номер объявления",
        ),
        _text("ad_network_type", "SEARCH or AD_NETWORK.", "AdNetworkType", "Тип площадки"),
        _IMPRESSIONS,
        _CLICKS,
        _cost("Расход (руб.)", "Расход, ₽", minimum=ZERO),
        _count("conversions", "Conversions as the ad system counts them.", "Конверсии"),
    ),
    natural_key=("date", "campaign_id", "ad_group_id", "ad_id", "ad_network_type"),
    day_column="date",
    by_day=True,
    lookback_days=3,
    freshness_hours=36,
    expects_every_day=True,
    timezone="Europe/Moscow",
    footers=("Total rows:", "Итого"),
    nulls=("--",),
)

_GOOGLE_ADS_STATS = TableContract(
    source="google_ads",
    table="campaign_stats",
    subject="ad_spend",
    description="One row per day and campaign of Google Ads, in the account's time zone. No VAT.",
    columns=(
        _event_date("Day"),
        _CAMPAIGN_ID,
        _CAMPAIGN_NAME,
        _currency("Account currency.", "Currency code", "Currency", "Валюта"),
        _IMPRESSIONS,
        _CLICKS,
        _cost("Стоимость", "Расходы", minimum=ZERO),
        _rate(
            "conversions", "Conversions as the ad system counts them.", "Конверсии", minimum=ZERO
        ),
    ),
    natural_key=("date", "campaign_id"),
    day_column="date",
    by_day=True,
    lookback_days=30,
    freshness_hours=36,
    expects_every_day=True,
    footers=("Total:", "Total ", "Итого"),
    nulls=("--",),
)

_VK_ADS_STATS = TableContract(
    source="vk_ads",
    table="campaign_stats",
    subject="ad_spend",
    description="One row per day and campaign of VK Ads. Moscow days.",
    columns=(
        _event_date(),
        _CAMPAIGN_ID,
        _CAMPAIGN_NAME,
        _IMPRESSIONS,
        _CLICKS,
        _cost("Потрачено, ₽", "Потрачено", "spent", minimum=ZERO),
        _count("goals", "Results (goals) as the ad system counts them.", "Результат", "Цели"),
    ),
    natural_key=("date", "campaign_id"),
    day_column="date",
    by_day=True,
    lookback_days=7,
    freshness_hours=36,
    expects_every_day=True,
    timezone="Europe/Moscow",
    footers=("Итого", "Всего"),
    nulls=("--", "—", "-"),
)

_PLAIN_AD_SPEND = TableContract(
    source="plain",
    table="ad_spend",
    subject="ad_spend",
    description=(
        "One row per day and campaign, from any ad system. Bonuses and refunds are rows of their "
        "own with a negative cost. Spend known by the month alone belongs in registers/costs, as "
        "`media`."
    ),
    columns=(
        _event_date("Date"),
        _text("channel", "Channel of the register of channels.", "Канал"),
        _text("source", "utm_source of the ads.", "utm_source", "Источник", is_tag=True),
        _text("medium", "utm_medium of the ads.", "utm_medium", is_tag=True),
        _text("campaign_id", "Campaign id.", "ID кампании", "utm_campaign", is_tag=True),
        _CAMPAIGN_NAME,
        _count("impressions", "Impressions.", "Показы"),
        _count("clicks", "Clicks.", "Клики"),
        _cost("Сумма", "spend", negative_means="a bonus or a refund"),
        CURRENCY,
        _rate("conversions", "Conversions as the ad system counts them.", minimum=ZERO),
    ),
    natural_key=("date", "channel", "source", "medium", "campaign_id"),
    day_column="date",
    by_day=True,
    lookback_days=3,
    freshness_hours=36,
    expects_every_day=True,
)


# --- CRM and sales -------------------------------------------------------------------------------

_BITRIX_LEADS = TableContract(
    source="bitrix24",
    table="leads",
    subject="crm",
    description=(
        "One row per lead and export file of Bitrix24: a full snapshot each. The title is never "
        "read, since it may hold a name. Times are in the portal's time zone."
    ),
    columns=(
        _text("lead_id", "Lead id.", "ID", required=True),
        _text(
            "status",
            "Stage: NEW, IN_PROCESS, QUALIFIED, CONVERTED, JUNK or DUPLICATE.",
            "Стадия",
            "Статус",
            "Стадия лида",
            required=True,
            allowed=("NEW", "IN_PROCESS", "QUALIFIED", "CONVERTED", "JUNK", "DUPLICATE"),
            synonyms=LEAD_STATUS_WORDS,
        ),
        _text("source", "Source as the CRM names it.", "Источник"),
        _time("created_at", "Creation of the lead.", "Дата создания", "Создан", required=True),
        _time("updated_at", "Last change.", "Дата изменения", "Изменен", required=True),
        PHONE,
        EMAIL,
        _money("amount", "Expected sum.", "Сумма"),
        CURRENCY,
        *_utm(),
        *BROWSER_IDS,
        PRODUCT_LINE,
        _text("reject_reason", "Why the lead was refused.", "Причина отказа"),
        IS_DELETED,
    ),
    natural_key=("lead_id",),
    day_column="created_at",
    freshness_hours=24,
    file_names=("leads", "lead", "лиды"),
)

_STAGE_SEMANTIC = _text(
    "stage_semantic",
    "P in work, S won, F lost; where the export does not say so, the name of the stage tells it.",
    "Семантика стадии",
    "Группа стадии",
    required=True,
    allowed=("P", "S", "F"),
    synonyms=SEMANTIC_WORDS,
    derived_from="stage_id",
    derived_words=STAGE_WORDS,
)

_BITRIX_DEALS = TableContract(
    source="bitrix24",
    table="deals",
    subject="crm",
    description=(
        "One row per deal and export file of Bitrix24: a full snapshot each. Times are in the "
        "portal's time zone."
    ),
    columns=(
        _text("deal_id", "Deal id.", "ID", required=True),
        _text("lead_id", "Lead the deal came from.", "Лид", "ID лида"),
        _customer_id(),
        PRODUCT_LINE,
        _text("stage_id", "Stage of the sales funnel.", "Стадия", "Стадия сделки", required=True),
        _STAGE_SEMANTIC,
        _money("amount", "Sum of the deal.", "Сумма", required=True),
        CURRENCY,
        _time("created_at", "Creation of the deal.", "Дата создания", required=True),
        _time("updated_at", "Last change.", "Дата изменения", required=True),
        _time(
            "closed_at",
            "Closing; of an open deal the planned day, which may lie ahead.",
            "Дата закрытия",
            "Дата завершения",
            is_event_time=False,
        ),
        *BROWSER_IDS,
        *_utm(),
        IS_DELETED,
    ),
    natural_key=("deal_id",),
    day_column="created_at",
    freshness_hours=24,
    file_names=("deals", "deal", "сделки"),
)

_BITRIX_STAGE_HISTORY = TableContract(
    source="bitrix24",
    table="stage_history",
    subject="crm",
    description="One row per change of a deal's stage and export file of Bitrix24.",
    columns=(
        _text("history_id", "Id of the change.", "ID", required=True),
        _text("deal_id", "Deal id.", "Сделка", "ID сделки", required=True),
        _time("changed_at", "Time of the change.", "Дата", required=True),
        _text("stage_id", "Stage reached.", "Стадия", required=True),
        _STAGE_SEMANTIC,
    ),
    natural_key=("history_id",),
    day_column="changed_at",
    freshness_hours=24,
    file_names=("stage_history", "история"),
)


def _stage_history(source: str, label: str) -> TableContract:
    return replace(
        _BITRIX_STAGE_HISTORY,
        source=source,
        description=f"One row per change of a deal's stage of {label}.",
    )


def _crm_contacts(source: str, label: str) -> TableContract:
    return TableContract(
        source=source,
        table="contacts",
        subject="crm",
        description=f"One row per contact of {label}. Names are never read.",
        columns=(
            _customer_id(required=True),
            _time("created_at", "When the contact was entered.", "Дата", is_event_time=False),
            PHONE,
            EMAIL,
            IS_DELETED,
        ),
        natural_key=("customer_id",),
        file_names=("contacts", "контакты"),
    )


def _crm_stages(source: str, label: str) -> TableContract:
    return TableContract(
        source=source,
        table="stages",
        subject="crm",
        description=f"One row per stage of each sales funnel of {label}.",
        columns=(
            _text("pipeline_id", "Sales funnel.", "Воронка", required=True),
            _text("pipeline_name", "Name of the funnel.", "Название воронки"),
            _text("stage_id", "Stage of the funnel.", "Стадия", required=True),
            _text("stage_name", "Name of the stage.", "Название стадии"),
            replace(_STAGE_SEMANTIC, derived_from="stage_name"),
            _count("sort_order", "Place of the stage in its funnel.", "Порядок"),
        ),
        natural_key=("pipeline_id", "stage_id"),
        file_names=("stages", "стадии"),
    )


def _deal_products(source: str, label: str) -> TableContract:
    return TableContract(
        source=source,
        table="deal_products",
        subject="crm",
        description=f"One row per product of a deal of {label}.",
        columns=(
            _text("line_id", "Id of the row.", "ID", "Record ID", "ID строки"),
            _text(
                "deal_id",
                "Deal the product belongs to.",
                *("Сделка", "ID сделки", "Associated Deal IDs", "Deal ID"),
                required=True,
            ),
            _text("product_id", "Product id.", "ID товара", "Product ID", "Артикул", "SKU"),
            _text("product_name", "Name of the product.", "Товар", "Название", "Name"),
            PRODUCT_LINE,
            _rate("quantity", "Pieces.", "Количество", required=True, minimum=ZERO),
            _rate(
                "unit_price",
                "Price of a piece before the discount.",
                *("Цена", "Unit price", "Price"),
                required=True,
                minimum=ZERO,
                is_price=True,
            ),
            _money(
                "discount_amount",
                "Discount of the row, all its pieces.",
                *("Скидка", "Сумма скидки", "Total discount"),
                minimum=ZERO,
            ),
            _money("cost_amount", "Cost of the goods of the row.", "Себестоимость"),
            CURRENCY,
            IS_DELETED,
        ),
        natural_key=("line_id",),
        generated_id="line_id",
        file_names=("deal_products", "line_items", "товары сделок", "товары_сделок"),
    )


_AMOCRM_LEADS = TableContract(
    source="amocrm",
    table="leads",
    subject="crm",
    description=(
        "One row per lead of amoCRM, which is enquiry and deal in one. Times are in the "
        "company's time zone."
    ),
    columns=(
        _text("lead_id", "Lead id.", "ID", required=True),
        _customer_id(),
        _text("pipeline_id", "Sales funnel.", "Воронка"),
        _text(
            "stage_id",
            "Funnel and stage, parted by a colon.",
            "Этап сделки",
            "Lead stage",
            required=True,
        ),
        _STAGE_SEMANTIC,
        _text(
            "status",
            "What the stage means for a lead; LOST is a good lead that did not buy.",
            "Статус",
            required=True,
            allowed=("NEW", "IN_PROCESS", "QUALIFIED", "CONVERTED", "JUNK", "DUPLICATE", "LOST"),
            synonyms=LEAD_STATUS_WORDS,
            derived_from="stage_id",
            derived_words=MappingProxyType(
                {
                    **dict.fromkeys(("142", "успешно реализовано", "closed - won"), "CONVERTED"),
                    **dict.fromkeys(("143", "закрыто и не реализовано", "closed - lost"), "LOST"),
                    **dict.fromkeys(("неразобранное", "incoming leads"), "NEW"),
                }
            ),
            derived_else="IN_PROCESS",
        ),
        _text("reject_reason", "Why the lead was lost.", "Причина отказа", "Причина закрытия"),
        _money("amount", "Budget of the lead.", "Бюджет", "Бюджет сделки", "Сумма", "Sale"),
        CURRENCY,
        _time(
            "created_at",
            "Creation of the lead.",
            "Дата создания",
            "Дата создания сделки",
            "Created at",
            required=True,
        ),
        _time(
            "updated_at",
            "Last change.",
            "Дата изменения",
            "Дата редактирования",
            "Date modified",
            required=True,
        ),
        _time("closed_at", "Won or lost.", "Дата закрытия", is_event_time=False),
        PHONE,
        EMAIL,
        *_utm(),
        *BROWSER_IDS,
        PRODUCT_LINE,
        IS_DELETED,
    ),
    natural_key=("lead_id",),
    day_column="created_at",
    freshness_hours=24,
    file_names=("leads", "сделки", "amocrm_export_leads"),
)

_HUBSPOT_CONTACTS = TableContract(
    source="hubspot",
    table="contacts",
    subject="crm",
    description=(
        "One row per contact of HubSpot: customer, and lead where its life cycle says so. Names "
        "are never read. Times are in the company's time zone."
    ),
    columns=(
        _customer_id("Record ID", required=True),
        _text("lifecycle_stage", "Stage of the life cycle.", "Lifecycle stage"),
        _text(
            "status",
            "What the life cycle means for a lead; empty = no lead.",
            "Lead status",
            allowed=("NEW", "IN_PROCESS", "QUALIFIED", "CONVERTED", "JUNK", "DUPLICATE"),
            synonyms=MappingProxyType(
                {
                    **LEAD_STATUS_WORDS,
                    **dict.fromkeys(("new", "open"), "NEW"),
                    **dict.fromkeys(
                        ("in progress", "attempted to contact", "connected", "bad timing"),
                        "IN_PROCESS",
                    ),
                    "open deal": "QUALIFIED",
                    "unqualified": "JUNK",
                }
            ),
            derived_from="lifecycle_stage",
            derived_words=MappingProxyType(
                {
                    **dict.fromkeys(
                        ("lead", "marketing qualified lead", "marketingqualifiedlead"), "NEW"
                    ),
                    **dict.fromkeys(
                        ("sales qualified lead", "salesqualifiedlead", "opportunity"), "QUALIFIED"
                    ),
                    **dict.fromkeys(("customer", "evangelist"), "CONVERTED"),
                }
            ),
            derived_else="",
        ),
        _text("source", "Original source as HubSpot names it.", "Original source"),
        _text("reject_reason", "Why the lead was refused.", "Reject reason"),
        _time("created_at", "Creation of the contact.", "Create date", required=True),
        _time("updated_at", "Last change.", "Last modified date", required=True),
        PHONE,
        EMAIL,
        *_utm(),
        *BROWSER_IDS,
        PRODUCT_LINE,
        IS_DELETED,
    ),
    natural_key=("customer_id",),
    day_column="created_at",
    freshness_hours=24,
    file_names=("contacts", "контакты", "hubspot_crm_exports_all_contacts"),
)

_HUBSPOT_DEALS = TableContract(
    source="hubspot",
    table="deals",
    subject="crm",
    description="One row per deal of HubSpot. Times are in the company's time zone.",
    columns=(
        _text("deal_id", "Deal id.", "Record ID", "ID", required=True),
        _customer_id("Associated Contact IDs", "Associated Contact ID"),
        _text("pipeline_id", "Sales funnel.", "Pipeline"),
        _text(
            "stage_id",
            "Funnel and stage, parted by a colon.",
            "Deal stage",
            "Dealstage",
            required=True,
        ),
        _STAGE_SEMANTIC,
        _money("amount", "Sum of the deal; empty = not entered.", "Amount"),
        CURRENCY,
        _time("created_at", "Creation of the deal.", "Create date", required=True),
        _time("updated_at", "Last change.", "Last modified date", required=True),
        _time("closed_at", "Closing, of open deals planned.", "Close date", is_event_time=False),
        *_utm(),
        *BROWSER_IDS,
        PRODUCT_LINE,
        IS_DELETED,
    ),
    natural_key=("deal_id",),
    day_column="created_at",
    freshness_hours=24,
    file_names=("deals", "сделки", "hubspot_crm_exports_all_deals"),
)

_ORDERED_AT = _time(
    "ordered_at",
    "Date or time of the order, company time zone.",
    "Дата заказа",
    "Дата",
    "Order date",
    "Invoice date",
    "date",
    "created_at",
    required=True,
)
_ORDER_ID_HEADERS = (
    "Номер заказа",
    "Заказ",
    "ID заказа",
    "Order",
    "Order number",
    "№ заказа",
    "Invoice",
    "InvoiceNo",
    "Invoice number",
)

_PLAIN_ORDERS = TableContract(
    source="plain",
    table="orders",
    subject="crm",
    description="One row per order and export file, from any shop, 1C or till.",
    columns=(
        _text("order_id", "Order id.", *_ORDER_ID_HEADERS),
        _text("lead_id", "Lead of the table `leads` that the order came from.", "ID лида", "Лид"),
        _text(
            "deal_id",
            "Deal of the CRM that the order closes. The order is then counted once, as the shop "
            "tells it. Where two CRMs are on, with the system's name: `bitrix24:17`.",
            "ID сделки",
            "Сделка",
        ),
        _customer_id(),
        _ORDERED_AT,
        _money(
            "gross_amount",
            "What was billed before refunds.",
            "Сумма",
            "Сумма заказа",
            "amount",
            "total",
            required=True,
            negative_means="a return",
        ),
        _money("discount_amount", "Discount.", "Скидка", "discount", minimum=ZERO),
        _money(
            "refund_amount",
            "Returned to the buyer; not more than `gross_amount` less `discount_amount`.",
            "Возврат",
            "refund",
            minimum=ZERO,
            at_most=("gross_amount", "discount_amount"),
        ),
        _money("cost_amount", "Cost of the goods.", "Себестоимость"),
        CURRENCY,
        ORDER_STATUS,
        PRODUCT_LINE,
        _rate("quantity", "Pieces.", "Количество"),
        *BROWSER_IDS,
        _text("promo_code", "Promo code.", "Промокод"),
        PHONE,
        EMAIL,
    ),
    natural_key=("order_id",),
    day_column="ordered_at",
    by_day=True,
    freshness_hours=24,
    generated_id="order_id",
    file_names=("orders", "order", "заказы", "продажи"),
)

_PLAIN_ORDER_LINES = TableContract(
    source="plain",
    table="order_lines",
    subject="crm",
    description="One row per line of an order and export file. A return has a negative quantity.",
    columns=(
        _text("order_id", "Order id.", *_ORDER_ID_HEADERS, required=True),
        _text("line_id", "Line of the order.", "Строка"),
        _customer_id(),
        _ORDERED_AT,
        _text("product_id", "Product id.", "Товар", "Артикул", "SKU", "StockCode", "Product code"),
        PRODUCT_LINE,
        _rate(
            "quantity",
            "Pieces; negative = return.",
            "Количество",
            required=True,
            negative_means="a return",
        ),
        _rate("unit_price", "Price of a piece.", "Цена", "Price", required=True, is_price=True),
        _money("discount_amount", "Discount of the line.", "Скидка", "discount", minimum=ZERO),
        _money("cost_amount", "Cost of the goods of the line.", "Себестоимость"),
        CURRENCY,
        ORDER_STATUS,
    ),
    natural_key=("order_id", "line_id"),
    day_column="ordered_at",
    by_day=True,
    freshness_hours=24,
    file_names=("order_lines", "строки заказов"),
)

_PLAIN_LEADS = TableContract(
    source="plain",
    table="leads",
    subject="crm",
    description="One row per lead and export file, from any CRM: a full snapshot each.",
    columns=(
        _text("lead_id", "Lead id.", "ID", "ID лида", required=True),
        _time("created_at", "Creation of the lead.", "Дата создания", required=True),
        _time("updated_at", "Last change.", "Дата изменения"),
        _text("status", "Stage as the CRM names it.", "Статус", "Стадия"),
        _customer_id(),
        *BROWSER_IDS,
        PHONE,
        EMAIL,
        *_utm(),
        PRODUCT_LINE,
        _flag("is_qualified", "Whether sales accepted the lead.", "Целевой"),
        _time("qualified_at", "When sales accepted the lead.", "Дата квалификации"),
        _text("reject_reason", "Why the lead was refused.", "Причина отказа"),
        IS_DELETED,
    ),
    natural_key=("lead_id",),
    day_column="created_at",
    freshness_hours=24,
    file_names=("leads", "лиды"),
)

_PLAIN_CUSTOMERS = TableContract(
    source="plain",
    table="customers",
    subject="crm",
    description="One row per customer and export file: a full snapshot each.",
    columns=(
        _customer_id(required=True),
        _time("created_at", "When the customer was entered.", "Дата", is_event_time=False),
        PHONE,
        EMAIL,
        IS_DELETED,
    ),
    natural_key=("customer_id",),
    freshness_hours=None,
    file_names=("customers", "клиенты", "покупатели"),
)

_PLAIN_CALLS = TableContract(
    source="plain",
    table="calls",
    subject="crm",
    description="One row per call and export file, from any call tracking.",
    columns=(
        _text("call_id", "Call id.", "ID", required=True),
        _time("called_at", "Start of the call.", "Дата", "Дата звонка", required=True),
        PHONE,
        _count("duration_seconds", "Talk time, seconds.", "Длительность"),
        _flag("is_first_call", "Whether the number called for the first time.", "Первый звонок"),
        *BROWSER_IDS,
        *_utm(),
    ),
    natural_key=("call_id",),
    day_column="called_at",
    by_day=True,
    freshness_hours=24,
    file_names=("calls", "звонки"),
)

_CALLTOUCH_CALLS = replace(
    _PLAIN_CALLS,
    source="calltouch",
    description="One row per call of Calltouch. Times are in the company's time zone.",
    lookback_days=3,
)


# --- social and surveys --------------------------------------------------------------------------


def _followers(source: str, label: str, *extra: Column) -> TableContract:
    return TableContract(
        source=source,
        table="followers",
        subject="social",
        description=f"One row per day and account of {label}: the day's last snapshot.",
        columns=(
            _event_date("Date"),
            *extra,
            _text(
                "account", "Channel, group or account.", "Аккаунт", "Канал", "Группа", required=True
            ),
            _count("followers", "Followers at the end of the day.", "Подписчики", required=True),
            _count("joined", "Joined that day.", "Подписались"),
            _count("left_count", "Left that day.", "Отписались", "left"),
            _count("reach", "People who saw a post that day.", "Охват"),
            _count("reactions", "Reactions of that day.", "Реакции"),
            # Rows of files say nothing of it, and need no such column.
            *(
                ()
                if extra
                else (_time("observed_at", "When an API was asked, UTC.", is_event_time=False),)
            ),
        ),
        natural_key=("date", *(column.name for column in extra), "account"),
        day_column="date",
        by_day=True,
        lookback_days=3,
        freshness_hours=36,
        expects_every_day=True,
        file_names=("followers", "подписчики"),
    )


_GRID_WORDS = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *(
                    "yes",
                    "true",
                    "1",
                    "+",
                    "да",
                    "истина",
                    "know",
                    "i know it",
                    "aware",
                    "familiar",
                ),
                *("heard of", "heard of it", "знаю", "знаю хорошо", "слышал", "слышала"),
                *("слышал(а)", "слышал (а)", "слышал/а", "знаком", "знакома", "знаком(а)"),
            ),
            "yes",
        ),
        **dict.fromkeys(
            (
                *("no", "false", "0", "-", "нет", "ложь", "unaware", "not aware", "don't know"),
                *("never heard", "never heard of it", "не знаю", "не слышал", "не слышала"),
                *("не слышал(а)", "не слышал (а)", "не слышал/а", "не знаком", "не знакома"),
                *("не знаком(а)", "впервые слышу"),
            ),
            "no",
        ),
    }
)
"""What the answers of a grid of brands say: is the brand known?"""


def _survey(source: str, table: str) -> TableContract:
    return TableContract(
        source=source,
        table=table,
        subject="surveys",
        description="One row per respondent of a survey wave; one export file a wave.",
        columns=(
            _text(
                "respondent_id",
                "Respondent (a number, not a name); made from the answers where the file has none.",
                "ID",
                "Respondent ID",
                "Номер анкеты",
                pii=Pii.IDENTIFIER,
            ),
            _text(
                "wave",
                "Wave of the survey, for example 2026-Q1; without the column the file's name "
                "tells it (responses_2026-Q1.csv).",
                "Волна",
                required=True,
                from_file_name=r"((?:19|20)\d{2}[-_ ]?(?:q[1-4]|h[12]|0[1-9]|1[0-2]))(?!\d)",
            ),
            _time(
                "answered_at",
                "Date or time of the answer.",
                "Дата",
                "Отметка времени",
                "Timestamp",
                "Время создания",
                required=True,
            ),
            _text(
                "mode",
                "How the answers were taken: online_panel, street, phone or customers.",
                "Способ",
                required=True,
                allowed=("online_panel", "street", "phone", "customers"),
                synonyms=MappingProxyType(
                    {
                        "онлайн-панель": "online_panel",
                        "панель": "online_panel",
                        "интернет": "online_panel",
                        "улица": "street",
                        "телефон": "phone",
                        "клиенты": "customers",
                    }
                ),
            ),
            _text("vendor", "Who took the survey.", "Исполнитель"),
            _flag(
                "is_target",
                "Whether the person is of the target audience.",
                "Целевая",
                required=True,
            ),
            _flag("is_customer", "Whether the person is a customer.", "Клиент", required=True),
            _text("age_group", "Age group.", "Возраст"),
            _text("city", "City.", "Город"),
            _text(
                "first_brand",
                "Brand named first unprompted (top of mind), where it has a question of its own; "
                "otherwise the first of unaided_brands.",
                "Первая названная",
                "Top of mind",
                is_list=True,
            ),
            _text(
                "unaided_brands",
                "Brands named unprompted, in order, parted by | or ; or a comma. Several "
                "columns make one list.",
                "Без подсказки",
                is_list=True,
                synonyms=_GRID_WORDS,
            ),
            _text(
                "aided_brands",
                "Brands chosen from the list, parted by | or ; or a comma. Several columns make "
                "one list, and so does a grid with a column for each brand.",
                "С подсказкой",
                is_list=True,
                synonyms=_GRID_WORDS,
            ),
            _count(
                "recommendation", "Would recommend, 0 to 10.", "Рекомендация", maximum=Decimal(10)
            ),
            _rate("weight", "Weight of the answer.", "Вес", minimum=ZERO),
        ),
        natural_key=("wave", "mode", "respondent_id"),
        generated_id="respondent_id",
        day_column="answered_at",
        file_names=(table, "опрос"),
    )


# --- registers -----------------------------------------------------------------------------------

_RECORDED = (
    _time("recorded_at", "When the line was written.", "Записано", is_event_time=False),
    _text("recorded_by", "Who wrote the line.", "Записал"),
    _text("reason", "Why the line was written.", "Основание"),
)


def _register(
    table: str, description: str, key: tuple[str, ...], *columns: Column
) -> TableContract:
    return TableContract(
        source=REGISTERS,
        table=table,
        subject="registers",
        description=description,
        columns=(*columns, *_RECORDED),
        natural_key=key,
        keeps_lost_files=False,
    )


_REGISTERS = (
    _register(
        "goals",
        "One row per business goal.",
        ("goal_id",),
        _text("goal_id", "Goal id.", required=True),
        _text("name", "Name of the goal.", required=True),
        _text("objective", "What is to be reached.", required=True),
        _text("owner", "Who answers for it.", required=True),
        _date("due_date", "Until when."),
    ),
    _register(
        "targets",
        "One row per target and version; a change is a new version, nothing is overwritten.",
        ("target_id", "version"),
        _text("target_id", "Target id.", required=True),
        _count("version", "Version, from 1.", required=True, minimum=ONE),
        _text("metric_id", "Metric of the seed kpi_definitions.", required=True),
        _text(
            "segment_type",
            "all, channel, network, product_line, or mode of a survey.",
            default="all",
        ),
        _text("segment_value", "Value of the segment.", default="all"),
        _text("unit", "Unit of the target value."),
        _text(
            "direction",
            "up: more is better; down: less is better.",
            required=True,
            allowed=("up", "down"),
        ),
        _rate(
            "target_value",
            "Value to reach; of a share 0.12 or 12%.",
            required=True,
            is_of_any_unit=True,
        ),
        _rate("baseline_value", "Value before the period.", is_of_any_unit=True),
        _date("period_start", "First day of the period.", required=True),
        _date("period_end", "Last day of the period.", required=True, not_before="period_start"),
        _text("goal_id", "Goal it serves.", required=True),
        _text("milestones", "Steps on the way, free text."),
        _text("proposer", "Who proposed it.", required=True),
        _text("approver", "Who approved it.", required=True),
        _time("approved_at", "When it was approved.", required=True, is_event_time=False),
    ),
    _register(
        "conversions",
        "One row per conversion and version of its rule.",
        ("conversion_id", "version"),
        _text("conversion_id", "Conversion id.", required=True),
        _count("version", "Version of the rule, from 1.", required=True, minimum=ONE),
        _text("name_en", "Name in English.", required=True),
        _text("name_ru", "Name in Russian.", required=True),
        _text(
            "rule_type",
            "How it is recognised.",
            required=True,
            allowed=("metrica_goal", "ga4_event", "order", "lead", "url_contains", "plain"),
        ),
        _text(
            "rule_value",
            "Goal ids, names of GA4 events or parts of the address, parted by |.",
        ),
        _date("valid_from", "First day of the rule.", required=True),
        _date(
            "end_date",
            "Last day of the rule, where the conversion is retired; empty = it goes on.",
            not_before="valid_from",
        ),
        _flag("is_primary", "Whether it is the main conversion.", default="false"),
    ),
    _register(
        "channels",
        "One row per rule that names the channel of a visit; the lowest rule_order wins.",
        ("rule_order",),
        _count("rule_order", "Order of the rules.", required=True),
        _text("source_type", "Traffic source, SQL LIKE pattern; empty = any."),
        _text("utm_source", "utm_source, SQL LIKE pattern; empty = any."),
        _text("utm_medium", "utm_medium, SQL LIKE pattern; empty = any."),
        _text("utm_campaign", "utm_campaign, SQL LIKE pattern; empty = any."),
        _text("channel", "Channel.", required=True),
        _text("name_en", "Name in English."),
        _text("name_ru", "Name in Russian."),
        _text("channel_group", "Group of channels."),
        _flag("is_paid", "Whether the channel costs money.", default="false"),
        _text("contractor", "Who runs the channel."),
    ),
    _register(
        "costs",
        "One row per cost of a month. `media` is ad spend known by the month alone: it is spread "
        "over its days, and counts only where no ad system or table of spend reports the channel "
        "in that month. `invoice` is the bill of an ad system, for reconciliation.",
        ("cost_id",),
        _text("cost_id", "Cost id.", required=True),
        Column("cost_month", Type.MONTH, "Month, stored as its first day.", required=True),
        _text(
            "cost_type",
            "Kind of cost.",
            required=True,
            allowed=("media", "agency", "salaries", "tools", "production", "discounts", "invoice"),
        ),
        _text("channel", "Channel; empty = all."),
        _money("amount", "Sum in the currency of the row.", required=True),
        _currency("Currency, ISO code."),
        _flag("includes_vat", "Whether the sum includes VAT.", default="true"),
    ),
    _register(
        "margins",
        "One row per product line and start of validity.",
        ("product_line", "valid_from"),
        _text("product_line", "Product line.", required=True),
        _date("valid_from", "First day of the margin.", required=True),
        _rate(
            "contribution_margin",
            "Share of the revenue that stays, 0 to 1.",
            required=True,
            minimum=ZERO,
            maximum=ONE,
        ),
        _text("name_en", "Name in English."),
        _text("name_ru", "Name in Russian."),
        _text("sales_cycle", "long (months) or short.", required=True, allowed=("long", "short")),
    ),
    _register(
        "fx_rates",
        "One row per day and currency: `rate` units of the company's currency for `nominal`.",
        ("rate_date", "currency"),
        _date("rate_date", "Day of the rate.", required=True),
        _currency("Currency, ISO code.", required=True),
        _count("nominal", "Units of the currency the rate is for.", default="1", minimum=ONE),
        _rate("rate", "Price of `nominal` units.", required=True, minimum=LEAST_RATE),
    ),
    _register(
        "calendar",
        "One row per day that differs from an ordinary week.",
        ("date",),
        _date("date", "Day.", required=True),
        _text(
            "day_type",
            "holiday, short or workday (a weekend that is worked).",
            required=True,
            allowed=("holiday", "short", "workday"),
        ),
        _text("name", "Name of the day."),
    ),
    _register(
        "confirmed_attacks",
        "One row per confirmed attack of fake traffic; its days teach the detector nothing.",
        ("channel", "campaign_id", "start_date"),
        _text("channel", "Channel.", required=True),
        _text("campaign_id", "Campaign; empty = all."),
        _date("start_date", "First day.", required=True),
        _date("end_date", "Last day.", required=True, not_before="start_date"),
        _text("confirmed_by", "Who confirmed it.", required=True),
    ),
    _register(
        "audience",
        "One row per value of an audience attribute.",
        ("attribute", "value"),
        _text(
            "attribute",
            "country, city, language or device.",
            required=True,
            allowed=("country", "city", "language", "device"),
        ),
        _text("value", "Value.", required=True),
        _flag("is_target", "Whether it belongs to the target audience.", required=True),
    ),
    _register(
        "hosting_networks",
        "One row per network of a hosting company, beside the large clouds that are known anyway: "
        "people seldom browse from there.",
        ("network",),
        _text(
            "network",
            "IPv4 network as address and length, from /8 to /24: 203.0.113.0/24.",
            required=True,
            is_network=True,
        ),
        _text("name", "Whose it is."),
    ),
    _register(
        "holdout_tests",
        "One row per finished holdout or geo test: what advertising brought that would not have "
        "come by itself. Nothing else fills incremental ROMI.",
        ("test_id",),
        _text("test_id", "Test id.", required=True),
        _text("channel", "Channel that was switched off for a part of the people.", required=True),
        _text("method", "holdout or geo.", required=True, allowed=("holdout", "geo")),
        _date("start_date", "First day of the test.", required=True),
        _date("end_date", "Last day of the test.", required=True, not_before="start_date"),
        _money(
            "incremental_revenue",
            "Net revenue more than without the channel, company currency; may be below 0.",
            required=True,
            not_before="incremental_revenue_low",
        ),
        _money("incremental_revenue_low", "Low end of its 95% interval."),
        _money(
            "incremental_revenue_high",
            "High end of its 95% interval.",
            not_before="incremental_revenue",
        ),
        _money(
            "spend",
            "Spend on the tested part; empty = all loaded spend of the channel.",
            minimum=ZERO,
        ),
        _text("analyst", "Who ran the test; not the channel's owner.", required=True),
    ),
    _register(
        "planned_events",
        "One row per planned event that explains a spike of traffic.",
        ("channel", "start_date", "name"),
        _text("channel", "Channel; empty = all."),
        _text("campaign_id", "Campaign; empty = all."),
        _date("start_date", "First day.", required=True),
        _date("end_date", "Last day.", required=True, not_before="start_date"),
        _text("name", "Name of the event.", required=True),
    ),
)


_CENTRAL_BANK_RATES = TableContract(
    source="central_bank",
    table="fx_rates",
    subject="ad_spend",
    description=(
        "One row per day and currency: `rate` roubles for `nominal`, as in force on that day. On "
        "days without a publication (weekends) that is the last published rate, which files leave "
        "out. The file of a currency's dynamics on the bank's site is read as it is."
    ),
    columns=(
        _date(
            "rate_date",
            "Day on which the rate is in force.",
            "data",
            "Дата",
            required=True,
            is_event_time=True,
        ),
        _currency("Currency, ISO code.", "cdx", "Валюта", required=True),
        _count(
            "nominal",
            "Units of the currency the rate is for.",
            "Номинал",
            required=True,
            minimum=ONE,
        ),
        _rate(
            "rate",
            "Price of `nominal` units, roubles.",
            "curs",
            "Курс",
            required=True,
            minimum=LEAST_RATE,
        ),
        _date(
            "published_date",
            "Date the central bank gives to the rate; files of its site give no other than "
            "rate_date.",
        ),
    ),
    natural_key=("rate_date", "currency"),
    day_column="rate_date",
    by_day=True,
    freshness_hours=36,
    file_names=("fx_rates",),
)


# --- registry ------------------------------------------------------------------------------------

_ALL = (
    _METRICA_VISITS,
    _METRICA_HITS,
    _METRICA_DAILY_REPORT,
    _METRICA_GOAL_REPORT,
    _METRICA_GOALS,
    _METRICA_COUNTER_SETTINGS,
    _GA4_SESSIONS,
    _GA4_EVENTS,
    _DIRECT_AD_STATS,
    _GOOGLE_ADS_STATS,
    _VK_ADS_STATS,
    _BITRIX_LEADS,
    _BITRIX_DEALS,
    _BITRIX_STAGE_HISTORY,
    _crm_contacts("bitrix24", "Bitrix24"),
    _crm_stages("bitrix24", "Bitrix24"),
    _deal_products("bitrix24", "Bitrix24"),
    _AMOCRM_LEADS,
    _stage_history("amocrm", "amoCRM"),
    _crm_contacts("amocrm", "amoCRM"),
    _crm_stages("amocrm", "amoCRM"),
    _deal_products("amocrm", "amoCRM"),
    _HUBSPOT_CONTACTS,
    _HUBSPOT_DEALS,
    _stage_history("hubspot", "HubSpot"),
    _crm_stages("hubspot", "HubSpot"),
    _deal_products("hubspot", "HubSpot"),
    _CALLTOUCH_CALLS,
    _CENTRAL_BANK_RATES,
    _followers("telegram", "Telegram"),
    _followers("vk", "VK"),
    _followers("instagram", "Instagram"),
    _survey("surveys", "responses"),
    _PLAIN_ORDERS,
    _PLAIN_ORDER_LINES,
    _PLAIN_VISITS,
    _PLAIN_SERVER_REQUESTS,
    _PLAIN_CONVERSIONS,
    _PLAIN_AD_SPEND,
    _PLAIN_LEADS,
    _PLAIN_CUSTOMERS,
    _followers(
        "plain", "any network", _text("network", "Social network.", "Соцсеть", required=True)
    ),
    _survey("plain", "survey_responses"),
    _PLAIN_CALLS,
    *_REGISTERS,
)

CONTRACTS: Mapping[str, TableContract] = MappingProxyType(
    {contract.name: contract for contract in _ALL}
)
"""All raw tables by `<source>__<table>`, in the order of loading."""

SOURCES: tuple[str, ...] = tuple(dict.fromkeys(contract.source for contract in _ALL))
"""All source systems, `registers` last."""


def contract_of(source: str, table: str) -> TableContract:
    """The contract of `raw.<source>__<table>`; KeyError when there is none."""
    return CONTRACTS[f"{source}__{table}"]


def tables_of(source: str) -> tuple[TableContract, ...]:
    """Contracts of one source system, in the order of loading."""
    return tuple(item for item in CONTRACTS.values() if item.source == source)


def lookback_days(contracts: Iterable[TableContract]) -> int:
    """The longest look-back among tables: how many last days a daily load replaces."""
    return max((item.lookback_days for item in contracts), default=0)
