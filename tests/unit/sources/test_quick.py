"""The short way for clean logs gives what the careful way gives, or nothing at all."""

from __future__ import annotations

import gzip
import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.settings import Company, SourceSettings
from orchestration.sources import pii, quick
from orchestration.sources.contracts import CONTRACTS, contract_of
from orchestration.sources.files import ExportFile, FileOutcome, FileReader, arrow_schema
from tests.fakes.yandex_metrica import hit, visit

FIRST = date(2026, 1, 1)
DAYS = (FIRST, date(2026, 3, 1))


def company_of(folder: Path, **options: object) -> Company:
    metrica = SourceSettings(door="api", **options)  # type: ignore[arg-type]
    return Company(
        directory=folder, name="Test", first_date=FIRST, sources={"yandex_metrica": metrica}
    )


def write_part(path: Path, rows: list[dict[str, str]], columns: list[str]) -> Path:
    lines = ["\t".join(row.get(name, "") for name in columns) for row in rows]
    path.write_text("\n".join(["\t".join(columns), *lines]) + "\n", encoding="utf-8", newline="")
    return path


def short(company: Company, table: str, parts: list[Path]) -> pa.Table:
    contract = contract_of("yandex_metrica", table)
    outcome = FileOutcome("api")
    found = quick.batches(company, contract, parts, file="api", days=[DAYS], outcome=outcome)
    rows = pa.Table.from_batches(found, arrow_schema(contract))
    assert outcome.rows_loaded == rows.num_rows
    return rows


def careful(company: Company, table: str, parts: list[Path]) -> tuple[pa.Table, int]:
    contract = contract_of("yandex_metrica", table)
    rows: list[pa.RecordBatch] = []
    refused = 0
    for part in parts:
        reader = FileReader(company, contract, ExportFile(part, "api"), part.parent)
        rows += reader.batches([DAYS])
        refused += reader.outcome.rows_refused
    return pa.Table.from_batches(rows, arrow_schema(contract)), refused


@pytest.mark.parametrize(("table", "make"), [("visits", visit), ("hits", hit)])
def test_parts_with_columns_in_another_order_are_one_table(
    tmp_path: Path, table: str, make: object
) -> None:
    rows = [make(date(2026, 1, 1 + number), number) for number in range(9)]  # type: ignore[operator]
    columns = list(rows[0])
    parts = [
        write_part(tmp_path / "0.tsv", rows[:4], columns),
        write_part(tmp_path / "1.tsv", rows[4:6], columns),
        write_part(tmp_path / "2.tsv", rows[6:], [*reversed(columns), "ym:s:new"]),
    ]
    company = company_of(tmp_path)
    wanted, _ = careful(company, table, parts)
    assert short(company, table, parts).equals(wanted)


@pytest.mark.parametrize(("table", "make"), [("visits", visit), ("hits", hit)])
def test_no_way_stores_a_contact_of_an_address_or_a_label(
    tmp_path: Path, table: str, make: object
) -> None:
    """Every text of a log is told by the browser, which may have been sent anything."""
    contract = contract_of("yandex_metrica", table)
    rows = [make(date(2026, 1, 1), number) for number in range(40)]  # type: ignore[operator]
    headers = {column.name: column.headers[0] for column in contract.columns if column.headers}
    texts = [column.name for column in contract.columns if column.is_of_visitors]
    for row, name in zip(rows, texts, strict=False):
        row[headers[name]] = "https://a.ru/?e=anna%40example.ru&t=%2B79001112233"
    part = write_part(tmp_path / "0.tsv", rows, list(dict.fromkeys(k for r in rows for k in r)))
    company = company_of(tmp_path)
    wanted, refused = careful(company, table, [part])
    assert refused == 0
    assert short(company, table, [part]).equals(wanted)
    stored = {
        name: " ".join(str(cell) for cell in wanted.column(name).to_pylist()) for name in texts
    }
    contact = pii.keyed_hash("anna@example.ru", company.hash_key())
    assert not [name for name, text in stored.items() if "anna" in text or "9001112233" in text]
    assert [name for name, text in stored.items() if contact in text] == texts


def test_only_the_wanted_days_come(tmp_path: Path) -> None:
    rows = [visit(date(2026, 2, 28), 1), visit(date(2026, 3, 1), 2)]
    part = write_part(tmp_path / "0.tsv", rows, list(rows[0]))
    found = short(company_of(tmp_path), "visits", [part])
    assert found.column("date").to_pylist() == [date(2026, 2, 28)]


cells = st.one_of(
    st.sampled_from(
        ["", " ", "1", "0", "-1", " 7", "7 ", "1.5", "1.0", "1e3", "12,5", "null", "NULL", "\\t",
         "2026-01-05", "05.01.2026", "2026-02-30", "2025-12-31", "2030-01-01", "2026-01-05 10:00",
         "2026-01-05 10:00:00", "2026-01-05T10:00:00", "2026-01-05 10:00:00+03", "nan", "[1,2]",
         "x ", "\u00a0x", "9223372036854775808", "ym:s:date"]
    ),
    st.text(st.characters(exclude_characters="\t\r\n", exclude_categories=("Cs",)), max_size=8),
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(field=st.sampled_from(sorted(visit(FIRST, 1))), cell=cells, others=st.integers(0, 40))
@example(field="ym:s:date", cell="2026-01-05", others=30)
@example(field="ym:s:dateTime", cell="2026-01-05 10:00:00+03", others=30)
@example(field="ym:s:pageViews", cell="1.5", others=30)
def test_any_cell_comes_out_as_the_careful_way_has_it_or_not_at_all(
    field: str, cell: str, others: int
) -> None:
    rows = [visit(FIRST, number) for number in range(others)]
    rows.append({**visit(FIRST, 999), field: cell})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        company = company_of(folder)
        part = write_part(folder / "0.tsv", rows, list(visit(FIRST, 1)))
        try:
            found = short(company, "visits", [part])
        except quick.IrregularError:
            return
        wanted, refused = careful(company, "visits", [part])
    assert refused == 0
    assert found.equals(wanted)


@pytest.mark.parametrize(
    "line",
    ["too\tfew", "\t".join("x" * 60), "\x00", "", "\t" * 12],
    ids=["few", "many", "nul", "blank", "empty_cells"],
)
def test_a_torn_line_needs_the_careful_way(tmp_path: Path, line: str) -> None:
    rows = [visit(FIRST, number) for number in range(40)]
    part = write_part(tmp_path / "0.tsv", rows, list(rows[0]))
    part.write_text(part.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    company = company_of(tmp_path)
    try:
        found = short(company, "visits", [part])
    except quick.IrregularError:
        return
    wanted, refused = careful(company, "visits", [part])
    assert refused == 0
    assert found.equals(wanted)


def test_bytes_that_are_no_text_need_the_careful_way(tmp_path: Path) -> None:
    rows = [visit(FIRST, number) for number in range(3)]
    part = write_part(tmp_path / "0.tsv", rows, list(rows[0]))
    part.write_bytes(part.read_bytes().replace(b"shop.example", b"shop.\xff\xfe", 1))
    with pytest.raises(quick.IrregularError):
        short(company_of(tmp_path), "visits", [part])


def test_only_logs_go_the_short_way(tmp_path: Path) -> None:
    company = company_of(tmp_path)
    logs = {name for name, contract in CONTRACTS.items() if quick.suits(company, contract)}
    assert logs == {"yandex_metrica__visits", "yandex_metrica__hits"}
    zone = company_of(tmp_path, timezone="Asia/Tokyo")
    assert not quick.suits(zone, contract_of("yandex_metrica", "visits"))


# --- export files --------------------------------------------------------------------------------


def export_of(folder: Path, *, rows: int = 6, header: list[str] | None = None) -> ExportFile:
    """A file of visits; `header` renames its columns."""
    made = [visit(date(2026, 1, 1 + number), number) for number in range(rows)]
    columns = list(made[0])
    path = write_part(folder / "visits.tsv", made, columns)
    if header:
        lines = path.read_text(encoding="utf-8").split("\n")
        path.write_text("\n".join(["\t".join(header), *lines[1:]]), encoding="utf-8")
    return ExportFile(path, path.name)


VISITS = contract_of("yandex_metrica", "visits")


def test_a_plain_log_is_read_the_short_way_whatever_the_case_of_its_header(tmp_path: Path) -> None:
    company = company_of(tmp_path)
    file = export_of(tmp_path, header=[name.upper() for name in visit(FIRST, 1)])
    assert quick.suits_file(company, VISITS, file)
    wanted, _ = careful(company, "visits", [file.path])
    found = short(company, "visits", [file.path])
    assert found.equals(wanted)
    assert found.column("client_id").null_count == 0


@pytest.mark.parametrize("ends", ["\r\n", "mixed", "gzip", "cp1251", "parquet"])
def test_what_may_be_read_the_short_way(tmp_path: Path, ends: str) -> None:
    file = export_of(tmp_path)
    text = file.path.read_bytes()
    if ends == "\r\n":
        file.path.write_bytes(text.replace(b"\n", b"\r\n"))
        wanted, _ = careful(company_of(tmp_path), "visits", [file.path])
        assert short(company_of(tmp_path), "visits", [file.path]).equals(wanted)
    elif ends == "mixed":
        file.path.write_bytes(text.replace(b"\n", b"\r\n", 3))
    elif ends == "gzip":
        file = ExportFile(file.path.rename(tmp_path / "visits.tsv.gz"), "visits.tsv.gz")
        file.path.write_bytes(gzip.compress(text))
    elif ends == "cp1251":
        file.path.write_bytes(text.replace(b"shop.example", "дом.рф".encode("cp1251")))
    else:
        file.path.write_bytes(b"PAR1" + text)
    assert quick.suits_file(company_of(tmp_path), VISITS, file) == (ends == "\r\n")


@pytest.mark.parametrize(
    "options", [{"columns": {"client_id": "x"}}, {"constants": {"counter_id": "7"}}]
)
def test_own_headers_and_constants_need_the_careful_way(
    tmp_path: Path, options: dict[str, object]
) -> None:
    assert not quick.suits_file(company_of(tmp_path, **options), VISITS, export_of(tmp_path))


def test_a_column_that_the_settings_tell_needs_the_careful_way(tmp_path: Path) -> None:
    names = [name.replace("counterID", "other") for name in visit(FIRST, 1)]
    assert "ym:s:other" in names
    file = export_of(tmp_path, header=names)
    assert not quick.suits_file(company_of(tmp_path, counter_ids=["77"]), VISITS, file)
