"""What the pipeline itself tells the models: settings, sources, days, figures shown, registers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration import build_rules
from orchestration.errors import UserError
from orchestration.lake import api_state
from orchestration.lake.day_files import PART, day_states
from orchestration.lake.folders import folder_aside, table_folder, write_table
from orchestration.lake.register_ledger import (
    LEDGER_SCHEMA,
    SETTINGS,
    TARGETS,
    extended,
    target_sightings,
    watched_contracts,
)
from orchestration.settings import Company
from orchestration.sources.contracts import CONTRACTS, REGISTERS, TableContract
from orchestration.sources.files import source_settings
from orchestration.sources.unread import files_taken_for_loaded

PUBLISHED_FIGURES_SCHEMA = pa.schema(
    [
        ("figure_id", pa.string()),
        ("metric_id", pa.string()),
        ("segment", pa.string()),
        ("period", pa.string()),
        ("value", pa.float64()),
        ("as_of_date", pa.date32()),
        ("published_at", pa.timestamp("us")),
    ]
)
COMPANY_SCHEMA = pa.schema(
    [
        ("company_name", pa.string()),
        ("brand", pa.string()),
        ("timezone", pa.string()),
        ("currency", pa.string()),
        ("language", pa.string()),
        ("vat_policy", pa.string()),
        ("as_of_date", pa.date32()),
        ("last_complete_date", pa.date32()),
        ("first_date", pa.date32()),
        ("attribution_window_days", pa.int64()),
        ("attribution_window_long_days", pa.int64()),
        ("active_customer_days", pa.int64()),
        ("fiscal_year_start_month", pa.int64()),
        ("kpi_set", pa.string()),
        ("counters_of_record", pa.string()),
        ("orders_of_record", pa.string()),
        ("rules_fingerprint", pa.string()),
    ]
)
VAT_RATES_SCHEMA = pa.schema(
    [
        ("valid_from", pa.date32()),
        ("valid_to", pa.date32()),
        ("vat_rate", pa.decimal128(18, 6)),
    ]
)
SOURCES_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("subject", pa.string()),
        ("door", pa.string()),
        ("is_enabled", pa.bool_()),
        ("lookback_days", pa.int64()),
        ("freshness_hours", pa.int64()),
        ("currency", pa.string()),
        ("includes_vat", pa.bool_()),
        ("expects_every_day", pa.bool_()),
        ("first_date", pa.date32()),
        ("timezone", pa.string()),
    ]
)
LOADED_DAYS_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("day", pa.date32()),
        ("is_empty", pa.bool_()),
        ("state", pa.string()),
    ]
)
SOURCE_GAPS_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("table_name", pa.string()),
        ("kind", pa.string()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("share", pa.float64()),
        ("detail", pa.string()),
    ]
)
# They move no figure, or move with the calendar.
_SETTINGS_WITHOUT_FIGURES = {
    "directory", "output_root", "name", "language", "as_of", "schedule", "alerts", "warehouse",
}  # fmt: skip
UNREAD_FILES_SCHEMA = pa.schema(
    [("source", pa.string()), ("reason", pa.string()), ("remedy", pa.string())]
)


def write_company_tables(company: Company) -> None:
    """Write raw.company (the settings of this run), raw.vat_rates (VAT by day), raw.sources (how
    each table is loaded), raw.loaded_days (which days were loaded), raw.source_gaps (what
    sources gave in part) and raw.unread_files (what lies in the folder and is no export)."""
    settings = {
        "company_name": company.name,
        "brand": company.brand or company.name,
        "timezone": company.timezone,
        "currency": company.currency,
        "language": company.language,
        "vat_policy": company.vat_policy,
        "as_of_date": company.as_of_date(),
        "last_complete_date": company.last_complete_date(),
        "first_date": company.first_date,
        "attribution_window_days": company.attribution_window_days,
        "attribution_window_long_days": company.attribution_window_long_days,
        "active_customer_days": company.active_customer_days,
        "fiscal_year_start_month": company.fiscal.year_start_month,
        "kpi_set": company.kpi_set,
        "counters_of_record": "".join(f",{name}," for name in company.counters_of_record),
        "orders_of_record": company.orders_of_record,
    }
    sources = [_source_row(company, contract) for contract in CONTRACTS.values()]
    registers = [
        table_folder(company, CONTRACTS[f"{REGISTERS}__{name}"]) / PART
        for name in build_rules.RULE_REGISTERS
    ]
    settings["rules_fingerprint"] = build_rules.fingerprint(registers, settings, sources)
    folder = company.paths.lake / "_pipeline"
    with folder_aside(company) as aside:
        table = pa.Table.from_pylist([settings], schema=COMPANY_SCHEMA)
        write_table(table, folder / "company.parquet", aside)
        rates = [
            {"valid_from": start, "valid_to": end, "vat_rate": rate}
            for start, end, rate in company.vat.steps()
        ]
        table = pa.Table.from_pylist(rates, schema=VAT_RATES_SCHEMA)
        write_table(table, folder / "vat_rates.parquet", aside)
        table = pa.Table.from_pylist(sources, schema=SOURCES_SCHEMA)
        write_table(table, folder / "sources.parquet", aside)
        table = pa.Table.from_pylist(list(_loaded_days_rows(company)), schema=LOADED_DAYS_SCHEMA)
        write_table(table, folder / "loaded_days.parquet", aside)
        table = pa.Table.from_pylist(list(_source_gaps_rows(company)), schema=SOURCE_GAPS_SCHEMA)
        write_table(table, folder / "source_gaps.parquet", aside)
        table = pa.Table.from_pylist(list(_unread_rows(company)), schema=UNREAD_FILES_SCHEMA)
        write_table(table, folder / "unread_files.parquet", aside)


def _loaded_days_rows(company: Company) -> Iterator[dict[str, Any]]:
    """Days with rows, and days that an API was asked for in vain.

    `state` changes whenever a day's file is replaced: models compare it with the one they read.
    """
    for contract in CONTRACTS.values():
        if contract.by_day:
            names = {"source": contract.source, "table_name": contract.table}
            table = table_folder(company, contract)
            for day, state in day_states(table).items():
                yield {**names, "day": day, "is_empty": False, "state": str(state)}
            for day in api_state.empty_days(table):
                yield {**names, "day": day, "is_empty": True}


def _source_gaps_rows(company: Company) -> Iterator[dict[str, Any]]:
    for contract in CONTRACTS.values():
        for gap in api_state.read(table_folder(company, contract)).gaps:
            yield {
                "source": contract.source,
                "table_name": contract.table,
                "kind": gap.kind,
                "first_day": gap.first,
                "last_day": gap.until - timedelta(days=1),
                "share": gap.share,
                "detail": gap.detail,
            }


def _unread_rows(company: Company) -> Iterator[dict[str, Any]]:
    for source, remark in files_taken_for_loaded(company):
        yield {"source": source, "reason": remark.text, "remedy": remark.remedy}


def _source_row(company: Company, contract: TableContract) -> dict[str, Any]:
    settings = source_settings(company, contract.source)
    return {
        "source": contract.source,
        "table_name": contract.table,
        "subject": contract.subject,
        "door": settings.door,
        "is_enabled": contract.source == REGISTERS or company.source(contract.source) is not None,
        "lookback_days": settings.look_back(contract.lookback_days),
        "freshness_hours": contract.freshness_hours,
        "currency": settings.currency or company.currency,
        "includes_vat": settings.includes_vat,
        "expects_every_day": contract.expects_every_day,
        "first_date": settings.first_date or company.first_date,
        "timezone": settings.options.get("timezone") or contract.timezone or company.timezone,
    }


def append_published_figures(company: Company, database: Path) -> int:
    """Remember the figures of a published database that readers see for the first time.

    The first value of a figure is kept for good, so that a later change shows as a restatement.
    Days and times are those of the publication. Returns how many figures are new.

    Raises:
        duckdb.CatalogException, duckdb.BinderException: another version wrote the database, with
            other tables or columns.
    """
    target = figures_path(company)
    known = published_figures(company)
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.register("known", known)
        new = connection.sql(
            "select figure_id, metric_id, segment, cast(period as varchar) as period, "
            "cast(first_value as double) as value, publication.as_of_date, "
            "make_timestamp(epoch_us(publication.published_at)) as published_at "
            "from marts.kpi_restatements cross join run.publication "
            "where current_value is not null and figure_id not in (select figure_id from known)"
        ).to_arrow_table()
    if new.num_rows:
        with folder_aside(company) as aside:
            added = new.cast(PUBLISHED_FIGURES_SCHEMA)
            table = pa.concat_tables([known, added])
            write_table(table, target, aside, is_irreplaceable=True)
    return int(new.num_rows)


def published_figures(company: Company) -> pa.Table:
    """All figures readers were shown, each with its first value."""
    return _kept(figures_path(company), PUBLISHED_FIGURES_SCHEMA)


def figures_path(company: Company) -> Path:
    return company.paths.history / "published_figures.parquet"


def extend_register_ledger(company: Company, *, is_whole: bool = False) -> None:
    """Enter what changed in the registers and settings since they were last read.

    `is_whole`: this load read the register of targets, and refused nothing of it. Writes
    raw.target_sightings too: since when the targets stand there.
    """
    path = ledger_path(company)
    ledger = _kept(path, LEDGER_SCHEMA)
    present = {
        name: pq.read_table(part).to_pylist() if part.exists() else []
        for name, contract in watched_contracts().items()
        for part in [table_folder(company, contract) / PART]
    }
    present[SETTINGS] = [
        {"setting": setting, "value": value} for setting, value in figure_settings(company).items()
    ]
    longer = extended(ledger, present, datetime.now(tz=UTC), is_whole=is_whole)
    sightings = target_sightings(longer, present[TARGETS])
    with folder_aside(company) as aside:
        if longer.num_rows > ledger.num_rows:
            write_table(longer, path, aside, is_irreplaceable=True)
        write_table(sightings, sightings_path(company), aside)


def figure_settings(company: Company) -> dict[str, str]:
    """Settings of company.toml that figures depend on and that are not as the product has them.

    A default is left out: one that a newer version of the product adds is no edit.
    """
    settings = company.model_dump(
        mode="json", exclude=_SETTINGS_WITHOUT_FIGURES, exclude_defaults=True
    )
    return dict(sorted(_leaves(settings)))


def _leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            # a source that is switched on and has no setting of its own is there as well
            yield from _leaves(value, f"{path}{name}.") if value else [(path + name, "on")]
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield path + name, text


def _kept(path: Path, schema: pa.Schema) -> pa.Table:
    """A table that only the pipeline's own history tells; empty before its first row.

    Raises:
        UserError: the file is torn. It is never begun anew by itself: its rows would be lost.
    """
    if not path.exists():
        return schema.empty_table()
    try:
        return pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise UserError(
            "A file of the company's history is torn and cannot be made again",
            file=path,
            remedy="put its last backup in its place; without one, move it away, and what it knew "
            "of earlier figures and registers is begun anew",
        ) from error


def ledger_path(company: Company) -> Path:
    return company.paths.history / "register_ledger.parquet"


def sightings_path(company: Company) -> Path:
    return company.paths.lake / "_pipeline" / "target_sightings.parquet"
