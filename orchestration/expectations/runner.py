"""Runs checks: SQL computes small frames, Great Expectations judges them.

GX's own SQL path is broken on DuckDB, and its pandas path holds whole tables in memory; a frame
of aggregates avoids both.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import duckdb

from orchestration import settings
from orchestration.expectations import texts
from orchestration.expectations.model import AS_OF, LAST_COMPLETE, Check, Expectation, no_rows
from orchestration.expectations.names import Names, names_of_company
from orchestration.outcomes import CheckOutcome

if TYPE_CHECKING:  # pandas is loaded when the first frame is made, not with the code location
    import pandas as pd

SAMPLE_ROWS = 20

_RAW_TABLE = re.compile(r"\braw\.(\w+)")
_COPY = "checked_"

# What is asked of GX: the rows that break a rule cost as much again as the verdict.
_VERDICT, _WITH_ROWS = {"result_format": "BASIC"}, {"result_format": "COMPLETE"}

# Checks do not select these; should one ever do so, its rows are not kept.
PERSONAL_COLUMNS = frozenset(
    {"phone", "email", "phone_hash", "email_hash", "contact_hash", "client_id", "yclid"}
    | {"customer_id", "respondent_id", "rejected_value"}
)


@dataclass(frozen=True)
class CheckResult:
    """A check, what it found, and the rows of the frame that break the rule (`failing`).

    `observed` says in a few words what was looked at. `validations` are GX's own results, as
    plain data. A check that could not run has `error` set, and has failed. `names` are those of
    things in its messages.
    """

    check: Check
    outcome: CheckOutcome
    failing: pd.DataFrame
    observed: str
    validations: tuple[Mapping[str, Any], ...] = ()
    error: str | None = None
    names: Names = field(default_factory=dict, repr=False)

    @property
    def sample(self) -> pd.DataFrame:
        """Up to 20 of the failing rows."""
        return self.failing.head(SAMPLE_ROWS)


def applicable(connection: duckdb.DuckDBPyConnection, check: Check) -> bool:
    """Whether the company has what the check looks at.

    A condition that cannot be evaluated counts as true: the check then runs and fails with the
    reason, so that a missing table, or settings that nobody wrote, are never mistaken for a source
    that is switched off.
    """
    return isinstance(_dates(connection), str) or _applies(connection, check.applies)


def _applies(connection: duckdb.DuckDBPyConnection, condition: str) -> bool:
    try:
        row = connection.execute(f"select coalesce(({condition}), false)").fetchone()
    except duckdb.Error:
        return True
    return row is None or bool(row[0])


def run_checks(connection: duckdb.DuckDBPyConnection, checks: Iterable[Check]) -> list[CheckResult]:
    """Evaluate, in order, those checks that apply to the company; the others have no result.

    Never raises for a check's own fault: that is a failed outcome.
    """
    chosen = list(checks)
    dates = _dates(connection)
    if isinstance(dates, str):
        return [_could_not_run(check, dates) for check in chosen]
    names = names_of_company(connection)
    with _shared_tables(connection, chosen) as from_copies:

        def ready(sql: str) -> str:
            for query, constant in dates.items():
                sql = sql.replace(query, constant)
            return from_copies(sql)

        return [
            _run(connection, check, ready(check.sql), names)
            for check in chosen
            if _applies(connection, ready(check.applies))
        ]


def _dates(connection: duckdb.DuckDBPyConnection) -> dict[str, str] | str:
    """The queries for the dates of this run, with the constants that stand for them; or a problem.

    Compared with a constant, files of other days need not be opened. Without the date of the run
    every comparison with it is NULL, and would look like a pass.
    """
    try:
        rows = connection.execute(f"select {AS_OF}, {LAST_COMPLETE} from raw.company").fetchall()
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    if len(rows) != 1 or rows[0][0] is None:
        return "raw.company does not hold the settings of this run"
    as_of, last_complete = rows[0]
    constants = {AS_OF: f"(date '{as_of}')"}
    if last_complete is not None:
        constants[LAST_COMPLETE] = f"(date '{last_complete}')"
    return constants


@contextmanager
def _shared_tables(
    connection: duckdb.DuckDBPyConnection, checks: Sequence[Check]
) -> Iterator[Callable[[str], str]]:
    """Rewrites queries to read one temporary copy of each raw table that several of them need.

    A table of many days is one or many files, which cost more to open than most queries. Visits are
    left where they are, they may be millions.
    """
    used = Counter(
        name for check in checks for name in set(_RAW_TABLE.findall(check.sql + check.applies))
    )
    copied = []
    for name in sorted(name for name, count in used.items() if count > 1):
        if name.endswith("__visits"):
            continue
        try:
            connection.execute(f"create or replace temp table {_COPY}{name} as from raw.{name}")
        except duckdb.Error:  # the checks of this table then fail one by one, with the reason
            continue
        copied.append(name)
    try:
        yield lambda sql: _RAW_TABLE.sub(
            lambda found: f"{_COPY}{found[1]}" if found[1] in copied else found[0], sql
        )
    finally:
        for name in copied:
            connection.execute(f"drop table if exists temp.{_COPY}{name}")


def _run(
    connection: duckdb.DuckDBPyConnection, check: Check, sql: str, names: Names
) -> CheckResult:
    try:
        frame = connection.execute(sql).df()
    except duckdb.Error as error:
        return _could_not_run(check, str(error).splitlines()[0])
    if frame.empty and not check.passes_when_empty:
        return _could_not_run(check, "the query found nothing to judge")
    return judge(check, frame, names)


def judge(check: Check, frame: pd.DataFrame, names: Names) -> CheckResult:
    """Let GX judge the frame of a check; `names` are those of its messages."""
    frame = frame.drop(columns=[name for name in frame.columns if name in PERSONAL_COLUMNS])
    try:
        validations = _validate(check, frame)
    except Exception as error:  # whatever GX raises must not pass as "no failure"
        return _could_not_run(check, f"{type(error).__name__}: {error}")
    failing: set[int] = set()
    for validation in validations:
        if validation["exception"]:
            return _could_not_run(check, validation["exception"])
        failing.update(validation["failing"])
    passed = all(validation["success"] for validation in validations)
    rows = frame.iloc[sorted(failing)] if failing else frame.head(0)
    outcome = CheckOutcome(
        name=check.name,
        subject=check.subject,
        severity=check.severity,
        passed=passed,
        message_en=check.title_en if passed else failure_message(check, rows, "en", names),
        message_ru=check.title_ru if passed else failure_message(check, rows, "ru", names),
        failed_rows=0 if passed else _facts(rows)["failed_rows"],
        since=None if passed else _since(rows),
    )
    return CheckResult(
        check=check,
        outcome=outcome,
        failing=rows.reset_index(drop=True),
        observed=f"{len(rows):,} of {len(frame):,} rows of the frame break the rule",
        validations=tuple(validations),
        names=names,
    )


def _could_not_run(check: Check, reason: str) -> CheckResult:
    import pandas as pd  # noqa: PLC0415 - see the head of the module

    return CheckResult(
        check=check,
        outcome=CheckOutcome(
            name=check.name,
            subject=check.subject,
            severity=check.severity,
            passed=False,
            message_en=(
                f"The check could not run ({reason}), so nothing is known about: "
                f"{check.title_en} What to do: see the log of the run; usually a table is missing "
                "because an earlier step failed."
            ),
            message_ru=(
                f"Проверка не выполнена ({reason}), поэтому неизвестно, верно ли: "
                f"{check.title_ru} Что делать: посмотреть журнал запуска; обычно нет таблицы, "
                "потому что не прошёл предыдущий шаг."
            ),
        ),
        failing=pd.DataFrame(),
        observed="not evaluated",
        error=reason,
    )


# --- Great Expectations ------------------------------------------------------------------------


@cache
def _batch_definition() -> Any:
    """GX's entry: an in-memory context and one asset that takes any frame. Imports GX, once."""
    settings.set_offline_defaults()
    _import_when_used("scipy.stats")
    _import_when_used("altair")
    import great_expectations as gx  # noqa: PLC0415 - takes seconds, and only a run needs it

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    frames = context.data_sources.add_pandas("frames")
    return frames.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")


def _import_when_used(full_name: str) -> None:
    """Put off the import of a module to the first use of anything in it.

    GX imports scipy's 400 modules, a second of processor time, and altair's 100 for tests of
    distributions and their charts that no check of ours asks for.
    """
    if full_name in sys.modules:
        return
    spec = importlib.util.find_spec(full_name)
    if spec is None or spec.loader is None:  # GX itself then says what is missing
        return
    module = importlib.util.module_from_spec(spec)
    module.__class__ = _PutOff
    sys.modules[full_name] = module
    package, _, name = full_name.rpartition(".")
    if package:
        setattr(sys.modules[package], name, module)


class _PutOff(ModuleType):
    """A module that is executed when something is asked of it that only its code can tell.

    `importlib.util.LazyLoader` executes one also when it is asked where its file is, and dbt, like
    all who look for the caller of a function, asks that of every module.
    """

    def __getattr__(self, name: str) -> Any:
        spec = self.__spec__
        told_by_code = not name.startswith("__") or name == "__all__"
        if not told_by_code or spec is None or spec.loader is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        cast("Any", self).__class__ = ModuleType
        spec.loader.exec_module(self)
        return getattr(self, name)


def _validate(check: Check, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """GX's verdict on each expectation of the check, as plain data."""
    if frame.empty and check.expectations == (no_rows(),):
        return [dict(_verdict_on_nothing())]
    return _verdicts(check.expectations, frame)


@cache
def _verdict_on_nothing() -> Mapping[str, Any]:
    """What GX says when nothing may be found and nothing is; half of the checks end so."""
    import pandas as pd  # noqa: PLC0415 - see the head of the module

    return _verdicts((no_rows(),), pd.DataFrame())[0]


def _verdicts(expectations: Sequence[Expectation], frame: pd.DataFrame) -> list[dict[str, Any]]:
    batch_definition = _batch_definition()
    import great_expectations.expectations as library  # noqa: PLC0415 - see `_batch_definition`
    from great_expectations.validator.v1_validator import Validator  # noqa: PLC0415

    # `Batch.validate` makes one for each expectation, which reads the frame each time.
    validator = Validator(
        batch_definition=batch_definition,
        batch_parameters={"dataframe": frame.reset_index(drop=True)},
    )
    validations = []
    for expectation in expectations:
        built = getattr(library, expectation.kind)(**expectation.arguments)
        validator.result_format = _VERDICT
        result = validator.validate_expectation(built)
        if not result.success:
            validator.result_format = _WITH_ROWS
            result = validator.validate_expectation(built)
        details = result.result
        if expectation.kind == "ExpectTableRowCountToEqual":
            failing = [] if result.success else list(range(len(frame)))
        else:
            failing = [int(index) for index in details.get("unexpected_index_list") or []]
        validations.append(
            {
                "expectation": str(expectation),
                "success": bool(result.success),
                "failing": failing,
                "examined": int(details.get("element_count", len(frame))),
                "exception": _exception_of(result.exception_info),
            }
        )
    return validations


def _exception_of(info: Mapping[str, Any]) -> str | None:
    """GX gives one exception, or one per metric; the first message is enough to act on."""
    nested = info if "raised_exception" not in info else {"": info}
    for value in nested.values():
        if isinstance(value, Mapping) and value.get("raised_exception"):
            return str(value.get("exception_message") or "GX raised without a message")
    return None


# --- messages ----------------------------------------------------------------------------------


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries; NaN, NaT and NA become None."""
    known = rows.astype(object).where(rows.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]


def _facts(rows: pd.DataFrame) -> dict[str, Any]:
    """Totals of the failing rows, for the sentence at the head of a message."""
    facts: dict[str, Any] = {"failed": len(rows), "failed_rows": len(rows)}
    if "failed_rows" in rows.columns:
        facts["failed_rows"] = int(rows["failed_rows"].sum())
    for name in rows.select_dtypes("number").columns.drop("failed_rows", errors="ignore"):
        facts[f"sum_{name}"] = rows[name].sum()
        facts[f"min_{name}"] = rows[name].min()
        facts[f"max_{name}"] = rows[name].max()
    days = rows["day"].dropna() if "day" in rows.columns else ()
    currencies = rows["currency"].dropna() if "currency" in rows.columns else ()
    facts["first_day"] = min(days) if len(days) else None
    facts["last_day"] = max(days) if len(days) else None
    facts["currency"] = next(iter(currencies), "")
    return facts


def _since(rows: pd.DataFrame) -> str | None:
    first = _facts(rows)["first_day"]
    return None if first is None else first.strftime("%Y-%m-%d")


def failure_message(
    check: Check, rows: pd.DataFrame, language: texts.Language, names: Names
) -> str:
    """What is wrong with these rows and what to do, in words."""
    is_english = language == "en"
    return texts.failure_text(
        check.message_en if is_english else check.message_ru,
        check.item_en if is_english else check.item_ru,
        check.remedy_en if is_english else check.remedy_ru,
        facts=_facts(rows),
        rows=_records(rows),
        language=language,
        names=names,
    )
