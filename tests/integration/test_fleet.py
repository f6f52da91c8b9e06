"""A folder of companies run for real: some broken, and the others publish all the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.fleet.definitions import CHECK, GROUP, defs
from orchestration.sample_world.generator import generate
from orchestration.settings import PROJECT_DIR

START, END = date(2026, 9, 1), date(2026, 11, 1)
SECRETS = {"alpha": "s3cret-key-of-alpha", "beta": "s3cret-key-of-beta"}
LEFT_IN_THE_SHELL = "s3cret-left-in-the-shell"


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `companies` and `output`, after one `fleet run` over

    alpha    in order, with a key of its own
    cut      an export that was cut off
    torn     settings that are no TOML
    """
    root = tmp_path_factory.mktemp("agency")
    make(root, "alpha")
    cut = make(root, "cut", has_secrets=False)
    for file in sorted((cut / "exports" / "yandex_direct").iterdir()):
        file.write_bytes(file.read_bytes()[:400])
    (root / "companies" / "torn").mkdir()
    settings = root / "companies" / "torn" / "company.toml"
    settings.write_text('name = "Torn\n', encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "orchestration", "fleet", "run"),
            *("--companies", str(root / "companies"), "--parallel", "2"),
        ],
        cwd=root,
        env={
            **os.environ,
            "PYTHONPATH": str(PROJECT_DIR),
            "KPI_OUTPUT_DIR": str(root / "output"),
            "KPI_HASH_KEY": LEFT_IN_THE_SHELL,
        },
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    (root / "said").write_text(done.stdout, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    return root


def make(root: Path, slug: str, *, has_secrets: bool = True) -> Path:
    folder = root / "companies" / slug
    generate(folder, start=START, end=END, visits_per_day=8)
    if has_secrets:
        (folder / ".env").write_text(f"KPI_HASH_KEY={SECRETS[slug]}\n", encoding="utf-8")
    return folder


def published(root: Path, slug: str) -> Path:
    return root / "output" / slug / "published" / "kpi.duckdb"


@pytest.mark.slow
def test_a_broken_company_never_stops_the_others(agency: Path) -> None:
    with duckdb.connect(str(published(agency, "alpha")), read_only=True) as marts:
        (visits,) = marts.execute("select count(*) from marts.fct_visits").fetchone() or (0,)
    assert visits > 0
    assert not published(agency, "cut").exists()
    assert not published(agency, "torn").exists()


@pytest.mark.slow
def test_each_broken_company_is_told_in_its_own_words(agency: Path) -> None:
    said = (agency / "said").read_text(encoding="utf-8")
    assert re.search(r"^✓ alpha: заняло \d+ с$", said, re.M)
    assert re.search(r"^✗ torn: заняло 0 с\n +company.toml не читается: .*строка 1", said, re.M)
    assert re.search(r"^✗ cut: заняло \d+ с\n +yandex_direct: .*ad_stats.*Что делать", said, re.M)
    page = (agency / "output" / "fleet.ru.html").read_text(encoding="utf-8")
    states = dict(
        reversed(found)
        for found in re.findall(r'<tr class="(\w+)">.*?<p class="slug">(\w+)</p>', page, re.S)
    )
    assert states == {"torn": "broken", "cut": "failed", "alpha": "good"}
    assert "yandex_direct: нельзя использовать строк" in page
    for name in ("index.html", "scorecard.ru.html"):
        waiting = published(agency, "cut").with_name(name).read_text(encoding="utf-8")
        assert "Ещё ничего не опубликовано" in waiting
        assert "yandex_direct: нельзя использовать строк" in waiting
    assert "31.10.2026" in page


@pytest.mark.slow
def test_a_company_that_joins_is_run_by_dagster_with_its_own_key(
    agency: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(agency, "beta")
    monkeypatch.setenv("KPI_FLEET_DIR", str(agency / "companies"))
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(agency / "output"))
    monkeypatch.setenv("KPI_HASH_KEY", LEFT_IN_THE_SHELL)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.instance_for_test() as instance:
        job = defs().resolve_job_def("daily_beta")
        result = job.execute_in_process(instance=instance, run_config=quiet)
        (made,) = result.asset_materializations_for_node("beta")
        assert made.asset_key == dg.AssetKey([GROUP, "beta"])
        assert made.metadata["last day"].value == "2026-10-31"
        (check,) = result.get_asset_check_evaluations()
        assert check.check_name == CHECK
        # The company's own records stay its own: the agency's hold one step and no row of data.
        assert {event.step_key for event in result.all_events if event.step_key} == {"beta"}
    assert published(agency, "beta").exists()

    # The same people in both companies, and nobody's hash is the other's: each used its own key.
    people = {slug: persons(agency / "output" / slug / "lake") for slug in ("alpha", "beta")}
    assert people["alpha"]
    assert people["beta"]
    assert not people["alpha"] & people["beta"]


def persons(lake: Path) -> set[str]:
    """Hashes of phones in the lake of a company."""
    with duckdb.connect() as connection:
        files = str(lake / "**" / "*.parquet")
        names = connection.execute(
            f"select distinct path_in_schema, file_name from parquet_metadata('{files}') "
            "where path_in_schema = 'phone_hash'"
        ).fetchall()
        return {
            value
            for column, file in names
            for (value,) in connection.execute(
                f"select distinct {column} from read_parquet('{file}') where {column} is not null"
            ).fetchall()
        }


@pytest.mark.slow
def test_no_secret_lies_in_what_the_fleet_writes(agency: Path) -> None:
    """Not one's own and not another's: lakes, databases, records, logs, pages."""
    wanted = [text.encode() for text in (*SECRETS.values(), LEFT_IN_THE_SHELL)]
    files = [path for path in (agency / "output").rglob("*") if path.is_file()]
    assert len(files) > 100
    holding = [path for path in files if any(text in path.read_bytes() for text in wanted)]
    assert holding == []
