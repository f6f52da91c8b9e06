from __future__ import annotations

from datetime import date, datetime

import pytest

from orchestration.settings import PROJECT_DIR, Company
from orchestration.sources.contracts import contract_of
from orchestration.sources.files import export_files
from tests.unit.sources.helpers import read, write

SAMPLE = PROJECT_DIR.parent / "shared" / "samples" / "apache_logs" / "apache_logs"
TABLE = "plain__server_requests"
LINES = (
    '203.0.113.7 - - [01/Feb/2026:09:05:03 +0000] "GET /stoves?utm_source=x HTTP/1.1" 200 203 '
    '"https://ya.ru/" "Mozilla/5.0 (X11; \\"q\\")"\n'
    '203.0.113.8 - anna [01/Feb/2026:12:05:03 +0300] "POST /form HTTP/1.1" 302 -\n'
)


def test_a_log_of_the_server_is_read_as_it_is(company: Company) -> None:
    path = write(company.exports / "plain" / "access.log", LINES * 10)
    assert [
        file.path for file in export_files(company, contract_of("plain", "server_requests"))
    ] == [path]
    rows, outcome = read(company, TABLE, path)
    assert (outcome.rows_good, outcome.rows_refused) == (20, 0)
    first, second = rows.slice(0, 2).to_pylist()
    assert first["requested_at"] == datetime(2026, 2, 1, 12, 5, 3)  # noqa: DTZ001 - company's clock
    assert second["requested_at"] == first["requested_at"]
    assert (first["page"], second["page"]) == ("/stoves?utm_source=x", "/form")
    assert first["user_agent"].startswith("Mozilla/5.0")
    assert second["user_agent"] is None
    assert first["ip_network"] == "203.0.113.0"
    assert "anna" not in str(rows.to_pylist())


def test_a_line_of_another_form_is_named(company: Company) -> None:
    path = write(company.exports / "plain" / "access.log", LINES * 20 + "203.0.113.9 - - [01/Fe\n")
    _, outcome = read(company, TABLE, path)
    (problem,) = outcome.problems
    assert (problem.line, problem.column) == (41, "requested_at")
    assert "203.0.113.9" not in str(problem)


@pytest.mark.parametrize("cut", ['"Mozilla/5.0 (compat', '"'])
def test_a_line_that_breaks_off_inside_of_a_quotation_is_refused(
    company: Company, cut: str
) -> None:
    torn = f'203.0.113.9 - - [01/Feb/2026:09:05:03 +0000] "GET / HTTP/1.1" 200 203 "-" {cut}\n'
    path = write(company.exports / "plain" / "access.log", LINES * 20 + torn + LINES)
    _, outcome = read(company, TABLE, path)
    assert [problem.line for problem in outcome.problems] == [41]
    assert outcome.rows_good == 42


@pytest.mark.parametrize("probe", [b"\x01", b"\x16\x03\x01\x02", b"\x00", b"\xff\xfe", b"\x1b[2J"])
def test_bytes_of_a_scanner_cost_their_own_line(company: Company, probe: bytes) -> None:
    line = b'203.0.113.9 - - [01/Feb/2026:09:05:03 +0000] "' + probe + b'" 400 203 "-" "-"\n'
    content = LINES.encode() * 20 + line + LINES.encode()
    path = write(company.exports / "plain" / "access.log", content)
    _, outcome = read(company, TABLE, path)
    assert [problem.line for problem in outcome.problems] == [41]
    assert outcome.rows_good == 42


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_log_that_a_windows_console_copied(company: Company, encoding: str) -> None:
    lines = LINES.replace("\n", "\r\n") * 3
    path = write(company.exports / "plain" / "access.log", lines, encoding)
    rows, outcome = read(company, TABLE, path)
    assert (outcome.rows_good, outcome.rows_refused) == (6, 0)
    assert rows.column("ip_network").to_pylist()[0] == "203.0.113.0"


def test_a_real_log(company: Company) -> None:
    if not SAMPLE.exists():
        pytest.skip(f"the sample is not here: {SAMPLE}")
    company = company.model_copy(update={"first_date": date(2015, 1, 1)})
    path = write(company.exports / "plain" / "access.log", SAMPLE.read_bytes())
    rows, outcome = read(company, TABLE, path)
    total = len(SAMPLE.read_bytes().splitlines())
    assert total == 10_000
    # the sample's one torn line breaks off inside of the browser's name
    (torn,) = outcome.problems
    assert (torn.line, torn.column, torn.value) == (8899, "requested_at", None)
    assert (outcome.rows_good, outcome.rows_refused) == (9_999, 1)
    assert set(rows.column("day").to_pylist()) <= {date(2015, 5, day) for day in range(17, 22)}
    assert all(network.endswith(".0") for network in rows.column("ip_network").to_pylist())
