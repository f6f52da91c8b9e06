"""DuckDB within the memory that the machine's owner allows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.connections import MEMORY_LIMIT_VARIABLE, connect
from orchestration.errors import UserError

# Ten million numbers that have to be sorted whole: several times the limit below.
_SORTED = (
    "select sum(place) from (select row_number() over (order by hash(range)) as place "
    "from range(10000000))"
)
_SUM = 10_000_000 * 10_000_001 // 2


def test_what_does_not_fit_goes_to_the_folder_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_LIMIT_VARIABLE, "100MB")
    nowhere = tmp_path / "a_file"
    nowhere.write_text("", encoding="utf-8")
    with connect(spill=nowhere / "cannot_be_made") as connection, pytest.raises(duckdb.Error):
        connection.execute(_SORTED)
    with connect(spill=tmp_path / "spill") as connection:
        assert connection.execute(_SORTED).fetchone() == (_SUM,)


def test_the_limit_holds_for_a_file_that_is_open_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as before:
        monkeypatch.setenv(MEMORY_LIMIT_VARIABLE, "1GiB")
        with connect(tmp_path / "a.duckdb") as connection:
            limit = connection.execute("select current_setting('memory_limit')").fetchone()
        assert limit == ("1.0 GiB",)
        assert before.execute("select 1").fetchone() == (1,)


def test_a_limit_that_is_no_amount_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY_LIMIT_VARIABLE, "plenty")
    with pytest.raises(UserError, match="no amount of memory: 'plenty'"):
        connect()
