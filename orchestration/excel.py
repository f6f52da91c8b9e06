"""Published marts as an Excel workbook, for people who work there.

One sheet per mart with typed cells, number formats, a frozen header and a filter; a sheet with
what every column means; a sheet that says whose figures these are and how old.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from orchestration.dictionary import COMPANY_CURRENCY, RATIO, SHARE, SIGNED_SHARE
from orchestration.errors import UserError, near_names
from orchestration.publication import DATABASE_NAME, MARTS_SCHEMA, has_published
from orchestration.settings import Company

# Limits of the format: 1,048,576 rows, one of them the header; 31 letters in a sheet's name;
# 32,767 in a cell.
MAX_ROWS = 1_048_575
MAX_SHEET_NAME = 31
MAX_CELL_TEXT = 32_767

ABOUT_SHEET = "About"
COLUMNS_SHEET = "Columns"
_BATCH = 10_000

_FORMATS = {
    "money": "#,##0.00",
    "share": "0.0%",
    "number": "#,##0.00",
    "count": "#,##0",
    "date": "yyyy-mm-dd",
    "timestamp": "yyyy-mm-dd hh:mm:ss",
}


@dataclass(frozen=True)
class Sheet:
    mart: str
    rows: int


@dataclass(frozen=True)
class Report:
    """What was written. `left_out`: marts that do not fit, each in words."""

    path: Path
    sheets: list[Sheet] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Column:
    name: str
    type: str
    unit: str
    description: str


def export(
    company: Company, path: Path, *, marts: Sequence[str] | None = None, where: str | None = None
) -> Report:
    """Write marts of the published snapshot to `path`; `marts=None` means all of them.

    `where` is an SQL condition on the rows of each chosen mart. A mart with more rows than a sheet
    holds is an error when it was named, and is left out, in words, when all were asked for.

    Raises:
        UserError: nothing is published, a mart does not exist or does not fit, the condition is
            wrong, or the file cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise UserError("The workbook's name must end in .xlsx", file=path)
    if not path.parent.is_dir():
        raise UserError("There is no such folder", file=path.parent, remedy="make it first")
    database = company.paths.published / DATABASE_NAME
    if not has_published(company):
        raise UserError(
            "Nothing has been published yet",
            file=database,
            remedy=f"run the pipeline first: marketing-kpi run --company {company.directory}",
        )
    with duckdb.connect(str(database), read_only=True) as connection:
        chosen = _chosen(connection, marts)
        counts = {mart: _count(connection, mart, where) for mart in chosen}
        too_large = {mart: rows for mart, rows in counts.items() if rows > MAX_ROWS}
        if too_large and marts is not None:
            raise UserError(
                f"{_too_large(*next(iter(too_large.items())))}",
                remedy="choose rows with --where, or take the parquet file",
            )
        report = Report(path, left_out=[_too_large(*item) for item in too_large.items()])
        aside = path.with_name(f".{path.name}.tmp")
        try:
            _write(
                connection,
                company,
                aside,
                [m for m in chosen if m not in too_large],
                where=where,
                report=report,
            )
            os.replace(aside, path)  # noqa: PTH105 - readers see the old workbook or the new one
        except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
            raise UserError(
                f"The workbook cannot be written: {error}",
                file=path,
                remedy="close it in Excel, or choose another --to",
            ) from error
        finally:
            aside.unlink(missing_ok=True)
    return report


def _chosen(connection: duckdb.DuckDBPyConnection, marts: Sequence[str] | None) -> list[str]:
    known = [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = ? order by 1",
            [MARTS_SCHEMA],
        ).fetchall()
    ]
    if marts is None:
        return known
    if not marts:
        raise UserError("No mart was named", remedy="give --mart NAME, or --all")
    for mart in marts:
        if mart not in known:
            near = near_names(mart, known)
            raise UserError(
                f"There is no mart '{mart}'",
                remedy=f"choose one of: {', '.join(near or known)}",
            )
    return list(dict.fromkeys(marts))


def _count(connection: duckdb.DuckDBPyConnection, mart: str, where: str | None) -> int:
    try:
        counted = connection.execute(f"select count(*) from {_rows(mart, where)}").fetchone()
    except duckdb.Error as error:
        raise UserError(
            f"The condition does not fit {mart}: {str(error).splitlines()[0]}",
            remedy="write it as after WHERE in SQL; the columns are in docs.columns",
        ) from error
    return int(counted[0]) if counted else 0


def _rows(mart: str, where: str | None) -> str:
    return f'{MARTS_SCHEMA}."{mart}"' + (f" where ({where})" if where else "")


def _too_large(mart: str, rows: int) -> str:
    return f"{mart} has {rows:,} rows; a sheet of Excel holds {MAX_ROWS:,}"


def _write(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    path: Path,
    marts: Sequence[str],
    *,
    where: str | None,
    report: Report,
) -> None:
    # Texts come from outside: none of them may become a formula or a link. Rows are written once,
    # in order, so memory does not grow with them.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    described = _described(connection)
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": f"{company.name}: marts", "company": company.name})
        formats = {
            name: workbook.add_format({"num_format": text}) for name, text in _FORMATS.items()
        }
        formats["header"] = workbook.add_format({"bold": True, "bottom": 1})
        formats["wrapped"] = workbook.add_format({"text_wrap": True, "valign": "top"})
        about = workbook.add_worksheet(ABOUT_SHEET)
        names = _sheet_names(marts)
        for mart in marts:
            sheet = workbook.add_worksheet(names[mart])
            rows = _write_mart(
                connection,
                sheet,
                mart=mart,
                columns=described[mart],
                where=where,
                formats=formats,
            )
            report.sheets.append(Sheet(mart, rows))
        _write_columns(workbook.add_worksheet(COLUMNS_SHEET), marts, described, formats)
        _write_about(
            connection,
            about,
            company=company,
            names=names,
            where=where,
            report=report,
            formats=formats,
        )


def _described(connection: duckdb.DuckDBPyConnection) -> dict[str, list[_Column]]:
    columns: dict[str, list[_Column]] = {}
    for mart, *column in connection.execute(
        "select mart, column_name, data_type, unit, description from docs.columns "
        "order by mart, position"
    ).fetchall():
        columns.setdefault(mart, []).append(_Column(*column))
    return columns


def _sheet_names(marts: Sequence[str]) -> dict[str, str]:
    """Names of at most 31 letters, different also after the cut."""
    names: dict[str, str] = {}
    for mart in marts:
        name, number = mart[:MAX_SHEET_NAME], 2
        while name.lower() in {taken.lower() for taken in names.values()}:
            name = f"{mart[: MAX_SHEET_NAME - 3]}~{number}"
            number += 1
        names[mart] = name
    return names


def _write_mart(
    connection: duckdb.DuckDBPyConnection,
    sheet: Worksheet,
    *,
    mart: str,
    columns: Sequence[_Column],
    where: str | None,
    formats: dict[str, Format],
) -> int:
    for index, column in enumerate(columns):
        sheet.set_column(index, index, _width(column), formats.get(_format_of(column)))
    for index, column in enumerate(columns):
        sheet.write_string(0, index, column.name, formats["header"])
    names = ", ".join(f'"{column.name}"' for column in columns)
    number = 0
    for row in _fetched(connection, f"select {names} from {_rows(mart, where)}"):
        number += 1
        for index, value in enumerate(row):
            _write_cell(sheet, number, index, value, formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(number, 1), len(columns) - 1)
    return number


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    result = connection.execute(sql)
    while batch := result.fetchmany(_BATCH):
        yield from batch


def _write_cell(
    sheet: Worksheet, row: int, column: int, value: Any, formats: dict[str, Format]
) -> None:
    """A NULL stays an empty cell: 0 would be another statement."""
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | Decimal():
            sheet.write_number(row, column, value)
        case float():
            if math.isfinite(value):
                sheet.write_number(row, column, value)
            else:
                sheet.write_string(row, column, str(value))
        case datetime():
            sheet.write_datetime(row, column, value, formats["timestamp"])
        case date():
            sheet.write_datetime(row, column, value, formats["date"])
        case _:
            sheet.write_string(row, column, str(value)[:MAX_CELL_TEXT])


def _format_of(column: _Column) -> str:
    if column.type in {"BIGINT", "INTEGER", "HUGEINT"}:
        return "count"
    if column.type == "DATE":
        return "date"
    if column.type.startswith("TIMESTAMP"):
        return "timestamp"
    if column.type in {"VARCHAR", "BOOLEAN"}:
        return ""
    if column.unit.startswith(COMPANY_CURRENCY):
        return "money"
    return {SHARE: "share", SIGNED_SHARE: "share", RATIO: "number"}.get(column.unit, "number")


def _width(column: _Column) -> int:
    return max(len(column.name) + 3, 20 if column.type.startswith("TIMESTAMP") else 12)


def _write_columns(
    sheet: Worksheet,
    marts: Sequence[str],
    described: dict[str, list[_Column]],
    formats: dict[str, Format],
) -> None:
    for index, width in enumerate((28, 30, 16, 26, 100)):
        sheet.set_column(index, index, width, formats["wrapped"])
    for index, name in enumerate(("mart", "column", "type", "unit", "description")):
        sheet.write_string(0, index, name, formats["header"])
    row = 0
    for mart in marts:
        for column in described[mart]:
            row += 1
            for index, text in enumerate(
                (mart, column.name, column.type, column.unit, column.description)
            ):
                sheet.write_string(row, index, text, formats["wrapped"])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(row, 1), 4)


def _write_about(
    connection: duckdb.DuckDBPyConnection,
    sheet: Worksheet,
    *,
    company: Company,
    names: dict[str, str],
    where: str | None,
    report: Report,
    formats: dict[str, Format],
) -> None:
    published = connection.execute(
        "select run_id, as_of_date, published_at from run.publication"
    ).fetchone()
    descriptions = dict(connection.execute("select mart, description from docs.marts").fetchall())
    sheet.set_column(0, 0, 34, formats["wrapped"])
    sheet.set_column(1, 1, 14, formats["wrapped"])
    sheet.set_column(2, 2, 100, formats["wrapped"])
    lines: list[tuple[str, ...]] = [("company", company.name)]
    if published:
        run_id, as_of, at = published
        lines += [
            ("days up to", f"{as_of} (not included)"),
            ("published", f"{at:%Y-%m-%d %H:%M} {at.tzname() or 'UTC'}"),
            ("run", run_id),
        ]
    if where:
        lines.append(("rows where", where))
    lines += [("empty cell", "no number: a ratio without a denominator; see reason_code"), ("",)]
    lines += [("NOT IN THIS WORKBOOK", text) for text in report.left_out]
    row = 0
    for line in lines:
        for index, text in enumerate(line):
            sheet.write_string(row, index, text)
        row += 1
    for index, text in enumerate(("sheet", "rows", "what it holds")):
        sheet.write_string(row, index, text, formats["header"])
    for written in report.sheets:
        row += 1
        sheet.write_string(row, 0, names[written.mart])
        sheet.write_number(row, 1, written.rows, formats["count"])
        sheet.write_string(row, 2, descriptions.get(written.mart, ""), formats["wrapped"])
