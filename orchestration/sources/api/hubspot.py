"""HubSpot by its CRM API: contacts (leads among them), deals, line items, stage history, stages.

Everything comes from the lists, changed rows from the search. A search gives no more than 10,000
rows, so each of its pages is a query of its own that begins behind the last id: no cap is met, and
rows changed meanwhile push no other from page to page.

`[sources.hubspot]`: `token_env` with the token of a private app; `timezone` of the account where it
is not the company's, since the day of its quota ends in it. `[sources.hubspot.fields]` names own
properties for `client_id`, `yclid`, `product_line`, `reject_reason`, `utm_source`... Labels that
have no property are read from the first page's address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import requests

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
    seconds_header,
    utc_text,
)
from orchestration.sources.api.records import (
    Presence,
    Stored,
    as_map,
    as_rows,
    changed_since,
    exact_number,
    first_moment,
    iso_to_local,
    own_fields,
    present_id,
    product_line_of,
    tables,
    unreadable,
    words_of,
)

SOURCE = "hubspot"
SYSTEM = "HubSpot"

_LIST_PAGE, _HISTORY_PAGE, _SEARCH_PAGE, _BATCH = 100, 50, 200, 100
_MOST_PAGES = 1_000_000
# Seconds until the window of a policy is over.
_POLICY_WAITS = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}

_UTM = tuple(f"utm_{part}" for part in ("source", "medium", "campaign", "content", "term"))
_OWN_FIELDS = (
    *(*_UTM, "client_id", "ga_client_id", "yclid", "gclid"),
    *("product_line", "reject_reason"),
)
_FROM_FIRST_URL = (*_UTM, "yclid", "gclid")
_CURSORS = {
    "contacts": "lastmodifieddate",
    "deals": "hs_lastmodifieddate",
    "line_items": "hs_lastmodifieddate",
}
_OBJECT_OF = {"deal_products": "line_items"}
_PROPERTIES = {
    "contacts": (
        "createdate", "lastmodifieddate", "lifecyclestage", "hs_lead_status", "phone",
        "mobilephone", "email", "hs_analytics_source", "hs_analytics_first_url",
        "hs_google_click_id",
    ),
    "deals": (
        "createdate", "hs_lastmodifieddate", "closedate", "amount", "deal_currency_code",
        "dealstage", "pipeline",
    ),
    "line_items": (
        "createdate", "hs_lastmodifieddate", "name", "hs_product_id", "hs_sku", "quantity",
        "price", "hs_total_discount", "hs_cost_of_goods_sold", "hs_line_item_currency_code",
    ),
}  # fmt: skip
_LINKED = {"deals": "contacts", "line_items": "deals"}
_ID_OF = {"contacts": "customer_id", "deals": "deal_id", "line_items": "line_id"}

_LEAD_STATUSES = {"unqualified": "JUNK"}
_UNTOUCHED = frozenset({"", "new", "open"})
_LIFE_CYCLE = {
    "lead": "NEW",
    "marketingqualifiedlead": "NEW",
    "salesqualifiedlead": "QUALIFIED",
    "opportunity": "QUALIFIED",
    "customer": "CONVERTED",
    "evangelist": "CONVERTED",
}


def fetch(
    company: Company, table: str, window: Window, transport: Transport, progress: Progress
) -> Iterator[pa.Table]:
    """A table of HubSpot as it is now; see `records` for what the window means.

    Raises:
        ApiError: of the kind the answer gave; nothing is yielded then.
        UserError: a setting or the secret is missing.
    """
    readers: dict[str, Callable[[_Door], list[dict[str, object]]]] = {
        "contacts": _Door.contacts,
        "deals": _Door.deals,
        "stage_history": _Door.stage_history,
        "stages": _Door.stages,
        "deal_products": _Door.deal_products,
    }
    with _Hub(company, transport, progress) as hub:
        rows = readers[table](_Door(company, window, hub))
    progress(f"{SYSTEM}: {len(rows)} rows of {table}")
    yield from tables(SOURCE, table, rows)


def presence(
    company: Company,
    table: str,
    stored: Stored,  # noqa: ARG001 - HubSpot lists what is archived
    transport: Transport,
    progress: Progress,
) -> Presence | None:
    """The ids of archived rows; None for tables whose rows are never archived alone."""
    kind = _OBJECT_OF.get(table, table)
    if kind not in _PROPERTIES:
        return None
    with _Hub(company, transport, progress) as hub:
        deleted = frozenset(
            str(row["id"]) for row in hub.listed(kind, {"limit": _LIST_PAGE, "archived": "true"})
        )
    progress(f"{SYSTEM}: {len(deleted)} {table} are archived")
    return Presence(key=_ID_OF[kind], deleted=deleted)


class _Door:
    """Rows of the raw tables out of HubSpot's objects."""

    def __init__(self, company: Company, window: Window, hub: _Hub) -> None:
        self._company = company
        self._hub = hub
        self._options = Options(company, SOURCE)
        self._own = own_fields(self._options, _OWN_FIELDS, '{client_id = "metrica_client_id"}')
        self._since = changed_since(company, self._options, window)
        self._first = first_moment(company, SOURCE)

    def contacts(self) -> list[dict[str, object]]:
        words = words_of(self._options, "status")
        rows = []
        for record in self._records("contacts"):
            values = as_map(record.get("properties"))
            labels = _labels(values.get("hs_analytics_first_url"))
            rows.append(
                {
                    **labels,
                    "gclid": values.get("hs_google_click_id") or labels.get("gclid"),
                    **{name: value for name, value in self._own_values(values).items() if value},
                    "customer_id": present_id(record.get("id")),
                    "lifecycle_stage": values.get("lifecyclestage"),
                    "status": _lead_status(values, words),
                    "source": values.get("hs_analytics_source"),
                    "phone": values.get("phone") or values.get("mobilephone"),
                    "email": values.get("email"),
                    "created_at": self._time(values.get("createdate")),
                    "updated_at": self._time(values.get("lastmodifieddate")),
                }
            )
        return rows

    def deals(self) -> list[dict[str, object]]:
        records = list(self._records("deals"))
        customers = self._linked(records, "deals", "contacts")
        rows = []
        for record in records:
            values = as_map(record.get("properties"))
            pipeline, stage = values.get("pipeline"), values.get("dealstage")
            rows.append(
                {
                    **self._own_values(values),
                    "deal_id": present_id(record.get("id")),
                    "customer_id": customers.get(str(record.get("id"))),
                    "pipeline_id": pipeline,
                    "stage_id": f"{pipeline}:{stage}",
                    "stage_semantic": self._hub.semantic_of(stage),
                    "amount": values.get("amount") or None,
                    "currency": values.get("deal_currency_code"),
                    "created_at": self._time(values.get("createdate")),
                    "updated_at": self._time(values.get("hs_lastmodifieddate")),
                    "closed_at": self._time(values.get("closedate")),
                }
            )
        return rows

    def stage_history(self) -> list[dict[str, object]]:
        """Changes of stage: of all deals, or of those changed since, as a new stage changes one."""
        since = max(self._since, self._first) if self._since else self._first
        if self._since is None:
            parameters = {
                "limit": _HISTORY_PAGE,
                "properties": "pipeline",
                "propertiesWithHistory": "dealstage",
                "archived": "false",
            }
            records = self._hub.listed("deals", parameters)
        else:
            changed = self._hub.changed("deals", self._since, ["pipeline"])
            records = self._hub.histories([str(record["id"]) for record in changed])
        rows: list[dict[str, object]] = []
        for record in records:
            history = as_map(record["propertiesWithHistory"]).get("dealstage")
            for change in as_rows(history):
                stage, moment = change.get("value"), str(change.get("timestamp"))
                changed_at = self._time(moment)
                # A deal may have changed its funnel since; the stage tells the one of that time.
                pipeline = self._hub.pipeline_of(stage) or as_map(record["properties"]).get(
                    "pipeline"
                )
                if datetime.fromisoformat(moment) >= since:
                    rows.append(
                        {
                            "history_id": f"{record['id']}:{moment}",
                            "deal_id": record["id"],
                            "changed_at": changed_at,
                            "stage_id": f"{pipeline}:{stage}",
                            "stage_semantic": self._hub.semantic_of(stage),
                        }
                    )
        return rows

    def deal_products(self) -> list[dict[str, object]]:
        """Line items of deals; those of quotes and of nothing yet are none."""
        words = words_of(self._options, "product_line")
        records = list(self._records("line_items"))
        deals = self._linked(records, "line_items", "deals")
        rows: list[dict[str, object]] = []
        for record in records:
            deal = deals.get(str(record["id"]))
            if deal is None:
                continue
            values = as_map(record.get("properties"))
            line = self._own_values(values).get("product_line")
            product = values.get("hs_product_id") or values.get("hs_sku")
            cost, quantity = values.get("hs_cost_of_goods_sold"), values.get("quantity") or 1
            rows.append(
                {
                    "line_id": present_id(record.get("id")),
                    "deal_id": deal,
                    "product_id": product,
                    "product_name": values.get("name"),
                    "product_line": line
                    or product_line_of(words, product, values.get("hs_sku"), values.get("name")),
                    "quantity": quantity,
                    "unit_price": values.get("price") or 0,
                    "discount_amount": values.get("hs_total_discount") or None,
                    "cost_amount": exact_number(cost, SYSTEM) * exact_number(quantity, SYSTEM)
                    if cost
                    else None,
                    "currency": values.get("hs_line_item_currency_code"),
                }
            )
        return rows

    def stages(self) -> list[dict[str, object]]:
        return [
            {
                "pipeline_id": pipeline["id"],
                "pipeline_name": pipeline.get("label"),
                "stage_id": f"{pipeline['id']}:{stage['id']}",
                "stage_name": stage.get("label"),
                "stage_semantic": _semantic(stage),
                "sort_order": stage.get("displayOrder"),
            }
            for pipeline in self._hub.pipelines
            for stage in pipeline["stages"]
        ]

    # inside

    def _records(self, kind: str) -> Iterator[dict[str, Any]]:
        """Objects created since the first date, all or those changed."""
        properties = [*_PROPERTIES[kind], *self._own.values()]
        if self._since is None:
            parameters = {
                "limit": _LIST_PAGE,
                "properties": ",".join(properties),
                "archived": "false",
                **({"associations": _LINKED[kind]} if kind in _LINKED else {}),
            }
            records = self._hub.listed(kind, parameters)
        else:
            records = self._hub.changed(kind, self._since, properties)
        for record in records:
            created = as_map(record.get("properties")).get("createdate") or record.get("createdAt")
            try:
                is_wanted = datetime.fromisoformat(str(created)) >= self._first
            except (TypeError, ValueError):
                raise unreadable(SYSTEM, "a time of creation") from None
            if is_wanted:
                yield record

    def _linked(self, records: Sequence[Mapping[str, Any]], kind: str, to: str) -> dict[str, str]:
        """The first linked object of each. A search gives no associations, they are asked apart."""
        if self._since is not None:
            return self._hub.first_linked([str(record["id"]) for record in records], kind, to)
        found = {}
        for record in records:
            linked = as_map(as_map(record.get("associations")).get(to)).get("results")
            if as_rows(linked):
                found[str(record["id"])] = str(as_rows(linked)[0]["id"])
        return found

    def _own_values(self, values: Mapping[str, Any]) -> dict[str, object]:
        return {name: values.get(theirs) for name, theirs in self._own.items()}

    def _time(self, value: object) -> str | None:
        return iso_to_local(value, self._company, SYSTEM)


def _lead_status(values: Mapping[str, Any], words: Mapping[str, str]) -> str | None:
    """What a contact means as a lead; None where it is none, such as a subscriber."""
    stage = str(values.get("lifecyclestage") or "").casefold()
    sales = str(values.get("hs_lead_status") or "").casefold()
    for own in (sales, stage):
        if own in words:
            return words[own]
    if sales in _LEAD_STATUSES:
        return _LEAD_STATUSES[sales]
    meaning = _LIFE_CYCLE.get(stage)
    return "IN_PROCESS" if meaning == "NEW" and sales not in _UNTOUCHED else meaning


def _labels(first_url: object) -> dict[str, object]:
    """Labels in the address of the first page."""
    try:
        query = parse_qs(urlsplit(str(first_url or "")).query)
    except ValueError:  # an address that is none holds no labels
        return {}
    return {name: query[name][0] for name in _FROM_FIRST_URL if name in query}


def _semantic(stage: Mapping[str, Any]) -> str:
    """S and F are the closed stages, told apart by their probability. Flags come as texts."""
    metadata = as_map(stage.get("metadata"))
    if str(metadata.get("isClosed", "")).casefold() != "true":
        return "P"
    try:
        return "S" if Decimal(str(metadata.get("probability"))) >= 1 else "F"
    except InvalidOperation:
        raise unreadable(SYSTEM, "a stage without probability") from None


class _Hub:
    """HubSpot's lists and search, with its ways to refuse."""

    def __init__(self, company: Company, transport: Transport, progress: Progress) -> None:
        options = Options(company, SOURCE)
        self._variable = options.variable("token_env", "HUBSPOT_TOKEN")
        token = options.secret(transport, "token_env", "HUBSPOT_TOKEN")
        self._zone = options.zone(company.timezone)
        self._client = ApiClient(
            SYSTEM,
            options.base_url("https://api.hubapi.com"),
            transport,
            self._judge,
            progress,
            authorise=lambda: {"Authorization": f"Bearer {token}"},
            secrets=[token],
        )

    def __enter__(self) -> _Hub:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    def listed(self, kind: str, parameters: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """Objects of a list, page by page; the last page names no next one."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            more = {} if after is None else {"after": after}
            answer = self._ask("GET", f"/crm/v3/objects/{kind}", params={**parameters, **more})
            yield from answer["results"]
            following = as_map(as_map(answer.get("paging")).get("next")).get("after")
            if following is None:
                return
            if str(following) == after:
                break
            after = str(following)
        raise ApiError(
            f"{SYSTEM} gives pages of {kind} without end",
            remedy="nothing was half-loaded: run the load again later",
        )

    def changed(
        self, kind: str, since: datetime, properties: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        """Objects changed since a moment, in order of id."""
        last = 0
        while True:
            conditions = [
                {
                    "propertyName": _CURSORS[kind],
                    "operator": "GTE",
                    "value": str(int(since.timestamp() * 1000)),
                },
                {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)},
            ]
            answer = self._ask(
                "POST",
                f"/crm/v3/objects/{kind}/search",
                json_body={
                    "filterGroups": [{"filters": conditions}],
                    "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                    "properties": list(properties),
                    "limit": _SEARCH_PAGE,
                },
            )
            records = answer["results"]
            yield from records
            if len(records) < _SEARCH_PAGE:
                return
            newest = max(int(record["id"]) for record in records)
            if newest <= last:
                raise ApiError(
                    f"{SYSTEM} gives the same {kind} again",
                    remedy="nothing was half-loaded: run the load again later",
                )
            last = newest

    def first_linked(self, ids: Sequence[str], kind: str, to: str) -> dict[str, str]:
        """The first object of a kind linked to each; those without one are left out."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), _BATCH):
            answer = self._ask(
                "POST",
                f"/crm/v4/associations/{kind}/{to}/batch/read",
                json_body={"inputs": [{"id": number} for number in ids[start : start + _BATCH]]},
            )
            for pair in answer["results"]:
                linked = as_rows(pair.get("to"))
                if linked:
                    found[str(pair["from"]["id"])] = str(linked[0]["toObjectId"])
        return found

    def histories(self, deals: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Deals with their funnel and the history of their stage; archived ones are left out."""
        for start in range(0, len(deals), _HISTORY_PAGE):
            answer = self._ask(
                "POST",
                "/crm/v3/objects/deals/batch/read",
                json_body={
                    "inputs": [{"id": number} for number in deals[start : start + _HISTORY_PAGE]],
                    "properties": ["pipeline"],
                    "propertiesWithHistory": ["dealstage"],
                },
            )
            yield from answer["results"]

    @cached_property
    def pipelines(self) -> list[dict[str, Any]]:
        return self._ask("GET", "/crm/v3/pipelines/deals")["results"]

    @cached_property
    def _stages(self) -> dict[str, tuple[str, str]]:
        return {
            str(stage["id"]): (str(pipeline["id"]), _semantic(stage))
            for pipeline in self.pipelines
            for stage in pipeline["stages"]
        }

    def semantic_of(self, stage: object) -> str:
        return self._stages.get(str(stage), ("", "P"))[1]

    def pipeline_of(self, stage: object) -> str | None:
        return self._stages.get(str(stage), (None, ""))[0]

    # answers

    def _ask(self, method: str, path: str, **call: Any) -> dict[str, Any]:
        answer = self._client.json(method, path, **call)
        if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
            raise unreadable(SYSTEM, "an answer without its rows")
        return answer

    def _midnight(self) -> datetime:
        """The next one in the account's zone, when HubSpot's days end."""
        today = self._client.transport.now().astimezone(self._zone).date()
        return datetime.combine(today + timedelta(days=1), time(), self._zone)

    def _judge(self, response: requests.Response) -> Retry | None:
        status = response.status_code
        # 207: some of a batch have no associations, which is no error.
        if status in (200, 207):
            return None
        if status >= 500:
            return Retry(f"it answers {status}")
        answer = as_map(json_or_none(response))
        text = self._client.quote(answer.get("message") or status)
        if status == 429:
            policy = str(answer.get("policyName") or "").upper()
            left = response.headers.get("X-HubSpot-RateLimit-Daily-Remaining")
            if policy == "DAILY" or (not policy and left == "0"):
                raise QuotaError(
                    f"{SYSTEM}: the day's allowance of calls is used up: {text.rstrip('.')}; it is "
                    f"given anew at {utc_text(self._midnight())}",
                    status=status,
                    remedy="run the load again after that time; nothing was half-loaded. If the "
                    f"HubSpot account keeps another time than {self._zone.key}, set timezone in "
                    f"[sources.{SOURCE}]",
                )
            asked = seconds_header(response, "Retry-After")
            return Retry(f"too many requests ({text})", wait=asked or _POLICY_WAITS.get(policy))
        if status == 401:
            raise AuthError(
                f"{SYSTEM} does not accept the token of the environment variable {self._variable}",
                status=status,
                remedy=f"copy the access token of the private app into {self._variable}",
            )
        if status == 403:
            raise ApiError(
                f"{SYSTEM} refuses to show the data ({text})",
                status=status,
                remedy="give the private app the scopes crm.objects.contacts.read, "
                "crm.objects.deals.read and crm.objects.line_items.read (or set products = false)",
            )
        raise ApiError(
            f"{SYSTEM} refused the request ({text})",
            status=status,
            remedy="check the properties under [sources.hubspot.fields]",
        )
