"""What the advertising cabinets report: impressions, clicks and spend by day and campaign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from orchestration.sample_world import catalog, stories
from orchestration.sample_world.files import random, write_csv
from orchestration.sample_world.visitors import SECONDS_A_DAY, Period, day_number
from orchestration.sample_world.web_visits import Behaviour

_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
# Streams whose clicks are billed.
PAID: Final = tuple(i for i, stream in enumerate(catalog.STREAMS) if stream.system)


class Advertising:
    """Counts visits by day and campaign, and writes the cabinets' exports at the end.

    Clicks are made from the visits they led to, so that 0.86 to 0.94 of the clicks arrive.
    """

    def __init__(self, period: Period) -> None:
        self._period = period
        shape = ((period.end - period.start).days, len(catalog.STREAMS))
        self._visits = np.zeros(shape, dtype=np.int64)
        self._goals = np.zeros(shape, dtype=np.int64)
        self.clicks = np.zeros(shape, dtype=np.int64)
        self.impressions = np.zeros(shape, dtype=np.int64)
        # In hundredths of the account's currency.
        self.cost = np.zeros(shape, dtype=np.int64)
        self.rows: dict[str, int] = {}

    def add(self, visits: npt.NDArray[np.void], behaviour: Behaviour) -> None:
        """Count visits and goal visits."""
        offset = visits["second"] // SECONDS_A_DAY - day_number(self._period.start)
        np.add.at(self._visits, (offset, visits["stream"]), 1)
        reached = behaviour.has(catalog.GOAL_HOUSE_FORM) | behaviour.has(catalog.GOAL_ORDER)
        np.add.at(self._goals, (offset[reached], visits["stream"][reached]), 1)

    def write(self, exports: Path) -> None:
        """Compute clicks, impressions and cost of every day, and write all cabinets."""
        generator = random(self._period.seed, "advertising")
        shape = self._visits.shape
        arrived = np.clip(generator.normal(0.90, 0.018, shape), 0.86, 0.94)
        # Rounded by lot: rounding up would lose a tenth of the clicks of a small campaign.
        self.clicks = np.floor(self._visits / arrived + generator.random(shape)).astype(np.int64)
        rate = np.array([stream.click_rate or 1.0 for stream in catalog.STREAMS])
        shown = self.clicks / (rate * generator.normal(1.0, 0.06, shape).clip(0.7, 1.3))
        self.impressions = np.maximum(np.round(shown).astype(np.int64), self.clicks)
        price = np.array([stream.cost_per_click for stream in catalog.STREAMS])
        luck = generator.lognormal(-0.005, 0.1, shape)
        self.cost = np.round(self.clicks * price * luck * 100).astype(np.int64)

        for first, last in self._period.months():
            self._write_direct(exports / "yandex_direct", first, last)
            self._write_google(exports / "google_ads", first, last)
            self._write_vk(exports / "vk_ads", first, last)
        if self._period.has(stories.RESTATED):
            # The file of the whole month gave more; this later export has the lower cost.
            after = stories.RESTATED.last + timedelta(days=1)
            self._write_direct(
                exports / "yandex_direct", stories.RESTATED.first, after, is_restated=True
            )
        self._write_partner(exports / "plain")

    def spend(self, first: date, last: date, channel: str) -> float:
        """Money of a channel in the half-open period, in the account's currency."""
        begin = (first - self._period.start).days
        stop = (last - self._period.start).days
        mine = [i for i in PAID if catalog.STREAMS[i].channel == channel]
        return float(self.cost[begin:stop, mine].sum()) / 100

    def _cells(self, system: str, first: date, last: date) -> Iterator[tuple[date, int, int]]:
        """`(day, row, stream)` of every day on which a campaign of the system was shown."""
        for offset in range((first - self._period.start).days, (last - self._period.start).days):
            day = self._period.start + timedelta(days=offset)
            for index in PAID:
                if catalog.STREAMS[index].system == system and self.impressions[offset, index]:
                    yield day, offset, index

    def _write_direct(
        self, directory: Path, first: date, last: date, *, is_restated: bool = False
    ) -> None:
        def rows() -> Iterator[tuple[object, ...]]:
            for day, offset, index in self._cells("yandex_direct", first, last):
                stream = catalog.STREAMS[index]
                clicks, cost = int(self.clicks[offset, index]), int(self.cost[offset, index])
                if self._is_first_version(day) and not is_restated:
                    clicks = round(clicks * stories.RESTATED_FACTOR)
                    cost = round(cost * stories.RESTATED_FACTOR)
                goals = int(self._goals[offset, index])
                yield (
                    day.isoformat(),
                    stream.campaign_id,
                    stream.campaign_name,
                    "SEARCH" if stream.channel.endswith("search") else "AD_NETWORK",
                    self.impressions[offset, index],
                    clicks,
                    f"{cost / 100:.2f}",
                    goals or "--",
                )

        table = list(rows())
        final = last - timedelta(days=1)
        count = write_csv(
            directory / f"ad_stats_{first}_{final}.tsv",
            (
                "Date",
                "CampaignId",
                "CampaignName",
                "AdNetworkType",
                "Impressions",
                "Clicks",
                "Cost",
                "Conversions",
            ),
            table,
            delimiter="\t",
            before=(f'"kpi-campaigns ({first} - {final})"',),
            after=(f"Total rows: {len(table)}",),
        )
        self.rows["yandex_direct"] = self.rows.get("yandex_direct", 0) + count

    def _is_first_version(self, day: date) -> bool:
        return self._period.has(stories.RESTATED) and day in stories.RESTATED

    def _write_google(self, directory: Path, first: date, last: date) -> None:
        table = [
            (
                day.isoformat(),
                catalog.STREAMS[index].campaign_id,
                catalog.STREAMS[index].campaign_name,
                "USD",
                self.impressions[offset, index],
                self.clicks[offset, index],
                f"{self.cost[offset, index] / 100:.2f}",
                # Shared with other campaigns by the system's own model, hence not whole.
                f"{self._goals[offset, index] * 1.25:.2f}",
            )
            for day, offset, index in self._cells("google_ads", first, last)
        ]
        final = last - timedelta(days=1)
        sums = (
            sum(row[4] for row in table),
            sum(row[5] for row in table),
            sum(float(row[6]) for row in table),
            sum(float(row[7]) for row in table),
        )
        count = write_csv(
            directory / f"campaign_stats_{first}_{final}.csv",
            (
                "Day",
                "Campaign ID",
                "Campaign",
                "Currency code",
                "Impr.",
                "Clicks",
                "Cost",
                "Conversions",
            ),
            table,
            before=("Campaign report", f'"{_english(first)} - {_english(final)}"'),
            after=(f"Total: Account,,,USD,{sums[0]},{sums[1]},{sums[2]:.2f},{sums[3]:.2f}",),
        )
        self.rows["google_ads"] = self.rows.get("google_ads", 0) + count

    def _write_vk(self, directory: Path, first: date, last: date) -> None:
        table = [
            (
                f"{day:%d.%m.%Y}",
                catalog.STREAMS[index].campaign_id,
                catalog.STREAMS[index].campaign_name,
                self.impressions[offset, index],
                self.clicks[offset, index],
                f"{self.cost[offset, index] / 100:.2f}".replace(".", ","),
                self._goals[offset, index],
            )
            for day, offset, index in self._cells("vk_ads", first, last)
            if not (self._period.with_stories and day == stories.MISSING_VK_DAY)
        ]
        final = last - timedelta(days=1)
        count = write_csv(
            directory / f"campaign_stats_{first}_{final}.csv",
            (
                "Дата",
                "ID кампании",
                "Название кампании",
                "Показы",
                "Клики",
                "Потрачено, ₽",
                "Результат",
            ),
            table,
            delimiter=";",
        )
        self.rows["vk_ads"] = self.rows.get("vk_ads", 0) + count

    def _write_partner(self, directory: Path) -> None:
        period = self._period
        self.rows["plain_ad_spend"] = write_csv(
            directory / f"ad_spend_{period.end - timedelta(days=1)}.csv",
            (
                "date",
                "channel",
                "source",
                "medium",
                "campaign_id",
                "campaign_name",
                "impressions",
                "clicks",
                "cost",
                "currency",
                "conversions",
            ),
            (
                (
                    day.isoformat(),
                    catalog.STREAMS[index].channel,
                    catalog.STREAMS[index].utm_source,
                    catalog.STREAMS[index].utm_medium,
                    catalog.STREAMS[index].campaign_id,
                    catalog.STREAMS[index].campaign_name,
                    self.impressions[offset, index],
                    self.clicks[offset, index],
                    f"{self.cost[offset, index] / 100:.2f}",
                    "RUB",
                    self._goals[offset, index],
                )
                for day, offset, index in self._cells("partner", period.start, period.end)
            ),
        )


def _english(day: date) -> str:
    """A date as the English interface prints it, whatever the machine's locale."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"
