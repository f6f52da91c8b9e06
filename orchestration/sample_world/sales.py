"""Shop orders and the CRM: leads, deals and the way of deals through their stages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from orchestration.sample_world import catalog, stories
from orchestration.sample_world.files import random, write_csv
from orchestration.sample_world.visitors import SECONDS_A_DAY, Period, day_number, thin
from orchestration.sample_world.web_visits import Behaviour, term_and_ad

# The range of numbers that nobody can be given is this small; later people leave an e-mail only.
SAFE_PHONES: Final = 10_000
_SPAM_PHONES: Final = ("+7 111 111-11-11", "12345", "+7 999 999-99-99", "0000000", "test")

ORDER_HEADER: Final = (
    "order_id",
    "customer_id",
    "ordered_at",
    "gross_amount",
    "discount_amount",
    "refund_amount",
    "currency",
    "status",
    "product_line",
    "quantity",
    "client_id",
    "yclid",
    "promo_code",
    "phone",
    "email",
)
LEAD_HEADER: Final = (
    "ID",
    "Название лида",
    "Стадия",
    "Источник",
    "Дата создания",
    "Дата изменения",
    "Телефон",
    "E-mail",
    "Сумма",
    "Валюта",
    "UTM Source",
    "UTM Medium",
    "UTM Campaign",
    "UTM Content",
    "UTM Term",
    "ClientID Метрики",
    "yclid",
    "Направление",
    "Причина отказа",
)
DEAL_HEADER: Final = (
    "ID",
    "Лид",
    "Клиент",
    "Направление",
    "Стадия",
    "Семантика стадии",
    "Сумма",
    "Валюта",
    "Дата создания",
    "Дата изменения",
    "Дата закрытия",
    "ClientID Метрики",
    "yclid",
    "UTM Source",
    "UTM Medium",
    "UTM Campaign",
    "UTM Content",
    "UTM Term",
)
HISTORY_HEADER: Final = ("ID", "Сделка", "Дата", "Стадия", "Семантика стадии")

WORK_STAGES: Final = ("C1:NEW", "C1:MEETING", "C1:ESTIMATE", "C1:CONTRACT")
WON_STAGE: Final = "C1:WON"
LOST_STAGE: Final = "C1:LOSE"
_REFUSALS: Final = ("Не дозвонились", "Нет участка", "Не тот регион", "Нужна отделка, не дом")


def phone(number: int) -> str:
    """A telephone number of a range that is given to nobody; '' when the range is used up."""
    if not 1 <= number < SAFE_PHONES:
        return ""
    return f"+7 900 000-{number // 100:02d}-{number % 100:02d}"


def at(second: int) -> datetime:
    """Local time without a zone."""
    return datetime.fromtimestamp(second, tz=UTC).replace(tzinfo=None)


def _stamp(second: int) -> str:
    return f"{at(second):%d.%m.%Y %H:%M:%S}"


@dataclass
class Tally:
    """Sums that the registers need for plausible targets, by day of the period."""

    visits: npt.NDArray[np.int64]
    bots: npt.NDArray[np.int64]
    leads: npt.NDArray[np.int64]
    orders: npt.NDArray[np.int64]
    tracked_orders: npt.NDArray[np.int64]
    shop_revenue: npt.NDArray[np.float64]

    @classmethod
    def empty(cls, period: Period) -> Tally:
        size = (period.end - period.start).days

        def counts() -> npt.NDArray[np.int64]:
            return np.zeros(size, dtype=np.int64)

        return cls(
            visits=counts(),
            bots=counts(),
            leads=counts(),
            orders=counts(),
            tracked_orders=counts(),
            shop_revenue=np.zeros(size),
        )


class Shop:
    """Writes the orders as the shop system exports them."""

    def __init__(self, period: Period, directory: Path, tally: Tally) -> None:
        self._period = period
        self._directory = directory
        self._tally = tally
        self._next_order = 1
        self.rows = 0

    def write(
        self,
        generator: np.random.Generator,
        name: str,
        visits: npt.NDArray[np.void],
        behaviour: Behaviour,
    ) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.int64]]:
        """Write the visits' orders; give order id ('' if untracked) and revenue of every visit."""
        kinds = visits["kind"]
        places = np.flatnonzero((kinds == catalog.FIRST_ORDER) | (kinds == catalog.REPEAT_ORDER))
        size = len(places)
        buyers = visits[places]
        tracked = behaviour.is_tracked[places]
        numbers = np.arange(self._next_order, self._next_order + size)
        self._next_order += size
        ids = np.array([f"TB-{number:06d}" for number in numbers], dtype="U16")

        gross = (
            np.round(
                catalog.SHOP_MEDIAN_ORDER
                * generator.lognormal(0.0, catalog.ORDER_SPREAD, size)
                / 10
            ).astype(np.int64)
            * 10
        )
        gross = np.maximum(gross, 390)
        day = buyers["second"] // SECONDS_A_DAY
        sale_days = [day_number(d) for d in stories.SALE.all if self._period.has(stories.SALE)]
        on_sale = np.isin(day, np.array(sale_days, dtype=np.int64))
        has_code = generator.random(size) < np.where(on_sale, 0.7, 0.11)
        rate = np.where(has_code, np.where(on_sale, 0.10, 0.05), 0.0)
        discount = np.round(gross * rate).astype(np.int64)
        paid = gross - discount

        lot = generator.random(size)
        age = day_number(self._period.end) - day
        is_open = (lot < 0.30) & (age <= 3)
        status = np.where(lot < 0.045, "cancelled", np.where(is_open, "open", "paid"))
        refund_lot = generator.random(size)
        refund = np.where(
            refund_lot < 0.024, paid, np.where(refund_lot < 0.042, np.round(paid * 0.4), 0)
        ).astype(np.int64)
        refund = np.where((status == "paid") & (age > 10), refund, 0)
        second = buyers["second"] + np.maximum(behaviour.seconds[places] * 5 // 8, 45)
        # The order is of the day of its visit, as the counter has it.
        second = np.minimum(second, (day + 1) * SECONDS_A_DAY - 1)
        quantity = generator.geometric(0.62, size)
        people = buyers["person"]
        is_direct = np.array([s.system == "yandex_direct" for s in catalog.STREAMS])[
            buyers["stream"]
        ]
        clicks = behaviour.click[places]

        def rows() -> Iterator[tuple[Any, ...]]:
            for i in range(size):
                person = int(people[i])
                code = ""
                if has_code[i]:
                    code = stories.SALE_PROMO if on_sale[i] else "PODPISKA5"
                yield (
                    ids[i],
                    f"C{person:07d}",
                    at(int(second[i])).isoformat(sep=" "),
                    f"{gross[i]}.00",
                    f"{discount[i]}.00",
                    f"{refund[i]}.00",
                    "RUB",
                    status[i],
                    catalog.SHOP,
                    quantity[i],
                    buyers["code"][i] if tracked[i] else "",
                    clicks[i] if tracked[i] and is_direct[i] else "",
                    code,
                    "",
                    f"c{person:07d}@example.com",
                )

        self.rows += write_csv(self._directory / f"orders_{name}.csv", ORDER_HEADER, rows())
        offset = day - day_number(self._period.start)
        good = status == "paid"
        np.add.at(self._tally.orders, offset[good], 1)
        np.add.at(self._tally.tracked_orders, offset[tracked], 1)
        np.add.at(
            self._tally.shop_revenue,
            offset[good],
            (paid - refund)[good] / (1 + catalog.VAT_RATE),
        )
        order_ids = np.full(len(visits), "", dtype="U16")
        revenues = np.zeros(len(visits), dtype=np.int64)
        order_ids[places[tracked]] = ids[tracked]
        revenues[places[tracked]] = paid[tracked]
        return order_ids, revenues


@dataclass
class _Leads:
    """Collected columns of the leads, in time order."""

    second: list[npt.NDArray[np.int64]] = field(default_factory=list)
    code: list[npt.NDArray[np.int64]] = field(default_factory=list)
    person: list[npt.NDArray[np.int64]] = field(default_factory=list)
    stream: list[npt.NDArray[np.int64]] = field(default_factory=list)
    opener: list[npt.NDArray[np.int64]] = field(default_factory=list)
    click: list[npt.NDArray[np.int64]] = field(default_factory=list)
    is_form: list[npt.NDArray[np.bool_]] = field(default_factory=list)


class Crm:
    """Collects leads from the visits and writes the CRM's three exports at the end."""

    def __init__(self, period: Period, directory: Path, tally: Tally) -> None:
        self._period = period
        self._directory = directory
        self._tally = tally
        self._leads = _Leads()
        self.rows: dict[str, int] = {}

    def add(self, visits: npt.NDArray[np.void], behaviour: Behaviour) -> None:
        """Keep the leads of these visits."""
        places = np.flatnonzero(visits["kind"] == catalog.LEAD)
        mine = visits[places]
        second = mine["second"] + np.maximum(behaviour.seconds[places] // 4, 30)
        last_of_day = (mine["second"] // SECONDS_A_DAY + 1) * SECONDS_A_DAY - 1
        self._leads.second.append(np.minimum(second, last_of_day))
        self._leads.code.append(mine["code"].copy())
        self._leads.person.append(mine["person"].copy())
        self._leads.stream.append(mine["stream"].astype(np.int64))
        self._leads.opener.append(mine["opener"].astype(np.int64))
        self._leads.click.append(behaviour.click[places])
        self._leads.is_form.append(behaviour.is_tracked[places])

    def write(self) -> None:
        """Write leads, deals and stage history as of the end of the period."""
        generator = random(self._period.seed, "crm")
        leads = {name: np.concatenate(parts) for name, parts in vars(self._leads).items()}
        size = len(leads["second"])
        end = day_number(self._period.end) * SECONDS_A_DAY
        age = (end - leads["second"]) / SECONDS_A_DAY
        win = np.array([stream.win for stream in catalog.STREAMS])[leads["opener"]]
        # By opener and time, so that wins are spread over the months of each opening channel.
        key = leads["opener"] * 10**12 + leads["second"]
        is_won = thin(generator, np.full(size, catalog.WIN_CHANCE) * np.sqrt(win), key)
        other = (catalog.DEAL_CHANCE - catalog.WIN_CHANCE) / (1 - catalog.WIN_CHANCE)
        is_deal = is_won | thin(generator, np.full(size, other), key)
        is_qualified = is_deal | (generator.random(size) < 0.24)
        opened_after = generator.uniform(0.1, 12.0, size)
        is_open_deal = is_deal & (opened_after < age)

        lead_ids = 1000 + np.arange(size)
        has_code = leads["is_form"] & (generator.random(size) > 0.06)
        has_utm = leads["is_form"] | (generator.random(size) < 0.25)
        touched = leads["second"] + (
            np.minimum(generator.exponential(6.0, size), np.maximum(age - 0.01, 0)) * SECONDS_A_DAY
        ).astype(np.int64)
        refused = ~is_qualified & (generator.random(size) < 0.26)
        stage = np.where(
            is_open_deal,
            "CONVERTED",
            np.where(
                is_qualified & (age > 2),
                "QUALIFIED",
                np.where(refused & (age > 4), "JUNK", np.where(age < 2, "NEW", "IN_PROCESS")),
            ),
        )
        columns = _LeadRows(leads, lead_ids, has_code, has_utm, touched, stage)
        rows = [columns.row(i) for i in range(size)]
        rows += self._duplicates(generator, columns)
        rows += self._spam(generator)
        rows.sort(key=lambda row: row[0])
        self.rows["leads"] = write_csv(
            self._directory / f"leads_{self._period.end:%Y-%m-%d}.csv",
            LEAD_HEADER,
            ((1000 + i, *row[1:]) for i, row in enumerate(rows)),
            delimiter=";",
            encoding="utf-8-sig",
        )
        # Lead ids are given in time order, duplicates and spam among them.
        ids = {row[1]: 1000 + i for i, row in enumerate(rows)}
        self._write_deals(
            generator,
            columns,
            is_won=is_won,
            is_open=is_open_deal,
            opened_after=opened_after,
            lead_ids=ids,
        )
        offset = leads["second"] // SECONDS_A_DAY - day_number(self._period.start)
        np.add.at(self._tally.leads, offset, 1)

    def _duplicates(
        self, generator: np.random.Generator, columns: _LeadRows
    ) -> list[tuple[Any, ...]]:
        """The same person asks again within three weeks; sales marks only half of these."""
        size = len(columns.leads["second"])
        end = day_number(self._period.end) * SECONDS_A_DAY
        rows: list[tuple[Any, ...]] = []
        for i in np.flatnonzero(thin(generator, np.full(size, 0.062))):
            lag = int(generator.uniform(0.02, 20) * SECONDS_A_DAY)
            later = int(columns.leads["second"][i]) + lag
            if later >= end:
                continue
            status = "DUPLICATE" if generator.random() < 0.5 else "IN_PROCESS"
            row = list(columns.row(int(i)))
            row[0], row[1], row[2] = later, f"Повторная заявка {later}", status
            row[4] = _stamp(later)
            row[5] = _stamp(min(later + 7200, end - 1))
            row[-1] = "Дубль" if status == "DUPLICATE" else ""
            rows.append(tuple(row))
        return rows

    def _spam(self, generator: np.random.Generator) -> list[tuple[Any, ...]]:
        """Test entries and machines that fill in the form: contacts that cannot be called."""
        size = max(1, round(sum(map(len, self._leads.second)) * 0.045))
        start, end = (
            day_number(day) * SECONDS_A_DAY for day in (self._period.start, self._period.end)
        )
        seconds = np.sort(generator.integers(start, end - 7200, size))
        search = catalog.STREAMS[catalog.stream_index("yandex_direct_search", "70100001")]
        rows: list[tuple[Any, ...]] = []
        for i, second in enumerate(seconds.tolist()):
            from_ads = generator.random() < 0.4
            number = _SPAM_PHONES[int(generator.integers(0, len(_SPAM_PHONES)))]
            mail = "test@test" if generator.random() < 0.5 else ""
            is_marked = generator.random() < 0.6
            rows.append(
                (
                    second,
                    f"Тест {i}-{second}",
                    "JUNK" if is_marked else "NEW",
                    "WEB",
                    _stamp(second),
                    _stamp(second + 3600),
                    number,
                    mail,
                    "",
                    "RUB",
                    *(
                        (search.utm_source, search.utm_medium, search.campaign_id, "", "")
                        if from_ads
                        else ("", "", "", "", "")
                    ),
                    "",
                    "",
                    catalog.HOUSES,
                    "Спам" if is_marked else "",
                )
            )
        return rows

    def _write_deals(
        self,
        generator: np.random.Generator,
        columns: _LeadRows,
        *,
        is_won: npt.NDArray[np.bool_],
        is_open: npt.NDArray[np.bool_],
        opened_after: npt.NDArray[np.float64],
        lead_ids: dict[object, int],
    ) -> None:
        end = day_number(self._period.end) * SECONDS_A_DAY
        deals: list[list[object]] = []
        history: list[tuple[int, int, str, str]] = []
        for number, i in enumerate(np.flatnonzero(is_open)):
            deal_id = 5000 + number
            lead_at = int(columns.leads["second"][i])
            steps = _steps(generator, lead_at, float(opened_after[i]), won=bool(is_won[i]))
            done = [step for step in steps if step[0] < end]
            history += [(when, deal_id, name, _semantic(name)) for when, name in done]
            price = round(catalog.HOUSE_PRICE * generator.lognormal(-0.03, 0.25), -4)
            updated, stage = done[-1]
            is_closed = _semantic(stage) != "P"
            code, click, utm = columns.marks(int(i))
            deals.append(
                [
                    deal_id,
                    lead_ids[columns.title(int(i))],
                    f"B{2000 + int(columns.lead_ids[i]) - 1000}",
                    catalog.HOUSES,
                    stage,
                    _semantic(stage),
                    f"{price:.2f}",
                    "RUB",
                    _stamp(steps[0][0]),
                    _stamp(updated),
                    _stamp(updated) if is_closed else "",
                    code,
                    click,
                    *utm,
                ]
            )
        history.sort()
        day = f"{self._period.end:%Y-%m-%d}"
        for name, header, rows in (
            ("deals", DEAL_HEADER, deals),
            (
                "stage_history",
                HISTORY_HEADER,
                (
                    (90_000 + i, deal, _stamp(when), stage, semantic)
                    for i, (when, deal, stage, semantic) in enumerate(history)
                ),
            ),
        ):
            self.rows[name] = write_csv(
                self._directory / f"{name}_{day}.csv",
                header,
                rows,
                delimiter=";",
                encoding="utf-8-sig",
            )


def _steps(
    generator: np.random.Generator, lead_at: int, opened_after: float, *, won: bool
) -> list[tuple[int, str]]:
    """Time and stage of every step of a deal, the last one won or lost."""
    shortest, longest = catalog.WIN_DAYS
    if won:
        lag = shortest + (longest - shortest) * generator.beta(1.7, 2.6)
        reached = len(WORK_STAGES)
    else:
        lag = opened_after + 10 + 190 * generator.beta(1.2, 2.2)
        reached = int(generator.integers(1, len(WORK_STAGES) + 1))
    opened = lead_at + int(opened_after * SECONDS_A_DAY)
    closed = lead_at + int(lag * SECONDS_A_DAY)
    parts = np.sort(generator.uniform(0.08, 0.9, len(WORK_STAGES) - 1))
    between = [
        (opened + int((closed - opened) * part), stage)
        for part, stage in zip(parts, WORK_STAGES[1:reached], strict=False)
    ]
    return [(opened, WORK_STAGES[0]), *between, (closed, WON_STAGE if won else LOST_STAGE)]


def _semantic(stage: str) -> str:
    return {WON_STAGE: "S", LOST_STAGE: "F"}.get(stage, "P")


@dataclass(frozen=True)
class _LeadRows:
    """Turns the columns of leads into rows of the export; the first item is the time to sort by."""

    leads: dict[str, npt.NDArray[np.generic]]
    lead_ids: npt.NDArray[np.int64]
    has_code: npt.NDArray[np.bool_]
    has_utm: npt.NDArray[np.bool_]
    touched: npt.NDArray[np.int64]
    stage: npt.NDArray[np.str_]

    def title(self, i: int) -> str:
        return f"Заявка с сайта {self.lead_ids[i]}"

    def marks(self, i: int) -> tuple[object, object, tuple[str, ...]]:
        """Browser id, yclid and UTM marks, each '' where the form did not hand it over."""
        stream = catalog.STREAMS[int(self.leads["stream"][i])]
        click = int(self.leads["click"][i])
        code: object = int(self.leads["code"][i]) if self.has_code[i] else ""
        if not (self.has_utm[i] and stream.utm_source):
            return code, "", ("", "", "", "", "")
        is_direct = stream.system == "yandex_direct"
        term, ad = term_and_ad(int(self.leads["stream"][i]), click)
        return (
            code,
            click if is_direct and self.has_code[i] else "",
            (
                stream.utm_source,
                stream.utm_medium,
                stream.campaign_id,
                ad,
                term,
            ),
        )

    def row(self, i: int) -> tuple[Any, ...]:
        second = int(self.leads["second"][i])
        person = int(self.leads["person"][i])
        code, click, utm = self.marks(i)
        stage = str(self.stage[i])
        is_form = bool(self.leads["is_form"][i])
        refusal = _REFUSALS[person % len(_REFUSALS)] if stage == "JUNK" else ""
        return (
            second,
            self.title(i),
            stage,
            "WEB" if is_form else "CALL",
            _stamp(second),
            _stamp(int(self.touched[i])),
            phone(i + 1),
            f"h{person:07d}@example.org" if is_form or not phone(i + 1) else "",
            "",
            "RUB",
            *utm,
            code,
            click,
            catalog.HOUSES,
            refusal,
        )
