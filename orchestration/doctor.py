"""Examines a company folder and says what is wrong, where, and how to mend it. Changes nothing."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from orchestration import company_environment, phrases
from orchestration.errors import UserError, near_names
from orchestration.settings import (
    COMPANY_FILE,
    DBT_PROJECT_DIR,
    MORNING_ENDS,
    Company,
    load_company,
)
from orchestration.sources.contracts import (
    CONTRACTS,
    REGISTERS,
    SOURCES,
    TableContract,
    contract_of,
    tables_of,
)
from orchestration.sources.files import (
    Currency,
    FileReader,
    Problem,
    export_files,
    source_settings,
)
from orchestration.sources.unread import unread_files

Level = Literal["error", "note"]

DEFINITIONS = DBT_PROJECT_DIR / "seeds" / "kpi_definitions.csv"
_SHOWN_PROBLEMS = 5

_Money = list[tuple[str, str, Currency]]
"""(file, currency, rows in it) of every export."""


@dataclass(frozen=True)
class Finding:
    """`error`: a run would fail or show a wrong figure. `note`: good to know."""

    level: Level
    message: str
    remedy: str | None = None

    @classmethod
    def of(cls, error: UserError) -> Finding:
        return cls("error", error.what(), error.remedy)

    def text(self, language: str) -> str:
        """The message, and below it what to do."""
        message = phrases.sentence(self.message, language)
        remedy = f"\n    {phrases.what_to_do(self.remedy, language)}" if self.remedy else ""
        return f"{message}{remedy}"


def examine(
    directory: Path, *, progress: Callable[[str], object] = lambda _: None
) -> list[Finding]:
    """Check settings, secrets, every export and register file, and the registers among each other.

    Raises:
        UserError: company.toml itself cannot be read; nothing else can be judged then.
    """
    company = load_company(directory)
    progress(f"{company.name}: {company.directory / COMPANY_FILE} is in order")
    findings = [*_settings(company), *_secrets(company), *_output(company)]
    findings += _without_files(company)
    findings += _connections(company, progress)
    money: _Money = []
    registers = {}
    for table in CONTRACTS.values():
        if table.source != REGISTERS and company.source(table.source) is None:
            continue
        rows = _files(company, table, findings, progress, money)
        if rows is not None:
            registers[table.table] = rows
    findings += _registers(company, registers)
    findings += _rates(company, registers.get("fx_rates"), money)
    findings += _unused_exports(company)
    # A file that belongs to no table is met once for each table of its source.
    return list(dict.fromkeys(findings))


def _settings(company: Company) -> Iterator[Finding]:
    enabled = [name for name in company.sources if company.source(name)]
    if not enabled:
        yield Finding(
            "error", f"{COMPANY_FILE}: no source is switched on", "write enabled = true under one"
        )
    if company.as_of:
        yield Finding(
            "note",
            f"{COMPANY_FILE}: as_of pins today to {company.as_of}; newer facts are not loaded",
            "remove as_of, unless this is a demonstration",
        )
    is_afternoon = int(company.schedule.time.split(":")[0]) >= MORNING_ENDS
    for name in _api_sources(company):
        has_statistics = bool(company.sources[name].options.get("with_statistics"))
        if has_statistics and company.schedule.enabled and is_afternoon:
            yield Finding(
                "note",
                f"[schedule] time is {company.schedule.time}: joins, leaves and reach of [sources."
                f"{name}] are known when a day is over, and a count after noon is that of the day",
                "let the daily run begin between midnight and noon",
            )


def _secrets(company: Company) -> Iterator[Finding]:
    if company_environment.is_open_to_others(company.directory):
        yield Finding(
            "note",
            f"{company_environment.FILE} of the company folder can be read by other users of this "
            "machine",
            f"chmod 600 {company.directory / company_environment.FILE}",
        )
    if not os.environ.get(company.hash_key_env):
        yield Finding(
            "note",
            f"Environment variable {company.hash_key_env} is not set; a key made by the pipeline "
            "and kept in the output folder hashes phones and e-mails",
            "set it if the output folder may be lost or the data must be joined elsewhere",
        )
    for name in _api_sources(company):
        for option, variable in _unset(company, name):
            yield Finding(
                "error",
                f"Variable {variable} is not set; [sources.{name}] needs it as {option}",
                f'set {variable}, or write door = "files" under [sources.{name}]',
            )
    for label, variable in company.alerts.recipients.items():
        if not os.environ.get(variable):
            yield Finding(
                "error",
                f"Variable {variable} is not set, so '{label}' of [alerts] would not be told",
                f"set {variable} to an address Apprise knows, then: marketing-kpi alert --test",
            )


def _api_sources(company: Company) -> list[str]:
    return [
        name
        for name, settings in company.sources.items()
        if settings.enabled and settings.door == "api"
    ]


def _unset(company: Company, source: str) -> list[tuple[str, str]]:
    """Options of a source that name a variable, and the variable, where it is not set."""
    return [
        (option, str(variable))
        for option, variable in company.sources[source].options.items()
        if option.endswith("_env") and not os.environ.get(str(variable))
    ]


def _connections(company: Company, progress: Callable[[str], object]) -> Iterator[Finding]:
    """Ask every source that is read through its API something small, all at the same time."""
    sources = [name for name in _api_sources(company) if not _unset(company, name)]
    if not sources:
        return
    from orchestration.sources.api.connection import examine_all  # noqa: PLC0415 - HTTP clients

    for source, answer in examine_all(company, sources).items():
        if answer.problem is None:
            progress(f"  {source}: the API answers{answer.detail}")
        else:
            text = f"[sources.{source}] {answer.problem.message}"
            yield Finding("error", text, answer.problem.remedy)


def _without_files(company: Company) -> Iterator[Finding]:
    """Sources of several tables that are on and have no file of any; `_files` tells the others."""
    for source, settings in company.sources.items():
        if not settings.enabled or settings.door == "api" or len(tables_of(source)) < 2:
            continue
        if not _holds_data(company.exports / source):
            yield _no_file(source)


def _no_file(source: str) -> Finding:
    return Finding(
        "error",
        f"[sources.{source}] is on, but exports/{source}/ has no file",
        "put its export there, or write enabled = false",
    )


def _holds_data(folder: Path) -> bool:
    return any(path.is_file() and path.suffix.lower() != ".md" for path in folder.rglob("*"))


def _output(company: Company) -> Iterator[Finding]:
    folder = company.paths.output
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        yield Finding(
            "error",
            f"The output folder {folder} cannot be written",
            "give this user the right to write, or set KPI_OUTPUT_DIR to another folder",
        )


def _files(
    company: Company,
    table: TableContract,
    findings: list[Finding],
    progress: Callable[[str], object],
    money: _Money,
) -> pa.Table | None:
    """Read every file of a table; returns the rows of registers, which are compared later."""
    if table.source != REGISTERS and source_settings(company, table.source).door == "api":
        return None
    try:
        files = export_files(company, table)
    except UserError as error:
        findings.append(Finding.of(error))
        return None
    if not files:
        if table.source != REGISTERS and len(tables_of(table.source)) == 1:
            findings.append(_no_file(table.source))
        return None
    kept: list[pa.RecordBatch] = []
    for file in files:
        try:
            with tempfile.TemporaryDirectory(prefix="kpi-doctor-") as scratch:
                reader = FileReader(company, table, file, Path(scratch), examines=True)
                for batch in reader.batches():
                    if table.source == REGISTERS:
                        kept.append(batch)
        except UserError as error:
            findings.append(Finding.of(error))
            continue
        outcome = reader.outcome
        days = f", {outcome.first_day} to {outcome.last_day}" if outcome.first_day else ""
        progress(f"  {file.name}: {outcome.rows_good:,} rows{days}")
        findings += _refused(table, outcome.problems, outcome.rows_refused)
        findings += [
            Finding("note", f"{file.name}: {remark.text}", remark.remedy)
            for remark in outcome.remarks
        ]
        if table.source != REGISTERS:
            money += [(file.name, code, found) for code, found in outcome.currencies.items()]
    return pa.Table.from_batches(kept) if kept else None


def _refused(table: TableContract, problems: Sequence[Problem], total: int) -> Iterator[Finding]:
    # A refused row of a register changes figures without a trace in them.
    level: Level = "error" if table.source == REGISTERS else "note"
    for problem in problems[:_SHOWN_PROBLEMS]:
        at = f"{problem.file}, line {problem.line}" if problem.line else problem.file
        column = f", column '{problem.column}'" if problem.column else ""
        yield Finding(level, f"{at}{column}: {problem.reason}; the row is left out", problem.remedy)
    if total > _SHOWN_PROBLEMS:
        yield Finding(level, f"... and {total - _SHOWN_PROBLEMS} more refused rows of {table.name}")


def _registers(company: Company, registers: dict[str, pa.Table]) -> Iterator[Finding]:
    """What one register says of another, of the settings, or of the list of metrics."""
    metrics = _metrics(company)
    with duckdb.connect() as connection:
        for name, rows in registers.items():
            connection.register(name, rows)
        connection.register("metrics", metrics)
        for needed, sql, message, remedy in _RULES:
            if needed <= set(registers):
                for row in connection.execute(sql).fetchall():
                    yield Finding("error", message.format(*row), remedy)
        for name in sorted(set(registers) - _WITH_OWN_RULES):
            yield from _rivals(connection, contract_of(REGISTERS, name))
    if "targets" in registers:
        yield from _unknown_metrics(registers["targets"], metrics)
    if "margins" not in registers:
        yield Finding(
            "note",
            "registers/margins.csv is empty: no ROMI is shown, since a margin is never assumed",
            "let finance fill it: product_line, valid_from, contribution_margin, sales_cycle",
        )
    if "targets" not in registers:
        yield Finding(
            "note",
            "registers/targets.csv is empty: the scorecard shows figures without verdicts",
            "add targets that were approved before their period begins",
        )
    rates = registers.get("fx_rates")
    have = set(rates.column("currency").to_pylist()) if rates is not None else set()
    bank = company.source("central_bank")
    asked = bank.options.get("currencies") if bank else []  # without a list: all in use
    for name, settings in company.sources.items():
        currency = settings.currency or company.currency
        if not settings.enabled or currency in {company.currency, *have}:
            continue
        if asked is not None and currency not in asked:
            yield Finding(
                "error",
                f"[sources.{name}] is in {currency}, but registers/fx_rates.csv has no {currency}",
                f"add a rate of {currency} for every day of spend"
                + (", or to currencies in [sources.central_bank]" if bank else ""),
            )


# What their versions, or days, say twice is told in words of theirs.
_WITH_OWN_RULES = {"targets", "conversions", "fx_rates"}


def _rivals(connection: duckdb.DuckDBPyConnection, table: TableContract) -> Iterator[Finding]:
    """Records of one key that differ: one of them counts, and nothing tells which."""
    told = [column.name for column in table.stored_columns]
    columns = ", ".join(f'"{name}"' for name in told if name not in ("recorded_by", "reason"))
    key = ", ".join(f'"{name}"' for name in table.natural_key)
    rivals = connection.execute(
        f"select concat_ws(', ', {key}), count(*) "
        f"from (select distinct {columns} from {table.table}) "
        f"group by {key}, recorded_at having count(*) > 1 order by all"
    ).fetchall()
    for record, count in rivals:
        yield Finding(
            "error",
            f"registers/{table.table}.csv: {count} different records have the key {record} and the "
            "same recorded_at, so that only one of them counts",
            f"give each a key of its own ({', '.join(table.natural_key)}); where one corrects "
            "another, a later recorded_at",
        )


def _rates(company: Company, register: pa.Table | None, money: _Money) -> Iterator[Finding]:
    """Sums in a currency that has no rate: without one they are in no KPI."""
    rated: dict[str, set[date]] = {}
    if register is not None:
        for row in register.select(["currency", "rate_date"]).to_pylist():
            rated.setdefault(row["currency"], set()).add(row["rate_date"])
    bank = company.source("central_bank")
    for file, code, found in money:
        if code == company.currency:
            continue
        in_column = f"{file}, column '{found.column}'"
        place = f"{file}, line {found.line}, column '{found.column}'" if found.line else in_column
        missing = sorted(set(found.days) - rated.get(code, set()))
        if bank is not None or not missing:
            continue  # the bank's rates are loaded, weekends included
        lost = f"{sum(found.days[day] for day in missing):,.2f} {code}"
        days = f"{missing[0]}" if len(missing) == 1 else f"{missing[0]} to {missing[-1]}"
        if code not in rated:
            yield Finding(
                "error",
                f"{place}: {found.rows:,} rows are in {code}, but registers/fx_rates.csv has no "
                f"rate of {code}; {lost} are in no figure",
                f"add a rate of {code} for every day with such a row ({days}), or write "
                "enabled = true under [sources.central_bank]",
            )
        else:
            yield Finding(
                "note",
                # The line is that of the first row in the currency, whose day may have its rate.
                f"{in_column}: registers/fx_rates.csv lacks the rate of {code} on "
                f"days that have rows in {code}: {len(missing):,} ({days}); {lost} are in no "
                "figure",
                "add the missing days; on a weekend that is the rate of the last working day. A "
                "rate of the register is in force on its own day only",
            )


def _unknown_metrics(targets: pa.Table, metrics: pa.Table) -> Iterator[Finding]:
    known = metrics["metric_id"].to_pylist()
    named = {(row["target_id"], row["metric_id"]) for row in targets.to_pylist()}
    for target, metric in sorted(named):
        if metric not in known:
            near = ", ".join(near_names(metric, known))
            yield Finding(
                "error",
                f"registers/targets.csv: target {target} names the unknown metric '{metric}'",
                f"write {near}, or another metric_id of dbt_project/seeds/kpi_definitions.csv"
                if near
                else "use a metric_id of dbt_project/seeds/kpi_definitions.csv",
            )


def _metrics(company: Company) -> pa.Table:
    """metric_id, unit, the unit's other name, and whether it is a part of a whole (0 to 1)."""
    with DEFINITIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return pa.table(
        {
            "metric_id": [row["metric_id"] for row in rows],
            "unit": [row["unit"] for row in rows],
            "named": [company.currency if row["unit"] == "money" else row["unit"] for row in rows],
            "is_part": [row["interval_method"] in _INTERVALS_OF_PARTS for row in rows],
        }
    )


# Intervals of a count out of a count: such a share is never more than 1, a return may be.
_INTERVALS_OF_PARTS = ("wilson", "survey_share")


# Needed registers, rows that break the rule, message over the row, remedy.
_RULES: tuple[tuple[set[str], str, str, str], ...] = (
    (
        {"targets"},
        "select distinct target_id, targets.unit, metric_id, named from targets "
        "join metrics using (metric_id) where lower(targets.unit) <> lower(metrics.unit) "
        "and lower(targets.unit) <> lower(named) order by all",
        "registers/targets.csv: target {0} is in '{1}', but {2} is measured in '{3}'",
        "write that unit, and the target's value in it",
    ),
    (
        {"targets"},
        "select distinct target_id, cast(target_value as double), metric_id from targets "
        "join metrics using (metric_id) where is_part and target_value > 1 order by all",
        "registers/targets.csv: target {0} is {1}, but {2} is a share and never more than 1",
        "write 0.12 or 12% for twelve percent",
    ),
    (
        {"targets", "goals"},
        "select distinct target_id, goal_id from targets "
        "where goal_id not in (select goal_id from goals) order by all",
        "registers/targets.csv: target {0} serves the goal '{1}', which registers/goals.csv lacks",
        "add the goal, or name another",
    ),
    (
        {"targets"},
        "select target_id, version, proposer from targets where proposer = approver order by all",
        "registers/targets.csv: target {0} version {1} was proposed and approved by {2} alone",
        "let somebody else approve it",
    ),
    (
        {"targets"},
        "select target_id, version, count(*) from targets group by all having count(*) > 1 "
        "order by all",
        "registers/targets.csv: target {0} has version {1} {2} times",
        "give every change a version of its own",
    ),
    (
        {"conversions"},
        "select conversion_id, version, count(*) from conversions group by all having count(*) > 1 "
        "order by all",
        "registers/conversions.csv: conversion {0} has version {1} {2} times",
        "give every change a version of its own",
    ),
    (
        {"fx_rates"},
        "select rate_date, currency, count(distinct rate / nominal) from fx_rates group by all "
        "having count(distinct rate / nominal) > 1 order by all",
        "registers/fx_rates.csv: {0} has {2} different rates of {1}",
        "keep the central bank's rate of that day",
    ),
)


def _unused_exports(company: Company) -> Iterator[Finding]:
    for _, remark in unread_files(company):
        yield Finding("note", remark.text, remark.remedy)
    for source in sorted(SOURCES):
        folder = company.exports / source
        if source != REGISTERS and company.source(source) is None and _holds_data(folder):
            yield Finding(
                "note",
                f"exports/{source}/ holds files, but the source is off",
                f"write enabled = true under [sources.{source}] of {COMPANY_FILE}",
            )
