"""Visitors and their visits, month by month.

A visitor arrives by one stream, wants a house, something from the shop or nothing in particular,
comes again through other streams and may end as a lead or a buyer; buyers may order again. Only
the current month and the visits already planned for later ones are in memory, so the size of the
world is limited by the disk. Nothing here loops over visits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from orchestration.sample_world import catalog, stories
from orchestration.sample_world.files import random
from orchestration.sample_world.working_calendar import days, is_holiday

Array = npt.NDArray[np.generic]

SECONDS_A_DAY: Final = 86_400
EPOCH: Final = date(1970, 1, 1)

# Days simulated before the first one that is written, so that the first month already has people
# who come again. Orders repeat over longer times: the first months still show fewer of them.
WARM_UP_DAYS: Final = 120

# One row per visit. `second` counts local seconds since 1970-01-01, `code` is the visitor's
# browser id, `opener` the stream of the first visit.
VISIT: Final = np.dtype(
    [
        ("second", np.int64),
        ("code", np.int64),
        ("person", np.int64),
        ("stream", np.int16),
        ("opener", np.int16),
        ("number", np.int16),
        ("want", np.int8),
        ("kind", np.int8),
        ("is_new", np.int8),
        ("device", np.int8),
        ("city", np.int8),
        ("is_bot", np.int8),
    ]
)


@dataclass(frozen=True)
class Period:
    """Half-open period of facts, and the size of the business."""

    start: date
    end: date
    visits_per_day: float
    seed: int
    with_stories: bool

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"the period is empty: {self.start} to {self.end}")
        if self.visits_per_day <= 0:
            raise ValueError("visits_per_day must be positive")

    def has(self, what: stories.Days) -> bool:
        """Whether a story is told: stories are on and its days are in the period."""
        return self.with_stories and what.within(self.start, self.end)

    def months(self) -> Iterator[tuple[date, date]]:
        """Half-open calendar months, cut at the ends of the period."""
        yield from months_between(self.start, self.end)


def months_between(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Calendar months of a half-open period, the first and last cut to it."""
    first = start
    while first < end:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(following, end)
        first = following


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def level(day: date) -> float:
    """Demand of a day against the yearly average: season, weekday, holiday."""
    following = day.month % 12
    part = (day.day - 1) / 31
    season = catalog.MONTH_LEVEL[day.month - 1] * (1 - part) + catalog.MONTH_LEVEL[following] * part
    if is_holiday(day):
        return season * 0.78
    return season * catalog.WEEKDAY_LEVEL[day.weekday()]


def _stream_shares() -> npt.NDArray[np.float64]:
    shares = np.array([stream.share for stream in catalog.STREAMS])
    usual = np.array(
        [stream.campaign_id != catalog.GIVEAWAY_CAMPAIGN for stream in catalog.STREAMS]
    )
    return shares / shares[usual].sum()


SHARES: Final = _stream_shares()
_GIVEAWAY: Final = catalog.stream_index("vk_ads", catalog.GIVEAWAY_CAMPAIGN)
_OPENERS: Final = np.array([stream.channel == catalog.OPENER_CHANNEL for stream in catalog.STREAMS])
_BACKGROUND_BOTS: Final = 0.028


def _visits_per_arrival() -> float:
    """Mean number of visits that one arriving visitor makes, later orders included."""
    total = 0.0
    for stream, share in zip(catalog.STREAMS, SHARES, strict=True):
        if stream.campaign_id == catalog.GIVEAWAY_CAMPAIGN:
            continue
        wants = {
            catalog.WANTS_HOUSE: stream.houses,
            catalog.WANTS_SHOP: stream.shop,
            catalog.CASUAL: 1 - stream.houses - stream.shop,
        }
        for want, part in wants.items():
            go_on = 1 - catalog.STOP_CHANCE[want]
            visits = (1 - go_on**catalog.MAXIMUM_VISITS) / (1 - go_on)
            if want == catalog.WANTS_SHOP:
                visits += 0.075 * catalog.REPEAT_CHANCE / (1 - catalog.REPEAT_CHANCE) * 0.8
            total += share * part * visits
    return total


def expected_channel_visits(period: Period, channel: str) -> float:
    """Rough mean of a channel's visits a day: the measure of the planted attacks."""
    part = sum(
        share
        for stream, share in zip(catalog.STREAMS, SHARES, strict=True)
        if stream.channel == channel
    )
    return period.visits_per_day * part


def thin(
    generator: np.random.Generator, chance: npt.NDArray[np.float64], key: Array | None = None
) -> npt.NDArray[np.bool_]:
    """Choose with the given chances by systematic sampling in the order of `key`.

    Against independent draws it keeps the number chosen in every stretch of the order within one
    of its expectation, so that a world of a hundred deals still has the ratios it was given.
    """
    order = np.arange(len(chance)) if key is None else np.argsort(key, kind="stable")
    steps = np.floor(np.cumsum(chance[order]) + generator.random())
    chosen = np.zeros(len(chance), dtype=bool)
    chosen[order] = np.diff(steps, prepend=0.0) > 0
    return chosen


def draw(
    generator: np.random.Generator, weights: npt.ArrayLike, size: int
) -> npt.NDArray[np.int64]:
    """Positions drawn with the given weights."""
    cumulative = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(cumulative / cumulative[-1], generator.random(size), side="right")


def seconds_of_day(generator: np.random.Generator, size: int) -> npt.NDArray[np.int64]:
    """Seconds after local midnight, busy in the evening."""
    hours = draw(generator, catalog.HOUR_LEVEL, size)
    return hours * 3600 + generator.integers(0, 3600, size)


class Visitors:
    """Gives the visits of one month after the other, in time order."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._arrivals_a_day = (
            period.visits_per_day * (1 - _BACKGROUND_BOTS) / _visits_per_arrival()
        )
        self._planned = np.empty(0, dtype=VISIT)
        self._people = 0

    def months(self) -> Iterator[tuple[date, date, npt.NDArray[np.void]]]:
        """`(first day, day after the last, visits)` of every month of the period."""
        start = self._period.start
        length = (self._period.end - start).days
        for first, last in months_between(start - timedelta(days=min(WARM_UP_DAYS, length)), start):
            self._month(first, last)
        for first, last in self._period.months():
            yield first, last, self._month(first, last)

    def _month(self, first: date, last: date) -> npt.NDArray[np.void]:
        generator = random(self._period.seed, "visits", first.toordinal())
        fresh = self._arrive(generator, first, last)
        parts = [self._planned, fresh, self._repeat_orders(generator, fresh)]
        if first >= self._period.start:
            parts.append(self._bots(first, last))
        visits = np.concatenate(parts)
        now = visits["second"] < day_number(last) * SECONDS_A_DAY
        later = visits[~now]
        # Visits after the period will never be asked for.
        self._planned = later[later["second"] < day_number(self._period.end) * SECONDS_A_DAY]
        visits = visits[now]
        return visits[np.lexsort((visits["code"], visits["second"]))]

    def _arrivals(
        self, generator: np.random.Generator, first: date, last: date
    ) -> npt.NDArray[np.int64]:
        """Numbers of new visitors by day and stream: Poisson with a day's and a stream's luck."""
        period = self._period
        month = list(days(first, last))
        levels = np.array([level(day) for day in month])
        luck = generator.gamma(70.0, 1 / 70.0, len(month))[:, None] * generator.gamma(
            40.0, 1 / 40.0, (len(month), len(SHARES))
        )
        means = self._arrivals_a_day * (levels[:, None] * SHARES[None, :]) * luck
        giveaway = period.has(stories.GIVEAWAY)
        for position, day in enumerate(month):
            if not (giveaway and day in stories.GIVEAWAY):
                means[position, _GIVEAWAY] = 0.0
            if period.has(stories.SALE) and day in stories.SALE:
                for index, stream in enumerate(catalog.STREAMS):
                    if stream.channel in ("email", "telegram"):
                        means[position, index] *= stories.SALE_TIMES
        return generator.poisson(means)

    def _arrive(
        self, generator: np.random.Generator, first: date, last: date
    ) -> npt.NDArray[np.void]:
        counts = self._arrivals(generator, first, last)
        size = int(counts.sum())
        day_count, stream_count = counts.shape
        stream = np.repeat(np.tile(np.arange(stream_count), day_count), counts.ravel())
        day = day_number(first) + np.repeat(np.arange(day_count), counts.sum(axis=1))

        houses = np.array([item.houses for item in catalog.STREAMS])[stream]
        shop = np.array([item.shop for item in catalog.STREAMS])[stream]
        lot = generator.random(size)
        want = np.where(
            lot < houses,
            catalog.WANTS_HOUSE,
            np.where(lot < houses + shop, catalog.WANTS_SHOP, catalog.CASUAL),
        )
        stop = np.array([catalog.STOP_CHANCE[index] for index in range(3)])[want]
        visits = np.minimum(generator.geometric(stop), catalog.MAXIMUM_VISITS)
        converts = self._converts(generator, stream, want, visits)
        at_last = generator.random(size) < 0.72
        converting = np.where(at_last, visits, 1 + (generator.random(size) * visits).astype(int))
        # An opener's people decide later: those who come twice never convert at first sight.
        opener = _OPENERS[stream]
        converting = np.where(opener & (visits > 1), np.maximum(converting, 2), converting)
        second = day * SECONDS_A_DAY + seconds_of_day(generator, size)
        code = second * 1_000_000_000 + generator.integers(100_000_000, 1_000_000_000, size)
        device = draw(generator, [item.weight for item in catalog.DEVICES], size)
        city = draw(generator, [item.weight for item in catalog.CITIES], size)

        person = np.repeat(np.arange(size), visits)
        ends = np.cumsum(visits)
        number = np.arange(int(ends[-1]) if size else 0) - np.repeat(ends - visits, visits) + 1
        total = len(person)
        gaps = np.ceil(generator.lognormal(1.15, 0.95, total)).astype(np.int64)
        gaps[number == 1] = 0
        walked = np.cumsum(gaps)
        elapsed = walked - np.repeat(walked[ends - visits], visits) if total else walked
        rows = np.zeros(total, dtype=VISIT)
        rows["second"] = np.where(
            number == 1,
            second[person],
            (day[person] + elapsed) * SECONDS_A_DAY + seconds_of_day(generator, total),
        )
        rows["code"] = code[person]
        rows["person"] = self._people + person
        rows["number"] = number
        rows["want"] = want[person]
        rows["opener"] = stream[person]
        rows["stream"] = np.where(
            number == 1,
            stream[person],
            self._return_streams(generator, want[person], stream[person]),
        )
        rows["is_new"] = number == 1
        rows["device"] = device[person]
        rows["city"] = city[person]
        outcome = np.where(want == catalog.WANTS_HOUSE, catalog.LEAD, catalog.FIRST_ORDER)
        rows["kind"] = np.where(
            converts[person] & (number == converting[person]), outcome[person], catalog.BROWSE
        )
        self._people += size
        return rows

    @staticmethod
    def _return_streams(
        generator: np.random.Generator,
        want: npt.NDArray[np.int64],
        opener: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64]:
        chosen = np.zeros(len(want), dtype=np.int64)
        opened = _OPENERS[opener]
        groups = [
            ((want == value) & ~opened, shares) for value, shares in catalog.RETURN_SHARES.items()
        ]
        for mine, shares in [*groups, (opened, catalog.OPENER_RETURN_SHARES)]:
            streams = np.array([catalog.STREAM_INDEX[key] for key in shares])
            chosen[mine] = streams[draw(generator, list(shares.values()), int(mine.sum()))]
        return chosen

    @staticmethod
    def _converts(
        generator: np.random.Generator,
        stream: npt.NDArray[np.int64],
        want: npt.NDArray[np.int64],
        visits: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.bool_]:
        depth = np.minimum(visits, 3) - 1
        lead = np.array(catalog.LEAD_CHANCE)[depth]
        order = np.array(catalog.ORDER_CHANCE)[depth]
        lead = lead * np.array([item.win for item in catalog.STREAMS])[stream]
        order = order * np.array([item.buy for item in catalog.STREAMS])[stream]
        lead = np.where(_OPENERS[stream] & (visits == 1), lead * 0.05, lead)
        chance = np.where(
            want == catalog.WANTS_HOUSE, lead, np.where(want == catalog.WANTS_SHOP, order, 0.0)
        )
        return thin(generator, chance, stream * 4 + want)

    def _repeat_orders(
        self, generator: np.random.Generator, visits: npt.NDArray[np.void]
    ) -> npt.NDArray[np.void]:
        buyers = visits[visits["kind"] == catalog.FIRST_ORDER]
        streams = np.array([catalog.STREAM_INDEX[key] for key in catalog.LOYAL_SHARES])
        chains = []
        while len(buyers):
            again = buyers[thin(generator, np.full(len(buyers), catalog.REPEAT_CHANCE))]
            size = len(again)
            gap = np.ceil(
                3 + generator.lognormal(np.log(catalog.REPEAT_MEDIAN_DAYS), 1.0, size)
            ).astype(np.int64)
            day = again["second"] // SECONDS_A_DAY + gap
            again["second"] = day * SECONDS_A_DAY + seconds_of_day(generator, size)
            again["stream"] = streams[draw(generator, list(catalog.LOYAL_SHARES.values()), size)]
            again["kind"] = catalog.REPEAT_ORDER
            again["number"] += catalog.MAXIMUM_VISITS
            # A customer who buys from a new device gets a new browser id.
            moved = generator.random(size) < 0.15
            fresh = again["second"] * 1_000_000_000 + generator.integers(
                100_000_000, 1_000_000_000, size
            )
            again["code"] = np.where(moved, fresh, again["code"])
            again["is_new"] = moved
            again["device"] = np.where(
                moved,
                draw(generator, [item.weight for item in catalog.DEVICES], size),
                again["device"],
            )
            chains.append(again)
            buyers = again[again["second"] < day_number(self._period.end) * SECONDS_A_DAY]
        return np.concatenate(chains) if chains else np.empty(0, dtype=VISIT)

    def _bots(self, first: date, last: date) -> npt.NDArray[np.void]:
        generator = random(self._period.seed, "bots", first.toordinal())
        parts = [self._background_bots(generator, first, last)]
        attacks = (
            (stories.ATTACK, stories.ATTACK_TIMES_CHANNEL),
            (stories.CONFIRMED_ATTACK, stories.CONFIRMED_ATTACK_TIMES_CHANNEL),
        )
        for attack, times in attacks:
            if self._period.has(attack):
                parts += [
                    self._attack(generator, day, times) for day in attack.all if first <= day < last
                ]
        return np.concatenate(parts)

    def _background_bots(
        self, generator: np.random.Generator, first: date, last: date
    ) -> npt.NDArray[np.void]:
        """What every site sees: machines that open one page, direct, from far away."""
        mean = self._period.visits_per_day * _BACKGROUND_BOTS
        counts = generator.poisson(mean, (last - first).days)
        rows = np.zeros(int(counts.sum()), dtype=VISIT)
        day = day_number(first) + np.repeat(np.arange(len(counts)), counts)
        rows["second"] = day * SECONDS_A_DAY + generator.integers(0, SECONDS_A_DAY, len(rows))
        rows["code"] = self._bot_codes(generator, rows["second"])
        rows["device"] = draw(generator, [item.weight for item in catalog.DEVICES], len(rows))
        rows["city"] = generator.choice(catalog.BOT_CITIES, len(rows))
        rows["stream"] = rows["opener"] = catalog.stream_index("direct")
        rows["number"], rows["is_new"], rows["is_bot"], rows["person"] = 1, 1, 1, -1
        return rows

    def _attack(
        self, generator: np.random.Generator, day: date, times: float
    ) -> npt.NDArray[np.void]:
        """Bursts of clicks in the same second with one device, a third from a few browsers."""
        wanted = times * expected_channel_visits(self._period, stories.ATTACK_CHANNEL)
        sizes = generator.integers(6, 13, max(1, round(wanted / 9)))
        seconds = generator.integers(8 * 3600, 23 * 3600, len(sizes))
        rows = np.zeros(int(sizes.sum()), dtype=VISIT)
        rows["second"] = day_number(day) * SECONDS_A_DAY + np.repeat(seconds, sizes)
        rows["code"] = self._bot_codes(generator, rows["second"])
        shared = generator.random(len(rows)) < 0.35
        browsers = max(1, int(shared.sum()) // 28)
        codes = self._bot_codes(generator, np.full(browsers, day_number(day) * SECONDS_A_DAY))
        rows["code"] = np.where(shared, codes[np.arange(len(rows)) % browsers], rows["code"])
        rows["is_new"] = ~shared
        rows["device"] = catalog.BOT_DEVICE
        rows["city"] = np.where(
            generator.random(len(rows)) < 0.6, catalog.BOT_CITIES[0], catalog.BOT_CITIES[1]
        )
        rows["stream"] = rows["opener"] = catalog.stream_index(
            stories.ATTACK_CHANNEL, stories.ATTACK_CAMPAIGN
        )
        rows["number"], rows["is_bot"], rows["person"] = 1, 2, -1
        return rows

    @staticmethod
    def _bot_codes(
        generator: np.random.Generator, seconds: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        # Below the range of visitors' codes, so that no bot shares a browser id with a person.
        return seconds * 1_000_000_000 + generator.integers(1_000_000, 100_000_000, len(seconds))
