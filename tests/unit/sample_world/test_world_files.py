"""The files themselves: same bytes, wanted size, headers that the contracts know."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.sample_world import catalog, generator, stories
from orchestration.sample_world.__main__ import main
from orchestration.sample_world.generator import DEFAULT_END, DEFAULT_START, generate
from orchestration.settings import DEFAULT_COMPANY_DIR, load_company
from orchestration.sources.contracts import (
    CONTRACTS,
    REGISTERS,
    contract_of,
    normalise_header,
)
from orchestration.sources.files import check_file, export_files

BY_HAND = {"README.md"}
MEGABYTE = 1_000_000


def files(folder: Path, *, unpack: bool = False) -> dict[str, str]:
    """Hash of every file by its path; of packed files the content, if wanted."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in BY_HAND:
            content = path.read_bytes()
            if unpack and path.suffix == ".gz":
                content = gzip.decompress(content)
            found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def small(folder: Path, **changes: object) -> None:
    arguments: dict[str, object] = {
        "start": date(2026, 9, 1),
        "end": date(2026, 11, 1),
        "visits_per_day": 40.0,
        "seed": 7,
    }
    generate(folder, **(arguments | changes))  # type: ignore[arg-type]


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    small(tmp_path / "one")
    small(tmp_path / "two", threads=1)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    small(tmp_path / "one")
    small(tmp_path / "two", seed=8)
    one, two = files(tmp_path / "one"), files(tmp_path / "two")
    assert one.keys() == two.keys()
    same = {name for name in one if one[name] == two[name]}
    assert all(name.startswith("registers/") or name == "company.toml" for name in same)


def test_packed_files_carry_no_time_and_no_name(tmp_path: Path) -> None:
    small(tmp_path)
    packed = next(tmp_path.glob("exports/yandex_metrica/*.tsv.gz")).read_bytes()
    assert packed[3] & 0x08 == 0
    assert packed[4:8] == b"\0\0\0\0"


def test_committed_folder_is_what_the_generator_writes(tmp_path: Path) -> None:
    generate(tmp_path)
    assert files(tmp_path, unpack=True) == files(DEFAULT_COMPANY_DIR, unpack=True)


def test_committed_folder_is_small() -> None:
    size = sum(path.stat().st_size for path in DEFAULT_COMPANY_DIR.rglob("*") if path.is_file())
    assert size < 9 * MEGABYTE


def test_settings_accept_the_company() -> None:
    company = load_company(DEFAULT_COMPANY_DIR)
    assert company.name == catalog.COMPANY_NAME
    assert company.brand == catalog.BRAND
    assert company.first_date == DEFAULT_START
    assert company.as_of_date() == DEFAULT_END
    assert company.sources["google_ads"].currency == "USD"
    assert not company.sources["google_ads"].includes_vat
    assert company.sources["vk_ads"].decimal == ","


def test_file_door_takes_every_row_of_the_real_shop(tmp_path: Path) -> None:
    company = load_company(DEFAULT_COMPANY_DIR.parent / "cdnow")
    read = 0
    for contract in CONTRACTS.values():
        if contract.source != REGISTERS and company.source(contract.source) is None:
            continue
        for number, file in enumerate(export_files(company, contract)):
            workdir = tmp_path / f"{contract.name}-{number}"
            workdir.mkdir()
            outcome = check_file(company, contract, file, workdir)
            assert outcome.rows_refused == 0, outcome.problems[:3]
            read += outcome.rows_good
    assert read > 69_000


@pytest.mark.parametrize(
    ("pattern", "source", "table", "delimiter", "skipped"),
    [
        ("yandex_metrica/visits_*", "yandex_metrica", "visits", "\t", 0),
        ("yandex_direct/ad_stats_*", "yandex_direct", "ad_stats", "\t", 1),
        ("google_ads/campaign_stats_*", "google_ads", "campaign_stats", ",", 2),
        ("vk_ads/campaign_stats_*", "vk_ads", "campaign_stats", ";", 0),
        ("bitrix24/leads_*", "bitrix24", "leads", ";", 0),
        ("bitrix24/deals_*", "bitrix24", "deals", ";", 0),
        ("bitrix24/stage_history_*", "bitrix24", "stage_history", ";", 0),
        ("telegram/followers_*", "telegram", "followers", ",", 0),
        ("vk/followers_*", "vk", "followers", ",", 0),
        ("surveys/responses_*", "surveys", "responses", ",", 0),
        ("plain/orders_*", "plain", "orders", ",", 0),
        ("plain/ad_spend_*", "plain", "ad_spend", ",", 0),
        ("../registers/goals.csv", "registers", "goals", ",", 0),
        ("../registers/targets.csv", "registers", "targets", ",", 0),
        ("../registers/conversions.csv", "registers", "conversions", ",", 0),
        ("../registers/channels.csv", "registers", "channels", ",", 0),
        ("../registers/costs.csv", "registers", "costs", ",", 0),
        ("../registers/margins.csv", "registers", "margins", ",", 0),
        ("../registers/fx_rates.csv", "registers", "fx_rates", ",", 0),
        ("../registers/calendar.csv", "registers", "calendar", ",", 0),
        ("../registers/confirmed_attacks.csv", "registers", "confirmed_attacks", ",", 0),
        ("../registers/audience.csv", "registers", "audience", ",", 0),
        ("../registers/planned_events.csv", "registers", "planned_events", ",", 0),
    ],
)
def test_headers_are_those_of_the_contract(
    pattern: str, source: str, table: str, delimiter: str, skipped: int
) -> None:
    paths = sorted((DEFAULT_COMPANY_DIR / "exports").glob(pattern))
    assert paths
    known = {}
    for column in contract_of(source, table).columns:
        for header in (column.name, *column.headers):
            known.setdefault(normalise_header(header), column)
    # The lead's title may hold a name: the contract does not read it.
    ignored = {normalise_header("Название лида")}
    for path in paths:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8-sig") as lines:
            for _ in range(skipped):
                next(lines)
            header = [normalise_header(cell) for cell in next(lines).rstrip("\n").split(delimiter)]
        assert set(header) - known.keys() <= ignored
        given = {known[cell].name for cell in header if cell in known}
        required = {c.name for c in contract_of(source, table).columns if c.required}
        assert required <= given


def test_size_follows_the_wanted_number_of_visits(tmp_path: Path) -> None:
    whole_year = {"start": date(2025, 1, 1), "end": date(2026, 1, 1), "stories": False}
    counts = {}
    for wanted in (30.0, 120.0):
        folder = tmp_path / str(wanted)
        small(folder, visits_per_day=wanted, visit_format="parquet", **whole_year)
        counts[wanted] = count(folder, "parquet")
    assert counts[30.0] / 365 == pytest.approx(30.0, rel=0.08)
    assert counts[120.0] / 365 == pytest.approx(120.0, rel=0.05)


def count(folder: Path, suffix: str) -> int:
    pattern = f"{folder}/exports/yandex_metrica/*.{suffix}"
    reader = "read_parquet" if suffix == "parquet" else "read_csv"
    query = f"select count(*) from {reader}('{pattern}')"
    return int(duckdb.connect().execute(query).fetchone()[0])  # type: ignore[index]


def test_formats_hold_the_same_rows(tmp_path: Path) -> None:
    texts = {}
    for form in ("tsv.gz", "tsv", "parquet"):
        small(tmp_path / form, visit_format=form)
    packed = sorted((tmp_path / "tsv.gz").rglob("*.tsv.gz"))
    for path in packed:
        texts[path.name.removesuffix(".gz")] = gzip.decompress(path.read_bytes())
    for path in (tmp_path / "tsv").rglob("visits*.tsv"):
        assert path.read_bytes() == texts[path.name]
    lines = sum(text.count(b"\n") - 1 for text in texts.values())
    assert count(tmp_path / "parquet", "parquet") == lines


def test_large_months_are_parted_by_whole_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same visits in more files, none of which shares a day with another."""
    small(tmp_path / "whole", visit_format="tsv")
    monkeypatch.setattr(generator, "PART_VISITS", 300)
    small(tmp_path / "parted", visit_format="tsv")
    whole, parted = (
        sorted((tmp_path / name / "exports" / "yandex_metrica").iterdir())
        for name in ("whole", "parted")
    )
    assert len(parted) > 2 * len(whole)
    rows = {
        name: [line for path in paths for line in path.read_text("utf-8").splitlines()[1:]]
        for name, paths in (("whole", whole), ("parted", parted))
    }
    visits = {name: [line.split("\t")[3:5] for line in lines] for name, lines in rows.items()}
    assert visits["whole"] == visits["parted"]
    days = [
        {line.split("\t")[2] for line in path.read_text("utf-8").splitlines()[1:]}
        for path in parted
    ]
    assert sum(map(len, days)) == len(set.union(*days))


def test_files_of_an_earlier_world_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(tmp_path), "--start", "2026-03-01", "--visits-per-day", "25"]
    main([*arguments, "--end", "2026-04-10"])
    assert capsys.readouterr().err == ""
    main([*arguments, "--end", "2026-03-20"])
    said = capsys.readouterr().err
    assert "visits_2026-04.tsv.gz" in said
    assert "visits_2026-03.tsv.gz" not in said


def test_only_facts_of_the_period_are_written(tmp_path: Path) -> None:
    small(tmp_path, start=date(2026, 2, 10), end=date(2026, 4, 3))
    orders = pd.concat(pd.read_csv(path) for path in tmp_path.glob("exports/plain/orders_*.csv"))
    assert orders["ordered_at"].min() >= "2026-02-10"
    assert orders["ordered_at"].max() < "2026-04-03"
    names = sorted(path.name for path in (tmp_path / "exports" / "yandex_metrica").iterdir())
    assert names == [f"visits_2026-0{month}.tsv.gz" for month in (2, 3, 4)]


def test_plain_world_has_no_stories(tmp_path: Path) -> None:
    small(tmp_path, stories=False)
    assert len((tmp_path / "registers" / "planned_events.csv").read_text("utf-8").splitlines()) == 1
    visits = gzip.decompress(
        (tmp_path / "exports" / "yandex_metrica" / "visits_2026-10.tsv.gz").read_bytes()
    ).decode()
    assert "\twindows7\t" not in visits
    followers = pd.read_csv(next(tmp_path.glob("exports/vk/*.csv")))
    assert followers["joined"].max() < 100
    targets = pd.read_csv(tmp_path / "registers" / "targets.csv")
    assert set(targets["version"]) == {1}


def test_stories_outside_the_period_are_left_out(tmp_path: Path) -> None:
    small(tmp_path, end=stories.ATTACK.last, visits_per_day=250.0)
    visits = gzip.decompress(
        (tmp_path / "exports" / "yandex_metrica" / "visits_2026-10.tsv.gz").read_bytes()
    ).decode()
    assert "\twindows7\t" not in visits
    assert stories.SALE_PROMO in "".join(
        path.read_text("utf-8") for path in tmp_path.glob("exports/plain/orders_2026-10.csv")
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--start", "2026-02-01", "--end", "2026-02-01"],
        ["--visits-per-day", "0"],
    ],
)
def test_impossible_wishes_are_refused(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), *arguments]) == 2
    assert "error:" in capsys.readouterr().err


def test_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--start", "2026-03-01", "--end", "2026-03-20", "--visits-per-day", "25"]
    assert main([str(tmp_path), *arguments]) == 0
    said = capsys.readouterr().out
    assert "2026-03" in said
    assert "plain orders" in said
