"""Bitrix24 by REST: leads, deals, products of deals, stage history, contacts, stages.

Rows come from `crm.item.list`, on portals too old for it from `crm.lead.list` and its kin. Pages
go by `>id`: pages by offset skip rows when others are deleted meanwhile, and make the portal count.
One `batch` call holds a chain of pages, each beginning at the last id of the one before.

`[sources.bitrix24]`: either `webhook_env`, or `portal` with `client_id_env`, `client_secret_env`
and `refresh_token_env`. `[sources.bitrix24.fields]` names the portal's own fields for `client_id`,
`ga_client_id`, `yclid`, `gclid`, `product_line`, `reject_reason`.
`[sources.bitrix24.values.product_line]` says which product, by id or name, is of which line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote

import pyarrow as pa
import requests

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    AuthError,
    Options,
    Progress,
    QuotaError,
    Retry,
    Transport,
    Window,
    json_or_none,
    looks_like_html,
    utc_text,
)
from orchestration.sources.api.records import (
    SAFE_ADDRESS,
    Presence,
    Stored,
    as_map,
    as_rows,
    changed_since,
    checked_url,
    exact_number,
    first_moment,
    iso_to_local,
    own_fields,
    present_id,
    product_line_of,
    rows_in,
    tables,
    unreadable,
    words_of,
)
from orchestration.sources.api.secrecy import keep_out_of_logs
from orchestration.sources.api.tokens import Issued, TokenKeeper
from orchestration.sources.contracts import LEAD_STATUS_WORDS, contract_of

T = TypeVar("T")

SOURCE = "bitrix24"
SYSTEM = "Bitrix24"
OAUTH_URL = "https://oauth.bitrix.info/oauth/token/"

_PAGE = 50
_COMMANDS_PER_BATCH = 50
# Where the rows stand in the result of a method; of the older ones it is the rows.
_ITEMS_KEYS = {
    "crm.item.list": "items",
    "crm.stagehistory.list": "items",
    "crm.item.productrow.list": "productRows",
}
# A request may run 60 seconds; a page of leads with all their fields takes one or two.
_PAGES_PER_BATCH = 16
_PART_TRIES = 5
# So few that their products mostly fit into a page.
_OWNERS_PER_PAGE = 20
# When the portal does not say when a method's running time is restored.
_OPERATING_WAIT = 420.0

_LEAD, _DEAL, _CONTACT = 1, 2, 3
_BUSY = frozenset({"QUERY_LIMIT_EXCEEDED", "OVERLOAD_LIMIT", "INTERNAL_SERVER_ERROR"})
_NO_TOKEN = frozenset(
    {"NO_AUTH_FOUND", "INVALID_TOKEN", "INVALID_CREDENTIALS", "INVALID_GRANT", "INVALID_CLIENT"}
)
_NO_RIGHT = frozenset({"INSUFFICIENT_SCOPE", "ACCESS_DENIED", "ALLOWED_ONLY_INTRANET_USER"})

_IDS = ("client_id", "ga_client_id", "yclid", "gclid")
_OWN_FIELDS = (*_IDS, "product_line", "reject_reason")
# Id of the portal in a stored one: `17`, of contacts `C_17`.
_NUMBER = re.compile(r"^(?:C_)?([1-9]\d{0,17})$")
_SEMANTICS = {"process": "P", "success": "S", "failure": "F", "apology": "F"}


class _ExpiredTokenError(ApiError):
    pass


class _UnknownMethodError(ApiError):
    """The portal has no such method, or the method no such kind of item."""


@dataclass(frozen=True)
class _Entity:
    """A kind of record. `fields`: our name -> (name in item.list, name in the classical list)."""

    type_id: int
    classical: str
    fields: Mapping[str, tuple[str, str]]
    has_contacts: bool = False


_UTM = {
    f"utm_{part}": (f"utm{part.capitalize()}", f"UTM_{part.upper()}")
    for part in ("source", "medium", "campaign", "content", "term")
}
_STAMPS = {
    "created_at": ("createdTime", "DATE_CREATE"),
    "updated_at": ("updatedTime", "DATE_MODIFY"),
}
_MONEY = {"amount": ("opportunity", "OPPORTUNITY"), "currency": ("currencyId", "CURRENCY_ID")}

_ENTITIES = {
    "leads": _Entity(
        _LEAD,
        "crm.lead.list",
        {
            "id": ("id", "ID"),
            "stage": ("stageId", "STATUS_ID"),
            "semantic": ("stageSemanticId", "STATUS_SEMANTIC_ID"),
            "source": ("sourceId", "SOURCE_ID"),
            **_STAMPS,
            **_MONEY,
            **_UTM,
        },
        has_contacts=True,
    ),
    "deals": _Entity(
        _DEAL,
        "crm.deal.list",
        {
            "id": ("id", "ID"),
            "lead": ("leadId", "LEAD_ID"),
            "contact": ("contactId", "CONTACT_ID"),
            "company": ("companyId", "COMPANY_ID"),
            "stage": ("stageId", "STAGE_ID"),
            "semantic": ("stageSemanticId", "STAGE_SEMANTIC_ID"),
            "closed_at": ("closedate", "CLOSEDATE"),
            **_STAMPS,
            **_MONEY,
            **_UTM,
        },
    ),
    "contacts": _Entity(
        _CONTACT,
        "crm.contact.list",
        {"id": ("id", "ID"), **_STAMPS},
        has_contacts=True,
    ),
}
_ID_OF = {
    "leads": "lead_id",
    "deals": "deal_id",
    "contacts": "customer_id",
    "deal_products": "line_id",
}


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """A table of Bitrix24 as it is now; see `records` for what the window means.

    Raises:
        ApiError: of the kind the portal's answer gave; nothing is yielded then.
        UserError: a setting or a secret is missing.
    """
    readers: dict[str, Callable[[_Door], list[dict[str, object]]]] = {
        "leads": _Door.leads,
        "deals": _Door.deals,
        "contacts": _Door.contacts,
        "stage_history": _Door.stage_history,
        "stages": _Door.stages,
        "deal_products": _Door.deal_products,
    }
    with _Portal(company, transport, progress) as portal:
        rows = readers[table](_Door(company, window, portal))
    progress(f"{SYSTEM}: {len(rows)} rows of {table}")
    yield from tables(SOURCE, table, rows)


def presence(
    company: Company, table: str, stored: Stored, transport: Transport, progress: Progress
) -> Presence | None:
    """What is gone from the portal; None for tables whose rows are never deleted alone.

    Of leads, deals and contacts: those of the stored ones that are not there any more. Of products:
    those that the deals changed since the last load still have.
    """
    of = "deals" if table == "deal_products" else table
    if of not in _ENTITIES:
        return None
    options = Options(company, SOURCE)
    with _Portal(company, transport, progress) as portal:
        if table == "deal_products":
            # A product that was taken out of its deal leaves no trace but its absence.
            since = changed_since(company, options, stored.window)
            reading = _Reading(_ENTITIES[of], {}, _created_since(company, of), since)
            deals = [str(row["id"]) for row in portal.items(reading, only_ids=True)]
            live = frozenset(str(row["id"]) for row in portal.products(deals))
            return Presence(_ID_OF[table], live=live, of=("deal_id", frozenset(deals)))
        reading = _Reading(_ENTITIES[of], {}, _created_since(company, of), None)
        ids = {int(found[1]): text for text in stored.ids if (found := _NUMBER.search(text))}
        gone = frozenset(ids[number] for number in portal.missing(reading, sorted(ids)))
    progress(f"{SYSTEM}: {len(gone)} of {len(ids)} {table} are no longer on the portal")
    return Presence(_ID_OF[table], deleted=gone)


def _created_since(company: Company, table: str) -> datetime | None:
    """Contacts older than the company's first date buy today, so all of them are wanted."""
    return None if table == "contacts" else first_moment(company, SOURCE)


def _customer(table: str, value: object) -> str | None:
    identifier = present_id(value)
    return f"C_{identifier}" if identifier and table == "contacts" else identifier


@dataclass(frozen=True)
class _Reading:
    """What is asked for: a kind of record, own fields (our name -> UF_CRM_...), from when."""

    entity: _Entity
    own: Mapping[str, str]
    created_since: datetime | None
    changed_since: datetime | None

    def filter(self, is_classical: bool) -> dict[str, str]:
        moments = {"created_at": self.created_since, "updated_at": self.changed_since}
        return {
            f">={self.entity.fields[name][is_classical]}": moment.isoformat()
            for name, moment in moments.items()
            if moment is not None
        }


class _Door:
    """Rows of the raw tables out of the portal's items."""

    def __init__(self, company: Company, window: Window, portal: _Portal) -> None:
        self._company = company
        self._portal = portal
        self._options = Options(company, SOURCE)
        self._own = own_fields(self._options, _OWN_FIELDS, '{client_id = "UF_CRM_1700000000"}')
        self._since = changed_since(company, self._options, window)

    def leads(self) -> list[dict[str, object]]:
        words = words_of(self._options, "status")
        rows = []
        for item in self._items("leads"):
            stage = self._stage("STATUS", item["stage"])
            semantic = item["semantic"] or stage.semantic
            reason = item.get("reject_reason") or (stage.name if semantic == "F" else None)
            rows.append(
                {
                    **self._common(item),
                    "lead_id": present_id(item["id"]),
                    "status": _lead_status(str(item["stage"]), stage.name, str(semantic), words),
                    "source": item["source"],
                    "phone": _first_contact(item, "PHONE"),
                    "email": _first_contact(item, "EMAIL"),
                    "reject_reason": reason,
                }
            )
        return rows

    def deals(self) -> list[dict[str, object]]:
        rows = []
        for item in self._items("deals"):
            contact, firm = present_id(item["contact"]), present_id(item["company"])
            rows.append(
                {
                    **self._common(item),
                    "deal_id": present_id(item["id"]),
                    "lead_id": present_id(item["lead"]),
                    # Contacts and firms number their ids apart; the prefixes are Bitrix24's own.
                    "customer_id": f"C_{contact}" if contact else f"CO_{firm}" if firm else None,
                    "stage_id": item["stage"],
                    "stage_semantic": item["semantic"] or self._deal_semantic(item["stage"]),
                    "closed_at": self._time(item["closed_at"]),
                }
            )
        return rows

    def contacts(self) -> list[dict[str, object]]:
        return [
            {
                "customer_id": _customer("contacts", item["id"]),
                "created_at": self._time(item["created_at"]),
                "phone": _first_contact(item, "PHONE"),
                "email": _first_contact(item, "EMAIL"),
            }
            for item in self._items("contacts")
        ]

    def stage_history(self) -> list[dict[str, object]]:
        since = self._since or first_moment(self._company, SOURCE)
        return [
            {
                "history_id": present_id(row.get("ID")),
                "deal_id": present_id(row.get("OWNER_ID")),
                "changed_at": self._time(row.get("CREATED_TIME")),
                "stage_id": row.get("STAGE_ID"),
                "stage_semantic": row.get("STAGE_SEMANTIC_ID")
                or self._deal_semantic(row.get("STAGE_ID")),
            }
            for row in self._portal.stage_history(_DEAL, since)
        ]

    def stages(self) -> list[dict[str, object]]:
        return [
            {
                "pipeline_id": stage.pipeline_id,
                "pipeline_name": stage.pipeline_name,
                "stage_id": stage.stage_id,
                "stage_name": stage.name,
                "stage_semantic": stage.semantic,
                "sort_order": stage.sort,
            }
            for stages in self._portal.stage_lists.values()
            for stage in stages.values()
        ]

    def deal_products(self) -> list[dict[str, object]]:
        """Products of the deals that changed: a change of a product changes its deal."""
        words = words_of(self._options, "product_line")
        deals = {str(item["id"]): item for item in self._items("deals")}
        rows: list[dict[str, object]] = []
        for row in self._portal.products(list(deals)):
            # `priceBrutto` is before the discount, `price` is what is paid; both with tax.
            before, paid = row.get("priceBrutto", row["price"]), row["price"]
            discount = exact_number(before, SYSTEM) - exact_number(paid, SYSTEM)
            rows.append(
                {
                    "line_id": present_id(row["id"]),
                    "deal_id": present_id(row["ownerId"]),
                    "product_id": present_id(row.get("productId")),
                    "product_name": row.get("productName"),
                    "product_line": product_line_of(
                        words, row.get("productId"), row["productName"]
                    ),
                    "quantity": row["quantity"],
                    "unit_price": before,
                    "discount_amount": discount * exact_number(row["quantity"], SYSTEM),
                    "currency": deals[str(row["ownerId"])]["currency"],
                }
            )
        return rows

    def _items(self, table: str) -> Iterator[dict[str, Any]]:
        entity = _ENTITIES[table]
        wanted = {name for name in _OWN_FIELDS if name in self._columns(table)}
        own = {name: field for name, field in self._own.items() if name in wanted}
        reading = _Reading(entity, own, _created_since(self._company, table), self._since)
        return self._portal.items(reading)

    @staticmethod
    def _columns(table: str) -> set[str]:
        return {column.name for column in contract_of(SOURCE, table).columns}

    def _common(self, item: Mapping[str, Any]) -> dict[str, object]:
        return {
            **{name: item[name] for name in (*_UTM, "amount", "currency")},
            **{name: item.get(name) for name in (*_IDS, "product_line")},
            "created_at": self._time(item["created_at"]),
            "updated_at": self._time(item["updated_at"]),
        }

    def _time(self, value: object) -> str | None:
        return iso_to_local(value, self._company, SYSTEM)

    def _stage(self, listed: str, stage_id: object) -> _Stage:
        known = self._portal.stage_lists.get(listed, {})
        return known.get(str(stage_id)) or _Stage("", "", str(stage_id), "", "P", "")

    def _deal_semantic(self, stage_id: object) -> str:
        text = str(stage_id)
        category = re.match(r"C(\d+):", text)
        return self._stage(f"DEAL_STAGE_{category[1]}" if category else "DEAL_STAGE", text).semantic


def _lead_status(stage_id: str, name: str, semantic: str, words: Mapping[str, str]) -> str:
    """The contract's word for a lead's stage: the company's own, the standard one, by meaning."""
    for own in (stage_id, name):
        if own.casefold() in words:
            return words[own.casefold()]
    if stage_id in contract_of(SOURCE, "leads").column("status").allowed:
        return stage_id
    by_meaning = {"S": "CONVERTED", "F": "JUNK"}.get(semantic, "IN_PROCESS")
    return LEAD_STATUS_WORDS.get(name.casefold(), by_meaning)


def _first_contact(item: Mapping[str, Any], kind: str) -> str | None:
    """The first phone or e-mail of an item, in the shape of either list."""
    for entry in as_rows(item["fm"]):
        if isinstance(entry, dict) and entry.get("typeId", entry.get("TYPE_ID")) == kind:
            value = entry.get("value", entry.get("VALUE"))
            if value:
                return str(value)
    return None


@dataclass(frozen=True)
class _Stage:
    pipeline_id: str
    pipeline_name: str
    stage_id: str
    name: str
    semantic: str
    sort: str


class _Portal:
    """The portal's methods, with its ways to refuse."""

    def __init__(self, company: Company, transport: Transport, progress: Progress) -> None:
        self._options = Options(company, SOURCE)
        self._transport = transport
        self._progress = progress
        self._is_classical = False
        self._keeper: TokenKeeper | None = None
        if self._options.get("portal") is None:
            self._variable = self._options.variable("webhook_env", "BITRIX24_WEBHOOK")
            base = self._webhook()
        else:
            self._variable = self._options.variable("refresh_token_env", "BITRIX24_REFRESH_TOKEN")
            portal = self._options.text("portal", '"example.bitrix24.ru"')
            base = self._options.base_url(f"https://{portal}") + "/rest"
            self._oauth(company)
        self._client = ApiClient(SYSTEM, base, transport, self._judge, progress)
        self._hide(self._known_secrets())

    def __enter__(self) -> _Portal:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    # methods

    def call(self, method: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The whole answer of a method."""
        if self._keeper is None:
            return self._answer(method, payload)
        token = self._token()
        try:
            return self._answer(method, {**payload, "auth": token})
        except _ExpiredTokenError:
            return self._answer(method, {**payload, "auth": self._token(refused=token)})

    def items(self, reading: _Reading, *, only_ids: bool = False) -> Iterator[dict[str, Any]]:
        """All items in order of id, by our names, with own fields and `fm`."""
        return iter(self._either_way(lambda: list(self._item_pages(reading, only_ids))))

    def _either_way(self, ask: Callable[[], T]) -> T:
        """The answer by crm.item.list, or by the older methods on portals that lack it."""
        if not self._is_classical:
            try:
                return ask()
            except _UnknownMethodError:
                self._progress(f"{SYSTEM}: this portal has no crm.item.list, using older methods")
                self._is_classical = True
        return ask()

    def _item_pages(self, reading: _Reading, only_ids: bool) -> Iterator[dict[str, Any]]:
        method, payload, id_name = self._list_command(reading, only_ids=only_ids)
        names = {name: pair[self._is_classical] for name, pair in reading.entity.fields.items()}
        for row in self._by_id(method, payload, id_name, _ITEMS_KEYS.get(method)):
            yield _item(row, {"id": id_name} if only_ids else names, reading.own)

    def _list_command(
        self, reading: _Reading, *, only_ids: bool
    ) -> tuple[str, dict[str, Any], str]:
        """Method, parameters without a page, and the method's name for the id."""
        entity, old = reading.entity, self._is_classical
        names = {name: pair[old] for name, pair in entity.fields.items()}
        payload: dict[str, Any] = {"filter": reading.filter(old), "start": -1}
        id_name = names["id"]
        payload["order"] = {id_name: "ASC"}
        if only_ids:
            payload["select"] = [id_name]
        elif entity.has_contacts and not old:
            payload["select"] = ["*", *reading.own.values()]
        elif entity.has_contacts:
            payload["select"] = [*names.values(), "PHONE", "EMAIL", *reading.own.values()]
        else:
            payload["select"] = [*names.values(), *reading.own.values()]
        if not old:
            payload |= {"entityTypeId": entity.type_id, "useOriginalUfNames": "Y"}
        return entity.classical if old else "crm.item.list", payload, id_name

    def missing(self, reading: _Reading, ids: Sequence[int]) -> Iterator[int]:
        """Which of the ids, in order, are no longer on the portal.

        Ids are compared only where the portal counts another number of rows than there are ids, in
        ranges that grow narrower: a portal of 200,000 deals would need 4,000 pages of ids.
        """
        ranges = _split(ids)
        while ranges:
            counts = self._counts(reading, ranges)
            wrong = [part for part, count in zip(ranges, counts, strict=True) if count != len(part)]
            narrow = [part for part in wrong if len(part) <= _PAGE]
            for part, live in zip(narrow, self._ids_of(reading, narrow), strict=True):
                yield from (number for number in part if number not in live)
            ranges = [piece for part in wrong if len(part) > _PAGE for piece in _split(part)]

    def _counts(self, reading: _Reading, ranges: Sequence[Sequence[int]]) -> list[int | None]:
        """How many rows the portal has between the ends of each range; None where it says not."""

        def ask() -> list[int | None]:
            commands = {
                f"r{place}": self._range(reading, part, start=0)
                for place, part in enumerate(ranges)
            }
            answers = self._by_parts(commands, whole=True)
            return [_count(answers[name][1]) for name in commands]

        return self._either_way(ask)

    def _ids_of(self, reading: _Reading, ranges: Sequence[Sequence[int]]) -> list[set[int]]:
        """The ids on the portal between the ends of each range."""

        def ask() -> list[set[int]]:
            commands = {
                f"r{place}": self._range(reading, part, start=-1)
                for place, part in enumerate(ranges)
            }
            found: list[set[int]] = []
            for (method, payload), answer in zip(
                commands.values(), self._by_parts(commands).values(), strict=True
            ):
                found.append(
                    {
                        self._id_of(row, next(iter(payload["order"])))
                        for row in self._with_following(method, payload, answer)
                    }
                )
            return found

        return self._either_way(ask)

    def _range(
        self, reading: _Reading, part: Sequence[int], *, start: int
    ) -> tuple[str, dict[str, Any]]:
        """The command for the ids between the ends of a range; `start` 0 makes the portal count."""
        method, payload, id_name = self._list_command(reading, only_ids=True)
        bounds = {f">{id_name}": part[0] - 1, f"<={id_name}": part[-1]}
        return method, {**payload, "filter": {**payload["filter"], **bounds}, "start": start}

    def products(self, deals: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Product rows of some deals, with the names of crm.item.productrow.list."""
        method = "crm.item.productrow.list"
        commands = {
            f"d{start}": (
                method,
                {
                    "filter": {
                        "=ownerType": "D",
                        "=ownerId": deals[start : start + _OWNERS_PER_PAGE],
                    },
                    "order": {"id": "ASC"},
                    "start": -1,
                },
            )
            for start in range(0, len(deals), _OWNERS_PER_PAGE)
        }
        try:
            answers = self._by_parts(commands)
        except _UnknownMethodError:
            self._progress(f"{SYSTEM}: this portal does not tell the products of deals")
            return
        for name, (_, payload) in commands.items():
            yield from self._with_following(method, payload, answers[name])

    def _with_following(
        self, method: str, payload: Mapping[str, Any], answer: Any
    ) -> Iterator[dict[str, Any]]:
        """Rows of a first page that came in a batch, and of the pages after it."""
        id_name = next(iter(payload["order"]))
        items_key = _ITEMS_KEYS.get(method)
        rows = _rows_of(answer, items_key)
        yield from rows
        if len(rows) >= _PAGE:
            last = max(self._id_of(row, id_name) for row in rows)
            yield from self._by_id(method, payload, id_name, items_key, after=last)

    def stage_history(self, type_id: int, since: datetime) -> Iterator[dict[str, Any]]:
        """Changes of stage since a moment, in order of id."""
        payload = {
            "entityTypeId": type_id,
            "filter": {">=CREATED_TIME": since.isoformat()},
            "order": {"ID": "ASC"},
            "start": -1,
        }
        method = "crm.stagehistory.list"
        return self._by_id(method, payload, "ID", _ITEMS_KEYS[method])

    @cached_property
    def stage_lists(self) -> dict[str, dict[str, _Stage]]:
        """Stages by list (`STATUS` of leads, `DEAL_STAGE`, `DEAL_STAGE_1`...) and stage id."""
        pipelines = {"STATUS": ("leads", ""), "DEAL_STAGE": ("0", "")}
        for row in self._deal_categories():
            number = str(row["id"])
            listed = "DEAL_STAGE" if number == "0" else f"DEAL_STAGE_{number}"
            pipelines[listed] = (number, str(row.get("name") or ""))
        asked = {
            listed: ("crm.status.list", {"filter": {"ENTITY_ID": listed}}) for listed in pipelines
        }
        lists: dict[str, dict[str, _Stage]] = {}
        for listed, answer in self._by_parts(asked).items():
            lists[listed] = {}
            for row in rows_in(answer, SYSTEM):
                meaning = row.get("SEMANTICS") or as_map(row.get("EXTRA")).get("SEMANTICS")
                lists[listed][str(row["STATUS_ID"])] = _Stage(
                    *pipelines[listed],
                    stage_id=str(row["STATUS_ID"]),
                    name=str(row.get("NAME") or ""),
                    semantic=_SEMANTICS.get(str(meaning), str(meaning or "P")),
                    sort=str(row.get("SORT") or ""),
                )
        return lists

    def _deal_categories(self) -> list[Any]:
        try:
            answer = self.call("crm.category.list", {"entityTypeId": _DEAL})
        except _UnknownMethodError:  # an old portal: only the first pipeline can be named
            return []
        return rows_in(as_map(answer["result"]).get("categories"), SYSTEM)

    # pages

    def _by_id(
        self,
        method: str,
        payload: Mapping[str, Any],
        id_name: str,
        items_key: str | None,
        *,
        after: int = 0,
    ) -> Iterator[dict[str, Any]]:
        """Rows page by page, each from the id after the last; batches grow while pages are full."""
        last, pages, failures = after, 1, 0
        while True:
            answers = self._chain(method, payload, id_name, items_key, last=last, pages=pages)
            retry: Retry | None = None
            for answer in answers:
                if isinstance(answer, Retry):
                    retry = answer
                    break
                rows = _rows_of(answer, items_key)
                newest = max((self._id_of(row, id_name) for row in rows), default=last)
                if rows and newest <= last:
                    raise ApiError(
                        f"{SYSTEM}: {method} gives the same page again",
                        remedy="nothing was half-loaded: run the load again later, or use export "
                        "files",
                    )
                yield from rows
                last, failures = newest, 0
                # A reference of the chain to a row that is not there asks for all from the start.
                if len(rows) < _PAGE:
                    return
            if retry is not None:
                failures += 1
                self._wait_for_part(retry, failures)
            else:
                pages = min(pages * 2, _PAGES_PER_BATCH)

    def _chain(
        self,
        method: str,
        payload: Mapping[str, Any],
        id_name: str,
        items_key: str | None,
        *,
        last: int,
        pages: int,
    ) -> Iterator[Any]:
        """Results of some pages after the id `last`; a `Retry` in place of a failed one."""

        def page(start: object) -> dict[str, Any]:
            return {**payload, "filter": {**payload["filter"], f">{id_name}": start}}

        if pages == 1:
            yield self.call(method, page(last)).get("result")
            return
        place = f"[{items_key}]" if items_key else ""
        commands = {
            f"p{number}": (
                method,
                page(
                    last if not number else f"$result[p{number - 1}]{place}[{_PAGE - 1}][{id_name}]"
                ),
            )
            for number in range(pages)
        }
        for answer in self._batch(commands):
            yield answer if isinstance(answer, Retry) else answer[0]

    def _by_parts(
        self, commands: Mapping[str, tuple[str, Mapping[str, Any]]], *, whole: bool = False
    ) -> dict[str, Any]:
        """Results of independent commands, in their order; with `whole`, pairs of result and total.

        Parts that were refused for a while are asked again.
        """
        results: dict[str, Any] = {}
        failures = 0
        waiting = dict(commands)
        while waiting:
            retry: Retry | None = None
            some = dict(list(waiting.items())[:_COMMANDS_PER_BATCH])
            for name, answer in zip(some, self._batch(some), strict=True):
                if isinstance(answer, Retry):
                    retry = answer
                else:
                    results[name] = answer if whole else answer[0]
                    del waiting[name]
                    failures = 0
            if retry is not None:
                failures += 1
                self._wait_for_part(retry, failures)
        return {name: results[name] for name in commands}

    def _batch(
        self, commands: Mapping[str, tuple[str, Mapping[str, Any]]]
    ) -> Iterator[Retry | tuple[Any, Any]]:
        """Result and total in order of the commands; a failed one is a `Retry`, or raises."""
        lines = {name: f"{method}?{php_query(part)}" for name, (method, part) in commands.items()}
        answer = self.call("batch", {"halt": 0, "cmd": lines})
        whole = as_map(answer.get("result"))
        results, errors = as_map(whole.get("result")), as_map(whole.get("result_error"))
        totals = as_map(whole.get("result_total"))
        for name in commands:
            if name in errors:
                error = as_map(errors[name])
                yield self._refusal(
                    200,
                    self._client.quote(error.get("error") or ""),
                    error.get("error_description"),
                    answer,
                )
            elif name not in results:
                yield Retry("a part of a batch got no answer")
            else:
                yield results[name], totals.get(name)

    def _wait_for_part(self, retry: Retry, failures: int) -> None:
        if failures >= _PART_TRIES and retry.wait is not None:
            until = utc_text(self._transport.now() + timedelta(seconds=retry.wait))
            raise QuotaError(
                f"{SYSTEM}: {retry.reason}; it asks to come back after {until}",
                remedy="run the load again after that time; nothing was half-loaded",
            )
        if failures >= _PART_TRIES:
            raise ApiError(
                f"{SYSTEM} did not answer a part of a batch, {failures} times in a row; "
                f"last: {retry.reason}",
                remedy="nothing was half-loaded: run the load again later",
            )
        pause = retry.wait if retry.wait is not None else float(2**failures)
        self._progress(f"{SYSTEM}: {retry.reason}; asking again in {pause:.0f} s")
        self._transport.sleep(pause)

    @staticmethod
    def _id_of(row: Mapping[str, Any], id_name: str) -> int:
        try:
            return int(str(row[id_name]))
        except (KeyError, TypeError, ValueError):
            raise unreadable(SYSTEM, "a row without a numeric id") from None

    # answers

    def _answer(self, method: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._client.json("POST", f"/{method}", json_body=dict(payload))
        if not isinstance(answer, dict) or "result" not in answer:
            raise unreadable(SYSTEM, f"an answer to {method}")
        return answer

    def _judge(self, response: requests.Response) -> Retry | None:
        answer = json_or_none(response)
        if isinstance(answer, dict) and "error" in answer and "result" not in answer:
            return self._refusal(
                response.status_code,
                self._client.quote(answer["error"] or ""),
                answer.get("error_description"),
                answer,
            )
        if response.status_code == 200:
            return None
        if looks_like_html(response) and response.status_code in (403, 404):
            raise ApiError(
                f"{SYSTEM} answered {response.status_code} with a web page",
                status=response.status_code,
                remedy=f"check the portal's address in the environment variable {self._variable}, "
                "and that the portal's plan includes REST",
            )
        return self._refusal(response.status_code, "", None, {})

    def _refusal(
        self, status: int, code: str, description: object, answer: Mapping[str, Any]
    ) -> Retry:
        """A `Retry` for what passes; an exception for what does not. The portal varies the case."""
        name = code.upper()
        if name == "OPERATION_TIME_LIMIT" or status == 429:
            return Retry("the method's running time is used up", wait=self._until_reset(answer))
        if name in _BUSY or (status >= 500 and not name):
            return Retry(f"too many requests or busy ({code or status})")
        if name == "EXPIRED_TOKEN" and self._keeper is not None:
            raise _ExpiredTokenError(f"{SYSTEM}: the access token has expired", status=status)
        if (
            name in _NO_TOKEN
            or name == "EXPIRED_TOKEN"
            or (status == 401 and name not in _NO_RIGHT)
        ):
            raise AuthError(
                f"{SYSTEM} does not accept the secret of the environment variable "
                f"{self._variable} ({code or status})",
                status=status,
                remedy=f"make a new one in the portal and put it into {self._variable}",
            )
        if name in ("ERROR_METHOD_NOT_FOUND", "NOT_FOUND"):
            raise _UnknownMethodError(
                f"{SYSTEM}: the portal has no such method or item ({code})",
                status=status,
                remedy="update the portal, or use export files",
            )
        if name in _NO_RIGHT or status == 403:
            raise ApiError(
                f"{SYSTEM} refuses to show the data ({code or status})",
                status=status,
                remedy="give the webhook or application the right 'crm' (CRM), and let its user "
                "see all leads, deals and contacts",
            )
        detail = f": {self._client.quote(description)}" if description else ""
        raise ApiError(
            f"{SYSTEM} refused the request ({code or status}){detail}",
            status=status,
            remedy=f"compare [sources.{SOURCE}.fields] in company.toml with the portal's fields",
        )

    def _until_reset(self, answer: Mapping[str, Any]) -> float:
        reset = as_map(answer.get("time")).get("operating_reset_at") or answer.get(
            "operating_reset_at"
        )
        try:
            seconds = float(str(reset)) - self._transport.now().timestamp()
        except ValueError:
            return _OPERATING_WAIT
        return max(seconds, 0.0) + 1.0

    # secrets

    def _webhook(self) -> str:
        url = self._options.secret(self._transport, "webhook_env", "BITRIX24_WEBHOOK").rstrip("/")
        if not SAFE_ADDRESS.match(url) or not re.search(r"/rest/\d+/[^/\s?#]+$", url):
            raise UserError(
                f"The environment variable {self._variable} holds no webhook address of {SYSTEM}",
                remedy="copy the whole address of an incoming webhook; it looks like "
                "https://example.bitrix24.ru/rest/1/CODE/",
            )
        self._secrets = {url, url.rsplit("/", 1)[1]}
        host = url[: url.index("/rest/")]
        return self._options.base_url(host) + url.removeprefix(host)

    def _oauth(self, company: Company) -> None:
        application = self._options.secret(self._transport, "client_id_env", "BITRIX24_CLIENT_ID")
        password = self._options.secret(
            self._transport, "client_secret_env", "BITRIX24_CLIENT_SECRET"
        )
        first = self._options.secret(self._transport, "refresh_token_env", "BITRIX24_REFRESH_TOKEN")
        self._secrets = {password, first}
        address = checked_url(self._options, "oauth_url", OAUTH_URL)

        def renew(refresh: str) -> Issued:
            self._hide({refresh})
            self._progress(f"{SYSTEM}: renewing the access token")
            answer = self._client.json(
                "POST",
                address + "/",
                data={
                    "grant_type": "refresh_token",
                    "client_id": application,
                    "client_secret": password,
                    "refresh_token": refresh,
                },
            )
            try:
                issued = Issued(
                    str(answer["access_token"]),
                    str(answer["refresh_token"]),
                    float(answer.get("expires_in") or timedelta(hours=1).total_seconds()),
                )
            except (KeyError, TypeError, ValueError):
                raise unreadable(SYSTEM, "an answer to the renewal of the token") from None
            self._hide({issued.access, issued.refresh})
            return issued

        self._keeper = TokenKeeper(company, SOURCE, first, self._transport.now, renew)

    def _token(self, refused: str | None = None) -> str:
        assert self._keeper is not None  # noqa: S101 - callers asked for it before
        token = self._keeper.access(refused)
        self._hide({token})
        return token

    def _known_secrets(self) -> set[str]:
        return self._secrets | (self._keeper.secrets() if self._keeper else set())

    def _hide(self, secrets: set[str]) -> None:
        keep_out_of_logs(secrets)
        for secret in secrets:
            self._client.hide(secret)


def _rows_of(result: Any, items_key: str | None) -> list[Any]:
    """Rows of a method's result, in it or below a key of it."""
    return rows_in(as_map(result).get(items_key) if items_key else result, SYSTEM)


def _item(
    row: Mapping[str, Any], names: Mapping[str, str], own: Mapping[str, str]
) -> dict[str, Any]:
    """An item by our names; a value that is a list of one is that one."""
    item: dict[str, Any] = {name: row.get(theirs) for name, theirs in names.items()}
    for name, field in own.items():
        value = row.get(field, row.get(camel_name(field)))
        if isinstance(value, list):
            value = "|".join(str(part) for part in value) or None
        item[name] = value
    item["fm"] = [*as_rows(row.get("fm"))]
    for kind in ("PHONE", "EMAIL"):
        for entry in as_rows(row.get(kind)):
            item["fm"].append({"TYPE_ID": kind, **entry} if isinstance(entry, dict) else {})
    return item


def _split(ids: Sequence[int]) -> list[Sequence[int]]:
    """Ids in at most as many parts as one batch has commands, none smaller than a page."""
    size = max(-(-len(ids) // _COMMANDS_PER_BATCH), _PAGE)
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _count(total: object) -> int | None:
    text = str(total)
    return int(text) if text.isdigit() else None


def camel_name(field: str) -> str:
    """`UF_CRM_CLIENT_ID` as item.list spells it without useOriginalUfNames: `ufCrmClientId`."""
    first, second, *rest = field.lower().split("_")
    parts = [part if part.isdigit() else part.capitalize() for part in rest]
    # The documentation shows `ufCrm_1720019876534`: a number keeps its `_`.
    head = f"{first}{second.capitalize()}"
    return head + ("_" if parts and parts[0].isdigit() else "") + "".join(parts)


def php_query(values: Mapping[str, Any]) -> str:
    """Nested values as a PHP query: `filter[>id]=5&select[0]=id`; `$result[...]` stays readable."""

    def parts(name: str, value: Any) -> Iterator[str]:
        if isinstance(value, Mapping):
            for key, item in value.items():
                yield from parts(f"{name}[{quote(str(key), safe='')}]", item)
        elif isinstance(value, (list, tuple)):
            for position, item in enumerate(value):
                yield from parts(f"{name}[{position}]", item)
        else:
            yield f"{name}={quote(str(value), safe='$[]')}"

    return "&".join(part for name, value in values.items() for part in parts(name, value))
