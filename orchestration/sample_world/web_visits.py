"""Visits as the Metrica Logs API gives them: tab-separated files of whole days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.sample_world import catalog
from orchestration.sample_world.files import VisitFormat, compress

# Ad blockers hide some orders from the counter; the shop still knows them.
_TRACKED_ORDERS: Final = 0.955
_FORM_LEADS: Final = 0.88


@dataclass(frozen=True)
class Behaviour:
    """What happened in each visit; arrays run along the visits."""

    pages: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.int64]
    goals: npt.NDArray[np.int64]
    click: npt.NDArray[np.int64]
    is_tracked: npt.NDArray[np.bool_]

    def has(self, goal: int) -> npt.NDArray[np.bool_]:
        """Visits that reached a goal."""
        return (self.goals & _bit(goal)) > 0


def _bit(goal: int) -> int:
    return 1 << catalog.GOALS.index(goal)


def behave(generator: np.random.Generator, visits: npt.NDArray[np.void]) -> Behaviour:
    """Pages, time, goals and click ids of visits.

    `is_tracked` is False where a lead came by telephone or the counter missed an order: such a
    lead or order carries no browser id in the CRM or in the shop.
    """
    size = len(visits)
    want, kind, human = visits["want"], visits["kind"], visits["is_bot"] == 0
    converts = kind != catalog.BROWSE

    def lot(chance: float) -> npt.NDArray[np.bool_]:
        return generator.random(size) < chance

    is_tracked = np.where(kind == catalog.LEAD, lot(_FORM_LEADS), lot(_TRACKED_ORDERS))
    is_order = (kind == catalog.FIRST_ORDER) | (kind == catalog.REPEAT_ORDER)
    reached = {
        catalog.GOAL_HOUSE_FORM: (kind == catalog.LEAD) & is_tracked,
        catalog.GOAL_CALLBACK: (want == catalog.WANTS_HOUSE) & lot(0.012),
        catalog.GOAL_BASKET: (is_order & is_tracked) | ((want == catalog.WANTS_SHOP) & lot(0.10)),
        catalog.GOAL_ORDER: is_order & is_tracked,
        catalog.GOAL_TELEGRAM: lot(0.016),
        catalog.GOAL_CATALOG: (want == catalog.WANTS_HOUSE) & lot(0.075),
    }
    goals = np.zeros(size, dtype=np.int64)
    for goal, mask in reached.items():
        goals |= np.where(mask & human, _bit(goal), 0)

    one_page = generator.random(size) < np.array([0.42, 0.20, 0.22])[want]
    pages = np.where(one_page, 1, 1 + generator.geometric(0.34, size))
    pages = np.where(goals > 0, np.maximum(pages, 2), pages)
    pages = np.where(converts, np.maximum(pages, 4), pages)
    pages = np.minimum(pages, 40)
    hasty = lot(0.30)
    short = np.where(hasty, generator.integers(0, 2, size), 2 + generator.exponential(26.0, size))
    long = pages * generator.lognormal(3.3, 0.7, size) + 5
    seconds = np.where(pages == 1, short, long).astype(np.int64)
    seconds = np.where(converts, np.maximum(seconds, 90), np.minimum(seconds, 7_200))

    pages = np.where(human, pages, 1)
    seconds = np.where(human, seconds, generator.integers(0, 2, size))
    click = generator.integers(1_000_000_000_000_000_000, 9_000_000_000_000_000_000, size)
    return Behaviour(pages, seconds, goals, click, is_tracked)


# Column of the table of visits -> attribute of the stream.
_STREAM_COLUMNS: Final = {
    "source": "traffic_source",
    "adv_engine": "adv_engine",
    "search_engine": "search_engine",
    "social_network": "social_network",
    "messenger": "messenger",
    "utm_source": "utm_source",
    "utm_medium": "utm_medium",
    "referer": "referer",
    "landing": "landing",
}
_END_PAGES: Final = {
    catalog.CASUAL: catalog.OTHER_PAGES,
    catalog.WANTS_HOUSE: catalog.HOUSE_PAGES,
    catalog.WANTS_SHOP: catalog.SHOP_PAGES,
}


def _lookup(values: Sequence[Any], places: npt.NDArray[np.generic]) -> pa.DictionaryArray:
    """A column of `values[places]` that stores every value once."""
    return pa.DictionaryArray.from_arrays(pa.array(places, type=pa.int32()), pa.array(values))


class _Choices:
    """Lists of texts, one for each key; picks one per visit by the rest of a number."""

    def __init__(self, lists: Sequence[Sequence[str]]) -> None:
        self.values = [value for values in lists for value in values]
        self._sizes = np.array([len(values) for values in lists])
        self._starts = np.cumsum(self._sizes) - self._sizes

    def places(
        self, keys: npt.NDArray[np.generic], numbers: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Positions in `values` of the texts picked."""
        return self._starts[keys] + numbers % self._sizes[keys]


_TERMS: Final = _Choices([stream.terms for stream in catalog.STREAMS])
_ADS: Final = _Choices([stream.ads for stream in catalog.STREAMS])
_PAGES: Final = _Choices([_END_PAGES[want] for want in sorted(_END_PAGES)])


def term_and_ad(stream: int, click: int) -> tuple[str, str]:
    """utm_term and utm_content of a visit, which its lead carries as well."""
    item = catalog.STREAMS[stream]
    return item.terms[click % len(item.terms)], item.ads[click // 7 % len(item.ads)]


_GOAL_IDS: Final = ", ".join(
    f"case when goals & {_bit(goal)} > 0 then '{goal}' end" for goal in catalog.GOALS
)
# Goals are reached one after the other, in the order of their bits.
_GOAL_TIMES: Final = ", ".join(
    f"case when goals & {_bit(goal)} > 0 then ''''"
    f" || strftime(visited + to_seconds(seconds * {position + 2} // 8), '%Y-%m-%d %H:%M:%S')"
    " || '''' end"
    for position, goal in enumerate(catalog.GOALS)
)

# Put together from constants of this package only.
_EXPORT: Final = f"""
select
    visit_id as "ym:s:visitID",
    '{catalog.COUNTER_ID}' as "ym:s:counterID",
    strftime(visited, '%Y-%m-%d') as "ym:s:date",
    strftime(visited, '%Y-%m-%d %H:%M:%S') as "ym:s:dateTime",
    code as "ym:s:clientID",
    is_new as "ym:s:isNewUser",
    (pages <= 1 and seconds < 15)::integer as "ym:s:bounce",
    pages as "ym:s:pageViews",
    seconds as "ym:s:visitDuration",
    '{catalog.SITE}' || landing
        || case when utm_source = '' then '' else
            '?utm_source=' || utm_source || '&utm_medium=' || utm_medium
            || '&utm_campaign=' || utm_campaign
            || case when ad = '' then '' else '&utm_content=' || ad end
            || case when term = '' then '' else '&utm_term=' || encoded_term end
            || case when is_direct_click then '&yclid=' || click else '' end
        end as "ym:s:startURL",
    '{catalog.SITE}' || case when pages <= 1 then landing else end_page end as "ym:s:endURL",
    referer as "ym:s:referer",
    source as "ym:s:lastSignTrafficSource",
    adv_engine as "ym:s:lastSignAdvEngine",
    search_engine as "ym:s:lastSignSearchEngineRoot",
    social_network as "ym:s:lastSignSocialNetwork",
    messenger as "ym:s:lastSignMessenger",
    utm_source as "ym:s:lastSignUTMSource",
    utm_medium as "ym:s:lastSignUTMMedium",
    utm_campaign as "ym:s:lastSignUTMCampaign",
    ad as "ym:s:lastSignUTMContent",
    term as "ym:s:lastSignUTMTerm",
    case when is_direct_click then utm_campaign else '0' end as "ym:s:lastSignDirectClickOrder",
    '[' || concat_ws(',', {_GOAL_IDS}) || ']' as "ym:s:goalsID",
    '[' || concat_ws(',', {_GOAL_TIMES}) || ']' as "ym:s:goalsDateTime",
    case when order_id = '' then '[]' else '[''' || order_id || ''']' end as "ym:s:purchaseID",
    case when order_id = '' then '[]' else '[' || revenue || ']' end as "ym:s:purchaseRevenue",
    category as "ym:s:deviceCategory",
    operating_system as "ym:s:operatingSystem",
    browser as "ym:s:browser",
    width as "ym:s:screenWidth",
    height as "ym:s:screenHeight",
    country as "ym:s:regionCountry",
    city_name as "ym:s:regionCity",
    zone as "ym:s:clientTimeZone"
from (select *, make_timestamp(second * 1000000) as visited from visits)
"""


class VisitWriter:
    """Writes visits into `exports/yandex_metrica/`."""

    def __init__(self, directory: Path, form: VisitFormat, threads: int | None = None) -> None:
        self._directory = directory
        self._form = form
        self._connection = duckdb.connect(config={"threads": threads} if threads else {})
        self._connection.execute("set TimeZone = 'UTC'")

    def close(self) -> None:
        """Release the connection and its memory."""
        self._connection.close()

    def write(
        self,
        name: str,
        visits: npt.NDArray[np.void],
        behaviour: Behaviour,
        order_ids: npt.NDArray[np.str_],
        revenues: npt.NDArray[np.int64],
    ) -> Path:
        """Write whole days. `order_ids` is '' where the visit has no tracked order."""
        table = _visit_table(visits, behaviour, order_ids, revenues)
        self._directory.mkdir(parents=True, exist_ok=True)
        stem = self._directory / f"visits_{name}"
        self._connection.register("visits", table)
        target = Path(f"{stem}.parquet" if self._form == "parquet" else f"{stem}.tsv")
        options = (
            "format parquet, compression zstd"
            if self._form == "parquet"
            # No quotes: the API escapes nothing in arrays either.
            else "format csv, delimiter '\t', header true, quote '', escape ''"
        )
        self._connection.execute(f"copy ({_EXPORT}) to '{_sql(target)}' ({options})")
        self._connection.unregister("visits")
        if self._form == "tsv.gz":
            packed = Path(f"{stem}.tsv.gz")
            compress(target, packed)
            return packed
        return target


def _visit_table(
    visits: npt.NDArray[np.void],
    behaviour: Behaviour,
    order_ids: npt.NDArray[np.str_],
    revenues: npt.NDArray[np.int64],
) -> pa.Table:
    """The visits with everything looked up, so that the export is a plain projection in order."""
    stream, device, city, click = (
        visits["stream"],
        visits["device"],
        visits["city"],
        behaviour.click,
    )
    terms = _TERMS.places(stream, click)
    columns: dict[str, Any] = {
        name: _lookup([getattr(item, field) for item in catalog.STREAMS], stream)
        for name, field in _STREAM_COLUMNS.items()
    }
    columns |= {
        # Increases with time and is unique: the second, then the place in the month.
        "visit_id": visits["second"] * 1_000_000_000 + np.arange(len(visits)),
        "second": visits["second"],
        "code": visits["code"],
        "is_new": visits["is_new"],
        "pages": behaviour.pages,
        "seconds": behaviour.seconds,
        "goals": behaviour.goals,
        "click": click,
        "order_id": pa.array(order_ids, type=pa.string()),
        "revenue": revenues,
        "utm_campaign": _lookup(
            [item.campaign_id if item.utm_source else "" for item in catalog.STREAMS], stream
        ),
        "is_direct_click": np.array([s.system == "yandex_direct" for s in catalog.STREAMS])[stream],
        "term": _lookup(_TERMS.values, terms),
        "encoded_term": _lookup([quote_plus(term) for term in _TERMS.values], terms),
        "ad": _lookup(_ADS.values, _ADS.places(stream, click // 7)),
        "end_page": _lookup(_PAGES.values, _PAGES.places(visits["want"], click // 11)),
        "category": _lookup([item.category for item in catalog.DEVICES], device),
        "operating_system": _lookup([item.operating_system for item in catalog.DEVICES], device),
        "browser": _lookup([item.browser for item in catalog.DEVICES], device),
        "width": _lookup([item.width for item in catalog.DEVICES], device),
        "height": _lookup([item.height for item in catalog.DEVICES], device),
        "country": _lookup([item.country for item in catalog.CITIES], city),
        "city_name": _lookup([item.city for item in catalog.CITIES], city),
        "zone": _lookup([item.zone for item in catalog.CITIES], city),
    }
    return pa.table(columns)


def _sql(path: Path) -> str:
    return str(path).replace("'", "''")
