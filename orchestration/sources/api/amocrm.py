"""amoCRM (Kommo) by its API v4: leads, their products, contacts, stage history, stages.

A lead of amoCRM is enquiry and deal in one. `[sources.amocrm]`: `account = "example.amocrm.ru"` and
`token_env` with the long-lived token of a private integration; or `redirect_uri` with
`client_id_env`, `client_secret_env` and `refresh_token_env` for an OAuth integration.
`[sources.amocrm.fields]` names own fields by code or id; the tracking fields are known.
`price_field` is the code or id of the price among a product's fields (`PRICE`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import requests

from orchestration.settings import Company
from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    AuthError,
    Options,
    Progress,
    Retry,
    Transport,
    Window,
    json_or_none,
    looks_like_html,
    seconds_header,
)
from orchestration.sources.api.records import (
    Presence,
    Stored,
    as_map,
    as_rows,
    changed_since,
    epoch_to_local,
    first_moment,
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
from orchestration.sources.contracts import LEAD_STATUS_WORDS

SOURCE = "amocrm"
SYSTEM = "amoCRM"

_PAGE = 250
_EVENTS_PAGE = 100
# 250 ids would make an address longer than servers take.
_CONTACTS_PER_CALL = 100
# So many products with fields and none with a price are no accident.
_PRODUCTS_THAT_TELL = 5
_MOST_PAGES = 100_000
_CHANGED_FROM = "filter[updated_at][from]"

_WON, _LOST = 142, 143
_UNSORTED = 1
# Loss reasons are written by people: these parts of words tell no lead from a lost one.
_JUNK_PARTS = ("спам", "spam", "тест", "test", "некачеств", "нецелев", "ошиб", "не тот номер")
_DUPLICATE_PARTS = ("дубл", "повтор", "duplicate")

_FIELD_CODES = {
    **{f"utm_{part}": f"UTM_{part.upper()}" for part in ("source", "medium", "campaign")},
    "utm_content": "UTM_CONTENT",
    "utm_term": "UTM_TERM",
    "client_id": "_YM_UID",
    "ga_client_id": "GCLIENTID",
    "yclid": "YCLID",
    "gclid": "GCLID",
}
_OWN_FIELDS = (*_FIELD_CODES, "product_line", "reject_reason")


class _ExpiredTokenError(ApiError):
    pass


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """A table of amoCRM as it is now; see `records` for what the window means.

    Raises:
        ApiError: of the kind the account's answer gave; nothing is yielded then.
        UserError: a setting or a secret is missing.
    """
    readers: dict[str, Callable[[_Door], list[dict[str, object]]]] = {
        "leads": _Door.leads,
        "contacts": _Door.contacts,
        "stage_history": _Door.stage_history,
        "stages": _Door.stages,
        "deal_products": _Door.deal_products,
    }
    with _Account(company, transport, progress) as account:
        rows = readers[table](_Door(company, window, account, transport))
    progress(f"{SYSTEM}: {len(rows)} rows of {table}")
    yield from tables(SOURCE, table, rows)


def presence(
    company: Company, table: str, stored: Stored, transport: Transport, progress: Progress
) -> Presence | None:
    """What is gone; None for tables whose deletions amoCRM does not tell.

    Of leads: those in the bin. Of products: those that the leads changed since the last load still
    have.
    """
    if table not in ("leads", "deal_products"):
        return None
    with _Account(company, transport, progress) as account:
        if table == "deal_products":
            # A product that was taken out of its lead leaves no trace but its absence.
            door = _Door(company, stored.window, account, transport)
            leads = list(door.changed_leads("catalog_elements"))
            live = frozenset(line for lead in leads for line, _ in _products_of(lead))
            changed = frozenset(str(lead["id"]) for lead in leads)
            return Presence(key="line_id", live=live, of=("deal_id", changed))
        rows = account.pages("/leads", {"with": "only_deleted", "limit": _PAGE}, "leads")
        deleted = frozenset(str(row["id"]) for row in rows if row.get("is_deleted", True))
    progress(f"{SYSTEM}: {len(deleted)} leads are deleted")
    return Presence(key="lead_id", deleted=deleted)


@dataclass(frozen=True)
class _Stage:
    pipeline_id: str
    pipeline_name: str
    number: int
    name: str
    sort: int
    is_first: bool

    @property
    def identifier(self) -> str:
        return f"{self.pipeline_id}:{self.number}"

    @property
    def semantic(self) -> str:
        return semantic_of(self.number)


def semantic_of(status_id: object) -> str:
    """142 is won and 143 lost in every funnel."""
    return {str(_WON): "S", str(_LOST): "F"}.get(str(status_id), "P")


class _Door:
    """Rows of the raw tables out of the account's records."""

    def __init__(
        self, company: Company, window: Window, account: _Account, transport: Transport
    ) -> None:
        self._company = company
        self._account = account
        self._now = transport.now()
        self._options = Options(company, SOURCE)
        own = own_fields(self._options, _OWN_FIELDS, '{product_line = "PRODUCT_LINE"}')
        self._fields = {**_FIELD_CODES, **own}
        self._price_field = self._options.text("price_field", '"PRICE"', "PRICE")
        self._since = changed_since(company, self._options, window)

    def leads(self) -> list[dict[str, object]]:
        listed = list(self.changed_leads("contacts"))
        contacts = self._contacts_of(listed)
        return [self._lead(record, contacts) for record in listed]

    def contacts(self) -> list[dict[str, object]]:
        return [
            {
                "customer_id": present_id(record.get("id")),
                "created_at": self._time(record.get("created_at")),
                **_ways_to_reach(record),
            }
            for record in self._changed("/contacts", "contacts", None)
        ]

    def stage_history(self) -> list[dict[str, object]]:
        since = self._since or first_moment(self._company, SOURCE)
        parameters = {
            "filter[type]": "lead_status_changed",
            "filter[created_at][from]": int(since.timestamp()),
            # Events of after the beginning would push others from page to page.
            "filter[created_at][to]": int(self._now.timestamp()),
            "limit": _EVENTS_PAGE,
        }
        rows: dict[str, dict[str, object]] = {}
        for event in self._account.pages("/events", parameters, "events"):
            if event["entity_type"] != "lead":
                continue
            try:
                after = as_rows(event["value_after"])[0]["lead_status"]
                stage, pipeline = after["id"], after["pipeline_id"]
            except (KeyError, IndexError, TypeError):
                raise unreadable(SYSTEM, "a change of stage") from None
            rows[str(event["id"])] = {
                "history_id": event["id"],
                "deal_id": present_id(event.get("entity_id")),
                "changed_at": self._time(event.get("created_at")),
                "stage_id": f"{pipeline}:{stage}",
                "stage_semantic": semantic_of(stage),
            }
        return list(rows.values())

    def deal_products(self) -> list[dict[str, object]]:
        """Elements of lists that are linked to the leads that changed, with their price."""
        words = words_of(self._options, "product_line")
        linked = [
            (line, lead, element)
            for lead in self.changed_leads("catalog_elements")
            for line, element in _products_of(lead)
        ]
        elements = self._account.elements([element for _, _, element in linked])
        self._refuse_unknown_price_field(elements.values())
        rows: list[dict[str, object]] = []
        for line, lead, element in linked:
            meta = as_map(element.get("metadata"))
            # Of an element that was deleted since, nobody knows the price.
            known = elements.get((str(meta["catalog_id"]), str(element["id"])), {})
            rows.append(
                {
                    "line_id": line,
                    "deal_id": present_id(lead.get("id")),
                    "product_id": present_id(element.get("id")),
                    "product_name": known.get("name"),
                    "product_line": product_line_of(words, element.get("id"), known.get("name")),
                    "quantity": meta.get("quantity", 1),
                    "unit_price": _field(known, self._price_field) or 0,
                    "cost_amount": None,
                    "currency": self._account.currency,
                }
            )
        return rows

    def _refuse_unknown_price_field(self, elements: Collection[Mapping[str, Any]]) -> None:
        """Prices that are nowhere are not entered; other fields without any price mean that the
        price has another code here, and every product would silently cost nothing."""
        filled = [row for row in elements if as_rows(row.get("custom_fields_values"))]
        if len(filled) < _PRODUCTS_THAT_TELL:
            return
        if all(_field(row, self._price_field) is None for row in filled):
            raise self._options.wrong(
                "price_field",
                f"names the field {self._price_field}, which none of {len(filled)} products has; "
                "without prices set products = false",
                '"PRICE"',
            )

    def stages(self) -> list[dict[str, object]]:
        return [
            {
                "pipeline_id": stage.pipeline_id,
                "pipeline_name": stage.pipeline_name,
                "stage_id": stage.identifier,
                "stage_name": stage.name,
                "stage_semantic": stage.semantic,
                "sort_order": stage.sort,
            }
            for stage in self._account.stages.values()
        ]

    def changed_leads(self, embedded: str) -> Iterator[dict[str, Any]]:
        """Leads of the window with what is linked to them: `contacts` or `catalog_elements`."""
        first = first_moment(self._company, SOURCE)
        return self._changed("/leads", "leads", first, {"with": embedded})

    # inside

    def _changed(
        self,
        path: str,
        key: str,
        created_since: datetime | None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[dict[str, Any]]:
        """Records of a list, each once. Filters are checked again: not every account has them."""
        parameters: dict[str, Any] = {"limit": _PAGE, **more}
        if created_since is not None:
            parameters["filter[created_at][from]"] = int(created_since.timestamp())
        if self._since is not None:
            parameters[_CHANGED_FROM] = int(self._since.timestamp())
        newest: dict[str, dict[str, Any]] = {}
        for record in self._account.by_change(path, parameters, key):
            if created_since and _seconds(record, "created_at") < created_since.timestamp():
                continue
            if self._since and _seconds(record, "updated_at") < self._since.timestamp():
                continue
            # Read twice, or changed while the pages were read: the later state counts.
            newest[str(record["id"])] = record
        yield from (record for record in newest.values() if not record.get("is_deleted"))

    def _contacts_of(self, leads: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        ids = sorted({found for lead in leads if (found := _main_contact(lead))}, key=int)
        contacts: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), _CONTACTS_PER_CALL):
            some = ids[start : start + _CONTACTS_PER_CALL]
            parameters = {"filter[id][]": some, "limit": _PAGE}
            for record in self._account.pages("/contacts", parameters, "contacts"):
                contacts[str(record["id"])] = record
        return contacts

    def _lead(
        self, record: Mapping[str, Any], contacts: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, object]:
        customer = _main_contact(record)
        values = {name: _field(record, wanted) for name, wanted in self._fields.items()}
        status_id = record.get("status_id")
        reason = values.pop("reject_reason", None) or self._account.loss_reasons.get(
            str(record.get("loss_reason_id"))
        )
        return {
            **values,
            **_ways_to_reach(contacts.get(customer or "", {})),
            "lead_id": present_id(record.get("id")),
            "customer_id": customer,
            "pipeline_id": present_id(record.get("pipeline_id")),
            "stage_id": f"{record.get('pipeline_id')}:{status_id}",
            "stage_semantic": semantic_of(status_id),
            "status": self._status(record, str(reason or "")),
            "reject_reason": reason if status_id == _LOST else None,
            "amount": record.get("price"),
            "currency": self._account.currency,
            "created_at": self._time(record.get("created_at")),
            "updated_at": self._time(record.get("updated_at")),
            "closed_at": self._time(record.get("closed_at")),
        }

    def _status(self, record: Mapping[str, Any], reason: str) -> str:
        """What the stage of a lead means, by the company's words, then by those of the stages."""
        if record.get("status_id") == _WON:
            return "CONVERTED"
        if record.get("status_id") == _LOST:
            word = self._words.get(reason.casefold())
            return word or _meaning_of_loss(reason)
        stage = self._account.stages.get(f"{record.get('pipeline_id')}:{record.get('status_id')}")
        if stage is None:
            return "IN_PROCESS"
        word = self._word_of(stage)
        if word:
            return word
        # A funnel is walked in order: behind the stage of acceptance everybody was accepted.
        accepted = [
            other.sort
            for other in self._account.stages.values()
            if other.pipeline_id == stage.pipeline_id and self._word_of(other) == "QUALIFIED"
        ]
        if accepted and stage.sort > min(accepted):
            return "QUALIFIED"
        return "NEW" if stage.is_first else "IN_PROCESS"

    @cached_property
    def _words(self) -> dict[str, str]:
        return words_of(self._options, "status")

    def _word_of(self, stage: _Stage) -> str | None:
        for own in (stage.identifier, stage.name.casefold()):
            if own in self._words:
                return self._words[own]
        return LEAD_STATUS_WORDS.get(stage.name.casefold())

    def _time(self, value: object) -> str | None:
        return epoch_to_local(value, self._company, SYSTEM)


def _meaning_of_loss(reason: str) -> str:
    text = reason.casefold()
    if any(part in text for part in _DUPLICATE_PARTS):
        return "DUPLICATE"
    return "JUNK" if any(part in text for part in _JUNK_PARTS) else "LOST"


def _main_contact(lead: Mapping[str, Any]) -> str | None:
    contacts = as_rows(as_map(lead.get("_embedded")).get("contacts"))
    main = [contact for contact in contacts if contact.get("is_main")] or contacts
    return present_id(main[0].get("id")) if main else None


def _products_of(lead: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Elements linked to a lead, each with an id of its own: a lead holds an element once."""
    for element in as_rows(as_map(lead.get("_embedded")).get("catalog_elements")):
        yield f"{lead['id']}:{element['id']}", element


def _field(record: Mapping[str, Any], wanted: str) -> str | None:
    """Value of a field by its code or id, never by its name, which is translated."""
    for entry in as_rows(record.get("custom_fields_values")):
        if wanted in (entry.get("field_code"), str(entry.get("field_id"))):
            values = [item.get("value") for item in as_rows(entry.get("values"))]
            return "|".join(str(value) for value in values if value not in (None, "")) or None
    return None


def _ways_to_reach(contact: Mapping[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {"phone": None, "email": None}
    for entry in as_rows(contact.get("custom_fields_values")):
        name = {"PHONE": "phone", "EMAIL": "email"}.get(str(entry.get("field_code")))
        values = as_rows(entry.get("values"))
        if name and values and found[name] is None:
            found[name] = values[0].get("value")
    return found


def _seconds(record: Mapping[str, Any], name: str) -> int:
    try:
        return int(record[name])
    except (KeyError, TypeError, ValueError):
        raise unreadable(SYSTEM, "a record without its times") from None


def _wrong_fields(problem: Mapping[str, Any]) -> Iterator[str]:
    """What a refused request had wrong, parameter by parameter."""
    for request in as_rows(problem.get("validation-errors")):
        for error in as_rows(as_map(request).get("errors")):
            found = as_map(error)
            yield f"{found.get('path')}: {found.get('detail') or found.get('code')}"


class _Account:
    """The account's lists, with its ways to refuse."""

    def __init__(self, company: Company, transport: Transport, progress: Progress) -> None:
        self._options = Options(company, SOURCE)
        self._transport = transport
        self._progress = progress
        self._keeper: TokenKeeper | None = None
        self._access: str | None = None
        host = self._options.text("account", '"example.amocrm.ru"')
        base = self._options.base_url(f"https://{host}")
        if self._options.get("redirect_uri") is None:
            self._variable = self._options.variable("token_env", "AMOCRM_TOKEN")
            self._access = self._options.secret(transport, "token_env", "AMOCRM_TOKEN")
            secrets = {self._access}
        else:
            self._variable = self._options.variable("refresh_token_env", "AMOCRM_REFRESH_TOKEN")
            secrets = self._oauth(company)
        self._client = ApiClient(
            SYSTEM, base, transport, self._judge, progress, authorise=self._headers
        )
        self._hide(secrets)

    def __enter__(self) -> _Account:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    # lists

    def pages(self, path: str, parameters: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
        """Records of all pages; no rows come as 204 without a body."""
        place, query = f"/api/v4{path}", dict(parameters)
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            answer = self.get(place, query)
            if answer is None:
                return
            yield from rows_in(as_map(answer.get("_embedded")).get(key), SYSTEM)
            following = as_map(as_map(answer.get("_links")).get("next")).get("href")
            if not following:
                return
            # Only path and query: the token goes nowhere but to the account's own address.
            parts = urlsplit(str(following))
            place, query = f"{parts.path}?{parts.query}", {}
            if place in seen:
                break
            seen.add(place)
        raise self._endless(key)

    def by_change(
        self, path: str, parameters: Mapping[str, Any], key: str
    ) -> Iterator[dict[str, Any]]:
        """Records in the order of their changes; some come twice.

        Each page begins at the last change of the one before: a record that is deleted or changed
        meanwhile would push another over the border of two numbered pages, unseen. Pages are
        numbered inside of one second, and where an account has no filters or keeps no order.
        """
        query: dict[str, Any] = {**parameters, "order[updated_at]": "asc"}
        place, page, is_numbered = f"/api/v4{path}", 1, False
        anchor: int | None = None
        before: list[str] = []
        for _ in range(_MOST_PAGES):
            answer = self.get(place, {**query, "page": page})
            if answer is None:
                return
            records = rows_in(as_map(answer.get("_embedded")).get(key), SYSTEM)
            yield from records
            if not as_map(as_map(answer.get("_links")).get("next")).get("href"):
                return
            times = [_seconds(record, "updated_at") for record in records]
            is_numbered = (
                is_numbered
                or times != sorted(times)
                or (anchor is not None and min(times, default=anchor) < anchor - 1)
            )
            ids = [str(record["id"]) for record in records]
            if not is_numbered and times and (anchor is None or times[-1] > anchor):
                anchor, page = times[-1], 1
                # A second less, as it is not said whether `from` is the first moment or before it.
                query[_CHANGED_FROM] = anchor - 1
            elif page == 1 or ids != before:
                page += 1
            else:
                break
            before = ids
        raise self._endless(key)

    @staticmethod
    def _endless(key: str) -> ApiError:
        return ApiError(
            f"{SYSTEM} gives pages of {key} without end",
            remedy="nothing was half-loaded: run the load again later, or use export files",
        )

    def get(self, place: str, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
        """An answer as a map; None for 204."""
        if self._keeper is not None:
            self._access = self._token(self._keeper)
        try:
            response = self._client.send("GET", place, params=parameters)
        except _ExpiredTokenError:
            assert self._keeper is not None  # noqa: S101 - only then an expiry is told apart
            self._access = self._token(self._keeper, refused=self._access)
            response = self._client.send("GET", place, params=parameters)
        if response.status_code == 204:
            return None
        answer = json_or_none(response)
        if not isinstance(answer, dict):
            raise unreadable(SYSTEM, "an answer")
        return answer

    def elements(
        self, linked: Iterable[Mapping[str, Any]]
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """Elements of lists by list and id; those that are deleted are left out."""
        by_list: dict[str, set[str]] = {}
        for element in linked:
            catalog = str(as_map(element.get("metadata"))["catalog_id"])
            by_list.setdefault(catalog, set()).add(str(element["id"]))
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for catalog, wanted in by_list.items():
            ids = sorted(wanted, key=int)
            for start in range(0, len(ids), _CONTACTS_PER_CALL):
                some = {"filter[id][]": ids[start : start + _CONTACTS_PER_CALL], "limit": _PAGE}
                for row in self.pages(f"/catalogs/{catalog}/elements", some, "elements"):
                    found[catalog, str(row["id"])] = row
        return found

    @cached_property
    def stages(self) -> dict[str, _Stage]:
        """Stages of all funnels by `funnel:stage`; funnels come in one page."""
        answer = self.get("/api/v4/leads/pipelines", {})
        stages: dict[str, _Stage] = {}
        for pipeline in rows_in(as_map((answer or {}).get("_embedded")).get("pipelines"), SYSTEM):
            listed = rows_in(as_map(pipeline.get("_embedded")).get("statuses"), SYSTEM)
            open_stages = [row for row in listed if row["id"] not in (_WON, _LOST)]
            first = min((row["sort"] for row in open_stages), default=None)
            worked = [row["sort"] for row in open_stages if row.get("type") != _UNSORTED]
            for row in listed:
                stage = _Stage(
                    pipeline_id=str(pipeline["id"]),
                    pipeline_name=str(pipeline.get("name") or ""),
                    number=int(row["id"]),
                    name=str(row.get("name") or ""),
                    sort=int(row["sort"]),
                    is_first=row.get("type") == _UNSORTED
                    or row["sort"] in (first, min(worked, default=None)),
                )
                stages[stage.identifier] = stage
        return stages

    @cached_property
    def loss_reasons(self) -> dict[str, str]:
        rows = self.pages("/leads/loss_reasons", {"limit": _PAGE}, "loss_reasons")
        return {str(row["id"]): str(row.get("name") or "") for row in rows}

    @cached_property
    def currency(self) -> str | None:
        answer = self.get("/api/v4/account", {}) or {}
        return str(answer["currency"]) if answer.get("currency") else None

    # answers

    def _judge(self, response: requests.Response) -> Retry | None:
        status = response.status_code
        if status == 204:
            return None
        if status == 200:
            if isinstance(json_or_none(response), dict):
                return None
            return Retry(
                "an HTML page came in place of data"
                if looks_like_html(response)
                else "the answer is cut off or malformed"
            )
        if status == 429:
            return Retry("too many requests", wait=seconds_header(response, "Retry-After"))
        if status >= 500:
            return Retry(f"it answers {status}")
        raise self._refusal(status, json_or_none(response))

    def _refusal(self, status: int, answer: object) -> ApiError:
        problem = as_map(answer)
        said = [problem.get("detail") or problem.get("title") or status, *_wrong_fields(problem)]
        detail = self._client.quote("; ".join(map(str, said)))
        if status == 401 and self._keeper is not None:
            return _ExpiredTokenError(f"{SYSTEM}: the access token has expired", status=status)
        if status == 401:
            return AuthError(
                f"{SYSTEM} does not accept the token of the environment variable "
                f"{self._variable} ({detail})",
                status=status,
                remedy=f"make a new token in the integration's settings and put it into "
                f"{self._variable}",
            )
        if status == 402:
            return ApiError(
                f"{SYSTEM}: the account is not paid, so its API is closed",
                status=status,
                remedy="pay the account, then run the load again; or use export files",
            )
        if status == 403:
            return ApiError(
                f"{SYSTEM} refuses to show the data ({detail})",
                status=status,
                remedy="let the integration's user see all leads and contacts; if that is so, the "
                "address of this machine is blocked for too many requests: wait an hour",
            )
        return ApiError(
            f"{SYSTEM} refused the request ({detail})",
            status=status,
            remedy="check account in [sources.amocrm]",
        )

    # secrets

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._access}"} if self._access else {}

    def _token(self, keeper: TokenKeeper, refused: str | None = None) -> str:
        token = keeper.access(refused)
        self._hide({token})
        return token

    def _oauth(self, company: Company) -> set[str]:
        application = self._options.secret(self._transport, "client_id_env", "AMOCRM_CLIENT_ID")
        password = self._options.secret(
            self._transport, "client_secret_env", "AMOCRM_CLIENT_SECRET"
        )
        first = self._options.secret(self._transport, "refresh_token_env", "AMOCRM_REFRESH_TOKEN")
        address = self._options.text("redirect_uri", '"https://example.org"')

        def renew(refresh: str) -> Issued:
            self._hide({refresh})
            self._access = None
            self._progress(f"{SYSTEM}: renewing the access token")
            answer = self._client.json(
                "POST",
                "/oauth2/access_token",
                json_body={
                    "client_id": application,
                    "client_secret": password,
                    "grant_type": "refresh_token",
                    "refresh_token": refresh,
                    "redirect_uri": address,
                },
                judge=self._judge_renewal,
            )
            try:
                issued = Issued(
                    str(answer["access_token"]),
                    str(answer["refresh_token"]),
                    float(answer.get("expires_in") or timedelta(days=1).total_seconds()),
                )
            except (KeyError, TypeError, ValueError):
                raise unreadable(SYSTEM, "an answer to the renewal of the token") from None
            self._hide({issued.access, issued.refresh})
            return issued

        self._keeper = TokenKeeper(company, SOURCE, first, self._transport.now, renew)
        return {password, *self._keeper.secrets()}

    def _judge_renewal(self, response: requests.Response) -> Retry | None:
        if response.status_code in (400, 401, 403):
            raise AuthError(
                f"{SYSTEM} does not renew the token of the environment variable "
                f"{self._variable} ({response.status_code})",
                status=response.status_code,
                remedy="connect the integration once more and put the new refresh token into "
                f"{self._variable}; each can be used once and dies after three months",
            )
        return self._judge(response)

    def _hide(self, secrets: set[str]) -> None:
        keep_out_of_logs(secrets)
        for secret in secrets:
            self._client.hide(secret)
