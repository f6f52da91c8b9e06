"""Followers of the social accounts and the answers of two survey waves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from orchestration.sample_world import catalog, stories
from orchestration.sample_world.files import random, write_csv
from orchestration.sample_world.visitors import Period, draw, level

FOLLOWER_HEADER: Final = (
    "date",
    "account",
    "followers",
    "joined",
    "left_count",
    "reach",
    "reactions",
)
RESPONSE_HEADER: Final = (
    "respondent_id",
    "wave",
    "answered_at",
    "mode",
    "vendor",
    "is_target",
    "is_customer",
    "age_group",
    "city",
    "unaided_brands",
    "aided_brands",
    "recommendation",
    "weight",
)


@dataclass(frozen=True)
class _Account:
    source: str
    name: str
    followers: int
    joins: float
    leaves: float
    reach_share: float


_ACCOUNTS: Final = (
    _Account("telegram", "@teplybereg_doma", 3_150, 7.4, 3.4, 0.27),
    _Account("vk", "teplybereg", 5_900, 11.5, 8.0, 0.11),
)


def write_followers(period: Period, exports: Path) -> dict[str, list[int]]:
    """One file a network with a row a day; gives the followers of every day by network."""
    counts = {}
    for account in _ACCOUNTS:
        path = exports / account.source / f"followers_{period.end - timedelta(days=1)}.csv"
        rows = list(_follower_rows(period, account))
        write_csv(path, FOLLOWER_HEADER, rows)
        counts[account.source] = [row[2] for row in rows]
    return counts


def _follower_rows(
    period: Period, account: _Account
) -> Iterator[tuple[str, str, int, int, int, int, int]]:
    generator = random(period.seed, f"followers {account.source}")
    followers = account.followers
    genuine = followers
    bought = 0
    is_sold = account.source == "vk" and period.has(stories.BOUGHT_FOLLOWERS)
    for offset in range((period.end - period.start).days):
        day = period.start + timedelta(days=offset)
        luck = generator.gamma(25.0, 1 / 25.0)
        joined = int(generator.poisson(account.joins * level(day) * luck))
        left = int(generator.poisson(account.leaves))
        if period.has(stories.SALE) and day in stories.SALE and account.source == "telegram":
            joined = round(joined * 2.5)
        genuine += joined - left
        if is_sold and day in stories.BOUGHT_FOLLOWERS:
            arrived = stories.BOUGHT_PER_DAY + int(generator.integers(-60, 61))
            bought += arrived
            joined += arrived
        elif bought:
            # The network removes some of the sham accounts every day.
            removed = int(generator.binomial(bought, 0.0035))
            bought -= removed
            left += removed
        followers += joined - left
        # Only people read: bought followers add nothing to the reach.
        reach = int(generator.binomial(max(genuine, 0), account.reach_share))
        yield (
            day.isoformat(),
            account.name,
            followers,
            joined,
            left,
            reach,
            int(generator.binomial(reach, 0.045)),
        )


_AGES: Final = ("18-24", "25-34", "35-44", "45-54", "55-64")
# Shares of the population and of the panel, which is younger: the weights make up for it.
_POPULATION: Final = (0.10, 0.22, 0.28, 0.22, 0.18)
_PANEL: Final = (0.13, 0.26, 0.28, 0.20, 0.13)
_PANEL_SIZE: Final = 420


@dataclass(frozen=True)
class _Wave:
    """`aided`, `unaided`, `top`: shares that know the brand, in the whole population."""

    name: str
    first: date
    aided: float
    unaided: float
    top: float
    nps: str


_WAVES: Final = (
    _Wave("2026-03", date(2026, 3, 16), 0.245, 0.088, 0.031, "first"),
    _Wave("2026-09", date(2026, 9, 14), 0.345, 0.107, 0.038, "second"),
)


def write_surveys(period: Period, exports: Path) -> int:
    """A panel file and a file of customers for each wave inside the period."""
    count = 0
    for wave in _WAVES:
        if not period.start <= wave.first < period.end - timedelta(days=12):
            continue
        directory = exports / "surveys"
        count += write_csv(
            directory / f"responses_{wave.name}_panel.csv",
            RESPONSE_HEADER,
            _panel_rows(period.seed, wave),
        )
        count += write_csv(
            directory / f"responses_{wave.name}_customers.csv",
            RESPONSE_HEADER,
            _customer_rows(period.seed, wave),
        )
    return count


def _panel_rows(seed: int, wave: _Wave) -> Iterator[tuple[object, ...]]:
    generator = random(seed, f"panel {wave.name}")
    ages = np.sort(draw(generator, _PANEL, _PANEL_SIZE))
    real = np.bincount(ages, minlength=len(_AGES)) / _PANEL_SIZE
    weights = (np.array(_POPULATION) / real)[ages] * generator.uniform(0.85, 1.15, _PANEL_SIZE)
    weights /= weights.mean()
    knows, names, first = _awareness(generator, wave, weights)
    is_target = generator.random(_PANEL_SIZE) < np.array([0.55, 0.9, 0.95, 0.93, 0.8])[ages]
    homes = [city for city in catalog.CITIES if city.is_target]
    cities = draw(generator, [city.weight for city in homes], _PANEL_SIZE)
    popularity = np.array([0.61, 0.48, 0.36, 0.29])
    seen = generator.random((_PANEL_SIZE, len(catalog.COMPETITORS))) < popularity
    named = seen & (generator.random(seen.shape) < 0.42)
    for i in range(_PANEL_SIZE):
        others = [name for name, yes in zip(catalog.COMPETITORS, named[i], strict=True) if yes]
        if names[i]:
            # Mentioned first, or after the others; alone it must be a first mention.
            others = [catalog.BRAND, *others] if first[i] else [*others, catalog.BRAND]
            if not first[i] and len(others) == 1:
                others.insert(0, catalog.COMPETITORS[0])
        aided = [name for name, yes in zip(catalog.COMPETITORS, seen[i], strict=True) if yes]
        aided += [catalog.BRAND] if knows[i] else []
        aided += [name for name in others if name not in aided]
        yield (
            f"P{wave.name.replace('-', '')}{i + 1:04d}",
            wave.name,
            _answered(generator, wave),
            "online_panel",
            "Панель «Мнение»",
            str(bool(is_target[i])).lower(),
            "false",
            _AGES[ages[i]],
            homes[cities[i]].city,
            "|".join(others),
            "|".join(aided),
            "",
            f"{weights[i]:.4f}",
        )


def _awareness(
    generator: np.random.Generator, wave: _Wave, weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Who knows the brand, names it unprompted and names it first; each a part of the former.

    Weighted shares come out as planned to one answer: what the wave must show is not left to luck.
    """
    order = generator.permutation(len(weights))
    reached = np.cumsum(weights[order]) / weights.sum()
    masks = []
    for share in (wave.aided, wave.unaided, wave.top):
        mask = np.zeros(len(weights), dtype=bool)
        mask[order[reached <= share]] = True
        masks.append(mask)
    return masks[0], masks[1], masks[2]


def _customer_rows(seed: int, wave: _Wave) -> Iterator[tuple[object, ...]]:
    generator = random(seed, f"customers {wave.name}")
    promoters, detractors = stories.NPS_COUNTS[wave.nps]
    size = stories.NPS_RESPONDENTS
    marks = np.concatenate(
        [
            generator.integers(9, 11, promoters),
            generator.integers(0, 7, detractors),
            generator.integers(7, 9, size - promoters - detractors),
        ]
    )
    marks = generator.permutation(marks)
    ages = draw(generator, _POPULATION, size)
    for i in range(size):
        yield (
            f"K{wave.name.replace('-', '')}{i + 1:04d}",
            wave.name,
            _answered(generator, wave),
            "customers",
            "Отдел сервиса",
            "true",
            "true",
            _AGES[ages[i]],
            "",
            "",
            "",
            marks[i],
            "1.0000",
        )


def _answered(generator: np.random.Generator, wave: _Wave) -> str:
    start = datetime.combine(wave.first, datetime.min.time())
    moment = start + timedelta(
        days=int(generator.integers(0, 11)), seconds=int(generator.integers(32_400, 79_200))
    )
    return moment.isoformat(sep=" ")
