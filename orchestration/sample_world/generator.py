"""Writes a whole company folder: settings, registers and export files of an invented company."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from orchestration.sample_world.advertising import Advertising
from orchestration.sample_world.audience import write_followers, write_surveys
from orchestration.sample_world.files import VisitFormat, random
from orchestration.sample_world.registers import Registers, write_company
from orchestration.sample_world.sales import Crm, Shop, Tally
from orchestration.sample_world.visitors import SECONDS_A_DAY, Period, Visitors, day_number
from orchestration.sample_world.web_visits import VisitWriter, behave

DEFAULT_SEED: Final = 20260511
DEFAULT_START: Final = date(2025, 5, 1)
DEFAULT_END: Final = date(2026, 11, 16)
DEFAULT_VISITS_PER_DAY: Final = 245.0


# A longer month is written in several files of whole days, to keep the memory small.
PART_VISITS: Final = 500_000


@dataclass
class Summary:
    """What was written: rows by table, and the files' total size in bytes.

    `leftovers` are export files that were there before and are none of this world; the pipeline
    would read them as well.
    """

    directory: Path
    rows: dict[str, int] = field(default_factory=dict)
    size: int = 0
    leftovers: list[Path] = field(default_factory=list)


def generate(
    directory: Path | str,
    *,
    seed: int = DEFAULT_SEED,
    start: date = DEFAULT_START,
    end: date = DEFAULT_END,
    visits_per_day: float = DEFAULT_VISITS_PER_DAY,
    stories: bool = True,
    visit_format: VisitFormat = "tsv.gz",
    threads: int | None = None,
    on_month: Callable[[date, int], None] | None = None,
) -> Summary:
    """Write a company folder with facts of the half-open period from `start` to `end`.

    The same arguments give the same bytes. Leads, orders, deals, spend and fixed costs grow with
    `visits_per_day`. The memory that is needed (1.2 GB at six million visits a month) grows with
    the visits of the largest month, not with the number of months. Files of the same names are
    overwritten, others stay.

    Args:
        visits_per_day: mean over a year, machines included.
        stories: plant what the module `stories` describes, as far as its days lie in the period.
        visit_format: of the visits, which are the bulk; `parquet` keeps the headers of the export.
        threads: for writing visits; by default all of the machine.
        on_month: called with the first day and the number of visits after each month.

    Raises:
        ValueError: the period is empty or `visits_per_day` is not positive.
    """
    folder = Path(directory)
    period = Period(start, end, visits_per_day, seed, with_stories=stories)
    exports = folder / "exports"
    before = _times(exports)
    tally = Tally.empty(period)
    shop = Shop(period, exports / "plain", tally)
    crm = Crm(period, exports / "bitrix24", tally)
    advertising = Advertising(period)
    writer = VisitWriter(exports / "yandex_metrica", visit_format, threads)
    summary = Summary(folder)
    total = 0
    try:
        for first, _, visits in Visitors(period).months():
            behaviour_lots = random(seed, "behaviour", first.toordinal())
            order_lots = random(seed, "orders", first.toordinal())
            for name, part in _parts(first, visits):
                behaviour = behave(behaviour_lots, part)
                order_ids, revenues = shop.write(order_lots, name, part, behaviour)
                crm.add(part, behaviour)
                advertising.add(part, behaviour)
                writer.write(name, part, behaviour, order_ids, revenues)
            offset = visits["second"] // SECONDS_A_DAY - day_number(start)
            np.add.at(tally.visits, offset, 1)
            np.add.at(tally.bots, offset[visits["is_bot"] > 0], 1)
            total += len(visits)
            if on_month:
                on_month(first, len(visits))
    finally:
        writer.close()
    crm.write()
    advertising.write(exports)
    followers = write_followers(period, exports)
    responses = write_surveys(period, exports)
    Registers(period, folder / "registers").write(tally, advertising, followers)
    write_company(folder / "company.toml", period)
    summary.rows = {
        "yandex_metrica visits": total,
        "plain orders": shop.rows,
        **{f"bitrix24 {name}": rows for name, rows in crm.rows.items()},
        **{f"ads {name}": rows for name, rows in advertising.rows.items()},
        "surveys responses": responses,
    }
    summary.size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    after = _times(exports)
    summary.leftovers = [path for path, changed in before.items() if after.get(path) == changed]
    return summary


def _times(folder: Path) -> dict[Path, int]:
    """Time of the last change of every file below a folder, by path in order."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path: path.stat().st_mtime_ns for path in files}


def _parts(first: date, visits: npt.NDArray[np.void]) -> Iterator[tuple[str, npt.NDArray[np.void]]]:
    """Name and visits of the files of a month: whole days, together at most `PART_VISITS`.

    No day is in two files, since a later file of a day replaces an earlier one.
    """
    if len(visits) <= PART_VISITS:
        yield f"{first:%Y-%m}", visits
        return
    days = visits["second"] // SECONDS_A_DAY
    ends = [*(np.flatnonzero(np.diff(days)) + 1).tolist(), len(visits)]
    begin = 0
    for end, following in zip(ends, [*ends[1:], len(visits) + PART_VISITS + 1], strict=True):
        if following - begin > PART_VISITS:
            day = first + timedelta(days=int(days[begin]) - day_number(first))
            yield f"{day}", visits[begin:end]
            begin = end
