"""A company that is read through the APIs of all its systems, from the README's command to readers.

Every system is a fake on the loopback, the pipeline a process of its own with the real clock. The
first run is killed in the middle of an extraction, the second one goes on to the marts. Then the
same answers are dropped as export files: both doors must have led to the same raw tables.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from orchestration import lake
from orchestration.new_company import create
from orchestration.settings import OUTPUT_DIR_VARIABLE, Company, load_company
from orchestration.sources.api import API_DOORS, left_out
from orchestration.sources.api.http import Transport
from orchestration.sources.contracts import REGISTERS, TableContract, tables_of
from tests.conftest import RUN_TIMEOUT_SECONDS, command_line_environment
from tests.fakes.central_bank import FakeCentralBank
from tests.fakes.server import FakeClock, FakeRequest, FakeServer
from tests.integration.api import (
    test_amocrm,
    test_bitrix24,
    test_calltouch,
    test_central_bank,
    test_doors_meet_contracts,
    test_ga4,
    test_google_ads,
    test_hubspot,
    test_instagram,
    test_telegram,
    test_vk,
    test_vk_ads,
    test_yandex_direct,
    test_yandex_metrica,
)
from tests.integration.api.behaviours import Case
from tests.integration.company_marts import mart_names, marts_of

CASES: dict[str, Case] = {
    case.source: case
    for case in (
        test_yandex_metrica.TestVisits.case,
        test_ga4.TestSessions.case,
        test_yandex_direct.CASE,
        test_google_ads.TestCampaignStats.case,
        test_vk_ads.TestCampaignStats.case,
        test_bitrix24.TestBitrix24.case,
        test_amocrm.TestAmocrm.case,
        test_hubspot.TestHubspot.case,
        test_calltouch.TestCalltouch.case,
        test_central_bank.TestCentralBank.case,
        test_telegram.TestTelegram.case,
        test_vk.TestVk.case,
        test_instagram.TestInstagram.case,
    )
}
SECRETS = {name: value for case in CASES.values() for name, value in case.secrets.items()}
DAYS = 3
FIRST_DATE = date(2025, 12, 1)


class RunningClock(FakeClock):
    """The real time, as the pipeline's process sees it."""

    def now(self) -> datetime:
        return datetime.now(tz=UTC)


@dataclass
class Place:
    """The company, its systems, and what its runs said."""

    folder: Path
    output: Path
    servers: dict[str, FakeServer]
    killed: subprocess.CompletedProcess[str]
    lake_after_kill: dict[str, int]
    finished: subprocess.CompletedProcess[str]

    @property
    def company(self) -> Company:
        return load_company(self.folder)


@dataclass
class Twin:
    """The company with every door on files."""

    company: Company
    hash_key: str

    @contextmanager
    def placed(self) -> Iterator[None]:
        """The hashes of phones and e-mails of both companies have one key."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(self.company.hash_key_env, self.hash_key)
            yield


def morning_zone(now: datetime) -> str:
    """A zone in which it is morning: a count of followers then closes the day before."""
    return "UTC" if now.hour < 12 else "Etc/GMT+12"


def fake_of(case: Case, clock: FakeClock, first: date) -> Any:
    """The fake of a case with its figures on the days from `first`."""
    fake: Any = test_doors_meet_contracts.with_history(case.make_fake(clock))
    if case.source in ("yandex_metrica", "ga4", "yandex_direct", "google_ads", "vk_ads"):
        fake = type(fake)(clock)
        more = {
            "yandex_metrica": {"days": DAYS, "per_day": 30},
            "vk_ads": {"days": DAYS, "plans": 3},
        }.get(case.source, {"days": DAYS})
        fake.fill(first, **more)
        for name in ("polls", "waits"):
            if hasattr(fake, name):
                setattr(fake, name, 0)
    if case.source == "calltouch":
        shift = first - date(2026, 3, 3)
        for call in fake.calls:
            call["at"] += shift
    if case.source == "central_bank":
        fake = FakeCentralBank(
            {first - timedelta(days=1): {"USD": (1, "78,05"), "KZT": (100, "15")}}
        )
    return fake


def toml(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{json.dumps(str(key))} = {toml(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    return json.dumps(value, ensure_ascii=False)


def write_company(folder: Path, servers: Mapping[str, FakeServer], today: date, zone: str) -> None:
    create(folder, name="API", today=today)
    lines = [
        'name = "API"',
        f'timezone = "{zone}"',
        'currency = "RUB"',
        f"first_date = {FIRST_DATE}",
        f"as_of = {today}",
    ]
    for source, case in CASES.items():
        addresses = {key: servers[source].url + path for key, path in case.addresses.items()}
        crm = not tables_of(source)[0].by_day
        first = FIRST_DATE if crm else today - timedelta(days=DAYS)
        values = {**case.settings, **case.options, **addresses, "door": "api", "first_date": first}
        lines.append(f"[sources.{source}]")
        lines += [f"{key} = {toml(value)}" for key, value in values.items()]
    (folder / "company.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "registers" / "conversions.csv").write_text(
        "conversion_id,version,name_en,name_ru,rule_type,rule_value,valid_from,is_primary,"
        "recorded_at,recorded_by,reason\n"
        f"lead,1,Lead,Лид,metrica_goal,101,{FIRST_DATE},true,{FIRST_DATE} 09:00:00,owner,start\n",
        encoding="utf-8",
    )


def start_run(folder: Path, output: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "orchestration", "run", "--company", str(folder)],
        cwd=output,
        env={**command_line_environment(output), **SECRETS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def end_of(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    text, _ = process.communicate(timeout=RUN_TIMEOUT_SECONDS)
    return subprocess.CompletedProcess(process.args, process.returncode, text)


def run_until(server: FakeServer, folder: Path, output: Path) -> subprocess.CompletedProcess[str]:
    """A run that is killed while that server works on its first answer."""
    asked, may_answer = threading.Event(), threading.Event()
    respond = server.respond

    def hold_first(request: FakeRequest) -> Any:
        asked.set()
        may_answer.wait(RUN_TIMEOUT_SECONDS)
        return respond(request)

    server.respond = hold_first  # type: ignore[method-assign]
    process = start_run(folder, output)
    try:
        assert asked.wait(RUN_TIMEOUT_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
    finally:
        server.respond = respond  # type: ignore[method-assign]
        may_answer.set()
    return end_of(process)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    now = datetime.now(tz=UTC)
    zone = morning_zone(now)
    today = now.astimezone(ZoneInfo(zone)).date()
    root = tmp_path_factory.mktemp("api_company")
    folder, output = root / "acme", root / "output"
    output.mkdir()
    clock = RunningClock(now)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUTPUT_DIR_VARIABLE, str(output))
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        servers = {
            source: stack.enter_context(
                FakeServer(fake_of(case, clock, today - timedelta(days=DAYS)))
            )
            for source, case in CASES.items()
        }
        write_company(folder, servers, today, zone)
        killed = run_until(servers["vk_ads"], folder, output)
        left = {name: len(rows) for name, rows in raw_tables(load_company(folder)).items()}
        finished = end_of(start_run(folder, output))
        yield Place(folder, output, servers, killed, left, finished)


def api_tables(company: Company) -> list[TableContract]:
    return [
        table for source in CASES for table in tables_of(source) if left_out(company, table) is None
    ]


def raw_tables(company: Company) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of every raw table of the company, without the name of the file they came from and
    the moment at which followers were counted."""
    with duckdb.connect() as connection:
        lake.register(connection, company)
        return {
            table.name: connection.execute(
                "select columns(lambda c: c not in ('_file', 'observed_at')) "
                f"from raw.{table.name} order by all"
            ).fetchall()
            for table in api_tables(company)
        }


def test_a_killed_run_leaves_no_half_table(place: Place) -> None:
    assert place.killed.returncode == -signal.SIGKILL
    final = {name: len(rows) for name, rows in raw_tables(place.company).items()}
    assert place.lake_after_kill["vk_ads__campaign_stats"] == 0
    for name, count in place.lake_after_kill.items():
        assert count in (0, final[name]), name


def test_the_next_run_goes_on_to_the_marts(place: Place) -> None:
    """Three days of invented figures may fail checks: that every source is in the marts counts."""
    assert not any(secret in place.finished.stdout for secret in SECRETS.values())
    database = place.company.paths.warehouse
    assert database.exists(), place.finished.stdout[-4000:]
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select source || '__' || table_name, door, rows_total from marts.kpi_data_quality"
        ).fetchall()
    rows = {name: total for name, door, total in found if door == "api"}
    raw = {name: len(content) for name, content in raw_tables(place.company).items() if content}
    assert {name: rows[name] for name in raw} == raw
    assert {name.split("__")[0] for name in raw} == set(CASES)


def test_the_figures_were_published(place: Place) -> None:
    published = place.company.paths.published / "kpi.duckdb"
    assert published.exists(), place.finished.stdout[-6000:]


@pytest.fixture(scope="module")
def twin(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Twin:
    """The same company by its other door: what the APIs answer, dropped as export files."""
    company, root = place.company, tmp_path_factory.mktemp("twin")
    files = root / "files"
    sources = {
        name: settings.model_copy(update={"door": "files", "decimal": "."})
        for name, settings in company.sources.items()
    }
    shutil.copytree(company.directory / "registers", files / "registers")
    twin = Twin(
        company.model_copy(
            update={"directory": files, "output_root": root / "output", "sources": sources}
        ),
        company.hash_key().decode(),
    )
    window = (FIRST_DATE, company.as_of_date())
    for table in api_tables(company):
        first = company.sources[table.source].first_date or FIRST_DATE
        downloads = root / table.name
        downloads.mkdir()
        material = list(
            API_DOORS[table.source](
                company, table.table, (first, window[1]), Transport(downloads), lambda text: None
            )
        )
        folder = files / "exports" / table.source / table.table
        folder.mkdir(parents=True)
        for number, item in enumerate(material):
            if isinstance(item, Path):
                item.rename(folder / f"{table.table}_{number}.tsv")
        tables = [item for item in material if isinstance(item, pa.Table)]
        if tables:
            pa_csv.write_csv(pa.concat_tables(tables), folder / f"{table.table}.csv")
    with twin.placed():
        for source in (REGISTERS, *CASES):
            lake.load(twin.company, source, window=window)
        lake.write_company_tables(twin.company)
    return twin


def test_files_lead_to_the_same_raw_tables(place: Place, twin: Twin) -> None:
    expected = raw_tables(place.company)
    with twin.placed():
        assert raw_tables(twin.company) == expected


def test_both_doors_lead_to_the_same_marts(place: Place, twin: Twin) -> None:
    """Row by row and to the last digit, in every mart; only the load log knows the door."""
    marts = mart_names() - {"kpi_data_quality"}
    filled = set()
    with (
        marts_of(place.company, sorted(marts)) as by_api,
        twin.placed(),
        marts_of(twin.company, sorted(marts)) as by_files,
    ):
        for mart in sorted(marts):
            query = f"select * from marts.{mart} order by all"
            expected = by_api.execute(query).fetchall()
            assert by_files.execute(query).fetchall() == expected, mart
            filled |= {mart} if expected else set()
    assert {
        "fct_visits", "fct_ad_spend_daily", "fct_leads", "fct_orders", "fct_touchpoints",
        "kpi_conversion_daily", "kpi_traffic_quality_daily", "kpi_audience_daily",
        "kpi_funnel_monthly", "kpi_roi_monthly", "kpi_reconciliation_daily",
    } <= filled  # fmt: skip


def test_loading_again_changes_nothing(place: Place) -> None:
    company = place.company
    before = raw_tables(company)
    for source in place.servers:
        lake.load(
            company, source, window=(company.as_of_date() - timedelta(2), company.as_of_date())
        )
    assert raw_tables(company) == before


def test_nothing_half_made_and_no_secret_stays_on_disk(place: Place) -> None:
    company = place.company
    assert not list((company.paths.lake / ".aside").iterdir())
    texts = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in place.output.rglob("*")
        if path.is_file() and ".tokens" not in path.parts and path.stat().st_size < 5_000_000
    ]
    for name, secret in SECRETS.items():
        assert not any(secret in text for text in texts), name
