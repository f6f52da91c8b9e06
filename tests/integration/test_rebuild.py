"""Daily runs leave the marts that one rebuild from the same exports makes.

Visits are built by days, so the company lives through what changes days that were built before:
restated and late visits, a day that vanishes, a burst that judges later days, deleted deals, new
rules, days without a run, a run that is killed half way. They build by slices of a month, the
rebuild all months in one piece.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import duckdb
import pytest

from orchestration import lake, warehouse
from orchestration.sample_world.generator import generate
from orchestration.settings import (
    OUTPUT_DIR_VARIABLE,
    PROJECT_DIR,
    WAREHOUSE_VARIABLE,
    Company,
    load_company,
)
from orchestration.sources.contracts import CONTRACTS, lookback_days
from tests.mart_comparison import differing_marts, marts_of

# The first run finds 45 days; a burst is told from 28 days of history on.
START, FIRST_DAYS, DAILY_RUNS = date(2025, 5, 1), 45, 30
SLICED = ["int_visits_unioned", "int_visits_scored", "int_visit_days", "int_visitor_months"]
COLUMNS = ("visit_date", "month", "journey_id", "conversion_date", "date_day")
REPLACED = [f"+config.meta.replaced_by:{column}" for column in COLUMNS]


def load(company: Company, first: date, last: date) -> None:
    """Bring every table up to date for the days first..last, as the steps of the daily job do."""
    tables = sorted(CONTRACTS.values(), key=lambda table: (table.source, table.by_day, table.table))
    for (source, _), group in groupby(tables, key=lambda table: (table.source, table.by_day)):
        contracts = list(group)
        look_back = timedelta(days=lookback_days(contracts))
        lake.load(
            company,
            source,
            tables=[contract.table for contract in contracts],
            window=(max(first - look_back, company.first_date), last + timedelta(days=1)),
            progress=lambda _: None,
        )


def build(company: Company, *, select: list[str] | None = None) -> set[str]:
    """Build all models, or some; returns how they ended."""
    lake.write_company_tables(company)
    warehouse.register_raw(company)
    warehouse.ensure_manifest(company)
    selection = ["--select", *select] if select else []
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    for _ in warehouse.build(company, [*selection, *kinds]):
        pass
    return {result["status"] for result in warehouse.build_results(company)}


def touched_days(company: Company) -> list[date | None]:
    """Days that wait for a build that ends well."""
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        found = connection.execute(
            "select distinct visit_date from intermediate.int_touched_days where is_reloaded"
        ).fetchall()
    return [day for (day,) in found]


def _rewrite(path: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    """Change the rows of an export whose cells hold no delimiter."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    delimiter = "\t" if path.suffix == ".tsv" else ";"
    rows = change([line.split(delimiter) for line in lines])
    path.write_text("\n".join([head, *(delimiter.join(row) for row in rows), ""]), "utf-8")


class World:
    """What happens to a company's files, by the number of the daily run that finds it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.events: dict[int, Callable[[], None]] = {
            3: lambda: self._visits("2025-05", self._restated("2025-05-09")),
            6: lambda: self._visits("2025-06", self._without("2025-06-03")),
            11: lambda: self._records("deals", lambda rows: rows[5:]),
            13: lambda: self._visits("2025-05", self._with_burst("2025-05-20")),
            16: lambda: self._rule("20,,yandex%,,,yandex_direct_search", "20,,yandex%,,,seo"),
            20: self._late_rows_and_no_burst,
            24: self._other_browsers_and_leads,
        }

    def _visits(self, month: str, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
        _rewrite(self._folder / "exports" / "yandex_metrica" / f"visits_{month}.tsv", change)

    def _records(self, table: str, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
        (path,) = (self._folder / "exports" / "bitrix24").glob(f"{table}_*.csv")
        _rewrite(path, change)

    def _rule(self, old: str, new: str) -> None:
        path = self._folder / "registers" / "channels.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def _late_rows_and_no_burst(self) -> None:
        self._visits("2025-05", self._with_late_rows("2025-05-02"))
        self._visits("2025-05", self._without("2025-05-20"))

    def _other_browsers_and_leads(self) -> None:
        """Journeys of old leads end in other browsers, and deals turn out to be those of others."""
        self._records("leads", self._rotated(15))
        self._records("deals", self._rotated(1))

    @staticmethod
    def _rotated(column: int) -> Callable[[list[list[str]]], list[list[str]]]:
        """Each row gets the cell of the row before."""
        return lambda rows: [
            [*row[:column], before[column], *row[column + 1 :]]
            for before, row in zip([rows[-1], *rows], rows, strict=False)
        ]

    @staticmethod
    def _restated(day: str) -> Callable[[list[list[str]]], list[list[str]]]:
        """The visits of a day turn out to have reached a goal."""
        return lambda rows: [
            [*row[:23], "[101]", *row[24:]] if row[2] == day else row for row in rows
        ]

    @staticmethod
    def _without(day: str) -> Callable[[list[list[str]]], list[list[str]]]:
        return lambda rows: [row for row in rows if row[2] != day]

    @staticmethod
    def _with_burst(day: str) -> Callable[[list[list[str]]], list[list[str]]]:
        """Thirty visits of one strange browser: a burst that also is the past of later days."""

        def change(rows: list[list[str]]) -> list[list[str]]:
            like = rows[0]
            return [
                *rows,
                *(
                    [
                        *(f"9{number:018d}", like[1], day, f"{day} 03:{number:02d}:00"),
                        *(*like[4:29], "lynx", *like[30:]),
                    ]
                    for number in range(30)
                ),
            ]

        return change

    @staticmethod
    def _with_late_rows(day: str) -> Callable[[list[list[str]]], list[list[str]]]:
        return lambda rows: [
            *rows,
            *([f"8{row[0][1:]}", *row[1:]] for row in rows if row[2] == day),
        ]


def killed_build(company: Company, after: str) -> None:
    """A build in a process of its own that is killed once a model has been made."""
    log = company.paths.dbt_target / "logs" / "dbt.log"
    told = log.stat().st_size
    script = (
        "from tests.integration.test_rebuild import build; "
        "from orchestration.settings import load_company; from datetime import date; "
        f"build(load_company({str(company.directory)!r}).model_copy("
        f"update={{'as_of': date.fromisoformat('{company.as_of}')}}))"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT_DIR) as process:
        while (
            f"OK created sql incremental model intermediate.{after}"
            not in log.read_text(encoding="utf-8")[told:]
        ):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()


def age_by_a_release(company: Company) -> None:
    """Take from the built tables what a former release did not have yet."""
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute("alter table intermediate.int_visitor_days drop column visit_squares")
        connection.execute("alter table seeds.cloud_networks drop column provider")


def replaced_days(company: Company) -> set[date]:
    """Days that the last build replaced in the visits; none when all were built anew."""
    path = company.paths.dbt_target / "run/marketing_kpi/models/intermediate"
    statement = (path / "int_visits_unioned.sql").read_text(encoding="utf-8")
    removal = statement.partition("insert into")[0]
    if "delete from" not in removal:
        return set()
    return {date.fromisoformat(day) for day in re.findall(r"cast\('([-\d]+)' as date\)", removal)}


def slices_of(company: Company, model: str) -> int:
    """Number of slices in which a table was built anew."""
    path = company.paths.dbt_target / "run/marketing_kpi/models"
    (path,) = path.rglob(f"{model}.sql")
    return 1 + path.read_text(encoding="utf-8").count("insert into")


def repeated_visits(company: Company) -> int:
    """What the test of visit ids finds in a build that has made the last day anew."""
    with duckdb.connect(str(company.paths.warehouse)) as connection:
        connection.execute(
            "insert into intermediate.int_touched_days "
            "select max(visit_date), true from marts.fct_visits"
        )
    test = "unique_rows_fct_visits_visit_id__rescored"
    for _ in warehouse.build(company, ["--select", test]):
        pass
    (found,) = [
        result["failures"]
        for result in warehouse.build_results(company)
        if f".{test}." in result["unique_id"]
    ]
    return int(found)


@pytest.mark.slow
def test_daily_runs_equal_one_rebuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "month"
    end = START + timedelta(days=FIRST_DAYS + DAILY_RUNS)
    generate(
        folder, seed=11, start=START, end=end, visits_per_day=40, stories=False, visit_format="tsv"
    )
    world = World(folder)

    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path / "daily"))
    monkeypatch.setenv("KPI_VISITS_AT_ONCE", "1")
    monkeypatch.setenv(WAREHOUSE_VARIABLE, "")  # a build sets it; as it was after the test
    # one key for both, so that hashed contacts agree
    monkeypatch.setenv("KPI_HASH_KEY", "a key for tests")
    daily = load_company(folder)
    assert daily.paths.output == tmp_path / "daily" / "month"
    rebuilt_days: dict[int, set[date]] = {}
    # what happens on the eleventh day is found two days later, with the burst
    runs = {0, 1, *world.events, DAILY_RUNS} - {11}
    missed = START
    for number in range(DAILY_RUNS + 1):
        day = START + timedelta(days=FIRST_DAYS + number - 1)
        on_that_day = daily.model_copy(update={"as_of": day + timedelta(days=1)})
        if number in world.events:
            world.events[number]()
        if number not in runs:
            continue
        if number == 16:
            age_by_a_release(on_that_day)
        load(on_that_day, missed, day)
        missed = day + timedelta(days=1)
        if number == 6:
            killed_build(on_that_day, "int_visits_unioned")
            assert date(2025, 6, 3) in touched_days(on_that_day)
        elif number == DAILY_RUNS:
            assert build(on_that_day) == {"success"}
        else:
            assert build(on_that_day, select=REPLACED) == {"success"}
        rebuilt_days[number] = replaced_days(on_that_day)
        if number == 0:
            assert {slices_of(on_that_day, model) for model in SLICED} == {2}

    # only what changed was built: an ordinary day with its neighbours, one old day, all of them
    assert min(rebuilt_days[1]) > START + timedelta(days=FIRST_DAYS - 30)
    assert len(rebuilt_days[1]) < 10
    old = {day for day in rebuilt_days[3] if day < START + timedelta(days=20)}
    assert old == {date(2025, 5, day) for day in (8, 9, 10)}
    assert rebuilt_days[16] == set()

    monkeypatch.setenv(OUTPUT_DIR_VARIABLE, str(tmp_path / "at_once"))
    monkeypatch.delenv("KPI_VISITS_AT_ONCE")
    at_once = load_company(folder).model_copy(update={"as_of": end})
    assert at_once.paths.output == tmp_path / "at_once" / "month"
    load(at_once, START, end - timedelta(days=1))
    assert build(at_once) == {"success"}
    assert {slices_of(at_once, model) for model in SLICED} == {1}

    assert len(marts_of(daily.paths.warehouse)) > 20
    assert differing_marts(daily.paths.warehouse, at_once.paths.warehouse) == []

    # a visit of the last day that bears the id of an old one
    assert repeated_visits(daily) == 0
    with duckdb.connect(str(daily.paths.warehouse)) as connection:
        connection.execute(
            "insert into marts.fct_visits select * replace "
            "((select max(visit_date) from marts.fct_visits) as visit_date) "
            "from marts.fct_visits order by visit_date limit 1"
        )
    assert repeated_visits(daily) == 1
