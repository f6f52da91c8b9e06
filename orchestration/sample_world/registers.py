"""The owner's and finance's tables, and `company.toml`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from orchestration.sample_world import catalog, stories
from orchestration.sample_world.advertising import Advertising
from orchestration.sample_world.files import random, write_csv, write_text
from orchestration.sample_world.sales import Tally
from orchestration.sample_world.visitors import Period
from orchestration.sample_world.working_calendar import days, special_days

OWNER: Final = "owner"
FINANCE: Final = "finance"
MARKETER: Final = "marketer"

_RECORDED: Final = ("recorded_at", "recorded_by", "reason")


def _when(day: date, hour: int = 11) -> str:
    return datetime.combine(day, time(hour)).isoformat(sep=" ")


@dataclass(frozen=True)
class Registers:
    """Writes every register of the company folder."""

    period: Period
    directory: Path

    def write(
        self, tally: Tally, advertising: Advertising, followers: dict[str, list[int]]
    ) -> None:
        """Write all registers; `followers` are the counts of every day by network."""
        self._goals()
        self._conversions()
        self._channels()
        self._costs(advertising)
        self._margins()
        self._rates()
        self._calendar()
        self._attacks()
        self._audience()
        self._events()
        self._targets(tally, advertising, followers)

    def _csv(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        write_csv(self.directory / f"{name}.csv", (*header, *_RECORDED), rows)

    def _founded(self, reason: str, by: str = OWNER) -> tuple[str, str, str]:
        return (_when(self.period.start - timedelta(days=14)), by, reason)

    def _goals(self) -> None:
        due = date(self._last.year, 12, 31).isoformat()
        rows = (
            ("G1", "Продажи домов", "Больше договоров на дома при окупаемой рекламе"),
            ("G2", "Рост магазина", "Выручка магазина растёт, реклама не съедает наценку"),
            ("G3", "Живой трафик", "Платить за людей, а не за роботов"),
            ("G4", "Узнаваемость", "О бренде знают в Москве и соседних областях"),
            ("G5", "Возврат покупателей", "Покупатели магазина возвращаются и советуют нас"),
        )
        self._csv(
            "goals",
            ("goal_id", "name", "objective", "owner", "due_date"),
            ((*row, OWNER, due, *self._founded("цели года")) for row in rows),
        )

    def _conversions(self) -> None:
        start = self.period.start.isoformat()
        first = self._founded("настройка целей", MARKETER)
        house = ("Request for a house", "Заявка на дом")
        rows: list[tuple[Any, ...]] = [
            ("lead", 1, *house, "metrica_goal", catalog.GOAL_HOUSE_FORM, start, "true", *first),
            ("purchase", 1, "Purchase", "Покупка", "order", "", start, "true", *first),
            (
                "basket",
                1,
                "Added to basket",
                "Товар в корзине",
                "metrica_goal",
                catalog.GOAL_BASKET,
                start,
                "false",
                *first,
            ),
            (
                "telegram_click",
                1,
                "Went to the Telegram channel",
                "Переход в Telegram",
                "metrica_goal",
                catalog.GOAL_TELEGRAM,
                start,
                "false",
                *first,
            ),
        ]
        changed = stories.EASIER_GOAL_FROM
        if self.period.with_stories and self.period.start < changed < self.period.end:
            goals = (catalog.GOAL_HOUSE_FORM, catalog.GOAL_CALLBACK, catalog.GOAL_CATALOG)
            rows.append(
                (
                    "lead",
                    2,
                    *house,
                    "metrica_goal",
                    "|".join(map(str, goals)),
                    changed.isoformat(),
                    "true",
                    _when(changed - timedelta(days=1), 18),
                    MARKETER,
                    "считаем заявкой и звонок, и скачанный каталог",
                )
            )
        self._csv(
            "conversions",
            (
                "conversion_id",
                "version",
                "name_en",
                "name_ru",
                "rule_type",
                "rule_value",
                "valid_from",
                "is_primary",
            ),
            rows,
        )

    def _channels(self) -> None:
        # source_type, utm_source, utm_medium, utm_campaign, channel, names, group, paid, contractor
        rules = (
            ("", "yandex%", "", "702%", "yandex_direct_network", "Yandex Direct, network",
             "Директ: сети", "paid_network", "true", "agency"),
            ("", "yandex%", "", "", "yandex_direct_search", "Yandex Direct, search",
             "Директ: поиск", "paid_search", "true", "agency"),
            ("", "google%", "", "", "google_ads", "Google Ads",
             "Google Ads", "paid_search", "true", "in_house"),
            ("", "vk%", "social", "", "vk_social", "VK group",
             "Группа VK", "social", "false", "in_house"),
            ("", "vk%", "", "", "vk_ads", "VK Ads",
             "VK Реклама", "paid_social", "true", "agency"),
            ("", "sendsay%", "", "", "email", "E-mail",
             "Рассылка", "email", "false", "in_house"),
            ("", "telegram%", "", "", "telegram", "Telegram channel",
             "Telegram", "social", "true", "in_house"),
            ("", "stroyhub%", "", "", "partner", "Partner catalogue",
             "Партнёрский каталог", "partner", "true", "in_house"),
            ("organic", "", "", "", "organic_search", "Organic search",
             "Поиск без рекламы", "organic", "false", "in_house"),
            ("direct", "", "", "", "direct", "Direct visits",
             "Прямые заходы", "direct", "false", ""),
            ("internal", "", "", "", "direct", "Direct visits",
             "Прямые заходы", "direct", "false", ""),
            ("email", "", "", "", "email", "E-mail",
             "Рассылка", "email", "false", "in_house"),
            ("messenger", "", "", "", "telegram", "Telegram channel",
             "Telegram", "social", "true", "in_house"),
            ("social", "", "", "", "vk_social", "VK group",
             "Группа VK", "social", "false", "in_house"),
            ("referral", "", "", "", "partner", "Partner catalogue",
             "Партнёрский каталог", "partner", "true", "in_house"),
        )  # fmt: skip
        recorded = self._founded("разметка каналов", MARKETER)
        self._csv(
            "channels",
            (
                "rule_order",
                "source_type",
                "utm_source",
                "utm_medium",
                "utm_campaign",
                "channel",
                "name_en",
                "name_ru",
                "channel_group",
                "is_paid",
                "contractor",
            ),
            ((10 * (i + 1), *rule, *recorded) for i, rule in enumerate(rules)),
        )

    @property
    def _last(self) -> date:
        return self.period.end - timedelta(days=1)

    def _complete_months(self) -> list[tuple[date, date]]:
        return [
            (first, last)
            for first, last in self.period.months()
            if first.day == 1 and last.day == 1
        ]

    def _costs(self, advertising: Advertising) -> None:
        size = self.period.visits_per_day / 250

        def money(amount: float) -> str:
            return f"{amount * size:.2f}"

        # Type, channel, amount a month, includes VAT, what for.
        monthly = (
            ("salaries", "", 860_000, "false", "отдел маркетинга, с взносами"),
            ("agency", "yandex_direct_search", 190_000, "true", "ведение поиска"),
            ("agency", "yandex_direct_network", 38_000, "true", "ведение сетей"),
            ("agency", "vk_ads", 130_000, "true", "ведение VK"),
            ("tools", "", 84_000, "true", "сервисы аналитики и звонков"),
            ("tools", "email", 11_500, "true", "сервис рассылок"),
            ("media", "telegram", 58_000, "true", "посты в чужих каналах"),
            ("production", "organic_search", 90_000, "true", "статьи блога"),
            ("discounts", "email", 9_000, "false", "подарочные сертификаты"),
        )
        invoiced = (
            ("yandex_direct_search", "RUB", "true"),
            ("yandex_direct_network", "RUB", "true"),
            ("vk_ads", "RUB", "true"),
            ("google_ads", "USD", "false"),
        )
        rows: list[tuple[Any, ...]] = []
        for first, last in self._complete_months():
            recorded = (_when(last + timedelta(days=6)), FINANCE)
            month = f"{first:%Y-%m}"
            for number, (kind, channel, amount, vat, why) in enumerate(monthly, start=1):
                rows.append(
                    (f"{month}-{number:02d}", first.isoformat(), kind, channel, money(amount),
                     "RUB", vat, *recorded, why)
                )  # fmt: skip
            if first.month % 3 == 2:
                rows.append(
                    (f"{month}-20", first.isoformat(), "production", "vk_ads", money(240_000),
                     "RUB", "true", *recorded, "съёмка ролика")
                )  # fmt: skip
            for number, (channel, currency, vat) in enumerate(invoiced, start=30):
                bill = advertising.spend(first, last, channel)
                wrong = first == stories.WRONG_INVOICE_MONTH and channel == "yandex_direct_search"
                if wrong and self.period.with_stories:
                    bill *= stories.WRONG_INVOICE_FACTOR
                rows.append(
                    (f"{month}-{number}", first.isoformat(), "invoice", channel, f"{bill:.2f}",
                     currency, vat, *recorded, "счёт рекламной системы")
                )  # fmt: skip
        self._csv(
            "costs",
            ("cost_id", "cost_month", "cost_type", "channel", "amount", "currency", "includes_vat"),
            rows,
        )

    def _margins(self) -> None:
        rows: list[tuple[Any, ...]] = [
            (catalog.HOUSES, self.period.start, 0.18, "Houses", "Дома", "long",
             *self._founded("расчёт бухгалтерии", FINANCE)),
            (catalog.SHOP, self.period.start, 0.36, "Shop", "Магазин", "short",
             *self._founded("расчёт бухгалтерии", FINANCE)),
        ]  # fmt: skip
        changed = date(2026, 1, 1)
        if self.period.start < changed < self.period.end:
            rows.append(
                (catalog.SHOP, changed, 0.34, "Shop", "Магазин", "short",
                 _when(date(2025, 12, 22)), FINANCE, "подорожала закупка")
            )  # fmt: skip
        self._csv(
            "margins",
            (
                "product_line",
                "valid_from",
                "contribution_margin",
                "name_en",
                "name_ru",
                "sales_cycle",
            ),
            rows,
        )

    def _rates(self) -> None:
        """An invented course of the dollar; a weekend keeps the rate of its Saturday."""
        generator = random(self.period.seed, "rates")
        rate = 80.4
        rows = []
        for day in days(self.period.start, self.period.end):
            if 1 <= day.weekday() <= 5:
                pull = (80.0 - rate) * 0.02
                rate = float(np.clip(rate + pull + generator.normal(0, 0.42), 68.0, 96.0))
            if self.period.with_stories and day == stories.MISSING_RATE:
                continue
            rows.append(
                (day.isoformat(), "USD", 1, f"{rate:.4f}", _when(day, 0), FINANCE, "курс дня")
            )
        self._csv("fx_rates", ("rate_date", "currency", "nominal", "rate"), rows)

    def _calendar(self) -> None:
        # The whole year, so that a target's period is known to its end.
        until = date(self._last.year + 1, 1, 1)
        recorded = self._founded("производственный календарь")
        self._csv(
            "calendar",
            ("date", "day_type", "name"),
            (
                (day.isoformat(), kind, name, *recorded)
                for day, kind, name in special_days(self.period.start, until)
            ),
        )

    def _attacks(self) -> None:
        attack = stories.CONFIRMED_ATTACK
        rows = []
        if self.period.has(attack):
            rows.append(
                (
                    stories.ATTACK_CHANNEL,
                    stories.ATTACK_CAMPAIGN,
                    attack.first,
                    attack.last,
                    OWNER,
                    _when(attack.last + timedelta(days=5)),
                    OWNER,
                    "площадка признала недействительные клики",
                )
            )
        self._csv(
            "confirmed_attacks",
            ("channel", "campaign_id", "start_date", "end_date", "confirmed_by"),
            rows,
        )

    def _audience(self) -> None:
        countries = {city.country: city.country == "Russia" for city in catalog.CITIES}
        values = [("country", name, target) for name, target in countries.items() if name]
        values += [
            ("city", city.city, city.is_target)
            for city in catalog.CITIES
            if city.city and city.country == "Russia"
        ]
        recorded = self._founded("где строим и куда доставляем")
        self._csv(
            "audience",
            ("attribute", "value", "is_target"),
            ((kind, value, str(target).lower(), *recorded) for kind, value, target in values),
        )

    def _events(self) -> None:
        rows = []
        if self.period.has(stories.SALE):
            recorded = (_when(stories.SALE.first - timedelta(days=17)), MARKETER, "план акций")
            rows = [
                (channel, "", stories.SALE.first, stories.SALE.last, "Ярмарка печей", *recorded)
                for channel in ("email", "telegram", "")
            ]
        self._csv(
            "planned_events", ("channel", "campaign_id", "start_date", "end_date", "name"), rows
        )

    def _targets(
        self, tally: Tally, advertising: Advertising, followers: dict[str, list[int]]
    ) -> None:
        """Targets near what the world does, so that the verdicts are mixed at any size."""
        self._csv(
            "targets",
            (
                "target_id",
                "version",
                "metric_id",
                "segment_type",
                "segment_value",
                "unit",
                "direction",
                "target_value",
                "baseline_value",
                "period_start",
                "period_end",
                "goal_id",
                "milestones",
                "proposer",
                "approver",
                "approved_at",
            ),
            _Targets(self.period, tally, advertising, followers).rows(),
        )


# target of a channel's conversion against the conversion of the site: one met, one missed, one open
_CHANNEL_CONVERSION: Final = {"organic_search": 0.45, "yandex_direct_search": 0.8, "telegram": 1.2}


@dataclass(frozen=True)
class _Targets:
    period: Period
    tally: Tally
    advertising: Advertising
    followers: dict[str, list[int]]

    def rows(self) -> list[tuple[Any, ...]]:
        last = self.period.end - timedelta(days=1)
        month = _span(last.year, last.month, 1)
        quarter = _span(last.year, 3 * ((last.month - 1) // 3) + 1, 3)
        year = _span(last.year, 1, 12)
        before = quarter[0] - timedelta(days=1)
        previous = _span(before.year, before.month - 2, 3)
        tally = self.tally
        visits = tally.visits - tally.bots
        conversion = self._sum(tally.tracked_orders, quarter) / max(self._sum(visits, quarter), 1)
        leads = self._sum(tally.leads, quarter)
        spend = self._spend(quarter)
        q, y, p = f"Q{(quarter[0].month + 2) // 3}", f"{year[0]:%y}", (previous[0].month + 2) // 3
        rows = [
            self._row(
                f"T-Q{p}-leads",
                "leads_valid",
                "up",
                _round(self._forecast(tally.leads, previous) * 0.93),
                unit="leads",
                span=previous,
                goal_id="G1",
            ),
            self._row(
                f"T-{q}-leads",
                "leads_valid",
                "up",
                _round(self._forecast(tally.leads, quarter) * 1.06),
                unit="leads",
                span=quarter,
                goal_id="G1",
                milestones="половина к 15 ноября",
            ),
            self._row(
                f"T-{month[0]:%m}-leads",
                "leads_valid",
                "up",
                _round(self._forecast(tally.leads, month) * 1.6),
                unit="leads",
                span=month,
                goal_id="G1",
            ),
            self._row(
                f"T-{y}-visits",
                "visits_valid",
                "up",
                _round(self._forecast(visits, year) * 0.92),
                unit="visits",
                span=year,
                goal_id="G3",
            ),
            self._row(
                f"T-{q}-revenue-shop",
                "revenue",
                "up",
                _round(self._forecast(tally.shop_revenue, quarter) * 1.45),
                unit="RUB",
                span=quarter,
                goal_id="G2",
                segment=("product_line", catalog.SHOP),
            ),
            self._row(
                f"T-{q}-suspicious",
                "suspicious_share",
                "down",
                0.05,
                unit="share",
                span=quarter,
                goal_id="G3",
            ),
            self._row(
                f"T-{q}-purchase",
                "purchase_conversion",
                "up",
                _round(conversion * 1.04),
                unit="share",
                span=quarter,
                goal_id="G2",
            ),
            *(
                self._row(
                    f"T-{q}-purchase-{channel}",
                    "purchase_conversion",
                    "up",
                    _round(conversion * times),
                    unit="share",
                    span=quarter,
                    goal_id="G2",
                    segment=("channel", channel),
                )
                for channel, times in _CHANNEL_CONVERSION.items()
            ),
            self._row(
                f"T-{q}-cpl",
                "cpl",
                "down",
                _round(spend / max(leads, 1) * 0.85),
                unit="RUB",
                span=quarter,
                goal_id="G1",
            ),
            self._row(
                f"T-{y}-romi-search",
                "romi",
                "up",
                0.5,
                unit="share",
                span=year,
                goal_id="G1",
                segment=("channel", "yandex_direct_search"),
            ),
            self._followers_row(f"T-{y}-telegram", "telegram", 1.03, year),
            self._followers_row(f"T-{y}-vk", "vk", 0.93, year),
            self._row(
                f"T-{y}-aided",
                "aided_awareness",
                "up",
                0.28,
                unit="share",
                span=year,
                goal_id="G4",
                baseline=0.245,
            ),
            self._row(
                f"T-{y}-nps",
                "nps",
                "up",
                25,
                unit="points",
                span=year,
                goal_id="G5",
                baseline=19,
            ),
            self._row(
                f"T-{y}-repeat",
                "repeat_purchase_rate_90d",
                "up",
                0.2,
                unit="share",
                span=year,
                goal_id="G5",
                approved=year[0] + timedelta(days=19),
            ),
        ]
        if self.period.with_stories and self.period.end > stories.LATE_TARGET_RECORDED:
            changed = stories.LATE_TARGET_RECORDED
            if month[0] < changed <= month[1]:
                rows.append(
                    self._row(
                        f"T-{month[0]:%m}-leads",
                        "leads_valid",
                        "up",
                        _round(self._forecast(tally.leads, month) * 0.9),
                        unit="leads",
                        span=month,
                        goal_id="G1",
                        version=2,
                        approved=changed,
                        reason="план скорректирован по рынку",
                    )
                )
        return rows

    def _row(
        self,
        target_id: str,
        metric_id: str,
        direction: str,
        value: float,
        *,
        unit: str,
        span: tuple[date, date],
        goal_id: str,
        segment: tuple[str, str] = ("all", "all"),
        baseline: float | None = None,
        milestones: str = "",
        version: int = 1,
        approved: date | None = None,
        reason: str = "план",
    ) -> tuple[Any, ...]:
        agreed = approved or span[0] - timedelta(days=12)
        return (
            target_id, version, metric_id, *segment, unit, direction, value,
            "" if baseline is None else baseline, span[0], span[1], goal_id, milestones,
            MARKETER, OWNER, _when(agreed, 16), _when(agreed), MARKETER, reason,
        )  # fmt: skip

    def _followers_row(
        self, target_id: str, network: str, times: float, span: tuple[date, date]
    ) -> tuple[Any, ...]:
        counts = self.followers[network]
        before = max((span[0] - self.period.start).days - 1, 0)
        return self._row(
            target_id,
            "followers",
            "up",
            _round(counts[-1] * times),
            unit="followers",
            span=span,
            goal_id="G4",
            segment=("network", network),
            baseline=counts[before],
        )

    def _slice(self, span: tuple[date, date]) -> slice:
        begin = max((span[0] - self.period.start).days, 0)
        length = (self.period.end - self.period.start).days
        stop = min((span[1] - self.period.start).days + 1, length)
        return slice(begin, max(stop, begin))

    def _sum(self, values: Any, span: tuple[date, date]) -> float:
        return float(values[self._slice(span)].sum())

    def _spend(self, span: tuple[date, date]) -> float:
        """Spend of the house campaigns in roubles without VAT, the dollar taken at 80."""
        total = 0.0
        part = self._slice(span)
        for index, stream in enumerate(catalog.STREAMS):
            rate = 80.0 if stream.system == "google_ads" else 1 / (1 + catalog.VAT_RATE)
            total += float(self.advertising.cost[part, index].sum()) / 100 * rate
        return total

    def _forecast(self, values: Any, span: tuple[date, date]) -> float:
        """What the whole span comes to at the pace of its days that are known."""
        known = self._slice(span)
        length = (span[1] - span[0]).days + 1
        return self._sum(values, span) * length / max(known.stop - known.start, 1)


def _span(year: int, month: int, months: int) -> tuple[date, date]:
    """First and last day of so many months."""
    following = year * 12 + month - 1 + months
    return date(year, month, 1), date(following // 12, following % 12 + 1, 1) - timedelta(days=1)


def _round(value: float) -> float:
    """Two significant digits, as people set targets; integers stay integers."""
    if value <= 0:
        return 1
    digits = 1 - math.floor(math.log10(value))
    rounded = round(value, digits)
    return int(rounded) if rounded >= 10 else rounded


_COMPANY: Final = """\
# The sample company: an invented builder of wooden houses that also sells stoves, saunas and
# garden goods on the web. Copy this folder to start your own; every setting is explained here.
# Secrets never stand in this file: only the names of the environment variables that hold them.

name = "{name}"
brand = "{brand}"            # as it is written in survey answers
language = "ru"                      # language of the report: ru or en
timezone = "Europe/Moscow"           # every date in the report is of this zone
currency = "RUB"                     # every sum in the report is in this currency
first_date = {start}              # no fact may be older
# "Today": facts of this day and later are not shown. The demo world stands still; a real company
# leaves this line out.
as_of = {end}
# ecommerce, services, long_cycle, content, subscription or awareness
kpi_set = "long_cycle"
hash_key_env = "KPI_HASH_KEY"        # key of the hashes of phones and e-mails

[vat]
policy = "net"                       # net: VAT is recovered and taken out; gross: it is a cost
rate = 0.22                          # one rate for all years, for simplicity

[windows]
attribution_days = 90                # visits earlier than this before a lead or order do not count
attribution_long_days = 180          # the same for product lines with a long cycle
active_customer_days = 365           # bought within so many days = an active customer

[fiscal]
year_start_month = 1

[schedule]
enabled = false
time = "06:30"

# Sources. door = "files": export files in exports/<source>/; door = "api": a token is needed.

[sources.yandex_metrica]
enabled = true
door = "files"
counter_ids = ["{counter}"]

[sources.yandex_direct]
enabled = true
door = "files"
currency = "RUB"
includes_vat = true                  # the report was ordered with VAT

[sources.google_ads]
enabled = true
door = "files"
currency = "USD"                     # converted by registers/fx_rates.csv, by the rate of the day
includes_vat = false

[sources.vk_ads]
enabled = true
door = "files"
currency = "RUB"
includes_vat = true
decimal = ","                        # this cabinet writes 1234,56

[sources.bitrix24]
enabled = true
door = "files"
currency = "RUB"
includes_vat = true

[sources.telegram]
enabled = true
door = "files"

[sources.vk]
enabled = true
door = "files"

[sources.surveys]
enabled = true
door = "files"

# Anything that has no connector of its own: here the web shop and a partner's catalogue.
[sources.plain]
enabled = true
door = "files"
currency = "RUB"
includes_vat = true
"""


def write_company(path: Path, period: Period) -> None:
    """Write the commented `company.toml`."""
    write_text(
        path,
        _COMPANY.format(
            name=catalog.COMPANY_NAME,
            brand=catalog.BRAND,
            start=period.start.isoformat(),
            end=period.end.isoformat(),
            counter=catalog.COUNTER_ID,
        ),
    )
